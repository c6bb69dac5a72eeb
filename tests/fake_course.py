"""A course of three one-line stages and hand-ins for it: for tests of intake."""

import io
import pathlib
import zipfile

from autograder.manifest import Course

GIVEN = ("__init__", "module", "backend", "errors", "data")
STAGES = (("a01_gates", "gates"), ("a02_layers", "layers"), ("a03_losses", "losses"))

MANIFEST = """\
schema = 1
id = "{id}"
title = "{module}"
points = 10
files = ["nabla/{module}.py"]
solutions_released = {released}
[[exercise]]
id = "{module}"
title = "{module}"
points = 10
"""


def write_course(root: pathlib.Path, released: tuple[str, ...] = ()) -> Course:
    """Write a course whose files say where they come from."""
    for module in GIVEN:
        put(root, f"reference/nabla/{module}.py", f"# given {module}\n")
    for stage, module in STAGES:
        put(root, f"reference/nabla/{module}.py", f"# solution of {module}\n")
        put(root, f"student_template/nabla/{module}.py", f"# stub of {module}\n")
        text = MANIFEST.format(
            id=stage, module=module, released=str(stage in released).lower()
        )
        put(root, f"assignments/{stage}/assignment.toml", text)
    return Course(root)


def put(root: pathlib.Path, name: str, content: str | bytes) -> pathlib.Path:
    """Write a file below `root`, with the folders it needs."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def hand_in(root: pathlib.Path, **files: str) -> pathlib.Path:
    """Write modules into the folder `root/nabla`, by name, and return `root`."""
    for module, content in files.items():
        put(root, f"nabla/{module}.py", content)
    return root


def zipped(**files: str | bytes) -> bytes:
    """Return a zip of the files, named "nabla/gates.py" and so on."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
