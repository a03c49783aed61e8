"""Bad input: an error of the library's own that names the thing and the way out, raised before anything is changed."""

import math
from pathlib import Path

import numpy as np
import pytest

import bplab
from bplab.activations import ACTIVATIONS
from bplab.losses import LOSSES

pytestmark = pytest.mark.filterwarnings("error")

HOME = Path(bplab.__file__).parent
NAN, INF = math.nan, math.inf


def refuses(error, words, call, *args, **kwargs):
    """`call` raises `error` with all `words` in its message, from a line of bplab and not from inside NumPy."""
    with pytest.raises(error) as caught:
        call(*args, **kwargs)
    message = str(caught.value.args[0])
    assert all(word in message for word in words), message
    assert caught.type is error
    assert caught.value.__cause__ is None
    assert Path(caught.traceback[-1].path).is_relative_to(HOME)


def network():
    return bplab.Network([2, 3, 4], ["sigmoid", "linear"], rng=0)


X, Y = np.full((5, 2), 0.5), np.full((5, 4), 0.25)


def spoilt(array, value, place=(2, 1)):
    array = array.copy()
    array[place] = value
    return array


def masked(array):
    return np.ma.masked_array(array, mask=array > 0)


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


# Assigning parameters


def test_assigning_the_wrong_shape_or_kind():
    net = network()
    theta = net.theta.copy()
    refuses(
        ValueError, ["W[1] has shape (3, 2), expected (2, 3): (n_in, n_out)"], net.W.__setitem__, 1, np.ones((3, 2))
    )
    refuses(ValueError, ["W[1] has shape (3,), expected (2, 3)"], net.W.__setitem__, 1, [1.0, 2.0, 3.0])
    refuses(ValueError, ["W[2] has shape (), expected (3, 4)"], net.W.__setitem__, 2, 0.5)
    refuses(ValueError, ["b[2] has shape (1, 4), expected (4,): (n_out,)"], net.b.__setitem__, 2, np.ones((1, 4)))
    refuses(ValueError, ["b[1] has shape (), expected (3,)"], net.b.__setitem__, 1, 0.0)
    refuses(ValueError, ["W[1][1, 2] is nan, expected a finite"], net.W.__setitem__, 1, [[1, 2, 3], [4, 5, NAN]])
    refuses(ValueError, ["b[1][0] is inf, expected a finite number"], net.b.__setitem__, 1, [INF, 1, 2])
    refuses(TypeError, ["W[1] is ragged"], net.W.__setitem__, 1, [[1, 2, 3], [4, 5]])
    refuses(TypeError, ["W[1] has the type complex128"], net.W.__setitem__, 1, np.ones((2, 3)) * 1j)
    refuses(TypeError, ["W[1] is a masked array"], net.W.__setitem__, 1, masked(np.ones((2, 3))))
    np.testing.assert_array_equal(net.theta, theta)


@pytest.mark.parametrize("key", [0, 3, 9, -1, "1", None, (1, 2), [1], slice(None)], ids=repr)
def test_layers_that_do_not_exist(key):
    net = network()
    words = [f"W[{key!r}] does not exist: keys are the layer numbers 1 … 2"]
    refuses(KeyError, words, lambda: net.W[key])
    refuses(KeyError, words, net.W.__setitem__, key, np.ones((2, 3)))
    refuses(KeyError, [f"b[{key!r}] does not exist", "1 … 2"], lambda: net.b[key])


def test_biases_that_do_not_exist():
    net = bplab.chain(1.0, 2.0, 3.0)
    refuses(KeyError, ["b[1] does not exist: the network has no biases"], lambda: net.b[1])
    refuses(KeyError, ["the network has no biases"], net.b.__setitem__, 1, [0.5])


def test_assigning_theta():
    net = network()
    before = net.theta.copy()
    for value, error, words in [
        (np.ones(3), ValueError, ["theta has shape (3,), expected (25,): one entry a parameter"]),
        (0.0, ValueError, ["theta has shape (), expected (25,)"]),
        (np.ones((25, 1)), ValueError, ["theta has shape (25, 1), expected (25,)"]),
        (spoilt(before, NAN, 7), ValueError, ["theta[7] is nan, expected a finite number"]),
        (["a"] * 25, TypeError, ["theta has the type <U1, expected real numbers"]),
    ]:
        refuses(error, words, setattr, net, "theta", value)
    np.testing.assert_array_equal(net.theta, before)


def test_layers_cannot_be_deleted_or_replaced():
    net = network()
    with pytest.raises(AttributeError):
        del net.W[1]
    with pytest.raises(AttributeError, match="'W'"):
        net.W = {1: np.ones((2, 3))}
    with pytest.raises(AttributeError, match="'theta'"):
        del net.theta
    assert net.W[1].shape == (2, 3)


# Making a network


@pytest.mark.parametrize(
    ("sizes", "error", "words"),
    [
        ("231", TypeError, ["sizes is '231', expected a list of layer sizes such as [2, 3, 1]"]),
        (3, TypeError, ["sizes is 3, expected a list"]),
        (None, TypeError, ["sizes is None, expected a list"]),
        ({2, 3}, TypeError, ["sizes is {2, 3}, expected a list"]),
        ([2.0, 3], TypeError, ["sizes[0] is 2.0, expected a whole number"]),
        ([2, "3"], TypeError, ["sizes[1] is '3', expected a whole number"]),
        ([2, True], TypeError, ["sizes[1] is True, expected a whole number"]),
        ([2, np.True_], TypeError, ["sizes[1] is ", "expected a whole number"]),
        (np.ones((2, 2)), TypeError, ["sizes[0] is ", "expected a whole number"]),
        ([2, 0, 1], ValueError, ["sizes[1] is 0, expected 1 or more"]),
        ([2, -3], ValueError, ["sizes[1] is -3, expected 1 or more"]),
        ([2], ValueError, ["sizes is [2], expected the input and at least one layer"]),
        ([], ValueError, ["sizes is [], expected the input and at least one layer"]),
    ],
    ids=repr,
)
def test_sizes(sizes, error, words):
    refuses(error, words, bplab.Network, sizes)


@pytest.mark.parametrize("name", ["Sigmoid", "", "swish", 5, None, np.tanh, ["tanh"]], ids=repr)
def test_unknown_activations(name):
    words = [f"unknown activation {name!r}: choose from {', '.join(ACTIVATIONS)}"]
    refuses(ValueError, words, bplab.Network, [2, 3, 1], ["sigmoid", name])
    if not isinstance(name, list):
        refuses(ValueError, words, bplab.Network, [2, 3, 1], name)


@pytest.mark.parametrize("names", [["sigmoid"], ["sigmoid"] * 3, []])
def test_the_wrong_number_of_activations(names):
    words = [f"activations has {len(names)} names, expected one or 2: one for each layer"]
    refuses(ValueError, words, bplab.Network, [2, 3, 1], names)


@pytest.mark.parametrize("loss", ["squared", "", "MSE", 5, None, ["squared_error"]], ids=repr)
def test_unknown_losses(loss):
    words = [f"unknown loss {loss!r}: choose from {', '.join(LOSSES)}"]
    refuses(ValueError, words, bplab.Network, [2, 3, 1], loss=loss)


def test_losses_and_activations_that_do_not_fit():
    words = ["softmax is only possible in the last layer"]
    refuses(ValueError, words, bplab.Network, [2, 3, 2], ["softmax", "linear"])
    refuses(ValueError, words, bplab.Network, [2, 3, 2], "softmax")
    for loss, output in ("cross_entropy", "softmax"), ("binary_cross_entropy", "sigmoid"):
        for other in ACTIVATIONS.keys() - {output}:
            words = [f"loss {loss!r} needs a {output} output, not {other}: set the last activation to it"]
            refuses(ValueError, words, bplab.Network, [2, 3, 2], ["sigmoid", other], loss)


@pytest.mark.parametrize(
    ("rng", "error"),
    [
        ("a", TypeError),
        (None, TypeError),
        (1.5, TypeError),
        (True, TypeError),
        (np.random, TypeError),
        (-1, ValueError),
    ],
    ids=repr,
)
def test_rng(rng, error):
    words = ["rng is ", "default_rng" if error is TypeError else "rng is -1, expected 0 or more"]
    refuses(error, words, bplab.Network, [2, 3, 1], rng=rng)
    refuses(error, words, bplab.sgd, network(), X, Y, lr=0.1, rng=rng)
    if rng is not None:
        refuses(error, words, bplab.two_two_one, rng=rng)


# Training


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        ({"batch_size": 0}, ValueError, ["batch_size is 0, expected 1 or more"]),
        ({"batch_size": -3}, ValueError, ["batch_size is -3, expected 1 or more"]),
        ({"batch_size": 1.5}, TypeError, ["batch_size is 1.5, expected a whole number"]),
        ({"batch_size": True}, TypeError, ["batch_size is True, expected a whole number"]),
        ({"batch_size": "2"}, TypeError, ["batch_size is '2', expected a whole number"]),
        ({"epochs": -1}, ValueError, ["epochs is -1, expected 0 or more"]),
        ({"epochs": 2.0}, TypeError, ["epochs is 2.0, expected a whole number"]),
        ({"epochs": None}, TypeError, ["epochs is None, expected a whole number"]),
        ({"epochs": False}, TypeError, ["epochs is False, expected a whole number"]),
    ],
    ids=repr,
)
def test_batch_size_and_epochs_at_the_call(wrong, error, words):
    net = network()
    before = net.theta.copy()
    for run in bplab.sgd, bplab.train:
        refuses(error, words, run, net, X, Y, lr=0.1, **wrong)
    np.testing.assert_array_equal(net.theta, before)


@pytest.mark.parametrize(
    ("value", "error"), [(NAN, ValueError), (INF, ValueError), ("0.1", TypeError), (None, TypeError)], ids=repr
)
def test_a_function_that_gives_no_learning_rate(value, error):
    net, thetas = network(), []
    steps = bplab.sgd(net, X, Y, lr=lambda number: 0.1 if number < 3 else value, epochs=5)

    def run():
        for _ in steps:
            thetas.append(net.theta.copy())

    refuses(error, [f"lr(3) is {value!r}", "expected a"], run)
    assert len(thetas) == 2
    np.testing.assert_array_equal(net.theta, thetas[-1])


# Traces and gradients that do not fit


def test_traces_of_another_network():
    net, y = network(), Y
    for activations, loss in ("sigmoid", "squared_error"), (["sigmoid", "linear"], "half_squared_error"):
        other = bplab.Network([2, 3, 4], activations, loss).forward(X)
        refuses(
            ValueError, ["trace is a Trace", "expected one of this network", "net.forward(x)"], net.backward, other, y
        )
        refuses(ValueError, ["out is a Trace", "expected one of this network"], net.forward, X, out=other)
    other = bplab.Network([2, 5, 4], ["sigmoid", "linear"]).forward(X)
    refuses(ValueError, ["trace is a Trace of 5 samples through a 2-5-4 network"], net.backward, other, y)
    refuses(TypeError, ["trace is a ndarray, expected a Trace: make it with net.forward(x)"], net.backward, X, y)
    refuses(TypeError, ["out is a ndarray, expected a Trace"], net.forward, X, out=X)


def test_a_trace_of_a_copy_fits():
    net = network()
    twin = bplab.Network([2, 3, 4], ["sigmoid", "linear"], rng=3)
    assert net.backward(twin.forward(X), Y).theta.shape == net.theta.shape


def test_room_of_the_wrong_size():
    net = network()
    trace, grads = net.forward(X), net.backward(net.forward(X), Y)
    refuses(ValueError, ["out is a Trace of 5 samples", "expected one of 3 samples"], net.forward, X[:3], out=trace)
    refuses(ValueError, ["x has shape (5, 4), expected (n, 2)"], net.forward, Y, out=trace)
    refuses(ValueError, ["x has shape (2,), expected (n, 2)"], net.forward, X[0], out=trace)
    refuses(TypeError, ["x has the type <U"], net.forward, X.astype(str), out=trace)
    words = ["out is not for 3 samples", "net.backward(trace, y)"]
    refuses(ValueError, words, net.backward, net.forward(X[:3]), Y[:3], out=grads)
    numerical = bplab.numerical_gradient(net, X, Y)
    refuses(ValueError, ["out is not for 5 samples"], net.backward, trace, Y, out=numerical)
    refuses(TypeError, ["out is a ndarray, expected Gradients"], net.backward, trace, Y, out=net.theta)


def test_gradients_of_another_network():
    net, without = network(), bplab.Network([2, 3, 4], ["sigmoid", "linear"], bias=False)
    other = bplab.Network([2, 5, 4], ["sigmoid", "linear"])
    for foreign, has in (without, "18 parameters in a 2-3-4 network"), (other, "39 parameters in a 2-5-4 network"):
        grads = foreign.backward(foreign.forward(X), Y)
        words = [f"has {has}, expected 25 in a 2-3-4 one: make it with net.backward(trace, y)"]
        refuses(ValueError, ["grads", *words], net.update, grads, 0.1)
        refuses(ValueError, ["out", *words], net.backward, net.forward(X), Y, out=grads)
        mine = net.backward(net.forward(X), Y)
        refuses(ValueError, ["grads has sizes [2, 3, 4]", "compare the same network"], bplab.compare, mine, grads)
    refuses(TypeError, ["grads is a ndarray, expected Gradients"], net.update, np.zeros(25), 0.1)
    refuses(TypeError, ["grads is a Network, expected Gradients"], bplab.compare, net, mine)
    refuses(TypeError, ["other is a ndarray, expected Gradients"], bplab.compare, mine, mine.theta)


def test_an_unknown_thing_of_the_package():
    with pytest.raises(AttributeError, match="'bplab' has no attribute 'Perceptron'"):
        bplab.Perceptron  # noqa: B018
