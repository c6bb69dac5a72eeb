"""Derivatives of whole functions, and earlier stages rebuilt on Tensor."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises
from autograder.suite.line import handle_of
from nabla import autograd

BACK = [
    "order_of_a_graph_with_forks",
    "backward_along_a_chain",
    "backward_adds_up_paths",
    "backward_waits_for_all_uses",
]


def recorded(student, data, *edges):
    """Return a tensor of the student with pulls that run here."""
    lent = [(parent, student.lend(pull)) for parent, pull in edges]
    return student.autograd.record(np.asarray(data), *lent)


@check(
    points=1,
    exercise="grad",
    needs=[*BACK, "backward_accumulates", "backward_keeps_the_dtype_of_leaves"],
)
def test_grad_of_all_arguments(student, rng):
    """autograd.grad gives the gradient for every argument, zeros for unused ones."""
    x, y, z = rng.normal(3), rng.normal(3), rng.normal((2, 2))

    def f(x, y, _):
        a, b = x.data, y.data
        both = recorded(student, a * b, (x, lambda d: d * b), (y, lambda d: d * a))
        total = both.data.sum()
        return recorded(student, total, (both, lambda d: np.repeat(d, 3)))

    grad = student.autograd.grad
    found = grad(student.lend(f), x, y, z)
    close(found, (y, x, np.zeros((2, 2))), name="dx, dy, dz")
    close(grad(student.lend(lambda x: f(x, x, x)), x), (2 * x,), name="dx")
    f32 = student.lend(lambda x, y: f(x, y, x))
    dx, dy = grad(f32, x.astype(np.float32), y)
    close(dx, y.astype(np.float32), name="dx in float32")
    close(dy, x, name="dy", rtol=1e-6)


@check(
    points=1,
    exercise="grad",
    needs=[
        *BACK,
        "backward_accumulates",
        "add_and_minus",
        "add_takes_numbers_and_arrays",
        "mul_swaps",
        "mul_broadcasts",
        "div_differentiates_both",
        "div_broadcasts_and_keeps_copies",
        "exp_is_its_own_slope",
    ],
)
def test_grad_of_the_lectures_graphs(student, rng):
    """autograd.grad differentiates the lectures' graphs at other points."""
    grad, lend = student.autograd.grad, student.lend
    a, b, c = (np.asarray(rng.away_from_zero((), 0.5)) for _ in range(3))
    found = grad(lend(lambda a, b: (a + b) * (b + 1)), a, b)
    close(found, (b + 1, a + 2 * b + 1), name="de/da, de/db")
    found = grad(lend(lambda x, y, z: (x + y) * z), a, b, c)
    close(found, (c, c, a + b), name="df/dx, df/dy, df/dz")
    found = grad(lend(lambda a, b, c: 3 * (a + b * c)), a, b, c)
    close(found, (3.0, 3 * c, 3 * b), name="dJ/da, dJ/db, dJ/dc")
    w, x = rng.normal(3), rng.normal(2)

    def neuron(w0, w1, w2, x0, x1):
        return 1 / (1 + (-(w0 * x0 + w1 * x1 + w2)).exp())

    s = 1 / (1 + np.exp(-(w[:2] @ x + w[2])))
    slope = s * (1 - s)
    found = grad(lend(neuron), *[np.asarray(number) for number in (*w, *x)])
    expected = tuple(slope * np.array([*x, 1.0, *w[:2]]))
    close(found, expected, name="dw0, dw1, dw2, dx0, dx1")


@check(points=2, exercise="vjp", needs=BACK)
def test_vjp_is_a_vector_times_the_jacobian(student, rng):
    """autograd.vjp gives v times the Jacobian, and refuses a v that does not fit."""
    A, x, v = rng.normal((4, 3)), rng.normal(3), rng.normal(4)

    def f(x):
        y = np.tanh(A @ x.data)
        return recorded(student, y, (x, lambda d: (d * (1 - y**2)) @ A))

    lent, y = student.lend(f), np.tanh(A @ x)
    vjp = student.autograd.vjp
    close(vjp(lent, x, v), (v * (1 - y**2)) @ A, name="v J")
    constant = student.lend(lambda _: student.autograd.Tensor(v))
    close(vjp(constant, x, v), np.zeros(3), name="v J of a constant function")
    hint("v has the shape of f(x), and is an array of floats.")
    raises(
        "ValueError", vjp, lent, x, rng.normal((1, 4)), works=lambda: vjp(lent, x, v)
    )
    raises(
        "TypeError", vjp, lent, x, np.array([1, 2, 3, 4]), works=lambda: vjp(lent, x, v)
    )


@check(
    points=2,
    exercise="count_operations",
    needs=["order_of_a_chain", "order_of_a_graph_with_forks"],
)
def test_count_operations_of_a_graph(student, rng):
    """count_operations counts every operation once, times inputs, times outputs."""
    hint("Results in topological_order are operations; the leaf is none.")
    n_in, n_out, depth = rng.integers(4, 9), rng.integers(2, 4), rng.integers(2, 6)

    def f(x):
        node = x
        for _ in range(depth):  # every second one is used twice
            y = recorded(student, 2 * node.data, (node, lambda d: 2 * d))
            same = node.data + y.data
            node = recorded(student, same, (node, lambda d: d), (y, lambda d: d))
        part = node.data[:n_out]
        return recorded(student, part, (node, lambda d: d))

    count = student.autograd.count_operations
    found = count(student.lend(f), n_in, n_out)
    operations = 2 * depth + 1
    expected = {
        "operations": operations,
        "forward": n_in * operations,
        "reverse": n_out * operations,
        "forward_sweeps": n_in,
        "reverse_sweeps": n_out,
    }
    close(found, expected, name="the result")
    lent = student.lend(f)
    hint("f has to return n_out entries.")
    raises(
        "ValueError",
        count,
        lent,
        n_in,
        n_out + 1,
        works=lambda: count(lent, n_in, n_out),
    )


@check(
    points=1,
    exercise="numeric_vs_autograd",
    needs=["grad_of_all_arguments", "item_of_one_entry", "no_grad_records_nothing"],
)
def test_numeric_vs_autograd_finds_a_wrong_pull(student, rng):
    """numeric_vs_autograd is tiny for a right pull, and 1/3 for one half as large."""
    hint("relative_error of stage 01, between numerical_gradient and grad.")
    x = rng.away_from_zero((2, 2), 0.5)
    for factor, expected in ((2.0, 0.0), (1.0, 1 / 3)):

        def f(x, factor=factor):
            a = x.data
            total = (a**2).sum()
            return recorded(student, total, (x, lambda d: d * factor * a))

        found = student.autograd.numeric_vs_autograd(student.lend(f), x)
        close(float(found), expected, name="the relative error", rtol=0, atol=1e-6)


@check(
    points=1,
    exercise="numeric_vs_autograd",
    needs=["numeric_vs_autograd_finds_a_wrong_pull", "no_grad_records_nothing"],
)
def test_numeric_vs_autograd_measures_without_a_graph(student, rng):
    """numeric_vs_autograd records one graph, and none while it measures."""
    hint("Measure inside of no_grad(): many values of f, and no graph.")
    recordings = []
    weight = student.autograd.Tensor(rng.normal(3), requires_grad=True)

    def f(x):
        a, w = x.data, weight.data
        out = recorded(student, a @ w, (x, lambda d: d * w), (weight, lambda d: d * a))
        recordings.append(out.requires_grad)
        return out

    x = rng.normal(3)
    found = student.autograd.numeric_vs_autograd(student.lend(f), x)
    close(float(found), 0.0, name="the relative error", rtol=0, atol=1e-6)
    close(sum(recordings), 1, name="the number of graphs")
    close(len(recordings) > 2, expected=True, name="whether f was measured")


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


@check(
    points=2,
    exercise="cross_entropy",
    needs=[
        "add_and_minus",
        "add_broadcasts",
        "add_takes_numbers_and_arrays",
        "sum_over_everything",
        "sum_over_an_axis",
        "sum_keeps_dimensions",
        "mean_divides_by_the_count",
        "exp_is_its_own_slope",
        "log_divides_by_x",
        "getitem_takes_parts",
        "getitem_adds_up_repeated_entries",
    ],
)
def test_cross_entropy_and_its_gradient(student, rng):
    """cross_entropy is the mean of -ln softmax and has the right gradient."""
    for shape, dtype in (((5, 3), float), ((1, 4), float), ((3, 3), np.float32)):
        z = rng.normal(shape, 2.0).astype(dtype)
        labels = rng.integers(0, shape[1], shape[0])
        logits = student.autograd.Tensor(z, requires_grad=True)
        loss = student.autograd.cross_entropy(logits, labels)
        mine = autograd.Tensor(z, requires_grad=True)
        expected = autograd.cross_entropy(mine, labels)
        expected.backward()
        close(loss.data, expected.data, name="the loss", N=shape[0], C=shape[1])
        (grad,) = gradients(loss, np.ones((), dtype), [logits])
        close(grad, mine.grad, name="the gradient", N=shape[0], C=shape[1])


@check(points=1, exercise="cross_entropy", needs=["cross_entropy_and_its_gradient"])
def test_cross_entropy_of_large_logits(student, rng):
    """cross_entropy is finite and right for logits of 1000, and refuses bad labels."""
    hint("Take the largest logit of each row away before exp, as a constant.")
    z = np.array([[1000.0, 0.0, 0.0], [0.0, -1000.0, 3.0]]) + rng.normal((2, 3))
    for labels in (np.array([0, 2]), np.array([1, 1])):
        logits = student.autograd.Tensor(z, requires_grad=True)
        loss = student.autograd.cross_entropy(logits, labels)
        mine = autograd.Tensor(z, requires_grad=True)
        expected = autograd.cross_entropy(mine, labels)
        expected.backward()
        close(loss.data, expected.data, name="the loss")
        (grad,) = gradients(loss, np.ones(()), [logits])
        close(grad, mine.grad, name="the gradient")
    call = student.autograd.cross_entropy
    hint("NumPy takes -1 for the last class, and labels for columns: compare first.")
    for wrong in (np.array([0, -1]), np.array([0, 3]), np.array([0, 1, 2])):
        raises("ValueError", call, logits, wrong, works=lambda: call(logits, labels))


AFFINE = ["add_and_minus", "add_broadcasts", "matmul_of_matrices"]


def linear(student, W, b=None):
    """Return the student's layer with the given weight and bias."""
    layer = student.autograd.Linear(*W.shape, bias=b is not None)
    layer.weight = student.autograd.Tensor(W, requires_grad=True)
    if b is not None:
        layer.bias = student.autograd.Tensor(b, requires_grad=True)
    return layer


@check(points=1, exercise="linear", needs=AFFINE)
def test_linear_is_affine(student, rng):
    """Linear computes x W + b; weight and bias are leaves that need a gradient."""
    x, W, b = rng.normal((5, 4)), rng.normal((4, 3)), rng.normal(3)
    Tensor = student.autograd.Tensor
    close(linear(student, W, b)(Tensor(x)).data, x @ W + b, name="y")
    close(linear(student, W)(Tensor(x)).data, x @ W, name="y without a bias")
    layer = student.autograd.Linear(4, 3, rng=rng.spawn_seed())
    found = list(layer.parameters())
    close(len(found), 2, name="the number of parameters")
    for tensor, shape in zip(found, ((4, 3), (3,)), strict=True):
        close(tensor.data.shape, shape, name="a parameter's shape")
        close(tensor.requires_grad, expected=True, name="requires_grad")
        close(tensor.is_leaf, expected=True, name="is_leaf")
    close(found[1].data, np.zeros(3), name="the bias at first")
    close(student.autograd.Linear(1, 2).bias.data, np.zeros(2), name="the bias")
    without = student.autograd.Linear(4, 3, bias=False)
    close(without.bias, None, name="the bias")
    close(len(without.parameters()), 1, name="the number of parameters without a bias")


@check(points=1, exercise="linear", needs=[*AFFINE, "linear_is_affine"])
def test_linear_shares_a_weight(student, rng):
    """Two Linears with one weight: its gradient is the sum of both uses."""
    hint("Use self.weight itself, at the time of the call.")
    W, x, dout = rng.normal((3, 3)), rng.normal((4, 3)), rng.normal((4, 3))
    first, second = linear(student, W, rng.normal(3)), linear(student, W)
    second.weight = first.weight
    leaf = student.autograd.Tensor(x, requires_grad=True)
    out = second(first(leaf))
    dW, db, dx = gradients(out, dout, [first.weight, first.bias, leaf])
    h = x @ W + first.bias.data
    close(out.data, h @ W, name="y")
    close(dW, x.T @ (dout @ W.T) + h.T @ dout, name="weight's gradient")
    close(db, (dout @ W.T).sum(axis=0), name="bias's gradient", N=4)
    close(dx, dout @ W.T @ W.T, name="x's gradient")


@check(
    points=1,
    exercise="linear",
    needs=[*AFFINE, "linear_is_affine", "sigmoid_without_overflow"],
)
def test_linear_repeats_the_three_two_one_net(student, rng):
    """Two Linears with sigmoids give lecture 002's net and all its gradients."""
    W0, b1, W1, b2 = (
        rng.normal((3, 2)),
        rng.normal(2),
        rng.normal((2, 1)),
        rng.normal(1),
    )
    x, dout = rng.normal((1, 3)), rng.normal((1, 1))
    leaf = student.autograd.Tensor(x, requires_grad=True)
    hidden, top = linear(student, W0, b1), linear(student, W1, b2)
    out = top(hidden(leaf).sigmoid()).sigmoid()
    h = 1 / (1 + np.exp(-(x @ W0 + b1)))
    y = 1 / (1 + np.exp(-(h @ W1 + b2)))
    close(out.data, y, name="out")
    leaves = [hidden.weight, hidden.bias, top.weight, top.bias, leaf]
    found = gradients(out, dout, leaves)
    dz2 = dout * y * (1 - y)
    dz1 = dz2 @ W1.T * h * (1 - h)
    expected = (x.T @ dz1, dz1[0], h.T @ dz2, dz2[0], dz1 @ W0.T)
    names = ("dW0", "db1", "dW1", "db2", "dX")
    for name, grad, wanted in zip(names, found, expected, strict=True):
        close(grad, wanted, name=name)


MISTAKES = {"chain rule": 7.5, "rule list": 3.5, "sweeps": 3070.0, "products": 52.0}


def mistake(student, key):
    """Compare one answer."""
    found = student.autograd.lecture_mistakes()[key]
    close(found, MISTAKES[key], name=f"the answer for {key!r}")


@check(points=1, exercise="mistakes")
def test_mistake_in_the_chain_rule(student):
    """lecture_mistakes: what the printed chain rule for J = 3 (a + b c) loses."""
    mistake(student, "chain rule")


@check(points=1, exercise="mistakes")
def test_mistake_in_the_rule_list(student):
    """lecture_mistakes: how far off the printed rule for f(g(x)) is."""
    mistake(student, "rule list")


@check(points=1, exercise="mistakes")
def test_sweeps_of_a_net(student):
    """lecture_mistakes: the sweeps that forward mode needs more than reverse mode."""
    mistake(student, "sweeps")


@check(points=1, exercise="mistakes")
def test_products_of_all_paths(student):
    """lecture_mistakes: the multiplications that factoring saves for three stages."""
    mistake(student, "products")
