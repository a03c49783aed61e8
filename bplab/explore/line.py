"""The line ŷ = a x + b through data: residuals, and the cost as the mean of their squares."""

from __future__ import annotations

import math
from textwrap import wrap

import numpy as np
from numpy.typing import ArrayLike

from bplab.arrays import Array
from bplab.data import line_points
from bplab.explore.base import Explorer, Numbers
from bplab.explore.controls import Slider, State
from bplab.explore.given import moderate, reach
from bplab.network import Network
from bplab.pictures import theme
from bplab.pictures.axes import Axes
from bplab.pictures.svg import Part, counted, element, fitting, number, picture, text
from bplab.pictures.symbols import symbol
from bplab.zoo import line as line_network

MOST = 60


def line(x: ArrayLike | None = None, y: ArrayLike | None = None) -> Explorer:
    """Explore a line through data: drag slope and height, watch the residuals and the cost.

    Parameters
    ----------
    x, y : arrays of shape (n, 1), optional
        The data, up to 60 points; without them `bplab.data.line_points`.

    Raises
    ------
    TypeError, ValueError
        If only one is given, they do not fit together, or a value is far too large.
    """
    if (x is None) != (y is None):
        missing = "x" if x is None else "y"
        raise ValueError(f"{missing} is missing: give x and y together, each of shape (n, 1)")
    net = line_network(0.2, 0.6)
    given = line_points() if x is None or y is None else (x, y)
    trace = net.forward(given[0])
    trace.cost(given[1])
    data = trace.a[0], np.asarray(given[1], dtype=np.float64)
    moderate("x", data[0])
    moderate("y", data[1])
    if len(data[0]) > MOST:
        raise ValueError(
            f"x has {len(data[0])} samples, the picture shows at most {MOST}: give x[:{MOST}] and y[:{MOST}]"
        )
    a, b = best(*data)
    mean, axes = float(data[1].mean()), _axes(*data)
    return Explorer(
        "line",
        _sliders(*data, slopes=[a], heights=[b, mean]),
        numbers=lambda state: numbers(state, net, *data),
        picture=lambda values: draw(values, axes, *data),
        alt=describe,
        buttons={
            "flat": lambda state: {"a": 0.0, "b": mean},
            "best line": lambda state: {"a": a, "b": b},
        },
        watched=("the cost", "cost"),
    )


def _sliders(x: Array, y: Array, slopes: list[float], heights: list[float]) -> list[Slider]:
    """Slope and height: 0.2 and 0.6 in the data's own powers of ten, so that the line crosses the plot at the start."""
    high, up = _power(y), math.copysign(1, y.flat[np.abs(y).argmax()])
    steep = high - _power(x)
    return [
        Slider(name, up * float(f"{start}e{power}"), *reach(*held, least=float(f"{least}e{power}")), words,
               step=float(f"0.05e{power}"))
        for name, start, power, held, least, words in (
            ("a", 0.2, steep, slopes, 2, "slope a"),
            ("b", 0.6, high, heights, 3, "height b"),
        )
    ]  # fmt: skip


def _power(values: Array) -> int:
    """The power of ten of the largest value."""
    size = float(np.abs(values).max())
    return math.floor(math.log10(size)) if size > 0 else 0


def best(x: Array, y: Array) -> tuple[float, float]:
    """Slope and height of the line with the smallest cost; flat where all x are the same."""
    spread = float(np.sum((x - x.mean()) ** 2))
    a = float(np.sum((x - x.mean()) * (y - y.mean()))) / spread if spread > 0 else 0.0
    return a, float(y.mean() - a * x.mean())


def numbers(state: State, net: Network, x: Array, y: Array) -> Numbers:
    """ŷ and the residual ŷ − y of every point, the cost and its two slopes."""
    net["w1_11"], net["b1_1"] = float(state["a"]), float(state["b"])
    trace = net.forward(x)
    grads = net.backward(trace, y)
    residuals = (trace.y_hat - y)[:, 0].tolist()
    slopes = {"dC/da": grads["w1_11"], "dC/db": grads["b1_1"]}
    wide, high = (float(np.abs(values).max()) for values in (x, y))
    sizes = {"a": high / wide if wide else 1.0, "b": high, "cost": high**2, "dC/da": wide * high, "dC/db": high}
    values = {"y_hat": trace.y_hat[:, 0].tolist(), "residuals": residuals, "cost": trace.cost(y), "sizes": sizes}
    return {**state, **values, **slopes}


def shown(values: Numbers, name: str) -> str:
    """The number of this name; 0 where it is nothing but rounding, for data of this size."""
    return number(values[name], least=1e-12 * values["sizes"][name])


def level(values: Numbers, name: str) -> bool:
    """Whether the cost hardly moves with slope or height, for data of this size."""
    return bool(abs(values[f"dC/d{name}"]) <= 2e-4 * values["sizes"][f"dC/d{name}"])


def equation(values: Numbers) -> tuple[str, str]:
    """The line's slope, and its height with the sign before it."""
    b = shown(values, "b")
    return shown(values, "a"), f"− {b[1:]}" if b.startswith("−") else f"+ {b}"


def describe(values: Numbers) -> str:
    """The picture in words."""
    ways = [_way(name, values) for name in ("a", "b")]
    a, b = equation(values)
    points = counted(len(values["residuals"]), "point")
    return f"Line ŷ = {a} x {b} through {points}: cost {shown(values, 'cost')}; {'; '.join(ways)}."


def _way(name: str, values: Numbers) -> str:
    if level(values, name):
        return f"level if {name} moves a little"
    way = "falls" if values[f"dC/d{name}"] < 0 else "rises"
    return f"{way} if {name} grows: slope {shown(values, f'dC/d{name}')}"


def _axes(x: Array, y: Array) -> Axes:
    """Axes with room around the data and 0 in view, so that the height b can be seen."""
    xs, ys = [0.0, float(x.min()), float(x.max())], [0.0, float(y.min()), float(y.max())]
    wide, high = (max(xs) - min(xs)) or 1.0, (max(ys) - min(ys)) or 1.0
    return Axes(
        56, 42, 440, 290,
        (min(xs) - 0.02 * wide, max(xs) + 0.08 * wide),
        (min(ys) - 0.15 * high, max(ys) + 0.25 * high),
    )  # fmt: skip


def draw(values: Numbers, axes: Axes, x: Array, y: Array) -> str:
    """The plot on the left, the cost as a sum of squares on the right."""
    xs, ys = x[:, 0].tolist(), y[:, 0].tolist()
    a, b = values["a"], values["b"]
    parts = [axes.frame([symbol("x")], [symbol("y")])]
    for point, below, above in zip(xs, ys, values["y_hat"]):
        parts.append(axes.curve([point, point], [below, above], theme.MINUS, 2.5, "5 3"))
    parts.append(axes.curve(list(axes.x), [a * axes.x[0] + b, a * axes.x[1] + b], theme.PLUS, 3))
    parts += [axes.point(point, below, theme.INK, 5.5) for point, below in zip(xs, ys)]
    return picture(780, 388, "A line through data and its cost", describe(values), [*parts, _account(values)])


def _account(values: Numbers) -> str:
    """The formulas with today's numbers, beside the plot."""
    a, b = equation(values)
    squares: list[list[Part]] = [[line] for line in _squares(values)]
    rows: list[list[Part]] = [
        [symbol("y_hat"), f" = {a} ", symbol("x"), f" {b}"],
        [],
        ["cost ", symbol("C"), " = mean of (", symbol("y_hat"), " − ", symbol("y"), ")²"],
        *squares,
        [f"= {shown(values, 'cost')}"],
        [],
    ]
    for name in ("a", "b"):
        rows.append(["∂", symbol("C"), "/∂", symbol(name), f" = {shown(values, f'dC/d{name}')}"])
    lines = [
        text(522, 70 + 26 * k, *row, anchor="start", size=fitting(row, 250, 15)) for k, row in enumerate(rows) if row
    ]
    key = element("line", x1=522, y1=326, x2=552, y2=326, stroke=theme.MINUS, stroke_width=2.5, stroke_dasharray="5 3")
    return "".join(lines) + key + text(560, 331, "residual ", symbol("y_hat"), " − ", symbol("y"), anchor="start")


def _squares(values: Numbers) -> list[str]:
    """The mean of the squares in at most three lines; a few of the squares, where there are more than fit."""
    n, least = len(values["residuals"]), 1e-12 * values["sizes"]["cost"]
    squares = [number(r * r, least=least) for r in values["residuals"][:6]]
    while True:
        shown = squares + ["…"] * (len(squares) < n)
        lines = wrap(f"= ({' + '.join(shown)}) / {n}", 26)
        if len(lines) <= 3:
            return lines
        squares.pop()
