"""Every explorer in JupyterLab: first picture, mouse, arrow keys and a preset give what the pure function gives."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from jupyterlab_page import NotebookPage
from playwright.sync_api import Browser, expect

from bplab import explore

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
    """All of them in one notebook, run."""
    write_notebook(student / "explorers.ipynb")
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(30_000)
    notebook = NotebookPage(context, lab, student, "explorers.ipynb")
    notebook.run_all()
    yield notebook
    context.close()


@pytest.mark.parametrize("name", MOVES)
def test_mouse_keys_and_a_preset(name: str, explorers: NotebookPage) -> None:
    cell, expected = name.replace("_", "-"), getattr(explore, name)()
    explorers.cell(cell).scroll_into_view_if_needed()
    explorers.expect_the_picture_of(expected, cell)
    moved, share, preset = MOVES[name]
    control = expected.controls[moved]

    slider = explorers.slider(cell, control.label)
    slider.drag(share)
    expect(slider.readout).not_to_have_text(str(control.value))
    expected.set(**{moved: type(control.value)(slider.value)})
    explorers.expect_the_picture_of(expected, cell)

    before = slider.value
    slider.press("ArrowLeft")
    slider.press("ArrowRight", times=2)  # to a place where it has not been: its picture is the last one
    assert slider.value == pytest.approx(before + control.step)
    expected.set(**{moved: type(control.value)(slider.value)})
    explorers.expect_the_picture_of(expected, cell)

    explorers.output(cell).get_by_role("button", name=preset, exact=True).press("Enter")
    expected.press(preset)
    explorers.expect_the_picture_of(expected, cell)


def test_the_console_says_nothing(explorers: NotebookPage) -> None:
    assert explorers.errors == []


def choose_theme(explorers: NotebookPage, theme: str) -> None:
    page = explorers.page
    page.locator(".lm-MenuBar-itemLabel", has_text="Settings").click()
    page.locator(".lm-Menu-itemLabel:text-is('Theme')").hover()
    page.locator(f".lm-Menu-itemLabel:text-is('JupyterLab {theme}')").click()
    light = "true" if theme == "Light" else "false"
    expect(page.locator(f"body[data-jp-theme-light={light}]")).to_be_attached()


# Each text of a picture with its contrast to the paper, from the colours that the browser computes.
CONTRASTS = """picture => {
    const ink = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
    const bytes = colour => {
        ink.fillStyle = colour
        ink.fillRect(0, 0, 1, 1)
        return [...ink.getImageData(0, 0, 1, 1).data].slice(0, 3)
    }
    const linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
    const luminance = colour => {
        const [r, g, b] = bytes(colour).map(c => linear(c / 255))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const paper = luminance(getComputedStyle(picture.querySelector('rect')).fill)
    return [...picture.querySelectorAll('text')].map(text => {
        const [dark, light] = [luminance(getComputedStyle(text).fill), paper].sort((a, b) => a - b)
        return [text.textContent, (light + 0.05) / (dark + 0.05)]
    })
}"""
LOOKS = """element => {
    const style = getComputedStyle(element)
    return [style.outlineStyle, style.outlineWidth, style.boxShadow, style.borderColor, style.backgroundColor].join()
}"""


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_every_word_of_a_picture_stands_out(theme: str, explorers: NotebookPage) -> None:
    choose_theme(explorers, theme)
    for name in MOVES:
        contrasts = explorers.output(name.replace("_", "-")).locator("svg[role=img]").evaluate(CONTRASTS)
        assert len(contrasts) > 10
        assert [(words, ratio) for words, ratio in contrasts if ratio < 4.5] == [], name


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_the_keyboard_reaches_every_control_and_focus_is_seen(theme: str, explorers: NotebookPage) -> None:
    """With Tab alone, from the first control of `chain_rule` to its last; what has the focus looks different."""
    choose_theme(explorers, theme)
    cell, expected = explorers.output("chain-rule"), explore.chain_rule()
    cell.get_by_role("button", name="start again").press("Enter")
    explorers.expect_the_picture_of(expected, "chain-rule")
    controls = cell.locator("select:visible, .noUi-handle:visible, button:visible")
    controls.first.scroll_into_view_if_needed()
    explorers.page.evaluate("document.activeElement.blur()")
    before = [control.evaluate(LOOKS) for control in controls.all()]
    assert len(before) == len(expected.shown) + len(expected.buttons) + 1, "and the fold"
    controls.first.focus()
    reached = []
    for _ in range(4 * len(before)):
        at = controls.evaluate_all("all => all.indexOf(document.activeElement)")
        if at >= 0:
            assert controls.nth(at).evaluate(LOOKS) != before[at], "the focus is not seen"
            reached.append(at)
        if at == len(before) - 1:
            break
        explorers.page.keyboard.press("Tab")
    assert reached == list(range(len(before)))


def test_a_value_is_typed_into_a_field_with_a_name(explorers: NotebookPage) -> None:
    cell, expected = explorers.output("forward-pass"), explore.forward_pass()
    cell.get_by_role("button", name="start again").press("Enter")
    cell.get_by_role("button", name="all parameters").press("Enter")
    fold = cell.get_by_role("button", name="fewer parameters")
    assert fold.evaluate("it => it.scrollWidth <= it.clientWidth"), "its words are cut off"
    cell.get_by_label("set", exact=True).select_option(label="w¹₂₁")
    field = cell.get_by_label("to", exact=True)
    expect(field).to_have_value("0.1")
    field.fill("-1.25")
    field.press("Enter")
    expected.set(w1_21=-1.25)
    explorers.expect_the_picture_of(expected, "forward-pass")
    field.fill("99")
    field.press("Enter")
    expect(cell).to_contain_text("w1_21 = 99.0 is not possible: a number from -2 to 2")
    fold.press("Enter")


def test_a_parameter_is_chosen_with_the_keyboard(explorers: NotebookPage) -> None:
    cell, expected = explorers.output("backward-pass"), explore.backward_pass()
    cell.get_by_role("button", name="start again").press("Enter")
    explorers.expect_the_picture_of(expected, "backward-pass")
    cell.get_by_label("parameter").focus()
    for key in ("Space", "ArrowDown", "Enter"):  # as long as the list is closed, JupyterLab takes the arrow keys
        explorers.page.keyboard.press(key)
    expected.set(parameter="w1_12")
    explorers.expect_the_picture_of(expected, "backward-pass")
    assert explorers.slider("backward-pass", "w¹₁₂").value == expected.state["w1_12"]


def test_play_goes_on_until_it_is_paused(explorers: NotebookPage) -> None:
    cell, picture = explorers.output("backward-pass"), explorers.output("backward-pass").locator("svg[role=img]")
    cell.get_by_role("button", name="« first").press("Enter")
    expect(picture).to_have_attribute("aria-label", re.compile("Step 0 of 9"))
    cell.get_by_role("button", name="play").press("Enter")
    expect(picture).to_have_attribute("aria-label", re.compile("Step 2 of 9"), timeout=30_000)
    cell.get_by_role("button", name="pause").press("Enter")
    explorers.wait_until_idle()
    paused = picture.get_attribute("aria-label")
    explorers.page.wait_for_timeout(2000)  # longer than a step is shown
    expect(picture).to_have_attribute("aria-label", paused)


def test_the_last_place_of_a_fast_drag_is_drawn(explorers: NotebookPage) -> None:
    """Pictures in between may be left out; none comes after that of the last place."""
    cell, expected = "backward-pass", explore.backward_pass()
    explorers.output(cell).get_by_role("button", name="start again").press("Enter")
    slider = explorers.slider(cell, expected.controls["w1_11"].label)
    for share in (0.1, 0.9, 0.2, 0.7):
        slider.drag(share)
    expected.set(w1_11=slider.value)
    explorers.expect_the_picture_of(expected, cell)


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_axe_finds_no_barrier(theme: str, explorers: NotebookPage) -> None:
    """But one, aria-input-field-name, on the handles of sliders alone.

    ipywidgets 8 makes them with noUiSlider and passes no `handleAttributes` on, so that nothing in Python gives them a
    name. The label stands beside each, and the fields "set … to …", which have names, do the same.
    """
    choose_theme(explorers, theme)
    assert [(name, *barrier) for name in MOVES for barrier in barriers(explorers, name)] == []


def barriers(explorers: NotebookPage, name: str) -> list[tuple[str, list[str]]]:
    """What axe finds serious in the output of this explorer's cell, with the elements; see above for the exception."""
    area = explorers.cell(name.replace("_", "-")).locator(".jp-OutputArea")
    area.scroll_into_view_if_needed()
    area.evaluate("area => area.dataset.axe = 'here'")
    found = []
    for barrier in Axe().run(explorers.page, context="[data-axe=here]").response["violations"]:
        nodes = [node["html"] for node in barrier["nodes"] if "noUi-handle" not in node["html"]]
        if barrier["impact"] in ("serious", "critical") and (nodes or barrier["id"] != "aria-input-field-name"):
            found.append((barrier["id"], nodes))
    area.evaluate("area => delete area.dataset.axe")
    return found


@pytest.fixture
def narrow(explorers: NotebookPage) -> Iterator[NotebookPage]:
    explorers.page.set_viewport_size({"width": 620, "height": 900})
    yield explorers
    explorers.page.set_viewport_size({"width": 1400, "height": 1000})


def test_in_a_narrow_window_the_picture_scrolls_and_stays_legible(narrow: NotebookPage) -> None:
    picture = narrow.output("forward-pass").locator("svg[role=img]")
    picture.scroll_into_view_if_needed()
    assert picture.evaluate("p => p.querySelector('text').getBoundingClientRect().height") > 10
    around = narrow.output("forward-pass").locator(".widget-html", has=narrow.page.locator("svg[role=img]"))
    assert around.evaluate("it => it.scrollWidth - it.clientWidth") > 0
    assert barriers(narrow, "forward_pass") == []
    around.locator("[tabindex]").focus()
    narrow.page.keyboard.press("ArrowRight")
    narrow.page.wait_for_function("it => it.scrollLeft > 0", arg=around.element_handle())
