"""What students hand in for single tasks of the exercises: right in other ways, or wrong in a way that is told."""

import numpy as np
import pytest
from test_diagnosis import QUESTIONS, draw_cases, verdict

from bplab.questions.diagnosis import Returned, judge

# Right answers, written in other ways


def numerical_gradient_on_a_flat_copy(f, w, h):
    flat = w.ravel().astype(float)
    steps = np.eye(flat.size) * h
    slopes = [f((flat + step).reshape(w.shape)) - f((flat - step).reshape(w.shape)) for step in steps]
    return np.reshape(slopes, w.shape) / h / 2


def numerical_gradient_moving_to_and_fro(f, w, h):
    w = w.astype(float)
    g = np.zeros_like(w)
    for i in np.ndindex(w.shape):
        w[i] += h
        g[i] += f(w)
        w[i] -= 2 * h
        g[i] -= f(w)
        w[i] += h
    return g / (2 * h)


RIGHT = [
    ("squared_error", lambda y_hat, y: ((y_hat - y) ** 2).sum(axis=1).mean()),
    ("squared_error", lambda y_hat, y: sum(np.dot(a - b, a - b) for a, b in zip(y_hat, y)) / len(y)),
    ("loss_gradient", lambda y_hat, y: -(y - y_hat) * (2 / y.shape[0])),
    ("numerical_gradient", numerical_gradient_on_a_flat_copy),
    ("numerical_gradient", numerical_gradient_moving_to_and_fro),
]


@pytest.mark.parametrize(("name", "function"), RIGHT)
@pytest.mark.parametrize("seed", range(5))
def test_a_right_answer_is_right_however_it_is_written(name, function, seed):
    said = verdict(name, function, seed)
    assert said.right, said
    assert said.diagnosis == ()


# Known mistakes, in a student's hand


def moved_in_w(f, w, h):
    g = np.zeros(w.shape)
    for i in np.ndindex(w.shape):
        w[i] += h
        up = f(w)
        w[i] -= 2 * h
        g[i] = (up - f(w)) / (2 * h)
        w[i] += h
    return g


def never_put_back(f, w, h):
    point, g = w.astype(float), np.zeros(w.shape)
    for i in np.ndindex(w.shape):
        point[i] = w[i] + h
        up = f(point)
        point[i] = w[i] - h
        g[i] = (up - f(point)) / (2 * h)
    return g


def without_parentheses(f, w, h):
    return numerical_gradient_on_a_flat_copy(f, w, h) * h * h


WRONG = [
    ("squared_error", lambda y_hat, y: np.mean((y_hat - y) ** 2), "loss-mean-over-elements"),
    ("squared_error", lambda y_hat, y: np.linalg.norm(y_hat - y) ** 2, "loss-sum"),
    ("loss_gradient", lambda y_hat, y: 2 * (y_hat - y), "missing-one-over-n"),
    ("loss_gradient", lambda y_hat, y: 2 * (y_hat - y) / y_hat.size, "mean-over-elements"),
    ("numerical_gradient", moved_in_w, "numeric-int-step"),
    ("numerical_gradient", never_put_back, "numeric-not-restored"),
    ("numerical_gradient", without_parentheses, "numeric-multiplied"),
]


@pytest.mark.parametrize(("name", "function", "mistake"), WRONG)
@pytest.mark.parametrize("seed", range(3))
def test_a_known_mistake_is_named_however_it_is_written(name, function, mistake, seed):
    said = verdict(name, function, seed)
    assert said.diagnosis == (mistake,), said
    assert said.status == "wrong"


def noisy(value, rng):
    if isinstance(value, dict):
        return {key: noisy(item, rng) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(noisy(item, rng) for item in value)
    return value * rng.normal(1.0, 0.5, size=np.shape(value)) + rng.normal(scale=0.1, size=np.shape(value))


@pytest.mark.parametrize("name", [name for name, question in QUESTIONS.items() if question.judge is None])
def test_what_no_mistake_explains_gets_no_name(name):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        said = verdict(name, lambda *case, rng=rng: noisy(QUESTIONS[name].reference(*case), rng), seed)
        assert (said.status, said.diagnosis) == ("wrong", ()), said


# Counterexamples


def column(*numbers):
    return np.array(numbers, dtype=float).reshape(-1, 1)


def judged(name, value):
    return judge(QUESTIONS[name], draw_cases(QUESTIONS[name], 0), [Returned(value)])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("counterexample_loss", (column(0.8, 0.1), column(0.5, 0.4))),
        ("counterexample_loss", [np.array([[3], [1]]), np.array([[2], [2]])]),
        ("counterexample_loss", (np.full((4, 3), 0.5), np.eye(4, 3))),
    ],
)
def test_any_counterexample_is_right(name, value):
    said = judged(name, value)
    assert said.right, said
    assert said.share == 1


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("counterexample_loss", (column(0.8), column(0.5)), "both give the same"),
        ("counterexample_loss", (column(0.8, 0.3), column(0.8, 0.3)), "both give the same"),
        ("counterexample_loss", (column(0.1 + 0.2, 0.3), column(0.3, 0.3)), "both give the same"),
        ("counterexample_loss", (column(0.8, 0.3), column(0.8, 0.3, 0.5)), "y has shape (3, 1)"),
        ("counterexample_loss", (np.array([0.8, 0.3]), np.array([0.5, 0.3])), "y_hat has shape (2,)"),
        ("counterexample_loss", (column(0.8, np.nan), column(0.5, 0.3)), "y_hat contains nan"),
        ("counterexample_loss", (column(0.8, 0.2), column(np.inf, 0.3)), "y contains inf"),
        ("counterexample_loss", (np.empty((0, 1)), np.empty((0, 1))), "y_hat has shape (0, 1)"),
        ("counterexample_loss", (column(0.8, 0.3) > 0.5, column(0.5, 0.3)), "an array of booleans"),
        ("counterexample_loss", ([[0.8], [0.3]], [[0.5], [0.3]]), "y_hat is a list"),
        ("counterexample_loss", column(0.8, 0.3), "expected 2 values, y_hat and y"),
        ("counterexample_loss", None, "is a return missing?"),
    ],
)
def test_what_is_no_counterexample_is_told(name, value, words):
    said = judged(name, value)
    assert said.status == "wrong"
    assert said.share == 0
    assert words in said.fact
