"""Does it learn? Trained with the student's parts, judged here on unseen data.

The thresholds are measured: `autograder calibrate a09_training`.
"""

from __future__ import annotations

from autograder.suite import check, converges, hint
from nabla import (
    activations,
    data,
    layers,
    losses,
    models,
    optimizers,
    regularization,
    training,
)

TRAINER = [
    "step_goes_through_forward_backward_and_step",
    "step_uses_the_gradients_of_this_batch_alone",
    "epoch_trains_on_every_batch",
    "epoch_trains_in_training_mode",
    "evaluate_gives_loss_and_accuracy_over_all_samples",
    "fit_records_every_epoch",
]
LOADER = [
    "loader_goes_through_all_samples_once",
    "loader_keeps_samples_and_targets_together",
]


def trained(mine, model):
    """Return a network of the reference with the student's trained numbers."""
    parts = zip(mine.parameters(), model.parameters(), strict=True)
    for parameter, known in parts:
        parameter.data[...] = known.data
    return mine.eval()


def accuracy(model, X, y):
    """Return the share of right answers of a network of the reference."""
    return float((model.forward(X).argmax(axis=1) == y).mean())


def digits(rng, n_train, n_test=790):
    """Return digits to train on, and others to judge by."""
    X, y = data.digits()
    order = rng.permutation(len(X))[: n_train + n_test]
    train, test = order[:n_train], order[n_train:]
    return (X[train], y[train]), (X[test], y[test])


def batches(X, y, size):
    """Return the samples in batches, as a list."""
    return [(X[i : i + size], y[i : i + size]) for i in range(0, len(X), size)]


@check(points=2, exercise="loader/iter")
def test_digits_are_learnt_from_the_loaders_batches(student, rng):
    """A linear model learns digits from the batches of DataLoader."""
    hint("A label that belongs to another image teaches nothing.")
    (X, y), test = digits(rng, 1000)
    loader = student.training.DataLoader(X, y, 32, rng=rng.spawn_seed())
    model = models.build_mlp((64, 10), rng=rng.spawn_seed())
    loss = losses.CrossEntropyLoss()
    optimizer = optimizers.SGD(model.parameters(), lr=0.1, momentum=0.9)
    trainer = training.Trainer(model, loss, optimizer)
    for _ in range(5):
        trainer.train_epoch(list(loader))
    value = accuracy(model.eval(), *test)
    what = "the accuracy on unseen digits"
    converges("loader_digits", value, better="higher", what=what)


@check(points=1, exercise="trainer/step", needs=TRAINER[:1])
def test_step_overfits_one_batch(student, rng):
    """Trainer.train_step, 250 times on one batch of 8, brings its loss close to 0."""
    hint("If a model cannot learn 8 samples by heart, the loop is wrong.")
    x, y = rng.normal((8, 6)), rng.normal((8, 1))
    seed = rng.spawn_seed()
    parts = (
        student.layers.Linear(6, 16, rng=seed),
        student.activations.Tanh(),
        student.layers.Linear(16, 1, rng=seed + 1),
    )
    model = student.layers.Sequential(*parts)
    optimizer = student.optimizers.SGD(model.parameters(), lr=0.05, momentum=0.9)
    trainer = student.training.Trainer(model, student.losses.MSELoss(), optimizer)
    for _ in range(250):
        trainer.train_step(x, y)
    mine = trained(models.build_mlp((6, 16, 1), activations.Tanh), model)
    value = float(losses.MSELoss().forward(mine.forward(x), y))
    value = max(value, 0.001)  # less is no better: the batch is known by heart
    converges("overfit_one_batch", value, what="the loss on the batch")


@check(points=1, exercise="trainer/epoch", needs=TRAINER[:2])
def test_epochs_teach_xor(student, rng):
    """Trainer.train_epoch, 300 times, teaches XOR to a network 2-8-1 with tanh."""
    hint("Every batch of the loader counts: with half of XOR nobody learns it.")
    X, y = data.xor()
    order = rng.permutation(4)
    X, y = X[order], y[order, None]
    seed = rng.spawn_seed()
    parts = (
        student.layers.Linear(2, 8, rng=seed),
        student.activations.Tanh(),
        student.layers.Linear(8, 1, rng=seed + 1),
    )
    model = student.layers.Sequential(*parts)
    optimizer = student.optimizers.SGD(model.parameters(), lr=0.1, momentum=0.9)
    loss = student.losses.MSELoss()
    trainer = student.training.Trainer(model, loss, optimizer)
    loader = [(X[:2], y[:2]), (X[2:], y[2:])]
    for _ in range(300):
        trainer.train_epoch(loader)
    mine = trained(models.build_mlp((2, 8, 1), activations.Tanh), model)
    value = float(losses.MSELoss().forward(mine.forward(X), y))
    value = max(value, 1e-3)  # less is no better: all four answers are right
    converges("xor", value, what="the loss on the four points")


class WithDropout:
    """A network 64-24-10 with Dropout(0.8), which runs here and learns digits.

    `parts` are what the student's Trainer takes. Whether units are dropped is up to the
    `training` of a module inside the model, as everywhere.
    """

    def __init__(self, student, rng):
        self.student, self.losses = student, []
        self.dropout = regularization.Dropout(0.8, rng=rng.spawn_seed())
        first = layers.Linear(64, 24, rng=rng.spawn_seed())
        last = layers.Linear(24, 10, rng=rng.spawn_seed())
        parts = layers.Flatten(), first, activations.Tanh(), self.dropout, last
        self.net, self.loss = layers.Sequential(*parts), losses.CrossEntropyLoss()
        sgd = optimizers.SGD(self.net.parameters(), lr=0.05, momentum=0.9)
        self.optimizer, self.inner = sgd, student.module.Module()
        model = self.part(forward=self.forward, backward=self.backward)
        model.inner = self.inner
        loss = self.part(forward=self.compare, backward=self.loss.backward)
        optimizer = self.part(step=sgd.step, zero_grad=sgd.zero_grad)
        self.parts = model, loss, optimizer

    def part(self, **methods):
        """Return a thing of the student's side whose methods are ours."""
        thing = self.student.module.Module()
        for name, method in methods.items():
            setattr(thing, name, self.student.lend(method))
        return thing

    def forward(self, x):
        """Return the logits, with dropout if the module inside is in training."""
        self.dropout.train(bool(self.inner.training))
        return self.net.forward(x)

    def backward(self, dout):
        """Set the gradients: who clears those of model.parameters() finds none."""
        self.optimizer.zero_grad()
        return self.net.backward(dout)

    def compare(self, logits, target):
        """Return the mean loss of a batch; keep those of all its samples."""
        value = self.loss.forward(logits, target)
        self.losses += [float(value)] * len(target)
        return value


@check(points=1, exercise="trainer/evaluate", needs=TRAINER[:5])
def test_evaluate_lets_all_units_answer(student, rng):
    """Trainer.evaluate measures a network with Dropout(0.8) with all its units.

    What counts is the loss on unseen digits, after ten epochs of your Trainer. With
    dropout still on, four of five hidden units are missing there.
    """
    hint("self.model.eval() before the first batch, for all modules inside it.")
    train, test = digits(rng, 800)
    net = WithDropout(student, rng)
    trainer = student.training.Trainer(*net.parts)
    for _ in range(10):
        trainer.train_epoch(batches(*train, size=64))
    net.losses.clear()
    trainer.evaluate(batches(*test, size=100))
    value = sum(net.losses) / max(len(net.losses), 1)
    what = "the loss on unseen digits, in evaluation"
    converges("evaluate_digits", value, what=what)


@check(points=1, exercise="trainer/fit", needs=[*TRAINER[:-1], *LOADER])
def test_fit_teaches_digits(student, rng):
    """Trainer.fit teaches a network 64-32-10 to read digits that it has never seen."""
    (X, y), test = digits(rng, 1000)
    train = student.training.DataLoader(X[:850], y[:850], 32, rng=rng.spawn_seed())
    val = student.training.DataLoader(X[850:], y[850:], 64, shuffle=False)
    seed = rng.spawn_seed()
    parts = (
        student.layers.Flatten(),
        student.layers.Linear(64, 32, rng=seed),
        student.activations.Tanh(),
        student.layers.Linear(32, 10, rng=seed + 1),
    )
    model = student.layers.Sequential(*parts)
    optimizer = student.optimizers.SGD(model.parameters(), lr=0.05, momentum=0.9)
    trainer = student.training.Trainer(
        model,
        student.losses.CrossEntropyLoss(),
        optimizer,
        scheduler=student.optimizers.LinearDecay(optimizer, 0.005, 8),
        early_stopping=student.regularization.EarlyStopping(3),
        penalty={"l2": 1e-4},
    )
    trainer.fit(train, val, 8)
    mine = trained(models.build_mlp((64, 32, 10), activations.Tanh), model)
    value = accuracy(mine, *test)
    what = "the accuracy on unseen digits"
    converges("fit_digits", value, better="higher", what=what)


def fit(student, model, train, lr, epochs):
    """Train the student's model with Adam and a falling rate."""
    optimizer = student.optimizers.Adam(model.parameters(), lr=lr)
    scheduler = student.optimizers.LinearDecay(optimizer, lr / 20, epochs)
    loss = student.losses.CrossEntropyLoss()
    trainer = student.training.Trainer(model, loss, optimizer, scheduler)
    trainer.fit(batches(*train, size=16), None, epochs)


CNN = ["cnn_has_the_parameters_asked_for", "cnn_computes_what_the_blocks_say"]
FIT = ["fit_works_without_a_validation_set", "fit_lowers_the_rate_once_per_epoch"]


@check(points=1, exercise="build_cnn", needs=[*CNN, *TRAINER, *FIT])
def test_cnn_finds_strokes_wherever_they_are(student, rng):
    """A network of build_cnn tells the strokes of make_bars apart, at new places."""
    hint("A network without convolution stays near chance here.")
    X, y = training.make_bars(800, rng.spawn_seed())
    test = training.make_bars(1500, rng.spawn_seed())
    model = student.models.build_cnn(1, 3, rng=rng.spawn_seed())
    fit(student, model, (X, y), lr=0.01, epochs=8)
    value = accuracy(trained(models.build_cnn(1, 3), model), *test)
    what = "the accuracy on unseen images"
    converges("cnn_bars", value, better="higher", what=what)


@check(points=1, exercise="build_cnn", needs=[*CNN, *TRAINER, *FIT])
def test_cnn_learns_digits(student, rng):
    """A network of build_cnn learns to read digits that it has never seen."""
    train, test = digits(rng, 900)
    model = student.models.build_cnn(1, 10, (8,), size=8, rng=rng.spawn_seed())
    fit(student, model, train, lr=0.01, epochs=6)
    mine = trained(models.build_cnn(1, 10, (8,), size=8), model)
    value = accuracy(mine, *test)
    what = "the accuracy on unseen digits"
    converges("cnn_digits", value, better="higher", what=what)
