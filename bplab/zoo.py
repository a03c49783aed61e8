"""The notes' networks, ready made, each with the sample that the notes or the course use with it."""

from __future__ import annotations

import numpy as np

from bplab.arrays import Array, finite, generator
from bplab.network import Network


def line(a: float, b: float) -> Network:
    """The line ŷ = a x + b of note 000, as a 1-1 network: a is w1_11, b is b1_1."""
    net = Network([1, 1], "linear")
    net["w1_11"], net["b1_1"] = finite("a", a), finite("b", b)
    return net


def two_two_one(*, rng: int | np.random.Generator | None = None) -> Network:
    """The course's network, the 2-2-1 of note 001: a hidden layer of two sigmoids, a linear output.

    Its nine parameters are the digits 1 to 9 behind the point, each once; with `rng` nine others are drawn, between
    −1 and 1. `card` gives the sample that goes with it.

    >>> net = two_two_one()
    >>> x, y = card()
    >>> round(float(net.forward(x).y_hat[0, 0]), 4)
    0.2853
    """
    net = Network([2, 2, 1], ["sigmoid", "linear"])
    if rng is not None:
        net.theta = generator(rng).uniform(-1.0, 1.0, size=9)
        return net
    net.W[1] = [[0.2, 0.6], [0.1, 0.9]]
    net.b[1] = [-0.7, -0.5]
    net.W[2] = [[-0.8], [0.3]]
    net.b[2] = [0.4]
    return net


def card() -> tuple[Array, Array]:
    """The one sample of the card: x = [[i_1, i_2]] of shape (1, 2) and y of shape (1, 1)."""
    return np.array([[0.5, 0.7]]), np.array([[1.2]])


def chain(w1: float, w2: float, w3: float) -> Network:
    """The scalar chain of note 002: ŷ = σ(w_3 ReLU(w_2 ReLU(w_1 x))), without biases."""
    net = Network([1, 1, 1, 1], ["relu", "relu", "sigmoid"], bias=False)
    net.theta = [finite("w1", w1), finite("w2", w2), finite("w3", w3)]
    return net


def price_predictor() -> Network:
    """The predictor of note 004 in sensible units: 3 inputs, 2 sigmoids, a linear output in thousands.

    For `price_sample` it says 12 where 10 is right. (The note puts a sigmoid at the output, which can give neither
    12000 nor −2000.)

    >>> x, y = price_sample()
    >>> round(float(price_predictor().forward(x).y_hat[0, 0]), 9), float(y[0, 0])
    (12.0, 10.0)
    """
    net = Network([3, 2, 1], ["sigmoid", "linear"])
    net.W[1] = [[0.9, -0.6], [0.4, 0.8], [-0.5, 0.7]]
    net.b[1] = [0.2, -0.3]
    net.W[2] = [[6.0], [-3.0]]
    x, _ = price_sample()
    net["b2_1"] = 12.0 - net.forward(x).y_hat[0, 0]
    return net


def price_sample() -> tuple[Array, Array]:
    """The sample of `price_predictor`: x of shape (1, 3), y = 10 (thousand) of shape (1, 1)."""
    return np.array([[0.8, 0.3, 0.5]]), np.array([[10.0]])
