"""The journal: a submission's result is kept as soon as there is one, so that a run that was cut off can go on.

A line of JSON for each submission. Its key is a hash of all that the result depends on, so that what belongs to another
notebook, exercise, seed or grader is never taken for this one's.
"""

import hashlib
import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import bplab
from bplab.grading.marking import Mark, Marked, Settings
from bplab.grading.notebook import UnreadableError
from bplab.grading.submissions import GradingError, Submission
from bplab.questions import EXERCISES

SYNC_SECONDS = 1.0
PARTS_OF_THE_GRADER = ("*.py", "*.json", "*.html", "*.js")


def key(submission: Submission, source: str, settings: Settings) -> str:
    """The name of a submission's result: the same for the same notebook, student, exercise, settings and grader."""
    try:
        content = submission.file.content()
    except UnreadableError as error:
        content = str(error).encode()
    return _hash(
        grader(),
        definition(source),
        content,
        *(text.encode() for text in (submission.student, submission.exercise, repr(settings), repr(submission.notes))),
    )


def definition(source: str) -> bytes:
    """What defines an exercise of one's own; nothing for a packaged one, which is part of the grader."""
    return b"" if source in EXERCISES else Path(source).read_bytes()


@cache
def grader() -> bytes:
    """A hash of this grader: the files of bplab, and the versions of NumPy and Python."""
    package = Path(bplab.__file__).parent
    files = sorted(file for folder in ("questions", "grading") for ending in PARTS_OF_THE_GRADER
                   for file in (package / folder).rglob(ending))  # fmt: skip
    versions = f"{bplab.__version__} {np.__version__} {platform.python_version()}".encode()
    return _hash(versions, *(file.read_bytes() for file in files)).encode()


def _hash(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


class Journal:
    """The results there are, on disk, by their keys. One grader at a time writes to it.

    Raises
    ------
    GradingError
        If another one does.
    """

    def __init__(self, path: Path, resume: bool) -> None:
        import fcntl  # not on Windows, where nothing is graded

        self.path = path
        self.file = path.open("a+b", buffering=0)
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.file.close()
            raise GradingError(f"another bplab grade is writing to {path.parent}: wait for it, or end it") from None
        self.places: dict[str, tuple[int, int]] = {}
        self.file.truncate(self._whole_lines() if resume else 0)
        self.synced = time.monotonic()

    def _whole_lines(self) -> int:
        """Find the results there are; where the last whole line ends, as a run that was killed may leave a torn one."""
        end = 0
        with self.path.open("rb") as lines:
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                if (found := _key_of(line)) is not None:
                    self.places[found] = end, len(line)
                end += len(line)
        return end

    def __contains__(self, key: str) -> bool:
        return key in self.places

    def add(self, key: str, marked: Marked) -> None:
        """Keep a result; raises OSError, and keeps the others, if there is no room for it."""
        line = _line(key, marked)
        place = self.file.seek(0, os.SEEK_END)
        try:
            written = 0
            while written < len(line):
                written += self.file.write(line[written:])
            if time.monotonic() - self.synced > SYNC_SECONDS:  # for the case that the power fails, not for each line
                os.fsync(self.file.fileno())
                self.synced = time.monotonic()
        except OSError:
            self.file.truncate(place)
            raise
        self.places[key] = place, len(line)

    def read(self, key: str) -> Marked:
        """The result with this key."""
        place, length = self.places[key]
        return _marked(json.loads(os.pread(self.file.fileno(), length, place)))

    def tidy(self, keys: Sequence[str]) -> None:
        """Keep these results alone, in this order."""
        beside = self.path.with_name(f".{self.path.name}.new")
        with beside.open("wb") as tidied:
            for key in keys:
                place, length = self.places[key]
                tidied.write(os.pread(self.file.fileno(), length, place))
            tidied.flush()
            os.fsync(tidied.fileno())
        os.replace(beside, self.path)

    def close(self) -> None:
        self.file.close()


def _line(key: str, marked: Marked) -> bytes:
    return json.dumps({"key": key} | asdict(marked)).encode() + b"\n"


def _key_of(line: bytes) -> str | None:
    """The key of a line that holds a result; None if it does not."""
    try:
        record = json.loads(line)
        _marked(record)
        return str(record["key"])
    except (ValueError, KeyError, TypeError):
        return None


def _marked(record: dict[str, Any]) -> Marked:
    marks = [Mark(**mark) for mark in record["marks"]]
    return Marked(**{name: value for name, value in record.items() if name != "key"} | {"marks": marks})
