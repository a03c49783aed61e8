"""What holds for the project as a whole: its style, its types, its layers, its README and its build."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

HEAVY = {"matplotlib", "ipywidgets", "nbformat", "scipy", "sympy", "click", "jinja2", "tqdm"}


def run(root: Path, *command: str) -> str:
    """Run a tool of this Python in the clone; its output is the failure."""
    done = subprocess.run(
        [sys.executable, *command], cwd=root, capture_output=True, text=True, encoding="utf-8", errors="replace"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_ruff_finds_nothing(root: Path) -> None:
    run(root, "-m", "ruff", "check", ".")


def test_the_code_is_formatted(root: Path) -> None:
    run(root, "-m", "ruff", "format", "--check", ".")


def test_the_types_hold(root: Path) -> None:
    run(root, "-m", "mypy")


def test_imports_go_one_way(root: Path) -> None:
    run(root, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])")


def test_the_library_loads_nothing_heavy(root: Path) -> None:
    loaded = run(root, "-c", "import sys; from bplab import *; print(*sys.modules)").split()
    assert HEAVY & set(loaded) == set()
    assert {"bplab.network", "bplab.training", "numpy"} <= set(loaded)


def test_the_notebooks_travel_in_the_wheel_and_the_solutions_do_not(root: Path, tmp_path: Path) -> None:
    run(root, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    packed = tmp_path / "installed" / "bplab"
    assert not list(packed.rglob("solutions"))
    where = "import sys; sys.path.insert(0, sys.argv[1]); from bplab import course; print(course.find(sys.argv[2]))"
    for kind in ("notebooks", "exercises"):
        folder = Path(run(tmp_path, "-c", where, str(packed.parent), kind).strip())
        assert folder == packed / kind
        assert [path.name for path in sorted(folder.glob("*.ipynb"))] == [
            path.name for path in sorted((root / kind).glob("*.ipynb"))
        ]


def test_ci_runs_the_readmes_test_command_verbatim(root: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    start, test = re.findall(r"```sh\n(python3 .*)\n```", readme)
    assert start == 'python3 -m venv .venv && .venv/bin/pip install -e ".[sklearn]" && .venv/bin/bplab lab'
    assert test == 'python3 -m venv .venv && .venv/bin/pip install -q -e ".[dev]" && .venv/bin/pytest'
    if sys.platform != "win32":
        shown = subprocess.run(["bash", root / ".ci/run", "--show"], capture_output=True, text=True, check=True)
        assert shown.stdout == test + "\n"
    assert "bash .ci/run\n" in (root / ".github/workflows/ci.yml").read_text()


def test_windows_has_the_same_commands(root: Path) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    here = re.findall(r"```sh\n(python3 .*)\n```", readme)
    windows = re.findall(r"```powershell\n(.*)\n```", readme)
    assert [
        line.replace("python3", "python").replace(" && ", "; ").replace(".venv/bin/", ".venv\\Scripts\\")
        for line in here
    ] == windows
    assert windows[1] in (root / ".github/workflows/ci.yml").read_text()


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_the_links_of_a_page_lead_somewhere(root: Path, page: str) -> None:
    text = (root / page).read_text(encoding="utf-8")
    named = re.findall(r"\]\(([^)#]+)", text) + re.findall(r'(?:src|href)="([^"#]+)"', text)
    targets = [target for target in named if "://" not in target]
    assert [target for target in targets if not (root / target).exists()] == []


def test_the_readmes_python_runs(root: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert run(root, "-c", example)
