"""What slides say differently; bagging for those who want it."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises


def answer_is(student, key, expected):
    """Compare one entry of lecture_mistakes() with the right number."""
    found = student.regularization.lecture_mistakes()
    answer = found.get(key) if isinstance(found, dict) else found
    close(answer, expected, name=f'lecture_mistakes()["{key}"]')


@check(points=1, exercise="mistakes")
def test_mistake_about_weight_decay(student):
    """lecture_mistakes knows which weight_decay does what lecture 002's lambda does."""
    hint("Compare the gradients of both penalties, not the penalties.")
    answer_is(student, "weight_decay", 0.06)


@check(points=1, exercise="mistakes")
def test_mistake_about_mean_and_sum(student):
    """lecture_mistakes knows what lambda becomes when the losses are summed."""
    hint("Multiplied by a constant, an objective keeps its minimum.")
    answer_is(student, "lambda_of_sum", 5.0)


@check(points=1, exercise="mistakes")
def test_mistake_about_the_p_of_dropout(student):
    """lecture_mistakes knows how many units dropout leaves on average."""
    hint("Read the words of the slide again: which units, and what happens to them?")
    answer_is(student, "kept_units", 787.2)


@check(points=1, exercise="mistakes")
def test_mistake_about_penalised_coefficients(student):
    """lecture_mistakes knows how many coefficients of the polynomial are weights."""
    hint("Count the coefficients of degree 0 to 9. Which of them is a bias?")
    answer_is(student, "penalised", 9.0)


@check(points=1, exercise="mistakes")
def test_mistake_about_disconnected_networks(student):
    """lecture_mistakes knows how many of the 16 networks have no path."""
    hint("Count the networks with a path: what must be left in each layer?")
    answer_is(student, "disconnected", 7.0)


@check(points=1, exercise="bootstrap_indices")
def test_bootstrap_indices_draws_with_replacement(student, rng):
    """bootstrap_indices draws each of n indices from all n, so about 37 % are missing.

    The share of different ones among n = 4000 is 1 - 1/e, with a standard deviation of
    0.0049; six of them are allowed for.
    """
    n = 4000
    found = student.regularization.bootstrap_indices(n, rng=rng.spawn_seed())
    close(found.shape, (n,), name="shape")
    close(found.dtype, np.dtype(np.int64), name="dtype")
    outside = int(((found < 0) | (found >= n)).sum())
    close(outside, 0, name="number of indices outside 0 ... n - 1")
    share = len(set(found.tolist())) / n
    wanted, width = 0.6321665417, 6 * 0.0049
    close(share, wanted, name="share of different indices", rtol=0, atol=width)
    mean = float(found.mean()) / n
    width = 6 / (12 * n) ** 0.5
    close(mean, 0.5 - 0.5 / n, name="mean of indices / n", rtol=0, atol=width)


@check(points=1, exercise="bootstrap_indices")
def test_bootstrap_indices_follows_its_generator(student, rng):
    """bootstrap_indices gives the same for the same seed, and refuses n = 0."""
    hint("All randomness comes from rng: backend.as_generator(rng).")
    draw, seed = student.regularization.bootstrap_indices, rng.spawn_seed()
    first, again = (draw(50, rng=seed) for _ in range(2))
    close(again, first, name="indices of the same seed")
    generator = student.generator(seed)
    first, second = (draw(50, rng=generator) for _ in range(2))
    close(
        bool((first == second).all()),
        expected=False,
        name="equal draws of one generator",
    )

    def works():
        return draw(1, rng=seed)

    raises("ValueError", draw, 0, works=works, when="n is 0")
    raises("TypeError", draw, 2.5, works=works, when="n is 2.5")


@check(points=2, exercise="ensemble_predict")
def test_ensemble_predict_averages_probabilities(student, rng):
    """ensemble_predict takes the class of the largest mean probability."""
    for models in (3, 1):
        probs = rng.uniform(0.0, 1.0, (models, 200, 4)) ** 3
        probs /= probs.sum(axis=2, keepdims=True)
        found = student.regularization.ensemble_predict(list(probs))
        close(found.dtype, np.dtype(np.int64), name="dtype")
        expected = probs.mean(axis=0).argmax(axis=1)
        votes = probs.argmax(axis=2)
        counts = np.stack([(votes == k).sum(axis=0) for k in range(4)], axis=1)
        wrong = {
            "models vote, however sure each of them is": counts.argmax(axis=1),
            "the surest model decides": probs.max(axis=0).argmax(axis=1),
        }
        wrong = wrong if models > 1 else {}
        close(found, expected, name="classes", alternatives=wrong)
    tie = [np.array([[0.25, 0.5, 0.25]]), np.array([[0.25, 0.25, 0.5]])]
    found = student.regularization.ensemble_predict(tie)
    close(found, np.array([1]), name="class at a tie")


@check(points=1, exercise="ensemble_predict")
def test_ensemble_predict_refuses_what_does_not_fit(student, rng):
    """ensemble_predict raises ValueError for no model or shapes that differ."""
    predict = student.regularization.ensemble_predict
    probs = [rng.uniform(0.0, 1.0, (5, 3)) for _ in range(2)]

    def works():
        return predict(probs)

    raises("ValueError", predict, [], works=works, when="there is no model")
    short = [probs[0], probs[1][:1]]
    raises("ValueError", predict, short, works=works, when="shapes differ")
    whole = [np.ones((5, 3), int)]
    raises("TypeError", predict, whole, works=works, when="probs hold integers")
