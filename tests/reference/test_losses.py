"""Stage 04: agreement with PyTorch, and what every loss and metric promises."""

import doctest
import itertools
import math

import numpy as np
import pytest

from nabla import backend, layers, losses, metrics

H = 1e-6
ELEMENTWISE = ("MSELoss", "L1Loss", "BCELoss", "BCEWithLogitsLoss", "KLDivLoss")
ALL = (
    *ELEMENTWISE,
    "HalfSquaredError",
    "HingeLoss",
    "NLLLoss",
    "CrossEntropyLoss",
    "SmoothedCrossEntropyLoss",
)
REDUCTIONS = ("mean", "sum", "none", "batchmean")
LABELLED = {"NLLLoss", "CrossEntropyLoss", "SmoothedCrossEntropyLoss"}
GRID = [
    (name, reduction)
    for name, reduction in itertools.product(ALL, REDUCTIONS)
    if reduction in getattr(losses, name).reductions
]


def make(name, reduction):
    return getattr(losses, name)(reduction=reduction)


def draw(name, shape=(5, 3), dtype=np.float64, seed=1):
    """Return pred and target for a loss, away from its kinks."""
    rng = np.random.default_rng(seed)
    pred, target = rng.normal(size=shape), rng.normal(size=shape)
    if name == "BCELoss":
        pred = rng.uniform(0.05, 0.95, shape)
    if name in {"BCELoss", "BCEWithLogitsLoss", "KLDivLoss"}:
        target = rng.uniform(0.05, 0.95, shape)
    if name == "HingeLoss":
        target = np.where(target > 0, 1.0, -1.0)
        pred = target * (1 - np.where(pred > 0, pred + 0.1, pred - 0.1))
    if name in LABELLED:
        return pred.astype(dtype), rng.integers(0, shape[1], shape[0])
    return pred.astype(dtype), target.astype(dtype)


def run(name, reduction, pred, target, xp=np):
    """Return value, gradient and the upstream gradient used, all as NumPy arrays."""
    loss = make(name, reduction)
    value = loss.forward(xp.asarray(pred), xp.asarray(target))
    dout = np.random.default_rng(2).normal(size=value.shape).astype(pred.dtype)
    given = (xp.asarray(dout),) if reduction == "none" else ()
    dpred = loss.backward(*given)
    return backend.to_numpy(value), backend.to_numpy(dpred), dout


def in_torch(name, reduction, pred, target):
    """Return PyTorch's loss, a tensor, and the tensor of its predictions."""
    torch = pytest.importorskip("torch")
    options = {"label_smoothing": 0.1} if name == "SmoothedCrossEntropyLoss" else {}
    name = "CrossEntropyLoss" if options else name
    pred = torch.tensor(pred, requires_grad=True)
    if name == "HalfSquaredError":
        theirs = torch.nn.MSELoss(reduction=reduction)(pred, torch.tensor(target)) / 2
    else:
        theirs = getattr(torch.nn, name)(reduction=reduction, **options)
        theirs = theirs(pred, torch.tensor(target))
    return theirs, pred


# PyTorch advises against "mean" for its KLDivLoss at every use.
@pytest.mark.filterwarnings("ignore:reduction:UserWarning")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(5, 3), (1, 4), (4, 4), (3, 1)])
@pytest.mark.parametrize(("name", "reduction"), GRID)
def test_losses_agree_with_pytorch(name, reduction, shape, dtype):
    if name == "HingeLoss":
        pytest.skip("PyTorch has no such loss")
    torch = pytest.importorskip("torch")
    pred, target = draw(name, shape, dtype)
    value, dpred, dout = run(name, reduction, pred, target)
    theirs, leaf = in_torch(name, reduction, pred, target)
    theirs.backward(*((torch.tensor(dout),) if reduction == "none" else ()))
    tolerance = 1e-12 if dtype == "float64" else 2e-5

    assert (value.dtype, dpred.dtype) == (np.dtype(dtype), np.dtype(dtype))
    np.testing.assert_allclose(
        value, theirs.detach().numpy(), rtol=tolerance, atol=tolerance
    )
    np.testing.assert_allclose(dpred, leaf.grad.numpy(), rtol=tolerance, atol=tolerance)


def test_the_hinge_loss_is_pytorchs_multi_margin_loss_of_two_classes():
    torch = pytest.importorskip("torch")
    y, t = draw("HingeLoss", (6,))
    scores = torch.tensor(np.stack([np.zeros(6), y], axis=1), requires_grad=True)
    theirs = 2 * torch.nn.MultiMarginLoss()(scores, torch.tensor((t > 0).astype(int)))
    theirs.backward()
    value, dpred, _ = run("HingeLoss", "mean", y, t)

    assert value == pytest.approx(theirs.item(), rel=1e-12)
    np.testing.assert_allclose(dpred, scores.grad[:, 1].numpy(), rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "pred", "target"),
    [
        ("L1Loss", [1.0, 2.0, -1.0], [1.0, 2.0, 3.0]),
        ("BCELoss", [0.0, 0.0, 1.0, 1.0, 1e-14, 0.5], [1.0, 0.0, 1.0, 0.0, 1.0, 1.0]),
        ("BCEWithLogitsLoss", [0.0, 800.0, -800.0, 800.0], [1.0, 0.0, 1.0, 1.0]),
        ("BCEWithLogitsLoss", [40.0, -40.0, 1000.0], [1.0, 0.0, 0.5]),
        ("KLDivLoss", [-1.0, -2.0, -3.0], [0.0, 1.0, 0.0]),
        ("CrossEntropyLoss", [[1000.0, 0, 0], [-1000, 0, 0], [0, 0, 0]], [1, 0, 2]),
        ("CrossEntropyLoss", [[-math.inf, 0.0, 1.0]], [2]),
    ],
)
def test_kinks_and_ends_are_pytorchs(name, pred, target):
    torch = pytest.importorskip("torch")
    pred, target = np.array(pred), np.array(target)
    value, dpred, dout = run(name, "none", pred, target)
    theirs, leaf = in_torch(name, "none", pred, target)
    theirs.backward(torch.tensor(dout))

    np.testing.assert_allclose(value, theirs.detach().numpy(), rtol=1e-12, atol=1e-15)
    # PyTorch's 1e-12 in the slope of BCELoss is a float32 constant, off by 4e-9.
    np.testing.assert_allclose(dpred, leaf.grad.numpy(), rtol=1e-8, atol=1e-15)


@pytest.mark.parametrize(("name", "reduction"), GRID)
def test_losses_run_on_every_kind_of_array(name, reduction, xp):
    pred, target = draw(name)
    value, dpred, _ = run(name, reduction, pred, target, xp)
    expected, slopes, _ = run(name, reduction, pred, target)

    loss = make(name, reduction)
    assert backend.array_module(loss(xp.asarray(pred), xp.asarray(target))) is xp
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    np.testing.assert_allclose(dpred, slopes, rtol=1e-12)


@pytest.mark.parametrize(("name", "reduction"), GRID)
def test_backward_agrees_with_central_differences(name, reduction):
    pred, target = draw(name)
    _, dpred, dout = run(name, reduction, pred, target)
    if reduction != "none":
        dout = 1.0
    for index in np.ndindex(*pred.shape):
        ends = []
        for step in (H, -H):
            moved = pred.copy()
            moved[index] += step
            ends.append((make(name, reduction)(moved, target) * dout).sum())

        assert dpred[index] == pytest.approx(
            (ends[0] - ends[1]) / (2 * H), rel=1e-5, abs=1e-8
        )


@pytest.mark.parametrize(("name", "reduction"), GRID)
def test_the_value_is_an_array_without_axes_unless_nothing_is_reduced(
    name, reduction, xp
):
    pred, target = draw(name)
    value = make(name, reduction)(xp.asarray(pred), xp.asarray(target))
    per_loss = (5,) if name in LABELLED else (5, 3)

    assert isinstance(value, xp.ndarray)
    assert value.shape == (per_loss if reduction == "none" else ())


@pytest.mark.parametrize("name", ALL)
def test_a_loss_neither_changes_nor_keeps_what_it_is_given(name, xp):
    pred, target = draw(name)
    loss, once = make(name, "none"), make(name, "none")
    device, wanted = xp.asarray(pred.copy()), xp.asarray(target.copy())
    value = loss.forward(device, wanted)
    dout = xp.asarray(np.random.default_rng(3).normal(size=value.shape))
    once.forward(xp.asarray(pred.copy()), xp.asarray(target.copy()))
    expected = backend.to_numpy(once.backward(dout)).copy()

    np.testing.assert_array_equal(backend.to_numpy(device), pred)
    np.testing.assert_array_equal(backend.to_numpy(wanted), target)
    device[...], wanted[...] = 1.0, 1
    value[...] = 7.0
    for _ in range(2):
        np.testing.assert_array_equal(backend.to_numpy(loss.backward(dout)), expected)


@pytest.mark.parametrize("name", ALL)
def test_memory_layout_does_not_matter(name):
    pred, target = draw(name)
    expected, slopes, _ = run(name, "sum", pred, target)
    others = (
        (np.asfortranarray(pred), target.copy(order="F")),
        (np.repeat(pred, 2, axis=0)[::2], np.repeat(target, 2, axis=0)[::2]),
    )
    for arrays in others:
        value, dpred, _ = run(name, "sum", *arrays)

        np.testing.assert_allclose(value, expected, rtol=1e-12)
        np.testing.assert_allclose(dpred, slopes, rtol=1e-12)


def test_the_dtype_is_that_of_pred():
    for name in set(ALL) - LABELLED:
        pred, target = draw(name)
        value, dpred, _ = run(name, "mean", pred.astype(np.float32), target)

        assert {value.dtype, dpred.dtype} == {np.dtype(np.float32)}


@pytest.mark.parametrize("name", ALL)
def test_backward_before_forward_is_refused(name):
    with pytest.raises(RuntimeError, match="before forward"):
        make(name, "sum").backward()


@pytest.mark.parametrize("name", ALL)
def test_integers_lists_and_empty_batches_are_refused(name):
    pred, target = draw(name)
    loss = make(name, "sum")
    for wrong in (np.ones((5, 3), int), pred.tolist(), pred + 1j):
        with pytest.raises(TypeError, match="expected"):
            loss.forward(wrong, target)
    for wrong in (target.tolist(), target > 0, target.astype(object)):
        with pytest.raises(TypeError, match="expected"):
            loss.forward(pred, wrong)
    with pytest.raises(ValueError, match="at least 1"):
        loss.forward(pred[:0], target[:0])
    with pytest.raises(ValueError, match="shape"):
        loss.forward(pred, target[:4])


@pytest.mark.parametrize("name", ALL)
def test_an_unknown_reduction_is_refused(name):
    with pytest.raises(ValueError, match="reduction is 'median', expected one of"):
        make(name, "median")


@pytest.mark.parametrize("name", ["MSELoss", "CrossEntropyLoss"])
def test_dout_goes_with_none_and_only_with_it(name):
    pred, target = draw(name)
    mean, free = make(name, "mean"), make(name, "none")
    value = free.forward(pred, target)
    mean.forward(pred, target)
    with pytest.raises(ValueError, match="got one for dout"):
        mean.backward(np.ones(()))
    with pytest.raises(ValueError, match="got none for dout"):
        free.backward()
    with pytest.raises(ValueError, match="dout has shape"):
        free.backward(np.ones(value.shape[0] + 1))
    with pytest.raises(TypeError, match="dout has dtype"):
        free.backward(np.ones(value.shape, int))


@pytest.mark.parametrize(
    ("name", "pred", "target", "text"),
    [
        ("BCELoss", [-0.1, 0.5], [0.0, 1.0], "pred lie between"),
        ("BCELoss", [math.nan, 0.5], [0.0, 1.0], "pred lie between"),
        ("BCELoss", [0.1, 0.5], [0.0, 1.5], "target lie between"),
        ("BCEWithLogitsLoss", [0.1, 0.5], [-1.0, 1.0], "target lie between"),
        ("HingeLoss", [0.1, 0.5], [0.0, 1.0], "targets of -1 and 1"),
        ("KLDivLoss", [-0.1, -0.5], [-0.1, 1.0], "target lie between"),
    ],
)
def test_values_out_of_range_are_refused(name, pred, target, text):
    with pytest.raises(ValueError, match=text):
        make(name, "sum").forward(np.array(pred), np.array(target))


@pytest.mark.parametrize("name", sorted(LABELLED))
@pytest.mark.parametrize("labels", [[0, 3], [-1, 0], [[0], [1]], [0]])
def test_labels_that_are_none_are_refused(name, labels):
    with pytest.raises(ValueError, match="labels"):
        make(name, "sum").forward(np.zeros((2, 3)), np.array(labels))


def test_label_smoothing_is_from_zero_to_one():
    with pytest.raises(ValueError, match=r"label_smoothing is 1\.5"):
        losses.SmoothedCrossEntropyLoss(1.5)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_logsumexp_agrees_with_pytorch(axis, dtype, xp):
    torch = pytest.importorskip("torch")
    z = np.random.default_rng(1).normal(size=(2, 3, 4)).astype(dtype) * 300
    z[0] = -math.inf
    found = backend.to_numpy(metrics.logsumexp(xp.asarray(z), axis))
    wanted = torch.logsumexp(torch.tensor(z), axis).numpy()

    assert found.dtype == dtype
    np.testing.assert_allclose(
        found, wanted, rtol=1e-6 if dtype == "float32" else 1e-12
    )


def test_one_hot_agrees_with_pytorch(xp):
    torch = pytest.importorskip("torch")
    labels = np.random.default_rng(1).integers(0, 5, 7)
    found = backend.to_numpy(metrics.one_hot(xp.asarray(labels), 5, np.float32))
    wanted = torch.nn.functional.one_hot(torch.tensor(labels), 5).numpy()

    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, wanted)


def test_gaussian_nll_agrees_with_pytorch(xp):
    torch = pytest.importorskip("torch")
    z_hat, z = np.random.default_rng(1).normal(size=(2, 5, 3))
    found = metrics.gaussian_nll(xp.asarray(z_hat), xp.asarray(z))
    normal = torch.distributions.Normal(torch.tensor(z_hat), 1.0)
    wanted = -normal.log_prob(torch.tensor(z)).sum(dim=1).mean().item()

    assert found == pytest.approx(wanted, rel=1e-12)


def test_cross_entropy_of_rows_is_pytorchs_for_soft_labels(xp):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    probs, targets = rng.dirichlet(np.ones(4), 6), rng.dirichlet(np.ones(4), 6)
    found = metrics.cross_entropy(xp.asarray(probs), xp.asarray(targets))
    theirs = torch.nn.CrossEntropyLoss()(
        torch.tensor(probs).log(), torch.tensor(targets)
    )

    assert found == pytest.approx(theirs.item(), rel=1e-12)


def test_cross_entropy_of_a_missed_certainty_is_infinite():
    probs, targets = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])

    assert metrics.cross_entropy(probs, targets) == math.inf


def test_top_k_error_agrees_with_pytorch_without_ties(xp):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(1)
    scores, labels = rng.normal(size=(50, 8)), rng.integers(0, 8, 50)
    for k in range(1, 9):
        best = torch.tensor(scores).topk(k, dim=1).indices.numpy()
        wanted = 1 - (best == labels[:, None]).any(axis=1).mean()
        found = metrics.top_k_error(xp.asarray(scores), xp.asarray(labels), k)

        assert found == pytest.approx(wanted)


def test_metrics_run_on_every_kind_of_array(xp):
    scores = xp.asarray(np.array([[0.1, 0.9], [0.8, 0.2], [0.5, 0.5]]))
    labels = xp.asarray(np.array([1, 1, 0]))

    assert metrics.accuracy(scores, labels) == pytest.approx(2 / 3)
    assert metrics.zero_one_loss(labels, labels) == 0.0
    metrics.check_output_range("sigmoid", scores)
    with pytest.raises(ValueError, match="targets lie between"):
        metrics.check_output_range("sigmoid", scores + 1)


def test_metrics_refuse_what_they_cannot_judge():
    with pytest.raises(TypeError, match="y is no array of numbers"):
        metrics.zero_one_loss([1, 2], np.array([1, 2]))
    with pytest.raises(TypeError, match="class numbers, not one-hot rows"):
        metrics.accuracy(np.zeros((2, 3)), np.eye(3)[:2])
    with pytest.raises(ValueError, match="k is 4, expected at most C=3"):
        metrics.top_k_error(np.zeros((2, 3)), np.zeros(2, int), 4)
    with pytest.raises(ValueError, match="activation is 'nonsense'"):
        metrics.check_output_range("nonsense", np.zeros(2))


def test_the_examples_in_the_docstrings_are_true():
    for module, least in ((losses, 3), (metrics, 5)):
        results = doctest.testmod(module)

        assert (results.failed, results.attempted > least) == (0, True)


def test_every_name_of_the_stage_is_found_in_losses():
    for name in losses.__all__:
        assert getattr(losses, name) is getattr(metrics, name, getattr(losses, name))


def test_the_numbers_of_the_handout_are_true():
    z = np.array([[2.0, -1.0, 0.5], [0.0, 0.0, 0.0], [1.0, 3.0, -2.0]])
    labels = np.array([0, 2, 1])
    loss = losses.CrossEntropyLoss()

    assert loss(z, labels) == pytest.approx(0.49092293968428086, rel=1e-12)
    assert losses.CrossEntropyLoss("sum")(z, labels) == pytest.approx(
        1.4727688190528425, rel=1e-12
    )
    np.testing.assert_allclose(loss.backward().sum(axis=1), 0, atol=1e-15)
    f, y = np.array([30.0, 80.0, 85.0]), np.array([90.0, 20.0, 95.0])
    assert losses.MSELoss()(f, y) == pytest.approx(2433.3333333333335, rel=1e-12)
    assert losses.L1Loss()(f, y) == pytest.approx(43.333333333333336, rel=1e-12)
    p, q = np.array([[0.5, 0.3, 0.2]]), np.array([[0.25, 0.25, 0.5]])
    for one, other, wanted in ((p, q, 0.218011910943328), (q, p, 0.2392781815986026)):
        found = losses.KLDivLoss()(np.log(other), one)
        assert found == pytest.approx(wanted, rel=1e-12)
    shown = np.array([[0.96, 0.02, 0.01, 0.01], [0.0, 0.5, 0.25, 0.25]])
    by_slide = -(math.log(0.96 + 1e-5) + math.log(1e-10 + 1e-5)) / 2
    assert by_slide == pytest.approx(5.776863521464035, rel=1e-15)
    assert (
        metrics.cross_entropy(shown, metrics.one_hot(np.array([0, 0]), 4)) == math.inf
    )


def test_a_distant_point_moves_the_cut_of_squared_error():
    x = np.array([[0.0], [1.0], [2.0], [3.0], [20.0]])
    labels = np.array([0.0, 0.0, 1.0, 1.0, 1.0])
    for n, cut in ((4, 1.5), (5, 2.2340425531914883)):
        w, b = layers.fit_plane(x[:n], labels[:n])

        assert (0.5 - b) / w[0] == pytest.approx(cut, rel=1e-12)


def test_squared_error_behind_softmax_saturates_where_cross_entropy_does_not():
    wanted = {1: (-0.880797, -0.369912), 5: (-0.999955, -1.8157e-4), 10: (-1, -8.2e-9)}
    for k, (slope, squared_slope) in wanted.items():
        z = np.array([[-float(k), float(k)]])
        loss = losses.CrossEntropyLoss()
        loss(z, np.array([0]))
        p = np.exp(z - metrics.logsumexp(z)[:, None])
        squared = losses.MSELoss("sum")
        squared(p, np.array([[1.0, 0.0]]))
        dp = squared.backward()
        dz = p * (dp - (dp * p).sum(axis=1, keepdims=True))

        assert loss.backward()[0, 0] == pytest.approx(slope, rel=1e-4)
        assert dz[0, 0] == pytest.approx(squared_slope, rel=1e-2)
