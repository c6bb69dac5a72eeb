"""The methods of Trainer, each around a model, loss and optimizer of the grader.

Everything that a method asks of its parts is written down in a log, so a mistake in
one method costs nothing in another, and nothing depends on earlier stages.
"""

from __future__ import annotations

import math

import numpy as np

from autograder.suite import check, close, hint, raises
from nabla.losses import CrossEntropyLoss


class Bench:
    """A linear model x W on the student's side, whose sums are done here.

    `model`, `loss` and `optimizer` are what a Trainer takes; `log` holds the names of
    what it called, in order.
    """

    def __init__(self, student, rng, shape=(4, 3), losses=()):
        self.student, self.losses = student, list(losses)
        self.log, self.seen, self.modes, self.stepped = [], [], [], []
        self.W, self.dW = rng.normal(shape), rng.normal(shape)
        self.dpred = rng.normal((2, 3))
        self.criterion = CrossEntropyLoss()
        self.weight = student.module.Parameter(self.W, "weight")
        self.model = self.part(forward=self.forward, backward=self.backward)
        self.model.weight = self.weight
        self.model.inner = student.module.Module()
        self.loss = self.part(forward=self.compare, backward=self.slope)
        self.optimizer = self.part(step=self.step, zero_grad=self.zero_grad)
        self.optimizer.lr = 0.25

    def part(self, **methods):
        """Return a thing of the student's side whose methods are ours."""
        thing = self.student.module.Module()
        for name, method in methods.items():
            setattr(thing, name, self.student.lend(method))
        return thing

    def forward(self, x):
        """Return x W, and remember the batch and the modes of the model."""
        self.log.append("model.forward")
        self.seen.append(x)
        self.modes.append((self.model.training, self.model.inner.training))
        return x.reshape(len(x), -1) @ self.W

    def backward(self, dpred):
        """Add a known gradient; check that it is the loss that asks."""
        self.log.append("model.backward")
        close(dpred, self.dpred, name="what model.backward is given")
        self.weight.grad = self.weight.grad + self.dW

    def compare(self, pred, target):
        """Return the next of the losses that were asked for, else the real one."""
        self.log.append("loss.forward")
        self.pair = pred, target
        real = self.criterion.forward(pred, target) if not self.losses else None
        return np.asarray(self.losses.pop(0) if self.losses else real)

    def slope(self):
        """Return a known gradient."""
        self.log.append("loss.backward")
        return self.dpred

    def step(self):
        """Remember the gradient that the step would use."""
        self.log.append("optimizer.step")
        self.stepped.append(self.weight.grad)

    def zero_grad(self):
        """Forget the gradients."""
        self.log.append("optimizer.zero_grad")
        self.weight.grad = np.zeros_like(self.W)

    def trainer(self, **options):
        """Return the student's Trainer for these parts."""
        make = self.student.training.Trainer
        return make(self.model, self.loss, self.optimizer, **options)


def batch(rng, n=2):
    """Return one batch: samples and labels."""
    return rng.normal((n, 4)), rng.integers(0, 3, n)


def positive(rng):
    return float(rng.uniform(0.5, 2.0))


@check(points=3, exercise="trainer/step")
def test_step_goes_through_forward_backward_and_step(student, rng):
    """Trainer.train_step calls forward, loss, backward and step once, in this order."""
    hint(
        "model.forward(xb), loss.forward(pred, yb), optimizer.zero_grad(),"
        " model.backward(loss.backward()), optimizer.step()."
    )
    bench, (xb, yb) = Bench(student, rng), batch(rng)
    bench.trainer().train_step(xb, yb)
    order = "model.forward, loss.forward, loss.backward, model.backward, optimizer.step"
    found = [name for name in bench.log if name != "optimizer.zero_grad"]
    close(", ".join(found), order, name="the calls")
    close(bench.seen[0], xb, name="what the model is given")
    close(bench.pair[0], xb @ bench.W, name="what the loss is given as pred")
    close(bench.pair[1], yb, name="what the loss is given as target")


@check(points=3, exercise="trainer/step")
def test_step_uses_the_gradients_of_this_batch_alone(student, rng):
    """Trainer.train_step steps with the gradients of this batch, without older ones."""
    hint("Set the gradients to zero before backward, not between backward and step.")
    bench, (xb, yb) = Bench(student, rng), batch(rng)
    bench.weight.grad = rng.normal((4, 3))
    trainer = bench.trainer()
    for i in range(2):
        trainer.train_step(xb, yb)
        close(len(bench.stepped), i + 1, name="steps of the optimizer")
        close(bench.stepped[-1], bench.dW, name="gradient at the step")


@check(points=2, exercise="trainer/step")
def test_step_returns_the_loss_before_it(student, rng):
    """Trainer.train_step returns the loss of the batch as a float."""
    bench, (xb, yb) = Bench(student, rng, losses=[value := positive(rng)]), batch(rng)
    found = bench.trainer().train_step(xb, yb)
    close(
        isinstance(found, float),
        expected=True,
        name="the loss is a float, not an array",
    )
    close(found, value, name="the loss")


@check(points=1, exercise="trainer/step")
def test_step_trains_on_what_the_augmenter_returns(student, rng):
    """Trainer.train_step hands the batch through the augmenter, with its labels."""
    bench, (xb, yb) = Bench(student, rng), batch(rng)
    asked, changed = [], rng.normal((2, 4))

    def augmenter(images, labels):
        asked.append((images, labels))
        return changed

    trainer = bench.trainer(augmenter=student.lend(augmenter))
    trainer.train_step(xb, yb)
    close(len(asked), 1, name="calls of the augmenter")
    close(asked[0], (xb, yb), name="its images, its labels")
    close(bench.seen[0], changed, name="what the model is given")
    close(bench.pair[1], yb, name="what the loss is given as target")


@check(points=2, exercise="trainer/step")
def test_step_adds_the_penalties(student, rng):
    """Trainer.train_step adds the gradients of both penalties before the step."""
    hint("add_penalty_grads(self.model.parameters(), **self.penalty), after backward.")
    bench, (xb, yb) = Bench(student, rng, losses=[value := positive(rng)]), batch(rng)
    l1, l2 = float(rng.uniform(0.1, 0.5)), float(rng.uniform(0.1, 0.5))
    trainer = bench.trainer(penalty={"l1": l1, "l2": l2})
    found = trainer.train_step(xb, yb)
    expected = bench.dW + l1 * np.sign(bench.W) + l2 * bench.W
    close(bench.stepped[0], expected, name="gradient at the step")
    close(found, value, name="the loss, without the penalty")


@check(points=2, exercise="trainer/step")
def test_step_refuses_a_loss_that_is_not_finite(student, rng):
    """Trainer.train_step refuses a loss that is NaN or infinite, without a step."""
    hint("Look at the loss before anything changes: math.isfinite(value).")
    for bad, when in (
        (math.nan, "the loss is NaN"),
        (math.inf, "the loss is infinite"),
    ):
        xb, yb = batch(rng)
        bench = Bench(student, rng, losses=[1.0, bad])
        trainer = bench.trainer()
        raises(
            "FloatingPointError",
            trainer.train_step,
            xb,
            yb,
            works=lambda trainer=trainer, xb=xb, yb=yb: trainer.train_step(xb, yb),
            when=when,
        )
        close(len(bench.stepped), 1, name="steps, the refused one not counted")


def recorded(student, bench, losses):
    """Return a Trainer whose train_step is ours: it records, and returns the losses."""
    trainer, given = bench.trainer(), []

    def train_step(xb, yb):
        given.append((xb, yb, bench.model.training, bench.model.inner.training))
        return losses[(len(given) - 1) % len(losses)]

    trainer.train_step = student.lend(train_step)
    return trainer, given


def ragged(rng, sizes=(3, 3, 1)):
    """Return batches of these sizes as a list: any iterable of pairs is a loader."""
    return [batch(rng, n) for n in sizes]


@check(points=2, exercise="trainer/epoch")
def test_epoch_trains_on_every_batch(student, rng):
    """Trainer.train_epoch hands every batch to train_step, once and in order."""
    hint("train_epoch calls self.train_step(xb, yb) for every pair of the loader.")
    bench, loader = Bench(student, rng), ragged(rng)
    trainer, given = recorded(student, bench, [1.0])
    trainer.train_epoch(loader)
    close(len(given), 3, name="number of steps")
    for i, (found, expected) in enumerate(zip(given, loader, strict=True)):
        close(found[:2], expected, name=f"xb of step {i}, yb of step {i}")


@check(points=3, exercise="trainer/epoch")
def test_epoch_loss_weighs_every_sample_alike(student, rng):
    """Trainer.train_epoch returns the mean over all samples, as a float."""
    hint("A batch counts as often as it has samples; the last one is often smaller.")
    bench, losses = Bench(student, rng), [positive(rng) for _ in range(3)]
    for sizes in ((3, 3, 1), (1, 4, 2), (5,)):
        trainer, _ = recorded(student, bench, losses)
        found = trainer.train_epoch(ragged(rng, sizes))
        used = losses[: len(sizes)]
        expected = float(np.average(used, weights=sizes))
        alternatives = {
            "the loss of the last batch is returned": used[-1],
            "every batch counts alike": float(np.mean(used)),
        }
        name = f"the mean loss of batches {sizes}"
        close(found, expected, name=name, alternatives=alternatives)


@check(points=1, exercise="trainer/epoch")
def test_epoch_trains_in_training_mode(student, rng):
    """Trainer.train_epoch switches the model and all inside it to training mode."""
    hint("self.model.train() first: an evaluation may have left another mode behind.")
    bench = Bench(student, rng)
    trainer, given = recorded(student, bench, [1.0])
    bench.model.eval()
    trainer.train_epoch(ragged(rng))
    close([modes for *_, modes, _ in given], [True] * 3, name="training of the model")
    inner = [modes for *_, modes in given]
    close(inner, [True] * 3, name="training of the module inside it")


@check(points=1, exercise="trainer/epoch")
def test_epoch_refuses_an_empty_loader(student, rng):
    """Trainer.train_epoch raises ValueError if there is no batch."""
    bench = Bench(student, rng)
    trainer, _ = recorded(student, bench, [1.0])
    loader, when = ragged(rng), "the loader is empty"
    works = trainer.train_epoch
    raises(
        "ValueError", trainer.train_epoch, [], works=lambda: works(loader), when=when
    )


def truth(bench, loader):
    """Return loss and accuracy over all samples of a loader."""
    X = np.concatenate([xb for xb, _ in loader])
    y = np.concatenate([yb for _, yb in loader])
    logits = X @ bench.W
    return {
        "loss": float(CrossEntropyLoss().forward(logits, y)),
        "accuracy": float((logits.argmax(axis=1) == y).mean()),
    }


def half_right(rng, bench, sizes):
    """Return batches of which the model gets a drawn part right."""
    loader = []
    for n in sizes:
        xb, yb = batch(rng, n)
        best = (xb @ bench.W).argmax(axis=1)
        loader.append((xb, np.where(rng.uniform(0, 1, n) < 0.5, best, yb)))
    xb, yb = loader[-1]
    loader[-1] = xb, (xb @ bench.W).argmin(axis=1) + 0 * yb  # the last batch is wrong
    return loader


@check(points=2, exercise="trainer/evaluate")
def test_evaluate_gives_loss_and_accuracy_over_all_samples(student, rng):
    """Trainer.evaluate returns loss and accuracy over all samples."""
    hint("Weigh each batch by its samples; count right answers, and divide at the end.")
    bench = Bench(student, rng)
    for sizes in ((3, 3, 1), (4, 2), (1,), (3, 3, 3)):
        loader = half_right(rng, bench, sizes)
        found = bench.trainer().evaluate(loader)
        close(found, truth(bench, loader), name=f"evaluate for batches {sizes}")
    for key, value in found.items():
        close(isinstance(value, float), expected=True, name=f"the {key} is a float")


@check(points=2, exercise="trainer/evaluate")
def test_evaluate_is_in_evaluation_mode(student, rng):
    """Trainer.evaluate runs the model, and all inside it, in evaluation mode."""
    hint(
        "self.model.eval() before the first batch: dropout off, running statistics on."
    )
    bench = Bench(student, rng)
    bench.trainer().evaluate(ragged(rng))
    close(
        [outer for outer, _ in bench.modes], [False] * 3, name="training of the model"
    )
    inner = [inner for _, inner in bench.modes]
    close(inner, [False] * 3, name="training of the module inside it")


@check(points=2, exercise="trainer/evaluate")
def test_evaluate_goes_back_to_the_mode_before(student, rng):
    """Trainer.evaluate leaves the model in the mode in which it was before."""
    bench = Bench(student, rng)
    trainer, loader = bench.trainer(), ragged(rng)
    for mode in (True, False):
        bench.model.train(mode)
        trainer.evaluate(loader)
        close(bench.model.training, mode, name="training of the model afterwards")
        inner = bench.model.inner.training
        close(inner, mode, name="training of the module inside it afterwards")


@check(points=2, exercise="trainer/evaluate")
def test_evaluate_learns_nothing(student, rng):
    """Trainer.evaluate leaves parameters and gradients as they are."""
    hint("Forward and loss are enough for numbers: nothing goes back.")
    bench = Bench(student, rng)
    bench.weight.grad = grad = rng.normal((4, 3))
    bench.trainer().evaluate(ragged(rng))
    strange = sorted(set(bench.log) - {"model.forward", "loss.forward"})
    close(", ".join(strange), "", name="other calls than forward")
    close(bench.weight.data, bench.W, name="the weight afterwards")
    close(bench.weight.grad, grad, name="its gradient afterwards")


@check(points=1, exercise="trainer/evaluate")
def test_evaluate_has_no_accuracy_for_numbers(student, rng):
    """Trainer.evaluate gives NaN as accuracy if the targets are not integers."""
    hint("yb.dtype.kind is i or u for integers; only those can be classes.")
    bench = Bench(student, rng, losses=[value := positive(rng)])
    found = bench.trainer().evaluate([(rng.normal((5, 4)), rng.normal((5, 3)))])
    close(found, {"loss": value, "accuracy": math.nan}, name="evaluate")


@check(points=1, exercise="trainer/evaluate")
def test_evaluate_refuses_an_empty_loader(student, rng):
    """Trainer.evaluate raises ValueError if there is no batch."""
    trainer, loader = Bench(student, rng).trainer(), ragged(rng)
    when = "the loader is empty"
    evaluate = trainer.evaluate
    raises("ValueError", evaluate, [], works=lambda: evaluate(loader), when=when)


class Course:
    """A Trainer whose epochs and evaluations are ours: only fit is the student's."""

    def __init__(self, student, rng, epochs=12, stop_at=None, **options):
        self.bench = Bench(student, rng)
        self.student, self.stop_at = student, stop_at
        self.log, self.rates, self.watched = [], [], []
        self.train = (
            2.0 - 0.1 * np.arange(epochs) + rng.uniform(0, 0.05, epochs)
        ).tolist()
        self.val = rng.uniform(0.5, 2.0, epochs).tolist()
        self.share = rng.uniform(0.0, 1.0, epochs).tolist()
        self.loaders = ragged(rng), ragged(rng, (2, 2))
        stopping = self.bench.part(update=self.update, restore=self.restore)
        scheduler = self.bench.part(step=self.schedule)
        known = {"early_stopping": stopping, "scheduler": scheduler}
        chosen = {name: known[name] for name in options if options[name]}
        self.trainer = self.bench.trainer(**chosen)
        self.trainer.train_epoch = student.lend(self.train_epoch)
        self.trainer.evaluate = student.lend(self.evaluate)

    def train_epoch(self, loader):
        """Return the next training loss."""
        self.log.append("train_epoch")
        self.rates.append(self.bench.optimizer.lr)
        close(len(loader), len(self.loaders[0]), name="batches to train on")
        return self.train[self.log.count("train_epoch") - 1]

    def evaluate(self, loader):
        """Return the next validation loss and accuracy."""
        self.log.append("evaluate")
        close(len(loader), len(self.loaders[1]), name="batches to evaluate on")
        i = self.log.count("train_epoch") - 1
        return {"loss": self.val[i], "accuracy": self.share[i]}

    def schedule(self):
        """Halve the learning rate."""
        self.log.append("scheduler.step")
        self.bench.optimizer.lr = self.bench.optimizer.lr / 2

    def update(self, loss, _model):
        """Remember the loss; say stop in one epoch."""
        self.log.append("update")
        self.watched.append(loss)
        return len(self.watched) == self.stop_at

    def restore(self, _model):
        """Remember that the best weights came back."""
        self.log.append("restore")

    def fit(self, epochs, **options):
        """Return the student's History as a dict, and how often what was called."""
        train, val = self.loaders
        history = self.trainer.fit(train, val, epochs, **options)
        names = ("train_loss", "val_loss", "accuracy", "lr")
        return {name: getattr(history, name) for name in names}

    def expected(self, n):
        """Return what the history of n epochs holds, at a constant rate."""
        lists = self.train[:n], self.val[:n], self.share[:n], [0.25] * n
        names = ("train_loss", "val_loss", "accuracy", "lr")
        return dict(zip(names, lists, strict=True))


@check(points=3, exercise="trainer/fit")
def test_fit_records_every_epoch(student, rng):
    """Trainer.fit trains and evaluates once per epoch and returns the numbers."""
    hint("fit calls self.train_epoch(train_loader) and self.evaluate(val_loader).")
    course = Course(student, rng)
    close(course.fit(5), course.expected(5), name="the history")
    close(course.log, ["train_epoch", "evaluate"] * 5, name="the calls")
    close(course.fit(2)["lr"], [0.25] * 2, name="lr of a second training")


@check(points=1, exercise="trainer/fit")
def test_fit_works_without_a_validation_set(student, rng):
    """Trainer.fit without val_loader trains, and leaves val_loss and accuracy empty."""
    course = Course(student, rng)
    history = course.trainer.fit(course.loaders[0], None, 3)
    close(history.train_loss, course.train[:3], name="train_loss")
    close(history.val_loss, [], name="val_loss")
    close(history.accuracy, [], name="accuracy")
    close(course.log, ["train_epoch"] * 3, name="the calls")


@check(points=2, exercise="trainer/fit")
def test_fit_lowers_the_rate_once_per_epoch(student, rng):
    """Trainer.fit calls scheduler.step() once after every epoch."""
    hint("Record optimizer.lr before the epoch, call scheduler.step() after it.")
    course = Course(student, rng, scheduler=True)
    history = course.fit(4)
    rates = [0.25, 0.125, 0.0625, 0.03125]
    close(course.rates, rates, name="learning rates of the epochs")
    close(history["lr"], rates, name="lr of the history")
    close(course.log.count("scheduler.step"), 4, name="calls of scheduler.step")


@check(points=2, exercise="trainer/fit")
def test_fit_stops_when_early_stopping_says_so(student, rng):
    """Trainer.fit stops when early stopping says so."""
    course = Course(student, rng, stop_at=4, early_stopping=True)
    history = course.fit(9)
    close(course.watched, course.val[:4], name="losses given to update")
    close(history, course.expected(4), name="the history")


@check(points=2, exercise="trainer/fit")
def test_fit_ends_with_the_best_weights(student, rng):
    """Trainer.fit restores the best weights at the end, stopped early or not."""
    hint("restore(model) after the loop, not inside it.")
    for stop_at, epochs in ((3, 6), (None, 4)):
        course = Course(student, rng, stop_at=stop_at, early_stopping=True)
        course.fit(epochs)
        close(course.log.count("restore"), 1, name="calls of restore")
        close(course.log[-1], "restore", name="the last call")


@check(points=1, exercise="trainer/fit")
def test_fit_stops_at_the_tolerance(student, rng):
    """Trainer.fit stops after the first epoch whose training loss is at most tol."""
    hint("train_loss <= tol, looked at after the epoch has been recorded.")
    course = Course(student, rng)
    history = course.fit(9, tol=course.train[3])
    close(history, course.expected(4), name="the history")
    above = Course(student, rng)
    found = above.fit(3, tol=min(above.train[:3]) - 0.01)
    close(found, above.expected(3), name="the history for a tol that is not met")


@check(points=1, exercise="trainer/fit")
def test_fit_refuses_what_cannot_be_done(student, rng):
    """Trainer.fit refuses 0 epochs, and early stopping without a validation set."""
    course = Course(student, rng, epochs=40, early_stopping=True)
    train, val = course.loaders
    fit = course.trainer.fit

    def works():
        return fit(train, val, 2)

    raises("ValueError", fit, train, val, 0, works=works, when="epochs is 0")
    when = "there is early stopping and val_loader is None"
    raises("ValueError", fit, train, None, 2, works=works, when=when)
