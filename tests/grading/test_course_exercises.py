"""Every packaged exercise as whole notebooks: the solution, the untouched one, and each catalogue row as a student
would type it, marked and named in marks.csv; and answers in other hands.
"""

from itertools import zip_longest
from pathlib import Path

import pytest
import typed
from variants import VARIANTS

from bplab.grading import grade
from bplab.questions import EXERCISES
from bplab.questions.catalogue import DeepProgram, Program

BUILT = Path(__file__).parents[2] / "exercises"
NAMES = sorted(path.stem for path in BUILT.glob("*.ipynb"))
QUESTIONS = {name: {q.name: q for q in EXERCISES[name].questions} for name in NAMES}


# Two mistakes at once for which the catalogue has a row of its own.
BOTH = {
    "missing-two;missing-one-over-n": "missing-two-and-one-over-n",
    "missing-two;reversed-difference": "reversed-and-missing-two",
    "dw2-transposed;dw1-transposed": "both-transposed",
}


def written(question):
    """Its mistakes, one and two at once, that are programs of the catalogue and can be typed line by line; none for a
    function that is given with one of them, and that has tests of its own."""
    mistakes = [*question.mistakes, *question.pairs] if not question.given else []
    return [mistake for mistake in mistakes if isinstance(mistake.wrong, Program | DeepProgram)]


def students_of(exercise):
    """Student → {task: mistake}: the n-th mistake of each task is made by the n-th student."""
    columns = [[(task, m) for m in written(q)] for task, q in QUESTIONS[exercise].items()]
    return {f"row {n:03}": dict(filter(None, made)) for n, made in enumerate(zip_longest(*columns))}


STUDENTS = {exercise: students_of(exercise) for exercise in QUESTIONS}


@pytest.fixture(scope="module")
def marks(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    for exercise, students in STUDENTS.items():
        right = typed.solved(root, exercise)
        typed.hand_in(folder / "in/untouched", exercise, typed.notebook(root, exercise, {}))
        typed.hand_in(folder / "in/solution", exercise, typed.notebook(root, exercise, right))
        for student, made in students.items():
            functions = {task: typed.function(task, mistake.wrong) for task, mistake in made.items()}
            typed.hand_in(folder / "in" / student, exercise, typed.notebook(root, exercise, right | functions))
    grade(folder / "in", folder / "out", workers=2)
    return typed.rows_of(folder / "out")


@pytest.mark.parametrize("exercise", QUESTIONS)
def test_the_solution_is_right_and_the_untouched_exercise_not_attempted(marks, exercise):
    for task, question in QUESTIONS[exercise].items():
        row = marks["solution", exercise, task]
        assert (row["status"], float(row["points"])) == ("right", question.points), row
        row = marks["untouched", exercise, task]
        assert (row["status"], row["points"]) == ("not attempted", "0"), row


@pytest.mark.parametrize("exercise", QUESTIONS)
def test_every_row_of_the_catalogue_is_named(marks, exercise):
    for student, made in STUDENTS[exercise].items():
        for task, mistake in made.items():
            row = marks[student, exercise, task]
            named = row["diagnosis"].split(";")
            assert set(BOTH.get(mistake.id, mistake.id).split(";")) <= set(named), row
            if ";" not in mistake.id:
                others = [m for m in QUESTIONS[exercise][task].mistakes if m.id in named]
                assert all(are_one(task, mistake, other) for other in others), row
            assert row["points"] == "0"


def are_one(task, mistake, other):
    """Whether no data can tell them apart: they share a message, or here, where a part of a row counts, the program."""
    return mistake.message == other.message or (
        typed.function(task, mistake.wrong) == typed.function(task, other.wrong)
    )


def test_every_row_and_pair_that_concerns_a_function_is_among_them():
    count = sum(len(made) for students in STUDENTS.values() for made in students.values())
    assert count > 400


def test_hand_written_answers_are_named_too(root, tmp_path):
    for student, (exercise, task, _, source) in VARIANTS.items():
        functions = typed.solved(root, exercise) | {task: source}
        typed.hand_in(tmp_path / "in" / student, exercise, typed.notebook(root, exercise, functions))
    grade(tmp_path / "in", tmp_path / "out", workers=2)
    marks = typed.rows_of(tmp_path / "out")
    for student, (exercise, task, expected, _) in VARIANTS.items():
        row = marks[student, exercise, task]
        assert row["status"] == ("right" if expected == "right" else "wrong"), row
        assert ("" if expected == "right" else expected) in row["diagnosis"].split(";"), row
