"""RESULTS: nobody's files are overwritten, and the tables can be read by a spreadsheet and not run by it."""

import json
import os
from pathlib import Path

import pytest
import samples

from bplab.grading import GradingError, grade
from bplab.grading.marking import Mark
from bplab.grading.results import claim, folder_names, grades_csv, marks_csv
from bplab.grading.text import csv_cell, one_line, visible

EXERCISE = str(Path(__file__).with_name("small_exercise.py"))


def run(tmp_path, **options):
    if not (tmp_path / "submissions").exists():
        samples.folder_of(tmp_path / "submissions", {name: samples.HONEST[name] for name in ("right", "plus-sign")})
    grade(tmp_path / "submissions", tmp_path / "results", **{"exercise": EXERCISE} | options)


def test_marks_are_sorted_and_quoted():
    marks = [
        Mark("bob", "ex", "t", 0, 2, "wrong", "a;b", "=1+1"),
        Mark("ann", "ex", "u", 2.5, 2.5, "right", "", ""),
        Mark("ann", "ex", "t", 1 / 3, 1, "wrong", "", 'say "a, b"'),
    ]
    assert marks_csv(marks).splitlines() == [
        "student,exercise,task,points,max_points,status,diagnosis,message",
        'ann,ex,t,0.33,1,wrong,,"say ""a, b"""',
        "ann,ex,u,2.5,2.5,right,,",
        "bob,ex,t,0,2,wrong,a;b,'=1+1",
    ]
    assert grades_csv(marks, ["ann", "bob", "cy"], ["ex", "none"]).splitlines() == [
        "student,ex,none,total",
        "ann,2.83,,2.83",
        "bob,0,,0",
        "cy,,,0",
    ]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\u202e=1", " \x00=1", "\ufeff@"])
def test_a_cell_is_never_a_formula(text):
    assert csv_cell(text).startswith("'")


def test_what_cannot_be_seen_goes():
    assert visible("a\u202e\u200bb\x07\ud800\r\nc\u2028d\x1b[31me\x1b[0m") == "ab\nc\nde"
    assert visible("<f at 0x7f2c1a2b3c4d>") == "<f at 0x…>"
    assert one_line(" a\n\tb ") == "a b"
    assert one_line("abcdef", 4) == "abc…"
    assert visible("Zoë Müller, 李雷, 🙂") == "Zoë Müller, 李雷, 🙂"


def test_folder_names_are_harmless_and_unlike():
    students = ["ann", "Ann", "..", "a/b", "a_b", "../../x", "Zoë Müller", "con\x00", "x" * 300, "-", " ", "李雷"]
    names = folder_names(students)
    assert names["ann"] == "ann"
    assert names["Zoë Müller"] == "Zoë Müller"
    assert names["李雷"] == "李雷"
    assert len({name.casefold() for name in names.values()}) == len(students)
    for name in names.values():
        assert name == os.path.basename(name)
        assert name not in ("", ".", "..")
        assert len(name.encode()) < 255


def test_an_earlier_run_is_replaced_and_strangers_files_stay(tmp_path):
    run(tmp_path)
    results = tmp_path / "results"
    (results / "feedback/right/notes.txt").write_text("mine")
    (results / "feedback/right/mine.html").write_text("<p>mine")
    (tmp_path / "submissions/plus-sign").rename(tmp_path / "submissions/renamed")
    run(tmp_path)
    assert {path.relative_to(results).as_posix() for path in results.rglob("*") if path.is_file()} == {
        "marks.csv",
        "grades.csv",
        "class.html",
        "run.json",
        "journal.jsonl",
        "feedback/renamed/ex51-small.html",
        "feedback/right/ex51-small.html",
        "feedback/right/notes.txt",
        "feedback/right/mine.html",
    }


def test_a_folder_that_is_not_ours_is_refused_before_marking(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results/thesis.txt").write_text("mine")
    with pytest.raises(GradingError, match="not empty and holds no earlier results: give --out a new folder"):
        run(tmp_path)
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["thesis.txt"]
    with pytest.raises(GradingError, match="is a file"):
        claim(tmp_path / "results/thesis.txt", {})
    with pytest.raises(GradingError, match="cannot be written"):
        claim(tmp_path / "results/thesis.txt/deeper", {})


def test_run_json_and_what_is_printed(tmp_path, capsys):
    run(tmp_path, seed=3, timeout=4.0)
    said = json.loads((tmp_path / "results/run.json").read_text())
    assert said["isolation"] in capsys.readouterr().out
    assert said["isolation"].startswith("isolation: process yes, limits yes, files ")
    assert set(said["versions"]) == {"bplab", "numpy", "python"}
    assert (said["seed"], said["timeout"], said["submissions"], said["students"]) == (3, 4.0, 2, 2)
    assert said["exercises"] == {"ex51-small": ["sigmoid", "loss", "step"]}
    assert said["finished"] >= said["started"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"exercise": "ex99"}, "there is no exercise 'ex99': give a Python file or one of ex01-forward-pass"),
        ({"exercise": "ex0"}, "'ex0' begins more than one: give a Python file or one of ex01-forward-pass, ex0"),
        ({"exercise": ""}, "there is no exercise ''"),
        ({"exercise": "nowhere.py"}, "nowhere.py is not a file"),
        ({"workers": 0}, "workers=0"),
        ({"timeout": 0}, "timeout=0"),
        ({"timeout": float("nan")}, "timeout=nan"),
        ({"exercise": "ex01-forward-pass"}, "no notebook in .* belongs to ex01-forward-pass"),
    ],
)
def test_bad_calls_name_the_way_out(tmp_path, options, message):
    samples.folder_of(
        tmp_path / "submissions", {"a": (samples.notebook("x = 1"), {}), "b": (samples.notebook("x"), {})}
    )
    (tmp_path / "submissions/a/other.ipynb").write_text(samples.notebook("x = 1"))
    with pytest.raises(GradingError, match=message):
        run(tmp_path, **options)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("exercise", ["ex04-backward-pass", "ex04", "04"])
def test_an_exercise_may_be_named_by_its_beginning(tmp_path, exercise):
    name = "ex04-backward-pass"
    samples.folder_of(tmp_path / "submissions", {"ann": (samples.notebook("x = 1"), {})}, name)
    run(tmp_path, exercise=exercise)
    assert list(json.loads((tmp_path / "results/run.json").read_text())["exercises"]) == [name]


def test_a_single_notebook_is_refused_with_the_way_out(tmp_path):
    (tmp_path / "one.ipynb").write_text(samples.HONEST["right"][0])
    with pytest.raises(GradingError, match=r"one.ipynb is a notebook: put it in a folder, or use bplab check"):
        grade(tmp_path / "one.ipynb", tmp_path / "results")
