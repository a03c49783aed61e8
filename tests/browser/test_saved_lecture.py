"""A lecture that was run and saved shows its explorers the next day, before anything is run again."""

from collections.abc import Callable

from jupyterlab_page import NotebookPage
from playwright.sync_api import expect

from bplab import explore

LECTURE = "notebooks/01-forward-pass.ipynb"
EXPLORERS = {"explore.line(": explore.line, "explore.forward_pass(": explore.forward_pass}


def test_the_pictures_and_their_sentences_are_there_and_live_once_they_are_run(
    open_notebook: Callable[[str], NotebookPage], lab: tuple[str, str]
) -> None:
    """On the same server, which trusts what it has saved; an untrusted notebook would show no widget anyway."""
    page = open_notebook(LECTURE)
    page.run_all()
    for source, explorer in EXPLORERS.items():
        page.expect_the_picture_of(explorer(), page.find(source))
    page.save()
    page.page.close()
    end_kernels(page, *lab)

    page = open_notebook(LECTURE)
    for source, explorer in EXPLORERS.items():
        page.expect_the_still_picture_of(explorer(), page.find(source))
    expect(page.panel).not_to_contain_text("Error displaying widget")
    assert page.errors == []

    page.run_all()
    expected, cell = explore.forward_pass(), page.find("explore.forward_pass(")
    page.expect_the_picture_of(expected, cell)
    slider = page.slider(cell, expected.controls["i_1"].label)
    slider.drag(0.9)
    expected.set(i_1=slider.value)
    page.expect_the_picture_of(expected, cell)


def end_kernels(page: NotebookPage, address: str, token: str) -> None:
    request, headers = page.page.context.request, {"Authorization": f"token {token}"}
    for kernel in request.get(f"{address}/api/kernels", headers=headers).json():
        assert request.delete(f"{address}/api/kernels/{kernel['id']}", headers=headers).ok
