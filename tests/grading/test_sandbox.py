"""The sandbox from inside and from outside: what holds a submission, and that nothing outlives its parent."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
import samples
from test_grade import EXERCISE, own_descendants

from bplab.grading.attempts import Attempts, _raised
from bplab.grading.notebook import SOURCE_LIMIT, Cell
from bplab.grading.repairs import plan
from bplab.grading.sandbox import OUTPUT_LIMIT, ZYGOTE, Sandbox, StoppedError


@pytest.fixture
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def run(child, source, seconds=10.0):
    """What one cell prints."""
    job = {"number": 1, "source": textwrap.dedent(source), "names": [], "definitions": False}
    reply = child.request({"do": "cells", "cells": [job]}, seconds)
    assert reply["raised"] is None, reply
    return child.take_printed()


def test_what_a_submission_finds_around_it(sandbox):
    child = sandbox.fork()
    seen = run(
        child,
        """
        import os, sys, resource
        print({name for name in os.environ if not name.endswith("_THREADS")} <= {"PYTHONHASHSEED", "LC_CTYPE"})
        print(os.listdir(), os.read(0, 1), [fd for fd in range(64) if os.path.exists(f"/dev/fd/{fd}")])
        print([name for name in sys.modules if name.startswith("bplab")], any("site-packages" in p for p in sys.path))
        print(os.getpid() == os.getsid(0) == os.getpgid(0))
        """,
    )
    assert seen.splitlines() == [
        "True",
        "[] b'' [0, 1, 2, 3]",
        "['bplab.check', 'bplab.explore', 'bplab'] False",
        "True",
    ]


@pytest.mark.parametrize("call", ["Network([1, 1])", "zoo.card()", "grading.grade()"])
def test_bplab_says_that_it_is_not_there(sandbox, call):
    job = {"number": 1, "source": f"import bplab\nbplab.{call}", "names": [], "definitions": False}
    reply = sandbox.fork().request({"do": "cells", "cells": [job]}, 10.0)
    assert "not available while marking" in reply["raised"]["message"]


def test_what_a_notebook_asks_of_the_stand_ins(sandbox):
    printed = run(
        sandbox.fork(),
        """
        import bplab
        from bplab import check, explore
        import matplotlib.pyplot as plt
        from IPython.display import display
        assert check.sigmoid(None).right and check.load("x.py").sigmoid(3) and check.paper("w1_11", 0.0123).right
        explore.predict("falls or rises?", ["falls", "rises"])
        explorer = explore.backward_pass()
        explorer.set(w1_11=0.5)
        fig, axes = plt.subplots(2, 3)
        for ax in axes.flat: ax.plot([1, 2], label="x")
        with plt.style.context("dark"): plt.title("y")
        fig, (left, right) = plt.subplots(1, 2)
        display(fig)
        get_ipython().run_line_magic("matplotlib", "inline")
        try: import bplab.questions
        except ImportError as error: print(error)
        """,
    )
    assert printed == "the bplab library is not available while marking: write the formula yourself\n"


def test_output_is_drained_and_cut(sandbox):
    child = sandbox.fork()
    assert len(run(child, "print('x' * (8 << 20))")) == OUTPUT_LIMIT
    assert run(child, "print('and on')") == "and on\n"


def test_a_deadline_holds_against_dripping_bytes(sandbox):
    child = sandbox.fork()
    started = time.monotonic()
    drip = (
        "import os, time\nos.write(3, bytes([0, 0, 1, 0]))\nwhile True:\n    os.write(3, b'\\0')\n    time.sleep(0.05)"
    )
    with pytest.raises(StoppedError, match="timed out"):
        run(child, drip, seconds=0.4)
    assert time.monotonic() - started < 5


def test_a_zygote_that_died_is_replaced(sandbox):
    sandbox.fork()
    first = sandbox.process
    first.kill()
    first.wait()
    assert run(sandbox.fork(), "print('here')") == "here\n"
    assert sandbox.process.pid != first.pid


def test_orphans_come_back_and_are_ended(tmp_path, monkeypatch):
    """Even where nothing forbids a submission to start processes: here a zygote lets it."""
    lenient = tmp_path / "zygote.py"
    lenient.write_text(ZYGOTE.read_text().replace('"NPROC": 0', '"NPROC": 100'))
    monkeypatch.setattr("bplab.grading.sandbox.ZYGOTE", lenient)
    before = own_descendants()
    with Sandbox(without={"seccomp"}) as sandbox:
        daemons = (
            "import os, time\nfor _ in range(3):\n    if os.fork() == 0:\n        os.setsid()\n        time.sleep(60)\n"
        )
        run(sandbox.fork(), daemons)
        assert len(own_descendants() - before) == 5
        sandbox.end()
        assert own_descendants() - before == {sandbox.process.pid}
    assert own_descendants() <= before


def test_nothing_outlives_a_grader_that_is_killed(tmp_path):
    made = {f"endless-{i}": samples.ENDLESS["endless-function"] for i in range(2)}
    samples.folder_of(tmp_path / "submissions", made)
    code = f"from bplab.grading import grade; grade({str(tmp_path / 'submissions')!r}, {str(tmp_path / 'out')!r}, "
    code += f"exercise={EXERCISE!r}, workers=2, timeout=60)"
    before = own_descendants()
    grader = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL)
    below = wait_for(lambda: new if len(new := own_descendants() - before) >= 7 else None)
    below -= {grader.pid}
    os.kill(grader.pid, signal.SIGKILL)
    grader.wait()
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() and not is_zombie(pid) for pid in below))


def is_zombie(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_for(condition, seconds=30.0):
    end = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return result


def test_when_the_time_for_cells_is_over_definitions_still_count(sandbox, monkeypatch):
    monkeypatch.setattr("bplab.grading.attempts.CELLS_LIMIT", 0)
    cells = [
        Cell(1, "code", "import time\ntime.sleep(60)"),
        Cell(2, "code", "def f():\n    return 7\nprint('not this')"),
    ]
    attempts = Attempts(sandbox, cells, ["f"], timeout=5.0)
    attempts.run()
    assert attempts.defined["f"] == [2]
    assert attempts.hurried == {1, 2}
    assert not attempts.stopped
    assert attempts.take_printed() == ""


def test_an_answer_of_any_depth_can_be_read():
    abyss = []
    for _ in range(100_000):
        abyss = [abyss]
    said = _raised({"type": abyss, "message": {}, "line": 7, "shapes": {"a": abyss, "h": "(5, 4)"}})
    assert (said.type, said.message, said.line, said.shapes) == ("Exception", "", "", {"h": "(5, 4)"})


def test_cells_that_go_on_are_joined_only_up_to_a_limit():
    cells = [Cell(number, "code", "    a\n" * 5_000) for number in range(1, 20)]
    assert {len(cell.source) <= SOURCE_LIMIT for cell in plan(cells, ["f"]).cells} == {True}
    assert len(plan(cells, ["f"]).cells) == 4
