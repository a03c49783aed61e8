"""What the user gives an explorer: a network and data that fit the picture, or a clear refusal."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from bplab.arrays import Array
from bplab.network import Network

INPUTS = (0.5, 0.7, 0.3, 0.9, 0.6)


def given_network(net: Network, largest: tuple[int, ...], smallest: int = 2) -> Network:
    """A copy of the user's network, so that sliders leave the user's own alone.

    Raises
    ------
    TypeError
        If it is no Network.
    ValueError
        If it has more layers than `largest` or more units in one than its largest.
    """
    if not isinstance(net, Network):
        kind = type(net).__name__
        raise TypeError(f"net is a {kind}, expected a bplab.Network, such as bplab.two_two_one()")
    if len(net.sizes) > len(largest) or max(net.sizes) > max(largest):
        shape, room = "-".join(map(str, net.sizes)), "-".join(map(str, largest))
        raise ValueError(f"net is {shape}, too large for this picture: at most {room}; give a smaller one")
    copy = Network(net.sizes, net.activations, net.loss, bias=net.bias)
    copy.theta = net.theta
    return copy


def given_samples(net: Network, x: ArrayLike | None, most: int = 12) -> Array:
    """The inputs as an array (n, n_in): the user's, or one sample of the course's.

    Raises
    ------
    TypeError, ValueError
        If x does not fit the network or has more than `most` rows.
    """
    checked = net.forward([INPUTS[: net.sizes[0]]] if x is None else x).a[0]
    if len(checked) > most:
        raise ValueError(
            f"x has {len(checked)} samples, the picture shows at most {most}: give x[:{most}] and y[:{most}]"
        )
    return np.array(checked)


def reach(value: float, least: float = 2.0) -> tuple[float, float]:
    """The range of a slider that starts at `value`: from −`least` to `least`, wider for a larger value."""
    widest = max(least, float(math.ceil(1.5 * abs(value))))
    return -widest, widest
