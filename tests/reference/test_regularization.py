"""Stage 07: penalties, dropout, noise, early stopping, polynomials, ensembles."""

import doctest
import math

import contract
import numpy as np
import pytest
from contract import Case

from nabla import backend, layers, module, regularization
from nabla.module import Parameter
from nabla.normalization import BatchNorm1d
from nabla.regularization import Dropout, EarlyStopping, GaussianNoise

W = np.array([[1.0, -2.0], [0.0, 0.5]])
LOSSES = [1, 0.8, 0.85, 0.7, 0.71, 0.72, 0.69, 0.75, 0.76, 0.77, 0.5]


def same_mask_twice(p):
    """Return a Dropout that draws the same numbers whenever it is made."""
    return Dropout(p, rng=5)


def dropped(p):
    def expected(_layer, x):
        kept = np.random.default_rng(5).random(x.shape) >= p
        return x * kept / (1 - p)

    return expected


def noisy(_layer, x):
    return x + np.random.default_rng(5).normal(0.0, 0.3, x.shape)


def redrawn(clause):
    """Whether a clause calls forward twice on one layer, which draws anew then."""
    return clause.__name__ in {
        "a_second_call_remembers_nothing",
        "parameter_gradients_accumulate",
    }


CASES = [
    Case("dropout", lambda: same_mask_twice(0.4), [(5, 3)], dropped(0.4)),
    Case("dropout_images", lambda: same_mask_twice(0.7), [(2, 3, 4)], dropped(0.7)),
    Case("dropout_eval", lambda: Dropout(0.4).eval(), [(5, 3)], lambda _m, x: x),
    Case("dropout_none", lambda: Dropout(0.0), [(1, 3)], lambda _m, x: x),
    Case("dropout_all", lambda: Dropout(1.0), [(5, 3)], lambda _m, x: 0 * x),
    Case("noise", lambda: GaussianNoise(0.3, rng=5), [(5, 3)], noisy),
    Case("noise_eval", lambda: GaussianNoise(0.3).eval(), [(5, 3)], lambda _m, x: x),
]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("clause", contract.CLAUSES, ids=contract.name_of)
def test_layers_keep_the_contract(case, clause, xp):
    if redrawn(clause) and case.name in {"dropout", "dropout_images", "noise"}:
        return  # a second call draws anew: that is asserted below
    clause(case, xp)


def test_the_examples_in_the_docstrings_are_true():
    results = doctest.testmod(regularization)

    assert (results.failed, results.attempted > 3) == (0, True)


@pytest.mark.parametrize(
    "make", [lambda: Dropout(0.5, rng=1), lambda: GaussianNoise(1.0)]
)
def test_every_call_every_sample_and_every_feature_is_drawn_anew(make):
    layer, ones = make(), np.ones((40, 40))
    first, second = layer.forward(ones), layer.forward(ones)

    assert (first != second).any()
    assert (first[1:] != first[:-1]).any(axis=1).all()
    assert (first[:, 1:] != first[:, :-1]).any(axis=0).all()


@pytest.mark.parametrize("p", [0.2, 0.5, 0.9])
def test_dropout_keeps_the_expected_value(p):
    y = Dropout(p, rng=1).forward(np.ones((1000, 100)))
    sd = math.sqrt(p * (1 - p) / y.size)

    assert abs((y == 0).mean() - p) < 5 * sd
    assert abs(y.mean() - 1) < 5 * sd / (1 - p)


@pytest.mark.parametrize(("p", "values"), [(0.5, {0.0, 2.0}), (0.2, {0.0, 1.25})])
def test_dropout_scales_like_pytorch(p, values):
    torch = pytest.importorskip("torch")
    ones = np.ones((200, 50))
    torch.manual_seed(1)
    theirs = torch.nn.functional.dropout(torch.tensor(ones), p)
    ours = Dropout(p, rng=1).forward(ones)

    assert set(np.unique(ours)) == set(theirs.unique().tolist()) == values


def test_dropout_at_both_ends_agrees_with_pytorch():
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(1).normal(size=(4, 3))
    for p in (0.0, 1.0):
        wanted = torch.nn.functional.dropout(torch.tensor(x), p)
        np.testing.assert_array_equal(Dropout(p).forward(x), wanted)


def test_dropout_draws_the_same_on_both_sides(xp):
    x = np.random.default_rng(1).normal(size=(4, 3))
    found = Dropout(0.5, rng=3).forward(xp.asarray(x))

    np.testing.assert_array_equal(
        backend.to_numpy(found), Dropout(0.5, rng=3).forward(x)
    )


def test_noise_has_its_standard_deviation():
    x = np.full((1000, 100), 3.0)
    noise = GaussianNoise(0.5, rng=1).forward(x) - x

    assert abs(noise.mean()) < 5 * 0.5 / math.sqrt(noise.size)
    assert abs(noise.var() / 0.25 - 1) < 5 * math.sqrt(2 / noise.size)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Dropout(-0.1), "p is -0.1, expected 0 to 1"),
        (lambda: Dropout(1.1), "p is 1.1, expected 0 to 1"),
        (lambda: Dropout(math.nan), "p is nan, expected 0 to 1"),
        (lambda: GaussianNoise(-1.0), "std is -1.0, expected at least 0"),
        (lambda: EarlyStopping(0), "patience is 0, expected at least 1"),
        (lambda: EarlyStopping(1, -0.1), "min_delta is -0.1, expected at least 0"),
    ],
)
def test_wrong_construction_is_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()


def two(xp, dtype=float):
    weight = Parameter(xp.asarray(W.astype(dtype)), "weight")
    bias = Parameter(xp.asarray(np.array([3.0, -4.0], dtype)), "bias", decay=False)
    return [weight, bias]


def test_penalties_give_the_worked_numbers(xp):
    for name, value in (("l2_penalty", 0.2625), ("l1_penalty", 0.35)):
        found = getattr(regularization, name)(two(xp), 0.1)

        assert type(found) is float
        assert found == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_penalty_gradients_agree_with_pytorch(dtype, xp):
    torch = pytest.importorskip("torch")
    weight, bias = two(xp, dtype)
    regularization.add_penalty_grads([weight, bias], l1=0.3, l2=0.7)
    w = torch.tensor(W.astype(dtype), requires_grad=True)
    (0.35 * (w**2).sum() + 0.3 * w.abs().sum()).backward()

    assert weight.grad.dtype == dtype
    np.testing.assert_allclose(backend.to_numpy(weight.grad), w.grad, rtol=1e-6)
    np.testing.assert_array_equal(backend.to_numpy(bias.grad), 0.0)


def test_l2_is_the_weight_decay_of_pytorch():
    torch = pytest.importorskip("torch")
    weight, _ = two(np)
    w = torch.tensor(W, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.1, weight_decay=0.7)
    for _ in range(5):
        w.grad = torch.ones_like(w)
        optimizer.step()
        weight.grad[...] = 1.0
        regularization.add_penalty_grads([weight], l2=0.7)
        weight.data -= 0.1 * weight.grad

    np.testing.assert_allclose(weight.data, w.detach(), rtol=1e-12)


def test_l1_makes_weights_small_and_l2_does_not():
    for options, largest in (({"l1": 0.5}, 0.005), ({"l2": 0.5}, None)):
        weight, _ = two(np)
        for _ in range(500):
            weight.zero_grad()
            regularization.add_penalty_grads([weight], **options)
            weight.data -= 0.01 * weight.grad
        if largest is None:
            np.testing.assert_allclose(weight.data, W * (1 - 0.005) ** 500, rtol=1e-9)
        else:
            assert abs(weight.data).max() <= largest + 1e-12


@pytest.mark.parametrize("name", ["l1", "l2"])
def test_negative_penalties_are_refused(name):
    with pytest.raises(ValueError, match=r"lam is -0\.1, expected at least 0"):
        getattr(regularization, f"{name}_penalty")([], -0.1)
    with pytest.raises(ValueError, match=f"{name} is -0.1, expected at least 0"):
        regularization.add_penalty_grads([], **{name: -0.1})


@pytest.mark.parametrize(
    ("patience", "stop", "best"), [(1, 2, 1), (2, 5, 3), (3, 9, 6)]
)
def test_early_stopping_gives_the_worked_epochs(patience, stop, best):
    stopping, model = EarlyStopping(patience), module.Module()
    answers = [stopping.update(loss, model) for loss in LOSSES[: stop + 1]]

    assert answers == [False] * stop + [True]
    assert (stopping.best_epoch, stopping.best_loss) == (best, LOSSES[best])


def test_early_stopping_restores_parameters_and_statistics_in_place(xp):
    model = layers.Sequential(layers.Linear(3, 2, rng=1), BatchNorm1d(2))
    weight, norm = model[0].weight, model[1]
    stopping, kept = EarlyStopping(5), {}
    x = xp.asarray(np.random.default_rng(1).normal(size=(6, 3)))
    for epoch, loss in enumerate((0.9, 0.4, 0.6, 0.5)):
        model.forward(x)
        weight.data += 1.0
        kept[epoch] = [
            backend.to_numpy(array).copy()
            for array in (weight.data, norm.running_mean, norm.running_var)
        ]
        stopping.update(loss, model)
    array = weight.data
    for _ in range(2):
        stopping.restore(model)
        arrays = (weight.data, norm.running_mean, norm.running_var)
        for found, wanted in zip(arrays, kept[1], strict=True):
            np.testing.assert_array_equal(backend.to_numpy(found), wanted)
        assert weight.data is array
        model.forward(x)
        weight.data += 1.0


def test_early_stopping_refuses_nan_and_an_early_restore():
    stopping = EarlyStopping(2)
    with pytest.raises(ValueError, match="val_loss is NaN"):
        stopping.update(math.nan, module.Module())
    with pytest.raises(RuntimeError, match="nothing has been kept yet"):
        stopping.restore(module.Module())


def sine_points():
    x = np.linspace(0.0, 1.0, 10)
    noise = 0.2 * np.array([1.0, -0.5, 0.3, -1.2, 0.8, 0.1, -0.7, 1.1, -0.4, 0.6])
    return x, np.sin(2 * np.pi * x) + noise


def errors_of(degree, penalty=0.0):
    """Return training error, test error and the largest coefficient."""
    x, y = sine_points()
    theta = regularization.fit_polynomial(x, y, degree, penalty)
    x_test = np.linspace(0.0, 1.0, 101)
    y_test = np.sin(2 * np.pi * x_test)
    pairs = ((x, y), (x_test, y_test))
    train, test = (
        float(np.mean((regularization.predict_polynomial(theta, a) - b) ** 2))
        for a, b in pairs
    )
    return train, test, float(abs(theta).max())


HANDOUT_TABLE = [
    ["0.251", "0.227", "1.33"],
    ["0.0259", "0.0107", "28.8"],
    ["0.118", "2.62e+05"],
    ["0.0188", "0.00448", "18.6"],
    ["0.0666", "0.0651", "3.3"],
    ["0.362", "0.406", "0.147"],
]


def test_the_handouts_polynomials_are_as_printed():
    """The table of section 5 of the handout."""
    rows = [(1, 0.0), (3, 0.0), (9, 0.0), (9, 1e-6), (9, 1e-3), (9, 1.0)]
    found = [errors_of(*row) for row in rows]
    table = [[f"{number:.3g}" for number in row] for row in found]
    rounding = float(table[2].pop(0))  # ten points, ten coefficients

    assert table == HANDOUT_TABLE
    assert rounding < 1e-15


@pytest.mark.parametrize("penalise_bias", [True, False])
@pytest.mark.parametrize(("degree", "penalty"), [(3, 0.1), (9, 1e-3), (2, 5.0)])
def test_polynomials_are_a_minimum_by_pytorch(degree, penalty, penalise_bias, xp):
    torch = pytest.importorskip("torch")
    x, y = sine_points()
    found = regularization.fit_polynomial(
        xp.asarray(x), xp.asarray(y), degree, penalty, penalise_bias
    )
    theta = torch.tensor(backend.to_numpy(found), requires_grad=True)
    f = sum(theta[j] * torch.tensor(x) ** j for j in range(degree + 1))
    first = 0 if penalise_bias else 1
    J = ((f - torch.tensor(y)) ** 2).mean() + penalty * (theta[first:] ** 2).sum()
    J.backward()

    np.testing.assert_allclose(theta.grad, 0.0, atol=1e-10)


def test_polynomials_pass_through_as_many_points(xp):
    x, y = (xp.asarray(array) for array in sine_points())
    theta = regularization.fit_polynomial(x, y, 9)
    found = regularization.predict_polynomial(theta, x)

    np.testing.assert_allclose(backend.to_numpy(found), backend.to_numpy(y), rtol=1e-7)


def test_polynomials_keep_the_dtype(xp):
    x, y = (xp.asarray(array.astype(np.float32)) for array in sine_points())
    theta = regularization.fit_polynomial(x, y, 3)

    assert theta.dtype == np.float32
    assert regularization.predict_polynomial(theta, x).dtype == np.float32


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        (
            (np.ones(3), np.ones(4), 1),
            ValueError,
            r"y has shape \(4,\), expected \(M=3",
        ),
        ((np.ones((3, 1)), np.ones(3), 1), ValueError, "must have 1 axis, got 2"),
        ((np.ones(3), np.ones(3), 3), ValueError, r"at least degree \+ 1 = 4 points"),
        ((np.ones(3), np.ones(3), -1), ValueError, "degree is -1, expected at least 0"),
        ((np.ones(3), np.ones(3), 1.5), TypeError, "of type float, expected a whole"),
        ((np.ones(3), np.ones(3), 1, -1.0), ValueError, "penalty is -1.0, expected"),
        ((np.arange(3), np.ones(3), 1), TypeError, "x has dtype int64"),
    ],
)
def test_polynomials_that_cannot_be_are_refused(arguments, error, match):
    with pytest.raises(error, match=match):
        regularization.fit_polynomial(*arguments)


def test_bootstrap_draws_with_replacement(xp):
    found = regularization.bootstrap_indices(5000, rng=1)
    indices = backend.to_numpy(found)

    assert backend.array_module(found) is xp
    assert (indices.shape, indices.dtype) == ((5000,), np.int64)
    assert (indices.min() >= 0, indices.max() < 5000) == (True, True)
    assert abs(len(np.unique(indices)) / 5000 - (1 - 1 / math.e)) < 0.03


def test_an_ensemble_averages_what_its_models_say(xp):
    probs = [[[0.9, 0.1]], [[0.4, 0.6]], [[0.4, 0.6]]]
    found = regularization.ensemble_predict([xp.asarray(np.array(p)) for p in probs])

    assert found.dtype == np.int64
    assert backend.to_numpy(found).tolist() == [0]


def test_ensembles_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="got no probabilities"):
        regularization.ensemble_predict([])
    with pytest.raises(ValueError, match=r"probs\[1\] has shape \(2, 3\)"):
        regularization.ensemble_predict([np.ones((1, 3)), np.ones((2, 3))])


def test_what_the_lectures_say_differently():
    """Each answer by another way than in the reference."""
    mean = [
        1 / 4 * sum((w - t) ** 2 for t in (1, 2, 3, 6)) + 0.5 * w**2 for w in (2, 3)
    ]
    total = [sum((w - t) ** 2 for t in (1, 2, 3, 6)) + 4 * 0.5 * w**2 for w in (2, 3)]
    kept = [sum(units) for units in np.ndindex(2, 2, 2, 2) if any(units[:2])]
    connected = sum(
        any(units[:2]) and any(units[2:]) for units in np.ndindex(2, 2, 2, 2)
    )
    answers = regularization.lecture_mistakes()

    assert [4 * value for value in mean] == pytest.approx(total)
    assert len(kept) == 12
    assert answers["disconnected"] == 16 - connected
    assert answers["kept_units"] == pytest.approx(784 - 156.8 + 300 - 150 + 10)
    assert answers["weight_decay"] == pytest.approx(0.06)
    assert answers["lambda_of_sum"] == pytest.approx(5.0)
    assert answers["penalised"] == 9


def test_all_names_of_the_stage_are_found_in_one_place():
    for name in regularization.__all__:
        assert hasattr(regularization, name)
