"""Files that are no notebooks, names that are attacks, zips that lead out: each costs its student alone."""

import pytest
from files import FILES, GOOD, NAME, STUDENTS, ZIPS
from runs import run
from samples import ALL
from test_grade import own_descendants

from bplab.grading import GradingError, grade


def test_there_are_enough_of_them():
    assert len(FILES) + len(STUDENTS) + len(ZIPS) >= 70


def test_each_costs_itself_alone():
    before = own_descendants()
    with run() as grading:
        expected = grading.lay_files(FILES)
        said = grading.grade(workers=2)
        grading.assert_marks(expected)
        grading.assert_kept()
        grading.assert_shown_as_text()
    assert "trouble" not in said
    assert not set(said) & set("\x1b\u202e")
    assert own_descendants() <= before


def test_students_are_not_their_names():
    with run() as grading:
        for student in STUDENTS:
            (grading.submissions / student).mkdir()
            (grading.submissions / student / NAME).write_text(GOOD)
        grading.grade()
        rows = (grading.out / "grades.csv").read_text().splitlines()[1:]
        assert [row[-8:] for row in rows] == [",7.5,7.5"] * len(STUDENTS)
        grading.assert_kept()
        grading.assert_shown_as_text()


@pytest.mark.parametrize("name", ZIPS)
def test_a_zip_is_read_and_never_unpacked(name):
    content, students = ZIPS[name]
    with run() as grading:
        grading.submissions = grading.folder / "submissions.zip"
        grading.submissions.write_bytes(content)
        laid = set(grading.folder.rglob("*"))
        if students is None:
            with pytest.raises(GradingError, match=r"submissions.zip"):
                grade(grading.submissions, grading.out, exercise=str(grading.exercise))
        else:
            grade(grading.submissions, grading.out, exercise=str(grading.exercise))
            grading.assert_marks({student: ALL | outcome for student, outcome in students.items()})
            grading.assert_shown_as_text()
        assert {p for p in grading.folder.rglob("*") if not p.is_relative_to(grading.out)} == laid
