import math
import re

import numpy as np
import pytest

from bplab.questions import EXERCISES, Exercise, Mistake, Question
from bplab.questions.diagnosis import (
    EMPTY,
    MISSING,
    Raised,
    Refused,
    Returned,
    Stopped,
    Verdict,
    arguments,
    judge,
    recorder,
)
from bplab.questions.raised import describe

QUESTIONS = {question.name: question for exercise in EXERCISES.values() for question in exercise.questions}


def draw_cases(question, seed):
    return question.cases(np.random.default_rng(seed))


def answers(question, function, cases):
    """What a function gives in these cases, as the notebook's check and the grader record it."""
    found = []
    for case in cases:
        given = arguments(case)
        try:
            with np.errstate(all="ignore"):
                value = function(*given)
        except Exception as error:
            found.append(Raised(**describe(error, function)))
        else:
            asked = recorder(given)
            kept = {n: given[question.parameters.index(n)] for n in question.keeps}
            found.append(Returned(value, kept, asked.calls if asked else ()))
    return found


def verdict(name, function, seed=3):
    question = QUESTIONS[name]
    cases = draw_cases(question, seed)
    return judge(question, cases, answers(question, function, cases))


def right(name):
    return QUESTIONS[name].reference


# Right answers, written in other ways


def sigmoid_by_tanh(z):
    return (1 + np.tanh(z / 2)) / 2


def sigmoid_in_two_halves(z):
    tail = np.exp(-np.abs(z))
    return np.where(z > 0, 1 / (1 + tail), tail / (1 + tail))


def sigmoid_in_loops(z):
    out = np.empty(z.shape)
    for place in np.ndindex(*z.shape):
        out[place] = np.exp(z[place]) / (np.exp(z[place]) + 1)
    return out


def line_in_a_loop(x, a, b):
    out = np.zeros_like(x)
    for i in range(len(x)):
        out[i] = b + x[i] * a
    return out


def forward_unit_by_unit(x, W, b):
    z1 = np.empty((len(x), W[1].shape[1]))
    z2 = np.empty((len(x), W[2].shape[1]))
    for s in range(len(x)):
        for j in range(z1.shape[1]):
            z1[s, j] = b[1][j] + sum(x[s, i] * W[1][i, j] for i in range(x.shape[1]))
        hidden = sigmoid_by_tanh(z1[s])
        for m in range(z2.shape[1]):
            z2[s, m] = b[2][m] + sum(hidden[j] * W[2][j, m] for j in range(len(hidden)))
    return {1: z1, 2: z2}, {0: x, 1: sigmoid_by_tanh(z1), 2: z2.copy()}


def output_gradients_by_einsum(a1, y_hat, y):
    error = (y_hat - y) * (2 / y.shape[0])
    return np.einsum("sj,sm->jm", a1, error), np.einsum("sm->m", error)


def hidden_gradients_in_loops(x, z1, W2, delta2):
    dW1, db1 = np.zeros((x.shape[1], z1.shape[1])), np.zeros(z1.shape[1])
    for s in range(len(x)):
        for j in range(z1.shape[1]):
            a = 1 / (1 + np.exp(-z1[s, j]))
            error = a * (1 - a) * sum(delta2[s, m] * W2[j, m] for m in range(W2.shape[1]))
            db1[j] += error
            dW1[:, j] += x[s] * error
    return dW1, db1


def gradients_as_a_mean_over_samples(x, y, W, b):
    dW, db = dict.fromkeys(W, 0.0), dict.fromkeys(b, 0.0)
    for row, target in zip(x, y):
        hidden = sigmoid_by_tanh(row @ W[1] + b[1])
        error = 2 * (hidden @ W[2] + b[2] - target)
        back = (W[2] @ error) * hidden * (1 - hidden)
        dW[1], dW[2] = dW[1] + np.outer(row, back) / len(x), dW[2] + np.outer(hidden, error) / len(x)
        db[1], db[2] = db[1] + back / len(x), db[2] + error / len(x)
    return [dW, db]


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("sigmoid", sigmoid_by_tanh),
        ("sigmoid", sigmoid_in_two_halves),
        ("sigmoid", sigmoid_in_loops),
        ("line", line_in_a_loop),
        ("line", lambda x, a, b: np.polyval([a, b], x)),
        ("forward", forward_unit_by_unit),
        ("output_gradients", output_gradients_by_einsum),
        ("hidden_gradients", hidden_gradients_in_loops),
        ("gradients", gradients_as_a_mean_over_samples),
    ],
)
@pytest.mark.parametrize("seed", range(5))
def test_a_right_answer_is_right_however_it_is_written(name, function, seed):
    said = verdict(name, function, seed)
    assert said.right, said
    assert said.share == 1
    assert said.diagnosis == ()


# Known mistakes, in a student's hand


def s(z):
    return 1 / (1 + np.exp(-z))


def backward(x, y, W, b, *, scale=None, slope=lambda z, a: a - a**2, back=lambda W2: W2.T, bias=lambda d: sum(d)):
    """A backward pass written row by row, in which one thing at a time can go wrong."""
    n = len(x)
    z1 = np.array([row @ W[1] + b[1] for row in x])
    a1 = s(z1)
    delta2 = np.array([(a @ W[2] + b[2] - t) * 2 for a, t in zip(a1, y)]) * (1 / n if scale is None else scale(n))
    delta1 = np.dot(delta2, back(W[2])) * slope(z1, a1)
    dW = {1: sum(np.outer(i, d) for i, d in zip(x, delta1)), 2: sum(np.outer(i, d) for i, d in zip(a1, delta2))}
    return dW, {1: bias(delta1), 2: bias(delta2)}


def last_sample_only(x, y, W, b):
    for row, target in zip(x, y):
        a1 = s(row @ W[1] + b[1])
        error = 2 * (a1 @ W[2] + b[2] - target) / len(x)
        back = (W[2] @ error) * a1 * (1 - a1)
        dW = {1: np.outer(row, back), 2: np.outer(a1, error)}
        db = {1: back, 2: error}
    return dW, db


def with_transposed(*layers):
    def gradients(x, y, W, b):
        dW, db = backward(x, y, W, b)
        return {k: dW[k].transpose() if k in layers else dW[k] for k in (2, 1)}, db

    return gradients


def without_biases(x, W, b):
    z, a = {}, {0: x}
    for k in (1, 2):
        z[k] = np.dot(a[k - 1], W[k])
        a[k] = s(z[k]) if k == 1 else z[k]
    return z, a


def sigmoid_at_the_output(x, W, b):
    z, a = {}, {0: x}
    for k in W:
        z[k] = a[k - 1].dot(W[k]) + b[k]
        a[k] = s(z[k])
    return z, a


HANDWRITTEN = {
    "half": ("gradients", lambda *c: backward(*c, scale=lambda n: 0.5 / n), "missing-two"),
    "a sum": ("gradients", lambda *c: backward(*c, scale=lambda n: 1.0), "missing-one-over-n"),
    "two averages": ("gradients", lambda *c: backward(*c, scale=lambda n: n**-2.0), "averaged-twice"),
    "y - y_hat": ("gradients", lambda *c: backward(*c, scale=lambda n: -1.0 / n), "reversed-difference"),
    "no slope": ("gradients", lambda *c: backward(*c, slope=lambda z, a: 1.0), "hidden-prime-missing"),
    "slope of z": ("gradients", lambda *c: backward(*c, slope=lambda z, a: z - z * z), "hidden-z-one-minus-z"),
    "slope of a": (
        "gradients",
        lambda *c: backward(*c, slope=lambda z, a: np.exp(-a) / (1 + np.exp(-a)) ** 2),
        "hidden-prime-of-activation",
    ),
    "slope of tanh": ("gradients", lambda *c: backward(*c, slope=lambda z, a: (1 + a) * (1 - a)), "hidden-tanh-prime"),
    "W2 not turned": ("gradients", lambda *c: backward(*c, back=lambda W2: W2), "output-weights-untransposed"),
    "bias not summed": ("gradients", lambda *c: backward(*c, bias=lambda d: d), "bias-not-summed"),
    "bias a mean": ("gradients", lambda *c: backward(*c, bias=lambda d: np.mean(d, axis=0)), "bias-averaged-again"),
    "bias over units": ("gradients", lambda *c: backward(*c, bias=lambda d: d.sum(1)), "bias-summed-over-units"),
    "overwritten": ("gradients", last_sample_only, "only-last-sample"),
    "dW1 turned": ("gradients", with_transposed(1), "dw1-transposed"),
    "both turned": ("gradients", with_transposed(1, 2), "both-transposed"),
    "layers swapped": ("gradients", lambda *c: ({1: (g := backward(*c))[0][2], 2: g[0][1]}, g[1]), "gradients-swapped"),
    "dW and db swapped": ("gradients", lambda *c: backward(*c)[::-1], "gradients-swapped"),
    "no biases": ("forward", without_biases, "deep-no-bias"),
    "sigmoid last": ("forward", lambda x, W, b: sigmoid_at_the_output(x, W, b), "net-output-sigmoid"),
    "W1 turned": ("forward", lambda x, W, b: right("forward")(x, {1: W[1].T, 2: W[2]}, b), "w1-transposed"),
    "exp(z)": ("sigmoid", lambda z: np.exp(-z) / (1 + np.exp(-z)), "sigmoid-plus-sign"),
    "swapped": ("line", lambda x, a, b: np.array([a + b * xi for xi in x]), "line-swapped-a-b"),
}


@pytest.mark.parametrize("slip", HANDWRITTEN)
@pytest.mark.parametrize("seed", range(3))
def test_a_known_mistake_is_named_however_it_is_written(slip, seed):
    name, function, mistake = HANDWRITTEN[slip]
    said = verdict(name, function, seed)
    assert mistake in said.diagnosis, said
    assert said.status == "wrong"
    assert said.share == 0
    assert said.cause.startswith("It looks as if")
    assert said.question.endswith("?")


def test_the_hand_written_backward_pass_is_right_where_nothing_is_changed():
    assert verdict("gradients", backward).right


def test_two_frequent_mistakes_at_once_are_both_named():
    said = verdict("gradients", lambda *c: backward(*c, scale=lambda n: 0.5 / n, slope=lambda z, a: 1.0))
    assert said.diagnosis == ("missing-two", "hidden-prime-missing")
    assert " and as if " in said.cause


def test_a_wrong_answer_that_no_mistake_explains_gets_no_name():
    for seed in range(40):
        rng = np.random.default_rng(seed)

        def noisy(x, y, W, b, rng=rng):
            dW, db = right("gradients")(x, y, W, b)
            return {k: dW[k] * rng.normal(size=dW[k].shape) for k in dW}, db

        said = verdict("gradients", noisy, seed)
        assert said.status == "wrong"
        assert said.diagnosis == ()
        assert said.cause == ""


# How near is right


def scaled(factor):
    return lambda *case: tuple(part * factor for part in right("output_gradients")(*case))


def test_right_means_one_millionth_of_the_largest_value():
    assert verdict("output_gradients", scaled(1 + 9e-7)).right
    assert not verdict("output_gradients", scaled(1 + 2e-6)).right


@pytest.mark.parametrize("factor", [1 + 2e-6, 1 - 9e-4])
def test_between_right_and_wrong_lies_rounding(factor):
    said = verdict("output_gradients", scaled(factor))
    assert (said.status, said.diagnosis, said.cause) == ("wrong", (), "")
    assert "up to rounding" in said.fact
    assert said.question == "Return the unrounded value."


def test_a_thousandth_is_no_rounding():
    assert "rounding" not in verdict("output_gradients", scaled(1.002)).message


def test_a_mistake_is_recognised_within_a_thousandth():
    assert verdict("output_gradients", scaled(0.5 * (1 + 5e-4))).diagnosis == ("missing-two",)
    assert verdict("output_gradients", scaled(0.5 * (1 + 3e-3))).diagnosis == ()


@pytest.mark.parametrize("dtype", ["float32", ">f8", ">f4", "longdouble"])
def test_other_real_numbers_are_converted(dtype):
    assert verdict("sigmoid", lambda z: sigmoid_by_tanh(z).astype(dtype)).right


def test_whole_numbers_are_converted():
    question = Question("double", 1, lambda x: 2 * x, lambda rng: [(np.arange(n, n + 3),) for n in (3, 4, 5)])
    cases = draw_cases(question, 0)
    assert judge(question, cases, answers(question, lambda x: x + x, cases)).right
    assert judge(question, cases, answers(question, lambda x: 2.0 * x, cases)).right


# What is no answer


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda a: a > 0.5, "an array of booleans"),
        (lambda a: a.astype(object), "an array of objects"),
        (lambda a: a.astype(complex), "an array of complex numbers"),
        (lambda a: a.astype(str), "an array of strings"),
        (lambda a: np.ma.masked_array(a, mask=a > 0.9), "a masked array"),
        (lambda a: a.tolist(), "a list"),
        (lambda a: None, "None (is a return missing?)"),
        (lambda a: "right", "a string"),
        (lambda a: {1: a}, "a dictionary"),
        (lambda a: True, "a boolean"),
        (lambda a: Refused("an array of objects"), "an array of objects"),
        (lambda a: np.where(a > 0.9, np.nan, a), "contains nan"),
        (lambda a: np.where(a > 0.9, np.inf, a), "contains inf"),
        (lambda a: a.ravel()[None, None], "has shape (1, 1, 15), expected an array of shape (5, 3)"),
        (lambda a: a[None], "has shape (1, 5, 3), expected an array of shape (5, 3)"),
        (lambda a: a[0, 0], "is a single number, expected an array of shape (5, 3)"),
        (lambda a: 0.5, "is a single number, expected an array of shape (5, 3)"),
    ],
)
def test_what_is_no_array_of_real_numbers_is_refused_and_said(change, words):
    said = verdict("sigmoid", lambda z: change(sigmoid_by_tanh(z)))
    assert said.status == "wrong"
    assert words in said.fact
    assert said.fact.startswith("The result ")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda z, a: (z, {1: a[1], 2: a[2]}), "a[0] is missing"),
        (lambda z, a: (z, {**a, 3: a[2]}), "a[3] is one too many"),
        (lambda z, a: (z, a[2]), "a is an array of shape (5, 3), expected a dictionary with the keys 0, 1 and 2"),
        (lambda z, a: a, "The result is a dictionary, expected 2 values, z and a"),
        (lambda z, a: (z, a, a[2]), "The result has 3 values, expected 2 values, z and a"),
        (lambda z, a: (z, {**a, 2: None}), "a[2] is None (is a return missing?)"),
        (
            lambda z, a: (z, {str(k): v for k, v in a.items()}),
            "a has the keys '0', '1' and '2', expected the keys 0, 1 and 2, numbers and not strings.",
        ),
        (
            lambda z, a: ({k - 1: v for k, v in z.items()}, a),
            "a[0], a[1] and a[2] are right, z is not. z has the keys 0 and 1, expected the keys 1 and 2.",
        ),
        (
            lambda z, a: (z, {**a, "y_hat": a[2]}),
            "a[0], z[1], a[1], z[2] and a[2] are right. a['y_hat'] is one too many.",
        ),
        (
            lambda z, a: ({**z, 0: a[0]}, {**a, 1: 2 * a[1], 3: 0}),
            "a[0], z[1], z[2] and a[2] are right, a[1] is not. Every entry of a[1] is twice the right one."
            " z[0] and a[3] are one too many.",
        ),
        (lambda z, a: ({0: z[1], 1: z[2]}, {0: a[1], 1: a[2]}), "z has the keys 0 and 1, expected the keys 1 and 2."),
        (lambda z, a: (z, dict.fromkeys(range(9), a[2])), "a[3], a[4], a[5], a[6], a[7] and a[8] are one too many."),
    ],
)
def test_keys_and_numbers_of_values_have_to_be_exact(change, words):
    said = verdict("forward", lambda *case: change(*right("forward")(*case)))
    assert said.status == "wrong"
    assert words in said.fact


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (..., "three dots (...)"),
        (np.exp, "a function of NumPy"),
        (sum, "a function"),
        (int, "a class"),
        (1j, "a complex"),
    ],
)
def test_what_was_given_is_called_by_a_plain_name(value, words):
    assert f"The result is {words}" in verdict("sigmoid", lambda z: value).fact


def swapped(layers):
    return {1: layers[2], 2: layers[1]}


def test_right_values_under_each_others_keys_are_told():
    for name in ("gradients", "forward"):

        def one_swapped(*case, name=name):
            first, second = right(name)(*case)
            return swapped(first), second

        said = verdict(name, one_swapped)
        assert said.fact == "The values are right, but stand under each other's keys."
        assert said.question == "Under which key does each belong?"
    said = verdict("gradients", lambda *case: tuple(map(swapped, right("gradients")(*case))))
    assert said.question == "Under which key does each belong?"


def test_an_object_that_equals_everything_is_not_right():
    class Everything:
        def __eq__(self, other):
            return True

        __hash__ = None

        def __array__(self, dtype=None, copy=None):
            raise AssertionError("an object of the student's must not be asked")

    said = verdict("sigmoid", lambda z: Everything())
    assert said.fact == "The result is an Everything, expected an array of shape (5, 3)."


# What is said first: what is right, then the fact


@pytest.mark.parametrize(
    ("name", "function", "fact"),
    [
        (
            "gradients",
            lambda *c: backward(*c, slope=lambda z, a: 0.3),
            "dW[2] and db[2] are right, dW[1] and db[1] are",
        ),
        ("output_gradients", scaled(3.0), "Every entry of dW2 and db2 is 3 times the right one."),
        ("output_gradients", scaled(-1.0), "Every entry of dW2 and db2 is the right one with the opposite sign."),
        (
            "output_gradients",
            lambda a1, y_hat, y: tuple(3 * len(y) * part for part in right("output_gradients")(a1, y_hat, y)),
            "Every entry of dW2 and db2 is 3n times the right one, where n is the number of samples.",
        ),
        (
            "output_gradients",
            lambda *c: right("output_gradients")(*c)[::-1],
            "The values are right, in another order.",
        ),
        ("gradients", with_transposed(2), "db[2], dW[1] and db[1] are right, dW[2] is not. dW[2] is transposed"),
        ("sigmoid", lambda z: 1 - sigmoid_by_tanh(3 * z), "The result is not right."),
        (
            "sigmoid",
            lambda z: sigmoid_by_tanh(z) if z.shape == (4, 4) else z,
            "Right in 1 of the 5 calls tried, for example not for z of shape (5, 3) from -2.93 to 2.27. The result is",
        ),
    ],
)
def test_the_fact_says_what_is_right_and_what_can_be_seen(name, function, fact):
    said = verdict(name, function)
    assert said.fact.startswith(fact), said.fact


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (lambda n: 2, "twice"),
        (lambda n: 1 / 3, "1/3 times"),
        (lambda n: -2 / 3, "-2/3 times"),
        (lambda n: 0.0371, "0.0371 times"),
        (lambda n: n / 3, "n/3 times"),
        (lambda n: -n, "-n times"),
        (lambda n: 3 * n / 2, "3n/2 times"),
        (lambda n: 1 / n, "1/n times"),
        (lambda n: 3 / n, "3/n times"),
        (lambda n: 5 / (2 * n), "5/(2n) times"),
        (lambda n: n / 31, "0.0323 n times"),
    ],
)
def test_a_factor_is_said_readably(factor, words):
    def hidden_gradients(x, z1, W2, delta2):
        return tuple(part * factor(len(x)) for part in right("hidden_gradients")(x, z1, W2, delta2))

    said = verdict("hidden_gradients", hidden_gradients)
    assert said.fact.startswith(f"Every entry of dW1 and db1 is {words} the right one")
    assert said.question == "Which constant is missing, or there once too often?"


def test_the_opposite_sign_gets_a_question_about_the_sign():
    said = verdict("hidden_gradients", lambda *case: tuple(-part for part in right("hidden_gradients")(*case)))
    assert "opposite sign" in said.fact
    assert said.question == "Which difference, or which sign, could be the wrong way round?"


def without_the_first_bias(x, W, b):
    return right("forward")(x, W, {1: 0 * b[1], 2: b[2]})


def test_the_first_wrong_part_in_the_order_of_computation_is_asked_about():
    said = verdict("forward", without_the_first_bias)
    assert said.fact == "a[0] is right, z[1], a[1], z[2] and a[2] are not."
    assert said.question == "What goes into the line that computes z[1]?"

    def tanh_for_sigmoid(x, W, b):
        z, a = {1: x @ W[1] + b[1]}, {0: x}
        a[1] = np.tanh(z[1])
        z[2] = a[2] = a[1] @ W[2] + b[2]
        return z, a

    said = verdict("forward", tanh_for_sigmoid)
    assert said.fact == "a[0] and z[1] are right, a[1], z[2] and a[2] are not."
    assert said.question == "What goes into the line that computes a[1]?"

    def noise(x, y, W, b):
        dW, db = right("gradients")(x, y, W, b)
        return {k: np.sin(9 * dW[k]) for k in dW}, db

    assert verdict("gradients", noise).question == "What goes into the line that computes dW[2]?"


def test_a_function_of_one_line_is_asked_for_what_can_be_worked_out():
    question = verdict("sigmoid", lambda z: sigmoid_by_tanh(z) ** 3).question
    assert question == "What does your function give for a number that you can work out by hand?"
    for name in ("loss_gradient", "squared_error", "mean_change"):  # which want samples
        question = verdict(name, lambda *case: np.exp(right(name)(*case))).question  # noqa: B023
        assert question == "What does your function give for two rows of small numbers that you can work out by hand?"


# Which of the calls


def never_asleep(x, w1, w2, w3):
    a2, a3 = right("chain")(x, w1, w2, w3)[1:]
    return x * w1, a2, a3


def cut_to_whole_numbers(f, w, h):
    g = right("numerical_gradient")(f, w, h)
    return g.astype(w.dtype)


@pytest.mark.parametrize(
    ("name", "function", "fact"),
    [
        (
            "chain",
            never_asleep,
            r"Right in 4 of the 5 calls tried, not for x = 1\.\d+, w1 = -1\.\d+, w2 = 1\.\d+ and w3 = 1\.\d+\. "
            r"There a2 and a3 are right, a1 is not\.",
        ),
        (
            "chain",
            lambda x, w1, w2, w3: right("chain")(x, abs(w1), w2, w3),
            r"Right in 3 of the 5 calls tried, for example not for x = 1\.\d+, w1 = -1\.\d+, w2",
        ),
        (
            "numerical_gradient",
            cut_to_whole_numbers,
            r"Right in 3 of the 4 calls tried, not for w of whole numbers and shape \(4, 3\) and h = 0\.4\d*\.",
        ),
        (
            "forward",
            lambda x, W, b: right("forward")(x, W, {1: b[1] * (len(x) != 7), 2: b[2]}),
            r"Right in 2 of the 3 calls tried, not for x of shape \(7, 3\)\. There a\[0\] is right, z\[1\], a\[1\], z",
        ),
    ],
)
def test_the_calls_that_are_not_right_are_told_by_their_arguments(name, function, fact):
    assert re.match(fact, verdict(name, function).fact), verdict(name, function).fact


def without(layers_of):
    """`forward_deep` without the layers that a function of L names."""

    def forward_deep(x, W, b):
        z, a = right("forward_deep")(x, W, b)
        gone = layers_of(len(W))
        return {k: z[k] for k in z if k not in gone}, {k: a[k] for k in a if k not in gone}

    return forward_deep


def with_another_b(which):
    """`forward_deep` with 0 for the biases of the layer that a function of L names."""
    return lambda x, W, b: right("forward_deep")(x, W, {k: b[k] * (k != which(len(b))) for k in b})


@pytest.mark.parametrize(
    ("function", "fact"),
    [
        (without(lambda L: [L]), "a[0], z[1], a[1], z[2], a[2], z[3] and a[3] are right. z[L] and a[L] are missing."),
        (with_another_b(lambda L: L), "a[0], z[1], a[1], z[2], a[2], z[3] and a[3] are right, z[L] and a[L] are not."),
        (with_another_b(lambda L: 2), "a[0], z[1] and a[1] are right, z[2], a[2], z[3], a[3], z[4] and a[4] are not."),
        (
            with_another_b(lambda L: 2 if L == 2 else 0),
            "Right in 2 of the 3 calls tried, not for L = 2. There a[0], z[1] and a[1] are right, z[2] and a[2] are",
        ),
        (
            with_another_b(lambda L: 3),
            "Right in 1 of the 3 calls tried, not for L = 3 and 4. There a[0], z[1], a[1], z[2] and a[2] are right, z",
        ),
        (
            with_another_b(lambda L: {4: 4, 3: 1, 2: 2}[L]),
            "For L = 2 a[0], z[1] and a[1] are right, z[2] and a[2] are not.",
        ),
        (
            with_another_b(lambda L: {4: 1, 3: 2, 2: 0}[L]),
            "Right in 1 of the 3 calls tried, not for L = 3 and 4. For L = 3 a[0], z[1] and a[1] are right, z[2], a[2]",
        ),
        (
            lambda x, W, b: with_another_b(lambda L: 1)(x, W, b) if len(W) > 2 else W[0],
            "a[0] is right, z[1], a[1], z[2], a[2], z[3], a[3], z[4] and a[4] are not. For L = 2 it raises KeyError",
        ),
        (
            lambda x, W, b: tuple(p | {len(W) + 1: b[1]} for p in right("forward_deep")(x, W, b)),
            "a[0], z[1], a[1], z[2], a[2], z[3], a[3], z[L] and a[L] are right. z[L + 1] and a[L + 1] are one too",
        ),
    ],
)
def test_in_networks_of_different_depth_the_layers_are_told_by_what_they_have_in_common(function, fact):
    assert verdict("forward_deep", function).fact.startswith(fact), verdict("forward_deep", function).fact


def test_layers_that_are_missing_get_a_question_about_the_loop():
    for layers in ([1], [2]):
        said = verdict("forward", lambda x, W, b: without(lambda L: layers)(x, W, b))  # noqa: B023
        assert "missing" in said.fact
        assert said.question == "Through which layers does your function go, from first to last?"


def test_the_message_is_one_line_and_never_gives_the_formula():
    for name, function, _ in HANDWRITTEN.values():
        message = verdict(name, function).message
        assert "\n" not in message
        for line, expression in QUESTIONS[name].reference.lines:
            if line not in ("return", "W1", "W2", "b1", "b2", "z1") and len(expression) > 4:
                assert expression not in message


# Raising, stopping, nothing to call


def test_raising_in_every_case_is_an_error_with_the_line_and_its_shapes():
    def output_gradients(a1, y_hat, y):
        delta = y_hat - y
        return a1 @ delta, delta.sum(0)

    said = verdict("output_gradients", lambda *case: output_gradients(*case))
    assert said.status == "error"
    assert said.share == 0
    assert "ValueError in the line `return a1 @ delta, delta.sum(0)`" in said.fact
    assert "a1 has shape (5, 4) and delta has shape (5, 3)" in said.fact
    assert "gufunc" not in said.fact
    assert said.question == "Which shapes have to meet in this line?"


def test_an_unknown_name_is_no_question_of_shapes():
    def output_gradients(a1, y_hat, y):
        return a1.T @ (y_hat - y) / m  # noqa: F821

    said = verdict("output_gradients", lambda *case: output_gradients(*case))
    assert "NameError" in said.fact
    assert said.question == ""


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda a1, y_hat, y: a1.T @ (y_hat - y).mean(), "@ needs an array on both sides, and one is a single number."),
        (lambda a1, y_hat, y: a1 * y, "entry by entry the shapes (5,4) and (5,3) do not fit together."),
        (lambda a1, y_hat, y: math.exp(y), "an array stands where a single number is needed."),
        (lambda a1, y_hat, y: whole_numbers(a1, y), "an array of whole numbers cannot take numbers with decimals."),
        (lambda a1, y_hat, y: {1: a1, 2: y}[0], "there is no key 0."),
    ],
)
def test_what_python_and_numpy_say_is_put_in_plain_words(wrong, words):
    fact = verdict("output_gradients", wrong).fact
    assert fact.endswith(words), fact


def whole_numbers(a1, y):
    total = np.zeros((4, 3), int)
    total += a1.T @ y
    return total


def test_a_key_that_is_not_there_is_told_beside_those_that_are():
    def forward(x, W, b):
        return x @ W[0] + b[1]

    assert "KeyError in the line `return x @ W[0] + b[1]`" in verdict("forward", forward).fact
    assert verdict("forward", forward).fact.endswith("W has the keys 1 and 2, not 0.")


@pytest.mark.parametrize(
    ("message", "yours"),
    [
        ("f() takes 1 positional argument but 3 were given", "takes 1"),
        ("f() takes from 1 to 2 positional arguments but 3 were given", "takes from 1 to 2"),
        ("f() missing 1 required positional argument: 'y'", "needs 'y' besides"),
    ],
)
def test_wrong_parameters_are_told_where_only_the_exception_is_known(message, yours):
    question = QUESTIONS["forward"]
    cases = draw_cases(question, 0)
    said = judge(question, cases, [Raised("TypeError", message) for _ in cases])
    assert said.message == f"forward has to take x, W, b, in this order; yours {yours}."
    assert said.status == "error"
    in_the_body = [Raised("TypeError", message, line="z = g(x)") for _ in cases]
    assert judge(question, cases, in_the_body).fact.startswith("It raises TypeError in the line `z = g(x)`")


def test_raising_in_some_cases_is_wrong_and_the_others_are_looked_at():
    def sigmoid(z):
        return sigmoid_by_tanh(z) + np.eye(4) - np.eye(4)

    said = verdict("sigmoid", sigmoid)
    assert said.status == "wrong"
    assert said.fact.startswith("Right in 1 of the 5 calls tried, for example not for z of shape (5, 3) from")
    assert ". In 4 of the 5 calls tried it raises ValueError" in said.fact


def test_an_answer_that_raises_everywhere_looks_like_no_mistake():
    def gradients(x, y, W, b):
        raise ValueError("shapes")

    assert verdict("gradients", gradients).diagnosis == ()


def test_a_mistake_must_raise_where_the_answer_raises():
    raising = HANDWRITTEN["W2 not turned"][1]
    assert verdict("gradients", raising).diagnosis == ("output-weights-untransposed",)

    def never_raising(x, y, W, b):
        return raising(x, y, W, b) if x.shape[1] == W[2].shape[1] == W[1].shape[1] else right("gradients")(x, y, W, b)

    assert verdict("gradients", never_raising).diagnosis == ()


def test_a_mistake_that_raises_everywhere_explains_nothing():
    def fails(x):
        raise ValueError

    mistake = Mistake("fails", fails, "as if it failed")
    question = Question("q", 1, lambda x: x, lambda rng: [(rng.normal(size=3),) for _ in range(3)], mistakes=[mistake])
    cases = draw_cases(question, 0)
    assert judge(question, cases, answers(question, fails, cases)).diagnosis == ()


def test_where_zeros_are_right_only_zeros_are():
    question = Question("zeros", 1, lambda x: 0 * x, lambda rng: [(rng.normal(size=n),) for n in (3, 4, 5)])
    cases = draw_cases(question, 0)
    assert judge(question, cases, answers(question, lambda x: 1e-13 * x, cases)).right
    said = judge(question, cases, answers(question, lambda x: 1e-9 * x, cases))
    assert said.fact == "The result is not right."


def test_not_attempted_is_a_function_that_raises_not_implemented_or_has_no_body():
    def sigmoid(z):
        raise NotImplementedError

    question = QUESTIONS["sigmoid"]
    assert verdict("sigmoid", sigmoid).status == "not attempted"
    assert judge(question, draw_cases(question, 0), [EMPTY]).status == "not attempted"
    assert verdict("sigmoid", lambda z: None).status == "wrong"


@pytest.mark.parametrize(
    ("last", "status"), [(Stopped("timed out"), "timed out"), (Stopped("crashed"), "crashed"), (MISSING, "missing")]
)
def test_what_did_not_end_decides(last, status):
    question = QUESTIONS["sigmoid"]
    cases = draw_cases(question, 0)
    said = judge(question, cases, [*answers(question, question.reference, cases[:1]), last])
    assert (said.status, said.share, said.right) == (status, 0, False)


# Questions with rules of their own


def in_place(x, step):
    x -= step
    return x


def test_arguments_that_must_be_kept_are_compared_with_what_was_given():
    question = Question(
        "step",
        1,
        reference=lambda x, step: x - step,
        cases=lambda rng: [(rng.normal(size=n), 0.5) for n in (3, 4, 5)],
        keeps=("x",),
        mistakes=[Mistake("in-place", in_place, "as if x had been changed in place")],
    )
    cases = draw_cases(question, 0)
    assert judge(question, cases, answers(question, lambda x, step: -step + x, cases)).right
    said = judge(question, cases, answers(question, in_place, cases))
    assert said.diagnosis == ("in-place",)
    assert said.fact == "What it returns is right, but the call has changed x, which had to stay unchanged."


def test_what_had_to_be_kept_is_no_part_of_the_result():
    question = Question(
        "step",
        1,
        reference=lambda w, step: w[1] - step,
        cases=lambda rng: [({1: rng.normal(size=n)}, 0.5) for n in (3, 4, 5)],
        keeps=("w",),
    )
    cases = draw_cases(question, 0)
    said = judge(question, cases, answers(question, lambda w, step: "abc", cases))
    assert said.fact == "The result is a string, expected an array of shape (3,)."

    def changes(w, step):
        w[1] -= step
        return w[1]

    said = judge(question, cases, answers(question, changes, cases))
    assert said.fact == "What it returns is right, but the call has changed w, which had to stay unchanged."
    assert said.question == "Where does your function change an array that it was given?"


def counterexample(shares):
    def ask(case, answer):
        return shares[case[0]], f"case {case[0]}"

    question = Question("c", 1, lambda i: i, cases=lambda rng: [(0,), (1,), (2,)], judge=ask)
    cases = draw_cases(question, 0)
    return judge(question, cases, answers(question, lambda i: i, cases))


@pytest.mark.parametrize(
    ("shares", "share", "status"),
    [
        ((1, 1, 1), 1.0, "right"),
        ((1, 0.25, 0.5), 0.25, "wrong"),
        ((1, -3, 1), 0.0, "wrong"),
        ((7, 7, 7), 1.0, "right"),
        ((1, float("nan"), 1), 0.0, "wrong"),
    ],
)
def test_a_judge_gives_the_share_and_the_message_and_the_worst_case_counts(shares, share, status):
    said = counterexample(shares)
    assert (said.share, said.status) == (share, status)
    assert said.message == ("case 1" if status == "wrong" else "case 0")


def test_a_judge_that_cannot_take_an_answer_gives_nothing_for_it():
    question = Question("c", 1, lambda: 1.0, cases=lambda rng: [()], judge=lambda case, answer: (answer["x"], ""))
    said = judge(question, [()], [Returned(None)])
    assert (said.status, said.share) == ("wrong", 0)
    assert "cannot be judged (TypeError" in said.fact


def test_several_mistakes_with_the_same_answer_are_all_named_with_one_message():
    twins = [Mistake(name, lambda x: -x, f"as if {name}") for name in ("one", "two")]
    question = Question("q", 1, lambda x: x, lambda rng: [(rng.normal(size=3),) for _ in range(3)], mistakes=twins)
    cases = draw_cases(question, 0)
    said = judge(question, cases, answers(question, lambda x: -x, cases))
    assert said.diagnosis == ("one", "two")
    assert said.cause == "It looks as if one."


def test_names_come_from_the_references_last_line():
    def both(x):
        total, twice = x.sum(), 2 * x
        return total, twice

    question = Question("both", 1, both, lambda rng: [(rng.normal(size=n),) for n in (3, 4, 5)])
    cases = draw_cases(question, 0)
    said = judge(question, cases, answers(question, lambda x: (x.sum(), x**3), cases))
    assert said.fact.startswith("total is right, twice is not.")
    assert Exercise("e", "e", [question]).questions == (question,)


# What it looks like


def test_the_page_escapes_what_a_student_wrote():
    said = Verdict("q", "error", fact="It raises X in the line `<script>alert(1)</script>`.", question="<b>?")
    html = said._repr_html_()
    assert "<script>" not in html
    assert "<code>&lt;script&gt;" in html
    assert "<b>" not in html


@pytest.mark.parametrize("status", ["right", "wrong", "not attempted", "missing", "error", "timed out", "crashed"])
def test_a_verdict_says_in_words_what_it_shows_in_colour(status):
    said = Verdict("sigmoid", status, fact="A fact.", cause="It looks as if.", question="Why?", note="A note.")
    text, html = repr(said), said._repr_html_()
    for words in ("sigmoid", "A fact.", "It looks as if.", "Why?", "A note."):
        assert words in text
        assert words in html
    assert text[0] in "✓✗○"
    assert text[0] in html
