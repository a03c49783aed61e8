"""What grading a submission of five functions costs, beside a bare fork of a process with NumPy that makes 15 calls.

    python benchmarks/grading.py                   CPU time, beside a bare fork
    python benchmarks/grading.py --others          also beside a fresh Python, nbclient, and nbgrader if installed
    python benchmarks/grading.py --memory 2000     the memory of `bplab grade` over so many submissions

Everything counts: reading the notebook, the fork, the cells, the calls, the comparison, the feedback page; in the
grader, the zygote and the fork. All are measured in turns; the figure is the median of the ratios of the rounds.
"""

import json
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from bplab.grading.marking import Settings, grade_submission
from bplab.grading.sandbox import ENVIRONMENT, Sandbox
from bplab.grading.submissions import File, Submission
from bplab.questions import Exercise, Question

ROUNDS, EACH = 15, 20
OTHER_ROUNDS, WALL = 5, 60
BESIDE = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}  # for nbgrader's own
TARGET = 6.0
TICK = os.sysconf("SC_CLK_TCK")

BARE = """
import os, resource, sys
import numpy as np, numpy.random

def child():
    rng = np.random.default_rng(0)
    x, W = rng.normal(size=(5, 4)), rng.normal(size=(4, 3))
    for _ in range(15):
        1 / (1 + np.exp(-x @ W))
    os._exit(0)

for line in sys.stdin:
    use = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    for _ in range(int(line)):
        if (pid := os.fork()) == 0:
            child()
        os.waitpid(pid, 0)
    now = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(sum(b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime for a, b in zip(use, now)), flush=True)
"""

CELLS = [
    "import numpy as np\nfrom bplab import check, explore",
    "def sigmoid(z):\n    return 1 / (1 + np.exp(-z))",
    "check.sigmoid(sigmoid)",
    "def line(x, a, b):\n    return a * x + b",
    "check.line(line)",
    "def forward(x, W, b):\n    z1 = x @ W[1] + b[1]\n    a1 = sigmoid(z1)\n    z2 = a1 @ W[2] + b[2]\n"
    "    return {1: z1, 2: z2}, {0: x, 1: a1, 2: z2}",
    "check.forward(forward)",
    "def squared_error(y_hat, y):\n    return np.sum((y_hat - y) ** 2) / len(y)",
    "check.squared_error(squared_error)",
    "def loss_gradient(y_hat, y):\n    return 2 * (y_hat - y) / len(y)",
    "check.loss_gradient(loss_gradient)",
]


def five_functions() -> Exercise:
    """An exercise whose right answers are the notebook's own functions."""
    names: dict[str, object] = {}
    exec("import numpy as np\n" + "\n".join(cell for cell in CELLS if cell.startswith("def ")), names)

    def pair(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        return rng.normal(size=(5, 3)), rng.normal(size=(5, 3))

    def net(rng: np.random.Generator) -> tuple[object, ...]:
        W = {1: rng.normal(size=(2, 4)), 2: rng.normal(size=(4, 3))}
        return rng.normal(size=(5, 2)), W, {1: rng.normal(size=4), 2: rng.normal(size=3)}

    draw = {
        "sigmoid": lambda rng: (rng.normal(size=(5, 3)),),
        "line": lambda rng: (rng.normal(size=(5, 1)), rng.normal(), rng.normal()),
        "forward": net,
        "squared_error": pair,
        "loss_gradient": pair,
    }
    questions = [
        Question(name, 1, names[name], lambda rng, one=one: [one(rng) for _ in range(3)])  # type: ignore[misc]
        for name, one in draw.items()
    ]
    return Exercise("five-functions", title="Five functions", questions=questions)


def cpu(*processes: int) -> float:
    """CPU seconds of this process and of others, their finished children included."""
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        used += sum(map(int, fields[11:15])) / TICK
    return used


def notebook() -> dict[str, object]:
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [cell | {"source": source} for source in CELLS]
    return {"nbformat": 4, "nbformat_minor": 4, "metadata": kernel, "cells": cells}


def others(folder: Path) -> dict[str, list[str]]:
    """Commands that run or mark the same notebook in other ways."""
    script = "import numpy as np\n" + "\n".join(cell for cell in CELLS if cell.startswith("def "))
    (folder / "submission.py").write_text(script)
    (folder / "submission.ipynb").write_text(json.dumps(notebook()))
    run = "from nbclient import NotebookClient; import nbformat, sys; "
    run += "NotebookClient(nbformat.read(sys.argv[1], 4), allow_errors=True).execute()"
    commands = {
        "fresh Python": [sys.executable, str(folder / "submission.py")],
        "nbclient": [sys.executable, "-c", run, str(folder / "submission.ipynb")],
    }
    if find_spec("nbgrader"):
        commands["nbgrader"] = nbgrader(folder)
    return commands


def nbgrader(folder: Path) -> list[str]:
    """Its `autograde` of a course with this one assignment and student."""
    course = folder / "course"
    release = [sys.executable, "-m", "nbgrader", "generate_assignment", "a", f"--course-dir={course}"]
    for place in ("source", "submitted/student"):
        (course / place / "a").mkdir(parents=True)
        (course / place / "a/submission.ipynb").write_text(json.dumps(notebook()))
    subprocess.run(release, check=True, capture_output=True, env=BESIDE)
    return [sys.executable, "-m", "nbgrader", "autograde", "a", "--force", f"--course-dir={course}"]


def wall(folder: Path, workers: int, name: str = "out") -> float:
    """Seconds a submission that `bplab grade` takes for the submissions in a folder, its start included."""
    submissions = len(list((folder / "in").iterdir()))
    started = time.monotonic()
    command = [sys.executable, "-m", "bplab", "grade", folder / "in", "--out", folder / name, "--exercise", "ex01"]
    subprocess.run([*command, "--workers", str(workers)], check=True, capture_output=True)
    return (time.monotonic() - started) / submissions


def hand_in(folder: Path, submissions: int) -> None:
    for number in range(submissions):
        (folder / "in" / f"student {number:04}").mkdir(parents=True)
        (folder / "in" / f"student {number:04}/ex01-forward-pass.ipynb").write_text(json.dumps(notebook()))


def beside_others() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hand_in(folder, WALL)
        used: dict[str, list[float]] = defaultdict(list)
        commands = others(folder)
        for _ in range(OTHER_ROUNDS):
            for workers in (1, 2):
                used[f"bplab grade, {workers} worker{'s' * (workers - 1)}, wall"].append(wall(folder, workers))
            for what, command in commands.items():
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                subprocess.run(command, check=True, capture_output=True, env=BESIDE)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                used[f"{what}, CPU"].append(sum(after[:2]) - sum(before[:2]))
    for what, seconds in used.items():
        print(f"{what + ':':32}{statistics.median(seconds) * 1e3:8.1f} ms a submission")


def memory(submissions: int) -> None:
    """How the memory of `bplab grade` and of all below it goes as it works its way through the submissions."""
    for workers in (1, 2):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            hand_in(folder, submissions)
            command = [sys.executable, "-m", "bplab", "grade", folder / "in", "--out", folder / "out"]
            grading = subprocess.Popen([*map(str, command), "--workers", str(workers)], stdout=subprocess.DEVNULL)
            seen: dict[int, tuple[float, float]] = {}
            while grading.poll() is None:
                journal = folder / "out/journal.jsonl"
                done = journal.read_bytes().count(b"\n") if journal.exists() else 0
                if done // (submissions // 10) not in seen and done:
                    seen[done // (submissions // 10)] = resident(grading.pid)
                time.sleep(0.05)
            for tenth, (own, below) in seen.items():
                print(f"{workers} workers, {tenth * 10:3} %: grader {own:5.0f} MB, all below it {below:5.0f} MB")


def resident(pid: int) -> tuple[float, float]:
    """Resident memory of a process and of its descendants, shared pages by shares, in MB."""
    children = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            children[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    below = {pid}
    while more := {child for child, parent in children.items() if parent in below} - below:
        below |= more
    return share(pid), sum(share(child) for child in below - {pid})


def share(pid: int) -> float:
    with suppress(OSError, AttributeError):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1]) / 1024  # type: ignore[index]
    return 0.0


def main() -> None:
    exercise = five_functions()
    content = json.dumps(notebook()).encode()
    submission = Submission("student", exercise.name, File(("student", "five-functions.ipynb"), 0.0, lambda: content))
    bare = subprocess.Popen(
        [sys.executable, "-c", BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    )
    assert bare.stdin is not None
    assert bare.stdout is not None
    ratios, graded, forked = [], [], []
    with Sandbox() as sandbox:
        for number in range(ROUNDS + 1):
            zygote = sandbox.process.pid if sandbox.process else None
            before = cpu(zygote) if zygote else 0.0
            for _ in range(EACH):
                marked = grade_submission(submission, exercise, Settings(), sandbox)
            assert all(mark.status == "right" for mark in marked.marks)
            assert sandbox.process is not None
            grading = (cpu(sandbox.process.pid) - before) / EACH
            print(EACH, file=bare.stdin, flush=True)
            fork = float(bare.stdout.readline()) / EACH
            if number:  # the first round starts the zygote and warms up
                ratios.append(grading / fork)
                graded.append(grading)
                forked.append(fork)
    bare.communicate()
    print(f"{platform.platform()}, Python {platform.python_version()}, NumPy {np.__version__}")
    print(f"a submission of five functions: {statistics.median(graded) * 1e3:.1f} ms of CPU")
    print(f"a bare fork with 15 calls:      {statistics.median(forked) * 1e3:.1f} ms of CPU")
    print(f"ratio, median of {ROUNDS} rounds:     {statistics.median(ratios):.1f} (to reach: {TARGET:.0f})")


if __name__ == "__main__":
    if "--memory" in sys.argv:
        memory(int(sys.argv[-1]))
    else:
        main()
        if "--others" in sys.argv:
            beside_others()
