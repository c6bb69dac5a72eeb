"""Takes memory past the allocator: by maps of each kind, grown afterwards."""

import ctypes
import mmap

_libc = ctypes.CDLL(None, use_errno=True)
_STEP, _MOST = 64 * 1024**2, 1200 * 1024**2
_KINDS = (  # the last: MAP_NORESERVE and MAP_POPULATE
    mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS,
    mmap.MAP_SHARED | mmap.MAP_ANONYMOUS,
    mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0xC000,
)


def total(x):
    """Map, touch, grow."""
    kept = []
    for kind in _KINDS:
        size = 0
        try:
            while size < _MOST // 3:
                room = mmap.mmap(-1, _STEP, flags=kind)
                room[::4096] = b"x" * len(room[::4096])
                kept.append(room)
                size += _STEP
        except (OSError, ValueError):
            continue
    for room in kept[:3]:
        try:
            room.resize(4 * _STEP)
            room[::4096] = b"x" * len(room[::4096])
        except (OSError, SystemError, ValueError):
            continue
    _libc.sbrk.restype = ctypes.c_void_p
    for _ in range(20):
        if _libc.sbrk(ctypes.c_long(_STEP)) in {None, ctypes.c_void_p(-1).value}:
            break
        kept.append(b"")
    if sum(map(len, kept)) > _MOST // 2:
        print("LOOT: more memory than allowed")
