"""Exercise 02: the cost as a mean, its slope in the predictions, the numerical gradient; note 001's missing 1/n."""

from __future__ import annotations

from typing import Any

import numpy as np

from bplab.questions import Case, Exercise, Known, Question
from bplab.questions.cases import draw
from bplab.questions.catalogue import question, reference
from bplab.questions.counterexample import differ, unfit


def loss_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for n, outputs in ((5, 3), (4, 4), (7, 5)):
        y_hat = draw(rng, n, outputs, low=1.2, high=1.9)
        cases.append((y_hat, y_hat - draw(rng, n, outputs)))
    return cases


def numerical_cases(rng: np.random.Generator) -> list[Case]:
    """With a large step, so that one side alone, or a step of the student's own, is far off; whole numbers once.

    The whole numbers are small, so that a slope cut to a whole number is far off too.
    """
    cubic = Known("cubic")
    whole = rng.permutation(np.resize([2, 3, 4], 12)).reshape(4, 3)
    return [
        (cubic, draw(rng, 5, high=1.9), float(rng.uniform(0.3, 0.8))),
        (cubic, draw(rng, 3, 4, high=1.9), float(rng.uniform(0.3, 0.8))),
        (cubic, whole, float(rng.uniform(0.4, 0.48))),
        (cubic, draw(rng, 3, 3, high=1.9), float(rng.uniform(0.3, 0.8))),
    ]


def counterexample_loss() -> tuple[Any, Any]:
    return np.array([[0.5], [1.4], [0.3]]), np.array([[0.2], [1.9], [0.8]])


def judge_loss(case: Case, answer: Any) -> tuple[float, str]:
    """Whether 2(ŷ − y) and the gradient of the cost differ for a student's predictions and labels."""
    if why := unfit(answer, ("y_hat", "y"), ndim=2):
        return 0.0, why
    y_hat, y = (np.asarray(part, dtype=float) for part in answer)
    if y_hat.shape != y.shape:
        return 0.0, f"y_hat has shape {y_hat.shape} and y has shape {y.shape}: each prediction needs a label."
    printed, right = 2 * (y_hat - y), reference("loss_gradient")(y_hat, y)
    if differ(printed, right, scale=max(np.abs(y_hat).max(), np.abs(y).max())):
        return 1.0, ""
    return 0.0, "For these numbers both give the same. What has to be there for the 1/n to make a difference?"


EXERCISE = Exercise(
    "ex02-loss",
    title="Loss",
    questions=[
        question("squared_error", 2, loss_cases),
        question("loss_gradient", 2, loss_cases),
        question("numerical_gradient", 4, numerical_cases, keeps=("w",)),
        Question("counterexample_loss", 1, counterexample_loss, lambda rng: [()], judge=judge_loss),
    ],
)
