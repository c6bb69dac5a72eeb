"""Flips, turns, moves, brightness, contrast, and the Augmenter."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises

SDS = 6.0
SHAPES = ((2, 3, 4, 5), (1, 1, 5, 3))


def keeps_to_the_rules(student, rng, name, *args):
    """Check that images stay as they are, float32 stays, and misfits are refused."""
    call = getattr(student.augmentation, name)
    images = rng.normal((2, 3, 4, 5)).astype(np.float32)
    placed = student.place(images)
    found = call(placed, *args)
    close(found.dtype, np.dtype(np.float32), name="dtype of the result")
    hint("Never write into the images: they belong to the caller.")
    close(student.look(placed), images, name="images afterwards", rtol=0, atol=0)
    hint("Begin with _check_images(where, images).")

    def works():
        return call(images, *args)

    whole = np.ones((2, 3, 4, 5), int)
    raises("TypeError", call, whole, *args, works=works, when="images hold integers")
    raises("ValueError", call, images[0], *args, works=works, when="there are 3 axes")


@check(points=1, exercise="hflip")
def test_hflip_reverses_the_columns(student, rng):
    """The columns of every image are reversed by hflip, and nothing else."""
    for shape in SHAPES:
        images = rng.normal(shape)
        found = student.augmentation.hflip(images)
        close(found, images[:, :, :, ::-1], name="images")


@check(points=1, exercise="hflip")
def test_hflip_keeps_to_the_rules(student, rng):
    """The argument of hflip stays as it is, float32 too; misfits are refused."""
    keeps_to_the_rules(student, rng, "hflip")


@check(points=1, exercise="vflip")
def test_vflip_reverses_the_rows(student, rng):
    """The rows of every image are reversed by vflip, and nothing else."""
    for shape in SHAPES:
        images = rng.normal(shape)
        found = student.augmentation.vflip(images)
        close(found, images[:, :, ::-1, :], name="images")


@check(points=1, exercise="vflip")
def test_vflip_keeps_to_the_rules(student, rng):
    """The argument of vflip stays as it is, float32 too; misfits are refused."""
    keeps_to_the_rules(student, rng, "vflip")


@check(points=1, exercise="rot90")
def test_rot90_turns_like_numpy(student, rng):
    """rot90 turns every image by k quarter turns, counter-clockwise."""
    for shape in SHAPES:
        images = rng.normal(shape)
        for k in (1, 2, 3, 0, -1):
            expected = np.stack(
                [[np.rot90(channel, k) for channel in image] for image in images]
            )
            found = student.augmentation.rot90(images, k)
            close(found, expected, name=f"images for k = {k}")


@check(points=1, exercise="rot90")
def test_rot90_keeps_to_the_rules(student, rng):
    """rot90 leaves its argument alone, keeps float32, refuses what is no image."""
    keeps_to_the_rules(student, rng, "rot90")


def moved(images, dy, dx, fill):
    """Return the moved images, pixel by pixel."""
    out = np.full_like(images, fill)
    height, width = images.shape[2:]
    for i in range(height):
        for j in range(width):
            if 0 <= i - dy < height and 0 <= j - dx < width:
                out[:, :, i, j] = images[:, :, i - dy, j - dx]
    return out


@check(points=2, exercise="translate")
def test_translate_moves_down_and_right(student, rng):
    """Images move dy down and dx to the right by translate; what comes in is fill."""
    for shape in SHAPES:
        images = rng.normal(shape)
        for dy, dx, fill in ((1, 2, 0.0), (-2, 1, 0.5), (0, -1, -1.0), (3, 0, 0.0)):
            wrong = {
                "what leaves the image comes back on the other side": np.roll(
                    images, (dy, dx), (2, 3)
                ),
                "dy and dx are exchanged": moved(images, dx, dy, fill),
                "the move has the opposite sign": moved(images, -dy, -dx, fill),
            }
            found = student.augmentation.translate(images, dy, dx, fill)
            expected = moved(images, dy, dx, fill)
            name = f"images for ({dy}, {dx})"
            close(found, expected, name=name, alternatives=wrong)


@check(points=1, exercise="translate")
def test_translate_can_leave_the_image(student, rng):
    """Moved by nothing, translate changes nothing; by the whole size, all is fill."""
    images = rng.normal((2, 1, 4, 5))
    translate = student.augmentation.translate
    close(translate(images, 0, 0), images, name="images for (0, 0)")
    for dy, dx in ((4, 0), (0, -5), (7, 1), (-1, 9), (-6, 2), (6, 7)):
        expected = np.full_like(images, 0.25)
        found = translate(images, dy, dx, fill=0.25)
        close(found, expected, name=f"images for ({dy}, {dx})")


@check(points=1, exercise="translate")
def test_translate_keeps_to_the_rules(student, rng):
    """The argument of translate stays as it is, float32 too; misfits are refused."""
    keeps_to_the_rules(student, rng, "translate", 1, -1)


@check(points=1, exercise="adjust_brightness")
def test_adjust_brightness_adds_delta(student, rng):
    """adjust_brightness adds delta to every pixel, and cuts nothing off."""
    images = rng.uniform(0.0, 1.0, (2, 3, 4, 5))
    for delta in (0.7, -0.8):
        found = student.augmentation.adjust_brightness(images, delta)
        wrong = {"values are cut off at 0 and 1": np.clip(images + delta, 0, 1)}
        close(found, images + delta, name="images", alternatives=wrong)


@check(points=1, exercise="adjust_brightness")
def test_adjust_brightness_keeps_to_the_rules(student, rng):
    """adjust_brightness leaves its argument alone and keeps float32."""
    keeps_to_the_rules(student, rng, "adjust_brightness", 0.5)


@check(points=2, exercise="adjust_contrast")
def test_adjust_contrast_works_around_each_mean(student, rng):
    """adjust_contrast stretches every image around its own mean."""
    for shape in ((3, 2, 4, 5), (1, 3, 5, 3)):
        images = rng.normal(shape) + rng.normal((shape[0], shape[1], 1, 1), 3.0)
        for factor in (1.7, 0.0, 0.4):
            each, channel = ((1, 2, 3), (2, 3))
            versions = [
                m + factor * (images - m)
                for m in (
                    images.mean(axis=each, keepdims=True),
                    images.mean(axis=channel, keepdims=True),
                    images.mean(),
                )
            ]
            wrong = {
                "each channel has its own mean": versions[1],
                "the mean is that of the whole batch": versions[2],
                "pixels are multiplied, the mean included": factor * images,
            }
            if shape[0] == 1:
                del wrong["the mean is that of the whole batch"]
            found = student.augmentation.adjust_contrast(images, factor)
            close(found, versions[0], name="images", alternatives=wrong)


@check(points=1, exercise="adjust_contrast")
def test_adjust_contrast_keeps_to_the_rules(student, rng):
    """adjust_contrast leaves its argument alone, keeps float32, refuses misfits."""
    keeps_to_the_rules(student, rng, "adjust_contrast", 1.5)


def share_is(found, wanted, n, name):
    """Compare the share of n independent draws with their probability."""
    sd = (wanted * (1 - wanted) / n) ** 0.5
    close(float(found), wanted, name=name, rtol=0, atol=SDS * sd)


def augmenter(student, rng, names, forbidden=()):
    """Return an Augmenter whose transforms live here: the i-th adds 2^i.

    `forbidden` goes over as pairs: numbers cannot be keys there.
    """
    transforms = {
        name: student.lend(lambda images, i=i: images + 2.0**i)
        for i, name in enumerate(names)
    }
    seed = rng.spawn_seed()
    return student.augmentation.Augmenter(transforms, seed, forbidden)


def applied(call, labels, count):
    """Return which of `count` transforms each image has got, (N, count) of bools."""
    zeros = np.zeros((len(labels), 1, 2, 1))
    found = np.asarray(call(zeros, labels))
    close(found.shape, zeros.shape, name="shape of the images")
    pixels = found[:, 0, 0, 0]
    close(found, zeros + pixels[:, None, None, None], name="all pixels of an image")
    return (pixels.astype(int)[:, None] >> np.arange(count)) % 2 == 1


@check(points=2, exercise="augmenter")
def test_augmenter_tosses_a_coin_for_every_image(student, rng):
    """Augmenter applies each transform to each image with probability 1/2.

    Every image, every transform and every call has a coin of its own.
    """
    hint("Draw one number per image and transform: rng.random(N) < 0.5.")
    call = augmenter(student, rng, ("a", "b"))
    labels = rng.integers(0, 10, 2000)
    first = applied(call, labels, 2)
    second = applied(call, labels, 2)
    n = len(labels)
    for i, name in enumerate(("first", "second")):
        share_is(first[:, i].mean(), 0.5, n, f"share of the {name} transform")
    same = np.mean(first[:, 0] == first[:, 1])
    share_is(same, 0.5, n, "agreement of two transforms")
    share_is(np.mean(first == second), 0.5, 2 * n, "agreement of two calls")
    neighbours = np.mean(first[1:] == first[:-1])
    share_is(neighbours, 0.5, 2 * (n - 1), "agreement of neighbouring images")


@check(points=2, exercise="augmenter")
def test_augmenter_never_does_what_is_forbidden(student, rng):
    """Augmenter never does to an image what is forbidden for its label: no turned 6.

    With all other labels it goes on as before.
    """
    hint("A 6 turned around is a 9, and its label would be wrong.")
    rules = [(6, ["rot180"]), (9, ["rot180", "vflip"]), (3, ["vflip", "hflip"])]
    names = ("rot180", "hflip", "vflip")
    call = augmenter(student, rng, names, rules)
    labels = np.concatenate([np.repeat([6, 9, 3], 120), np.repeat([1], 2000)])
    found = applied(call, np.ones_like(labels), 3)
    share_is(found.mean(), 0.5, found.size, "share of what is allowed")
    labels = labels[rng.permutation(len(labels))]
    found = applied(call, labels, 3)
    for label, forbidden in rules:
        for i, name in enumerate(names):
            done = int(found[labels == label, i].sum())
            what = f"{name} of images with the label {label}"
            if name in forbidden:
                close(done, 0, name=f"number of {what}")
            else:
                share_is(done / 120, 0.5, 120, f"share of {what}")


@check(points=1, exercise="augmenter")
def test_augmenter_keeps_the_order_of_its_transforms(student, rng):
    """Augmenter applies its transforms in the order in which they were given."""
    hint("The second transform gets what the first one has made of the image.")
    transforms = {
        "b": student.lend(lambda images: images + 1.0),
        "a": student.lend(lambda images: images * 5.0),
    }
    call = student.augmentation.Augmenter(transforms, rng.spawn_seed())
    start = np.full((200, 1, 2, 3), 2.0)
    found = call(start, np.zeros(200, int))[:, 0, 0, 0]
    # 2, 2 + 1, 2 * 5, (2 + 1) * 5; the other order would give 11.
    strange = float(np.sum(~np.isin(found, [2.0, 3.0, 10.0, 15.0])))
    close(strange, 0.0, name="number of images that no such order can make")
    kinds = len(set(found.tolist()))
    close(kinds, 4, name="number of different results")


@check(points=1, exercise="augmenter")
def test_augmenter_keeps_to_the_rules(student, rng):
    """Augmenter leaves images and labels alone; refuses misfits."""
    call = augmenter(student, rng, ("a",), [(1, ["a"])])
    images, labels = rng.normal((6, 1, 2, 3)), rng.integers(0, 3, 6)
    placed = student.place(images), student.place(labels)
    call(*placed)
    hint("Work on a copy of the images.")
    close(student.look(placed[0]), images, name="images afterwards", rtol=0, atol=0)
    close(student.look(placed[1]), labels, name="labels afterwards")
    hint("One integer label per image, and images of four axes.")

    def works():
        return call(images, labels)

    name = "Augmenter"
    raises(
        "ValueError", call, images, labels[:5], works=works, name=name,
        when="there are fewer labels than images",
    )  # fmt: skip
    raises(
        "ValueError", call, images[:, 0], labels, works=works, name=name,
        when="images have three axes",
    )  # fmt: skip
    raises(
        "TypeError", call, images, labels * 1.0, works=works, name=name,
        when="labels are floats",
    )  # fmt: skip
