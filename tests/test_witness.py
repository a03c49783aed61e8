"""The gradient beside two witnesses that share no line with the library: complex steps and SymPy."""

import numpy as np
import pytest
import sympy as sp
from cases import case, cases, each_combination
from hypothesis import given, settings

import bplab

pytestmark = pytest.mark.filterwarnings("error")

F = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: z * (z.real > 0),
    "linear": lambda z: z,
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=1)[:, None],
}
# The cost of a batch: a mean over its samples of a sum over the outputs.
COST = {
    "squared_error": lambda a, y: ((a - y) ** 2).sum() / len(y),
    "half_squared_error": lambda a, y: ((a - y) ** 2).sum() / 2 / len(y),
    "mean_squared_error": lambda a, y: ((a - y) ** 2).mean(),
    "cross_entropy": lambda a, y: -(y * np.log(a)).sum() / len(y),
    "binary_cross_entropy": lambda a, y: -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum() / len(y),
}


def complex_cost(sizes, activations, loss, bias, theta, x, y):
    a, rest = x, list(theta)
    for n_in, n_out, name in zip(sizes, sizes[1:], activations):
        W, rest = np.array(rest[: n_in * n_out]).reshape(n_in, n_out), rest[n_in * n_out :]
        b, rest = (np.array(rest[:n_out]), rest[n_out:]) if bias else (0, rest)
        a = F[name](a @ W + b)
    return COST[loss](a, y)


def complex_step(net, x, y, step=1e-30):
    """∂C/∂p = Im C(p + i·step) / step: no difference is taken, so no digit is lost."""
    arguments = net.sizes, net.activations, net.loss, bool(net.b)
    nudges = 1j * step * np.eye(len(net.theta))
    return np.array([complex_cost(*arguments, net.theta + nudge, x, y).imag / step for nudge in nudges])


def agrees(net, x, y):
    grads, exact = net.backward(net.forward(x), y), complex_step(net, x, y)
    scale = 1e-12 * max(1.0, np.abs(exact).max(), net.cost(x, y))
    np.testing.assert_allclose(grads.theta, exact, rtol=1e-9, atol=scale)
    real = complex_cost(net.sizes, net.activations, net.loss, bool(net.b), net.theta, x, y)
    assert net.cost(x, y) == pytest.approx(real, rel=1e-12, abs=1e-12)


def test_every_activation_loss_and_bias_beside_complex_steps():
    for net, x, y in each_combination():
        agrees(net, x, y)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(cases())
def test_any_network_beside_complex_steps(drawn):
    agrees(*drawn)


def test_one_layer_beside_complex_steps():
    agrees(*case([3, 2], ["sigmoid"], "binary_cross_entropy", n=4))
    agrees(*case([2, 4], ["softmax"], "mean_squared_error", bias=False, n=3))


def sympy_gradient(cost, parameters, values):
    """∂cost/∂p for each of the symbols `parameters`, at `values`."""
    slopes = sp.lambdify(list(parameters), [cost.diff(p) for p in parameters], modules="math", cse=True)
    return slopes(*values)


def test_the_2_2_1_network_beside_sympy():
    net, (x, y) = bplab.two_two_one(rng=7), bplab.data.five_samples()
    w = {name: sp.Symbol(name) for name in net.names}

    def loss(i_1, i_2, target):
        o_1 = 1 / (1 + sp.exp(-(w["w1_11"] * i_1 + w["w1_21"] * i_2 + w["b1_1"])))
        o_2 = 1 / (1 + sp.exp(-(w["w1_12"] * i_1 + w["w1_22"] * i_2 + w["b1_2"])))
        return (w["w2_11"] * o_1 + w["w2_21"] * o_2 + w["b2_1"] - target) ** 2

    cost = sum(loss(*map(float, (*i, *t))) for i, t in zip(x, y)) / 5
    exact = sympy_gradient(cost, w.values(), net.theta)
    np.testing.assert_allclose(net.backward(net.forward(x), y).theta, exact, rtol=1e-12)


def test_the_chain_beside_sympy():
    w_1, w_2, w_3 = symbols = sp.symbols("w_1 w_2 w_3", real=True)
    values = 0.7, 1.3, -0.9
    a_3 = 1 / (1 + sp.exp(-w_3 * sp.Max(0, w_2 * sp.Max(0, w_1 * 1.5))))
    net = bplab.chain(*values)
    grads = net.backward(net.forward([[1.5]]), [[0.8]])
    np.testing.assert_allclose(grads.theta, sympy_gradient((a_3 - 0.8) ** 2, symbols, values), rtol=1e-12)
    assert net.names == ["w1_11", "w2_11", "w3_11"]


def test_softmax_and_cross_entropy_in_two_layers_beside_sympy():
    net, x, y = case([2, 4, 3], ["tanh", "softmax"], "cross_entropy", n=2)
    w = {name: sp.Symbol(name) for name in net.names}

    def loss(i, targets):
        h = [sp.tanh(sum(i[m] * w[f"w1_{m + 1}{j}"] for m in range(2)) + w[f"b1_{j}"]) for j in range(1, 5)]
        z = [sum(h[m] * w[f"w2_{m + 1}{j}"] for m in range(4)) + w[f"b2_{j}"] for j in range(1, 4)]
        total = sum(map(sp.exp, z))
        return -sum(t * sp.log(sp.exp(z_j) / total) for z_j, t in zip(z, targets))

    cost = sum(loss(i, t) for i, t in zip(x.tolist(), y.tolist())) / 2
    exact = sympy_gradient(cost, w.values(), net.theta)
    np.testing.assert_allclose(net.backward(net.forward(x), y).theta, exact, rtol=1e-11)
