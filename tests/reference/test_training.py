import math

import numpy as np
import pytest

from nabla import backend, data, evaluation, models, training
from nabla.activations import ReLU, Tanh
from nabla.layers import Flatten, Linear, Sequential, count_parameters
from nabla.losses import CrossEntropyLoss, MSELoss
from nabla.normalization import BatchNorm1d
from nabla.optimizers import SGD, Adam, LinearDecay
from nabla.regularization import Dropout, EarlyStopping


def samples(n=10, seed=1):
    """Return samples of shape (2, 3) and labels from 0 to 2."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2, 3)), rng.integers(0, 3, n)


def trainer_for(model, lr=0.1, **options):
    optimizer = SGD(model.parameters(), lr=lr, momentum=0.9)
    return training.Trainer(model, CrossEntropyLoss(), optimizer, **options)


# make_bars


def test_bars_are_where_the_columns_are():
    images, _ = training.make_bars(400, 1, noise=0.0, columns=(3, 9))

    lit = np.flatnonzero(images.max(axis=(0, 1, 2)))
    assert lit.tolist() == [3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    "options",
    [{"size": 4}, {"noise": -1.0}, {"columns": (0, 4)}, {"columns": (-1, 6)}],
)
def test_bars_that_do_not_fit_are_refused(options):
    with pytest.raises(ValueError, match="5 columns or more"):
        training.make_bars(3, 1, **options)


def test_a_linear_model_cannot_tell_bars_apart():
    X, y = training.make_bars(600, 1)
    X_test, y_test = training.make_bars(600, 2)
    targets = np.eye(3)[y]
    W = np.linalg.lstsq(X.reshape(600, -1).astype(float), targets, rcond=None)[0]

    right = (X_test.reshape(600, -1) @ W).argmax(axis=1) == y_test
    assert right.mean() < 0.5


# train_val_test_split


@pytest.mark.parametrize("n", [1, 2, 3, 7, 20, 101])
def test_every_sample_goes_to_one_part(n):
    X, y = np.arange(2.0 * n).reshape(n, 2), np.arange(n)
    parts = training.train_val_test_split(X, y, rng=1)

    assert sorted(np.concatenate([part[1] for part in parts])) == list(range(n))
    assert all(np.array_equal(Xp[:, 0], 2 * yp) for Xp, yp in parts)
    assert all(len(p[1]) - n * f <= 1 for p, f in zip(parts, (0.7, 0.15, 0.15)))  # noqa: B905


@pytest.mark.parametrize("fractions", [(0.5, 0.5), (0.5, 0.6, -0.1), (0.5, 0.2, 0.2)])
def test_fractions_must_add_up(fractions):
    X, y = samples()
    with pytest.raises(ValueError, match="add up to 1"):
        training.train_val_test_split(X, y, fractions)


# DataLoader


@pytest.mark.parametrize(("drop_last", "sizes"), [(False, [4, 4, 2]), (True, [4, 4])])
def test_the_loader_cuts_batches_on_every_side(xp, drop_last, sizes):
    X, y = samples()
    loader = training.DataLoader(
        xp.asarray(X), xp.asarray(y), 4, rng=3, drop_last=drop_last
    )
    batches = list(loader)

    assert len(loader) == len(sizes)
    assert [len(xb) for xb, _ in batches] == sizes
    for xb, yb in batches:
        assert backend.array_module(xb, yb) is xp
        for x, label in zip(backend.to_numpy(xb), backend.to_numpy(yb), strict=True):
            (where,) = np.flatnonzero((x == X).all(axis=(1, 2)))
            assert label == y[where]


def test_a_batch_is_a_copy():
    X, y = samples()
    for shuffle in (True, False):
        loader = training.DataLoader(X, y, 4, shuffle=shuffle)
        assert not any(np.shares_memory(X, xb) for xb, _ in loader)


@pytest.mark.parametrize(
    ("X", "y", "size", "error", "told"),
    [
        ([1.0], np.zeros(1), 1, TypeError, "X is of type list"),
        (np.zeros(3, int), np.zeros(3), 1, TypeError, "X has dtype int64"),
        (np.zeros((0, 2)), np.zeros(0), 1, ValueError, "axis 0 must be at least 1"),
        (np.zeros((3, 2)), np.zeros(2), 1, ValueError, "axis 0 must be 3"),
        (np.zeros((3, 2)), np.zeros(3), 0, ValueError, "batch_size is 0"),
        (np.zeros((3, 2)), np.zeros(3), 1.5, TypeError, "batch_size is 1.5"),
    ],
)
def test_the_loader_refuses_what_it_cannot_cut(X, y, size, error, told):
    with pytest.raises(error, match=told):
        training.DataLoader(X, y, size)


# Trainer


def test_two_runs_with_the_same_seeds_agree_to_the_last_bit():
    X, y = training.make_bars(60, 1)

    def run():
        model = Sequential(
            Flatten(),
            Linear(144, 8, rng=2),
            Tanh(),
            Dropout(0.2, rng=3),
            Linear(8, 3, rng=4),
        )
        trainer = trainer_for(model)
        loader = training.DataLoader(X, y, 16, rng=5)
        history = trainer.fit(loader, training.DataLoader(X, y, 16, shuffle=False), 3)
        return history, [parameter.data for parameter in model.parameters()]

    (first, weights), (second, again) = run(), run()
    assert first == second
    assert all(map(np.array_equal, weights, again))


def test_training_agrees_with_torch_step_by_step():
    torch = pytest.importorskip("torch")
    X, y = samples(22)
    model = models.build_mlp((6, 5, 3), Tanh, rng=1)
    twin = torch.nn.Sequential(
        torch.nn.Flatten(),
        torch.nn.Linear(6, 5, dtype=torch.float64),
        torch.nn.Tanh(),
        torch.nn.Linear(5, 3, dtype=torch.float64),
    )
    with torch.no_grad():
        for mine, theirs in zip(model.parameters(), twin.parameters(), strict=True):
            theirs.copy_(torch.from_numpy(np.ascontiguousarray(mine.data.T)))
    decayed = [p for p in twin.parameters() if p.ndim == 2]
    others = [p for p in twin.parameters() if p.ndim == 1]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": others}]
    optimizer = torch.optim.SGD(groups, lr=0.2, momentum=0.9)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.1, 4)
    criterion = torch.nn.CrossEntropyLoss()
    trainer = trainer_for(model, lr=0.2, penalty={"l2": 0.01})
    trainer.scheduler = LinearDecay(trainer.optimizer, 0.02, 4)
    loader = [(X[i : i + 8], y[i : i + 8]) for i in range(0, 22, 8)]

    history = trainer.fit(loader, loader, 6)

    for epoch in range(6):
        total, rate = 0.0, optimizer.param_groups[0]["lr"]
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = criterion(twin(torch.from_numpy(xb)), torch.from_numpy(yb))
            loss.backward()
            optimizer.step()
            total += loss.item() * len(xb)
        schedule.step()
        with torch.no_grad():
            logits = twin(torch.from_numpy(X))
            value = criterion(logits, torch.from_numpy(y)).item()
        right = (logits.argmax(1).numpy() == y).mean()
        assert history.train_loss[epoch] == pytest.approx(total / 22, rel=1e-12)
        assert history.val_loss[epoch] == pytest.approx(value, rel=1e-12)
        assert history.accuracy[epoch] == pytest.approx(right, abs=1e-15)
        assert history.lr[epoch] == pytest.approx(rate, rel=1e-12)
    for mine, theirs in zip(model.parameters(), twin.parameters(), strict=True):
        found = theirs.detach().numpy().T
        np.testing.assert_allclose(mine.data, found, rtol=1e-10, atol=1e-12)


def test_a_small_network_trains_on_every_side(xp):
    X, y = samples(12)
    model = Sequential(Flatten(), Linear(6, 4, rng=1), BatchNorm1d(4), ReLU())
    model = Sequential(model, Dropout(0.5, rng=2), Linear(4, 3, rng=3))
    loader = training.DataLoader(xp.asarray(X), xp.asarray(y), 4, rng=4)
    stopping = EarlyStopping(5)
    history = trainer_for(model, early_stopping=stopping).fit(loader, loader, 3)

    assert len(history.train_loss) == len(history.accuracy) == 3
    assert all(isinstance(value, float) for value in history.val_loss)


class Recording(CrossEntropyLoss):
    """A loss that remembers the dtypes it was given."""

    dtypes = ()

    def forward(self, pred, target):
        self.dtypes = (*self.dtypes, pred.dtype)
        return super().forward(pred, target)


def test_float32_stays_float32():
    X, y = samples(12)
    trainer = trainer_for(models.build_mlp((6, 4, 3), rng=1))
    trainer.loss = Recording()
    trainer.train_epoch(training.DataLoader(X.astype(np.float32), y, 4))

    assert trainer.loss.dtypes == (np.dtype(np.float32),) * 3


def test_evaluation_goes_back_to_each_modules_own_mode():
    frozen = BatchNorm1d(6).eval()
    model = Sequential(Flatten(), frozen, Linear(6, 3, rng=1))
    model.training = model.layers[2].training = True
    X, y = samples(4)
    trainer_for(model).evaluate([(X, y)])

    assert not frozen.training
    assert model.training
    assert model.layers[2].training


def test_evaluation_goes_back_to_the_mode_also_after_an_error():
    model = models.build_mlp((6, 3), rng=1)
    X, y = samples(4)
    with pytest.raises(ValueError, match="x has shape"):
        trainer_for(model).evaluate([(X, y), (X[:, :1], y)])

    assert model.training


def test_evaluation_draws_nothing_and_changes_nothing():
    dropout = Dropout(0.5, rng=np.random.default_rng(1))
    norm = BatchNorm1d(6)
    model = Sequential(Flatten(), norm, dropout, Linear(6, 3, rng=1))
    X, y = samples(8)
    before = [p.data.copy() for p in model.parameters()]
    trainer = trainer_for(model)
    first, second = (
        trainer.evaluate([(X, y)]),
        trainer.evaluate([(X[:5], y[:5]), (X[5:], y[5:])]),
    )

    assert first == pytest.approx(second, rel=1e-12)
    assert (norm.running_mean == 0).all()
    assert all(map(np.array_equal, before, [p.data for p in model.parameters()]))


def test_a_diverging_training_says_so_and_keeps_its_parameters():
    model = models.build_mlp((6, 3), rng=1)
    model.layers[1].weight.data[...] = np.inf
    X, y = samples(4)
    before = model.layers[1].bias.data.copy()
    with np.errstate(invalid="ignore"), pytest.raises(FloatingPointError, match="nan"):
        trainer_for(model).train_step(X, y)

    assert np.array_equal(model.layers[1].bias.data, before)


def test_early_stopping_wants_a_validation_set():
    model, (X, y) = models.build_mlp((6, 3), rng=1), samples(4)
    trainer = trainer_for(model, early_stopping=EarlyStopping(1))
    with pytest.raises(ValueError, match="val_loader is None"):
        trainer.fit([(X, y)], None, 2)


def test_the_best_weights_come_back():
    model = models.build_mlp((6, 16, 3), Tanh, rng=1)
    (X, y), (X_val, y_val) = samples(12), samples(12, seed=2)
    trainer = trainer_for(model, early_stopping=EarlyStopping(100))
    history = trainer.fit([(X, y)], [(X_val, y_val)], 40)
    best = min(history.val_loss)

    assert history.val_loss[-1] > best
    assert trainer.evaluate([(X_val, y_val)])["loss"] == pytest.approx(best, rel=1e-12)


def test_penalties_have_known_names():
    with pytest.raises(ValueError, match="keys l1 and l2"):
        trainer_for(models.build_mlp((6, 3)), penalty={"L2": 0.1})


def test_an_augmenter_sees_every_batch_with_its_labels():
    model, (X, y) = models.build_mlp((6, 3), rng=1), samples(5)
    seen = []
    trainer = trainer_for(
        model, augmenter=lambda x, labels: (seen.append(labels), -x)[1]
    )
    twin = trainer_for(models.build_mlp((6, 3), rng=1))

    assert trainer.train_step(X, y) == twin.train_step(-X, y)
    assert np.array_equal(seen[0], y)


def test_the_tolerance_ends_the_training():
    model, (X, y) = models.build_mlp((6, 32, 3), rng=1), samples(6)
    history = trainer_for(model).fit([(X, y)], epochs=500, tol=0.01)

    assert history.train_loss[-1] <= 0.01
    assert min(history.train_loss[:-1]) > 0.01


# Models


def test_models_have_the_lectures_numbers_of_parameters():
    assert count_parameters(models.build_cnn(1, 3)) == 1683
    assert count_parameters(models.build_mlp((144, 32, 3))) == 4739
    model = models.build_cifar2_mlp(1)
    assert count_parameters(model) == 3_737_474
    assert model.forward(np.zeros((64, 3, 32, 32), np.float32)).shape == (64, 2)


@pytest.mark.parametrize("widths", [(), (2, 2, 2, 2)])
def test_a_cnn_needs_a_pixel_that_is_left(widths):
    with pytest.raises(ValueError, match="at least one width"):
        models.build_cnn(1, 3, widths)


def test_a_cnn_begins_near_the_loss_of_guessing():
    X, y = training.make_bars(300, 1)
    found = [
        float(
            CrossEntropyLoss().forward(models.build_cnn(1, 3, rng=seed).forward(X), y)
        )
        for seed in range(10)
    ]

    assert np.mean(found) == pytest.approx(math.log(3), abs=0.15)


def model_with_statistics(seed):
    return Sequential(
        Flatten(),
        Linear(6, 4, rng=seed),
        BatchNorm1d(4),
        Tanh(),
        Linear(4, 3, rng=seed),
    )


def test_a_checkpoint_brings_back_what_the_model_computes(tmp_path, xp):
    X = xp.asarray(samples(6)[0])
    saved, loaded = model_with_statistics(1), model_with_statistics(2)
    saved.forward(X)  # moves the running statistics
    expected = backend.to_numpy(saved.eval().forward(X))
    models.save_checkpoint(saved, tmp_path / "model.npz")
    arrays = [parameter.data for parameter in loaded.parameters()]
    models.load_checkpoint(loaded, tmp_path / "model.npz")

    found = backend.to_numpy(loaded.eval().forward(X))
    np.testing.assert_array_equal(found, expected)
    assert all(a is p.data for a, p in zip(arrays, loaded.parameters(), strict=True))


def test_a_checkpoint_of_another_model_changes_nothing(tmp_path):
    models.save_checkpoint(models.build_mlp((6, 4, 3)), tmp_path / "model.npz")
    other = models.build_mlp((6, 4, 2), rng=1)
    before = [parameter.data.copy() for parameter in other.parameters()]
    with pytest.raises(ValueError, match="expected"):
        models.load_checkpoint(other, tmp_path / "model.npz")
    with pytest.raises(FileNotFoundError, match="nothing"):
        models.load_checkpoint(other, tmp_path / "nothing.npz")

    assert all(map(np.array_equal, before, [p.data for p in other.parameters()]))


def test_pickles_are_refused(tmp_path):
    np.savez(tmp_path / "model.npz", parameter0=np.array([print], dtype=object))
    with pytest.raises(ValueError, match="pickle"):
        models.load_checkpoint(models.build_mlp((2, 2)), tmp_path / "model.npz")


@pytest.mark.parametrize("make", [lambda p: SGD(p, 0.1, momentum=0.9), Adam])
def test_a_frozen_part_stays_while_the_head_learns(make):
    trunk, head = models.build_mlp((6, 4), rng=1), Linear(4, 3, rng=2)
    model, (X, y) = Sequential(trunk, Tanh(), head), samples(6)
    trainer = training.Trainer(model, CrossEntropyLoss(), make(model.parameters()))
    trainer.train_step(X, y)  # now there is momentum
    models.freeze(trunk)
    before = [p.data.copy() for p in model.parameters()]
    trainer.train_step(X, y)
    moved = [
        not np.array_equal(b, p.data)
        for b, p in zip(before, model.parameters(), strict=True)
    ]

    assert moved == [False, False, True, True]


# Evaluation


def test_confusion_matrices_are_counted_on_every_side(xp):
    rng = np.random.default_rng(1)
    y, yhat = rng.integers(0, 4, 50), rng.integers(0, 4, 50)
    expected = np.zeros((5, 5), int)
    np.add.at(expected, (y, yhat), 1)
    M = evaluation.confusion_matrix(xp.asarray(y), xp.asarray(yhat), 5)

    assert backend.array_module(M) is xp
    np.testing.assert_array_equal(backend.to_numpy(M), expected)


@pytest.mark.parametrize("bad", [[0, 3], [-1, 0]])
def test_confusion_matrices_want_classes_that_exist(bad):
    with pytest.raises(ValueError, match="expected 0 to 2"):
        evaluation.confusion_matrix(np.array([0, 1]), np.array(bad), 3)


def test_a_grid_search_finds_a_rate_that_learns():
    X, y = samples(30)

    def build(lr, width):
        model = models.build_mlp((6, width, 3), rng=1)
        return training.Trainer(model, MSELoss(), SGD(model.parameters(), lr=lr))

    targets = np.eye(3)[y]
    loader = [(X, targets)]
    grid = {"lr": [1e-4, 0.1, 1e200], "width": [4, 8]}
    with np.errstate(over="ignore", invalid="ignore"):
        best, results = evaluation.grid_search(build, grid, loader, loader, 20)

    assert [r["params"] for r in results[:2]] == [
        {"lr": 1e-4, "width": 4},
        {"lr": 1e-4, "width": 8},
    ]
    assert best["params"]["lr"] == 0.1
    assert [r["loss"] for r in results[4:]] == [math.inf, math.inf]
    with pytest.raises(ValueError, match="expected some values"):
        evaluation.grid_search(build, {"lr": []}, loader, loader, 1)


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_curves_are_drawn_to_a_file_without_a_window(tmp_path, suffix):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    history = training.History([1.0, 0.5], [1.1, 0.7], [0.4, 0.6], [0.1, 0.1])
    path = tmp_path / f"curves{suffix}"
    training.plot_history(history, path)
    training.plot_history(training.History([1.0, 0.5]), tmp_path / f"train{suffix}")

    assert path.stat().st_size > 5000
    assert not pyplot.get_fignums()


def test_no_curves_without_an_epoch(tmp_path):
    with pytest.raises(ValueError, match="empty"):
        training.plot_history(training.History(), tmp_path / "curves.png")


# The experiments of the handout


def fit_bars(model, lr=0.02, columns=None, epochs=10):
    X, y = training.make_bars(600, 1, columns=columns)
    trainer = training.Trainer(
        model, CrossEntropyLoss(), SGD(model.parameters(), lr=lr, momentum=0.9)
    )
    trainer.fit(training.DataLoader(X, y, 32, rng=2), epochs=epochs)
    return trainer


def right(trainer, columns=None):
    X, y = training.make_bars(600, 3, columns=columns)
    return trainer.evaluate([(X, y)])["accuracy"]


def test_strokes_need_a_convolution():
    cnn = fit_bars(models.build_cnn(1, 3, rng=4))
    mlp = fit_bars(models.build_mlp((144, 32, 3), Tanh, rng=4))

    assert right(cnn) > 0.9
    assert right(mlp) < 0.6


def test_another_distribution_is_harder():
    cnn = fit_bars(models.build_cnn(1, 3, rng=4), columns=(0, 6), epochs=15)

    assert right(cnn, columns=(0, 6)) > 0.9
    assert right(cnn, columns=(6, 12)) < right(cnn, columns=(0, 6)) - 0.1


def test_digits_are_learnt():
    X, y = data.digits()
    parts = training.train_val_test_split(X, y, rng=1)
    train, val, test = (training.DataLoader(*part, 32, rng=2) for part in parts)
    model = models.build_mlp((64, 32, 10), Tanh, rng=3)
    trainer = trainer_for(model, lr=0.05, early_stopping=EarlyStopping(5))
    history = trainer.fit(train, val, 15)

    assert history.train_loss[-1] < history.train_loss[0] / 5
    assert trainer.evaluate(test)["accuracy"] > 0.92
