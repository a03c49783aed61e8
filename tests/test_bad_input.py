"""Bad samples, names and numbers: an error of the library's own that names the thing and the way out."""

import numpy as np
import pytest
from refusals import INF, NAN, X, Y, masked, network, refuses, spoilt

import bplab
from bplab.losses import LOSSES

pytestmark = pytest.mark.filterwarnings("error")

# What is wrong with an array of samples, x (n, 2) or y (n, 4): the error, and words of its message.
SAMPLES = {
    "one sample, flat": (lambda v: v[0], ValueError, ["has shape ({k},), expected (n, {k})", ".reshape(1, {k})"]),
    "flat": (lambda v: v.ravel(), ValueError, ["has shape ({nk},), expected (n, {k})"]),
    "too few columns": (lambda v: v[:, 1:], ValueError, ["has shape (5, {less}), expected (n, {k})"]),
    "too many columns": (lambda v: np.c_[v, v], ValueError, ["expected (n, {k}): a row for each sample, a column"]),
    "transposed": (lambda v: v.T, ValueError, ["has shape ({k}, 5), expected (n, {k})"]),
    "three axes": (lambda v: v[None], ValueError, ["has shape (1, 5, {k}), expected (n, {k})"]),
    "one number": (lambda v: 0.5, ValueError, ["has shape (), expected (n, {k})"]),
    "no sample": (lambda v: v[:0], ValueError, ["has no sample", "(0, {k})", "at least one row"]),
    "an empty list": (lambda v: [], ValueError, ["has shape (0,), expected (n, {k})"]),
    "NaN": (lambda v: spoilt(v, NAN), ValueError, ["[2, 1] is nan, expected a finite number"]),
    "infinity": (lambda v: spoilt(v, -INF), ValueError, ["[2, 1] is -inf, expected a finite number"]),
    "NaN in a list": (lambda v: spoilt(v, NAN).tolist(), ValueError, ["[2, 1] is nan"]),
    "complex": (lambda v: v + 1j, TypeError, ["has the type complex128, expected real numbers"]),
    "strings": (lambda v: v.astype(str), TypeError, ["has the type <U", "expected real numbers"]),
    "a string": (lambda v: "samples", TypeError, ["has the type <U7, expected real numbers"]),
    "objects": (lambda v: v.astype(object), TypeError, ["has the type object, expected real numbers"]),
    "None": (lambda v: None, TypeError, ["has the type object, expected real numbers"]),
    "dates": (lambda v: v.astype("M8[s]"), TypeError, ["has the type datetime64", "expected real numbers"]),
    "masked": (masked, TypeError, ["is a masked array", ".filled("]),
    "ragged": (lambda v: [[0.5] * v.shape[1], [0.5]], TypeError, ["is ragged", "same number of entries"]),
    "a dictionary": (lambda v: {1: v}, TypeError, ["has the type object, expected real numbers"]),
}
GIVEN_X = {
    "forward": lambda net, x: net.forward(x),
    "cost": lambda net, x: net.cost(x, Y),
    "sgd": lambda net, x: bplab.sgd(net, x, Y, lr=0.1),
    "train": lambda net, x: bplab.train(net, x, Y, lr=0.1),
    "numerical_gradient": lambda net, x: bplab.numerical_gradient(net, x, Y),
    "derive": lambda net, x: bplab.derive(net, "w1_12", x, Y),
}
GIVEN_Y = {
    "Trace.cost": lambda net, y: net.forward(X).cost(y),
    "cost": lambda net, y: net.cost(X, y),
    "backward": lambda net, y: net.backward(net.forward(X), y),
    "sgd": lambda net, y: bplab.sgd(net, X, y, lr=0.1),
    "train": lambda net, y: bplab.train(net, X, y, lr=0.1),
    "numerical_gradient": lambda net, y: bplab.numerical_gradient(net, X, y),
    "derive": lambda net, y: bplab.derive(net, "w1_12", X, y),
}


def refused_samples(name, good, what, call):
    spoil, error, words = SAMPLES[what]
    n, k = good.shape
    net = network()
    theta = net.theta.copy()
    words = [word.format(k=k, nk=n * k, less=k - 1) for word in words]
    refuses(error, [name, *words], call, net, spoil(good))
    np.testing.assert_array_equal(net.theta, theta)


@pytest.mark.parametrize("what", SAMPLES)
@pytest.mark.parametrize("call", GIVEN_X)
def test_x(call, what):
    refused_samples("x", X, what, GIVEN_X[call])


@pytest.mark.parametrize("what", SAMPLES)
@pytest.mark.parametrize("call", GIVEN_Y)
def test_y(call, what):
    refused_samples("y", Y, what, GIVEN_Y[call])


@pytest.mark.parametrize("name", ["sgd", "train", "cost", "numerical_gradient", "derive"])
def test_x_and_y_of_different_lengths(name):
    refuses(ValueError, ["x has 5 samples and y has 3", "its row of y"], GIVEN_Y[name], network(), Y[:3])


def test_targets_in_one_flat_row_are_not_broadcast():
    net = bplab.Network([2, 3, 1])
    trace = net.forward(X)
    for call in trace.cost, lambda y: net.backward(trace, y), lambda y: bplab.sgd(net, X, y, lr=0.1):
        words = ["y has shape (5,), expected (5, 1): write y.reshape(-1, 1)"]
        refuses(ValueError, words, call, Y[:, 0])
        refuses(ValueError, ["y has shape (1,), expected (n, 1)", "y.reshape(1, 1)"], call, [0.5])
    refuses(ValueError, ["x has shape (3,), expected (3, 1)"], bplab.line(1.0, 2.0).forward, [1.0, 2.0, 3.0])
    words = ["x has shape (1,)", "One sample is x.reshape(1, 1), 1 samples with one input are x.reshape(-1, 1)"]
    refuses(ValueError, words, bplab.line(1.0, 2.0).forward, [1.0])


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_targets_that_are_not_finite_under_any_loss(loss, value):
    net = bplab.Network([2, 3, 4], ["tanh", LOSSES[loss].output or "linear"], loss)
    trace, y = net.forward(X), spoilt(Y, value)
    for call in trace.cost, lambda y: net.backward(trace, y), lambda y: bplab.sgd(net, X, y, lr=0.1):
        refuses(ValueError, [f"y[2, 1] is {value}, expected a finite number"], call, y)


def test_the_whole_of_some_messages():
    """Nothing is said that does not belong to the case at hand."""
    net = network()
    for call, message in [
        (lambda: net.forward(spoilt(spoilt(X, NAN, (1, 0)), INF, (3, 1))), "x[1, 0] is nan, expected a finite number"),
        (lambda: net.update(net.backward(net.forward(X), Y), NAN), "lr is nan, expected a finite number"),
        (
            lambda: net.forward(X[0]),
            "x has shape (2,), expected (n, 2): a row for each sample, a column for each input. "
            "One sample is x.reshape(1, 2)",
        ),
        (
            lambda: net.forward(X).cost(Y[:, 1:]),
            "y has shape (5, 3), expected (n, 4): a row for each sample, a column for each output",
        ),
    ]:
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            call()
        assert str(caught.value) == message


# Names of parameters

UNKNOWN = ["w1_13", "w0_11", "b3_1", "'w1_1'", "W1_11", "w1_1", "w1_111", "b1_0", "w1_01", "w1_10", "b1_3", "b1_1_1"]
UNKNOWN += ["", " w1_11", "w1_11 ", "w-1_11", "w1.0_11", "w1_1_1", "w3_11", "w11", "theta", "x1_11", 5, None, 1.5]
UNKNOWN += [("w", 1, 1), ["w1_11"], b"w1_11"]


@pytest.mark.parametrize("name", UNKNOWN, ids=repr)
def test_unknown_names(name):
    net, (x, y) = bplab.two_two_one(), bplab.zoo.card()
    theta, grads = net.theta.copy(), net.backward(net.forward(x), y)
    words = [f"no parameter {name!r} in", "2-2-1 network: its names go from", " to b"]
    refuses(KeyError, words, lambda: net[name])
    refuses(KeyError, words, lambda: grads[name])
    refuses(KeyError, words, net.__setitem__, name, 0.5)
    refuses(KeyError, words, bplab.derive, net, name, x, y)
    np.testing.assert_array_equal(net.theta, theta)


def test_the_error_shows_the_names_that_there_are():
    net = bplab.Network([2, 3, 12])
    refuses(KeyError, ["'w1_33' in layer 1 of a 2-3-12 network: its names go from w1_11 to b1_3"], lambda: net["w1_33"])
    refuses(KeyError, ["'w2_11' in layer 2 of", "from w2_1_1 to b2_12"], lambda: net["w2_11"])
    refuses(KeyError, ["'w2_11_1' in layer 2 of", "from w2_1_1 to b2_12"], lambda: net["w2_11_1"])
    refuses(KeyError, ["'w2_1_13'"], lambda: net["w2_1_13"])
    refuses(KeyError, ["'w2_4_1'"], lambda: net["w2_4_1"])
    refuses(KeyError, ["'w3_11' in a 2-3-12 network: its names go from w1_11 to b2_12"], lambda: net["w3_11"])
    net = bplab.chain(1.0, 2.0, 3.0)
    refuses(KeyError, ["'b1_1' in layer 1 of a 1-1-1-1 network: its names go from w1_11 to w1_11"], lambda: net["b1_1"])


def test_the_last_name_of_each_kind_is_known_and_the_next_is_not():
    net = bplab.Network([2, 3, 4])
    for name, beyond in ("w1_23", ["w1_33", "w1_24"]), ("b1_3", ["b1_4"]), ("w2_34", ["w2_44", "w2_35"]):
        net[name] = 0.5
        for wrong in beyond:
            refuses(KeyError, [repr(wrong)], net.__setitem__, wrong, 0.5)


NO_NUMBER = [
    ("0.5", TypeError),
    (None, TypeError),
    (True, TypeError),
    (np.True_, TypeError),
    (1j, TypeError),
    ([0.5], TypeError),
    (np.array([0.5]), TypeError),
    (np.array("a"), TypeError),
    (NAN, ValueError),
    (INF, ValueError),
    (-INF, ValueError),
    (np.float64(NAN), ValueError),
    (np.array(NAN), ValueError),
]


@pytest.mark.parametrize(("value", "error"), NO_NUMBER, ids=repr)
def test_numbers(value, error):
    net = network()
    grads, trace = net.backward(net.forward(X), Y), net.forward(X)
    expected = "expected a finite number" if error is ValueError else "expected a number"
    refuses(error, ["w1_12 is ", expected], net.__setitem__, "w1_12", value)
    refuses(error, ["b2_1 is ", expected], net.__setitem__, "b2_1", value)
    refuses(error, ["lr is ", expected], net.update, grads, value)
    refuses(error, ["lr is ", expected], bplab.sgd, net, X, Y, lr=value)
    refuses(error, ["lr is ", expected], bplab.train, net, X, Y, lr=value)
    refuses(error, ["h is "], bplab.numerical_gradient, net, X, Y, h=value)
    refuses(error, ["a is ", expected], bplab.line, value, 0.5)
    refuses(error, ["b is ", expected], bplab.line, 0.5, value)
    refuses(error, ["w2 is ", expected], bplab.chain, 0.5, value, 0.5)
    refuses(error, ["w1 is ", expected], bplab.chain, value, 0.5, 0.5)
    refuses(error, ["w3 is ", expected], bplab.chain, 0.5, 0.5, value)
    np.testing.assert_array_equal(net.forward(X).y_hat, trace.y_hat)


@pytest.mark.parametrize("h", [0, 0.0, -1e-5])
def test_h_is_above_0(h):
    words = [f"h is {h}, expected a finite number above 0"]
    refuses(ValueError, words, bplab.numerical_gradient, network(), X, Y, h=h)


@pytest.mark.parametrize("lr", [1, np.float32(0.5), np.int64(1), np.array(0.5), 0.0, -0.5])
def test_any_finite_number_is_a_learning_rate(lr):
    net = network()
    before, grads = net.theta.copy(), net.backward(net.forward(X), Y)
    net.update(grads, lr)
    np.testing.assert_allclose(net.theta, before - float(lr) * grads.theta, rtol=1e-14, atol=1e-16)
