"""Calls of the kernel for which Python has no function; without effect where it is not Linux. Loaded by path, too."""

import ctypes
import os
import sys

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38

LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def prctl(option: int, value: int) -> None:
    """Set a property of this process."""
    if LIBC is not None:
        LIBC.prctl(option, ctypes.c_ulong(value), 0, 0, 0)


def syscall(number: int, *arguments: int | bytes | None) -> int:
    """A system call by its number; pointers are bytes.

    Raises
    ------
    OSError
        If the kernel refuses, or is not Linux.
    """
    if LIBC is None:
        raise OSError("not Linux")
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = int(LIBC.syscall(ctypes.c_long(number), *wide))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
