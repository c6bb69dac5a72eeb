"""The worked numbers of the lectures: practice, without points.

The graded checks use other numbers, other shapes and other dtypes.
"""

from __future__ import annotations

import math

import numpy as np

from autograder.suite import check, close, shape_is

X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
W = np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
B = np.array([0.01, 0.02])
DOUT = np.array([[1.0, -1.0], [0.5, 2.0]])
Y = np.array([[2.21, 2.82], [4.91, 6.42]])
DX = np.array([[-0.1, -0.1, -0.1], [0.45, 0.95, 1.45]])
DW = np.array([[3.0, 7.0], [4.5, 8.0], [6.0, 9.0]])
DB = np.array([1.5, 1.0])

XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def linear(student):
    """Return the student's layer with the worked example's weight and bias."""
    layer = student.layers.Linear(3, 2, init="zeros")
    layer.weight = student.module.Parameter(W, "weight")
    layer.bias = student.module.Parameter(B, "bias", decay=False)
    return layer


class Affine:
    """An affine module that lives with the grader: Sequential is tested around it."""

    def __init__(self, weight, bias):
        self.weight, self.bias = np.array(weight), np.array(bias)

    def forward(self, x):
        """Return x W + b."""
        return x @ self.weight + self.bias

    def backward(self, dout):
        """Return dout W^T."""
        return dout @ self.weight.T


def xor_layers():
    """Return the two affine layers of the lecture's XOR net."""
    return Affine([[1.0, 1.0], [1.0, 1.0]], [0.0, -1.0]), Affine([[1.0], [-2.0]], [0.0])


@check(exercise="affine/forward")
def test_worked_affine_forward(student):
    """affine_forward gives the worked example and the XOR net's pre-activations."""
    close(student.layers.affine_forward(X, W, B), Y, name="y", N=2, n_in=3, n_out=2)
    hidden = xor_layers()[0]
    y = student.layers.affine_forward(XOR, hidden.weight, hidden.bias)
    expected = np.array([[0.0, -1.0], [1.0, 0.0], [1.0, 0.0], [2.0, 1.0]])
    close(y, expected, name="y for XOR")


@check(exercise="affine/backward")
def test_worked_affine_backward(student):
    """affine_backward gives dx, dW and db of the worked example."""
    found = student.layers.affine_backward(DOUT, X, W)
    close(found, (DX, DW, DB), name="dx, dW, db", N=2, n_in=3, n_out=2)


def spread(student, rng, name, fans, wanted):
    """Compare the spread of many draws with the formula."""
    W = getattr(student.layers, name)(*fans, (300, 200), rng=rng.spawn_seed())
    close(float(W.std()), wanted, name="standard deviation", rtol=0.02)


@check(exercise="glorot_uniform")
def test_worked_glorot_uniform(student, rng):
    """glorot_uniform(512, 128) reaches the bound 0.0968."""
    spread(student, rng, "glorot_uniform", (512, 128), 0.09682458365518543 / 3**0.5)


@check(exercise="glorot_normal")
def test_worked_glorot_normal(student, rng):
    """glorot_normal(512, 128) has the standard deviation 0.0559."""
    spread(student, rng, "glorot_normal", (512, 128), math.sqrt(2 / 640))


@check(exercise="kaiming_uniform")
def test_worked_kaiming_uniform(student, rng):
    """kaiming_uniform(3072) reaches the bound 0.0442."""
    wanted = 0.04419417382415922 / 3**0.5
    spread(student, rng, "kaiming_uniform", (3072, 1024), wanted)


@check(exercise="kaiming_normal")
def test_worked_kaiming_normal(student, rng):
    """kaiming_normal(3072) has the standard deviation 0.0255."""
    spread(student, rng, "kaiming_normal", (3072, 1024), math.sqrt(2 / 3072))


@check(exercise="linear/init")
def test_worked_linear_init(student):
    """Linear(784, 10) has a weight of shape (784, 10) and ten biases of zero."""
    layer = student.layers.Linear(784, 10, init="zeros")
    shape_is(layer.weight.data, (784, 10), name="weight")
    close(layer.bias.data, np.zeros(10), name="bias")


@check(exercise="linear/forward")
def test_worked_linear_forward(student):
    """Linear.forward gives the worked example, and 0.78 and 0.66 of the 3-2-1 net."""
    close(linear(student).forward(X), Y, name="y", N=2)
    layer = student.layers.Linear(3, 2, init="zeros")
    first = np.array([[1.0, 0.5], [0.2, 1.2], [1.2, 0.1]])
    layer.weight = student.module.Parameter(first)
    layer.bias = student.module.Parameter(np.array([0.1, 0.2]))
    y = layer.forward(np.array([[0.4, 0.2, 0.2]]))
    close(y, np.array([[0.78, 0.66]]), name="y of the 3-2-1 net")


@check(exercise="linear/backward")
def test_worked_linear_backward(student):
    """Linear.backward gives the worked gradients, twice of them after two passes."""
    layer = linear(student)
    layer.forward(X)
    close(layer.backward(DOUT), DX, name="dx", N=2)
    close(layer.weight.grad, DW, name="weight.grad", N=2)
    close(layer.bias.grad, DB, name="bias.grad", N=2)
    layer.backward(DOUT)
    close(layer.weight.grad, 2 * DW, name="weight.grad after two passes")


@check(exercise="identity/forward")
def test_worked_identity_forward(student):
    """Identity.forward returns x."""
    close(student.layers.Identity().forward(X), X, name="y")


@check(exercise="identity/backward")
def test_worked_identity_backward(student):
    """Identity.backward returns dout."""
    layer = student.layers.Identity()
    layer.forward(X)
    close(layer.backward(2 * X), 2 * X, name="dx")


@check(exercise="flatten/forward")
def test_worked_flatten_forward(student):
    """Flatten.forward turns images of 28 x 28 pixels into rows of 784."""
    images = np.arange(2.0 * 784).reshape(2, 28, 28)
    y = student.layers.Flatten().forward(images)
    close(y, np.arange(2.0 * 784).reshape(2, 784), name="y")


@check(exercise="flatten/backward")
def test_worked_flatten_backward(student):
    """Flatten.backward turns rows of 784 back into images of 28 x 28."""
    layer, rows = student.layers.Flatten(), np.arange(2.0 * 784).reshape(2, 784)
    layer.forward(np.zeros((2, 28, 28)))
    close(layer.backward(rows), rows.reshape(2, 28, 28), name="dx")


@check(exercise="sequential/forward")
def test_worked_sequential_forward(student):
    """Sequential.forward gives 2 - x1 - x2 for the XOR net without its ReLU."""
    layer = student.layers.Sequential(*map(student.lend_module, xor_layers()))
    expected = np.array([[2.0], [1.0], [1.0], [0.0]])
    close(layer.forward(XOR), expected, name="y")


@check(exercise="sequential/backward")
def test_worked_sequential_backward(student):
    """Sequential.backward gives dout W2^T W1^T for two affine modules."""
    first = Affine([[1.0, 2.0], [0.0, 1.0]], [0.0, 0.0])
    second = Affine([[1.0, 0.0], [3.0, 1.0]], [1.0, 1.0])
    lend = student.lend_module
    layer = student.layers.Sequential(lend(first), lend(second))
    layer.forward(XOR)
    dx = layer.backward(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, -1.0]]))
    expected = np.array([[7.0, 3.0], [2.0, 1.0], [9.0, 4.0], [12.0, 5.0]])
    close(dx, expected, name="dx")


@check(exercise="concat/forward")
def test_worked_concat_forward(student):
    """Concat.forward puts two and three columns side by side."""
    y = student.layers.Concat().forward(Y, X)
    close(y, np.array([[2.21, 2.82, 1, 2, 3], [4.91, 6.42, 4, 5, 6]]), name="y")


@check(exercise="concat/backward")
def test_worked_concat_backward(student):
    """Concat.backward cuts five columns into two and three."""
    layer, dout = student.layers.Concat(), np.arange(10.0).reshape(2, 5)
    layer.forward(Y, X)
    first, second = layer.backward(dout)
    close(first, np.array([[0.0, 1.0], [5.0, 6.0]]), name="dx0")
    close(second, np.array([[2.0, 3.0, 4.0], [7.0, 8.0, 9.0]]), name="dx1")


@check(exercise="residual/forward")
def test_worked_residual_forward(student):
    """Residual.forward adds the XOR net's hidden layer to its input."""
    layer = student.layers.Residual(student.lend_module(xor_layers()[0]))
    expected = np.array([[0.0, -1.0], [1.0, 1.0], [2.0, 0.0], [3.0, 2.0]])
    close(layer.forward(XOR), expected, name="y")


@check(exercise="residual/backward")
def test_worked_residual_backward(student):
    """Residual.backward adds dout to what the block returns."""
    layer = student.layers.Residual(student.lend_module(xor_layers()[0]))
    layer.forward(XOR)
    dout = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])
    expected = np.array([[4.0, 5.0], [10.0, 11.0], [16.0, 17.0], [22.0, 23.0]])
    close(layer.backward(dout), expected, name="dx")


@check(exercise="perceptron")
def test_worked_perceptron(student):
    """Perceptron gives AND, and 0 at exactly 0, where AND's plane is moved to."""
    w = np.array([1.0, 1.0])
    for b, expected in ((-1.5, [0, 0, 0, 1]), (-2.0, [0, 0, 0, 0])):
        found = student.layers.Perceptron(w, b).predict(XOR)
        close(found, np.array(expected), name=f"class for b = {b}")


@check(exercise="count_parameters")
def test_worked_count_parameters(student):
    """count_parameters finds the 7850 numbers of a 784-10 layer."""
    module = student.module.Module()
    module.weight = student.module.Parameter(np.zeros((784, 10)))
    module.bias = student.module.Parameter(np.zeros(10))
    close(student.layers.count_parameters(module), 7850, name="count")


@check(exercise="mlp_parameter_count")
def test_worked_mlp_parameter_count(student):
    """mlp_parameter_count gives the lecture's nets: 7850, 41, 159, 3737474."""
    count = student.layers.mlp_parameter_count
    for sizes, expected in (
        ((784, 10), 7850),
        ((3, 4, 4, 1), 41),
        ((2, 3, 5, 7, 11), 159),
        ((3072, 1024, 512, 128, 2), 3_737_474),
    ):
        close(count(sizes), expected, name=f"count for {sizes}")


@check(exercise="collapse_affine")
def test_worked_collapse_affine(student):
    """collapse_affine turns the XOR net without ReLU into W = (-1, -1), b = 2."""
    layers = [(part.weight, part.bias) for part in xor_layers()]
    found = student.layers.collapse_affine(layers)
    close(found, (np.array([[-1.0], [-1.0]]), np.array([2.0])), name="W, b")


@check(exercise="fit_plane")
def test_worked_fit_plane(student):
    """fit_plane gives w = 0 and b = 1/2 for XOR: a plane can do no better."""
    w, b = student.layers.fit_plane(XOR, np.array([0.0, 1.0, 1.0, 0.0]))
    close(w, np.zeros(2), name="w", rtol=0, atol=1e-9)
    close(float(b), 0.5, name="b")


@check(exercise="separable")
def test_worked_separable(student):
    """count_linearly_separable gives 14 of 16 for four points in the plane."""
    count = student.layers.count_linearly_separable
    for N, P, expected in ((4, 2, 14), (10, 2, 92), (50, 10, 21_650_558_092)):
        close(count(N, P), expected, name=f"count for N={N}, P={P}")
