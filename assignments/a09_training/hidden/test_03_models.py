"""Networks built from parts, checkpoints, freezing."""

from __future__ import annotations

import itertools

import numpy as np

from autograder.suite import check, close, hint, raises
from nabla import models


def shapes_of(model):
    """Return the shapes of a model's parameters, in their order."""
    return [tuple(parameter.data.shape) for parameter in model.parameters()]


class Cube:
    """y = x^3: an activation of the grader's, so that it can be told from others."""

    def forward(self, x):
        """Return x^3."""
        self.x = x
        return x**3

    def backward(self, dout):
        """Return 3 x^2 dout."""
        return 3 * self.x**2 * dout


def activation(student, made):
    """Return what makes a new Cube at each call, and counts them."""

    def make():
        made.append(Cube())
        return student.lend_module(made[-1])

    return student.lend(make)


@check(points=2, exercise="build_mlp")
def test_mlp_has_an_activation_between_two_layers(student, rng):
    """build_mlp flattens, and has activations between layers, none at the end."""
    hint("Flatten, Linear, activation(), Linear: the last layer gives logits.")
    for sizes in ((12, 5, 3), (12, 4), (12, 3, 4, 2)):
        made = []
        model = student.models.build_mlp(sizes, activation(student, made), 3)
        parameters = model.parameters()
        expected = [s for m, n in itertools.pairwise(sizes) for s in ((m, n), (n,))]
        close([p.data.shape for p in parameters], expected, name="shapes of parameters")
        arrays = [rng.normal(shape, 0.7) for shape in expected]
        for parameter, array in zip(parameters, arrays, strict=True):
            parameter.data = array
        x = rng.normal((3, 1, 3, 4))
        y = x.reshape(3, -1) @ arrays[0] + arrays[1]
        for W, b in zip(arrays[2::2], arrays[3::2], strict=True):
            y = y**3 @ W + b
        close(model.forward(x), y, name=f"logits for {sizes}")
        fresh = len(made) >= len(sizes) - 2
        close(fresh, expected=True, name="a new activation for every gap")


@check(points=1, exercise="build_mlp")
def test_mlp_draws_all_layers_from_one_rng(student, rng):
    """build_mlp draws the weights from rng, different ones for every layer."""
    hint("Make one generator, backend.as_generator(rng), and hand it to every Linear.")
    seed, build = rng.spawn_seed(), student.models.build_mlp

    def weights(seed):
        model = build((6, 6, 6), activation(student, []), seed)
        return [p.data for p in model.parameters() if p.data.ndim == 2]

    first, again, other = weights(seed), weights(seed), weights(seed + 1)
    close(again, first, name="weights again", rtol=0, atol=0)
    close(
        bool((other[0] == first[0]).any()),
        expected=False,
        name="another seed is the same",
    )
    close(
        bool((first[0] == first[1]).any()),
        expected=False,
        name="the layers are the same",
    )
    close(bool(np.std(first[0]) > 0.1), expected=True, name="the weights differ")


@check(points=1, exercise="build_mlp")
def test_mlp_refuses_a_single_size(student):
    """build_mlp raises ValueError for fewer than two sizes."""
    build = student.models.build_mlp
    make = activation(student, [])
    when = "there is one size"
    raises(
        "ValueError", build, (5,), make, works=lambda: build((5, 2), make), when=when
    )


CNNS = (
    ((1, 3), {}, [(8, 1, 3, 3), (8,), (16, 8, 3, 3), (16,), (144, 3), (3,)]),
    ((3, 10), {"widths": (4,), "size": 9}, [(4, 3, 3, 3), (4,), (64, 10), (10,)]),
    (
        (2, 4),
        {"widths": (3, 4, 5), "size": 11},
        [(3, 2, 3, 3), (3,), (4, 3, 3, 3), (4,), (5, 4, 3, 3), (5,), (5, 4), (4,)],
    ),
)


@check(points=1, exercise="build_cnn")
def test_cnn_has_the_parameters_asked_for(student):
    """build_cnn has 3 x 3 filters, and a head that fits the halved image."""
    hint("size // 2 pixels are left after each block: 12, 6, 3, so 16 · 3 · 3 = 144.")
    for args, options, shapes in CNNS:
        model = student.models.build_cnn(*args, **options, rng=1)
        close(shapes_of(model), shapes, name=f"shapes of parameters for {options}")


@check(points=2, exercise="build_cnn", needs=["cnn_has_the_parameters_asked_for"])
def test_cnn_computes_what_the_blocks_say(student, rng):
    """build_cnn applies convolution, ReLU and pooling per block, then the head."""
    hint("Conv2d(…, 3, padding=1), ReLU(), MaxPool2d(2) per width; Flatten, Linear.")
    for args, options, shapes in CNNS:
        model = student.models.build_cnn(*args, **options, rng=1)
        mine = models.build_cnn(*args, **options, rng=1)
        parts = zip(model.parameters(), mine.parameters(), shapes, strict=True)
        for parameter, known, shape in parts:
            parameter.data = known.data = rng.normal(shape, 0.5)
        size = options.get("size", 12)
        x = rng.normal((3, args[0], size, size))
        close(model.forward(x), mine.forward(x), name=f"logits for {options}")


@check(points=1, exercise="build_cnn")
def test_cnn_draws_all_layers_from_one_rng(student, rng):
    """build_cnn draws the weights from rng, different ones for every layer."""
    seed, build = rng.spawn_seed(), student.models.build_cnn

    def weights(seed):
        model = build(4, 4, widths=(4, 4), size=4, rng=seed)
        return [p.data for p in model.parameters() if p.data.ndim > 1]

    first, again, other = weights(seed), weights(seed), weights(seed + 1)
    close(again, first, name="weights again", rtol=0, atol=0)
    close(
        bool((other[0] == first[0]).any()),
        expected=False,
        name="another seed is the same",
    )
    close(
        bool((first[0] == first[1]).any()),
        expected=False,
        name="the layers are the same",
    )


@check(points=1, exercise="build_cnn")
def test_cnn_refuses_images_without_a_pixel_left(student, rng):
    """build_cnn raises ValueError if pooling leaves no pixel, or without widths."""
    build, seed = student.models.build_cnn, rng.spawn_seed()

    def works():
        return build(1, 3, widths=(2, 2), size=4, rng=seed)

    small, none = "the image has 3 x 3 pixels", "widths is empty"
    options = {"widths": (2, 2), "size": 3, "rng": seed}
    raises("ValueError", build, 1, 3, works=works, when=small, **options)
    options = {"widths": (), "size": 4, "rng": seed}
    raises("ValueError", build, 1, 3, works=works, when=none, **options)


@check(points=1, exercise="build_cifar2_mlp", needs=["build_mlp"])
def test_cifar2_mlp_has_the_lectures_size(student, rng):
    """build_cifar2_mlp takes colour images and has 3,737,474 parameters."""
    model = student.models.build_cifar2_mlp(rng.spawn_seed())
    arrays = [parameter.data for parameter in model.parameters()]
    close(sum(array.size for array in arrays), 3_737_474, name="number of parameters")
    x = rng.normal((2, 3, 32, 32))
    y = x.reshape(2, -1)
    for W, b in zip(arrays[:-2:2], arrays[1:-2:2], strict=True):
        y = np.tanh(y @ W + b)
    close(model.forward(x), y @ arrays[-2] + arrays[-1], name="logits")


def in_a_folder(student, name="model.npz"):
    """Return a path in a folder of its own on the student's side, and its owner.

    NumPy's DataSource makes a folder there and removes it when it is forgotten.
    """
    owner = student.numpy.lib.npyio.DataSource(None)
    return owner.abspath(name), owner


def small_model(student, rng, *, shape=(3, 2), dtype=np.float64):
    """Return a module with parameters and running statistics, deep inside, too."""
    model, inner = student.module.Module(), student.module.Module()
    model.weight = student.module.Parameter(rng.normal(shape).astype(dtype))
    model.parts = [inner]
    inner.gamma = student.module.Parameter(rng.normal(4).astype(dtype), decay=False)
    inner.running_mean = rng.normal(4).astype(dtype)
    inner.running_var = rng.uniform(0.5, 2.0, 4).astype(dtype)
    model.again = model.weight
    return model, inner


def state_of(model, inner):
    """Return copies of all arrays of such a model."""
    names = ("weight", "gamma", "running_mean", "running_var")
    arrays = model.weight.data, inner.gamma.data, inner.running_mean, inner.running_var
    return dict(zip(names, arrays, strict=True))


@check(points=2, exercise="checkpoint")
def test_checkpoint_brings_the_parameters_back(student, rng):
    """load_checkpoint gives another model the parameters of the one that was saved."""
    path, owner = in_a_folder(student)
    for dtype in (np.float64, np.float32):
        saved, loaded = (small_model(student, rng, dtype=dtype) for _ in range(2))
        expected = state_of(*saved)
        student.models.save_checkpoint(saved[0], path)
        close(state_of(*saved), expected, name="the saved model", rtol=0, atol=0)
        saved[0].weight.data = saved[0].weight.data + 1  # the file is a copy
        student.models.load_checkpoint(loaded[0], path)
        found = state_of(*loaded)
        for name in ("weight", "gamma"):
            close(found[name], expected[name], name=name, rtol=0, atol=0)
    del owner


@check(points=2, exercise="checkpoint")
def test_checkpoint_brings_running_statistics_back(student, rng):
    """load_checkpoint restores the running statistics, too."""
    hint("running_statistics(model) of stage 07 finds them; no gradient reaches them.")
    path, owner = in_a_folder(student)
    saved, loaded = small_model(student, rng), small_model(student, rng)
    expected = state_of(*saved)
    student.models.save_checkpoint(saved[0], path)
    saved[1].running_mean = np.zeros(4)
    student.models.load_checkpoint(loaded[0], path)
    found = state_of(*loaded)
    for name in ("running_mean", "running_var"):
        close(found[name], expected[name], name=name, rtol=0, atol=0)
    del owner


@check(points=2, exercise="checkpoint")
def test_checkpoint_of_another_model_is_refused(student, rng):
    """load_checkpoint raises ValueError for another model, and changes nothing."""
    hint(
        "Compare all names and shapes before the first assignment; NumPy would stretch."
    )
    path, owner = in_a_folder(student)
    saved, other = small_model(student, rng, shape=(1, 2)), small_model(student, rng)
    larger = small_model(student, rng, shape=(1, 2))
    larger[0].more = student.module.Parameter(rng.normal(3))
    call = student.models.load_checkpoint
    student.models.save_checkpoint(saved[0], path)
    for model, when in (
        (other, "the file has a weight of shape (1, 2), the model one of (3, 2)"),
        (larger, "the model has a parameter more"),
    ):
        before = state_of(*model)
        works = lambda: call(saved[0], path)  # noqa: E731 - the same for both
        raises("ValueError", call, model[0], path, works=works, when=when)
        close(state_of(*model), before, name="the model", rtol=0, atol=0)
    del owner


@check(points=2, exercise="freeze")
def test_freeze_reaches_every_parameter_inside(student, rng):
    """A call of freeze sets requires_grad to False for all parameters of the module."""
    model, inner = small_model(student, rng)
    before = state_of(model, inner)
    student.models.freeze(model)
    for name, parameter in (("weight", model.weight), ("gamma", inner.gamma)):
        close(parameter.requires_grad, expected=False, name=f"requires_grad of {name}")
    close(state_of(model, inner), before, name="its arrays", rtol=0, atol=0)


@check(points=2, exercise="freeze")
def test_freeze_leaves_everything_else_free(student, rng):
    """A call of freeze touches only the module it is given."""
    model, inner = small_model(student, rng)
    student.models.freeze(inner)
    close(
        inner.gamma.requires_grad,
        expected=False,
        name="requires_grad of the frozen part",
    )
    close(model.weight.requires_grad, expected=True, name="requires_grad of the rest")
    again = student.module.Parameter(rng.normal(3))
    close(again.requires_grad, expected=True, name="requires_grad of a new parameter")
