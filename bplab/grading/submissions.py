"""Find the submissions in a folder or a zip: who handed in which notebook, and for which exercise.

A file's name is read, never used as a path; a zip is read member by member, never unpacked.
"""

import io
import os
import re
import stat
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

from bplab.grading.notebook import SIZE_LIMIT, UnreadableError, read
from bplab.grading.text import one_line

FILE_LIMIT = 20_000
NOT_STUDENTS = {".ipynb_checkpoints", ".git", ".venv", "__MACOSX"}
COURSE_FOLDERS = {"notebooks", "exercises"}  # as `bplab lab` makes them: a student who hands in all
OTHER_EXERCISE = re.compile(r"(?:^|[-_. ])ex\d", re.IGNORECASE)
COPY_NUMBER = re.compile(r"\s*(\(\d+\)|-copy\d*)$", re.IGNORECASE)
NEWER_VERSION = re.compile(r"-new(-\d+)?$")  # so `bplab lab` names what it puts beside a changed notebook
# A browser or a mail program may add to a file's name; .py and .json count where the name is an exercise's.
NOTEBOOK = re.compile(r"(\.ipynb)(?:\.\w{1,8})?$|\.(?:py|json)$", re.IGNORECASE)
ZIP = ".zip"
DEPTH_LIMIT, INNER_LIMIT = 3, 5  # zips in zips in zips; how many zips a zip that lies in one may hold
SHOWN_LIMIT = 10


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
    folders: set[tuple[str, ...]] = set()
    found = list(_in_zip(path, folders, aside) if path.is_file() else _in_folder(path, out, folders, aside))
    files, students = _unwrapped([file for file in found if _may_be(file, list(tasks))], folders, list(tasks))
    if not files:
        raise GradingError(_none_found(path, aside))
    owned = _owned(files, list(tasks), only, aside)
    handed_in = Counter(owner for owner, _ in owned)
    chosen: dict[tuple[str, str], list[File]] = defaultdict(list)
    for owner, file in owned:
        if f"ex{_stem(file)}" in tasks:
            aside.append(f"{_shown(file.name)}: a lecture")
        elif exercise := _exercise(file, tasks, alone=only and handed_in[owner] == 1):
            chosen[owner, exercise].append(file)
        else:
            aside.append(f"{_shown(file.name)}: neither its name nor its functions are those of an exercise")
    if not chosen:
        raise GradingError(
            f"no notebook in {path} belongs to {' or '.join(tasks)}:\n{_listed(aside)}\n"
            + "Name the files after the exercise, or give --exercise"
        )
    labels = _labels([*(owner for owner, _ in owned), *students])
    submissions = [
        _chosen(labels[owner], exercise, group, tasks[exercise]) for (owner, exercise), group in chosen.items()
    ]
    return Found(sorted(submissions, key=lambda s: (s.student, s.exercise)), sorted(labels.values()), sorted(aside))


def _in_folder(folder: Path, out: Path, folders: set[tuple[str, ...]], aside: list[str]) -> Iterator[File]:
    skipped = out.resolve()

    def refuse(path: Path, reason: str) -> None:
        aside.append(f"{_shown(str(path.relative_to(folder)))}: {reason}")

    def refuse_shut(error: OSError) -> None:
        refuse(Path(error.filename), f"cannot be read, {error.strerror}")

    for directory, below, names in os.walk(folder, onerror=refuse_shut):
        here = Path(directory)
        below[:] = sorted(f for f in below if f not in NOT_STUDENTS and (here / f).resolve() != skipped)
        folders.update((here / f).relative_to(folder).parts for f in below)
        for link in (here / f for f in below if (here / f).is_symlink()):
            refuse(link, "not a plain folder")
        for path in (here / name for name in sorted(names) if _is_notebook(name) or _is_zip(name)):
            status, parts = path.lstat(), path.relative_to(folder).parts
            if not stat.S_ISREG(status.st_mode):
                refuse(path, "not a plain file")
            elif _is_zip(path.name):
                folders.add(parts)
                yield from _in_zip(path, folders, aside, above=parts)
            else:
                yield File(parts, float(int(status.st_mtime)), partial(_read_file, path))


def _is_notebook(name: str) -> bool:
    return bool(NOTEBOOK.search(name)) and not name.startswith("._")


def _is_zip(name: str) -> bool:
    return name.lower().endswith(ZIP) and not name.startswith("._")


def _may_be(file: File, exercises: Sequence[str]) -> bool:
    """Whether this is a notebook, or a file of another kind with an exercise's name."""
    return ".ipynb" in file.parts[-1].lower() or _name_in(_stem(file), exercises) is not None


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise UnreadableError(f"the file cannot be read: {error.strerror}") from None


def _in_zip(
    path: Path,
    folders: set[tuple[str, ...]],
    aside: list[str],
    inner: tuple[int, ...] = (),
    above: tuple[str, ...] = (),
) -> Iterator[File]:
    """The notebooks in a zip, or in the zip that is its member `inner`; `above` is where that lies."""
    try:
        with _archive(path, inner) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError, UnreadableError) as error:
        if not above:
            raise GradingError(f"{path} is neither a folder nor a zip that can be read: {error}") from None
        aside.append(f"{_shown('/'.join(above))}: not a zip that can be read")
        return
    if len(members) > FILE_LIMIT and above:
        aside.append(f"{_shown('/'.join(above))}: it holds {len(members)} files, more than {FILE_LIMIT}")
        return
    if len(members) > FILE_LIMIT:
        raise GradingError(f"{path} holds {len(members)} files, more than {FILE_LIMIT}: split it")
    zips = [index for index, member in enumerate(members) if _is_zip(member.filename)]
    for index, member in enumerate(members):
        *below, name = (p for p in member.filename.replace("\\", "/").split("/") if p != ".")
        if NOT_STUDENTS & {*below, name}:
            continue
        leads_out = {"", ".."} & set(below) or ":" in (below or [name])[0]
        if not leads_out:
            folders.update((*above, *below[:depth]) for depth in range(1, len(below) + 1))
        if not (_is_notebook(name) or _is_zip(name)):
            continue
        if leads_out:
            aside.append(f"{_shown(member.filename)}: its path leads out of the zip")
        elif _is_notebook(name):
            when = float(sum(n * m for n, m in zip(member.date_time, (3e7, 2.6e6, 86400, 3600, 60, 1))))
            yield File((*above, *below, name), when, partial(_read_member, path, (*inner, index)))
        elif len(inner) < DEPTH_LIMIT - 1 and (not inner or index in zips[:INNER_LIMIT]):
            folders.add((*above, *below, name))
            yield from _in_zip(path, folders, aside, (*inner, index), (*above, *below, name))


def _archive(path: Path, inner: tuple[int, ...]) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(_inner_zip(path, inner)) if inner else path)


@lru_cache(maxsize=1)
def _inner_zip(path: Path, inner: tuple[int, ...]) -> bytes:
    """A zip that is a member of another; its members are read one after the other."""
    content = _read_member(path, inner)
    if len(content) > SIZE_LIMIT:
        raise UnreadableError(f"larger than {SIZE_LIMIT >> 20} MB")
    return content


def _read_member(path: Path, place: tuple[int, ...]) -> bytes:
    # Never more than the limit is inflated, whatever the zip claims.
    *inner, index = place
    try:
        with _archive(path, tuple(inner)) as archive, archive.open(archive.infolist()[index]) as member:
            return member.read(SIZE_LIMIT + 1)
    except Exception as error:  # zipfile raises whatever its decompressors raise
        raise UnreadableError(f"the file cannot be read from the zip: {error}") from None


def _unwrapped(files: list[File], folders: set[tuple[str, ...]], exercises: list[str]) -> tuple[list[File], set[str]]:
    """Without the folders that wrap the layout, nbgrader's `submitted` or the one folder that a zip was made of: the
    files, and the students that have a folder, perhaps with no file in it."""
    tops = {parts[0] for parts in folders if parts}
    wrapper = None
    if any(file.parts[0] == "submitted" for file in files):
        wrapper = "submitted"
    elif len(tops) == 1 and all(len(file.parts) > 1 for file in files) and _is_wrapper(files, exercises):
        (wrapper,) = tops
    if wrapper is not None:
        files = [_below(file) for file in files if len(file.parts) > 1 and file.parts[0] == wrapper]
        tops = {parts[1] for parts in folders if len(parts) > 1 and parts[0] == wrapper}
    by_folder = any(len(file.parts) > 1 for file in files)
    return files, {_owner(name, exercises) for name in tops if by_folder and not name.startswith(".")}


def _owner(name: str, exercises: Sequence[str]) -> str:
    """The student whose folder or zip this is; a zip may bear the exercise's name after the student's."""
    if not _is_zip(name):
        return name
    name = COPY_NUMBER.sub("", name[: -len(ZIP)])
    match = _name_in(name, exercises)
    return (match and match[1]) or name


def _is_wrapper(files: list[File], exercises: list[str]) -> bool:
    """Whether the one top folder is not itself a student: folders of students in it, or files of several students."""
    if files and all(len(file.parts) > 2 for file in files):
        inside = {file.parts[1] for file in files} - COURSE_FOLDERS
        return any(_name_in(name, exercises) is None for name in inside)
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
            owned.append((_owner(file.parts[0], exercises), file))
        elif match and match[1]:
            owned.append((match[1], file))
        elif only and not match and not OTHER_EXERCISE.search(stem):
            owned.append((stem, file))
        else:
            expected = f"STUDENT/{exercises[0]}.ipynb or STUDENT_{exercises[0]}.ipynb"
            aside.append(f"{_shown(file.name)}: no student's name or another exercise; expected {expected}")
    return owned


def _stem(file: File) -> str:
    return COPY_NUMBER.sub("", NOTEBOOK.sub("", file.parts[-1]))


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
        defined = {name for cell in read(file.content()) for name in cell.functions}
    except UnreadableError:
        defined = set()
    shares = {exercise: len(defined & set(names)) / len(names) for exercise, names in tasks.items()}
    best = max(shares, key=lambda exercise: shares[exercise])
    return best if alone or shares[best] > 0 else None


def _chosen(student: str, exercise: str, files: list[File], names: Sequence[str]) -> Submission:
    """The file that was changed last, other than an untouched newer version of the exercise that lies beside it; of
    equals, the last by name, "(10)" after "(2)"."""
    own = [file for file in files if not (NEWER_VERSION.search(_stem(file)) and _is_untouched(file, names))] or files
    *others, file = sorted(own, key=lambda f: (_is_true(f), f.time, _natural(NOTEBOOK.sub("", f.name))))
    notes = []
    if others:
        notes.append(
            f"You handed in {len(own)} files for this exercise. The one changed last was marked, "
            f"{_shown(file.name)}; not marked: {', '.join(_shown(other.name) for other in others)}."
        )
    notes += [
        f"{_shown(newer.name)} is a newer version of the exercise in which nothing is written yet. "
        f"Your own file was marked, {_shown(file.name)}."
        for newer in files
        if newer not in own
    ]
    return Submission(student, exercise, file, tuple(notes))


def _is_true(file: File) -> bool:
    """Whether it is a notebook by its name, and no copy in another form."""
    return file.name.lower().endswith(".ipynb")


def _is_untouched(file: File, names: Sequence[str]) -> bool:
    """Whether each cell that defines one of these functions still is the stub that the exercise came with."""
    try:
        cells = read(file.content())
    except UnreadableError:
        return True
    return all("raise NotImplementedError" in cell.source for cell in cells if cell.functions.intersection(names))


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


def _listed(aside: Sequence[str]) -> str:
    """A line for each file, the first of them."""
    more = [f"and {len(aside) - SHOWN_LIMIT} more"] * (len(aside) > SHOWN_LIMIT)
    return "\n".join(f"  {line}" for line in [*sorted(aside)[:SHOWN_LIMIT], *more])


def _none_found(path: Path, aside: list[str]) -> str:
    reason = f":\n{_listed(aside)}\nExpected" if aside else ": expected"
    return f"no notebook in {path}{reason} STUDENT/ex01-….ipynb, STUDENT_ex01-….ipynb or a zip of these"
