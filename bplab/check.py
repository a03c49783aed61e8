"""Feedback at once, inside the student's notebook: ``check.sigmoid(sigmoid)``.

The numbers tried here are always the same; for the marks others are used. ``dir(check)`` lists what can be checked.

>>> from bplab import check
>>> check.line(lambda x, a, b: a * x)
✗ line: not right yet.
  The result is not right.
  It looks as if the intercept were missing: every value is off by the same amount.
  What does your line predict at x = 0?
  For the marks other numbers are used.
"""

from __future__ import annotations

import contextlib
import io
import json
import linecache
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from bplab.questions import EXERCISES, Case, Exercise, Question
from bplab.questions import load as load_exercise
from bplab.questions.answers import kind
from bplab.questions.diagnosis import EMPTY, MISSING, Answer, Raised, Returned, Verdict, arguments, judge
from bplab.questions.paper import judge_number
from bplab.questions.raised import body_is_empty, describe

SEED = 2021
NOTE = "For the marks other numbers are used."
DEMO = "bplab-demo"


def paper(name: str, number: object) -> Verdict:
    """Compare a gradient worked out by hand on the card's network with the right one.

    Parameters
    ----------
    name : str
        A parameter of the card's network, such as "w1_11".
    number : number or str
        With at least two digits that count; in a string zeros at the end count too.
    """
    return judge_number(name, number)


def load(path: str | Path) -> Checks:
    """Check with an exercise of your own: ``check.load("my_exercise.py").my_function(my_function)``.

    Raises
    ------
    ExerciseError
        If the file defines no exercise; see `bplab.questions.load`.
    """
    return Checks({question.name: question for question in load_exercise(path).questions})


def folder(path: str | Path) -> Table:
    """Mark a folder of your own exercises, or one notebook, and return a table.

    The notebooks' code cells run in this Python, in order; one that fails does not stop the rest.
    """
    path = Path(path)
    found = [path] if path.is_file() else sorted(path.rglob("*.ipynb"))
    marked = [
        _mark(notebook, exercise)
        for notebook in found
        if ".ipynb_checkpoints" not in notebook.parts and (exercise := _exercise_of(notebook))
    ]
    if not marked:
        return Table(f"{path} holds no exercise. An exercise is called like {next(iter(EXERCISES))}.ipynb.")
    return Table("\n\n".join([*marked, NOTE]))


class Table(str):
    """Lines of text that a notebook shows as they are."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class Checks:
    """A check for each question, by its name."""

    def __init__(self, questions: Mapping[str, Question]) -> None:
        self._questions = questions

    def __getattr__(self, name: str) -> Callable[[object], Verdict]:
        return _checker(self._questions, name)

    def __dir__(self) -> list[str]:
        return sorted(self._questions)


@cache
def _packaged() -> dict[str, Question]:
    return {question.name: question for exercise in EXERCISES.values() for question in exercise.questions}


def __getattr__(name: str) -> Callable[[object], Verdict]:
    return _checker({} if name.startswith("__") else _packaged(), name)


def __dir__() -> list[str]:
    return sorted([*_packaged(), "folder", "load", "paper"])


def _checker(questions: Mapping[str, Question], name: str) -> Callable[[object], Verdict]:
    if name not in questions:
        raise AttributeError(f"there is nothing to check called {name!r}, only {', '.join(sorted(questions))}")

    def check(function: object) -> Verdict:
        return _check(questions[name], function)

    check.__name__ = name
    check.__doc__ = f"Check your {name}({', '.join(questions[name].parameters)})."
    return check


# ------------------------------------------------------------------ one function


def _check(question: Question, function: object) -> Verdict:
    if not callable(function):
        fact = f"This is {kind(function)}, not a function. Write check.{question.name}({question.name})."
        return Verdict(question.name, "missing", fact=fact)
    cases = question.cases(np.random.default_rng(SEED))
    verdict = judge(question, cases, list(_answers(question, function, cases)))
    return replace(verdict, note=NOTE) if verdict.status in ("right", "wrong") else verdict


def _answers(question: Question, function: Callable[..., Any], cases: list[Case]) -> Iterator[Answer]:
    if body_is_empty(function):
        yield EMPTY
        return
    for case in cases:
        given = arguments(case)
        try:
            value = function(*given)
        except (Exception, SystemExit) as error:
            yield Raised(**describe(error, function))
        else:
            kept = {name: given[question.parameters.index(name)] for name in question.keeps}
            yield Returned(value, kept)


# ------------------------------------------------------------------ a folder


def _exercise_of(notebook: Path) -> Exercise | None:
    """The exercise whose number the file's name holds: ``ex01…ipynb``."""
    number = re.search(r"(?<![a-z])ex\d\d(?!\d)", notebook.stem.lower())
    names = [name for name in EXERCISES if number and name.startswith(number[0])]
    return EXERCISES[names[0]] if names else None


def _mark(path: Path, exercise: Exercise) -> str:
    """One notebook's part of the table."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if _counts(cell)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"{path}\n  cannot be read ({error})"
    names = _run(str(path), sources)
    lines, total = [], 0.0
    for question in exercise.questions:
        function = names.get(question.name, MISSING)
        verdict = judge(question, [], [MISSING]) if function is MISSING else _check(question, function)
        points = verdict.share * question.points
        total += points
        lines.append(f"  {question.name:<20} {points:>4g} of {question.points:<3g} {verdict.status}")
        lines += [f"  {'':<20} {'':<11} {verdict.message}"] if verdict.message else []
    whole = sum(question.points for question in exercise.questions)
    return "\n".join([str(path), *lines, f"  {'together':<20} {total:>4g} of {whole:g}"])


def _counts(cell: dict[str, Any]) -> bool:
    return cell["cell_type"] == "code" and DEMO not in cell.get("metadata", {}).get("tags", [])


def _run(path: str, sources: list[str]) -> dict[str, Any]:
    """Run code cells in one fresh namespace and return it. What they print is dropped."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for number, source in enumerate(sources):
        filename = f"<{path}, code cell {number + 1}>"
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        code = _compile(source, filename)
        unseen = io.StringIO()
        with (
            contextlib.redirect_stdout(unseen),
            contextlib.redirect_stderr(unseen),
            contextlib.suppress(Exception, SystemExit),
        ):
            exec(code, names)
    return names


def _compile(source: str, filename: str) -> Any:
    """A cell's code; nothing, where it is not Python, such as ``%timeit`` or a slip of the pen."""
    try:
        return compile(source, filename, "exec")
    except (SyntaxError, ValueError):
        return compile("", filename, "exec")
