"""The chain rule of a parameter as links, from the cost back to it: what each lights up, and when it is known.

There is a link for each factor of `bplab.derive`, in its order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bplab.network import Network


class Link(NamedTuple):
    """The factor ∂over/∂under.

    It lights up the units and connections `lights`, and is known once the number called `after` is computed.
    """

    over: str
    under: str
    lights: frozenset[str]
    after: str


def links(net: Network, name: str) -> list[Link]:
    """All links between the cost and the parameter `name`.

    Raises
    ------
    KeyError
        If the network has no parameter `name`.
    """
    k, _, j = net.locate(name)
    return [*_from_cost(net, k, j), Link(_sum(net, k, j), name, frozenset({name}), f"dC/d{name}")]


def _from_cost(net: Network, k: int, j: int) -> list[Link]:
    """The links from the cost to z^k_j; where several paths lead there, they are one link."""
    if k == net.depth:
        return _output(net, j)
    a, known = f"a{k}_{j}", f"delta{k}_{j}"
    slope = Link(a, f"z{k}_{j}", frozenset({a}), known)
    if net.sizes[k + 1] > 1:
        return [Link("C", a, _onward(net, k, j), known), slope]
    weight = frozenset({f"w{k + 1}_{j}1"})
    return [*_from_cost(net, k + 1, 1), Link(_sum(net, k + 1, 1), a, weight, known), slope]


def _output(net: Network, j: int) -> list[Link]:
    """From the cost to z of output j; softmax, and a loss that is taken from z, leave nothing between the two."""
    L, activation = net.depth, net.activations[-1]
    a, known = f"a{L}_{j}", f"delta{L}_{j}"
    if activation in ("linear", "softmax") or net.loss == "binary_cross_entropy":
        reached = range(1, net.sizes[L] + 1) if activation == "softmax" else [j]
        return [Link("C", _sum(net, L, j), _outputs(net, reached), known)]
    y_hat = _y_hat(net, j)
    loss = Link("C", y_hat, frozenset({"C", f"C_{j}"}), known)
    return [loss, Link(y_hat, f"z{L}_{j}", frozenset({a}), known)]


def _outputs(net: Network, outputs: Iterable[int]) -> frozenset[str]:
    """These outputs, the cost, and what leads from them to it."""
    return frozenset({"C"}).union(*({f"a{net.depth}_{j}", f"C_{j}"} for j in outputs))


def _onward(net: Network, k: int, j: int) -> frozenset[str]:
    """Everything between unit j of layer k and the cost."""
    found, reached = set[str](), [j]
    for m in range(k + 1, net.depth + 1):
        onwards = range(1, net.sizes[m] + 1)
        found |= {f"w{m}_{i}{j}" for i in reached for j in onwards} | {f"a{m}_{j}" for j in onwards}
        reached = list(onwards)
    return frozenset(found | _outputs(net, reached))


def _sum(net: Network, k: int, j: int) -> str:
    """The name of z^k_j; of a linear output that of ŷ, which is the same."""
    return _y_hat(net, j) if k == net.depth and net.activations[-1] == "linear" else f"z{k}_{j}"


def _y_hat(net: Network, j: int) -> str:
    return "y_hat" if net.sizes[-1] == 1 else f"y_hat_{j}"
