"""One submission's run in the sandbox: its cells once, then call after call; after a hang or a crash, a new fork."""

import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from bplab.grading.notebook import Cell
from bplab.grading.sandbox import Child, Sandbox, StoppedError
from bplab.grading.submissions import DEFINED
from bplab.grading.text import one_line, visible
from bplab.questions import Case, Question
from bplab.questions.diagnosis import Answer, Raised, Returned, Stopped

# In units of the time that one call may take.
CELLS_LIMIT = 12
SUBMISSION_LIMIT = 60


class Session:
    """Runs the cells of a notebook and calls the functions of the tasks.

    Attributes
    ----------
    defined : dict
        For each task the numbers of the cells that define its function, in order.
    empty : set
        The (task, cell) whose function has no body.
    failed : dict
        What a cell raised, by the cell's number; `SyntaxError` where it is not Python.
    stopped : dict
        The cells that "timed out" or "crashed", of which only the definitions count.
    mended : set
        The cells that had lines of IPython's own, which were taken out.
    printed : str
        What the cells printed.
    """

    def __init__(self, sandbox: Sandbox, cells: Sequence[Cell], tasks: Sequence[str], timeout: float) -> None:
        self.sandbox, self.cells, self.tasks, self.timeout = sandbox, cells, list(tasks), timeout
        self.child: Child | None = None
        self.defined: dict[str, list[int]] = defaultdict(list)
        self.empty: set[tuple[str, int]] = set()
        self.failed: dict[int, Raised] = {}
        self.stopped: dict[int, str] = {}
        self.mended: set[int] = set()
        self.left_out: set[int] = set()
        self.printed = ""
        self.deadline = time.monotonic() + SUBMISSION_LIMIT * timeout
        self.cells_left = CELLS_LIMIT * timeout

    def run(self) -> None:
        """Run every cell in a fresh fork, as often as it takes to get past those that hang or crash."""
        while not self._run_cells():
            if self._over():
                break
        self.printed = self.printed or self._printed()

    def answers(self, question: Question, cases: Sequence[Case], cell: int) -> list[Answer]:
        """What the function that `cell` defines gives in each case; the list ends with the first Stopped."""
        answers: list[Answer] = []
        for case in cases:
            answers.append(self._answer(question, case, cell))
            if isinstance(answers[-1], Stopped):
                self.child = None
                break
        return answers

    def take_printed(self) -> str:
        """What has been printed since the cells ran, or since the last time."""
        return self._printed()

    def _printed(self) -> str:
        return "" if self.sandbox.child is None else visible(self.sandbox.child.take_printed())

    def _over(self) -> bool:
        return time.monotonic() > self.deadline

    def _run_cells(self) -> bool:
        """One attempt; False if a cell hung or crashed, which from then on only counts with its definitions."""
        self.child = self.sandbox.fork()
        self.defined.clear()
        for cell in self.cells:
            if cell.number in self.left_out:
                continue
            definitions = cell.demo or cell.number in self.stopped or self.cells_left <= 0
            started = time.monotonic()
            try:
                self._run_cell(self.child, cell, definitions)
            except StoppedError as stop:
                if definitions:
                    self.left_out.add(cell.number)
                self.stopped[cell.number] = stop.how
                self.child = None
                return False
            finally:
                self.cells_left -= time.monotonic() - started
        return True

    def _run_cell(self, child: Child, cell: Cell, definitions: bool) -> None:
        request = {"do": "cell", "number": cell.number, "source": cell.source, "definitions": definitions}
        mentioned = [task for task in self.tasks if task in cell.source]
        reply, _ = child.request(request | {"tasks": mentioned}, self.timeout)
        defined = [task for task in mentioned if task in _strings(reply.get("defined"))]
        for task in defined:
            self.defined[task].append(cell.number)
        self.empty |= {(task, cell.number) for task in defined if task in _strings(reply.get("empty"))}
        if reply.get("mended") is True:
            self.mended.add(cell.number)
        if (failure := _raised(reply.get("raised"))) and cell.number not in self.stopped:
            self.failed[cell.number] = failure

    def _answer(self, question: Question, case: Case, cell: int) -> Answer:
        if self.child is None and not self._over():
            self.run()
            self._printed()
        left = self.deadline - time.monotonic()
        if self.child is None or left <= 0:
            return Stopped("timed out")
        keeps = [question.parameters.index(name) for name in question.keeps]
        request = {"do": "call", "task": question.name, "cell": cell, "keeps": keeps}
        try:
            reply, values = self.child.request(request, min(question.seconds or self.timeout, left), case)
            failure = _raised(reply.get("raised"))
            if failure is None and len(values) != 1 + len(keeps):
                raise StoppedError("crashed")
        except StoppedError as stop:
            return Stopped(stop.how)
        return failure or Returned(values[0], dict(zip(question.keeps, values[1:])))


def _strings(value: Any) -> list[str]:
    return [item for item in value if type(item) is str] if type(value) is list else []


def _raised(report: Any) -> Raised | None:
    """What the submission's process says that was raised; that process may say anything."""
    if type(report) is not dict:
        return None
    texts = [report.get(name) for name in ("type", "message", "line")]
    shapes = report.get("shapes")
    pairs = shapes.items() if type(shapes) is dict else ()
    kind, message, line = (one_line(text, 300) if type(text) is str else "" for text in texts)
    return Raised(kind or "Exception", message, line, {one_line(k, 80): one_line(str(v), 80) for k, v in pairs})


def mentions(cell: Cell, task: str) -> bool:
    """Whether a cell's text defines the task's function, as far as can be told without running or parsing it."""
    return task in DEFINED.findall(cell.source)
