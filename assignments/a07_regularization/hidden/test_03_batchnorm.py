"""BatchNorm1d, and LayerNorm for those who want it."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises


def batchnorm(student, rng, features, **options):
    """Return the student's layer with parameters and statistics put in from here."""
    layer = student.normalization.BatchNorm1d(features, **options)
    known = {
        "gamma": rng.away_from_zero(features, 0.3),
        "beta": rng.normal(features),
        "running_mean": rng.normal(features),
        "running_var": rng.uniform(0.5, 3.0, features),
    }
    for name in ("gamma", "beta"):
        made = student.module.Parameter(known[name], name, decay=False)
        setattr(layer, name, made)
    for name in ("running_mean", "running_var"):
        setattr(layer, name, known[name])
    return layer, known


def normalised(x, known, eps=1e-5):
    """Return y for a batch in training."""
    x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)
    return x_hat * known["gamma"] + known["beta"]


@check(points=2, exercise="batchnorm/init")
def test_batchnorm_init_changes_nothing_yet(student, rng):
    """BatchNorm1d starts with gamma = 1, beta = 0, running mean 0 and variance 1."""
    for features in (1, int(rng.integers(3, 9))):
        layer = student.normalization.BatchNorm1d(features)
        zeros, ones = np.zeros(features), np.ones(features)
        close(layer.gamma.data, ones, name="gamma")
        close(layer.beta.data, zeros, name="beta")
        close(layer.running_mean, zeros, name="running_mean")
        close(layer.running_var, ones, name="running_var")


@check(points=1, exercise="batchnorm/init")
def test_batchnorm_init_says_what_is_learnt(student):
    """BatchNorm1d learns gamma and beta, neither decays; statistics are not learnt."""
    hint("Parameter(..., decay=False); the running statistics are plain arrays.")
    layer = student.normalization.BatchNorm1d(4)
    close(len(layer.parameters()), 2, name="number of parameters")
    close(layer.gamma.decay, expected=False, name="gamma.decay")
    close(layer.beta.decay, expected=False, name="beta.decay")


@check(points=1, exercise="batchnorm/init")
def test_batchnorm_init_refuses_what_cannot_be(student):
    """BatchNorm1d raises ValueError for no features, eps = 0 or momentum = 1.5."""
    hint("errors.check_size for num_features; eps > 0; momentum from 0 to 1.")
    make = student.normalization.BatchNorm1d

    def works():
        return make(4, eps=1e-3, momentum=0.3)

    raises("ValueError", make, 0, works=works, when="num_features is 0")
    raises("TypeError", make, 2.5, works=works, when="num_features is 2.5")
    raises("ValueError", make, 4, eps=0.0, works=works, when="eps is 0")
    raises("ValueError", make, 4, momentum=1.5, works=works, when="momentum is 1.5")
    raises("ValueError", make, 4, momentum=-0.1, works=works, when="momentum is -0.1")
    hint("A momentum of exactly 0 or 1 is allowed.")
    for momentum in (0.0, 1.0):
        layer = make(3, momentum=momentum)
        close(layer.gamma.data, np.ones(3), name=f"gamma for momentum={momentum:g}")


@check(points=2, exercise="batchnorm/forward")
def test_batchnorm_forward_normalises_each_feature(student, rng):
    """BatchNorm1d.forward normalises every feature over the batch, in training."""
    for N, features in ((6, 4), (4, 4), (2, 3)):
        layer, known = batchnorm(student, rng, features)
        x = rng.normal((N, features), 3.0) + rng.normal(features, 10.0)
        centred = x - x.mean(axis=0)
        unbiased = centred / np.sqrt(x.var(axis=0, ddof=1) + 1e-5)
        wrong = {
            "the variance is divided by N - 1": unbiased * known["gamma"]
            + known["beta"],
            "gamma and beta are left out": centred / np.sqrt(x.var(axis=0) + 1e-5),
        }
        expected = normalised(x, known)
        close(layer.forward(x), expected, name="y", alternatives=wrong, N=N)


@check(points=1, exercise="batchnorm/forward")
def test_batchnorm_forward_puts_eps_under_the_root(student, rng):
    """BatchNorm1d.forward divides by sqrt(var + eps): a constant feature gives beta."""
    hint("eps stands beside the variance, under the root, and is the layer's own.")
    layer, known = batchnorm(student, rng, 3, eps=0.01)
    x = rng.normal((5, 3)) * np.array([0.0, 0.1, 1.0]) + 2.0
    close(layer.forward(x), normalised(x, known, eps=0.01), name="y")


@check(points=2, exercise="batchnorm/forward")
def test_batchnorm_forward_updates_the_running_statistics(student, rng):
    """BatchNorm1d.forward moves the running statistics by momentum, var by N - 1."""
    for options, m in (({}, 0.1), ({"momentum": 0.3}, 0.3)):
        layer, known = batchnorm(student, rng, 4, **options)
        mean, var = known["running_mean"], known["running_var"]
        for step in (1, 2):
            x = rng.normal((5, 4), 2.0) + 1.0
            layer.forward(x)
            biased = (1 - m) * var + m * x.var(axis=0)
            mean = (1 - m) * mean + m * x.mean(axis=0)
            var = (1 - m) * var + m * x.var(axis=0, ddof=1)
            steps = f"after {step} steps"
            close(layer.running_mean, mean, name=f"running_mean {steps}")
            wrong = {"the variance is divided by N, not by N - 1": biased}
            name = f"running_var {steps}"
            close(layer.running_var, var, name=name, alternatives=wrong, N=5)


@check(points=2, exercise="batchnorm/forward")
def test_batchnorm_forward_uses_what_it_has_kept_in_evaluation(student, rng):
    """BatchNorm1d.forward uses the running statistics in evaluation, and keeps them."""
    hint("In evaluation a sample's result depends on no other sample.")
    layer, known = batchnorm(student, rng, 4)
    layer.eval()
    scale = 1 / np.sqrt(known["running_var"] + 1e-5)
    for N in (5, 1):
        x = rng.normal((N, 4), 2.0) + 1.0
        expected = (x - known["running_mean"]) * scale * known["gamma"] + known["beta"]
        close(layer.forward(x), expected, name="y in evaluation", N=N)
    for name in ("running_mean", "running_var"):
        close(getattr(layer, name), known[name], name=f"{name} after evaluation")


@check(points=1, exercise="batchnorm/forward")
def test_batchnorm_forward_takes_every_layout_and_dtype(student, rng):
    """BatchNorm1d.forward returns x's dtype and leaves x alone, in any layout."""
    layer, known = batchnorm(student, rng, 4)
    x = rng.normal((6, 4))
    for layout in ("F", "strided", "reversed"):
        placed = student.place(x, layout=layout)
        close(layer.forward(placed), normalised(x, known), name="y")
        close(student.look(placed), x, name="x afterwards", rtol=0, atol=0)
    small = x.astype(np.float32)
    expected = normalised(x, known).astype(np.float32)
    close(layer.forward(small), expected, name="y of float32")


@check(points=1, exercise="batchnorm/forward")
def test_batchnorm_forward_refuses_what_does_not_fit(student, rng):
    """BatchNorm1d.forward refuses one sample in training, integers, other shapes."""
    hint("One sample has no variance: in training that is a ValueError.")
    layer, _ = batchnorm(student, rng, 4)
    x = rng.normal((6, 4))

    def works():
        return layer.forward(x)

    call = layer.forward
    raises("ValueError", call, x[:1], works=works, when="there is one sample")
    hint("errors.check_float and errors.check_shape come first.")
    raises("ValueError", call, x[:, :1], works=works, when="x has one feature")
    raises("ValueError", call, x[0], works=works, when="x has one axis")
    whole = rng.integers(1, 9, (6, 4))
    raises("TypeError", call, whole, works=works, when="x holds integers")


NEEDS = ["batchnorm_forward_normalises_each_feature"]
EVALUATION = ["batchnorm_forward_uses_what_it_has_kept_in_evaluation"]


def gradients(x, dout, known):
    """Return dx, dgamma and dbeta of a batch in training."""
    sd = np.sqrt(x.var(axis=0) + 1e-5)
    x_hat = (x - x.mean(axis=0)) / sd
    inner = dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0)
    dgamma, dbeta = (dout * x_hat).sum(axis=0), dout.sum(axis=0)
    return known["gamma"] / sd * inner, dgamma, dbeta


@check(points=3, exercise="batchnorm/backward", needs=NEEDS)
def test_batchnorm_backward_gives_dx(student, rng):
    """BatchNorm1d.backward returns dx, also through mean and variance."""
    for N, features in ((6, 4), (3, 3)):
        layer, known = batchnorm(student, rng, features)
        x, dout = rng.normal((N, features), 2.0) + 1.0, rng.normal((N, features))
        layer.forward(x)
        sd = np.sqrt(x.var(axis=0) + 1e-5)
        slope = known["gamma"] / sd
        x_hat = (x - x.mean(axis=0)) / sd
        wrong = {
            "mean and var are taken for constants": slope * dout,
            "the way through the variance is left out": slope
            * (dout - dout.mean(axis=0)),
            "the way through the mean is left out": slope
            * (dout - x_hat * (dout * x_hat).mean(axis=0)),
        }
        dx, _, _ = gradients(x, dout, known)
        close(layer.backward(dout), dx, name="dx", alternatives=wrong, N=N)


@check(points=2, exercise="batchnorm/backward", needs=NEEDS)
def test_batchnorm_backward_adds_dgamma_and_dbeta(student, rng):
    """BatchNorm1d.backward adds up the gradients of gamma and beta over the batch."""
    layer, known = batchnorm(student, rng, 4)
    total = [0.0, 0.0]
    for N in (6, 3):
        x, dout = rng.normal((N, 4), 2.0) + 1.0, rng.normal((N, 4))
        layer.forward(x)
        layer.backward(dout)
        _, dgamma, dbeta = gradients(x, dout, known)
        total = [total[0] + dgamma, total[1] + dbeta]
        close(layer.gamma.grad, total[0], name="gamma.grad", N=N)
        close(layer.beta.grad, total[1], name="beta.grad", N=N)


@check(points=1, exercise="batchnorm/backward", needs=[*NEEDS, *EVALUATION])
def test_batchnorm_backward_in_evaluation(student, rng):
    """BatchNorm1d.backward takes the statistics for constants in evaluation alone.

    What counts is the mode of the forward pass.
    """
    layer, known = batchnorm(student, rng, 4)
    x, dout = rng.normal((5, 4)), rng.normal((5, 4))
    layer.eval()
    layer.forward(x)
    sd = np.sqrt(known["running_var"] + 1e-5)
    expected = dout * known["gamma"] / sd
    close(layer.backward(dout), expected, name="dx in evaluation")
    dgamma = (dout * (x - known["running_mean"]) / sd).sum(axis=0)
    close(layer.gamma.grad, dgamma, name="gamma.grad in evaluation")
    layer.train()
    layer.forward(x)
    layer.eval()
    close(layer.backward(dout), gradients(x, dout, known)[0], name="dx")


@check(points=1, exercise="batchnorm/backward", needs=NEEDS)
def test_batchnorm_backward_keeps_to_the_rules(student, rng):
    """BatchNorm1d.backward uses x as it was, leaves dout alone, refuses misfits."""
    layer, known = batchnorm(student, rng, 4)
    x, dout = rng.normal((5, 4)), rng.normal((5, 4))
    placed_x, placed = student.place(x), student.place(dout)
    layer.forward(placed_x)
    student.numpy.copyto(placed_x, np.zeros((5, 4)))
    gamma = layer.gamma
    gamma.data = np.ones(4)
    hint("Keep copies of what backward needs: x and gamma may change after forward.")
    close(layer.backward(placed), gradients(x, dout, known)[0], name="dx")
    hint("Never write into dout: it belongs to the caller.")
    close(student.look(placed), dout, name="dout afterwards", rtol=0, atol=0)
    hint(
        "errors.check_cached, errors.check_float and errors.check_shape, in this order."
    )

    def works():
        return layer.backward(dout)

    fresh, _ = batchnorm(student, rng, 4)
    raises("RuntimeError", fresh.backward, dout, works=works)
    back = layer.backward
    raises("ValueError", back, dout[:1], works=works, when="dout has another shape")
    whole = rng.integers(1, 9, (5, 4))
    raises("TypeError", back, whole, works=works, when="dout holds integers")


def layernorm(student, rng, features, **options):
    """Return the student's layer with parameters put in from here."""
    layer = student.normalization.LayerNorm(features, **options)
    known = {"gamma": rng.away_from_zero(features, 0.3), "beta": rng.normal(features)}
    for name, array in known.items():
        made = student.module.Parameter(array, name, decay=False)
        setattr(layer, name, made)
    return layer, known


def standardised(x, eps=1e-5):
    """Return x_hat and the standard deviation of every sample."""
    sd = np.sqrt(x.var(axis=-1, keepdims=True) + eps)
    return (x - x.mean(axis=-1, keepdims=True)) / sd, sd


@check(points=1, exercise="layernorm/forward")
def test_layernorm_forward_begins_as_batchnorm_does(student, rng):
    """LayerNorm begins with gamma = 1 and beta = 0, and neither of them decays."""
    hint("Parameter(..., decay=False), as in BatchNorm1d.")
    features = int(rng.integers(3, 9))
    layer = student.normalization.LayerNorm(features)
    close(layer.gamma.data, np.ones(features), name="gamma")
    close(layer.beta.data, np.zeros(features), name="beta")
    close(layer.gamma.decay, expected=False, name="gamma.decay")
    close(layer.beta.decay, expected=False, name="beta.decay")


@check(points=1, exercise="layernorm/forward")
def test_layernorm_forward_normalises_each_sample(student, rng):
    """LayerNorm.forward normalises every sample over its features, as PyTorch's."""
    for shape in ((5, 4), (4, 4), (1, 6), (3, 2, 5)):
        layer, known = layernorm(student, rng, shape[-1])
        x = rng.normal(shape, 3.0) + 5.0
        expected = standardised(x)[0] * known["gamma"] + known["beta"]
        close(layer.forward(x), expected, name="y")


@check(points=1, exercise="layernorm/forward")
def test_layernorm_forward_is_the_same_in_evaluation(student, rng):
    """LayerNorm.forward is the same in evaluation; eps stands under the root."""
    layer, known = layernorm(student, rng, 4, eps=0.01)
    x = rng.normal((5, 4), 0.1)
    expected = standardised(x, 0.01)[0] * known["gamma"] + known["beta"]
    layer.eval()
    close(layer.forward(x), expected, name="y in evaluation")


@check(points=1, exercise="layernorm/forward")
def test_layernorm_forward_refuses_what_does_not_fit(student, rng):
    """LayerNorm.forward keeps float32; refuses integers and other shapes."""
    layer, known = layernorm(student, rng, 4)
    x = rng.normal((5, 4)).astype(np.float32)
    expected = standardised(x.astype(float))[0] * known["gamma"] + known["beta"]
    close(layer.forward(x), expected.astype(np.float32), name="y of float32")

    def works():
        return layer.forward(x)

    call = layer.forward
    raises("ValueError", call, x[:, :1], works=works, when="x has one feature")
    raises("ValueError", call, x[0], works=works, when="x has one axis")
    whole = rng.integers(1, 9, (5, 4))
    raises("TypeError", call, whole, works=works, when="x holds integers")


LAYERNORM = ["layernorm_forward_normalises_each_sample"]


@check(points=3, exercise="layernorm/backward", needs=LAYERNORM)
def test_layernorm_backward_gives_all_gradients(student, rng):
    """LayerNorm.backward returns dx and adds the gradients of gamma and beta."""
    for shape in ((5, 4), (3, 2, 5)):
        layer, known = layernorm(student, rng, shape[-1])
        x, dout = rng.normal(shape, 3.0), rng.normal(shape)
        layer.forward(x)
        x_hat, sd = standardised(x)
        d = known["gamma"] * dout
        inner = d - d.mean(axis=-1, keepdims=True)
        inner = inner - x_hat * (d * x_hat).mean(axis=-1, keepdims=True)
        close(layer.backward(dout), inner / sd, name="dx")
        layer.backward(dout)
        axes = tuple(range(len(shape) - 1))
        dgamma, dbeta = 2 * (dout * x_hat).sum(axis=axes), 2 * dout.sum(axis=axes)
        close(layer.gamma.grad, dgamma, name="gamma.grad after two passes")
        close(layer.beta.grad, dbeta, name="beta.grad after two passes")


@check(points=1, exercise="layernorm/backward", needs=LAYERNORM)
def test_layernorm_backward_refuses_what_does_not_fit(student, rng):
    """LayerNorm.backward refuses to come first, and another shape or dtype."""
    hint(
        "errors.check_cached, errors.check_float and errors.check_shape, in this order."
    )
    layer, _ = layernorm(student, rng, 4)
    dout = rng.normal((5, 4))
    layer.forward(rng.normal((5, 4)))

    def works():
        return layer.backward(dout)

    fresh, _ = layernorm(student, rng, 4)
    raises("RuntimeError", fresh.backward, dout, works=works)
    back = layer.backward
    raises("ValueError", back, dout[:1], works=works, when="dout has another shape")
    whole = rng.integers(1, 9, (5, 4))
    raises("TypeError", back, whole, works=works, when="dout holds integers")
