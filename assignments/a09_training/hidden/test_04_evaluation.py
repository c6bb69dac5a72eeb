"""The confusion matrix and the search over a grid."""

from __future__ import annotations

import math

import numpy as np

from autograder.suite import check, close, hint, raises


def counted(y, yhat, C):
    """Return the confusion matrix, counted one by one."""
    M = np.zeros((C, C), np.int64)
    for i, j in zip(y, yhat, strict=True):
        M[i, j] += 1
    return M


@check(points=2, exercise="confusion_matrix")
def test_confusion_matrix_has_true_classes_as_rows(student, rng):
    """confusion_matrix counts the class i that was taken for j in row i, column j."""
    hint("M[y, yhat] += 1 counts repeated pairs once: np.add.at, bincount or a loop.")
    call = student.evaluation.confusion_matrix
    for C, n in ((3, 60), (5, 40), (2, 1)):
        y = rng.integers(0, C, n)
        y[0] = C - 1  # classes that do not occur have a check of their own
        yhat = np.where(rng.uniform(0, 1, n) < 0.4, 0, rng.integers(0, C, n))
        M = counted(y, yhat, C)
        alternatives = {"rows and columns are exchanged": M.T}
        close(call(y, yhat, C), M, name="M", alternatives=alternatives)


@check(points=1, exercise="confusion_matrix")
def test_confusion_matrix_has_a_place_for_every_class(student, rng):
    """confusion_matrix is (C, C), also if some classes do not occur."""
    y, yhat = rng.integers(0, 2, 20), rng.integers(1, 4, 20)
    found = student.evaluation.confusion_matrix(y, yhat, 7)
    close(found, counted(y, yhat, 7), name="M")


@check(points=1, exercise="confusion_matrix")
def test_confusion_matrix_refuses_what_is_no_class(student, rng):
    """confusion_matrix refuses classes outside 0 … C - 1, floats, unequal lengths."""
    call, y = student.evaluation.confusion_matrix, rng.integers(0, 3, 9)
    y[4] = 1  # beside it, -1 and C make pairs that could be counted by mistake
    high, low = y.copy(), y.copy()
    high[4], low[4] = 3, -1

    def works():
        return call(y, y, 3)

    when = "a predicted class is C"
    raises("ValueError", call, y, high, 3, works=works, when=when)
    raises("ValueError", call, low, y, 3, works=works, when="a class is -1")
    when = "a predicted class is -1"
    raises("ValueError", call, y, low, 3, works=works, when=when)
    when = "yhat is shorter than y"
    raises("ValueError", call, y, y[:-1], 3, works=works, when=when)
    when = "yhat holds floats"
    raises("TypeError", call, y, y.astype(float), 3, works=works, when=when)


class Search:
    """A grid search whose trainers are ours: only the search is the student's."""

    def __init__(self, student, losses):
        self.student, self.losses = student, losses
        self.choices, self.fits, self.evaluated = [], [], []
        self.train = [(np.ones((2, 3)), np.zeros(2, np.int64))]
        self.val = [(np.zeros((1, 3)), np.ones(1, np.int64))] * 2

    def build(self, **choice):
        """Return a thing with fit and evaluate; its loss stands in the table."""
        self.choices.append(choice)
        loss = self.losses[tuple(choice.values())]
        number = len(self.choices) - 1

        def fit(train, val, epochs):
            self.fits.append((number, len(train), len(val), epochs))
            if loss is None:
                raise FloatingPointError("the loss is nan")

        def evaluate(loader):
            self.evaluated.append((number, len(loader)))
            return {"loss": loss, "accuracy": 1.0 / (2.0 + loss)}

        trainer = self.student.module.Module()
        trainer.fit = self.student.lend(fit)
        trainer.evaluate = self.student.lend(evaluate)
        return trainer

    def run(self, grid, epochs=3):
        """Return what the student's search finds."""
        build = self.student.lend(self.build)
        search = self.student.evaluation.grid_search
        return search(build, grid, self.train, self.val, epochs)


GRID = {"lr": [0.1, 0.2, 0.3], "width": [4, 8]}


def drawn_losses(rng):
    """Return a loss for every choice of GRID."""
    drawn = iter(rng.uniform(0.1, 2.0, 6).tolist())
    return {(lr, width): next(drawn) for lr in GRID["lr"] for width in GRID["width"]}


def result(choice, loss):
    params = dict(zip(GRID, choice, strict=True))
    return {"params": params, "loss": loss, "accuracy": 1.0 / (2.0 + loss)}


@check(points=2, exercise="grid_search")
def test_grid_search_tries_all_combinations(student, rng):
    """grid_search trains every combination once, and returns all results in order."""
    hint("itertools.product gives the combinations, the last name running fastest.")
    losses = drawn_losses(rng)
    search = Search(student, losses)
    _, results = search.run(GRID, epochs=5)
    close(results, [result(*item) for item in losses.items()], name="the results")
    close([fit[0] for fit in search.fits], list(range(6)), name="trainers that trained")
    close([fit[3] for fit in search.fits], [5] * 6, name="epochs")
    close([fit[1] for fit in search.fits], [1] * 6, name="batches to train on")


@check(points=1, exercise="grid_search")
def test_grid_search_chooses_by_the_validation_loss(student, rng):
    """grid_search returns the result with the smallest validation loss as the best."""
    losses = drawn_losses(rng)
    choice = rng.choice([(0.1, 8), (0.2, 4), (0.3, 4), (0.3, 8)])
    losses[choice] = 0.05
    search = Search(student, losses)
    best, _ = search.run(GRID)
    close(best, result(choice, losses[choice]), name="the best result")
    batches = sorted({size for _, size in search.evaluated})
    close(batches, [2], name="batches of the loader that decides")


@check(points=1, exercise="grid_search")
def test_grid_search_survives_a_training_that_diverges(student, rng):
    """grid_search gives a training that diverges loss infinity, and goes on."""
    hint("Catch FloatingPointError around fit and evaluate.")
    losses = drawn_losses(rng)
    losses[0.3, 4] = None
    best, results = Search(student, losses).run(GRID)
    expected = {"params": {"lr": 0.3, "width": 4}, "loss": math.inf, "accuracy": 0.0}
    close(results[4], expected, name="the result of the training that diverges")
    close(len(results), 6, name="number of results")
    finite = {choice: loss for choice, loss in losses.items() if loss is not None}
    choice = min(finite, key=finite.get)
    close(best["params"], dict(zip(GRID, choice, strict=True)), name="best params")
