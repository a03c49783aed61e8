"""Marking on a Dask cluster: the same unit of work, a submission's bytes and its exercise's source, on other machines.

A worker that dies loses nothing: Dask gives what it had to another one.
"""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from bplab.grading.journal import definition, grader
from bplab.grading.marking import Marked, Settings, grade_submission
from bplab.grading.notebook import UnreadableError
from bplab.grading.sandbox import Sandbox
from bplab.grading.submissions import GradingError, Submission
from bplab.questions import EXERCISES, Exercise, load

AHEAD = 4  # submissions that lie ready for each thread; more would only fill the scheduler's memory
CONNECT_SECONDS = 30

_sandboxes: dict[int, Sandbox] = {}  # in a Dask worker: one for each of its threads


@dataclass(frozen=True)
class Job:
    """All that a worker needs: it may be on a machine that sees none of the grader's files."""

    submission: Submission
    source: str
    definition: bytes
    settings: Settings
    grader: bytes


def mark_on_cluster(
    submissions: Sequence[Submission], sources: dict[str, str], settings: Settings, address: str
) -> Generator[Marked]:
    """Mark every submission on the cluster whose scheduler has this address, in no particular order.

    Raises
    ------
    GradingError
        If dask.distributed is missing, nothing answers at the address, or the cluster cannot mark.
    """
    try:
        import distributed
    except ImportError:
        raise GradingError('--dask needs dask.distributed: install it with pip install "bplab[dask]"') from None
    dask: Any = distributed  # which says little of its types
    try:
        client = dask.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise GradingError(
            f"no Dask scheduler answers at {address} ({error}): give its address, tcp://…:8786"
        ) from None
    with client:
        send = partial(client.submit, mark, pure=False)
        jobs = _jobs(submissions, sources, settings)
        ahead = AHEAD * max(1, sum(client.nthreads().values()))
        running = dask.as_completed([send(job) for job in islice(jobs, ahead)], loop=client.loop)
        try:
            for future in running:
                yield _result(future)
                running.update([send(job) for job in islice(jobs, 1)])
        finally:
            client.run(close_sandboxes, on_error="ignore")


def _jobs(submissions: Sequence[Submission], sources: dict[str, str], settings: Settings) -> Iterator[Job]:
    for submission in submissions:
        source = sources[submission.exercise]
        yield Job(_carried(submission), source, definition(source), settings, grader())


def _carried(submission: Submission) -> Submission:
    """The submission with its file's content, or with why it cannot be read."""
    content: Callable[[], bytes]
    try:
        content = partial(bytes, submission.file.content())
    except UnreadableError as error:
        content = partial(_refuse, str(error))
    return replace(submission, file=replace(submission.file, content=content))


def _refuse(reason: str) -> NoReturn:
    raise UnreadableError(reason)


def _result(future: Any) -> Marked:
    try:
        marked = future.result()
    except GradingError:
        raise
    except Exception as error:  # such as KilledWorker, after several workers have died over it
        raise GradingError(f"the Dask cluster could not mark a submission: {type(error).__name__}: {error}") from None
    assert isinstance(marked, Marked)
    return marked


def mark(job: Job) -> Marked:
    """In a worker: mark what has come, in the sandbox of this thread."""
    if job.grader != grader():
        raise GradingError("a Dask worker has another bplab, NumPy or Python than this grader: install the same there")
    exercise = _exercise(job.source, job.definition)
    sandbox = _sandboxes.setdefault(threading.get_ident(), Sandbox())
    return grade_submission(job.submission, exercise, job.settings, sandbox)


@cache
def _exercise(source: str, definition: bytes) -> Exercise:
    if not definition:
        return EXERCISES[source]
    path = Path(_folder().name) / f"{threading.get_ident()}.py"
    path.write_bytes(definition)
    return load(path)


@cache
def _folder() -> TemporaryDirectory[str]:
    """Where exercises lie as long as the worker lives: the names of results are read from their source."""
    return TemporaryDirectory(prefix="bplab-")


def close_sandboxes() -> None:
    """In a worker: leave nothing running."""
    while _sandboxes:
        _sandboxes.popitem()[1].close()
