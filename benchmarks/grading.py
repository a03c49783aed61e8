"""CPU time of grading a submission of five functions, beside a bare fork of a process with NumPy that makes 15 calls.

    python benchmarks/grading.py

Everything counts: reading the notebook, the fork, the cells, the calls, the comparison, the feedback page; in the
grader, the zygote and the fork. The two are measured in turns; the figure is the median of the ratios of the rounds.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np

from bplab.grading.marking import Settings, grade_submission
from bplab.grading.sandbox import ENVIRONMENT, Sandbox
from bplab.grading.submissions import File, Submission
from bplab.questions import Exercise, Question

ROUNDS, EACH = 15, 20
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


def main() -> None:
    exercise = five_functions()
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell | {"source": s} for s in CELLS]}
    content = json.dumps(notebook).encode()
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
    main()
