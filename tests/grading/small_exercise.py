"""An exercise of three functions, small enough to be marked in no time."""

import numpy as np

from bplab.questions import Exercise, Mistake, Question


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def loss(y_hat, y):
    return float(np.sum((y_hat - y) ** 2) / len(y))


def step(w, dw, lr):
    return {k: w[k] - lr * dw[k] for k in w}


def pairs_of_arrays(rng):
    return [(rng.normal(size=shape), rng.normal(size=shape)) for shape in ((5, 3), (4, 6), (7, 3))]


def steps(rng):
    shapes = [{1: (2, 4), 2: (4, 3)}, {1: (3, 3), 2: (3, 5)}, {1: (5, 4), 2: (4, 3), 3: (3, 6)}]
    draw = [tuple({k: rng.normal(size=s) for k, s in shape.items()} for _ in range(2)) for shape in shapes]
    return [(w, dw, float(rng.uniform(0.1, 0.4))) for w, dw in draw]


EXERCISE = Exercise(
    "ex51-small",
    title="Three small functions",
    questions=[
        Question(
            "sigmoid",
            points=2,
            reference=sigmoid,
            cases=lambda rng: [(rng.normal(size=shape),) for shape in ((5, 3), (4, 6), (7,))],
            mistakes=[
                Mistake(
                    "plus-sign", lambda z: 1 / (1 + np.exp(z)), "as if the minus were missing", "What for large z?"
                ),
                Mistake("parentheses", lambda z: 1 / 1 + np.exp(-z), "as if / came first", "What is below the bar?"),
            ],
        ),
        Question(
            "loss",
            points=3,
            reference=loss,
            cases=pairs_of_arrays,
            mistakes=[
                Mistake(
                    "sum", lambda y_hat, y: np.sum((y_hat - y) ** 2), "as if it were the sum", "And twice the data?"
                ),
                Mistake("half", lambda y_hat, y: loss(y_hat, y) / 2, "as if a half stood in front", "Which factor?"),
            ],
        ),
        Question(
            "step",
            points=2.5,
            reference=step,
            cases=steps,
            keeps=("w",),
            mistakes=[
                Mistake("uphill", lambda w, dw, lr: {k: w[k] + lr * dw[k] for k in w}, "as if it climbed", "Which way?")
            ],
        ),
    ],
)
