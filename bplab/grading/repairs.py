"""Damaged notebooks: which cells are run, which definition of a function counts, and what the student is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bplab.grading.notebook import Cell
from bplab.grading.session import Session, mentions

WHAT_STOPPED = {"timed out": "took too long", "crashed": "ended the whole process"}


@dataclass(frozen=True)
class Plan:
    """The cells to run, in order; which were two and belong together; which were no code cells, and their task."""

    cells: list[Cell]
    joined: list[tuple[int, int]]
    retyped: dict[int, str]


def plan(cells: Sequence[Cell], tasks: Sequence[str]) -> Plan:
    """Code cells in order, demonstrations only where they define a task's function; a text cell where it alone does."""
    code = [cell for cell in cells if cell.kind == "code"]
    orphaned = [task for task in tasks if not any(mentions(cell, task) for cell in code)]
    retyped = {
        cell.number: task
        for task in orphaned
        for cell in cells
        if cell.kind != "code" and mentions(cell, task) and "```" not in cell.source
    }
    kept = [
        cell
        for cell in cells
        if (cell.kind == "code" and not (cell.demo and not any(mentions(cell, task) for task in tasks)))
        or cell.number in retyped
    ]
    return Plan(*_joined(kept), retyped)


def _joined(cells: list[Cell]) -> tuple[list[Cell], list[tuple[int, int]]]:
    """With a cell that goes on in the block of the one before put back behind it; and which two were put together."""
    joined: list[Cell] = []
    pairs = []
    for cell in cells:
        if joined and _goes_on(joined[-1].source, cell.source):
            before = joined.pop()
            pairs.append((before.number, cell.number))
            cell = replace(before, source=f"{before.source}\n{cell.source}")
        joined.append(cell)
    return joined, pairs


def _goes_on(before: str, source: str) -> bool:
    """Whether a cell's first line is indented as the last one of the cell before, or as a block that this one opens."""
    last = next((line for line in reversed(before.splitlines()) if line.strip()), "")
    first = next((line for line in source.splitlines() if line.strip()), "")
    indents = [line[: len(line) - len(line.lstrip())] for line in (last, first)]
    return bool(indents[1]) and (indents[0] == indents[1] or last.rstrip().endswith(":"))


def choose(task: str, session: Session, plan: Plan) -> int | None:
    """The cell whose definition of the task's function counts, or None.

    First the exercise's own cell for the task, by its id; else the last that is not one of the exercise's given cells;
    in either case one with a body before one without.
    """
    cells = {cell.number: cell for cell in plan.cells}
    own = [number for number in session.defined[task] if not cells[number].given]
    by_id = [number for number in own if _is_for(cells[number], task)]
    written = [n for n in own if (task, n) not in session.empty]
    for choice in ([n for n in by_id if n in written], written, own):
        if choice:
            return choice[-1]
    return None


def _is_for(cell: Cell, task: str) -> bool:
    return cell.id.replace("-", "_") in (task, f"{task}_task", f"task_{task}")


def why_missing(task: str, session: Session, plan: Plan) -> str:
    """Why there is no such function, where a cell would have defined it."""
    for cell in plan.cells:
        if not mentions(cell, task) or cell.given:
            continue
        if cell.number in session.stopped:
            return f"Cell {cell.number}, which defines it, {WHAT_STOPPED[session.stopped[cell.number]]}."
        if failure := session.failed.get(cell.number):
            line = f" in the line: {failure.line}" if failure.line else ""
            return f"Cell {cell.number}, which defines it, could not be run: {failure.type}, {failure.message}{line}"
    return ""


def notes(tasks: Sequence[str], session: Session, plan: Plan) -> list[str]:
    """What was repaired or left out, a sentence each."""
    said = [
        f"Cell {number} is not a code cell, but it defines {task}. It was run as code."
        for number, task in plan.retyped.items()
        if number in session.defined[task]
    ]
    said += [f"Cell {second} goes on where cell {first} ends. They were run as one." for first, second in plan.joined]
    for number, how in sorted(session.stopped.items()):
        kept = "It was left out." if number in session.left_out else "Only its definitions were used."
        said.append(f"Cell {number} {WHAT_STOPPED[how]}. {kept}")
    for number, failure in sorted(session.failed.items()):
        if number not in session.stopped:
            said.append(f"Cell {number} raised {failure.type}: {failure.message}")
    for number in sorted(session.mended):
        said.append(f"Cell {number} has lines that only IPython understands (% or !). They were left out.")
    for task in tasks:
        cells = session.defined[task]
        own = choose(task, session, plan)
        if own is not None and len(cells) > 1:
            said.append(f"{task} is defined in cells {', '.join(map(str, cells))}. The one in cell {own} was marked.")
    return said
