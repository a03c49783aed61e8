"""Exercise 03: ReLU and the slopes, the chain of note 002 forwards and backwards; its slip, 2(a_2 − y)."""

from __future__ import annotations

from typing import Any

import numpy as np

from bplab.questions import Case, Exercise, Question
from bplab.questions.cases import draw
from bplab.questions.catalogue import question, reference
from bplab.questions.counterexample import differ, unfit

# Signs of x, w1, w2, w3: awake with z3 < 0, the first ReLU asleep, the second asleep, awake in two other ways.
SIGNS = ((1, 1, 1, -1), (1, -1, 1, 1), (1, 1, -1, 1), (-1, -1, 1, 1), (1, 1, 1, 1))


def array_cases(rng: np.random.Generator) -> list[Case]:
    return [(draw(rng, *shape, high=3.0),) for shape in ((5, 3), (4, 4), (7,), (2, 3, 4))]


def chain_cases(rng: np.random.Generator) -> list[Case]:
    return [tuple((np.array(signs) * rng.uniform(1.1, 1.5, size=4)).tolist()) for signs in SIGNS]


def gradient_cases(rng: np.random.Generator) -> list[Case]:
    """Beside the chain's numbers a label, above and below the prediction in turn."""
    cases: list[Case] = []
    for case, miss in zip(chain_cases(rng), np.resize([1, -1], len(SIGNS)) * rng.uniform(0.2, 0.4, size=len(SIGNS))):
        x, *w = case
        cases.append((x, float(reference("chain")(*case)[2] + miss), *w))
    return cases


def counterexample_chain() -> tuple[Any, ...]:
    return 0.7, 0.8, 1.5, 0.9, -0.6


def judge_chain(case: Case, answer: Any) -> tuple[float, str]:
    """Whether dw3 comes out differently with 2(a2 − y) than with 2(a3 − y) for a student's numbers."""
    names = ("x", "y", "w1", "w2", "w3")
    if why := unfit(answer, names, ndim=0):
        return 0.0, why
    x, y, *w = (float(part) for part in answer)
    _, a2, a3 = reference("chain")(x, *w)
    printed, right = (2 * (a - y) * a3 * (1 - a3) * a2 for a in (a2, a3))
    if differ(printed, right, scale=max(abs(printed), abs(right))):
        return 1.0, ""
    asleep = " a2 is 0, as a ReLU is asleep." if a2 == 0 else ""
    return 0.0, f"For these numbers both give the same.{asleep} When does it matter which activation meets the label?"


EXERCISE = Exercise(
    "ex03-chain-rule",
    title="Chain rule",
    questions=[
        question("relu", 1, array_cases),
        question("relu_prime", 1, array_cases),
        question("sigmoid_prime", 2, array_cases),
        question("chain", 2, chain_cases),
        question("chain_gradients", 5, gradient_cases),
        Question("counterexample_chain", 1, counterexample_chain, lambda rng: [()], judge=judge_chain),
    ],
)
