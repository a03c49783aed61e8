"""The course's notebooks: find them, copy them for a student, build them from their sources."""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from tqdm import tqdm
from traitlets import default

LECTURES, EXERCISES, SOLUTIONS = "notebooks", "exercises", "solutions"

COPIED = ".bplab.json"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_METADATA = {"deletable", "editable", "jupyter", "nbgrader", "slideshow", "tags"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
MARKER = re.compile(r"(\s*)### (BEGIN|END) (SOLUTION|HIDDEN TESTS)\s*")
INSTEAD = "### INSTEAD"
ALMOST_MARKER = re.compile(r"\b(BEGIN|END) (SOLUTION|HIDDEN TESTS?)\b", re.IGNORECASE)


class CourseError(Exception):
    """A notebook or folder that cannot be found, copied or built; the message says which and why."""


def find(kind: str) -> Path:
    """Find the folder of the lectures ("notebooks") or of the exercises ("exercises").

    In an installed bplab it lies inside the package, in a clone beside it.

    Raises
    ------
    CourseError
        If there is no such folder.
    """
    package = Path(__file__).parent
    for folder in (package / kind, package.parent / kind):
        if folder.is_dir():
            return folder
    raise CourseError(f"bplab has no folder {kind!r}: install it again, or run it in a whole clone")


class ThisPython(KernelSpecManager):
    """Finds one kernel, "python3": that of the Python that runs this, whatever else is installed."""

    @default("kernel_dirs")
    def _nowhere_else(self) -> list[str]:
        return []


# ------------------------------------------------------------------ a student's copy


def copy(directory: str | Path) -> list[tuple[Path, Path]]:
    """Copy the lectures and exercises to a student's folder, or bring an earlier copy up to date.

    A file that the student has not touched is updated. One that the student has changed stays as
    it is; where the course has a newer version, that is put beside it. The hashes of what was
    copied are kept in ``.bplab.json`` in the folder.

    Returns
    -------
    list of (Path, Path)
        Each changed file for which a newer version came, and that version's path, both inside the folder.

    Raises
    ------
    CourseError
        If `directory` is a file or cannot be written.
    """
    course = Path(directory)
    try:
        if course.exists() and not course.is_dir():
            raise CourseError(f"{course} is a file: name a folder for the course")
        return _copy(course)
    except OSError as error:
        raise CourseError(
            f"{course} cannot be written: {error.strerror}. Name another folder for the course"
        ) from error


def _copy(course: Path) -> list[tuple[Path, Path]]:
    copied = _read_hashes(course / COPIED)
    beside = []
    for kind in (LECTURES, EXERCISES):
        (course / kind).mkdir(parents=True, exist_ok=True)
        for source in sorted(find(kind).iterdir()):
            if source.suffix in (".ipynb", ".md"):
                path = Path(kind, source.name)
                arrived = _deliver(course, path, source.read_bytes(), copied)
                if arrived is not None and arrived != path:
                    beside.append((path, arrived))
    (course / COPIED).write_text(json.dumps(copied, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return beside


def _deliver(course: Path, path: Path, content: bytes, copied: dict[str, str]) -> Path | None:
    """Bring one file to the student; return where it was written, None if nothing had to be."""
    target, key, newest = course / path, path.as_posix(), _hash(content)
    found = _hash(target.read_bytes()) if target.exists() else None
    delivered, copied[key] = copied.get(key), newest
    if found in (None, delivered) and found != newest:
        target.write_bytes(content)
        return path
    if found == newest or delivered == newest:
        return None
    return _deliver(course, _next_name(path), content, copied)


def _next_name(path: Path) -> Path:
    """Where a newer version goes: ``ex01.ipynb``, ``ex01-new.ipynb``, ``ex01-new-2.ipynb``, …"""
    newer = re.fullmatch(r"(.*-new)(?:-(\d+))?", path.stem)
    stem = f"{newer[1]}-{int(newer[2] or 1) + 1}" if newer else f"{path.stem}-new"
    return path.with_name(stem + path.suffix)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _read_hashes(path: Path) -> dict[str, str]:
    """Read what was copied earlier; an unreadable record counts as none, so that nothing is overwritten."""
    try:
        hashes = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return hashes if isinstance(hashes, dict) else {}


# ------------------------------------------------------------------ the build


def build(root: str | Path, check: bool = False) -> list[Path]:
    """Run every lecture and solution, write the exercises, and store all of them in one normal form.

    Parameters
    ----------
    root : path
        A clone, with ``notebooks/``, ``solutions/`` and ``exercises/``.
    check : bool
        Write nothing.

    Returns
    -------
    list of Path
        The notebooks that were not as they should be (and now are, unless `check`).

    Raises
    ------
    CourseError
        If a marker has no partner, a cell raises or writes to stderr, or an exercise has no solution.
    """
    differing = []
    progress = tqdm(list(_targets(Path(root))), disable=None, unit="notebook")
    for path, make in progress:
        progress.set_postfix_str(path.name)
        text = make().encode()
        if not path.exists() or path.read_bytes() != text:
            differing.append(path)
            if not check:
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(text)
    return differing


def exercise(solution: str | Path) -> str:
    """Build the text of the exercise that a student gets from a solution notebook."""
    path = Path(solution)
    notebook = _read(path)
    for cell in notebook.cells:
        try:
            cell.source = strip(cell.source)
        except CourseError as error:
            raise CourseError(f"{path}, cell {cell.id}: {error}") from None
    return normalised(run(notebook, path), path)


def strip(source: str) -> str:
    """Leave out the hidden tests, and put a stub in the place of each solution.

    Below a line ``### INSTEAD`` within a solution stand, as comments, the lines that take its place.

    Raises
    ------
    CourseError
        If a ``### BEGIN …`` has no ``### END …``, or a line is almost such a marker.

    Examples
    --------
    >>> print(strip("def half(z):\\n    ### BEGIN SOLUTION\\n    return z / 2\\n    ### END SOLUTION"))
    def half(z):
        raise NotImplementedError
    """
    kept: list[str] = []
    inside, instead = None, False
    for line in source.splitlines():
        marker = MARKER.fullmatch(line)
        if marker is None:
            if inside == "SOLUTION" and line.strip() == INSTEAD:
                kept.pop()  # the stub
                instead = True
            elif ALMOST_MARKER.search(line):
                raise CourseError(f"{line.strip()!r} is no marker: write it as '### BEGIN SOLUTION'")
            elif inside is None:
                kept.append(line)
            elif instead:
                kept.append(re.sub(r"^(\s*)# ?", r"\1", line))
            continue
        indent, edge, kind = marker.groups()
        if (edge == "BEGIN") != (inside is None) or (edge == "END" and kind != inside):
            raise CourseError(f"'### {edge} {kind}' has no partner")
        if edge == "BEGIN" and kind == "SOLUTION":
            kept.append(indent + "raise NotImplementedError")
        inside, instead = kind if edge == "BEGIN" else None, False
    if inside is not None:
        raise CourseError(f"'### BEGIN {inside}' has no partner")
    return "\n".join(kept).rstrip()


def run(notebook: NotebookNode, path: Path) -> NotebookNode:
    """Run a notebook with this Python's kernel in an empty folder; `path` is its name in errors.

    Raises
    ------
    CourseError
        If a cell raises, hangs for ten minutes or writes to stderr; it names the cell.
    """
    client = NotebookClient(
        notebook,
        km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=ThisPython()),
        timeout=600,
        record_timing=False,
        coalesce_streams=True,
        force_raise_errors=True,
        extra_arguments=["--log-level=ERROR"],
    )
    with tempfile.TemporaryDirectory() as empty:
        environment = {**os.environ, "IPYTHONDIR": str(Path(empty, "ipython"))}
        with client.setup_kernel(cleanup_kc=True, cwd=empty, env=environment):
            for index, cell in enumerate(notebook.cells):
                cell.pop("execution_count", None)
                try:
                    client.execute_cell(cell, index)
                except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
                    raise CourseError(f"{path}, cell {cell.id}: {error}") from error
                for output in cell.get("outputs", []):
                    if output.get("name") == "stderr":
                        raise CourseError(f"{path}, cell {cell.id} writes to stderr: {output.text.strip()}")
    return notebook


def normalised(notebook: NotebookNode, path: Path) -> str:
    """Write a notebook in the one form in which the course stores notebooks.

    nbformat 4.5, the kernelspec ``python3``, no widget views or state, no metadata that a
    program left behind, keys sorted, one trailing newline.
    """
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata = NotebookNode({key: cell.metadata[key] for key in cell.metadata if key in CELL_METADATA})
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        raise CourseError(f"{path}: {error}") from error
    text: str = nbformat.writes(notebook, version=nbformat.NO_CONVERT)
    return text + "\n"


def _targets(root: Path) -> Iterator[tuple[Path, Callable[[], str]]]:
    """Each notebook of a clone and the function that makes its text."""
    sources = [path for kind in (LECTURES, SOLUTIONS) for path in sorted(root.glob(f"{kind}/*.ipynb"))]
    if not sources:
        raise CourseError(f"{root.resolve()} has no notebooks/ and no solutions/: run this in the root of a clone")
    for built in sorted(root.glob(f"{EXERCISES}/*.ipynb")):
        if not (root / SOLUTIONS / built.name).exists():
            raise CourseError(f"{built} has no solutions/{built.name}: exercises are only built; delete it")
    for path in sources:
        yield path, lambda path=path: normalised(run(_read(path), path), path)  # type: ignore[misc]
        if path.parent.name == SOLUTIONS:
            yield root / EXERCISES / path.name, lambda path=path: exercise(path)  # type: ignore[misc]


def _read(path: Path) -> NotebookNode:
    """Read a notebook of format 4.5, whose cells all have an id of their own."""
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CourseError(f"{path} is not a notebook: {error}") from error
    ids = [cell.get("id") for cell in raw.get("cells", [])]
    for number, name in enumerate(ids):
        if name is None or ids.index(name) != number:
            raise CourseError(f"{path}, cell {number}: its id is {name!r}; give each cell a readable id of its own")
    raw["nbformat_minor"] = max(raw.get("nbformat_minor", 0), 5)
    notebook: NotebookNode = nbformat.reads(json.dumps(raw), as_version=4)
    return notebook
