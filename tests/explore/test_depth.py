"""Depth: sizes are the network's own gradients', and the words follow them."""

import math
from xml.etree import ElementTree

import numpy as np
import pytest
from boxes import SVG, words_of

import bplab
from bplab import explore
from bplab.explore.depth import draw, verdict


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


def bars(svg: str) -> list[float]:
    """Where the bars end."""
    paths = ElementTree.fromstring(svg).iter(f"{SVG}path")
    return [float(path.get("d").split("H")[1]) for path in paths if path.get("stroke") == "var(--bp-plus)"]


def test_the_bars_are_logarithmic_and_within_the_axis() -> None:
    explorer = explore.depth()
    for state in ({}, {"layers": 20, "activation": "linear", "scale": 10.0}, {"layers": 2, "activation": "tanh"}):
        explorer.set(**state)
        ends, sizes = bars(explorer.svg), explorer.numbers["sizes"]
        ticks = {box.words: (box.left + box.right) / 2 for box in words_of(explorer.svg) if box.words.startswith("1e")}
        low, high = min(ticks.values()), max(ticks.values())
        exponent = {place: float(words[2:].replace("−", "-")) for words, place in ticks.items()}
        a_decade = (high - low) / (exponent[high] - exponent[low])
        assert exponent[high] - exponent[low] >= 3
        assert ends == pytest.approx([low + a_decade * (math.log10(size) - exponent[low]) for size in sizes], abs=0.2)
        assert low + 10 < min(ends) <= max(ends) < 677


def test_no_gradient_is_no_bar_and_no_number_a_whole_one() -> None:
    values = {"activation": "relu", "scale": 1.0, "shown": "delta", "verdict": "…"}
    assert bars(draw({**values, "sizes": [0.0, 0.02, math.inf]})) == pytest.approx([84, 400, 676], abs=200)
    assert bars(draw({**values, "sizes": [0.0, 0.02, math.inf]}))[::2] == [84, 676]
    assert "too large" in draw({**values, "sizes": [0.0, math.nan]})


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
