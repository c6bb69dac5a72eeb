"""Practice for gates.py: the worked numbers of the lectures."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, gradients_match, raises, shape_is


@check(exercise="unbroadcast")
def test_unbroadcast_example(student):
    """A (3, 4) gradient is summed by unbroadcast to (3, 1), to (4,) and to (1, 4)."""
    close(student.gates.unbroadcast(np.ones((1,)), (1,)), np.ones((1,)), name="result")
    grad = np.arange(12.0).reshape(3, 4)
    rows, columns = np.array([6.0, 22.0, 38.0]), np.array([12.0, 15.0, 18.0, 21.0])
    close(student.gates.unbroadcast(grad, (3, 1)), rows[:, None], name="result")
    close(student.gates.unbroadcast(grad, (4,)), columns, name="result")
    close(student.gates.unbroadcast(grad, (1, 4)), columns[None], name="result")


@check(exercise="add/forward")
def test_add_forward_example(student):
    """AddGate: -2 + 5 = 3, as in (x + y) z."""
    out = student.gates.AddGate().forward(np.array([-2.0]), np.array([5.0]))
    close(out, np.array([3.0]), name="out")


@check(exercise="add/backward")
def test_add_backward_example(student):
    """AddGate hands the upstream gradient -4 of (x + y) z to x and to y."""
    gate = student.gates.AddGate()
    gate.forward(np.array([-2.0]), np.array([5.0]))
    dx, dy = gate.backward(np.array([-4.0]))
    close(dx, np.array([-4.0]), name="dx")
    close(dy, np.array([-4.0]), name="dy")


@check(exercise="mul/forward")
def test_mul_forward_example(student):
    """MulGate: 3 times -4 is -12, as in (x + y) z."""
    out = student.gates.MulGate().forward(np.array([3.0]), np.array([-4.0]))
    close(out, np.array([-12.0]), name="out")


@check(exercise="mul/forward")
def test_mul_forward_refuses_integers_example(student):
    """MulGate refuses an array of integers with TypeError."""
    gate, x = student.gates.MulGate(), np.array([1.0, 2.0])

    def works():
        return gate.forward(x, x)

    raises("TypeError", gate.forward, x, np.array([1, 2]), works=works)


@check(exercise="mul/backward")
def test_mul_backward_example(student):
    """MulGate at (3, -4) turns an upstream gradient d into -4 d and 3 d."""
    gate = student.gates.MulGate()
    gate.forward(np.array([3.0]), np.array([-4.0]))
    for d in (1.0, 2.5):
        dx, dy = gate.backward(np.array([d]))
        close(dx, np.array([-4.0 * d]), name="dx")
        close(dy, np.array([3.0 * d]), name="dy")


@check(exercise="mul/backward", needs=["mul_forward_example", "mul_backward_example"])
def test_mul_gates_side_by_side(student):
    """Two MulGates in (x y) z remember their own inputs: at (2, 3, 4) dx is 12."""
    first, second = student.gates.MulGate(), student.gates.MulGate()
    product = first.forward(np.array([2.0]), np.array([3.0]))
    second.forward(product, np.array([4.0]))
    dproduct, dz = second.backward(np.array([1.0]))
    dx, dy = first.backward(dproduct)
    close(dz, np.array([6.0]), name="dz")
    close(dx, np.array([12.0]), name="dx")
    close(dy, np.array([8.0]), name="dy")


@check(exercise="mul/backward", needs=["mul_forward_example", "mul_backward_example"])
def test_mul_backward_against_differences(student, rng):
    """MulGate.backward agrees with central differences of MulGate.forward."""
    x, y = rng.normal((2, 3)), rng.normal((2, 3))
    gradients_match(student.gates.MulGate(), x, y, parameters=(), rng=rng)


@check(exercise="max/forward")
def test_max_forward_example(student):
    """MaxGate: the larger of 2 and -1 is 2."""
    x, y = np.array([2.0, -3.0]), np.array([-1.0, -2.0])
    close(student.gates.MaxGate().forward(x, y), np.array([2.0, -2.0]), name="out")


@check(exercise="max/backward")
def test_max_backward_example(student):
    """MaxGate sends the upstream gradient to the winner, and half to each at a tie."""
    gate = student.gates.MaxGate()
    gate.forward(np.array([2.0, -3.0, 1.0]), np.array([-1.0, -2.0, 1.0]))
    dx, dy = gate.backward(np.array([2.5, -4.0, 3.0]))
    shape_is(dx, (3,), name="dx")
    shape_is(dy, (3,), name="dy")
    expected = np.array([[2.5, 0.0, 1.5], [0.0, -4.0, 1.5]])
    close(np.stack([dx, dy]), expected, name="the pair (dx, dy)")


@check(exercise="copy/forward")
def test_copy_forward_example(student):
    """CopyGate(3) returns three copies."""
    x = np.array([1.0, -2.0])
    outs = student.gates.CopyGate(3).forward(x)
    close(len(outs), 3, name="number of copies")
    close(outs[2], x, name="copy 2")


@check(exercise="copy/backward")
def test_copy_backward_example(student):
    """CopyGate adds: b of e = (a + b)(b + 1) gets 2 on one path and 3 on the other."""
    gate = student.gates.CopyGate()
    gate.forward(np.array([1.0]))
    close(gate.backward(np.array([2.0]), np.array([3.0])), np.array([5.0]), name="dx")


@check(exercise="scale")
def test_scale_example(student):
    """ScaleGate(-1) in the sigmoid neuron: 1 -> -1, gradient back with a minus."""
    gate = student.gates.ScaleGate(-1.0)
    close(gate.forward(np.array([1.0])), np.array([-1.0]), name="out")
    dx = gate.backward(np.array([-0.19661193324148188]))
    close(dx, np.array([0.19661193324148188]), name="dx", rtol=1e-9)


@check(exercise="shift")
def test_shift_example(student):
    """ShiftGate(1) in the sigmoid neuron: 0.37 -> 1.37, gradient unchanged."""
    gate = student.gates.ShiftGate(1.0)
    out = gate.forward(np.array([0.36787944117144233]))
    close(out, np.array([1.3678794411714423]), name="out", rtol=1e-9)
    dx = gate.backward(np.array([-0.534446645388523]))
    close(dx, np.array([-0.534446645388523]), name="dx", rtol=1e-9)


@check(exercise="exp")
def test_exp_example(student):
    """ExpGate in the sigmoid neuron: e^-1 = 0.37, gradient -0.53 -> -0.20."""
    gate = student.gates.ExpGate()
    out = gate.forward(np.array([-1.0]))
    close(out, np.array([0.36787944117144233]), name="out", rtol=1e-9)
    dx = gate.backward(np.array([-0.534446645388523]))
    close(dx, np.array([-0.19661193324148188]), name="dx", rtol=1e-9)


@check(exercise="reciprocal")
def test_reciprocal_example(student):
    """ReciprocalGate in the sigmoid neuron: 1 / 1.37 = 0.73, gradient 1 -> -0.53."""
    gate = student.gates.ReciprocalGate()
    out = gate.forward(np.array([1.3678794411714423]))
    close(out, np.array([0.7310585786300049]), name="out", rtol=1e-9)
    dx = gate.backward(np.array([1.0]))
    close(dx, np.array([-0.534446645388523]), name="dx", rtol=1e-9)


@check(exercise="sigmoid")
def test_sigmoid_example(student):
    """SigmoidGate in the neuron: s(1) = 0.73, gradient (1 - 0.73) 0.73 = 0.20."""
    gate = student.gates.SigmoidGate()
    out = gate.forward(np.array([1.0]))
    close(out, np.array([0.7310585786300049]), name="out", rtol=1e-9)
    for d in (1.0, 2.5):
        dx = gate.backward(np.array([d]))
        close(dx, np.array([0.19661193324148185 * d]), name="dx", rtol=1e-9)


@check(exercise="numerical_gradient")
def test_numerical_gradient_example(student):
    """numerical_gradient of x³ at 2 with h = 0.1: 12.01 central, 12.61 forward."""
    f = student.lend(lambda x: float((x**3).sum()))
    x = np.array([2.0])
    gradient = student.gates.numerical_gradient
    close(gradient(f, x, h=0.1), np.array([12.01]), name="central", rtol=1e-9)
    forward = gradient(f, x, h=0.1, method="forward")
    close(forward, np.array([12.61]), name="forward", rtol=1e-9)


@check(exercise="numerical_gradient")
def test_numerical_gradient_of_w_dot_x(student):
    """numerical_gradient of W . x at W = (-0.8, 0.3) is x = (0.5, -0.2)."""
    x = np.array([0.5, -0.2])
    f = student.lend(lambda W: float(W @ x))
    gradient = student.gates.numerical_gradient(f, np.array([-0.8, 0.3]))
    close(gradient, x, name="gradient", rtol=1e-6)


@check(exercise="relative_error")
def test_relative_error_example(student):
    """relative_error of (1, 2, 0) and (1, 3, 0) is 1/5, the worst entry's."""
    a, b = np.array([1.0, 2.0, 0.0]), np.array([1.0, 3.0, 0.0])
    close(student.gates.relative_error(a, b), 0.2, name="relative error", rtol=1e-6)


@check(exercise="directional_derivative")
def test_directional_derivative_example(student):
    """directional_derivative of the gradient (8, 3) along (3, 4) is 7.2."""
    grad, u = np.array([8.0, 3.0]), np.array([3.0, 4.0])
    slope = student.gates.directional_derivative(grad, u)
    close(slope, 7.2, name="directional derivative", rtol=1e-9)


@check(exercise="expr_e")
def test_expr_e_example(student):
    """expr_e(2, 1) is 6, with the derivatives 2 and 5."""
    value, grad = student.gates.expr_e(2.0, 1.0)
    close(value, 6.0, name="e")
    close(grad["a"], 2.0, name='grad["a"]')
    close(grad["b"], 5.0, name='grad["b"]')


@check(exercise="expr_xyz")
def test_expr_xyz_example(student):
    """expr_xyz(-2, 5, -4) is -12, with the derivatives -4, -4 and 3."""
    value, grad = student.gates.expr_xyz(-2.0, 5.0, -4.0)
    close(value, -12.0, name="f")
    close(grad["x"], -4.0, name='grad["x"]')
    close(grad["y"], -4.0, name='grad["y"]')
    close(grad["z"], 3.0, name='grad["z"]')


@check(exercise="expr_j")
def test_expr_j_example(student):
    """expr_j(5, 3, 2) is 33, with the derivatives 3, 6 and 9."""
    value, grad = student.gates.expr_j(5.0, 3.0, 2.0)
    close(value, 33.0, name="J")
    close(grad["a"], 3.0, name='grad["a"]')
    close(grad["b"], 6.0, name='grad["b"]')
    close(grad["c"], 9.0, name='grad["c"]')


@check(
    exercise="sigmoid_neuron",
    needs=[
        "mul_forward_example",
        "add_forward_example",
        "sigmoid_example",
        "mul_gates_side_by_side",
        "add_backward_example",
    ],
)
def test_sigmoid_neuron_example(student):
    """sigmoid_neuron at w = (2, -3, -3), x = (-1, -2) has the lecture's numbers."""
    w, x = np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0])
    f, dw, dx = student.gates.sigmoid_neuron(w, x)
    close(f, 0.7310585786300049, name="f", rtol=1e-9)
    expected = [-0.19661193324148188, -0.39322386648296376, 0.19661193324148188]
    close(dw, np.array(expected), name="dw", rtol=1e-9)
    expected = [0.39322386648296376, -0.5898357997244457]
    close(dx, np.array(expected), name="dx", rtol=1e-9)


@check(exercise="path_sum")
def test_path_sum_example(student):
    """path_sum of (1.5, -2, 1) and (3, 0.25, -1) is 1.125, from nine paths."""
    stages = [[1.5, -2.0, 1.0], [3.0, 0.25, -1.0]]
    close(student.gates.path_sum(stages), 1.125, name="sum")


@check(exercise="path_product")
def test_path_product_example(student):
    """path_product of (1.5, -2, 1) and (3, 0.25, -1) is 0.5 times 2.25."""
    stages = [[1.5, -2.0, 1.0], [3.0, 0.25, -1.0]]
    close(student.gates.path_product(stages), 1.125, name="product")
