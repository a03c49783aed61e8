import copy
import pickle
from itertools import pairwise

import numpy as np
import pytest
from cases import case, cases, each_combination
from hypothesis import given, settings
from hypothesis import strategies as st

import bplab

pytestmark = pytest.mark.filterwarnings("error")
drawn = settings(max_examples=60, deadline=None, derandomize=True)

COPIES = {"copy": copy.copy, "deepcopy": copy.deepcopy, "pickle": lambda it: pickle.loads(pickle.dumps(it))}


def same_bits(one, other):
    assert one.keys() == other.keys()
    for k in one:
        np.testing.assert_array_equal(one[k], other[k])


# The gradient


def test_backward_is_the_numerical_gradient_for_every_activation_loss_and_bias():
    for net, x, y in each_combination():
        comparison = bplab.compare(net.backward(net.forward(x), y), bplab.numerical_gradient(net, x, y))
        assert comparison.ok, f"{net}\n{comparison}"


@drawn
@given(cases())
def test_backward_is_the_numerical_gradient_for_any_sizes(drawn):
    net, x, y = drawn
    grads, numerical = net.backward(net.forward(x), y), bplab.numerical_gradient(net, x, y)
    noise = 1e-9 * max(1.0, net.cost(x, y))
    for k in net.W:
        np.testing.assert_allclose(grads.W[k], numerical.W[k], rtol=1e-6, atol=noise)
    for k in net.b:
        np.testing.assert_allclose(grads.b[k], numerical.b[k], rtol=1e-6, atol=noise)


@drawn
@given(cases(), st.integers(0, 10**6))
def test_the_gradient_along_a_random_direction(drawn, seed):
    net, x, y = drawn
    direction = np.random.default_rng(seed).normal(size=len(net.theta))
    direction /= np.linalg.norm(direction)
    slope = net.backward(net.forward(x), y).theta @ direction
    ahead, behind = copy.copy(net), copy.copy(net)
    ahead.theta += 1e-6 * direction
    behind.theta -= 1e-6 * direction
    numerical = (ahead.cost(x, y) - behind.cost(x, y)) / 2e-6
    assert slope == pytest.approx(numerical, rel=1e-5, abs=1e-7 * max(1.0, net.cost(x, y)))


@drawn
@given(cases())
def test_delta_is_the_slope_by_z(drawn):
    net, x, y = drawn
    trace = net.forward(x)
    grads = net.backward(trace, y)
    for k in net.W:
        assert grads.delta[k].shape == trace.z[k].shape
        np.testing.assert_allclose(grads.W[k], trace.a[k - 1].T @ grads.delta[k], rtol=1e-12, atol=1e-14)
    for k in net.b:
        np.testing.assert_allclose(grads.b[k], sum(grads.delta[k]), rtol=1e-12, atol=1e-12)


@drawn
@given(cases())
def test_per_sample_gradients_average_to_the_batch(drawn):
    net, x, y = drawn
    whole = net.backward(net.forward(x), y)
    each = [net.backward(net.forward(x[i : i + 1]), y[i : i + 1]) for i in range(len(x))]
    mean = np.mean([grads.theta for grads in each], axis=0)
    np.testing.assert_allclose(whole.theta, mean, rtol=1e-10, atol=1e-13 * max(1, np.abs(mean).max()))
    costs = [net.cost(x[i : i + 1], y[i : i + 1]) for i in range(len(x))]
    assert net.cost(x, y) == pytest.approx(np.mean(costs), rel=1e-12)


def test_a_number_that_feeds_two_later_ones_adds_their_paths():
    net = bplab.Network([1, 1, 2], "linear", bias=False)
    net.theta = [0.7, 0.3, -0.9]
    grads = net.backward(net.forward([[2.0]]), [[1.1, 0.4]])
    first, second = 2 * (0.7 * 2 * 0.3 - 1.1), 2 * (0.7 * 2 * -0.9 - 0.4)
    assert grads["w1_11"] == pytest.approx((first * 0.3 + second * -0.9) * 2, rel=1e-14)


# Traces


@drawn
@given(cases())
def test_forward_follows_the_page(drawn):
    net, x, _ = drawn
    trace = net.forward(x)
    assert trace.a[0] is x
    assert trace.y_hat is trace.a[net.depth]
    assert list(trace.z) == list(range(1, net.depth + 1))
    assert list(trace.a) == list(range(net.depth + 1))
    assert [trace.a[k] is trace.z[k] for k in trace.z] == [name == "linear" for name in net.activations]
    for k in net.W:
        b = net.b.get(k, 0.0)
        np.testing.assert_allclose(trace.z[k], trace.a[k - 1] @ net.W[k] + b, rtol=1e-12, atol=1e-12)
        f = bplab.activations.ACTIVATIONS[net.activations[k - 1]].f
        np.testing.assert_array_equal(trace.a[k], f(trace.z[k]))


@drawn
@given(cases())
def test_fresh_arrays_are_fresh(drawn):
    net, x, y = drawn
    one, other = net.forward(x), net.forward(x)
    first, second = net.backward(one, y), net.backward(other, y)
    for k in net.W:
        for old in (x, net.theta, one.z[k], one.a[k], first.theta, first.delta[k]):
            for new in (other.z[k], other.a[k], second.theta, second.delta[k]):
                assert not np.shares_memory(old, new)


@drawn
@given(cases(), st.integers(0, 10**6))
def test_out_gives_the_same_bits_and_is_returned(drawn, seed):
    net, x, y = drawn
    rng = np.random.default_rng(seed)
    other_x, other_y = rng.normal(size=x.shape), rng.normal(size=y.shape)
    trace = net.forward(other_x)
    grads = net.backward(trace, other_y)
    assert net.forward(x, out=trace) is trace
    assert net.backward(trace, y, out=grads) is grads
    fresh = net.forward(x)
    same_bits(trace.z, fresh.z)
    same_bits(trace.a, fresh.a)
    expected = net.backward(fresh, y)
    np.testing.assert_array_equal(grads.theta, expected.theta)
    same_bits(grads.delta, expected.delta)
    assert trace.cost(y) == fresh.cost(y) == net.cost(x, y)


@drawn
@given(cases())
def test_nothing_that_is_passed_in_is_changed(drawn):
    net, x, y = drawn
    theta, x_before, y_before = net.theta.copy(), x.copy(), y.copy()
    trace = net.forward(x)
    z, a = copy.deepcopy(trace.z), copy.deepcopy(trace.a)
    trace.cost(y)
    net.backward(trace, y)
    bplab.numerical_gradient(net, x, y)
    np.testing.assert_array_equal(net.theta, theta)
    np.testing.assert_array_equal(x, x_before)
    np.testing.assert_array_equal(y, y_before)
    same_bits(trace.z, z)
    same_bits(trace.a, a)


@pytest.mark.parametrize("kind", [np.float32, np.float16, ">f8", np.int64, np.uint8, bool])
def test_other_number_types_count_as_float64(kind):
    net, _, _ = case([2, 3, 2], "tanh", "squared_error")
    x, y = np.array([[1, 0], [1, 1], [0, 1]]), np.array([[0, 1], [1, 1], [1, 0]])
    expected = net.backward(net.forward(x.astype(float)), y.astype(float))
    for given_x, given_y in [(x.astype(kind), y.astype(kind)), (x.tolist(), y.tolist())]:
        trace = net.forward(given_x)
        assert trace.a[0].dtype == np.float64
        np.testing.assert_array_equal(net.backward(trace, given_y).theta, expected.theta)


def test_rows_and_columns_in_any_memory_order():
    net, x, y = case([3, 4, 2], "tanh", "squared_error", n=5)
    expected = net.backward(net.forward(x), y)
    for order in (np.asfortranarray, lambda v: np.repeat(v, 2, axis=1)[:, ::2]):
        np.testing.assert_allclose(net.backward(net.forward(order(x)), order(y)).theta, expected.theta, rtol=1e-13)


# theta, W, b and the names are one thing


def agree(it, sizes, bias):
    """W, b and the names read what theta holds, in theta's order, and write into it."""
    it.theta = np.random.default_rng(5).normal(size=len(it.theta))
    expected, start = it.theta.copy(), 0
    for k, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
        np.testing.assert_array_equal(it.W[k], expected[start : start + n_in * n_out].reshape(n_in, n_out))
        start += n_in * n_out
        if bias:
            np.testing.assert_array_equal(it.b[k], expected[start : start + n_out])
            start += n_out
    assert start == len(expected) == len(it.names)
    assert [it[name] for name in it.names] == expected.tolist()
    assert all(type(it[name]) is float for name in it.names)
    for i, name in enumerate(it.names):
        it[name] = i + 0.5
    np.testing.assert_array_equal(it.theta, np.arange(len(expected)) + 0.5)
    for k in it.W:
        it.W[k] = -it.W[k]
        it.W[k][0, 0] *= 2
    for k in it.b:
        it.b[k] = it.b[k] * -1
        it.b[k] -= 1
    flat = [np.r_[it.W[k].ravel(), it.b[k] if bias else []] for k in it.W]
    np.testing.assert_array_equal(it.theta, np.concatenate(flat))
    assert it.theta.max() < 0
    it.theta -= 1
    np.testing.assert_array_equal([it[name] for name in it.names], it.theta)


@pytest.mark.parametrize("how", [lambda it: it, *COPIES.values()], ids=["itself", *COPIES])
@drawn
@given(cases(most_units=12))
def test_theta_and_views_agree(how, drawn):
    net, x, y = drawn
    grads = net.backward(net.forward(x), y)
    for it in net, grads:
        agree(how(it), net.sizes, bool(net.b))


@pytest.mark.parametrize("how", COPIES.values(), ids=COPIES)
@drawn
@given(cases())
def test_a_copy_is_equal_and_its_own(how, drawn):
    net, x, y = drawn
    twin = how(net)
    assert (twin.sizes, twin.activations, twin.loss, twin.bias) == (net.sizes, net.activations, net.loss, net.bias)
    expected, trace = net.backward(net.forward(x), y), twin.forward(x)
    grads = twin.backward(trace, y)
    np.testing.assert_array_equal(grads.theta, expected.theta)
    assert trace.cost(y) == net.cost(x, y)
    twin.update(grads, 0.1)
    assert not np.shares_memory(twin.theta, net.theta)
    kept = how(grads)
    np.testing.assert_array_equal(kept.theta, expected.theta)
    same_bits(kept.delta, expected.delta)
    twin.backward(trace, y, out=grads)
    np.testing.assert_array_equal(kept.theta, expected.theta)
    same_bits(kept.delta, expected.delta)
    old = how(trace)
    assert old.cost(y) == trace.cost(y)
    net.backward(old, y, out=kept)
    np.testing.assert_array_equal(kept.theta, expected.theta)


def test_names_are_the_notes():
    net = bplab.two_two_one()
    assert net.names == ["w1_11", "w1_12", "w1_21", "w1_22", "b1_1", "b1_2", "w2_11", "w2_21", "b2_1"]
    assert net["w1_12"] == net.W[1][0, 1]
    assert net["b1_2"] == net.b[1][1]


def test_names_in_layers_of_more_than_nine_have_a_gap():
    net = bplab.Network([2, 9, 10, 11])
    assert net.names[:2] == ["w1_11", "w1_12"]
    assert net.names[18:28] == [*(f"b1_{j}" for j in range(1, 10)), "w2_1_1"]
    assert {"w2_9_10", "b2_10", "w3_10_11", "b3_11"} <= set(net.names)
    net["w2_9_10"], net["w3_1_11"], net["b3_10"] = 1.5, 2.5, 3.5
    assert (net.W[2][8, 9], net.W[3][0, 10], net.b[3][9]) == (1.5, 2.5, 3.5)
    with pytest.raises(KeyError, match="w2_1_1 to b2_10"):
        net["w2_11"]
    with pytest.raises(KeyError, match="w1_11 to b1_9"):
        net["w1_1_1"]


def test_the_ninth_unit_needs_no_gap():
    net = bplab.Network([9, 9])
    assert net.names[-10] == "w1_99"
    net["w1_99"] = 4.5
    assert net.W[1][8, 8] == 4.5


def test_layers_are_mappings():
    net = bplab.Network([2, 3, 4, 1])
    assert list(net.W) == list(net.b) == [1, 2, 3]
    assert len(net.W) == 3
    assert [W.shape for W in net.W.values()] == [(2, 3), (3, 4), (4, 1)]
    assert [b.shape for b in net.b.values()] == [(3,), (4,), (1,)]
    assert 4 not in net.W
    assert repr(net.b[3]) in repr(net.b)


def test_assigning_copies():
    net, A = bplab.Network([2, 3]), np.full((2, 3), 0.5)
    net.W[1] = A
    A[:] = 9
    assert net.W[1].max() == 0.5
    theta = np.full(9, 0.25)
    net.theta = theta
    theta[:] = 9
    assert net.theta.max() == net.W[1].max() == 0.25
    net.theta = [0, 1, 2, 3, 4, 5, 6, 7, 8]
    assert net["w1_23"] == 5
    net["b1_3"] = np.float32(2.5)
    assert net.b[1][2] == 2.5


def test_without_biases():
    net = bplab.Network([2, 3, 1], bias=False)
    assert len(net.theta) == 9
    assert net.names[-1] == "w2_31"
    grads = net.backward(net.forward([[1.0, 2.0]]), [[0.5]])
    assert (dict(net.b), dict(grads.b), net.bias) == ({}, {}, False)
    assert len(grads.theta) == 9


# Making and updating


def test_weights_are_drawn_row_by_row_and_scaled():
    net = bplab.Network([4, 3, 2], rng=5)
    rng = np.random.default_rng(5)
    np.testing.assert_allclose(net.W[1], rng.normal(size=(4, 3)) / 2, rtol=1e-15)
    np.testing.assert_allclose(net.W[2], rng.normal(size=(3, 2)) / np.sqrt(3), rtol=1e-15)
    assert not any(b.any() for b in net.b.values())
    np.testing.assert_array_equal(bplab.Network([4, 3, 2], rng=np.random.default_rng(5)).theta, net.theta)
    assert bplab.Network([4, 3, 2], rng=6)["w1_11"] != net["w1_11"]
    np.testing.assert_array_equal(bplab.Network([4, 3, 2]).theta, bplab.Network([4, 3, 2], rng=0).theta)


def test_what_a_network_says_of_itself():
    net = bplab.Network((3, 4, 2), activations=["tanh", "linear"], loss="mean_squared_error")
    assert (net.sizes, net.depth, net.bias) == ((3, 4, 2), 2, True)
    assert (net.activations, net.loss) == (("tanh", "linear"), "mean_squared_error")
    assert repr(net) == "Network(3-4-2: tanh, linear; mean_squared_error; 26 parameters)"
    trace = net.forward(np.ones((5, 3)))
    assert repr(trace) == "Trace of 5 samples through a 3-4-2 network"
    grads = net.backward(trace, np.ones((5, 2)))
    grads.theta = np.linspace(-0.25, 0.1, 26)
    assert repr(grads) == "Gradients of 26 parameters, the largest 0.25"


def test_one_activation_for_all_layers_and_the_defaults():
    net = bplab.Network(np.array([3, 4, 2]))
    assert (net.activations, net.loss) == (("sigmoid", "sigmoid"), "squared_error")
    assert bplab.Network([3, 4, 2], "relu").activations == ("relu", "relu")
    assert bplab.Network([3, 2], "softmax").activations == ("softmax",)


def test_update_goes_down_the_gradient_in_place():
    net, x, y = case([3, 4, 2], "tanh", "squared_error", n=5)
    theta, before, cost = net.theta, net.theta.copy(), net.cost(x, y)
    grads = net.backward(net.forward(x), y)
    kept = grads.theta.copy()
    assert net.update(grads, 0.01) is None
    assert net.theta is theta
    np.testing.assert_allclose(net.theta, before - 0.01 * kept, rtol=1e-14)
    np.testing.assert_array_equal(grads.theta, kept)
    assert net.cost(x, y) < cost
    net.update(grads, -0.01)
    np.testing.assert_allclose(net.theta, before, rtol=1e-12)


def test_a_numerical_gradient_can_update_too():
    net, x, y = case([3, 4, 2], "tanh", "squared_error", n=5)
    before, grads = net.theta.copy(), bplab.numerical_gradient(net, x, y)
    net.update(grads, 0.5)
    np.testing.assert_allclose(net.theta, before - 0.5 * grads.theta, rtol=1e-14)
