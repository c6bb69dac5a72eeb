"""A million mutated frames: no crash, no hang, no allocation, nothing but WireError.

    python tests/fuzz/run.py --frames 1000000 --seed 1        tox run -e fuzz

Frames of every kind of value are changed, cut, joined and lied about. One in sixteen
goes through a socket, header included. Memory is limited on top, so that even what
tracemalloc does not see cannot pass unnoticed. Exits with 1 at the first find.
"""

import argparse
import collections
import random
import resource
import signal
import struct
import sys
import time
import tracemalloc

import frames

from autograder.wire import encode

ALL_MEMORY_BYTES = 256 * 1024**2  # beyond what the process has when it begins
THROUGH_A_SOCKET = 16  # one frame in so many
TAGS = b"NTFiIfsbltdanyh"
ODD = [0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF]
SIZES = [0, 1, 255, 2**16, 2**31 - 1, 2**31, 2**32 - 1]
SHAPES = [0, 1, 2**20, 2**32, 2**62, 2**63 - 1, 2**63, 2**64 - 1]


def flip(draw, data, _):
    """Change one bit."""
    data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)


def set_byte(draw, data, _):
    """Set a byte to one of those at the edges."""
    data[draw.randrange(len(data))] = draw.choice(ODD)


def set_tag(draw, data, _):
    """Make another kind of value of whatever stands there."""
    data[draw.randrange(len(data))] = draw.choice(TAGS)


def set_size(draw, data, _):
    """Write a length of four bytes."""
    _overwrite(draw, data, struct.pack("<I", draw.choice(SIZES)))


def set_shape(draw, data, _):
    """Write a length of eight bytes."""
    _overwrite(draw, data, struct.pack("<Q", draw.choice(SHAPES)))


def cut(draw, data, _):
    """Leave the end away."""
    del data[draw.randrange(len(data)) :]


def drop(draw, data, _):
    """Leave a piece out."""
    at = draw.randrange(len(data))
    del data[at : at + draw.randint(1, 16)]


def repeat(draw, data, _):
    """Have a piece twice, or many times."""
    at = draw.randrange(len(data))
    data[at:at] = data[at : at + draw.randint(1, 16)] * draw.choice([1, 1, 2, 40])


def join(draw, data, others):
    """Put a piece of another frame in."""
    other = draw.choice(others)
    start = draw.randrange(len(other))
    at = draw.randrange(len(data))
    data[at:at] = other[start : start + draw.randint(1, 64)]


def nest(draw, data, _):
    """Wrap it into lists, or into dicts with a key."""
    levels = draw.choice([1, 5, 30, 31, 32, 33, 200])
    data[:0] = draw.choice([b"l\1\0\0\0", b"t\1\0\0\0", b"d\1\0\0\0\1\0\0\0k"]) * levels


def noise(draw, data, _):
    """Replace it all."""
    data[:] = draw.randbytes(draw.randint(1, 80))


MUTATIONS = (
    *(flip, set_byte, set_tag, set_size, set_shape),
    *(cut, drop, repeat, join, nest, noise),
)


def mutated(draw, seeds):
    """Return a frame that has been changed in one to three ways."""
    data = bytearray(draw.choice(seeds))
    for _ in range(draw.choice([1, 1, 1, 2, 3])):
        if data:
            draw.choice(MUTATIONS)(draw, data, seeds)
    return bytes(data)


def _overwrite(draw, data, piece):
    at = draw.randrange(len(data))
    data[at : at + len(piece)] = piece


def _limit_memory():
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - Linux only
        pages = int(file.read().split()[0])
    limit = pages * resource.getpagesize() + ALL_MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _late(*_):
    raise TimeoutError


def main():
    """Make the frames and count what becomes of them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    seeds = [encode(value) for value in frames.SEEDS]
    if sys.platform == "linux":
        _limit_memory()
    signal.signal(signal.SIGALRM, _late)
    tracemalloc.start()
    ends = collections.Counter()
    began = time.monotonic()
    for number in range(options.frames):
        payload = mutated(draw, seeds)
        signal.setitimer(signal.ITIMER_REAL, 2 * frames.HANG_S)
        if number % THROUGH_A_SOCKET:
            ends["values" if frames.examine(payload) else "refused"] += 1
        else:
            version = draw.choice([1] * 8 + [0, 255])
            size = draw.choice([None] * 6 + [0, len(payload) + 1, 2**63])
            frames.examine_stream(frames.framed(payload, version, size))
            ends["through a socket"] += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    took_s = time.monotonic() - began
    print(f"{options.frames:,} frames under seed {options.seed} in {took_s:.0f} s")
    print(f"{options.frames / took_s:,.0f} a second; {dict(ends)}; nothing found")


if __name__ == "__main__":
    main()
