"""The page for the teacher: how the class did, which mistakes are common, what to teach again; without names."""

import base64
import builtins
import hashlib
import keyword
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np
from markupsafe import Markup

from bplab.grading.lectures import section
from bplab.grading.marking import Mark
from bplab.grading.pages import rendered, template_text
from bplab.pictures import svg, theme
from bplab.pictures.axes import Axes
from bplab.questions import Exercise, Mistake
from bplab.questions.diagnosis import because

BINS = 10
COMMONEST = 5
UNDONE = ("not attempted", "missing")
PYTHON = {*keyword.kwlist, *dir(builtins), *dir(np), *dir(np.ndarray)}

Examples = Mapping[tuple[str, str, str], str]


@dataclass
class Task:
    """How one task went: of those who handed in its exercise, how many were right, had it open, or neither."""

    exercise: str
    name: str
    handed_in: int = 0
    right: int = 0
    undone: int = 0
    points: float = 0.0
    most: float = 0.0

    @property
    def wrong(self) -> int:
        return self.handed_in - self.right - self.undone

    @property
    def percent(self) -> int:
        return round(100 * self.right / self.handed_in) if self.handed_in else 0


@dataclass
class Seen:
    """A mistake that was seen: in which tasks, how many students made it, and one of them as an example."""

    mistake: Mistake
    students: set[str] = field(default_factory=set)
    tasks: Counter[str] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)
    examples: list[str] = field(default_factory=list)

    @property
    def cause(self) -> str:
        return because(self.mistake)

    @property
    def section(self) -> str:
        return section(self.tasks.most_common(1)[0][0], self.mistake.id)

    @property
    def example(self) -> str:
        """The shortest."""
        return min(self.examples, key=lambda code: (len(code), code), default="")


def class_page(
    exercises: Sequence[Exercise], students: Sequence[str], marks: Sequence[Mark], examples: Examples
) -> str:
    """The page as HTML; `examples` holds functions that show a known mistake, by student, exercise and task."""
    script = template_text("sort.js")
    shares = _shares(exercises, marks)
    seen = _seen(exercises, students, marks, examples)
    return rendered(
        "class.html",
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        titles=[exercise.title for exercise in exercises],
        students=len(students),
        handed_in=len(shares),
        median=round(median(shares)) if shares else 0,
        histogram=Markup(histogram(shares)),
        tasks=_tasks(exercises, marks),
        commonest=seen[:COMMONEST],
        seen=seen,
        unnamed=sum(mark.status == "wrong" and not mark.diagnosis for mark in marks),
    )


def _shares(exercises: Iterable[Exercise], marks: Iterable[Mark]) -> list[float]:
    """The share of all points that each student who handed in anything has reached, in percent."""
    most = sum(question.points for exercise in exercises for question in exercise.questions)
    points: dict[str, float] = defaultdict(float)
    for mark in marks:
        points[mark.student] += mark.points
    return [100 * reached / most for reached in points.values()]


def _tasks(exercises: Iterable[Exercise], marks: Iterable[Mark]) -> list[Task]:
    tasks = {(e.name, q.name): Task(e.name, q.name, most=q.points) for e in exercises for q in e.questions}
    for mark in marks:
        task = tasks[mark.exercise, mark.task]
        task.handed_in += 1
        task.right += mark.status == "right"
        task.undone += mark.status in UNDONE
        task.points += mark.points
    return list(tasks.values())


def _seen(
    exercises: Iterable[Exercise], students: Iterable[str], marks: Iterable[Mark], examples: Examples
) -> list[Seen]:
    """The mistakes, the commonest first. What no data can tell apart has one message, and counts as one."""
    known = {(e.name, q.name, m.id): m for e in exercises for q in e.questions for m in q.mistakes}
    names = {word for student in students for word in _words(student)}
    seen: dict[str, Seen] = {}
    for mark in marks:
        ids = [name for name in mark.diagnosis.split(";") if (mark.exercise, mark.task, name) in known]
        messages = {known[mark.exercise, mark.task, name].message: name for name in reversed(ids)}
        code = examples.get((mark.student, mark.exercise, mark.task), "")
        for message, name in messages.items():
            one = seen.setdefault(message, Seen(known[mark.exercise, mark.task, name]))
            one.students.add(mark.student)
            one.tasks[mark.task] += 1
            one.ids.update(ids if len(messages) == 1 else [name])
            if code and len(messages) == 1 and not _mentions(code, names):
                one.examples.append(code)
    return sorted(seen.values(), key=lambda one: (-len(one.students), one.mistake.id))


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W\d_]+", text.casefold()) if len(word) > 2}


def _mentions(code: str, names: Iterable[str]) -> bool:
    """Whether a name that the student has made up holds that of a person."""
    made_up = " ".join(set(re.findall(r"\w+", code)) - PYTHON).casefold()
    return any(name in made_up for name in names)


def histogram(shares: Sequence[float]) -> str:
    """How many students reached which share of the points, as SVG; "" where there are none."""
    if not shares:
        return ""
    counts = [int(count) for count in np.histogram(np.clip(shares, 0, 100), bins=BINS, range=(0, 100))[0]]
    axes = Axes(52, 40, 560, 180, (0, 100), (0, max(5, 1.12 * max(counts))))
    bars = [_bar(axes, 100 / BINS * place, count) for place, count in enumerate(counts)]
    edges = [f"{100 // BINS * place} to {100 // BINS * (place + 1)} %: {count}" for place, count in enumerate(counts)]
    alt = f"How many of {len(shares)} students reached which share of the points. " + "; ".join(edges) + "."
    frame = axes.frame(["share of the points, in %"], ["students"])
    return svg.picture(640, 280, "Distribution of the points", alt, [frame, *bars])


def _bar(axes: Axes, left: float, count: int) -> str:
    (x, y), (right, bottom) = axes.at(left, count), axes.at(left + 100 / BINS, 0)
    rectangle = svg.element(
        "rect", x=x + 2, y=y, width=right - x - 4, height=bottom - y, fill=theme.PLUS, stroke=theme.INK
    )
    return rectangle + svg.text((x + right) / 2, y - 5, str(count), size=13) if count else ""
