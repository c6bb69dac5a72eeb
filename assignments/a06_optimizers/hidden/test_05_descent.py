"""gradient_descent, newton_step, backtracking, minibatches."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises


def parabola(rng, d=3):
    """Return A, b of f(x) = x A x / 2 - b x, with A symmetric and positive."""
    M = rng.normal((d, d))
    return M @ M.T + np.eye(d), rng.normal(d)


@check(points=2, exercise="gradient_descent")
def test_gradient_descent_returns_the_whole_way(student, rng):
    """gradient_descent returns every point, the first one first, as rows."""
    A, b = parabola(rng)
    x, lr = rng.normal(3), 0.9 / np.linalg.eigvalsh(A).max()
    f_grad = student.lend(lambda x: A @ x - b)
    found = student.descent.gradient_descent(f_grad, x, lr, 6)
    path = [x]
    for _ in range(6):
        path.append(path[-1] - lr * (A @ path[-1] - b))
    close(found, np.array(path), name="the way", steps=6)


@check(points=1, exercise="gradient_descent")
def test_gradient_descent_leaves_its_start_alone(student, rng):
    """gradient_descent does not change x0, keeps float32, and can take no step."""
    x = rng.normal(3).astype(np.float32)
    placed = student.place(x)
    f_grad = student.lend(lambda x: 2 * x)
    call = student.descent.gradient_descent
    found = call(f_grad, placed, 0.25, 2)
    close(student.look(placed), x, name="x0 afterwards", rtol=0, atol=0)
    close(found, np.array([x, x / 2, x / 4]), name="the way")
    close(call(f_grad, x, 0.25, 0), x[None], name="the way without a step")


@check(points=1, exercise="gradient_descent")
def test_gradient_descent_refuses_impossible_steps(student, rng):
    """gradient_descent raises ValueError for a rate that is not positive."""
    f_grad, x = student.lend(lambda x: 2 * x), rng.normal(3)
    call = student.descent.gradient_descent

    def works():
        return call(f_grad, x, 0.1, 1)

    raises("ValueError", call, f_grad, x, 0.0, 3, works=works, when="lr is 0")
    raises("ValueError", call, f_grad, x, 0.1, -1, works=works, when="steps is -1")
    raises("TypeError", call, f_grad, [1.0], 0.1, 1, works=works, when="x0 is a list")


@check(points=2, exercise="newton_step")
def test_newton_step_solves_a_parabola_at_once(student, rng):
    """newton_step goes to the lowest point of a parabola in one step."""
    A, b = parabola(rng)
    theta = rng.normal(3)
    found = student.descent.newton_step(theta, A @ theta - b, A)
    close(found, np.linalg.solve(A, b), name="theta", rtol=1e-7)


@check(points=1, exercise="newton_step")
def test_newton_step_goes_to_any_flat_point(student, rng):
    """newton_step is theta - H^-1 grad, also where H is not positive."""
    hint("numpy.linalg.solve(H, grad) is H^-1 grad for every H that has an inverse.")
    H = np.diag(rng.away_from_zero(3)) + 3.0 * np.eye(3)[::-1]
    H[0, 1] += 0.25  # not symmetric either, as in root finding
    theta, grad = rng.normal(3), rng.normal(3)
    placed = student.place(theta)
    found = student.descent.newton_step(placed, grad, H)
    close(found, theta - np.linalg.solve(H, grad), name="theta", rtol=1e-7)
    close(student.look(placed), theta, name="theta afterwards", rtol=0, atol=0)


@check(points=1, exercise="newton_step")
def test_newton_step_refuses_what_does_not_fit(student, rng):
    """newton_step raises ValueError for shapes that do not fit."""
    hint("errors.check_shape: NumPy would stretch a gradient of one entry silently.")
    theta, H = rng.normal(3), np.eye(3)
    call = student.descent.newton_step

    def works():
        return call(theta, theta, H)

    raises("ValueError", call, theta[:1], theta, H, works=works, when="theta is (1,)")
    raises("ValueError", call, theta, theta[:2], H, works=works, when="grad is (2,)")
    raises("TypeError", call, [1.0], theta, H, works=works, when="theta is a list")


class Valley:
    """f(x) = x A x / 2, and a list of the rates at which it was asked."""

    def __init__(self, rng):
        self.A, _ = parabola(rng)
        self.x = rng.normal(3)
        self.g = self.A @ self.x

    def __call__(self, x):
        """Return f(x)."""
        return float(x @ self.A @ x) / 2

    def rate(self, lr, shrink, c):
        """Return Armijo's rate."""
        while self(self.x - lr * self.g) > self(self.x) - c * lr * self.g @ self.g:
            lr *= shrink
        return lr


def search(student, valley, **options):
    f = student.lend(valley)
    return float(student.descent.backtracking(f, valley.x, valley.g, **options))


@check(points=2, exercise="backtracking")
def test_backtracking_shrinks_until_it_is_downhill(student, rng):
    """backtracking() halves the rate until the function falls enough."""
    valley = Valley(rng)
    lr0 = 2.0 ** rng.integers(3, 7)
    close(search(student, valley, lr0=lr0), valley.rate(lr0, 0.5, 1e-4), name="lr")


@check(points=1, exercise="backtracking")
def test_backtracking_takes_the_first_rate_if_it_can(student, rng):
    """backtracking() returns lr0 itself if that is already downhill."""
    valley = Valley(rng)
    lr0 = 0.5 / float(np.linalg.eigvalsh(valley.A).max())
    close(search(student, valley, lr0=lr0), lr0, name="lr")


@check(points=1, exercise="backtracking")
def test_backtracking_asks_for_enough(student):
    """backtracking() obeys shrink and c, and compares with c * lr * |g|^2."""
    hint("|g|^2 is the sum of the squares of g. Here f(x) = |x|^2 / 2 and g = x.")
    # f(x - lr x) = (1 - lr)^2 |x|^2 / 2: enough means lr <= 2 (1 - c).
    f, x = student.lend(lambda x: float(x @ x) / 2), np.array([3.0, 4.0])
    call = student.descent.backtracking
    for lr0, shrink, c, wanted in (
        (1.0, 0.75, 0.4, 1.0),
        (1.0, 0.75, 0.5, 1.0),  # just enough: both sides are 0
        (1.0, 0.75, 0.6, 0.75),
        (1.0, 0.75, 0.7, 0.5625),
        (1.75, 0.5, 0.1, 1.75),
        (1.75, 0.5, 0.2, 0.875),
    ):
        found = float(call(f, x, x, lr0=lr0, shrink=shrink, c=c))
        close(found, wanted, name=f"lr for lr0={lr0}, shrink={shrink}, c={c}")


@check(points=1, exercise="backtracking")
def test_backtracking_refuses_impossible_options(student):
    """backtracking() raises ValueError for a rate, shrink or c out of range."""
    hint("With shrink = 1 the search would never end; c is between 0 and 1, too.")
    f, x = student.lend(lambda x: float(x @ x) / 2), np.array([3.0, 4.0])
    call = student.descent.backtracking

    def works():
        return call(f, x, x)

    for name, value in (
        *(("shrink", 1.0), ("shrink", -0.5), ("lr0", 0.0)),
        *(("c", -0.25), ("c", 1.5)),
    ):
        when = f"{name} is {value:g}"
        raises("ValueError", call, f, x, x, works=works, when=when, **{name: value})


def batches(student, *args, **options):
    """Return one epoch's batches as arrays."""
    return [np.asarray(b) for b in student.descent.minibatches(*args, **options)]


@check(points=2, exercise="minibatches")
def test_minibatches_cover_every_sample_once(student, rng):
    """minibatches() gives every index exactly once per epoch."""
    n, m = 24, 6
    found = batches(student, n, m, rng=rng.spawn_seed())
    close(np.sort(np.concatenate(found)), np.arange(n), name="all indices, sorted")
    for i, batch in enumerate(found):
        close(batch.shape, (m,), name=f"the shape of batch {i}")


@check(points=1, exercise="minibatches")
def test_minibatches_end_with_a_short_one(student, rng):
    """If batch_size does not divide n, the last mini-batch is shorter."""
    hint("No index is left out and none comes twice to fill the batch.")
    for n, m in ((23, 6), (4, 9)):
        found = batches(student, n, m, rng=rng.spawn_seed(), shuffle=False)
        sizes = [len(batch) for batch in found]
        close(sizes, [m] * (n // m) + [n % m], name="sizes of the batches")
        indices = np.sort(np.concatenate(found))
        close(indices, np.arange(n), name="all indices, sorted")


@check(points=1, exercise="minibatches")
def test_minibatches_follow_rng(student, rng):
    """minibatches() draws its order from rng: the same seed gives the same order."""
    hint("backend.as_generator(rng).permutation(n), and nothing else, decides.")
    seed = rng.spawn_seed()
    student.numpy.random.seed(1)
    first = np.concatenate(batches(student, 40, 7, rng=seed))
    student.numpy.random.seed(2)
    again = np.concatenate(batches(student, 40, 7, rng=seed))
    close(again, first, name="the order from the same seed")
    other = np.concatenate(batches(student, 40, 7, rng=seed + 1))
    same = bool(np.array_equal(other, first))
    close(same, expected=False, name="whether another seed gives the same order")


@check(points=1, exercise="minibatches")
def test_minibatches_shuffle_anew_every_epoch(student, rng):
    """With a generator, minibatches takes another order in every epoch."""
    hint("A generator goes on: a new order comes from the same generator by itself.")
    generator = student.generator(rng.spawn_seed())
    epochs = [np.concatenate(batches(student, 40, 7, rng=generator)) for _ in range(3)]
    for i, j in ((0, 1), (1, 2), (0, 2)):
        same = bool(np.array_equal(epochs[i], epochs[j]))
        close(same, expected=False, name=f"whether epochs {i} and {j} have one order")


@check(points=1, exercise="minibatches")
def test_minibatches_can_keep_the_order(student):
    """Without shuffle, minibatches goes from 0 to n - 1, in int64."""
    found = batches(student, 8, 3, shuffle=False)
    wanted = [np.arange(0, 3), np.arange(3, 6), np.arange(6, 8)]
    close(found, wanted, name="the batches")


@check(points=1, exercise="minibatches")
def test_minibatches_can_drop_the_last(student, rng):
    """With drop_last, minibatches leaves out a last batch that is shorter."""
    hint("Only a shorter one: if batch_size divides n, nothing is left out.")
    for n, m, count in ((20, 6, 3), (18, 6, 3), (4, 6, 0)):
        found = batches(student, n, m, rng=rng.spawn_seed(), drop_last=True)
        close([len(b) for b in found], [m] * count, name=f"sizes for n={n}")


@check(points=1, exercise="minibatches")
def test_minibatches_refuses_impossible_sizes(student):
    """minibatches() raises ValueError if n or batch_size is below 1."""
    hint("errors.check_size checks counts.")

    def call(n, batch_size):
        return batches(student, n, batch_size)

    def works():
        return call(3, 2)

    raises("ValueError", call, 0, 2, works=works, name="minibatches", when="n is 0")
    raises(
        "ValueError",
        call,
        3,
        0,
        works=works,
        name="minibatches",
        when="batch_size is 0",
    )
