"""The grader's side of the sandbox: start a zygote, have it fork, talk to the fork with a deadline, end it."""

import contextlib
import os
import secrets
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

import bplab
from bplab.grading import kernel, wire
from bplab.grading.submissions import GradingError
from bplab.grading.text import visible
from bplab.questions import Known, Rng
from bplab.questions.diagnosis import Refused

HERE = Path(__file__).parent
QUESTIONS = Path(bplab.__file__).parent / "questions"
ZYGOTE = HERE / "zygote.py"
SHARED = (QUESTIONS / "raised.py", QUESTIONS / "known.py", QUESTIONS / "magics.py")
LOCKS = (HERE / "kernel.py", HERE / "landlock.py", HERE / "seccomp.py")
STAND_ALONE = (HERE / "wire.py", *SHARED, *LOCKS, HERE / "stubs.py", HERE / "worker.py")
OUTPUT_LIMIT = 64 << 10
CHUNK = 64 << 10
START_SECONDS = 60.0

# No variable of the grader's reaches a submission. One BLAS thread: more of them would outlast their timing and the
# limit on processes. A fixed hash seed: the same submission prints the same sets in the same order.
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
ENVIRONMENT = {"PYTHONHASHSEED": "0"} | dict.fromkeys(THREADS, "1")


class StoppedError(Exception):
    """The child did not answer: it "timed out" or "crashed"."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


def _placeholder(value: Any) -> list[Any] | None:
    if isinstance(value, Rng):
        return ["rng", value.seed]
    return ["known", value.name] if isinstance(value, Known) else None


def _refused(tag: str, detail: Any) -> Refused:
    if tag != "refused" or type(detail) is not str:
        raise ValueError(tag)
    return Refused(visible(detail, 200))


class Child:
    """One fork: requests go out, answers come back, and what it prints is drained all the while and cut."""

    def __init__(self, connection: socket.socket, output: int) -> None:
        self.connection, self.output = connection, output
        self.room = OUTPUT_LIMIT
        self.printed, self.incoming, self.outgoing = bytearray(), bytearray(), bytearray()
        self.sending = False
        self.connection.setblocking(False)
        # An urgent byte stands where it was sent, so that what it leads to does not hang on the moment of reading.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        os.set_blocking(output, False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(output, selectors.EVENT_READ)
        self.selector.register(connection, selectors.EVENT_READ)

    def request(self, message: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send a request that has one reply, and wait for it; raises as `reply` does."""
        return self.reply(self.ask(message, 1)[0], seconds)[0]

    def ask(self, message: dict[str, Any], count: int, values: Sequence[Any] = ()) -> list[str]:
        """Send a request; the ids of the replies that are to come, in order."""
        # Known to nobody beforehand, so that no reply can be made up before the request has come.
        ids = [secrets.token_hex(8) for _ in range(count)]
        self.outgoing += wire.pack(message | {"ids": ids}, values, _placeholder)
        return ids

    def reply(
        self, own: str, seconds: float, asked: Callable[..., Any] | None = None
    ) -> tuple[dict[str, Any], list[Any]]:
        """The reply with this id: a message and values. On the way to it the child may call `asked`.

        Raises
        ------
        StoppedError
            If there is none in time, none at all, or one that is not well-formed and that very one.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                reply, values = wire.unpack(self._frame(deadline), _refused)
            except wire.MalformedError:
                raise StoppedError("crashed") from None
            if reply.get("id") != own:
                raise StoppedError("crashed")
            if asked is None or reply.get("asks") is not True:
                return reply, values
            try:
                self.outgoing += wire.pack({"raised": ""}, [asked(*values)])
            except ValueError as problem:
                self.outgoing += wire.pack({"raised": str(problem)})
            except TypeError:  # other arguments than those that the child's own `ask` sends
                raise StoppedError("crashed") from None

    def _frame(self, deadline: float) -> bytearray:
        """The next whole frame; meanwhile requests go out, and whatever is printed is drained."""
        if self.outgoing:
            self._send()
        while (length := self._length()) is None or len(self.incoming) < length:
            for key, events in self._ready(deadline):
                if key.fd == self.output:
                    self._drain()
                elif events & selectors.EVENT_WRITE:
                    self._send()
                elif events & selectors.EVENT_READ:
                    self._receive()
        frame = self.incoming[:length]
        del self.incoming[:length]
        return frame

    def _ready(self, deadline: float) -> list[tuple[selectors.SelectorKey, int]]:
        left = deadline - time.monotonic()
        if left <= 0 or not (ready := self.selector.select(left)):
            raise StoppedError("timed out")
        return ready

    def _send(self) -> None:
        with contextlib.suppress(BlockingIOError):
            try:
                del self.outgoing[: self.connection.send(self.outgoing)]
            except ConnectionError:
                raise StoppedError("crashed") from None
        if bool(self.outgoing) != self.sending:
            self.sending = bool(self.outgoing)
            self.selector.modify(self.connection, selectors.EVENT_READ | selectors.EVENT_WRITE * self.sending)

    def _receive(self) -> None:
        try:
            data = self.connection.recv(CHUNK)
        except OSError:  # also where the other end has played with the socket's options
            data = b""
        if not data:
            raise StoppedError("crashed")
        self.incoming += data

    def _length(self) -> int | None:
        try:
            return wire.length(self.incoming)
        except wire.MalformedError:
            raise StoppedError("crashed") from None

    def _drain(self) -> None:
        """Take what has been printed so far; keep no more than there is room for."""
        for _ in range(16):
            try:
                data = os.read(self.output, CHUNK)
            except BlockingIOError:
                return
            if not data:
                with contextlib.suppress(KeyError):
                    self.selector.unregister(self.output)
                return
            self.printed += data[: self.room]
            self.room -= min(self.room, len(data))

    def take_printed(self) -> str:
        """What was printed since the last time, as text."""
        with contextlib.suppress(OSError):
            self._drain()
        text = self.printed.decode("utf-8", "replace")
        self.printed.clear()
        self.room = OUTPUT_LIMIT
        return text

    def close(self) -> None:
        self.selector.close()
        self.connection.close()
        os.close(self.output)


class Sandbox:
    """A zygote of one's own, started when first needed and again if it has died; at most one child at a time.

    `without` is for tests: the locks of the zygote's that are left out.
    """

    def __init__(self, without: Collection[str] = ()) -> None:
        self.without = without
        self.process: subprocess.Popen[bytes] | None = None
        self.homes = ""
        self.control: socket.socket | None = None
        self.child: Child | None = None

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def fork(self) -> Child:
        """End the child there is, if any, and start another in a fresh fork."""
        self.end()
        reason: OSError | None = None
        for _ in range(2):
            try:
                if self.control is None:
                    self._start()
                self.child = self._fork()
                return self.child
            except OSError as error:
                self.close()
                reason = error
        raise GradingError(f"the sandbox's process does not start ({reason}): see what it printed above")

    def end(self) -> None:
        """End the child and all that it has started; returns when every one of them is gone."""
        if self.child is None or self.control is None:
            return
        self.child.close()
        self.child = None
        try:
            self.control.sendall(b"E")
            self._reply()
        except OSError:
            self.close()

    def close(self) -> None:
        """End the zygote, and the child with it."""
        if self.child is not None:
            self.child.close()
        if self.control is not None:
            self.control.close()
        if self.process is not None:
            self.process.wait()
            with contextlib.suppress(RecursionError):
                shutil.rmtree(self.homes, ignore_errors=True)  # there is something left only if the zygote was killed
        self.child = self.control = self.process = None

    def _start(self) -> None:
        self.control, far = socket.socketpair()
        self.control.settimeout(START_SECONDS)
        self.homes = tempfile.mkdtemp(prefix="bplab-")
        os.chmod(self.homes, 0o711)  # to be passed through by the users that own what is in it
        numpy_home = Path(np.__file__).parent.parent
        arguments = [str(far.fileno()), self.homes, str(numpy_home), " ".join(self.without), *map(str, STAND_ALONE)]
        # A submission that runs as the same user cannot look into this process, where the answers are.
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        with far:
            # As -I does, but with the hash seed; -S: nothing beside numpy comes into reach by site's doing.
            self.process = subprocess.Popen(
                [sys.executable, "-s", "-P", "-S", ZYGOTE, *arguments],
                env=ENVIRONMENT,
                pass_fds=[far.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )
        self._reply()

    def _fork(self) -> Child:
        assert self.control is not None
        near, far = socket.socketpair()
        output, printed = os.pipe()
        try:
            socket.send_fds(self.control, [b"F"], [far.fileno(), printed])
            self._reply()
        except OSError:
            near.close()
            os.close(output)
            raise
        finally:
            far.close()
            os.close(printed)
        return Child(near, output)

    def _reply(self) -> int:
        assert self.control is not None
        data = b""
        while len(data) < wire.REPLY.size:
            more = self.control.recv(wire.REPLY.size - len(data))
            if not more:
                raise ConnectionError("the zygote has ended")
            data += more
        return int(wire.REPLY.unpack(data)[0])
