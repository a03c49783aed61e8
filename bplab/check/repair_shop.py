"""What a broken backward pass looks like from outside: its training curve and its gradient check, before its code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from bplab import gradcheck
from bplab.arrays import Array
from bplab.data import noisy_points
from bplab.network import Network
from bplab.pictures import theme
from bplab.pictures.axes import Axes
from bplab.pictures.svg import counted, number, picture, text
from bplab.questions.answers import compare, kind
from bplab.questions.catalogue import mistakes, reference
from bplab.questions.ex09_repair_shop import FAULTS

STEPS, SAMPLES, TOO_MUCH = 100, 32, 1000
Pass = Callable[..., Any]


class Bench(NamedTuple):
    """A network with data and a learning rate, at which a right backward pass trains well."""

    net: Network
    x: Array
    y: Array
    lr: float


def bench(program: str, samples: int) -> Bench:
    """The network on which a function is tried: square in the deep one, so that shapes give nothing away."""
    if program == "gradients":
        (x, y), net = noisy_points(), Network([2, 4, 1], ["sigmoid", "linear"], rng=1)
        net.theta *= 3
        return Bench(net, x[:samples], y[:samples] + 1, 0.3)
    x, net = np.random.default_rng(2).normal(size=(SAMPLES, 3)), Network([3, 3, 3, 3], "sigmoid", rng=4)
    y = Network([3, 3, 3], "sigmoid", rng=5).forward(3 * x).y_hat
    net.theta *= 2
    return Bench(net, x[:samples], y[:samples], 8.0)


class Symptoms(NamedTuple):
    """A training curve, that of a right backward pass, and a gradient check with n samples: a picture, and in words."""

    name: str
    curve: list[float]
    healthy: list[float]
    check: gradcheck.Comparison
    n: int

    def __repr__(self) -> str:
        return f"{self._said()}\nGradient check with {counted(self.n, 'sample')}:\n{self.check!r}"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        return {"text/plain": repr(self), "image/svg+xml": draw(self)}

    def _said(self) -> str:
        steps = len(self.curve) - 1
        ends = f"it is {number(self.curve[-1])}" if steps == STEPS else f"it is over {TOO_MUCH} times as large"
        return (
            f"{self.name}: the cost starts at {number(self.curve[0])}; after {steps} steps {ends}. "
            f"With a right backward pass it is {number(self.healthy[-1])} after {STEPS}."
        )


def symptoms(name: str, function: Pass | None = None, samples: int = SAMPLES) -> Symptoms:
    """See `bplab.check.symptoms`."""
    if name not in FAULTS:
        raise ValueError(f"name is {name!r}, expected one of {', '.join(FAULTS)}")
    if samples not in range(1, SAMPLES + 1):
        raise ValueError(f"samples is {samples!r}, expected a whole number from 1 to {SAMPLES}")
    program, fault, _ = FAULTS[name]
    at = bench(program, samples)
    if function is None:
        tried = next(mistake.wrong for mistake in mistakes(program) if mistake.id == fault)
    else:
        refuse_misfits(name, function, at)
        tried = function
    return Symptoms(name, train(at, tried), train(at, reference(program)), check(at, tried), samples)


def refuse_misfits(name: str, function: Pass, at: Bench) -> None:
    """Raise ValueError if what a student's function gives is no gradient of this network."""
    if not callable(function):
        raise ValueError(f"function is {kind(function)}, expected your function: check.symptoms({name!r}, {name})")
    given = at.x, at.y, dict(at.net.W), dict(at.net.b)
    for piece in compare(function(*given), (given[2], given[3]), names=("dW", "db")):
        if piece.problem:
            raise ValueError(f"{name}: {piece.label or 'the result'} {piece.problem}")


def train(at: Bench, backward: Pass) -> list[float]:
    """The cost before the first step and after each of 100; it ends early where the cost runs away."""
    net = Network(at.net.sizes, at.net.activations)
    net.theta = at.net.theta
    costs = [net.cost(at.x, at.y)]
    with np.errstate(all="ignore"):
        while len(costs) <= STEPS and costs[-1] <= TOO_MUCH * costs[0]:
            W, b = backward(at.x, at.y, dict(net.W), dict(net.b))
            for k in net.W:
                net.W[k] -= at.lr * W[k]
                net.b[k] -= at.lr * b[k]
            costs.append(net.cost(at.x, at.y))
    return costs


def check(at: Bench, backward: Pass) -> gradcheck.Comparison:
    """The gradients of a backward pass beside the numerical ones."""
    grads = at.net.backward(at.net.forward(at.x), at.y)
    dW, db = backward(at.x, at.y, dict(at.net.W), dict(at.net.b))
    for k in dW:
        grads.W[k][:], grads.b[k][:] = dW[k], db[k]
    return gradcheck.compare(grads, gradcheck.numerical_gradient(at.net, at.x, at.y))


def draw(seen: Symptoms) -> str:
    """The curve beside that of a right backward pass, which is dashed; on the right the gradient check."""
    axes = Axes(60, 64, 380, 250, (0, STEPS), (0, 1.6 * max(seen.healthy)))
    steps = [float(step) for step in range(STEPS + 1)]
    parts = [
        text(24, 28, f"{seen.name}: cost while it trains, and gradient check", size=16, anchor="start"),
        axes.frame(["step"], ["cost C"]),
        axes.curve(steps, seen.healthy, theme.MUTED, 2, "7 5"),
        axes.curve(steps, seen.curve, theme.MINUS, 3),
        text(434, 84, "dashed: a right one", size=13, anchor="end", fill=theme.MUTED),
        text(490, 80, f"with {counted(seen.n, 'sample')}", size=14, anchor="start", fill=theme.MUTED),
    ]
    for number_, line in enumerate(repr(seen.check).splitlines()):
        name, _, rest = line.partition("  ")
        y = 110 + 26 * number_
        tone = theme.MINUS if "✗" in rest else theme.INK
        parts += [text(490, y, name, anchor="start"), text(540, y, rest.strip(), anchor="start", fill=tone)]
    return picture(760, 372, f"Symptoms of {seen.name}", repr(seen), parts)
