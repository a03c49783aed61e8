"""What every committed notebook keeps to: each rule yields a complaint for every breach."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nbval.plugin import comment_markers, metadata_tags

from bplab import course

Notebook = dict[str, Any]
Rule = Callable[[Notebook], Iterator[str]]

IMPORTS = {"bplab", "numpy", "math", "itertools"}
READERS = {"open", "exec", "eval", "input", "load", "loadtxt", "genfromtxt", "fromfile", "memmap", "__import__"}
SLIDE_TYPES = {"slide", "subslide", "fragment", "skip", "notes"}
NBGRADER = {"grade", "grade_id", "locked", "schema_version", "solution", "task"}


def read(path: Path) -> Notebook:
    notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def code_cells(notebook: Notebook) -> list[Notebook]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def outputs(notebook: Notebook) -> Iterator[tuple[str, Notebook]]:
    for cell in code_cells(notebook):
        for output in cell["outputs"]:
            yield cell["id"], output


def graded(notebook: Notebook) -> list[Notebook]:
    return [cell for cell in code_cells(notebook) if cell["metadata"].get("nbgrader", {}).get("grade")]


# ------------------------------------------------------------------ rules for every notebook


def form(notebook: Notebook) -> Iterator[str]:
    if (notebook["nbformat"], notebook["nbformat_minor"]) != (4, 5):
        yield "nbformat is not 4.5"
    if notebook["metadata"].get("kernelspec") != {"display_name": "Python 3", "language": "python", "name": "python3"}:
        yield "the kernelspec is not python3 / Python 3 / python"
    if notebook["metadata"].keys() - {"kernelspec", "language_info"}:
        yield "the notebook's metadata holds more than kernelspec and language_info (widget state?)"


def readable_ids(notebook: Notebook) -> Iterator[str]:
    ids = [cell.get("id", "") for cell in notebook["cells"]]
    for name in ids:
        if not re.fullmatch(r"[a-z0-9]+([-_][a-z0-9]+)*", name) or re.fullmatch(r"[0-9a-f-]{8,}", name):
            yield f"{name!r} is no readable cell id"
        if ids.count(name) > 1:
            yield f"the cell id {name!r} is used twice"


def run_in_order(notebook: Notebook) -> Iterator[str]:
    for number, cell in enumerate(code_cells(notebook), start=1):
        counts = {cell["execution_count"]}
        counts |= {output["execution_count"] for output in cell["outputs"] if "execution_count" in output}
        if counts != {number}:
            yield f"{cell['id']} was run as {counts}, not as {number}"


def no_timings(notebook: Notebook) -> Iterator[str]:
    for cell in notebook["cells"]:
        if cell["metadata"].keys() - course.CELL_METADATA:
            yield f"{cell['id']} has metadata that a program left behind: {sorted(cell['metadata'])}"


def clean_outputs(notebook: Notebook) -> Iterator[str]:
    for name, output in outputs(notebook):
        if output["output_type"] == "error" or output.get("name") == "stderr":
            yield f"{name} raised or wrote to stderr"
        if course.WIDGET_VIEW in output.get("data", {}):
            yield f"{name} stores a widget's view, which is empty without its kernel"
        if re.search(r"\d%\||it/s|█", json.dumps(output, ensure_ascii=False)):
            yield f"{name} stores a progress bar"
        if "0x" in "".join(output.get("data", {}).get("text/plain", [])):
            yield f"{name} prints an address in memory"


def pictures_have_a_compared_twin(notebook: Notebook) -> Iterator[str]:
    """nbval leaves out PNG and JPEG and compares SVG and text."""
    for name, output in outputs(notebook):
        data = output.get("data", {})
        plain, svg = ("".join(data.get(kind, [])) for kind in ("text/plain", "image/svg+xml"))
        pixels = any(kind.startswith("image/") and kind != "image/svg+xml" for kind in data)
        if pixels and not svg and (not plain or plain.startswith("<")):
            yield f"{name} has a picture whose text does not say what it shows"
        if svg and not re.search(r"<svg[^>]*role=\"img\"", svg):
            yield f'{name} has an <svg> without role="img"'
        if svg and not re.search(r"<svg[^>]*aria-label=|<title", svg):
            yield f"{name} has an <svg> without a label"


def nothing_relaxes_nbval(notebook: Notebook) -> Iterator[str]:
    for cell in notebook["cells"]:
        if metadata_tags.keys() & set(cell["metadata"].get("tags", [])):
            yield f"{cell['id']} has a tag that relaxes nbval"
        if any(marker in cell["source"] for marker in comment_markers):
            yield f"{cell['id']} has a comment that relaxes nbval"


def nothing_outside_the_package(notebook: Notebook) -> Iterator[str]:
    """Lecture 08 may look whether scikit-learn is there, beside which it sets the course's network."""
    allowed = IMPORTS | ({"sklearn"} if notebook["cells"][0]["source"].startswith("# 08 ·") else set())
    for cell in code_cells(notebook):
        if "://" in cell["source"]:
            yield f"{cell['id']} has a URL"
        try:
            tree = ast.parse(cell["source"])
        except SyntaxError as error:
            yield f"{cell['id']} is not plain Python: {error}"
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
                if {name.partition(".")[0] for name in names} - allowed:
                    yield f"{cell['id']} imports {', '.join(names)}"
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", None)) in READERS:
                yield f"{cell['id']} may read a file: {ast.unparse(node)}"


# ------------------------------------------------------------------ rules for lectures


def length(notebook: Notebook) -> Iterator[str]:
    if not 25 <= len(notebook["cells"]) <= 40:
        yield f"{len(notebook['cells'])} cells; a lecture has 25 to 40"
    for cell in code_cells(notebook):
        if cell["source"].count("\n") >= 15:
            yield f"{cell['id']} has more than 15 lines"


def opening(notebook: Notebook) -> Iterator[str]:
    first = notebook["cells"][0]
    if not re.match(r"# .*\?\n", first["source"]):
        yield "the title is not a question"
    if not re.search(r"\d+ minutes", first["source"]):
        yield "the first cell does not say how many minutes"


def slides(notebook: Notebook) -> Iterator[str]:
    types = [cell["metadata"].get("slideshow", {}).get("slide_type") for cell in notebook["cells"]]
    if set(types) - SLIDE_TYPES - {None}:
        yield f"slide types {set(types) - SLIDE_TYPES - {None}}"
    shown = sum(kind in ("slide", "subslide", "fragment") for kind in types)
    if not 12 <= shown <= 18:
        yield f"{shown} cells are a slide, subslide or fragment; a lecture has 12 to 18"
    if types[0] != "slide":
        yield "the first cell is no slide"


def recall_questions(notebook: Notebook) -> Iterator[str]:
    cells = {cell["id"]: cell["source"] for cell in notebook["cells"]}
    for name in ("recall-1", "recall-2", "recall-3"):
        if not re.search(r"<details>.*</details>", cells.get(name, ""), re.DOTALL):
            yield f"there is no cell {name} with a folded answer"


def decision_question(notebook: Notebook) -> Iterator[str]:
    if "decision" not in [cell["id"] for cell in notebook["cells"][-3:]]:
        yield "there is no cell 'decision' at the end"


# ------------------------------------------------------------------ rules for exercises and their solutions


def nbgrader_metadata(notebook: Notebook) -> Iterator[str]:
    marked = [cell for cell in notebook["cells"] if "nbgrader" in cell["metadata"]]
    grade_ids = [cell["metadata"]["nbgrader"].get("grade_id") for cell in marked]
    for cell in marked:
        name, data = cell["id"], cell["metadata"]["nbgrader"]
        needed = NBGRADER | ({"points"} if data.get("grade") else set())
        if data.keys() - {"cell_type"} != needed or data.get("schema_version") != 3:
            yield f"{name}: its nbgrader metadata is not of schema 3"
        elif (data["grade"], data["locked"]) != (not data["solution"], not data["solution"]):
            yield f"{name}: a solution cell is neither graded nor locked, a check cell is both"
        if data.get("cell_type", "code") != cell["cell_type"]:
            yield f"{name}: nbgrader takes it for {data.get('cell_type', 'code')}"
        if grade_ids.count(data.get("grade_id")) > 1 or not re.fullmatch(r"[\w-]+", data.get("grade_id", "")):
            yield f"{name}: {data.get('grade_id')!r} is no grade_id of its own"


def nothing_of_the_solution(notebook: Notebook) -> Iterator[str]:
    for cell in notebook["cells"]:
        if course.ALMOST_MARKER.search(cell["source"]):
            yield f"{cell['id']} still has a marker"
        is_given = cell["source"].startswith("def repair_")  # what the repair shop's tasks are given with
        stub = is_given or "raise NotImplementedError" in cell["source"]
        if cell["metadata"].get("nbgrader", {}).get("solution") and not stub:
            yield f"{cell['id']} is no stub that raises NotImplementedError"


def one_line_checks(notebook: Notebook) -> Iterator[str]:
    for cell in graded(notebook):
        if not re.fullmatch(r"check\.(\w+)\(\1\)", cell["source"].splitlines()[-1]):
            yield f"{cell['id']} does not end in check.name(name)"


def hidden_tests(notebook: Notebook) -> Iterator[str]:
    for cell in graded(notebook):
        block = r"(?s).*### BEGIN HIDDEN TESTS\nassert check\.(\w+)\(\1\)\.right\n### END HIDDEN TESTS"
        if not re.fullmatch(block, cell["source"]):
            yield f"{cell['id']} does not end in its hidden test"


EVERY: list[Rule] = [
    form,
    readable_ids,
    run_in_order,
    no_timings,
    clean_outputs,
    pictures_have_a_compared_twin,
    nothing_relaxes_nbval,
    nothing_outside_the_package,
]
LECTURE: list[Rule] = [*EVERY, length, opening, slides, recall_questions, decision_question]
EXERCISE: list[Rule] = [*EVERY, nbgrader_metadata, nothing_of_the_solution, one_line_checks]
SOLUTION: list[Rule] = [*EVERY, nbgrader_metadata, hidden_tests]
