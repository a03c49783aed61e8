"""--dask: a cluster gives the same bytes as this process alone, and a worker that dies in the middle loses nothing."""

import builtins
import os

import pytest
import samples
from distributed import LocalCluster
from processes import descendants
from test_resume import EXERCISE, files

from bplab.grading import GradingError, grade
from bplab.grading.cluster import mark_on_cluster
from bplab.grading.marking import Settings
from bplab.grading.submissions import find

NAMES = ("right", "plus-sign", "sum", "raises", "syntax-error", "broken-json", "untouched", "uphill")
EXITS = samples.body("sigmoid", "import os", "os._exit(0)")


@pytest.fixture(scope="module")
def cluster():
    options = {"dashboard_address": None, "scheduler_port": 0, "host": "127.0.0.1"}
    with LocalCluster(n_workers=2, threads_per_worker=2, processes=True, **options) as running:
        yield running


@pytest.fixture
def submissions(tmp_path):
    made = {name: samples.HONEST[name] for name in NAMES} | {"exits": (samples.instead(EXITS), {})}
    made |= {f"copy {n}": samples.HONEST["half"] for n in range(12)}
    samples.folder_of(tmp_path / "in", made)
    return tmp_path / "in"


def test_a_cluster_gives_the_same_bytes(cluster, submissions, tmp_path):
    before = descendants(os.getpid())
    grade(submissions, tmp_path / "alone", exercise=EXERCISE)
    grade(submissions, tmp_path / "cluster", exercise=EXERCISE, dask=cluster.scheduler_address)
    assert files(tmp_path / "cluster") == files(tmp_path / "alone")
    assert descendants(os.getpid()) <= before  # the workers stay, what they had started does not


def test_a_worker_that_dies_loses_nothing(cluster, submissions, tmp_path):
    tasks = {"ex51-small": ["sigmoid", "loss", "step"]}
    found = find(submissions, tasks, True, tmp_path / "out")
    marking = mark_on_cluster(found.submissions, {"ex51-small": EXERCISE}, Settings(), cluster.scheduler_address)
    marked = [next(marking)]
    first = next(iter(cluster.workers.values()))
    os.kill(first.pid, 9)  # the nanny starts another one
    marked += marking
    assert sorted(m.student for m in marked) == sorted(s.student for s in found.submissions)
    grade(submissions, tmp_path / "alone", exercise=EXERCISE)
    pages = {m.student: m.page for m in marked}
    for student, page in pages.items():
        assert (tmp_path / f"alone/feedback/{student}/ex51-small.html").read_text() == page


def test_without_dask_the_way_out_is_said(submissions, tmp_path, monkeypatch):
    imported = builtins.__import__

    def missing(name, *arguments):
        if name.partition(".")[0] == "distributed":
            raise ImportError(name)
        return imported(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(GradingError, match=r'needs dask.distributed: install it with pip install "bplab\[dask\]"'):
        grade(submissions, tmp_path / "out", exercise=EXERCISE, dask="tcp://127.0.0.1:1")


def test_no_scheduler_is_said(submissions, tmp_path, monkeypatch):
    monkeypatch.setattr("bplab.grading.cluster.CONNECT_SECONDS", 0.5)
    with pytest.raises(GradingError, match=r"no Dask scheduler answers at tcp://127.0.0.1:1"):
        grade(submissions, tmp_path / "out", exercise=EXERCISE, dask="tcp://127.0.0.1:1")


def test_another_grader_is_refused(cluster, submissions, tmp_path, monkeypatch):
    monkeypatch.setattr("bplab.grading.cluster.grader", lambda: b"another")
    with pytest.raises(GradingError, match="a Dask worker has another bplab, NumPy or Python"):
        grade(submissions, tmp_path / "out", exercise=EXERCISE, dask=cluster.scheduler_address)
