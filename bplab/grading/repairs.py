"""Damaged notebooks: which cells are run, which definition of a function counts, and what the student is told of it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bplab.grading.attempts import Attempts
from bplab.grading.notebook import SOURCE_LIMIT, Cell
from bplab.grading.submissions import DEFINED
from bplab.questions.diagnosis import Raised

UNDEFINED = re.compile(r"name '(\w+)' is not defined")
ONLY = "only NumPy and the standard library are there when it is marked"
WHAT_STOPPED = {"timed out": "took too long", "crashed": "ended the whole process"}


@dataclass(frozen=True)
class Plan:
    """What is run of a notebook.

    Attributes
    ----------
    cells : list of Cell
        The cells to run, in order.
    names : dict
        For each task the name of the function that answers it: its own, unless the student renamed it.
    joined : list of (int, int)
        Two cells that belong together.
    retyped : dict
        Cells that were no code cells, and the task whose function is in them.
    """

    cells: list[Cell]
    names: dict[str, str]
    joined: list[tuple[int, int]]
    retyped: dict[int, str]


def plan(cells: Sequence[Cell], tasks: Sequence[str]) -> Plan:
    """Code cells in order, demonstrations only where they define a task's function; a text cell where it alone does."""
    code = [cell for cell in cells if cell.kind == "code"]
    orphaned = [task for task in tasks if not any(_defines(cell, task) for cell in code)]
    retyped = {
        cell.number: task
        for task in orphaned
        for cell in cells
        if cell.kind != "code" and _defines(cell, task) and "```" not in cell.source
    }
    names = {task: task for task in tasks} | dict(_renamed(code, orphaned, tasks))
    kept = [
        cell
        for cell in cells
        if cell.number in retyped
        or (cell.kind == "code" and not (cell.demo and not any(_defines(cell, name) for name in names.values())))
    ]
    joined, pairs = _joined(kept)
    return Plan(joined, names, pairs, retyped)


def _defines(cell: Cell, name: str) -> bool:
    """Whether a cell's text defines a function, as far as can be told without running or parsing it."""
    return name in DEFINED.findall(cell.source)


def _renamed(code: Sequence[Cell], orphaned: Sequence[str], tasks: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Tasks without a function of their name whose own cell, by its id, defines just one other function."""
    for task in orphaned:
        for cell in code:
            found = set(DEFINED.findall(cell.source)) - set(tasks)
            if _is_for(cell, task) and len(found) == 1:
                yield task, found.pop()


def _is_for(cell: Cell, task: str) -> bool:
    return cell.id.replace("-", "_") == task


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
    if len(before) + len(source) >= SOURCE_LIMIT:
        return False
    last = next((line for line in reversed(before.splitlines()) if line.strip()), "")
    first = next((line for line in source.splitlines() if line.strip()), "")
    indents = [line[: len(line) - len(line.lstrip())] for line in (last, first)]
    return bool(indents[1]) and (indents[0] == indents[1] or last.rstrip().endswith(":"))


def choose(task: str, attempts: Attempts, plan: Plan) -> int | None:
    """The cell whose definition of the task's function counts, or None.

    First the exercise's own cell for the task, by its id; else the last one; in either case one with a body before one
    without.
    """
    name = plan.names[task]
    cells = {cell.number: cell for cell in plan.cells}
    defined = attempts.defined[name]
    written = [number for number in defined if (name, number) not in attempts.empty]
    own = [number for number in written if _is_for(cells[number], task)]
    best = own or written or defined
    return best[-1] if best else None


def why_missing(task: str, attempts: Attempts, plan: Plan) -> str:
    """Why there is no such function, where a cell would have defined it."""
    for cell in plan.cells:
        if _defines(cell, task) and cell.number in attempts.stopped:
            return f"Cell {cell.number}, which defines it, {WHAT_STOPPED[attempts.stopped[cell.number]]}."
        if _defines(cell, task) and (failure := attempts.failed.get(cell.number)):
            line = f" in the line `{failure.line}`" if failure.line else ""
            return f"Cell {cell.number}, which defines it, could not be run: {failure.type}{line}: {failure.message}."
    return ""


def why_raised(failure: Raised, attempts: Attempts) -> str:
    """Why a function raised, where that comes of an import that fails only here."""
    if failure.type == "ModuleNotFoundError":
        return f"O{ONLY[1:]}."
    undefined = UNDEFINED.match(failure.message)
    if failure.type == "NameError" and undefined and undefined[1] in attempts.imports:
        cell, module = attempts.imports[undefined[1]]
        return f"The import of {module} in cell {cell} failed: {ONLY}."
    return ""


def notes(attempts: Attempts, plan: Plan) -> list[str]:
    """What was repaired or left out, a sentence or two each."""
    return [*_repaired(attempts, plan), *_left_out(attempts, plan), *_chosen(attempts, plan)]


def _repaired(attempts: Attempts, plan: Plan) -> Iterator[str]:
    for number, task in plan.retyped.items():
        if number in attempts.defined[task]:
            yield f"Cell {number} is not a code cell, but it defines {task}. It was run as code."
    for first, second in plan.joined:
        yield f"Cell {second} goes on where cell {first} ends. They were run as one."
    for task, name in plan.names.items():
        if name != task:
            yield f"The cell of {task} defines {name} instead. It was marked as {task}."


def _left_out(attempts: Attempts, plan: Plan) -> Iterator[str]:
    for number, how in sorted(attempts.stopped.items()):
        kept = "It was left out." if number in attempts.left_out else "Only its definitions were used."
        yield f"Cell {number} {WHAT_STOPPED[how]}. {kept}"
    if attempts.hurried:
        cells = ", ".join(map(str, sorted(attempts.hurried)))
        yield f"The cells took too long in all. Of these only the definitions were used: {cells}."
    failed_imports = {pair for pair in attempts.imports.values() if pair[1].partition(".")[0] != "bplab"}
    for number, module in sorted(failed_imports):
        yield f"The import of {module} in cell {number} failed: {ONLY}."
    told = {why_missing(task, attempts, plan).partition(",")[0] for task in plan.names}
    for cell in plan.cells:
        failure = attempts.failed.get(cell.number)
        # Cells that only show something may fail here for want of bplab; that is no concern of the student's.
        if failure and f"Cell {cell.number}" not in told:
            if failure.type == "SyntaxError":
                yield f"Cell {cell.number} is not Python, and was left out: {failure.message} in `{failure.line}`."
            elif cell.number not in dict(failed_imports) and any(_defines(cell, name) for name in plan.names.values()):
                yield f"Cell {cell.number} raised {failure.type}: {failure.message}. The rest of it was run."
    for number in sorted(attempts.mended):
        yield f"Cell {number} has lines that only IPython understands (% or !). They were left out."


def _chosen(attempts: Attempts, plan: Plan) -> Iterator[str]:
    for task, name in plan.names.items():
        if len(cells := attempts.defined[name]) > 1:
            where, own = ", ".join(map(str, cells)), choose(task, attempts, plan)
            yield f"{task} is defined in cells {where}. The one in cell {own} was marked."
