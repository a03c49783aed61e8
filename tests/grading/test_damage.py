"""What students do to notebooks without meaning to. Where the code is still there the marks are those of the notebook
as it was, and the feedback says what was repaired. Each damage is done to the notebook of a solved exercise 04.
"""

import html
import io
import json
import re
import zipfile
from itertools import pairwise

import pytest
import typed

from bplab.grading import grade

EXERCISE = "ex04-backward-pass"
TASKS = ("output_gradients", "hidden_gradients", "gradients")


def code(nb):
    return [cell for cell in nb["cells"] if cell["cell_type"] == "code"]


def cell_of(nb, task):
    return next(cell for cell in nb["cells"] if cell["id"] == task)


def source(nb, task):
    return "".join(cell_of(nb, task)["source"])


def change(task, do):
    """A damage that does something to the source of a task's cell."""

    def damage(nb):
        cell_of(nb, task)["source"] = do(source(nb, task))

    return damage


def new(text, kind="code"):
    return {"cell_type": kind, "id": "new", "metadata": {}, "source": text, "outputs": [], "execution_count": None}


def split(*after):
    """The cell of `gradients` cut after these lines."""

    def damage(nb):
        at = nb["cells"].index(cell_of(nb, "gradients"))
        lines = source(nb, "gradients").splitlines(keepends=True)
        edges = [0, *after, len(lines)]
        parts = ["".join(lines[a:b]) for a, b in pairwise(edges)]
        nb["cells"][at : at + 1] = [new(part) | {"id": f"gradients-{n}"} for n, part in enumerate(parts)]

    return damage


def merged(nb):
    nb["cells"] = [new("\n\n".join("".join(cell["source"]) for cell in code(nb)))]


def merged_with_text(nb):
    cell_of(nb, "gradients")["source"] = "## The whole pass\n\nNow it's your turn: write it.\n\n" + source(
        nb, "gradients"
    )


def merged_with_another_error(nb):
    text = source(nb, "gradients") + "\n\ndef unfinished(x:\n    return\n\n" + source(nb, "hidden_gradients")
    cell_of(nb, "gradients")["source"] = text
    nb["cells"].remove(cell_of(nb, "hidden_gradients"))


def only_the_functions(nb):
    nb["cells"] = [cell for cell in code(nb) if "def " in "".join(cell["source"])] + [new("import numpy as np")]


def without(*words):
    def damage(nb):
        nb["cells"] = [c for c in nb["cells"] if not any(word in "".join(c["source"]) for word in words)]

    return damage


def duplicated(nb):
    nb["cells"] = [dict(cell) for cell in nb["cells"] for _ in range(2)]


def draft_before(nb):
    at = nb["cells"].index(cell_of(nb, "gradients"))
    nb["cells"].insert(at, new("def gradients(x, y, W, b):\n    return W, b"))


def retyped(kind):
    def damage(nb):
        cell_of(nb, "gradients")["cell_type"] = kind

    return damage


def reversed_(nb):
    nb["cells"].reverse()


def without_ids(nb):
    nb["nbformat_minor"] = 4
    for cell in nb["cells"]:
        del cell["id"]
        cell["metadata"] = {}


def other_ids(nb):
    for number, cell in enumerate(nb["cells"]):
        cell["id"], cell["metadata"] = f"{number:08x}", {}


def nbformat_3(nb):
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            cell["input"] = cell.pop("source")
            cell["language"] = "python"
    cells = nb.pop("cells")
    nb |= {"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": cells[:9]}, {"cells": cells[9:]}]}


def nbformat_4_0(nb):
    without_ids(nb)
    nb["nbformat_minor"] = 0
    for cell in nb["cells"]:
        cell["source"] = "".join(cell["source"]).splitlines(keepends=True)


def bare(nb):
    nb.pop("metadata")
    nb.pop("nbformat")
    nb.pop("nbformat_minor")
    for cell in nb["cells"]:
        for name in ("metadata", "outputs", "execution_count"):
            cell.pop(name, None)


def lines_without_ends(nb):
    for cell in nb["cells"]:
        cell["source"] = "".join(cell["source"]).splitlines()


def carriage_returns(nb):
    for cell in nb["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n")


def outputs(nb):
    noise = {"output_type": "stream", "name": "stdout", "text": "def gradients(x):\n" * 1000 + "x" * (5 << 20)}
    error = {"output_type": "error", "ename": "NameError", "evalue": "name", "traceback": ["\x1b[31mNameError"]}
    for cell in code(nb):
        cell["outputs"] = [error]
    code(nb)[0]["outputs"] = [noise, error]


def colab(nb):
    other_ids(nb)
    nb["metadata"] = {"colab": {"provenance": [], "toc_visible": True}, "kernelspec": {"name": "python3"}}
    for number, cell in enumerate(nb["cells"]):
        cell["metadata"] = {"id": f"aB{number}", "cellView": "form", "colab": {"base_uri": "https://localhost"}}
        del cell["id"]
    first = code(nb)[0]
    first["source"] = "#@title Setup\n!pip install bplab\n%pip install numpy\n" + "".join(first["source"])


def vscode(nb):
    without_ids(nb)
    for cell in code(nb):
        cell["metadata"] = {"vscode": {"languageId": "python"}}
    nb["metadata"] = {"language_info": {"name": "python", "version": "3.14"}, "vscode": {"interpreter": {"hash": "x"}}}


def magics(nb):
    for task in TASKS:
        cell_of(nb, task)["source"] = "%%time\n%matplotlib inline\n!pip install numpy\nnp.exp?\n" + source(nb, task)


def endless(nb):
    nb["cells"].insert(3, new("while True:\n    pass"))


def endless_below(nb):
    cell_of(nb, "gradients")["source"] = source(nb, "gradients") + "\n\nwhile True:\n    pass"


def renamed(task, name):
    return change(task, lambda text: text.replace(f"def {task}(", f"def {name}("))


def renamed_without_ids(nb):
    for task, name in zip(TASKS, ("OutputGradients", "hidden_gradient", "GRADIENTS")):
        renamed(task, name)(nb)
    other_ids(nb)


def as_lambda(nb):
    cell_of(nb, "gradients")["source"] = "def solve(x, y, W, b):\n" + source(nb, "gradients").split("\n", 1)[1]
    cell_of(nb, "gradients")["source"] += "\n\ngradients = lambda *a: solve(*a)"


def indented(text):
    return "\n".join("    " + line for line in text.split("\n"))


def in_a_class(text):
    return "class Solution:\n" + indented(text).replace("(x, y", "(self, x, y")


def in_a_function(text):
    return "def main():\n" + indented(text) + "\n    print('done')\n\nif __name__ == '__main__':\n    main()"


def mixed_tabs(text):
    head, first, *rest = text.split("\n")
    return "\n".join([head, first.replace("    ", "\t"), *rest])


def conflict(text):
    return text.replace("\n", "\n<<<<<<< HEAD\n", 1) + "\n=======\n    return None\n>>>>>>> fixed\n"


def prompts(text):
    return (
        "\n".join((">>> " if n == 0 else "... ") + line for n, line in enumerate(text.split("\n")))
        + "\n... \nsome output"
    )


def numbered_prompts(text):
    return "\n".join(("In [3]: " if n == 0 else "   ...: ") + line for n, line in enumerate(text.split("\n")))


def copied(text):
    return text.replace("    ", "\xa0\xa0\xa0\xa0").replace(" - ", " − ").replace("return", "\u200breturn")


# damage: (what is done, what the feedback says; "" where there is nothing to say)
NOTEBOOK = {
    "split": (split(3), "goes on where cell"),
    "split in three": (split(1, 4), "They were run as one"),
    "merged": (merged, ""),
    "merged with text": (merged_with_text, "is not Python from `## The whole pass` on"),
    "merged with another error": (merged_with_another_error, "is not Python from `def unfinished(x:` on"),
    "text and checks deleted": (only_the_functions, ""),
    "checks deleted": (without("check."), ""),
    "numpy deleted": (without("import numpy"), "No cell imports NumPy as np"),
    "duplicated": (duplicated, "gradients is defined in cells"),
    "a draft before": (draft_before, "gradients is defined in cells"),
    "markdown": (retyped("markdown"), "is not a code cell, but it defines gradients"),
    "raw": (retyped("raw"), "is not a code cell, but it defines gradients"),
    "no cell type": (lambda nb: cell_of(nb, "gradients").pop("cell_type"), ""),
    "reversed": (reversed_, ""),
    "ids lost": (without_ids, ""),
    "other ids": (other_ids, ""),
    "nbformat 3": (nbformat_3, ""),
    "nbformat 4.0": (nbformat_4_0, ""),
    "bare": (bare, ""),
    "no kernelspec": (lambda nb: nb.update(metadata={}), ""),
    "lines without ends": (lines_without_ends, ""),
    "carriage returns": (carriage_returns, ""),
    "large outputs and errors": (outputs, ""),
    "colab": (colab, "only IPython understands"),
    "vscode": (vscode, ""),
    "magics": (magics, "only IPython understands"),
    "an endless cell": (endless, "Cell 4 took too long"),
    "an endless loop below": (endless_below, "took too long. Only its definitions were used"),
    "a typing error in the name": (renamed("gradients", "gradeints"), "There is no gradients, but gradeints instead"),
    "another name": (renamed("gradients", "backprop"), "There is no gradients, but backprop instead"),
    "names changed and ids lost": (renamed_without_ids, "There is no output_gradients, but OutputGradients instead"),
    "a lambda": (as_lambda, ""),
    "in a class": (change("gradients", in_a_class), "stands inside another function or a class"),
    "in a function": (change("gradients", in_a_function), "stands inside another function or a class"),
    "all indented": (change("gradients", indented), ""),
    "tabs": (change("gradients", lambda text: text.replace("    ", "\t")), ""),
    "tabs and spaces": (change("gradients", mixed_tabs), "tabs and spaces mixed"),
    "a merge conflict": (change("gradients", conflict), "the marks of a merge conflict: the first of the two"),
    "prompts": (change("gradients", prompts), "prompts such as >>> or In [1]:"),
    "numbered prompts": (change("hidden_gradients", numbered_prompts), "prompts such as >>> or In [1]:"),
    "copied from a page": (change("gradients", copied), "characters that Python does not take"),
}


def packed(name, content):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name, content)
    return data.getvalue()


def dump(nb):
    return json.dumps(nb, indent=1)


def script(nb):
    cells = [f"# In[{n}]:\n\n\n{''.join(c['source'])}\n\n" if c["cell_type"] == "code" else
             "".join("# " + line for line in "".join(c["source"]).splitlines(True)) + "\n\n"
             for n, c in enumerate(nb["cells"])]  # fmt: skip
    return "#!/usr/bin/env python\n# coding: utf-8\n\n" + "".join(cells)


def truncated(nb):
    nb["cells"].append(new("x = 1\n" * 100))
    text = dump(nb)
    return text[: text.rindex("x = 1")]


def conflict_in_the_file(nb):
    text = dump(nb)
    edge = text.rindex("\n ]")
    return text[:edge] + "\n<<<<<<< HEAD\n ],\n=======\n }\n ]\n>>>>>>> other\n" + text[edge:].replace("\n ],", "", 1)


# damage to the file: (its name, its bytes, what the feedback says)
FILE = {
    "bom": (f"{EXERCISE}.ipynb", lambda nb: dump(nb).encode("utf-8-sig"), ""),
    "utf-16": (f"{EXERCISE}.ipynb", lambda nb: dump(nb).encode("utf-16"), "The file was written as UTF-16"),
    "latin-1": (
        f"{EXERCISE}.ipynb",
        lambda nb: json.dumps({"author": "Zoë"} | nb, ensure_ascii=False).encode("latin-1", "replace"),
        "not written as UTF-8",
    ),
    "line ends": (f"{EXERCISE}.ipynb", lambda nb: dump(nb).replace("\n", "\r\n").encode(), ""),
    "truncated": (f"{EXERCISE}.ipynb", lambda nb: truncated(nb).encode(), "The file is damaged: only its first"),
    "something behind": (f"{EXERCISE}.ipynb", lambda nb: dump(nb).encode() + b"\n}\n", "The file is damaged"),
    "quoted": (f"{EXERCISE}.ipynb", lambda nb: json.dumps(dump(nb)).encode(), "as one quoted text"),
    "conflict": (
        f"{EXERCISE}.ipynb",
        lambda nb: conflict_in_the_file(nb).encode(),
        "The file held the marks of a merge",
    ),
    "script": (f"{EXERCISE}.py", lambda nb: script(nb).encode(), "a Python script, not a notebook"),
    "script named ipynb": (f"{EXERCISE}.ipynb", lambda nb: script(nb).encode(), "a Python script, not a notebook"),
    "txt": (f"{EXERCISE}.ipynb.txt", lambda nb: dump(nb).encode(), ""),
    "json": (f"{EXERCISE}.json", lambda nb: dump(nb).encode(), ""),
    "copy": (f"{EXERCISE} (1).ipynb", lambda nb: dump(nb).encode(), ""),
    "Copy1": (f"{EXERCISE}-Copy1.ipynb", lambda nb: dump(nb).encode(), ""),
    "renamed": ("My Ex04 FINAL.ipynb", lambda nb: dump(nb).encode(), ""),
    "homework": ("homework.ipynb", lambda nb: dump(nb).encode(), ""),
    "upper case": (f"{EXERCISE.upper()}.IPYNB", lambda nb: dump(nb).encode(), ""),
    "zipped": ("work.zip", lambda nb: packed(f"{EXERCISE}.ipynb", dump(nb)), ""),
    "zipped twice": ("work.zip", lambda nb: packed("a.zip", packed(f"b/{EXERCISE}.ipynb", dump(nb))), ""),
}


@pytest.fixture(scope="module")
def solution(root):
    nb = typed.notebook(root, EXERCISE, typed.solved(root, EXERCISE))
    return json.dumps(nb)


@pytest.fixture(scope="module")
def results(solution, tmp_path_factory):
    folder = tmp_path_factory.mktemp("damage")
    for student, (damage, _) in NOTEBOOK.items():
        nb = json.loads(solution)
        damage(nb)
        (folder / "in" / student).mkdir(parents=True)
        (folder / "in" / student / f"{EXERCISE}.ipynb").write_text(dump(nb))
    for student, (name, made, _) in FILE.items():
        (folder / "in" / f"file {student}").mkdir(parents=True)
        (folder / "in" / f"file {student}" / name).write_bytes(made(json.loads(solution)))
    grade(folder / "in", folder / "out", timeout=1.0, workers=2)
    return folder / "out"


SAID = {student: said for student, (_, said) in NOTEBOOK.items()} | {
    f"file {n}": said for n, (*_, said) in FILE.items()
}


@pytest.mark.parametrize("student", SAID)
def test_the_marks_are_those_of_the_undamaged_notebook_and_the_repair_is_told(results, student):
    marks = typed.rows_of(results)
    for task in TASKS:
        assert marks[student, EXERCISE, task]["status"] == "right", marks[student, EXERCISE, task]
    page = (results / f"feedback/{student}/{EXERCISE}.html").read_text()
    about = html.unescape(re.sub(r"</?code>", "`", page).partition("About your notebook")[2])
    assert bool(about) == bool(SAID[student]), about
    assert SAID[student] in about


def test_there_are_enough_kinds():
    assert len(SAID) >= 25
