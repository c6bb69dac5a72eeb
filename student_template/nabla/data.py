"""Small data sets, computed or read from files; nothing is downloaded.

All randomness is an argument.
"""

from __future__ import annotations

import gzip
import math
import os
import pathlib
import typing
import zlib

import numpy as np

from nabla.backend import Array, Seed, as_generator

Path: typing.TypeAlias = str | os.PathLike[str]

_IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def xor() -> tuple[Array, Array]:
    """Return the four points of XOR and their values.

    Shapes:
        X: (4, 2), rows (0, 0), (0, 1), (1, 0), (1, 1); y: (4,), values 0, 1, 1, 0.

    Source: lecture 004, "Learning XOR".
    """
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return X, np.array([0.0, 1.0, 1.0, 0.0])


def plane(
    n: int = 50,
    w: tuple[float, ...] = (2.0, -1.0),
    b: float = 1.0,
    *,
    noise: float = 0.1,
    rng: Seed = None,
) -> tuple[Array, Array]:
    """Return n points X in [-1, 1]^P and y = X w + b + noise * N(0, 1).

    Shapes:
        X: (n, P) with P = len(w); y: (n,).
    """
    generator = as_generator(rng)
    X = generator.uniform(-1.0, 1.0, (n, len(w)))
    return X, X @ np.array(w) + b + noise * generator.normal(size=n)


def sine(n: int = 50, *, noise: float = 0.1, rng: Seed = None) -> tuple[Array, Array]:
    """Return n sorted points x in [0, 1] and y = sin(2 pi x) + noise * N(0, 1).

    Shapes:
        x: (n,); y: (n,).
    """
    generator = as_generator(rng)
    x = np.sort(generator.uniform(0.0, 1.0, n))
    return x, np.sin(2 * np.pi * x) + noise * generator.normal(size=n)


def moons(n: int = 200, *, noise: float = 0.1, rng: Seed = None) -> tuple[Array, Array]:
    """Return two interleaved half circles with labels 0 and 1.

    Shapes:
        X: (n, 2); labels: (n,) int64, the first n // 2 are 0.
    """
    generator = as_generator(rng)
    labels = (np.arange(n) >= n // 2).astype(np.int64)
    angle = generator.uniform(0.0, np.pi, n)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1.0 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    X = np.where(labels[:, None] == 0, upper, lower)
    return X + noise * generator.normal(size=(n, 2)), labels


def spirals(
    n: int = 300, classes: int = 3, *, noise: float = 0.1, rng: Seed = None
) -> tuple[Array, Array]:
    """Return intertwined spiral arms, one per class, around the origin.

    Shapes:
        X: (n, 2); labels: (n,) int64, point i belongs to class i % classes.
    """
    generator = as_generator(rng)
    labels = np.arange(n) % classes
    radius = generator.uniform(0.05, 1.0, n)
    angle = 2 * np.pi * labels / classes + 4.0 * radius
    angle = angle + noise * generator.normal(size=n)
    X = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return X, labels.astype(np.int64)


def digits() -> tuple[Array, Array]:
    """Return 1,797 small images of handwritten digits, in the order of the source.

    The file `digits.npz` lies beside this module; nothing is downloaded.

    Shapes:
        X: (1797, 1, 8, 8) float32, 0 is paper and 1 is ink; labels: (1797,) int64.

    Raises:
        FileNotFoundError: if the file is not there.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI
        Machine Learning Repository, 1998, licence CC BY 4.0; see digits.txt.
    """
    path = pathlib.Path(__file__).with_name("digits.npz")
    if not path.is_file():
        raise FileNotFoundError(
            f"digits: there is no {path}; copy digits.npz from the course's files to"
            " the folder of data.py."
        )
    with np.load(path, allow_pickle=False) as arrays:
        images, labels = arrays["images"], arrays["labels"]
    X = images[:, None].astype(np.float32) / np.float32(16)
    return X, labels.astype(np.int64)


def load_idx(path: Path) -> Array:
    """Read one file in MNIST's IDX format, plain or compressed by gzip.

    Two zero bytes, one for the type, one for the number of axes; each axis' size in
    four bytes; the values. All numbers are big-endian.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is no IDX file, or is not as long as its header says.

    Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database.
    """
    raw = _read(path)
    zeros, code, rank = raw[:2], raw[2:3], raw[3:4]
    if len(raw) < 4 or zeros != b"\0\0" or code[0] not in _IDX_TYPES:
        raise ValueError(
            f"load_idx: {path} begins with the bytes {raw[:4].hex(' ') or '(none)'},"
            " expected 00 00, a type such as 08, and the number of axes."
        )
    dtype, header = np.dtype(_IDX_TYPES[code[0]]), 4 + 4 * rank[0]
    sizes = np.frombuffer(raw[4:header].ljust(header - 4, b"\0"), ">u4").tolist()
    shape, expected = tuple(sizes), header + math.prod(sizes) * dtype.itemsize
    if len(raw) != expected:
        raise ValueError(
            f"load_idx: {path} holds {len(raw)} bytes, expected {expected} for the"
            f" shape {shape}; was it copied completely?"
        )
    values = np.frombuffer(raw, dtype, offset=header).reshape(shape)
    return values.astype(dtype.newbyteorder("="))


def mnist(folder: Path, train: bool = True) -> tuple[Array, Array]:
    """Read MNIST, or Fashion-MNIST, from files that you have downloaded.

    The folder holds train-images-idx3-ubyte, train-labels-idx1-ubyte and the two of
    t10k, each plain or as .gz.

    Shapes:
        X: (N, 1, 28, 28) float32 from 0 to 1; labels: (N,) int64.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if a file is damaged, or images and labels do not fit.
    """
    part = "train" if train else "t10k"
    images = load_idx(_find(folder, f"{part}-images-idx3-ubyte"))
    labels = load_idx(_find(folder, f"{part}-labels-idx1-ubyte"))
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise ValueError(
            f"mnist: images have shape {images.shape} and labels {labels.shape},"
            " expected (N, rows, columns) and (N,)."
        )
    X = images[:, None].astype(np.float32) / np.float32(255)
    return X, labels.astype(np.int64)


def load_cifar10_batch(path: Path) -> tuple[Array, Array]:
    """Read one file of CIFAR-10's binary version, plain or compressed by gzip.

    One byte for the label, then 3 * 32 * 32 for red, green and blue, row by row.

    Shapes:
        images: (N, 3, 32, 32) uint8; labels: (N,) int64.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is not made of whole images with labels 0 to 9.

    Source: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.
    """
    raw, size = _read(path), 1 + 3 * 32 * 32
    if not raw or len(raw) % size:
        raise ValueError(
            f"load_cifar10_batch: {path} holds {len(raw)} bytes, expected a multiple of"
            f" {size}; is it the binary version, and complete?"
        )
    rows = np.frombuffer(raw, np.uint8).reshape(-1, size)
    labels = rows[:, 0].astype(np.int64)
    if labels.max() > 9:
        raise ValueError(
            f"load_cifar10_batch: {path} has the label {labels.max()}, expected 0 to 9;"
            " is it a batch of CIFAR-10, binary version?"
        )
    return rows[:, 1:].reshape(-1, 3, 32, 32).copy(), labels


def cifar10(
    folder: Path, train: bool = True, classes: tuple[int, ...] | None = None
) -> tuple[Array, Array]:
    """Read CIFAR-10, or some of its classes, from files that you have downloaded.

    The folder holds data_batch_1.bin to data_batch_5.bin and test_batch.bin. With
    classes=(0, 2), airplanes and birds, it is the CIFAR-2 of lecture 004.

    The classes are 0 airplane, 1 automobile, 2 bird, 3 cat, 4 deer, 5 dog, 6 frog,
    7 horse, 8 ship, 9 truck; those named are kept, and numbered 0, 1, ... in the order
    given.

    Shapes:
        X: (N, 3, 32, 32) float32 from 0 to 1; labels: (N,) int64.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if a file is damaged, or a class is not from 0 to 9 or named twice.
    """
    parts = (
        [f"data_batch_{i}.bin" for i in range(1, 6)] if train else ["test_batch.bin"]
    )
    wanted = tuple(range(10)) if classes is None else classes
    if len(set(wanted)) < len(wanted) or not set(wanted) <= set(range(10)):
        raise ValueError(f"cifar10: classes is {classes}, expected some of 0 to 9.")
    number = np.full(10, -1)
    number[list(wanted)] = np.arange(len(wanted))
    kept = []
    for part in parts:
        images, labels = load_cifar10_batch(_find(folder, part))
        chosen = number[labels] >= 0
        X = images[chosen].astype(np.float32) / np.float32(255)
        kept.append((X, number[labels[chosen]].astype(np.int64)))
    return np.concatenate([X for X, _ in kept]), np.concatenate([y for _, y in kept])


def _read(path: Path) -> bytes:
    raw = pathlib.Path(path).read_bytes()
    if raw[:2] != b"\x1f\x8b":  # every gzip file begins so, whatever it is called
        return raw
    try:
        return gzip.decompress(raw)
    except (EOFError, OSError, zlib.error) as exc:
        raise ValueError(f"{path}: is damaged, gzip says: {exc}.") from exc


def _find(folder: Path, name: str) -> pathlib.Path:
    """Return the file of that name, or of that name with .gz."""
    paths = [pathlib.Path(folder, name), pathlib.Path(folder, f"{name}.gz")]
    for path in paths:
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"{folder}: holds neither {name} nor {name}.gz. Nothing is downloaded here: get"
        " the file from the data set's site and put it there."
    )
