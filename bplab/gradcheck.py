"""Is the gradient right? Numerical gradients, and the comparison of two gradients (lecture 02)."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bplab.arrays import Array, finite
from bplab.network import Gradients, Network

TOLERANCE = 1e-6


def numerical_gradient(net: Network, x: ArrayLike, y: ArrayLike, h: float = 1e-5) -> Gradients:
    """∂C/∂p for every parameter p by central differences: (C(p + h) − C(p − h)) / 2h.

    Two forward passes for each parameter; `net` is not changed. The result's delta is empty.

    Raises
    ------
    TypeError, ValueError
        If x or y does not fit, or h is not a finite number above 0.

    Examples
    --------
    >>> import bplab
    >>> net = bplab.two_two_one()
    >>> x, y = bplab.zoo.card()
    >>> compare(net.backward(net.forward(x), y), numerical_gradient(net, x, y)).ok
    True
    """
    h = finite("h", h, above=0.0)
    trial = copy.copy(net)
    grads = Gradients(net, n=0)
    for i, value in enumerate(net.theta):
        trial.theta[i] = value + h
        up = trial.cost(x, y)
        trial.theta[i] = value - h
        down = trial.cost(x, y)
        trial.theta[i] = value
        grads.theta[i] = (up - down) / (2 * h)
    return grads


class Row(NamedTuple):
    """One line of a comparison: the array's name, such as W[1], and the relative difference."""

    name: str
    difference: float


class Comparison:
    """Relative differences of two gradients, a row per W[k] and b[k]; `ok` when all are below 1e-6."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows

    @property
    def ok(self) -> bool:
        """Whether every relative difference is below 1e-6 (NaN is not)."""
        return all(row.difference < TOLERANCE for row in self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Row:
        return self.rows[index]

    def __repr__(self) -> str:
        lines = [f"{name}  {_size(difference):>7}  {_verdict(difference)}" for name, difference in self.rows]
        return "\n".join([*lines, "all the same" if self.ok else "NOT the same"])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><th scope='row'>{name}</th><td>{escape(_size(difference))}</td><td>{_verdict(difference)}</td></tr>"
            for name, difference in self.rows
        )
        head = "<tr><th>array</th><th>relative difference</th><th>verdict</th></tr>"
        return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _size(difference: float) -> str:
    # Below the tolerance the digits are rounding, which is another one on another machine.
    return "< 1e-6" if difference < TOLERANCE else f"{difference:.1e}"


def _verdict(difference: float) -> str:
    return "✓ same" if difference < TOLERANCE else "✗ different"


def compare(grads: Gradients, other: Gradients) -> Comparison:
    """Compare two gradients array by array: max|a − b| / max(|a|, |b|), 0 where both are 0.

    Raises
    ------
    TypeError
        If one of them is no Gradients.
    ValueError
        If they belong to networks of different sizes.
    """
    for name, value in ("grads", grads), ("other", other):
        if not isinstance(value, Gradients):
            raise TypeError(f"{name} is a {type(value).__name__}, expected Gradients, from net.backward(trace, y)")
    if grads._sizes != other._sizes or grads._bias != other._bias:
        raise ValueError(f"grads has sizes {list(grads._sizes)}, other {list(other._sizes)}: compare the same network")
    rows = []
    for k in grads.W:
        rows.append(Row(f"W[{k}]", _difference(grads.W[k], other.W[k])))
        if k in grads.b:
            rows.append(Row(f"b[{k}]", _difference(grads.b[k], other.b[k])))
    return Comparison(rows)


def _difference(a: Array, b: Array) -> float:
    difference = np.abs(a - b).max()
    return float(difference / max(np.abs(a).max(), np.abs(b).max())) if difference != 0 else 0.0
