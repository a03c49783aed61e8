"""The course's own exercises, with code typed into their cells, get their marks and the right diagnosis."""

import csv
import json
import re

import pytest

from bplab.grading import grade

EX01, EX04 = "ex01-forward-pass", "ex04-backward-pass"
PARAMETERS = {
    "sigmoid": "z",
    "line": "x, a, b",
    "forward": "x, W, b",
    "output_gradients": "a1, y_hat, y",
    "hidden_gradients": "x, z1, W2, delta2",
    "gradients": "x, y, W, b",
}
POINTS = {"sigmoid": 2, "line": 2, "forward": 4, "output_gradients": 3, "hidden_gradients": 4, "gradients": 5}


def typed(task, *lines):
    return "\n    ".join([f"def {task}({PARAMETERS[task]}):", *lines])


def whole(delta2="2 * (z[2] - y) / n", delta1="(delta2 @ W[2].T) * a[1] * (1 - a[1])", dW1="x.T @ delta1"):
    return typed(
        "gradients",
        "n = len(y)",
        "z, a = forward(x, W, b)",
        f"delta2 = {delta2}",
        f"delta1 = {delta1}",
        f"return {{1: {dW1}, 2: a[1].T @ delta2}}, {{1: delta1.sum(axis=0), 2: delta2.sum(axis=0)}}",
    )


ANSWERS = {
    EX01: {
        "right": ({}, {}),
        "mirror image": (
            {"sigmoid": typed("sigmoid", "return 1 / (1 + np.exp(z))")},
            {"sigmoid": ("wrong", "sigmoid-plus-sign")},
        ),
        "parentheses": (
            {"sigmoid": typed("sigmoid", "return 1 / 1 + np.exp(-z)")},
            {"sigmoid": ("wrong", "sigmoid-parentheses")},
        ),
        "no intercept": ({"line": typed("line", "return a * x")}, {"line": ("wrong", "line-no-intercept")}),
        "linear hidden": (
            {
                "forward": typed(
                    "forward",
                    "z1 = x @ W[1] + b[1]",
                    "z2 = z1 @ W[2] + b[2]",
                    "return {1: z1, 2: z2}, {0: x, 1: z1, 2: z2}",
                )
            },
            {"forward": ("wrong", "net-no-sigmoid")},
        ),
        "transposed": (
            {
                "forward": typed(
                    "forward",
                    "z1 = x @ W[1].T + b[1]",
                    "a1 = 1 / (1 + np.exp(-z1))",
                    "z2 = a1 @ W[2] + b[2]",
                    "return {1: z1, 2: z2}, {0: x, 1: a1, 2: z2}",
                )
            },
            {"forward": ("wrong", "w1-transposed")},
        ),
        "endless": ({"line": typed("line", "while True: pass")}, {"line": ("timed out", "")}),
        "typing error": ({"line": "def line(x, a, b)\n    return a * x + b"}, {"line": ("missing", "")}),
    },
    EX04: {
        "right": ({}, {}),
        "half": (
            {
                "output_gradients": typed(
                    "output_gradients", "d = (y_hat - y) / len(y)", "return a1.T @ d, d.sum(axis=0)"
                )
            },
            {"output_gradients": ("wrong", "missing-two")},
        ),
        "no slope": (
            {"hidden_gradients": typed("hidden_gradients", "d = delta2 @ W2.T", "return x.T @ d, d.sum(axis=0)")},
            {"hidden_gradients": ("wrong", "hidden-prime-missing")},
        ),
        "summed": ({"gradients": whole(delta2="2 * (z[2] - y)")}, {"gradients": ("wrong", "missing-one-over-n")}),
        "uphill": ({"gradients": whole(delta2="2 * (y - z[2]) / n")}, {"gradients": ("wrong", "reversed-difference")}),
        "exits": ({"gradients": typed("gradients", "import os", "os._exit(0)")}, {"gradients": ("crashed", "")}),
    },
}


def solved(root, exercise):
    """The functions of the solution, by task."""
    cells = json.loads((root / f"solutions/{exercise}.ipynb").read_text())["cells"]
    return {c["id"]: re.sub(r".*### .*\n", "", "".join(c["source"])) for c in cells if c["id"] in POINTS}


def hand_in(folder, root, exercise, functions):
    """An exercise's notebook with these functions typed over its stubs."""
    notebook = json.loads((root / f"exercises/{exercise}.ipynb").read_text())
    for cell in notebook["cells"]:
        cell["source"] = functions.get(cell["id"], cell["source"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{exercise}.ipynb").write_text(json.dumps(notebook))


@pytest.fixture(scope="module")
def marks(root, tmp_path_factory):
    """(student, task) → row, for all answers, the untouched exercises among them."""
    tmp_path = tmp_path_factory.mktemp("course")
    for exercise, students in ANSWERS.items():
        for student, (functions, _) in students.items():
            hand_in(tmp_path / "submissions" / student, root, exercise, solved(root, exercise) | functions)
        hand_in(tmp_path / "submissions" / "untouched", root, exercise, {})
    grade(tmp_path / "submissions", tmp_path / "results", timeout=1.0)
    with (tmp_path / "results/marks.csv").open(newline="") as file:
        return {(row["student"], row["task"]): row for row in csv.DictReader(file)}


@pytest.mark.parametrize(
    ("student", "expected"),
    [(student, expected) for students in ANSWERS.values() for student, (_, expected) in students.items()],
)
def test_marks_and_diagnoses(marks, student, expected):
    tasks = {task: row for (who, task), row in marks.items() if who == student}
    for task, row in tasks.items():
        status, diagnosis = expected.get(task, ("right", "")) if student != "right" else ("right", "")
        assert (row["status"], row["diagnosis"]) == (status, diagnosis), row
        assert float(row["points"]) == (POINTS[task] if status == "right" else 0)
    assert set(expected) <= set(tasks)


def test_untouched_exercises_are_not_attempted(marks):
    rows = [row for (student, _), row in marks.items() if student == "untouched"]
    assert len(rows) == len(POINTS)
    assert {row["status"] for row in rows} == {"not attempted"}
