"""Damaged notebooks: which cells are run, which definition of a function counts, and what the student is told of it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import takewhile

from bplab.grading.attempts import Attempts
from bplab.grading.mends import mended
from bplab.grading.notebook import DEFINED, SOURCE_LIMIT, Cell
from bplab.grading.text import one_line
from bplab.questions.diagnosis import Raised

UNDEFINED = re.compile(r".*(?:name '|reads `)(\w+)['`](?: is not defined|, which is neither)")
NUMPY = re.compile(r"\bas[ \t]+np\b|^[ \t]*np[ \t]*=", re.MULTILINE)
SELF = re.compile(r"\([ \t]*self\b[ \t]*,?[ \t]*")
BLOCK = re.compile(r"(?:def|class|import|from|async def|@\w)\b|@")
NOT_PYTHON = ("SyntaxError", "IndentationError", "TabError")
IMPORTED = 0  # the number of a cell that is not the student's
NAME_LIMIT, NAMES_LIMIT, PLACES_LIMIT = 60, 200, 20  # what is more is nobody's notebook
ALIKE = 0.85  # how near a function's name has to be to a task's
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
    nested : dict
        For each task whose function stands inside another function or a class, the cell.
    mended : dict
        What was put right in the text of a cell, by its number.
    cut : list of Cut
        What was taken out of a cell because it is not Python.
    """

    cells: list[Cell]
    names: dict[str, str]
    joined: list[tuple[int, int]]
    retyped: dict[int, str]
    nested: dict[str, int]
    mended: dict[int, list[str]]
    cut: list["Cut"] = field(default_factory=list)


@dataclass(frozen=True)
class Cut:
    """Lines of a cell that are not Python, and why."""

    cell: int
    lines: str
    failure: Raised


def plan(cells: Sequence[Cell], tasks: Sequence[str]) -> Plan:
    """Code cells in order, demonstrations only where they define a task's function; a text cell where it alone does."""
    both = {cell.number: mended(cell.source) for cell in cells}
    cells = [replace(cell, source=both[cell.number][0]) for cell in cells]
    code = [cell for cell in cells if cell.kind == "code"]
    orphaned = [task for task in tasks if not any(task in cell.defined for cell in code)]
    retyped = {
        cell.number: task
        for task in orphaned
        for cell in cells
        if cell.kind != "code" and task in cell.defined and "```" not in cell.source
    }
    text = [cell for cell in cells if cell.number in retyped]
    missing = [task for task in orphaned if not any(task in cell.defined for cell in text)]
    names = {task: task for task in tasks} | dict(_renamed(code, missing, tasks))
    kept = [
        cell
        for cell in cells
        if cell.number in retyped
        or (cell.kind == "code" and not (cell.demo and not any(name in cell.defined for name in names.values())))
    ]
    joined, pairs = _joined(kept)
    taken_out = {task: found for task in tasks if (found := _inner(joined, names[task]))}
    joined = [*_with_numpy(joined), *taken_out.values()]
    nested = {task: cell.number for task, cell in taken_out.items()}
    return Plan(joined, names, pairs, retyped, nested, {n: done for n, (_, done) in both.items() if done})


def _renamed(code: Sequence[Cell], orphaned: Sequence[str], tasks: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Tasks without a function of their name: what the task's own cell, by its id, defines alone, or else one whose
    name differs from the task's in its capitals and underscores or in a letter or two."""
    strange = {name for cell in code for name in cell.functions if len(name) < NAME_LIMIT} - set(tasks)
    for task in orphaned:
        others = [cell.functions.difference(tasks) for cell in code if _is_for(cell, task)]
        own = [name for found in others if len(found) == 1 for name in found]
        plain = {name: name.casefold().replace("_", "") for name in sorted(strange)[:NAMES_LIMIT]}
        near = get_close_matches(task.replace("_", ""), plain.values(), n=2, cutoff=ALIKE)
        alike = [name for name, text in plain.items() if text in near[:1]]
        if chosen := [*own, *(alike if len(alike) == 1 else [])]:
            strange.discard(chosen[0])
            yield task, chosen[0]


def _with_numpy(cells: list[Cell]) -> list[Cell]:
    """With NumPy imported first, where no cell does it and one needs it."""
    if any(NUMPY.search(cell.source) for cell in cells) or not any("np." in cell.source for cell in cells):
        return cells
    return [Cell(IMPORTED, "code", "import numpy as np"), *cells]


def _inner(cells: Sequence[Cell], name: str) -> Cell | None:
    """A function that is defined only inside another one or a class, on its own."""
    places = [
        (cell, match) for cell in cells for match in re.finditer(rf"^([ \t]*)def[ \t]+{name}\b", cell.source, re.M)
    ]
    if not places or not all(match[1] for _, match in places):
        return None
    if not all(_is_inside(cell.source[: match.start()], match[1]) for cell, match in places[-PLACES_LIMIT:]):
        return None
    cell, match = places[-1]
    head, *body = cell.source[match.start() :].split("\n")
    indented = takewhile(lambda line: not line.strip() or line.startswith((match[1] + " ", match[1] + "\t")), body)
    source = "\n".join(line.removeprefix(match[1]) for line in [head, *indented])
    return replace(cell, source=SELF.sub("(", source, count=1))


def _is_inside(before: str, indent: str) -> bool:
    """Whether a line with this indent belongs to the block of a def or class above it."""
    for line in reversed(before.splitlines()):
        own = line[: len(line) - len(line.lstrip())]
        if line.strip() and len(own) < len(indent):
            if line.lstrip().startswith(("def ", "class ")):
                return True
            indent = own
    return False


def without_what_is_no_python(plan: Plan, attempts: Attempts) -> Plan | None:
    """The plan without the blocks that keep a cell with other functions from being Python; None if there are none."""
    cuts = []
    cells = list(plan.cells)
    for place, cell in enumerate(cells):
        failure = attempts.failed.get(cell.number)
        if failure and failure.type in NOT_PYTHON and any(name in cell.defined for name in plan.names.values()):
            kept, lines = _parted(cell.source, failure.line)
            if lines:
                cells[place] = replace(cell, source=kept)
                cuts.append(Cut(cell.number, lines, failure))
    return replace(plan, cells=cells, cut=[*plan.cut, *cuts]) if cuts else None


def _parted(source: str, broken: str) -> tuple[str, str]:
    """A cell without the block in which the broken line stands, and that block; ("", "") if nothing else is in it."""
    lines = source.split("\n")
    at = next((n for n, line in enumerate(lines) if broken and one_line(line, 300) == broken), None)
    starts = [n for n, line in enumerate(lines) if BLOCK.match(line)]
    if at is None or not starts:
        return source, ""
    first = max((n for n in starts if n <= at), default=0)
    last = min((n for n in starts if n > at), default=len(lines))
    rest = lines[:first] + [""] * (last - first) + lines[last:]
    return ("\n".join(rest), "\n".join(lines[first:last])) if any(DEFINED.search(line) for line in rest) else ("", "")


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
    for cut in plan.cut:
        if plan.names[task] in DEFINED.findall(cut.lines):
            return f"In cell {cut.cell} it is not Python: {cut.failure.message} in the line `{cut.failure.line}`."
    for cell in plan.cells:
        if task in cell.defined and cell.number in attempts.stopped:
            return f"Cell {cell.number}, which defines it, {WHAT_STOPPED[attempts.stopped[cell.number]]}."
        if task in cell.defined and (failure := attempts.failed.get(cell.number)):
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
            yield f"There is no {task}, but {name} instead. It was marked as {task}."
    for task, number in plan.nested.items():
        yield f"In cell {number} {task} stands inside another function or a class. It was taken out of it and marked."
    for number, done in plan.mended.items():
        if any(number == cell.number and name in cell.defined for cell in plan.cells for name in plan.names.values()):
            yield from (f"Cell {number} had {words}." for words in done)
    if any(cell.number == IMPORTED for cell in plan.cells):
        yield "No cell imports NumPy as np. It was imported before the first cell."
    for cut in plan.cut:
        head = next(line for line in cut.lines.splitlines() if line.strip())
        yield f"Cell {cut.cell} is not Python from `{one_line(head, 80)}` on. The rest of the cell was used."


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
            if failure.type in NOT_PYTHON:
                yield f"Cell {cell.number} is not Python, and was left out: {failure.message} in `{failure.line}`."
            elif cell.number not in dict(failed_imports) and any(name in cell.defined for name in plan.names.values()):
                yield f"Cell {cell.number} raised {failure.type}: {failure.message}. The rest of it was run."
    for number in sorted(attempts.mended):
        yield f"Cell {number} has lines that only IPython understands (% or !). They were left out."


def _chosen(attempts: Attempts, plan: Plan) -> Iterator[str]:
    for task, name in plan.names.items():
        if len(cells := attempts.defined[name]) > 1:
            where, own = ", ".join(map(str, cells)), choose(task, attempts, plan)
            yield f"{task} is defined in cells {where}. The one in cell {own} was marked."
