"""The student's copy never loses anything; the build gives the same bytes every time."""

import json
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from bplab import course

SOLUTION = """\
def double(z):
    ### BEGIN SOLUTION
    w = 2
    return w * z
    ### END SOLUTION
"""
CHECK = """\
print("checked")
### BEGIN HIDDEN TESTS
assert double(3) == 6
### END HIDDEN TESTS
"""


def write(path: Path, *cells: nbformat.NotebookNode) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=list(cells)), path)


def code(name: str, source: str, **metadata: object) -> nbformat.NotebookNode:
    return new_code_cell(source, id=name, metadata=metadata)


# ------------------------------------------------------------------ find and copy


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course of one lecture, one page and one exercise, found in place of the packaged one."""
    source = tmp_path / "package"
    for kind, name in (("notebooks", "00.ipynb"), ("notebooks", "map.md"), ("exercises", "ex01.ipynb")):
        (source / kind).mkdir(parents=True, exist_ok=True)
        (source / kind / name).write_text(f"first {name}")
    (source / "notebooks" / "left-over.py").write_text("not part of the course")
    monkeypatch.setattr(course, "find", lambda kind: source / kind)
    return source


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != course.COPIED
    }


def test_the_course_is_found_in_a_clone(root: Path) -> None:
    assert course.find("notebooks") == root / "notebooks"
    assert course.find("exercises") == root / "exercises"
    with pytest.raises(course.CourseError, match="no folder 'answers'"):
        course.find("answers")


def test_copy_brings_lectures_pages_and_exercises(packaged: Path, tmp_path: Path) -> None:
    mine = tmp_path / "some" / "where"
    assert course.copy(mine) == []
    assert contents(mine) == {
        "notebooks/00.ipynb": "first 00.ipynb",
        "notebooks/map.md": "first map.md",
        "exercises/ex01.ipynb": "first ex01.ipynb",
    }


def test_an_unchanged_file_is_updated_and_a_lost_one_comes_back(packaged: Path, tmp_path: Path) -> None:
    course.copy(tmp_path / "mine")
    (tmp_path / "mine/notebooks/map.md").unlink()
    (packaged / "exercises/ex01.ipynb").write_text("second")
    assert course.copy(tmp_path / "mine") == []
    assert contents(tmp_path / "mine") == {
        "notebooks/00.ipynb": "first 00.ipynb",
        "notebooks/map.md": "first map.md",
        "exercises/ex01.ipynb": "second",
    }


def test_a_changed_file_stays_and_each_newer_version_is_put_beside_it_once(packaged: Path, tmp_path: Path) -> None:
    mine, work, new = tmp_path / "mine", Path("exercises/ex01.ipynb"), Path("exercises/ex01-new.ipynb")
    course.copy(mine)
    (mine / work).write_text("my work")
    assert course.copy(mine) == []  # changed, but there is nothing newer

    (packaged / work).write_text("second")
    assert course.copy(mine) == [(work, new)]
    assert course.copy(mine) == []
    (mine / new).unlink()
    assert course.copy(mine) == []  # read and thrown away: not brought again

    (packaged / work).write_text("third")
    assert course.copy(mine) == [(work, new)]
    (packaged / work).write_text("fourth")
    assert course.copy(mine) == [(work, new)]  # the student has not touched "third"
    (mine / new).write_text("my second work")
    (packaged / work).write_text("fifth")
    assert course.copy(mine) == [(work, Path("exercises/ex01-new-2.ipynb"))]
    assert {name: text for name, text in contents(mine).items() if "ex01" in name} == {
        "exercises/ex01.ipynb": "my work",
        "exercises/ex01-new.ipynb": "my second work",
        "exercises/ex01-new-2.ipynb": "fifth",
    }


@pytest.mark.parametrize("record", ["", "{", "[]", None])
def test_without_a_record_nothing_is_overwritten(packaged: Path, tmp_path: Path, record: str | None) -> None:
    mine = tmp_path / "mine"
    course.copy(mine)
    (mine / "exercises/ex01.ipynb").write_text("my work")
    (mine / course.COPIED).unlink()
    if record is not None:
        (mine / course.COPIED).write_text(record)
    assert course.copy(mine) == [(Path("exercises/ex01.ipynb"), Path("exercises/ex01-new.ipynb"))]
    assert (mine / "exercises/ex01.ipynb").read_text() == "my work"


def test_a_file_in_the_place_of_the_folder_is_told(packaged: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(course.CourseError, match="is a file: name a folder"):
        course.copy(tmp_path / "mine")


# ------------------------------------------------------------------ strip


def test_a_solution_becomes_a_stub_and_hidden_tests_go() -> None:
    assert course.strip(SOLUTION) == "def double(z):\n    raise NotImplementedError"
    assert course.strip(CHECK) == 'print("checked")'


PART = """\
def f(W):
    L = len(W)
    for k in range(1, L + 1):
        ### BEGIN SOLUTION
        s = W[k] ** 2
        ### END SOLUTION
    return s"""


def test_a_solution_that_is_part_of_a_body_leaves_the_rest() -> None:
    stub = "        raise NotImplementedError\n"
    assert course.strip(PART) == PART[: PART.index("        ###")] + stub + "    return s"


def test_what_stands_below_instead_takes_the_solution_s_place() -> None:
    source = """def slope(a):
    b = a
    ### BEGIN SOLUTION
    b = a * (1 - a)
    ### INSTEAD
    # for _ in range(2):
    #     b = a
    ### END SOLUTION
    return b"""
    assert course.strip(source) == "def slope(a):\n    b = a\n    for _ in range(2):\n        b = a\n    return b"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("### BEGIN SOLUTION\nx", "BEGIN SOLUTION' has no partner"),
        ("x\n### END SOLUTION", "END SOLUTION' has no partner"),
        ("### BEGIN SOLUTION\n### END HIDDEN TESTS", "END HIDDEN TESTS' has no partner"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", "BEGIN SOLUTION' has no partner"),
        ("# BEGIN SOLUTION\nx\n# END SOLUTION", "is no marker"),
        ("### begin solution\nx", "is no marker"),
        ("### BEGIN HIDDEN TEST\nx", "is no marker"),
        ("### BEGIN SOLUTION\nx  ### END SOLUTION", "is no marker"),
    ],
)
def test_a_marker_that_would_leak_a_solution_is_told(source: str, told: str) -> None:
    with pytest.raises(course.CourseError, match=told):
        course.strip(source)


# ------------------------------------------------------------------ build


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone with a lecture that shows a slider, and an exercise of one function."""
    slider = "import ipywidgets\nprint('a')\nprint('b')\nipywidgets.IntSlider(description='w')"
    write(
        tmp_path / "notebooks/00.ipynb",
        new_markdown_cell("# Line", id="title", metadata={"slideshow": {"slide_type": "slide"}, "vscode": {}}),
        code("slider", slider, scrolled=True, execution={"iopub.status.busy": "2026-01-01"}),
    )
    write(tmp_path / "solutions/ex01.ipynb", code("double", SOLUTION), code("check-double", CHECK))
    return tmp_path


def test_build_writes_all_three_kinds_and_then_finds_nothing_to_do(clone: Path) -> None:
    assert [path.relative_to(clone).as_posix() for path in course.build(clone)] == [
        "notebooks/00.ipynb",
        "solutions/ex01.ipynb",
        "exercises/ex01.ipynb",
    ]
    assert course.build(clone, check=True) == []

    lecture = json.loads((clone / "notebooks/00.ipynb").read_bytes())
    title, slider = lecture["cells"]
    assert lecture["metadata"] == course.METADATA
    assert (lecture["nbformat"], lecture["nbformat_minor"]) == (4, 5)
    assert title["metadata"] == {"slideshow": {"slide_type": "slide"}}
    assert (slider["id"], slider["metadata"], slider["execution_count"]) == ("slider", {}, 1)
    assert [output.get("text") for output in slider["outputs"]] == [["a\n", "b\n"], None]
    assert list(slider["outputs"][1]["data"]) == ["text/plain"]  # the widget's view needs a kernel

    solution, exercise = (nbformat.read(clone / kind / "ex01.ipynb", 4) for kind in ("solutions", "exercises"))
    assert solution.cells[0].source == SOLUTION
    assert exercise.cells[0].source == course.strip(SOLUTION)
    assert exercise.cells[1].outputs[0].text == "checked\n"


def test_check_lists_a_changed_digit_and_writes_nothing(clone: Path) -> None:
    course.build(clone)
    lecture = clone / "notebooks/00.ipynb"
    changed = lecture.read_bytes().replace(b"value=0", b"value=1")
    lecture.write_bytes(changed)
    assert course.build(clone, check=True) == [lecture]
    assert lecture.read_bytes() == changed


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("print(undefined_name)", "cell first: .*undefined_name"),
        ("import sys\nprint('careful', file=sys.stderr)", "cell first writes to stderr: careful"),
        ("### BEGIN SOLUTION", "cell first: '### BEGIN SOLUTION' has no partner"),
        ("### BEGIN SOLUTION\nx = 2\n### END SOLUTION", "cell first: .*NotImplementedError"),
    ],
)
def test_a_failing_exercise_is_told_by_notebook_and_cell(tmp_path: Path, source: str, told: str) -> None:
    write(tmp_path / "ex01.ipynb", code("first", source, tags=["raises-exception"]))
    with pytest.raises(course.CourseError, match=f"(?s)ex01.ipynb, {told}"):
        course.exercise(tmp_path / "ex01.ipynb")


def test_an_exercise_without_a_solution_is_told(clone: Path) -> None:
    write(clone / "exercises/ex02.ipynb")
    with pytest.raises(course.CourseError, match=r"ex02.ipynb has no solutions/ex02.ipynb"):
        course.build(clone)


@pytest.mark.parametrize("ids", [(None, "b"), ("a", "a")])
def test_a_cell_needs_an_id_of_its_own(tmp_path: Path, ids: tuple[str | None, str]) -> None:
    path = tmp_path / "ex01.ipynb"
    write(path, code("a", "1"), code("b", "2"))
    raw = json.loads(path.read_text())
    for cell, name in zip(raw["cells"], ids):
        cell.pop("id") if name is None else cell.update(id=name)
    path.write_text(json.dumps(raw))
    with pytest.raises(course.CourseError, match="readable id of its own"):
        course.exercise(path)


def test_what_is_no_clone_and_what_is_no_notebook_are_told(tmp_path: Path) -> None:
    with pytest.raises(course.CourseError, match="run this in the root of a clone"):
        course.build(tmp_path)
    (tmp_path / "ex01.ipynb").write_text("{")
    with pytest.raises(course.CourseError, match="is not a notebook"):
        course.exercise(tmp_path / "ex01.ipynb")
