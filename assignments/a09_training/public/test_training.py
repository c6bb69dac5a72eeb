"""Small examples of every exercise: practice, without points.

The graded checks use other numbers, sizes and seeds, and train networks.
"""

from __future__ import annotations

import math

import numpy as np

from autograder.suite import check, close, hint, raises, shape_is

LOSSES = [0.9, 0.6, 0.3]
SIZES = [3, 3, 1]
MEAN = 4.8 / 7  # (3 * 0.9 + 3 * 0.6 + 0.3) / 7, the handout's example


@check(exercise="make_bars")
def test_worked_bars(student):
    """make_bars draws one stroke of five pixels into every image."""
    images, labels = student.training.make_bars(30, 1, noise=0.0)
    shape_is(images, (30, 1, 12, 12), name="images")
    shape_is(labels, (30,), name="labels")
    close(
        images.sum(axis=(1, 2, 3)), np.full(30, 5.0, np.float32), name="ink per image"
    )
    rows = (images.max(axis=(1, 3)) > 0).sum(axis=1)
    close(rows, np.array([1, 5, 5])[labels], name="rows of each stroke")
    columns = (images.max(axis=(1, 2)) > 0).sum(axis=1)
    close(columns, np.array([5, 1, 5])[labels], name="columns of each stroke")


@check(exercise="split")
def test_worked_split(student):
    """train_val_test_split divides 20 samples into 14, 3 and 3."""
    X, y = np.arange(40.0).reshape(20, 2), np.arange(20)
    parts = student.training.train_val_test_split(X, y, rng=7)
    close([len(part[1]) for part in parts], [14, 3, 3], name="sizes")
    everyone = np.concatenate([part[1] for part in parts])
    close(sorted(everyone.tolist()), list(range(20)), name="samples")
    close(
        parts[0][0][:, 0], 2.0 * parts[0][1], name="X_train, which belongs to y_train"
    )


@check(exercise="loader/len")
def test_worked_loader_len(student):
    """len(DataLoader): seven samples make three batches of at most three."""
    X, y = np.ones((7, 2)), np.zeros(7, np.int64)
    close(len(student.training.DataLoader(X, y, 3)), 3, name="len")
    close(
        len(student.training.DataLoader(X, y, 3, drop_last=True)), 2, name="len, drop"
    )


@check(exercise="loader/iter")
def test_worked_loader_iter(student):
    """DataLoader hands out seven samples in batches of 3, 3 and 1."""
    X, y = np.arange(14.0).reshape(7, 2), np.arange(7)
    loader = student.training.DataLoader(X, y, 3, rng=7)
    batches = list(loader)
    close([len(xb) for xb, _ in batches], SIZES, name="sizes of the batches")
    for xb, yb in batches:
        close(xb[:, 0], 2.0 * yb, name="xb, which belongs to yb")
    everyone = np.concatenate([yb for _, yb in batches])
    close(sorted(everyone.tolist()), list(range(7)), name="samples")


class Scale:
    """The model pred = w x with the loss mean (pred - y)^2 / 2, all of it ours."""

    def __init__(self, student, w=2.0, lr=0.1):
        self.student, self.lr = student, lr
        self.weight = student.module.Parameter(np.array([w]), "w")
        self.model = student.module.Module()
        self.model.forward = student.lend(self.forward)
        self.model.backward = student.lend(self.backward)
        self.model.weight = self.weight
        self.loss = student.module.Module()
        self.loss.forward = student.lend(self.compare)
        self.loss.backward = student.lend(self.slope)
        self.optimizer = student.module.Module()
        self.optimizer.step = student.lend(self.step)
        self.optimizer.zero_grad = student.lend(self.zero_grad)
        self.optimizer.lr = lr
        self.trainer = student.training.Trainer(self.model, self.loss, self.optimizer)

    def forward(self, x):
        """Return w x."""
        self.x = x
        return x * self.weight.data

    def backward(self, dout):
        """Add to the gradient of w."""
        self.weight.grad = self.weight.grad + (dout * self.x).sum(axis=0)

    def compare(self, pred, y):
        """Return the loss."""
        self.difference = pred - y
        return np.asarray((self.difference**2).mean() / 2)

    def slope(self):
        """Return the gradient of the loss for pred."""
        return self.difference / self.difference.size

    def step(self):
        """Go down the gradient."""
        self.weight.data = self.weight.data - self.lr * self.weight.grad

    def zero_grad(self):
        """Forget the gradient."""
        self.weight.grad = np.zeros(1)


@check(exercise="trainer/step")
def test_worked_step(student):
    """Trainer.train_step moves w = 2 to 1.7 and then to 1.475."""
    hint("Loss ((4 - 2)^2 + (2 - 0)^2) / 4 = 2, gradient (2·2 + 2·1) / 2 = 3.")
    scale, x, y = Scale(student), np.array([[2.0], [1.0]]), np.array([[2.0], [0.0]])
    close(scale.trainer.train_step(x, y), 2.0, name="the loss")
    close(scale.weight.data, np.array([1.7]), name="w")
    close(scale.trainer.train_step(x, y), 1.2125, name="the second loss")
    close(scale.weight.data, np.array([1.475]), name="w after the second step")


@check(exercise="trainer/epoch")
def test_worked_epoch(student):
    """Trainer.train_epoch gives 0.6857 for 0.9, 0.6 and 0.3 of batches of 3, 3, 1."""
    trainer, waiting = Scale(student).trainer, list(LOSSES)
    trainer.train_step = student.lend(lambda _x, _y: waiting.pop(0))
    loader = [(np.ones((n, 1)), np.ones((n, 1))) for n in SIZES]
    alternatives = {
        "the loss of the last batch is returned": 0.3,
        "every batch counts alike": 0.6,
    }
    found = trainer.train_epoch(loader)
    close(found, MEAN, name="the mean loss", alternatives=alternatives)


@check(exercise="trainer/evaluate")
def test_worked_evaluate(student):
    """Trainer.evaluate gives ln 2 and one half for two classes that look alike."""
    scale = Scale(student)
    scale.model.forward = student.lend(lambda x: np.zeros((len(x), 2)))
    scale.loss.forward = student.lend(lambda _pred, _y: np.asarray(math.log(2)))
    loader = [(np.ones((3, 1)), np.array([0, 1, 0])), (np.ones((1, 1)), np.array([1]))]
    expected = {"loss": math.log(2), "accuracy": 0.5}
    close(scale.trainer.evaluate(loader), expected, name="evaluate")


@check(exercise="trainer/fit")
def test_worked_fit(student):
    """Trainer.fit records losses, accuracies and the rate of every epoch."""
    trainer, waiting = Scale(student).trainer, list(LOSSES)
    found = {"loss": 0.5, "accuracy": 0.75}
    trainer.train_epoch = student.lend(lambda _loader: waiting.pop(0))
    trainer.evaluate = student.lend(lambda _loader: found)
    loader = [(np.ones((3, 1)), np.ones((3, 1)))]
    history = trainer.fit(loader, loader, 3)
    close(history.train_loss, LOSSES, name="train_loss")
    close(history.val_loss, [0.5] * 3, name="val_loss")
    close(history.accuracy, [0.75] * 3, name="accuracy")
    close(history.lr, [0.1] * 3, name="lr")


def sizes_of(model):
    """Return the numbers of values in a model's parameters."""
    return [int(parameter.data.size) for parameter in model.parameters()]


@check(exercise="build_mlp")
def test_worked_mlp(student):
    """build_mlp((144, 32, 3)) has 4,739 parameters and takes images."""
    model = student.models.build_mlp((144, 32, 3), student.activations.Tanh, 7)
    close(sizes_of(model), [4608, 32, 96, 3], name="sizes of the parameters")
    shape_is(model.forward(np.ones((2, 1, 12, 12))), (2, 3), name="logits")


@check(exercise="build_cnn")
def test_worked_cnn(student):
    """build_cnn(1, 3) has 1,683 parameters: 80, 1,168 and 435."""
    model = student.models.build_cnn(1, 3, rng=7)
    close(sizes_of(model), [72, 8, 1152, 16, 432, 3], name="sizes of the parameters")
    shape_is(model.forward(np.ones((2, 1, 12, 12))), (2, 3), name="logits")


@check(exercise="build_cifar2_mlp")
def test_worked_cifar2_mlp(student):
    """build_cifar2_mlp has weights of 3145728, 524288, 65536 and 256 numbers."""
    sizes = sizes_of(student.models.build_cifar2_mlp(7))
    expected = [3145728, 1024, 524288, 512, 65536, 128, 256, 2]
    close(sizes, expected, name="sizes of the parameters")


@check(exercise="checkpoint")
def test_worked_checkpoint(student):
    """load_checkpoint brings back what save_checkpoint has written."""
    folder = student.numpy.lib.npyio.DataSource(None)  # removed when it is forgotten
    path = folder.abspath("model.npz")
    model = student.module.Module()
    model.weight = student.module.Parameter(np.array([[1.0, 2.0]]))
    student.models.save_checkpoint(model, path)
    model.weight.data = np.zeros((1, 2))
    student.models.load_checkpoint(model, path)
    close(model.weight.data, np.array([[1.0, 2.0]]), name="weight")


@check(exercise="confusion_matrix")
def test_worked_confusion_matrix(student):
    """confusion_matrix of (0, 0, 1, 2, 2, 2) taken for (0, 1, 1, 2, 0, 2)."""
    call = student.evaluation.confusion_matrix
    y, yhat = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 2, 0, 2])
    expected = np.array([[1, 1, 0], [0, 1, 0], [1, 0, 2]])
    close(call(y, yhat, 3), expected, name="M")
    raises("ValueError", call, y, yhat, 2, works=lambda: call(y, yhat, 3))


@check(exercise="grid_search")
def test_worked_grid_search(student):
    """grid_search finds the smallest loss among lr 0.1, 0.2, 0.3: that of 0.2."""

    def build(lr):
        trainer = student.module.Module()
        trainer.fit = student.lend(lambda _train, _val, _epochs: None)
        found = {"loss": abs(lr - 0.2) + 0.1, "accuracy": 1 - lr}
        trainer.evaluate = student.lend(lambda _loader: found)
        return trainer

    search, batches = student.evaluation.grid_search, [(np.ones((2, 1)), np.ones(2))]
    grid = {"lr": [0.1, 0.2, 0.3]}
    best, results = search(student.lend(build), grid, batches, batches, 1)
    close(best["params"], {"lr": 0.2}, name="the best choice")
    losses = [result["loss"] for result in results]
    close(losses, [0.2, 0.1, 0.2], name="losses")


@check(exercise="freeze")
def test_worked_freeze(student):
    """A call of freeze sets requires_grad to False."""
    model = student.module.Module()
    model.weight = student.module.Parameter(np.ones(3))
    student.models.freeze(model)
    close(model.weight.requires_grad, expected=False, name="requires_grad")
