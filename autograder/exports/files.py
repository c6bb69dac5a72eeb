"""Files that are there as a whole or not at all."""

from __future__ import annotations

import os
import pathlib
import tempfile


def write_text(path: pathlib.Path, text: str) -> pathlib.Path:
    """Write the file, with the folders it needs; a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}-", dir=path.parent)
    unfinished = pathlib.Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(0o644)  # a temporary file is for its owner alone
        return unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
