"""Exercises as objects: what is asked, which cases try it, what is right, which mistakes are known.

An exercise is one Python file that defines ``EXERCISE``. The notebook's `bplab.check`, the grader and the tests all use
the same object, so there is one truth about what is right.

>>> sorted(question.name for question in EXERCISES["ex01-forward-pass"].questions)
['forward', 'line', 'sigmoid']
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
import keyword
import pkgutil
import re
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from bplab.questions.known import ASKED, KNOWN

__all__ = ["EXERCISES", "Exercise", "ExerciseError", "Known", "Mistake", "Question", "Rng", "load"]

Case = tuple[Any, ...]
Judged = tuple[float, str] | tuple[float, str, str]
PLAIN = (np.ndarray, np.generic, int, float, str, type(None))


class ExerciseError(ValueError):
    """An exercise that is not well defined, or cannot be loaded; the message says what to change."""


@dataclass(frozen=True)
class Rng:
    """Stands in a case for ``np.random.default_rng(seed)``; each call of the student's function gets a new one."""

    seed: int


@dataclass(frozen=True)
class Known:
    """Stands in a case for a function that the student's is given, by its name in `bplab.questions.known`.

    "cubic" is at hand everywhere. The calls of "gradients" are answered and recorded by whoever judges; the question's
    judge finds in its place the list of them (`bplab.questions.recorder`).
    """

    name: str

    def __post_init__(self) -> None:
        if self.name not in (*KNOWN, *ASKED):
            raise ExerciseError(f"Known({self.name!r}): there is no such function, only {', '.join((*KNOWN, *ASKED))}")


@dataclass(frozen=True)
class Mistake:
    """A known mistake: a function that makes it, and what a student who made it is told.

    Parameters
    ----------
    id : str
        Its short name, as it stands in the marks.
    wrong : callable
        Takes the arguments of the question's reference and returns what the mistake leads to; it may raise.
    message : str
        The cause, to follow "It looks": "as if the sum had been forgotten".
    hint : str
        A question that leads on, never the formula.
    """

    id: str
    wrong: Callable[..., Any]
    message: str
    hint: str = ""

    def __post_init__(self) -> None:
        if not self.id:
            raise ExerciseError("a Mistake has no id: give it a short name, such as 'sum-forgotten'")
        if not callable(self.wrong):
            raise ExerciseError(f"mistake {self.id!r}: wrong is {self.wrong!r}, expected a function")
        if not self.message.strip():
            raise ExerciseError(f"mistake {self.id!r} has no message: say what it looks like, 'as if …'")


@dataclass(frozen=True)
class Question:
    """One function that a student writes.

    Parameters
    ----------
    name : str
        The function's name.
    points : float
        What it is worth.
    reference : callable
        A right version. The names of its parameters are those that the student sees.
    cases : callable
        Takes a ``numpy.random.Generator`` and returns the calls to try, a list of argument tuples: arrays, numbers,
        strings, tuples, lists and dictionaries of these, `Rng`, `Known`. At least three, unless there is a `judge`.
    mistakes : sequence of Mistake
        Known mistakes. All that agree with an answer are named.
    keeps : sequence of str
        Parameters that the call must leave unchanged.
    judge : callable, optional
        ``judge(case, answer)`` → (share of the points, message), where several answers are right. The worst counts. A
        third value is the id of the one of `mistakes` that it looks like.
    seconds : float, optional
        The time that one call may take, where it is long.
    pairs : sequence of Mistake
        Two mistakes at once, their ids joined by ";". Tried after `mistakes`; the first that agrees is named.
    given : str
        The id of the mistake that the function has when the student gets it, to be mended. An answer that still has it
        is not attempted, and the mistake is not named.
    together : callable, optional
        ``together(cases, answers)`` → as `judge`, of all answers at once. Asked where each one is right by itself.

    Raises
    ------
    ExerciseError
        If any of these does not fit.
    """

    name: str
    points: float
    reference: Callable[..., Any]
    cases: Callable[[np.random.Generator], list[Case]]
    mistakes: Sequence[Mistake] = ()
    keeps: Sequence[str] = ()
    judge: Callable[[Case, Any], Judged] | None = None
    seconds: float | None = None
    pairs: Sequence[Mistake] = ()
    given: str = ""
    together: Callable[[Sequence[Case], Sequence[Any]], Judged] | None = None

    def __post_init__(self) -> None:
        if not self.name.isidentifier() or keyword.iskeyword(self.name):
            raise ExerciseError(f"question {self.name!r}: its name has to be that of a Python function")
        for what, number in (("points", self.points), ("seconds", 1 if self.seconds is None else self.seconds)):
            if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 < number < float("inf"):
                raise ExerciseError(f"question {self.name!r}: {what} is {number!r}, expected a number above 0")
        for what, function in (("reference", self.reference), ("cases", self.cases)):
            if not callable(function):
                raise ExerciseError(f"question {self.name!r}: {what} is {function!r}, expected a function")
        if self.together is not None and self.judge is None:
            raise ExerciseError(
                f"question {self.name!r}: together looks at what a judge has found right, so give it one"
            )
        for mistake in (*self.mistakes, *self.pairs):
            if not isinstance(mistake, Mistake):
                raise ExerciseError(
                    f"question {self.name!r}: {mistake!r} stands among the mistakes, expected a Mistake"
                )
        for name in self.keeps:
            if name not in self.parameters:
                raise ExerciseError(
                    f"question {self.name!r} keeps {name!r}, but its parameters are {', '.join(self.parameters)}"
                )
        if self.given and self.given not in [mistake.id for mistake in self.mistakes]:
            raise ExerciseError(f"question {self.name!r} is given with {self.given!r}, which is none of its mistakes")
        self._check_cases(self.cases(np.random.default_rng(0)))

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of the function's parameters."""
        return tuple(self._signature().parameters)

    @cached_property
    def results(self) -> tuple[str, ...]:
        """The names of the values that the reference returns, as its last line calls them; () where it has none."""
        named: tuple[str, ...] | None = getattr(self.reference, "results", None)
        return _returned_names(self.reference) if named is None else named

    def place(self, label: str) -> int:
        """Where a part of the result, such as "z[1]", stands in the order in which it is computed; all of "z" first."""
        order: tuple[str, ...] = getattr(self.reference, "order", ())
        if label in order:
            return order.index(label)
        return -1 if any(part.startswith(label) for part in order) else len(order)

    def _signature(self) -> inspect.Signature:
        try:
            signature = inspect.signature(self.reference)
        except (TypeError, ValueError):
            raise ExerciseError(
                f"question {self.name!r}: Python does not know the parameters of its reference; write it with def"
            ) from None
        for parameter in signature.parameters.values():
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.POSITIONAL_ONLY):
                raise ExerciseError(
                    f"question {self.name!r}: its reference takes {parameter}; give it plain parameters, such as (x, y)"
                )
        return signature

    def _check_cases(self, cases: list[Case]) -> None:
        least = 3 if self.judge is None else 1
        if not isinstance(cases, list) or len(cases) < least:
            found = f"{len(cases)}" if isinstance(cases, list) else repr(cases)
            raise ExerciseError(f"question {self.name!r}: cases gives {found}, expected a list of {least} or more")
        signature = self._signature()
        for number, case in enumerate(cases, start=1):
            where = f"question {self.name!r}, case {number}"
            if not isinstance(case, tuple):
                raise ExerciseError(f"{where} is {type(case).__name__}, expected a tuple of arguments, such as (x,)")
            try:
                signature.bind(*case)
            except TypeError:
                raise ExerciseError(
                    f"{where} has {len(case)} arguments, but the reference is {self.name}{signature}"
                ) from None
            _refuse_other_than_plain(where, case)


@dataclass(frozen=True)
class Exercise:
    """Questions that are handed in together.

    Parameters
    ----------
    name : str
        The notebook's name without ``.ipynb``.
    title : str
        What a person calls it.
    questions : sequence of Question
        In the notebook's order.

    Raises
    ------
    ExerciseError
        If it has no question, or two that do not go together.
    """

    name: str
    title: str
    questions: Sequence[Question]

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\w[\w.-]*", self.name):
            raise ExerciseError(f"exercise {self.name!r}: its name has to be that of a file, such as ex01-forward-pass")
        if not self.questions:
            raise ExerciseError(f"exercise {self.name!r} has no questions")
        names = [question.name for question in self.questions]
        for question in self.questions:
            if names.count(question.name) > 1:
                raise ExerciseError(f"exercise {self.name!r} has two questions {question.name!r}")
            other = getattr(question.reference, "__name__", "")
            if other != question.name and other in names:
                raise ExerciseError(f"question {question.name!r} has the reference of {other!r}")
        object.__setattr__(self, "questions", tuple(self.questions))


def load(path: str | Path) -> Exercise:
    """Load the exercise that a Python file defines as ``EXERCISE``.

    Raises
    ------
    ExerciseError
        If there is no such file, it cannot be run, it defines no ``EXERCISE``, a reference is not right by its own
        measure, or a mistake gives the right answer.
    """
    path = Path(path)
    if not path.is_file():
        raise ExerciseError(f"{path} is not a file: name the Python file that defines EXERCISE")
    spec = importlib.util.spec_from_file_location(f"bplab_exercise_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ExerciseError(f"{path} is not a Python file: its name has to end in .py")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        where = f"{path}, line {lines[-1]}" if lines else str(path)
        kind = "" if isinstance(error, ExerciseError) else f"{type(error).__name__}: "
        raise ExerciseError(f"{where}: {kind}{error}") from error
    exercise = getattr(module, "EXERCISE", None)
    if not isinstance(exercise, Exercise):
        raise ExerciseError(f"{path} defines no EXERCISE: end it with EXERCISE = Exercise(…)")
    from bplab.questions.diagnosis import rehearse  # which itself needs this module

    for question in exercise.questions:
        rehearse(question)
    return exercise


class _Packaged(Mapping[str, Exercise]):
    """The course's exercises by name; a module ``ex01_forward_pass`` is imported when its exercise is asked for."""

    def __iter__(self) -> Iterator[str]:
        names = (module.name for module in pkgutil.iter_modules(__path__))
        return (name.replace("_", "-") for name in sorted(names) if re.match(r"ex\d\d_", name))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __getitem__(self, name: str) -> Exercise:
        if name not in list(self):
            raise KeyError(f"there is no exercise {name!r}, only {', '.join(self)}")
        exercise: Exercise = import_module(f"{__name__}.{name.replace('-', '_')}").EXERCISE
        return exercise


EXERCISES: Mapping[str, Exercise] = _Packaged()


def _returned_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names in a function's last ``return a, b``; () if it returns something without a name."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return ()
    returns = [node.value for node in ast.walk(tree) if isinstance(node, ast.Return)]
    values = returns[-1].elts if returns and isinstance(returns[-1], ast.Tuple) else ()
    names = tuple(value.id for value in values if isinstance(value, ast.Name))
    return names if len(names) == len(values) else ()


def _refuse_other_than_plain(where: str, value: Any) -> None:
    """Raise ExerciseError unless `value` is of the kinds that a case may hold."""
    if isinstance(value, dict):
        _refuse_other_than_plain(where, list(value.items()))
    elif isinstance(value, (tuple, list)):
        for item in value:
            _refuse_other_than_plain(where, item)
    elif not isinstance(value, (*PLAIN, Rng, Known)):
        raise ExerciseError(
            f"{where} holds a {type(value).__name__}; a case holds arrays, numbers, strings and "
            "tuples, lists and dictionaries of these, Rng and Known"
        )
