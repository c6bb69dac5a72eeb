"""Perceptron, parameter counts, collapsed layers, the best plane, Cover's count."""

from __future__ import annotations

import itertools
import math

import numpy as np

from autograder.suite import check, close, hint, raises


@check(points=1, exercise="perceptron")
def test_perceptron_decides_by_the_side_of_the_plane(student, rng):
    """Perceptron.predict gives 1 where x . w + b > 0, else 0."""
    X, w, b = rng.normal((40, 3)), rng.normal(3), float(rng.away_from_zero(()))
    X[0] = -b / 2 * w / (w @ w)  # between this plane and the one through the origin
    found = student.layers.Perceptron(w, b).predict(X)
    close(np.asarray(found, float), (X @ w + b > 0) * 1.0, name="class")


@check(points=2, exercise="perceptron")
def test_perceptron_gives_zero_on_the_plane(student, rng):
    """Perceptron.predict gives 0 where x . w + b is exactly 0."""
    w, b = np.array([2.0, -1.0]), float(rng.integers(1, 5))
    x0 = rng.integers(-8, 9, 6) / 2.0  # halves: no rounding, so the zero is exact
    for bias in (b, -b):
        X = np.stack([x0, 2.0 * x0 + bias], axis=1)
        found = student.layers.Perceptron(w, bias).predict(X)
        close(np.asarray(found, float), np.zeros(6), name="class on the plane")


@check(points=1, exercise="perceptron")
def test_perceptron_returns_int64_per_row(student, rng):
    """Perceptron.predict returns an int64 array with one class per row of X."""
    found = student.layers.Perceptron(rng.normal(3), 0.5).predict(rng.normal((1, 3)))
    close(found.dtype, np.dtype(np.int64), name="dtype")
    close(found.shape, (1,), name="shape")


def module_tree(student, rng, *shapes):
    """Return a module, its parameters in lists, dicts and modules of modules."""
    root, inner = student.module.Module(), student.module.Module()
    made = [student.module.Parameter(rng.normal(shape)) for shape in shapes]
    root.first, root.inner = made[0], inner
    inner.rest = {"list": made[1:]}
    return root


@check(points=1, exercise="count_parameters")
def test_count_parameters_counts_numbers(student, rng):
    """count_parameters adds up the sizes of all parameters, biases included."""
    root = module_tree(student, rng, (3, 4), (4,), (2, 3, 5))
    close(student.layers.count_parameters(root), 12 + 4 + 30, name="count")


@check(points=1, exercise="count_parameters")
def test_count_parameters_counts_shared_ones_once(student, rng):
    """count_parameters counts a parameter once, however often it is used."""
    root = module_tree(student, rng, (3, 4), (5,))
    root.again = root.first
    root.twice = [root.inner, root.inner]
    close(student.layers.count_parameters(root), 12 + 5, name="count")


@check(points=1, exercise="mlp_parameter_count")
def test_mlp_parameter_count_follows_the_formula(student, rng):
    """mlp_parameter_count adds n_in n_out + n_out for every layer."""
    count = student.layers.mlp_parameter_count
    drawn = tuple(rng.integers(1, 50, 5).tolist())
    total = sum((m + 1) * n for m, n in itertools.pairwise(drawn))
    for sizes, expected in (
        ((784, 10), 7850),
        ((3, 4, 4, 1), 41),
        ((2, 3, 5, 7, 11), 159),
        ((3072, 1024, 512, 128, 2), 3_737_474),
        (drawn, total),
    ):
        close(count(sizes), expected, name=f"count for {sizes}")


@check(points=1, exercise="mlp_parameter_count")
def test_mlp_parameter_count_can_leave_biases_out(student):
    """mlp_parameter_count counts weights only with bias=False; refuses one size."""
    hint("A net has at least two sizes, each at least 1.")
    count = student.layers.mlp_parameter_count
    close(count([784, 128, 10], bias=False), 784 * 128 + 1280, name="count of weights")
    works = [3, 2]
    raises("ValueError", count, [3], works=lambda: count(works, bias=False))
    raises("ValueError", count, [3, 0, 2], works=lambda: count(works, bias=False))


@check(points=2, exercise="collapse_affine")
def test_collapse_affine_equals_the_composition(student, rng):
    """collapse_affine gives one layer that does what three do in turn."""
    for shapes in (((3, 3), (3, 3), (3, 3)), ((4, 3), (3, 5), (5, 2))):
        layers = [(rng.normal(shape), rng.normal(shape[1])) for shape in shapes]
        (W1, b1), (W2, b2), (W3, b3) = layers
        W, b = student.layers.collapse_affine(layers)
        close(W, W1 @ W2 @ W3, name="W")
        close(b, (b1 @ W2 + b2) @ W3 + b3, name="b")


@check(points=1, exercise="collapse_affine")
def test_collapse_affine_refuses_what_does_not_fit(student, rng):
    """collapse_affine returns a single layer as it is; refuses none and misfits."""
    hint(
        "An empty list is a ValueError, and so is a W that does not fit the one before."
    )
    W, b = rng.normal((4, 3)), rng.normal(3)
    call = student.layers.collapse_affine
    found = call([(W, b)])
    close(found[0], W, name="W")
    close(found[1], b, name="b")
    misfit = [(W, b), (rng.normal((2, 3)), b)]
    raises("ValueError", call, misfit, works=lambda: call([(W, b)]))
    raises("ValueError", call, [], works=lambda: call([(W, b)]))


def least_squares(X, y):
    solution = np.linalg.lstsq(np.hstack([X, np.ones((len(X), 1))]), y, rcond=None)[0]
    return solution[:-1], solution[-1]


@check(points=2, exercise="fit_plane")
def test_fit_plane_minimises_the_squared_error(student, rng):
    """fit_plane returns the plane of the least squares."""
    X, y = rng.normal((20, 3)) + 2.0, rng.normal(20) + 5.0
    w, b = student.layers.fit_plane(X, y)
    expected = least_squares(X, y)
    close(w, expected[0], name="w")
    close(float(b), float(expected[1]), name="b")


@check(points=1, exercise="fit_plane")
def test_fit_plane_gives_the_numbers_of_the_lecture(student):
    """fit_plane finds w = (1.84, -0.85), b = 1.08, and w = 0, b = 1/2 for XOR."""
    X = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1], [2, 1]])
    w, b = student.layers.fit_plane(X, np.array([1.1, 2.9, 0.2, 2.1, 3.9]))
    close(w, np.array([1.84, -0.8533333333333333]), name="w")
    close(float(b), 1.08, name="b")
    X, y = X[:4], np.array([0.0, 1.0, 1.0, 0.0])
    w, b = student.layers.fit_plane(X, y)
    close(w, np.zeros(2), name="w for XOR", rtol=0, atol=1e-12)
    close(float(b), 0.5, name="b for XOR")


@check(points=1, exercise="fit_plane")
def test_fit_plane_works_far_from_the_origin(student, rng):
    """fit_plane centres X: it is as exact for points far from the origin."""
    w_true, b_true = rng.normal(2), float(rng.normal())
    hint(
        "Subtract the means of X and y before you multiply: squares of large numbers"
        " leave no digits for the differences. The means give b afterwards."
    )
    X = rng.normal((30, 2)) + 1e5
    w, b = student.layers.fit_plane(X, X @ w_true + b_true)
    close(w, w_true, name="w", rtol=1e-7)
    close(float(b), b_true, name="b", rtol=0, atol=1e-2)


@check(points=1, exercise="fit_plane")
def test_fit_plane_refuses_points_on_a_line(student, rng):
    """fit_plane raises ValueError or LinAlgError if many planes fit equally well."""
    hint(
        "numpy.linalg.solve refuses a singular matrix by itself; pinv and lstsq do not."
    )
    fit, y = student.layers.fit_plane, rng.normal(4)
    X = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    line = np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    raises(("ValueError", "LinAlgError"), fit, line, y, works=lambda: fit(X, y))


@check(points=2, exercise="separable")
def test_separable_labellings_are_counted(student):
    """count_linearly_separable counts as Cover does (optional)."""
    count = student.layers.count_linearly_separable
    for N, P in ((6, 2), (20, 2), (22, 10), (3, 5), (50, 10)):
        expected = 2 * sum(math.comb(N - 1, k) for k in range(P + 1))
        close(count(N, P), expected, name=f"count for N={N}, P={P}")
