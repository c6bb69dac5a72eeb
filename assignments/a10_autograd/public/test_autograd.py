"""The worked numbers of the lectures: practice, without points.

The graded checks use other numbers, other shapes and other dtypes.
"""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close
from autograder.suite.line import handle_of


def leaf(student, numbers):
    """Return a tensor of the student that needs a gradient."""
    array = np.array(numbers, dtype=float)
    return student.autograd.Tensor(array, requires_grad=True)


def gradients(out, dout, leaves):
    """Return the gradients of leaves: the sum over all paths of the student's graph.

    It is walked from here, edge by edge, so that `backward` is not needed.
    """
    total = {}

    def walk(node, dout):
        key = handle_of(node)
        total[key] = total[key] + dout if key in total else dout
        for parent, pull in node.edges:
            walk(parent, pull(dout))

    walk(out, dout)
    return [total.get(handle_of(tensor)) for tensor in leaves]


def worked(out, data, dout, leaves, *grads):
    """Compare a result, and the gradients that dout brings back to its inputs."""
    close(out.data, np.array(data, dtype=float), name="the result's data")
    found = gradients(out, np.array(dout, dtype=float), leaves)
    for i, (grad, expected) in enumerate(zip(found, grads, strict=True)):
        close(grad, np.array(expected, dtype=float), name=f"the gradient of input {i}")


@check(exercise="add")
def test_worked_add(student):
    """Tensor.__add__ distributes dout: a + b at (2, 1), with upstream 2."""
    a, b = leaf(student, 2.0), leaf(student, 1.0)
    worked(a + b, 3.0, 2.0, [a, b], 2.0, 2.0)
    worked(-a, -2.0, 2.0, [a], -2.0)


@check(exercise="mul")
def test_worked_mul(student):
    """Tensor.__mul__ swaps: q z at (3, -4) has the derivatives -4 and 3."""
    q, z = leaf(student, 3.0), leaf(student, -4.0)
    worked(q * z, -12.0, 1.0, [q, z], -4.0, 3.0)


@check(exercise="div")
def test_worked_div(student):
    """Tensor.__truediv__ gives the last node of the sigmoid neuron: 0.73, -0.53."""
    x = leaf(student, 1.3678794411714423)
    worked(1.0 / x, 0.7310585786300049, 1.0, [x], -0.534446645388523)


@check(exercise="pow")
def test_worked_pow(student):
    """Tensor.__pow__: x³ at 2 is 8 with the slope 12, not the measured 12.01."""
    x = leaf(student, 2.0)
    worked(x**3, 8.0, 1.0, [x], 12.0)


@check(exercise="sum")
def test_worked_sum(student):
    """Tensor.sum over the rows of a matrix gives every row the same dout."""
    x = leaf(student, [[1, 2, 3], [4, 5, 6]])
    worked(x.sum(axis=0), [5, 7, 9], [1, -1, 2], [x], [[1, -1, 2], [1, -1, 2]])
    worked(x.sum(axis=1), [6, 15], [2, -1], [x], [[2, 2, 2], [-1, -1, -1]])


@check(exercise="mean")
def test_worked_mean(student):
    """Tensor.mean gives each of three squares of lecture 003 a third of dout."""
    x = leaf(student, [3600.0, 3600.0, 100.0])
    worked(x.mean(), 2433.3333333333335, 3.0, [x], [1.0, 1.0, 1.0])


@check(exercise="matmul")
def test_worked_matmul(student):
    """Tensor.__matmul__ gives stage 02's worked example: x W, dx and dW."""
    x = leaf(student, [[1, 2, 3], [4, 5, 6]])
    W = leaf(student, [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]])
    dx = [[-0.1, -0.1, -0.1], [0.45, 0.95, 1.45]]
    dW = [[3, 7], [4.5, 8], [6, 9]]
    worked(x @ W, [[2.2, 2.8], [4.9, 6.4]], [[1, -1], [0.5, 2]], [x, W], dx, dW)


@check(exercise="max")
def test_worked_max(student):
    """Tensor.max routes: all to the largest, and a half each to two at a tie."""
    x = leaf(student, [1.0, 5.0, 2.0])
    worked(x.max(), 5.0, 2.0, [x], [0, 2, 0])
    x = leaf(student, [1.0, 1.0])
    worked(x.max(), 1.0, 1.0, [x], [0.5, 0.5])


@check(exercise="exp_log")
def test_worked_exp_and_log(student):
    """Tensor.exp gives the sigmoid neuron's e^-1 = 0.37; log undoes it."""
    x = leaf(student, -1.0)
    e = 0.36787944117144233
    worked(x.exp(), e, -0.534446645388523, [x], -0.19661193324148185)
    x = leaf(student, e)
    worked(x.log(), -1.0, e, [x], 1.0)


@check(exercise="tanh_sigmoid")
def test_worked_tanh_and_sigmoid(student):
    """Tensor.sigmoid at 1 is 0.7311 with the slope 0.1966; tanh at 0 has slope 1."""
    x = leaf(student, 1.0)
    worked(x.sigmoid(), 0.7310585786300049, 1.0, [x], 0.19661193324148185)
    x = leaf(student, 0.0)
    worked(x.tanh(), 0.0, 1.0, [x], 1.0)


@check(exercise="relu")
def test_worked_relu(student):
    """Tensor.relu passes nothing at 0: the XOR net's pre-activations."""
    z = leaf(student, [[0, -1], [1, 0], [1, 0], [2, 1]])
    passed = [[0, 0], [1, 0], [1, 0], [1, -2]]
    worked(z.relu(), [[0, 0], [1, 0], [1, 0], [2, 1]], [[1, -2]] * 4, [z], passed)


@check(exercise="transpose")
def test_worked_transpose(student):
    """Tensor.transpose turns a matrix, and dout back."""
    x = leaf(student, [[1, 2, 3], [4, 5, 6]])
    dout = [[1, 2], [3, 4], [5, 6]]
    worked(x.T, [[1, 4], [2, 5], [3, 6]], dout, [x], [[1, 3, 5], [2, 4, 6]])


@check(exercise="getitem")
def test_worked_getitem(student):
    """Tensor.__getitem__ adds up what comes back to an entry that was taken twice."""
    x = leaf(student, [1.0, 2.0, 3.0])
    places = np.array([0, 2, 0])
    worked(x[places], [1, 3, 1], [1.0, 0.5, 3.0], [x], [4.0, 0, 0.5])


@check(exercise="concat")
def test_worked_concat(student):
    """autograd.concat joins two columns and one; dout is cut like that."""
    x, y = leaf(student, [[1, 2], [3, 4]]), leaf(student, [[5], [6]])
    out = student.autograd.concat([x, y], 1)
    dout = [[1, -1, 2], [3, 0, 4]]
    joined = [[1, 2, 5], [3, 4, 6]]
    worked(out, joined, dout, [x, y], [[1, -1], [3, 0]], [[2], [4]])


def result(student, data, *edges):
    """Return a tensor of the student whose pulls run with the grader."""
    lent = [(parent, student.lend(pull)) for parent, pull in edges]
    return student.autograd.record(np.asarray(data), *lent)


def lectures_graph(student):
    """Return a, b, c = a + b, d = b + 1 and e = c d at a = 2, b = 1."""
    a, b = leaf(student, 2.0), leaf(student, 1.0)
    c = result(student, 3.0, (a, lambda dout: dout), (b, lambda dout: dout))
    d = result(student, 2.0, (b, lambda dout: dout))
    e = result(student, 6.0, (c, lambda dout: 2.0 * dout), (d, lambda dout: 3.0 * dout))
    return a, b, c, d, e


@check(exercise="topological_order")
def test_worked_topological_order(student):
    """topological_order puts the five nodes of e = (a + b)(b + 1) before their uses."""
    nodes = lectures_graph(student)
    a, b, c, d, e = (handle_of(node) for node in nodes)
    order = [handle_of(node) for node in student.autograd.topological_order(nodes[-1])]
    close(len(order), 5, name="the number of tensors")
    close(len(set(order)), 5, name="the number of different tensors")
    for first, second in ((a, c), (b, c), (b, d), (c, e), (d, e)):
        before = order.index(first) < order.index(second)
        close(before, expected=True, name="whether an input stands before its use")


@check(exercise="backward", needs=["worked_topological_order"])
def test_worked_backward(student):
    """Tensor.backward gives e_a = 2 and e_b = 5 at (2, 1), as lecture 000 does."""
    a, b, *_, e = lectures_graph(student)
    e.backward()
    close(a.grad, np.array(2.0), name="a.grad")
    close(b.grad, np.array(5.0), name="b.grad")


@check(exercise="detach")
def test_worked_detach(student):
    """Tensor.detach and item give 6 for e, cut off from the graph."""
    e = lectures_graph(student)[-1]
    close(e.item(), 6.0, name="e.item()")
    close(e.detach().data, np.array(6.0), name="the data")
    close(e.detach().requires_grad, expected=False, name="requires_grad")


@check(exercise="grad", needs=["worked_backward"])
def test_worked_grad(student):
    """autograd.grad gives 3, 6, 9 for J = 3 (a + b c) at (5, 3, 2)."""

    def J(a, b, c):  # in one operation, with the lecture's derivatives
        pulls = (lambda d: 3.0 * d), (lambda d: 6.0 * d), (lambda d: 9.0 * d)
        return result(student, 33.0, *zip((a, b, c), pulls, strict=True))

    point = [np.array(number) for number in (5.0, 3.0, 2.0)]
    found = student.autograd.grad(student.lend(J), *point)
    expected = tuple(np.array(number) for number in (3.0, 6.0, 9.0))
    close(found, expected, name="dJ/da, dJ/db, dJ/dc")


@check(exercise="dual/arithmetic")
def test_worked_dual(student):
    """Dual numbers give e_a = 2 and e_b = 5 at (2, 1), in one sweep each."""
    Dual = student.autograd.Dual
    for da, db, slope in ((1.0, 0.0, 2.0), (0.0, 1.0, 5.0)):
        a, b = Dual(2.0, da), Dual(1.0, db)
        e = (a + b) * (b + 1)
        close(float(e.value), 6.0, name="e")
        close(float(e.tangent), slope, name="the tangent of e")


@check(exercise="count_operations", needs=["worked_topological_order"])
def test_worked_count_operations(student):
    """count_operations: one operation, three inputs, one output."""

    def f(x):
        return result(student, x.data.sum(keepdims=True), (x, lambda d: d * np.ones(3)))

    found = student.autograd.count_operations(student.lend(f), 3, 1)
    expected = {
        "operations": 1,
        "forward": 3,
        "reverse": 1,
        "forward_sweeps": 3,
        "reverse_sweeps": 1,
    }
    close(found, expected, name="the result")


@check(
    exercise="cross_entropy",
    needs=[
        "worked_add",
        "worked_sum",
        "worked_mean",
        "worked_exp_and_log",
        "worked_getitem",
    ],
)
def test_worked_cross_entropy(student):
    """cross_entropy gives the worked batch: 0.4909."""
    logits = leaf(student, [[2, -1, 0.5], [0, 0, 0], [1, 3, -2]])
    loss = student.autograd.cross_entropy(logits, np.array([0, 2, 1]))
    grads = [
        [-0.07146765513690803, 0.013037524423562482, 0.05843013071334556],
        [1 / 9, 1 / 9, -2 / 9],
        [0.03949988484500319, -0.04146646831230412, 0.0019665834673009263],
    ]
    worked(loss, 0.49092293968428086, 1.0, [logits], grads)


@check(exercise="linear", needs=["worked_add", "worked_matmul"])
def test_worked_linear(student):
    """autograd.Linear gives 0.78 and 0.66, the first layer of the 3-2-1 net."""
    layer = student.autograd.Linear(3, 2)
    layer.weight = leaf(student, [[1, 0.5], [0.2, 1.2], [1.2, 0.1]])
    layer.bias = leaf(student, [0.1, 0.2])
    x = leaf(student, [[0.4, 0.2, 0.2]])
    close(layer(x).data, np.array([[0.78, 0.66]]), name="y")


@check(exercise="symbolic/differentiate")
def test_worked_differentiate(student):
    """symbolic.differentiate gives 5 for (a + b)(b + 1) at (2, 1)."""
    a, b = student.symbolic.Variable("a"), student.symbolic.Variable("b")
    slope = student.symbolic.differentiate((a + b) * (b + 1), "b")
    close(slope.value(a=2.0, b=1.0), 5.0, name="de/db")


@check(exercise="no_grad")
def test_worked_no_grad(student):
    """no_grad records nothing of e, and everything again after it.

    It stands last: public checks may share a process, and what is not switched on again
    would be missing in those behind it.
    """
    with student.autograd.no_grad():
        inside = lectures_graph(student)[-1].requires_grad
    close(inside, expected=False, name="requires_grad inside")
    after = lectures_graph(student)[-1].requires_grad
    close(after, expected=True, name="requires_grad afterwards")
