"""make_bars, train_val_test_split and DataLoader."""

from __future__ import annotations

import numpy as np

from autograder.suite import check, close, hint, raises, shape_is

DOWN = np.array([0, 1, 1])  # of the stroke of each class, per pixel
RIGHT = np.array([1, 0, 1])


def strokes(images, labels):
    """Return the images that the labels promise, and where each stroke begins.

    The first bright pixel in reading order is the stroke's upper left end.
    """
    n, size = len(images), images.shape[-1]
    begin = (images[:, 0] > 0.5).reshape(n, -1).argmax(axis=1)
    top, left = np.divmod(begin, size)
    expected = np.zeros((n, 1, size, size), np.float32)
    for k in range(5):
        rows = np.minimum(top + k * DOWN[labels], size - 1)
        columns = np.minimum(left + k * RIGHT[labels], size - 1)
        expected[np.arange(n), 0, rows, columns] = 1.0
    return expected, top, left


@check(points=1, exercise="make_bars")
def test_make_bars_draws_the_stroke_of_the_label(student, rng):
    """make_bars draws 5 pixels: to the right (0), down (1), down to the right (2)."""
    hint(
        "With noise=0 an image holds five ones and zeros otherwise. Row top + k * down,"
        " column left + k * right, for k from 0 to 4."
    )
    images, labels = student.training.make_bars(60, rng.spawn_seed(), noise=0.0)
    shape_is(images, (60, 1, 12, 12), name="images")
    shape_is(labels, (60,), name="labels")
    close(sorted(set(labels.tolist())), [0, 1, 2], name="labels that occur")
    close(images, strokes(images, labels)[0], name="images", any_dtype=True)


@check(points=1, exercise="make_bars")
def test_make_bars_uses_every_position_and_class(student, rng):
    """make_bars draws classes and positions evenly, up to the edges of the image."""
    hint("A downward stroke begins in rows 0 to size - 5: integers(0, size - 4).")
    make = student.training.make_bars
    images, labels = make(900, rng.spawn_seed(), size=7, noise=0.0)
    _, top, left = strokes(images, labels)
    for label, name in enumerate(("to the right", "down", "down to the right")):
        of_class = labels == label
        close(bool(of_class.mean() > 0.25), expected=True, name=f"a quarter {name}")
        rows, columns = 7 - 4 * DOWN[label], 7 - 4 * RIGHT[label]
        places = set(zip(top[of_class].tolist(), left[of_class].tolist(), strict=True))
        close(len(places), rows * columns, name=f"positions of strokes {name}")


@check(points=1, exercise="make_bars")
def test_make_bars_adds_noise(student, rng):
    """make_bars adds noise of the standard deviation asked for, fresh everywhere."""
    seed, std = rng.spawn_seed(), float(rng.uniform(0.2, 0.6))
    images = student.training.make_bars(200, seed, noise=std)[0].astype(float)
    for axis, what in ((0, "over the images"), (3, "over the columns")):
        spread = np.subtract(*np.percentile(images, [75, 25], axis=axis)) / 1.349
        name = f"spread of a pixel {what}"
        close(float(np.median(spread)), std, name=name, rtol=0.2)
    close(float(np.median(images)), 0.0, name="median pixel", atol=0.05, rtol=0)


@check(points=1, exercise="make_bars")
def test_make_bars_gives_float32(student, rng):
    """make_bars gives float32 images and int64 labels."""
    images, labels = student.training.make_bars(3, rng.spawn_seed(), size=9)
    shape_is(images, (3, 1, 9, 9), name="images")
    close(images.dtype, np.dtype(np.float32), name="dtype of images")
    close(labels.dtype, np.dtype(np.int64), name="dtype of labels")


@check(points=1, exercise="make_bars")
def test_make_bars_keeps_to_the_columns(student, rng):
    """make_bars puts whole strokes into columns first to last, and reaches both."""
    hint(
        "columns = (first, last + 1): a stroke of 5 columns begins at last - 4 or less."
    )
    first = rng.integers(1, 4)
    columns = (first, first + 6)
    make = student.training.make_bars
    images, labels = make(300, rng.spawn_seed(), noise=0.0, columns=columns)
    close(images, strokes(images, labels)[0], name="images", any_dtype=True)
    lit = np.flatnonzero(images.max(axis=(0, 1, 2)) > 0.5)
    close(lit.tolist(), list(range(*columns)), name="columns that are used")


@check(points=1, exercise="make_bars")
def test_make_bars_repeats_itself_with_the_seed(student, rng):
    """make_bars draws everything from rng: the same seed, the same images."""
    hint("generator = backend.as_generator(rng), and no other source of numbers.")
    make, seed = student.training.make_bars, rng.spawn_seed()
    first, again = make(20, seed), make(20, seed)
    close(again[0], first[0], name="images", rtol=0, atol=0)
    close(again[1], first[1], name="labels")
    generator = student.generator(seed)
    one, two = make(20, generator), make(20, generator)
    close(one[0], first[0], name="images from a generator", rtol=0, atol=0)
    close(bool((one[0] != two[0]).any()), expected=True, name="a later draw differs")


@check(points=1, exercise="make_bars")
def test_make_bars_refuses_what_does_not_fit(student, rng):
    """make_bars raises ValueError if no stroke fits into the columns."""
    make, seed = student.training.make_bars, rng.spawn_seed()

    def works():
        return make(3, seed, size=8, columns=(2, 7))

    narrow = "the columns are 4 wide"
    raises("ValueError", make, 3, seed, columns=(2, 6), works=works, when=narrow)
    hint("Compare before you draw: downward strokes would fit, and others not.")
    for k in range(30):  # one image: in every third draw its stroke goes down
        call = (make, 1, seed + k)
        raises("ValueError", *call, columns=(2, 6), works=works, when=narrow)
    hint("A negative column counts from the right in NumPy: compare it with 0.")
    outside = "the columns {} outside the image"
    for columns, how in (((4, 9), "end"), ((-1, 6), "begin")):
        when = outside.format(how)
        raises("ValueError", make, 3, seed, 8, columns=columns, works=works, when=when)
    hint("")
    negative = "noise is negative"
    raises("ValueError", make, 3, seed, noise=-0.1, works=works, when=negative)


def numbered(rng, n):
    """Return samples that carry their number, in shape (n, 2, 3), and targets."""
    number = np.arange(n)
    X = rng.normal((n, 2, 3))
    X[:, 0, 0] = number
    return X, 3 * number + 1


@check(points=2, exercise="split")
def test_split_gives_every_sample_to_one_part(student, rng):
    """train_val_test_split puts every sample, with its target, into one part."""
    hint("One permutation of 0 … N - 1, cut in three; X and y by the same indices.")
    X, y = numbered(rng, 40)
    seed = rng.spawn_seed()
    parts = student.training.train_val_test_split(X, y, rng=seed)
    close(len(parts), 3, name="number of parts")
    numbers = [part[0][:, 0, 0].astype(int) for part in parts]
    close(sorted(np.concatenate(numbers).tolist()), list(range(40)), name="samples")
    for name, part, number in zip(
        ("train", "val", "test"), parts, numbers, strict=True
    ):
        close(part[0], X[number], name=f"X_{name}")
        close(part[1], y[number], name=f"y_{name}")


@check(points=2, exercise="split")
def test_split_has_the_sizes_asked_for(student, rng):
    """train_val_test_split gives the parts their shares of N, in this order."""
    X, y = numbered(rng, 40)
    call, seed = student.training.train_val_test_split, rng.spawn_seed()
    for fractions, sizes in (
        ((0.7, 0.15, 0.15), [28, 6, 6]),
        ((0.5, 0.2, 0.3), [20, 8, 12]),
        ((0.25, 0.75, 0.0), [10, 30, 0]),
        ((0.1, 0.2, 0.7), [4, 8, 28]),
    ):
        found = [len(part[1]) for part in call(X, y, fractions, seed)]
        close(found, sizes, name=f"sizes for {fractions}")


@check(points=1, exercise="split")
def test_split_draws_from_rng(student, rng):
    """train_val_test_split is random, and repeats itself with the same rng."""
    hint("Samples often stand in order, class by class: draw who goes where, from rng.")
    X, y = numbered(rng, 60)
    call, seed = student.training.train_val_test_split, rng.spawn_seed()
    first, again = call(X, y, rng=seed), call(X, y, rng=seed)
    close(again[0][1], first[0][1], name="y_train again")
    other = call(X, y, rng=seed + 1)
    close(
        bool((first[0][1] == other[0][1]).all()),
        expected=False,
        name="one order for all rng",
    )
    in_order = np.array_equal(np.sort(first[0][1]), y[:42])
    close(in_order, expected=False, name="the training set is the first 70 %")


@check(points=1, exercise="split")
def test_split_leaves_the_data_alone(student, rng):
    """train_val_test_split returns copies and does not change X and y."""
    X, y = numbered(rng, 20)
    placed_X, placed_y = student.place(X), student.place(y)
    parts = student.training.train_val_test_split(placed_X, placed_y, rng=3)
    close(student.look(placed_X), X, name="X afterwards", rtol=0, atol=0)
    close(student.look(placed_y), y, name="y afterwards")
    close(len(parts[0][0]), 14, name="length of X_train")


@check(points=1, exercise="split")
def test_split_refuses_what_does_not_add_up(student, rng):
    """train_val_test_split refuses unequal lengths and fractions that do not add up."""
    X, y = numbered(rng, 20)
    call = student.training.train_val_test_split

    def works():
        return call(X, y, (0.5, 0.25, 0.25), 1)

    for fractions in ((0.5, 0.25, 0.5), (0.5, 0.2, 0.2), (1.2, -0.4, 0.2)):
        when = f"fractions is {fractions}"
        raises("ValueError", call, X, y, fractions, 1, works=works, when=when)
    when = "y is shorter than X"
    raises("ValueError", call, X, y[:-1], rng=1, works=works, when=when)


@check(points=2, exercise="loader/len")
def test_loader_len_counts_the_batches(student, rng):
    """len(DataLoader) counts a smaller last batch, unless drop_last leaves it out."""
    make = student.training.DataLoader
    for n, size in ((7, 3), (6, 3), (1, 4), (9, 1), (8, 8)):
        X, y = numbered(rng, n)
        close(len(make(X, y, size)), -(-n // size), name=f"len for {n} by {size}")
        dropped = make(X, y, size, drop_last=True)
        close(len(dropped), n // size, name=f"len for {n} by {size}, drop_last")


def epoch(loader):
    """Return the batches of one epoch."""
    return list(loader)


def numbers_of(batches):
    """Return the numbers of the samples in their order."""
    return np.concatenate([xb[:, 0, 0] for xb, _ in batches]).astype(int)


@check(points=2, exercise="loader/iter")
def test_loader_goes_through_all_samples_once(student, rng):
    """DataLoader hands every sample out once per epoch, the last batch smaller."""
    X, y = numbered(rng, 10)
    loader = student.training.DataLoader(X, y, 4, rng=rng.spawn_seed())
    for _ in range(2):
        batches = epoch(loader)
        close([len(xb) for xb, _ in batches], [4, 4, 2], name="sizes of the batches")
        close(sorted(numbers_of(batches).tolist()), list(range(10)), name="samples")


@check(points=3, exercise="loader/iter")
def test_loader_keeps_samples_and_targets_together(student, rng):
    """DataLoader shuffles X and y in the same way."""
    hint("Draw one order, and index X and y with the same part of it.")
    X, y = numbered(rng, 23)
    loader = student.training.DataLoader(X, y, 5, rng=rng.spawn_seed())
    for _ in range(2):
        for xb, yb in epoch(loader):
            number = xb[:, 0, 0].astype(int)
            close(yb, y[number], name="yb")
            close(xb, X[number], name="xb")


@check(points=2, exercise="loader/iter")
def test_loader_shuffles_afresh_every_epoch(student, rng):
    """DataLoader draws a new order for every epoch, from rng."""
    X, y = numbered(rng, 30)
    seed = rng.spawn_seed()
    make = student.training.DataLoader
    loader, same = make(X, y, 8, rng=seed), make(X, y, 8, rng=seed)
    other = make(X, y, 8, rng=seed + 1)
    first, second = numbers_of(epoch(loader)), numbers_of(epoch(loader))
    in_order = np.arange(30)
    close(
        bool((first == in_order).all()),
        expected=False,
        name="the first epoch is in order",
    )
    close(
        bool((first == second).all()),
        expected=False,
        name="the second epoch is as the first",
    )
    again = [numbers_of(epoch(same)) for _ in range(2)]
    close(np.stack(again), np.stack([first, second]), name="orders of the same seed")
    differs = numbers_of(epoch(other))
    close(
        bool((first == differs).all()),
        expected=False,
        name="another seed gives the same",
    )


@check(points=1, exercise="loader/iter")
def test_loader_without_shuffle_keeps_the_order(student, rng):
    """DataLoader with shuffle=False keeps the order, and draws nothing from rng.

    An evaluation must not change the order in which the training goes on.
    """
    hint("Draw the permutation only if shuffle is set.")
    X, y = numbered(rng, 11)
    generator = student.generator(seed := rng.spawn_seed())
    make = student.training.DataLoader
    loader = make(X, y, 4, shuffle=False, rng=generator)
    for _ in range(2):
        close(numbers_of(epoch(loader)), np.arange(11), name="order")
    fresh = float(np.random.default_rng(seed).random())
    close(generator.random(), fresh, name="the next number of rng")


@check(points=1, exercise="loader/iter")
def test_loader_can_drop_the_last_batch(student, rng):
    """DataLoader with drop_last leaves out a smaller last batch, and only that."""
    X, y = numbered(rng, 11)
    make = student.training.DataLoader
    for size, sizes in ((4, [4, 4]), (11, [11]), (12, [])):
        loader = make(X, y, size, rng=1, drop_last=True)
        found = [len(xb) for xb, _ in epoch(loader)]
        close(found, sizes, name=f"sizes of the batches for {size}")


@check(points=1, exercise="loader/iter")
def test_loader_leaves_the_data_alone(student, rng):
    """DataLoader does not change X and y, and keeps their dtypes."""
    hint("X[indices] copies; rng.shuffle(X) changes what belongs to the caller.")
    X, y = numbered(rng, 12)
    X, y = X.astype(np.float32), y.astype(np.int32)
    placed = student.place(X), student.place(y)
    loader = student.training.DataLoader(*placed, 5, rng=rng.spawn_seed())
    for xb, yb in epoch(loader):
        close(xb.dtype, X.dtype, name="dtype of xb")
        close(yb.dtype, y.dtype, name="dtype of yb")
    close(student.look(placed[0]), X, name="X afterwards", rtol=0, atol=0)
    close(student.look(placed[1]), y, name="y afterwards")
