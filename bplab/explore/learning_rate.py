"""The learning rate: the path of gradient descent on a loss surface, and the cost step by step."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from textwrap import wrap

import numpy as np
from numpy.typing import ArrayLike

from bplab.explore.base import Explorer, Numbers
from bplab.explore.controls import Changes, Slider, State
from bplab.explore.player import Play
from bplab.explore.surface import Path, Surface, descend, given_surface, trail
from bplab.network import Network
from bplab.pictures import theme
from bplab.pictures.axes import Axes
from bplab.pictures.svg import Part, counted, number, picture, text
from bplab.pictures.symbols import symbol

STEPS, LAST, ENOUGH = 20, 60, 4  # steps at the start, at most, and before a path can be judged
PRESETS = {  # what is seen, and the learning rate times the curvature that shows it on a line
    "crawls": ("It crawls", 0.03),
    "just right": ("Just right", 1.0),
    "zigzags": ("It zigzags", 1.85),
    "diverges": ("It diverges", 2.1),
}
NEAR = [10 ** (n / 10) for n in sorted(range(-20, 21), key=abs)]  # other shares to try, the nearest first


def learning_rate(
    net: Network | None = None,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    names: Sequence[str] = ("w1_11", "b1_1"),
) -> Explorer:
    """Explore the learning rate: the path of gradient descent in two parameters, and how the cost goes.

    Parameters
    ----------
    net : Network, optional
        Up to 4-5-5-3; its parameters are the start. Without it the line ŷ = a x + b. Your own is not changed.
    x, y : arrays of shape (n, n_in) and (n, n_out), optional
        The data; without them, for the line, `bplab.data.line_points`.
    names : two names, optional
        The parameters that are updated; all others stay as they are.

    Raises
    ------
    KeyError, TypeError, ValueError
        If `net`, the data or the names do not fit.
    """
    surface = given_surface(net, x, y, names, start=(-1.4, 1.6))
    axes = surface.axes(62, 40, 352)
    contours, slider = surface.contours(axes), surface.rate_slider(PRESETS["just right"][1])
    return Explorer(
        "learning_rate",
        [
            slider,
            Slider("steps", STEPS, 0, LAST, "steps", step=1),
            *surface.sliders(),
        ],
        numbers=lambda state: numbers(state, surface),
        picture=lambda values: draw(values, surface, axes, contours),
        alt=lambda values: describe(values, surface),
        shown=lambda state: ["lr", "steps"],
        buttons=_presets(surface, slider),
        plays=Play("steps", 0.4),
        watched=("the cost after the last step", "cost"),
    )


def _presets(surface: Surface, slider: Slider) -> dict[str, Changes]:
    """A button for each kind of path that there is from the start; not every surface has all."""

    def preset(lr: float) -> Changes:
        return lambda state: {"lr": lr, "steps": STEPS, **dict(zip(surface.names, surface.start))}

    def does(lr: float, said: str) -> bool:
        return verdict(descend(surface, *surface.start, lr, STEPS), surface).startswith(said)

    buttons = {}
    for words, (said, share) in PRESETS.items():
        shares = (share * other for other in NEAR)
        if (lr := surface.first_rate(slider, shares, partial(does, said=said))) is not None:
            buttons[words] = preset(lr)
    return buttons


def numbers(state: State, surface: Surface) -> Numbers:
    """The state, the path, the cost at its end and what can be said of it."""
    p, q = (float(state[name]) for name in surface.names)
    path = descend(surface, p, q, float(state["lr"]), int(state["steps"]))
    return {**state, "path": path, "cost": path.costs[-1], "verdict": verdict(path, surface)}


def verdict(path: Path, surface: Surface) -> str:
    """What the path does: diverges, zigzags, arrives, crawls, or is on its way; too few steps are on their way."""
    before, after, low, steps = path.costs[0], path.costs[-1], surface.low, len(path.costs) - 1
    if steps == 0:
        return "Not a step yet"
    if before - low <= 1e-9 * abs(before):
        return "It starts at the lowest point"
    if after > before:
        return "It diverges: the steps are too long, and the cost grows"
    if not surface.holds(path):
        return "It has left the picture, and goes down there"
    left = max(after - low, 0.0) / (before - low)
    arrives = "it arrives" if left < 0.02 else f"{left:.0%} of the way down is left"
    if _turns(path) > 0.5:
        return f"It zigzags, from one slope of the valley to the other; {arrives}"
    if left < 0.02:
        return "Just right: it arrives"
    return f"It crawls: {arrives}" if left > 0.1 and steps >= ENOUGH else f"On its way: {arrives}"


def _turns(path: Path) -> float:
    """The share of steps, of those that matter, that go back against the one before; of few steps none."""
    steps = np.diff([path.p, path.q])
    lengths = np.hypot(*steps)
    steps = steps[:, lengths > 1e-3 * lengths.max()]
    return float(np.mean((steps[:, 1:] * steps[:, :-1]).sum(axis=0) < 0)) if steps.shape[1] >= ENOUGH else 0.0


def describe(values: Numbers, surface: Surface) -> str:
    """The picture in words."""
    path = values["path"]
    start, end = (", ".join(map(number, (path.p[n], path.q[n]))) for n in (0, -1))
    return (
        f"Gradient descent over {' and '.join(surface.names)}, learning rate {number(values['lr'], 2)}, "
        f"{counted(len(path.p) - 1, 'step')} from ({start}) to ({end}): the cost goes from {number(path.costs[0])} to "
        f"{number(path.costs[-1])}. {values['verdict']}."
    )


def draw(values: Numbers, surface: Surface, axes: Axes, contours: str) -> str:
    """The path on the contours; beside it the update, the verdict and the cost over the steps."""
    parts = [contours, trail(axes, values["path"], theme.MINUS), *_account(values), _costs(values["path"])]
    return picture(780, 446, "Gradient descent and its learning rate", describe(values, surface), parts)


def _account(values: Numbers) -> list[str]:
    path, C, w = values["path"], symbol("C"), symbol("w")
    rows: list[list[Part]] = [
        [w, " ← ", w, f" − {number(values['lr'], 2)} · ∂", C, "/∂", w],
        [f"{counted(len(path.p) - 1, 'step')}: ", C, f" from {number(path.costs[0])} to {number(path.costs[-1])}"],
    ]
    rows += [[line] for line in wrap(values["verdict"] + ".", 40)]
    return [text(446, 56 + 27 * k, *row, size=15, anchor="start") for k, row in enumerate(rows)]


def _costs(path: Path) -> str:
    """The cost over the steps, up to a little above the start: a path that diverges leaves through the top."""
    plot = Axes(496, 236, 256, 156, (0, LAST), (0, 1.15 * max(path.costs[0], 1e-9)))
    steps = [float(step) for step in range(len(path.costs))]
    line = plot.curve(steps, path.costs, theme.MINUS, 2) + plot.dots(steps, path.costs, theme.MINUS, 2.6)
    return plot.frame(["step"], ["cost ", symbol("C")]) + line
