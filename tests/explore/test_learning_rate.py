"""The learning rate: the path is gradient descent's, and the words say what it does."""

import numpy as np
import pytest

import bplab
from bplab import explore
from bplab.explore.learning_rate import PRESETS, verdict
from bplab.explore.surface import Path, given_surface


def test_the_path_is_that_of_training_the_line() -> None:
    explorer = explore.learning_rate()
    explorer.set(lr=0.07, steps=9, w1_11=-0.8, b1_1=1.3)
    net = bplab.line(-0.8, 1.3)
    history = bplab.train(net, *bplab.data.line_points(), lr=0.07, epochs=9, keep_theta=True)
    path = explorer.numbers["path"]
    np.testing.assert_allclose(np.transpose([path.p, path.q]), history.theta, rtol=1e-12)
    assert path.costs[:-1] == pytest.approx(history.cost.tolist())
    assert explorer.numbers["cost"] == pytest.approx(net.cost(*bplab.data.line_points()))


def test_only_the_two_parameters_are_updated() -> None:
    rng = np.random.default_rng(2)
    net, x, y = bplab.Network([2, 3, 1], rng=1), rng.normal(size=(5, 2)), rng.normal(size=(5, 1))
    explorer = explore.learning_rate(net, x, y, names=("w1_23", "b2_1"))
    explorer.set(lr=0.2, steps=1)
    grads = net.backward(net.forward(x), y)
    path = explorer.numbers["path"]
    assert path.p == pytest.approx([net["w1_23"], net["w1_23"] - 0.2 * grads["w1_23"]])
    net["w1_23"], net["b2_1"] = path.p[1], path.q[1]
    assert explorer.numbers["cost"] == pytest.approx(net.cost(x, y))


@pytest.mark.parametrize(
    ("preset", "says"),
    [("crawls", "It crawls: "), ("just right", "Just right: it arrives"), ("zigzags", "It zigzags"),
     ("diverges", "It diverges: the steps are too long, and the cost grows")],
)  # fmt: skip
def test_each_preset_does_what_it_says(preset: str, says: str) -> None:
    explorer = explore.learning_rate()
    explorer.press(preset)
    assert explorer.numbers["verdict"].startswith(says)
    assert explorer.numbers["verdict"] in explorer.alt


def test_a_divergence_stays_drawable() -> None:
    explorer = explore.learning_rate()
    explorer.set(lr=explorer.controls["lr"].high, steps=60)
    path = explorer.numbers["path"]
    assert len(path.p) < 60
    assert len(path.p) == len(path.q) == len(path.costs)
    assert np.isfinite([path.p, path.q, path.costs]).all()
    assert "It diverges" in explorer.alt


FIVE = "5% of the way down is left"


def said(p: list[float], costs: list[float], low: float = 0.0) -> str:
    """The verdict on a path along p, on a surface with this lowest cost, seen from −5 to 5."""
    surface = given_surface(None, None, None, ("w1_11", "b1_1"), (0.0, 0.0))._replace(low=low, reach=5.0)
    return verdict(Path(p, [0.0] * len(p), costs), surface)


def test_words_follow_the_costs_and_the_turns() -> None:
    costs = [16, 9, 4, 1, 0.8]
    assert said([1.0], [1.0]) == "Not a step yet"
    assert said([4, 3, 2, 1, 0.5], costs) == "On its way: 5% of the way down is left"
    assert said([4, -3, 2, -1, 0.5], costs) == "It zigzags, from one slope of the valley to the other; " + FIVE
    assert said([4, -3, 2], costs[:3]) == "On its way: 25% of the way down is left", "two steps are too few"
    assert said([1, 1, 1], [0.5, 0.5, 0.5], low=0.5) == "It starts at the lowest point"
    assert said([1, 1], [0.0, 0.0], low=0.0) == "It starts at the lowest point"
    assert said([4, 1e-9, 1e-13, 1e-9, 1e-13, 0], [16, 0, 0, 0, 0, 0]) == "Just right: it arrives", "no turns at all"
    assert said([4, 3, 2, 5.1, 5.2], costs) == "It has left the picture, and goes down there"
    assert said([4, 4.1, 4.2, 4.3, 4.4], [16, 15, 14, 13, 12]) == "It crawls: 75% of the way down is left"


def test_steps_forward_and_back() -> None:
    explorer = explore.learning_rate()
    longest = explorer.numbers["path"]
    explorer.press("‹ back")
    assert explorer.state["steps"] == 19
    assert explorer.numbers["path"].p == longest.p[:-1]
    explorer.press("forward ›")
    assert explorer.numbers["path"] == longest


def test_what_is_left_is_measured_from_the_lowest_cost() -> None:
    assert said([0, 1, 2, 3, 4], [9.0, 8.0, 7.0, 6.0, 5.0], low=1.0) == "It crawls: 50% of the way down is left"
    assert said([0, 1], [9.0, 5.0], low=1.0) == "On its way: 50% of the way down is left", "a step is too few"
    assert said([0, 1], [9.0, 1.4], low=1.0) == "On its way: 5% of the way down is left"
    assert said([0, 1], [9.0, 0.5], low=1.0) == "Just right: it arrives"


def own_surfaces() -> dict[str, tuple]:
    rng = np.random.default_rng(0)
    x, far = rng.normal(size=(9, 2)), np.linspace(-5.0, 5.0, 9)[:, None]
    curved = bplab.Network([2, 3, 2], "sigmoid", rng=0), x, rng.uniform(size=(9, 2)), ("w1_11", "w2_11")
    return {
        "far away": (None, far, far + 65, ("w1_11", "b1_1")),
        "curved": curved,
        "a ReLU": (bplab.Network([2, 3, 2], ["relu", "linear"], rng=0), *curved[1:]),
        "one slope": (None, np.zeros((4, 1)), np.zeros((4, 1)), ("w1_11", "b1_1")),
        "tanh": (bplab.Network([2, 4, 2], "tanh", rng=2), x, rng.normal(size=(9, 2)), ("w1_11", "b1_1")),
    }


@pytest.mark.parametrize("given", own_surfaces().values(), ids=own_surfaces())
def test_the_presets_of_a_surface_of_ones_own_do_what_they_say(given: tuple) -> None:
    explorer = explore.learning_rate(*given)
    offered = [words for words in PRESETS if words in explorer.buttons]
    assert len(offered) >= 2
    for words in offered:
        explorer.press(words)
        assert explorer.numbers["verdict"].startswith(PRESETS[words][0])
