"""The worked numbers of the lectures and the handout: practice, without points.

The graded checks use other numbers, other shapes and other dtypes.
"""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, gradients_match

Z = np.array([[-3.0, -1.0, -0.5], [0.5, 1.0, 3.0]])
DOUT = np.array([[1.0, 2.0, -1.0], [3.0, -2.0, 0.5]])
SCORES = np.array([[1.0, 2.0, 3.0]])
P = np.array([[0.09003057317038046, 0.24472847105479764, 0.6652409557748218]])


def rows(*numbers):
    """Return six numbers in the shape of Z."""
    return np.array(numbers).reshape(2, 3)


# fmt: off
SIGMOID = rows(
    0.04742587317756678, 0.2689414213699951, 0.3775406687981454,
    0.6224593312018546, 0.7310585786300049, 0.9525741268224334,
)
SIGMOID_SLOPE = rows(
    0.04517665973091214, 0.19661193324148185, 0.2350037122015945,
    0.2350037122015945, 0.19661193324148185, 0.04517665973091214,
)
TANH = rows(
    -0.9950547536867305, -0.7615941559557649, -0.46211715726000974,
    0.46211715726000974, 0.7615941559557649, 0.9950547536867305,
)
TANH_SLOPE = rows(
    0.009866037165440166, 0.41997434161402614, 0.7864477329659274,
    0.7864477329659274, 0.41997434161402614, 0.009866037165440166,
)
ELU = rows(
    -0.950212931632136, -0.6321205588285577, -0.3934693402873666,
    0.5, 1.0, 3.0,
)
ELU_SLOPE = rows(
    0.049787068367863944, 0.36787944117144233, 0.6065306597126334,
    1.0, 1.0, 1.0,
)
SILU = rows(
    -0.14227761953270035, -0.2689414213699951, -0.1887703343990727,
    0.3112296656009273, 0.7310585786300049, 2.8577223804672998,
)
SILU_SLOPE = rows(
    -0.08810410601516962, 0.07232948812851325, 0.2600388126973482,
    0.7399611873026519, 0.9276705118714869, 1.0881041060151693,
)
GELU = {
    "none": rows(
        -0.00404969409489031, -0.15865525393145702, -0.15426876936299344,
        0.34573123063700656, 0.841344746068543, 2.99595030590511,
    ),
    "tanh": rows(
        -0.0036373920817729943, -0.15880800939172324, -0.15428599017485606,
        0.34571400982514394, 0.8411919906082768, 2.996362607918227,
    ),
    "sigmoid": rows(
        -0.01807130970778597, -0.1542042340671787, -0.1496115633936199,
        0.35038843660638014, 0.8457957659328212, 2.981928690292214,
    ),
}
GELU_SLOPE = {
    "none": rows(
        -0.01194564720418392, -0.08331547058768635, 0.13250487534383712,
        0.8674951246561629, 1.0833154705876864, 1.011945647204184,
    ),
    "tanh": rows(
        -0.011584166630969648, -0.08296408384578252, 0.13263009646535764,
        0.8673699035346424, 1.0829640838457826, 1.0115841666309695,
    ),
    "sigmoid": rows(
        -0.024548323905652352, -0.06777960655633403, 0.12077808803458576,
        0.8792219119654143, 1.067779606556334, 1.0245483239056525,
    ),
}
# fmt: on


def passed(layer, x, dout):
    """Run both passes and return dx."""
    layer.forward(x)
    return layer.backward(dout)


@check(exercise="sigmoid/forward")
def test_worked_sigmoid_forward(student):
    """Sigmoid.forward gives the handout's table."""
    close(student.activations.Sigmoid().forward(Z), SIGMOID, name="y")


@check(exercise="sigmoid/backward", needs=["sigmoid/forward"])
def test_worked_sigmoid_backward(student):
    """Sigmoid.backward gives the handout's slopes times dout."""
    dx = passed(student.activations.Sigmoid(), Z, DOUT)
    close(dx, DOUT * SIGMOID_SLOPE, name="dx")


@check(exercise="tanh/forward")
def test_worked_tanh_forward(student):
    """Tanh.forward gives the handout's table."""
    close(student.activations.Tanh().forward(Z), TANH, name="y")


@check(exercise="tanh/backward", needs=["tanh/forward"])
def test_worked_tanh_backward(student):
    """Tanh.backward gives the handout's slopes times dout."""
    close(passed(student.activations.Tanh(), Z, DOUT), DOUT * TANH_SLOPE, name="dx")


@check(exercise="step/forward")
def test_worked_step_forward(student):
    """Step.forward gives 0 for the handout's negative numbers and 1 for the others."""
    y = student.activations.Step().forward(Z)
    close(y, rows(0.0, 0.0, 0.0, 1.0, 1.0, 1.0), name="y")


@check(exercise="step/backward", needs=["step/forward"])
def test_worked_step_backward(student):
    """Step.backward passes nothing back."""
    dx = passed(student.activations.Step(), Z, DOUT)
    close(dx, np.zeros((2, 3)), name="dx")


@check(exercise="relu/forward")
def test_worked_relu_forward(student):
    """ReLU.forward gives the hidden layer of the lecture's XOR net."""
    hidden = np.array([[0.0, -1.0], [1.0, 0.0], [1.0, 0.0], [2.0, 1.0]])
    expected = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [2.0, 1.0]])
    close(student.activations.ReLU().forward(hidden), expected, name="y")


@check(exercise="relu/backward", needs=["relu/forward"])
def test_worked_relu_backward(student):
    """ReLU.backward passes dout where the handout's numbers are positive."""
    dx = passed(student.activations.ReLU(), Z, DOUT)
    close(dx, rows(0.0, 0.0, 0.0, 3.0, -2.0, 0.5), name="dx")


@check(exercise="leaky_relu/forward")
def test_worked_leaky_relu_forward(student):
    """LeakyReLU(0.1).forward gives -0.3, -0.1, -0.05 for the negative numbers."""
    y = student.activations.LeakyReLU(0.1).forward(Z)
    close(y, rows(-0.3, -0.1, -0.05, 0.5, 1.0, 3.0), name="y")


@check(exercise="leaky_relu/backward", needs=["leaky_relu/forward"])
def test_worked_leaky_relu_backward(student):
    """LeakyReLU(0.1).backward passes a tenth where x is negative."""
    dx = passed(student.activations.LeakyReLU(0.1), Z, DOUT)
    close(dx, rows(0.1, 0.2, -0.1, 3.0, -2.0, 0.5), name="dx")


@check(exercise="prelu/forward")
def test_worked_prelu_forward(student):
    """PReLU begins with the slope 1/4."""
    y = student.activations.PReLU().forward(Z)
    close(y, rows(-0.75, -0.25, -0.125, 0.5, 1.0, 3.0), name="y")


@check(exercise="prelu/backward", needs=["prelu/forward"])
def test_worked_prelu_backward(student):
    """PReLU.backward gives dx, and 1·(-3) + 2·(-1) + (-1)·(-0.5) for the slope."""
    layer = student.activations.PReLU()
    dx = passed(layer, Z, DOUT)
    close(dx, rows(0.25, 0.5, -0.25, 3.0, -2.0, 0.5), name="dx")
    close(layer.slope.grad, np.array([-4.5]), name="slope.grad")


@check(exercise="elu/forward")
def test_worked_elu_forward(student):
    """ELU.forward gives the handout's table."""
    close(student.activations.ELU().forward(Z), ELU, name="y")


@check(exercise="elu/backward", needs=["elu/forward"])
def test_worked_elu_backward(student):
    """ELU.backward gives the handout's slopes times dout."""
    close(passed(student.activations.ELU(), Z, DOUT), DOUT * ELU_SLOPE, name="dx")


@check(exercise="silu/forward")
def test_worked_silu_forward(student):
    """SiLU.forward gives the handout's table."""
    close(student.activations.SiLU().forward(Z), SILU, name="y")


@check(exercise="silu/backward", needs=["silu/forward"])
def test_worked_silu_backward(student):
    """SiLU.backward gives the handout's slopes times dout."""
    close(passed(student.activations.SiLU(), Z, DOUT), DOUT * SILU_SLOPE, name="dx")


@check(exercise="gelu/forward")
def test_worked_gelu_forward(student):
    """GELU.forward gives the handout's table in all three modes."""
    for mode, expected in GELU.items():
        y = student.activations.GELU(mode).forward(Z)
        close(y, expected, name=f"y in mode {mode!r}")


@check(exercise="gelu/backward", needs=["gelu/forward"])
def test_worked_gelu_backward(student):
    """GELU.backward gives the handout's slopes times dout in all three modes."""
    for mode, slope in GELU_SLOPE.items():
        dx = passed(student.activations.GELU(mode), Z, DOUT)
        close(dx, DOUT * slope, name=f"dx in mode {mode!r}")


@check(exercise="softmax/forward")
def test_worked_softmax_forward(student):
    """Softmax.forward gives 0.0900, 0.2447, 0.6652 for the scores 1, 2, 3."""
    close(student.activations.Softmax().forward(SCORES), P, name="s")
    s = student.activations.Softmax().forward(SCORES + 999.0)
    close(s, P, name="s of the scores 1000, 1001, 1002")


@check(exercise="softmax/backward", needs=["softmax/forward"])
def test_worked_softmax_backward(student):
    """Softmax.backward gives row 0 of the handout's Jacobian for dout = (1, 0, 0)."""
    dx = passed(student.activations.Softmax(), SCORES, np.array([[1.0, 0.0, 0.0]]))
    expected = np.array(
        [[0.08192506906499324, -0.022033044520174298, -0.05989202454481893]]
    )
    close(dx, expected, name="dx")


@check(exercise="log_softmax/forward")
def test_worked_log_softmax_forward(student):
    """LogSoftmax.forward gives -2.4076, -1.4076, -0.4076 for the scores 1, 2, 3."""
    expected = np.array(
        [[-2.4076059644443806, -1.4076059644443806, -0.4076059644443806]]
    )
    close(student.activations.LogSoftmax().forward(SCORES), expected, name="y")


@check(exercise="log_softmax/backward", needs=["log_softmax/forward"])
def test_worked_log_softmax_backward(student):
    """LogSoftmax.backward gives (-s_0, -s_1, 1 - s_2) for dout = (0, 0, 1)."""
    dx = passed(student.activations.LogSoftmax(), SCORES, np.array([[0.0, 0.0, 1.0]]))
    close(dx, np.array([[0.0, 0.0, 1.0]]) - P, name="dx")


def maxout(student):
    """Return a layer with the handout's two pieces."""
    layer = student.activations.Maxout(2, 1)
    W = np.array([[[0.5], [0.25]], [[-1.0], [0.5]]])
    layer.weight = student.module.Parameter(W)
    layer.bias = student.module.Parameter(np.array([[0.1], [-0.2]]))
    return layer


@check(exercise="maxout/forward")
def test_worked_maxout_forward(student):
    """Maxout.forward gives 0.1, the larger of the handout's pieces 0.1 and -2.2."""
    y = maxout(student).forward(np.array([[1.0, -2.0]]))
    close(y, np.array([[0.1]]), name="y")


@check(exercise="maxout/backward", needs=["maxout/forward"])
def test_worked_maxout_backward(student, rng):
    """Maxout.backward gives dx = (0.5, 0.25) and all to the winning piece."""
    layer = maxout(student)
    dx = passed(layer, np.array([[1.0, -2.0]]), np.array([[1.0]]))
    close(dx, np.array([[0.5, 0.25]]), name="dx")
    grad = np.array([[[1.0], [-2.0]], [[0.0], [0.0]]])
    close(layer.weight.grad, grad, name="weight.grad")
    close(layer.bias.grad, np.array([[1.0], [0.0]]), name="bias.grad")
    parameters = ("weight", "bias")
    x = np.array([[1.0, -2.0], [-3.0, 1.0], [2.0, 2.0]])
    gradients_match(maxout(student), x, rng=rng, parameters=parameters)


@check(exercise="chain_gradient")
def test_worked_chain_gradient(student):
    """chain_gradient gives 1/2, 1/4, 1/8 for a module whose slope is 1/2."""

    class Half:
        """Halve, on the grader's side."""

        def forward(self, x):
            return x / 2

        def backward(self, dout):
            return dout / 2

    found = student.activations.chain_gradient(student.lend_module(Half()), 1.0, 3)
    close(found, np.array([0.5, 0.25, 0.125]), name="the products")


@check(exercise="saturation_fraction")
def test_worked_saturation_fraction(student):
    """saturation_fraction finds 2 of 6 sigmoids of the handout outside 0.05 to 0.95."""
    found = student.activations.saturation_fraction(SIGMOID, 0.05, 0.95)
    close(found, 1 / 3, name="the fraction")


@check(exercise="dead_fraction")
def test_worked_dead_fraction(student):
    """dead_fraction finds one of the two hidden units of a small net dead."""
    a = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    close(student.activations.dead_fraction(a), 0.5, name="the fraction")
