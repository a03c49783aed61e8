"""Exercise 04: the gradients of note 001's network, the output layer's, the hidden layer's, all."""

from __future__ import annotations

import numpy as np

from bplab.questions import Case, Exercise
from bplab.questions.cases import SHAPES, draw, weights
from bplab.questions.catalogue import question, reference


def output_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for n, (_, hidden, outputs) in SHAPES:
        y_hat = draw(rng, n, outputs, low=1.2, high=1.9)
        cases.append((np.abs(draw(rng, n, hidden)), y_hat, y_hat - draw(rng, n, outputs)))
    return cases


def hidden_cases(rng: np.random.Generator) -> list[Case]:
    return [
        (draw(rng, n, inputs), draw(rng, n, hidden, high=1.9), draw(rng, hidden, outputs), draw(rng, n, outputs))
        for n, (inputs, hidden, outputs) in SHAPES
    ]


def gradient_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for n, sizes in SHAPES:
        x, (W, b) = draw(rng, n, sizes[0]), weights(rng, sizes)
        _, a = reference("forward")(x, W, b)
        cases.append((x, a[2] - draw(rng, n, sizes[2]), W, b))
    return cases


EXERCISE = Exercise(
    "ex04-backward-pass",
    title="Backward pass",
    questions=[
        question("output_gradients", 3, output_cases),
        question("hidden_gradients", 4, hidden_cases),
        question("gradients", 5, gradient_cases),
    ],
)
