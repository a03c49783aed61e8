import math

import numpy as np
import pytest
from cases import case

import bplab

pytestmark = pytest.mark.filterwarnings("error")


def two_gradients():
    """Two Gradients of a 2-3-1 network, equal, with no zero."""
    net = bplab.Network([2, 3, 1])
    x, y = [[0.5, -0.7], [1.2, 0.3]], [[0.4], [0.9]]
    return net.backward(net.forward(x), y), net.backward(net.forward(x), y)


def test_central_differences_of_a_line():
    # C = (a x + b − y)² is quadratic: central differences are exact but for rounding, for any h.
    net = bplab.line(a=0.3, b=-0.4)
    error = 0.3 * 2.0 - 0.4 - 1.5
    for h in (1e-5, 1e-2, 0.5):
        grads = bplab.numerical_gradient(net, [[2.0]], [[1.5]], h=h)
        np.testing.assert_allclose(grads.theta, [2 * error * 2.0, 2 * error], rtol=1e-9)


def test_the_error_falls_with_the_square_of_h():
    net, x, y = case([3, 4, 2], "sigmoid", "squared_error")
    exact = net.backward(net.forward(x), y).theta
    wide = bplab.numerical_gradient(net, x, y, h=1e-2).theta - exact
    narrow = bplab.numerical_gradient(net, x, y, h=1e-3).theta - exact
    np.testing.assert_allclose(wide, 100 * narrow, rtol=1e-3, atol=1e-9)
    assert np.abs(wide).max() > 1e-6


def test_h_is_1e_5_unless_told():
    net, x, y = case([3, 4, 2], "sigmoid", "squared_error")
    same = bplab.numerical_gradient(net, x, y, h=1e-5)
    np.testing.assert_array_equal(bplab.numerical_gradient(net, x, y).theta, same.theta)


def test_the_network_is_not_changed_and_delta_is_empty():
    net, x, y = case([3, 4, 2], "sigmoid", "squared_error")
    before = net.theta.copy()
    grads = bplab.numerical_gradient(net, x, y)
    np.testing.assert_array_equal(net.theta, before)
    assert grads.delta == {}
    assert grads.W[1].shape == (3, 4)


def test_compare_has_a_row_for_each_array():
    grads, other = two_gradients()
    comparison = bplab.compare(grads, other)
    assert [row.name for row in comparison] == ["W[1]", "b[1]", "W[2]", "b[2]"]
    assert [row.difference for row in comparison] == [0.0] * 4
    assert comparison.ok
    assert len(comparison) == 4
    assert comparison[1].name == "b[1]"


def test_compare_without_biases():
    net = bplab.chain(0.5, 0.6, 0.7)
    grads = net.backward(net.forward([[1.5]]), [[0.2]])
    assert [row.name for row in bplab.compare(grads, grads)] == ["W[1]", "W[2]", "W[3]"]


def test_the_difference_is_relative_to_the_largest_entry():
    grads, other = two_gradients()
    grads.W[1] = [[1.0, -2.0, 0.5], [0.0, 0.1, -0.2]]
    other.W[1] = [[1.0, -2.0, 0.7], [0.0, 0.1, -4.2]]
    grads.b[2], other.b[2] = [-0.5], [0.3]
    rows = {row.name: row.difference for row in bplab.compare(grads, other)}
    assert rows == {"W[1]": pytest.approx(4.0 / 4.2), "b[1]": 0.0, "W[2]": 0.0, "b[2]": pytest.approx(0.8 / 0.5)}
    back = {row.name: row.difference for row in bplab.compare(other, grads)}
    assert back == rows


@pytest.mark.parametrize(("small", "ok"), [(0.99e-6, True), (1.01e-6, False)])
def test_ok_means_below_a_millionth(small, ok):
    grads, other = two_gradients()
    grads.b[2], other.b[2] = [1.0], [1.0 - small]
    comparison = bplab.compare(grads, other)
    assert comparison.ok is ok
    assert [row.difference < 1e-6 for row in comparison] == [True, True, True, ok]


def test_a_millionth_itself_is_too_much():
    comparison = bplab.gradcheck.Comparison([bplab.gradcheck.Row("b[1]", 1e-6)])
    assert not comparison.ok
    assert repr(comparison) == "b[1]  1.0e-06  ✗ different\nNOT the same"


def test_two_zero_gradients_are_the_same():
    grads, other = two_gradients()
    grads.theta = other.theta = np.zeros(13)
    assert [row.difference for row in bplab.compare(grads, other)] == [0.0] * 4


def test_zero_beside_anything_else_is_wholly_different():
    grads, other = two_gradients()
    grads.theta = np.zeros(13)
    assert [row.difference for row in bplab.compare(grads, other)] == [1.0] * 4


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_nan_is_never_the_same(value):
    grads, other = two_gradients()
    grads.theta = np.full(13, value)
    other.theta[:] = math.nan
    for comparison in bplab.compare(grads, other), bplab.compare(other, grads), bplab.compare(other, other):
        assert not comparison.ok
        assert all(math.isnan(row.difference) for row in comparison)
        assert repr(comparison).count("✗ different") == 4


def test_a_comparison_reads_as_a_table():
    grads, other = two_gradients()
    grads.b[1], other.b[1] = [1.0, 1.0, 4.0], [1.0, 1.0, 3.0]
    lines = [
        "W[1]   < 1e-6  ✓ same",
        "b[1]  2.5e-01  ✗ different",
        "W[2]   < 1e-6  ✓ same",
        "b[2]   < 1e-6  ✓ same",
    ]
    comparison = bplab.compare(grads, other)
    assert repr(comparison) == "\n".join([*lines, "NOT the same"])
    assert repr(bplab.compare(grads, grads)).splitlines()[-1] == "all the same"
    html = comparison._repr_html_()
    assert "<tr><th scope='row'>W[1]</th><td>&lt; 1e-6</td><td>✓ same</td></tr>" in html
    assert html.startswith("<table><thead><tr><th>array</th>")
    assert html.count("<tr>") == 5
    assert "<tr><th scope='row'>b[1]</th><td>2.5e-01</td><td>✗ different</td></tr>" in html
