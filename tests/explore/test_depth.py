"""Depth: sizes are the network's own gradients', and the words follow them."""

import math
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from boxes import SVG, clashes, outside, words_of

import bplab
from bplab import explore
from bplab.explore.depth import draw, verdict
from bplab.pictures.svg import number


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
    values = {"words": "3 layers", "shown": "delta", "verdict": "…"}
    assert bars(draw({**values, "sizes": [0.0, 0.02, math.inf]})) == pytest.approx([84, 400, 676], abs=200)
    assert bars(draw({**values, "sizes": [0.0, 0.02, math.inf]}))[::2] == [84, 676]
    assert "too large" in draw({**values, "sizes": [0.0, math.nan]})


# What lecture 07 says is to be seen


def median_factor(explorer: explore.base.Explorer) -> float:
    """What a layer leaves of the gradient, the median over a hundred draws."""
    factors = []
    for draw_number in range(100):
        explorer.set(draw=draw_number)
        sizes = explorer.numbers["sizes"]
        factors.append((sizes[0] / sizes[-1]) ** (1 / (len(sizes) - 1)))
    return float(np.median(factors))


def test_every_layer_taken_away_gives_a_factor_of_about_four_back() -> None:
    explorer, firsts = explore.depth(), []
    for layers in range(8, 1, -1):
        explorer.set(layers=layers)
        firsts.append(explorer.numbers["first"])
    assert all(3 < less / more < 6 for more, less in pairwise(firsts))


@pytest.mark.parametrize(
    ("activation", "scale", "low", "high"),
    [("sigmoid", 1.0, 0.2, 0.25), ("sigmoid", 3.0, 0.4, 0.6), ("relu", 1.4, 0.9, 1.1), ("relu", 3.0, 2.0, 2.5)],
)
def test_a_layer_leaves_of_the_gradient_what_the_lecture_says(
    activation: str, scale: float, low: float, high: float
) -> None:
    explorer = explore.depth()
    explorer.set(activation=activation, scale=scale)
    assert low < median_factor(explorer) < high


def test_with_still_larger_weights_sigmoids_lose_less() -> None:
    explorer, factors = explore.depth(), []
    for scale in (3.0, 5.0, 10.0):
        explorer.set(scale=scale)
        factors.append(median_factor(explorer))
    assert factors == sorted(factors)


# A network of the user's own


@pytest.fixture
def own() -> bplab.Network:
    net = bplab.Network([3, 6, 4, 2], ["relu", "tanh", "softmax"], "cross_entropy", rng=2)
    net.theta = np.random.default_rng(5).normal(size=len(net.theta))
    return net


def test_the_own_network_shows_its_own_gradient_and_stays_as_it_is(own: bplab.Network) -> None:
    rng = np.random.default_rng(7)
    x, y, before = rng.normal(size=(7, 3)), rng.uniform(size=(7, 2)), own.theta.copy()
    explorer = explore.depth(own, x, y)
    grads = own.backward(own.forward(x), y)
    assert explorer.numbers["sizes"] == pytest.approx([np.sqrt(np.mean(grads.delta[k] ** 2)) for k in (1, 2, 3)])
    explorer.set(scale=2.5, shown="dW")
    assert np.array_equal(own.theta, before)
    for k in own.W:
        own.W[k] = 2.5 * own.W[k]
    numerical = bplab.numerical_gradient(own, x, y)
    assert explorer.numbers["sizes"] == pytest.approx([np.sqrt(np.mean(numerical.W[k] ** 2)) for k in (1, 2, 3)])
    assert "3 layers of your own, weights times 2.5" in explorer.alt


def test_the_own_network_can_be_trained_on_and_the_picture_keeps_what_it_was_given(own: bplab.Network) -> None:
    explorer = explore.depth(own)
    before = explorer.numbers["sizes"]
    own.theta = 2 * own.theta
    explorer.set(scale=0.5)
    explorer.press("as given")
    assert explorer.numbers["sizes"] == before


def test_the_own_network_s_picture_has_nothing_that_overlaps() -> None:
    nets = [bplab.Network([1, 1]), bplab.Network([2, 64, 1], "tanh"), bplab.Network([2] * 21, "linear", bias=False)]
    for net in nets:
        explorer = explore.depth(net)
        for state in ({}, {"scale": 10.0, "shown": "dW"}, {"scale": 0.1}):
            explorer.set(**state)
            assert not clashes(explorer.svg)
            assert not outside(explorer.svg)
            assert f"{net.depth} layer{'s' * (net.depth > 1)} of your own" in explorer.svg


def test_what_does_not_fit_is_refused(own: bplab.Network) -> None:
    with pytest.raises(ValueError, match="net is 65, expected at most 64 units in each layer"):
        explore.depth(65)
    with pytest.raises(ValueError, match="net is 0, expected 1 or more"):
        explore.depth(0)
    for no_network in (2.5, "relu", [2, 3, 1], None):
        with pytest.raises(TypeError, match=r"net is .*, expected a bplab.Network, or how many units each layer has"):
            explore.depth(no_network)  # type: ignore[arg-type]
    with pytest.raises(
        ValueError, match="net has 21 layers and up to 2 units in one, expected at most 20 layers of 64"
    ):
        explore.depth(bplab.Network([2] * 22))
    with pytest.raises(
        ValueError, match="net has 2 layers and up to 65 units in one, expected at most 20 layers of 64"
    ):
        explore.depth(bplab.Network([2, 65, 1]))
    with pytest.raises(ValueError, match="y is missing: give x and y together"):
        explore.depth(x=[[1.0]])
    with pytest.raises(ValueError, match="x has 2 samples and y has 1"):
        explore.depth(x=[[1.0], [2.0]], y=[[1.0]])
    with pytest.raises(ValueError, match="x has shape"):
        explore.depth(x=[1.0, 2.0], y=[[1.0]])
    with pytest.raises(TypeError, match="y is ragged"):
        explore.depth(x=[[1.0], [2.0]], y=[[1.0], [1.0, 2.0]])  # type: ignore[list-item]
    with pytest.raises(ValueError, match=r"x has shape \(1, 2\), expected \(n, 3\)"):
        explore.depth(own, [[0.5, 0.7]], [[1.0, 0.0]])
    with pytest.raises(ValueError, match=r"y has shape \(1, 3\), expected \(n, 2\)"):
        explore.depth(own, [[0.5, 0.7, 0.2]], [[1.0, 0.0, 0.0]])
    with pytest.raises(ValueError, match=r"x has 200 samples, too many for the slider .*: at most 18"):
        explore.depth(64, np.ones((200, 64)), np.ones((200, 64)))


def test_a_tiny_gradient_is_not_0() -> None:
    explorer = explore.depth()
    explorer.set(layers=20, scale=0.3)
    assert 0 < explorer.numbers["first"] < 1e-20
    assert f"{number(explorer.numbers['first'], least=0)} in the first" in explorer.alt
    assert ">0</text>" not in explorer.svg
    assert ">0</text>" in draw({**explorer.numbers, "sizes": [0.0, 0.02]})
