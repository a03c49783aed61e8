"""Forward and backward pass: every number is the network's own, every line of code shown does what it says."""

from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from boxes import SVG, clashes, outside, size_of, words_of

import bplab
from bplab import explore
from bplab.explore.links import Link, links
from bplab.explore.passes import steps
from bplab.explore.worked import worked
from bplab.pictures.svg import number, signed
from bplab.pictures.symbols import symbol

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
        assert np.prod(numbers["factors"]) == pytest.approx(numbers["slope"])


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


@pytest.mark.parametrize("net", NETWORKS, ids=str)
def test_a_link_for_each_factor_of_the_derivation(net: bplab.Network) -> None:
    x, y = data(net, 1)
    for name in net.names:
        derived = [factor for factor, _ in bplab.derive(net, name, x, y).factors]
        assert [fraction(link) for link in links(net, name)] == derived


def fraction(link: Link) -> str:
    """∂over/∂under as `derive` writes it."""
    return rf"\frac{{\partial {latex(link.over)}}}{{\partial {latex(link.under)}}}"


def latex(name: str) -> str:
    if name == "C":
        return r"\ell"  # of one sample, the same
    letter, above, below = symbol(name)
    if letter == "ŷ":
        return rf"\hat{{y}}_{{{below}}}" if below else r"\hat{y}"
    return f"{letter}^{{{above}}}_{{{below}}}"


@pytest.mark.parametrize("net", NETWORKS, ids=str)
def test_the_line_in_numbers_ends_with_what_the_step_computes(net: bplab.Network) -> None:
    explorer = explore.backward_pass(net, *data(net, 1))
    for name in net.names:
        explorer.set(parameter=name)
        for step in steps(net)[1:]:
            line = "".join(map(str, worked(step, explorer.numbers, net)))
            ends = [number(explorer.numbers[shown]) for shown in step.shows]
            assert any(line.endswith(f" = {end}") for end in ends), line


def test_the_line_in_numbers_can_be_worked_out() -> None:
    explorer = explore.backward_pass()
    explorer.set(parameter="w1_21")
    for step in steps(bplab.two_two_one()):
        line = "".join(map(str, worked(step, explorer.numbers, bplab.two_two_one())))
        *_, sum_, result = line.split(" = ")
        if step.computes in ("z", "output", "delta", "dW"):
            python = sum_.replace("−", "-").replace("·", "*")
            assert eval(python) == pytest.approx(float(result.replace("−", "-")), rel=5e-3)
    assert "".join(map(str, worked(steps(bplab.two_two_one())[-1], explorer.numbers, bplab.two_two_one()))) == (
        f"∂C/∂w¹₂₁ = a⁰₂·δ¹₁ = 0.7·0.341 = {number(explorer.numbers['slope'])}"
    )


def test_a_factor_and_its_piece_of_the_path_look_the_same() -> None:
    explorer = explore.backward_pass(bplab.chain(0.8, 0.7, 0.9))
    root = ElementTree.fromstring(explorer.svg)
    bands = [path for path in root.iter(f"{SVG}path") if path.get("stroke-opacity") == "0.6"]
    looks = [(path.get("stroke"), path.get("stroke-dasharray")) for path in bands]
    below = looks[-7:]
    assert [look for look in below if looks.count(look) >= 2 * below.count(look)] == below
    assert all(one != other for one, other in pairwise(below)), "neighbours differ"


@pytest.mark.parametrize("activation", ["linear", "sigmoid"])
def test_the_lines_below_a_narrow_diagram_are_not_cut(activation: str) -> None:
    explorer = explore.backward_pass(bplab.Network([1, 1], activation))
    explorer.set(w1_11=-0.1123, i_1=0.2345)
    (nudging,) = (box for box in words_of(explorer.svg) if box.words.startswith("By nudging"))
    assert nudging.right < size_of(explorer.svg)[0] - 40, "a wide font needs more than these boxes"


def test_a_relu_at_its_corner_is_said_where_the_two_slopes_differ() -> None:
    net = bplab.Network([2, 2, 1], ["relu", "linear"], rng=1)
    net["w1_11"], net["w1_21"], net["b1_1"] = 0.5, -0.5, 0.0
    explorer = explore.backward_pass(net, [[0.7, 0.7]], [[1.0]])
    high = size_of(explorer.svg)[1]
    assert explorer.numbers["slope"] == 0
    assert abs(explorer.numbers["numerical"]) > 0.01
    assert explorer.alt.endswith(
        "z1_1 = 0: a corner of ReLU. The chain rule takes the slope 0 there, a nudge sees both sides."
    )
    assert [box for box in words_of(explorer.svg) if "a corner of ReLU" in box.words]
    assert not clashes(explorer.svg)
    assert not outside(explorer.svg)
    for elsewhere in ({"parameter": "w1_12"}, {"step": 8}, {"i_1": 0.8}):
        explorer.press("start again")
        explorer.set(**elsewhere)
        assert "corner" not in explorer.svg
        assert size_of(explorer.svg)[1] < high


def test_a_factor_is_shown_once_it_is_known() -> None:
    explorer = explore.backward_pass()
    first, weight, prime, before = (signed(value, 4) for value in explorer.numbers["factors"])
    result = f"= {number(explorer.numbers['slope'], 4)}"
    for step, known in ((5, []), (6, [first]), (7, [first]), (8, [first, weight, prime]), (9, [before, result])):
        explorer.set(step=step)
        words = [box.words for box in words_of(explorer.svg)][-24:]
        assert all(number in words for number in known), step
        assert (result in words) == (step == 9)
        assert ("slope" in explorer.alt) == (step == 9)


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

    def path(name: str) -> frozenset[str]:
        return frozenset[str]().union(*(link.lights for link in links(net, name)))

    assert path("w2_31") == {"w2_31", "a2_1", "w3_11", "a3_1", "C_1", "C"}
    assert path("b1_2") == {
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
