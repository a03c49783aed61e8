"""class.html: how the class did, what to teach again, and no student's name or words on it."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
import samples

from bplab.grading import grade
from bplab.grading.class_report import class_page, histogram
from bplab.grading.excerpt import anonymous
from bplab.grading.lectures import MISTAKES, TASKS, section
from bplab.grading.marking import Mark
from bplab.questions import EXERCISES, load
from bplab.questions.ex09_repair_shop import FAULTS

EXERCISE = str(Path(__file__).with_name("small_exercise.py"))
PLUS = samples.body("sigmoid", '"""Ann\'s."""', "s = 1 + np.exp(z)  # Ann", "return 1 / s")


def text_of(page):
    return " ".join(
        unescape(re.sub(r"<style.*?</style>|<script.*?</script>|<[^>]+>", " ", page, flags=re.DOTALL)).split()
    )


def mark(student, task, status, diagnosis="", points=0.0):
    return Mark(
        student, "ex51-small", task, points, {"sigmoid": 2, "loss": 3, "step": 2.5}[task], status, diagnosis, ""
    )


def marks_of(student, wrong=()):
    most = {"sigmoid": 2, "loss": 3, "step": 2.5}
    return [
        mark(student, t, "wrong", wrong[t]) if t in wrong else mark(student, t, "right", "", p) for t, p in most.items()
    ]


def page_of(marks, examples=None, students=None):
    students = sorted({m.student for m in marks}) if students is None else students
    return class_page([load(EXERCISE)], students, marks, examples or {})


def test_a_graded_class(tmp_path):
    made = {f"plus {n}": (samples.instead(PLUS), {}) for n in range(3)}
    made |= {name: samples.HONEST[name] for name in ("right", "half", "untouched", "broken-json")}
    samples.folder_of(tmp_path / "in", made)
    (tmp_path / "in/absent").mkdir()
    grade(tmp_path / "in", tmp_path / "out", exercise=EXERCISE)
    page = (tmp_path / "out/class.html").read_text()
    said = text_of(page)
    assert "7 of 8 students handed in something" in said
    assert "0 to 10 %: 2" in page  # untouched, and the file that is no notebook
    assert "90 to 100 %: 1" in page
    assert "3 students, in sigmoid “It looks as if the minus were missing.” What for large z?" in said
    assert "def sigmoid(z): s = 1 + np.exp(z) return 1 / s" in said
    assert "1 student, in loss “It looks as if a half stood in front.”" in said
    assert "ex51-small sigmoid 7 2 4 1 29 %" in said
    for hidden in ("Ann", "plus 0", "broken-json", "absent"):
        assert hidden not in page


@pytest.mark.parametrize("students", [0, 1, 500])
def test_classes_of_any_size(students):
    marks = [m for n in range(students) for m in marks_of(f"s{n}", {"loss": "half"} if n % 3 else {})]
    page = page_of(marks)
    assert f"{students} of {students} student{'s' * (students != 1)} handed in something" in text_of(page)
    assert ("<svg" in page) == (students > 0)
    assert len(page) < 40_000


def test_the_picture_says_its_numbers():
    svg = histogram([0, 9.99, 10, 55.5, 100, 100])
    assert 'role="img"' in svg
    assert "of 6 students" in svg
    for words in ("0 to 10 %: 2;", "10 to 20 %: 1;", "20 to 30 %: 0;", "50 to 60 %: 1;", "90 to 100 %: 2."):
        assert words in svg
    assert svg.count("<rect") == 5  # the background and four bars
    assert histogram([]) == ""


def test_mistakes_are_counted_by_students_and_twins_once():
    marks = [*marks_of("ann", {"sigmoid": "plus-sign", "loss": "sum"}), *marks_of("bob", {"loss": "sum"})]
    marks += [*marks_of("cy", {"loss": "sum;half"}), *marks_of("dora", {"step": ""})]
    said = text_of(page_of(marks))
    assert said.index("3 students, in loss") < said.index("1 student, in loss") < said.index("1 student, in sigmoid")
    assert "1 further answer is wrong in a way that looks like no known mistake" in said
    gradients = EXERCISES["ex04-backward-pass"]
    twins = Mark("ann", gradients.name, "gradients", 0, 5, "wrong", "only-last-sample;deep-only-last-sample", "")
    page = class_page([gradients], ["ann"], [twins], {})
    assert page.count("<article") == 1
    assert "deep-only-last-sample only-last-sample" in text_of(page)


def test_an_example_bears_no_name():
    code = "def sigmoid(z):\n    {} = 1 + np.exp(z)\n    return 1 / {}"
    examples = {(who, "ex51-small", "sigmoid"): code.format(own, own) for who, own in
                (("Max Ann Lee", "ann_lee_s"), ("Bob Sum", "leeResult"), ("Zoë", "denominator"))}  # fmt: skip
    marks = [m for who, _, _ in examples for m in marks_of(who, {"sigmoid": "plus-sign"})]
    page = page_of(marks, examples)
    assert "denominator = 1 + np.exp(z)" in page
    del examples["Zoë", "ex51-small", "sigmoid"]
    assert "<pre>" not in page_of([m for m in marks if m.student != "Zoë"], examples)


def test_hostile_code_is_text():
    code = "def sigmoid(z):\n    return z</code></pre><script>alert(1)</script>"
    page = page_of(marks_of("ann", {"sigmoid": "plus-sign"}), {("ann", "ex51-small", "sigmoid"): code})
    assert page.count("<script") == 1
    assert "&lt;script&gt;" in page
    assert re.search(r"script-src 'sha256-[A-Za-z0-9+/=]{44}'", page)
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("import x\ndef f(a,\n      b):\n    return a\nprint(f)", "def f(a,\n      b):\n    return a"),
        ("def f():\n    return 1\ndef f():\n\n    return 2", "def f():\n    return 2"),
        ("class A:\n    def f(self):\n        return 1\n    x = 2", "def f(self):\n    return 1"),
        ("def f():\n    return 'by ' + name", 'def f():\n    return "…" + name'),
        ("def f():\n    '''\nAnn\n'''\n    return 1", ""),
        ("def f():\n    return '", ""),
        ("def f(:\n  (", ""),
        ("def g():\n    return 1", ""),
        ("def f():\n    x = 1  # \u202eAnn\n\treturn x", "def f():\n    x = 1\n    return x"),
        ("def f():\n" + "    x = 1\n" * 50, "def f():\n" + "    x = 1\n" * 23 + "    …"),
        ("def f():\n    return " + "-" * 100_000 + "1", "def f():\n    return " + "-" * 189),
        ("def f():\n    return " + "(" * 100_000, ""),
    ],
)
def test_a_function_without_its_authors_words(source, shown):
    assert anonymous(source, "f") == shown


def test_every_lecture_and_section_that_is_named_exists(root):
    for lecture, heading in {*TASKS.values(), *MISTAKES.values()}:
        cells = json.loads((root / f"notebooks/{lecture}.ipynb").read_text())["cells"]
        lines = "\n".join("".join(cell["source"]) for cell in cells).replace("$", "").splitlines()
        assert f"## {heading}" in lines, f"{lecture} has no section {heading!r}: change bplab/grading/lectures.py"
    assert section("loss_gradient") == "lecture 02-loss, “How does the cost feel one prediction?”"


def test_every_task_of_the_course_has_its_lecture():
    for exercise in EXERCISES.values():
        for question in exercise.questions:
            assert section(question.name).startswith("lecture "), question.name
    assert section("a_task_of_ones_own") == ""


@pytest.mark.parametrize("task", FAULTS)
def test_a_repair_is_taught_where_the_function_is(task):
    program, _, _ = FAULTS[task]
    assert section(task) == section(program)
