"""The system calls that stay open, with their numbers on x86_64 and aarch64.

A list of what is allowed, not of what is forbidden: a call that a future kernel brings
is refused without anyone having to hear of it. "-" means that the architecture has no
such call. Sources: arch/x86/entry/syscalls/syscall_64.tbl and
include/uapi/asm-generic/unistd.h of Linux.
"""

from __future__ import annotations

import dataclasses

_ALLOWED = """
read:0:63 write:1:64 readv:19:65 writev:20:66 pread64:17:67 pwrite64:18:68
preadv:295:69 pwritev:296:70 lseek:8:62 close:3:57 close_range:436:436 dup:32:23
dup2:33:- dup3:292:24 pipe:22:- pipe2:293:59 access:21:- faccessat:269:48
faccessat2:439:439 stat:4:- lstat:6:- fstat:5:80 newfstatat:262:79 statx:332:291
readlink:89:- readlinkat:267:78 getcwd:79:17 chdir:80:49 fchdir:81:50 mkdir:83:-
mkdirat:258:34 rmdir:84:- unlink:87:- unlinkat:263:35 rename:82:- renameat:264:38
renameat2:316:276 getdents64:217:61 umask:95:166 ftruncate:77:46 fsync:74:82
fdatasync:75:83 sendfile:40:71

poll:7:- ppoll:271:73 select:23:- pselect6:270:72 epoll_create:213:-
epoll_create1:291:20 epoll_ctl:233:21 epoll_wait:232:- epoll_pwait:281:22
futex:202:98 nanosleep:35:101 clock_nanosleep:230:115 pause:34:-
restart_syscall:219:128 sched_yield:24:124

mmap:9:222 munmap:11:215 mprotect:10:226 mremap:25:216 msync:26:227 brk:12:214
membarrier:324:283

fork:57:- exit:60:93 exit_group:231:94 wait4:61:260 waitid:247:95
set_tid_address:218:96 set_robust_list:273:99 get_robust_list:274:100 rseq:334:293
arch_prctl:158:- getpid:39:172 getppid:110:173 gettid:186:178 getpgid:121:155
getpgrp:111:- getsid:124:156 getuid:102:174 geteuid:107:175 getgid:104:176
getegid:108:177 getresuid:118:148 getresgid:120:150 getgroups:115:158
getpriority:140:141 sched_getaffinity:204:123 sched_getparam:143:121
sched_getscheduler:145:120 sched_get_priority_max:146:125
sched_get_priority_min:147:126 getcpu:309:168 getrlimit:97:163 getrusage:98:165
times:100:153 uname:63:160 sysinfo:99:179

rt_sigprocmask:14:135 rt_sigreturn:15:139 rt_sigpending:127:136
rt_sigsuspend:130:133 rt_sigtimedwait:128:137 sigaltstack:131:132

clock_gettime:228:113 clock_getres:229:114 gettimeofday:96:169 time:201:- alarm:37:-
getitimer:36:102 setitimer:38:103 getrandom:318:278

getsockopt:55:209 getsockname:51:204 shutdown:48:210
"""

_JUDGED = """
open:2:- openat:257:56 clone:56:220 fcntl:72:25 ioctl:16:29 prctl:157:167
prlimit64:302:261 sendto:44:206 recvfrom:45:207 madvise:28:233
rt_sigaction:13:134
"""

FIRST_UNIFIED = 424
"""From here on calls have one number everywhere; C libraries fall back from them."""


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """The calls of one architecture."""

    audit: int  # AUDIT_ARCH_* of linux/audit.h
    allowed: tuple[int, ...]  # whatever the arguments
    judged: dict[str, int]  # by their arguments


def table(machine: str) -> Table:
    """Return the calls of `machine`, as `os.uname` names it.

    Raises:
        KeyError: if there is no table for it.
    """
    audit, column = {"x86_64": (0xC000003E, 1), "aarch64": (0xC00000B7, 2)}[machine]
    return Table(
        audit=audit,
        allowed=tuple(_column(_ALLOWED, column).values()),
        judged=_column(_JUDGED, column),
    )


def _column(text: str, column: int) -> dict[str, int]:
    rows = (entry.split(":") for entry in text.split())
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}
