"""The cost over two parameters: the surface, its contours, the point's gradient."""

import math
from xml.etree import ElementTree

import numpy as np
import pytest
from boxes import SVG, words_of

import bplab
from bplab import explore
from bplab.explore.surface import given_surface
from bplab.pictures.svg import number


def wave() -> tuple[bplab.Network, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    return bplab.Network([2, 3, 2], rng=3), rng.normal(size=(7, 2)), rng.uniform(size=(7, 2))


def test_the_grid_holds_the_cost_of_the_users_network() -> None:
    net, x, y = wave()
    before = net.theta.copy()
    surface = given_surface(net, x, y, ("b1_3", "w2_21"), start=(0, 0))
    np.testing.assert_array_equal(net.theta, before)
    assert surface.start == (net["b1_3"], net["w2_21"])
    net["b1_3"], net["w2_21"] = -surface.reach, surface.reach
    assert surface.grid[-1, 0] == net.cost(x, y), "b1_3 goes across, w2_21 upwards"
    net["b1_3"], net["w2_21"] = surface.lowest
    assert net.cost(x, y) == pytest.approx(surface.low, rel=1e-12)
    assert surface.low <= surface.grid.min()


def test_the_lowest_point_lies_between_the_points_of_the_grid() -> None:
    x, y = bplab.data.line_points()
    surface = given_surface(None, x, y, ("w1_11", "b1_1"), start=(0.0, 0.0))
    assert surface.lowest == pytest.approx(np.polyfit(x[:, 0], y[:, 0], 1), rel=1e-6)
    assert surface.low == pytest.approx(np.mean((np.polyval(surface.lowest, x) - y) ** 2))


def test_the_picture_is_wide_enough_for_a_lowest_point_far_away() -> None:
    x = np.linspace(-3.0, 5.0, 7)[:, None]
    explorer = explore.loss_surface(x=x, y=0.8 * x + 50)
    explorer.press("the lowest point")
    assert explorer.state["b1_1"] == pytest.approx(50, rel=1e-6)
    assert explorer.numbers["cost"] == pytest.approx(0, abs=1e-9)
    assert "outside" not in explorer.alt


def test_a_point_that_has_left_the_picture_is_said_to_be_outside() -> None:
    rng = np.random.default_rng(3)
    net = bplab.Network([1, 1], "sigmoid", rng=0)
    explorer = explore.loss_surface(net, rng.normal(size=(8, 1)), np.ones((8, 1)))
    assert "outside" not in explorer.svg
    explorer.set(b1_1=explorer.controls["b1_1"].high, steps=60)
    path = explorer.numbers["path"]
    assert path.q[-1] > explorer.controls["b1_1"].high, "the cost falls for ever towards larger b"
    assert explorer.svg.count("The point is outside the picture.") == 2, "to be read, and in the label"


def test_only_two_parameters_move_and_their_slopes_are_the_gradient() -> None:
    net, x, y = wave()
    explorer = explore.loss_surface(net, x, y, names=("b1_3", "w2_21"))
    assert list(explorer.state) == ["b1_3", "w2_21", "steps"]
    assert explorer.numbers["cost"] == net.cost(x, y)
    explorer.set(b1_3=0.7, w2_21=-0.9)
    net["b1_3"], net["w2_21"] = 0.7, -0.9
    grads = bplab.numerical_gradient(net, x, y)
    assert explorer.numbers["cost"] == net.cost(x, y)
    assert explorer.numbers["dC/db1_3"] == pytest.approx(grads["b1_3"], rel=1e-6)
    assert explorer.numbers["dC/dw2_21"] == pytest.approx(grads["w2_21"], rel=1e-6)


def test_words_tell_cost_slopes_and_lowest_point() -> None:
    explorer = explore.loss_surface()
    numbers = explorer.numbers
    assert (
        f"At w1_11 = −0.6, b1_1 = −0.5 it is {number(numbers['cost'])}; falls if w1_11 grows: slope −" in explorer.alt
    )
    explorer.press("the lowest point")
    a, b = np.polyfit(*(v[:, 0] for v in bplab.data.line_points()), 1)
    assert explorer.state["w1_11"] == pytest.approx(a, abs=0.06), "to the grid's accuracy"
    assert explorer.state["b1_1"] == pytest.approx(b, abs=0.06)
    before = explorer.numbers["cost"]
    explorer.set(w1_11=1.9, b1_1=1.9)
    assert "rises if b1_1 grows" in explorer.alt
    assert explorer.numbers["cost"] > before


def test_every_step_downhill_lowers_the_cost_and_leaves_a_path() -> None:
    for explorer in (explore.loss_surface(), explore.loss_surface(None, [[9.0], [8.0]], [[1.0], [2.0]])):
        costs = [explorer.numbers["cost"]]
        for _ in range(5):
            explorer.press("one step downhill")
            costs.append(explorer.numbers["cost"])
        assert costs == sorted(costs, reverse=True)
        assert explorer.numbers["path"].costs == pytest.approx(costs)
        assert f"after 5 steps downhill from cost {number(costs[0])}, it is {number(costs[-1])}" in explorer.alt
        explorer.press("‹ back")
        assert explorer.numbers["cost"] == pytest.approx(costs[-2])
        assert explorer.state["w1_11"] == -0.6, "the sliders keep the start"


def test_the_curve_beside_it_is_the_networks() -> None:
    x, y = bplab.data.line_points()
    explorer = explore.loss_surface(None, x, y)
    explorer.set(w1_11=0.5, b1_1=-0.25)
    fit = explorer.numbers["fit"]
    assert np.diff(fit, 2) == pytest.approx(0, abs=1e-12)
    assert fit[0] == pytest.approx(0.5 * (-1.5 - 0.08 * 4.1) - 0.25)
    assert explore.loss_surface(*wave(), names=("b1_3", "w2_21")).numbers["fit"] == []


@pytest.mark.parametrize("make", [explore.loss_surface, explore.learning_rate, explore.sgd])
def test_what_does_not_fit_is_refused(make) -> None:
    net, x, y = wave()
    with pytest.raises(ValueError, match="x and y are missing: give the data"):
        make(net)
    with pytest.raises(ValueError, match="y is missing"):
        make(net, x)
    with pytest.raises(ValueError, match="names is 'w1_11', expected two different parameters"):
        make(net, x, y, names="w1_11")
    with pytest.raises(ValueError, match="expected two different"):
        make(net, x, y, names=("w1_11", "w1_11"))
    with pytest.raises(ValueError, match="names is None, expected two different"):
        make(net, x, y, names=None)
    with pytest.raises(KeyError, match="no parameter 'w3_11' in a 2-3-2 network"):
        make(net, x, y, names=("w1_11", "w3_11"))
    with pytest.raises(TypeError, match="net is a list"):
        make([1, 1], x, y)
    with pytest.raises(ValueError, match="x has"):
        make(net, x[:, :1], y)


def test_labels_that_are_all_the_same_have_an_axis_around_them() -> None:
    explorer = explore.loss_surface(x=[[1.0], [2.0], [3.0]], y=[[7.0]] * 3)
    assert {"6.8", "7", "7.2"} < {words.words for words in words_of(explorer.svg)}


def arrow_of(line: ElementTree.Element) -> tuple[float, float]:
    x1, y1, x2, y2 = (float(line.get(name)) for name in ("x1", "y1", "x2", "y2"))
    return x2 - x1, y1 - y2


def test_the_arrows_follow_the_gradient_and_its_opposite() -> None:
    explorer = explore.loss_surface()
    lengths = []
    for a, b in ((-0.6, -0.5), (0.5, -0.2), (0.7, 0.4)):
        explorer.set(w1_11=a, b1_1=b)
        numbers = explorer.numbers
        up, down = (arrow_of(line) for line in list(ElementTree.fromstring(explorer.svg).iter(f"{SVG}line"))[:2])
        length = math.hypot(*up)
        slopes = numbers["dC/dw1_11"], numbers["dC/db1_1"]
        assert np.array(up) / length == pytest.approx(np.array(slopes) / math.hypot(*slopes), abs=0.02)
        assert down == pytest.approx([-up[0], -up[1]], abs=0.3)
        lengths.append(length)
    assert lengths == sorted(lengths, reverse=True), "shorter where it is flatter"
    assert lengths[0] < 0.3 * 352
    explorer = explore.loss_surface(None, [[0.0], [0.0]], [[1.0], [1.0]])
    explorer.set(b1_1=1.0)
    assert explorer.numbers["length"] == 0
    assert len(list(ElementTree.fromstring(explorer.svg).iter(f"{SVG}line"))) == 2, "those of the key"
