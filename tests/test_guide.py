"""The instructor's guide names what exists, its minutes add up, and its exercise of one's own works when followed."""

import ast
import csv
import io
import json
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from test_formulas import FORMULAS, SLIPS

from bplab import explore
from bplab.questions import EXERCISES
from bplab.questions.catalogue import catalogue

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "instructors-guide.md").read_text(encoding="utf-8")
LECTURES = {path.stem[:2]: path for path in sorted((ROOT / "notebooks").glob("0*.ipynb"))}
NOTHING = "–"


@cache
def cells(lecture: str) -> dict[str, dict]:
    """The cells of a lecture by their id, in order."""
    return {cell["id"]: cell for cell in json.loads(LECTURES[lecture].read_text(encoding="utf-8"))["cells"]}


def section(title: str) -> str:
    """What stands under a heading, up to the next of its rank or higher."""
    rank = re.search(rf"(?m)^(#+) {re.escape(title)}", GUIDE)
    return re.split(rf"(?m)^#{{1,{len(rank[1])}}} ", GUIDE[rank.end() :])[0]


def table(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines[2:]]


def code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


# ------------------------------------------------------------------ the lectures


def of_lecture(lecture: str) -> str:
    return section(f"{lecture} ·")


@pytest.mark.parametrize("lecture", LECTURES)
def test_the_heading_is_the_lectures(lecture):
    title = "".join(cells(lecture)["title"]["source"]).splitlines()[0]
    assert f"##{title}\n" in GUIDE


@pytest.mark.parametrize("lecture", LECTURES)
def test_minutes_add_up_to_the_lectures_and_to_50_and_90(lecture):
    stated = int(re.search(r"(\d+) minutes", "".join(cells(lecture)["title"]["source"]))[1])
    columns = zip(*[[int(minutes) for minutes in row[1:4]] for row in table(of_lecture(lecture))])
    assert [sum(column) for column in columns] == [stated, 50, 90]


@pytest.mark.parametrize("lecture", LECTURES)
def test_the_blocks_are_the_lectures_cells_each_once_and_in_order(lecture):
    covered, order = [], list(cells(lecture))
    for what, *_ in table(of_lecture(lecture)):
        if what != NOTHING:
            first, last = code(what)
            covered += order[order.index(first) : order.index(last) + 1]
    assert covered == order


@pytest.mark.parametrize("lecture", LECTURES)
def test_every_prediction_is_asked_for_with_one_of_its_answers(lecture):
    asked = re.search(r"\*\*Ask:\*\*(.*)", of_lecture(lecture))[1]
    assert code(asked) == [name for name in cells(lecture) if name.startswith("predict-")]


@pytest.mark.parametrize("lecture", LECTURES)
def test_what_goes_wrong_is_in_the_catalogue_and_has_a_plain_name(lecture):
    known = {row["id"] for kind in ("misconceptions", "sgd") for row in catalogue()[kind]}
    wrong = re.search(r"\*\*Goes wrong:\*\*((?:.|\n(?!\n))*)", of_lecture(lecture))[1]
    named = re.findall(r"`([a-z0-9-]+)`,\s([^;`]+)[;.]", wrong)
    assert len(named) >= 2
    assert len(named) == wrong.count(";") + 1
    assert {name for name, _ in named} <= known


def test_the_route_of_four_lectures_names_cells_and_fills_90_minutes():
    minutes: dict[str, int] = {}
    lecture = ""
    for number, taken, spent, homework in table(section("A route of four lectures")):
        lecture = number or lecture
        minutes[lecture] = minutes.get(lecture, 0) + int(spent)
        order = list(cells(taken[:2]))
        first, last = code(taken)
        assert order.index(first) <= order.index(last)
        assert set(code(homework)) <= set(EXERCISES)
    assert minutes == {"1": 90, "2": 90, "3": 90, "4": 90}


# ------------------------------------------------------------------ from the notes to the course

ROWS = table(section("From the notes to the course"))
IDS = [f"{note}-{number}" for number, (note, *_) in enumerate(ROWS, start=1)]


def functions_of(file: str) -> set[str]:
    (path,) = (ROOT / "tests").rglob(file)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def entries(text: str) -> list[str]:
    assert text == NOTHING or code(text), text
    return code(text)


@pytest.mark.parametrize(("note", "what", "lecture", "explorer", "exercise", "test"), ROWS, ids=IDS)
def test_all_that_the_row_names_exists(note, what, lecture, explorer, exercise, test):
    assert note in {"000", "001", "002", "003", "004"}
    places = [place.split("/") for place in entries(lecture)]
    assert places
    assert [cell for number, cell in places if cell not in cells(number)] == []
    assert set(entries(explorer)) <= set(explore.__all__) - {"predict"}
    for asked in entries(exercise):
        number, name = asked.split(": ")
        (found,) = [EXERCISES[known] for known in EXERCISES if known.startswith(f"{number}-")]
        assert name in [question.name for question in found.questions]
    (checked,) = entries(test)
    if ".py: " in checked:
        file, name = checked.split(": ")
        assert name in functions_of(file)
    else:
        number, cell = checked.split("/")
        assert cells(number)[cell]["cell_type"] == "code"
        assert cells(number)[cell]["outputs"]


@pytest.mark.parametrize(("note", "what", "lecture", "explorer", "exercise", "test"), ROWS, ids=IDS)
def test_a_formula_said_to_be_checked_is_among_those_that_are(note, what, lecture, explorer, exercise, test):
    checked = [place.partition("/")[0][:2] + "/" + place.partition("/")[2] for place, _ in FORMULAS]
    slips = [place.partition("/")[0][:2] + "/" + place.partition("/")[2] for place in SLIPS]
    if "test_the_formula_is_true" in test:
        assert set(entries(lecture)) & set(checked)
    if "test_the_slip" in test:
        assert set(entries(lecture)) <= set(slips)


def test_every_note_and_every_exercise_of_the_notes_is_in_the_table():
    assert {note for note, *_ in ROWS} == {"000", "001", "002", "003", "004"}
    practised = {asked.split(": ")[1] for *_, exercise, _ in ROWS for asked in entries(exercise)}
    of_the_notes = [name for name in EXERCISES if name[:4] not in ("ex08", "ex09")]
    asked = {question.name for name in of_the_notes for question in EXERCISES[name].questions}
    assert asked - practised == {"sigmoid"} & asked


# ------------------------------------------------------------------ an exercise of one's own, followed to the letter

STEPS = section("An exercise of your own")
FILE, LOADING, TASK, CHECKING, WRONG = re.findall(r"(?s)```python\n(.*?)```", STEPS)
NAME, NOTEBOOK = re.findall(r"Save this as `(.*?)`|Make `(.*?)`", STEPS)
STUDENTS = {"anna": "def softplus(z):\n    return np.logaddexp(0, z)\n", "ben": WRONG, "carl": TASK}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the guide's exercise file, and the working directory in it."""
    (tmp_path / NAME[0]).write_text(FILE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_check_says_what_the_guide_says(folder):
    said = []
    for task in (TASK, WRONG, STUDENTS["anna"]):
        names: dict[str, object] = {}
        exec(LOADING + task, names)
        said.append(str(eval(CHECKING, names)))
    assert "not attempted yet" in said[0]
    assert "as if nothing had been added" in said[1]
    assert "right" in said[2]


def test_the_marks_are_those_of_the_guide(folder):
    for student, task in STUDENTS.items():
        handed_in = folder / "submissions" / student / NOTEBOOK[1]
        handed_in.parent.mkdir(parents=True)
        cells = [new_code_cell(source) for source in (LOADING, task, CHECKING)]
        nbformat.write(new_notebook(cells=cells), handed_in)
    program, *arguments = shlex.split(re.findall(r"```sh\n(.*)\n```", STEPS)[0])
    assert program == "bplab"
    done = subprocess.run([sys.executable, "-m", program, *arguments], capture_output=True, text=True)
    if sys.platform == "win32":
        assert "Linux or macOS" in done.stderr
        return
    assert done.returncode == 0, done.stderr
    promised = list(csv.DictReader(io.StringIO(re.findall(r"(?s)```csv\n(.*?)```", STEPS)[0])))
    with (folder / "results" / "marks.csv").open(encoding="utf-8", newline="") as file:
        marks = [{name: row[name] for name in promised[0]} for row in csv.DictReader(file)]
    assert marks == promised
    assert sorted(page.parent.name for page in (folder / "results" / "feedback").rglob("*.html")) == sorted(STUDENTS)
