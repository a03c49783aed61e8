"""Notebooks whose cells attack the grader: the name of each, its text, and the tasks that do not keep their marks.

Every sample is harmless where nothing holds it: it touches its own process group and a temporary folder of its own, and
takes no more than a little memory. PLACE stands for a folder that the test has made, with the file answers.py, PORT for
a port at which it listens, CLONE for bplab itself.
"""

from samples import ALL, LOSS, SIGMOID, body, instead
from samples import ENDLESS as ENDLESS_ONES

ALL_WRONG = dict.fromkeys(ALL, "wrong")


def called(*lines):
    """The right sigmoid, after these lines."""
    return body("sigmoid", *lines, "return 1 / (1 + np.exp(-z))")


def tries(*lines):
    """A sigmoid that gives what the function `look` finds, as what it raises, prints and returns."""
    look = "def look():\n    " + "\n    ".join(lines)
    found = ("found = look()", "print(found)", "if not hasattr(found, 'shape'): raise ValueError(repr(found)[:5000])")
    return instead(before=[look], sigmoid=body("sigmoid", *found, "return found"))


FAILS = {"sigmoid": "error"}

# Looking for the right answers in this process: there are none.
LOOKS_AROUND = {
    "modules": (
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
        FAILS,
    ),
    "frames": (
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
    "referrers": (
        instead(
            body(
                "sigmoid",
                "import gc",
                "near = [z]",
                "for _ in range(4): near += [o for o in gc.get_referrers(*near[:50]) if o is not near]",
                "arrays = [a for o in near if isinstance(o, (list, tuple)) for a in o if isinstance(a, np.ndarray)]",
                "return next((a for a in arrays if a.shape == z.shape and a is not z), 0 * z)",
            )
        ),
        {"sigmoid": "wrong"},
    ),
    "environment": (tries("import os", "return dict(os.environ), os.getlogin()"), FAILS),
    "arguments": (tries("import sys", "return sys.argv, sys.orig_argv, sys.path"), FAILS),
    "descriptors": (
        tries(
            "import os",
            "found = b''",
            "for fd in range(64):",
            "    try: found += os.pread(fd, 1 << 16, 0)",
            "    except OSError: pass",
            "return found",
        ),
        FAILS,
    ),
    "own-memory": (
        tries("import ctypes", "return [ctypes.string_at(id(o), 64) for o in __import__('gc').get_objects()[:3000]]"),
        FAILS,
    ),
    "imports": (tries("import bplab.questions.ex02_loss as found", "return found"), FAILS),
    "reloads": (
        tries(
            "import sys, importlib",
            "for name in [n for n in sys.modules if n.startswith('bplab')]: del sys.modules[name]",
            "sys.meta_path[:] = [f for f in sys.meta_path if 'bplab' not in type(f).__module__]",
            "return importlib.import_module('bplab.questions')",
        ),
        FAILS,
    ),
}

# Looking outside: needs the layer for files.
LOOKS_OUTSIDE = {
    "answer-file": (tries("return open('PLACE/answers.py').read()"), FAILS),
    "answer-module": (
        tries("import sys", "sys.path.insert(0, 'PLACE')", "import answers", "return answers.sigmoid(np.ones(3))"),
        FAILS,
    ),
    "answer-by-numpy": (
        tries(
            "for read in (np.fromfile, np.memmap, np.loadtxt, np.genfromtxt, np.load):",
            "    try: return bytes(read('PLACE/answers.py', dtype='u1'))",
            "    except (OSError, TypeError, ValueError): pass",
        ),
        FAILS,
    ),
    "answer-by-the-back-doors": (
        tries(
            "import linecache, runpy, io, ctypes, importlib.machinery as m",
            "found = []",
            "for read in (linecache.getlines, io.FileIO, lambda p: m.SourceFileLoader('a', p).get_data(p),",
            "             lambda p: ctypes.CDLL(None).open(p.encode(), 0) > 0 or None, runpy.run_path):",
            "    try: found.append(read('PLACE/answers.py'))",
            "    except OSError: pass",
            "if any(found): return found",
        ),
        FAILS,
    ),
    "answer-by-a-program": (
        tries("import subprocess", "return subprocess.check_output(['cat', 'PLACE/answers.py'])"),
        FAILS,
    ),
    "answer-by-a-link": (
        tries(
            "import os, tempfile",
            "place = tempfile.mkdtemp()",
            "os.symlink('PLACE/answers.py', place + '/link')",
            "return open(place + '/link').read()",
        ),
        FAILS,
    ),
    "answer-from-here": (tries("return open('../' * 20 + 'PLACE/answers.py').read()"), FAILS),
    "the-course": (
        tries("import sys", "sys.path.insert(0, 'CLONE')", "del sys.modules['bplab']", "import bplab.questions"),
        FAILS,
    ),
    "processes": (
        tries(
            "import os, pathlib",
            "found = b''",
            "for name in ('environ', 'cmdline', 'maps', 'mem', 'cwd', 'root'):",
            "    for pid in (os.getppid(), 'self', 1):",
            "        try: found += pathlib.Path(f'/proc/{pid}/{name}').read_bytes()",
            "        except OSError: pass",
            "return found or os.listdir('/proc')",
        ),
        FAILS,
    ),
    "neighbours": (
        tries("import os", "return {n: os.listdir('../' + n) for n in os.listdir('..')} or os.listdir('/')"),
        FAILS,
    ),
    "writes-outside": (
        tries(
            "import os",
            "file, mine = 'PLACE/answers.py', 'PLACE/mine'",
            "for change in (lambda: open(mine, 'w'), lambda: os.mkdir(mine), lambda: os.truncate(file, 0),",
            "               lambda: os.remove(file), lambda: os.rename(file, mine), lambda: os.chmod(file, 0),",
            "               lambda: os.utime(file, (0, 0)), lambda: os.link(file, mine)):",
            "    try:",
            "        change()",
            "        return 'changed'",
            "    except OSError: pass",
        ),
        FAILS,
    ),
    "sends": (
        instead(
            before=[
                "import socket\ndef send(kind, to):\n    try:\n        s = socket.socket(socket.AF_INET, kind)\n"
                "        s.connect(to)\n        s.send(b'x')\n    except OSError: pass\n"
                "for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM): send(kind, ('127.0.0.1', PORT))"
            ]
        ),
        {},
    ),
    "signals-by-a-pipe": (
        instead(
            called(
                "import fcntl, os, signal",
                "try:",
                "    r, w = os.pipe()",
                "    fcntl.fcntl(r, fcntl.F_SETOWN, os.getppid())",
                "    fcntl.fcntl(r, fcntl.F_SETSIG, signal.SIGCONT)",
                "    fcntl.fcntl(r, fcntl.F_SETFL, os.O_ASYNC)",
                "    os.write(w, b'x')",
                "except OSError: pass",
            )
        ),
        {},
    ),
}

# What the grader uses is patched, in the wrong process.
PATCHES = {
    "comparisons": (
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
    "numpy-names": (
        instead(
            after=["np.asarray = np.array = np.ndarray = np.float64 = np.frombuffer = np.matmul = lambda *a, **k: 0.0"],
            step=body("step", "np.add = np.subtract = np.multiply = lambda *a, **k: 0.0", "return dw"),
        ),
        dict.fromkeys(ALL, "wrong|crashed") | {"sigmoid": "right|wrong|crashed", "loss": "right|wrong|crashed"},
    ),
    "builtins": (
        instead(
            before=["import builtins\nbuiltins.isinstance = builtins.issubclass = lambda *a: True"],
            sigmoid=body("sigmoid", "import builtins", "builtins.len = builtins.abs = lambda *a: 0", "return 0 * z"),
        ),
        {"sigmoid": "wrong|crashed|error"},
    ),
    "import-itself": (
        instead(
            called(
                "import builtins, sys",
                "builtins.__import__ = lambda *a, **k: 1 / 0",
                "sys.modules.clear()",
                "sys.meta_path.clear()",
                "sys.path_hooks.clear()",
            )
        ),
        {"sigmoid": "right|wrong|error|crashed"},
    ),
    "json-and-struct": (
        instead(
            body(
                "sigmoid",
                "import json, struct, os",
                "json.dumps = json.JSONEncoder.encode = lambda *a, **k: '{}'",
                "struct.pack = lambda *a: b''",
                "os.write = lambda fd, data: len(data)",
                "return 0 * z",
            )
        ),
        {"sigmoid": "timed out|wrong"},
    ),
    "the-worker": (
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
    "the-wire": (
        instead(
            body(
                "sigmoid",
                "import sys",
                "frame = sys._getframe()",
                "while 'ask' not in frame.f_locals: frame = frame.f_back",
                "wire = frame.f_globals['wire']",
                "wire.pack = lambda message, values=(): b'\\0' * 8",
                "return 0 * z",
            )
        ),
        {"sigmoid": "crashed"},
    ),
    "a-trace": (
        instead(
            called(
                "import sys",
                "def trace(frame, event, argument):",
                "    if frame.f_code.co_name == 'step': raise RuntimeError",
                "sys.settrace(trace)",
                "np.sum = lambda *a, **k: 0.0",
            )
        ),
        {},
    ),
    "warnings-and-errors": (
        instead(
            before=["import warnings\nwarnings.simplefilter('error')\nnp.seterr(all='raise')\nnp.set_printoptions(0)"]
        ),
        {},
    ),
    "codecs-and-hooks": (
        instead(
            before=[
                "import atexit, codecs, gc, sys\nsys.excepthook = sys.unraisablehook = sys.displayhook = print\n"
                "sys.stdout = sys.stderr = None\nsys.addaudithook(lambda *a: None)\ngc.disable()\n"
                "for add in (codecs.register, gc.callbacks.append, atexit.register): add(lambda *a: 1 / 0)"
            ]
        ),
        {},
    ),
    "an-audit": (
        instead(
            called(
                "import sys",
                "def hook(event, arguments):",
                "    if event in ('exec', 'compile', 'import'): raise RuntimeError(event)",
                "sys.addaudithook(hook)",
            )
        ),
        {},
    ),
    "its-own-names": (
        instead(after=["del np\n__builtins__ = {}\nglobals().clear()"]),
        {"sigmoid": "error", "loss": "error"},
    ),
}

# Objects that are not what they say.
LIES = {
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
        ALL_WRONG,
    ),
    "says-it-is-an-array": (
        instead(
            before=[
                "import atexit, os\natexit.register(os._exit, 3)\n"
                "class Liar:\n    __class__ = np.ndarray\n    dtype, shape, ndim = np.dtype(float), (5, 3), 2\n"
                "class Meta(type):\n    def __subclasscheck__(*_): return True\n    __name__ = 7\n"
                "    def __eq__(*_): return True\n    __hash__ = None\n    def mro(self): return [self, object]\n"
                "class Odd(metaclass=Meta): pass\ncalls = []"
            ],
            sigmoid=body("sigmoid", "calls.append(z)", "return [Liar(), Odd(), np.matrix([[1.0]])][len(calls) % 3]"),
            loss=body(
                "loss",
                "deep = 0.0",
                "for _ in range(100000): deep = [deep]",
                "return deep if len(y) > 5 else (i for i in y)",
            ),
            step=body("step", "return {**w, float('nan'): 1, 1 << 70: 2, 'k' * 10**6: 3}"),
        ),
        ALL_WRONG,
    ),
    "points-anywhere": (
        instead(
            before=[
                "class Pointer:\n    def __init__(self, shape): self.__array_interface__ = dict(\n"
                "        shape=shape, typestr='<f8', data=(8, True), version=3)"
            ],
            sigmoid=body("sigmoid", "return Pointer(z.shape)"),
            loss=body("loss", "return Pointer(())"),
            step=body("step", "return {k: Pointer(w[k].shape) for k in w}"),
        ),
        ALL_WRONG,
    ),
    "an-array-of-anywhere": (
        instead(
            body("sigmoid", "return np.lib.stride_tricks.as_strided(z, z.shape, (1 << 40, 8))"),
            loss=body("loss", "return np.ctypeslib.as_array((__import__('ctypes').c_double * 1).from_address(8))"),
        ),
        {"sigmoid": "crashed", "loss": "crashed"},
    ),
    "broadcast": (
        instead(
            loss=body("loss", "return np.broadcast_to(1.0, (1 << 20, 1 << 20))"),
            step=body("step", "return {k: np.broadcast_to(0.0, (1 << 40,)) for k in range(50)}"),
        ),
        {"loss": "wrong", "step": "wrong"},
    ),
    "objects": (
        instead(
            body("sigmoid", "return np.array([[None] * z.shape[-1]] * len(z))"),
            loss=body("loss", "return np.ma.masked_array([1.0])"),
            step=body("step", "w = []", "w.append(w)", "return w"),
        ),
        ALL_WRONG,
    ),
    "kinds": (
        instead(
            body("sigmoid", "return (1 / (1 + np.exp(-z))).astype(complex)"),
            loss=body("loss", "return np.array((0.0, 1.0), dtype=[('a', float), ('b', float)])"),
            step=body("step", "return {k: np.zeros(w[k].shape, 'M8[s]') for k in w}"),
        ),
        ALL_WRONG,
    ),
    "not-finite": (
        instead(
            body("sigmoid", "return z * np.nan"),
            loss=body("loss", "return float('inf')"),
            step=body("step", "return {k: w[k] * np.nan for k in w}"),
        ),
        ALL_WRONG,
    ),
    "true-and-large": (
        instead(
            body("sigmoid", "return z > 0"),
            loss=body("loss", "return 10**400"),
            step=body("step", "return {True: w[1], 2: w[2]}"),
        ),
        ALL_WRONG,
    ),
    "empty": (
        instead(
            body("sigmoid", "return np.empty((0, *z.shape))"),
            loss=body("loss", "return []"),
            step=body("step", "return {}"),
        ),
        ALL_WRONG,
    ),
    "too-many": (
        instead(
            body("sigmoid", "return [[float(i) for i in range(9000)]] * 9000"),
            loss=body("loss", "return 'x' * (64 << 20)"),
            step=body("step", "return {i: 0.0 for i in range(200000)}"),
        ),
        ALL_WRONG,
    ),
    "subclasses-that-lie": (
        instead(
            before=[
                "class Number(float):\n    def __float__(self): return 1 / 0\n    def __eq__(self, o): return True\n"
                "class Dictionary(dict):\n    def items(self): return iter([(1, 0.0)])\n"
                "    def __len__(self): return 0\n    def __iter__(self): return iter(range(10**9))\n"
                "class List(list):\n    def __iter__(self): return iter([1.0])\n    def __len__(self): return -1"
            ],
            sigmoid=body("sigmoid", "return List(z)"),
            loss=body("loss", "return Number(0.0)"),
            step="right = lambda w, dw, lr: {k: w[k] - lr * dw[k] for k in w}\n"
            + body("step", "return Dictionary(right(w, dw, lr))"),
        ),
        {"sigmoid": "wrong", "loss": "wrong"},  # the dictionary is taken for what is in it, which is right
    ),
    "at-the-edge": (
        instead(
            body("sigmoid", "return np.sign(z) * 1.7e308"),
            loss=body("loss", "return 5e-324"),
            step=body("step", "return {k: np.full(w[k].shape, 2**64 - 1, 'u8') for k in w}"),
        ),
        ALL_WRONG,
    ),
    "of-other-shapes": (
        instead(
            body("sigmoid", "return np.zeros((1,) * 30)"),
            loss=body("loss", "return np.zeros((2000, 2000))"),
            step=body("step", "return {**w, **{f'k{i}': 0 for i in range(9000)}}"),
        ),
        ALL_WRONG,
    ),
    "right-in-other-clothes": (
        instead(
            body("sigmoid", "return np.asfortranarray(1 / (1 + np.exp(-z))).astype('>f8')[::-1][::-1]"),
            loss=body("loss", "return np.array([np.sum((y_hat - y) ** 2) / len(y)])[0]"),
            step=body("step", "return {np.int64(k): (w[k] - lr * dw[k]).T.copy().T for k in reversed(w)}"),
        ),
        {},
    ),
    "last-words": (
        instead(
            before=["import os\ncalls = []\nclass Last(dict):\n    def __del__(self): os.write(3, bytes(8))\n"],
            sigmoid=body("sigmoid", "calls.append(z)", "return Last() if len(calls) == 3 else 1 / (1 + np.exp(-z))"),
        ),
        {"sigmoid": "wrong"},
    ),
    "a-pickle": (
        instead(
            before=[
                "import os\nclass Bomb:\n    def __reduce__(self): return os._exit, (0,)\n"
                "    __copy__ = __deepcopy__ = __reduce__"
            ],
            sigmoid=body("sigmoid", "return Bomb()"),
            loss=body("loss", "return __import__('pickle').dumps(Bomb())"),
            step=body("step", "return {1: Bomb(), 'pickle': 'cos\\nsystem\\n'}"),
        ),
        ALL_WRONG,
    ),
}

# Which call is it? What was asked before?
COUNTS = {
    "the-first-is-right": (
        instead(
            before=["calls = []"],
            sigmoid=body("sigmoid", "calls.append(z)", "return 1 / (1 + np.exp(-z)) if len(calls) < 2 else z"),
        ),
        {"sigmoid": "wrong"},
    ),
    "remembers": (
        instead(
            before=["seen = {}"], loss=body("loss", "return seen.setdefault('loss', np.sum((y_hat - y) ** 2) / len(y))")
        ),
        {"loss": "wrong"},
    ),
    "remembers-by-identity": (
        instead(
            before=["seen = {}"], sigmoid=body("sigmoid", "return seen.setdefault(id(z.dtype), 1 / (1 + np.exp(-z)))")
        ),
        {"sigmoid": "wrong"},
    ),
    "replays-a-neighbour": (
        instead(
            before=["seen = []"],
            sigmoid=body("sigmoid", "seen.append(z)", "return seen[-2] if len(seen) > 1 else z"),
            loss=body("loss", "return float(seen[0].flat[0])"),
            step=body("step", "return dict(zip(w, seen))"),
        ),
        ALL_WRONG,
    ),
    "reads-ahead": (
        instead(
            body(
                "sigmoid",
                "import sys",
                "frame = sys._getframe()",
                "while 'values' not in frame.f_locals: frame = frame.f_back",
                "return frame.f_locals['values'][-1][0]",
            )
        ),
        {"sigmoid": "wrong"},
    ),
    "one-buffer-for-all": (
        instead(
            before=["buffer = np.empty(64)"],
            sigmoid=body(
                "sigmoid", "out = buffer[:z.size].reshape(z.shape)", "out[...] = 1 / (1 + np.exp(-z))", "return out"
            ),
        ),
        {},
    ),
    "changes-what-it-is-given": (
        instead(step=body("step", "for k in w: w[k] -= lr * dw[k]", "lr = 0", "return {k: w[k].copy() for k in w}")),
        {"step": "wrong"},
    ),
    "guesses": (
        instead(
            body("sigmoid", "return np.random.default_rng(0).uniform(size=z.shape)"), loss=body("loss", "return len(y)")
        ),
        {"sigmoid": "wrong", "loss": "wrong"},
    ),
}

FORGE = """
import json, os, socket, stat, struct, sys
def send(data, fd=3):
    if stat.S_ISSOCK(os.fstat(fd).st_mode): os.write(fd, data)
def forge(answer):
    header = json.dumps(answer).encode()
    send(struct.pack("<II", len(header), 0) + header)
def ids():
    frame = sys._getframe()
    while 'message' not in frame.f_locals: frame = frame.f_back
    return frame.f_locals['message']['ids']
"""

# Replies of their own making.
FORGES = {
    "early": (instead(before=[FORGE + "forge({'message': {'id': '0' * 16}, 'values': [], 'arrays': []})"]), {}),
    "not-a-frame": (
        instead(
            before=[FORGE],
            sigmoid=body("sigmoid", "send(bytes([255] * 8))", "return z"),
            loss=body("loss", "forge({'message': {}, 'values': [['array', 7]], 'arrays': []})", "return 0"),
            step=body("step", "send(struct.pack('<II', 2, 0) + b'[' * 2)", "return w"),
        ),
        dict.fromkeys(ALL, "crashed"),
    ),
    "answers-early": (
        instead(
            before=[FORGE],
            sigmoid=body(
                "sigmoid",
                "for own in ids(): forge({'message': {'id': own, 'raised': None}, 'values': [1.0], 'arrays': []})",
                "return z",
            ),
        ),
        {"sigmoid": "wrong"},
    ),
    "claims-definitions": (
        instead(
            before=[
                FORGE + "for own in ids():\n"
                "    forge({'message': {'id': own, 'defined': ['sigmoid', 'loss', 'step', 7, []], 'empty': {}, "
                "'imports': [[], ['a'], [1, 2], 'ab', ['c', 'd', 'e']], 'mended': 1}, 'values': [], 'arrays': []})"
            ]
        ),
        {},
    ),
    "an-abyss": (
        instead(
            before=[FORGE],
            sigmoid=body(
                "sigmoid",
                "abyss = '[' * 900 + ']' * 900",
                'header = \'{"message": {"id": "%s", "raised": {"type": {}, "message": %s, "line": 7, \'',
                'header += \'"shapes": {"a": %s}}}, "values": [], "arrays": []}\'',
                "for own in ids():",
                "    text = (header % (own, abyss, abyss)).encode()",
                "    send(struct.pack('<II', len(text), 0) + text)",
                "return z",
            ),
        ),
        FAILS,
    ),
    "too-many-keys": (
        instead(
            before=[FORGE],
            step=body(
                "step",
                "many = ['dict', [[i, 0] for i in range(15000)]]",
                "answer = {'raised': None}",
                "for own in ids(): forge({'message': answer | {'id': own}, 'values': [many, many], 'arrays': []})",
            ),
        ),
        {"step": "crashed"},
    ),
    "arrays-of-nothing": (
        instead(
            before=[
                FORGE + "def claim(table):\n    for own in ids():\n        answer = {'id': own, 'raised': None}\n"
                "        forge({'message': answer, 'values': [['array', 0]], 'arrays': table})"
            ],
            sigmoid=body("sigmoid", "claim([['<f8', [1 << 62, 1 << 62, 0]]])", "return z"),
            loss=body("loss", "claim([['|O', [1]]])", "return 0.0"),
            step=body("step", "claim([['<f8', [1 << 40]]])", "return w"),
        ),
        {"sigmoid": "wrong|crashed", "loss": "crashed", "step": "crashed"},
    ),
    "a-call-back-that-nobody-has": (
        instead(
            before=[FORGE],
            loss=body(
                "loss",
                "for own in ids(): forge({'message': {'id': own, 'asks': True}, 'values': [], 'arrays': []})",
                "return 0",
            ),
        ),
        {"loss": "crashed|wrong"},
    ),
    "on-every-descriptor": (
        instead(
            before=[FORGE],
            sigmoid=body(
                "sigmoid",
                "for fd in range(64):",
                "    try: send(struct.pack('<II', 15, 0) + b'{\"right\": true} ', fd)",
                "    except OSError: pass",
                "return z",
            ),
        ),
        {"sigmoid": "crashed"},
    ),
    "half-a-frame": (
        instead(before=[FORGE], sigmoid=body("sigmoid", "send(struct.pack('<II', 50, 0))", "os._exit(0)")),
        {"sigmoid": "crashed"},
    ),
    "takes-the-next-request": (
        instead(
            before=[FORGE],
            sigmoid=called(
                "if stat.S_ISSOCK(os.fstat(3).st_mode):",
                "    os.set_blocking(3, False)",
                "    try: os.read(3, 1 << 20)",
                "    except OSError: pass",
            ),
        ),
        {},
    ),
    "shuts-the-wire": (
        instead(
            before=[FORGE],
            sigmoid=body("sigmoid", "socket.socket(fileno=os.dup(3)).shutdown(socket.SHUT_RDWR)", "return z"),
        ),
        {"sigmoid": "crashed"},
    ),
    "sends-descriptors": (
        instead(
            before=[FORGE],
            sigmoid=called(
                "try: socket.send_fds(socket.socket(fileno=os.dup(3)), [b'x'], [0, 1, 2] * 9)", "except OSError: pass"
            ),
        ),
        {"sigmoid": "crashed|error|timed out"},
    ),
    "out-of-band": (
        instead(before=[FORGE], sigmoid=called("socket.socket(fileno=os.dup(3)).send(b'x', socket.MSG_OOB)")),
        # The stray byte makes the next frame seem longer than it is; an error where the kernel has no such bytes here.
        {"sigmoid": "timed out|error"},
    ),
    "closes-everything": (
        instead(body("sigmoid", "import os", "os.closerange(0, 64)", "return z")),
        {"sigmoid": "crashed"},
    ),
}

# Ending too early.
ENDS = {
    "exit-function": (instead(body("sigmoid", "import os", "os._exit(0)")), {"sigmoid": "crashed"}),
    "exit-cell": (instead(after=["import os\nos._exit(0)"]), {}),
    "sys-exit": (instead(loss=body("loss", "import sys", "sys.exit(0)")), {"loss": "error"}),
    "interrupts": (instead(loss=body("loss", "raise KeyboardInterrupt")), {"loss": "error"}),
    "segfault": (instead(body("sigmoid", "import ctypes", "return ctypes.string_at(0)")), {"sigmoid": "crashed"}),
    "abort": (instead(step=body("step", "import os", "os.abort()")), {"step": "crashed"}),
    "kills-itself": (
        instead(loss=body("loss", "import os, signal", "os.kill(os.getpid(), signal.SIGKILL)")),
        {"loss": "crashed"},
    ),
    "kills-its-group": (
        instead(
            body(
                "sigmoid",
                "import os, signal",
                "if os.getpgid(0) != os.getpid(): os.setpgid(0, 0)",
                "os.killpg(os.getpgid(0), signal.SIGKILL)",
                "return z",
            )
        ),
        {"sigmoid": "error|crashed"},
    ),
    "asks-for-its-parent": (
        instead(body("sigmoid", "import os", "os.kill(os.getppid(), 0)", "return z")),
        {"sigmoid": "error|wrong"},
    ),
    "becomes-another": (
        instead(loss=body("loss", "import os", "os.execv('/bin/true', ['true'])")),
        {"loss": "error|crashed"},
    ),
    "recursion": (
        instead(
            body("sigmoid", "return sigmoid(z)"),
            loss=body(
                "loss",
                "import sys",
                "sys.setrecursionlimit(1 << 30)",
                "deep, as_deep = 0.0, 1.0",
                "for _ in range(200000): deep, as_deep = [deep], [as_deep]",
                "return deep == as_deep",
            ),
        ),
        {"sigmoid": "error", "loss": "error|crashed"},
    ),
    "evil-exceptions": (
        instead(
            before=[
                "import os\nclass Evil(Exception):\n    def __str__(self): os._exit(0)\n    __repr__ = __str__\n"
                "class Meta(type):\n    __name__ = property(lambda self: 1 / 0)\n"
                "class Odd(BaseException, metaclass=Meta): pass"
            ],
            sigmoid=body("sigmoid", "raise Evil"),
            loss=body("loss", "raise Odd('x' * 10**7)"),
            step=body("step", "error = ValueError('a')", "error.__cause__ = error.__context__ = error", "raise error"),
        ),
        {"sigmoid": "crashed", "loss": "error|crashed", "step": "error"},
    ),
    "alarm": (
        instead(
            called(
                "import os, signal",
                "signal.signal(signal.SIGALRM, lambda *_: os._exit(0))",
                "signal.setitimer(signal.ITIMER_REAL, 0.1)",
            ),
            loss="import time\n" + LOSS.replace("    return", "    time.sleep(0.2)\n    return"),
        ),
        {},
    ),
}

# Staying on, and taking what there is.
TAKES = {
    "forks": (
        instead(before=["import os, time\nif os.fork() == 0:\n    time.sleep(60)\n    os._exit(0)\n" + SIGMOID]),
        {},
    ),
    "daemons": (
        instead(
            called(
                "import os, time",
                "try:",
                "    for _ in range(3):",
                "        if os.fork() == 0:",
                "            os.setsid()",
                "            if os.fork() == 0: time.sleep(30)",
                "            os._exit(0)",
                "except OSError: pass",
            )
        ),
        {},
    ),
    "programs": (
        instead(loss=body("loss", "import subprocess", "subprocess.Popen(['sleep', '30'])", "return 0.0")),
        {"loss": "error"},
    ),
    "pools": (
        instead(loss=body("loss", "import multiprocessing", "multiprocessing.Pool(2)", "return 0.0")),
        {"loss": "error"},
    ),
    "threads": (
        instead(loss=body("loss", "import threading", "threading.Thread(target=print).start()", "return 0.0")),
        {"loss": "error"},
    ),
    "memory": (instead(body("sigmoid", "return np.empty(8 << 30, 'u1')")), FAILS),
    "memory-bit-by-bit": (
        instead(body("sigmoid", "kept = [np.empty(1 << 23) for _ in range(30)]", "return z")),
        FAILS,
    ),
    "shared-memory": (
        instead(
            body(
                "sigmoid",
                "import ctypes",
                "libc = ctypes.CDLL(None)",
                "key = libc.shmget(0, 1 << 20, 0o600)",
                "if key >= 0: libc.shmctl(key, 0, None)",
                "assert key < 0",
                "return z",
            )
        ),
        {"sigmoid": "wrong"},
    ),
    "a-bomb-in-a-string": (
        instead(
            body(
                "sigmoid",
                "import zlib",
                "bomb = zlib.compress(bytes(1 << 20))",
                "return zlib.decompress(bomb * 1, bufsize=8 << 30)",
            )
        ),
        {"sigmoid": "error|wrong"},
    ),
    "a-large-file": (
        instead(
            loss=body(
                "loss",
                "import tempfile",
                "with tempfile.TemporaryFile() as f:",
                "    for _ in range(40): f.write(bytes(1 << 20))",
                "return 0.0",
            )
        ),
        {"loss": "error"},
    ),
    "many-files": (
        instead(
            loss=body(
                "loss",
                "import os, tempfile",
                "place = tempfile.mkdtemp()",
                "for i in range(500): open(f'{place}/{i}', 'w').close()",
                "return 0.0",
            )
        ),
        {"loss": "error|wrong"},
    ),
    "deep-folders": (
        instead(
            before=[
                "import os, tempfile\nos.chdir(tempfile.mkdtemp())\nfor _ in range(1500):\n    os.mkdir('d', 0o700)\n"
                "    os.chdir('d')\nos.mkdir('shut')\nopen('shut/file', 'w').close()\nos.chmod('shut', 0)"
            ]
        ),
        {},
    ),
    "descriptors": (
        instead(loss=body("loss", "import os", "kept = [os.dup(1) for _ in range(100)]", "return 0.0")),
        {"loss": "error"},
    ),
    "output": (instead(called("print('=HYPERLINK' * 30000)")), {}),
    "output-in-pieces": (instead(called("import os", "for _ in range(20000): os.write(2, b'\\x1b]0;x\\a\\r\\n')")), {}),
    "its-place": (instead(before=["import os\nos.chdir('/')\nos.umask(0)\nos.nice(19)"]), {}),
}

# Coming to no end.
ENDLESS = {
    **{name.removeprefix("endless-"): sample for name, sample in ENDLESS_ONES.items()},
    "sleeps": (instead(step=body("step", "import time", "time.sleep(1 << 20)")), {"step": "timed out"}),
    "in-c": (instead(step=body("step", "import re", "re.match('(a+)+$', 'a' * 60 + 'b')")), {"step": "timed out"}),
    "waits": (instead(loss=body("loss", "import os", "r, w = os.pipe()", "os.read(r, 1)")), {"loss": "timed out"}),
    "drips": (
        instead(
            before=[FORGE + "import time"],
            loss=body("loss", "send(bytes([0, 0, 1, 0]))", "while True:", "    send(b'x')", "    time.sleep(0.05)"),
        ),
        {"loss": "timed out|crashed"},
    ),
    "when-it-is-written-down": (
        instead(
            before=["class Never(Exception):\n    def __str__(self):\n        while True: pass"],
            step=body("step", "raise Never"),
        ),
        {"step": "timed out"},
    ),
}

EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(1)>\\u202e\\x1b[31m\\x1b]0;x\\a\\x00\\r=1+1\\u2028{{ 7 * 7 }}{%"
)

# What it says is shown to people.
SHOWS = {
    "message": (instead(body("sigmoid", f"print('{EVIL}')", f"raise ValueError('{EVIL}')")), FAILS),
    "formula": (instead(body("sigmoid", 'raise ValueError(\'=HYPERLINK("http://x.invalid","1")\')')), FAILS),
    "type-name": (
        instead(body("sigmoid", f"raise type('{EVIL}'.replace('\\x00', ''), (Exception,), {{}})('@SUM(1)')")),
        FAILS,
    ),
    "kind-name": (
        instead(loss=body("loss", f"return type('{EVIL}'.replace('\\x00', ''), (), {{}})()")),
        {"loss": "wrong"},
    ),
    "line": (instead(body("sigmoid", "z + 1; raise ValueError  # <script>alert(1)</script> \u202e")), FAILS),
    "keys": (instead(step=body("step", f"return {{'{EVIL}': w[1]}}")), {"step": "wrong"}),
    "endless-message": (instead(body("sigmoid", "raise ValueError('x<b>' * 10**6)")), FAILS),
    "not-unicode": (instead(body("sigmoid", "print('\\udc80\\ud800')", "raise ValueError('\\udfff' * 3)")), FAILS),
    "bytes": (instead(called("import os", "os.write(1, bytes(range(256)) * 9)")), {}),
}

PLUS = "def sigmoid(z):\n    {}\n    return 1 / (1 + np.exp(z))"
LATER = "if z is None: x = "

# A known mistake, whose source is looked at by the grader too.
SOURCES = {
    name: (instead(PLUS.format(line)), {"sigmoid": "wrong"})
    for name, line in {
        "deep": LATER + "(1+" * 90 + "1" + ")" * 90,
        "deeper": LATER + "-" * 900 + "1",
        "dotted": LATER + "z" + ".a" * 900,
        "long": LATER + "+".join("1" * 900),
        "long-number": LATER + "9" * 4000,
        "many-lines": "\n".join(["pass"] + ["    # " + "x" * 100] * 1500),
        "odd-strings": "x = '\x0b\x0c\x1c\x85\u2028\\ud800'",
        "another-coding": "pass  # -*- coding: utf-7 -*- +ADw-",
        "a-page": "x = '</code></pre><script>alert(1)</script>'",
    }.items()
}

GROUPS = {
    "looks-around": LOOKS_AROUND,
    "looks-outside": LOOKS_OUTSIDE,
    "patches": PATCHES,
    "lies": LIES,
    "counts": COUNTS,
    "forges": FORGES,
    "ends": ENDS,
    "takes": TAKES,
    "endless": ENDLESS,
    "shows": SHOWS,
    "sources": SOURCES,
}
CELLS = {f"{group}-{name}": sample for group, samples in GROUPS.items() for name, sample in samples.items()}
