"""What a student's function raised, the student's own line and the shapes of the arrays in it; what else it reads.

Stand-alone, the standard library and NumPy only: the grader's sandbox loads this file without the rest of bplab.
"""

from __future__ import annotations

import ast
import dis
import inspect
import linecache
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from types import CodeType, FrameType, ModuleType
from typing import Any

import numpy as np

LONGEST = 300
MODULES = ("np", "numpy", "math", "random", "plt", "bplab")


def describe(error: BaseException, student: Callable[..., Any] | set[str]) -> dict[str, Any]:
    """Describe an exception by the innermost line that the student wrote.

    Parameters
    ----------
    error : BaseException
        As caught, with its traceback.
    student : function or set of str
        The student's function (a line counts as the student's if it stands in the same namespace), or the file names
        of the student's code.

    Returns
    -------
    dict
        ``type`` and ``message`` of the exception; ``line``, the student's source line or ""; ``shapes``, the shape of
        each array in that line by its name there, ``{"W[1]": "(2, 4)"}``. The message of a NotImplementedError is the
        name of the function that is not written, if it is another one than that called; that of a KeyError says which
        keys there are, that of a NameError which function reads what it is not given.
    """
    described = {"type": type(error).__name__, "message": str(error)[:LONGEST], "line": "", "shapes": {}}
    frames = [(frame, number) for frame, number in _frames(error) if _is_students(frame, student)]
    if frames:
        frame, number = frames[-1]
        names = {**frame.f_globals, **frame.f_locals}
        line = linecache.getline(frame.f_code.co_filename, number, frame.f_globals).strip()
        described.update(line=line[:LONGEST], shapes=_shapes(line, names))
        if isinstance(error, KeyError):
            described["message"] = _keys(error, line, names)[:LONGEST]
        if type(error) is NameError and (read := _read_undefined(error, line, frame.f_code)):
            described.update(message=read[:LONGEST], shapes={})
        if isinstance(error, NotImplementedError):
            described["message"] = frame.f_code.co_name if len(frames) > 1 else ""
    return described


def reads(function: Callable[..., Any]) -> list[str]:
    """The notebook's variables that a function reads, itself or in a function that it calls: data, not functions.

    >>> rate = 0.5
    >>> reads(lambda w, slope: w - rate * slope)
    ['rate']
    """
    # A code's names are at hand, but attributes are among them; reading its steps takes longer, and seldom has to be.
    return _data(function, _loaded) if _data(function, lambda code: code.co_names) else []


def _data(function: Callable[..., Any], names: Callable[[CodeType], Iterable[str]]) -> list[str]:
    """The data of a function's notebook among the names in its code, in that inside it, and in what it calls."""
    found: dict[str, None] = {}
    there = getattr(function, "__globals__", {})
    codes = [getattr(function, "__code__", None)]
    for code in codes:  # which grows
        if not isinstance(code, CodeType):
            continue
        new = [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        for name in names(code):
            value = there.get(name)
            if callable(value):
                new += [value.__code__] if getattr(value, "__globals__", None) is there else []
            elif name in there and not isinstance(value, ModuleType):
                found[name] = None
        codes += [code for code in new if code not in codes]
    return list(found)


def _loaded(code: CodeType) -> list[str]:
    return [step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")]


def body_is_empty(function: Callable[..., Any] | str | ast.FunctionDef) -> bool:
    """Whether a function's body is only ``...``, ``pass`` or a docstring; False where its source is not known.

    >>> body_is_empty("def half(z):\\n    'Half of z.'\\n    ...")
    True
    >>> body_is_empty("def half(z):\\n    return None")
    False
    """
    node = function if isinstance(function, ast.FunctionDef) else _definition(function)
    return node is not None and all(
        isinstance(line, ast.Pass) or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
        for line in node.body
    )


def _definition(function: Callable[..., Any] | str) -> ast.FunctionDef | None:
    try:
        source = function if isinstance(function, str) else inspect.getsource(function)
        body = ast.parse(textwrap.dedent(source)).body
    except (OSError, TypeError, SyntaxError):
        return None
    return body[0] if body and isinstance(body[0], ast.FunctionDef) else None


def _frames(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    """Each frame that the exception passed, from the outermost in, and the line in it."""
    step = error.__traceback__
    while step is not None:
        yield step.tb_frame, step.tb_lineno
        step = step.tb_next


def _is_students(frame: FrameType, student: Callable[..., Any] | set[str]) -> bool:
    if isinstance(student, set):
        return frame.f_code.co_filename in student
    code = getattr(student, "__code__", None)
    return isinstance(code, CodeType) and frame.f_globals is student.__globals__


def _shapes(line: str, names: dict[str, Any]) -> dict[str, str]:
    """The shapes of the arrays that a line names, also as ``W[k]`` of a dictionary, in the line's order."""
    found = {}
    for node in _expressions(line):
        array = _look_up(node, names)
        if isinstance(array, np.ndarray):
            found[ast.unparse(node)] = str(array.shape)
    return found


def _keys(error: KeyError, line: str, names: dict[str, Any]) -> str:
    """Which keys the dictionary has in which a key was not found, if the line shows it."""
    key = error.args[0] if error.args else None
    if type(key) not in (int, str):
        return str(error)
    for node in _expressions(line):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            holder = names.get(node.value.id)
            if type(holder) is dict and _constant(node.slice, names) == key and key not in holder:
                return f"{node.value.id} {_has([repr(k) for k in holder if type(k) in (int, str)][:9])}, not {key!r}"
    return f"there is no key {key!r}"


def _read_undefined(error: NameError, line: str, code: CodeType) -> str:
    """Which function reads a variable that it is not given; "" where the name is that of a function or a module."""
    name = error.name
    if not name or name in MODULES or code.co_name == "<module>" or re.search(rf"\b{re.escape(name)}\(", line):
        return ""
    reader = "the function" if code.co_name.startswith("<") else f"`{code.co_name}`"
    return f"{reader} reads `{name}`, which is neither one of its arguments nor defined"


def _has(keys: list[str]) -> str:
    if len(keys) < 2:
        return f"has the key {keys[0]}" if keys else "has no keys yet"
    return f"has the keys {', '.join(keys[:-1])} and {keys[-1]}"


def _constant(node: ast.expr, names: dict[str, Any]) -> int | str | None:
    return node.value if isinstance(node, ast.Constant) and type(node.value) is str else _whole_number(node, names)


def _expressions(line: str) -> list[ast.expr]:
    """The names and subscripted names that a line reads, also where it writes them anew, as in ``W[k] -= step``."""
    try:
        body = ast.parse(line.rstrip(":") if not line.endswith(":") else f"{line} pass").body
    except SyntaxError:
        return []
    nodes = [node for statement in body for node in ast.walk(statement)]
    anew = [node.target for node in nodes if isinstance(node, ast.AugAssign)]
    read = [
        node
        for node in nodes
        if isinstance(node, (ast.Name, ast.Subscript)) and (isinstance(node.ctx, ast.Load) or node in anew)
    ]
    return sorted(read, key=lambda node: (node.lineno, node.col_offset))


def _look_up(node: ast.expr, names: dict[str, Any]) -> Any:
    """The value of ``W``, ``W[1]`` or ``W[k + 1]``; None for anything else. No code of the student's is run."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        holder, key = names.get(node.value.id), _whole_number(node.slice, names)
        if type(holder) is dict and key is not None:
            return holder.get(key)
    return None


def _whole_number(node: ast.expr, names: dict[str, Any]) -> int | None:
    """The value of an expression of whole numbers, their names, + and -."""
    if isinstance(node, (ast.Constant, ast.Name)):
        value = node.value if isinstance(node, ast.Constant) else names.get(node.id)
        return value if type(value) is int else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        left, right = _whole_number(node.left, names), _whole_number(node.right, names)
        if left is not None and right is not None:
            return left + right if isinstance(node.op, ast.Add) else left - right
    return None
