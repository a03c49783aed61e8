"""Exercise 08 in the sandbox: its network is trained there and judged outside, by digits that it never sees."""

import csv
import json
import re

from bplab.grading import grade


def hand_in(root, folder, change=lambda source: source):
    """The solution's notebook as a student hands it in, with this change to its functions."""
    notebook = json.loads((root / "solutions/ex08-real-data.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = change(re.sub(r" *### .*\n|\nassert .*", "", "".join(cell["source"])))
    folder.mkdir(parents=True)
    (folder / "ex08-real-data.ipynb").write_text(json.dumps(notebook))


def test_marks_grow_with_the_accuracy_and_the_same_seed_gives_the_same(root, tmp_path):
    hand_in(root, tmp_path / "in/right")
    hand_in(root, tmp_path / "in/in a hurry", lambda source: source.replace("range(20)", "range(2)"))
    hand_in(root, tmp_path / "in/too fast", lambda source: source.replace("2.0 *", "90.0 *"))
    marks = []
    for out in ("one", "two"):
        grade(tmp_path / "in", tmp_path / out)
        with (tmp_path / out / "marks.csv").open(newline="") as file:
            marks.append(list(csv.DictReader(file)))
    assert marks[0] == marks[1]
    points = {r["student"]: (r["status"], float(r["points"])) for r in marks[0] if r["task"] == "train_digits"}
    assert points["right"] == ("right", 6)
    assert points["in a hurry"][0] == "wrong"
    assert 0 < points["in a hurry"][1] < 6
    assert points["too fast"] == ("wrong", 0)
    assert all(r["status"] == "right" for r in marks[0] if r["task"] != "train_digits")
