"""The loss surface: contours of the cost over two parameters, the point, its gradient, and the way down."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from bplab.explore.base import Explorer, Numbers
from bplab.explore.controls import Slider, State
from bplab.explore.player import Play
from bplab.explore.surface import Path, Surface, descend, given_surface, trail
from bplab.network import Network
from bplab.pictures import theme
from bplab.pictures.axes import Axes, arrow, cross
from bplab.pictures.svg import Part, counted, number, picture, text
from bplab.pictures.symbols import symbol

STEP, LAST = 0.1, 60  # the learning rate of the steps downhill, smaller where it would be too large; and how many
MOST, FIT = 60, 33  # points in the plot of the data, and of the curve through them
DASH = "7 4"
OUTSIDE = "The point is outside the picture."


def loss_surface(
    net: Network | None = None,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    names: Sequence[str] = ("w1_11", "b1_1"),
) -> Explorer:
    """Explore the cost as a function of two parameters: move the point, watch the cost and the gradient.

    Parameters
    ----------
    net : Network, optional
        Up to 4-5-5-3; without it the line ŷ = a x + b, where a is w1_11 and b is b1_1. Your own is not changed.
    x, y : arrays of shape (n, n_in) and (n, n_out), optional
        The data; without them, for the line, `bplab.data.line_points`.
    names : two names, optional
        The parameters to vary; all others stay as they are.

    Raises
    ------
    KeyError, TypeError, ValueError
        If `net`, the data or the names do not fit.
    """
    surface = given_surface(net, x, y, names, start=(-0.6, -0.5))
    axes, lr = surface.axes(62, 40, 352), min(STEP, surface.rate(1.0))
    contours, plot = surface.contours(axes), _plot(surface)
    p, q = surface.names
    return Explorer(
        "loss_surface",
        [*surface.sliders(), Slider("steps", 0, 0, LAST, "steps", step=1)],
        numbers=lambda state: numbers(state, surface, lr, plot),
        picture=lambda values: draw(values, surface, axes, contours, plot),
        alt=lambda values: describe(values, surface),
        buttons={"the lowest point": lambda state: {p: surface.lowest[0], q: surface.lowest[1], "steps": 0}},
        plays=Play("steps", 0.4, forward="one step downhill"),
        watched=("the cost", "cost"),
    )


def numbers(state: State, surface: Surface, lr: float, plot: Axes | None) -> Numbers:
    """The state; the path downhill; at its end the cost, its two slopes, the gradient's length, the curve's heights."""
    p, q = surface.names
    path = descend(surface, float(state[p]), float(state[q]), lr, int(state["steps"]))
    cost, along_p, along_q = surface.slopes(path.p[-1], path.q[-1])
    slopes = {f"dC/d{p}": along_p, f"dC/d{q}": along_q, "length": math.hypot(along_p, along_q)}
    fit = [] if plot is None else surface.net.forward(np.linspace(*plot.x, FIT)[:, None]).y_hat[:, 0].tolist()
    return {**state, "path": path, "cost": cost, **slopes, "fit": fit}


def describe(values: Numbers, surface: Surface) -> str:
    """The picture in words."""
    path, ways = values["path"], [_way(name, values[f"dC/d{name}"]) for name in surface.names]
    place = ", ".join([f"{name} = {number(at[-1])}" for name, at in zip(surface.names, (path.p, path.q))])
    steps = f", after {_steps(path)} downhill from cost {number(path.costs[0])}," if len(path.p) > 1 else ""
    low = ", ".join(map(number, surface.lowest))
    outside = "" if surface.holds(path) else f" {OUTSIDE}"
    return (
        f"Cost over {' and '.join(surface.names)}. "
        f"At {place}{steps} it is {number(values['cost'])}; {'; '.join(ways)}.{outside} "
        f"The lowest cost in the picture is {number(surface.low)}, at ({low})."
    )


def _steps(path: Path) -> str:
    return counted(len(path.p) - 1, "step")


def _way(name: str, slope: float) -> str:
    if abs(slope) < 5e-4:
        return f"level if {name} moves a little"
    return f"{'falls' if slope < 0 else 'rises'} if {name} grows: slope {number(slope)}"


def draw(values: Numbers, surface: Surface, axes: Axes, contours: str, plot: Axes | None) -> str:
    """The contours on the left, on them the point and its two arrows; beside them the numbers and what they mean."""
    parts = [contours, trail(axes, values["path"], theme.MINUS), _arrows(values, surface, axes)]
    parts += _account(values, surface)
    if plot is not None:
        parts.append(_fit(values, surface, plot))
    return picture(780, 446, "The cost over two parameters", describe(values, surface), parts)


def _arrows(values: Numbers, surface: Surface, axes: Axes) -> str:
    """∇C uphill and, dashed, −∇C downhill, of equal length; longer where it is steeper, with a limit."""
    p, q = values["path"].p[-1], values["path"].q[-1]
    length = values["length"]
    share = 0.55 * surface.reach * math.tanh(math.sqrt(length) / 4) / length if length > 1e-9 else 0.0
    dp, dq = (share * values[f"dC/d{name}"] for name in surface.names)
    up = axes.arrow((p, q), (p + dp, q + dq), theme.MINUS)
    down = axes.arrow((p, q), (p - dp, q - dq), theme.INK, dash=DASH)
    return (up + down if share else "") + axes.point(p, q, theme.MINUS, 7)


def _account(values: Numbers, surface: Surface) -> list[str]:
    """The cost, its two slopes, and what the arrows and the cross are."""
    C = symbol("C")
    path = values["path"]
    after = f" after {_steps(path)}" if len(path.p) > 1 else ""
    rows: list[list[Part]] = [["cost ", C, f" = {number(values['cost'])}{after}"]]
    for name in surface.names:
        rows.append(["∂", C, "/∂", symbol(name), f" = {number(values[f'dC/d{name}'])}"])
    lowest: list[Part] = ["lowest here: ", C, f" = {number(surface.low)}"]
    outside = "" if surface.holds(path) else text(456, 26, OUTSIDE, size=16, anchor="start")
    return [
        outside,
        *[text(456, 56 + 27 * k, *row, size=16, anchor="start") for k, row in enumerate(rows)],
        arrow((456, 139), (496, 139), theme.MINUS) + text(508, 144, "∇", C, ": uphill", anchor="start"),
        arrow((456, 163), (496, 163), theme.INK, DASH) + text(508, 168, "−∇", C, ": downhill", anchor="start"),
        cross(476, 187) + text(508, 192, *lowest, anchor="start"),
    ]


def _plot(surface: Surface) -> Axes | None:
    """Axes for the data of a network with one input and one output; None for any other, or for many points."""
    if surface.net.sizes[0] > 1 or surface.net.sizes[-1] > 1 or len(surface.x) > MOST:
        return None
    (left, right), (low, high) = ((float(v.min()), float(v.max())) for v in (surface.x, surface.y))
    wide, tall = right - left or 1.0, high - low or 1.0
    return Axes(
        490, 240, 262, 152, (left - 0.08 * wide, right + 0.08 * wide), (low - 0.25 * tall, high + 0.25 * tall)
    )  # fmt: skip


def _fit(values: Numbers, surface: Surface, plot: Axes) -> str:
    """What the point stands for: the network's own curve through the data."""
    curve = plot.curve(np.linspace(*plot.x, FIT).tolist(), values["fit"], theme.MINUS)
    points = [plot.point(x, y, theme.INK, 4) for x, y in zip(surface.x[:, 0].tolist(), surface.y[:, 0].tolist())]
    return plot.frame([symbol("x")], [symbol("y"), " and ", symbol("y_hat")]) + curve + "".join(points)
