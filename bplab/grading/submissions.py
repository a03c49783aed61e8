"""Find the submissions in a folder or a zip: who handed in which notebook, and for which exercise.

A file's name is read, never used as a path; a zip is read member by member, never unpacked.
"""

import os
import re
import stat
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bplab.grading.notebook import SIZE_LIMIT, UnreadableError, read
from bplab.grading.text import one_line

FILE_LIMIT = 20_000
NOT_STUDENTS = {".ipynb_checkpoints", ".git", ".venv", "__MACOSX"}
DEFINED = re.compile(r"^[ \t]*def[ \t]+(\w+)[ \t]*\(", re.MULTILINE)
OTHER_EXERCISE = re.compile(r"(?:^|[-_. ])ex\d", re.IGNORECASE)
COPY_NUMBER = re.compile(r"\s*(\(\d+\)|-copy\d*)$", re.IGNORECASE)


class GradingError(Exception):
    """What stops `bplab grade` before it has marked anything; the message names the thing and the way out."""


@dataclass(frozen=True)
class File:
    """A notebook file as it was found: the parts of its path below SUBMISSIONS, its time, and how to read it."""

    parts: tuple[str, ...]
    time: float
    content: Callable[[], bytes]

    @property
    def name(self) -> str:
        return "/".join(self.parts)


@dataclass(frozen=True)
class Submission:
    """What one student handed in for one exercise; the student's name as it is shown; how the file was chosen."""

    student: str
    exercise: str
    file: File
    notes: tuple[str, ...] = ()


@dataclass
class Found:
    """Everything that lies in SUBMISSIONS: the submissions, all students, and what was left aside, with the reason."""

    submissions: list[Submission]
    students: list[str]
    aside: list[str] = field(default_factory=list)


def find(path: Path, tasks: Mapping[str, Sequence[str]], only: bool, out: Path) -> Found:
    """The submissions in `path` for the exercises in `tasks` (name → its functions' names).

    Parameters
    ----------
    only
        Whether the caller named the one exercise: then a student's single notebook is for it, whatever its name.
    out
        The results' folder, which is not looked into.

    Raises
    ------
    GradingError
        If there is no notebook, or none for any of the exercises.
    """
    aside: list[str] = []
    files = list(_in_zip(path, aside) if path.is_file() else _in_folder(path, out, aside))
    if not files:
        raise GradingError(_none_found(path, aside))
    owned = _owned(_unwrapped(files, list(tasks)), list(tasks), only, aside)
    handed_in = Counter(owner for owner, _ in owned)
    chosen: dict[tuple[str, str], list[File]] = defaultdict(list)
    for owner, file in owned:
        if exercise := _exercise(file, tasks, alone=only and handed_in[owner] == 1):
            chosen[owner, exercise].append(file)
        else:
            aside.append(f"{_shown(file.name)}: neither its name nor its functions are those of an exercise")
    if not chosen:
        raise GradingError(
            f"no notebook in {path} belongs to {' or '.join(tasks)}: {'; '.join(aside[:3])}. "
            + "Name the files after the exercise, or give --exercise"
        )
    labels = _labels(owner for owner, _ in owned)
    submissions = [_newest(labels[owner], exercise, group) for (owner, exercise), group in chosen.items()]
    return Found(sorted(submissions, key=lambda s: (s.student, s.exercise)), sorted(labels.values()), sorted(aside))


def _in_folder(folder: Path, out: Path, aside: list[str]) -> Iterator[File]:
    skipped = out.resolve()
    for directory, folders, names in os.walk(folder):
        here = Path(directory)
        folders[:] = sorted(f for f in folders if f not in NOT_STUDENTS and (here / f).resolve() != skipped)
        for name in sorted(names):
            path = here / name
            if not name.lower().endswith(".ipynb") or name.startswith("._"):
                continue
            status = path.lstat()
            if not stat.S_ISREG(status.st_mode):
                aside.append(f"{_shown(str(path.relative_to(folder)))}: not a plain file")
                continue
            yield File(path.relative_to(folder).parts, float(int(status.st_mtime)), partial(_read_file, path))


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise UnreadableError(f"the file cannot be read: {error.strerror}") from None


def _in_zip(path: Path, aside: list[str]) -> Iterator[File]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise GradingError(f"{path} is neither a folder nor a zip that can be read: {error}") from None
    if len(members) > FILE_LIMIT:
        raise GradingError(f"{path} holds {len(members)} files, more than {FILE_LIMIT}: split it")
    for index, member in enumerate(members):
        parts = tuple(member.filename.replace("\\", "/").split("/"))
        if not parts[-1].lower().endswith(".ipynb") or parts[-1].startswith("._") or NOT_STUDENTS & set(parts):
            continue
        if any(p in ("", "..") for p in parts) or ":" in parts[0]:
            aside.append(f"{_shown(member.filename)}: its path leads out of the zip")
        else:
            when = float(sum(n * m for n, m in zip(member.date_time, (3e7, 2.6e6, 86400, 3600, 60, 1))))
            yield File(tuple(p for p in parts if p != "."), when, partial(_read_member, path, index))


def _read_member(path: Path, index: int) -> bytes:
    # Never more than the limit is inflated, whatever the zip claims.
    try:
        with zipfile.ZipFile(path) as archive, archive.open(archive.infolist()[index]) as member:
            return member.read(SIZE_LIMIT + 1)
    except Exception as error:  # zipfile raises whatever its decompressors raise
        raise UnreadableError(f"the file cannot be read from the zip: {error}") from None


def _unwrapped(files: list[File], exercises: list[str]) -> list[File]:
    """Without the folders that wrap the layout: nbgrader's `submitted`, the one folder that a zip was made of."""
    tops = {file.parts[0] for file in files if len(file.parts) > 1}
    if "submitted" in tops:
        files = [_below(file) for file in files if len(file.parts) > 1 and file.parts[0] == "submitted"]
    elif len(tops) == 1 and all(len(file.parts) > 1 for file in files) and _is_wrapper(files, exercises):
        files = [_below(file) for file in files]
    return files


def _is_wrapper(files: list[File], exercises: list[str]) -> bool:
    """Whether the one top folder is not itself a student: folders of students in it, or files of several students."""
    if all(len(file.parts) > 2 for file in files):
        return any(_name_in(file.parts[1], exercises) is None for file in files)
    found = [_name_in(_stem(file), exercises) for file in files if len(file.parts) == 2]
    return len({before for match in found if match for _, before in [match] if before}) > 1


def _below(file: File) -> File:
    return File(file.parts[1:], file.time, file.content)


def _owned(files: list[File], exercises: list[str], only: bool, aside: list[str]) -> list[tuple[str, File]]:
    """Each file with its student: the first folder's name, or what stands before the exercise in a flat file's name."""
    owned = []
    for file in files:
        stem = _stem(file)
        match = _name_in(stem, exercises)
        if len(file.parts) > 1:
            owned.append((file.parts[0], file))
        elif match and match[1]:
            owned.append((match[1], file))
        elif only and not match and not OTHER_EXERCISE.search(stem):
            owned.append((stem, file))
        else:
            expected = f"STUDENT/{exercises[0]}.ipynb or STUDENT_{exercises[0]}.ipynb"
            aside.append(f"{_shown(file.name)}: no student's name or another exercise; expected {expected}")
    return owned


def _stem(file: File) -> str:
    return COPY_NUMBER.sub("", file.parts[-1][: -len(".ipynb")])


def _name_in(stem: str, exercises: Iterable[str]) -> tuple[str, str] | None:
    """The exercise named in a file's or folder's name and what stands before it; capitals and - _ . do not matter."""
    for exercise in exercises:
        loose = r"[-_. ]*".join(map(re.escape, re.split(r"[-_. ]+", exercise)))
        if match := re.search(rf"(?:^|[-_. ]){loose}(?![0-9A-Za-z])", stem, re.IGNORECASE):
            return exercise, stem[: match.start()].strip("-_. ")
    for exercise in exercises:
        number = re.match(r"[A-Za-z]+\d+(?=-)", exercise)
        if number and (match := re.search(rf"(?:^|[-_. ]){number[0]}(?![0-9])", stem, re.IGNORECASE)):
            return exercise, stem[: match.start()].strip("-_. ")
    return None


def _exercise(file: File, tasks: Mapping[str, Sequence[str]], alone: bool) -> str | None:
    """The exercise by the file's name, its folder's name, or else the functions that it defines most of."""
    for name in (_stem(file), *reversed(file.parts[1:-1])):
        if match := _name_in(name, tasks):
            return match[0]
        if OTHER_EXERCISE.search(name):
            return None
    try:
        defined = {name for cell in read(file.content()) for name in DEFINED.findall(cell.source)}
    except UnreadableError:
        defined = set()
    shares = {exercise: len(defined & set(names)) / len(names) for exercise, names in tasks.items()}
    best = max(shares, key=lambda exercise: shares[exercise])
    return best if alone or shares[best] > 0 else None


def _newest(student: str, exercise: str, files: list[File]) -> Submission:
    """The file that was changed last; of equals, the last by name, "(10)" after "(2)"."""
    *others, file = sorted(files, key=lambda f: (f.time, _natural(f.name[: -len(".ipynb")])))
    notes: tuple[str, ...] = ()
    if others:
        names = ", ".join(_shown(other.name) for other in others)
        notes = (
            f"You handed in {len(files)} files for this exercise. The one changed last was marked, "
            f"{_shown(file.name)}; not marked: {names}.",
        )
    return Submission(student, exercise, file, notes)


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d{1,9})", name)]


def _labels(owners: Iterable[str]) -> dict[str, str]:
    """Each student's name as it is shown: one clean line, no two alike."""
    labels: dict[str, str] = {}
    for owner in sorted(set(owners)):
        label = base = one_line(owner, 100) or "unnamed"
        number = 1
        while label in labels.values():
            number += 1
            label = f"{base} ({number})"
        labels[owner] = label
    return labels


def _shown(name: str) -> str:
    return one_line(name, 120)


def _none_found(path: Path, aside: list[str]) -> str:
    reason = f" ({'; '.join(aside[:3])})" if aside else ""
    return f"no notebook in {path}{reason}: expected STUDENT/ex01-….ipynb, STUDENT_ex01-….ipynb or a zip of these"
