"""Depth: the size of the gradient in each of up to 20 layers; it vanishes, explodes or keeps its size."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bplab.arrays import Array, real_array, same_samples, samples, whole
from bplab.explore.base import Explorer, Numbers
from bplab.explore.controls import Changes, Choice, Control, Slider, State
from bplab.explore.given import given_network, moderate
from bplab.network import Network
from bplab.pictures import theme
from bplab.pictures.svg import counted, element, number, picture, text

MOST, WIDEST = 20, 64  # layers, units in one
MOST_WORK = 1_500_000  # samples times parameters, so that a step stays quick
LEFT, RIGHT, TOP, BOTTOM = 84, 676, 82, 462
ACTIVATIONS = ("sigmoid", "tanh", "relu", "linear")
SHOWN = {"delta": "δ, what goes back", "dW": "∂C/∂W, what moves the weights"}
WHICH = Choice("shown", "delta", tuple(SHOWN), tuple(SHOWN.values()), "shown")


def depth(net: Network | int = 8, x: ArrayLike | None = None, y: ArrayLike | None = None) -> Explorer:
    """Explore deep networks: how large the gradient is in each layer, for each activation and size of weights.

    Parameters
    ----------
    net : Network or int, optional
        Your own network, of up to 20 layers and 64 units in each; it is not changed. Or how many units each layer
        has in the networks that are drawn at random.
    x, y : arrays of shape (n, n_in) and (n, n_out), optional
        The data; without them 16 samples drawn at random.

    Raises
    ------
    TypeError, ValueError
        If `net` is neither or too large, or x and y do not fit it.
    """
    subject = _own(net, x, y) if isinstance(net, Network) else _drawn(net, x, y)
    return Explorer(
        "depth",
        subject.controls,
        numbers=lambda state: numbers(state, subject),
        picture=draw,
        alt=describe,
        shown=lambda state: [name for name in ("activation", "layers", "scale") if name in state],
        buttons=subject.buttons,
        watched=("the gradient in layer 1", "first"),
    )


class Subject(NamedTuple):
    """What is looked at: the network of a state and its words, what can be set, and the data."""

    controls: list[Control]
    buttons: dict[str, Changes]
    network: Callable[[State], Network]
    words: Callable[[State], str]
    x: Array
    y: Array


def _drawn(width: int, x: ArrayLike | None, y: ArrayLike | None) -> Subject:
    """Networks drawn at random, of 1 to 20 layers."""
    if not isinstance(width, int | np.integer):
        raise TypeError(f"net is {width!r}, expected a bplab.Network, or how many units each layer has, such as 8")
    if whole("net", width, least=1) > WIDEST:
        raise ValueError(f"net is {width}, expected at most {WIDEST} units in each layer")
    xs, ys = _data(x, y, _columns("x", x, width), _columns("y", y, width))

    @lru_cache(maxsize=1)  # drawing takes longer than the pass
    def network(layers: int, activation: str = "sigmoid", seed: int = 0) -> Network:
        return Network([xs.shape[1], *[width] * (layers - 1), ys.shape[1]], activation, rng=seed)

    _refuse_slow(network(MOST), xs)
    return Subject(
        [
            Choice("activation", "sigmoid", ACTIVATIONS, ACTIVATIONS, "activation"),
            Slider("layers", 8, 1, MOST, "layers", step=1),
            Slider("scale", 1.0, 0.1, 10.0, "weights·√n", step=0.01, log=True),
            WHICH,
            Slider("draw", 0, 0, 99, "draw no.", step=1),
        ],
        {
            **_presets({"small weights": 0.3, "1/√n": 1.0, "large weights": 3.0}),
            "draw again": lambda state: {"draw": (int(state["draw"]) + 1) % 100},
        },
        lambda state: network(int(state["layers"]), str(state["activation"]), int(state["draw"])),
        lambda state: f"{counted(int(state['layers']), 'layer')} of {state['activation']}, {_weights(state)}",
        xs,
        ys,
    )


def _weights(state: State) -> str:
    return f"weights {number(float(state['scale']))}/√n"


def _own(net: Network, x: ArrayLike | None, y: ArrayLike | None) -> Subject:
    """The user's network; its weights can be made smaller and larger."""
    if net.depth > MOST or max(net.sizes) > WIDEST:
        size = f"{counted(net.depth, 'layer')} and up to {max(net.sizes)} units in one"
        raise ValueError(f"net has {size}, expected at most {MOST} layers of {WIDEST} units: give a smaller one")
    xs, ys = _data(x, y, net.sizes[0], net.sizes[-1])
    _refuse_slow(net, xs)
    own = given_network(net, largest=(WIDEST,) * (MOST + 1))
    return Subject(
        [Slider("scale", 1.0, 0.1, 10.0, "weights ×", step=0.01, log=True), WHICH],
        _presets({"small weights": 0.3, "as given": 1.0, "large weights": 3.0}),
        lambda state: own,
        lambda state: f"{counted(own.depth, 'layer')} of your own, weights times {number(float(state['scale']))}",
        xs,
        ys,
    )


def _presets(scales: Mapping[str, float]) -> dict[str, Changes]:
    def preset(scale: float) -> Changes:
        return lambda state: {"scale": scale}

    return {words: preset(scale) for words, scale in scales.items()}


def _data(x: ArrayLike | None, y: ArrayLike | None, n_in: int, n_out: int) -> tuple[Array, Array]:
    """The user's samples, or 16 drawn at random, with so many inputs and outputs."""
    if (x is None) != (y is None):
        raise ValueError(f"{'x' if x is None else 'y'} is missing: give x and y together")
    if x is None or y is None:
        rng = np.random.default_rng(1)
        return rng.normal(size=(16, n_in)), rng.uniform(0.1, 0.9, size=(16, n_out))
    xs, ys = samples("x", x, n_in, per="input"), samples("y", y, n_out, per="output")
    same_samples(xs, ys)
    moderate("x", xs)
    moderate("y", ys)
    return xs, ys


def _columns(name: str, value: ArrayLike | None, otherwise: int) -> int:
    if value is None:
        return otherwise
    array = real_array(name, value)
    return array.shape[1] if array.ndim == 2 else 1


def _refuse_slow(net: Network, x: Array) -> None:
    most = MOST_WORK // len(net.theta)
    if len(x) > most:
        raise ValueError(f"x has {len(x)} samples, too many for the slider with a network of this size: at most {most}")


def numbers(state: State, subject: Subject) -> Numbers:
    """The state; for each layer the root mean square of δ^k or ∂C/∂W^k, and what becomes of it on the way back."""
    net = copy(subject.network(state))
    for k, W in net.W.items():
        net.W[k] = float(state["scale"]) * W
    with np.errstate(over="ignore", invalid="ignore"):
        grads = net.backward(net.forward(subject.x), subject.y)
        arrays = grads.delta if state["shown"] == "delta" else grads.W
        sizes = [float(np.sqrt(np.mean(arrays[k] ** 2))) for k in net.W]
    return {**state, "sizes": sizes, "first": sizes[0], "words": subject.words(state), "verdict": verdict(sizes)}


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


def _size(size: float) -> str:
    """A size in digits, however small: 0 is something else, a layer that gets nothing."""
    return number(size, least=0) if math.isfinite(size) else "too large"


def describe(values: Numbers) -> str:
    """The picture in words."""
    sizes = values["sizes"]
    return (
        f"{values['words']}. The size of {SHOWN[values['shown']]}, is {_size(sizes[-1])} in the last "
        f"layer and {_size(sizes[0])} in the first. {values['verdict']}."
    )


def draw(values: Numbers) -> str:
    """A bar for each layer on a logarithmic axis, layer 1 on top."""
    sizes = values["sizes"]
    low, high = _decades(sizes)
    what = f"{values['words']}; size (root mean square) of {SHOWN[values['shown']]}"
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
            text(end + 7, y + 4, _size(size), size=12.5, anchor="start"),
        ]
    return parts
