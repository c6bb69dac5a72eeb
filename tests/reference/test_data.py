import gzip
import struct

import numpy as np
import pytest

from nabla import data

MAKERS = [data.plane, data.sine, data.moons, data.spirals]


def test_xor_is_the_table_of_the_lecture():
    X, y = data.xor()

    assert [tuple(row) for row in X] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert list(y) == [0, 1, 1, 0]


@pytest.mark.parametrize("make", MAKERS)
def test_the_generator_decides_alone(make):
    first, again = make(20, rng=3), make(20, rng=3)
    other = make(20, rng=4)

    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_points_without_noise_lie_on_the_plane():
    X, y = data.plane(10, w=(1.0, 2.0, 3.0), b=-1.0, noise=0.0, rng=1)

    np.testing.assert_allclose(y, X @ [1.0, 2.0, 3.0] - 1.0)


@pytest.mark.parametrize("make", [data.moons, data.spirals])
def test_labels_are_int64_and_balanced(make):
    X, labels = make(60, rng=1)
    counts = np.bincount(labels)

    assert X.shape == (60, 2)
    assert labels.dtype == np.int64
    assert len(set(counts)) == 1


def test_digits_are_the_1797_of_the_source():
    X, labels = data.digits()

    assert X.shape == (1797, 1, 8, 8)
    assert X.dtype == np.float32
    assert labels.dtype == np.int64
    assert (X.min(), X.max()) == (0.0, 1.0)
    counts = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert np.bincount(labels).tolist() == counts
    assert (X[0, 0, 0] * 16).tolist() == [0, 0, 5, 13, 9, 1, 0, 0]
    assert labels[:4].tolist() == [0, 1, 2, 3]


def test_digits_can_be_told_apart_by_their_nearest_neighbour():
    X, labels = data.digits()
    flat = X.reshape(len(X), -1)
    known, new = flat[:900], flat[900:]
    distance = (new**2).sum(1)[:, None] - 2 * new @ known.T + (known**2).sum(1)

    assert np.mean(labels[:900][distance.argmin(1)] == labels[900:]) > 0.95


def test_digits_say_which_file_is_missing(monkeypatch, tmp_path):
    monkeypatch.setattr(data, "__file__", str(tmp_path / "data.py"))

    with pytest.raises(FileNotFoundError, match=r"digits\.npz"):
        data.digits()


def idx(values, code):
    """Return an array in IDX format, written here from the format's description."""
    sizes = b"".join(struct.pack(">I", size) for size in values.shape)
    return bytes([0, 0, code, values.ndim]) + sizes + values.tobytes()


@pytest.mark.parametrize(
    ("code", "dtype"),
    [(8, ">u1"), (9, ">i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")],
)
def test_idx_files_of_every_type_are_read(tmp_path, code, dtype):
    values = np.arange(24).reshape(2, 3, 4).astype(dtype)
    path = tmp_path / "values-idx3"
    path.write_bytes(idx(values, code))

    found = data.load_idx(path)

    assert found.dtype == np.dtype(dtype).newbyteorder("=")
    assert np.array_equal(found, values)
    found[0] = 1  # it is no view of the file


def test_idx_files_may_be_compressed(tmp_path):
    values = np.arange(6, dtype=np.uint8).reshape(2, 3)
    path = tmp_path / "values-idx2-ubyte.gz"
    path.write_bytes(gzip.compress(idx(values, 8)))

    assert np.array_equal(data.load_idx(path), values)


@pytest.mark.parametrize("rank", [0, 1])
def test_idx_files_of_low_rank_are_read(tmp_path, rank):
    values = np.full((3,) * rank, 7, np.uint8)
    path = tmp_path / "values"
    path.write_bytes(idx(values, 8))

    assert data.load_idx(path).shape == values.shape


WHOLE = idx(np.zeros((2, 3), np.uint8), 8)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "begins with"),
        (b"\0\0", "begins with"),
        (b"<html>", "begins with"),
        (b"\0\0\x07\x01\0\0\0\0", "begins with"),
        (WHOLE[:-1], "holds 17 bytes, expected 18"),
        (WHOLE + b"\0", "holds 19 bytes, expected 18"),
        (WHOLE[:6], "holds 6 bytes"),
        (gzip.compress(WHOLE)[:-5], "damaged"),
        (gzip.compress(WHOLE)[:12] + b"\xff" * 20, "damaged"),
    ],
)
def test_damaged_idx_files_are_refused(tmp_path, raw, told):
    path = tmp_path / "values"
    path.write_bytes(raw)

    with pytest.raises(ValueError, match=told):
        data.load_idx(path)


def mnist_folder(folder, part="train", *, gz=False, labels=5):
    """Write a tiny MNIST; return its images and labels."""
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (5, 28, 28), dtype=np.uint8)
    images[0, 0, 0] = 255
    classes = rng.integers(0, 10, labels).astype(np.uint8)
    pack, suffix = (gzip.compress, ".gz") if gz else (bytes, "")
    for name, values in (("images-idx3", images), ("labels-idx1", classes)):
        path = folder / f"{part}-{name}-ubyte{suffix}"
        path.write_bytes(pack(idx(values, 8)))
    return images, classes


@pytest.mark.parametrize("gz", [False, True])
@pytest.mark.parametrize(("part", "train"), [("train", True), ("t10k", False)])
def test_mnist_comes_as_floats_with_a_channel(tmp_path, part, train, gz):
    images, classes = mnist_folder(tmp_path, part, gz=gz)

    X, labels = data.mnist(tmp_path, train=train)

    assert X.shape == (5, 1, 28, 28)
    assert X.dtype == np.float32
    assert X[0, 0, 0, 0] == 1.0
    np.testing.assert_allclose(X[:, 0] * 255, images, rtol=1e-6)
    assert labels.dtype == np.int64
    assert np.array_equal(labels, classes)


def test_mnist_names_the_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="train-images-idx3-ubyte"):
        data.mnist(tmp_path)


def test_mnist_wants_a_label_for_every_image(tmp_path):
    mnist_folder(tmp_path, labels=4)

    with pytest.raises(ValueError, match=r"\(5, 28, 28\) and labels \(4,\)"):
        data.mnist(tmp_path)


def cifar_folder(folder, *, gz=False):
    """Write a tiny CIFAR-10, two images per file; return all of its rows."""
    rng = np.random.default_rng(2)
    names = [*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"]
    rows = rng.integers(0, 256, (6, 2, 3073), dtype=np.uint8)
    rows[:, :, 0] = np.arange(12).reshape(6, 2) % 10
    for name, batch in zip(names, rows, strict=True):
        path = folder / (f"{name}.gz" if gz else name)
        path.write_bytes(gzip.compress(batch.tobytes()) if gz else batch.tobytes())
    return rows


@pytest.mark.parametrize("gz", [False, True])
def test_cifar10_comes_channel_by_channel(tmp_path, gz):
    rows = cifar_folder(tmp_path, gz=gz)

    X, labels = data.cifar10(tmp_path)
    X_test, labels_test = data.cifar10(tmp_path, train=False)

    assert X.shape == (10, 3, 32, 32)
    assert X.dtype == np.float32
    assert labels.tolist() == list(range(10))
    red, green = rows[0, 0, 1:1025], rows[0, 0, 1025:2049]
    np.testing.assert_allclose(X[0, 0].ravel() * 255, red, rtol=1e-6)
    np.testing.assert_allclose(X[0, 1].ravel() * 255, green, rtol=1e-6)
    np.testing.assert_allclose(X[0, 0, 0, 1] * 255, red[1], rtol=1e-6)
    assert len(X_test) == 2
    assert labels_test.tolist() == [0, 1]


def test_cifar2_keeps_two_classes_and_numbers_them(tmp_path):
    rows = cifar_folder(tmp_path).reshape(-1, 3073)

    X, labels = data.cifar10(tmp_path, classes=(2, 0))

    assert labels.tolist() == [1, 0]
    for image, row in zip(X, rows[[0, 2]], strict=True):
        np.testing.assert_allclose(image.ravel() * 255, row[1:], rtol=1e-6)


@pytest.mark.parametrize("classes", [(0, 0), (0, 10), (-1, 2)])
def test_cifar10_refuses_classes_that_are_none(tmp_path, classes):
    with pytest.raises(ValueError, match="some of 0 to 9"):
        data.cifar10(tmp_path, classes=classes)


def test_cifar10_names_the_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"data_batch_1\.bin"):
        data.cifar10(tmp_path)


@pytest.mark.parametrize(
    ("raw", "told"),
    [(b"", "0 bytes"), (b"\0" * 3072, "3072 bytes"), (b"\x0b" * 3073, "label 11")],
)
def test_damaged_batches_are_refused(tmp_path, raw, told):
    path = tmp_path / "data_batch_1.bin"
    path.write_bytes(raw)

    with pytest.raises(ValueError, match=told):
        data.load_cifar10_batch(path)
