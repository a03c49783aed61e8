"""Work on several processes: each with a sandbox of its own, none outlives the one that started it."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from functools import cache
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from bplab.grading.marking import Marked, Settings, grade_submission
from bplab.grading.sandbox import Sandbox
from bplab.grading.submissions import GradingError, Submission
from bplab.questions import EXERCISES, Exercise, load


@cache
def exercise_named(source: str) -> Exercise:
    """The packaged exercise of this name, or the one that the file defines."""
    return EXERCISES[source] if source in EXERCISES else load(source)


def mark_all(
    submissions: Sequence[Submission], sources: dict[str, str], settings: Settings, workers: int
) -> Iterator[Marked]:
    """Mark every submission, in no particular order; `sources` says where each exercise's definition is."""
    jobs = [(submission, sources[submission.exercise], settings) for submission in submissions]
    if workers == 1 or len(jobs) < 2:
        with Sandbox() as sandbox:
            for submission, source, _ in jobs:
                yield grade_submission(submission, exercise_named(source), settings, sandbox)
    else:
        yield from _spread(jobs, min(workers, len(jobs)))


def _spread(jobs: list[Any], workers: int) -> Iterator[Marked]:
    # Spawned, not forked: a worker starts with nothing of this process, whatever threads it has.
    context = multiprocessing.get_context("spawn")
    processes: dict[Connection, BaseProcess] = {}
    waiting = jobs[::-1]
    try:
        for _ in range(workers):
            near, far = context.Pipe()
            process: BaseProcess = context.Process(target=_work, args=(far,), daemon=True)
            process.start()
            far.close()
            processes[near] = process
            near.send(waiting.pop())
        busy = set(processes)
        while busy:
            for connection in wait(busy):
                assert isinstance(connection, Connection)
                yield _result(connection)
                if waiting:
                    connection.send(waiting.pop())
                else:
                    busy.remove(connection)
    finally:
        for connection, process in processes.items():
            connection.close()
            process.join()


def _result(connection: Connection) -> Marked:
    try:
        result = connection.recv()
    except (EOFError, OSError):
        raise GradingError("a worker process has ended unexpectedly: see what it printed above") from None
    if isinstance(result, BaseException):
        raise result
    assert isinstance(result, Marked)
    return result


def _work(connection: Connection) -> None:
    """A worker's life: mark what comes until nothing comes any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent; this process then sees its pipe close
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
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


def _end_with(sentinel: int) -> None:
    """Leave as soon as the parent is gone, even in the middle of a submission; the zygote then does the same."""
    wait([sentinel])
    os._exit(1)
