"""Notebooks as students hand them in, made of code cells; tests/hostile has those that attack the grader."""

import json
from pathlib import Path

IMPORTS = "%matplotlib inline\nimport numpy as np\nimport matplotlib.pyplot as plt\nfrom bplab import check, explore"
SIGMOID = "def sigmoid(z):\n    return 1 / (1 + np.exp(-z))"
LOSS = "def loss(y_hat, y):\n    return np.sum((y_hat - y) ** 2) / len(y)"
STEP = "def step(w, dw, lr):\n    return {k: w[k] - lr * dw[k] for k in w}"

RIGHT = [IMPORTS, SIGMOID, "check.sigmoid(sigmoid)", LOSS, "check.loss(loss)", STEP, "check.step(step)"]


def notebook(*cells, kind="code", **more):
    """A notebook's text; a cell is its source, or a dictionary that replaces the usual fields."""
    made = []
    for number, cell in enumerate(cells):
        fields = {"source": cell} if isinstance(cell, str) else cell
        usual = {"id": f"c{number}", "cell_type": kind, "metadata": {}, "outputs": [], "execution_count": None}
        made.append(usual | fields)
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | more)


def instead(sigmoid=SIGMOID, loss=LOSS, step=STEP, before=(), after=()):
    """The right notebook with some functions replaced and cells put before or after them."""
    return notebook(IMPORTS, *before, sigmoid, loss, step, *after)


def body(name, *lines):
    """A function of one of the three tasks with these lines."""
    parameters = {"sigmoid": "z", "loss": "y_hat, y", "step": "w, dw, lr"}[name]
    return "\n    ".join([f"def {name}({parameters}):", *lines])


ALL = {"sigmoid": "right", "loss": "right", "step": "right"}

# The name of each sample: its notebook, and the status of each task; "wrong:id" with the diagnosis.
HONEST = {
    "right": (notebook(*RIGHT), {}),
    "greek": (instead("def σ(ẑ):\n    return 1 / (1 + np.exp(-ẑ))\n\n\ndef sigmoid(z):\n    return σ(ẑ=z)"), {}),
    "untouched": (
        instead(
            body("sigmoid", '"""σ(z)"""', "raise NotImplementedError"),
            body("loss", '"""The loss."""', "..."),
            body("step", "pass"),
        ),
        dict.fromkeys(ALL, "not attempted"),
    ),
    "partly-done": (
        instead(loss=body("loss", "raise NotImplementedError"), step="# later"),
        {"loss": "not attempted", "step": "missing"},
    ),
    "returns-none": (instead(body("sigmoid", "s = 1 / (1 + np.exp(-z))")), {"sigmoid": "wrong"}),
    "plus-sign": (instead(body("sigmoid", "return 1 / (1 + np.exp(z))")), {"sigmoid": "wrong:plus-sign"}),
    "parentheses": (instead(body("sigmoid", "return 1 / 1 + np.exp(-z)")), {"sigmoid": "wrong:parentheses"}),
    "sum": (instead(loss=body("loss", "return ((y_hat - y) ** 2).sum()")), {"loss": "wrong:sum"}),
    "half": (instead(loss=body("loss", "return ((y_hat - y) ** 2).sum() / 2 / len(y)")), {"loss": "wrong:half"}),
    "uphill": (
        instead(step=body("step", "return {k: w[k] + lr * dw[k] for k in w}")),
        {"step": "wrong:uphill"},
    ),
    "changes-w": (
        instead(step=body("step", "for k in w: w[k] -= lr * dw[k]", "return w")),
        {"step": "wrong"},
    ),
    "raises": (instead(loss=body("loss", "return (y_hat.T - y).sum()")), {"loss": "error"}),
    "syntax-error": (instead(loss="def loss(y_hat, y:\n    return 0"), {"loss": "missing"}),
    "broken-json": ("{ this is no notebook", dict.fromkeys(ALL, "error")),
    "draws": (
        instead(
            before=["fig, ax = plt.subplots()\nline, = ax.plot([1, 2])\nplt.show()\nexplore.forward_pass().set(a=1)"]
        ),
        {},
    ),
    "one-bad-line": (instead("nobody.knows(this)\n" + SIGMOID + "\n1 / 0\nhalf = 0.5"), {}),
    "uses-bplab": (
        instead(body("sigmoid", "import bplab", "return bplab.activations.sigmoid(z)")),
        {"sigmoid": "error"},
    ),
}

# What is wrong is timed with a short --timeout.
ENDLESS = {
    "endless-function": (instead(body("sigmoid", "while True: pass")), {"sigmoid": "timed out"}),
    "endless-cell": (instead(SIGMOID + "\nwhile True: pass"), {}),
    "endless-flood": (instead(body("sigmoid", "while True: print('x' * 1000)")), {"sigmoid": "timed out"}),
    "stops-itself": (
        instead(loss=body("loss", "import os, signal", "os.kill(os.getpid(), signal.SIGSTOP)")),
        {"loss": "timed out"},
    ),
    "ignores-signals": (
        instead(
            before=["import signal\nfor s in (1, 2, 3, 13, 14, 15): signal.signal(s, signal.SIG_IGN)"],
            loss=body("loss", "while True:", "    try:", "        while True: pass", "    except BaseException: pass"),
        ),
        {"loss": "timed out"},
    ),
}


def folder_of(path: Path, samples, exercise="ex51-small"):
    """A folder per student in `path`; gives the statuses to expect, by student and task."""
    for student, (text, _) in samples.items():
        (path / student).mkdir(parents=True)
        (path / student / f"{exercise}.ipynb").write_text(text, encoding="utf-8")
    return {student: ALL | others for student, (_, others) in samples.items()}
