"""Bad parameters, networks, training and room: an error of the library's own, raised before anything is changed."""

import numpy as np
import pytest
from refusals import INF, NAN, X, Y, masked, network, refuses, spoilt

import bplab
from bplab.activations import ACTIVATIONS
from bplab.losses import LOSSES

pytestmark = pytest.mark.filterwarnings("error")

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


def test_a_whole_number_beyond_all_floats():
    refuses(ValueError, ["lr is inf, expected a finite number"], bplab.sgd, network(), X, Y, lr=10**400)


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
