"""Random networks with samples, for the tests: every size, activation and loss that the library allows."""

from itertools import product

import numpy as np
from hypothesis import strategies as st

import bplab

HIDDEN = ("sigmoid", "tanh", "relu", "linear")
SQUARES = ("squared_error", "half_squared_error", "mean_squared_error")
OUTPUTS = (
    *product((*HIDDEN, "softmax"), SQUARES),
    ("softmax", "cross_entropy"),
    ("sigmoid", "binary_cross_entropy"),
)


def case(sizes, activations, loss, *, bias=True, n=5, seed=0):
    """A network and samples x, y, all drawn from `seed`; no ReLU stands near its kink, where no gradient exists."""
    rng = np.random.default_rng(seed)
    net = bplab.Network(sizes, activations, loss, bias=bias)
    while True:
        net.theta = rng.normal(size=len(net.theta))
        x, y = rng.normal(size=(n, sizes[0])), rng.normal(size=(n, sizes[-1]))
        z = net.forward(x).z
        if all(np.abs(z[k]).min() > 1e-3 for k, name in enumerate(net.activations, start=1) if name == "relu"):
            return net, x, y


@st.composite
def cases(draw, most_layers=4, most_units=5):
    """Cases of 2 to `most_layers` layers of 1 to `most_units` units, 1 to 6 samples, with and without biases."""
    sizes = draw(st.lists(st.integers(1, most_units), min_size=3, max_size=most_layers + 1))
    hidden = draw(st.lists(st.sampled_from(HIDDEN), min_size=len(sizes) - 2, max_size=len(sizes) - 2))
    output, loss = draw(st.sampled_from(OUTPUTS))
    bias, n, seed = draw(st.booleans()), draw(st.integers(1, 6)), draw(st.integers(0, 10**6))
    return case(sizes, [*hidden, output], loss, bias=bias, n=n, seed=seed)


def each_combination():
    """Every hidden activation with every output, loss and bias, on three layers; n and all sizes differ."""
    for hidden, (output, loss), bias in product(HIDDEN, OUTPUTS, (True, False)):
        yield case([3, 4, 6, 2], [hidden, hidden, output], loss, bias=bias, n=5, seed=1)
