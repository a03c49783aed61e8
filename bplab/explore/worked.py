"""A step of a pass in today's numbers, for one unit or parameter: the line of code, worked out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bplab.activations import ACTIVATIONS
from bplab.explore.base import Numbers
from bplab.explore.forward_pass import output
from bplab.explore.passes import Step
from bplab.network import Network
from bplab.pictures.svg import Part, number, signed
from bplab.pictures.symbols import symbol

FUNCTION = {"sigmoid": "σ(", "tanh": "tanh(", "relu": "ReLU(", "linear": "(", "softmax": "softmax("}
ERROR = {"squared_error": "2·", "mean_squared_error": "2·"}  # others have no factor before ŷ − y


def worked(step: Step, values: Numbers, net: Network) -> list[Part]:
    """The step for the unit on the way of the chosen parameter, the first one where there are several."""
    return _WORKED[step.computes](step.layer, values, net)


def focus(k: int, values: Numbers, net: Network) -> int:
    """The unit of layer k that is worked out: the one that the chosen parameter leads from or to."""
    chosen, i, j = net.locate(values["parameter"])
    return j if k == chosen else i if k == chosen - 1 and i is not None else 1


def _inputs(k: int, values: Numbers, net: Network) -> list[Part]:
    parts: list[Part] = []
    for j in range(1, net.sizes[0] + 1):
        parts += [", " if parts else "", symbol(f"i_{j}"), f" = {number(values[f'i_{j}'])}"]
    return parts


def _sum(k: int, values: Numbers, net: Network) -> list[Part]:
    j = focus(k, values, net)
    terms = [
        f"{signed(values[f'a{k - 1}_{i}'])}·{signed(values[f'w{k}_{i}{j}'])}" for i in range(1, net.sizes[k - 1] + 1)
    ]
    if net.bias:
        terms.append(signed(values[f"b{k}_{j}"]))
    return [symbol(f"z{k}_{j}"), f" = {' + '.join(terms)} = {number(values[f'z{k}_{j}'])}"]


def _activation(k: int, values: Numbers, net: Network) -> list[Part]:
    j, f = focus(k, values, net), net.activations[k - 1]
    many = f == "softmax"
    zs = [number(values[f"z{k}_{m}"]) for m in (range(1, net.sizes[k] + 1) if many else [j])]
    which = f", of them no. {j}" if many else ""
    return [symbol(f"a{k}_{j}"), f" = {FUNCTION[f]}{', '.join(zs)}){which} = {number(values[f'a{k}_{j}'])}"]


def _cost(k: int, values: Numbers, net: Network) -> list[Part]:
    n_out, parts = net.sizes[-1], list[Part]()
    for j in range(1, n_out + 1):
        y_hat, y = output("y_hat", j, n_out), output("y", j, n_out)
        parts += [symbol(y_hat), f" = {number(values[y_hat])} where ", symbol(y), f" = {number(values[y])}, "]
    return [*parts, "so ", symbol("C"), f" = {number(values['cost'])}"]


def _output(k: int, values: Numbers, net: Network) -> list[Part]:
    j, n_out, f = focus(k, values, net), net.sizes[-1], net.activations[-1]
    delta = f"delta{k}_{j}"
    if f == "softmax":
        return [symbol(delta), " = ", *_slope(f"z{k}_{j}"), f" = {number(values[delta])}"]
    error = f"({number(values[output('y_hat', j, n_out)])} − {signed(values[output('y', j, n_out)])})"
    share = f" / {n_out}" if net.loss == "mean_squared_error" and n_out > 1 else ""
    prime = "" if f == "linear" or net.loss == "binary_cross_entropy" else f" · {_prime(k, j, values, net)}"
    return [symbol(delta), f" = {ERROR.get(net.loss, '')}{error}{share}{prime} = {number(values[delta])}"]


def _delta(k: int, values: Numbers, net: Network) -> list[Part]:
    j = focus(k, values, net)
    back = ways_back(k, j, values, net)
    paths = f"({' + '.join(back)})" if len(back) > 1 else back[0]
    return [symbol(f"delta{k}_{j}"), f" = {paths} · {_prime(k, j, values, net)} = {number(values[f'delta{k}_{j}'])}"]


def ways_back(k: int, j: int, values: Numbers, net: Network) -> list[str]:
    """The terms that add up to ∂C/∂a^k_j: δ times weight for each unit of the next layer."""
    units = range(1, net.sizes[k + 1] + 1)
    return [f"{signed(values[f'delta{k + 1}_{m}'])}·{signed(values[f'w{k + 1}_{j}{m}'])}" for m in units]


def _prime(k: int, j: int, values: Numbers, net: Network) -> str:
    """The slope of the unit's activation."""
    prime = ACTIVATIONS[net.activations[k - 1]].prime
    assert prime is not None, "softmax has none and stands at the output only"
    return number(float(prime(np.array(values[f"z{k}_{j}"]), np.array(values[f"a{k}_{j}"]))))


def _gradient(k: int, values: Numbers, net: Network) -> list[Part]:
    chosen, i, j = net.locate(values["parameter"])
    if k != chosen:
        i, j = 1, focus(k, values, net)
    delta, left = symbol(f"delta{k}_{j}"), [*_slope(f"b{k}_{j}" if i is None else f"w{k}_{i}{j}"), " = "]
    if i is None:
        return [*left, delta, f" = {number(values[f'dC/db{k}_{j}'])}"]
    today = f"{signed(values[f'a{k - 1}_{i}'])}·{signed(values[f'delta{k}_{j}'])}"
    return [*left, symbol(f"a{k - 1}_{i}"), "·", delta, f" = {today} = {number(values[f'dC/dw{k}_{i}{j}'])}"]


def _slope(name: str) -> list[Part]:
    return ["∂", symbol("C"), "/∂", symbol(name)]


_WORKED: dict[str, Callable[[int, Numbers, Network], list[Part]]] = {
    "x": _inputs,
    "z": _sum,
    "a": _activation,
    "C": _cost,
    "output": _output,
    "delta": _delta,
    "dW": _gradient,
}
