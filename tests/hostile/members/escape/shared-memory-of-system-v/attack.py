"""Leaves a segment, a semaphore and a message queue of System V behind."""

import ctypes

_libc = ctypes.CDLL(None, use_errno=True)
_KEY = 0x4057113
_CREATE = 0o1666  # IPC_CREAT, for everybody


def _leave_behind():
    segment = _libc.shmget(_KEY, 4096, _CREATE)
    if segment >= 0:
        print("LOOT: a segment of shared memory")
    if _libc.semget(_KEY, 1, _CREATE) >= 0:
        print("LOOT: a semaphore")
    queue = _libc.msgget(_KEY, _CREATE)
    if queue >= 0:
        print("LOOT: a message queue")
    for number in range(64):
        if _libc.shmctl(number, 2, ctypes.create_string_buffer(256)) == 0:
            print("LOOT: the description of somebody's segment")


_leave_behind()
