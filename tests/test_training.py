import copy
import math
import warnings

import numpy as np
import pytest
from cases import case

import bplab

pytestmark = pytest.mark.filterwarnings("error")


class Watched(bplab.Network):
    """A network that remembers the x of each forward pass, and the trace that it gave."""

    def forward(self, x, out=None):
        if not hasattr(self, "seen"):
            self.seen, self.traces = [], []
        self.seen.append(np.array(x))
        self.traces.append(super().forward(x, out=out))
        return self.traces[-1]


def problem(n=7):
    """A network, n samples, and the sample number as the first feature."""
    net = Watched([3, 4, 2], ["tanh", "linear"], rng=3)
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(n, 3)), rng.normal(size=(n, 2))
    x[:, 0] = np.arange(n)
    return net, x, y


def batches(net):
    """The sample numbers of each batch that `net` has seen."""
    return [x[:, 0].astype(int).tolist() for x in net.seen]


def test_steps_and_epochs_count_from_1():
    net, x, y = problem()
    steps = [(step.number, step.epoch) for step in bplab.sgd(net, x, y, lr=0.01, batch_size=3, epochs=2)]
    assert steps == [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2), (6, 2)]


@pytest.mark.parametrize(
    ("size", "lengths"), [(None, [7]), (3, [3, 3, 1]), (7, [7]), (100, [7]), (1, [1] * 7), (4, [4, 3])]
)
def test_each_sample_is_seen_once_an_epoch_in_a_new_order(size, lengths):
    net, x, y = problem()
    bplab.train(net, x, y, lr=0.01, batch_size=size, epochs=4)
    seen = batches(net)
    assert [len(batch) for batch in seen] == lengths * 4
    k = len(lengths)
    epochs = [[i for batch in seen[start : start + k] for i in batch] for start in range(0, 4 * k, k)]
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in [*epochs, range(7)]}) == 5


def test_the_arrays_of_the_first_epoch_serve_them_all():
    net, x, y = problem()
    bplab.train(net, x, y, lr=0.01, batch_size=3, epochs=4)
    assert len(net.traces) == 12
    assert len({id(trace) for trace in net.traces}) == 2  # one for three samples, one for the short last batch


def test_x_and_y_stay_together_and_the_cost_is_the_batch_s_before_the_update():
    net, x, y = problem()
    twin = copy.deepcopy(net)
    for step, k in zip(bplab.sgd(net, x, y, lr=0.02, batch_size=3, epochs=3), range(9), strict=True):
        rows = batches(net)[k]
        trace = twin.forward(x[rows])
        assert step.cost == trace.cost(y[rows])
        twin.update(twin.backward(trace, y[rows]), 0.02)
        np.testing.assert_array_equal(net.theta, twin.theta)
        assert isinstance(step.cost, float)


def test_gradient_descent_without_batch_size():
    net, x, y = problem()
    twin = copy.deepcopy(net)
    history = bplab.train(net, x, y, lr=0.05, epochs=20)
    costs = []
    for _ in range(20):
        costs.append(twin.cost(x, y))
        twin.update(twin.backward(twin.forward(x), y), 0.05)
    np.testing.assert_allclose(net.theta, twin.theta, rtol=1e-12)
    np.testing.assert_allclose(history.cost, costs, rtol=1e-12)
    assert history.cost[-1] < history.cost[0]


@pytest.mark.parametrize("rng", [lambda: 11, lambda: np.random.default_rng(11)], ids=["int", "Generator"])
def test_the_same_rng_gives_the_same_bits(rng):
    results = []
    for _ in range(2):
        net, x, y = problem()
        history = bplab.train(net, x, y, lr=0.05, batch_size=2, epochs=3, rng=rng())
        results.append((history.cost.tolist(), net.theta.tolist()))
    assert results[0] == results[1]


def test_an_int_is_the_seed_of_the_generator_and_0_the_default():
    def orders(**rng):
        net, x, y = problem()
        bplab.train(net, x, y, lr=0.05, batch_size=2, epochs=3, **rng)
        return batches(net)

    assert orders(rng=11) == orders(rng=np.random.default_rng(11)) != orders(rng=12)
    assert orders() == orders(rng=0)
    generator = np.random.default_rng(11)
    assert orders(rng=generator) != orders(rng=generator)


def test_lr_may_be_a_function_of_the_step_number():
    net, x, y = problem()
    twin, numbers = copy.deepcopy(net), []

    def lr(number):
        numbers.append(number)
        return 0.1 / number

    for number, _ in enumerate(bplab.sgd(net, x, y, lr=lr, batch_size=3, epochs=2), start=1):
        rows = batches(net)[-1]
        twin.update(twin.backward(twin.forward(x[rows]), y[rows]), 0.1 / number)
        np.testing.assert_array_equal(net.theta, twin.theta)
    assert numbers == [1, 2, 3, 4, 5, 6]


def test_the_network_is_updated_step_by_step_and_nothing_before_the_first():
    net, x, y = problem()
    before = net.theta.copy()
    steps = bplab.sgd(net, x, y, lr=0.05, batch_size=4)
    np.testing.assert_array_equal(net.theta, before)
    next(steps)
    first = net.theta.copy()
    assert (first != before).all()
    next(steps)
    assert (net.theta != first).all()
    with pytest.raises(StopIteration):
        next(steps)


def test_no_epoch_is_no_step():
    net, x, y = problem()
    before = net.theta.copy()
    history = bplab.train(net, x, y, lr=0.05, epochs=0, keep_theta=True)
    assert history.cost.shape == (0,)
    np.testing.assert_array_equal(history.theta, [before])
    assert len(bplab.train(net, x, y, lr=0.05).cost) == 1


def test_history():
    net, x, y = problem()
    twin, before = copy.deepcopy(net), net.theta.copy()
    history = bplab.train(net, x, y, lr=0.05, batch_size=3, epochs=2, keep_theta=True)
    costs, thetas = [], []
    for step in bplab.sgd(twin, x, y, lr=0.05, batch_size=3, epochs=2):
        costs.append(step.cost)
        thetas.append(twin.theta.copy())
    assert history.theta.shape == (7, len(net.theta))
    np.testing.assert_array_equal(history.theta[0], before)
    np.testing.assert_array_equal(history.theta[1:], thetas)
    np.testing.assert_array_equal(history.theta[-1], net.theta)
    assert history.cost.tolist() == costs
    assert bplab.train(net, x, y, lr=0.05).theta is None


def test_x_and_y_are_not_changed_and_may_be_lists():
    net, x, y = problem()
    twin, x_before, y_before = copy.deepcopy(net), x.copy(), y.copy()
    bplab.train(net, x, y, lr=0.05, batch_size=3, epochs=2)
    np.testing.assert_array_equal(x, x_before)
    np.testing.assert_array_equal(y, y_before)
    bplab.train(twin, x.tolist(), y.tolist(), lr=0.05, batch_size=3, epochs=2)
    np.testing.assert_array_equal(net.theta, twin.theta)


def test_the_parameters_may_be_changed_between_two_steps():
    net, x, y = problem()
    for step in bplab.sgd(net, x, y, lr=0.05, epochs=3):
        net.theta = np.zeros(len(net.theta))
        if step.number > 1:
            assert step.cost == pytest.approx((y**2).sum() / 7, rel=1e-14)


DIVERGING = {
    "line": lambda: (bplab.line(0.0, 0.0), [[1.0], [2.0], [30.0]], [[1.0], [2.0], [3.0]], 10.0),
    "relu": lambda: (*case([2, 3, 4, 1], ["relu", "relu", "linear"], "squared_error"), 1e3),
    "cross_entropy": lambda: (*case([2, 3, 3], ["tanh", "softmax"], "cross_entropy"), 1e308),
    "binary_cross_entropy": lambda: (*case([2, 3], ["sigmoid"], "binary_cross_entropy"), 1e308),
}


@pytest.mark.parametrize("name", DIVERGING)
def test_divergence_warns_once_and_goes_on(name):
    net, x, y, lr = DIVERGING[name]()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        history = bplab.train(net, x, y, lr=lr, batch_size=2, epochs=200)
    assert len(history.cost) == 200 * math.ceil(len(x) / 2)
    first = int(np.flatnonzero(~np.isfinite(history.cost))[0])
    assert [str(warning.message) for warning in caught] == [
        f"the cost is {history.cost[first]} at step {first + 1}: take a smaller lr"
    ]
    assert caught[0].category is RuntimeWarning
    assert caught[0].filename == __file__


def test_training_leaves_numpy_s_warnings_as_they_were():
    net, x, y = problem()
    before = np.geterr()
    for _ in bplab.sgd(net, x, y, lr=0.05, epochs=2):
        assert np.geterr() == before


def test_sgd_learns_a_curve():
    rng = np.random.default_rng(1)
    x = rng.uniform(-2, 2, size=(60, 1))
    net = bplab.Network([1, 6, 1], ["tanh", "linear"], rng=2)
    history = bplab.train(net, x, np.sin(2 * x), lr=0.1, batch_size=8, epochs=200, rng=3)
    assert net.cost(x, np.sin(2 * x)) < 0.1 < history.cost[0]
