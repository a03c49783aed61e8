import re

import numpy as np
import pytest
from cases import case, cases, each_combination
from hypothesis import given, settings

import bplab

pytestmark = pytest.mark.filterwarnings("error")


def is_its_gradient(net, x, y):
    """derive gives backward's number for every parameter, as the mean over the samples of its factors' product."""
    grads = net.backward(net.forward(x), y)
    tiny = 1e-13 * max(1.0, np.abs(grads.theta).max())
    for name in net.names:
        derived = bplab.derive(net, name, x, y)
        assert derived.value == pytest.approx(grads[name], rel=1e-10, abs=tiny)
        assert len(derived.factors) >= 2
        assert all(values.shape == (len(x),) for _, values in derived.factors)
        product = np.prod([values for _, values in derived.factors], axis=0)
        assert derived.value == pytest.approx(product.mean(), rel=1e-12, abs=tiny)
        assert derived.latex.count("{") == derived.latex.count("}")
        assert derived._repr_latex_() == derived.latex
        for symbol, _ in derived.factors:
            assert r"\frac{\partial" in symbol
            assert symbol in derived.latex


def test_derive_is_backward_for_every_activation_loss_and_bias():
    for net, x, y in each_combination():
        is_its_gradient(net, x, y)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(cases(most_units=11))
def test_derive_is_backward_for_any_sizes(drawn):
    net, x, y = drawn
    is_its_gradient(net, x, y)


def numbers(latex):
    """The number that a product or sum of printed numbers stands for."""
    return eval(latex.replace(r" \cdot 10^{", "e").replace("}", "").replace(r"\cdot", "*"), {})


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("output", "loss"), [("sigmoid", "squared_error"), ("softmax", "cross_entropy")])
def test_the_printed_numbers_are_right_to_their_digits(output, loss, bias):
    net, x, y = case([3, 2, 1, 2, 3], ["sigmoid", "tanh", "sigmoid", output], loss, bias=bias, n=1, seed=4)
    for name in net.names:
        derived = bplab.derive(net, name, x, y)
        lines = derived.latex.removeprefix(r"$$\begin{aligned}").removesuffix(r"\end{aligned}$$").split(r" \\ ")
        product, value = lines[1].removeprefix("&= ").split(" = ")
        assert numbers(product) == pytest.approx(derived.value, rel=5e-3)
        assert numbers(value) == pytest.approx(derived.value, rel=5e-4)
        plain = re.fullmatch(rf"dC/d{name} = (.*) = (.*)", repr(derived))
        assert eval(plain[1]) == pytest.approx(derived.value, rel=5e-3)
        assert float(plain[2]) == pytest.approx(derived.value, rel=5e-4)
        for line, numbered in zip(lines[2::2], lines[3::2], strict=True):
            symbol, _ = line.split(" &= ")
            factor = next(values[0] for factor, values in derived.factors if factor == symbol)
            terms, total = numbered.removeprefix("&= ").split(" = ")
            assert numbers(terms) == pytest.approx(factor, rel=1e-2, abs=1e-3)
            assert numbers(total) == pytest.approx(factor, rel=5e-4)


def test_the_chain_rule_of_the_course_s_network():
    derived = bplab.derive(bplab.two_two_one(), "w1_21", *bplab.zoo.card())
    assert [symbol for symbol, _ in derived.factors] == [
        r"\frac{\partial \ell}{\partial \hat{y}}",
        r"\frac{\partial \hat{y}}{\partial a^{1}_{1}}",
        r"\frac{\partial a^{1}_{1}}{\partial z^{1}_{1}}",
        r"\frac{\partial z^{1}_{1}}{\partial w^{1}_{21}}",
    ]
    assert derived.latex == (
        r"$$\begin{aligned}\frac{\partial C}{\partial w^{1}_{21}} &= \frac{\partial \ell}{\partial \hat{y}} \cdot "
        r"\frac{\partial \hat{y}}{\partial a^{1}_{1}} \cdot \frac{\partial a^{1}_{1}}{\partial z^{1}_{1}} \cdot "
        r"\frac{\partial z^{1}_{1}}{\partial w^{1}_{21}} \\ &= (-1.829) \cdot (-0.8) \cdot 0.2332 \cdot 0.7 = 0.2389"
        r"\end{aligned}$$"
    )
    assert repr(derived) == "dC/dw1_21 = (-1.829) * (-0.8) * 0.2332 * 0.7 = 0.2389"
    assert derived.name == "w1_21"


def test_an_output_bias_and_weight():
    net, (x, y) = bplab.two_two_one(), bplab.zoo.card()
    assert repr(bplab.derive(net, "b2_1", x, y)) == "dC/db2_1 = (-1.829) * 1 = -1.829"
    assert repr(bplab.derive(net, "w2_21", x, y)) == "dC/dw2_21 = (-1.829) * 0.6059 = -1.108"
    assert bplab.derive(net, "b2_1", x, y).factors[1][0] == r"\frac{\partial \hat{y}}{\partial b^{2}_{1}}"
    assert bplab.derive(net, "b1_2", x, y).factors[-1][0] == r"\frac{\partial z^{1}_{2}}{\partial b^{1}_{2}}"


def test_several_samples_give_the_mean():
    net, (x, y) = bplab.two_two_one(), bplab.data.five_samples()
    derived = bplab.derive(net, "w1_12", x, y)
    assert repr(derived) == f"dC/dw1_12 = {derived.value:.4g}, the mean over 5 samples"
    first, second = derived.latex.split(r" \\ ")
    assert r"&= \frac{1}{5} \sum_{\text{samples}} \frac{\partial \ell}{\partial \hat{y}} \cdot" in first
    assert second == rf"&= {derived.value:.4g}\end{{aligned}}$$"
    trace = net.forward(x)
    np.testing.assert_allclose(derived.factors[0][1], 2 * (trace.y_hat - y).ravel(), rtol=1e-14)
    np.testing.assert_array_equal(derived.factors[1][1], [net["w2_21"]] * 5)
    np.testing.assert_allclose(derived.factors[2][1], (trace.a[1] * (1 - trace.a[1]))[:, 1], rtol=1e-14)
    np.testing.assert_array_equal(derived.factors[3][1], x[:, 0])


def test_two_samples_are_several():
    derived = bplab.derive(bplab.line(a=1.0, b=0.5), "w1_11", [[1.0], [2.0]], [[1.0], [3.0]])
    assert repr(derived) == "dC/dw1_11 = -0.5, the mean over 2 samples"
    assert derived.latex.endswith(r"\frac{\partial \hat{y}}{\partial w^{1}_{11}} \\ &= -0.5\end{aligned}$$")


def symbols(net, name, n=1):
    """The factors' symbols, and the lines below the product, for samples of ones and twos."""
    x = np.full((n, net.sizes[0]), 0.5)
    derived = bplab.derive(net, name, x, np.full((n, net.sizes[-1]), 0.25))
    lines = derived.latex.removesuffix(r"\end{aligned}$$").split(r" \\ ")
    return [symbol for symbol, _ in derived.factors], lines[2:]


def test_paths_that_add_are_written_out():
    factors, lines = symbols(bplab.Network([2, 2, 2], ["sigmoid", "linear"]), "w1_12", n=3)
    assert factors == [
        r"\frac{\partial \ell}{\partial a^{1}_{2}}",
        r"\frac{\partial a^{1}_{2}}{\partial z^{1}_{2}}",
        r"\frac{\partial z^{1}_{2}}{\partial w^{1}_{12}}",
    ]
    first = r"\frac{\partial \ell}{\partial \hat{y}_{1}} \cdot w^{2}_{21}"
    second = r"\frac{\partial \ell}{\partial \hat{y}_{2}} \cdot w^{2}_{22}"
    assert lines == [rf"{factors[0]} &= {first} + {second}"]


def test_paths_through_a_hidden_layer_end_at_its_z():
    factors, lines = symbols(bplab.Network([1, 1, 3, 1], ["tanh", "linear", "linear"]), "w1_11", n=2)
    assert factors[0] == r"\frac{\partial \ell}{\partial a^{1}_{1}}"
    terms = [rf"\frac{{\partial \ell}}{{\partial z^{{2}}_{{{m}}}}} \cdot w^{{2}}_{{1{m}}}" for m in (1, 2, 3)]
    assert lines == [rf"{factors[0]} &= {' + '.join(terms)}"]


@pytest.mark.parametrize(
    ("output", "last"), [("linear", r"\hat{y}_m"), ("sigmoid", "z^{2}_m"), ("softmax", "z^{2}_m"), ("tanh", "z^{2}_m")]
)
def test_more_than_three_paths_are_a_sum(output, last):
    factors, lines = symbols(bplab.Network([2, 3, 4], ["sigmoid", output]), "w1_23")
    assert lines == [
        rf"{factors[0]} &= \sum_{{m=1}}^{{4}} \frac{{\partial \ell}}{{\partial {last}}} \cdot w^{{2}}_{{3m}}"
    ]


def test_names_in_layers_of_more_than_nine_have_a_comma():
    net = bplab.Network([2, 11, 2], ["sigmoid", "linear"])
    factors, lines = symbols(net, "w1_2_11", n=2)
    assert factors[-1] == r"\frac{\partial z^{1}_{11}}{\partial w^{1}_{2,11}}"
    assert r"w^{2}_{11,1}" in lines[0]
    for units, weight in (9, "w^{2}_{3m}"), (10, "w^{2}_{3,m}"):
        _, lines = symbols(bplab.Network([2, 3, units], ["sigmoid", "linear"]), "w1_23")
        assert lines[0].split(" = ")[0].endswith(rf"\cdot {weight}")


@pytest.mark.parametrize(("output", "loss"), [("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy")])
def test_the_two_cross_entropies_start_at_z(output, loss):
    net, x, y = case([3, 2], [output], loss, n=1)
    derived = bplab.derive(net, "w1_32", x, y)
    assert [symbol for symbol, _ in derived.factors] == [
        r"\frac{\partial \ell}{\partial z^{1}_{2}}",
        r"\frac{\partial z^{1}_{2}}{\partial w^{1}_{32}}",
    ]
    assert derived.latex.count(r" \\ ") == 1


def test_softmax_under_squared_error_says_what_its_first_factor_sums():
    factors, lines = symbols(bplab.Network([2, 3], "softmax"), "b1_2")
    assert factors == [r"\frac{\partial \ell}{\partial z^{1}_{2}}", r"\frac{\partial z^{1}_{2}}{\partial b^{1}_{2}}"]
    mixed = r"\sum_m \frac{\partial \ell}{\partial \hat{y}_m} \frac{\partial \hat{y}_m}{\partial z^{1}_{2}}"
    assert lines == [rf"{factors[0]} &= {mixed}"]


def test_a_layer_of_one_unit_is_a_link_of_the_chain():
    factors, lines = symbols(bplab.chain(0.7, 1.3, -0.9), "w1_11")
    assert lines == []
    assert factors == [
        r"\frac{\partial \ell}{\partial \hat{y}}",
        r"\frac{\partial \hat{y}}{\partial z^{3}_{1}}",
        r"\frac{\partial z^{3}_{1}}{\partial a^{2}_{1}}",
        r"\frac{\partial a^{2}_{1}}{\partial z^{2}_{1}}",
        r"\frac{\partial z^{2}_{1}}{\partial a^{1}_{1}}",
        r"\frac{\partial a^{1}_{1}}{\partial z^{1}_{1}}",
        r"\frac{\partial z^{1}_{1}}{\partial w^{1}_{11}}",
    ]


def test_small_and_large_numbers_are_written_with_powers_of_ten():
    net = bplab.line(a=0.0, b=0.0)
    positive = bplab.derive(net, "w1_11", [[2.5e-5]], [[-1e7]])
    assert r"&= 2 \cdot 10^{7} \cdot 2.5 \cdot 10^{-5} = 500\end" in positive.latex
    negative = bplab.derive(net, "w1_11", [[2.5e-5]], [[1e7]])
    assert r"&= (-2 \cdot 10^{7}) \cdot 2.5 \cdot 10^{-5} = -500\end" in negative.latex
    assert repr(negative) == "dC/dw1_11 = (-2e+07) * 2.5e-05 = -500"


def test_minus_zero_is_written_as_zero():
    derived = bplab.derive(bplab.line(a=0.5, b=0.0), "w1_11", [[-0.0]], [[0.5]])
    assert repr(derived) == "dC/dw1_11 = (-1) * 0 = 0"
    assert r"&= (-1) \cdot 0 = 0\end" in derived.latex


def test_nothing_is_changed_and_factors_are_copies():
    net, x, y = case([3, 4, 2], ["relu", "linear"], "squared_error", n=5)
    theta, kept = net.theta.copy(), x.copy()
    for _, values in bplab.derive(net, "w1_12", x, y).factors:
        values[:] = 9
    np.testing.assert_array_equal(net.theta, theta)
    np.testing.assert_array_equal(x, kept)
