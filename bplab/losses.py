"""Losses by name: the cost C of a batch, and its derivative at the output.

y and ŷ have shape (n, n_out). The 1/n of the mean over the samples enters here, once, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from bplab.arrays import Array


class Loss(NamedTuple):
    """One loss.

    ``cost(z, y_hat, y)`` is C, a float, with z the output layer's input (before its activation).
    ``gradient(y_hat, y, out)`` writes ∂C/∂ŷ into `out`.
    Where ``output`` names an activation, the loss needs it as the output, and ``gradient`` writes ∂C/∂z instead: from
    z the two together are simple and exact, while log ŷ and 1/ŷ overflow where ŷ rounds to 0.
    """

    cost: Callable[[Array, Array, Array], float]
    gradient: Callable[[Array, Array, Array], None]
    output: str | None = None


def _squares(weight: Callable[[int, int], float]) -> Loss:
    """The sum of all squares (ŷ − y)², times weight(n, n_out)."""

    def cost(z: Array, y_hat: Array, y: Array) -> float:
        d = y_hat - y
        return float(np.vdot(d, d)) * weight(*d.shape)

    def gradient(y_hat: Array, y: Array, out: Array) -> None:
        np.subtract(y_hat, y, out=out)
        out *= 2.0 * weight(*out.shape)

    return Loss(cost, gradient)


def _cross_entropy(z: Array, y_hat: Array, y: Array) -> float:
    # −Σ y log softmax(z), with log softmax(z) = z − log Σ e^z; the largest z of each row is taken off first.
    z = z - z.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(z).sum(axis=1, keepdims=True))
    return float(np.vdot(y, log_sum - z)) / len(y)


def _cross_entropy_gradient(y_hat: Array, y: Array, out: Array) -> None:
    # The sum over the classes of y is 1 for labels; it stands here because any real y is taken.
    np.multiply(y_hat, y.sum(axis=1, keepdims=True), out=out)
    out -= y
    out /= len(y)


def _binary_cross_entropy(z: Array, y_hat: Array, y: Array) -> float:
    # −y log σ(z) − (1 − y) log(1 − σ(z)) = log(1 + e^z) − y z
    return float(np.sum(np.logaddexp(0.0, z) - y * z)) / len(y)


def _binary_cross_entropy_gradient(y_hat: Array, y: Array, out: Array) -> None:
    np.subtract(y_hat, y, out=out)
    out /= len(y)


LOSSES = {
    "squared_error": _squares(lambda n, n_out: 1.0 / n),
    "half_squared_error": _squares(lambda n, n_out: 0.5 / n),
    "mean_squared_error": _squares(lambda n, n_out: 1.0 / (n * n_out)),
    "cross_entropy": Loss(_cross_entropy, _cross_entropy_gradient, output="softmax"),
    "binary_cross_entropy": Loss(_binary_cross_entropy, _binary_cross_entropy_gradient, output="sigmoid"),
}
