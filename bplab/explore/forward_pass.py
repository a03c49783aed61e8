"""The forward pass: live numbers at every unit and connection, from the inputs to the cost."""

from __future__ import annotations

from numpy.typing import ArrayLike

from bplab.explore.base import Explorer, Numbers
from bplab.explore.controls import State
from bplab.explore.given import Sample, given_sample
from bplab.network import Network, Trace
from bplab.pictures import theme
from bplab.pictures.diagram import Label, Layout, Marks, network
from bplab.pictures.svg import Part, number, picture, text
from bplab.pictures.symbols import symbol


def forward_pass(net: Network | None = None, x: ArrayLike | None = None, y: ArrayLike | None = None) -> Explorer:
    """Explore the forward pass: drag inputs and parameters, watch every number up to the cost.

    Parameters
    ----------
    net : Network, optional
        Up to 4-5-5-3; without it the course's 2-2-1 network. Your own network is not changed.
    x, y : arrays of shape (n, n_in) and (n, n_out), optional
        Up to 12 samples, each a button; without them the sample of the card.

    Raises
    ------
    TypeError, ValueError
        If `net` is no network or too large, or `x` and `y` do not fit it.
    """
    given = given_sample(net, x, y)
    layout = Layout(given.net.sizes)
    first = [slider.name for slider in given.inputs[:2]] + given.net.names[:1]
    return Explorer(
        "forward_pass",
        [*given.inputs, *given.targets, *given.parameters],
        numbers=lambda state: numbers(state, given),
        picture=lambda values: draw(values, layout, given.net),
        alt=lambda values: describe(values, given.net),
        shown=lambda state: first,
        buttons=given.buttons,
        watched=("ŷ" if given.net.sizes[-1] == 1 else "the cost", "y_hat" if given.net.sizes[-1] == 1 else "cost"),
    )


def numbers(state: State, given: Sample) -> Numbers:
    """The state, and by name z^k_j, a^k_j (a0_1 an input), ŷ and the cost."""
    trace, y = given.run(state)
    return {**state, **units(trace), "cost": trace.cost(y), "sample": given.which(state)}


def units(trace: Trace) -> dict[str, float]:
    """Every z and a of one sample by name, and ŷ: y_hat, or y_hat_1, y_hat_2, … of several outputs."""
    values = {f"a{k}_{j}": float(a) for k in trace.a for j, a in enumerate(trace.a[k][0], start=1)}
    values |= {f"z{k}_{j}": float(z) for k in trace.z for j, z in enumerate(trace.z[k][0], start=1)}
    n_out = trace.y_hat.shape[1]
    return values | {output("y_hat", j, n_out): float(a) for j, a in enumerate(trace.y_hat[0], start=1)}


def output(letter: str, j: int, n_out: int) -> str:
    """The name of output j's ŷ or y: no number where there is only one output."""
    return letter if n_out == 1 else f"{letter}_{j}"


def describe(values: Numbers, net: Network) -> str:
    """The picture in words."""
    n_out = net.sizes[-1]
    outputs = [output("y_hat", j, n_out) for j in range(1, n_out + 1)]
    said = ", ".join(f"{symbol(name)} = {number(values[name])}" for name in outputs)
    wanted = ", ".join(number(values[output("y", j, n_out)]) for j in range(1, n_out + 1))
    inputs = ", ".join(number(values[f"i_{j}"]) for j in range(1, net.sizes[0] + 1))
    shape = "-".join(map(str, net.sizes))
    which = f"{values['sample']}, " if values["sample"] else ""
    return f"{shape} network, {which}inputs {inputs}: {said} where {wanted} is right; cost {number(values['cost'])}."


def draw(values: Numbers, layout: Layout, net: Network) -> str:
    """The diagram with every number of the forward pass."""
    shape = "-".join(map(str, net.sizes))
    parts = [which(values, layout), network(layout, marks(values, layout, net)), captions(layout, net)]
    return picture(layout.width, layout.height, f"Forward pass of a {shape} network", describe(values, net), parts)


def marks(values: Numbers, layout: Layout, net: Network) -> Marks:
    """The numbers of the forward pass, each in its place."""
    shown = layout.short if layout.compact else number
    inside = {name: shown(values[name]) for name, _, _ in layout.units if name in values}
    if "cost" in values:
        inside["C"] = number(values["cost"])
    below = {name: _under(values, layout, net, k, j) for name, k, j in layout.units}
    targets = [output("y", j, net.sizes[-1]) for j in range(1, net.sizes[-1] + 1)]
    below["C"] = [Label([symbol(y), f" = {number(values[y])}"]) for y in targets]
    on = {}
    for name, *_ in layout.connections:
        value = layout.short(values[name])
        on[name] = Label([symbol(name), f" {value}"] if max(layout.sizes) < 3 else [value])
    weights = {name: values[name] for name, *_ in layout.connections}
    return Marks(weights, names(layout), inside, below, on)


def _under(values: Numbers, layout: Layout, net: Network, k: int, j: int) -> list[Label]:
    """The sum z and the bias under a unit, where there is room."""
    if k == 0 or layout.compact:
        return []
    z, b = f"z{k}_{j}", f"b{k}_{j}"
    lines = [Label([symbol("z"), f" = {number(values[z])}"])] if z in values else []
    if net.bias:
        lines.append(Label([symbol("b"), f" = {number(values[b])}"], theme.MUTED))
    return lines


def names(layout: Layout) -> dict[str, list[Part]]:
    """What each unit is called: i_1; in a network of two layers o_1 = a^1_1; ŷ."""
    L, n_out = len(layout.sizes) - 1, layout.sizes[-1]
    called: dict[str, list[Part]] = {"C": ["cost ", symbol("C")]}
    for name, k, j in layout.units:
        called[name] = [symbol(name)]
        if k == 0:
            called[name] = [symbol(f"i_{j}")]
        elif k == L:
            called[name] = [symbol(output("y_hat", j, n_out))]
        elif L == 2 and not layout.compact:
            called[name] = [symbol(f"o_{j}"), " = ", symbol(name)]
    return called


def which(values: Numbers, layout: Layout) -> str:
    """Above the inputs: the sample that they are, where there are several."""
    words = values["sample"]
    return text(24, layout.top + 16, words, size=13, anchor="start", fill=theme.MUTED) if words else ""


def captions(layout: Layout, net: Network) -> str:
    """What each layer is, along the lower edge."""
    words = ["input", *(f"layer {k}: {activation}" for k, activation in enumerate(net.activations, start=1))]
    y = layout.height - 12
    return "".join(
        [text(layout.unit(k, 1)[0], y, word, size=13, fill=theme.MUTED) for k, word in enumerate(words)]
        + [text(layout.cost[0], y, net.loss.replace("_", " "), size=13, fill=theme.MUTED)]
    )
