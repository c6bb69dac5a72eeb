"""The filter, run by a small interpreter: so it is tested for both processors."""

import struct

import pytest

from autograder.sandbox import seccomp

AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
FORBIDDEN = {  # on x86_64, on aarch64
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "sendmsg": (46, 211),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "kill": (62, 129),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "keyctl": (250, 219),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "unshare": (272, 97),
    "setns": (308, 268),
    "clone3": (435, 435),
    "mount": (165, 40),
    "chroot": (161, 51),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "init_module": (175, 105),
    "settimeofday": (164, 170),
    "personality": (135, 92),
    "setuid": (105, 146),
    "memfd_create": (319, 279),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "setsid": (112, 157),
    "setpgid": (109, 154),
    "fchmod": (91, 52),
    "truncate": (76, 45),
    "symlinkat": (266, 36),
    "mknodat": (259, 33),
    "landlock_create_ruleset": (444, 444),
    "seccomp": (317, 277),
    "a call of the year 2040": (900, 900),
}
HARMLESS = {"read": (0, 63), "mmap": (9, 222), "futex": (202, 98), "wait4": (61, 260)}


def judge(machine, number, *arguments, audit=None):
    """Return what the kernel would do for the call."""
    arguments += (0,) * (6 - len(arguments))
    audit = audit or AUDIT[machine]
    data = struct.pack("<IIQ6Q", number, audit, 0, *arguments)
    steps = list(struct.iter_unpack("<HBBI", seccomp.program(machine)))
    accumulator, place = 0, 0
    while True:
        code, if_true, if_false, operand = steps[place]
        place += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, operand)
        elif code == 0x54:
            accumulator &= operand
        elif code == 0x06:
            return operand
        else:
            true = accumulator == operand if code == 0x15 else accumulator >= operand
            place += if_true if true else if_false


@pytest.fixture(params=sorted(AUDIT))
def machine(request):
    return request.param


@pytest.mark.parametrize("name", FORBIDDEN)
def test_forbidden_calls_are_refused(machine, name):
    number = FORBIDDEN[name][machine == "aarch64"]

    assert judge(machine, number) in {seccomp.REFUSE, seccomp.UNKNOWN}


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_calls_are_allowed(machine, name):
    assert judge(machine, HARMLESS[name][machine == "aarch64"]) == seccomp.ALLOW


def test_calls_by_another_architecture_kill(machine):
    assert judge(machine, 0, audit=0x40000003) == seccomp.KILL


def test_calls_by_the_x32_numbers_kill():
    assert judge("x86_64", 0x40000000) == seccomp.KILL


@pytest.mark.parametrize(
    ("flags", "verdict"),
    [
        (17, seccomp.ALLOW),  # fork
        (0x3D0F00, seccomp.ALLOW),  # a thread
        (0x10000000 | 17, seccomp.REFUSE),  # a user namespace
        (0x20000000 | 17, seccomp.REFUSE),  # a process namespace
        (0x8000 | 17, seccomp.REFUSE),  # a sibling
    ],
)
def test_clone_makes_processes_and_threads_but_no_namespaces(machine, flags, verdict):
    assert judge(machine, {"x86_64": 56, "aarch64": 220}[machine], flags) == verdict


@pytest.mark.parametrize(
    ("flags", "verdict"),
    [
        (0o0, seccomp.ALLOW),
        (0o1001, seccomp.ALLOW),  # O_WRONLY | O_TRUNC: Landlock looks at it
        (0o1000, seccomp.REFUSE),  # O_RDONLY | O_TRUNC: older Landlocks do not
        (0o20200002, seccomp.REFUSE),  # O_TMPFILE: a file that is in no folder
    ],
)
def test_no_file_is_emptied_by_reading_or_made_without_a_name(machine, flags, verdict):
    number = {"x86_64": 257, "aarch64": 56}[machine]

    assert judge(machine, number, 3, 0, flags) == verdict


@pytest.mark.parametrize(
    ("command", "verdict"),
    [(3, seccomp.ALLOW), (8, seccomp.REFUSE), (10, seccomp.REFUSE)],
    ids=["F_GETFL", "F_SETOWN", "F_SETSIG"],
)
def test_fcntl_cannot_send_signals(machine, command, verdict):
    number = {"x86_64": 72, "aarch64": 25}[machine]

    assert judge(machine, number, 1, command) == verdict


def test_files_are_deleted_and_renamed(machine):
    for number in {"x86_64": (87, 82, 263, 316), "aarch64": (35, 38, 276)}[machine]:
        assert judge(machine, number) == seccomp.ALLOW


@pytest.mark.parametrize(("number", "verdict"), [(2, "ALLOW"), (17, "REFUSE")])
def test_the_end_of_a_child_cannot_be_ignored(machine, number, verdict):
    call = {"x86_64": 13, "aarch64": 134}[machine]

    assert judge(machine, call, number) == getattr(seccomp, verdict)


@pytest.mark.parametrize(("advice", "verdict"), [(4, "ALLOW"), (21, "REFUSE")])
def test_memory_is_not_put_aside(machine, advice, verdict):
    number = {"x86_64": 28, "aarch64": 233}[machine]

    assert judge(machine, number, 0, 4096, advice) == getattr(seccomp, verdict)


@pytest.mark.parametrize(("flags", "verdict"), [(0, "ALLOW"), (1, "REFUSE")])
def test_the_channel_carries_nothing_out_of_band(machine, flags, verdict):
    number = {"x86_64": 44, "aarch64": 206}[machine]

    assert judge(machine, number, 4, 0, 0, flags) == getattr(seccomp, verdict)


def test_limits_can_be_read_of_oneself_alone(machine):
    number = {"x86_64": 302, "aarch64": 261}[machine]

    assert judge(machine, number, 0) == seccomp.ALLOW
    assert judge(machine, number, 1) == seccomp.REFUSE


def test_a_processor_without_a_table_has_no_filter():
    with pytest.raises(KeyError, match="riscv64"):
        seccomp.program("riscv64")
