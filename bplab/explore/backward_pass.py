"""The backward pass, step by step; one parameter's path, its chain rule, and its slope by nudging beside it.

Each link of the path has a band of its own, in colour and dash; the factor that it stands for has the same below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import ArrayLike

from bplab.derivation import derive
from bplab.explore.base import Explorer, Numbers
from bplab.explore.controls import Changes, Choice, Slider, State
from bplab.explore.forward_pass import captions, marks, units, which
from bplab.explore.given import Sample, given_sample
from bplab.explore.links import Link, links
from bplab.explore.passes import Step, steps
from bplab.explore.player import Play
from bplab.explore.worked import ways_back, worked
from bplab.network import Network, Trace
from bplab.pictures import theme
from bplab.pictures.diagram import Label, Layout, Marks, band, network
from bplab.pictures.svg import Part, code, element, fitting, number, picture, signed, text
from bplab.pictures.symbols import symbol

NUDGE = 1e-5
CORNER = "0: a corner of ReLU. The chain rule takes the slope 0 there, a nudge sees both sides."
RULE, ROW = 130, 30  # what stands below the diagram: the chain rule; the sum over paths, the slope by nudging


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
    course, layout = steps(given.net), Layout(given.net.sizes, top=96)
    names = tuple(given.net.names)
    choice = Choice("parameter", names[0], names, tuple(str(symbol(name)) for name in names), "parameter")
    step = Slider("step", len(course) - 1, 0, len(course) - 1, "step", step=1)
    return Explorer(
        "backward_pass",
        [choice, step, *given.inputs, *given.targets, *given.parameters],
        numbers=lambda state: numbers(state, given),
        picture=lambda values: draw(values, layout, given.net, course),
        alt=lambda values: describe(values, given.net, course),
        shown=lambda state: ["parameter", "step", str(state["parameter"])],
        buttons={**_ends(len(course) - 1), **given.buttons},
        plays=Play("step", 1.5),
        watched=("the cost", "cost"),
    )


def _ends(last: int) -> dict[str, Changes]:
    return {
        "« first": lambda state: {"step": 0},
        "last »": lambda state: {"step": last},
    }


def numbers(state: State, given: Sample) -> Numbers:
    """The state; every z, a, δ and gradient by name; the chosen parameter's factors and its slope by nudging."""
    trace, y = given.run(state)
    net, name = given.net, str(state["parameter"])
    grads = net.backward(trace, y)
    values: dict[str, Any] = {**state, **units(trace), "cost": trace.cost(y), "sample": given.which(state)}
    values |= {"corners": _corners(trace, net, name)}
    values |= {f"delta{k}_{j}": d for k in grads.delta for j, d in enumerate(grads.delta[k][0].tolist(), start=1)}
    values |= {f"dC/d{each}": slope for each, slope in zip(net.names, grads.theta.tolist())}
    rule = derive(net, name, trace.a[0], y)
    values |= {"slope": rule.value, "factors": [value.item() for _, value in rule.factors]}
    costs = []
    for nudged in (float(state[name]) + NUDGE, float(state[name]) - NUDGE):
        net[name] = nudged
        costs.append(net.cost(trace.a[0], y))
    return {**values, "numerical": (costs[0] - costs[1]) / (2 * NUDGE)}


def _corners(trace: Trace, net: Network, name: str) -> list[str]:
    """The z on the parameter's path at which a ReLU has its corner: exactly 0."""
    lit = frozenset[str]().union(*(link.lights for link in links(net, name)))
    return [
        f"z{k}_{j}"
        for k, f in enumerate(net.activations, start=1)
        for j, z in enumerate(trace.z[k][0].tolist(), start=1)
        if f == "relu" and z == 0 and f"a{k}_{j}" in lit
    ]


def shown(at: int, course: list[Step]) -> frozenset[str]:
    """The names of all numbers that are computed by step `at`."""
    return frozenset[str]().union(*(step.shows for step in course[: at + 1]))


def describe(values: Numbers, net: Network, course: list[Step]) -> str:
    """The picture in words, as far as the step has come."""
    at, last, name = values["step"], len(course) - 1, values["parameter"]
    done, said = shown(at, course), [f"Step {at} of {last}, {course[at].code}."]
    if values["sample"]:
        said.insert(0, f"{values['sample'].capitalize()}.")
    if "cost" in done:
        said.append(f"Cost {number(values['cost'])}")
    if f"dC/d{name}" in done:
        slope, product = values["slope"], " times ".join(map(number, values["factors"]))
        way = "does not move" if abs(slope) < 1e-9 else "falls" if slope < 0 else "rises"
        said[-1] += f"; {way} if {name} grows: slope {number(slope)}, by nudging {number(values['numerical'])}."
        said.append(f"Its chain rule from the cost back: {product} = {number(slope)}.")
        if values["corners"]:
            said.append(f"{' = '.join(values['corners'])} = {CORNER}")
    else:
        doing = "".join(map(str, worked(course[at], values, net)))
        said.append(f"{'; ' if len(said) > 1 else ''}{doing}.")
    return " ".join(said).replace(" ; ", "; ")


def draw(values: Numbers, layout: Layout, net: Network, course: list[Step]) -> str:
    """The diagram as far as the step has come, the step's line above it, the chain rule and the nudge below."""
    chain, done = links(net, values["parameter"]), shown(values["step"], course)
    rows = 1 if max(net.sizes[2:], default=1) == 1 else 2  # with one path everywhere there is no sum
    known, corner = f"dC/d{values['parameter']}" in done, ""
    nudging = _nudging(values, layout, layout.height + RULE + ROW * (rows - 1), known)
    if known and values["corners"]:
        corner, rows = _line(layout, layout.height + RULE + ROW * rows, _corner(values)), rows + 1
    parts = [
        which(values, layout),
        _heading(values, layout, net, course),
        network(layout, _marks(values, layout, net, course)),
        captions(layout, net),
        *_rule(values, layout, chain, done),
        *_paths(values, layout, net, chain, done),
        nudging,
        corner,
    ]
    title = f"Backward pass of a {'-'.join(map(str, net.sizes))} network"
    return picture(layout.width, layout.height + RULE + ROW * rows - 8, title, describe(values, net, course), parts)


def bands(chain: Sequence[Link]) -> dict[str, theme.Band]:
    """What each unit and connection on the path has behind it."""
    return {name: theme.band(n) for n, link in enumerate(chain) for name in link.lights}


def _marks(values: Numbers, layout: Layout, net: Network, course: list[Step]) -> Marks:
    """The numbers computed so far: those of the forward pass, then δ at the units, gradients on the connections.

    In a compact diagram a gradient takes the place of its weight.
    """
    step, done = course[values["step"]], shown(values["step"], course)
    later = shown(len(course), course) - done
    forward = marks({name: value for name, value in values.items() if name not in later}, layout, net)
    path, below = bands(links(net, values["parameter"])), {name: list(lines) for name, lines in forward.below.items()}
    for name, k, j in layout.units:
        if f"b{k}_{j}" in path and below[name]:
            below[name][-1] = below[name][-1]._replace(frame=path[f"b{k}_{j}"].colour)
        if f"delta{k}_{j}" in done:
            delta = layout.short(values[f"delta{k}_{j}"])
            below[name].append(Label([symbol("delta"), f" = {delta}"], theme.SLOPE))
    slopes = {}
    for name, *_ in layout.connections:
        if f"dC/d{name}" in done:
            frame = theme.INK if f"dC/d{name}" in step.shows else ""
            slopes[name] = Label([layout.short(values[f"dC/d{name}"])], theme.SLOPE, frame)
    on = {**forward.on, **slopes} if layout.compact else forward.on
    return replace(forward, below=below, on=on, slopes={} if layout.compact else slopes, path=path, lit=step.lit)


def _heading(values: Numbers, layout: Layout, net: Network, course: list[Step]) -> str:
    """What this step does, its line of code, that line in numbers, and how far it is."""
    at, last, room = values["step"], len(course) - 1, layout.width - 48
    words = text(22, 30, course[at].words, anchor="start", size=15)
    count = text(layout.width - 22, 30, f"step {at} of {last}", anchor="end", size=13, fill=theme.MUTED)
    back = element("rect", x=16, y=41, width=layout.width - 32, height=26, rx=4, fill=theme.FAINT)
    line = worked(course[at], values, net)
    numbers = text(24, 90, *line, size=fitting(line, room, 14), anchor="start")
    return words + count + back + code(24, 58.5, course[at].code) + numbers


def _rule(values: Numbers, layout: Layout, chain: list[Link], done: frozenset[str]) -> list[str]:
    """∂C/∂p as a product: each factor as a fraction, below it today's number once it is known, and its band."""
    top, gap = layout.height + 30, min(92.0, (layout.width - 240) / len(chain))
    p = f"dC/d{values['parameter']}"
    parts = [*_fraction(52, top, "C", values["parameter"]), text(86, top + 11, "=", size=16)]
    for n, (link, value) in enumerate(zip(chain, values["factors"])):
        x = 104 + gap * (n + 0.5)
        parts += _fraction(x, top, link.over, link.under)
        if n:
            parts.append(text(x - gap / 2, top + 12, "·", size=20))
        if link.after in done:
            shown = signed(value, 4)
            parts.append(text(x, top + 49, shown, size=fitting(shown, gap - 16, 15), fill=theme.SLOPE))
            if n:
                parts.append(text(x - gap / 2, top + 49, "·", size=16))
        line = f"M{x - 0.36 * gap:.1f} {top + 63:.1f}H{x + 0.36 * gap:.1f}"
        parts.append(band(theme.band(n), line, 10))
    if p in done:
        result = f"= {number(values['slope'], 4)}"
        parts.append(text(104 + gap * len(chain) + 4, top + 49, result, size=15, anchor="start", fill=theme.SLOPE))
    return parts


def _fraction(x: float, y: float, over: str, under: str) -> list[str]:
    """∂over/∂under, its line at the height y + 7."""
    return [
        text(x, y, "∂", symbol(over), size=15),
        element("path", d=f"M{x - 18:.1f} {y + 7:.1f}H{x + 18:.1f}", stroke=theme.INK, stroke_width=1.2),
        text(x, y + 23, "∂", symbol(under), size=15),
    ]


def _paths(values: Numbers, layout: Layout, net: Network, chain: list[Link], done: frozenset[str]) -> list[str]:
    """The first factor, where it is a sum over several paths: a term for each unit of the next layer."""
    first = chain[0]
    if not first.under.startswith("a") or first.after not in done:
        return []
    k, j = map(int, first.under[1:].split("_"))
    terms = " + ".join(ways_back(k, j, values, net))
    paths: list[Part] = [" = Σ ", symbol("delta"), "·", symbol("w"), f" = {terms}"]
    line: list[Part] = ["All paths add:  ∂", symbol("C"), "/∂", symbol(first.under), *paths]
    line.append(f" = {number(values['factors'][0], 4)}")
    return [_line(layout, layout.height + RULE, line)]


def _line(layout: Layout, y: float, line: list[Part]) -> str:
    """A line below the diagram, as wide as that at most."""
    return text(24, y, *line, size=fitting(line, layout.width - 48, 15), anchor="start")


def _corner(values: Numbers) -> list[Part]:
    """Why the two may differ where a ReLU stands at its corner."""
    zs: list[Part] = []
    for name in values["corners"]:
        zs += [symbol(name), " = "]
    return [*zs, CORNER]


def _nudging(values: Numbers, layout: Layout, y: float, known: bool) -> str:
    """The slope by nudging, to compare with."""
    p, C, h = symbol(values["parameter"]), symbol("C"), symbol("h")
    line: list[Part] = [
        "By nudging, ",
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
    if known:
        line.append(f" = {number(values['numerical'], 4)}")
    return _line(layout, y, line)
