"""Seccomp: the kernel refuses a process the system calls that a submission has no use for.

It closes what Landlock leaves open (UDP, Unix sockets, changed modes and times, limits of other processes), and where
there is no Landlock it refuses to open any file. Needs no privilege. Loaded by path, without bplab.
"""

import ctypes
import errno
import os
import platform
import sys
from collections.abc import Sequence
from struct import pack

from bplab.grading import kernel

# The name of each call, its number on x86_64 and on aarch64.
REFUSED = """
socket 41 198, socketpair 53 199,
clone 56 220, fork 57 -, vfork 58 -, execve 59 221, execveat 322 281, unshare 272 97, setns 308 268,
ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271, kcmp 312 272, perf_event_open 298 241,
bpf 321 280, userfaultfd 323 282, setpriority 141 140, ioprio_set 251 30, migrate_pages 256 238, move_pages 279 239,
shmget 29 194, semget 64 190, msgget 68 186, mq_open 240 180, memfd_create 319 279,
add_key 248 217, request_key 249 218, keyctl 250 219,
chmod 90 -, fchmod 91 52, fchmodat 268 53, chown 92 -, fchown 93 55, lchown 94 -, fchownat 260 54, truncate 76 45,
utime 132 -, utimes 235 -, futimesat 261 -, utimensat 280 88, setxattr 188 5, lsetxattr 189 6, fsetxattr 190 7,
removexattr 197 14, lremovexattr 198 15, fremovexattr 199 16, inotify_init 253 -, inotify_init1 294 26,
fanotify_init 300 262, name_to_handle_at 303 264, open_by_handle_at 304 265,
chroot 161 51, pivot_root 155 41, mount 165 40, umount2 166 39, swapon 167 224, swapoff 168 225, quotactl 179 60,
reboot 169 142, kexec_load 246 104, kexec_file_load 320 294, init_module 175 105, finit_module 313 273,
delete_module 176 106, sethostname 170 161, setdomainname 171 162, settimeofday 164 170, clock_settime 227 112,
adjtimex 159 171, clock_adjtime 305 266, acct 163 89, iopl 172 -, ioperm 173 -, syslog 103 116, vhangup 153 58
"""
FILES = """
open 2 -, openat 257 56, creat 85 -, mkdir 83 -, mkdirat 258 34, mknod 133 -, mknodat 259 33, rmdir 84 -, unlink 87 -,
unlinkat 263 35, rename 82 -, renameat 264 38, renameat2 316 276, link 86 -, linkat 265 37, symlink 88 -,
symlinkat 266 36
"""
# Allowed for the process itself: its first argument names it, or is 0.
OWN = """
kill 62 129, tkill 200 130, tgkill 234 131, rt_sigqueueinfo 129 138, rt_tgsigqueueinfo 297 240, prlimit64 302 261,
sched_setparam 142 118, sched_setscheduler 144 119, sched_setaffinity 203 122, sched_setattr 314 274
"""
# Refused for some commands, in which argument: to have a signal sent to another process, to type on its terminal, to
# outlive the parent.
COMMANDS = {
    "fcntl 72 25": (1, (8, 10, 15)),
    "ioctl 16 29": (1, (0x8901, 0x8902, 0x5412, 0x541C)),
    "prctl 157 167": (0, (1,)),
}

# All newer ones, io_uring among them, have numbers from here on, and a libc does without them, as on an older kernel.
LINUX_5_1 = 424
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

SECCOMP = (317, 277)
SET_MODE_FILTER, SPEC_ALLOW = 1, 4
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER, MACHINE, ARGUMENTS = 0, 4, 16
ALLOW, ERROR, KILL = 0x7FFF0000, 0x00050000, 0x80000000


def program(files: bool) -> bytes:
    """The filter for this kind of machine, but for its end; `files`: it refuses to open or change any, too.

    It is in the instructions of Berkeley's packet filter: what to do, jump if so, jump if not, a value.

    Raises
    ------
    OSError
        If this kind of machine is not in the table.
    """
    if platform.machine() not in MACHINES or sys.maxsize < 1 << 32:
        raise OSError(f"no table of system calls for {platform.machine()}")
    column, machine = MACHINES[platform.machine()]
    steps = [(LOAD, 0, 0, MACHINE), (EQUAL, 1, 0, machine), (RETURN, 0, 0, KILL), (LOAD, 0, 0, NUMBER)]
    steps += [(AT_LEAST, 0, 1, LINUX_5_1), (RETURN, 0, 0, ERROR | errno.ENOSYS)]
    for number in numbers(REFUSED + "," + FILES if files else REFUSED, column):
        steps += [(EQUAL, 0, 1, number), (RETURN, 0, 0, ERROR | errno.EPERM)]
    for call, (place, commands) in COMMANDS.items():
        (number,) = numbers(call, column)
        steps += [(EQUAL, 0, len(commands) + 3, number), (LOAD, 0, 0, ARGUMENTS + 8 * place)]
        steps += [(EQUAL, len(commands) - i, 0, command) for i, command in enumerate(commands)]
        steps += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, ERROR | errno.EPERM)]
    own = numbers(OWN, column)
    steps += [(EQUAL, len(own) - i, 0, number) for i, number in enumerate(own)]
    return packed(*steps, (RETURN, 0, 0, ALLOW))


def refuse(program: bytes) -> None:
    """Hold this process to the program, for good; it has to have no_new_privs.

    Raises
    ------
    OSError
        If the kernel has no such filter.
    """
    own = [(LOAD, 0, 0, ARGUMENTS), (EQUAL, 2, 0, os.getpid()), (EQUAL, 1, 0, 0)]
    program += packed(*own, (RETURN, 0, 0, ERROR | errno.EPERM), (RETURN, 0, 0, ALLOW))
    code = ctypes.create_string_buffer(program)
    steps = pack("=HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    kernel.syscall(SECCOMP[MACHINES[platform.machine()][0]], SET_MODE_FILTER, SPEC_ALLOW, steps)


def packed(*steps: tuple[int, ...]) -> bytes:
    """Instructions as the kernel reads them."""
    return b"".join(pack("=HBBI", *step) for step in steps)


def numbers(table: str, column: int) -> Sequence[int]:
    """The numbers of a table's calls on one kind of machine."""
    found = (row.split()[1 + column] for row in table.split(",") if row.strip())
    return [int(number) for number in found if number != "-"]
