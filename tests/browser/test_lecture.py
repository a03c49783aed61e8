"""In lecture 01 a slider, moved by mouse or by keyboard, gives the numbers and the picture of the pure function."""

from collections.abc import Callable

import pytest
from jupyterlab_page import NotebookPage

from bplab import explore


def test_before_anything_is_run_the_start_picture_stands_there_with_its_sentence(
    open_notebook: Callable[[str], NotebookPage],
) -> None:
    """In a notebook that JupyterLab does not trust yet, as every new one is."""
    page = open_notebook("notebooks/01-forward-pass.ipynb")
    page.expect_the_still_picture_of(explore.forward_pass(), page.find("explore.forward_pass("))


@pytest.fixture
def lecture(open_notebook: Callable[[str], NotebookPage]) -> NotebookPage:
    page = open_notebook("notebooks/01-forward-pass.ipynb")
    page.run_all()
    return page


def test_sliders_of_the_forward_pass(lecture: NotebookPage) -> None:
    cell = lecture.find("explore.forward_pass(")
    expected = explore.forward_pass()
    lecture.expect_the_picture_of(expected, cell)
    start = expected.numbers["cost"]

    slider = lecture.slider(cell, expected.controls["i_1"].label)
    slider.drag(0.9)
    assert slider.value > expected.state["i_1"]
    expected.set(i_1=slider.value)
    lecture.expect_the_picture_of(expected, cell)

    slider = lecture.slider(cell, expected.controls["w1_11"].label)
    before = slider.value
    slider.press("ArrowRight", times=3)
    slider.press("ArrowLeft")
    step = expected.controls["w1_11"].step
    assert slider.value == pytest.approx(before + 2 * step)
    expected.set(w1_11=slider.value)
    lecture.expect_the_picture_of(expected, cell)
    assert expected.numbers["cost"] != start
