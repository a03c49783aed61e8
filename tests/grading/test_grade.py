"""A folder of submissions, honest, damaged and hostile, gets the marks that it should, and nothing is left running."""

import csv
import html
import json
import os
import re
import shutil
from collections import defaultdict
from pathlib import Path

import pytest
import samples
from processes import descendants

from bplab.grading import grade
from bplab.grading.attempts import Attempts

EXERCISE = str(Path(__file__).with_name("small_exercise.py"))
POINTS = {"sigmoid": "2", "loss": "3", "step": "2.5"}


def rows(out):
    with (out / "marks.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def mark(tmp_path, made, **options):
    """Grade the samples; each student's row for each task, and what was expected."""
    expected = samples.folder_of(tmp_path / "submissions", made)
    out = tmp_path / "results"
    grade(tmp_path / "submissions", out, exercise=EXERCISE, **options)
    found = defaultdict(dict)
    for row in rows(out):
        assert row["task"] not in found[row["student"]]
        found[row["student"]][row["task"]] = row
    return found, expected


def assert_as_expected(found, expected):
    assert set(found) == set(expected)
    for student, tasks in expected.items():
        assert set(found[student]) == set(tasks)
        for task, wanted in tasks.items():
            row = found[student][task]
            status, _, diagnosis = wanted.partition(":")
            assert row["status"] in status.split("|"), f"{student}: {row}"
            assert row["diagnosis"] == diagnosis, f"{student}: {row}"
            assert row["points"] == (POINTS[task] if status == "right" else "0"), f"{student}: {row}"
            assert row["max_points"] == POINTS[task]


def test_what_a_function_reads_from_its_notebook_is_told(tmp_path):
    with_zs = samples.body("sigmoid", "return 1 / (1 + np.exp(-zs))")
    made = {
        "numbers": samples.instead(before=["zs = np.ones((5, 3))"], sigmoid=with_zs),
        "nothing": samples.instead(with_zs),
        "right": samples.instead(before=["one = 1"], sigmoid=samples.body("sigmoid", "return one / (1 + np.exp(-z))")),
        "strange": samples.instead(before=["class Z:\n    __code__ = 1"], sigmoid="sigmoid = Z"),
    }
    found, _ = mark(tmp_path, {student: (text, {}) for student, text in made.items()})
    said = {student: found[student]["sigmoid"]["message"] for student in made}
    assert "`sigmoid` reads `zs`, which is not one of its arguments: it is the notebook's" in said["numbers"]
    assert said["nothing"].endswith("`sigmoid` reads `zs`, which is neither one of its arguments nor defined.")
    assert said["right"] == ""
    assert "reads" not in said["strange"]


def own_descendants():
    return descendants(os.getpid())


def test_honest_submissions(tmp_path):
    before = own_descendants()
    assert_as_expected(*mark(tmp_path, samples.HONEST))
    assert own_descendants() <= before


def test_endless_submissions_and_two_workers_give_the_same_bytes(tmp_path, capfd):
    made = samples.ENDLESS | {name: samples.HONEST[name] for name in ("right", "plus-sign", "raises", "partly-done")}
    assert_as_expected(*mark(tmp_path, made, timeout=0.7))
    before = own_descendants()
    grade(tmp_path / "submissions", tmp_path / "again", exercise=EXERCISE, timeout=0.7, workers=2)
    assert capfd.readouterr().err == ""
    assert own_descendants() <= before
    first, second = tmp_path / "results", tmp_path / "again"
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(second) for path in second.rglob("*") if path.is_file())
    for file in files:
        if file.name != "run.json":
            assert (first / file).read_bytes() == (second / file).read_bytes(), file


def test_another_seed_draws_other_cases(tmp_path):
    peeking = samples.instead(samples.body("sigmoid", "raise ValueError(f'{z.flat[0]:.6f}')"))
    found, _ = mark(tmp_path, {"peeks": (peeking, {}), "peeks-too": (peeking, {})})
    said = {found[student]["sigmoid"]["message"] for student in found}
    grade(tmp_path / "submissions", tmp_path / "other", exercise=EXERCISE, seed=1)
    said |= {row["message"] for row in rows(tmp_path / "other") if row["task"] == "sigmoid"}
    assert len(said) == 4


DAMAGE = {
    "split": samples.notebook(
        samples.IMPORTS, "def sigmoid(z):\n    s = 1 + np.exp(-z)", "    return 1 / s", samples.LOSS, samples.STEP
    ),
    "merged": samples.notebook("\n\n".join([samples.IMPORTS, samples.SIGMOID, samples.LOSS, samples.STEP])),
    "merged-into-a-demo": samples.notebook(
        samples.IMPORTS,
        {"source": samples.SIGMOID + "\nwhile True: pass", "metadata": {"tags": ["bplab-demo"]}},
        samples.LOSS,
        samples.STEP,
    ),
    "duplicated": samples.instead(before=[samples.body("sigmoid", "return z")], after=[samples.body("loss", "...")]),
    "retyped": samples.notebook(
        samples.IMPORTS, {"source": samples.SIGMOID, "cell_type": "markdown"}, samples.LOSS, samples.STEP
    ),
    "renamed": samples.notebook(
        samples.IMPORTS,
        {"source": samples.SIGMOID.replace("sigmoid", "Sigma"), "id": "sigmoid"},
        samples.LOSS,
        samples.STEP,
    ),
    "own-cell-first": samples.instead(
        before=[{"source": samples.SIGMOID, "id": "sigmoid"}], sigmoid=samples.body("sigmoid", "return z")
    ),
    "indented": samples.instead("    " + samples.SIGMOID.replace("\n", "\n    ")),
    "old-format": json.dumps(
        {
            "nbformat": 3,
            "worksheets": [
                {"cells": [{"cell_type": "code", "input": cell.splitlines(keepends=True)} for cell in samples.RIGHT]}
            ],
        }
    ),
    "no-metadata": json.dumps({"cells": [{"cell_type": "code", "source": c} for c in samples.RIGHT]}),
    "magics": samples.instead(
        "%%time\n!ls\nfiles = !ls\nnp.exp?\n" + samples.SIGMOID, before=["%%bash\nls", "a = 7\nb = (a\n% 2)"]
    ),
    "odd-characters": samples.instead("# \ud800 \x00 ‮\n" + samples.SIGMOID),
}


def test_damaged_notebooks_are_repaired_and_it_is_said(tmp_path):
    damaged = {name: (text, {}) for name, text in DAMAGE.items()}
    assert_as_expected(*mark(tmp_path, damaged))
    pages = {name: (tmp_path / f"results/feedback/{name}/ex51-small.html").read_text() for name in damaged}
    assert "goes on where cell 2 ends" in pages["split"]
    assert "not a code cell, but it defines sigmoid" in pages["retyped"]
    assert "There is no sigmoid, but Sigma instead. It was marked as sigmoid." in pages["renamed"]
    assert "sigmoid is defined in cells 2, 3. The one in cell 2 was marked" in pages["own-cell-first"]
    assert "only IPython understands" in pages["magics"]


def test_fifty_megabytes_of_output_do_not_matter(tmp_path):
    text = samples.notebook({"source": "1", "outputs": [{"text": "x" * (50 << 20)}]}, *samples.RIGHT)
    assert_as_expected(*mark(tmp_path, {"large": (text, {})}))


def test_feedback_says_what_happened(tmp_path):
    mark(tmp_path, {name: samples.HONEST[name] for name in ("raises", "plus-sign", "syntax-error")})

    def page(student):
        text = (tmp_path / f"results/feedback/{student}/ex51-small.html").read_text()
        return html.unescape(re.sub(r"<[^>]+>", "", text))

    assert "return (y_hat.T - y).sum()" in page("raises")
    assert "y_hat has shape (5, 3)" in page("raises")
    assert "as if the minus were missing" in page("plus-sign")
    assert "5.5 of 7.5 points" in page("plus-sign")
    assert "Cell 3, which defines it, could not be run: SyntaxError" in page("syntax-error")


def test_hostile_text_is_shown_as_text(tmp_path):
    script = "<script>alert(1)</script>\\u202e\\x1b[31m=1+1\\u2028"
    raises = samples.instead(samples.body("sigmoid", f"print('{script}')", f"raise ValueError('{script}')"))
    samples.folder_of(tmp_path / "submissions", {"=cmd|' /C calc'!A0": (raises, {}), "a\u202eb\nc": (raises, {})})
    grade(tmp_path / "submissions", tmp_path / "results", exercise=EXERCISE)
    text = (tmp_path / "results/marks.csv").read_text()
    assert not set(text) & set("\u202e\x1b\u2028\r")
    for row in rows(tmp_path / "results"):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())
    pages = list((tmp_path / "results/feedback").rglob("*.html"))
    assert len(pages) == 2
    for page in pages:
        assert page.resolve().is_relative_to((tmp_path / "results/feedback").resolve())
        assert "<script" not in page.read_text()
        assert not set(page.read_text()) & set("\u202e\x1b\u2028")
        assert "http" not in page.read_text().replace("http-equiv", "")


def test_grades_have_an_empty_field_for_what_was_not_handed_in(tmp_path):
    ex01, ex04 = "ex01-forward-pass", "ex04-backward-pass"
    for student, exercise in (("ann", ex01), ("ann", ex04), ("bob", ex04)):
        folder = tmp_path / "submissions" / student
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{exercise}.ipynb").write_text(samples.notebook(samples.IMPORTS, samples.SIGMOID))
    grade(tmp_path / "submissions", tmp_path / "results")
    lines = (tmp_path / "results/grades.csv").read_text().splitlines()
    assert lines == [f"student,{ex01},{ex04},total", "ann,2,0,2", "bob,,0,0"]


def test_the_file_system_is_left_as_it_was(tmp_path):
    writes = samples.instead(before=["import os\nopen('mine.txt', 'w').write('x')\nos.chdir('/')"])
    home = set(Path.cwd().iterdir())
    assert_as_expected(*mark(tmp_path, {"writes": (writes, {})}))
    assert set(Path.cwd().iterdir()) == home
    shutil.rmtree(tmp_path / "submissions")


def test_what_trips_the_grader_up_falls_alone(tmp_path, monkeypatch, capsys):
    run = Attempts.run

    def trip(attempts):
        if "trip" in attempts.cells[0].source:
            raise ZeroDivisionError("a hole")
        run(attempts)

    monkeypatch.setattr(Attempts, "run", trip)
    trips = samples.notebook("trip = 1"), dict.fromkeys(samples.ALL, "crashed")
    assert_as_expected(*mark(tmp_path, {"mean": trips, "right": samples.HONEST["right"]}))
    trouble = "mean, ex51-small: ZeroDivisionError: a hole"
    assert json.loads((tmp_path / "results/run.json").read_text())["troubles"] == [trouble]
    assert trouble in capsys.readouterr().err


@pytest.mark.parametrize("workers", [1, 2])
def test_a_judge_that_fails_costs_nobody_else_anything(tmp_path, workers):
    exercise = tmp_path / "judged.py"
    exercise.write_text(
        "from bplab.questions import Exercise, Question\n"
        "def judge(case, answer):\n    return (1.0, 'even') if answer % 2 == 0 else (0.5, 'odd')\n"
        "EXERCISE = Exercise('judged', title='Judged', questions=[Question('number', 3, lambda: 2, "
        "lambda rng: [()], judge=judge)])\n"
    )
    for student, value in (("even", "4"), ("odd", "3"), ("text", "'four'")):
        (tmp_path / "submissions" / student).mkdir(parents=True)
        text = samples.notebook(f"def number():\n    return {value}")
        (tmp_path / "submissions" / student / "judged.ipynb").write_text(text)
    grade(tmp_path / "submissions", tmp_path / "out", exercise=str(exercise), workers=workers)
    assert [row["points"] for row in rows(tmp_path / "out")] == ["3", "1.5", "0"]


IMPORTS_SCIPY = "import numpy as np\nfrom scipy.special import expit\nimport pandas as pd, scipy.stats as st"


def test_an_import_that_fails_only_here_is_said_where_it_hurts(tmp_path):
    made = samples.notebook(
        IMPORTS_SCIPY,
        samples.body("sigmoid", "return expit(z)"),
        samples.body("loss", "import pandas", "return 0.0"),
        "from bplab.activations import tanh\n" + samples.body("step", "return tanh(lr)"),
    )
    reads = samples.instead("from scipy.constants import pi\n" + samples.body("sigmoid", "return pi * z"))
    made = {
        "scipy": (made, dict.fromkeys(samples.ALL, "error")),
        "reads": (reads, {"sigmoid": "error"}),
        "right": samples.HONEST["right"],
    }
    found, expected = mark(tmp_path, made)
    assert_as_expected(found, expected)
    reason = "failed: only NumPy and the standard library are there when it is marked."
    said = {task: row["message"] for task, row in found["scipy"].items()}
    assert said["sigmoid"].endswith(f"The import of scipy.special in cell 1 {reason}")
    assert said["loss"].endswith("Only NumPy and the standard library are there when it is marked.")
    assert said["step"].endswith(f"The import of bplab.activations in cell 4 {reason}")
    read = found["reads"]["sigmoid"]["message"]
    assert read.endswith(f"nor defined. The import of scipy.constants in cell 2 {reason}")
    text = (tmp_path / "results/feedback/scipy/ex51-small.html").read_text()
    about = text.partition("About your notebook")[2]
    for module in ("scipy.special", "pandas"):
        assert about.count(f"The import of {module} in cell 1 {reason}") == 1
    assert "bplab.activations" not in about
    assert "The import of" not in (tmp_path / "results/feedback/right/ex51-small.html").read_text()


def test_a_student_who_handed_in_nothing_has_an_empty_row(tmp_path, capsys):
    samples.folder_of(tmp_path / "submissions", {"right": samples.HONEST["right"]})
    (tmp_path / "submissions/absent").mkdir()
    grade(tmp_path / "submissions", tmp_path / "results", exercise=EXERCISE)
    lines = (tmp_path / "results/grades.csv").read_text().splitlines()
    assert lines == ["student,ex51-small,total", "absent,,0", "right,7.5,7.5"]
    assert {row["student"] for row in rows(tmp_path / "results")} == {"right"}
    run = json.loads((tmp_path / "results/run.json").read_text())
    assert (run["students"], run["submissions"], run["nothing_handed_in"]) == (2, 1, 1)
    assert "Marked: 1 submission, 2 students (1 handed in nothing)." in capsys.readouterr().out
