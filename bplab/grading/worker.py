"""Inside the sandbox: run a submission's cells and call its functions, as the grader asks.

Runs in a fork of the zygote, beside the submission's own code, which may do to it what it likes: the worse for the
submission. Nothing here knows an answer. Loaded by path, without bplab.
"""

import ast
import contextlib
import io
import linecache
import os
import sys
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from bplab.grading import wire
from bplab.questions import known, magics, raised

READS_LIMIT = 5
DEFINITIONS = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)

Reply = tuple[dict[str, Any], list[Any]]


def serve(fd: int) -> None:
    """Answer frames on `fd` until it closes."""
    output = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding="utf-8", errors="backslashreplace")
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = output  # type: ignore[misc]
    notebook = Notebook()
    own = ""

    def ask(*arguments: Any) -> Any:
        """What the grader answers to a call of a function that only it knows."""
        _write(fd, wire.pack({"id": own, "asks": True}, arguments))
        answer, values = wire.unpack(_read_frame(fd), make)
        if answer["raised"]:
            raise ValueError(answer["raised"])
        return values[0]

    def make(tag: str, detail: Any) -> Any:
        """A case's placeholder → the thing itself."""
        if tag == "rng":
            return np.random.default_rng(detail)
        return known.KNOWN[detail] if detail in known.KNOWN else known.ASKED[detail](ask)

    while True:
        message, values = wire.unpack(_read_frame(fd), make)
        replies = notebook.do(message, values)
        for own in message["ids"]:
            reply, answers = next(replies)
            with contextlib.suppress(Exception):
                output.flush()
            _write(fd, wire.pack(reply | {"id": own}, answers))


def _read_frame(fd: int) -> bytearray:
    frame = bytearray()
    while (length := wire.length(frame)) is None or len(frame) < length:
        data = os.read(fd, (length or wire.PREFIX.size) - len(frame))
        if not data:
            os._exit(0)
        frame += data
    return frame


def _write(fd: int, frame: bytes) -> None:
    rest = memoryview(frame)
    while rest:
        rest = rest[os.write(fd, rest) :]


class Notebook:
    """One namespace, as a kernel has it; the functions that were defined in it, by name and cell."""

    def __init__(self) -> None:
        main = types.ModuleType("__main__")
        self.names = main.__dict__
        sys.modules["__main__"] = main
        self.filenames: set[str] = set()
        self.found: dict[tuple[str, int], Any] = {}

    def do(self, message: dict[str, Any], values: list[Any]) -> Iterator[Reply]:
        """Answer one request of the grader, reply by reply."""
        if message["do"] == "cells":
            yield from ((self.cell(**job), []) for job in message["cells"])
        else:
            function = self.found[message["name"], message["cell"]]
            read = {"reads": what_it_reads(function)}
            for case in values:
                reply, answer = self.call(function, case, message["keeps"])
                yield reply | read, answer

    def cell(self, number: int, source: str, names: list[str], definitions: bool) -> dict[str, Any]:
        """Run a cell, or only its definitions; say which of these names are new."""
        before = {name: self.names.get(name) for name in names}
        filename = f"<cell {number}>"
        reply: dict[str, Any] = {"raised": None, "mended": False, "defined": [], "empty": [], "imports": []}
        try:
            source, code, reply["mended"] = magics.mend(source, filename)
            self.filenames.add(filename)
            linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
            reply["raised"] = self.run(source, None if definitions else code, filename, reply["imports"])
        except Exception as error:
            reply["raised"] = unreadable(error)
        for name in names:
            if (function := self.names.get(name)) is not None and function is not before[name]:
                self.found[name, number] = function
                reply["defined"].append(name)
                if is_empty(function, source):
                    reply["empty"].append(name)
        return reply

    def run(
        self, source: str, code: types.CodeType | None, filename: str, imports: list[list[str]]
    ) -> dict[str, Any] | None:
        """Execute; after a statement that raises go on with the next one. The first exception, described.

        Without `code` only the definitions. What an import that failed would have defined is added to `imports`.
        """
        first, body = None, []
        if code is None:
            body = [s for s in ast.parse(source, filename).body if isinstance(s, DEFINITIONS) or is_constant(s)]
        while code or body:
            try:
                exec(code or compile(ast.Module(body, []), filename, "exec", dont_inherit=True), self.names)
                break
            except BaseException as error:
                first = first or self.describe(error)
                line = failing_line(error, filename)
                body = body or ast.parse(source, filename).body
                if isinstance(error, ModuleNotFoundError):
                    imports += imported(body, line, str(error.name))
                body = [s for s in body if s.lineno > line]
                code = None
        return first

    def call(self, function: Any, arguments: tuple[Any, ...], keeps: list[int]) -> Reply:
        """Call a function with a case's arguments; what it returned, and the arguments at `keeps` afterwards."""
        try:
            value = function(*arguments)
        except BaseException as error:
            return {"raised": self.describe(error)}, []
        return {"raised": None}, [value, *(arguments[i] for i in keeps)]

    def describe(self, error: BaseException) -> dict[str, Any]:
        """What was raised, in which of the submission's lines, with the shapes of the arrays named there."""
        try:
            what = raised.describe(error, self.filenames)
            shapes = {name[:80]: shape[:80] for name, shape in list(what["shapes"].items())[:12]}
            return {name: what[name][:600] for name in ("type", "message", "line")} | {"shapes": shapes}
        except BaseException:
            return {"type": type(error).__name__, "message": "", "line": "", "shapes": {}}


def what_it_reads(function: Any) -> list[str]:
    """The notebook's variables that a function reads; none if it is too strange to say."""
    with contextlib.suppress(Exception):
        return [str(name) for name in raised.reads(function)[:READS_LIMIT]]
    return []


def is_constant(statement: ast.stmt) -> bool:
    """An assignment without a call or a loop in it: it can neither hang nor print."""
    calls = (ast.Call, ast.ListComp, ast.DictComp, ast.SetComp, ast.GeneratorExp, ast.BinOp, ast.Await, ast.Yield)
    return isinstance(statement, ast.Assign | ast.AnnAssign) and not any(
        isinstance(node, calls) for node in ast.walk(statement)
    )


def is_empty(function: Any, source: str) -> bool:
    """Whether the function's body, as it stands in the cell, is only `...`, `pass` or a docstring."""
    if not isinstance(function, types.FunctionType) or len(function.__code__.co_code) > 16:
        return False
    with contextlib.suppress(SyntaxError, RecursionError, MemoryError):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                if first == function.__code__.co_firstlineno:
                    return bool(raised.body_is_empty(node))
    return False


def unreadable(error: BaseException) -> dict[str, Any]:
    """A cell that is not Python."""
    line = str(getattr(error, "text", None) or "").strip()[:300]
    message = str(getattr(error, "msg", error))[:600]
    return {"type": type(error).__name__, "message": message, "line": line, "shapes": {}}


def failing_line(error: BaseException, filename: str) -> int:
    """The line of the cell's own code, outside of any function, at which it stopped."""
    trace = error.__traceback__
    while trace is not None:
        # The first such frame: where one exception object is raised again, the earlier lines follow.
        if trace.tb_frame.f_code.co_filename == filename and trace.tb_frame.f_code.co_name == "<module>":
            return trace.tb_lineno
        trace = trace.tb_next
    return sys.maxsize


def imported(body: list[ast.stmt], line: int, missing: str) -> Iterator[list[str]]:
    """[module, name] for each name that the import at this line would have defined, had `missing` been there."""
    for node in (node for statement in body for node in ast.walk(statement)):
        if isinstance(node, ast.Import | ast.ImportFrom) and node.lineno <= line <= (node.end_lineno or line):
            for alias in node.names:
                module = node.module if isinstance(node, ast.ImportFrom) else alias.name
                within = module is not None and module.partition(".")[0] == missing.partition(".")[0]
                yield [str(module) if within else missing, alias.asname or alias.name.partition(".")[0]]
