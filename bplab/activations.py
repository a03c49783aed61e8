"""Activation functions and their derivatives, by name.

Each function takes z of any shape and gives an array of that shape; with ``out=`` it writes into that array. Each
derivative takes z and a = f(z), since σ' and tanh' are shortest in a: σ' = a (1 − a), tanh' = 1 − a². (Note 001 writes
σ'' for this first derivative.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bplab.arrays import Array


def sigmoid(z: ArrayLike, out: Array | None = None) -> Array:
    """σ(z) = 1 / (1 + e^−z), for any z.

    >>> float(sigmoid(0.0))
    0.5
    """
    if out is None:
        return sigmoid(z, np.empty(np.shape(z)))[()]
    np.negative(z, out=out)
    with np.errstate(over="ignore"):  # below z = −709 e^−z is ∞ in float64, and 1 / ∞ = 0 is right to 1e-308
        np.exp(out, out=out)
    out += 1.0
    return np.reciprocal(out, out=out)


def sigmoid_prime(z: ArrayLike, a: ArrayLike, out: Array | None = None) -> Array:
    """σ'(z) = a (1 − a) with a = σ(z)."""
    if out is None:
        return sigmoid_prime(z, a, np.empty(np.shape(a)))[()]
    np.subtract(1.0, a, out=out)
    return np.multiply(out, a, out=out)


def tanh(z: ArrayLike, out: Array | None = None) -> Array:
    """The hyperbolic tangent."""
    return np.tanh(z, out=out)


def tanh_prime(z: ArrayLike, a: ArrayLike, out: Array | None = None) -> Array:
    """tanh'(z) = 1 − a² with a = tanh(z)."""
    if out is None:
        return tanh_prime(z, a, np.empty(np.shape(a)))[()]
    np.multiply(a, a, out=out)
    return np.subtract(1.0, out, out=out)


def relu(z: ArrayLike, out: Array | None = None) -> Array:
    """max(z, 0)."""
    return np.maximum(z, 0.0, out=out)


def relu_prime(z: ArrayLike, a: ArrayLike, out: Array | None = None) -> Array:
    """1 where z > 0, else 0; at the kink z = 0 the course takes 0."""
    if out is None:
        return relu_prime(z, a, np.empty(np.shape(z)))[()]
    return np.greater(z, 0.0, out=out)


def linear(z: ArrayLike, out: Array | None = None) -> Array:
    """z itself, unchanged."""
    if out is None:
        return np.array(z, dtype=np.float64)[()]
    if out is not z:
        out[...] = z
    return out


def linear_prime(z: ArrayLike, a: ArrayLike, out: Array | None = None) -> Array:
    """1 everywhere."""
    if out is None:
        return linear_prime(z, a, np.empty(np.shape(z)))[()]
    out[...] = 1.0
    return out


def softmax(z: ArrayLike, out: Array | None = None) -> Array:
    """e^z_j / Σ_m e^z_m along the last axis, without overflow: the largest z of each row is taken off first."""
    z = np.asarray(z, dtype=np.float64)
    out = np.subtract(z, z.max(axis=-1, keepdims=True), out=out)
    np.exp(out, out=out)
    out /= out.sum(axis=-1, keepdims=True)
    return out


Through = Callable[[Array, Array, Array, Array], None]


def _elementwise(prime: Callable[..., Array]) -> Through:
    def through(delta: Array, z: Array, a: Array, slope: Array) -> None:
        prime(z, a, out=slope)
        delta *= slope

    return through


def _through_linear(delta: Array, z: Array, a: Array, slope: Array) -> None:
    """The slope is 1."""


def _through_softmax(delta: Array, z: Array, a: Array, slope: Array) -> None:
    # ∂a_m/∂z_j = a_j (1[j = m] − a_m): each z moves every output of its sample.
    np.multiply(delta, a, out=slope)
    delta -= slope.sum(axis=1, keepdims=True)
    delta *= a


class Activation(NamedTuple):
    """One activation function.

    ``f(z, out)`` computes a; ``prime(z, a, out)`` its derivative, None for softmax, which is no function of one z;
    ``through(delta, z, a, slope)`` turns ∂C/∂a in `delta` into ∂C/∂z, in place, with `slope` as room to work in.
    """

    f: Callable[..., Array]
    prime: Callable[..., Array] | None
    through: Through


ACTIVATIONS = {
    "sigmoid": Activation(sigmoid, sigmoid_prime, _elementwise(sigmoid_prime)),
    "tanh": Activation(tanh, tanh_prime, _elementwise(tanh_prime)),
    "relu": Activation(relu, relu_prime, _elementwise(relu_prime)),
    "linear": Activation(linear, linear_prime, _through_linear),
    "softmax": Activation(softmax, None, _through_softmax),
}
