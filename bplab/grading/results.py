"""RESULTS: the tables, the pages, run.json and the journal, and nothing of anybody else's overwritten."""

import csv
import hashlib
import io
import json
import os
import shutil
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bplab.grading.class_report import class_page
from bplab.grading.journal import Journal
from bplab.grading.marking import Mark
from bplab.grading.pages import number
from bplab.grading.submissions import GradingError
from bplab.grading.text import csv_cell
from bplab.questions import Exercise

COLUMNS = ("student", "exercise", "task", "points", "max_points", "status", "diagnosis", "message")
RUN, JOURNAL, FEEDBACK = "run.json", "journal.jsonl", "feedback"
FILES = ("marks.csv", "grades.csv", "class.html", RUN, JOURNAL)
NAME_LIMIT = 80
ROOM, ROOM_EACH = 1 << 20, 1 << 16  # bytes that a run needs, and each submission: its page, and the journal twice


def claim(out: Path, run: dict[str, Any]) -> None:
    """Make the folder ours before anything is marked, by leaving the run's beginning in it.

    Raises
    ------
    GradingError
        If it cannot be written, has too little room, or holds something that is not an earlier run's.
    """
    if out.exists() and not out.is_dir():
        raise GradingError(f"{out} is a file: give --out a folder")
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()) and not _is_run(out / RUN):
            raise GradingError(f"{out} is not empty and holds no earlier results: give --out a new folder")
        _refuse_little_room(out, ROOM + ROOM_EACH * run["submissions"])
        write(out / RUN, _json(run))
        write(out / FEEDBACK / ".probe", "x" * 4096)
        (out / FEEDBACK / ".probe").unlink()
    except OSError as error:
        raise GradingError(f"{out} cannot be written: {error.strerror}") from None
    for name in FILES:
        if (out / name).is_dir():
            raise GradingError(f"{out / name} cannot be written: it is a folder. Move it away")


def _refuse_little_room(out: Path, needed: int) -> None:
    free = shutil.disk_usage(out).free
    if free < needed:
        said = f"{free / 1e6:.1f} MB are free, and the results may need {needed / 1e6:.1f} MB"
        raise GradingError(f"{out}: {said}. Make room, or give --out a folder on another disk")


def _is_run(path: Path) -> bool:
    try:
        return "bplab" in json.loads(path.read_text(encoding="utf-8"))["versions"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def save(
    out: Path,
    journal: Journal,
    keys: Mapping[tuple[str, str], str],
    exercises: Sequence[Exercise],
    students: Sequence[str],
    run: dict[str, Any],
) -> None:
    """Write everything, from what the journal holds; the pages of an earlier run that have no successor go.

    `keys` gives each submission's key in the journal, by student and exercise; `exercises` are those handed in.
    """
    folders = folder_names(students)
    pages = {(student, exercise): f"{FEEDBACK}/{folders[student]}/{exercise}.html" for student, exercise in keys}
    _remove_stale(out, set(pages.values()))
    marks: list[Mark] = []
    examples: dict[tuple[str, str, str], str] = {}
    troubles: set[str] = set()
    for handed_in, key in keys.items():
        marked = journal.read(key)
        write(out / pages[handed_in], marked.page)
        marks += marked.marks
        examples |= {(*handed_in, task): code for task, code in marked.examples.items()}
        troubles.update(marked.troubles)
    run["troubles"] = sorted(troubles)
    write(out / "marks.csv", marks_csv(marks))
    write(out / "grades.csv", grades_csv(marks, students, [exercise.name for exercise in exercises]))
    write(out / "class.html", class_page(exercises, students, marks, examples))
    write(out / RUN, _json(run))
    journal.tidy(list(keys.values()))


def _remove_stale(out: Path, pages: set[str]) -> None:
    for page in out.glob(f"{FEEDBACK}/*/*.html"):
        ours = 'content="bplab grade"' in page.read_text(encoding="utf-8", errors="replace")[:400]
        if ours and page.relative_to(out).as_posix() not in pages:
            page.unlink()
            if not any(page.parent.iterdir()):
                page.parent.rmdir()


def write(path: Path, text: str) -> None:
    """Write a file in one step: whoever reads it sees the old one or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        os.replace(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def marks_csv(marks: Iterable[Mark]) -> str:
    """A row for each student and task, sorted by student, exercise, task."""
    return _csv([COLUMNS, *sorted(map(_row, marks))])


def _row(mark: Mark) -> tuple[str, ...]:
    points, most = number(mark.points), number(mark.max_points)
    said = (mark.status, mark.diagnosis, csv_cell(mark.message))
    return (csv_cell(mark.student), mark.exercise, mark.task, points, most, *said)


def grades_csv(marks: Iterable[Mark], students: Sequence[str], exercises: Sequence[str]) -> str:
    """A row for each student, a column for each exercise, empty where nothing was handed in, and the total."""
    points: dict[tuple[str, str], float] = defaultdict(float)
    for mark in marks:
        points[mark.student, mark.exercise] += mark.points
    rows = []
    for student in students:
        got = [points.get((student, exercise)) for exercise in exercises]
        cells = ["" if p is None else number(p) for p in got]
        rows.append([csv_cell(student), *cells, number(sum(p for p in got if p is not None))])
    return _csv([["student", *exercises, "total"], *sorted(rows)])


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _json(run: dict[str, Any]) -> str:
    return json.dumps(run, indent=2, ensure_ascii=False) + "\n"


def folder_names(students: Iterable[str]) -> dict[str, str]:
    """A folder's name for each student: the student's own where that is harmless and unlike all others."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for student in students:
        plain = "".join(c if c.isalnum() or c in " ._-@+()" else "_" for c in unicodedata.normalize("NFC", student))
        plain = plain.strip(". ")[:NAME_LIMIT].rstrip(". ")
        salt = ""
        while (salt == "" and plain != student) or not plain or plain.casefold() in taken:
            plain = f"{plain[:50].rstrip('. ')}-{hashlib.sha256((student + salt).encode()).hexdigest()[:8]}".lstrip("-")
            salt += "x"
        taken.add(plain.casefold())
        names[student] = plain
    return names
