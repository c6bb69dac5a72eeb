"""The graph: its order, the way back, leaving it, and not recording it.

The operations here are the grader's: they are recorded with pulls that run on its side,
so that no mistake in an operation costs points of the graph.
"""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises
from autograder.suite.line import handle_of


class Graph:
    """Makes tensors of the student with the grader's operations."""

    def __init__(self, student):
        self.student = student

    def leaf(self, array, *, requires_grad=True):
        """Return a leaf."""
        return self.student.autograd.Tensor(array, requires_grad=requires_grad)

    def record(self, data, *edges):
        """Return a result whose pulls run here."""
        lent = [(parent, self.student.lend(pull)) for parent, pull in edges]
        return self.student.autograd.record(np.asarray(data), *lent)

    def add(self, a, b):
        """Return a + b, for equal shapes."""
        return self.record(a.data + b.data, (a, lambda d: d), (b, lambda d: d))

    def mul(self, a, b):
        """Return a b, for equal shapes."""
        x, y = a.data, b.data
        return self.record(x * y, (a, lambda d: d * y), (b, lambda d: d * x))

    def scale(self, a, factor):
        """Return a times a number."""
        return self.record(factor * a.data, (a, lambda d: factor * d))

    def sin(self, a):
        """Return the sine of a."""
        x = a.data
        return self.record(np.sin(x), (a, lambda d: d * np.cos(x)))


def positions(order):
    """Return where each tensor stands, and check that none stands there twice."""
    handles = [handle_of(node) for node in order]
    close(len(set(handles)), len(handles), name="the number of different tensors")
    return {handle: i for i, handle in enumerate(handles)}


def ordered(student, out, nodes):
    """Check the order of a graph that consists of `nodes`, the last of them `out`."""
    order = list(student.autograd.topological_order(out))
    close(len(order), len(nodes), name="the number of tensors")
    place = positions(order)
    missing = [node for node in nodes if handle_of(node) not in place]
    close(len(missing), 0, name="the number of tensors that are missing")
    close(place[handle_of(out)], len(nodes) - 1, name="the place of the tensor itself")
    for node in nodes:
        for parent, _ in node.edges:
            before = place[handle_of(parent)] < place[handle_of(node)]
            close(before, expected=True, name="whether an input stands before its use")


@check(points=1, exercise="topological_order")
def test_order_of_a_chain(student, rng):
    """topological_order of a chain begins with the leaf and ends with the tensor."""
    graph = Graph(student)
    nodes = [graph.leaf(rng.normal(3))]
    for _ in range(4):
        nodes.append(graph.sin(nodes[-1]))
    ordered(student, nodes[-1], nodes)
    ordered(student, nodes[0], nodes[:1])


@check(points=2, exercise="topological_order")
def test_order_of_a_graph_with_forks(student, rng):
    """topological_order lists every tensor once, and none before all of its inputs."""
    hint("Append a tensor after all of its inputs have been appended, and only once.")
    graph = Graph(student)
    # The inputs come in both orders: the near one first, and the far one first.
    for flipped in (False, True):
        x = graph.leaf(rng.normal(3))
        h = graph.sin(x)
        far = graph.scale(graph.sin(h), 2.0)
        equal = graph.scale(x, 1.0)  # the same numbers, and another tensor
        near = graph.add(h, equal)
        out = graph.mul(far, near) if flipped else graph.mul(near, far)
        between = far.edges[0][0]
        ordered(student, out, [x, h, between, far, equal, near, out])
    for _ in range(3):
        nodes = [graph.leaf(rng.normal(2)) for _ in range(2)]
        for _ in range(6):
            a, b = nodes[-1], nodes[rng.integers(0, len(nodes))]
            nodes.append(graph.add(a, b) if rng.integers(0, 2) else graph.mul(b, a))
        reached = reachable(nodes[-1])
        used = [node for node in nodes if handle_of(node) in reached]
        ordered(student, nodes[-1], used)


def reachable(node):
    """Return the handles of all tensors that one depends on, its own among them."""
    found, stack = set(), [node]
    while stack:
        node = stack.pop()
        if handle_of(node) not in found:
            found.add(handle_of(node))
            stack.extend(parent for parent, _ in node.edges)
    return found


def deep(student, x, depth):
    """Return x + x + ... + x, each sum on top of the one before.

    NumPy adds up the tensors one by one: many operations in one request.
    """
    copies = student.numpy.empty(depth + 1, dtype="O")
    copies.fill(x)
    return student.numpy.add.reduce(copies)


@check(
    points=2, exercise="topological_order", needs=["order_of_a_chain", "add_and_minus"]
)
def test_order_of_a_deep_graph(student, rng):
    """topological_order does not call itself: 1500 operations are no problem."""
    hint("Python's stack ends after about 1000 calls: keep a stack of your own.")
    out = deep(student, Graph(student).leaf(rng.normal(2)), 1500)
    order = student.autograd.topological_order(out)
    close(len(order), 1501, name="the number of tensors")


ORDER = ["order_of_a_chain", "order_of_a_graph_with_forks"]


@check(points=2, exercise="backward", needs=ORDER)
def test_backward_along_a_chain(student, rng):
    """Tensor.backward multiplies upstream by local, back to the leaf."""
    graph, x, dout = Graph(student), rng.normal((2, 3)), rng.normal((2, 3))
    leaf = graph.leaf(x)
    y = graph.sin(graph.scale(leaf, 3.0))
    y.backward(dout)
    close(leaf.grad, dout * 3.0 * np.cos(3.0 * x), name="x.grad")
    single = graph.leaf(x[:1, :1])
    graph.sin(single).backward()
    close(single.grad, np.cos(x[:1, :1]), name="x.grad without an upstream gradient")


@check(points=1, exercise="backward", needs=ORDER)
def test_backward_adds_up_paths(student, rng):
    """Tensor.backward adds up what comes back on several ways: e = (a + b)(b + 1)."""
    graph, (a, b) = Graph(student), rng.normal((2, 3))
    leaf_a, leaf_b, one = (
        graph.leaf(a),
        graph.leaf(b),
        graph.leaf(np.ones(3), requires_grad=False),
    )
    e = graph.mul(graph.add(leaf_a, leaf_b), graph.add(leaf_b, one))
    dout = rng.normal(3)
    e.backward(dout)
    close(leaf_a.grad, dout * (b + 1), name="a.grad")
    close(leaf_b.grad, dout * (a + 2 * b + 1), name="b.grad")
    close(one.grad, None, name="the gradient of a constant")


@check(points=2, exercise="backward", needs=ORDER)
def test_backward_waits_for_all_uses(student, rng):
    """Tensor.backward hands a gradient on only when all of it has come back."""
    hint("Go through topological_order in reverse; then all uses come first.")
    graph = Graph(student)
    for flipped in (False, True):
        x, dout = rng.normal(3), rng.normal(3)
        leaf = graph.leaf(x)
        h = graph.mul(leaf, leaf)
        g = graph.scale(graph.scale(h, 3.0), 0.5)
        out = graph.mul(g, h) if flipped else graph.mul(h, g)
        out.backward(dout)
        close(leaf.grad, dout * 6.0 * x**3, name="x.grad")
    leaf = graph.leaf(x)
    out = leaf
    for _ in range(5):
        out = graph.add(out, out)
    out.backward(dout)
    close(leaf.grad, 32.0 * dout, name="x.grad after five doublings")


CHAIN = [*ORDER, "backward_along_a_chain"]


@check(points=1, exercise="backward", needs=CHAIN)
def test_backward_accumulates(student, rng):
    """A second graph adds to the gradients of the first, at the leaves only."""
    hint("Only leaves have a grad; add to it, and keep the grad of all else None.")
    graph, x, y = Graph(student), rng.normal(3), rng.normal(3)
    leaf = graph.leaf(x)
    first = graph.scale(leaf, 3.0)
    graph.scale(first, 1.0).backward(y)
    close(first.grad, None, name="the grad of a result")
    once = leaf.grad
    graph.sin(leaf).backward(y)
    close(leaf.grad, once + y * np.cos(x), name="x.grad after two graphs")


@check(points=1, exercise="backward", needs=CHAIN)
def test_backward_shares_no_memory(student, rng):
    """Tensor.backward changes neither its argument nor another leaf's gradient."""
    hint("Add up in new arrays, and give every leaf a copy of its own.")
    graph, d, again = Graph(student), rng.normal(3), rng.normal(3)
    a, b = graph.leaf(rng.normal(3)), graph.leaf(rng.normal(3))
    same = student.numpy.asarray  # a pull that hands on the very same array
    record = student.autograd.record
    y = record(rng.normal(3), (a, same), (b, same))
    z = record(rng.normal(3), (y, same), (a, same))
    dout = student.place(d)
    z.backward(dout)
    for node in (a, b):
        record(rng.normal(3), (node, same)).backward(again)
    close(student.look(dout), d, name="the upstream gradient afterwards")
    close(b.grad, d + again, name="b.grad")
    close(a.grad, 2 * d + again, name="a.grad")


@check(points=1, exercise="backward", needs=CHAIN)
def test_backward_keeps_the_dtype_of_leaves(student, rng):
    """Tensor.backward gives every leaf a gradient of its own shape and dtype."""
    graph, x, dout = Graph(student), rng.normal((1, 3)), rng.normal((2, 3))
    leaf = graph.leaf(x.astype(np.float32))
    wide = graph.record(
        np.repeat(x, 2, axis=0), (leaf, lambda d: d.sum(axis=0, keepdims=True))
    )
    wide.backward(dout)
    expected = dout.sum(axis=0, keepdims=True).astype(np.float32)
    close(leaf.grad, expected, name="x.grad")


@check(points=1, exercise="backward", needs=CHAIN)
def test_backward_refuses(student, rng):
    """Tensor.backward refuses a missing or a wrong upstream gradient, and constants."""
    hint(
        "RuntimeError if there are several entries and no grad, or nothing requires"
        " one; errors.check_float and errors.check_shape for a grad that is given."
    )
    graph, x = Graph(student), rng.normal(3)
    leaf = graph.leaf(x)

    def works():
        return graph.sin(leaf).backward(x)

    raises("RuntimeError", graph.sin(leaf).backward, works=works)
    raises("ValueError", graph.sin(leaf).backward, rng.normal((1, 3)), works=works)
    raises("TypeError", graph.sin(leaf).backward, np.array([1, 2, 3]), works=works)
    constant = graph.sin(graph.leaf(x[:1], requires_grad=False))
    raises("RuntimeError", constant.backward, works=works)


@check(points=1, exercise="backward", needs=CHAIN)
def test_backward_uses_a_graph_once(student, rng):
    """Tensor.backward lets go of the graph, and refuses to use a part of it again."""
    hint("Afterwards, set the edges of all tensors in the graph to ().")
    graph, x = Graph(student), rng.normal(3)
    leaf = graph.leaf(x)
    h = graph.sin(leaf)
    first, second = graph.scale(h, 2.0), graph.scale(h, 3.0)
    first.backward(x)
    for node in (first, h):
        close(len(node.edges), 0, name="the number of edges afterwards")
    before = leaf.grad

    def works():
        return graph.sin(graph.leaf(x)).backward(x)

    hint(
        "That is a tensor whose graph was used: RuntimeError, before any grad changes."
    )
    raises("RuntimeError", first.backward, x, works=works)
    raises("RuntimeError", second.backward, x, works=works)
    close(leaf.grad, before, name="x.grad after refused passes")


@check(
    points=2,
    exercise="backward",
    needs=[*CHAIN, "add_and_minus", "order_of_a_deep_graph"],
)
def test_backward_through_a_deep_graph(student, rng):
    """Tensor.backward does not call itself either: 5000 operations are no problem."""
    hint("A loop over topological_order, and no function that calls itself.")
    x, dout = rng.normal(2), rng.normal(2)
    leaf = Graph(student).leaf(x)
    deep(student, leaf, 5000).backward(dout)
    close(leaf.grad, 5001 * dout, name="x.grad")


@check(points=2, exercise="detach")
def test_detach_leaves_the_graph(student, rng):
    """Tensor.detach gives a constant of the same value; zero_grad sets grad to None."""
    graph, x = Graph(student), rng.normal((2, 3))
    leaf = graph.leaf(x)
    y = graph.sin(leaf)
    cut = y.detach()
    close(cut.data, np.sin(x), name="the data")
    close(cut.requires_grad, expected=False, name="requires_grad")
    close(len(cut.edges), 0, name="the number of edges")
    close(y.requires_grad, expected=True, name="requires_grad of the tensor itself")
    close(len(y.edges), 1, name="the number of edges of the tensor itself")
    leaf.grad = x
    leaf.zero_grad()
    close(leaf.grad, None, name="grad after zero_grad")


@check(points=1, exercise="detach")
def test_item_of_one_entry(student, rng):
    """Tensor.item gives the only entry as a float, of any shape, and refuses two."""
    graph = Graph(student)
    for shape in ((), (1,), (1, 1)):
        x = rng.normal(shape)
        value = graph.leaf(x).item()
        close(type(value) is float, expected=True, name="whether it is a float")
        close(value, float(x.reshape(())), name="the item")
    two, one = graph.leaf(rng.normal(2)), graph.leaf(rng.normal(1))
    raises("ValueError", two.item, works=one.item)


def recording(graph, rng):
    """Return whether an operation is recorded now."""
    result = graph.sin(graph.leaf(rng.normal(2)))
    return result.requires_grad


@check(points=2, exercise="no_grad")
def test_no_grad_records_nothing(student, rng):
    """Inside of no_grad nothing is recorded; after it, everything again."""
    graph = Graph(student)
    for _ in range(2):
        with student.autograd.no_grad():
            close(recording(graph, rng), expected=False, name="recording inside")
        close(recording(graph, rng), expected=True, name="recording afterwards")


@check(points=1, exercise="no_grad", needs=["no_grad_records_nothing"])
def test_no_grad_may_be_nested(student, rng):
    """The end of an inner no_grad leaves an outer one as it is."""
    hint("Go back to the state before, which need not be recording.")
    graph = Graph(student)
    guard = student.autograd.no_grad()
    for inner in (student.autograd.no_grad(), guard):
        with guard:
            with inner:
                close(recording(graph, rng), expected=False, name="recording inside")
            close(recording(graph, rng), expected=False, name="recording between")
        close(recording(graph, rng), expected=True, name="recording afterwards")


@check(points=1, exercise="no_grad", needs=["no_grad_records_nothing"])
def test_no_grad_ends_with_an_exception(student, rng):
    """An exception ends no_grad like any other way out, and goes on."""
    hint("__exit__ restores the state and returns None, whatever has happened.")
    graph = Graph(student)
    seen = []

    def careless(x):
        seen.append(recording(graph, rng))
        if x < 0:
            raise ValueError("too small")
        return x

    # no_grad as a decorator: the function runs inside of it, beside your code.
    guarded = student.autograd.no_grad()(student.lend(careless))
    raises("ValueError", guarded, -1.0, works=lambda: guarded(1.0))
    for i, inside in enumerate(seen):
        close(inside, expected=False, name=f"recording inside of call {i + 1}")
    close(recording(graph, rng), expected=True, name="recording afterwards")
