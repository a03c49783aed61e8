"""Every explorer in JupyterLab: first picture, mouse, arrow keys and a preset give what the pure function gives."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jupyterlab_page import NotebookPage
from playwright.sync_api import Browser, expect

from bplab import explore
from bplab.explore.base import Explorer

# explorer: (slider to move, where to drag it, preset)
MOVES: dict[str, tuple[str, float, str]] = {
    "backward_pass": ("w1_11", 0.8, "last »"),
    "chain_rule": ("w_1", 0.3, "asleep"),
    "depth": ("layers", 0.2, "large weights"),
    "forward_pass": ("i_1", 0.9, "start again"),
    "learning_rate": ("steps", 0.7, "diverges"),
    "line": ("a", 0.8, "best line"),
    "loss_surface": ("w1_11", 0.7, "one step downhill"),
    "neuron": ("w_1", 0.2, "flip the signs"),
    "sgd": ("batch_size", 0.6, "noisy"),
    "training": ("epochs", 0.05, "forward ›"),
    "wished_changes": ("w2_11", 0.3, "start again"),
}
# The two pictures in one spelling, the browser's.
SAME = """(shown, svg) => {
    const drawn = document.createElement('div')
    drawn.innerHTML = svg
    return shown.outerHTML === drawn.firstChild.outerHTML
}"""


def test_there_is_a_move_for_every_explorer() -> None:
    assert MOVES.keys() == set(explore.__all__) - {"predict"}


def write_notebook(path: Path) -> None:
    """A notebook with a cell for each explorer, and nothing else."""
    sources = {"setup": "from bplab import explore"} | {name: f"explore.{name}()" for name in MOVES}
    code = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    cells = [code | {"id": name.replace("_", "-"), "source": source} for name, source in sources.items()]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.fixture(scope="module")
def explorers(browser: Browser, student: Path, lab: tuple[str, str]) -> Iterator[NotebookPage]:
    """All of them in one notebook, run; whatever the console said stands in `said`."""
    (address, token), path = lab, student / "explorers.ipynb"
    write_notebook(path)
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(30_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/lab/tree/{path.name}?token={token}&reset")
    notebook = NotebookPage(page, path)
    notebook.run_all()
    notebook.errors = errors
    yield notebook
    context.close()


@pytest.fixture(params=list(MOVES))
def shown(request: pytest.FixtureRequest, explorers: NotebookPage) -> Callable[[Explorer], None]:
    return request.param


def expect_the_picture_of(explorer: Explorer, page: NotebookPage, cell: str) -> None:
    """The page shows what this explorer, which no browser has touched, draws."""
    picture = page.output(cell).locator("svg[role=img]")
    expect(picture).to_have_attribute("aria-label", explorer.alt)
    for _ in range(50):
        if picture.evaluate(SAME, explorer.svg):
            return
        page.page.wait_for_timeout(100)
    pytest.fail(f"the page does not show the picture of {dict(explorer.state)}")


@pytest.mark.parametrize("name", MOVES)
def test_mouse_keys_and_a_preset(name: str, explorers: NotebookPage) -> None:
    cell, expected = name.replace("_", "-"), getattr(explore, name)()
    explorers.cell(cell).scroll_into_view_if_needed()
    expect_the_picture_of(expected, explorers, cell)
    moved, share, preset = MOVES[name]
    control = expected.controls[moved]

    slider = explorers.slider(cell, control.label)
    slider.drag(share)
    expect(slider.readout).not_to_have_text(str(control.value))
    expected.set(**{moved: type(control.value)(slider.value)})
    expect_the_picture_of(expected, explorers, cell)

    before = slider.value
    slider.press("ArrowRight", times=2)
    slider.press("ArrowLeft")
    assert slider.value == pytest.approx(before + control.step)
    expected.set(**{moved: type(control.value)(slider.value)})
    expect_the_picture_of(expected, explorers, cell)

    explorers.output(cell).get_by_role("button", name=preset, exact=True).press("Enter")
    expected.press(preset)
    expect_the_picture_of(expected, explorers, cell)


def test_the_console_says_nothing(explorers: NotebookPage) -> None:
    assert explorers.errors == []
