"""Chromium on a JupyterLab of the test's own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jupyterlab_page import NotebookPage
from playwright.sync_api import Browser, expect, sync_playwright

FLAGS = [
    "--no-sandbox",  # Chromium refuses to run as root with it
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student's folder, which `bplab lab` fills."""
    return tmp_path_factory.mktemp("student")


@pytest.fixture(scope="module")
def lab(student: Path, start_lab: Callable[[Path], tuple[str, str]]) -> tuple[str, str]:
    return start_lab(student)


@pytest.fixture
def open_notebook(browser: Browser, student: Path, lab: tuple[str, str]) -> Iterator[Callable[[str], NotebookPage]]:
    """Open a notebook of the student's folder, by its path in there."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(30_000)
    yield lambda name: NotebookPage(context, lab, student, name)
    context.close()
