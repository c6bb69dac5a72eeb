"""Stage 07: changes of images against PyTorch, and an augmenter that keeps labels."""

import numpy as np
import pytest

from nabla import augmentation, backend
from nabla.augmentation import Augmenter

IMAGES = np.random.default_rng(1).normal(size=(3, 2, 4, 5))

TRANSFORMS = {
    "hflip": (augmentation.hflip, lambda torch, t: torch.flip(t, [3])),
    "vflip": (augmentation.vflip, lambda torch, t: torch.flip(t, [2])),
    "rot90": (augmentation.rot90, lambda torch, t: torch.rot90(t, 1, [2, 3])),
    "rot180": (
        lambda x: augmentation.rot90(x, 2),
        lambda torch, t: torch.rot90(t, 2, [2, 3]),
    ),
    "rot270": (
        lambda x: augmentation.rot90(x, -1),
        lambda torch, t: torch.rot90(t, 3, [2, 3]),
    ),
    "translate": (
        lambda x: augmentation.translate(x, 1, -2, fill=0.5),
        lambda torch, t: torch.nn.functional.pad(t, (-2, 2, 1, -1), value=0.5),
    ),
    "brightness": (
        lambda x: augmentation.adjust_brightness(x, 0.3),
        lambda _torch, t: t + 0.3,
    ),
    "contrast": (
        lambda x: augmentation.adjust_contrast(x, 1.7),
        lambda torch, t: torch.lerp(t.mean((1, 2, 3), keepdim=True), t, 1.7),
    ),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_agree_with_pytorch(name, dtype, xp):
    torch = pytest.importorskip("torch")
    ours, theirs = TRANSFORMS[name]
    images = IMAGES.astype(dtype)
    found = ours(xp.asarray(images))
    wanted = theirs(torch, torch.tensor(images)).numpy()

    assert backend.array_module(found) is xp
    assert found.dtype == dtype
    tolerance = 1e-6 if dtype == "float32" else 1e-14
    np.testing.assert_allclose(backend.to_numpy(found), wanted, rtol=0, atol=tolerance)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_hand_out_new_arrays(name):
    images = IMAGES.copy()
    found = TRANSFORMS[name][0](images)
    found[...] = 7.0

    np.testing.assert_array_equal(images, IMAGES)


@pytest.mark.parametrize("name", TRANSFORMS)
def test_transforms_refuse_what_is_no_batch_of_images(name):
    transform = TRANSFORMS[name][0]
    with pytest.raises(
        ValueError, match=r"images has shape .* expected \(N, C, H, W\)"
    ):
        transform(IMAGES[0])
    with pytest.raises(TypeError, match="images has dtype int64"):
        transform(IMAGES.astype(int))


@pytest.mark.parametrize(("dy", "dx"), [(4, 0), (-4, 0), (0, 5), (9, 9), (0, -7)])
def test_moved_out_of_the_image_nothing_is_left(dy, dx):
    found = augmentation.translate(IMAGES, dy, dx, fill=0.25)

    np.testing.assert_array_equal(found, np.full_like(IMAGES, 0.25))


def test_four_quarter_turns_are_none():
    np.testing.assert_array_equal(augmentation.rot90(IMAGES, 4), IMAGES)
    np.testing.assert_array_equal(augmentation.rot90(IMAGES, 0), IMAGES)


def brighter(by):
    return lambda images: augmentation.adjust_brightness(images, by)


def test_the_augmenter_tosses_one_coin_per_image_and_transform(xp):
    call = Augmenter({"a": brighter(1.0), "b": brighter(2.0)}, rng=1)
    zeros = xp.asarray(np.zeros((4000, 1, 1, 2)))
    labels = xp.asarray(np.zeros(4000, int))
    found = backend.to_numpy(call(zeros, labels))[:, 0, 0, 0]
    counts = np.bincount(found.astype(int), minlength=4)

    assert counts.sum() == 4000
    assert abs(counts - 1000).max() < 6 * np.sqrt(4000 * 3 / 16)
    assert (backend.to_numpy(call(zeros, labels))[:, 0, 0, 0] != found).any()


def test_a_six_is_never_turned(xp):
    call = Augmenter(
        {"rot180": lambda x: augmentation.rot90(x, 2), "lighter": brighter(0.5)},
        rng=1,
        forbidden={6: {"rot180"}, 9: {"rot180"}},
    )
    images = np.repeat(IMAGES[:1], 300, axis=0)
    labels = np.repeat([6, 9, 1], 100)
    found = backend.to_numpy(call(xp.asarray(images), xp.asarray(labels)))
    upright = (found - images).round(9)
    turned = [len(np.unique(difference)) > 1 for difference in upright]

    assert not any(turned[:200])
    assert 20 < sum(turned[200:]) < 80
    assert 0 < (upright[:200] != 0).all(axis=(1, 2, 3)).sum() < 200


def test_the_augmenter_leaves_its_arguments_alone():
    def spoil(images):
        images *= 0.0
        return images

    images, labels = IMAGES.copy(), np.array([1, 2, 3])
    for _ in range(5):
        Augmenter({"spoil": spoil})(images, labels)

    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(labels, [1, 2, 3])


def test_one_seed_makes_one_choice():
    calls = [Augmenter({"a": brighter(1.0)}, rng=7) for _ in range(2)]
    labels = np.zeros(3, int)

    np.testing.assert_array_equal(*(call(IMAGES, labels) for call in calls))


@pytest.mark.parametrize(
    ("labels", "error", "match"),
    [
        (np.zeros(2, int), ValueError, r"labels has shape \(2,\), expected \(N=3,\)"),
        (np.zeros(3), TypeError, "labels has dtype float64, expected int64"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, error, match):
    with pytest.raises(error, match=match):
        Augmenter({"a": brighter(1.0)})(IMAGES, labels)


def test_unknown_names_are_refused():
    with pytest.raises(
        ValueError, match=r"forbidden names \['rot'\], expected some of"
    ):
        Augmenter({"rot90": augmentation.rot90}, forbidden={6: {"rot"}})


def test_a_transform_must_keep_the_shape():
    call = Augmenter({"rot90": augmentation.rot90}, rng=1)
    images = np.repeat(IMAGES, 30, axis=0)  # one of 90 coins at least is heads
    with pytest.raises(ValueError, match=r"rot90\(images\) has shape"):
        call(images, np.zeros(90, int))
