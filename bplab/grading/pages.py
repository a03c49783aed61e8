"""The feedback page of one submission: a single file, readable without a network, in light and dark."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import jinja2
from markupsafe import Markup

from bplab.grading.lectures import section
from bplab.grading.text import one_line, visible
from bplab.questions import Exercise, Question
from bplab.questions.diagnosis import Raised, Verdict, with_code

PRINTED_LIMIT = 2_000

# Symbol and words for each status; the colour only repeats what these say.
STATUS = {
    "right": ("✓", "right"),
    "wrong": ("✗", "not right yet"),
    "not attempted": ("○", "not attempted yet"),
    "missing": ("○", "not found"),
    "error": ("✗", "raises an exception"),
    "timed out": ("✗", "did not end in time"),
    "crashed": ("✗", "ended Python"),
}


@dataclass(frozen=True)
class TaskReport:
    """What the page says about one task, besides the verdict: why the function is missing, the cell that it stands in,
    what it raised, what it printed."""

    question: Question
    verdict: Verdict
    why: str = ""
    cell: int | None = None
    raised: Raised | None = None
    printed: str = ""

    @property
    def section(self) -> str:
        """What to read again."""
        return section(self.question.name, *self.verdict.diagnosis[:1])

    @property
    def points(self) -> str:
        """The points, as a short number."""
        return number(self.question.points * self.verdict.share)


def number(points: float) -> str:
    """Points with at most two decimals: 3, 2.5.

    >>> number(3.0), number(2.5)
    ('3', '2.5')
    """
    return f"{points:.2f}".rstrip("0").rstrip(".")


def code_in(text: str) -> Markup:
    """One line of text as HTML, what stands between backticks as code.

    >>> code_in("in `a < b`")
    Markup('in <code>a &lt; b</code>')
    """
    return Markup(with_code(one_line(text)))


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("bplab.grading"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"number": number, "with_code": code_in, "visible": visible}
    return environment


def rendered(template: str, **values: Any) -> str:
    """A page as HTML: every text is escaped, unless it is Markup."""
    return _environment().get_template(template).render(**values)


def template_text(name: str) -> str:
    """What stands in a file beside the templates."""
    loader = _environment().loader
    assert loader is not None
    return loader.get_source(_environment(), name)[0]


def feedback_page(student: str, exercise: Exercise, reports: list[TaskReport], notes: list[str]) -> str:
    """The page as HTML; every text of the submission is escaped and stripped of what cannot be seen."""
    return rendered(
        "feedback.html",
        student=student,
        title=exercise.title,
        reports=reports,
        notes=notes,
        status=STATUS,
        points=sum(report.question.points * report.verdict.share for report in reports),
        max_points=sum(question.points for question in exercise.questions),
        right=sum(report.verdict.right for report in reports),
        printed_limit=PRINTED_LIMIT,
    )
