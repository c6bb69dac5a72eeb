"""An import finder that finds numpy in a folder of packages, and nothing else there.

For the unprotected sandbox, which has no folder with numpy alone. It keeps an honest
submission from using a library that a protected sandbox would not have.
"""

from __future__ import annotations

import importlib.machinery
import types
from collections.abc import Sequence


class OnlyNumpy:
    """Goes at the end of `sys.meta_path`."""

    def __init__(self, site: str) -> None:
        self._site = site

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,
        target: types.ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """Return where numpy is; its parts are found by its own path."""
        del path
        if name != "numpy":
            return None
        return importlib.machinery.PathFinder.find_spec(name, [self._site], target)
