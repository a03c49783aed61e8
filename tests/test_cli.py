"""The commands: what they pass on, what they print, with which status they end."""

import json
import os
import subprocess
import sys
import types
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from jupyterlab.labapp import LabApp

import bplab
from bplab import course
from bplab.cli import main
from bplab.lab import WithoutDelay, without_widget_views


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.parametrize("command", [["bplab"], [sys.executable, "-m", "bplab"]])
def test_both_ways_to_call_it_answer(command: list[str]) -> None:
    if command == ["bplab"]:
        command = [str(Path(sys.executable).with_name("bplab"))]
    answer = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == f"bplab, version {bplab.__version__}"


def test_help_loads_nothing_heavy() -> None:
    code = "import sys, bplab.cli; print(*({'jupyterlab', 'nbformat', 'ipywidgets', 'jinja2'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"
    shown = invoke("--help").output
    assert all(command in shown for command in ("lab", "build", "check", "grade"))


# ------------------------------------------------------------------ lab


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments that JupyterLab would have been started with."""
    calls: list[list[str]] = []
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "mine")
    monkeypatch.setattr(LabApp, "launch_instance", lambda argv: calls.append(argv))
    return calls


def test_lab_copies_the_course_and_opens_its_first_lecture(tmp_path: Path, launched: list[list[str]]) -> None:
    result = invoke("lab", "--dir", tmp_path / "mine")
    assert result.exit_code == 0
    assert str(tmp_path / "mine") in result.output
    assert (tmp_path / "mine/notebooks/00-start-here.ipynb").exists()
    assert os.environ["JUPYTER_CONFIG_PATH"].split(os.pathsep) == ["mine", str(Path(bplab.__file__).parent)]
    (arguments,) = launched
    assert f"--ServerApp.root_dir={tmp_path / 'mine'}" in arguments
    assert "--LabApp.default_url=/lab/tree/notebooks/00-start-here.ipynb" in arguments
    assert "--ServerApp.kernel_websocket_connection_class=bplab.lab.WithoutDelay" in arguments
    assert "--no-browser" not in arguments
    invoke("lab", "--dir", tmp_path / "mine", "--no-browser")
    assert "--no-browser" in launched[1]


def test_lab_sends_each_message_of_a_kernel_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    done = []
    monkeypatch.setattr(KernelWebsocketHandler, "set_nodelay", lambda self, value: done.append(value))
    monkeypatch.setattr(ZMQChannelsWebsocketConnection, "connect", lambda self: done.append("connected"))
    handler = KernelWebsocketHandler.__new__(KernelWebsocketHandler)
    WithoutDelay(websocket_handler=handler).connect()
    assert done == [True, "connected"]


def test_lab_says_where_a_newer_version_went(
    tmp_path: Path, launched: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "copy", lambda directory: [(Path("exercises/a.ipynb"), Path("exercises/a-new.ipynb"))])
    output = invoke("lab", "--dir", tmp_path).output
    assert "changed exercises" in output
    assert "a-new.ipynb" in output


def test_lab_refuses_a_file_in_one_line(tmp_path: Path, launched: list[list[str]]) -> None:
    (tmp_path / "mine").write_text("")
    result = invoke("lab", "--dir", tmp_path / "mine")
    assert (result.exit_code, launched) == (2, [])
    assert "is a file" in result.output


@pytest.mark.parametrize("place", ["file/deeper", "x" * 300])
def test_lab_says_in_one_line_that_a_place_cannot_be_written(
    tmp_path: Path, launched: list[list[str]], place: str
) -> None:
    (tmp_path / "file").write_text("")
    result = invoke("lab", "--dir", tmp_path / place)
    assert (result.exit_code, launched) == (2, [])
    assert result.output.startswith(f"Error: {tmp_path / place} cannot be written: ")
    assert result.output.count("\n") == 1


def test_lab_serves_the_copy_with_this_pythons_kernel(
    tmp_path: Path, start_lab: Callable[[Path], tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other" / "kernels" / "python3"
    other.mkdir(parents=True)
    spec = {"argv": ["/another/python", "{connection_file}"], "display_name": "Another", "language": "python"}
    (other / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "other"))
    address, token = start_lab(tmp_path / "mine")

    def get(path: str) -> dict:
        with urllib.request.urlopen(f"{address}/api/{path}?token={token}") as answer:
            return json.load(answer)

    kernels = get("kernelspecs")["kernelspecs"]
    assert list(kernels) == ["python3"]
    assert Path(kernels["python3"]["spec"]["argv"][0]).samefile(sys.executable)
    assert {item["name"] for item in get("contents")["content"]} == {"notebooks", "exercises"}


def test_lab_asks_nobody_about_news(tmp_path: Path, start_lab: Callable[[Path], tuple[str, str]]) -> None:
    address, token = start_lab(tmp_path)
    plugin = "@jupyterlab/apputils-extension:notification"
    with urllib.request.urlopen(f"{address}/lab/api/settings/{plugin}?token={token}") as answer:
        assert json.load(answer)["schema"]["properties"]["fetchNews"]["default"] == "false"


def test_lab_saves_no_widget() -> None:
    view = {course.WIDGET_VIEW: {"model_id": "gone"}, "text/html": "<figure>", "text/plain": "explore.line"}
    outputs = [{"output_type": "stream", "text": "a"}, {"output_type": "display_data", "data": view}]
    cells = [{"cell_type": "markdown", "source": ""}, {"cell_type": "code", "outputs": outputs}]
    without_widget_views({"type": "notebook", "content": {"cells": cells}})
    assert outputs[0] == {"output_type": "stream", "text": "a"}
    assert outputs[1]["data"] == {"text/html": "<figure>", "text/plain": "explore.line"}
    without_widget_views({"type": "file", "content": "text"})


# ------------------------------------------------------------------ build


def test_build_reports_what_it_wrote_and_what_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "build", lambda root, check: [Path("exercises/ex01.ipynb")])
    assert (invoke("build").exit_code, invoke("build").output) == (0, f"{Path('exercises/ex01.ipynb')} written\n")
    checked = invoke("build", "--check")
    assert (checked.exit_code, checked.output) == (1, f"{Path('exercises/ex01.ipynb')} differs\n")
    monkeypatch.setattr(course, "build", lambda root, check: [])
    assert invoke("build", "--check").exit_code == 0


def test_build_outside_a_clone_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke("build")
    assert result.exit_code == 2
    assert result.output.startswith("Error: ")
    assert result.output.count("\n") == 1


# ------------------------------------------------------------------ check and grade


@pytest.fixture
def graded(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """A stand-in for the grader that keeps what it was called with."""

    class GradingError(Exception):
        pass

    stand_in = types.SimpleNamespace(GradingError=GradingError, calls=[])
    stand_in.grade = lambda *positions, **names: stand_in.calls.append((positions, names))
    monkeypatch.setattr(bplab, "grading", stand_in, raising=False)
    return stand_in


def test_grade_passes_everything_on(tmp_path: Path, graded: types.SimpleNamespace) -> None:
    assert invoke("grade", tmp_path, "--out", tmp_path / "results").exit_code == 0
    options = ["--exercise", "ex04-backward-pass", "--workers", "3", "--timeout", "0.5", "--seed", "7"]
    options += ["--resume", "--dask", "tcp://127.0.0.1:8786"]
    assert invoke("grade", tmp_path, "--out", tmp_path / "results", *options).exit_code == 0
    places = (tmp_path, tmp_path / "results")
    more = {"resume": True, "dask": "tcp://127.0.0.1:8786"}
    assert graded.calls == [
        (places, {"exercise": None, "workers": 1, "timeout": 5.0, "seed": 0, "resume": False, "dask": None}),
        (places, {"exercise": "ex04-backward-pass", "workers": 3, "timeout": 0.5, "seed": 7} | more),
    ]


def test_grade_tells_the_graders_refusal_in_one_line(tmp_path: Path, graded: types.SimpleNamespace) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise graded.GradingError("no submissions in here")

    graded.grade = refuse
    result = invoke("grade", tmp_path, "--out", tmp_path / "results")
    assert (result.exit_code, result.output) == (2, "Error: no submissions in here\n")


@pytest.mark.parametrize(
    "bad",
    [["--workers", "0"], ["--timeout", "0"], ["--seed", "-1"], []],
)
def test_grade_refuses_bad_options(tmp_path: Path, graded: types.SimpleNamespace, bad: list[str]) -> None:
    out = ["--out", str(tmp_path / "results")] if bad else []
    assert invoke("grade", tmp_path, *out, *bad).exit_code == 2
    assert invoke("grade", tmp_path / "nowhere", "--out", tmp_path / "results").exit_code == 2
    assert graded.calls == []


def test_check_prints_what_the_folder_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = types.SimpleNamespace(folder=lambda path: f"marks of {path}")
    monkeypatch.setattr(bplab, "check", stand_in, raising=False)
    assert invoke("check", tmp_path).output == f"marks of {tmp_path}\n"


def test_check_refuses_a_folder_without_an_exercise_in_one_line(tmp_path: Path) -> None:
    result = invoke("check", tmp_path)
    assert result.exit_code == 2
    assert result.output.startswith(f"Error: {tmp_path} holds no exercise")
    assert result.output.count("\n") == 1
