"""The chain rule: links are factors that multiply (note 002); where a number feeds two later ones, the paths add."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from bplab.arrays import finite
from bplab.explore import paths_add
from bplab.explore.base import Explorer, Numbers
from bplab.explore.controls import Changes, Choice, Slider, State
from bplab.explore.given import moderate, reach
from bplab.network import Network
from bplab.pictures import theme
from bplab.pictures.diagram import band, connection, unit
from bplab.pictures.svg import Part, element, fitting, label, number, picture, signed, text
from bplab.pictures.symbols import symbol
from bplab.zoo import chain

WEIGHTS = ("w_1", "w_2", "w_3")
NODES = ("x", "z_1", "a_1", "z_2", "a_2", "z_3", "a_3", "C")
GAP, ROW = 98, 136  # from node to node; the height of their row
VIEWS = {"chain": "one chain: factors multiply", "paths": "two paths: they add"}


def chain_rule(w1: float = 0.8, w2: float = 0.7, w3: float = 0.9, x: float = 1.2, y: float = 0.2) -> Explorer:
    """Explore the chain rule on ŷ = σ(w_3 ReLU(w_2 ReLU(w_1 x))), and on a 1-1-2 network, where paths add.

    Parameters
    ----------
    w1, w2, w3 : float, optional
        The chain's weights at the start.
    x, y : float, optional
        Its input and the label.

    Raises
    ------
    TypeError, ValueError
        If one of them is no finite number, or far too large.
    """
    net, forked = chain(w1, w2, w3), paths_add.given()
    start = dict(zip(WEIGHTS, net.theta.tolist())) | {"x": finite("x", x), "y": finite("y", y)}
    moderate("the chain", np.array([*start.values()]))
    weights = Choice("weight", "w_1", WEIGHTS, tuple(str(symbol(name)) for name in WEIGHTS), "weight")
    view = Choice("view", "chain", tuple(VIEWS), tuple(VIEWS.values()), "view")
    sliders = [Slider(name, value, *reach(value), str(symbol(name))) for name, value in start.items()]
    return Explorer(
        "chain_rule",
        [view, weights, *sliders, *forked.parameters, *forked.inputs, *forked.targets],
        numbers=lambda state: paths_add.numbers(state, forked) if _forked(state) else numbers(state, net),
        picture=lambda values: paths_add.draw(values, forked.net) if _forked(values) else draw(values),
        alt=lambda values: paths_add.describe(values) if _forked(values) else describe(values),
        shown=lambda state: ["view", *(paths_add.SHOWN if _forked(state) else ("weight", *WEIGHTS))],
        used=lambda state: forked.names if _forked(state) else [*start],
        buttons=_presets(),
        watched=("the slope", "slope"),
    )


def _forked(values: Numbers) -> bool:
    return bool(values["view"] == "paths")


def _presets() -> dict[str, Changes]:
    awake: State = {"view": "chain", "w_1": 0.8, "w_2": 0.7, "w_3": 0.9, "x": 1.2}
    return {
        "awake": lambda state: awake,
        "asleep": lambda state: {**awake, "w_2": -0.7},
        "paths add": lambda state: {"view": "paths", **paths_add.ADD},
        "paths cancel": lambda state: {"view": "paths", **paths_add.CANCEL},
    }


class Factor(NamedTuple):
    """One link: ∂over/∂under, its value, and what it is."""

    over: str
    under: str
    value: float
    meaning: list[Part]


def numbers(state: State, net: Network) -> Numbers:
    """The state, z_k and a_k along the chain, the cost, and the factors from the chosen weight up to it."""
    net.theta = [state[name] for name in WEIGHTS]
    trace = net.forward([[float(state["x"])]])
    y = [[float(state["y"])]]
    values: dict[str, Any] = {**state, "C": trace.cost(y), "cost": trace.cost(y)}
    values |= {f"z_{k}": trace.z[k].item() for k in (1, 2, 3)} | {f"a_{k}": trace.a[k].item() for k in (1, 2, 3)}
    chosen = WEIGHTS.index(str(state["weight"])) + 1
    slope = net.backward(trace, y).theta[chosen - 1].item()
    asleep = [k for k in (1, 2) if values[f"z_{k}"] <= 0 and k >= chosen]
    return {**values, "factors": _factors(values, chosen), "slope": slope, "asleep": asleep}


def _factors(values: Numbers, chosen: int) -> list[Factor]:
    """From the chosen weight to the cost: ∂z/∂w, then ∂a/∂z and ∂z/∂a in turn, then ∂C/∂ŷ."""
    before = "x" if chosen == 1 else f"a_{chosen - 1}"
    factors = [Factor(f"z_{chosen}", f"w_{chosen}", values[before], [symbol(before)])]
    for k in range(chosen, 4):
        z, a = f"z_{k}", f"a_{k}"
        prime = values[a] * (1 - values[a]) if k == 3 else float(values[z] > 0)
        factors.append(Factor(a, z, prime, ["σ′" if k == 3 else "ReLU′"]))
        if k < 3:
            factors.append(Factor(f"z_{k + 1}", a, values[f"w_{k + 1}"], [symbol(f"w_{k + 1}")]))
    error = values["a_3"] - values["y"]
    return [*factors, Factor("C", "a_3", 2 * error, ["2(", symbol("y_hat"), " − ", symbol("y"), ")"])]


def describe(values: Numbers) -> str:
    """The picture in words."""
    product = " times ".join(number(factor.value) for factor in values["factors"])
    return (
        f"Chain from x = {number(values['x'])} to ŷ = {number(values['a_3'])} where {number(values['y'])} is right: "
        f"cost {number(values['cost'])}. "
        f"∂C/∂{values['weight']} = {product} = {number(values['slope'])}: {_says(values)}."
    )


def _says(values: Numbers) -> str:
    if values["asleep"]:
        return f"ReLU {' and '.join(map(str, values['asleep']))} asleep, a factor 0 lets nothing through"
    if abs(values["slope"]) < 1e-9:
        return f"the cost does not move with {symbol(values['weight'])}"
    return f"the cost {'falls' if values['slope'] < 0 else 'rises'} if {symbol(values['weight'])} grows"


def draw(values: Numbers) -> str:
    """The weights above the chain, the chain, and below each link its factor; the product at the bottom."""
    chosen = WEIGHTS.index(values["weight"])
    parts = [*_path(chosen), *_links(values), *_nodes(values), *_strip(values, chosen), *_product(values)]
    return picture(780, 398, "The chain rule: links are factors", describe(values), parts)


def _at(node: int) -> tuple[float, float]:
    return 46 + GAP * node, ROW


def _above(k: int) -> tuple[float, float]:
    """Where the weight number k (from 0) stands: above its z."""
    return _at(2 * k + 1)[0], 40


def _path(chosen: int) -> list[str]:
    """A band for each link from the chosen weight to the cost, the first down from the weight itself."""
    x, y = _above(chosen)
    down = f"M{x} {y}V{ROW}M{x - 46} {y - 21}h92v42h-92Z"
    ways = [down] + [f"M{_at(n)[0]} {ROW}h{GAP}" for n in range(2 * chosen + 1, 7)]
    return [band(theme.band(len(ways) - 1 - n), way, 17 if n else 10) for n, way in enumerate(ways)]


def _links(values: Numbers) -> list[str]:
    """Each link with what it does: · w_k, ReLU, σ, the loss; a ReLU asleep is a grey, dashed one."""
    parts = []
    does: list[list[Part]] = [["· ", symbol("w_1")], ["ReLU"], ["· ", symbol("w_2")], ["ReLU"]]
    does += [["· ", symbol("w_3")], ["σ"], ["loss"]]
    for n, words in enumerate(does):
        (x0, y0), (x1, _) = _at(n), _at(n + 1)
        if n in (0, 2, 4):
            parts.append(connection((x0, y0), (x1, y0), values[WEIGHTS[n // 2]]))
        else:
            asleep = n < 5 and values[f"z_{n // 2 + 1}"] <= 0
            stroke, dash = (theme.MUTED, "2 5") if asleep else (theme.INK, "")
            parts.append(
                element("line", x1=x0, y1=y0, x2=x1, y2=y0, stroke=stroke, stroke_width=2, stroke_dasharray=dash)
            )
        parts.append(text((x0 + x1) / 2, y0 - 12, *words, size=12.5))
    for k, name in enumerate(WEIGHTS):
        x, y = _above(k)
        parts.append(element("line", x1=x, y1=y, x2=x, y2=ROW, stroke=theme.INK, stroke_width=1.4))
        parts.append(label(x, y, symbol(name), f" = {number(values[name])}", size=14, frame=theme.INK))
    return parts


def _nodes(values: Numbers) -> list[str]:
    parts = []
    for n, name in enumerate(NODES):
        (x, y), shown = _at(n), number(values[name])
        parts += [unit(x, y, 25), text(x, y + 5, shown, size=fitting(shown, 45, 14))]
        called: list[Part] = [symbol("y_hat"), " = ", symbol(name)] if name == "a_3" else [symbol(name)]
        parts.append(text(x, y + 44, *called, size=15))
    parts.append(text(_at(7)[0], ROW - 36, symbol("y"), f" = {number(values['y'])}", size=13, fill=theme.MUTED))
    return parts


def _strip(values: Numbers, chosen: int) -> list[str]:
    """Below each link of the path its factor: as a fraction, as today's number, and what that is."""
    parts, top = [], ROW + 78
    for n, factor in enumerate(values["factors"], start=2 * chosen):
        x = _at(n)[0] + GAP / 2
        shown = number(factor.value)
        parts += [
            text(x, top, "∂", symbol(factor.over), size=15),
            element("path", d=f"M{x - 17} {top + 7}H{x + 17}", stroke=theme.INK, stroke_width=1.2),
            text(x, top + 23, "∂", symbol(factor.under), size=15),
            label(x, top + 46, shown, size=fitting(shown, 62, 15), fill=theme.SLOPE, frame=_frame(factor)),
            band(theme.band(6 - n), f"M{x - 33} {top + 66}h66", 10),
            text(x, top + 90, *factor.meaning, size=13, fill=theme.MUTED),
        ]
        if n > 2 * chosen:
            parts.append(text(_at(n)[0], top + 12, "·", size=20))
    return parts


def _frame(factor: Factor) -> str:
    return theme.INK if abs(factor.value) < 1e-12 else ""


def _product(values: Numbers) -> list[str]:
    today = " · ".join([signed(factor.value) for factor in values["factors"]])
    product = f" = {today} = {number(values['slope'])}"
    size = fitting(product, 660, 15)
    says = _says(values)
    return [
        text(24, ROW + 212, "∂", symbol("C"), "/∂", symbol(values["weight"]), product, size=size, anchor="start"),
        text(24, ROW + 240, f"{says[0].upper()}{says[1:]}.", size=15, anchor="start"),
    ]
