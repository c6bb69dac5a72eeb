"""The zip that Gradescope calls an autograder.

Gradescope unpacks it to /autograder/source and runs `setup.sh` once, as root, then
`run_autograder` in a fresh container for every hand-in.
"""

from __future__ import annotations

import pathlib

from autograder.errors import UsageError
from autograder.hosts import bundle
from autograder.manifest import Course

ARCHIVE = "autograder.zip"
_SCRIPTS = ("setup.sh", "run_autograder")


def write(
    course: Course,
    settings: bundle.Settings,
    out: pathlib.Path,
    wheels: pathlib.Path | None = None,
) -> pathlib.Path:
    """Write `out/autograder.zip` and return it.

    With a folder of wheels, building the image needs no network, provided that it has
    Python 3.11 or newer.

    Raises:
        KitError: if the stage cannot be graded, wheels are missing, or the archive
            cannot be written.
    """
    content = bundle.files(course, settings)
    content.update({name: bundle.script(name) for name in _SCRIPTS})
    content["requirements.txt"] = bundle.requirements().encode()
    content["no_score.json"] = bundle.no_score()
    if wheels is not None:
        content.update(read_wheels(wheels, ("numpy", "pip")))
    what = f"{settings.stage} in Gradescope"
    return bundle.write_zip(content, out / ARCHIVE, _SCRIPTS, what)


def read_wheels(folder: pathlib.Path, needed: tuple[str, ...]) -> dict[str, bytes]:
    """Return the wheels of a folder, for the zip.

    Raises:
        UsageError: if one that is needed is not there.
    """
    found = sorted(folder.glob("*.whl"))
    heads = {path.name.partition("-")[0].casefold() for path in found}
    missing = [name for name in needed if name not in heads]
    if missing:
        asked = " ".join([*needed[1:], bundle.requirements().strip()])
        raise UsageError(
            f"--wheels {folder}: holds no wheel of {missing[0]}.",
            f"Fill it: pip download --only-binary=:all: --dest {folder} {asked}",
        )
    return {f"wheels/{path.name}": path.read_bytes() for path in found}
