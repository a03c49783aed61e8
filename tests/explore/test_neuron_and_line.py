import math
from xml.etree import ElementTree

import numpy as np
import pytest
from boxes import SVG, clashes, outside, words_of

import bplab
from bplab import explore
from bplab.pictures import theme
from bplab.pictures.svg import signed


def test_neuron_is_the_weighted_sum_and_its_sigmoid() -> None:
    neuron = explore.neuron()
    neuron.set(w_1=0.7, w_2=-0.9, b=0.35, i_1=0.6, i_2=0.45)
    z = 0.7 * 0.6 - 0.9 * 0.45 + 0.35
    a = 1 / (1 + math.exp(-z))
    assert neuron.numbers["z"] == pytest.approx(z, rel=1e-12)
    assert neuron.numbers["a"] == pytest.approx(a, rel=1e-12)
    assert neuron.numbers["slope"] == pytest.approx(a * (1 - a), rel=1e-12)
    assert "z = 0.365, output a = σ(z) = 0.59" in neuron.alt


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "linear"])
def test_neuron_of_the_users_own(activation: str) -> None:
    net = bplab.Network([3, 1], activation, rng=2)
    net["b1_1"] = 0.3
    x = np.array([[0.4, -0.8, 1.3]])
    neuron = explore.neuron(net, x)
    trace = net.forward(x)
    assert neuron.numbers["a"] == pytest.approx(trace.y_hat.item(), rel=1e-12)
    step = 1e-6
    f = bplab.activations.ACTIVATIONS[activation].f
    up, down = f(trace.z[1] + step).item(), f(trace.z[1] - step).item()
    assert neuron.numbers["slope"] == pytest.approx((up - down) / (2 * step), rel=1e-6)


def test_neuron_refuses_what_is_no_neuron() -> None:
    for sizes in ([2, 2, 1], [4, 1]):
        with pytest.raises(ValueError, match="net is"):
            explore.neuron(bplab.Network(sizes))
    with pytest.raises(ValueError, match=r"^net has 2 units in layer 1, expected a single neuron"):
        explore.neuron(bplab.Network([2, 2]))
    with pytest.raises(ValueError, match=r"^x has 8 samples, the picture shows at most 1: give x\[:1\]$"):
        explore.neuron(x=np.ones((8, 2)))
    with pytest.raises(ValueError, match="net is softmax, expected"):
        explore.neuron(bplab.Network([2, 1], "softmax"))
    with pytest.raises(ValueError, match="x has"):
        explore.neuron(x=[[1.0, 2.0, 3.0]])


def test_neuron_without_bias_has_no_slider_for_it() -> None:
    net = bplab.Network([2, 1], "tanh", bias=False, rng=4)
    neuron = explore.neuron(net, [[0.4, -0.8]])
    assert "b" not in neuron.controls
    assert neuron.numbers["a"] == pytest.approx(net.forward([[0.4, -0.8]]).y_hat.item(), rel=1e-12)
    z, w_1, w_2 = (signed(neuron.numbers[name]) for name in ("z", "w_1", "w_2"))
    words = ["".join(box.words.split("\u200b")) for box in words_of(neuron.svg)]
    assert f"z = w1 i1 + w2 i2 = {w_1}·0.4 + {w_2}·(−0.8) = {z[1:-1]}" in words
    neuron.press("flip the signs")
    assert neuron.shown == ["w_1", "w_2", "i_1"]


def test_flipping_the_signs_mirrors_the_sigmoid() -> None:
    neuron = explore.neuron()
    a = neuron.numbers["a"]
    neuron.press("flip the signs")
    assert neuron.numbers["a"] == pytest.approx(1 - a, rel=1e-12)


def test_line_cost_is_the_mean_of_the_squares() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(7, 1)), rng.normal(size=(7, 1))
    line = explore.line(x, y)
    line.set(a=0.4, b=-0.3)
    residuals = 0.4 * x - 0.3 - y
    assert line.numbers["cost"] == pytest.approx(np.mean(residuals**2), rel=1e-12)
    assert line.numbers["dC/da"] == pytest.approx(2 * np.mean(residuals * x), rel=1e-12)
    assert line.numbers["dC/db"] == pytest.approx(2 * np.mean(residuals), rel=1e-12)
    np.testing.assert_allclose(line.numbers["residuals"], residuals[:, 0])


def test_line_says_which_way_the_cost_goes() -> None:
    line = explore.line([[1.0], [2.0], [3.0]], [[1.1], [1.9], [3.2]])
    line.set(a=0.2, b=0.0)
    assert "falls if a grows: slope −" in line.alt
    line.set(a=1.5)
    assert "rises if a grows: slope " in line.alt
    assert "slope −" not in line.alt
    line.press("best line")
    assert "level if a moves a little; level if b moves a little" in line.alt
    a, b = np.polyfit([1.0, 2.0, 3.0], [1.1, 1.9, 3.2], 1)
    assert (line.state["a"], line.state["b"]) == (pytest.approx(a), pytest.approx(b))


def test_line_refuses_data_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match="y is missing: give x and y together"):
        explore.line([[1.0], [2.0]])
    with pytest.raises(ValueError, match="x has"):
        explore.line([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="samples"):
        explore.line([[1.0], [2.0], [3.0]], [[1.0], [2.0]])
    with pytest.raises(ValueError, match=r"61 samples, the picture shows at most 60: give x\[:60\]"):
        explore.line(np.ones((61, 1)), np.ones((61, 1)))


def test_line_buttons_stay_on_the_sliders() -> None:
    x = np.linspace(10, 20, 9)[:, None]
    line = explore.line(x, 1.2 * x + 0.1)
    line.press("flat")
    assert line.state["b"] == pytest.approx(18.1)
    line.press("best line")
    assert line.numbers["cost"] == pytest.approx(0)


@pytest.mark.parametrize("wide", [1e-8, 1.0, 1e6])
@pytest.mark.parametrize("high", [1e-8, -3e-3, 0.7, -20.0, 1e6])
def test_line_is_in_view_and_legible_on_every_scale(wide: float, high: float) -> None:
    rng = np.random.default_rng(4)
    line = explore.line(wide * rng.uniform(1, 2, size=(9, 1)), high * rng.uniform(1, 2, size=(9, 1)))
    for button in (None, "flat", "best line"):
        if button:
            line.press(button)
        assert "cost 0;" not in line.alt
        assert "slope 0;" not in line.alt
        root = ElementTree.fromstring(line.svg)
        assert [path for path in root.iter(f"{SVG}path") if path.get("stroke") == theme.PLUS], "the line"
        assert not clashes(line.svg)
        assert not outside(line.svg)
        last = max(box.bottom for box in words_of(line.svg) if box.words.startswith("∂C/∂"))
        assert last < min(box.top for box in words_of(line.svg) if box.words.startswith("residual"))
    assert "level if a moves a little; level if b moves a little" in line.alt


def test_line_through_one_point() -> None:
    assert "through 1 point: cost" in explore.line([[1.0]], [[2.0]]).alt


def test_line_refuses_what_no_slider_holds() -> None:
    for name, x, y in (("x", 1e150, 1.0), ("y", 1.0, -1e150)):
        with pytest.raises(ValueError, match=rf"{name} holds a value of size 1e\+150, .* at most 1e\+09"):
            explore.line([[1.0], [x]], [[0.5], [y]])
