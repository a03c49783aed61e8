"""Every committed notebook keeps the rules, and is what `bplab build` makes; nbval compares the outputs."""

import copy
import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import notebook_rules as rules
import pytest
from notebook_rules import Notebook, Rule

from bplab import course
from bplab.questions import EXERCISES

ROOT = Path(__file__).parent.parent
FIRST = "00-start-here"  # no lecture comes before it that could be recalled


def notebooks(kind: str) -> list[Path]:
    return sorted((ROOT / kind).glob("*.ipynb"))


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


CASES = [
    pytest.param(path, rule, id=f"{named(path)}-{rule.__name__}")
    for kind, kept in (("notebooks", rules.LECTURE), ("exercises", rules.EXERCISE), ("solutions", rules.SOLUTION))
    for path in notebooks(kind)
    for rule in kept
    if (path.stem, rule) != (FIRST, rules.recall_questions)
]


@pytest.mark.parametrize(("path", "rule"), CASES)
def test_the_notebook_keeps_the_rule(path: Path, rule: Rule) -> None:
    assert list(rule(rules.read(path))) == []


@pytest.mark.parametrize("path", [path for kind in ("notebooks", "solutions") for path in notebooks(kind)], ids=named)
def test_the_source_is_stored_in_the_normal_form(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert path.read_bytes() == course.normalised(notebook, path).encode()


@pytest.mark.parametrize("solution", notebooks("solutions"), ids=named)
def test_the_exercise_is_what_its_solution_builds(solution: Path) -> None:
    assert (ROOT / "exercises" / solution.name).read_bytes() == course.exercise(solution).encode()


def test_every_exercise_has_a_solution() -> None:
    assert [path.name for path in notebooks("exercises")] == [path.name for path in notebooks("solutions")]


@pytest.mark.parametrize("path", notebooks("solutions"), ids=named)
def test_the_exercise_asks_and_counts_what_its_questions_do(path: Path) -> None:
    asked = [
        (re.findall(r"check\.(\w+)\(\1\)", cell["source"])[0], cell["metadata"]["nbgrader"]["points"])
        for cell in rules.graded(rules.read(path))
    ]
    assert asked == [(question.name, question.points) for question in EXERCISES[path.stem].questions]


# ------------------------------------------------------------------ each rule can fail


def markdown(name: str, source: str, slide: str = "skip") -> Notebook:
    return {"cell_type": "markdown", "id": name, "metadata": {"slideshow": {"slide_type": slide}}, "source": source}


def code(name: str, source: str, number: int, nbgrader: Notebook | None = None) -> Notebook:
    metadata = {} if nbgrader is None else {"nbgrader": {"schema_version": 3, "task": False, **nbgrader}}
    return {
        "cell_type": "code",
        "id": name,
        "execution_count": number,
        "metadata": metadata,
        "outputs": [],
        "source": source,
    }


def notebook(*cells: Notebook) -> Notebook:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": copy.deepcopy(course.METADATA), "cells": list(cells)}


def good_lecture() -> Notebook:
    picture = {
        "output_type": "execute_result",
        "execution_count": 1,
        "metadata": {},
        "data": {
            "text/plain": ["a line"],
            "image/png": "iVBORw0KGgo=",
            "image/svg+xml": ['<svg role="img" aria-label="a line"></svg>'],
        },
    }
    lecture = notebook(
        markdown("title", "# Why a line?\n\n30 minutes", "slide"),
        code("picture", "import numpy as np\nfrom bplab import explore\nexplore.line()", 1),
        *(markdown(f"recall-{n}", "Why?\n<details>\nBecause.\n</details>") for n in (1, 2, 3)),
        *(markdown(f"idea-{n}", "An idea.", "slide" if n < 12 else "notes") for n in range(19)),
        markdown("decision", "Which?"),
    )
    lecture["cells"][1]["outputs"] = [picture]
    return lecture


TASK = {"grade": False, "locked": False, "solution": True, "grade_id": "f", "cell_type": "code"}
CHECK = {"grade": True, "locked": True, "solution": False, "grade_id": "check-f", "points": 2}


def good_exercise() -> Notebook:
    return notebook(
        code("f", "def f(z):\n    raise NotImplementedError", 1, TASK), code("check-f", "check.f(f)", 2, CHECK)
    )


def good_solution() -> Notebook:
    hidden = "check.f(f)\n### BEGIN HIDDEN TESTS\nassert check.f(f).right\n### END HIDDEN TESTS"
    return notebook(
        code("f", "def f(z):\n    ### BEGIN SOLUTION\n    return z\n    ### END SOLUTION", 1, TASK),
        code("check-f", hidden, 2, CHECK),
    )


def test_the_good_notebooks_keep_every_rule() -> None:
    for good, kept in (
        (good_lecture(), rules.LECTURE),
        (good_exercise(), rules.EXERCISE),
        (good_solution(), rules.SOLUTION),
    ):
        assert [complaint for rule in kept for complaint in rule(good)] == []


def source(cell: int, text: str) -> Callable[[Notebook], object]:
    return lambda notebook: notebook["cells"][cell].update(source=text)


def metadata(cell: int, **entries: object) -> Callable[[Notebook], object]:
    return lambda notebook: notebook["cells"][cell]["metadata"].update(entries)


def output(**entries: object) -> Callable[[Notebook], object]:
    return lambda lecture: lecture["cells"][1]["outputs"][0].update(entries)


LECTURE_BREACHES: list[tuple[Rule, Callable[[Notebook], object]]] = [
    (rules.form, lambda lecture: lecture.update(nbformat_minor=4)),
    (rules.form, lambda lecture: lecture["metadata"]["kernelspec"].update(name="python")),
    (rules.form, lambda lecture: lecture["metadata"].update(widgets={})),
    (rules.readable_ids, lambda lecture: lecture["cells"][2].update(id="a1b2c3d4")),
    (rules.readable_ids, lambda lecture: lecture["cells"][2].update(id="recall-2")),
    (rules.run_in_order, lambda lecture: lecture["cells"][1].update(execution_count=2)),
    (rules.run_in_order, lambda lecture: lecture["cells"][1].update(execution_count=None)),
    (rules.run_in_order, output(execution_count=3)),
    (rules.no_timings, metadata(1, execution={"iopub.status.idle": "2026-01-01T00:00:00Z"})),
    (rules.clean_outputs, output(output_type="stream", name="stderr", text=["careful"])),
    (rules.clean_outputs, output(output_type="error")),
    (rules.clean_outputs, output(data={course.WIDGET_VIEW: {}})),
    (rules.clean_outputs, output(text=["50%|#####     | 5/10 [00:01<00:01, 4.9it/s]"])),
    (rules.clean_outputs, output(data={"text/plain": ["<Line at 0x7f3a>"]})),
    (rules.pictures_have_a_compared_twin, output(data={"image/png": "iVBORw0KGgo="})),
    (rules.pictures_have_a_compared_twin, output(data={"image/png": "iVBORw", "text/plain": ["<Figure size 6x4>"]})),
    (rules.pictures_have_a_compared_twin, output(data={"image/svg+xml": ["<svg aria-label='a'></svg>"]})),
    (rules.pictures_have_a_compared_twin, output(data={"image/svg+xml": ['<svg role="img"></svg>']})),
    (rules.nothing_relaxes_nbval, metadata(1, tags=["nbval-ignore-output"])),
    (rules.nothing_relaxes_nbval, metadata(1, tags=["raises-exception"])),
    (rules.nothing_relaxes_nbval, source(1, "# NBVAL_SKIP\n1")),
    (rules.nothing_outside_the_package, source(1, "page = 'https://example.org'")),
    (rules.nothing_outside_the_package, source(1, "!ls")),
    (rules.nothing_outside_the_package, source(1, "import urllib.request")),
    (rules.nothing_outside_the_package, source(1, "from os import path")),
    (rules.nothing_outside_the_package, source(1, "import numpy as np\nnp.loadtxt('data.csv')")),
    (rules.nothing_outside_the_package, source(1, "open('data.csv')")),
    (rules.length, lambda lecture: lecture["cells"].pop(7)),
    (rules.length, source(1, "\n".join("abcdefghijklmnop"))),
    (rules.opening, source(0, "# The line\n\n30 minutes")),
    (rules.opening, source(0, "# Why a line?\n\nHalf an hour")),
    (rules.slides, metadata(3, slideshow={"slide_type": "-"})),
    (rules.slides, metadata(0, slideshow={"slide_type": "skip"})),
    (rules.slides, lambda lecture: [cell["metadata"].clear() for cell in lecture["cells"][1:]]),
    (rules.recall_questions, source(2, "Why? Because.")),
    (rules.decision_question, lambda lecture: lecture["cells"].insert(0, lecture["cells"].pop())),
]
EXERCISE_BREACHES: list[tuple[Rule, Callable[[Notebook], object]]] = [
    (rules.nbgrader_metadata, metadata(0, nbgrader={**TASK, "schema_version": 2, "task": False})),
    (rules.nbgrader_metadata, metadata(0, nbgrader={**TASK, "schema_version": 3, "task": False, "locked": True})),
    (rules.nbgrader_metadata, metadata(0, nbgrader={**TASK, "schema_version": 3, "task": False, "points": 2})),
    (
        rules.nbgrader_metadata,
        metadata(0, nbgrader={**TASK, "schema_version": 3, "task": False, "grade_id": "check-f"}),
    ),
    (rules.nbgrader_metadata, metadata(0, nbgrader={**TASK, "schema_version": 3, "task": False, "cell_type": "raw"})),
    (rules.nothing_of_the_solution, source(0, "def f(z):\n    raise NotImplementedError\n# end solution")),
    (rules.nothing_of_the_solution, source(0, "def f(z):\n    return z")),
    (rules.one_line_checks, source(1, "check.f(g)")),
    (rules.one_line_checks, source(1, "check.f(f)\nprint('done')")),
]
SOLUTION_BREACHES: list[tuple[Rule, Callable[[Notebook], object]]] = [
    (rules.hidden_tests, source(1, "check.f(f)")),
    (rules.hidden_tests, source(1, "### BEGIN HIDDEN TESTS\nassert check.f(g).right\n### END HIDDEN TESTS")),
]


@pytest.mark.parametrize(
    ("good", "rule", "breach"),
    [
        pytest.param(good, rule, breach, id=f"{rule.__name__}-{number}")
        for good, breaches in (
            (good_lecture, LECTURE_BREACHES),
            (good_exercise, EXERCISE_BREACHES),
            (good_solution, SOLUTION_BREACHES),
        )
        for number, (rule, breach) in enumerate(breaches)
    ],
)
def test_a_breach_is_told(good: Callable[[], Notebook], rule: Rule, breach: Callable[[Notebook], object]) -> None:
    broken = good()
    breach(broken)
    assert list(rule(broken)) != []


def test_every_rule_has_a_breach() -> None:
    breached = {rule for rule, _ in LECTURE_BREACHES + EXERCISE_BREACHES + SOLUTION_BREACHES}
    assert breached == {*rules.LECTURE, *rules.EXERCISE, *rules.SOLUTION}
