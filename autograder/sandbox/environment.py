"""All of a guest's environment variables: none is inherited from the host."""

from __future__ import annotations

import os
import sys


def environment(scratch: str) -> dict[str, str]:
    """Return the environment of a guest whose own folder is `scratch`."""
    variables = {
        "HOME": scratch,
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",  # the order of a set must not change a mark
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }
    if sys.platform == "win32":  # without it, no socket can be opened
        variables["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    return variables
