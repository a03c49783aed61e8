"""Paths add: in a 1-1-2 network one number feeds two later ones, and its slope is the sum over both paths."""

from __future__ import annotations

from dataclasses import replace

from bplab.activations import sigmoid
from bplab.explore.base import Numbers
from bplab.explore.controls import State
from bplab.explore.forward_pass import captions, marks, units
from bplab.explore.given import Sample, given_sample
from bplab.network import Network
from bplab.pictures import theme
from bplab.pictures.diagram import Label, Layout, band, network
from bplab.pictures.svg import Part, number, picture, signed, text
from bplab.pictures.symbols import symbol

SHOWN = ("w2_11", "w2_12", "w1_11")
ADD = {"w1_11": 0.6, "w2_11": 0.9, "w2_12": 0.7, "i_1": 0.8, "y_1": 0.2, "y_2": 0.9}
PATHS = {f"{name}{j}": theme.band(j) for j in (1, 2) for name in ("w2_1", "a2_", "C_")}
PATHS |= {name: theme.band(0) for name in ("w1_11", "a1_1", "C")}
CANCEL = {**ADD, "w2_12": -0.9, "y_2": ADD["y_1"] - 2 * 0.9 * float(sigmoid(ADD["w1_11"] * ADD["i_1"]))}


def given() -> Sample:
    """The 1-1-2 network, a sigmoid and two linear outputs, and its sample."""
    net = Network([1, 1, 2], ["sigmoid", "linear"], bias=False)
    net.theta = [ADD[name] for name in net.names]
    return given_sample(net, [[ADD["i_1"]]], [[ADD["y_1"], ADD["y_2"]]])


def numbers(state: State, forked: Sample) -> Numbers:
    """The state, z and a by name, the cost; ∂C/∂ŷ_j, the two products `paths`, and the slope of w1_11."""
    trace, y = forked.run(state)
    grads = forked.net.backward(trace, y)
    errors = grads.delta[2][0].tolist()
    paths = [error * float(state[f"w2_1{j}"]) for j, error in enumerate(errors, start=1)]
    a = trace.a[1].item()
    slopes = {"errors": errors, "paths": paths, "prime": a * (1 - a), "slope": grads["w1_11"]}
    return {**state, **units(trace), "cost": trace.cost(y), **slopes}


def describe(values: Numbers) -> str:
    """The picture in words."""
    upper, lower = values["paths"]
    return (
        f"One number a = {number(values['a1_1'])} feeds two outputs. Path 1 gives {number(upper)}, path 2 "
        f"{number(lower)}; they add to {number(upper + lower)}. ∂C/∂w1_11 = {number(upper + lower)} times "
        f"{number(values['prime'])} times {number(values['i_1'])} = {number(values['slope'])}."
    )


def draw(values: Numbers, net: Network) -> str:
    """The diagram with the paths' products on it, the sum below."""
    layout = Layout(net.sizes)
    products = {f"w2_1{j}": Label([number(p)], theme.SLOPE) for j, p in enumerate(values["paths"], start=1)}
    shown = replace(marks(values, layout, net), slopes=products, path=PATHS)
    parts = [network(layout, shown), captions(layout, net), *_sum(values, layout.height + 26)]
    return picture(layout.width, layout.height + 124, "Two paths add", describe(values), parts)


def _sum(values: Numbers, top: float) -> list[str]:
    """A line for each path, their sum, and the rest of the chain down to the weight."""
    C, a, w = symbol("C"), symbol("a1_1"), symbol("w1_11")
    rows: list[list[Part]] = []
    for j, (error, product) in enumerate(zip(values["errors"], values["paths"]), start=1):
        onward, output = f"w2_1{j}", symbol(f"y_hat_{j}")
        today = f" = {signed(error)} · {signed(values[onward])} = {number(product)}"
        rows.append([f"path {j}:  ∂", C, "/∂", output, " · ", symbol(onward), today])
    upper, lower = values["paths"]
    total = number(upper + lower)
    rows.append(["they add:  ∂", C, "/∂", a, f" = {number(upper)} + {signed(lower)} = {total}"])
    rest = f" = {signed(upper + lower)} · {number(values['prime'])} · {signed(values['i_1'])}"
    down: list[Part] = ["then on:  ∂", C, "/∂", w, " = ∂", C, "/∂", a, " · σ′ · ", symbol("i_1"), rest]
    rows.append([*down, f" = {number(values['slope'])}"])
    lines = [text(76, top + 26 * n, *row, size=15, anchor="start") for n, row in enumerate(rows)]
    return lines + [band(theme.band(n), f"M24 {top + 26 * row - 5}h40", 10) for row, n in enumerate((1, 2, 0, 0))]
