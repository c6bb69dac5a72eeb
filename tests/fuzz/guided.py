"""Coverage-guided: Atheris looks for bytes that take new ways through the wire.

    python tests/fuzz/guided.py -runs=200000                  tox run -e fuzz

Options are libFuzzer's. A find is written to the current folder, and ends the run
with an exit code other than 0.
"""

import pathlib
import sys
import tempfile
import tracemalloc

import atheris

with atheris.instrument_imports(include=["autograder.wire"]):
    import autograder.wire

import frames


def one_input(data):
    """Take the same bytes as a payload and as a stream."""
    frames.examine(data)
    if data[:1] == b"\1":
        frames.examine_stream(data)


def main():
    """Begin with a frame of every kind of value."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        for number, value in enumerate(frames.SEEDS):
            payload = autograder.wire.encode(value)
            pathlib.Path(folder, f"payload{number}").write_bytes(payload)
            framed = frames.framed(payload)
            pathlib.Path(folder, f"stream{number}").write_bytes(framed)
        tracemalloc.start()
        atheris.Setup([*sys.argv, "-max_len=4096", "-timeout=5", folder], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
