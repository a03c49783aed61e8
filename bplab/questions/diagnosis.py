"""From a student's answers to a verdict: right, or what is wrong and which mistake it looks like.

One engine for the notebook's check and for the grader. An answer is compared with the reference, then with each known
mistake, then with pairs of them. What no mistake explains is described by where it starts, by shape and by scale.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from operator import itemgetter
from typing import Any

import numpy as np

from bplab.questions import Case, ExerciseError, Judged, Known, Mistake, Question, Rng
from bplab.questions.answers import (
    EMPTY,
    MISSING,
    RIGHT,
    Answer,
    Nothing,
    Piece,
    Raised,
    Refused,
    Returned,
    Stopped,
    are_same,
    compare,
    in_another_order,
    under_other_keys,
)
from bplab.questions.calls import Compared
from bplab.questions.facts import AFTERWARDS, CLOSE, describe, not_written, notebook_read, raised, wrong_call
from bplab.questions.known import ASKED, KNOWN
from bplab.questions.recorder import Recorder

__all__ = [
    "EMPTY",
    "MISSING",
    "Answer",
    "Nothing",
    "Raised",
    "Refused",
    "Returned",
    "Stopped",
    "Verdict",
    "arguments",
    "because",
    "judge",
    "rehearse",
    "with_reads",
]

Judge = Callable[[Case, Any], Judged]

WORDS = {
    "right": ("✓", "right", "success"),
    "wrong": ("✗", "not right yet", "error"),
    "not attempted": ("○", "not attempted yet", "info"),
    "missing": ("○", "missing", "info"),
    "error": ("✗", "it raises an exception", "error"),
    "timed out": ("✗", "it did not end in time", "error"),
    "crashed": ("✗", "it ended Python", "error"),
}


@dataclass(frozen=True, repr=False)
class Verdict:
    """What is said about one task.

    Attributes
    ----------
    status : str
        right, wrong, not attempted, missing, error, timed out or crashed.
    share : float
        The share of the points, from 0 to 1.
    diagnosis : tuple of str
        The ids of the mistakes that it looks like.
    fact, cause, question : str
        What is right and what is not; which mistake it looks like; a question that leads on.
    note : str
        What else the reader should know.
    """

    task: str
    status: str
    share: float = 0.0
    diagnosis: tuple[str, ...] = ()
    fact: str = ""
    cause: str = ""
    question: str = ""
    note: str = ""

    @property
    def right(self) -> bool:
        """Whether the answer is right in every case."""
        return self.status == "right"

    @property
    def message(self) -> str:
        """Fact, cause and question in one line of plain text."""
        return " ".join(part for part in (self.fact, self.cause, self.question) if part)

    def __repr__(self) -> str:
        symbol, words, _ = WORDS[self.status]
        lines = (f"{symbol} {self.task}: {words}.", self.fact, self.cause, self.question, self.note)
        return "\n  ".join(line for line in lines if line)

    def _repr_html_(self) -> str:
        symbol, words, colour = WORDS[self.status]
        edge = f"border-left:4px solid var(--jp-{colour}-color1,gray);padding:2px 0 2px 10px"
        parts = [self.fact, self.cause, f"<em>{escape(self.question)}</em>" if self.question else ""]
        body = "".join(f"<div>{part if part.startswith('<em>') else with_code(part)}</div>" for part in parts if part)
        note = f'<div style="opacity:.75">{with_code(self.note)}</div>' if self.note else ""
        title = f"<strong>{symbol} <code>{escape(self.task)}</code>: {words}</strong>"
        return f'<div role="group" aria-label="feedback" style="{edge}">{title}{body}{note}</div>'


def judge(question: Question, cases: Sequence[Case], answers: Sequence[Answer]) -> Verdict:
    """Judge the answers that a student's function gave in these cases.

    Parameters
    ----------
    question : Question
    cases : sequence of tuple
        The arguments of each call.
    answers : sequence of Answer
        What each call led to; shorter than `cases` after a `Stopped`, `MISSING` or `EMPTY`.

    Raises
    ------
    ExerciseError
        If the question's reference raises, or its judge gives no share and message.
    """
    for answer in answers:
        if isinstance(answer, Nothing):
            return Verdict(question.name, answer.status, fact=_nothing(question, answer))
        if isinstance(answer, Stopped):
            return Verdict(question.name, answer.how)
    raises = [answer for answer in answers if isinstance(answer, Raised)]
    if len(raises) == len(answers) and all(answer.type == "NotImplementedError" for answer in raises):
        return Verdict(question.name, "not attempted", fact=not_written(raises[0]))
    if len(raises) == len(answers) and (fact := wrong_call(question.name, question.parameters, raises)):
        return Verdict(question.name, "error", fact=fact)
    with np.errstate(all="ignore"):
        if question.judge is not None:
            return _ask(question, question.judge, cases, answers)
        return _compare_all(question, cases, answers)


def with_reads(verdict: Verdict, question: Question, names: Sequence[str]) -> Verdict:
    """The verdict, with the notebook's variables that the function reads where nothing else explains its answer."""
    unexplained = verdict.status in ("wrong", "error") and not verdict.diagnosis and not verdict.share
    if not (names and unexplained and question.parameters):
        return verdict
    seen = f"{verdict.fact} {notebook_read(question.name, names)}".strip()
    return replace(verdict, fact=seen, question="Which of its arguments belongs in that place?")


def rehearse(question: Question) -> None:
    """Refuse a question whose reference is no answer, or whose mistakes are none, in the cases of one draw.

    Raises
    ------
    ExerciseError
        If the reference raises or returns what no student could match; if a mistake gives the right answer.
    """
    if question.judge is not None:
        return
    cases = question.cases(np.random.default_rng(0))
    with np.errstate(all="ignore"):
        said = _compare_all(question, cases, [_expected(question, case) for case in cases])
        if not said.right:
            raise ExerciseError(f"question {question.name!r}: its reference gives no right answer. {said.fact}")
        for mistake in (*question.mistakes, *question.pairs):
            answers = [_call(question, mistake.wrong, case) for case in cases]
            if None not in answers and _compare_all(question, cases, [a for a in answers if a]).right:
                raise ExerciseError(f"question {question.name!r}: mistake {mistake.id!r} gives the right answer")


def arguments(case: Case) -> list[Any]:
    """Fresh arguments for one call: copies, with a generator and a function where a case names one."""
    return [_fresh(value) for value in case]


def recorder(given: Sequence[Any]) -> Recorder | None:
    """The recorded function among the arguments of a call, if there is one."""
    return next((value for value in given if isinstance(value, Recorder)), None)


def _fresh(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {key: _fresh(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(_fresh(item) for item in value)
    if isinstance(value, Rng):
        return np.random.default_rng(value.seed)
    if isinstance(value, Known):
        return KNOWN.get(value.name) or Recorder(value.name)
    return copy.copy(value)


def _nothing(question: Question, answer: Nothing) -> str:
    return f"There is no function called {question.name}." if answer is MISSING else ""


def _compare_all(question: Question, cases: Sequence[Case], answers: Sequence[Answer]) -> Verdict:
    targets = [_expected(question, case) for case in cases]
    compared = [_beside(question, answer, target) for answer, target in zip(answers, targets)]
    worst = max(np.inf if isinstance(a, Raised) else max((p.error for p in a), default=0.0) for a in compared)
    if worst <= RIGHT:
        return Verdict(question.name, "right", share=1.0)
    if worst <= CLOSE:
        fact = f"Right up to rounding: the largest difference is {worst:.0e} of the value."
        return Verdict(question.name, "wrong", fact=fact, question="Return the unrounded value.")
    status = "error" if all(isinstance(answer, Raised) for answer in answers) else "wrong"
    fact, query = describe(compared, question.parameters, cases)
    place = _misplaced(answers, targets)
    fact, query = place or (fact, query)
    named = _named(question, cases, answers)
    if not named:
        return Verdict(question.name, status, fact=fact, question=query)
    if question.given in [mistake.id for mistake in named]:
        return Verdict(question.name, "not attempted", fact="It still computes what it did when you got it.")
    ids = tuple(dict.fromkeys(single for mistake in named for single in mistake.id.split(";")))
    if question.given in ids:  # in a pair, of which the other one is the student's own
        named = [m for m in question.mistakes if m.id in ids and m.id != question.given] or named
        fact, ids = "The mistake that it came with is still there, and there is another.", tuple(m.id for m in named)
    hint = query if place else named[0].hint or query
    return Verdict(question.name, status, diagnosis=ids, fact=fact, cause=because(named[0]), question=hint)


def because(mistake: Mistake) -> str:
    """The cause of an answer that this mistake explains, as a sentence."""
    message = mistake.message.strip().removesuffix(".") + "."
    return f"It looks {message}" if message.startswith("as if") else message


def _named(question: Question, cases: Sequence[Case], answers: Sequence[Answer]) -> list[Mistake]:
    """All the mistakes that agree with the answers, else the first pair of mistakes that does."""
    singles = [mistake for mistake in question.mistakes if _agrees(question, mistake, cases, answers)]
    pairs = (pair for pair in question.pairs if _agrees(question, pair, cases, answers))
    return singles or [pair for pair in [next(pairs, None)] if pair is not None]


def _agrees(question: Question, mistake: Mistake, cases: Sequence[Case], answers: Sequence[Answer]) -> bool:
    """Whether a mistake leads to these answers, in at least one case to the same value, in others it may raise too."""
    met = False
    for case, answer in zip(cases, answers):
        target = _call(question, mistake.wrong, case)
        if target is None or not isinstance(answer, Returned):
            if (target is None) == isinstance(answer, Returned):
                return False
        elif all(piece.error <= CLOSE for piece in _pieces(question, answer, target)):
            met = True
        else:
            return False
    return met


def _call(question: Question, function: Callable[..., Any], case: Case) -> Returned | None:
    """Call a trusted function with fresh arguments; None if it raises."""
    given = arguments(case)
    try:
        value = function(*given)
    except Exception:
        return None
    return Returned(value, {name: given[question.parameters.index(name)] for name in question.keeps})


def _expected(question: Question, case: Case) -> Returned:
    target = _call(question, question.reference, case)
    if target is None:
        raise ExerciseError(f"question {question.name!r}: its reference raises in one of its cases")
    return Returned(target.value, dict(zip(question.parameters, arguments(case))))


def _beside(question: Question, answer: Answer, target: Returned) -> Compared:
    if isinstance(answer, Returned):
        return list(_pieces(question, answer, target))
    assert isinstance(answer, Raised)
    return answer


def _pieces(question: Question, answer: Returned, target: Returned) -> Iterator[Piece]:
    """The answer beside what it should be: the values returned, then the arguments that had to be kept."""
    yield from sorted(
        compare(answer.value, target.value, names=question.results), key=lambda p: question.place(p.label)
    )
    yield from _kept(question, answer, target)


def _kept(question: Question, answer: Returned, target: Returned) -> Iterator[Piece]:
    for name in question.keeps:
        for piece in compare(answer.kept.get(name), target.kept[name], name):
            yield piece._replace(label=piece.label + AFTERWARDS)


def _misplaced(answers: Sequence[Answer], targets: Sequence[Returned]) -> tuple[str, str] | None:
    """Fact and question about an answer whose values are right, but not in their places."""
    pairs = [(a.value, target.value) for a, target in zip(answers, targets) if isinstance(a, Returned)]
    if all(are_same(*pair) for pair in pairs):
        return None
    if len(pairs) == len(answers) and all(in_another_order(*pair) for pair in pairs):
        return "The values are right, in another order.", "In which order are they asked for?"
    if len(pairs) == len(answers) and all(under_other_keys(*pair) for pair in pairs):
        return "The values are right, but stand under each other's keys.", "Under which key does each belong?"
    return None


def _ask(question: Question, ask: Judge, cases: Sequence[Case], answers: Sequence[Answer]) -> Verdict:
    """Let the question's own judge look at each answer; the worst case counts. Then at all of them together."""
    share, message, name = min(
        (_asked(question, ask, case, answer) for case, answer in zip(cases, answers)), key=itemgetter(0)
    )
    if share == 1 and question.together is not None:
        values = [answer.value for answer in answers if isinstance(answer, Returned)]
        met = [_met(case, answer) for case, answer in zip(cases, answers) if isinstance(answer, Returned)]
        share, message, name = _told(question, question.together(met, values))
    status = "right" if share == 1 else "error" if all(isinstance(answer, Raised) for answer in answers) else "wrong"
    if not name:
        return Verdict(question.name, status, share=share, fact=message)
    mistake = next((mistake for mistake in question.mistakes if mistake.id == name), None)
    if mistake is None:
        raise ExerciseError(f"the judge of {question.name!r} names {name!r}, which is none of its mistakes")
    return Verdict(question.name, status, share, (name,), message, because(mistake), mistake.hint)


def _asked(question: Question, ask: Judge, case: Case, answer: Answer) -> tuple[float, str, str]:
    """The share of the points for one case, from 0 to 1, a message, and the id of a mistake or ""."""
    if isinstance(answer, Raised):
        return 0.0, f"It raises {raised(answer)}", ""
    assert isinstance(answer, Returned)
    for piece in _kept(question, answer, Returned(None, dict(zip(question.parameters, arguments(case))))):
        if not piece.error <= RIGHT:
            return 0.0, f"{piece.label} is not as it was before.", ""
    try:
        judged = ask(_met(case, answer), answer.value)
    except Exception as error:
        return 0.0, f"This answer cannot be judged ({type(error).__name__}: {error}).", ""
    return _told(question, judged)


def _met(case: Case, answer: Returned) -> Case:
    """The case as a judge sees it: in place of a function that was asked, its calls."""
    return tuple(answer.calls if isinstance(value, Known) and value.name in ASKED else value for value in case)


def _told(question: Question, judged: Any) -> tuple[float, str, str]:
    """What a judge has said, if it can be: the share within 0 to 1, a message, and the id of a mistake or ""."""
    if not (isinstance(judged, tuple) and len(judged) in (2, 3) and all(isinstance(text, str) for text in judged[1:])):
        raise ExerciseError(f"the judge of {question.name!r} gives {judged!r}, expected (share of the points, message)")
    share = float(judged[0])
    return (min(max(share, 0.0), 1.0) if share == share else 0.0), judged[1], "".join(judged[2:])


def with_code(text: str) -> str:
    """Escaped, with what stands between backticks as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))
