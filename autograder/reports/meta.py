"""What a page says about the run that produced it."""

from __future__ import annotations

import dataclasses

from autograder import __version__


@dataclasses.dataclass(frozen=True, slots=True)
class Meta:
    """What the results themselves do not say; everything may be left out."""

    course: str = ""
    graded_at: str = ""  # as people write it: "20 November 2026, 20:15"
    kit: str = __version__
    batch_s: float | None = None  # wall time of the whole batch
