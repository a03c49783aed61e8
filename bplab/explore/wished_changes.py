"""Wished changes (note 004): the four things that change an output, and the mean of −∇ over the samples."""

from __future__ import annotations

from typing import NamedTuple

from numpy.typing import ArrayLike

from bplab.activations import ACTIVATIONS
from bplab.explore import mean_change
from bplab.explore.base import Explorer, Numbers
from bplab.explore.controls import Choice, State
from bplab.explore.given import Sample, given_sample
from bplab.network import Network
from bplab.pictures import theme
from bplab.pictures.diagram import between, connection, unit
from bplab.pictures.svg import Part, element, fitting, label, number, picture, text
from bplab.pictures.symbols import symbol
from bplab.zoo import price_predictor, price_sample

VIEWS = {"four": "four things that change an output", "mean": "the mean over the samples"}
ROW, TOP = 26, 118  # from line to line of the table, and its first
WORDS = {
    "w": "weights: most where the activation is largest",
    "a": "previous activations: only through the layer before",
    "b": "bias",
}


def wished_changes(
    net: Network | None = None,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    changes: ArrayLike | None = None,
) -> Explorer:
    """Explore what changes an output, and what each sample would wish: −∇, and its mean.

    Parameters
    ----------
    net : Network, optional
        With a hidden layer and one output, up to 4-5-5-1; without it the price predictor, which says 12 where 10 is
        right. Your own network is not changed.
    x, y : arrays of shape (n, n_in) and (n, 1), optional
        Up to 12 samples, each a button.
    changes : array of shape (n, parameters), optional
        Wished changes for the table, a row for each of up to 6 samples; without them those of note 004.

    Raises
    ------
    TypeError, ValueError
        If `net` is no such network, or x, y or `changes` do not fit.
    """
    if net is None and x is None and y is None:
        x, y = price_sample()
    given = given_sample(price_predictor() if net is None else net, x, y)
    _refuse(given.net)
    table = mean_change.given_table(changes)
    view = Choice("view", "four", tuple(VIEWS), tuple(VIEWS.values()), "view")
    last = [name for name in given.net.names if name[1] == str(given.net.depth)]
    return Explorer(
        "wished_changes",
        [view, *given.parameters, *given.inputs, *given.targets],
        numbers=lambda state: numbers(state, given),
        picture=lambda values: mean_change.draw(table) if _mean(values) else draw(values, given.net),
        alt=lambda values: mean_change.describe(table) if _mean(values) else describe(values),
        shown=lambda state: ["view"] if _mean(state) else ["view", *dict.fromkeys([*last[:2], last[-1]])],
        used=lambda state: ["view"] if _mean(state) else given.names,
        buttons=given.buttons,
        watched=("ŷ", "y_hat"),
    )


def _refuse(net: Network) -> None:
    """Raise ValueError, with the one thing that does not fit, unless there is a hidden layer and one output."""
    shape = "-".join(map(str, net.sizes))
    if net.sizes[-1] != 1:
        raise ValueError(f"net is {shape}, with {net.sizes[-1]} outputs: expected one output")
    if net.depth < 2:
        raise ValueError(f"net is {shape}, without a hidden layer: expected one, such as 3-2-1")
    if net.activations[-1] == "softmax":
        raise ValueError("net ends with softmax, which makes of one output always 1: expected another, such as linear")


def _mean(values: Numbers) -> bool:
    return bool(values["view"] == "mean")


class Change(NamedTuple):
    """One number that the output depends on: how ŷ moves if it grows by 1 (at today's slope), and −∂C/∂ of it."""

    name: str
    now: float
    effect: float
    wished: float


def numbers(state: State, given: Sample) -> Numbers:
    """The state, ŷ and the cost, a `Change` each for weights, previous activations and bias, ŷ if σ were another f."""
    trace, y = given.run(state)
    net, L = given.net, given.net.depth
    prime = ACTIVATIONS[net.activations[-1]].prime
    assert prime is not None, "softmax is refused"
    slope = float(prime(trace.z[L], trace.a[L]).item())
    delta = net.backward(trace, y).delta[L].item()
    before, weights = trace.a[L - 1][0].tolist(), net.W[L][:, 0].tolist()
    changes = [Change(f"w{L}_{j}1", w, slope * a, -delta * a) for j, (w, a) in enumerate(zip(weights, before), start=1)]
    changes += [Change(f"a{L - 1}_{j}", a, slope * w, -delta * w) for j, (w, a) in enumerate(zip(weights, before), 1)]
    if net.bias:
        changes.append(Change(f"b{L}_1", float(net.b[L][0]), slope, -delta))
    return {
        **state,
        "y_hat": trace.y_hat.item(),
        "cost": trace.cost(y),
        "sample": given.which(state),
        "changes": changes,
        "other": _other(given, state),
    }


def _other(given: Sample, state: State) -> dict[str, float]:
    """ŷ if the hidden layers had another activation function."""
    net, outputs = given.net, {}
    x = [[float(state[slider.name]) for slider in given.inputs]]
    for f in ("sigmoid", "tanh", "relu"):
        if f != net.activations[0]:
            swapped = Network(net.sizes, [f] * (net.depth - 1) + [net.activations[-1]], bias=net.bias)
            swapped.theta = net.theta
            outputs[f] = swapped.forward(x).y_hat.item()
    return outputs


def _wish(change: Change) -> str:
    if abs(change.wished) < 1e-9:
        return "0, leave it"
    return f"{number(change.wished)}, {'lower' if change.wished < 0 else 'raise'} it"


def describe(values: Numbers) -> str:
    """The picture in words."""
    said = "; ".join(f"{change.name} {_wish(change)}" for change in values["changes"])
    other = ", ".join(f"{f} {number(y_hat)}" for f, y_hat in values["other"].items())
    which = f"{values['sample'].capitalize()}. " if values["sample"] else ""
    return (
        f"{which}The output is {number(values['y_hat'])} where {number(values['y'])} is right. Wished changes, minus "
        f"the gradient: {said}. With another activation function ŷ would be: {other}."
    )


def draw(values: Numbers, net: Network) -> str:
    """The output and what leads into it on the left, the four things with their sizes on the right."""
    rows = _rows(values)
    height = max(TOP + ROW * (len(rows) + 3) + 10, 150 + 78 * net.sizes[-2])
    parts = [_heading(values), _output(values, net, height), *_columns(), *_table(values, rows)]
    return picture(780, height, "Four things that change an output", describe(values), parts)


def _heading(values: Numbers) -> str:
    """What is predicted, what is actual, and by how much ŷ is to change; on the right the sample, of several."""
    y_hat, y = symbol("y_hat"), symbol("y")
    change = number(values["y"] - values["y_hat"])
    line: list[Part] = ["Predicted ", y_hat, f" = {number(values['y_hat'])}, actual ", y, f" = {number(values['y'])}: "]
    line += ["the wished change of ", y_hat, f" is {change}"]
    said = text(24, 36, *line, size=fitting(line, 600 if values["sample"] else 732, 17), anchor="start")
    which = text(756, 36, values["sample"], size=13, anchor="end", fill=theme.MUTED) if values["sample"] else ""
    return said + which


def _output(values: Numbers, net: Network, height: float) -> str:
    """The previous activations, their weights and the bias, leading to the output."""
    n, L, middle = net.sizes[-2], net.depth, 66 + (height - 66) / 2
    room = min(110.0, (height - 130) / n)
    end, bias = (262.0, middle), (262.0, middle + 96)
    changes = {change.name: change for change in values["changes"]}
    lines, units = [connection(bias, end, changes[f"b{L}_1"].now)] if net.bias else [], []
    for j in range(1, n + 1):
        place, w, a = (60.0, middle + room * (j - (n + 1) / 2)), f"w{L}_{j}1", f"a{L - 1}_{j}"
        lines.append(connection(place, end, changes[w].now))
        units.append(label(*between(place, end, 0.45), symbol(w), f" {number(changes[w].now)}", size=13))
        units.append(_unit(*place, [symbol(a)], changes[a].now, 23))
    if net.bias:
        units.append(label(*bias, symbol(f"b{L}_1"), f" {number(changes[f'b{L}_1'].now)}", size=13))
    return "".join([*lines, *units, _unit(*end, [symbol("y_hat")], values["y_hat"], 28)])


def _unit(x: float, y: float, above: list[Part], value: float, radius: float) -> str:
    shown = number(value)
    inside = text(x, y + 5, shown, size=fitting(shown, 1.8 * radius, 14))
    return unit(x, y, radius) + inside + text(x, y - radius - 8, *above, size=14)


def _columns() -> list[str]:
    y_hat, C = symbol("y_hat"), symbol("C")
    heads: list[tuple[float, list[Part], list[Part]]] = [
        (540, ["a nudge of 1", ""], ["moves ", y_hat, " by"]),
        (696, ["wished change", ""], ["−∂", C, " / ∂…"]),
    ]
    lines = [text(x, 68 + 19 * k, *line, size=13, fill=theme.MUTED) for x, *two in heads for k, line in enumerate(two)]
    return [*lines, element("path", d="M356 97H764", stroke=theme.FAINT)]


def _rows(values: Numbers) -> list[Change | str]:
    """The table's lines: before the first of each kind its words."""
    rows: list[Change | str] = []
    for change in values["changes"]:
        words = WORDS[change.name[0]]
        if words not in rows:
            rows.append(words)
        rows.append(change)
    return rows


def _table(values: Numbers, rows: list[Change | str]) -> list[str]:
    """A line for each change, with a bar for its effect: solid if ŷ rises, dashed if it falls."""
    most = max([abs(change.effect) for change in values["changes"]] + [1e-9])
    parts = []
    for n, row in enumerate(rows):
        y = TOP + ROW * n
        if isinstance(row, str):
            parts.append(text(356, y, row, size=13, anchor="start", fill=theme.MUTED))
            continue
        end = 500 + 62 * row.effect / most
        dash, stroke = ("5 3", theme.MINUS) if row.effect < 0 else ("", theme.PLUS)
        parts += [
            text(372, y, symbol(row.name), size=15, anchor="start"),
            element("path", d=f"M500 {y - 5}H{end:.1f}", stroke=stroke, stroke_width=11, stroke_dasharray=dash),
            element("path", d=f"M500 {y - 15}V{y + 5}", stroke=theme.MUTED),
            text(622, y, number(row.effect), size=14, anchor="end"),
            text(640, y, _wish(row), size=fitting(_wish(row), 128, 14), anchor="start", fill=theme.SLOPE),
        ]
    y = TOP + ROW * len(rows)
    other = ", ".join(f"{f} {number(y_hat)}" for f, y_hat in values["other"].items())
    words = text(356, y, "activation function: a jump, no nudge", size=13, anchor="start", fill=theme.MUTED)
    size = fitting(f"y with others: {other}", 390, 14)
    return [*parts, words, text(372, y + ROW, symbol("y_hat"), f" with others: {other}", size=size, anchor="start")]
