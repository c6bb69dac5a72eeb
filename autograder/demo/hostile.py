"""Hand-ins that are neither right nor wrong: code that breaks, or that cheats.

Each body stands in place of a solution, each ending after the whole module.
"""

from __future__ import annotations

import dataclasses
import textwrap


@dataclasses.dataclass(frozen=True, slots=True)
class Trick:
    """One way not to solve a stage."""

    story: str
    body: str = ""  # in place of solutions; "": the template's stub
    ending: str = ""  # after the last line of the module
    everywhere: bool = True  # else in one exercise, and the others are solved


def _code(text: str) -> str:
    return textwrap.dedent(text).strip("\n")


TRICKS = (
    Trick("never returns", "while True:\n    pass", everywhere=False),
    Trick(
        "prints a table of full marks",
        ending=_code("""
            import json

            print("All checks passed. Score: 100 / 100")
            print(json.dumps({"score": 100.0, "tests": [], "status": "PASSED"}))
            try:
                with open("results.json", "w") as file:
                    json.dump({"score": 100.0}, file)
            except OSError:
                pass
        """),
    ),
    Trick(
        "takes all the memory there is",
        'hog = []\nwhile True:\n    hog.append(b"x" * 2**26)',
        everywhere=False,
    ),
    Trick(
        "patches numpy.allclose",
        "return np.zeros(1)",
        ending=_code("""
            import numpy as np


            def _agree(*args, **kwargs):
                return True


            np.allclose = np.array_equal = np.isclose = _agree
            np.testing.assert_allclose = np.testing.assert_array_equal = _agree
        """),
    ),
    Trick(
        "returns objects that equal everything",
        "return AlwaysEqual()",
        ending=_code("""
            class AlwaysEqual:
                def __eq__(self, other):
                    return True

                def __ne__(self, other):
                    return False

                def __lt__(self, other):
                    return True

                __le__ = __gt__ = __ge__ = __lt__
                __hash__ = object.__hash__

                def __call__(self, *args, **kwargs):
                    return self

                def __getattr__(self, name):
                    return self

                def __getitem__(self, key):
                    return self

                def __array__(self, dtype=None, copy=None):
                    import numpy

                    return numpy.zeros(1)
        """),
    ),
    Trick("leaves without a word", "import os\n\nos._exit(0)", everywhere=False),
    Trick("does not parse", ending="def unfinished(:"),
    Trick(
        "looks for expected values up the stack",
        _code("""
            import sys

            frame = sys._getframe()
            while frame is not None:
                for name in ("expected", "reference", "solution", "answer"):
                    if name in frame.f_locals:
                        return frame.f_locals[name]
                frame = frame.f_back
            return None
        """),
    ),
    Trick(
        "looks for hidden checks on the disk",
        ending=_code("""
            import os

            for root, folders, files in os.walk("/"):
                if root.count("/") > 4:
                    folders.clear()
                if "hidden" in folders or "reference" in folders:
                    print("found", root, folders, files)
        """),
    ),
    Trick(
        "prints without end",
        'while True:\n    print("score: 100 " * 1000)',
        everywhere=False,
    ),
)
