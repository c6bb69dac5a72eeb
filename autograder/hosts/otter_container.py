"""Otter inside Gradescope's container, or inside one of `otter grade`.

    python -m autograder.hosts.otter_container ROOT

What `run_otter.py` of Otter's own zips does, with the hand-in set aside first, so that
Otter cannot stumble over its files, and `results.json` as in `container` where there is
no mark.
"""

from __future__ import annotations

import pathlib
import sys

from autograder.hosts.container import close
from autograder.hosts.otter_plugin import set_aside


def main(root: pathlib.Path) -> int:
    """Grade what lies in `root/submission`."""
    from otter.run.run_autograder import main as run_autograder

    close(root)
    metadata = root / "submission_metadata.json"
    if not metadata.is_file() or not metadata.read_bytes().strip():
        metadata.write_text("{}", encoding="utf-8")  # `otter grade` leaves it empty
    set_aside(root / "submission")
    run_autograder(str(root), zips=False)  # a zip is opened by our own intake
    return 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
