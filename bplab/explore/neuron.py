"""One neuron: a weighted sum, then an activation; the point on its curve and the slope there."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from bplab.activations import ACTIVATIONS
from bplab.explore.base import Explorer, Numbers
from bplab.explore.controls import Slider, State
from bplab.explore.given import given_network, given_samples, reach
from bplab.network import Network
from bplab.pictures import theme
from bplab.pictures.axes import Axes
from bplab.pictures.diagram import between, connection, unit
from bplab.pictures.svg import Part, fitting, label, number, picture, signed, text
from bplab.pictures.symbols import symbol

LETTER = {"sigmoid": "σ", "tanh": "tanh", "relu": "ReLU", "linear": "f"}
HEIGHT = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}


def neuron(net: Network | None = None, x: ArrayLike | None = None) -> Explorer:
    """Explore one neuron: drag the weights, the bias and the inputs, watch the sum, the output and the slope.

    Parameters
    ----------
    net : Network, optional
        One layer with one unit and up to three inputs; without it a sigmoid with two inputs.
    x : array of shape (1, n_in), optional
        The inputs at the start.

    Raises
    ------
    TypeError, ValueError
        If `net` is no such network or `x` does not fit it.
    """
    if net is None:
        net = Network([2, 1], "sigmoid")
        net.theta = [0.8, -0.6, 0.3]
    net = given_network(net, largest=(3, 1))
    if net.sizes[1] != 1:
        raise ValueError(f"net has {net.sizes[1]} units in layer 1, expected a single neuron, such as Network([2, 1])")
    if net.activations[0] == "softmax":
        raise ValueError("net is softmax, expected a neuron whose output depends on its own z only, such as sigmoid")
    inputs = given_samples(net, x, most=1)[0]
    activation, n = net.activations[0], net.sizes[0]
    start = {f"w_{k}": net[f"w1_{k}1"] for k in range(1, n + 1)}
    start |= {"b": net["b1_1"]} if net.bias else {}
    start |= {f"i_{k}": float(value) for k, value in enumerate(inputs, start=1)}
    return Explorer(
        "neuron",
        [Slider(name, value, *reach(value), str(symbol(name))) for name, value in start.items()],
        numbers=lambda state: numbers(state, activation),
        picture=lambda values: draw(values, activation),
        alt=lambda values: describe(values, activation),
        buttons={
            "all weights 0": lambda state: {name: 0.0 for name in state if name.startswith("w")},
            "flip the signs": lambda state: {name: -value for name, value in state.items() if name[0] in "wb"},  # type: ignore[operator]
        },
        shown=lambda state: list(state)[:3],
        watched=("the output a", "a"),
    )


def numbers(state: State, activation: str) -> Numbers:
    """The sum z, the output a and the slope a'(z) there, beside the state itself."""
    n = sum(name.startswith("w") for name in state)
    z = sum(float(state[f"w_{k}"]) * float(state[f"i_{k}"]) for k in range(1, n + 1))
    z += float(state.get("b", 0.0))
    function = ACTIVATIONS[activation]
    a = float(function.f(np.array([z]))[0])
    assert function.prime is not None
    return {**state, "z": z, "a": a, "slope": float(function.prime(np.array([z]), np.array([a]))[0])}


def describe(values: Numbers, activation: str) -> str:
    """The picture in words."""
    way = "does not move" if abs(values["slope"]) < 5e-4 else f"moves {number(values['slope'])} times as much"
    f = LETTER[activation]
    return f"z = {number(values['z'])}, output a = {f}(z) = {number(values['a'])}; where z moves a little, a {way}."


def draw(values: Numbers, activation: str) -> str:
    """The neuron on the left, its activation's curve on the right, the sum with today's numbers below."""
    title = f"One neuron ({activation}) and its curve"
    parts = [_neuron(values, activation), _curve(values, activation), _sums(values, activation)]
    return picture(780, 378, title, describe(values, activation), parts)


def _neuron(values: Numbers, activation: str) -> str:
    n = sum(name.startswith("w") for name in values)
    middle, places = (235.0, 150.0), [(52.0, 150 + (k - (n - 1) / 2) * 180 / max(n - 1, 1)) for k in range(n)]
    lines, labels = [connection(middle, (345, 150), 0.0)], []
    for k, place in enumerate(places, start=1):
        w, i = f"w_{k}", f"i_{k}"
        lines.append(connection(place, middle, values[w]))
        labels.append(label(*between(place, middle, 0.48), symbol(w), " " + number(values[w]), size=14))
        labels.append(_unit(*place, [symbol(i)], values[i]))
    if "b" in values:
        lines.insert(0, connection((235, 266), middle, values["b"]))
        labels.append(label(235, 266, symbol("b"), " " + number(values["b"]), size=14))
    labels.append(_unit(*middle, [symbol("z"), " = Σ"], values["z"]))
    labels.append(_unit(345, 150, [symbol("a"), f" = {LETTER[activation]}(", symbol("z"), ")"], values["a"]))
    return "".join(lines + labels)


def _unit(x: float, y: float, above: Sequence[Part], value: float) -> str:
    """A circle with its number in it and its name above."""
    shown = number(value)
    return unit(x, y, 30) + text(x, y + 5, shown, size=fitting(shown, 55, 15)) + text(x, y - 40, *above, size=15)


def _curve(values: Numbers, activation: str) -> str:
    reach = 6.0 * max(1, math.ceil(abs(values["z"]) / 6))
    low, high = HEIGHT.get(activation, (-reach if activation == "linear" else 0.0, reach))
    margin = 0.08 * (high - low)
    axes = Axes(462, 44, 290, 208, (-reach, reach), (low - margin, high + margin))
    zs = np.linspace(-reach, reach, 81)
    curve = axes.curve(zs.tolist(), ACTIVATIONS[activation].f(zs).tolist(), theme.PLUS)
    z, a, slope = values["z"], values["a"], values["slope"]
    half = reach / 3
    tangent = axes.curve([z - half, z + half], [a - half * slope, a + half * slope], theme.MINUS, 2, "7 4")
    name: list[Part] = [LETTER[activation] + "(", symbol("z"), ")"]
    return axes.frame([symbol("z")], name) + curve + tangent + axes.point(z, a, theme.MINUS)


def _sums(values: Numbers, activation: str) -> str:
    n = sum(name.startswith("w") for name in values)
    symbols: list[Part] = []
    for k in range(1, n + 1):
        symbols += [" + " if k > 1 else "", symbol(f"w_{k}"), " ", symbol(f"i_{k}")]
    terms = [f"{signed(values[f'w_{k}'])}·{signed(values[f'i_{k}'])}" for k in range(1, n + 1)]
    if "b" in values:
        symbols += [" + ", symbol("b")]
        terms.append(signed(values["b"]))
    total = f" = {' + '.join(terms)} = {number(values['z'])}"
    f, z, a, slope = LETTER[activation], symbol("z"), number(values["a"]), number(values["slope"])
    output: list[Part] = [symbol("a"), f" = {f}(", z, f") = {a},  its slope there {f}′(", z, f") = {slope}"]
    rows: list[list[Part]] = [[z, " = ", *symbols, total], output]
    sizes = [fitting(row, 732, 15) for row in rows]
    return "".join(
        [text(24, 330 + 28 * k, *row, anchor="start", size=size) for k, (row, size) in enumerate(zip(rows, sizes))]
    )
