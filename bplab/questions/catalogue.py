"""The catalogue of known mistakes, as data, and the programs in which they are made.

A program is a list of named lines, run in order: the right way to compute a function. A mistake is a row ``{name: wrong
expression}``, run right after the line of that name, so that one row serves every function that has the line, and two
rows compose. The packaged exercises take their references and their mistakes from here.

>>> sigmoid = reference("sigmoid")
>>> float(sigmoid(0.0))
0.5
>>> [mistake.id for mistake in mistakes("line")]
['line-swapped-a-b', 'line-no-intercept', 'line-factored']
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from inspect import Parameter, Signature
from itertools import combinations
from types import CodeType
from typing import Any

import numpy as np

from bplab.activations import relu, sigmoid
from bplab.questions import Case, Mistake, Question, deep
from bplab.questions.num_grad import num_grad

Line = tuple[str, str]
Changes = Mapping[str, str]


def isub(w: Any, step: Any) -> Any:
    """``w -= step``, in place."""
    w -= step
    return w


GLOBALS = {"isub": isub, "len": len, "np": np, "num_grad": num_grad, "relu": relu, "sigmoid": sigmoid}
# The deep programs number their layers; in the net with one hidden layer the same numbers have these names.
NAMES = {"a0": "x", "a1": "h", "z1": "z", "dz1": "dz", "dz2": "dy"}
LAYERS = (1, 2)


@dataclass(frozen=True)
class Task:
    """How a student's function runs a program: its arguments, what they are called there, and the lines computed.

    `order` is that in which the parts of the results are computed, where it is not that of the results. With `by_layer`
    the lines run for each layer, and dictionaries go in and come out. `rename` writes a row for the layers there are.
    """

    parameters: str
    lines: tuple[Line, ...]
    program: str
    given: tuple[Line, ...] = ()
    results: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    biases: bool = False
    by_layer: bool = False
    rename: Callable[[Changes], dict[str, str]] | None = None

    @property
    def names(self) -> set[str]:
        """All that an expression may read."""
        return GLOBALS.keys() | set(self.parameters.split(", ")) | dict((*self.given, *self.lines)).keys()


class Program:
    """Named lines that can be called like a function: a reference, or with `changes` a mistake."""

    def __init__(self, name: str, task: Task, changes: Sequence[Changes] = ()) -> None:
        self.__name__ = name
        self.__signature__ = Signature(
            [Parameter(parameter, Parameter.POSITIONAL_OR_KEYWORD) for parameter in task.parameters.split(", ")]
        )
        self.results = task.results
        self.order = task.order
        self.by_layer = task.by_layer
        self.lines = (*task.given, *_changed(task.lines, changes))
        self._code = [(line, _compiled(expression)) for line, expression in self.lines]

    def __call__(self, *arguments: Any) -> Any:
        values = dict(zip(self.__signature__.parameters, arguments))
        if not self.by_layer:
            return self._run(values)
        layers = next(value for value in arguments if isinstance(value, dict))
        each = [self._run({name: v[k] if isinstance(v, dict) else v for name, v in values.items()}) for k in layers]
        return tuple(dict(zip(layers, parts)) for parts in zip(*each))

    def _run(self, values: dict[str, Any]) -> Any:
        for name, code in self._code:
            values[name] = eval(code, GLOBALS, values)
        return values["return"]


class DeepProgram:
    """A program for any number of layers, as many as its argument `W` has."""

    def __init__(self, name: str, build: Callable[[int], Program]) -> None:
        self.__name__ = name
        self._build = cache(build)
        printed = self._build(deep.PRINTED)
        self.__signature__, self.lines = printed.__signature__, printed.lines
        self.results, self.order = printed.results, printed.order
        self._place = list(printed.__signature__.parameters).index("W")

    def __call__(self, *arguments: Any) -> Any:
        return self._build(len(arguments[self._place]))(*arguments)


def question(
    name: str, points: float, cases: Callable[[np.random.Generator], list[Case]], *, task: str = "", **more: Any
) -> Question:
    """The question about a packaged function, with all that is known of it; `task` is its name here, if it is another.

    `more` is what else a `Question` takes, such as ``keeps``.
    """
    task = task or name
    return Question(name, points, reference(task), cases, mistakes=mistakes(task), pairs=pairs(task), **more)


def reference(name: str) -> Program | DeepProgram:
    """The right version of a packaged function."""
    return _made(name)


def _made(name: str, *wrongs: Changes) -> Program | DeepProgram:
    def at(task: Task) -> Program:
        return Program(name, task, [_there(task, wrong) for wrong in wrongs])

    return DeepProgram(name, lambda layers: at(DEEP[name](layers))) if name in DEEP else at(TASKS[name])


def mistakes(name: str) -> list[Mistake]:
    """The catalogue's mistakes that a packaged function can make; first those that concern it whole."""
    fitting = sorted(_fitting(name), key=lambda found: not found[2])
    return [_mistake(name, [row], [wrong]) for row, wrong, _ in fitting]


def pairs(name: str) -> list[Mistake]:
    """Two frequent mistakes at once, for each two of the catalogue's core that can meet in one function."""
    task = TASKS[name]
    core = [(row, wrong) for row, wrong, _ in _fitting(name) if row.get("core")]
    both = [(one, two) for one, two in combinations(core, 2) if _compose(_there(task, one[1]), _there(task, two[1]))]
    return [_mistake(name, [one, two], [a, b]) for (one, a), (two, b) in both]


def _mistake(name: str, rows: Sequence[dict[str, Any]], wrongs: Sequence[Changes]) -> Mistake:
    return Mistake(
        id=";".join(row["id"] for row in rows),
        wrong=_made(name, *wrongs),
        message=", and ".join(row["message"] for row in rows),
        hint=rows[0]["hint"],
    )


def _compose(first: Changes, second: Changes) -> bool:
    """Whether two rows can be made together: where both change a line, the second has to start from the first's."""
    return all(name in _names_in(second[name]) for name in first if name in second)


def _fitting(name: str) -> Iterator[tuple[dict[str, Any], Changes, bool]]:
    """Each row that a function can make, in each of its ways, and whether all of the row is in the function."""
    task = TASKS[name]
    for row in catalogue()["misconceptions"]:
        if task.program in row["tasks"] or (task.biases and _is_about_biases(row)):
            ways = row["with_biases"] if task.biases and "with_biases" in row else [row["wrong"], *row.get("also", [])]
            for wrong in ways:
                there = _there(task, wrong)
                if there and all(_names_in(expression) <= task.names for expression in there.values()):
                    yield row, wrong, len(there) == len(_renamed(wrong, task))


def _there(task: Task, wrong: Changes) -> Changes:
    """What a row changes in the lines that a task has."""
    changes = _renamed(wrong, task)
    return {line: changes[line] for line, _ in task.lines if line in changes}


def _is_about_biases(row: dict[str, Any]) -> bool:
    return "db#" in row["wrong"] or row["id"] == "deep-no-bias"


def _renamed(wrong: Changes, task: Task) -> dict[str, str]:
    """A row with its layers written out and with the names that the task's program has."""
    if task.rename is not None:
        return task.rename(wrong)

    def rename(text: str, layer: int) -> str:
        text = deep.numbered(text, layer)
        if not task.biases:
            return text
        return re.sub(r"\w+", lambda word: NAMES[word[0]] if NAMES.get(word[0]) in task.names else word[0], text)

    return {
        rename(line, layer): rename(expression, layer)
        for line, expression in wrong.items()
        for layer in (LAYERS if "#" in line else LAYERS[:1])
    }


def _changed(lines: Iterable[Line], changes: Sequence[Changes]) -> Iterator[Line]:
    for name, expression in lines:
        yield name, expression
        for wrong in changes:
            if name in wrong:
                yield name, wrong[name]


@cache
def _compiled(expression: str) -> CodeType:
    return compile(expression, "<catalogue>", "eval")


@cache
def _names_in(expression: str) -> frozenset[str]:
    return frozenset(node.id for node in ast.walk(ast.parse(expression)) if isinstance(node, ast.Name))


@cache
def catalogue() -> dict[str, Any]:
    """The packaged catalogue, as it stands in ``misconceptions.json``."""
    text = files("bplab.questions").joinpath("misconceptions.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _program(name: str) -> tuple[Line, ...]:
    return tuple((line, expression) for line, expression in catalogue()["programs"][name])


def _with_biases(name: str, *ends: Line) -> tuple[Line, ...]:
    """A net's program with biases: in the weighted sums, and a gradient for each beside its weights'."""
    lines: list[Line] = []
    for line, expression in _program(name):
        if line == "z":
            lines += [("z", f"{expression} + b1")]
        elif line == "y_hat":
            lines += [("z2", f"{expression} + b2"), ("y_hat", "z2")]
        elif line in ("dW1", "dW2"):
            lines += [(line, expression), ("db1", "dz.sum(0)") if line == "dW1" else ("db2", "dy.sum(0)")]
        elif line != "return":
            lines += [(line, expression)]
    return (*lines, *ends)


def _part(names: str, end: str) -> tuple[Line, ...]:
    """The lines with these names of a net's gradients."""
    lines = dict(_with_biases("net_gradients"))
    return (*((name, lines[name]) for name in names.split()), ("return", end))


def _forward_deep(layers: int) -> Task:
    parts = (f"{name}[{k}]" for k in range(1, deep.LAST) for name in "za")
    result = f"({deep.dictionary('z', layers)}, {deep.dictionary('a', layers, start=0)})"
    return Task(
        "x, W, b",
        (*deep.forward_lines(layers), ("return", result)),
        "deep_forward",
        given=_layers(layers),
        results=("z", "a"),
        order=("a[0]", *parts),
        rename=partial(deep.written_out, layers=layers),
    )


def _backward_deep(layers: int) -> Task:
    parts = (f"{name}[{k}]" for k in range(deep.LAST, 0, -1) for name in ("dW", "db"))
    result = f"({deep.dictionary('dW', layers)}, {deep.dictionary('db', layers)})"
    return Task(
        "x, y, W, b",
        (*deep.gradient_lines(layers), ("return", result)),
        "deep_gradients",
        given=(*_layers(layers), ("n", "len(x)")),
        results=("dW", "db"),
        order=tuple(parts),
        rename=partial(deep.written_out, layers=layers),
    )


def _layers(layers: int) -> tuple[Line, ...]:
    return tuple((f"{name}{k}", f"{name}[{k}]") for k in range(1, layers + 1) for name in "Wb")


SAMPLES = (("n", "len(y)"),)
DEEP = {"forward_deep": _forward_deep, "backward_deep": _backward_deep}
NET = (("W1", "W[1]"), ("W2", "W[2]"), ("b1", "b[1]"), ("b2", "b[2]"), ("n", "len(x)"))
TASKS = {
    "sigmoid": Task("z", _program("sigmoid"), "sigmoid"),
    "line": Task("x, a, b", _program("line"), "line"),
    "squared_error": Task("y_hat, y", _program("loss"), "loss", given=SAMPLES),
    "loss_gradient": Task("y_hat, y", _program("dloss"), "dloss", given=SAMPLES),
    "numerical_gradient": Task(
        "f, w, h", (*_program("numerical_gradient")[:-1], ("return", "g")), "numerical_gradient", given=(("eps", "h"),)
    ),
    "relu": Task("z", _program("relu"), "relu"),
    "relu_prime": Task("z", _program("relu_prime"), "relu_prime"),
    "sigmoid_prime": Task("z", _program("sigmoid_prime"), "sigmoid_prime"),
    "chain": Task(
        "x, w1, w2, w3",
        _program("chain_forward"),
        "chain_forward",
        given=(("i1", "x"),),
        results=("a1", "a2", "a3"),
    ),
    "chain_gradients": Task(
        "x, y, w1, w2, w3",
        _program("chain_gradients"),
        "chain_gradients",
        given=(("i1", "x"),),
        results=("dw1", "dw2", "dw3"),
        order=("dw3", "dw2", "dw1"),
    ),
    "mean_change": Task("changes", _program("average"), "average", given=(("G", "changes"), ("n", "len(G)"))),
    "line_gradients": Task(
        "x, y, a, b", _program("line_gradients"), "line_gradients", given=SAMPLES, results=("da", "db")
    ),
    "update": Task(
        "W, b, dW, db, lr",
        (*_program("update")[:-1], ("return", "(W_new, b_new)")),
        "update",
        results=("W", "b"),
        by_layer=True,
    ),
    "forward": Task(
        "x, W, b",
        _with_biases("net_forward", ("return", "({1: z, 2: z2}, {0: x, 1: h, 2: y_hat})")),
        "net_forward",
        given=NET,
        results=("z", "a"),
        order=("a[0]", "z[1]", "a[1]", "z[2]", "a[2]"),
        biases=True,
    ),
    "output_gradients": Task(
        "a1, y_hat, y",
        _part("dy dW2 db2", "(dW2, db2)"),
        "net_gradients",
        given=(("h", "a1"), ("n", "len(y)")),
        results=("dW2", "db2"),
        biases=True,
    ),
    "hidden_gradients": Task(
        "x, z1, W2, delta2",
        _part("h dh dz dW1 db1", "(dW1, db1)"),
        "net_gradients",
        given=(("z", "z1"), ("dy", "delta2"), ("n", "len(x)")),
        results=("dW1", "db1"),
        biases=True,
    ),
    "gradients": Task(
        "x, y, W, b",
        _with_biases("net_gradients", ("dW", "{1: dW1, 2: dW2}"), ("db", "{1: db1, 2: db2}"), ("return", "(dW, db)")),
        "net_gradients",
        given=NET,
        results=("dW", "db"),
        order=("dW[2]", "db[2]", "dW[1]", "db[1]"),
        biases=True,
    ),
    "forward_deep": _forward_deep(deep.PRINTED),
    "backward_step": Task(
        "delta_next, W_next, z, a_prev",
        (
            ("a", "sigmoid(z)"),
            ("da", "delta_next @ W_next.T"),
            ("dz", "da * a * (1 - a)"),
            ("dW", "a_prev.T @ dz"),
            ("db", "dz.sum(0)"),
            ("return", "(dz, dW, db)"),
        ),
        "deep_gradients",
        given=(("n", "len(z)"),),
        results=("delta", "dW", "db"),
        rename=deep.of_one_layer,
    ),
    "backward_deep": _backward_deep(deep.PRINTED),
}
