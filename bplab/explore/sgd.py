"""Gradient descent and SGD side by side: the same start, the same contours, the same budget of sample gradients."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from bplab.data import noisy_line
from bplab.explore.base import Explorer, Numbers
from bplab.explore.controls import Changes, Slider, State
from bplab.explore.player import Play
from bplab.explore.surface import Path, Surface, descend, follow, given_surface, trail
from bplab.network import Network
from bplab.pictures import theme
from bplab.pictures.axes import Axes
from bplab.pictures.svg import Part, counted, fitting, number, picture, text
from bplab.pictures.symbols import symbol

MOST, EPOCHS = 200, 10  # samples and epochs
PRESETS = {  # learning rate times curvature, batch size (None: all samples)
    "small batches": (0.3, 4),
    "one sample a step": (0.3, 1),
    "noisy": (0.8, 1),
    "all samples": (0.3, None),
}
DIVERGES, BATCH = (2.2, 4.4, 8.8, 17.6), 4  # learning rates times curvature, the first that does it; its batch size


def sgd(
    net: Network | None = None,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    names: Sequence[str] = ("w1_11", "b1_1"),
) -> Explorer:
    """Explore mini-batches: gradient descent and SGD in two parameters, after equally many sample gradients.

    Parameters
    ----------
    net : Network, optional
        Up to 4-5-5-3; its parameters are the start. Without it the line ŷ = a x + b. Your own is not changed.
    x, y : arrays of shape (n, n_in) and (n, n_out), optional
        The data, up to 200 samples; without them, for the line, `bplab.data.noisy_line`.
    names : two names, optional
        The parameters that are updated; all others stay as they are.

    Raises
    ------
    KeyError, TypeError, ValueError
        If `net`, the data or the names do not fit.
    """
    if net is None and x is None and y is None:
        x, y = noisy_line()
    surface = given_surface(net, x, y, names, start=(-1.4, 1.6))
    n = len(surface.x)
    if n > MOST:
        raise ValueError(f"x has {n} samples, the picture keeps up with at most {MOST}: give x[:{MOST}] and y[:{MOST}]")
    both = surface.axes(62, 62, 300), surface.axes(452, 62, 300)
    contours = "".join([surface.contours(axes, lines=7) for axes in both])
    share, batch = PRESETS["small batches"]
    slider = surface.rate_slider(share)
    return Explorer(
        "sgd",
        [
            slider,
            Slider("batch_size", min(batch or n, n), 1, n, "batch size", step=1),
            Slider("epochs", 5, 0, EPOCHS, "epochs", step=1),
            *surface.sliders(),
            Slider("order", 0, 0, 99, "shuffle no.", step=1),
        ],
        numbers=lambda state: numbers(state, surface),
        picture=lambda values: draw(values, surface, both, contours),
        alt=lambda values: describe(values, surface),
        shown=lambda state: ["lr", "batch_size", "epochs"],
        buttons=_presets(surface, slider),
        plays=Play("epochs", 0.6),
        watched=("the cost after SGD", "cost"),
    )


def _presets(surface: Surface, slider: Slider) -> dict[str, Changes]:
    n = len(surface.x)

    def preset(lr: float, batch: int) -> Changes:
        return lambda state: {"lr": lr, "batch_size": batch, "epochs": max(int(state["epochs"]), 5)}

    buttons = {words: preset(surface.rate(share), min(batch or n, n)) for words, (share, batch) in PRESETS.items()}
    if (lr := surface.first_rate(slider, DIVERGES, partial(_diverges, surface))) is not None:
        buttons["diverges"] = preset(lr, min(BATCH, n))
    return {**buttons, "shuffle again": lambda state: {"order": (int(state["order"]) + 1) % 100}}


def _diverges(surface: Surface, lr: float) -> bool:
    """Whether the cost has grown after as many epochs of SGD as a preset has."""
    path = stochastic(surface, *surface.start, lr, BATCH, 5, 0)
    return path.costs[-1] > surface.slopes(*surface.start)[0]


def numbers(state: State, surface: Surface) -> Numbers:
    """The state, both paths and the cost over all samples at the end of each."""
    p, q = (float(state[name]) for name in surface.names)
    lr, epochs = float(state["lr"]), int(state["epochs"])
    full = descend(surface, p, q, lr, epochs)
    path = stochastic(surface, p, q, lr, int(state["batch_size"]), epochs, int(state["order"]))
    start, end = full.costs[0], path.costs[-1]
    return {**state, "gd": full, "sgd": path, "start": start, "gd_cost": full.costs[-1], "cost": end}


def stochastic(surface: Surface, p: float, q: float, lr: float, batch_size: int, epochs: int, order: int) -> Path:
    """SGD from (p, q), as `bplab.sgd` with rng=order."""
    rng, n = np.random.default_rng(order), len(surface.x)
    shuffled = (rng.permutation(n) for _ in range(epochs))
    batches = (rows[first : first + batch_size] for rows in shuffled for first in range(0, n, batch_size))
    return follow(surface, p, q, lr, batches)


def _steps(path: Path, what: str) -> str:
    return f"{counted(len(path.p) - 1, 'step')} of {what}"


def _verdict(values: Numbers, surface: Surface) -> str:
    """Which of the two is lower, or that one diverges."""
    if values["epochs"] == 0:
        return "Not a step yet"
    grown = [
        words for words, end in (("gradient descent", "gd_cost"), ("SGD", "cost")) if values[end] > values["start"]
    ]
    if grown:
        said = f"{' and '.join(grown)} diverge{'' if len(grown) > 1 else 's'}: the cost grows"
        return said[0].upper() + said[1:]
    gd, sgd = values["gd_cost"], values["cost"]
    more = "; SGD hovers" if _hovers(values["sgd"], values["epochs"]) else ""
    out = [words for words, path in (("gradient descent", "gd"), ("SGD", "sgd")) if not surface.holds(values[path])]
    if out:
        more += f"; {' and '.join(out)} {'have' if len(out) > 1 else 'has'} left the picture"
    if abs(gd - sgd) < 0.01 * values["start"]:
        return f"Both are about equally far down{more}"
    return f"{'SGD' if sgd < gd else 'Gradient descent'} is further down{more}"


def _hovers(path: Path, epochs: int) -> bool:
    """Whether the last epoch's steps, at least four, go to and fro: together less than a third of their length."""
    steps = np.diff([path.p, path.q])[:, -((len(path.p) - 1) // epochs) :]
    return steps.shape[1] >= 4 and bool(np.hypot(*steps.sum(axis=1)) < np.hypot(*steps).sum() / 3)


def describe(values: Numbers, surface: Surface) -> str:
    """The picture in words."""
    n = len(surface.x)
    spent = counted(values["epochs"] * n, "sample gradient")
    return (
        f"Budget {counted(values['epochs'], 'epoch')}, {spent}, learning rate "
        f"{number(values['lr'], 2)}. Gradient descent takes {_steps(values['gd'], counted(n, 'sample'))}: cost from "
        f"{number(values['start'])} to {number(values['gd_cost'])}. SGD takes "
        f"{_steps(values['sgd'], str(values['batch_size']))}: to {number(values['cost'])}. {_verdict(values, surface)}."
    )


def draw(values: Numbers, surface: Surface, both: tuple[Axes, Axes], contours: str) -> str:
    """Gradient descent on the left, SGD on the right, below them what each has reached."""
    n, left, right = len(surface.x), *both
    size = int(values["batch_size"])
    trails = trail(left, values["gd"], theme.MINUS) + trail(right, values["sgd"], theme.SLOPE)
    spent = counted(values["epochs"] * n, "sample gradient")
    budget = f"{spent} each, rate {number(values['lr'], 2)}. {_verdict(values, surface)}."
    parts = [
        contours,
        trails,
        text(24, 24, budget, size=fitting(budget, 730, 16), anchor="start"),
        *_result(left, f"Gradient descent: {_steps(values['gd'], f'all {n}')}", values["start"], values["gd_cost"]),
        *_result(right, f"SGD: {_steps(values['sgd'], str(size))}", values["start"], values["cost"]),
    ]
    return picture(780, 464, "Gradient descent and SGD with the same budget", describe(values, surface), parts)


def _result(axes: Axes, words: str, start: float, end: float) -> list[str]:
    bottom = axes.top + axes.height
    rows: list[list[Part]] = [[words], ["cost ", symbol("C"), f" from {number(start)} to {number(end)}"]]
    return [text(axes.left, bottom + 60 + 22 * k, *row, size=15, anchor="start") for k, row in enumerate(rows)]
