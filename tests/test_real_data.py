"""Exercise 08: one-hot labels and accuracy with their mistakes, and networks judged by the held-back digits."""

import copy
import re
import sys
from pathlib import Path

import notebook_rules as rules
import numpy as np
import pytest
from test_diagnosis import QUESTIONS, answers, draw_cases, verdict

import bplab
from bplab.check.attempt import attempt
from bplab.questions import EXERCISES
from bplab.questions.diagnosis import Returned, judge, rehearse
from bplab.questions.ex08_real_data import graded

EX08 = EXERCISES["ex08-real-data"]
DATA = bplab.data.digits()


def test_the_functions_and_their_parameters():
    assert {question.name: question.parameters for question in EX08.questions} == {
        "one_hot": ("labels",),
        "accuracy": ("y_hat", "labels"),
        "train_digits": ("x", "labels", "rng"),
    }


# One-hot labels and accuracy


def one_hot_by_comparing(labels):
    return (labels.reshape(-1, 1) == np.arange(10)).astype(int)


def one_hot_in_a_loop(labels):
    y = np.zeros((len(labels), 10))
    for row, label in enumerate(labels):
        y[row, label] = 1
    return y


def accuracy_in_a_loop(y_hat, labels):
    right = 0
    for outputs, label in zip(y_hat, labels):
        right += list(outputs).index(max(outputs)) == label
    return right / len(labels)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("one_hot", one_hot_by_comparing),
        ("one_hot", one_hot_in_a_loop),
        ("accuracy", accuracy_in_a_loop),
        ("accuracy", lambda y_hat, labels: (np.argmax(y_hat, 1) == labels).mean()),
        ("accuracy", lambda y_hat, labels: np.count_nonzero(y_hat.argsort()[:, -1] == labels) / labels.size),
    ],
)
@pytest.mark.parametrize("seed", range(5))
def test_a_right_answer_is_right_however_it_is_written(name, function, seed):
    assert verdict(name, function, seed).right


@pytest.mark.parametrize(
    ("name", "mistake"), [(name, m) for name in ("one_hot", "accuracy") for m in QUESTIONS[name].mistakes]
)
def test_every_mistake_is_named_alone(name, mistake):
    rehearse(QUESTIONS[name])
    for seed in range(20):
        assert verdict(name, mistake.wrong, seed).diagnosis == (mistake.id,)


@pytest.mark.parametrize(
    ("name", "function", "mistake"),
    [
        ("one_hot", lambda labels: np.eye(10)[:, labels], "one-hot-transposed"),
        ("one_hot", lambda labels: np.eye(11)[labels][:, 1:], None),
        ("one_hot", lambda labels: np.eye(10)[labels - 1], "one-hot-from-one"),
        ("one_hot", lambda labels: np.unique(labels)[labels], None),
        ("accuracy", lambda y_hat, labels: sum(y_hat.argmax(1) == labels), "accuracy-count"),
        ("accuracy", lambda y_hat, labels: np.mean(y_hat.argmax(1) != labels), "accuracy-error-rate"),
        ("accuracy", lambda y_hat, labels: np.mean(y_hat.argmin(1) == labels), None),
    ],
)
def test_a_mistake_in_a_students_hand(name, function, mistake):
    assert verdict(name, function).diagnosis == (() if mistake is None else (mistake,))


def test_booleans_are_no_numbers():
    said = verdict("one_hot", lambda labels: labels[:, None] == np.arange(10))
    assert said.fact == "The result is an array of booleans, expected real numbers."


@pytest.mark.parametrize("seed", range(10))
def test_predictions_tell_the_largest_output_from_a_rounded_one(seed):
    for y_hat, labels in draw_cases(QUESTIONS["accuracy"], seed):
        said = y_hat.argmax(axis=1)
        assert len(labels) not in (1, 2)
        assert (y_hat.max(axis=1)[said == labels] < 0.5).any()
        assert (y_hat.max(axis=1)[said != labels] > 0.5).any()


# Networks


def network(sizes=(64, 12, 10), epochs=0):
    net = bplab.Network(sizes, "sigmoid", rng=1)
    if epochs:
        bplab.train(net, DATA.x, np.eye(10)[DATA.labels], lr=2.0, batch_size=16, epochs=epochs, rng=1)
    return dict(net.W), dict(net.b)


def judged(value):
    question = QUESTIONS["train_digits"]
    return judge(question, draw_cases(question, 0), [Returned(value)])


def held_back(W, b):
    """The share of held-back digits that a sigmoid network reads."""
    a = DATA.x_test
    for k in W:
        a = 1 / (1 + np.exp(-(a @ W[k] + b[k])))
    return np.mean(a.argmax(axis=1) == DATA.labels_test)


def test_the_reference_gets_all_points_whatever_the_draw():
    for seed in range(4):
        said = verdict("train_digits", QUESTIONS["train_digits"].reference, seed)
        assert (said.right, said.share) == (True, 1.0)


def test_the_check_in_the_notebook_is_quick_and_says_right():
    said = attempt(QUESTIONS["train_digits"], QUESTIONS["train_digits"].reference)
    assert said.right
    assert re.fullmatch(r"It reads 9\d% of the held-back digits and 9\d% of the training digits\.", said.fact)


def test_each_student_gets_the_training_digits_and_a_draw_of_its_own():
    question = QUESTIONS["train_digits"]
    ((x, labels, rng),), ((_, _, other),) = draw_cases(question, 0), draw_cases(question, 1)
    np.testing.assert_array_equal(x, DATA.x)
    np.testing.assert_array_equal(labels, DATA.labels)
    assert rng != other


def test_points_are_those_of_the_held_back_digits():
    shares = []
    for W, b in (network(), network(epochs=1), network(epochs=3), network((64, 10), epochs=20)):
        said, expected = judged((W, b)), (held_back(W, b) - 0.85) / 0.08
        assert said.share == pytest.approx(np.clip(expected, 0, 1))
        assert said.right == (expected >= 1)
        digits = 0 if said.right else 1
        assert f"It reads {held_back(W, b):.{digits}%} of the held-back digits" in said.fact
        shares.append(said.share)
    assert shares[0] == 0
    assert any(0 < share < 1 for share in shares)


def test_half_way_is_half_the_points():
    """A network that is told the digit and lets so many through."""
    n = len(DATA.labels_test)
    for right, share in ((306, 0.0), (320, (320 / n - 0.85) / 0.08), (334, (334 / n - 0.85) / 0.08), (335, 1.0)):
        labels = DATA.labels_test.copy()
        labels[right:] = (labels[right:] + 1) % 10
        x = np.zeros((n, 64))
        x[np.arange(n), labels] = 1.0
        told = bplab.data.Digits(DATA.x, DATA.labels, x, DATA.labels_test)
        assert graded({1: np.eye(64, 10)}, {1: np.zeros(10)}, told)[0] == pytest.approx(share)


def test_what_it_reads_is_said():
    assert "no points yet" in judged(network(epochs=1)).fact
    assert "every time" not in judged(network(epochs=1)).fact
    W, b = network()
    assert judged((W, b | {2: 1000.0 * (np.arange(10) == 7)})).fact.endswith("It says 7 every time.")


def test_any_number_of_layers_and_lists_of_two_are_answers():
    assert judged(list(network((64, 10), epochs=20))).share > 0.5
    assert judged(network((64, 20, 15, 10))).status == "wrong"


def changed(of, key, value):
    W, b = network()
    (W if of == "W" else b)[key] = value
    return W, b


W12, B10 = np.ones((12, 10)), np.ones(10)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "The result is None (is a return missing?), expected 2 values, W and b."),
        (network()[0], "The result is a dictionary, expected 2 values, W and b."),
        ((*network(), 0.9), "The result has 3 values, expected 2 values, W and b."),
        ((W12, B10), "W is an array of shape (12, 10), expected a dictionary with a key for each layer, from 1."),
        (({}, {}), "W is an empty dictionary, expected a dictionary"),
        ((network()[0], None), "b is None (is a return missing?), expected a dictionary"),
        (({0: W12, 1: W12}, {0: B10, 1: B10}), "W has the keys 0 and 1, expected the layers' numbers, from 1 on."),
        (({"1": W12}, {"1": B10}), "W has the keys '1', expected the layers' numbers"),
        ((network()[0], {1: B10}), "W has 2 layers, b has 1: each layer has weights and a bias."),
        (changed("W", 1, np.ones((12, 64))), "W[1] has shape (12, 64), expected 64 rows, one for each pixel."),
        (changed("W", 2, np.ones((64, 10))), "W[2] has shape (64, 10), expected 12 rows, as many as W[1] has columns."),
        (changed("W", 2, np.ones((12, 9))), "b[2] has shape (10,), expected an array of shape (9,)."),
        (({1: np.ones((64, 9))}, {1: np.ones(9)}), "W[1] has 9 columns, expected 10, one for each digit."),
        (changed("W", 2, [[1.0] * 10] * 12), "W[2] is a list, expected an array of shape (n_in, n_out)."),
        (changed("W", 2, np.ones(10)), "W[2] has shape (10,), expected an array of shape (n_in, n_out)."),
        (changed("b", 2, np.ones((1, 10))), "b[2] has shape (1, 10), expected an array of shape (10,)."),
        (changed("b", 1, 0.0), "b[1] is a single number, expected an array of shape (12,)."),
        (changed("b", 2, B10 * np.nan), "b[2] contains nan (not a number)."),
        (changed("W", 2, W12 * np.inf), "W[2] contains inf (infinity)."),
        (changed("W", 2, W12 * 1j), "W[2] is an array of complex numbers, expected real numbers."),
        (changed("W", 2, W12 > 0), "W[2] is an array of booleans, expected real numbers."),
        (changed("W", 2, W12.astype(object)), "W[2] is an array of objects, expected real numbers."),
    ],
)
def test_what_is_no_network_is_told(value, words):
    said = judged(value)
    assert (said.status, said.share) == ("wrong", 0)
    assert said.fact.startswith(words)


@pytest.mark.filterwarnings("error")
def test_huge_weights_are_a_network_too():
    W, b = network()
    assert judged(({k: 1e300 * W[k] for k in W}, b)).share == 0


def test_an_exception_is_told_with_its_line():
    def train_digits(x, labels, rng):
        return x @ labels

    question = QUESTIONS["train_digits"]
    cases = draw_cases(question, 0)
    said = judge(question, cases, answers(question, train_digits, cases))
    assert said.status == "error"
    assert "`return x @ labels`" in said.fact


# The lecture

LECTURE = rules.read(Path(__file__).parents[1] / "notebooks/08-real-data.ipynb")


def source(name):
    (cell,) = [cell for cell in LECTURE["cells"] if cell["id"] == name]
    return cell["source"]


def run(names, namespace):
    for name in names:
        exec(source(name), namespace)


def test_only_lecture_08_may_import_scikit_learn():
    rule = rules.nothing_outside_the_package
    other = copy.deepcopy(LECTURE)
    other["cells"][0]["source"] = LECTURE["cells"][0]["source"].replace("# 08", "# 07")
    assert list(rule(LECTURE)) == []
    assert list(rule(other)) == ["sklearn-run imports sklearn.neural_network"]


def test_without_scikit_learn_the_lecture_runs_through_and_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sklearn.neural_network", None)
    run(("setup", "data-run", "one-hot-run", "accuracy-run", "three-parts-run"), names := {})
    namespace = names | {"trained": lambda *_, **__: bplab.Network([64, 5, 10])}
    capsys.readouterr()
    run(("sklearn-run", "same-run"), namespace)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "This comparison needs scikit-learn, which `pip install scikit-learn` gets you."
    assert len(lines) == 2


def test_held_back_digits_choose_nothing():
    """They are looked at in the cell that says how far the network has come, and in none that chooses."""
    asks = {cell["id"] for cell in rules.code_cells(LECTURE) if "_test" in cell["source"]}
    assert asks == {"data-run", "accuracy-run", "three-parts-run", "final-run", "wrong-run", "sklearn-run"}
