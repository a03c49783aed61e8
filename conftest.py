"""What plain ``pytest`` collects: everything, except what this machine cannot run, and then it says so."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# What .ci/run installs, and the names under which other systems have it.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)

collect_ignore_glob = [] if CHROMIUM else ["tests/browser/*"]
if sys.platform == "win32":  # `bplab grade` says there that it needs Linux or macOS
    collect_ignore_glob += ["bplab/grading/*", "tests/grading/*", "tests/test_grading*"]
if sys.platform != "linux":  # nothing holds a hostile notebook there, and `bplab grade` says so
    collect_ignore_glob += ["tests/hostile/*", "tests/grading/test_isolation.py"]


def pytest_configure(config: pytest.Config) -> None:
    if os.environ.get("BPLAB_BROWSER") == "required" and not CHROMIUM:
        raise pytest.UsageError(
            "BPLAB_BROWSER=required, and there is no Chromium: install it (apt-get install chromium)"
        )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not CHROMIUM:
        terminalreporter.write_sep("=", "left out: tests/browser, as there is no Chromium on the PATH", yellow=True)
    if sys.platform == "win32":
        terminalreporter.write_sep(
            "=", "left out: the grader's tests, as bplab grade does not run on Windows", yellow=True
        )
    elif sys.platform != "linux":
        terminalreporter.write_sep("=", "left out: tests/hostile, as only Linux holds what is in it", yellow=True)


@pytest.fixture(scope="session")
def root() -> Path:
    """The clone."""
    return Path(__file__).parent


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path; without one, tests/browser is not collected."""
    assert CHROMIUM is not None
    return CHROMIUM


# The notebook whole in the page instead of a window on it, and no question about a newer JupyterLab.
LAB_SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {"checkForUpdates": False},
}


@pytest.fixture(scope="module")
def start_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], tuple[str, str]]]:
    """Start ``bplab lab`` on a folder, with settings of its own; gives its address and its token.

    It ends with the module: the grader's tests count the processes that are left.
    """
    running = []

    def start(directory: Path) -> tuple[str, str]:
        home = tmp_path_factory.mktemp("lab")
        (home / "config" / "labconfig").mkdir(parents=True)
        overrides = home / "config" / "labconfig" / "default_setting_overrides.json"
        overrides.write_text(json.dumps(LAB_SETTINGS))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        places = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
        server = {"JUPYTER_PORT": str(port), "JUPYTER_PORT_RETRIES": "0", "JUPYTER_TOKEN": "browser-test"}
        process = subprocess.Popen(
            [sys.executable, "-m", "bplab", "lab", "--no-browser", "--dir", str(directory)],
            env={**os.environ, **places, **server, "IPYTHONDIR": str(home / "ipython")},
            stdout=(home / "log").open("w"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        running.append(process)
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/api/status?token=browser-test", process, home / "log")
        return address, "browser-test"

    yield start
    for process in running:
        _stop(process)


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab does not answer:\n{log.read_text()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server, which ends its kernels; if it does not, end its process group."""
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()
        process.wait()
