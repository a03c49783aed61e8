"""Try a student's function in this Python, with numbers that are always the same."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from bplab.questions import Case, Question
from bplab.questions.answers import kind
from bplab.questions.diagnosis import EMPTY, Answer, Raised, Returned, Verdict, arguments, judge, recorder, with_reads
from bplab.questions.facts import wrong_parameters
from bplab.questions.raised import body_is_empty, describe, reads

SEED = 2021
NOTE = "For the marks other numbers are used."


def attempt(question: Question, function: object) -> Verdict:
    """Call a student's function in the public cases and judge what it gives."""
    if not callable(function):
        what = "" if function is ... else f"This is {kind(function)}, not a function. "
        return Verdict(question.name, "missing", fact=f"{what}Write check.{question.name}({question.name}).")
    cases = public_cases(question)
    taken = _parameters(function)
    if body_is_empty(function):
        return judge(question, cases, [EMPTY])
    if taken is not None and not _can_be_called(function, cases[0]):
        return Verdict(question.name, "error", fact=_wrong_parameters(question, taken))
    verdict = judge(question, cases, list(_answers(question, function, cases)))
    if verdict.status in ("wrong", "error") and taken and _are_reordered(taken, question.parameters):
        return Verdict(question.name, verdict.status, fact=_wrong_parameters(question, taken))
    if not verdict.right:
        return with_reads(verdict, question, reads(function))
    return replace(verdict, note=NOTE) if question.parameters else verdict


def public_cases(question: Question) -> list[Case]:
    """The calls that the notebook's check tries."""
    return question.cases(np.random.default_rng(SEED))


def _parameters(function: Callable[..., Any]) -> list[str] | None:
    """The names of a function's parameters; None where Python does not know them."""
    try:
        return [str(p).partition(":")[0] for p in inspect.signature(function).parameters.values()]
    except (TypeError, ValueError):
        return None


def _can_be_called(function: Callable[..., Any], case: Case) -> bool:
    try:
        inspect.signature(function).bind(*case)
    except TypeError:
        return False
    return True


def _are_reordered(taken: list[str], asked: tuple[str, ...]) -> bool:
    return taken != list(asked) and sorted(taken) == sorted(asked)


def _wrong_parameters(question: Question, taken: list[str]) -> str:
    return wrong_parameters(question.name, question.parameters, f"takes {', '.join(taken) or 'nothing'}")


def _answers(question: Question, function: Callable[..., Any], cases: list[Case]) -> Iterator[Answer]:
    for case in cases:
        given = arguments(case)
        try:
            value = function(*given)
        except (Exception, SystemExit) as error:
            yield Raised(**describe(error, function))
        else:
            kept = {name: given[question.parameters.index(name)] for name in question.keeps}
            asked = recorder(given)
            yield Returned(value, kept, asked.calls if asked else ())
