"""What a submission could try against each layer of the sandbox.

The probe sends this file's text to a child, as a cell of a notebook, and calls its functions there: the name of each is
the layer's, and it gives the names of the attacks that succeeded.
"""

import ctypes
import errno
import fcntl
import gc
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

LIBC = ctypes.CDLL(None, use_errno=True)
PTRACE_SEIZE = 0x4206  # does not stop what it traces

Attacks = dict[str, Callable[[], Any]]


def succeeded(attacks: Attacks) -> list[str]:
    """The attacks that did not raise."""
    done = []
    for name, attack in attacks.items():
        try:
            attack()
            done.append(name)
        except Exception:
            continue
    return done


def need(thing: Any) -> None:
    """Raise unless there is something."""
    if not thing:
        raise LookupError


def process(grader: int) -> list[str]:
    """Look for what the grader knows: in this process, in its parent's and in its own."""
    inside: Attacks = {
        "answers among the modules": lambda: need([name for name in sys.modules if "questions" in name]),
        "answers in memory": lambda: need([o for o in gc.get_objects() if type(o).__name__ == "Question"]),
        "the grader's environment": lambda: need(os.environ.keys() & {"HOME", "PATH", "USER", "SHELL"}),
        "the grader's descriptors": lambda: need(any(is_open(fd) for fd in range(4, 1 << 10))),
        "the grader's session": lambda: need(os.getsid(0) != os.getpid()),
    }
    return succeeded(inside | outside("grader", grader) | outside("parent", os.getppid()))


def outside(who: str, pid: int) -> Attacks:
    """Ways to look into another process."""
    here = ctypes.create_string_buffer(8)
    place = (ctypes.c_void_p * 2)(ctypes.addressof(here), len(here))

    def copy() -> None:
        copied = LIBC.process_vm_readv(pid, place, 1, place, 1, 0)
        need(copied >= 0 or ctypes.get_errno() == errno.EFAULT)  # allowed, and nothing there

    return {
        f"the {who}'s memory": lambda: open(f"/proc/{pid}/mem", "rb").close(),
        f"the {who}'s environment": lambda: open(f"/proc/{pid}/environ", "rb").close(),
        f"the {who}'s files": lambda: os.listdir(f"/proc/{pid}/fd"),
        f"tracing the {who}": lambda: need(LIBC.ptrace(PTRACE_SEIZE, pid, None, None) == 0),
        f"copying from the {who}": copy,
    }


def is_open(fd: int) -> bool:
    """Whether this process has the descriptor."""
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def limits() -> list[str]:
    """Take more than a submission may have."""
    return succeeded(
        {
            "memory": lambda: np.empty(2 << 30, np.uint8),
            "a process": fork,
            "a thread": lambda: threading.Thread(target=int).start(),
            "descriptors": many_descriptors,
            "a large file": large_file,
            "endless computing": lambda: need(resource.getrlimit(resource.RLIMIT_CPU)[0] == resource.RLIM_INFINITY),
            "lifting a limit": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (1 << 10, 1 << 10)),
        }
    )


def fork() -> None:
    """Start a process, and wait for it."""
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)


def many_descriptors() -> None:
    """Open more than 64."""
    opened = []
    try:
        for _ in range(100):
            opened.append(os.dup(0))
    finally:
        for fd in opened:
            os.close(fd)


def large_file() -> None:
    """Write more than 16 MiB."""
    try:
        with open("large", "wb") as file:
            file.truncate(32 << 20)
    finally:
        os.remove("large")


def files(folder: str, answers: str) -> list[str]:
    """Read and change what is not the submission's; `folder` and the file `canary` in it let everybody do anything."""
    canary = os.path.join(folder, "canary")
    return succeeded(
        {
            "reading a file": lambda: open(canary).close(),
            "reading the answers": lambda: open(answers).close(),
            "reading the system's files": lambda: open("/etc/passwd").close(),
            "listing a folder": lambda: os.listdir(folder),
            "listing the home": lambda: os.listdir(os.path.expanduser("~")),
            "writing to a file": lambda: open(canary, "a").close(),
            "cutting a file": lambda: os.truncate(canary, 0),
            "changing a mode": lambda: os.chmod(canary, 0o600),
            "changing a time": lambda: os.utime(canary, (0, 0)),
            "making a file": lambda: open(os.path.join(folder, "made"), "w").close(),
            "making a folder": lambda: os.mkdir(os.path.join(folder, "below")),
            "making a link": lambda: os.symlink(canary, os.path.join(folder, "link")),
            "renaming a file": lambda: os.rename(canary, os.path.join(folder, "renamed")),
            "removing a file": lambda: os.remove(os.path.join(folder, "made")),
        }
    )


def network(tcp: int, udp: int, folder: str, abstract: str) -> list[str]:
    """Reach the listeners that the grader has opened, and be one."""
    return succeeded(
        {
            "TCP": lambda: socket.socket().connect(("127.0.0.1", tcp)),
            "UDP": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", udp)),
            "a Unix socket": lambda: socket.socket(socket.AF_UNIX).connect(os.path.join(folder, "stream")),
            "a pair of Unix sockets": lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(
                b"x", os.path.join(folder, "datagram")
            ),
            "an abstract socket": lambda: socket.socket(socket.AF_UNIX).connect("\0" + abstract),
            "listening": lambda: socket.create_server(("127.0.0.1", 0)).close(),
        }
    )


def signals(helper: int) -> list[str]:
    """Send a signal to a process that is there for this, by every way; whether it still lives tells more."""
    signal_by_pipe(helper)
    return succeeded(
        {
            "kill": lambda: os.kill(helper, signal.SIGTERM),
            "sigqueue": lambda: need(LIBC.sigqueue(helper, int(signal.SIGTERM), None) == 0),
            "tgkill": lambda: need(LIBC.tgkill(helper, helper, int(signal.SIGTERM)) == 0),
            "pidfd": lambda: signal.pidfd_send_signal(os.pidfd_open(helper), signal.SIGTERM),
            "prlimit": lambda: resource.prlimit(helper, resource.RLIMIT_CORE, (0, 0)),
        }
    )


def signal_by_pipe(helper: int) -> None:
    """Have the kernel send it, because there is something to read."""
    reading, writing = os.pipe()
    try:
        fcntl.fcntl(reading, fcntl.F_SETOWN, helper)
        fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC)
        os.write(writing, b"x")
    except OSError:
        return
