"""Mark a folder of submissions, each in a sandbox of its own: `grade`.

The grader holds the cases, the right answers and the comparison. A submission runs in another process that has none of
these, and says what its functions returned in plain data over a pipe.
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from bplab.grading import results
from bplab.grading.cluster import mark_on_cluster
from bplab.grading.journal import Journal, key
from bplab.grading.marking import Marked, Settings
from bplab.grading.pool import exercise_named, mark_all
from bplab.grading.probe import isolation
from bplab.grading.sandbox import Sandbox
from bplab.grading.submissions import Found, GradingError, find
from bplab.questions import EXERCISES, ExerciseError

__all__ = ["GradingError", "grade"]


def grade(
    submissions: str | Path,
    out: str | Path,
    *,
    exercise: str | None = None,
    workers: int = 1,
    timeout: float = 5.0,
    seed: int = 0,
    resume: bool = False,
    dask: str | None = None,
) -> None:
    """Mark the notebooks in `submissions` and write marks.csv, grades.csv, feedback/, class.html and run.json to `out`.

    Parameters
    ----------
    submissions
        A folder with a folder per student, flat files STUDENT_EXERCISE.ipynb, nbgrader's submitted/, or a zip of these.
    out
        A new or empty folder, or one of earlier results, which are replaced.
    exercise
        The name of a packaged exercise or its beginning (ex04, 04), or a Python file that defines EXERCISE. Default: by
        the files' names.
    workers
        How many processes mark.
    timeout
        Seconds that one call of a student's function may take, where its Question does not say.
    seed
        Draws the cases; the same seed and submissions give the same files, run.json apart.
    resume
        Mark only what the journal in `out` lacks: go on with a run that was cut off, or mark what has come in since.
    dask
        The address of a Dask scheduler whose workers mark, in place of `workers`; needs the extra `bplab[dask]`.

    Raises
    ------
    GradingError
        If nothing can be marked; the message names the reason and the way out.
    """
    submissions, out = Path(submissions), Path(out)
    _refuse_bad_calls(submissions, workers, timeout)
    sources = _sources(exercise)
    tasks = {name: [q.name for q in exercise_named(source).questions] for name, source in sources.items()}
    found = find(submissions, tasks, exercise is not None, out)
    run = _run(seed, timeout, workers, tasks, found)
    results.claim(out, run)
    with Sandbox() as sandbox:
        run["isolation"], meaning = isolation(sandbox)
    print(run["isolation"], *[meaning] * bool(meaning), *[f"Not marked: {a}" for a in found.aside], sep="\n")
    settings = Settings(timeout, seed)
    keys = {(s.student, s.exercise): key(s, sources[s.exercise], settings) for s in found.submissions}
    with _told(out), closing(Journal(out / results.JOURNAL, resume)) as journal:
        missing = [s for s in found.submissions if keys[s.student, s.exercise] not in journal]
        run["kept"] = len(keys) - len(missing)
        if resume:
            print(f"Kept from the journal: {_count(run['kept'], 'submission')}; still to mark: {len(missing)}")
        if dask is None:
            marking = mark_all(missing, sources, settings, workers)
        else:
            marking = mark_on_cluster(missing, sources, settings, dask)
        _mark(marking, len(missing), journal, keys)
        _finish(run)
        handed_in = [exercise_named(sources[name]) for name in sorted({s.exercise for s in found.submissions})]
        results.save(out, journal, keys, handed_in, found.students, run)
    for trouble in run["troubles"]:
        print(f"The grader had trouble: {trouble}", file=sys.stderr)
    print(f"Marked: {_count(len(keys), 'submission')}, {_count(len(found.students), 'student')}", end="")
    print(f" ({run['nothing_handed_in']} handed in nothing). See {out / 'class.html'} and {out / 'marks.csv'}")


def _mark(marking: Generator[Marked], number: int, journal: Journal, keys: Mapping[tuple[str, str], str]) -> None:
    """Take each result to the journal as it comes; on a terminal with the time left."""
    with closing(marking):
        for marked in tqdm(marking, total=number, unit="submission", disable=None):  # None: only on a terminal
            journal.add(keys[marked.student, marked.exercise], marked)


@contextmanager
def _told(out: Path) -> Iterator[None]:
    """When a run is cut off, say what is kept and how to go on."""
    way_out = "What has been marked is kept: the same command with --resume goes on from there."
    try:
        yield
    except KeyboardInterrupt:
        print(f"\nInterrupted. {way_out}", file=sys.stderr)
        raise
    except OSError as error:
        raise GradingError(f"{error.filename or out} cannot be written: {error.strerror}. {way_out}") from None


def _refuse_bad_calls(submissions: Path, workers: int, timeout: float) -> None:
    if sys.platform == "win32":
        raise GradingError("bplab grade isolates submissions with means that Windows lacks: use Linux, macOS or WSL")
    if not submissions.exists():
        raise GradingError(f"{submissions} does not exist: give the folder or zip that holds the submissions")
    if submissions.is_file() and submissions.suffix == ".ipynb":
        raise GradingError(f"{submissions} is a notebook: put it in a folder, or use bplab check")
    if workers < 1 or not 0 < timeout < float("inf"):
        raise GradingError(f"workers={workers}, timeout={timeout}: both have to be above 0")


def _sources(exercise: str | None) -> dict[str, str]:
    """Where the definition of each exercise is, by the exercise's name."""
    if exercise is None:
        return {name: name for name in EXERCISES}
    source = str(Path(exercise).resolve()) if exercise.endswith(".py") else _packaged(exercise)
    try:
        return {exercise_named(source).name: source}
    except ExerciseError as error:
        raise GradingError(str(error)) from error


def _packaged(beginning: str) -> str:
    """The one packaged exercise whose name begins like this: ex04-backward-pass for ex04 or 04."""
    found = [name for name in EXERCISES if name == beginning] or [
        name for name in EXERCISES if beginning and name.startswith((beginning, f"ex{beginning}"))
    ]
    if len(found) != 1:
        problem = f"{beginning!r} begins more than one" if found else f"there is no exercise {beginning!r}"
        raise GradingError(f"{problem}: give a Python file or one of {', '.join(found or EXERCISES)}")
    return found[0]


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _run(seed: int, timeout: float, workers: int, tasks: Mapping[str, Sequence[str]], found: Found) -> dict[str, Any]:
    """What run.json says; times are UTC."""
    return {
        "versions": {"bplab": version("bplab"), "numpy": np.__version__, "python": platform.python_version()},
        "platform": platform.platform(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "finished": None,
        "seconds": time.monotonic(),
        "isolation": None,
        "seed": seed,
        "timeout": timeout,
        "workers": workers,
        "exercises": tasks,
        "submissions": len(found.submissions),
        "students": len(found.students),
        "nothing_handed_in": len(found.students) - len({s.student for s in found.submissions}),
        "not_marked": found.aside,
        "troubles": [],
    }


def _finish(run: dict[str, Any]) -> None:
    run["finished"] = datetime.now(UTC).isoformat(timespec="seconds")
    run["seconds"] = round(time.monotonic() - run["seconds"], 1)
