"""Exercise 09: six backward passes, each with one mistake of the catalogue in it, to be found and mended."""

from __future__ import annotations

from bplab.questions import Exercise, ex04_backward_pass, ex07_going_deep
from bplab.questions.catalogue import question

# task: (the function that it is a spoilt version of, the catalogue's row, points)
FAULTS = {
    "repair_1": ("gradients", "reversed-difference", 1),
    "repair_2": ("gradients", "missing-one-over-n", 2),
    "repair_3": ("gradients", "hidden-prime-missing", 2),
    "repair_4": ("gradients", "dw2-adds-sigma-prime", 2),
    "repair_5": ("backward_deep", "deep-own-weights", 3),
    "repair_6": ("backward_deep", "deep-only-last-sample", 3),
}
CASES = {"gradients": ex04_backward_pass.gradient_cases, "backward_deep": ex07_going_deep.backward_cases}


EXERCISE = Exercise(
    "ex09-repair-shop",
    title="The repair shop",
    questions=[
        question(name, points, CASES[program], task=program, given=fault)
        for name, (program, fault, points) in FAULTS.items()
    ],
)
