"""The exercises' notebooks with functions typed into their cells, as students hand them in."""

import csv
import inspect
import json
import re

from bplab.questions import num_grad
from bplab.questions.catalogue import DeepProgram, Program

# What the catalogue's expressions use besides NumPy; no "def", which would define a task of that name once more.
OWN = {
    "sigmoid": "sigmoid = lambda t: 1 / (1 + np.exp(-t))",
    "relu": "relu = lambda t: np.maximum(t, 0)",
    "isub": "isub = lambda w, step: np.subtract(w, step, out=w)",
}
LAYERS = (2, 3, 4)


def function(name, program):
    """A program of the catalogue, right or wrong, as a student would type it, line by line."""
    parameters = ", ".join(program.__signature__.parameters)
    if isinstance(program, DeepProgram):
        body = [line for L in LAYERS for line in [f"if len(W) == {L}:", *indented(lines(program._build(L)))]]
    elif program.by_layer:
        each = ", ".join(f"{p}[k]" if p != "lr" else p for p in program.__signature__.parameters)
        body = [f"def one({parameters}):", *indented(lines(program))]
        body += [f"parts = {{k: one({each}) for k in W}}"]
        body += ["return " + ", ".join(f"{{k: parts[k][{i}] for k in W}}" for i in range(len(program.results)))]
    else:
        body = lines(program)
    return "\n".join([f"def {name}({parameters}):", *indented(body)])


def lines(program: Program):
    *_, result = [expression for line, expression in program.lines if line == "return"]
    text = [f"{line} = {expression}" for line, expression in program.lines if line != "return"]
    used = set(re.findall(r"\w+", " ".join([*text, result])))
    return [*(own for name, own in OWN.items() if name in used), *text, f"return {result}"]


def indented(body):
    return ["    " + line for line in body]


def solved(root, exercise):
    """The functions of the solution, by the id of their cell."""
    cells = json.loads((root / f"solutions/{exercise}.ipynb").read_text())["cells"]
    return {c["id"]: re.sub(r".*### .*\n", "", "".join(c["source"])) for c in cells if is_task(c)}


def is_task(cell):
    return cell["metadata"].get("nbgrader", {}).get("solution", False)


def notebook(root, exercise, functions):
    """An exercise's notebook with these functions typed over its stubs, by task."""
    made = json.loads((root / f"exercises/{exercise}.ipynb").read_text())
    for cell in made["cells"]:
        task = cell["id"].replace("-", "_")
        cell["source"] = functions.get(task, cell["source"])
    if any("num_grad(" in text for text in functions.values()):
        helper = {"cell_type": "code", "id": "helper", "metadata": {}, "outputs": [], "execution_count": None}
        made["cells"].insert(0, helper | {"source": inspect.getsource(num_grad)})
    return made


def hand_in(folder, exercise, made):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{exercise}.ipynb").write_text(json.dumps(made))


def rows_of(out):
    """The rows of marks.csv, by student, exercise and task."""
    with (out / "marks.csv").open(newline="", encoding="utf-8") as file:
        return {(row["student"], row["exercise"], row["task"]): row for row in csv.DictReader(file)}
