"""The kernel is asked: keyrings, its log, its modules, message queues, other mounts."""

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)
_space = ctypes.create_string_buffer(4096)
_calls = {
    "request_key": (249, b"user", b"secret", None, 0),
    "keyctl": (250, 11, -4, _space, 4096),
    "syslog": (103, 3, _space, 4096),
    "bpf": (321, 0, _space, 64),
    "perf_event_open": (298, _space, 0, -1, -1, 0),
    "open_by_handle_at": (304, -100, _space, 0),
    "name_to_handle_at": (303, -100, b"/etc", _space, _space, 0),
    "msgget": (68, 0, 0o1777),
    "shmget": (29, 0x47811, 4096, 0o1777),
    "mount": (165, b"proc", b"/tmp", b"proc", 0, None),
    "userfaultfd": (323, 0),
    "io_uring_setup": (425, 4, _space),
    "pidfd_open": (434, os.getppid(), 0),
    "kcmp": (312, os.getpid(), os.getppid(), 0, 0, 0),
    "process_madvise": (440, 0, _space, 0, 4, 0),
    "landlock_create_ruleset": (444, None, 0, 1),
    "memfd_secret": (447, 0),
}
if os.uname().machine == "x86_64":
    for _name, _arguments in _calls.items():
        if _libc.syscall(*_arguments) >= 0:
            print("LOOT: the kernel answers to", _name)
