"""Attempts to run one submission: its cells, then call after call; after a hang or a crash, once more in a new fork."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from bplab.grading.notebook import Cell
from bplab.grading.sandbox import Child, Sandbox, StoppedError
from bplab.grading.text import one_line, visible
from bplab.questions import Case, Question
from bplab.questions.diagnosis import Answer, Raised, Returned, Stopped, arguments, recorder

# In units of the time that one call may take.
CELLS_LIMIT = 12
SUBMISSION_LIMIT = 60

BATCH_LIMIT = 100_000
IMPORTS_LIMIT = 20
READS_LIMIT = 5
NAME_LIMIT = 80


class Attempts:
    """The forks that one notebook needs, and what is known of it after them.

    Attributes
    ----------
    defined : dict
        For each name the numbers of the cells that define it, in order.
    empty : set
        The (name, cell) whose function has no body.
    failed : dict
        What a cell raised, by the cell's number; `SyntaxError` where it is not Python.
    stopped : dict
        The cells that "timed out" or "crashed", of which only the definitions count.
    left_out : set
        The cells of which not even those do.
    hurried : set
        The cells for which no time was left, so that only their definitions were run.
    imports : dict
        For each name that an import failed to define, the cell and the module.
    reads : dict
        For each (name, cell) whose function was called, the notebook's variables that it reads.
    mended : set
        The cells that had lines of IPython's own, which were taken out.
    """

    def __init__(self, sandbox: Sandbox, cells: Sequence[Cell], names: Sequence[str], timeout: float) -> None:
        self.sandbox, self.cells, self.names, self.timeout = sandbox, cells, names, timeout
        self.child: Child | None = None
        self.defined: dict[str, list[int]] = defaultdict(list)
        self.empty: set[tuple[str, int]] = set()
        self.failed: dict[int, Raised] = {}
        self.stopped: dict[int, str] = {}
        self.left_out: set[int] = set()
        self.hurried: set[int] = set()
        self.mended: set[int] = set()
        self.imports: dict[str, tuple[int, str]] = {}
        self.reads: dict[tuple[str, int], list[str]] = {}
        self._done: set[int] = set()
        self._called = False
        self._cells_left = CELLS_LIMIT * timeout
        self._deadline = time.monotonic() + SUBMISSION_LIMIT * timeout

    def run(self) -> None:
        """Run every cell in a fresh fork, as often as it takes to get past those that hang or crash."""
        while self._left() > 0 and not self._run_cells():
            pass

    def answers(self, question: Question, cases: Sequence[Case], name: str, cell: int) -> list[Answer]:
        """What the function `name` of a cell gives in each case of a question; the list ends with the first Stopped."""
        if self.child is None:
            self.run()
            self.take_printed()  # by the cells, once more
        if self.child is None:
            return [Stopped("timed out")]
        self._called = True
        keeps = [question.parameters.index(name) for name in question.keeps]
        request = {"do": "calls", "name": name, "cell": cell, "keeps": keeps}
        answers: list[Answer] = []
        try:
            for own, case in zip(self.child.ask(request, len(cases), cases), cases):
                seconds = min(question.seconds or self.timeout, self._left())
                asked = recorder(arguments(case))
                reply, values = self.child.reply(own, seconds, asked)
                answers.append(_answer(question, reply, values, asked.calls if asked else ()))
                self.reads[name, cell] = _names(reply.get("reads"))
        except StoppedError as stop:
            answers.append(Stopped(stop.how))
            self.child = None
        return answers

    @property
    def used(self) -> bool:
        """Whether a function has been called in the present fork, which may have left something behind."""
        return self.child is not None and self._called

    def renew(self) -> bool:
        """Have the next calls made in a fresh fork; False if there is no time left for one."""
        self.child = None
        return self._left() > 0

    def take_printed(self) -> str:
        """What has been printed since the last time."""
        return "" if self.sandbox.child is None else visible(self.sandbox.child.take_printed())

    def _left(self) -> float:
        return self._deadline - time.monotonic()

    def _run_cells(self) -> bool:
        """One attempt; False if a cell hung or crashed, which from then on counts only with its definitions."""
        self.child, self._called = self.sandbox.fork(), False
        self.defined.clear()
        for batch in _batches([cell for cell in self.cells if cell.number not in self.left_out]):
            only = [self._only_definitions(cell) for cell in batch]
            jobs = [self._job(cell, definitions) for cell, definitions in zip(batch, only)]
            ids = self.child.ask({"do": "cells", "cells": jobs}, len(jobs))
            for own, cell, definitions in zip(ids, batch, only):
                try:
                    self._note(cell, self._run_cell(self.child, own, cell, definitions))
                except StoppedError as stop:
                    self.child = None
                    self._note_stop(cell, stop, definitions)
                    return False
        return True

    def _only_definitions(self, cell: Cell) -> bool:
        if self._cells_left <= 0 and cell.number not in self._done | self.stopped.keys():
            self.hurried.add(cell.number)
        return cell.demo or cell.number in self.stopped or cell.number in self.hurried

    def _job(self, cell: Cell, definitions: bool) -> dict[str, Any]:
        mentioned = [name for name in self.names if name in cell.source]
        return {"number": cell.number, "source": cell.source, "names": mentioned, "definitions": definitions}

    def _run_cell(self, child: Child, own: str, cell: Cell, definitions: bool) -> dict[str, Any]:
        """The reply for a cell; the first time that a cell runs counts towards what all of them may take."""
        if definitions or cell.number in self._done:
            return child.reply(own, min(self.timeout, self._left()))[0]
        started = time.monotonic()
        try:
            reply, _ = child.reply(own, min(self.timeout, self._cells_left, self._left()))
        finally:
            self._cells_left -= time.monotonic() - started
        self._done.add(cell.number)
        return reply

    def _note_stop(self, cell: Cell, stop: StoppedError, definitions: bool) -> None:
        self.stopped.setdefault(cell.number, stop.how)
        if definitions:
            self.left_out.add(cell.number)

    def _note(self, cell: Cell, reply: dict[str, Any]) -> None:
        defined = [name for name in self.names if name in _strings(reply.get("defined"))]
        for name in defined:
            self.defined[name].append(cell.number)
        self.empty |= {(name, cell.number) for name in defined if name in _strings(reply.get("empty"))}
        if reply.get("mended") is True:
            self.mended.add(cell.number)
        for pair in map(_strings, _list(reply.get("imports"))[:IMPORTS_LIMIT]):
            if len(pair) == 2:
                self.imports[pair[1]] = cell.number, one_line(pair[0], 80)
        if (failure := _raised(reply.get("raised"))) and cell.number not in self.stopped:
            self.failed[cell.number] = failure


def _batches(cells: Sequence[Cell]) -> Iterator[list[Cell]]:
    """The cells in order, as many at a time as go into one request."""
    batch: list[Cell] = []
    size = 0
    for cell in cells:
        if batch and size + len(cell.source) > BATCH_LIMIT:
            yield batch
            batch, size = [], 0
        batch.append(cell)
        size += len(cell.source)
    if batch:
        yield batch


def _answer(question: Question, reply: dict[str, Any], values: list[Any], calls: Sequence[Any]) -> Answer:
    if failure := _raised(reply.get("raised")):
        return failure
    if len(values) != 1 + len(question.keeps):
        raise StoppedError("crashed")
    return Returned(values[0], dict(zip(question.keeps, values[1:])), calls)


def _strings(value: Any) -> list[str]:
    return [item for item in _list(value) if type(item) is str]


def _names(value: Any) -> list[str]:
    """The first few that can be names of variables: the submission's process may say anything."""
    return [name for name in _strings(value) if name.isidentifier() and len(name) <= NAME_LIMIT][:READS_LIMIT]


def _list(value: Any) -> list[Any]:
    return value if type(value) is list else []


def _raised(report: Any) -> Raised | None:
    """What the submission's process says that was raised; that process may say anything."""
    if type(report) is not dict:
        return None
    texts = [report.get(name) for name in ("type", "message", "line")]
    kind, message, line = (one_line(text, 300) if type(text) is str else "" for text in texts)
    shapes = report.get("shapes")
    pairs = [pair for pair in shapes.items() if type(pair[1]) is str][:12] if type(shapes) is dict else []
    return Raised(
        kind or "Exception", message, line, {one_line(name, 80): one_line(shape, 80) for name, shape in pairs}
    )
