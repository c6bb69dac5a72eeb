import subprocess
import sys

import pytest

from autograder.sandbox import landlock, linux

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not landlock.abi(), reason="needs Landlock"
)

PROGRAM = """
import pathlib, sys
from autograder.sandbox import landlock, linux
version, allowed, refused = int(sys.argv[1]), sys.argv[2], sys.argv[3]
landlock.abi = lambda: version
linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
landlock.restrict(landlock.Paths(read=[], write=[allowed], devices=["/dev/null"]))
pathlib.Path(allowed, "new").write_text("x")
pathlib.Path("/dev/null").write_text("x")
for act in (
    lambda: pathlib.Path(refused).read_text(),
    lambda: pathlib.Path(refused).write_text(""),
    lambda: pathlib.Path("/proc/self/status").read_text(),
    lambda: list(pathlib.Path("/").iterdir()),
):
    try:
        act()
    except PermissionError:
        continue
    sys.exit("not refused")
"""


@pytest.mark.parametrize("version", range(1, 8))
def test_what_is_not_listed_is_refused_by_old_and_new_versions(version, tmp_path):
    if version > landlock.abi():
        pytest.skip(f"this kernel knows version {landlock.abi()}")
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    arguments = [str(version), str(allowed), str(secret)]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.returncode, run.stderr) == (0, "")
    assert secret.read_text() == "secret"


def test_a_kernel_without_landlock_is_told(monkeypatch):
    def refuse(*arguments):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(linux, "syscall", refuse)

    assert landlock.abi() == 0
    with pytest.raises(OSError, match="not in this kernel"):
        landlock.restrict(landlock.Paths(read=[], write=[], devices=[]))
