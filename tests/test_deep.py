"""The programs for any number of sigmoid layers, and the catalogue's rows written out for them."""

import numpy as np
import pytest

import bplab
from bplab.questions import cases, deep, ex07_going_deep
from bplab.questions.catalogue import catalogue, mistakes, pairs, reference

SIZES = [(2, 4, 3), (4, 3, 5, 6), (3, 5, 2, 4, 6), (4, 6, 3, 5, 2, 7)]


def sample(sizes, seed=1):
    rng = np.random.default_rng(seed)
    x, (W, b) = cases.draw(rng, 7, sizes[0]), cases.weights(rng, sizes)
    y = cases.draw(rng, 7, sizes[-1], low=1.2, high=1.9)
    net = bplab.Network(sizes, ["sigmoid"] * (len(sizes) - 1))
    for k in W:
        net.W[k], net.b[k] = W[k], b[k]
    return net, x, y, W, b


def same(found, expected):
    return all(
        found[k].shape == expected[k].shape and np.allclose(found[k], expected[k], rtol=1e-7, atol=1e-9)
        for k in expected
    )


@pytest.mark.parametrize("sizes", SIZES)
def test_forwards_they_are_the_library_s_pass(sizes):
    net, x, _, W, b = sample(sizes)
    z, a = reference("forward_deep")(x, W, b)
    trace = net.forward(x)
    assert list(z) == list(W)
    assert list(a) == [0, *W]
    assert same(z, {k: trace.z[k] for k in W})
    assert same(a, {k: trace.a[k] for k in a})


@pytest.mark.parametrize("sizes", SIZES)
def test_backwards_they_agree_with_the_numerical_gradient(sizes):
    net, x, y, W, b = sample(sizes)
    dW, db = reference("backward_deep")(x, y, W, b)
    numerical = bplab.numerical_gradient(net, x, y)
    for k in W:
        np.testing.assert_allclose(dW[k], numerical.W[k], rtol=1e-5, atol=1e-9)
        np.testing.assert_allclose(db[k], numerical.b[k], rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("sizes", SIZES)
def test_one_step_backwards_is_one_layer_of_the_whole(sizes):
    net, x, y, W, _ = sample(sizes)
    trace = net.forward(x)
    grads = net.backward(trace, y)
    for k in range(1, len(W)):
        delta, dW, db = reference("backward_step")(grads.delta[k + 1], W[k + 1], trace.z[k], trace.a[k - 1])
        assert same({1: delta, 2: dW, 3: db}, {1: grads.delta[k], 2: grads.W[k], 3: grads.b[k]})


@pytest.mark.parametrize("layers", [2, 3, 4, 5])
@pytest.mark.parametrize("name", ["forward_deep", "backward_deep"])
def test_every_row_can_be_made_in_a_network_of_any_depth_and_is_wrong_there(name, layers):
    """With equal sizes nothing raises, so that every wrong line gives its number."""
    _, x, y, W, b = sample([4] * (layers + 1))
    arguments = (x, W, b) if name == "forward_deep" else (x, y, W, b)
    right = reference(name)(*arguments)
    for mistake in [*mistakes(name), *pairs(name)]:
        wrong = mistake.wrong(*arguments)
        assert [set(part) for part in wrong] == [set(part) for part in right], mistake.id
        assert not all(same(one, other) for one, other in zip(wrong, right)), mistake.id


@pytest.mark.parametrize(
    ("row", "weights", "biases"),
    [
        ("deep-prime-missing-first", {1}, {1}),
        ("deep-output-prime-missing", {1, 2, 3, 4}, {1, 2, 3, 4}),
        ("deep-own-activation", {1, 2, 3, 4}, set()),
        ("deep-sigma-for-prime", {1, 2, 3}, {1, 2, 3}),
        ("deep-own-weights", {1, 2, 3}, {1, 2, 3}),
        ("delta-not-passed", {1, 2, 3}, {1, 2, 3}),
        ("bias-missing", set(), {1, 2, 3, 4}),
    ],
)
def test_a_row_spoils_the_layers_that_it_names_and_those_in_front_of_them(row, weights, biases):
    _, x, y, W, b = sample([4] * 5)
    (mistake,) = (mistake for mistake in mistakes("backward_deep") if mistake.id == row)
    parts = zip(mistake.wrong(x, y, W, b), reference("backward_deep")(x, y, W, b))
    spoilt = [{k for k in W if not np.allclose(found[k], right[k])} for found, right in parts]
    assert spoilt == [weights, biases]


@pytest.mark.parametrize("name", ["deep_forward", "deep_gradients"])
def test_for_three_layers_they_are_the_catalogue_s_lines(name):
    lines = {"deep_forward": deep.forward_lines, "deep_gradients": deep.gradient_lines}[name](3)
    assert [list(line) for line in lines] == catalogue()["programs"][name][:-1]


@pytest.mark.parametrize("row", [row for row in catalogue()["misconceptions"] if row["tasks"][0].startswith("deep")])
def test_for_three_layers_a_row_is_the_catalogue_s(row):
    """Apart from what is returned, which the exercise has as dictionaries."""
    written = deep.written_out(row["wrong"], 3)
    for line, expression in row["wrong"].items():
        for k in (1, 2, 3) if "#" in line else [0]:
            number = lambda text, k=k: text.replace("#-", str(k - 1)).replace("#+", str(k + 1)).replace("#", str(k))  # noqa: E731
            assert line == "return" or written[number(line)] == number(expression)


@pytest.mark.parametrize(
    ("wrong", "layers", "expected"),
    [
        ({"dz1": "da1", "dz2": "da2"}, 2, {"dz1": "da1"}),
        ({"dz1": "da1", "dz2": "da2"}, 4, {"dz1": "da1", "dz2": "da2", "dz3": "da3"}),
        ({"dz1": "da1"}, 4, {"dz1": "da1"}),
        ({"dz3": "dy"}, 4, {"dz4": "dy"}),
        ({"dy": "dy / 2"}, 4, {"dy": "dy / 2"}),
        ({"db#": "(a#-.T @ dz#).sum(0)"}, 2, {"db1": "(a0.T @ dz1).sum(0)", "db2": "(a1.T @ dz2).sum(0)"}),
        (
            {"da2": "dz3 @ W2.T", "da1": "dz2 @ W1.T"},
            4,
            {"da1": "dz2 @ W1.T", "da2": "dz3 @ W2.T", "da3": "dz4 @ W3.T"},
        ),
        (
            {"return": "(dW3, dW2, dW1, db3, db2, db1)"},
            2,
            {"return": "({1: dW2, 2: dW1}, {1: db2, 2: db1})"},
        ),
        ({"return": "(z1, z2, z3)"}, 2, {"return": "({1: z1, 2: z2}, {0: a0} | {1: z1, 2: z2})"}),
    ],
)
def test_a_row_is_written_out_for_the_layers_that_there_are(wrong, layers, expected):
    assert deep.written_out(wrong, layers) == expected


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"da2": "dz3 @ W3", "da1": "dz2 @ W2"}, {"da": "delta_next @ W_next"}),
        ({"dW#": "a#.T @ dz#"}, {"dW": "a.T @ dz"}),
        ({"dW#": "a#-[-1:].T @ dz#[-1:]", "db#": "dz#[-1]"}, {"dW": "a_prev[-1:].T @ dz[-1:]", "db": "dz[-1]"}),
        ({"db#": "np.full(db#.shape, dz#.sum())"}, {"db": "np.full(db.shape, dz.sum())"}),
    ],
)
def test_a_row_is_written_for_a_function_of_one_hidden_layer(wrong, expected):
    assert deep.of_one_layer(wrong) == expected


def test_a_row_that_needs_what_the_function_is_not_given_does_not_concern_it():
    ids = {name: {mistake.id for mistake in mistakes(name)} for name in ("backward_step", "backward_deep")}
    missing = {"deep-own-weights", "bias-times-bias", "delta-not-passed", "deep-output-prime-missing", "missing-two"}
    assert missing <= ids["backward_deep"]
    assert not missing & ids["backward_step"]
    assert {"deep-own-activation", "deep-untransposed", "bias-averaged-again"} <= ids["backward_step"]


def test_a_mean_taken_twice_in_one_layer_divides_by_the_samples():
    (mistake,) = (mistake for mistake in mistakes("backward_step") if mistake.id == "bias-averaged-again")
    delta_next, W_next, z, a_prev = ex07_going_deep.step_cases(np.random.default_rng(3))[0]
    *_, db = reference("backward_step")(delta_next, W_next, z, a_prev)
    np.testing.assert_allclose(mistake.wrong(delta_next, W_next, z, a_prev)[2], db / len(z))
