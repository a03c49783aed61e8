"""Exercise 01: the sigmoid, the line of note 000, the forward pass of note 001."""

from __future__ import annotations

import numpy as np

from bplab.questions import Case, Exercise
from bplab.questions.cases import SHAPES, draw, weights
from bplab.questions.catalogue import question


def sigmoid_cases(rng: np.random.Generator) -> list[Case]:
    """Of one, two and three axes; the last far out, where the sigmoid is all but flat."""
    return [
        (draw(rng, 5, 3, low=0.2, high=3.0),),
        (draw(rng, 4, 4, low=0.2, high=3.0),),
        (draw(rng, 7, low=0.2, high=3.0),),
        (draw(rng, 2, 3, 4, low=0.2, high=3.0),),
        (draw(rng, 3, 6, low=8.0, high=30.0),),
    ]


def line_cases(rng: np.random.Generator) -> list[Case]:
    return [(draw(rng, n), *draw(rng, 2, low=1.2, high=2.8).tolist()) for n in (5, 7, 6)]


def forward_cases(rng: np.random.Generator) -> list[Case]:
    return [(draw(rng, n, sizes[0]), *weights(rng, sizes)) for n, sizes in SHAPES]


EXERCISE = Exercise(
    "ex01-forward-pass",
    title="Forward pass",
    questions=[
        question("sigmoid", 2, sigmoid_cases),
        question("line", 2, line_cases),
        question("forward", 4, forward_cases),
    ],
)
