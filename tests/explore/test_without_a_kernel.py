"""Where no kernel runs, a saved notebook and the page that nbconvert makes of it show the picture and its sentence."""

import base64
import re
from html import unescape

import nbclient
import nbformat
import pytest
from nbconvert import HTMLExporter

from bplab import explore

NAMES = [name for name in explore.__all__ if name != "predict"]


@pytest.fixture(scope="module")
def notebook() -> nbformat.NotebookNode:
    """A notebook with every explorer, run and saved without the widgets' state."""
    sources = ["from bplab import explore", *(f"explore.{name}()" for name in NAMES)]
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    made = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(made, kernel_name="python3", store_widget_state=False).execute()
    return made


def test_the_page_shows_the_picture_and_its_sentence(notebook: nbformat.NotebookNode) -> None:
    page, _ = HTMLExporter().from_notebook_node(notebook)
    figures = re.findall(r"<figure.*?</figure>", page, re.DOTALL)
    assert len(figures) == len(NAMES)
    for name, figure in zip(NAMES, figures):
        expected = getattr(explore, name)()
        picture, alt = re.search(r';base64,([^"]+)"', figure)[1], re.search(r'alt="([^"]+)"', figure)[1]
        assert base64.b64decode(picture).decode() == expected.svg
        assert unescape(alt) == expected.alt
        assert unescape(re.search(r">([^<]+)</figcaption>", figure)[1]) == expected.alt


def test_the_saved_output_holds_both(notebook: nbformat.NotebookNode) -> None:
    for name, cell in zip(NAMES, notebook.cells[1:]):
        expected = getattr(explore, name)()
        (output,) = cell.outputs
        assert output.data["image/svg+xml"] == expected.svg
        assert output.data["text/plain"] == f"explore.{name}: {expected.alt}"
