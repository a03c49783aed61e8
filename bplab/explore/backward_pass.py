"""The backward pass, step by step; one parameter's path, its chain rule, and its slope by nudging beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from numpy.typing import ArrayLike

from bplab.derivation import derive
from bplab.explore.base import Explorer, Numbers
from bplab.explore.controls import Changes, Choice, Slider, State
from bplab.explore.forward_pass import captions, marks, units
from bplab.explore.given import Sample, given_sample
from bplab.explore.passes import Step, steps
from bplab.explore.player import Play
from bplab.network import Network
from bplab.pictures import theme
from bplab.pictures.diagram import Label, Layout, Marks, network
from bplab.pictures.svg import Part, code, element, number, picture, text
from bplab.pictures.symbols import symbol

NUDGE = 1e-5


def backward_pass(net: Network | None = None, x: ArrayLike | None = None, y: ArrayLike | None = None) -> Explorer:
    """Explore the backward pass: choose a parameter, step through the pass, compare with nudging.

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
    course, layout = steps(given.net), Layout(given.net.sizes, top=66)
    names = tuple(given.net.names)
    choice = Choice("parameter", names[0], names, tuple(str(symbol(name)) for name in names), "parameter")
    step = Slider("step", len(course) - 1, 0, len(course) - 1, "step", step=1)
    return Explorer(
        "backward_pass",
        [choice, step, *given.inputs, *given.targets, *given.parameters],
        numbers=lambda state: numbers(state, given),
        picture=lambda values: draw(values, layout, given.net, course),
        alt=lambda values: describe(values, course),
        shown=lambda state: ["parameter", "step", str(state["parameter"])],
        buttons={**_ends(len(course) - 1), **given.buttons},
        formula=lambda values: str(values["latex"]),
        plays=Play("step", 1.0),
        watched=("the cost", "cost"),
    )


def _ends(last: int) -> dict[str, Changes]:
    return {
        "« first": lambda state: {"step": 0},
        "last »": lambda state: {"step": last},
    }


def numbers(state: State, given: Sample) -> Numbers:
    """The state; every z, a, δ and gradient by name; the chosen parameter's chain rule and its slope by nudging."""
    trace, y = given.run(state)
    net, name = given.net, str(state["parameter"])
    grads = net.backward(trace, y)
    values: dict[str, Any] = {**state, **units(trace), "cost": trace.cost(y)}
    values |= {f"delta{k}_{j}": float(d) for k in grads.delta for j, d in enumerate(grads.delta[k][0], start=1)}
    values |= {f"dC/d{each}": float(slope) for each, slope in zip(net.names, grads.theta)}
    rule = derive(net, name, trace.a[0], y)
    values |= {"slope": rule.value, "latex": rule.latex, "factors": [(s, float(v[0])) for s, v in rule.factors]}
    costs = []
    for nudged in (float(state[name]) + NUDGE, float(state[name]) - NUDGE):
        net[name] = nudged
        costs.append(net.cost(trace.a[0], y))
    return {**values, "numerical": (costs[0] - costs[1]) / (2 * NUDGE)}


def describe(values: Numbers, course: list[Step]) -> str:
    """The picture in words."""
    at, last, name = values["step"], len(course) - 1, values["parameter"]
    slope = values["slope"]
    way = "does not move" if abs(slope) < 1e-9 else "falls" if slope < 0 else "rises"
    return (
        f"Step {at} of {last}, {course[at].code}. Cost {number(values['cost'])}; {way} if {name} grows: "
        f"slope {number(slope)}, by nudging {number(values['numerical'])}."
    )


def path(net: Network, name: str) -> frozenset[str]:
    """Everything between a parameter and the cost: all paths, by name."""
    k, _, j = net.locate(name)
    found, reached = {name, f"a{k}_{j}"}, [j]
    for m in range(k + 1, net.depth + 1):
        onwards = range(1, net.sizes[m] + 1)
        found |= {f"w{m}_{i}{j}" for i in reached for j in onwards} | {f"a{m}_{j}" for j in onwards}
        reached = list(onwards)
    return frozenset(found | {f"C_{j}" for j in reached} | {"C"})


def draw(values: Numbers, layout: Layout, net: Network, course: list[Step]) -> str:
    """The diagram as far as the step has come, the step's line above it, the slope by nudging below."""
    diagram = network(layout, _marks(values, layout, net, course))
    shape = "-".join(map(str, net.sizes))
    parts = [_heading(values, layout, course), diagram, captions(layout, net), _nudging(values, layout)]
    title = f"Backward pass of a {shape} network"
    return picture(layout.width, layout.height + 66, title, describe(values, course), parts)


def _marks(values: Numbers, layout: Layout, net: Network, course: list[Step]) -> Marks:
    """The numbers computed so far: those of the forward pass, then δ at the units, gradients on the connections.

    In a compact diagram a gradient takes the place of its weight.
    """
    step = course[values["step"]]
    done = frozenset[str]().union(*(each.shows for each in course[: values["step"] + 1]))
    later = frozenset[str]().union(*(each.shows for each in course)) - done
    forward = marks({name: value for name, value in values.items() if name not in later}, layout, net)
    below = {name: list(lines) for name, lines in forward.below.items()}
    for name, k, j in layout.units():
        if f"delta{k}_{j}" in done:
            delta = layout.short(values[f"delta{k}_{j}"])
            below[name].append(Label([symbol("delta"), f" = {delta}"], theme.SLOPE))
    slopes = {}
    for name, *_ in layout.connections():
        if f"dC/d{name}" in done:
            frame = theme.INK if f"dC/d{name}" in step.shows else ""
            slopes[name] = Label([layout.short(values[f"dC/d{name}"])], theme.SLOPE, frame)
    on = {**forward.on, **slopes} if layout.compact else forward.on
    if layout.compact:
        slopes = {}
    return replace(forward, below=below, on=on, slopes=slopes, path=path(net, values["parameter"]), lit=step.lit)


def _heading(values: Numbers, layout: Layout, course: list[Step]) -> str:
    """What this step does, its line of code, and how far it is."""
    at, last = values["step"], len(course) - 1
    words = text(22, 30, course[at].words, anchor="start", size=15)
    count = text(layout.width - 22, 30, f"step {at} of {last}", anchor="end", size=13, fill=theme.MUTED)
    back = element("rect", x=16, y=41, width=layout.width - 32, height=26, rx=4, fill=theme.FAINT)
    return words + count + back + code(24, 58.5, course[at].code)


def _nudging(values: Numbers, layout: Layout) -> str:
    """The gradient of the chosen parameter, and below it the slope by nudging."""
    p, C, h = symbol(values["parameter"]), symbol("C"), symbol("h")
    gradient: list[Part] = ["Backward pass:  ∂", C, "/∂", p, f" = {number(values['slope'], 4)}"]
    nudged: list[Part] = [
        "Nudging by ",
        h,
        f" = {NUDGE:.5f}:  (",
        C,
        "(",
        p,
        " + ",
        h,
        ") − ",
        C,
        "(",
        p,
        " − ",
        h,
        ")) / 2",
        h,
    ]
    nudged.append(f" = {number(values['numerical'], 4)}")
    y = layout.height + 22
    return text(22, y, *gradient, size=15, anchor="start", fill=theme.SLOPE) + text(
        22, y + 27, *nudged, size=15, anchor="start"
    )
