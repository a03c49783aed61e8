"""From a student's answers to a verdict: right, or what is wrong and which mistake it looks like.

One engine for the notebook's check and for the grader.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bplab.questions import Case, Question


@dataclass(frozen=True)
class Refused:
    """Stands in an answer for a value that is not plain data; `why` is what it is, "an array of objects"."""

    why: str


@dataclass(frozen=True)
class Returned:
    """The function returned `value`; `kept` holds the arguments named in ``Question.keeps``, as they were afterwards."""

    value: Any
    kept: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Raised:
    """The function raised an exception of this type; see `bplab.questions.raised.describe`."""

    type: str
    message: str
    line: str = ""
    shapes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stopped:
    """The call did not end by itself: "timed out" or "crashed"."""

    how: str


@dataclass(frozen=True)
class Nothing:
    """There is nothing to call: no such function (`MISSING`), or one without a body (`EMPTY`)."""

    status: str


MISSING = Nothing("missing")
EMPTY = Nothing("not attempted")

Answer = Returned | Raised | Stopped | Nothing


@dataclass(frozen=True)
class Verdict:
    """What is said about one task."""

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
        """All that there is to say, in one line of plain text."""
        return " ".join(part for part in (self.fact, self.cause, self.question) if part)


def judge(question: Question, cases: Sequence[Case], answers: Sequence[Answer]) -> Verdict:
    """Judge the answers that a student's function gave in these cases."""
    raise NotImplementedError
