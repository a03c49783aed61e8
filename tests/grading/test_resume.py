"""Nothing is lost: a run that was killed, interrupted or ran out of room goes on, and ends with the same files."""

import json
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import pytest
import samples
from processes import descendants, started

from bplab.grading import GradingError, grade
from bplab.grading.journal import Journal, key
from bplab.grading.marking import Mark, Marked, Settings
from bplab.grading.submissions import File, Submission

EXERCISE = str(Path(__file__).with_name("small_exercise.py"))
NAMES = ("right", "plus-sign", "parentheses", "sum", "half", "uphill", "raises", "broken-json")


def submissions_in(folder):
    slow = {name: (text.replace("%matplotlib inline", "import time; time.sleep(0.04)"), {})
            for name, (text, _) in samples.HONEST.items() if name in NAMES}  # fmt: skip
    samples.folder_of(folder, slow)
    return folder


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """SUBMISSIONS, and the files that a run leaves which nobody disturbs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    grade(submissions_in(folder / "in"), folder / "out", exercise=EXERCISE)
    return folder / "in", files(folder / "out")


def files(out):
    found = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    del found["run.json"]
    return found


def start(submissions, out, *options, **popen):
    command = [sys.executable, "-m", "bplab", "grade", submissions, "--out", out, "--exercise", EXERCISE, *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **popen)


def lines(out):
    """The journal's whole lines."""
    try:
        return [line for line in (out / "journal.jsonl").read_bytes().splitlines(True) if line.endswith(b"\n")]
    except FileNotFoundError:
        return []


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def kept(out):
    return json.loads((out / "run.json").read_text())["kept"]


def kill(run, out, enough, seconds):
    """Kill a run a while after its journal has so many lines; wait until all that it had started has ended as well."""
    wait_for(lambda: len(lines(out)) >= enough or run.poll() is not None)
    time.sleep(seconds)
    children = {pid: started(pid) for pid in descendants(run.pid)}
    run.kill()
    run.communicate()
    wait_for(lambda: not any(begun and started(pid) == begun for pid, begun in children.items()))
    return children


@pytest.mark.parametrize("workers", ["1", "2"])
def test_kill_at_any_moment_then_resume(undisturbed, tmp_path, workers):
    submissions, expected = undisturbed
    out = tmp_path / "out"
    chance = random.Random(int(workers))
    before, children = [], {}
    for _ in range(3):
        run = start(submissions, out, "--workers", workers, "--resume")
        children |= kill(run, out, len(before) + chance.randrange(3), chance.uniform(0, 0.06))
        after = lines(out)
        assert after[: len(before)] == before
        before = after
    assert children
    grade(submissions, out, exercise=EXERCISE, resume=True)
    assert kept(out) == len(before)
    assert set(before) <= set(lines(out))
    assert files(out) == expected


def test_ctrl_c_says_how_to_go_on(undisturbed, tmp_path):
    submissions, expected = undisturbed
    out = tmp_path / "out"
    # What a shell starts in the background ignores Ctrl-C, and so would everything below it.
    run = start(submissions, out, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    wait_for(lambda: lines(out))
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert run.returncode not in (0, None)
    assert "What has been marked is kept: the same command with --resume goes on from there." in said
    grade(submissions, out, exercise=EXERCISE, resume=True)
    assert kept(out) >= 1
    assert files(out) == expected


def test_a_disk_that_fills_while_marking(undisturbed, tmp_path):
    submissions, expected = undisturbed

    def little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, resource.RLIM_INFINITY))

    run = start(submissions, tmp_path / "out", preexec_fn=little_room)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 2
    assert "cannot be written: File too large. What has been marked is kept: the same command with --resume" in said
    some = lines(tmp_path / "out")
    assert 0 < len(some) < len(NAMES)
    grade(submissions, tmp_path / "out", exercise=EXERCISE, resume=True)
    assert kept(tmp_path / "out") == len(some)
    assert files(tmp_path / "out") == expected


@pytest.fixture
def no_marking(monkeypatch):
    def mark_all(*arguments):
        raise AssertionError("marked before it was known that the results can be written")

    monkeypatch.setattr("bplab.grading.mark_all", mark_all)


@pytest.mark.usefixtures("no_marking")
def test_a_full_disk_is_told_before_any_marking(undisturbed, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9 - 10**6, 10**6))
    with pytest.raises(
        GradingError, match=r"out: 1.0 MB are free, and the results may need 1.6 MB. Make room, or give"
    ):
        grade(undisturbed[0], tmp_path / "out", exercise=EXERCISE)


@pytest.mark.usefixtures("no_marking")
def test_results_that_cannot_be_written_are_told_before_any_marking(undisturbed, tmp_path):
    with pytest.raises(GradingError, match="/proc/self/out cannot be written: No such file or directory"):
        grade(undisturbed[0], "/proc/self/out", exercise=EXERCISE)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/run.json").write_text('{"versions": {"bplab": "0"}}')
    (tmp_path / "out/feedback").write_text("in the way")
    with pytest.raises(GradingError, match="out cannot be written: File exists"):
        grade(undisturbed[0], tmp_path / "out", exercise=EXERCISE)
    (tmp_path / "out/feedback").unlink()
    (tmp_path / "out/marks.csv").mkdir()
    with pytest.raises(GradingError, match=r"marks.csv cannot be written: it is a folder. Move it away"):
        grade(undisturbed[0], tmp_path / "out", exercise=EXERCISE)


def test_what_goes_wrong_while_the_results_are_written_loses_nothing(undisturbed, tmp_path, monkeypatch):
    submissions, expected = undisturbed

    def full(path, text):
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr("bplab.grading.results.grades_csv", lambda *a: full("grades.csv", ""))
        with pytest.raises(GradingError, match=r"grades.csv cannot be written: No space left on device.*--resume"):
            grade(submissions, tmp_path / "out", exercise=EXERCISE)
    grade(submissions, tmp_path / "out", exercise=EXERCISE, resume=True)
    assert kept(tmp_path / "out") == len(NAMES)
    assert files(tmp_path / "out") == expected


def test_only_what_is_new_is_marked(undisturbed, tmp_path):
    submissions = Path(shutil.copytree(undisturbed[0], tmp_path / "in"))
    out = tmp_path / "out"
    grade(submissions, out, exercise=EXERCISE, resume=True)  # where there is no journal, all are marked
    assert kept(out) == 0
    (submissions / "right/ex51-small.ipynb").write_text(samples.HONEST["plus-sign"][0])
    (submissions / "late").mkdir()
    (submissions / "late/ex51-small.ipynb").write_text(samples.HONEST["right"][0])
    shutil.rmtree(submissions / "sum")
    grade(submissions, out, exercise=EXERCISE, resume=True)
    assert kept(out) == len(NAMES) - 2
    grade(submissions, tmp_path / "fresh", exercise=EXERCISE)
    assert files(out) == files(tmp_path / "fresh")


def test_other_settings_are_marked_anew(undisturbed, tmp_path):
    submissions, _ = undisturbed
    grade(submissions, tmp_path / "out", exercise=EXERCISE)
    other = tmp_path / "other.py"
    other.write_text(Path(EXERCISE).read_text().replace("points=3", "points=4"))
    for options in ({"seed": 1}, {"timeout": 4.0}, {"exercise": str(other)}):
        grade(submissions, tmp_path / "out", resume=True, **{"exercise": EXERCISE} | options)
        assert kept(tmp_path / "out") == 0, options


def test_two_runs_do_not_write_to_one_folder(undisturbed, tmp_path):
    grade(undisturbed[0], tmp_path / "out", exercise=EXERCISE)
    journal = Journal(tmp_path / "out/journal.jsonl", resume=True)
    with pytest.raises(GradingError, match=r"another bplab grade is writing to .*out: wait for it, or end it"):
        grade(undisturbed[0], tmp_path / "out", exercise=EXERCISE)
    journal.close()
    grade(undisturbed[0], tmp_path / "out", exercise=EXERCISE)


def result(student):
    mark = Mark(student, "ex", "f", 1 / 3, 2, "wrong", "a;b", 'ü "=1"\n')
    return Marked(student, "ex", [mark], f"<p>{student} – ü\n", ["trouble"], {"f": "def f():\n    return 1"})


def test_a_journal_gives_back_what_it_was_given_whatever_stands_at_its_end(tmp_path):
    path = tmp_path / "journal.jsonl"
    journal = Journal(path, resume=True)
    for student in ("ann", "bob"):
        journal.add(student, result(student))
    journal.close()
    whole = path.read_bytes()
    for torn in (b"", b'{"key": "cy", "ma', b"\xff\x00", whole[: len(whole) // 3]):
        for odd in (b"", b"{}\n", b"[1]\n", b"nonsense\n", b'{"key": "x", "marks": [{}]}\n'):
            path.write_bytes(odd + whole + torn)
            journal = Journal(path, resume=True)
            assert set(journal.places) == {"ann", "bob"}
            journal.add("cy", result("cy"))
            assert [journal.read(name) for name in ("cy", "ann", "bob")] == [result(n) for n in ("cy", "ann", "bob")]
            journal.tidy(["ann", "bob"])
            journal.close()
            assert path.read_bytes() == whole


def test_the_key_is_of_all_that_a_result_depends_on(tmp_path):
    def handed_in(student="ann", exercise="ex", content=b"{}", notes=()):
        return Submission(student, exercise, File(("x.ipynb",), 0.0, lambda: content), notes)

    settings = Settings(5.0, 0)
    keys = [
        key(handed_in(), EXERCISE, settings),
        key(handed_in("bob"), EXERCISE, settings),
        key(handed_in(exercise="ex2"), EXERCISE, settings),
        key(handed_in(content=b"[]"), EXERCISE, settings),
        key(handed_in(notes=("two files",)), EXERCISE, settings),
        key(handed_in(), "ex01-forward-pass", settings),
        key(handed_in(), EXERCISE, Settings(4.0, 0)),
        key(handed_in(), EXERCISE, Settings(5.0, 1)),
    ]
    assert len(set(keys)) == len(keys)
    assert key(handed_in(), EXERCISE, settings) == keys[0]
