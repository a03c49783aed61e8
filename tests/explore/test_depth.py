"""Depth: sizes are the network's own gradients', and the words follow them."""

import numpy as np
import pytest

import bplab
from bplab import explore
from bplab.explore.depth import verdict


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "linear"])
def test_sizes_are_those_of_the_gradient(activation: str) -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(7, 3)), rng.normal(size=(7, 2))
    explorer = explore.depth(5, x, y)
    explorer.set(activation=activation, layers=4, scale=1.7, draw=6)
    net = bplab.Network([3, 5, 5, 5, 2], activation, rng=6)
    for k in net.W:
        net.W[k] = 1.7 * net.W[k]
    grads = net.backward(net.forward(x), y)
    assert explorer.numbers["sizes"] == pytest.approx([np.sqrt(np.mean(grads.delta[k] ** 2)) for k in (1, 2, 3, 4)])
    explorer.set(shown="dW")
    numerical = bplab.numerical_gradient(net, x, y)
    assert explorer.numbers["sizes"] == pytest.approx([np.sqrt(np.mean(numerical.W[k] ** 2)) for k in (1, 2, 3, 4)])


@pytest.mark.parametrize(
    ("activation", "preset", "says"),
    [("sigmoid", "1/√n", "vanishes"), ("tanh", "1/√n", "keeps about its size"), ("tanh", "small weights", "vanishes"),
     ("relu", "1/√n", "vanishes"), ("linear", "large weights", "explodes")],
)  # fmt: skip
def test_twenty_layers_vanish_or_explode(activation: str, preset: str, says: str) -> None:
    explorer = explore.depth()
    explorer.set(activation=activation, layers=20)
    explorer.press(preset)
    assert f"The gradient {says}" in explorer.alt
    assert len(explorer.numbers["sizes"]) == 20


def test_words_follow_the_sizes() -> None:
    assert (
        verdict([1e-6, 1e-3, 1.0])
        == "The gradient vanishes: a factor of 0.001 a layer, in layer 1 it is 1/1000000 of layer 3's"
    )
    assert (
        verdict([5e4, 5e2, 5.0])
        == "The gradient explodes: a factor of 100 a layer, in layer 1 it is 10000 times layer 3's"
    )
    assert verdict([0.3, 0.6]) == "The gradient shrinks: a factor of 0.5 a layer"
    assert verdict([0.6, 0.3]) == "The gradient grows: a factor of 2 a layer"
    assert verdict([0.3]) == "One layer: nothing to go back through"
    assert verdict([0.0, 0.3]) == "No gradient arrives in layer 1"
    assert verdict([0.0, 0.0]) == "Not even the last layer has a gradient"
    assert verdict([np.inf, np.nan]) == "The gradient explodes: it is too large for a float"


def test_the_bars_are_logarithmic() -> None:
    explorer = explore.depth()
    bars = explorer.svg.count('stroke="var(--bp-plus)"')
    assert bars == 8
    explorer.set(layers=20, activation="linear", scale=10.0)
    assert explorer.numbers["sizes"][0] > 1e10
    assert explorer.svg.count('stroke="var(--bp-plus)"') == 20


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="width is 65, expected at most 64"):
        explore.depth(65)
    with pytest.raises(TypeError, match=r"width is 2\.5, expected a whole number"):
        explore.depth(2.5)
    with pytest.raises(ValueError, match="y is missing: give x and y together"):
        explore.depth(x=[[1.0]])
    with pytest.raises(ValueError, match="x has 2 samples and y has 1"):
        explore.depth(x=[[1.0], [2.0]], y=[[1.0]])
    with pytest.raises(ValueError, match="x has shape"):
        explore.depth(x=[1.0, 2.0], y=[[1.0]])
