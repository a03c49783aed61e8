"""Work on several processes: each with a sandbox of its own, none outlives the one that started it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from functools import cache
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any

from bplab.grading.marking import Marked, Settings, grade_submission
from bplab.grading.sandbox import Sandbox
from bplab.grading.submissions import GradingError, Submission
from bplab.questions import EXERCISES, Exercise, load

Job = tuple[Submission, str, Settings]


@cache
def exercise_named(source: str) -> Exercise:
    """The packaged exercise of this name, or the one that the file defines."""
    return EXERCISES[source] if source in EXERCISES else load(source)


def mark_all(
    submissions: Sequence[Submission], sources: dict[str, str], settings: Settings, workers: int
) -> Generator[Marked]:
    """Mark every submission, in no particular order; `sources` says where each exercise's definition is."""
    jobs = [(submission, sources[submission.exercise], settings) for submission in submissions]
    if workers == 1 or len(jobs) < 2:
        with Sandbox() as sandbox:
            for submission, source, _ in jobs:
                yield grade_submission(submission, exercise_named(source), settings, sandbox)
    else:
        yield from _spread(jobs, min(workers, len(jobs)))


def _spread(jobs: list[Job], workers: int) -> Generator[Marked]:
    waiting = jobs[::-1]
    pool: dict[Any, Worker] = {}
    try:
        for _ in range(workers):
            worker = Worker()
            pool[worker.connection] = worker
            worker.send(waiting.pop())
        while busy := [connection for connection, worker in pool.items() if worker.busy]:
            for connection in wait(busy):
                yield pool[connection].result()
                if waiting:
                    pool[connection].send(waiting.pop())
    finally:
        for worker in pool.values():
            worker.close()


class Worker:
    """A process that marks what it is sent; exec'd, so that it starts with nothing of this one, whatever runs here."""

    def __init__(self) -> None:
        self.connection, far = Pipe()
        # Its stdin closes when this process is gone, however that came about; Ctrl-C is for this process alone.
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"from bplab.grading.pool import work; work({far.fileno()})"],
            stdin=subprocess.PIPE,
            pass_fds=[far.fileno()],
            start_new_session=True,
        )
        far.close()
        self.busy = False

    def send(self, job: Job) -> None:
        """Give it a submission to mark."""
        self.connection.send(job)
        self.busy = True

    def result(self) -> Marked:
        """What it has marked."""
        try:
            result = self.connection.recv()
            self.busy = False
        except (EOFError, OSError):
            raise GradingError("a worker process has ended unexpectedly: see what it printed above") from None
        if isinstance(result, BaseException):
            raise result
        assert isinstance(result, Marked)
        return result

    def close(self) -> None:
        """End it and wait for it: at once if it is in the middle of something."""
        self.connection.close()
        if not self.busy:
            self.process.wait()
        self.process.communicate()


def work(descriptor: int) -> None:
    """A worker's life: mark what comes until nothing comes any more."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    connection: Connection[Any, Any] = Connection(descriptor)
    with Sandbox() as sandbox:
        while True:
            try:
                submission, source, settings = connection.recv()
            except EOFError:
                return
            try:
                result: Any = grade_submission(submission, exercise_named(source), settings, sandbox)
            except Exception as error:
                result = error
            connection.send(result)


def _end_with_parent() -> None:
    """Leave when the parent is gone, even in the middle of a submission, and take the zygote along."""
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)
