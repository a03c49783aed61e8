"""Read a submitted notebook, however damaged, into its cells."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bplab.grading.mends import without_conflicts

SIZE_LIMIT = 100 << 20
CELL_LIMIT = 2_000
SOURCE_LIMIT = 200_000
SCRIPT = re.compile(r"^(?:def \w+\(|import \w|from \w)", re.MULTILINE)
CELL_MARK = re.compile(r"^# (?:In ?\[[\d ]*\]:|%%).*$", re.MULTILINE)
GAP = re.compile(r"[\s,]*")
DEFINED = re.compile(r"^[ \t]*def[ \t]+(\w+)[ \t]*\(", re.MULTILINE)
ASSIGNED = re.compile(r"^(\w+)[ \t]*=[ \t]*lambda\b", re.MULTILINE)


class UnreadableError(Exception):
    """A file that is no notebook; the message says why."""


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook: its number among all cells from 1, kind, source, id and tags."""

    number: int
    kind: str
    source: str
    id: str = ""
    tags: frozenset[str] = field(default_factory=frozenset)

    @property
    def demo(self) -> bool:
        """Whether it is left out while marking: a training run, a picture."""
        return "bplab-demo" in self.tags

    @cached_property
    def functions(self) -> frozenset[str]:
        """What its text defines with def, as far as can be told without running or parsing it."""
        return frozenset(DEFINED.findall(self.source))

    @cached_property
    def defined(self) -> frozenset[str]:
        """Its functions, and what it assigns a lambda to."""
        return self.functions.union(ASSIGNED.findall(self.source))


def read(content: bytes, notes: list[str] | None = None) -> list[Cell]:
    """The cells of a notebook of any nbformat, with or without ids, kernelspec and metadata, or of a script of one.

    What had to be repaired in the file is added to `notes`.

    Raises
    ------
    UnreadableError
        If it is too large, or nothing of a notebook can be found in it.
    """
    notes = [] if notes is None else notes
    if len(content) > SIZE_LIMIT:
        raise UnreadableError(f"the file is larger than {SIZE_LIMIT >> 20} MB")
    if not content.strip():
        raise UnreadableError("the file is empty")
    try:
        document = _document(_text(content, notes), notes)
    except (ValueError, RecursionError, MemoryError) as error:
        raise UnreadableError(f"the file is not a notebook: {type(error).__name__}, {error}") from None
    raw = _raw_cells(document)
    if len(raw) > CELL_LIMIT:
        raise UnreadableError(f"the notebook has more than {CELL_LIMIT} cells")
    return [_cell(number, cell) for number, cell in enumerate(raw, start=1) if isinstance(cell, dict)]


def _text(content: bytes, notes: list[str]) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        notes.append("The file was written as UTF-16 and was read as that.")
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        notes.append("The file was not written as UTF-8. Letters with accents may be wrong.")
        return content.decode("latin-1")


def _document(text: str, notes: list[str]) -> Any:
    """The notebook as JSON, or what is left of it."""
    try:
        document = json.loads(text)
    except ValueError:
        return _remains(text, notes)
    if isinstance(document, str):
        notes.append("The notebook stood in the file as one quoted text.")
        return json.loads(document)
    return document


def _remains(text: str, notes: list[str]) -> Any:
    """Of a file that is no JSON: without the marks of a merge conflict, as a script, or the cells that are whole."""
    merged = without_conflicts(text)
    if merged != text:
        notes.append("The file held the marks of a merge conflict. The first of the two versions was read.")
        return _document(merged, notes)
    if SCRIPT.search(text):
        notes.append("The file is a Python script, not a notebook. It was read as one.")
        parts = CELL_MARK.split(text)
        return {"cells": [{"cell_type": "code", "source": part.strip("\n")} for part in parts if part.strip()]}
    if cells := list(_whole_cells(text)):
        notes.append(f"The file is damaged: only its first {len(cells)} cells can be read. Save and hand it in again.")
        return {"cells": cells}
    return json.loads(text)


def _whole_cells(text: str) -> Iterator[Any]:
    """The cells up to where the file is damaged."""
    start = text.find('"cells"')
    place = text.find("[", start) + 1
    decoder = json.JSONDecoder()
    with suppress(ValueError, RecursionError):
        while start >= 0 and place > 0:
            place = GAP.match(text, place).end()  # type: ignore[union-attr]
            cell, place = decoder.raw_decode(text, place)
            yield cell


def _raw_cells(document: Any) -> list[Any]:
    """The list of cells; nbformat 3 keeps it in worksheets."""
    if not isinstance(document, dict):
        raise UnreadableError("the file is not a notebook: it holds no cells")
    cells = document.get("cells")
    if not isinstance(cells, list):
        sheets = document.get("worksheets")
        sheets = [s for s in sheets if isinstance(s, dict)] if isinstance(sheets, list) else []
        if not sheets:
            raise UnreadableError("the file is not a notebook: it holds no cells")
        cells = [cell for sheet in sheets if isinstance(sheet.get("cells"), list) for cell in sheet["cells"]]
    return cells


def _cell(number: int, cell: dict[str, Any]) -> Cell:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        lines = [line for line in source if isinstance(line, str)]
        source = ("" if any(line.endswith("\n") for line in lines) else "\n").join(lines)
    if not isinstance(source, str):
        source = ""
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    nbgrader = metadata.get("nbgrader")
    nbgrader = nbgrader if isinstance(nbgrader, dict) else {}
    tags = metadata.get("tags")
    named = {tag for tag in tags if isinstance(tag, str)} if isinstance(tags, list) else set()
    identity = nbgrader.get("grade_id") or cell.get("id")
    text = source[:SOURCE_LIMIT].encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\x00", "")
    identity = identity if isinstance(identity, str) else ""
    kind = str(cell.get("cell_type", "code")).strip().lower()
    return Cell(number, kind, text, identity, frozenset(named))
