"""The grader's side of the sandbox: start a zygote, have it fork, talk to the fork with a deadline, end it."""

import contextlib
import os
import secrets
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

import bplab
from bplab.grading import wire
from bplab.grading.text import visible
from bplab.questions import Known, Rng
from bplab.questions.diagnosis import Refused

HERE = Path(__file__).parent
QUESTIONS = Path(bplab.__file__).parent / "questions"
STAND_ALONE = (HERE / "wire.py", QUESTIONS / "raised.py", QUESTIONS / "known.py", HERE / "stubs.py", HERE / "worker.py")
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

    def __init__(self, connection: socket.socket, output: int, room: int) -> None:
        self.connection, self.output = connection, output
        self.room = room
        self.printed = bytearray()
        self.cut = self.sending = False
        self.connection.setblocking(False)
        os.set_blocking(output, False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(output, selectors.EVENT_READ)
        self.selector.register(connection, selectors.EVENT_READ)

    def request(
        self, message: dict[str, Any], seconds: float, values: Sequence[Any] = ()
    ) -> tuple[dict[str, Any], list[Any]]:
        """Send a request and wait for its answer.

        Raises
        ------
        StoppedError
            If there is none in time, none at all, or one that is not a well-formed answer to this very request.
        """
        nonce = secrets.token_hex(8)
        frame = self._exchange(wire.pack(message | {"id": nonce}, values, _placeholder), time.monotonic() + seconds)
        self._drain()
        try:
            reply, answers = wire.unpack(frame, _refused)
        except wire.MalformedError:
            raise StoppedError("crashed") from None
        if reply.get("id") != nonce:
            raise StoppedError("crashed")
        return reply, answers

    def _exchange(self, question: bytes, deadline: float) -> bytearray:
        rest, answer = memoryview(question), bytearray()
        length = None
        rest = self._send(rest)
        while length is None or len(answer) < length:
            for key, events in self._ready(deadline):
                if key.fd == self.output:
                    self._drain()
                elif events & selectors.EVENT_WRITE:
                    rest = self._send(rest)
                elif events & selectors.EVENT_READ:
                    answer += self._receive((length or CHUNK) - len(answer))
                    length = self._length(answer)
        if rest or len(answer) > length:
            raise StoppedError("crashed")
        return answer

    def _ready(self, deadline: float) -> list[tuple[selectors.SelectorKey, int]]:
        left = deadline - time.monotonic()
        if left <= 0 or not (ready := self.selector.select(left)):
            raise StoppedError("timed out")
        return ready

    def _send(self, rest: memoryview) -> memoryview:
        try:
            rest = rest[self.connection.send(rest) :]
        except BlockingIOError:
            pass
        except OSError:
            raise StoppedError("crashed") from None
        if bool(rest) != self.sending:
            self.sending = bool(rest)
            self.selector.modify(self.connection, selectors.EVENT_READ | selectors.EVENT_WRITE * self.sending)
        return rest

    def _receive(self, most: int) -> bytes:
        try:
            data = self.connection.recv(min(most, CHUNK))
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            raise StoppedError("crashed")
        return data

    @staticmethod
    def _length(answer: bytearray) -> int | None:
        try:
            return wire.length(answer)
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
            self.cut |= len(data) > self.room
            self.printed += data[: self.room]
            self.room -= min(self.room, len(data))

    def take_printed(self) -> str:
        """What was printed since the last time, as text."""
        with contextlib.suppress(OSError):
            self._drain()
        text = self.printed.decode("utf-8", "replace")
        self.printed.clear()
        return text

    def close(self) -> None:
        self.selector.close()
        self.connection.close()
        os.close(self.output)


class Sandbox:
    """A zygote of one's own, started when first needed and again if it has died; at most one child at a time."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.control: socket.socket | None = None
        self.child: Child | None = None

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def fork(self, room: int = OUTPUT_LIMIT) -> Child:
        """End the child there is, if any, and start another in a fresh fork."""
        self.end()
        for _ in range(2):
            try:
                if self.control is None:
                    self._start()
                self.child = self._fork(room)
                return self.child
            except OSError:
                self.close()
        raise RuntimeError("the zygote does not start: see what it printed above")

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
        self.child = self.control = self.process = None

    def _start(self) -> None:
        self.control, far = socket.socketpair()
        self.control.settimeout(START_SECONDS)
        numpy_home = Path(np.__file__).parent.parent
        with far:
            # As -I does, but with the hash seed; -S: nothing beside numpy comes into reach by site's doing.
            self.process = subprocess.Popen(
                [sys.executable, "-s", "-P", "-S", HERE / "zygote.py", str(far.fileno()), numpy_home, *STAND_ALONE],
                env=ENVIRONMENT,
                pass_fds=[far.fileno()],
                stdin=subprocess.DEVNULL,
                cwd="/",
            )
        self._reply()

    def _fork(self, room: int) -> Child:
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
        return Child(near, output, room)

    def _reply(self) -> int:
        assert self.control is not None
        data = b""
        while len(data) < wire.REPLY.size:
            more = self.control.recv(wire.REPLY.size - len(data))
            if not more:
                raise ConnectionError("the zygote has ended")
            data += more
        return int(wire.REPLY.unpack(data)[0])
