"""Exercise 05: the mean of notes 000 and 004, the line's gradients, the update; note 004's decimal slip."""

from __future__ import annotations

from typing import Any

import numpy as np

from bplab.questions import Case, Exercise, Question
from bplab.questions.cases import Array, draw, weights
from bplab.questions.catalogue import question, reference
from bplab.questions.counterexample import differ, unfit_array


def mean_cases(rng: np.random.Generator) -> list[Case]:
    return [(draw(rng, *shape),) for shape in ((5, 3), (4, 4), (7, 6))]


def line_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for n in (5, 7, 6):
        x, (a, b) = draw(rng, n), draw(rng, 2, low=1.2, high=2.8).tolist()
        cases.append((x, a * x + b - draw(rng, n), a, b))
    return cases


def update_cases(rng: np.random.Generator) -> list[Case]:
    """Networks of two, two and three layers, and a learning rate of each size."""
    cases: list[Case] = []
    for sizes, (low, high) in (((2, 4, 3), (0.2, 0.4)), ((3, 3, 3), (0.02, 0.05)), ((4, 3, 5, 6), (0.5, 0.8))):
        cases.append((*weights(rng, sizes), *weights(rng, sizes), float(rng.uniform(low, high))))
    return cases


def counterexample_mean() -> Array:
    return np.array([[-0.8, 0.7, -0.1], [0.2, 0.3, -0.4], [-0.4, 0.1, 0.5]])


def judge_mean(case: Case, answer: Any) -> tuple[float, str]:
    """Whether a tenth of the mean differs from the mean for a student's changes."""
    if why := unfit_array(answer, "The result", ndim=2):
        return 0.0, why
    changes = np.asarray(answer, dtype=float)
    mean = reference("mean_change")(changes)
    if differ(mean / 10, mean, scale=float(np.abs(changes).max())):
        most = int(np.abs(mean).argmax())
        return 1.0, f"In column {most} the mean is {mean[most]:.3g}; with the slip it would be {mean[most] / 10:.3g}."
    return 0.0, "Here every mean is 0, so both are the same. When does a moved decimal point make a difference?"


EXERCISE = Exercise(
    "ex05-weight-updates",
    title="Weight updates",
    questions=[
        question("mean_change", 2, mean_cases),
        question("line_gradients", 3, line_cases),
        question("update", 3, update_cases, keeps=("W", "b", "dW", "db")),
        Question("counterexample_mean", 1, counterexample_mean, lambda rng: [()], judge=judge_mean),
    ],
)
