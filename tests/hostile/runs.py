"""A run of `bplab grade` in a process of its own, as this user or as one without rights, and what it leaves behind."""

import csv
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

from samples import ALL, folder_of

from bplab.grading import kernel

CLONE = Path(__file__).parents[2]
SMALL = CLONE / "tests/grading/small_exercise.py"
NOBODY = 54321
POINTS = {"sigmoid": "2", "loss": "3", "step": "2.5"}

# The grader with some of the sandbox's locks left out: arguments are SUBMISSIONS OUT EXERCISE TIMEOUT WORKERS LOCK…
GRADE = """
import functools, sys
from bplab import grading
from bplab.grading import pool
submissions, out, exercise, timeout, workers, *without = sys.argv[1:]
pool.Sandbox = grading.Sandbox = functools.partial(grading.Sandbox, without)
grading.grade(submissions, out, exercise=exercise, timeout=float(timeout), workers=int(workers))
"""


class Run:
    """Places that the grader's user owns, canaries that it must not let out, and what it wrote."""

    def __init__(self, folder, user=None):
        self.folder, self.user = folder, user
        self.canaries = {name: f"{name}-{secrets.token_hex(8)}" for name in ("environment", "answer", "reference")}
        self.submissions, self.out, self.place = folder / "submissions", folder / "results", folder / "place"
        for made in (self.submissions, self.place, folder / "temporary"):
            made.mkdir()
        self.exercise = folder / "ex51.py"
        self.exercise.write_text(SMALL.read_text() + f"\nCANARY = {self.canaries['reference']!r}\n")
        answers = (
            f"CANARY = {self.canaries['answer']!r}\nfrom numpy import exp\ndef sigmoid(z): return 1 / (1 + exp(-z))\n"
        )
        (self.place / "answers.py").write_text(answers)

    def lay(self, samples, port=0):
        """Write the samples; the status to expect of each task, by student."""
        words = {"PLACE": str(self.place), "CLONE": str(CLONE), "PORT": str(port)}
        made = {}
        for name, (text, outcome) in samples.items():
            for word, value in words.items():
                text = text.replace(word, value)
            made[name] = text, outcome
        return folder_of(self.submissions, made)

    def lay_files(self, samples):
        """Have the samples make their files; the status to expect of each task, by student."""
        for name, (make, _) in samples.items():
            (self.submissions / name).mkdir()
            make(self.submissions / name)
        return {name: ALL | outcome for name, (_, outcome) in samples.items() if outcome is not None}

    def grade(self, timeout=2.0, workers=1, without=()):
        """Mark what has been laid; what was printed."""
        for path in [self.folder, *self.folder.rglob("*")]:
            if self.user is not None and not path.is_symlink():
                os.chown(path, self.user, self.user)
        # Everybody may do anything there: what is left as it was, the sandbox has saved.
        self.folder.chmod(0o755)
        self.place.chmod(0o777)
        (self.place / "answers.py").chmod(0o666)
        arguments = [self.submissions, self.out, self.exercise, timeout, workers, *without]
        own = {"BPLAB_CANARY": self.canaries["environment"], "PYTHONDONTWRITEBYTECODE": "1"}
        places = {"TMPDIR": str(self.folder / "temporary"), "HOME": str(self.place)}
        return subprocess.run(
            [*as_user(self.user), sys.executable, "-c", GRADE, *map(str, arguments)],
            env=os.environ | own | places,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
            cwd="/",
        ).stdout

    def assert_marks(self, expected):
        """Every task of every student has exactly one row, with the status and the points that it should have."""
        found = defaultdict(dict)
        with (self.out / "marks.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                assert row["task"] not in found[row["student"]]
                found[row["student"]][row["task"]] = row
        assert set(found) == set(expected)
        wrong = [
            f"{student}: {row['task']} is {row['status']}, not {expected[student][row['task']]}: {row['message']}"
            for student, tasks in found.items()
            for row in tasks.values()
            if row["status"] not in expected[student][row["task"]].split("|")
            or row["points"] != (POINTS[row["task"]] if row["status"] == "right" else "0")
        ]
        assert not wrong, "\n".join(wrong)
        assert all(set(tasks) == set(POINTS) for tasks in found.values())

    def assert_kept(self):
        """No canary has got out, nothing outside was changed, nothing is left in the temporary folder."""
        for path in (path for path in self.out.rglob("*") if path.is_file()):
            content = path.read_bytes()
            assert [name for name, canary in self.canaries.items() if canary.encode() in content] == [], path
        assert [path.name for path in self.place.iterdir()] == ["answers.py"]
        assert self.canaries["answer"] in (self.place / "answers.py").read_text()
        assert (self.place / "answers.py").stat().st_mode & 0o777 == 0o666
        assert list((self.folder / "temporary").iterdir()) == []

    def assert_shown_as_text(self):
        """Nothing that a student wrote is markup, a formula, a control character or a change of direction."""
        for path in (path for path in self.out.rglob("*") if path.suffix in (".html", ".csv", ".json")):
            text = path.read_text(encoding="utf-8")
            assert not set(text) & set("\x00\x07\x1b\r\u202e\u2028"), path
            assert path.suffix != ".html" or not re.search("<script>alert|<img src=x", text), path
        for path in self.out.glob("*.csv"):
            with path.open(encoding="utf-8", newline="") as file:
                cells = [cell for row in csv.reader(file) for cell in row]
            assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))], path
        pages = [path.resolve() for path in (self.out / "feedback").rglob("*.html")]
        assert all(page.is_relative_to(self.out.resolve() / "feedback") for page in pages)


@contextmanager
def run(user=None):
    """A run in a folder that its user can reach; pytest's own can only be reached by who runs the tests."""
    # Whatever outlives its parent becomes a child of this process, where it is seen.
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    try:
        yield Run(folder, user)
    finally:
        shutil.rmtree(folder)


def as_user(user):
    """The beginning of a command that is run as another user."""
    if user is None:
        return []
    command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    readable = all(parent.stat().st_mode & 1 for parent in Path(sys.executable).resolve().parents)
    # Where Python itself lies in a folder that is closed to others, this user may read everything: all the harder.
    return command if readable else [*command, "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
