"""What students hand in for single tasks of the exercises: right in other ways, or wrong in a way that is told."""

import numpy as np
import pytest
from test_diagnosis import QUESTIONS, draw_cases, verdict

from bplab.questions import EXERCISES
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


def sigma(z):
    return (1 + np.tanh(z / 2)) / 2


def chain_in_a_loop(x, *weights):
    activations = [x]
    for w, f in zip(weights, (abs, abs, sigma)):
        z = activations[-1] * w
        activations.append(f(z) if f is sigma or z > 0 else 0)
    return activations[1:]


def chain_gradients_as_products(x, y, w1, w2, w3):
    on1 = x * w1 > 0
    on2 = on1 and x * w1 * w2 > 0
    a1, a2 = x * w1 * on1, x * w1 * w2 * on2
    a3 = sigma(a2 * w3)
    first = 2 * (a3 - y) * (a3 - a3**2)
    return np.array(first * on2 * w3 * w2 * x), first * w3 * a1 * on2, first * a2


def chain_gradients_by_nudging(x, y, w1, w2, w3, h=1e-5):
    def cost(w1, w2, w3):
        return (chain_in_a_loop(x, w1, w2, w3)[2] - y) ** 2

    w, steps = np.array([w1, w2, w3]), np.eye(3) * h
    return tuple((cost(*(w + step)) - cost(*(w - step))) / (2 * h) for step in steps)


def line_gradients_sample_by_sample(x, y, a, b):
    each = [(2 * (a * xi + b - yi) * xi, 2 * (a * xi + b - yi)) for xi, yi in zip(x, y)]
    return list(np.mean(each, axis=0))


def update_on_copies(W, b, dW, db, lr):
    W, b = {k: W[k].copy() for k in W}, {k: b[k].copy() for k in reversed(b)}
    for k in W:
        W[k] -= lr * dW[k]
        b[k] -= lr * db[k]
    return W, b


RIGHT = [
    ("squared_error", lambda y_hat, y: ((y_hat - y) ** 2).sum(axis=1).mean()),
    ("squared_error", lambda y_hat, y: sum(np.dot(a - b, a - b) for a, b in zip(y_hat, y)) / len(y)),
    ("loss_gradient", lambda y_hat, y: -(y - y_hat) * (2 / y.shape[0])),
    ("numerical_gradient", numerical_gradient_on_a_flat_copy),
    ("numerical_gradient", numerical_gradient_moving_to_and_fro),
    ("relu", lambda z: z * (z > 0)),
    ("relu", lambda z: (np.abs(z) + z) / 2),
    ("relu", lambda z: np.where(z > 0, z, 0)),
    ("relu_prime", lambda z: np.where(z < 0, 0, 1)),
    ("relu_prime", lambda z: np.heaviside(z, 0.5)),
    ("sigmoid_prime", lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2),
    ("sigmoid_prime", lambda z: sigma(z) * sigma(-z)),
    ("chain", chain_in_a_loop),
    ("chain_gradients", chain_gradients_as_products),
    ("chain_gradients", chain_gradients_by_nudging),
    ("mean_change", lambda changes: np.mean(changes, axis=0)),
    ("mean_change", lambda changes: np.array([column.mean() for column in changes.T])),
    ("mean_change", lambda changes: np.ones(len(changes)) @ changes / changes.shape[0]),
    ("line_gradients", line_gradients_sample_by_sample),
    ("line_gradients", lambda x, y, a, b: (2 * np.mean((a * x + b - y) * x), 2 * np.mean(a * x + b - y))),
    ("line_gradients", lambda x, y, a, b: tuple(2 / len(x) * np.vstack([x, x**0]) @ (a * x + b - y))),
    ("update", update_on_copies),
    ("update", lambda W, b, dW, db, lr: tuple({k: p[k] + -lr * d[k] for k in p} for p, d in ((W, dW), (b, db)))),
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


def nudged(slope, step=None):
    """A numerical gradient made of f at w, and above and below w by `step`, the one that is given if there is none."""

    def numerical_gradient(f, w, h):
        h = step or h
        moved = [h * np.eye(w.size)[i].reshape(w.shape) for i in range(w.size)]
        return np.reshape([slope(f(w + by), f(w), f(w - by), h) for by in moved], w.shape)

    return numerical_gradient


def all_moved_at_once(f, w, h):
    return np.zeros(w.shape) + (f(w + h) - f(w - h)) / (2 * h)


def first_row_only(f, w, h):
    g = numerical_gradient_on_a_flat_copy(f, w, h)
    return g if g.ndim == 1 else np.vstack([g[:1], np.zeros_like(g[1:])])


def one_sided_and_never_put_back(f, w, h):
    point, g = w.astype(float), np.zeros(w.shape)
    for i in np.ndindex(w.shape):
        here = f(point)
        point[i] += h
        g[i] = (f(point) - here) / h
        point[i] -= 2 * h
    return g


def chain_without_sigmoid(x, w1, w2, w3):
    a1, a2, _ = chain_in_a_loop(x, w1, w2, w3)
    return a1, a2, a2 * w3


def chain_back(x, y, w1, w2, w3, *, start=None, slope=None, on=lambda a: a > 0):
    """The chain's backward pass, in which one thing at a time can go wrong."""
    a1, a2, a3 = chain_in_a_loop(x, w1, w2, w3)
    at_z3 = 2 * ((a3 if start is None else a2) - y) * (a3 * (1 - a3) if slope is None else slope(a3, a2 * w3))
    at_z2 = at_z3 * w3 * on(a2)
    at_z1 = at_z2 * w2 * on(a1)
    return at_z1 * x, at_z2 * a1, at_z3 * a2


def update_in_place(W, b, dW, db, lr):
    W, b = dict(W), dict(b)
    for k in W:
        W[k] -= lr * dW[k]
        b[k] -= lr * db[k]
    return W, b


def update_in_the_given_dictionaries(W, b, dW, db, lr):
    for k in W:
        W[k] = W[k] - lr * dW[k]
        b[k] = b[k] - lr * db[k]
    return W, b


def step(W, b, dW, db, lr, *, of=lambda p, d, lr: p - lr * d):
    return {k: of(W[k], dW[k], lr) for k in W}, {k: of(b[k], db[k], lr) for k in b}


WRONG = [
    ("squared_error", lambda y_hat, y: np.mean((y_hat - y) ** 2), "loss-mean-over-elements"),
    ("squared_error", lambda y_hat, y: np.linalg.norm(y_hat - y) ** 2, "loss-sum"),
    ("loss_gradient", lambda y_hat, y: 2 * (y_hat - y), "missing-one-over-n"),
    ("loss_gradient", lambda y_hat, y: 2 * (y_hat - y) / y_hat.size, "mean-over-elements"),
    ("numerical_gradient", moved_in_w, "numeric-int-step"),
    ("numerical_gradient", never_put_back, "numeric-not-restored"),
    ("numerical_gradient", one_sided_and_never_put_back, "numeric-not-restored"),
    ("numerical_gradient", nudged(lambda up, here, down, h: (up - here) / h), "numeric-one-sided"),
    ("numerical_gradient", nudged(lambda up, here, down, h: (here - down) / h), "numeric-backward"),
    ("numerical_gradient", nudged(lambda up, here, down, h: (up - down) / h), "numeric-no-half"),
    ("numerical_gradient", nudged(lambda up, here, down, h: (up - here) / h / 2), "numeric-half-one-sided"),
    ("numerical_gradient", nudged(lambda up, here, down, h: (up - down) / 2), "numeric-not-divided"),
    ("numerical_gradient", nudged(lambda up, here, down, h: (up - down) / 2 * h), "numeric-multiplied"),
    ("numerical_gradient", nudged(lambda up, here, down, h: (up - down) * 2 * h), "numeric-multiplied"),
    ("numerical_gradient", nudged(lambda up, here, down, h: (down - up) / h / 2), "numeric-minus"),
    ("numerical_gradient", nudged(lambda up, here, down, h: (up + down) / h / 2), "numeric-plus"),
    ("numerical_gradient", nudged(lambda up, here, down, h: (up - down) / 2, step=1), "numeric-step-too-large"),
    ("numerical_gradient", nudged(lambda up, here, down, h: (up - down) / 2e-15, 1e-15), "numeric-step-too-small"),
    ("numerical_gradient", all_moved_at_once, "numeric-all-at-once"),
    ("numerical_gradient", first_row_only, "numeric-first-row"),
    ("numerical_gradient", lambda *c: numerical_gradient_on_a_flat_copy(*c).flatten(), "numeric-flat"),
    (
        "numerical_gradient",
        lambda f, w, h: numerical_gradient_on_a_flat_copy(f, w, h).astype(w.dtype),
        "numeric-int-array",
    ),
    ("relu", lambda z: z.max(0), "relu-np-max"),
    ("relu_prime", lambda z: z / np.abs(z), "relu-prime-sign"),
    ("sigmoid_prime", lambda z: z - z**2, "prime-of-activation"),
    ("sigmoid_prime", lambda z: sigma(z) * sigma(1 - z), "prime-shifted"),
    ("chain", chain_without_sigmoid, "chain-sigmoid-missing"),
    ("chain_gradients", lambda *c: chain_back(*c, start="a2"), "chain-error-of-hidden"),
    ("chain_gradients", lambda *c: chain_back(*c, slope=lambda a, z: 1), "chain-no-sigma-prime"),
    ("chain_gradients", lambda *c: chain_back(*c, slope=lambda a, z: a), "chain-sigma-for-prime"),
    ("chain_gradients", lambda *c: chain_back(*c, on=lambda a: 1), "chain-no-relu-prime"),
    ("chain_gradients", lambda *c: chain_back(*c, on=lambda a: a), "chain-relu-value-for-prime"),
    ("chain_gradients", lambda *c: tuple(-part for part in chain_back(*c)), "reversed-difference"),
    ("chain_gradients", lambda *c: chain_back(*c)[::-1], "chain-order-reversed"),
    ("mean_change", lambda changes: changes.mean(axis=1), "average-wrong-axis"),
    ("mean_change", lambda changes: changes.mean(), "average-over-everything"),
    ("mean_change", lambda changes: sum(changes), "average-sum"),
    ("mean_change", lambda changes: changes.sum(0) / (len(changes) - 1), "average-n-minus-one"),
    ("line_gradients", lambda x, y, a, b: ((a * x + b - y) @ x / len(x), np.mean(a * x + b - y)), "missing-two"),
    ("line_gradients", lambda x, y, a, b: (2 * np.mean(a * x + b - y),) * 2, "line-da-without-x"),
    ("update", lambda *c: step(*c, of=lambda p, d, lr: p + lr * d), "update-plus"),
    ("update", lambda *c: step(*c, of=lambda p, d, lr: p - d), "update-lr-missing"),
    ("update", lambda *c: (step(*c)[0], c[1]), "update-only-weights"),
    ("update", update_in_place, "update-in-place"),
    ("update", update_in_the_given_dictionaries, "update-in-place"),
]


@pytest.mark.parametrize(("name", "function", "mistake"), WRONG)
@pytest.mark.parametrize("seed", range(3))
def test_a_known_mistake_is_named_however_it_is_written(name, function, mistake, seed):
    said = verdict(name, function, seed)
    assert said.diagnosis == (mistake,), said
    assert said.status == "wrong"


def test_an_update_in_place_is_told_by_the_arguments():
    said = verdict("update", update_in_place)
    assert said.fact == "What it returns is right, but the call has changed W and b, which had to stay unchanged."


def test_weights_that_a_numerical_gradient_leaves_moved_are_told():
    def last_one_moved(f, w, h):
        g = numerical_gradient_on_a_flat_copy(f, w, h)
        w.flat[-1] += 1
        return g

    said = verdict("numerical_gradient", last_one_moved)
    assert said.fact == "What it returns is right, but the call has changed w, which had to stay unchanged."


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


# Where a student hears of them


@pytest.mark.parametrize("name", EXERCISES)
def test_a_lecture_leads_to_every_exercise(root, name):
    lectures = [path.read_text(encoding="utf-8") for path in root.glob("notebooks/*.ipynb")]
    assert any(f"`{name}`" in text for text in lectures), f"no lecture says that {name} follows"


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
        ("counterexample_chain", (0.5, 0.9, 1.6, 0.75, 1.5)),
        ("counterexample_chain", (1, 0, 2, 1, np.float32(-0.5))),
        ("counterexample_chain", (-0.5, 0.3, -1.6, 0.75, np.array(1.5))),
        ("counterexample_mean", np.array([[-0.8, 0.7, -0.1], [0.2, 0.3, -0.4], [-0.4, 0.1, 0.5]])),
        ("counterexample_mean", np.array([[3]])),
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
        ("counterexample_chain", (0.5, 0.9, -1.6, 0.75, 1.5), "both give the same. a2 is 0, as a ReLU is asleep."),
        ("counterexample_chain", (0.5, 0.9, 1.6, 0.75), "has 4 values, expected 5"),
        ("counterexample_chain", (0.5, 0.9, 1.6, 0.75, "1.5"), "w3 is a string"),
        ("counterexample_chain", (np.array([0.5]), 0.9, 1.6, 0.75, 1.5), "x has shape (1,), expected a number"),
        ("counterexample_chain", (0.5, 0.9, 1.6, 0.75, np.nan), "w3 contains nan"),
        ("counterexample_chain", (0.5, True, 1.6, 0.75, 1.5), "y is a boolean"),
        ("counterexample_mean", column(-0.1, -0.4, 0.5), "every mean is 0"),
        ("counterexample_mean", column(0.1, 0.2, -0.3), "every mean is 0"),
        ("counterexample_mean", np.array([0.1, 0.2]), "The result has shape (2,)"),
        ("counterexample_mean", column(0.1, np.inf), "The result contains inf"),
        ("counterexample_mean", [[0.1], [0.2]], "The result is a list"),
    ],
)
def test_what_is_no_counterexample_is_told(name, value, words):
    said = judged(name, value)
    assert said.status == "wrong"
    assert said.share == 0
    assert words in said.fact
