import math

import numpy as np
import pytest

import bplab
from bplab import zoo

pytestmark = pytest.mark.filterwarnings("error")


def test_the_line_is_a_x_plus_b():
    net = bplab.line(a=0.8, b=-0.3)
    np.testing.assert_allclose(net.forward([[2.0], [-1.5]]).y_hat, [[1.3], [-1.5]], rtol=1e-15)
    assert (net.sizes, net.activations, net.loss) == ((1, 1), ("linear",), "squared_error")


def test_the_course_s_network_has_nine_one_decimal_numbers():
    net = bplab.two_two_one()
    assert net.theta.tolist() == [0.2, 0.6, 0.1, 0.9, -0.7, -0.5, -0.8, 0.3, 0.4]
    assert (net.sizes, net.activations, net.loss) == ((2, 2, 1), ("sigmoid", "linear"), "squared_error")
    assert bplab.two_two_one().theta.tolist() == net.theta.tolist()


def test_rng_draws_another_network():
    net = bplab.two_two_one(rng=1)
    assert (net.theta != bplab.two_two_one().theta).all()
    assert len(set(net.theta)) == 9
    assert np.abs(net.theta).max() < 1
    assert net.theta.min() < -0.1 < 0.1 < net.theta.max()
    np.testing.assert_array_equal(bplab.two_two_one(rng=np.random.default_rng(1)).theta, net.theta)
    assert (bplab.two_two_one(rng=2).theta != net.theta).all()
    assert bplab.two_two_one(rng=0).theta.tolist() != bplab.two_two_one().theta.tolist()


def test_the_card_has_one_decimal_and_hides_no_gradient():
    x, y = zoo.card()
    assert (x.tolist(), y.tolist()) == ([[0.5, 0.7]], [[1.2]])
    net = bplab.two_two_one()
    gradient = np.abs(net.backward(net.forward(x), y).theta)
    assert gradient.min() > 0.01
    assert len(set(gradient.round(3))) == 9


def test_the_course_s_network_on_the_card_by_hand():
    net, (x, y) = bplab.two_two_one(), zoo.card()
    o_1 = 1 / (1 + math.exp(-(0.2 * 0.5 + 0.1 * 0.7 - 0.7)))
    o_2 = 1 / (1 + math.exp(-(0.6 * 0.5 + 0.9 * 0.7 - 0.5)))
    y_hat = -0.8 * o_1 + 0.3 * o_2 + 0.4
    assert net.forward(x).y_hat[0, 0] == pytest.approx(y_hat, rel=1e-14)
    by_hand = {
        "w2_11": 2 * (y_hat - 1.2) * o_1,
        "w2_21": 2 * (y_hat - 1.2) * o_2,
        "b2_1": 2 * (y_hat - 1.2),
        "w1_11": 2 * (y_hat - 1.2) * -0.8 * o_1 * (1 - o_1) * 0.5,
        "w1_21": 2 * (y_hat - 1.2) * -0.8 * o_1 * (1 - o_1) * 0.7,
        "b1_1": 2 * (y_hat - 1.2) * -0.8 * o_1 * (1 - o_1),
        "w1_12": 2 * (y_hat - 1.2) * 0.3 * o_2 * (1 - o_2) * 0.5,
        "w1_22": 2 * (y_hat - 1.2) * 0.3 * o_2 * (1 - o_2) * 0.7,
        "b1_2": 2 * (y_hat - 1.2) * 0.3 * o_2 * (1 - o_2),
    }
    grads = net.backward(net.forward(x), y)
    assert {name: grads[name] for name in net.names} == {name: pytest.approx(by_hand[name]) for name in net.names}


def test_the_chain_is_its_formula():
    net = bplab.chain(0.7, 1.3, -0.9)
    x = np.array([[1.5], [0.4], [-2.0]])
    expected = [[1 / (1 + math.exp(0.9 * max(0, 1.3 * max(0, 0.7 * v))))] for v in x.ravel()]
    np.testing.assert_allclose(net.forward(x).y_hat, expected, rtol=1e-14)
    assert (net.names, net.activations) == (["w1_11", "w2_11", "w3_11"], ("relu", "relu", "sigmoid"))
    assert net.theta.tolist() == [0.7, 1.3, -0.9]
    assert net.loss == "squared_error"


def test_the_price_predictor_says_12_where_10_is_right():
    net, (x, y) = bplab.price_predictor(), zoo.price_sample()
    assert net.forward(x).y_hat[0, 0] == pytest.approx(12.0, rel=1e-14)
    assert (x.tolist(), y.tolist()) == ([[0.8, 0.3, 0.5]], [[10.0]])
    assert net.theta[:-1].tolist() == [0.9, -0.6, 0.4, 0.8, -0.5, 0.7, 0.2, -0.3, 6.0, -3.0]
    assert (net.sizes, net.activations) == ((3, 2, 1), ("sigmoid", "linear"))
    assert net.W[2][0, 0] > 0 > net.W[2][1, 0]  # previous activations to lower, and to raise
    assert np.abs(net.backward(net.forward(x), y).theta).min() > 0.01


def test_each_call_gives_a_network_of_its_own():
    for make in bplab.two_two_one, bplab.price_predictor, zoo.card, zoo.price_sample, bplab.data.five_samples:
        one, other = make(), make()
        first, second = (one.theta, other.theta) if isinstance(one, bplab.Network) else (one[0], other[0])
        first[...] = 9
        assert second.max() != 9
