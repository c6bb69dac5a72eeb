"""Rows of a GPU: the reference by CuPy against PyTorch on the same device."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

import nets
from nets import normal
from table import Row, judged, machine, not_measured

from nabla import backend

ROWS = (
    ("mlp", "GPU: training step of the CIFAR-2 MLP, batch 64", 1.5),
    ("lenet", "GPU: training step of LeNet, batch 64", 2.5),
)
FASTER = "GPU: training step of the CIFAR-2 MLP, batch 1,024, against our CPU"


def gpu() -> Iterator[Row]:
    """Steps on a GPU, where there is one with CuPy and PyTorch."""
    why = _why_not()
    if why:
        for _, what, most in ROWS:
            yield not_measured("gpu", what, why, f"at most {most:g} times")
        yield not_measured("gpu", FASTER, why, "at least 20 times faster")
        return
    import cupy
    import torch

    for name, what, most in ROWS:
        x, y = _batch(name, 64)
        twin = nets.torch_twin(getattr(nets, name)(), "cuda")
        theirs = nets.torch_step(twin, x, y, "cuda")
        with backend.use("cupy"):
            ours = nets.step(getattr(nets, name)(), x, y)
        ours_s = _wall_s(ours, cupy.cuda.Device().synchronize)
        theirs_s = _wall_s(theirs, torch.cuda.synchronize)
        yield _on(judged("gpu", what, ours_s, ("PyTorch", theirs_s), most=most), cupy)
    x, y = _batch("mlp", 1024)
    with backend.use("cupy"):
        ours_s = _wall_s(nets.step(nets.mlp(), x, y), cupy.cuda.Device().synchronize)
    cpu_s = _wall_s(nets.step(nets.mlp(), x, y), lambda: None, runs=5)
    yield _on(judged("gpu", FASTER, ours_s, ("CPU", cpu_s), least=20), cupy)


def _why_not() -> str:
    """Return what is missing here, or nothing."""
    if "cupy" not in backend.available():
        return "no CuPy with a CUDA device here"
    try:
        import torch
    except ImportError:
        return "no PyTorch here"
    return "" if torch.cuda.is_available() else "PyTorch sees no CUDA device here"


def _batch(name: str, count: int) -> tuple:
    shape, classes = {
        "mlp": (nets.CIFAR_BATCH, 2),
        "lenet": (nets.DIGITS_BATCH, 10),
    }[name]
    return normal(count, *shape[1:]), nets.labels(count, classes)


def _wall_s(
    action: Callable[[], object], wait: Callable[[], object], runs: int = 50
) -> float:
    """Return the median wall time, all kernels finished."""
    for _ in range(3):
        action()
    times = []
    for _ in range(runs):
        wait()
        began = time.perf_counter()
        action()
        wait()
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _on(row: Row, cupy) -> Row:
    """Return the row with the device in its machine."""
    import dataclasses

    name = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
    return dataclasses.replace(row, machine=f"{machine()}, {name}, CuPy")
