"""Makes the rarely used calls of the kernel in which holes have been found."""

import ctypes
import errno
import os

_libc = ctypes.CDLL(None, use_errno=True)
_CALLS = {
    **{"bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "fanotify_init": 300},
    **{"inotify_init1": 294, "eventfd2": 290, "timerfd_create": 283, "signalfd4": 289},
    **{"mount": 165, "pivot_root": 155, "swapon": 167, "init_module": 175, "acct": 163},
    **{
        "finit_module": 313,
        "kexec_load": 246,
        "iopl": 172,
        "ioperm": 173,
        "vmsplice": 278,
    },
    **{"name_to_handle_at": 303, "open_by_handle_at": 304, "setns": 308, "kcmp": 312},
    **{"adjtimex": 159, "clock_settime": 227, "quotactl": 179, "modify_ldt": 154},
    **{"add_key": 248, "splice": 275, "tee": 276, "move_pages": 279, "mbind": 237},
    **{"personality": 135, "sched_setattr": 314, "setpriority": 141, "ioprio_set": 251},
    **{"timer_create": 222, "process_mrelease": 448, "open_tree": 428, "fsopen": 430},
    **{"fsmount": 432, "move_mount": 429, "mount_setattr": 442, "quotactl_fd": 443},
    **{"memfd_secret": 447, "cachestat": 451, "lsm_get_self_attr": 459, "flock": 73},
    **{
        "sendmsg": 46,
        "recvmsg": 47,
        "setsockopt": 54,
        "syslog": 103,
        "sethostname": 170,
    },
    **{"mlock": 149, "mlockall": 151, "remap_file_pages": 216, "pkey_alloc": 330},
    **{
        "uselib": 134,
        "sysfs": 139,
        "ustat": 136,
        "lookup_dcookie": 212,
        "seccomp": 317,
    },
}


def _call_all():
    if os.uname().machine != "x86_64":
        return
    nowhere = ctypes.c_long(-1)
    for name, number in _CALLS.items():
        result = _libc.syscall(number, *[nowhere] * 6)
        # Another error means that the kernel has looked at the arguments.
        if result != -1 or ctypes.get_errno() not in {errno.EPERM, errno.ENOSYS}:
            print(f"LOOT: the call {name}")


_call_all()
