import math

import numpy as np
import pytest
from cases import OUTPUTS

import bplab

pytestmark = pytest.mark.filterwarnings("error")


def one_layer(z, output, loss):
    """A network without biases whose z is the given rows, and the x for it."""
    z = np.array(z)
    net = bplab.Network([len(z), z.shape[1]], output, loss, bias=False)
    net.W[1] = z
    return net, np.eye(len(z))


def test_the_three_squared_errors_by_hand():
    y_hat, y = [[1.5, -0.5, 2.0], [0.3, 0.4, -1.0]], [[1.0, 0.5, 0.0], [0.8, 0.4, 1.0]]
    total = 0.25 + 1.0 + 4.0 + 0.25 + 0.0 + 4.0
    for loss, expected in {
        "squared_error": total / 2,
        "half_squared_error": total / 4,
        "mean_squared_error": total / 6,
    }.items():
        net, x = one_layer(y_hat, "linear", loss)
        assert net.cost(x, y) == pytest.approx(expected, rel=1e-15)


def test_the_gradient_of_squared_error_is_2_over_n():
    net, x = one_layer([[1.5, -0.5], [0.3, 0.4], [2.0, 1.0]], "linear", "squared_error")
    y = [[1.0, 0.5], [0.8, 0.2], [-1.0, 3.0]]
    expected = 2 * (net.W[1] - np.array(y)) / 3
    np.testing.assert_allclose(net.backward(net.forward(x), y).delta[1], expected, rtol=1e-15)


def test_cross_entropy_by_hand():
    net, x = one_layer([[0.2, -1.1, 0.7], [1.0, 2.0, -0.5]], "softmax", "cross_entropy")
    a = net.forward(x).y_hat
    assert net.cost(x, [[0, 0, 1], [1, 0, 0]]) == pytest.approx(-(math.log(a[0, 2]) + math.log(a[1, 0])) / 2, rel=1e-14)


def test_cross_entropy_takes_any_real_y():
    y = np.array([[0.3, -1.2, 2.0], [0.0, 0.0, 0.0]])
    net, x = one_layer([[0.2, -1.1, 0.7], [1.0, 2.0, -0.5]], "softmax", "cross_entropy")
    trace = net.forward(x)
    assert trace.cost(y) == pytest.approx(-(y * np.log(trace.y_hat)).sum() / 2, rel=1e-14)
    assert bplab.compare(net.backward(trace, y), bplab.numerical_gradient(net, x, y)).ok


def test_binary_cross_entropy_by_hand():
    y = np.array([[1.0, 0.0], [0.25, -1.5]])
    net, x = one_layer([[0.4, -1.3], [2.1, 0.6]], "sigmoid", "binary_cross_entropy")
    a = net.forward(x).y_hat
    expected = -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum() / 2
    assert net.cost(x, y) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("y", "cost"), [([1, 0, 0], 0), ([0, 1, 0], 1600), ([0, 0, 1], 800), ([2, -1, 0.5], -1200)])
def test_cross_entropy_is_exact_where_softmax_rounds_to_0(y, cost):
    net, x = one_layer([[800.0, -800.0, 0.0]], "softmax", "cross_entropy")
    trace = net.forward(x)
    assert trace.y_hat.tolist() == [[1, 0, 0]]
    assert trace.cost([y]) == cost
    delta = net.backward(trace, [y]).delta[1]
    np.testing.assert_array_equal(delta, [[sum(y) - y[0], -y[1], -y[2]]])


@pytest.mark.parametrize(
    ("z", "y", "cost"), [(800, 0, 800), (800, 1, 0), (-800, 1, 800), (-800, 0, 0), (800, 0.25, 600), (-800, 3, 2400)]
)
def test_binary_cross_entropy_is_exact_where_sigmoid_rounds_to_0_or_1(z, y, cost):
    net, x = one_layer([[float(z)]], "sigmoid", "binary_cross_entropy")
    trace = net.forward(x)
    assert trace.cost([[y]]) == cost
    assert net.backward(trace, [[y]]).delta[1][0, 0] == pytest.approx((z > 0) - y, abs=1e-300)


def test_binary_cross_entropy_keeps_small_costs():
    net, x = one_layer([[40.0]], "sigmoid", "binary_cross_entropy")
    assert net.cost(x, [[1.0]]) == pytest.approx(math.log1p(math.exp(-40)), rel=1e-12)


@pytest.mark.parametrize(("output", "loss"), OUTPUTS)
def test_large_z_gives_finite_costs_and_gradients(output, loss):
    net, x = one_layer([[800.0, -800.0], [-800.0, 799.0]], output, loss)
    trace = net.forward(x)
    y = [[0.3, -1.2], [2.0, 0.7]]
    assert math.isfinite(trace.cost(y))
    assert np.isfinite(net.backward(trace, y).theta).all()


def test_softmax_under_squared_error_is_flat_where_it_saturates():
    net, x = one_layer([[800.0, -800.0, 0.0]], "softmax", "squared_error")
    grads = net.backward(net.forward(x), [[0.0, 1.0, 0.5]])
    np.testing.assert_array_equal(grads.delta[1], [[0, 0, 0]])
    assert net.cost(x, [[0.0, 1.0, 0.5]]) == 2.25
