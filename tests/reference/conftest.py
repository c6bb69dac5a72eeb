"""The fixture `xp`: every test of the reference runs on each kind of array."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))  # for contract, strict_array

import strict_array

from nabla import backend

backend.register(strict_array)

SIDES = ["numpy", "strict_array", pytest.param("cupy", marks=pytest.mark.gpu)]


@pytest.fixture(params=SIDES)
def xp(request):
    """Return an array module; new parameters belong to it while the test runs."""
    if request.param not in backend.available():
        pytest.skip("needs CuPy and a CUDA device")
    with backend.use(request.param) as module:
        yield module
