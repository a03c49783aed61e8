"""The forward and the backward pass as steps: the line of code, what it computes and where that belongs.

The lines are Python in the course's notation; a test runs them and compares with the library.
"""

from __future__ import annotations

from typing import NamedTuple

from bplab.network import Network

ACTIVATE = {
    "sigmoid": "sigmoid({z})",
    "tanh": "tanh({z})",
    "relu": "relu({z})",
    "linear": "{z}",
    "softmax": "softmax({z})",
}
PRIME = {"sigmoid": " * {a} * (1 - {a})", "tanh": " * (1 - {a}**2)", "relu": " * ({z} > 0)", "linear": ""}
COST = {
    "squared_error": "(({a} - y)**2).sum() / n",
    "half_squared_error": "(({a} - y)**2).sum() / (2 * n)",
    "mean_squared_error": "(({a} - y)**2).mean()",
    "cross_entropy": "-(y * log({a})).sum() / n",
    "binary_cross_entropy": "-(y * log({a}) + (1 - y) * log(1 - {a})).sum() / n",
}
LOSS_SLOPE = {
    "squared_error": "2 * ({a} - y) / n",
    "half_squared_error": "({a} - y) / n",
    "mean_squared_error": "2 * ({a} - y) / y.size",
    "cross_entropy": "({a} * y.sum(axis=1, keepdims=True) - y) / n",
    "binary_cross_entropy": "({a} - y) / n",
}


class Step(NamedTuple):
    """One line of a pass; `shows` are the names that it computes, `lit` what it touches on the diagram.

    `computes` is what: x, z, a, C, the last δ ("output"), a δ before it ("delta") or gradients ("dW"), of `layer`.
    """

    computes: str
    layer: int
    words: str
    code: str
    shows: frozenset[str]
    lit: frozenset[str]


def steps(net: Network) -> list[Step]:
    """Every step of one training pass through `net`, from the inputs to the last gradient."""
    L = net.depth
    forward = [Step("x", 0, "The inputs", "a[0] = x", _units(net, "a", 0), _units(net, "a", 0))]
    for k in range(1, L + 1):
        forward += _forward(net, k)
    a, outputs = f"a[{L}]", frozenset(f"C_{j}" for j in range(1, net.sizes[L] + 1))
    cost = f"C = {COST[net.loss].format(a=a)}"
    forward.append(Step("C", L, "Forward: the cost, ŷ compared with y", cost, frozenset({"cost"}), outputs | {"C"}))
    start = f"Backward: from the cost to z of layer {L}"
    backward = [Step("output", L, start, _output(net), _units(net, "delta", L), outputs | _units(net, "a", L))]
    for k in range(L, 0, -1):
        if k < L:
            backward.append(_back(net, k))
        backward.append(_gradients(net, k))
    return forward + backward


def _units(net: Network, letter: str, k: int) -> frozenset[str]:
    return frozenset(f"{letter}{k}_{j}" for j in range(1, net.sizes[k] + 1))


def _weights(net: Network, k: int) -> frozenset[str]:
    n_in, n_out = net.sizes[k - 1 : k + 1]
    return frozenset(f"w{k}_{i}{j}" for i in range(1, n_in + 1) for j in range(1, n_out + 1))


def _forward(net: Network, k: int) -> list[Step]:
    units, f = _units(net, "a", k), net.activations[k - 1]
    bias = f" + b[{k}]" if net.bias else ""
    return [
        Step(
            "z",
            k,
            f"Forward: the weighted sums of layer {k}",
            f"z[{k}] = a[{k - 1}] @ W[{k}]{bias}",
            _units(net, "z", k),
            units | _weights(net, k),
        ),
        Step(
            "a", k, f"Forward: the activation of layer {k}", f"a[{k}] = {ACTIVATE[f].format(z=f'z[{k}]')}", units, units
        ),
    ]


def _output(net: Network) -> str:
    """The line for δ of the last layer; a loss that is taken from z has no factor for the activation."""
    L, f = net.depth, net.activations[-1]
    z, a = f"z[{L}]", f"a[{L}]"
    slope = LOSS_SLOPE[net.loss].format(a=a)
    if f == "softmax" and net.loss != "cross_entropy":
        return f"dy = {slope}; delta[{L}] = {a} * (dy - (dy * {a}).sum(axis=1, keepdims=True))"
    from_z = net.loss in ("cross_entropy", "binary_cross_entropy")
    return f"delta[{L}] = {slope}{'' if from_z else PRIME[f].format(z=z, a=a)}"


def _back(net: Network, k: int) -> Step:
    prime = PRIME[net.activations[k - 1]].format(z=f"z[{k}]", a=f"a[{k}]")
    code = f"delta[{k}] = (delta[{k + 1}] @ W[{k + 1}].T){prime}"
    lit = _units(net, "a", k) | _weights(net, k + 1)
    return Step("delta", k, f"Backward: from layer {k + 1} to z of layer {k}", code, _units(net, "delta", k), lit)


def _gradients(net: Network, k: int) -> Step:
    db = f"; db[{k}] = delta[{k}].sum(axis=0)" if net.bias else ""
    shows = frozenset(f"dC/d{name}" for name in net.names if name[1] == str(k))
    code = f"dW[{k}] = a[{k - 1}].T @ delta[{k}]{db}"
    return Step("dW", k, f"Backward: the gradients of layer {k}", code, shows, _weights(net, k))
