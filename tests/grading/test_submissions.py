"""Who handed in what: layouts of folders and zips, odd names, several files of one student."""

import io
import os
import re
import zipfile

import pytest

from bplab.grading.notebook import UnreadableError, read
from bplab.grading.submissions import GradingError, find

TASKS = {"ex01-forward-pass": ["sigmoid", "line"], "ex04-backward-pass": ["gradients"]}
EMPTY = '{"cells": []}'


def lay(folder, *names, text=EMPTY):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (0, 0))
    return folder


def found(path, only=False, tasks=TASKS):
    result = find(path, tasks, only, path.parent / "out")
    return {(s.student, s.exercise): s.file.name for s in result.submissions}, result


def pack(path, *names, text=EMPTY):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), text)
    return path


LAYOUTS = {
    "a folder per student": (
        "ann/ex01-forward-pass.ipynb",
        "ann/ex04-backward-pass.ipynb",
        "bob/ex04-backward-pass.ipynb",
    ),
    "flat": ("ann_ex01-forward-pass.ipynb", "ann_ex04-backward-pass.ipynb", "bob_ex04-backward-pass.ipynb"),
    "renamed": ("ann/EX01_Forward_Pass (2).ipynb", "ann/my ex04.ipynb", "bob/ex04-backward-pass-Copy1.ipynb"),
    "nbgrader": (
        "submitted/ann/ex01-forward-pass/ex01-forward-pass.ipynb",
        "submitted/ann/ex04-backward-pass/nb.ipynb",
        "submitted/bob/ex04-backward-pass/ex04-backward-pass.ipynb",
        "source/ex04-backward-pass/ex04-backward-pass.ipynb",
    ),
    "one folder around": (
        "Exercises 3/ann/ex01-forward-pass.ipynb",
        "Exercises 3/ann/ex04-backward-pass.ipynb",
        "Exercises 3/bob/ex04-backward-pass.ipynb",
    ),
    "one folder around flat files": (
        "download/ann_ex01-forward-pass.ipynb",
        "download/ann_ex04-backward-pass.ipynb",
        "download/bob_ex04-backward-pass.ipynb",
    ),
}
WHO = {("ann", "ex01-forward-pass"), ("ann", "ex04-backward-pass"), ("bob", "ex04-backward-pass")}


@pytest.mark.parametrize("names", LAYOUTS.values(), ids=LAYOUTS)
def test_layouts_as_folder_and_as_zip(tmp_path, names):
    folder, _ = found(lay(tmp_path / "submissions", *names))
    zipped, _ = found(pack(tmp_path / "submissions.zip", *names))
    assert set(folder) == set(zipped) == WHO
    assert folder == zipped


def test_an_lms_keeps_its_own_folder_and_file_names(tmp_path):
    moodle = lay(tmp_path / "moodle", "Ann Lee_12_assignsubmission_file_/ex04-backward-pass.ipynb")
    canvas = lay(tmp_path / "canvas", "leeann_12_345_ex04-backward-pass-1.ipynb")
    assert list(found(moodle)[0]) == [("Ann Lee_12_assignsubmission_file_", "ex04-backward-pass")]
    assert list(found(canvas)[0]) == [("leeann_12_345", "ex04-backward-pass")]


def test_a_file_of_another_name_is_known_by_its_functions(tmp_path):
    text = '{"cells": [{"cell_type": "code", "source": "def gradients(x):\\n    pass"}]}'
    assert found(lay(tmp_path / "s", "ann/homework.ipynb", text=text))[0] == {
        ("ann", "ex04-backward-pass"): "ann/homework.ipynb"
    }


def test_a_single_unreadable_file_counts_when_the_exercise_is_named(tmp_path):
    lay(tmp_path / "s", "ann/homework.ipynb", text="{")
    one = {"ex01-forward-pass": TASKS["ex01-forward-pass"]}
    assert set(found(tmp_path / "s", only=True, tasks=one)[0]) == {("ann", "ex01-forward-pass")}
    with pytest.raises(GradingError, match=r"homework.ipynb: neither its name nor its functions"):
        found(tmp_path / "s")


def test_of_two_files_the_newest_counts_then_the_last_by_name(tmp_path):
    names = ["ann/ex04-backward-pass (2).ipynb", "ann/ex04-backward-pass (10).ipynb", "ann/ex04-backward-pass.ipynb"]
    folder = lay(tmp_path / "s", *names)
    assert found(folder)[0] == {("ann", "ex04-backward-pass"): names[1]}
    os.utime(folder / names[0], (10, 10))
    files, result = found(folder)
    assert files == {("ann", "ex04-backward-pass"): names[0]}
    (note,) = result.submissions[0].notes
    assert "You handed in 3 files" in note
    assert names[1] in note


def test_students_are_told_apart_however_their_names_look(tmp_path):
    names = ["a\u202eb/ex01.ipynb", "ab/ex01.ipynb", "a\nb/ex01.ipynb", "..b/ex01.ipynb"]
    _, result = found(lay(tmp_path / "s", *names))
    assert result.students == ["..b", "a b", "ab", "ab (2)"]


def test_a_student_without_a_notebook_and_a_file_without_a_student(tmp_path):
    folder = lay(
        tmp_path / "s", "ann/ex01-forward-pass.ipynb", "ex04-backward-pass.ipynb", "ann/.ipynb_checkpoints/ex04.ipynb"
    )
    files, result = found(folder)
    assert set(files) == {("ann", "ex01-forward-pass")}
    assert result.aside == [
        "ex04-backward-pass.ipynb: no student's name or another exercise; expected "
        "STUDENT/ex01-forward-pass.ipynb or STUDENT_ex01-forward-pass.ipynb"
    ]


LIKE_A_STUB = '{"cells": [{"cell_type": "code", "source": "def gradients(x):\\n    raise NotImplementedError"}]}'
WRITTEN = LIKE_A_STUB.replace("raise NotImplementedError", "return x")


@pytest.mark.parametrize("newer", ["ex04-backward-pass-new", "ex04-backward-pass-new-2", "ex04-backward-pass-new (1)"])
def test_the_newer_version_that_lab_puts_beside_a_students_file_is_not_taken_for_it(tmp_path, newer):
    own, beside = "ann/exercises/ex04-backward-pass.ipynb", f"ann/exercises/{newer}.ipynb"
    folder = lay(lay(tmp_path / "s", own, text=WRITTEN), beside, text=LIKE_A_STUB)
    os.utime(folder / beside, (10, 10))
    files, result = found(folder)
    assert files == {("ann", "ex04-backward-pass"): own}
    (note,) = result.submissions[0].notes
    assert note == (
        f"{beside} is a newer version of the exercise in which nothing is written yet. Your own file was marked, {own}."
    )
    (folder / beside).write_text(WRITTEN)  # this student has moved to the newer version
    os.utime(folder / beside, (10, 10))
    assert found(folder)[0] == {("ann", "ex04-backward-pass"): beside}
    (folder / own).unlink()
    (folder / beside).write_text(LIKE_A_STUB)
    assert found(folder)[0] == {("ann", "ex04-backward-pass"): beside}


def test_a_lecture_is_nobodys_submission(tmp_path):
    text = '{"cells": [{"cell_type": "code", "source": "def sigmoid(z):\\n    return z"}]}'
    names = ["ann/notebooks/01-forward-pass.ipynb", "ann/exercises/ex04-backward-pass.ipynb"]
    files, result = found(lay(tmp_path / "s", *names, text=text))
    assert files == {("ann", "ex04-backward-pass"): names[1]}
    assert result.aside == ["ann/notebooks/01-forward-pass.ipynb: a lecture"]


@pytest.mark.parametrize("above", ["", "Exercises 3/", "submitted/"])
def test_a_student_who_handed_in_nothing_is_still_a_student(tmp_path, above):
    names = ["ann/ex04-backward-pass/nb.ipynb", "bob/notes.txt", "cy/pictures/a.png", ".cache/x"]
    folder = lay(tmp_path / "s", *[above + name for name in names])
    (folder / above / "dora").mkdir()
    files, result = found(folder)
    assert set(files) == {("ann", "ex04-backward-pass")}
    assert result.students == ["ann", "bob", "cy", "dora"]
    _, zipped = found(pack(tmp_path / "s.zip", *[above + name for name in names], f"{above}dora/"))
    assert zipped.students == result.students


def test_folders_beside_flat_files_are_no_students(tmp_path):
    assert found(lay(tmp_path / "s", "ann_ex01.ipynb", "pictures/a.png"))[1].students == ["ann"]


def test_a_folder_that_cannot_be_looked_into_is_said(tmp_path, monkeypatch):
    folder = lay(tmp_path / "s", "ann/ex01.ipynb", "bob/ex01.ipynb")
    (folder / "cy").symlink_to(folder / "ann")
    scan = os.scandir

    def shut(path):
        if str(path).endswith("bob"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", shut)
    _, result = found(folder)
    assert result.students == ["ann", "bob", "cy"]
    assert result.aside == ["bob: cannot be read, Permission denied", "cy: not a plain folder"]


def test_each_file_that_cannot_be_placed_has_a_line(tmp_path):
    folder = lay(tmp_path / "s", *[f"ann/work{number:02}.ipynb" for number in range(12)])
    with pytest.raises(GradingError) as refusal:
        found(folder)
    lines = str(refusal.value).splitlines()
    assert lines[0].endswith("belongs to ex01-forward-pass or ex04-backward-pass:")
    assert lines[1] == "  ann/work00.ipynb: neither its name nor its functions are those of an exercise"
    assert lines[11:] == ["  and 2 more", "Name the files after the exercise, or give --exercise"]


def test_links_are_not_followed(tmp_path):
    lay(tmp_path, "secret.ipynb", "s/ann/ex01-forward-pass.ipynb")
    (tmp_path / "s/bob").mkdir()
    (tmp_path / "s/bob/ex01-forward-pass.ipynb").symlink_to(tmp_path / "secret.ipynb")
    files, result = found(tmp_path / "s")
    assert set(files) == {("ann", "ex01-forward-pass")}
    assert result.aside == ["bob/ex01-forward-pass.ipynb: not a plain file"]


def test_a_zip_leads_nowhere_else(tmp_path):
    names = ["../ann/ex01.ipynb", "/etc/ex01.ipynb", "C:\\ann\\ex01.ipynb", "ann/../../ex01.ipynb", "bob/ex01.ipynb"]
    files, result = found(pack(tmp_path / "s.zip", *names))
    assert set(files) == {("bob", "ex01-forward-pass")}
    assert len(result.aside) == 4
    assert all("leads out of the zip" in aside for aside in result.aside)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s.zip"]


def test_a_zip_bomb_is_cut_short(tmp_path, monkeypatch):
    monkeypatch.setattr("bplab.grading.submissions.SIZE_LIMIT", 1 << 20)
    monkeypatch.setattr("bplab.grading.notebook.SIZE_LIMIT", 1 << 20)
    path = pack(tmp_path / "s.zip", "ann/ex01-forward-pass.ipynb", text=" " * (8 << 20))
    _, result = found(path)
    content = result.submissions[0].file.content()
    assert len(content) == (1 << 20) + 1
    with pytest.raises(UnreadableError, match="larger than 1 MB"):
        read(content)


def test_a_zip_of_too_many_files_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("bplab.grading.submissions.FILE_LIMIT", 3)
    with pytest.raises(GradingError, match="holds 4 files, more than 3: split it"):
        found(pack(tmp_path / "s.zip", *[f"{name}/ex01.ipynb" for name in "abcd"]))


def test_a_damaged_member_is_one_unreadable_submission(tmp_path):
    path = pack(tmp_path / "s.zip", "ann/ex01-forward-pass.ipynb", text=EMPTY * 100)
    content = bytearray(path.read_bytes())
    content[60:70] = bytes(10)
    path.write_bytes(content)
    _, result = found(path)
    with pytest.raises(UnreadableError, match="cannot be read from the zip"):
        result.submissions[0].file.content()


@pytest.mark.parametrize("make", [lambda p: p.mkdir(), lambda p: p.write_text("no zip")])
def test_nothing_to_mark_is_said(tmp_path, make):
    make(tmp_path / "s")
    with pytest.raises(GradingError, match=re.escape(str(tmp_path / "s"))):
        found(tmp_path / "s")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"{", "JSONDecodeError"),
        (b"[1]", "holds no cells"),
        (b'{"cells": 7}', "holds no cells"),
        (b"\xff\xfe\x00", "UnicodeDecodeError"),
        (b"[" * 200_000, "not a notebook"),
    ],
)
def test_what_is_no_notebook(content, reason):
    with pytest.raises(UnreadableError, match=reason):
        read(content)


def test_cells_of_any_shape_are_read():
    odd = (
        b'{"cells": [7, {}, {"cell_type": "code", "source": 3, "metadata": [], "id": 4}, '
        b'{"cell_type": "code", "source": ["a = 1\\r\\n", "b = 2", null], "metadata": {"tags": ["bplab-demo", 1]}}]}'
    )
    cells = read(odd)
    assert [cell.number for cell in cells] == [2, 3, 4]
    assert cells[-1].source == "a = 1\nb = 2"
    assert cells[-1].demo


def test_another_exercise_is_not_taken_for_the_one_that_was_named(tmp_path):
    text = '{"cells": [{"cell_type": "code", "source": "def sigmoid(z):\\n    pass"}]}'
    lay(tmp_path / "s", "ann/ex04-backward-pass.ipynb", "bob/my work.ipynb", text=text)
    one = {"ex01-forward-pass": TASKS["ex01-forward-pass"]}
    assert set(found(tmp_path / "s", only=True, tasks=one)[0]) == {("bob", "ex01-forward-pass")}


def test_flat_files_may_bear_the_students_name_alone_when_the_exercise_is_named(tmp_path):
    lay(tmp_path / "s", "ann lee.ipynb", "bob_ex01.ipynb", "cy_ex04.ipynb")
    one = {"ex01-forward-pass": TASKS["ex01-forward-pass"]}
    files, result = found(tmp_path / "s", only=True, tasks=one)
    assert set(files) == {("ann lee", "ex01-forward-pass"), ("bob", "ex01-forward-pass")}
    assert result.students == ["ann lee", "bob"]


def zipped(*names):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), EMPTY)
    return data.getvalue()


def test_zips_in_zips_and_in_folders(tmp_path):
    one = zipped("ex01-forward-pass.ipynb", "exercises/ex04-backward-pass.ipynb")
    names = {"ann/work.zip": one, "bob_ex04.zip": zipped("nb/ex04-backward-pass.ipynb")}
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        for name, content in names.items():
            archive.writestr(name, content)
            (tmp_path / "s" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "s" / name).write_bytes(content)
    for path in (tmp_path / "s.zip", tmp_path / "s"):
        files, result = found(path)
        assert set(files) == WHO
        assert result.students == ["ann", "bob"]
        assert {s.file.content() for s in result.submissions} == {EMPTY.encode()}
    (tmp_path / "t").mkdir()
    (tmp_path / "s.zip").rename(tmp_path / "t/download.zip")
    assert set(found(tmp_path / "t")[0]) == WHO


def test_a_students_zip_that_is_none_or_too_much_is_left_aside(tmp_path, monkeypatch):
    monkeypatch.setattr("bplab.grading.submissions.FILE_LIMIT", 30)
    folder = lay(tmp_path / "s", "ann/ex01.ipynb", "bob/work.zip")
    (folder / "cy").mkdir()
    (folder / "cy/many.zip").write_bytes(zipped(*[f"{n}/ex01.ipynb" for n in range(31)]))
    deep = zipped("ex01.ipynb")
    for _ in range(4):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            for number in range(20):
                archive.writestr(f"{number}.zip", deep)
        deep = data.getvalue()
    (folder / "dora").mkdir()
    (folder / "dora/deep.zip").write_bytes(deep)
    files, result = found(folder)
    assert set(files) == {("ann", "ex01-forward-pass")}
    assert result.aside == ["bob/work.zip: not a zip that can be read", "cy/many.zip: it holds 31 files, more than 30"]
    assert result.students == ["ann", "bob", "cy", "dora"]


def test_other_files_count_only_by_an_exercises_name_and_after_a_notebook(tmp_path):
    names = [
        "ann/ex04-backward-pass.ipynb",
        "ann/ex04-backward-pass.py",
        "bob/helpers.py",
        "bob/ex04.py",
        "cy/data.json",
    ]
    folder = lay(tmp_path / "s", *names)
    os.utime(folder / names[1], (10, 10))
    files, result = found(folder)
    assert files == {("ann", "ex04-backward-pass"): names[0], ("bob", "ex04-backward-pass"): names[3]}
    assert result.aside == []
