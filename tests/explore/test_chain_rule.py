"""The chain rule: the factors multiply to the network's own gradient; the paths add to it."""

import numpy as np
import pytest
from boxes import words_of

import bplab
from bplab import explore
from bplab.pictures.svg import number

START = {"w1": 0.7, "w2": 1.3, "w3": -0.6, "x": 0.9, "y": 0.3}


@pytest.mark.parametrize("chosen", [1, 2, 3])
def test_the_factors_multiply_to_the_gradient(chosen: int) -> None:
    explorer = explore.chain_rule(**START)
    explorer.set(weight=f"w_{chosen}")
    net, x, y = bplab.chain(0.7, 1.3, -0.6), [[0.9]], [[0.3]]
    gradient = bplab.numerical_gradient(net, x, y).theta[chosen - 1]
    factors = explorer.numbers["factors"]
    assert len(factors) == 9 - 2 * chosen
    assert np.prod([factor.value for factor in factors]) == pytest.approx(gradient, rel=1e-8)
    assert explorer.numbers["slope"] == pytest.approx(gradient, rel=1e-8)
    assert [factor.under for factor in factors][1:] == [factor.over for factor in factors][:-1], "a chain"
    words = [box.words for box in words_of(explorer.svg)]
    assert all(number(factor.value) in words for factor in factors)


def test_the_numbers_on_the_chain_are_the_networks() -> None:
    numbers = explore.chain_rule(**START).numbers
    trace = bplab.chain(0.7, 1.3, -0.6).forward([[0.9]])
    assert [numbers[f"z_{k}"] for k in (1, 2, 3)] == [trace.z[k].item() for k in (1, 2, 3)]
    assert [numbers[f"a_{k}"] for k in (1, 2, 3)] == [trace.a[k].item() for k in (1, 2, 3)]
    assert numbers["cost"] == trace.cost([[0.3]])


def test_a_relu_asleep_is_a_factor_of_0_below_it_and_none_above_it() -> None:
    explorer = explore.chain_rule()
    explorer.press("asleep")
    assert explorer.numbers["slope"] == 0
    assert explorer.numbers["asleep"] == [2]
    assert "ReLU 2 asleep, a factor 0 lets nothing through" in explorer.alt
    explorer.press("awake")
    assert explorer.numbers["slope"] > 0
    assert "the cost rises if w₁ grows" in explorer.alt
    explorer.set(w_1=-0.8, weight="w_3")
    assert explorer.numbers["asleep"] == []
    assert "the cost does not move with w₃" in explorer.alt, "a_2 is 0"


def test_the_paths_add_to_the_gradient() -> None:
    explorer = explore.chain_rule()
    explorer.set(view="paths", w1_11=0.4, w2_11=-1.2, w2_12=0.5, i_1=1.4, y_1=0.6, y_2=-0.3)
    net = bplab.Network([1, 1, 2], ["sigmoid", "linear"], bias=False)
    net.theta = [0.4, -1.2, 0.5]
    gradient = bplab.numerical_gradient(net, [[1.4]], [[0.6, -0.3]])["w1_11"]
    numbers = explorer.numbers
    assert sum(numbers["paths"]) * numbers["prime"] * 1.4 == pytest.approx(gradient, rel=1e-8)
    assert numbers["slope"] == pytest.approx(gradient, rel=1e-8)
    assert number(sum(numbers["paths"])) in explorer.alt


def test_two_paths_can_cancel() -> None:
    explorer = explore.chain_rule()
    explorer.press("paths cancel")
    upper, lower = explorer.numbers["paths"]
    assert upper == pytest.approx(-lower)
    assert abs(upper) > 0.1
    assert explorer.numbers["slope"] == pytest.approx(0, abs=1e-15)


def test_each_view_shows_its_own_sliders() -> None:
    explorer = explore.chain_rule()
    assert explorer.shown == ["view", "weight", "w_1", "w_2", "w_3"]
    explorer.shell.controls["view"].value = "paths"
    assert explorer.shown == ["view", "w2_11", "w2_12", "w1_11"]


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(TypeError, match="w2 is 'a', expected a number"):
        explore.chain_rule(w2="a")
    with pytest.raises(ValueError, match="y is nan, expected a finite number"):
        explore.chain_rule(y=float("nan"))


def test_each_factor_says_what_it_is() -> None:
    meanings = ["".join(map(str, factor.meaning)) for factor in explore.chain_rule().numbers["factors"]]
    assert meanings == ["x", "ReLU′", "w₂", "ReLU′", "w₃", "σ′", "2(ŷ − y)"]
