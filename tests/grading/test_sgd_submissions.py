"""Exercise 06 in the sandbox: there the gradients are answered over the pipe, call by call."""

import csv
import json

import pytest

from bplab.grading import grade

LOOP = "for x_batch, y_batch in minibatches(*shuffle(x, y, rng), batch_size):"
CALL = "dW, db = gradients(x_batch, y_batch, W, b)"
ORDER = "order = rng.permutation(len(x))\n    return x[order], y[order]"

# student: ((what the solution has, what the student has), {task: (status, diagnosis)}); all other tasks are right
STUDENTS = {
    "right": (("", ""), {}),
    "uphill": (("W[k] - lr * dW[k]", "W[k] + lr * dW[k]"), {"train": ("wrong", "")}),
    "uphill twice": ((" - lr *", " + lr *"), {"train": ("wrong", "plus")}),
    "in order": (("*shuffle(x, y, rng)", "x, y"), {"train": ("wrong", "never-shuffled")}),
    "divided": (("lr *", "lr / len(x_batch) *"), {"train": ("wrong", "batch-divided-twice")}),
    "whole set": ((CALL, CALL.replace("x_batch, y_batch", "x, y")), {"train": ("wrong", "whole-set-each-step")}),
    "one sample": ((LOOP, LOOP.replace("batch_size", "1")), {"train": ("wrong", "ignores-batch-size")}),
    "apart": (
        (ORDER, "return rng.permutation(x), rng.permutation(y)"),
        dict.fromkeys(("shuffle", "train"), ("wrong", "x-and-y-shuffled-apart")),
    ),
    "dropped": (
        ("range(0, len(x), batch_size)", "range(0, len(x) - batch_size + 1, batch_size)"),
        dict.fromkeys(("minibatches", "train"), ("wrong", "last-batch-dropped")),
    ),
    "endless": ((LOOP, "while True:\n            x_batch, y_batch = x, y"), {"train": ("error", "")}),
    "no rows": ((CALL, CALL.replace("x_batch, y", "x_batch[0], y")), {"train": ("error", "")}),
    "hangs": ((CALL, CALL + "\n            while True: pass"), {"train": ("timed out", "")}),
    "later": ((CALL, CALL + "\n            kept.append(gradients)"), {"train": ("error", "")}),
    "threads": (
        (
            CALL,
            "import threading\n            for _ in range(3): threading.Thread("
            "target=gradients, args=(x_batch, y_batch, W, b)).start()\n            " + CALL,
        ),
        {"train": None},
    ),
    "by name": ((CALL, "dW, db = gradients(x_batch=x_batch, y_batch=y_batch, W=W, b=b)"), {}),
    "too wide": ((CALL, f"gradients(*too_wide(100_000, 1)); {CALL}"), {"train": ("error", "")}),
    "too much": ((CALL, f"gradients(*too_wide(30_000, 20_000)); {CALL}"), {"train": ("error", "")}),
    "too few": ((CALL, "gradients.__closure__[0].cell_contents(x_batch)"), {"train": ("crashed", "")}),
}

# Arrays that fit each other and the pipe, and that are not to be computed with.
TOO_WIDE = """
def too_wide(samples, hidden):
    W = {1: np.ones((1, hidden)), 2: np.ones((hidden, 1))}
    return np.ones((samples, 1)), np.ones((samples, 1)), W, {1: np.ones(hidden), 2: np.ones(1)}
"""


def handed_in(root, change):
    notebook = json.loads((root / "solutions/ex06-sgd.ipynb").read_text())
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace(*change) if change[0] else "".join(cell["source"])
        cell["source"] += TOO_WIDE if cell["id"] == "setup" else ""
    return json.dumps(notebook)


@pytest.fixture(scope="module")
def results(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sgd")
    for student, (change, _) in STUDENTS.items():
        (folder / "in" / student).mkdir(parents=True)
        (folder / "in" / student / "ex06-sgd.ipynb").write_text(handed_in(root, change))
    grade(folder / "in", folder / "out", timeout=4.0)
    return folder / "out"


@pytest.fixture(scope="module")
def marks(results):
    with (results / "marks.csv").open(newline="") as file:
        return {(row["student"], row["task"]): row for row in csv.DictReader(file)}


@pytest.mark.parametrize("student", STUDENTS)
def test_marks_and_diagnoses(marks, student):
    expected = STUDENTS[student][1]
    for task in ("shuffle", "minibatches", "train"):
        row = marks[student, task]
        if expected.get(task, "") is None:
            assert row["status"] in ("error", "wrong", "crashed"), row
        else:
            assert (row["status"], row["diagnosis"]) == expected.get(task, ("right", "")), row


def test_what_the_grader_refuses_is_told_to_the_student(marks):
    assert "x_batch has shape (3,), expected (samples, inputs)" in marks["no rows", "train"]["message"]
    assert "far more often than was asked for" in marks["endless", "train"]["message"]
    assert "x_batch has shape (100000, 1): far more than was asked for" in marks["too wide", "train"]["message"]
    assert "30000 samples and 20000 hidden units are far more" in marks["too much", "train"]["message"]


def test_a_cell_in_which_bplab_is_missed_line_after_line_comes_to_an_end(results):
    assert "took too long" not in (results / "feedback/right/ex06-sgd.html").read_text()
