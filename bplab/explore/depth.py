"""Depth: the size of the gradient in each of up to 20 layers; it vanishes, explodes or keeps its size."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from bplab.arrays import Array, same_samples, samples, whole
from bplab.explore.base import Explorer, Numbers
from bplab.explore.controls import Changes, Choice, Slider, State
from bplab.network import Network
from bplab.pictures import theme
from bplab.pictures.svg import element, number, picture, text

MOST, WIDEST = 20, 64  # layers, units in one
LEFT, RIGHT, TOP, BOTTOM = 84, 676, 82, 462
ACTIVATIONS = ("sigmoid", "tanh", "relu", "linear")
SHOWN = {"delta": "δ, what goes back", "dW": "∂C/∂W, what moves the weights"}
PRESETS = {"small weights": 0.3, "1/√n": 1.0, "large weights": 3.0}


def depth(width: int = 8, x: ArrayLike | None = None, y: ArrayLike | None = None) -> Explorer:
    """Explore deep networks: how large the gradient is in each layer, for each activation and size of weights.

    Parameters
    ----------
    width : int, optional
        Units in each layer, up to 64.
    x, y : arrays of shape (n, n_in) and (n, n_out), optional
        The data; without them 16 samples drawn at random.

    Raises
    ------
    TypeError, ValueError
        If `width` is no whole number from 1 to 64, or x and y do not fit together.
    """
    if whole("width", width, least=1) > WIDEST:
        raise ValueError(f"width is {width}, expected at most {WIDEST}")
    data = _data(width, x, y)
    return Explorer(
        "depth",
        [
            Choice("activation", "sigmoid", ACTIVATIONS, ACTIVATIONS, "activation"),
            Slider("layers", 8, 1, MOST, "layers", step=1),
            Slider("scale", 1.0, 0.1, 10.0, "weights·√n", step=0.01, log=True),
            Choice("shown", "delta", tuple(SHOWN), tuple(SHOWN.values()), "shown"),
            Slider("draw", 0, 0, 99, "draw no.", step=1),
        ],
        numbers=lambda state: numbers(state, width, *data),
        picture=draw,
        alt=describe,
        shown=lambda state: ["activation", "layers", "scale"],
        buttons=_presets(),
        watched=("the gradient in layer 1", "first"),
    )


def _presets() -> dict[str, Changes]:
    def preset(scale: float) -> Changes:
        return lambda state: {"scale": scale}

    buttons = {words: preset(scale) for words, scale in PRESETS.items()}
    return {**buttons, "draw again": lambda state: {"draw": (int(state["draw"]) + 1) % 100}}


def _data(width: int, x: ArrayLike | None, y: ArrayLike | None) -> tuple[Array, Array]:
    if (x is None) != (y is None):
        raise ValueError(f"{'x' if x is None else 'y'} is missing: give x and y together")
    if x is None or y is None:
        rng = np.random.default_rng(1)
        return rng.normal(size=(16, width)), rng.uniform(0.1, 0.9, size=(16, width))
    n_in, n_out = (np.shape(value)[-1] if np.ndim(value) == 2 else 1 for value in (x, y))
    xs, ys = samples("x", x, n_in, per="input"), samples("y", y, n_out, per="output")
    same_samples(xs, ys)
    return xs, ys


def numbers(state: State, width: int, x: Array, y: Array) -> Numbers:
    """The state; for each layer the root mean square of δ^k or ∂C/∂W^k, and what becomes of it on the way back."""
    layers, f = int(state["layers"]), str(state["activation"])
    net = Network([x.shape[1], *[width] * (layers - 1), y.shape[1]], f, rng=int(state["draw"]))
    net.theta *= float(state["scale"])
    with np.errstate(over="ignore", invalid="ignore"):
        grads = net.backward(net.forward(x), y)
        arrays = grads.delta if state["shown"] == "delta" else grads.W
        sizes = [float(np.sqrt(np.mean(arrays[k] ** 2))) for k in range(1, layers + 1)]
    return {**state, "sizes": sizes, "first": sizes[0], "verdict": verdict(sizes)}


def verdict(sizes: Sequence[float]) -> str:
    """What becomes of the gradient on its way back to layer 1, in words."""
    first, last, L = sizes[0], sizes[-1], len(sizes)
    if not all(map(math.isfinite, sizes)):
        return "The gradient explodes: it is too large for a float"
    if L == 1:
        return "One layer: nothing to go back through"
    if first == 0 or last == 0:
        return "No gradient arrives in layer 1" if last else "Not even the last layer has a gradient"
    ratio = first / last
    a_layer = ratio ** (1 / (L - 1))
    factor = f"a factor of {number(a_layer, 2)} a layer"
    if ratio < 0.01:
        return f"The gradient vanishes: {factor}, in layer 1 it is 1/{_rounded(1 / ratio)} of layer {L}'s"
    if ratio > 100:
        return f"The gradient explodes: {factor}, in layer 1 it is {_rounded(ratio)} times layer {L}'s"
    way = "keeps about its size on the way back" if 0.8 < a_layer < 1.25 else "shrinks" if a_layer < 1 else "grows"
    return f"The gradient {way}: {factor}"


def _rounded(ratio: float) -> str:
    return number(float(f"{ratio:.1e}"), 2)


def describe(values: Numbers) -> str:
    """The picture in words."""
    sizes, L = values["sizes"], len(values["sizes"])
    layers = f"{L} layer{'' if L == 1 else 's'}"
    return (
        f"{layers} of {values['activation']}, weights {number(values['scale'])}/√n. The size of "
        f"{SHOWN[values['shown']]}, is {number(sizes[-1])} in the last layer and {number(sizes[0])} in the first. "
        f"{values['verdict']}."
    )


def draw(values: Numbers) -> str:
    """A bar for each layer on a logarithmic axis, layer 1 on top."""
    sizes = values["sizes"]
    low, high = _decades(sizes)
    weights = f"{values['activation']}, weights {number(values['scale'])}/√n"
    what = f"{weights}; size (root mean square) of {SHOWN[values['shown']]}"
    parts = [
        text(24, 32, values["verdict"] + ".", size=16, anchor="start"),
        text(24, 58, what, size=14, anchor="start", fill=theme.MUTED),
        *_axis(low, high),
        *_bars(sizes, low, high),
    ]
    return picture(780, BOTTOM + 34, "The size of the gradient in each layer", describe(values), parts)


def _decades(sizes: Sequence[float]) -> tuple[int, int]:
    """The powers of ten around the sizes, at least three apart; what is 0 or no number is left out."""
    shown = [math.log10(size) for size in sizes if 0 < size < math.inf] or [0.0]
    high = math.ceil(max(shown) + 0.05)
    return min(math.floor(min(shown) - 0.3), high - 3), high


def _at(exponent: float, low: int, high: int) -> float:
    return LEFT + (RIGHT - LEFT) * (exponent - low) / (high - low)


def _axis(low: int, high: int) -> list[str]:
    parts = []
    for exponent in range(low, high + 1, max(1, math.ceil((high - low) / 8))):
        x = _at(exponent, low, high)
        parts.append(element("path", d=f"M{x:.1f} {TOP}V{BOTTOM}", stroke=theme.FAINT))
        parts.append(text(x, BOTTOM + 18, f"1e{exponent}".replace("-", "−"), size=12, fill=theme.MUTED))
    return [*parts, element("path", d=f"M{LEFT} {TOP}V{BOTTOM}", stroke=theme.MUTED)]


def _bars(sizes: Sequence[float], low: int, high: int) -> list[str]:
    """Every layer's bar with its number; 0 has no bar, what is no number all of it."""
    row, parts = min(47.5, (BOTTOM - TOP) / len(sizes)), []
    for k, size in enumerate(sizes, start=1):
        y, finite = TOP + row * (k - 0.5), math.isfinite(size)
        end = RIGHT if not finite else _at(math.log10(size), low, high) if size else LEFT
        parts += [
            text(LEFT - 10, y + 4, f"layer {k}", size=12.5, anchor="end"),
            element("path", d=f"M{LEFT} {y:.1f}H{end:.1f}", stroke=theme.PLUS, stroke_width=0.64 * row),
            text(end + 7, y + 4, number(size) if finite else "too large", size=12.5, anchor="start"),
        ]
    return parts
