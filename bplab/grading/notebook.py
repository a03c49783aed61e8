"""Read a submitted notebook, however damaged, into its cells."""

import json
from dataclasses import dataclass, field
from typing import Any

SIZE_LIMIT = 100 << 20
CELL_LIMIT = 2_000
SOURCE_LIMIT = 200_000


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


def read(content: bytes) -> list[Cell]:
    """The cells of a notebook of any nbformat, with or without ids, kernelspec and metadata.

    Raises
    ------
    UnreadableError
        If it is too large, not JSON, or JSON of something else.
    """
    if len(content) > SIZE_LIMIT:
        raise UnreadableError(f"the file is larger than {SIZE_LIMIT >> 20} MB")
    if not content.strip():
        raise UnreadableError("the file is empty")
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError, MemoryError) as error:
        raise UnreadableError(f"the file is not a notebook: {type(error).__name__}, {error}") from None
    raw = _raw_cells(document)
    if len(raw) > CELL_LIMIT:
        raise UnreadableError(f"the notebook has more than {CELL_LIMIT} cells")
    return [_cell(number, cell) for number, cell in enumerate(raw, start=1) if isinstance(cell, dict)]


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
        cells = [cell for sheet in sheets for cell in sheet.get("cells", []) if isinstance(sheet.get("cells"), list)]
    return cells


def _cell(number: int, cell: dict[str, Any]) -> Cell:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        source = ""
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    nbgrader = metadata.get("nbgrader")
    nbgrader = nbgrader if isinstance(nbgrader, dict) else {}
    tags = metadata.get("tags")
    named = {tag for tag in tags if isinstance(tag, str)} if isinstance(tags, list) else set()
    identity = nbgrader.get("grade_id") or cell.get("id")
    text = source[:SOURCE_LIMIT].encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\x00", "")
    identity = identity if isinstance(identity, str) else ""
    return Cell(number, str(cell.get("cell_type", "")), text, identity, frozenset(named))
