"""Feedback at once, inside the student's notebook: ``check.sigmoid(sigmoid)``.

The numbers tried here are always the same; for the marks others are used. ``dir(check)`` lists what can be checked.

>>> from bplab import check
>>> check.line(lambda x, a, b: a * x)
✗ line: not right yet.
  The result is not right.
  It looks as if the intercept were missing: every value is off by the same amount.
  What does your line predict at x = 0?
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from bplab.check.attempt import attempt
from bplab.check.pencil import judge_number
from bplab.questions import EXERCISES, Question
from bplab.questions import load as load_exercise
from bplab.questions.diagnosis import Verdict


def paper(name: object = "", number: object = ...) -> Verdict:
    """Compare a gradient worked out by hand on the card's network with the right one.

    Parameters
    ----------
    name : str
        A parameter of the card's network, such as "w1_11".
    number : number or str
        With at least two digits, such as 0.56; in a string zeros at the end count too.
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


def symptoms(name: str, function: Callable[..., object] | None = None, samples: int = 32) -> object:
    """What one of the repair shop's backward passes looks like from outside: training curve and gradient check.

    Parameters
    ----------
    name : str
        "repair_1" to "repair_6".
    function : callable, optional
        Yours, mended. Without it: the broken one, as it is given.
    samples : int, optional
        How many of the 32 samples are used.

    Raises
    ------
    ValueError
        If there is no such task, `samples` is not from 1 to 32, or what the function returns is no gradient.
    """
    from bplab.check import repair_shop  # which draws

    return repair_shop.symptoms(name, function, samples)


def folder(path: str | Path) -> Table:
    """Mark a folder of your own exercises, or one notebook, and return a table.

    Each notebook's code cells run in a new Python, in order; one that fails does not stop the rest.

    Raises
    ------
    ExerciseError
        If there is no exercise, or none that can be read.
    """
    from bplab.check.own_folder import mark_folder  # which needs more of Python than a lecture does

    return Table(mark_folder(Path(path)))


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
    return sorted([*_packaged(), "folder", "load", "paper", "symptoms"])


def _checker(questions: Mapping[str, Question], name: str) -> Callable[[object], Verdict]:
    if name not in questions:
        raise AttributeError(f"there is nothing to check called {name!r}, only {', '.join(sorted(questions))}")

    def check(function: object = ...) -> Verdict:
        return attempt(questions[name], function)

    check.__name__ = check.__qualname__ = name
    check.__doc__ = f"Check your {name}({', '.join(questions[name].parameters)})."
    return check
