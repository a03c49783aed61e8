"""Run a student's own notebook and check its functions: the process that `bplab.check.own_folder` starts.

What it does next and what came out stand on its standard output, a line of JSON each, so that an endless loop costs one
task and not all of them. The student's own output is dropped.
"""

from __future__ import annotations

import dataclasses
import json
import linecache
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bplab
from bplab.check.attempt import attempt
from bplab.questions import EXERCISES, Exercise, Question
from bplab.questions.diagnosis import MISSING, Verdict, judge
from bplab.questions.magics import mend
from bplab.questions.raised import describe

DEMO = "bplab-demo"

Message = dict[str, Any]
Cells = dict[int, str]


def code_cells(path: Path) -> Cells:
    """The source of each code cell by its number among all cells, from 1; those that only show something left out.

    Raises
    ------
    ValueError
        If the file is no notebook.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8-sig"))["cells"]
        return {number: "".join(cell["source"]) for number, cell in enumerate(cells, 1) if _counts(cell)}
    except (KeyError, TypeError, AttributeError):
        raise ValueError("it is not a notebook") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is not a notebook, or damaged in line {error.lineno}") from None
    except UnicodeDecodeError:
        raise ValueError("it is not a notebook") from None


def _counts(cell: Message) -> bool:
    return cell["cell_type"] == "code" and DEMO not in cell.get("metadata", {}).get("tags", [])


class Later:
    """Stands in for `bplab.check` while the cells run: their functions are checked after that."""

    def __getattr__(self, name: str) -> Any:
        return lambda *given: Verdict(name, "right")


def mark(path: Path, exercise: Exercise, tasks: list[str], stopped: Cells) -> Iterator[Message]:
    """Run the cells, without those that stopped before, then check these tasks; say what is next and what came out."""
    bplab.check = Later()
    names: dict[str, Any] = {"__name__": "__main__"}
    cells, failed = code_cells(path), dict(stopped)
    for number, source in cells.items():
        if number not in stopped:
            yield {"cell": number}
            if why := _run(f"<{path}, cell {number}>", source, names):
                failed[number] = f"could not be run: {why}"
    for question in exercise.questions:
        if question.name in tasks:
            yield {"task": question.name}
            yield {"verdict": dataclasses.asdict(_check(question, names, cells, failed))}
    yield {"end": True}


def _check(question: Question, names: dict[str, Any], cells: Cells, failed: Cells) -> Verdict:
    if question.name in names:
        return attempt(question, names[question.name])
    definition = re.compile(rf"^[ \t]*def {question.name}\b", re.MULTILINE)
    for number in failed:
        if definition.search(cells[number]):
            return Verdict(question.name, "missing", fact=f"Cell {number}, which defines it, {failed[number]}.")
    return judge(question, [], [MISSING])


def _run(filename: str, source: str, names: dict[str, Any]) -> str:
    """Run a cell; what it raised, in words."""
    try:
        source, code, _ = mend(source, filename)
        linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
        exec(code, names)
    except SyntaxError as error:
        return f"{type(error).__name__} in the line `{(error.text or '').strip()}`: {error.msg}"
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        raised = describe(error, {filename})
        place = f" in the line `{raised['line']}`" if raised["line"] else ""
        return f"{raised['type']}{place}: {raised['message']}".removesuffix(": ")
    return ""


def main() -> None:
    """Read the request on standard input, answer on what was standard output."""
    request = json.loads(sys.stdin.readline())
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    exercise, path = EXERCISES[request["exercise"]], Path(request["path"]).resolve()
    os.chdir(path.parent)
    sys.path.insert(0, "")
    stopped = {int(number): why for number, why in request["stopped"].items()}
    for message in mark(path, exercise, request["tasks"], stopped):
        answers.write(json.dumps(message) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
