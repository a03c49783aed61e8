"""Do the tests notice a wrong formula? Spoil the mathematics in one place at a time and see a test fail, or not.
Run `python benchmarks/mutants.py` (Linux, two cores, about an hour), or with modules: `… losses network`."""

from __future__ import annotations

import ast
import contextlib
import copy
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from multiprocessing.connection import wait
from pathlib import Path
from typing import NamedTuple

import hypothesis
import pytest
import sympy  # noqa: F401  (loaded once, since each mutant runs in a fork of this process)

ROOT = Path(__file__).parents[1]
MODULES = ("activations", "losses", "arrays", "parameters", "network", "gradcheck", "training", "derivation", "zoo")
TESTS = ["activations", "losses", "network", "gradcheck", "training", "derivation", "zoo", "data"]
TESTS += ["bad_input", "bad_calls", "tables", "witness"]
FIRST = {"arrays": "bad_input", "parameters": "network"}  # the tests that run first, where the name is not the module's
SECONDS = 100  # an endless loop counts as noticed
OPERATORS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div, ast.Add],
    ast.Div: [ast.Mult],
    ast.MatMult: [ast.Mult],
    ast.Pow: [ast.Mult],
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.And: [ast.Or],
    ast.Or: [ast.And],
}
SWAPS = [
    *(("min", "max"), ("minimum", "maximum"), ("sum", "mean"), ("sum", "prod"), ("any", "all"), ("abs", "positive")),
    *(("add", "subtract"), ("multiply", "divide"), ("negative", "positive"), ("reciprocal", "negative")),
    *(("exp", "log"), ("zeros", "ones"), ("greater", "greater_equal"), ("greater", "less"), ("startswith", "endswith")),
]
NAMES = {one: [other for pair in SWAPS for other in pair if one in pair and one != other] for one in chain(*SWAPS)}
STATEMENTS = (ast.Expr, ast.Assign, ast.AugAssign, ast.Return, ast.Raise, ast.For, ast.If)


class Mutant(NamedTuple):
    """A spoilt module: its name, the line, what was there and stands there now, and its whole source."""

    module: str
    line: int
    old: str
    new: str
    source: str


def replacements(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of `node`."""
    if isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp):
        yield from (spoilt(node, op=other()) for other in OPERATORS.get(type(node.op), ()))
    elif isinstance(node, ast.Compare):
        yield from (spoilt(node, ops=[other()]) for other in OPERATORS[type(node.ops[0])] if len(node.ops) == 1)
        if len(node.ops) == 2:
            for first in OPERATORS[type(node.ops[0])]:
                yield spoilt(node, ops=[first(), node.ops[1]])
            for second in OPERATORS[type(node.ops[1])]:
                yield spoilt(node, ops=[node.ops[0], second()])
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield from (ast.Constant(node.value + 1), ast.Constant(node.value - 1))
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value
    elif isinstance(node, ast.Attribute):
        yield from (spoilt(node, attr=other) for other in NAMES.get(node.attr, ()))
    elif isinstance(node, ast.Name):
        yield from (spoilt(node, id=other) for other in NAMES.get(node.id, ()) if node.id in ("min", "max", "sum"))
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    if isinstance(node, ast.Call) and len(node.args) > 1:
        yield spoilt(node, args=[node.args[1], node.args[0], *node.args[2:]])
    if isinstance(node, ast.If | ast.IfExp):
        yield spoilt(node, test=ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, STATEMENTS) and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        yield ast.Pass()


def spoilt(node: ast.AST, **fields: object) -> ast.AST:
    node = copy.copy(node)
    for name, value in fields.items():
        setattr(node, name, value)
    return node


def places(node: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Every node below with its parent, field and place; type hints and the texts of messages are left out."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list") or isinstance(node, ast.JoinedStr):
            continue
        for i, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if isinstance(child, ast.AST):
                yield node, field, i, child
                yield from places(child)


def mutants(module: str) -> Iterator[Mutant]:
    """Every mutant of a module, one change in each."""
    tree = ast.parse((ROOT / "bplab" / f"{module}.py").read_text(encoding="utf-8"))
    for parent, field, i, node in list(places(tree)):
        for other in replacements(node):
            put(parent, field, i, other)
            source = ast.unparse(ast.fix_missing_locations(tree))
            yield Mutant(module, getattr(node, "lineno", 0), first_line(node), first_line(other), source)
            put(parent, field, i, node)


def put(parent: ast.AST, field: str, i: int | None, node: ast.AST) -> None:
    if i is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[i] = node


def first_line(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(copy.deepcopy(node))).splitlines()[0]


def workshop(parent: Path) -> Path:
    """A copy of the mathematics and its tests."""
    folder = Path(tempfile.mkdtemp(dir=parent))
    (folder / "bplab").mkdir()
    for file in filter(Path.is_file, (ROOT / "bplab").iterdir()):
        shutil.copy(file, folder / "bplab")
    (folder / "tests").mkdir()
    for name in ("cases", "refusals", *(f"test_{test}" for test in TESTS)):
        shutil.copy(ROOT / "tests" / f"{name}.py", folder / "tests")
    shutil.copytree(ROOT / "tests" / "tables", folder / "tests" / "tables")
    return folder


def run_tests(folder: Path, first: str) -> None:
    """End this process with status 0 if all tests pass: those called `first`, then the others."""
    os.chdir(folder)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.dont_write_bytecode = True
    sys.path[:0] = [str(folder), str(folder / "tests")]
    # A failing example need not be made small: the first failure decides.
    shrink = hypothesis.Phase.shrink, hypothesis.Phase.explain
    hypothesis.settings.register_profile("m", phases=[phase for phase in hypothesis.Phase if phase not in shrink])
    hypothesis.settings.load_profile("m")
    options = ["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", "."]
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        for tests in [first], [test for test in TESTS if test != first]:
            if pytest.main([*options, *(f"tests/test_{test}.py" for test in tests)]):
                os._exit(1)
    os._exit(0)


def survivors(made: list[Mutant], folders: list[Path]) -> Iterator[Mutant]:
    """The mutants with which all tests pass; as many run at a time as there are folders."""
    fork, left, running = multiprocessing.get_context("fork"), iter(made), {}
    while True:
        while folders and (mutant := next(left, None)) is not None:
            folder = folders.pop()
            (folder / "bplab" / f"{mutant.module}.py").write_text(mutant.source, encoding="utf-8")
            process = fork.Process(target=run_tests, args=(folder, FIRST.get(mutant.module, mutant.module)))
            process.start()
            running[process.sentinel] = process, mutant, folder, time.monotonic() + SECONDS
        if not running:
            return
        wait(running, timeout=1)
        for sentinel, (process, mutant, folder, deadline) in list(running.items()):
            if process.is_alive() and time.monotonic() < deadline:
                continue
            process.kill()
            process.join()
            folders.append(folder)
            del running[sentinel]
            if process.exitcode == 0:
                yield mutant


def main() -> None:
    with tempfile.TemporaryDirectory() as parent:
        folders = [workshop(Path(parent)), workshop(Path(parent))]
        for module in sys.argv[1:] or MODULES:
            whole = (ROOT / "bplab" / f"{module}.py").read_text(encoding="utf-8")
            if not list(survivors([Mutant(module, 0, "", "", whole)], folders)):
                sys.exit("the tests fail without any mutant: mend that first")
            made, alive = list(mutants(module)), 0
            for mutant in survivors(made, folders):
                print(f"bplab/{module}.py:{mutant.line}: {mutant.old}  →  {mutant.new}", flush=True)
                alive += 1
            for folder in folders:
                (folder / "bplab" / f"{module}.py").write_text(whole, encoding="utf-8")
            print(f"{module}: {len(made)} mutants, {alive} survive", flush=True)


if __name__ == "__main__":
    main()
