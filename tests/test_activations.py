import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bplab.activations import ACTIVATIONS, linear, relu, relu_prime, sigmoid, sigmoid_prime, softmax, tanh, tanh_prime

pytestmark = pytest.mark.filterwarnings("error")

Z = np.array([[-3.1, -0.4, 0.2], [1.7, 0.9, -2.2]])


def test_sigmoid_is_its_formula():
    expected = [[1 / (1 + math.exp(-z)) for z in row] for row in Z]
    np.testing.assert_allclose(sigmoid(Z), expected, rtol=1e-15)
    assert sigmoid(0.0) == 0.5


def test_tanh_is_its_formula():
    expected = [[(math.exp(z) - math.exp(-z)) / (math.exp(z) + math.exp(-z)) for z in row] for row in Z]
    np.testing.assert_allclose(tanh(Z), expected, rtol=1e-14)


def test_relu_cuts_what_is_negative():
    np.testing.assert_array_equal(relu(Z), [[0, 0, 0.2], [1.7, 0.9, 0]])


def test_relu_prime_is_0_at_the_kink():
    np.testing.assert_array_equal(relu_prime([-0.1, 0.0, 0.1], [0.0, 0.0, 0.1]), [0, 0, 1])


def test_linear_gives_a_copy():
    a = linear(Z)
    np.testing.assert_array_equal(a, Z)
    assert not np.shares_memory(a, Z)


def test_softmax_is_its_formula_row_by_row():
    for z, a in zip(Z, softmax(Z)):
        np.testing.assert_allclose(a, [math.exp(v) / sum(map(math.exp, z)) for v in z], rtol=1e-14)


def test_softmax_takes_one_row():
    np.testing.assert_allclose(softmax([1.0, 1.0]), [0.5, 0.5])


@pytest.mark.parametrize("z", [710.0, 1000.0, 1e300, math.inf])
def test_sigmoid_does_not_overflow(z):
    assert sigmoid(z) == 1.0
    assert 0.0 <= sigmoid(-z) < 1e-300
    np.testing.assert_array_equal(sigmoid(np.array([z, -z, 0.0])), [1.0, sigmoid(-z), 0.5])


@pytest.mark.parametrize("z", [-700.0, -300.5, -37.0, 37.0])
def test_sigmoid_keeps_its_digits_far_out(z):
    assert sigmoid(z) == pytest.approx(math.exp(z) / (1 + math.exp(z)) if z < 0 else 1 / (1 + math.exp(-z)), rel=1e-15)


def test_softmax_does_not_overflow():
    np.testing.assert_array_equal(softmax([[1e4, -1e4], [800.0, 800.0]]), [[1, 0], [0.5, 0.5]])
    np.testing.assert_allclose(softmax(Z + 5000), softmax(Z), rtol=1e-12)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "linear"])
def test_derivative_is_the_slope(name):
    f, prime, _ = ACTIVATIONS[name]
    slope = (f(Z + 1e-6) - f(Z - 1e-6)) / 2e-6
    np.testing.assert_allclose(prime(Z, f(Z)), slope, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", ACTIVATIONS)
@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(st.floats(-50, 50), min_size=2, max_size=4))
def test_out_is_written_into_with_the_same_bits(name, z):
    f, prime, _ = ACTIVATIONS[name]
    z = np.array([z, z[::-1]])
    kept, out = z.copy(), np.full_like(z, 9.0)
    a = f(z)
    assert f(z, out=out) is out
    np.testing.assert_array_equal(out, a)
    if prime is not None:
        slope, out = prime(z, a), np.full_like(z, 9.0)
        assert prime(z, a, out=out) is out
        np.testing.assert_array_equal(out, slope)
    np.testing.assert_array_equal(z, kept)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_lists_and_whole_numbers_are_taken(name):
    f, prime, _ = ACTIVATIONS[name]
    np.testing.assert_array_equal(f([[1, -2], [0, 3]]), f(np.array([[1.0, -2.0], [0.0, 3.0]])))
    assert f([[1, -2], [0, 3]]).dtype == np.float64
    if prime is not None:
        assert prime([1, -2], f([1, -2])).dtype == np.float64


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "linear"])
def test_one_number_gives_one_number(name):
    f, prime, _ = ACTIVATIONS[name]
    assert np.ndim(f(0.3)) == 0
    assert isinstance(f(0.3), float)
    assert isinstance(prime(0.3, f(0.3)), float)
    assert f(0.3) == f(np.array([0.3]))[0]
    assert prime(0.3, f(0.3)) == prime(np.array([0.3]), f(np.array([0.3])))[0]


def test_derivatives_by_their_formulas():
    assert sigmoid_prime(0.0, 0.2) == pytest.approx(0.2 * 0.8)
    assert tanh_prime(0.0, 0.2) == pytest.approx(1 - 0.04)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_through_turns_the_slope_by_a_into_the_slope_by_z(name):
    rng = np.random.default_rng(3)
    f, _, through = ACTIVATIONS[name]
    z, upstream = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    delta = upstream.copy()
    through(delta, z, f(z), np.full_like(z, 9.0))
    for i in range(4):
        for j in range(3):
            nudge = np.zeros_like(z)
            nudge[i, j] = 1e-6
            slope = np.sum(upstream * (f(z + nudge) - f(z - nudge))) / 2e-6
            assert delta[i, j] == pytest.approx(slope, rel=1e-7, abs=1e-9)
