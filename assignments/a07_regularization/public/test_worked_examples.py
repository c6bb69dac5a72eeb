"""The worked numbers of the handout: practice, without points.

The graded checks use other numbers, other shapes and other dtypes.
"""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, gradients_match

W = np.array([[1.0, -2.0], [0.0, 0.5]])
B = np.array([3.0, -4.0])

X = np.array([[1.0, 2.0], [3.0, 6.0], [5.0, 10.0], [7.0, 2.0]])
DY = np.array([[1.0, -1.0], [0.0, 2.0], [0.5, 0.5], [-1.0, 1.0]])
GAMMA, BETA = np.array([2.0, 0.5]), np.array([0.1, -0.3])
X_HAT = np.array(
    [
        [-1.3416394448610998, -0.9045336225817378],
        [-0.4472131482870333, 0.3015112075272459],
        [0.4472131482870333, 1.5075560376362296],
        [1.3416394448610998, -0.9045336225817378],
    ]
)
DX = np.array(
    [
        [0.04472279062914095, -0.19872333791979227],
        [-0.35777002669614744, 0.1918707824429499],
        [0.581376600839664, -0.0959353141306113],
        [-0.2683293647726576, 0.10278786960745365],
    ]
)

IMAGE = np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]])
LOSSES = (1.0, 0.8, 0.85, 0.7, 0.71, 0.72, 0.69, 0.75, 0.76, 0.77, 0.5)


def parameters(student):
    """Return the worked example's weight and bias as parameters."""
    weight = student.module.Parameter(W, "weight")
    return [weight, student.module.Parameter(B, "bias", decay=False)]


def batchnorm(student):
    """Return the student's layer with the worked example's gamma and beta."""
    layer = student.normalization.BatchNorm1d(2)
    layer.gamma = student.module.Parameter(GAMMA, "gamma", decay=False)
    layer.beta = student.module.Parameter(BETA, "beta", decay=False)
    layer.running_mean, layer.running_var = np.zeros(2), np.ones(2)
    return layer


@check(exercise="l2_penalty")
def test_worked_l2_penalty(student):
    """l2_penalty gives 0.2625 for the worked example; with the bias it was 1.5125."""
    found = student.regularization.l2_penalty(parameters(student), 0.1)
    close(found, 0.2625, name="penalty")


@check(exercise="l1_penalty")
def test_worked_l1_penalty(student):
    """l1_penalty gives 0.35 for the worked example."""
    found = student.regularization.l1_penalty(parameters(student), 0.1)
    close(found, 0.35, name="penalty")


@check(exercise="add_penalty_grads")
def test_worked_add_penalty_grads(student):
    """add_penalty_grads gives lam w, and lam sign(w) for L1, of the worked example."""
    for l1, l2, expected in (
        (0.0, 0.1, [[0.1, -0.2], [0.0, 0.05]]),
        (0.1, 0.0, [[0.1, -0.1], [0.0, 0.1]]),
    ):
        params = parameters(student)
        student.regularization.add_penalty_grads(params, l1=l1, l2=l2)
        close(params[0].grad, np.array(expected), name="grad of the weight")
        close(params[1].grad, np.zeros(2), name="grad of the bias")


@check(exercise="dropout/forward")
def test_worked_dropout_forward(student, rng):
    """Dropout.forward leaves 2, 4, 6, 8, 10 of 1 ... 5 for p = 1/2, or zeros."""
    x = np.tile(np.arange(1.0, 6.0), (1, 20))
    for p, scale in ((0.5, 2.0), (0.2, 1.25)):
        y = student.regularization.Dropout(p, rng=rng.spawn_seed()).forward(x)
        close(y, scale * x * (y != 0), name=f"y for p = {p}")
        close(bool((y == 0).any()), expected=True, name="some removed")


@check(exercise="dropout/backward", needs=["dropout/forward"])
def test_worked_dropout_backward(student, rng):
    """Dropout.backward uses the mask of forward: dx = dout y / x."""
    layer = student.regularization.Dropout(0.2, rng=rng.spawn_seed())
    x, dout = np.tile(X, (20, 1)), np.tile(DY + 3.0, (20, 1))
    dx = layer.forward(x) / x * dout
    close(layer.backward(dout), dx, name="dx")


@check(exercise="noise/forward")
def test_worked_noise_forward(student, rng):
    """GaussianNoise.forward adds something in training, nothing in evaluation."""
    layer = student.regularization.GaussianNoise(0.1, rng=rng.spawn_seed())
    near = bool((abs(layer.forward(X) - X) < 1.0).all())
    close(near, expected=True, name="noise below ten standard deviations")
    layer.eval()
    close(layer.forward(X), X, name="y in evaluation")


@check(exercise="noise/backward", needs=["noise/forward"])
def test_worked_noise_backward(student, rng):
    """GaussianNoise.backward returns dout."""
    layer = student.regularization.GaussianNoise(0.1, rng=rng.spawn_seed())
    layer.forward(X)
    close(layer.backward(DY), DY, name="dx")


@check(exercise="early_stopping/update")
def test_worked_early_stopping_update(student):
    """EarlyStopping.update stops the worked example at epoch 2, 5 and 9."""
    model = student.module.Module()
    for patience, stop, best in ((1, 2, 1), (2, 5, 3), (3, 9, 6)):
        stopping = student.regularization.EarlyStopping(patience)
        answers = [bool(stopping.update(loss, model)) for loss in LOSSES[: stop + 1]]
        expected = [False] * stop + [True]
        close(answers, expected, name=f"answers (patience={patience})")
        close(stopping.best_epoch, best, name=f"best_epoch (patience={patience})")
        close(stopping.best_loss, LOSSES[best], name="best_loss")


@check(exercise="early_stopping/restore", needs=["early_stopping/update"])
def test_worked_early_stopping_restore(student):
    """EarlyStopping.restore brings back the weights of the best epoch."""
    model = student.module.Module()
    model.weight = student.module.Parameter(np.zeros(2))
    stopping = student.regularization.EarlyStopping(2)
    for epoch, loss in enumerate((0.5, 0.4, 0.6)):
        model.weight.data = np.array([1.0, 2.0]) + epoch
        stopping.update(loss, model)
    stopping.restore(model)
    close(model.weight.data, np.array([2.0, 3.0]), name="weight")


@check(exercise="batchnorm/init")
def test_worked_batchnorm_init(student):
    """BatchNorm1d(2) begins with gamma = 1, beta = 0, and running 0 and 1."""
    layer = student.normalization.BatchNorm1d(2)
    close(layer.gamma.data, np.ones(2), name="gamma")
    close(layer.beta.data, np.zeros(2), name="beta")
    close(layer.running_mean, np.zeros(2), name="running_mean")
    close(layer.running_var, np.ones(2), name="running_var")


@check(exercise="batchnorm/forward")
def test_worked_batchnorm_forward(student):
    """BatchNorm1d.forward gives the worked example, then its row in evaluation."""
    layer = batchnorm(student)
    close(layer.forward(X), X_HAT * GAMMA + BETA, name="y", N=4)
    close(layer.running_mean, np.array([0.4, 0.5]), name="running_mean")
    expected = np.array([1.5666666666666669, 2.3666666666666667])
    close(layer.running_var, expected, name="running_var", N=4)
    layer.eval()
    expected = np.array([[1.058719494586168, 0.1875192838003895]])
    close(layer.forward(X[:1]), expected, name="y in evaluation")


@check(exercise="batchnorm/backward", needs=["batchnorm/forward"])
def test_worked_batchnorm_backward(student, rng):
    """BatchNorm1d.backward gives the worked gradients, and passes a gradient check."""
    layer = batchnorm(student)
    layer.forward(X)
    close(layer.backward(DY), DX, name="dx", N=4)
    expected = np.array([-2.459672315578683, 1.3568004338726065])
    close(layer.gamma.grad, expected, name="gamma.grad", N=4)
    close(layer.beta.grad, np.array([0.5, 2.5]), name="beta.grad", N=4)
    names = ["gamma", "beta"]
    gradients_match(batchnorm(student), X, rng=rng, parameters=names, N=4)


@check(exercise="predict_polynomial")
def test_worked_predict_polynomial(student):
    """predict_polynomial gives 1 + 2 x^2 at -1, 0 and 3."""
    theta, x = np.array([1.0, 0.0, 2.0]), np.array([-1.0, 0.0, 3.0])
    found = student.regularization.predict_polynomial(theta, x)
    close(found, np.array([3.0, 1.0, 19.0]), name="f(x)")


@check(exercise="fit_polynomial")
def test_worked_fit_polynomial(student):
    """fit_polynomial gives 2 + 2 x for three points, 2 + x with the penalty 2/3."""
    x, y = np.array([-1.0, 0.0, 1.0]), np.array([1.0, 0.0, 5.0])
    fit = student.regularization.fit_polynomial
    close(fit(x, y, 1), np.array([2.0, 2.0]), name="theta")
    close(fit(x, y, 1, 2 / 3), np.array([2.0, 1.0]), name="theta with penalty")
    theta = fit(x, y, 1, 2 / 3, penalise_bias=True)
    close(theta, np.array([1.2, 1.0]), name="theta with penalise_bias")


@check(exercise="hflip")
def test_worked_hflip(student):
    """The rows 1 2 3 and 4 5 6 become 3 2 1 and 6 5 4 by hflip."""
    expected = np.array([[[[3.0, 2.0, 1.0], [6.0, 5.0, 4.0]]]])
    close(student.augmentation.hflip(IMAGE), expected, name="images")


@check(exercise="vflip")
def test_worked_vflip(student):
    """The row 4 5 6 comes above 1 2 3 by vflip."""
    expected = np.array([[[[4.0, 5.0, 6.0], [1.0, 2.0, 3.0]]]])
    close(student.augmentation.vflip(IMAGE), expected, name="images")


@check(exercise="rot90")
def test_worked_rot90(student):
    """rot90 makes three rows of the two: 3 6, 2 5 and 1 4."""
    expected = np.array([[[[3.0, 6.0], [2.0, 5.0], [1.0, 4.0]]]])
    close(student.augmentation.rot90(IMAGE), expected, name="images")


@check(exercise="translate")
def test_worked_translate(student):
    """Moved by (1, -1), translate puts 2 3 into the second row; zeros come in."""
    expected = np.array([[[[0.0, 0.0, 0.0], [2.0, 3.0, 0.0]]]])
    close(student.augmentation.translate(IMAGE, 1, -1), expected, name="images")


@check(exercise="adjust_brightness")
def test_worked_adjust_brightness(student):
    """adjust_brightness by 10 turns 1 ... 6 into 11 ... 16."""
    found = student.augmentation.adjust_brightness(IMAGE, 10.0)
    close(found, np.array([[[[11.0, 12.0, 13.0], [14.0, 15.0, 16.0]]]]), name="images")


@check(exercise="adjust_contrast")
def test_worked_adjust_contrast(student):
    """adjust_contrast by 2 doubles the distances from the mean 3.5."""
    found = student.augmentation.adjust_contrast(IMAGE, 2.0)
    close(found, np.array([[[[-1.5, 0.5, 2.5], [4.5, 6.5, 8.5]]]]), name="images")


@check(exercise="augmenter")
def test_worked_augmenter(student, rng):
    """Augmenter turns some images with the label 1, and none with the label 6."""
    turn = {"rot180": student.lend(lambda images: images[:, :, ::-1, ::-1])}
    rules = [(6, ["rot180"])]
    call = student.augmentation.Augmenter(turn, rng.spawn_seed(), rules)
    images = np.repeat(IMAGE, 80, axis=0)
    labels = np.repeat([1, 6], 40)
    turned = np.sum(call(images, labels)[:, 0, 0, 0] == 6.0, where=labels == 1)
    close(
        bool(0 < turned < 40),
        expected=True,
        name="some, not all, with the label 1 turned",
    )
    again = call(images, labels)
    close(again[labels == 6], images[labels == 6], name="images with the label 6")


@check(exercise="layernorm/forward")
def test_worked_layernorm_forward(student):
    """LayerNorm.forward gives the rows of the worked example, upright now."""
    x = X[:, 0][None]  # one sample with four features
    found = student.normalization.LayerNorm(4).forward(x)
    close(found, X_HAT[:, 0][None], name="y")


@check(exercise="layernorm/backward", needs=["layernorm/forward"])
def test_worked_layernorm_backward(student, rng):
    """LayerNorm.backward passes a gradient check."""
    layer, x = student.normalization.LayerNorm(4), rng.normal((3, 4))
    gradients_match(layer, x, rng=rng, parameters=["gamma", "beta"])


@check(exercise="bootstrap_indices")
def test_worked_bootstrap_indices(student, rng):
    """bootstrap_indices draws some of 1000 numbers twice."""
    found = student.regularization.bootstrap_indices(1000, rng=rng.spawn_seed())
    close(found.shape, (1000,), name="shape")
    close(len(set(found.tolist())) < 1000, expected=True, name="some drawn twice")


@check(exercise="ensemble_predict")
def test_worked_ensemble_predict(student):
    """ensemble_predict lets one sure model win against two unsure ones."""
    probs = [np.array([[0.9, 0.1]]), np.array([[0.4, 0.6]]), np.array([[0.4, 0.6]])]
    found = student.regularization.ensemble_predict(probs)
    close(found, np.array([0]), name="class")
