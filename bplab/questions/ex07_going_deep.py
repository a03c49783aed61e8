"""Exercise 07: forwards, one step backwards and all the way back through any number of sigmoid layers (note 003)."""

from __future__ import annotations

import numpy as np

from bplab.questions import Case, Exercise
from bplab.questions.cases import draw, weights
from bplab.questions.catalogue import question, reference

# (samples, sizes of the layers): four, three and two layers; all sizes different, all the same, all different.
SHAPES = ((6, (4, 2, 5, 7, 3)), (7, (3, 3, 3, 3)), (5, (2, 4, 3)))


def forward_cases(rng: np.random.Generator) -> list[Case]:
    return [(draw(rng, n, sizes[0]), *weights(rng, sizes)) for n, sizes in SHAPES]


def step_cases(rng: np.random.Generator) -> list[Case]:
    """Of one layer: the errors in the z of the next, its weights, the own z, and what came in."""
    return [
        (draw(rng, n, after), draw(rng, units, after), draw(rng, n, units, high=1.9), np.abs(draw(rng, n, before)))
        for n, before, units, after in ((5, 2, 4, 3), (7, 3, 3, 3), (6, 4, 3, 5))
    ]


def backward_cases(rng: np.random.Generator) -> list[Case]:
    """With errors of both signs: labels beyond what a sigmoid gives are labels too."""
    cases: list[Case] = []
    for n, sizes in SHAPES:
        x, (W, b) = draw(rng, n, sizes[0]), weights(rng, sizes)
        _, a = reference("forward_deep")(x, W, b)
        cases.append((x, a[len(W)] - draw(rng, n, sizes[-1]), W, b))
    return cases


EXERCISE = Exercise(
    "ex07-going-deep",
    title="Going deep",
    questions=[
        question("forward_deep", 3, forward_cases),
        question("backward_step", 4, step_cases),
        question("backward_deep", 5, backward_cases),
    ],
)
