"""Exercise 08: handwritten digits: labels as rows, the share that is right, and a network that has to learn to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bplab.data import Digits, digits
from bplab.network import Network
from bplab.questions import Case, Exercise, Mistake, Question, Rng
from bplab.questions.answers import Array, compare, join, kind
from bplab.questions.cases import Layers
from bplab.questions.catalogue import reference
from bplab.training import train

Labels = NDArray[np.int64]

# The share of the points grows from nothing to all between these shares of held-back digits that are right.
NOTHING, ALL = 0.85, 0.93


def one_hot(labels: Labels) -> Array:
    return np.eye(10)[labels]


def accuracy(y_hat: Array, labels: Labels) -> float:
    return float(np.mean(y_hat.argmax(axis=1) == labels))


def train_digits(x: Array, labels: Labels, rng: np.random.Generator) -> tuple[Layers, Layers]:
    net = Network([64, 32, 10], "sigmoid", rng=rng)
    train(net, x, one_hot(labels), lr=2.0, batch_size=16, epochs=20, rng=rng)
    return dict(net.W), dict(net.b)


# ------------------------------------------------------------------ what goes wrong


def ones_in_every_row(labels: Labels) -> Array:
    y = np.zeros((len(labels), 10))
    y[:, labels] = 1
    return y


ONE_HOT = [
    Mistake(
        "one-hot-transposed",
        lambda labels: one_hot(labels).T,
        "as if every digit had a row and every picture a column",
        "What does a row stand for, in x and in y_hat?",
    ),
    Mistake(
        "one-hot-from-one",
        lambda labels: one_hot((labels - 1) % 10),
        "as if the columns were counted from 1: each 1 stands one column too far to the left",
        "Which column belongs to the digit 0?",
    ),
    Mistake(
        "one-hot-columns-from-labels",
        lambda labels: np.eye(labels.max() + 1)[labels],
        "as if there were only columns up to the largest of these labels",
        "How many outputs has the network, whatever the labels of a batch are?",
    ),
    Mistake(
        "one-hot-every-row",
        ones_in_every_row,
        "as if every row had a 1 for every label: the bracket picks all rows for each column",
        "Which row belongs to the first label, and which to the second?",
    ),
    Mistake(
        "one-hot-label-as-value",
        lambda labels: one_hot(labels) * labels[:, None],
        "as if the label itself had been written into its column",
        "What should the output of the right digit be, when it is a sigmoid?",
    ),
]

ACCURACY = [
    Mistake(
        "accuracy-count",
        lambda y_hat, labels: np.sum(y_hat.argmax(axis=1) == labels),
        "as if the right ones had been counted",
        "What has to come out when every picture is read right?",
    ),
    Mistake(
        "accuracy-percent",
        lambda y_hat, labels: 100 * accuracy(y_hat, labels),
        "as if it were in percent",
        "Which number, from 0 to 1, says the same?",
    ),
    Mistake(
        "accuracy-error-rate",
        lambda y_hat, labels: 1 - accuracy(y_hat, labels),
        "as if the wrong ones counted",
        "Should a better network get a larger or a smaller number?",
    ),
    Mistake(
        "accuracy-wrong-axis",
        lambda y_hat, labels: np.mean(y_hat.argmax(axis=0) == labels),
        "as if the largest output were looked for down each column, among all pictures",
        "Along which axis do the ten outputs of one picture lie?",
    ),
    Mistake(
        "accuracy-argmax-of-all",
        lambda y_hat, labels: np.mean(y_hat.argmax() == labels),
        "as if one largest output had been looked for in the whole array",
        "How many predictions do you need for n pictures?",
    ),
    Mistake(
        "accuracy-from-one",
        lambda y_hat, labels: np.mean(y_hat.argmax(axis=1) + 1 == labels),
        "as if the first output stood for the digit 1",
        "Which digit does argmax name where the first output is the largest?",
    ),
    Mistake(
        "accuracy-of-entries",
        lambda y_hat, labels: np.mean(y_hat.round() == one_hot(labels)),
        "as if each of the ten outputs counted by itself, rounded to 0 or 1",
        "What would this give for a network that always says 0 everywhere?",
    ),
    Mistake(
        "accuracy-of-rounded-rows",
        lambda y_hat, labels: np.mean((y_hat.round() == one_hot(labels)).all(axis=1)),
        "as if a picture only counted where all ten outputs, rounded, are those of its label",
        "Which digit does a network name whose largest output is 0.4?",
    ),
]


# ------------------------------------------------------------------ what is asked


def label_cases(rng: np.random.Generator) -> list[Case]:
    """The labels of 12, 7 and 15 pictures: every digit; none above 6; some twice in a row."""
    return [
        (rng.permutation(np.arange(12) % 10),),
        (np.append(rng.permutation(6), 6),),
        (rng.integers(10, size=15),),
    ]


def predictions(rng: np.random.Generator, n: int, hits: int) -> Case:
    """Of n pictures `hits` are read right; every other one is sure, the others' largest output stays below a half.

    Three of the wrong ones are taken for the digit before. The largest output of all is in the first row.
    """
    labels = rng.permutation(np.arange(n) % 10)
    said = (labels + np.where(np.arange(n) < hits, 0, rng.integers(1, 9, size=n))) % 10
    said[-3:] = (labels[-3:] - 1) % 10
    y_hat = rng.uniform(0.03, 0.42, size=(n, 10))
    y_hat[np.arange(n), said] = np.where(np.arange(n) % 2, rng.uniform(0.44, 0.49, size=n), rng.uniform(0.6, 0.9, n))
    y_hat[0, said[0]] = 0.95
    order = np.append(0, 1 + rng.permutation(n - 1))
    return y_hat[order], labels[order]


def accuracy_cases(rng: np.random.Generator) -> list[Case]:
    return [predictions(rng, n, hits) for n, hits in ((12, 7), (10, 6), (17, 12))]


def digit_cases(rng: np.random.Generator) -> list[Case]:
    """The training digits. The others stay with the judge."""
    data = digits()
    return [(data.x, data.labels, Rng(int(rng.integers(1 << 30))))]


# ------------------------------------------------------------------ the judge


def judge_digits(case: Case, answer: Any) -> tuple[float, str]:
    """How many of the held-back digits a student's network reads, as a share of the points."""
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        what = f"has {len(answer)} values" if isinstance(answer, (tuple, list)) else f"is {kind(answer)}"
        return 0.0, f"The result {what}, expected 2 values, W and b."
    if problem := next(_misfits(*answer), ""):
        return 0.0, problem
    W, b = ({k: np.asarray(layers[k], dtype=float) for k in layers} for layers in answer)
    x, labels, _ = case
    return graded(W, b, Digits(x, labels, *digits()[2:]))


def _misfits(W: Any, b: Any) -> Iterator[str]:
    """What keeps W and b from being the layers of a network from 64 pixels to 10 digits."""
    for layers, name in ((W, "W"), (b, "b")):
        if not isinstance(layers, dict) or not layers:
            what = "an empty dictionary" if isinstance(layers, dict) else kind(layers)
            yield f"{name} is {what}, expected a dictionary with a key for each layer, from 1."
        elif set(layers) != set(range(1, len(layers) + 1)):
            given = join([f"{key!r:.20}" for key in list(layers)[:9]])
            yield f"{name} has the keys {given}, expected the layers' numbers, from 1 on."
    if len(W) != len(b):
        yield f"W has {len(W)} layers, b has {len(b)}: each layer has weights and a bias."
    comes_in, source = 64, "one for each pixel"
    for k in range(1, len(W) + 1):
        shape: tuple[int, ...] = W[k].shape if isinstance(W[k], np.ndarray) else ()
        if len(shape) != 2:
            yield f"W[{k}] {_found(W[k], shape)}, expected an array of shape (n_in, n_out)."
        if shape[0] != comes_in:
            yield f"W[{k}] has shape {shape}, expected {comes_in} rows, {source}."
        comes_in, source = shape[1], f"as many as W[{k}] has columns"
        for value, name, expected in ((W[k], f"W[{k}]", shape), (b[k], f"b[{k}]", shape[1:])):
            for piece in compare(value, np.zeros(expected), name):
                if piece.problem:
                    yield f"{name} {piece.problem}."
    if comes_in != 10:
        yield f"W[{len(W)}] has {comes_in} columns, expected 10, one for each digit."


def _found(value: Any, shape: tuple[int, ...]) -> str:
    return f"has shape {shape}" if isinstance(value, np.ndarray) else f"is {kind(value)}"


def graded(W: Layers, b: Layers, data: Digits) -> tuple[float, str]:
    """The share of the points for a network's accuracy on the held-back digits, and what it reads in words."""
    y_hat, y_hat_trained = (reference("forward_deep")(x, W, b)[1][len(W)] for x in (data.x_test, data.x))
    held_back, trained = accuracy(y_hat, data.labels_test), accuracy(y_hat_trained, data.labels)
    share = min(max((held_back - NOTHING) / (ALL - NOTHING), 0.0), 1.0)
    if share == 1:  # in whole percent, which every machine gives
        return 1.0, f"It reads {held_back:.0%} of the held-back digits and {trained:.0%} of the training digits."
    points = f"{share:.0%} of the points" if share else "no points yet"
    said = set(y_hat.argmax(axis=1).tolist())
    chance = f" It says {min(said)} every time." if len(said) == 1 else ""
    return share, (
        f"It reads {held_back:.1%} of the held-back digits and {trained:.1%} of the training digits: {points}. "
        f"They begin at {NOTHING:.0%} of the held-back digits and are complete from {ALL:.0%}.{chance}"
    )


EXERCISE = Exercise(
    "ex08-real-data",
    title="Real data",
    questions=[
        Question("one_hot", 2, one_hot, label_cases, mistakes=ONE_HOT),
        Question("accuracy", 2, accuracy, accuracy_cases, mistakes=ACCURACY),
        Question("train_digits", 6, train_digits, digit_cases, judge=judge_digits, seconds=120.0),
    ],
)
