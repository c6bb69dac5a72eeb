"""Stage 06: agreement with PyTorch as independent oracle, and the handout's numbers."""

import doctest
import itertools
import math

import numpy as np
import pytest

from nabla import backend, data, descent, optimizers, schedules
from nabla.layers import Linear
from nabla.module import Parameter

SHAPES = ((3, 4), (4,), (), (3, 4))
CHOICES = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.2}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.2, "nesterov": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "eps": 1e-2}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.1, "alpha": 0.8, "eps": 1e-3}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.3, "rho": 0.8, "eps": 1e-2}),
    ("Adam", {}),
    ("Adam", {"lr": 0.1, "betas": (0.7, 0.9), "eps": 1e-3}),
    ("Adam", {"lr": 0.1, "betas": (0.0, 0.8)}),
    ("Adam", {"lr": 0.1, "weight_decay": 0.2}),
    ("Adam", {"lr": 0.1, "betas": (0.9, 0.8), "amsgrad": True}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.2}),
    ("AdamW", {"lr": 0.1, "betas": (0.9, 0.8), "amsgrad": True}),
]


def name_of(choice):
    name, options = choice
    return " ".join([name, *(f"{key}={value}" for key, value in options.items())])


def draw(steps, seed=1, dtype=np.float64):
    """Return first values, and gradients of which one step is a burst and one zero."""
    rng = np.random.default_rng(seed)
    starts = [rng.normal(size=shape).astype(dtype) for shape in SHAPES]
    gradients = [
        [
            (rng.normal(size=shape) * 10.0 ** rng.uniform(-4, 1, shape)).astype(dtype)
            for shape in SHAPES
        ]
        for _ in range(steps)
    ]
    gradients[3] = [30 * g for g in gradients[3]]
    gradients[5] = [0 * g for g in gradients[5]]
    return starts, gradients


def walk(choice, starts, gradients, rates=None):
    """Return the parameters after every step, as NumPy arrays."""
    name, options = choice
    parameters = [Parameter(backend.asarray(start)) for start in starts]
    optimizer = getattr(optimizers, name)(parameters, **options)
    path = []
    for k, of_step in enumerate(gradients):
        optimizer.lr = rates[k] if rates else optimizer.lr
        optimizer.zero_grad()
        for parameter, g in zip(parameters, of_step, strict=True):
            parameter.grad += backend.asarray(g)
        optimizer.step()
        path.append([backend.to_numpy(p.data).copy() for p in parameters])
    return path


def walk_in_torch(choice, starts, gradients, rates=None):
    torch = pytest.importorskip("torch")
    name, options = choice
    tensors = [torch.tensor(start, requires_grad=True) for start in starts]
    optimizer = getattr(torch.optim, name)(tensors, **options)
    path = []
    for k, of_step in enumerate(gradients):
        if rates:
            optimizer.param_groups[0]["lr"] = rates[k]
        for tensor, g in zip(tensors, of_step, strict=True):
            tensor.grad = torch.tensor(g)
        optimizer.step()
        path.append([tensor.detach().numpy().copy() for tensor in tensors])
    return path


def agree(found, wanted, **tolerance):
    for here, there in zip(found, wanted, strict=True):
        for ours, theirs in zip(here, there, strict=True):
            assert ours.dtype == theirs.dtype
            np.testing.assert_allclose(ours, theirs, **tolerance)


@pytest.mark.parametrize("choice", CHOICES, ids=name_of)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_optimizers_agree_with_pytorch(choice, seed):
    starts, gradients = draw(25, seed)
    wanted = walk_in_torch(choice, starts, gradients)

    agree(walk(choice, starts, gradients), wanted, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("choice", CHOICES, ids=name_of)
def test_optimizers_agree_with_pytorch_in_float32(choice):
    starts, gradients = draw(25, dtype=np.float32)
    wanted = walk_in_torch(choice, starts, gradients)

    agree(walk(choice, starts, gradients), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("choice", CHOICES, ids=name_of)
def test_optimizers_agree_with_pytorch_when_the_rate_changes(choice):
    starts, gradients = draw(12)
    rates = [0.1 / (1 + k % 5) for k in range(12)]
    wanted = walk_in_torch(choice, starts, gradients, rates)

    found = walk(choice, starts, gradients, rates)
    agree(found, wanted, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("fitting", [1, 5])
def test_pieces_for_the_cache_change_no_number(fitting, monkeypatch):
    choice = ("SGD", {"lr": 0.1, "momentum": 0.9})
    starts, gradients = draw(6)
    whole = walk(choice, starts, gradients)
    monkeypatch.setattr(backend, "cache_size", lambda array: fitting)

    agree(walk(choice, starts, gradients), whole, rtol=1e-14)


@pytest.mark.parametrize("choice", CHOICES, ids=name_of)
def test_optimizers_work_on_every_side(choice, xp):
    starts, gradients = draw(8)
    found = walk(choice, starts, gradients)
    with backend.use("numpy"):
        wanted = walk(choice, starts, gradients)

    agree(found, wanted, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("choice", CHOICES, ids=name_of)
def test_optimizers_change_the_array_itself_and_only_that(choice, xp):
    name, options = choice
    p = Parameter(xp.asarray(np.ones((2, 3))))
    frozen = Parameter(xp.asarray(np.ones((2, 3))))
    frozen.requires_grad = False
    optimizer = getattr(optimizers, name)([p, frozen, p], **options)
    array, once = p.data, None
    for _ in range(2):
        p.grad[...] = 2.0
        frozen.grad[...] = 2.0
        optimizer.step()
        once = backend.to_numpy(p.data).copy() if once is None else once

    assert p.data is array
    assert (backend.to_numpy(p.data) < once).all()
    assert (backend.to_numpy(p.grad) == 2.0).all()
    assert (backend.to_numpy(frozen.data) == 1.0).all()
    alone = Parameter(xp.asarray(np.ones((2, 3))))
    single = getattr(optimizers, name)([alone], **options)
    alone.grad[...] = 2.0
    single.step()
    np.testing.assert_array_equal(backend.to_numpy(alone.data), once)


@pytest.mark.parametrize("choice", CHOICES, ids=name_of)
def test_biases_do_not_decay(choice):
    name, options = choice
    without = {**options, "weight_decay": 0.0} if "weight_decay" in options else options
    starts, gradients = draw(8)
    found = []
    for chosen in (options, without):
        parameters = [Parameter(start, decay=False) for start in starts]
        optimizer = getattr(optimizers, name)(parameters, **chosen)
        for of_step in gradients:
            for parameter, g in zip(parameters, of_step, strict=True):
                parameter.grad[...] = g
            optimizer.step()
        found.append([parameter.data for parameter in parameters])

    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("choice", CHOICES, ids=name_of)
def test_a_loaded_state_goes_on_to_the_last_digit(choice, xp):
    name, options = choice
    starts, gradients = draw(8)
    wanted = walk(choice, starts, gradients)[-1]
    parameters = [Parameter(xp.asarray(start)) for start in starts]
    optimizer = getattr(optimizers, name)(parameters, **options)
    for k, of_step in enumerate(gradients):
        if k == 4:
            saved = optimizer.state_dict()
            optimizer.step()  # must not change what is saved
            values = walk(choice, starts, gradients[:4])[-1]
            parameters = [Parameter(xp.asarray(value)) for value in values]
            optimizer = getattr(optimizers, name)(parameters, **options)
            optimizer.load_state_dict(saved)
        for parameter, g in zip(parameters, of_step, strict=True):
            parameter.grad[...] = xp.asarray(g)
        optimizer.step()

    for parameter, value in zip(parameters, wanted, strict=True):
        np.testing.assert_array_equal(backend.to_numpy(parameter.data), value)


def test_a_state_for_other_parameters_is_refused():
    one, other = Parameter(np.zeros(2)), Parameter(np.zeros(2))
    saved = optimizers.SGD([one], 0.1).state_dict()

    with pytest.raises(ValueError, match="state of 1 parameters, expected 2"):
        optimizers.SGD([one, other], 0.1).load_state_dict(saved)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: optimizers.SGD([], 0.1), "got no parameter"),
        (lambda p: optimizers.SGD([p], 0.0), "lr is 0.0, expected a positive"),
        (lambda p: optimizers.Adam([p], math.nan), "lr is nan"),
        (lambda p: optimizers.Adam([p], math.inf), "lr is inf"),
        (lambda p: optimizers.SGD([p], 0.1, momentum=1.0), "expected 0 <= momentum"),
        (lambda p: optimizers.SGD([p], 0.1, dampening=-0.1), "dampening is -0.1"),
        (lambda p: optimizers.SGD([p], 0.1, nesterov=True), "positive momentum"),
        (
            lambda p: optimizers.SGD([p], 0.1, 0.9, dampening=0.1, nesterov=True),
            "no dampening",
        ),
        (lambda p: optimizers.SGD([p], 0.1, weight_decay=-1), "weight_decay is -1"),
        (lambda p: optimizers.Adagrad([p], eps=-1.0), "eps is -1.0"),
        (lambda p: optimizers.RMSprop([p], alpha=1.0), "expected 0 <= alpha < 1"),
        (lambda p: optimizers.Adadelta([p], rho=-0.1), "rho is -0.1"),
        (lambda p: optimizers.Adam([p], betas=(1.0, 0.9)), "Adam: beta1 is 1.0"),
        (lambda p: optimizers.AdamW([p], betas=(0.9, 1.0)), "AdamW: beta2 is 1.0"),
        (lambda p: optimizers.clip_grad_norm([p], 0.0), "max_norm is 0.0"),
    ],
)
def test_what_cannot_work_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make(Parameter(np.zeros(2)))


def test_only_parameters_can_be_optimized():
    with pytest.raises(TypeError, match=r"params\[1\] is a ndarray"):
        optimizers.SGD([Parameter(np.zeros(2)), np.zeros(2)], 0.1)


def test_the_base_class_has_no_step():
    with pytest.raises(NotImplementedError, match="Optimizer has no step"):
        optimizers.Optimizer([Parameter(np.zeros(2))], 0.1).step()


@pytest.mark.parametrize("max_norm", [0.1, 5.0, 1e3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_clip_grad_norm_agrees_with_pytorch(max_norm, dtype):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(3)
    gradients = [rng.normal(size=shape).astype(dtype) for shape in SHAPES]
    parameters = [Parameter(np.zeros_like(g)) for g in gradients]
    tensors = [torch.zeros(g.shape, dtype=getattr(torch, dtype)) for g in gradients]
    for parameter, tensor, g in zip(parameters, tensors, gradients, strict=True):
        parameter.grad[...] = g
        tensor.grad = torch.tensor(g)
    found = optimizers.clip_grad_norm(parameters, max_norm)
    wanted = float(torch.nn.utils.clip_grad_norm_(tensors, max_norm))

    assert found == pytest.approx(wanted, rel=1e-6)
    for parameter, tensor in zip(parameters, tensors, strict=True):
        np.testing.assert_allclose(parameter.grad, tensor.grad.numpy(), rtol=1e-5)


def test_clip_grad_norm_works_on_every_side(xp):
    p = Parameter(xp.asarray(np.zeros(2)))
    p.grad[...] = xp.asarray(np.array([3.0, 4.0]))
    found = optimizers.clip_grad_norm(iter([p, p]), 1.0)

    assert found == 5.0
    np.testing.assert_allclose(
        backend.to_numpy(p.grad), np.array([3.0, 4.0]) / 5.000001
    )


def rates(schedule, steps):
    return [schedule.step() for _ in range(steps)]


@pytest.mark.parametrize(("lr_end", "total"), [(0.01, 10), (0.3, 4), (0.0, 7)])
def test_linear_decay_agrees_with_pytorch(lr_end, total):
    torch = pytest.importorskip("torch")
    ours = optimizers.SGD([Parameter(np.zeros(1))], 0.1)
    theirs = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.1)
    factors = (1.0, lr_end / 0.1) if lr_end <= 0.1 else (0.1 / lr_end, 1.0)
    theirs.param_groups[0]["lr"] = max(0.1, lr_end)
    linear = torch.optim.lr_scheduler.LinearLR(theirs, *factors, total)
    wanted = []
    for _ in range(total + 3):
        theirs.step()
        linear.step()
        wanted.append(linear.get_last_lr()[0])
    found = rates(schedules.LinearDecay(ours, lr_end, total), total + 3)

    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-16)
    assert ours.lr == found[-1] == lr_end


def test_cosine_annealing_agrees_with_pytorch_down_to_its_end():
    torch = pytest.importorskip("torch")
    ours = optimizers.SGD([Parameter(np.zeros(1))], 0.1)
    theirs = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.1)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(theirs, 9, eta_min=0.02)
    wanted = []
    for _ in range(9):
        theirs.step()
        cosine.step()
        wanted.append(cosine.get_last_lr()[0])
    found = rates(schedules.CosineAnnealing(ours, 0.02, 9), 12)

    np.testing.assert_allclose(found[:9], wanted, rtol=1e-12)
    assert found[9:] == [pytest.approx(0.02)] * 3


@pytest.mark.parametrize("name", ["LinearDecay", "CosineAnnealing"])
def test_schedules_refuse_what_cannot_work(name):
    make = getattr(schedules, name)
    optimizer = optimizers.SGD([Parameter(np.zeros(1))], 0.1)

    with pytest.raises(ValueError, match=f"{name}: total_steps is 0"):
        make(optimizer, 0.01, 0)
    with pytest.raises(TypeError, match="expected a whole number"):
        make(optimizer, 0.01, 2.5)
    with pytest.raises(ValueError, match=r"lr_end is -0\.1"):
        make(optimizer, -0.1, 5)


def test_every_name_of_the_stage_is_found_in_optimizers():
    for module in (descent, schedules):
        for name, value in vars(module).items():
            own = getattr(value, "__module__", "") == module.__name__
            if own and not name.startswith("_") and name != "HasRate":
                assert getattr(optimizers, name) is value
    assert set(optimizers.__all__) <= set(dir(optimizers))


def test_gradient_descent_works_on_every_side(xp):
    slopes = xp.asarray(np.array([1.0, 25.0]))
    start = xp.asarray(np.array([5.0, 1.0]))
    way = descent.gradient_descent(lambda x: slopes * x, start, 0.07, 100)
    way = backend.to_numpy(way)
    heights = way**2 @ np.array([1.0, 25.0]) / 2

    np.testing.assert_allclose(way[1], [4.65, -0.75], rtol=1e-12)
    assert heights[10] == pytest.approx(2.967626070019071, rel=1e-12)
    assert heights[100] == pytest.approx(6.215838524341844e-06, rel=1e-9)
    assert (np.diff(heights) < 0).all()


def test_a_canyon_has_a_largest_rate():
    slopes, start = np.array([1.0, 25.0]), np.array([5.0, 1.0])

    def height(lr):
        way = descent.gradient_descent(lambda x: slopes * x, start, lr, 50)
        return float(slopes @ way[-1] ** 2) / 2

    assert height(0.081) == pytest.approx(147.7, abs=0.05)
    way = descent.gradient_descent(lambda x: slopes * x, start, 0.08, 50)
    np.testing.assert_allclose(np.abs(way[:, 1]), 1.0)


def test_momentum_leaves_the_canyon_sooner():
    p = Parameter(np.array([5.0, 1.0]))
    optimizer = optimizers.SGD([p], 0.04, momentum=0.7)
    slopes, heights = np.array([1.0, 25.0]), []
    for _ in range(100):
        p.grad[...] = slopes * p.data
        optimizer.step()
        heights.append(float(slopes @ p.data**2) / 2)

    assert heights[9] == pytest.approx(1.00466218417167, rel=1e-12)
    assert heights[99] == pytest.approx(5.122109017629369e-15, rel=1e-6)


def test_gradient_descent_on_a_plane_needs_many_steps():
    X = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1], [2, 1]])
    y = np.array([1.1, 2.9, 0.2, 2.1, 3.9])
    A = np.hstack([X, np.ones((5, 1))])

    def f_grad(theta):
        return 2 * A.T @ (A @ theta - y) / 5

    way = descent.gradient_descent(f_grad, np.zeros(3), 0.3, 1000)
    best = np.array([1.84, -0.8533333333333333, 1.08])
    np.testing.assert_allclose(way[1], [1.536, 0.744, 1.224], rtol=1e-9)
    np.testing.assert_allclose(way[10], [1.70819, -0.39106, 0.88657], atol=1e-5)
    np.testing.assert_allclose(way[100], [1.8399969, -0.8532999, 1.0799789], atol=1e-7)
    np.testing.assert_allclose(way[1000], best, rtol=1e-9)
    start = np.array([10.0, -7.0, 3.0])
    found = descent.newton_step(start, f_grad(start), 2 * A.T @ A / 5)
    np.testing.assert_allclose(found, best, rtol=1e-9)


def test_newton_solves_xor_s_plane_at_once_and_rosenbrock_in_six_steps(xp):
    X, y = data.xor()
    A = np.hstack([X, np.ones((4, 1))])
    theta = np.array([0.3, -0.7, 0.2])
    grad = 2 * A.T @ (A @ theta - y) / 4
    np.testing.assert_allclose(grad, [-0.35, -0.85, -1.0], rtol=1e-12)
    sides = [xp.asarray(array) for array in (theta, grad, 2 * A.T @ A / 4)]
    found = backend.to_numpy(descent.newton_step(*sides))
    np.testing.assert_allclose(found, [0.0, 0.0, 0.5], atol=1e-14)

    x, way = np.array([-1.2, 1.0]), []
    for _ in range(6):
        a, b = x
        grad = np.array([-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)])
        hessian = np.array([[2 - 400 * (b - 3 * a * a), -400 * a], [-400 * a, 200.0]])
        x = descent.newton_step(x, grad, hessian)
        way.append(x)
    np.testing.assert_allclose(way[0], [-1.1752808988764043, 1.3806741573033703])
    np.testing.assert_allclose(way[1], [0.763114871176745, -3.1750338547488415])
    np.testing.assert_allclose(way[5], [1.0, 1.0], atol=1e-10)


def test_newton_refuses_what_does_not_fit():
    theta, hessian = np.ones(2), np.eye(2)

    with pytest.raises(ValueError, match=r"grad has shape \(3,\)"):
        descent.newton_step(theta, np.ones(3), hessian)
    with pytest.raises(ValueError, match=r"hessian has shape \(3, 3\)"):
        descent.newton_step(theta, theta, np.eye(3))
    with pytest.raises(TypeError, match="grad has dtype int64"):
        descent.newton_step(theta, np.ones(2, int), hessian)
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        descent.newton_step(theta, theta, np.ones((2, 2)))


def test_gradient_descent_refuses_what_cannot_work():
    x = np.ones(2)

    with pytest.raises(ValueError, match=r"lr is 0\.0 and steps is 3"):
        descent.gradient_descent(lambda x: x, x, 0.0, 3)
    with pytest.raises(ValueError, match="steps is -1"):
        descent.gradient_descent(lambda x: x, x, 0.1, -1)
    with pytest.raises(ValueError, match="x0 has shape"):
        descent.gradient_descent(lambda x: x, np.ones((2, 2)), 0.1, 1)
    assert descent.gradient_descent(lambda x: x, x, 0.1, 0).shape == (1, 2)


def test_backtracking_takes_the_first_rate_that_is_downhill(xp):
    slopes = xp.asarray(np.array([1.0, 25.0]))
    x = xp.asarray(np.array([5.0, 1.0]))

    def f(x):
        return float((slopes * x * x).sum()) / 2

    assert descent.backtracking(f, x, slopes * x) == 0.0625
    assert descent.backtracking(f, x, slopes * x, lr0=0.05) == 0.05
    assert descent.backtracking(f, x, slopes * x, shrink=0.1) == pytest.approx(0.01)
    assert descent.backtracking(f, x, 0.0 * x) == 1.0  # nowhere to go, so no search


def test_backtracking_steps_back_from_where_there_is_no_number():
    x = np.array([1.0])
    with np.errstate(invalid="ignore"):
        lr = descent.backtracking(lambda x: float(np.sqrt(x[0])), x, x, lr0=8.0)
    assert lr == 1.0

    with pytest.raises(ValueError, match=r"f\(x\) is nan"):
        descent.backtracking(lambda x: math.nan, x, x)
    for options in ({"lr0": 0.0}, {"shrink": 1.0}, {"c": 0.0}):
        with pytest.raises(ValueError, match="between 0 and 1"):
            descent.backtracking(lambda x: 1.0, x, x, **options)


def test_descent_with_backtracking_goes_down_at_every_step():
    A = np.array([[3.0, 1.0], [1.0, 2.0]])
    x, heights = np.array([4.0, -3.0]), []
    for _ in range(30):
        heights.append(float(x @ A @ x) / 2)
        g = A @ x
        lr = descent.backtracking(lambda x: float(x @ A @ x) / 2, x, g, lr0=4.0)
        x = x - lr * g

    assert all(later < sooner for sooner, later in itertools.pairwise(heights))
    assert heights[-1] < 1e-4


@pytest.mark.parametrize(("n", "batch_size"), [(10, 4), (12, 4), (3, 5), (1, 1)])
@pytest.mark.parametrize("shuffle", [True, False])
def test_minibatches_are_those_of_a_pytorch_loader(n, batch_size, shuffle, xp):
    torch = pytest.importorskip("torch")
    for drop_last in (True, False):
        loader = torch.utils.data.DataLoader(
            range(n), batch_size, shuffle=shuffle, drop_last=drop_last
        )
        found = list(descent.minibatches(n, batch_size, 1, shuffle, drop_last))

        assert [len(batch) for batch in found] == [len(batch) for batch in loader]
        assert {str(batch.dtype) for batch in found} <= {"int64"}
        assert all(backend.array_module(batch) is xp for batch in found)
        indices = [int(i) for batch in found for i in backend.to_numpy(batch)]
        assert len(set(indices)) == len(indices)
        if not shuffle:
            assert indices == list(range(len(indices)))


def test_minibatches_are_drawn_from_rng_alone():
    def order(rng):
        return np.concatenate(list(descent.minibatches(50, 8, rng))).tolist()

    generator = np.random.default_rng(1)
    assert order(1) == order(1) == order(generator)
    assert order(generator) != order(1)
    assert order(None) != order(None)
    with pytest.raises(ValueError, match="batch_size is 0"):
        descent.minibatches(5, 0)
    with pytest.raises(TypeError, match=r"n is 2\.5"):
        descent.minibatches(2.5, 1)


def test_a_hundred_times_the_data_are_ten_times_as_precise():
    rng = np.random.default_rng(1)
    x = rng.normal(size=10_000)
    spread = {}
    for m in (1, 100):
        means = [x[rng.choice(len(x), m)].mean() for _ in range(4000)]
        spread[m] = np.std(means)

    assert 9.0 < spread[1] / spread[100] < 11.0


def test_the_answers_about_the_lectures_follow_from_the_code():
    found = descent.lecture_mistakes()
    p = Parameter(np.zeros(1))
    adadelta, way = optimizers.Adadelta([p]), [0.0]
    for _ in range(100):
        p.grad[...] = 1.0
        adadelta.step()
        way.append(float(p.data[0]))
    steps = np.diff(way)
    assert found["adadelta"] == pytest.approx(steps[-1] / steps[0], rel=1e-6)

    p = Parameter(np.zeros(1))
    adam = optimizers.Adam([p], betas=(0.9, 0.9), amsgrad=True)
    for g in (2.0, 3.0, 1.0):
        p.grad[...] = g
        adam.step()
    assert found["amsgrad"] == pytest.approx(float(adam.state[p]["largest"][0]))

    X, y = data.xor()
    A = np.hstack([X, np.ones((4, 1))])
    way = descent.gradient_descent(
        lambda theta: A.T @ (A @ theta - y) / 2, np.zeros(3), 0.5, 20
    )
    errors = ((way @ A.T - y) ** 2).mean(axis=1)
    assert errors[1:4] == pytest.approx([0.34375, 0.287109375, 0.2659912109375])
    below = np.flatnonzero(errors < 0.251)
    assert found["plane"] == below[0]
    assert errors[below[0] - 1] - 0.251 > 1e-5  # no rounding decides
    assert 0.251 - errors[below[0]] > 1e-5
    assert found["precision"] == math.sqrt(64)


def test_the_handout_s_numbers_of_adam_are_true():
    p = Parameter(np.array([1.0, -1.0]))
    adam = optimizers.Adam([p], lr=0.1)
    p.grad[...] = [1.0, -2.0]
    adam.step()
    state = adam.state[p]
    np.testing.assert_allclose(state["m"], [0.1, -0.2])
    np.testing.assert_allclose(state["v"], [0.001, 0.004])
    p.grad[...] = [10.0, 0.5]
    adam.step()
    np.testing.assert_allclose(state["m"], [1.09, -0.13])
    np.testing.assert_allclose(state["v"], [0.100999, 0.004246])
    np.testing.assert_allclose([1 - 0.9**2, 1 - 0.999**2], [0.19, 0.001999])
    np.testing.assert_allclose(p.data, [0.8193, -0.8531], atol=5e-5)
    assert 0.1 * 0.1 / math.sqrt(0.001) == pytest.approx(0.316, abs=5e-4)
    assert 1e-4 / math.sqrt(1e-8 + 1e-8) == pytest.approx(0.707, abs=5e-4)


def test_an_update_reaches_a_layer_that_shares_the_array(xp):
    encoder, decoder = Linear(3, 3, rng=1), Linear(3, 3, rng=2)
    decoder.weight.data = encoder.weight.data
    encoder.weight.grad[...] = 1.0
    optimizers.Adam(encoder.parameters(), lr=0.1).step()

    np.testing.assert_array_equal(
        backend.to_numpy(decoder.weight.data), backend.to_numpy(encoder.weight.data)
    )


@pytest.mark.parametrize("module", [optimizers, schedules, descent])
def test_the_examples_in_the_docstrings_are_true(module):
    assert doctest.testmod(module).failed == 0
