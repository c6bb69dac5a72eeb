"""Makes calls by the numbers of 32-bit programs, which a filter could forget."""

import ctypes
import mmap
import os

_GETPPID = b"\xb8\x40\x00\x00\x00\xcd\x80\xc3"  # mov eax, 64; int 0x80; ret


def total(x):
    """Run machine code that no compiler has seen."""
    if os.uname().machine == "x86_64":
        for number in (41, 59, 57, 101):  # of x32: socket, execve, fork, ptrace
            if os.fork() == 0:
                ctypes.CDLL(None).syscall(0x40000000 + number, 2, 1, 0)
                print("LOOT: a call of x32 was answered", flush=True)
                os._exit(0)
            os.wait()
        page = mmap.mmap(
            -1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
        )
        page.write(_GETPPID)
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        print(f"LOOT: a 32-bit call gave {ctypes.CFUNCTYPE(ctypes.c_int)(address)()}")
    return float("nan")
