"""The process whose forks run the submissions: numpy loaded, nothing of bplab in memory.

It is exec'd, not forked, by the grader, so that no answer is in its memory, with an empty environment, and takes two
orders over its control socket: F (fork; two descriptors come along, the child's wire and the pipe for what it prints)
and E (end the child: SIGKILL to its group and to every orphan that came back to this process, and wait for each).
When the control socket closes, because the grader has ended in whatever way, it ends its child and goes.
"""

import contextlib
import fcntl
import gc
import importlib
import importlib.util
import os
import pwd
import resource
import signal
import socket
import stat
import sys
import tempfile
from collections.abc import Container
from types import ModuleType
from typing import Any

MIB = 1 << 20
CPU_SECONDS = 600

# What a submission may import must be in memory already, and what Python imports for a name such as σ: after the
# change of user, files may be out of reach.
PRELOAD = """
_strptime abc ast bisect builtins cmath codecs collections.abc contextlib copy csv dataclasses datetime decimal
encodings.ascii encodings.latin_1 enum fractions functools glob hashlib heapq html inspect io itertools json linecache
locale logging math mmap numbers operator pathlib pickle platform pprint queue random re statistics string sys textwrap
threading time timeit traceback tracemalloc types typing unicodedata unittest unittest.mock uuid warnings weakref zlib
numpy numpy.char numpy.fft numpy.lib.stride_tricks numpy.linalg numpy.ma numpy.polynomial numpy.random numpy.rec
numpy.testing numpy.typing
"""


def load(path: str) -> ModuleType:
    """One file of bplab under its own name, with empty packages above it: nothing else of bplab is run."""
    *parts, last = path.split(os.sep)
    package, stem = ".".join(parts[-2:]), last.removesuffix(".py")
    for name in (parts[-2], package):
        sys.modules.setdefault(name, ModuleType(name))
    spec = importlib.util.spec_from_file_location(f"{package}.{stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    setattr(sys.modules[package], stem, module)
    spec.loader.exec_module(module)
    return module


def forget_bplab() -> None:
    """Out of reach of `import`: what follows here keeps what it needs."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "bplab"]:
        del sys.modules[name]


def preload(numpy_home: str) -> None:
    sys.path.append(numpy_home)
    for name in PRELOAD.split():
        importlib.import_module(name)
    # Whatever else lies beside numpy, bplab with its answers perhaps, is not for a submission to import.
    sys.path.remove(numpy_home)
    importlib.import_module("random").seed(0)
    importlib.import_module("numpy").random.seed(0)


def mapped() -> int:
    """The bytes of address space in use now."""
    if sys.platform != "linux":
        return 0
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


def user_ids() -> range:
    """The user ids from which each child gets one of its own; none where this process may not change it."""
    if os.geteuid() != 0:
        return range(0)
    mappable = 0
    with contextlib.suppress(OSError), open("/proc/self/uid_map") as uid_map:
        mappable = max(int(first) + int(count) for first, _, count in map(str.split, uid_map))
    return range(0x70000000, 0x70400000) if mappable > 0x70400000 else range(30000, 60000)


class Locks:
    """What the kernel holds a child to: made once, here; put on in each child, after its fork.

    `without` names those that tests leave out: uid, limits, landlock, seccomp.
    """

    def __init__(self, alone: dict[str, Any], numpy_home: str, homes: str, without: Container[str]) -> None:
        self.kernel, self.landlock, self.seccomp = alone["kernel"], alone["landlock"], alone["seccomp"]
        self.uids = user_ids() if "uid" not in without else range(0)
        self.taken = {entry.pw_uid for entry in pwd.getpwall()}
        self.limits = {"AS": mapped() + 1024 * MIB, "CPU": CPU_SECONDS, "CORE": 0} if "limits" not in without else {}
        self.limits |= {"FSIZE": 16 * MIB, "NOFILE": 64, "NPROC": 0} if self.limits else {}
        self.abi = self.landlock.abi() if "landlock" not in without else 0
        self.rules = self.landlock.ruleset(self.abi, numpy_home, homes) if self.abi else None
        self.program = b""
        if "seccomp" not in without:
            with contextlib.suppress(OSError):
                self.program = self.seccomp.program(files=self.rules is None)

    def put_on(self) -> None:
        """All but what stands in the way of setting up the child."""
        uids = (self.uids[(os.getpid() + i) % len(self.uids)] for i in range(len(self.uids)))
        if (uid := next((uid for uid in uids if uid not in self.taken), None)) is not None:
            with contextlib.suppress(OSError):
                os.chown(".", uid, uid)
                os.setgroups([])
                os.setresgid(uid, uid, uid)
                os.setresuid(uid, uid, uid)
        self.kernel.prctl(self.kernel.PR_SET_NO_NEW_PRIVS, 1)
        self.kernel.prctl(self.kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        for name, limit in self.limits.items():
            with contextlib.suppress(OSError, ValueError):
                kind = getattr(resource, f"RLIMIT_{name}")
                hard = resource.getrlimit(kind)[1]
                most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
                resource.setrlimit(kind, (most, most))
        if self.rules is not None:
            with contextlib.suppress(OSError):
                self.landlock.restrict(self.rules, self.abi)

    def refuse_calls(self) -> None:
        """The last of them: from here on the process only computes."""
        if self.program:
            with contextlib.suppress(OSError):
                self.seccomp.refuse(self.program)


def keep_only(null: int, wire: int, output: int) -> None:
    """Leave open /dev/null as 0, the output as 1 and 2, the wire as 3, and nothing else of the zygote's."""
    kept = [fcntl.fcntl(fd, fcntl.F_DUPFD, 16) for fd in (null, output, output, wire)]
    for target, fd in enumerate(kept):
        os.dup2(fd, target)
    os.closerange(4, 1 << 16)


def empty(folder: str) -> None:
    """Remove a folder of hostile depth and modes: without recursion and without long paths."""
    os.chdir(folder)
    inside: list[str] = []
    waiting = [_folders_left()]
    while waiting:
        if waiting[-1]:
            inside.append(waiting[-1].pop())
            os.chmod(inside[-1], stat.S_IRWXU)
            os.chdir(inside[-1])
            waiting.append(_folders_left())
        else:
            waiting.pop()
            os.chdir("..")
            os.rmdir(inside.pop() if inside else folder)


def _folders_left() -> list[str]:
    """Remove the files of this folder; the folders in it."""
    entries = list(os.scandir())
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            os.unlink(entry.name)
    return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]


class Zygote:
    """One child at a time, from fork to the last orphan."""

    def __init__(self, control: socket.socket, homes: str, locks: Locks, alone: dict[str, Any]) -> None:
        self.control, self.homes, self.locks = control, homes, locks
        self.serve, self.reply = alone["worker"].serve, alone["wire"].REPLY
        self.child, self.home = 0, ""

    def obey(self) -> None:
        """Take orders until the grader goes."""
        while True:
            order, descriptors, _, _ = socket.recv_fds(self.control, 1, 2)
            if order == b"F":
                self.fork(*descriptors)
                self.control.sendall(self.reply.pack(self.child))
            else:
                status = self.end() if self.child else 0
                if not order:
                    return
                self.control.sendall(self.reply.pack(status))

    def fork(self, wire: int, output: int) -> None:
        self.home = tempfile.mkdtemp(dir=self.homes)
        zygote = os.getpid()
        self.child = os.fork()
        if self.child == 0:
            try:
                self.run_child(zygote, wire, output)
            finally:
                os._exit(1)
        os.close(wire)
        os.close(output)

    def run_child(self, zygote: int, wire: int, output: int) -> None:
        os.setsid()
        os.umask(0o077)
        os.chdir(self.home)
        null = os.open(os.devnull, os.O_RDONLY)
        self.locks.put_on()
        keep_only(null, wire, output)
        if os.getppid() == zygote:
            self.locks.refuse_calls()
            self.serve(3)

    def end(self) -> int:
        """Kill the child, its group and whatever orphans came back; wait for each; the child's wait status."""
        os.kill(self.child, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            # The child led this group and is not waited for yet, so the number cannot be another's by now.
            os.killpg(self.child, signal.SIGKILL)
        _, status = os.waitpid(self.child, 0)
        while orphans := own_children():
            for orphan in orphans:
                os.kill(orphan, signal.SIGKILL)
                os.waitpid(orphan, 0)
        self.child = 0
        with contextlib.suppress(OSError):
            empty(self.home)
        return status


def own_children() -> list[int]:
    """Processes that have this one as their parent: here, those that a submission left behind."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as children:
            return [int(pid) for pid in children.read().split()]
    except OSError:
        return []


def main(control: str, homes: str, numpy_home: str, without: str, *stand_alone: str) -> None:
    preload(numpy_home)
    alone: dict[str, Any] = {os.path.basename(path).removesuffix(".py"): load(path) for path in stand_alone}
    forget_bplab()
    alone["stubs"].install()
    kernel = alone["kernel"]
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    locks = Locks(alone, numpy_home, homes, without.split())
    gc.collect()
    gc.freeze()
    zygote = Zygote(socket.socket(fileno=int(control)), homes, locks, alone)
    zygote.control.sendall(zygote.reply.pack(os.getpid()))
    zygote.obey()
    with contextlib.suppress(OSError):
        os.rmdir(homes)


if __name__ == "__main__":
    main(*sys.argv[1:])
