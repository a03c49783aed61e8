"""Notebooks as students hand them in, made of code cells; the hostile ones do no harm outside the sandbox either."""

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

FORGE = """
import json, os, struct, sys
def forge(answer):
    header = json.dumps(answer).encode()
    os.write(3, struct.pack("<II", len(header), 0) + header)
"""

HOSTILE = {
    "exit-function": (instead(body("sigmoid", "import os", "os._exit(0)")), {"sigmoid": "crashed"}),
    "exit-cell": (instead(after=["import os\nos._exit(0)"]), {}),
    "sys-exit": (instead(loss=body("loss", "import sys", "sys.exit(0)")), {"loss": "error"}),
    "segfault": (
        instead(body("sigmoid", "import ctypes", "return ctypes.string_at(0)")),
        {"sigmoid": "crashed"},
    ),
    "output-flood": (instead(body("sigmoid", "print('=HYPERLINK' * 30000)", "return 1 / (1 + np.exp(-z))")), {}),
    "memory-hog": (instead(body("sigmoid", "return bytearray(8 << 30)")), {"sigmoid": "error"}),
    "file-hog": (
        instead(
            loss=body(
                "loss", "with open('big', 'wb') as f:", "    for _ in range(40): f.write(bytes(1 << 20))", "return 0.0"
            )
        ),
        {"loss": "error"},
    ),
    "forks": (
        instead(before=["import os, time\nif os.fork() == 0:\n    time.sleep(60)\n    os._exit(0)\n" + SIGMOID]),
        {},
    ),
    "threads": (
        instead(loss=body("loss", "import threading", "threading.Thread(target=print).start()", "return 0.0")),
        {"loss": "error"},
    ),
    "reads-modules": (
        instead(
            body(
                "sigmoid",
                "import sys, gc",
                "for thing in [*sys.modules.values(), *gc.get_objects()]:",
                "    reference = getattr(thing, '__dict__', {}).get('reference')",
                "    if callable(reference): return reference(z)",
                "return sys.modules['bplab.questions'].EXERCISES",
            )
        ),
        {"sigmoid": "error"},
    ),
    "reads-frames": (
        instead(
            loss=body(
                "loss",
                "import sys",
                "frame = sys._getframe()",
                "while frame:",
                "    for name in ('expected', 'target', 'reference', 'answer'):",
                "        if name in frame.f_locals: return frame.f_locals[name]",
                "    frame = frame.f_back",
                "return 0.0",
            )
        ),
        {"loss": "wrong"},
    ),
    "equals-everything": (
        instead(
            before=[
                "class Equal:\n    __array_priority__ = 1e9\n    def __eq__(self, other): return True\n"
                "    def __sub__(self, other): return 0.0\n    __rsub__ = __lt__ = __le__ = __gt__ = __ge__ = __eq__\n"
                "    def __float__(self): return 0.0\n    def __array__(self, *a, **k): return np.zeros((5, 3))\n"
                "class EqualArray(np.ndarray):\n    def __eq__(self, other): return True"
            ],
            sigmoid=body("sigmoid", "return Equal()"),
            loss=body("loss", "return np.zeros(()).view(EqualArray)"),
            step=body("step", "return {k: Equal() for k in w}"),
        ),
        dict.fromkeys(ALL, "wrong"),
    ),
    "patches": (
        instead(
            before=[
                "import json, math, builtins\nnp.isclose = np.allclose = np.array_equal = lambda *a, **k: True\n"
                "np.testing.assert_allclose = lambda *a, **k: None\nnp.abs = np.max = lambda *a, **k: 0.0\n"
                "json.loads = lambda text: {'status': 'right', 'share': 1}\nmath.isclose = lambda *a, **k: True"
            ],
            sigmoid=body("sigmoid", "return 0 * z"),
        ),
        {"sigmoid": "wrong"},
    ),
    "broadcast": (
        instead(loss=body("loss", "return np.broadcast_to(1.0, (1 << 20, 1 << 20))")),
        {"loss": "wrong"},
    ),
    "objects": (
        instead(
            body("sigmoid", "return np.array([[None] * z.shape[-1]] * len(z))"),
            loss=body("loss", "return np.ma.masked_array([1.0])"),
            step=body("step", "w = []", "w.append(w)", "return w"),
        ),
        dict.fromkeys(ALL, "wrong"),
    ),
    "forged-early": (
        instead(before=[FORGE, "forge({'message': {'id': '0' * 16}, 'values': [], 'arrays': []})"]),
        dict.fromkeys(ALL, "right"),
    ),
    "forged-frame": (
        instead(
            before=[FORGE],
            sigmoid=body("sigmoid", "os.write(3, bytes([255] * 8))", "return z"),
            loss=body("loss", "forge({'message': {}, 'values': [['array', 7]], 'arrays': []})", "return 0"),
            step=body("step", "os.write(3, struct.pack('<II', 2, 0) + b'[' * 2)", "return w"),
        ),
        dict.fromkeys(ALL, "crashed"),
    ),
    "answers-early": (
        instead(
            before=[FORGE],
            sigmoid=body(
                "sigmoid",
                "frame = sys._getframe()",
                "while 'message' not in frame.f_locals: frame = frame.f_back",
                "for own in frame.f_locals['message']['ids']:",
                "    forge({'message': {'id': own, 'raised': None}, 'values': [1.0], 'arrays': []})",
                "return z",
            ),
        ),
        {"sigmoid": "wrong"},
    ),
    "claims-definitions": (
        instead(
            before=[
                FORGE + "frame = sys._getframe()\nwhile 'message' not in frame.f_locals: frame = frame.f_back\n"
                "for own in frame.f_locals['message']['ids']:\n"
                "    forge({'message': {'id': own, 'defined': ['sigmoid', 'loss', 'step', 7, []], 'empty': {}, "
                "'imports': [[], ['a'], [1, 2], 'ab', ['c', 'd', 'e']], 'mended': 1}, 'values': [], 'arrays': []})"
            ]
        ),
        {},
    ),
    "raises-an-abyss": (
        instead(
            before=[FORGE],
            sigmoid=body(
                "sigmoid",
                "frame = sys._getframe()",
                "while 'message' not in frame.f_locals: frame = frame.f_back",
                "abyss = '[' * 900 + ']' * 900",
                'header = \'{"message": {"id": "%s", "raised": {"type": {}, "message": %s, "line": 7, \'',
                'header += \'"shapes": {"a": %s}}}, "values": [], "arrays": []}\'',
                "for own in frame.f_locals['message']['ids']:",
                "    text = (header % (own, abyss, abyss)).encode()",
                "    os.write(3, struct.pack('<II', len(text), 0) + text)",
                "return z",
            ),
        ),
        {"sigmoid": "error"},
    ),
    "too-many-keys": (
        instead(
            before=[FORGE],
            step=body(
                "step",
                "frame = sys._getframe()",
                "while 'message' not in frame.f_locals: frame = frame.f_back",
                "many = ['dict', [[i, 0] for i in range(150000)]]",
                "for own in frame.f_locals['message']['ids']:",
                "    forge({'message': {'id': own, 'raised': None}, 'values': [many, many], 'arrays': []})",
            ),
        ),
        {"step": "crashed"},
    ),
    "out-of-band": (
        instead(
            body(
                "sigmoid",
                "import os, socket",
                "socket.socket(fileno=os.dup(3)).send(b'x', socket.MSG_OOB)",
                "return 1 / (1 + np.exp(-z))",
            )
        ),
        # The stray byte makes the next frame seem longer than it is; an error where the kernel has no such bytes here.
        {"sigmoid": "timed out|error"},
    ),
    "last-words": (
        instead(
            before=["import os\ncalls = []\nclass Last(dict):\n    def __del__(self): os.write(3, bytes(8))\n"],
            sigmoid=body("sigmoid", "calls.append(z)", "return Last() if len(calls) == 3 else 1 / (1 + np.exp(-z))"),
        ),
        {"sigmoid": "wrong"},
    ),
    "alarm": (
        instead(
            body(
                "sigmoid",
                "import os, signal",
                "signal.signal(signal.SIGALRM, lambda *_: os._exit(0))",
                "signal.setitimer(signal.ITIMER_REAL, 0.1)",
                "return 1 / (1 + np.exp(-z))",
            ),
            loss="import time\n" + LOSS.replace("    return", "    time.sleep(0.2)\n    return"),
        ),
        {"sigmoid": "right"},
    ),
    "replaces-the-worker": (
        instead(
            body(
                "sigmoid",
                "import gc",
                "for thing in gc.get_objects():",
                "    if type(thing).__name__ == 'Notebook':",
                "        type(thing).call = lambda *_: ({'raised': None}, [0.0])",
                "return 0 * z",
            )
        ),
        {"sigmoid": "wrong"},
    ),
    "patches-while-called": (
        instead(
            body(
                "sigmoid",
                "import sys",
                "def trace(frame, event, argument):",
                "    if frame.f_code.co_name == 'step': raise RuntimeError",
                "sys.settrace(trace)",
                "np.sum = lambda *a, **k: 0.0",
                "return 1 / (1 + np.exp(-z))",
            )
        ),
        {},
    ),
    "odd-results": (
        instead(
            before=[
                "import atexit, os\natexit.register(os._exit, 3)\n"
                "class Liar:\n    __class__ = np.ndarray\n    dtype, shape, ndim = np.dtype(float), (5, 3), 2\n"
                "class Meta(type):\n    def __subclasscheck__(*_): return True\n    __name__ = 7\n"
                "    def __eq__(*_): return True\n    __hash__ = None\n    def mro(self): return [self, object]\n"
                "class Odd(metaclass=Meta): pass\ncalls = []"
            ],
            sigmoid=body(
                "sigmoid",
                "calls.append(z)",
                "return [Liar(), Odd(), np.matrix([[1.0]])][len(calls) % 3]",
            ),
            loss=body(
                "loss",
                "deep = 0.0",
                "for _ in range(100000): deep = [deep]",
                "return deep if len(y) > 5 else (i for i in y)",
            ),
            step=body("step", "return {**w, float('nan'): 1, 1 << 70: 2, 'k' * 10**6: 3}"),
        ),
        dict.fromkeys(ALL, "wrong"),
    ),
    "closes-the-wire": (
        instead(body("sigmoid", "import os", "os.closerange(0, 10)", "return z")),
        {"sigmoid": "crashed"},
    ),
    "kills-its-parent": (
        instead(body("sigmoid", "import os, signal", "os.kill(os.getppid(), signal.SIGSTOP * 0)", "return z")),
        {"sigmoid": "error|wrong"},
    ),
    "deep-folders": (
        instead(
            before=[
                "import os\nfor _ in range(1500):\n    os.mkdir('d', 0o700)\n    os.chdir('d')\n"
                "os.mkdir('shut')\nopen('shut/file', 'w').close()\nos.chmod('shut', 0)"
            ]
        ),
        {},
    ),
}


def folder_of(path: Path, samples, exercise="ex51-small"):
    """A folder per student in `path`; gives the statuses to expect, by student and task."""
    for student, (text, _) in samples.items():
        (path / student).mkdir(parents=True)
        (path / student / f"{exercise}.ipynb").write_text(text, encoding="utf-8")
    return {student: ALL | others for student, (_, others) in samples.items()}
