"""Exercise 09: six backward passes, each with one mistake of the catalogue in it, to be found and mended."""

from __future__ import annotations

from bplab.questions import Exercise, Question, ex04_backward_pass, ex07_going_deep
from bplab.questions.catalogue import mistakes, pairs, reference

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


def _question(name: str) -> Question:
    program, fault, points = FAULTS[name]
    return Question(
        name, points, reference(program), CASES[program], mistakes=mistakes(program), pairs=pairs(program), given=fault
    )


EXERCISE = Exercise("ex09-repair-shop", title="The repair shop", questions=[_question(name) for name in FAULTS])
