"""Forward and backward pass: every number is the network's own, every line of code shown does what it says."""

import numpy as np
import pytest
from boxes import words_of

import bplab
from bplab import explore
from bplab.explore.backward_pass import path
from bplab.explore.passes import steps
from bplab.pictures.svg import number

NETWORKS = [
    bplab.two_two_one(),
    bplab.price_predictor(),
    bplab.chain(0.8, 0.7, 0.9),
    bplab.Network([4, 5, 5, 3], ["tanh", "relu", "softmax"], "cross_entropy", rng=1),
    bplab.Network([3, 2, 4], ["tanh", "sigmoid"], "binary_cross_entropy", rng=2),
    bplab.Network([3, 5, 2], ["relu", "tanh"], "half_squared_error", rng=3),
    bplab.Network([2, 4, 3], ["sigmoid", "softmax"], "mean_squared_error", rng=4, bias=False),
    bplab.Network([2, 3], "softmax", rng=5),
]


def data(net: bplab.Network, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(9)
    return rng.uniform(0.2, 1.4, size=(n, net.sizes[0])), rng.uniform(0.1, 0.9, size=(n, net.sizes[-1]))


@pytest.mark.parametrize("net", NETWORKS, ids=str)
def test_numbers_are_the_networks(net: bplab.Network) -> None:
    x, y = data(net, 1)
    trace = net.forward(x)
    grads = net.backward(trace, y)
    for make in (explore.forward_pass, explore.backward_pass):
        numbers = make(net, x, y).numbers
        assert numbers["cost"] == trace.cost(y)
        for k in range(1, net.depth + 1):
            assert [numbers[f"z{k}_{j}"] for j in range(1, net.sizes[k] + 1)] == trace.z[k][0].tolist()
            assert [numbers[f"a{k}_{j}"] for j in range(1, net.sizes[k] + 1)] == trace.a[k][0].tolist()
    for k in range(1, net.depth + 1):
        assert [numbers[f"delta{k}_{j}"] for j in range(1, net.sizes[k] + 1)] == grads.delta[k][0].tolist()
    assert [numbers[f"dC/d{name}"] for name in net.names] == grads.theta.tolist()


@pytest.mark.parametrize("net", NETWORKS, ids=str)
def test_chain_rule_and_nudging_agree_for_every_parameter(net: bplab.Network) -> None:
    x, y = data(net, 1)
    explorer = explore.backward_pass(net, x, y)
    for name in net.names:
        explorer.set(parameter=name)
        numbers = explorer.numbers
        assert numbers["slope"] == pytest.approx(numbers[f"dC/d{name}"], rel=1e-9, abs=1e-15)
        assert numbers["numerical"] == pytest.approx(numbers[f"dC/d{name}"], rel=1e-5, abs=1e-8)
        assert np.prod([value for _, value in numbers["factors"]]) == pytest.approx(numbers["slope"])
        assert explorer.formula.count("frac") >= 3


@pytest.mark.parametrize("net", NETWORKS, ids=str)
def test_the_lines_of_code_compute_the_pass(net: bplab.Network) -> None:
    x, y = data(net, 6)
    if net.loss == "cross_entropy":
        y /= y.sum(axis=1, keepdims=True)
    act, L = bplab.activations, net.depth
    room = {"x": x, "y": y, "n": len(x), "W": net.W, "b": net.b, "z": {}, "a": {}, "delta": {}, "dW": {}, "db": {}}
    room |= {f: getattr(act, f) for f in ("sigmoid", "tanh", "relu", "softmax")} | {"log": np.log}
    for step in steps(net):
        exec(step.code, room)
    trace = net.forward(x)
    grads = net.backward(trace, y)
    assert room["C"] == pytest.approx(trace.cost(y), rel=1e-9)
    for k in range(1, L + 1):
        np.testing.assert_allclose(room["delta"][k], grads.delta[k], rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(room["dW"][k], grads.W[k], rtol=1e-9, atol=1e-15)
        if net.bias:
            np.testing.assert_allclose(room["db"][k], grads.b[k], rtol=1e-9, atol=1e-15)


def test_each_step_shows_its_number_and_none_before() -> None:
    explorer = explore.backward_pass()
    explorer.press("« first")
    seen = []
    for at, step in enumerate(steps(bplab.two_two_one())):
        assert explorer.state["step"] == at
        words = [box.words for box in words_of(explorer.svg)]
        assert step.code in words
        assert step.words in words
        seen.append(len(words))
        explorer.press("forward ›")
    assert seen == sorted(seen)
    assert explorer.state["step"] == 9
    assert number(explorer.numbers["dC/dw1_22"]) in words
    explorer.press("‹ back")
    assert number(explorer.numbers["dC/dw1_22"]) not in [box.words for box in words_of(explorer.svg)]


def test_the_path_goes_through_every_later_unit_that_the_parameter_reaches() -> None:
    net = bplab.Network([2, 3, 2, 1], rng=1)
    assert path(net, "w2_31") == {"w2_31", "a2_1", "w3_11", "a3_1", "C_1", "C"}
    assert path(net, "b1_2") == {
        "b1_2", "a1_2", "w2_21", "w2_22", "a2_1", "a2_2", "w3_11", "w3_21", "a3_1", "C_1", "C",
    }  # fmt: skip


def test_alt_tells_the_sign() -> None:
    explorer = explore.backward_pass()
    for name in bplab.two_two_one().names:
        explorer.set(parameter=name)
        slope = explorer.numbers["slope"]
        way = "falls" if slope < 0 else "rises"
        assert f"{way} if {name} grows: slope {number(slope)}" in explorer.alt
    explorer.set(w2_11=0.0, parameter="w1_11")
    assert "does not move if w1_11 grows" in explorer.alt


def test_the_chosen_parameters_slider_is_in_view() -> None:
    explorer = explore.backward_pass()
    explorer.shell.controls["parameter"].value = "b2_1"
    assert explorer.state["parameter"] == "b2_1"
    assert explorer.shell.controls["b2_1"] in explorer.shell._first.children
    assert explorer.shell.controls["w1_11"] in explorer.shell._rest.children
    with pytest.raises(ValueError, match="parameter = 'w3_11' is not possible: one of w1_11"):
        explorer.set(parameter="w3_11")


def test_forward_alt_names_prediction_target_and_cost() -> None:
    explorer = explore.forward_pass()
    y_hat, cost = explorer.numbers["y_hat"], explorer.numbers["cost"]
    assert explorer.alt == (
        f"2-2-1 network, inputs 0.5, 0.7: ŷ = {number(y_hat)} where 1.2 is right; cost {number(cost)}."
    )
