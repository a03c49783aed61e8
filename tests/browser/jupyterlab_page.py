"""A notebook open in JupyterLab, as a person meets it: run it, type into it, move its sliders."""

import json
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Response, expect

from bplab.explore.base import Explorer

SLOW = 120_000  # milliseconds; a kernel's first import on a busy machine
# The two pictures in one spelling, the browser's.
SAME = """(shown, svg) => {
    const drawn = document.createElement('div')
    drawn.innerHTML = svg
    return shown.outerHTML === drawn.firstChild.outerHTML
}"""


class NotebookPage:
    """A notebook by its path in the student's folder; what the page's console calls an error stands in `errors`."""

    def __init__(self, context: BrowserContext, lab: tuple[str, str], folder: Path, name: str) -> None:
        address, token = lab
        self.page = context.new_page()
        self.errors: list[str] = []
        self.page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        self.page.goto(f"{address}/lab/tree/{name}?token={token}&reset")
        cells = json.loads((folder / name).read_text(encoding="utf-8"))["cells"]
        self.numbers = {cell["id"]: number for number, cell in enumerate(cells)}
        self.code = {cell["id"]: "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"}
        self.panel = self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        expect(self.panel.locator(".jp-KernelName")).to_contain_text("Python 3", timeout=SLOW)
        self.wait_until_idle()
        expect(self.panel.locator(".jp-Cell")).to_have_count(len(cells))

    def wait_until_idle(self) -> None:
        expect(self.panel.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')).to_be_attached(timeout=SLOW)

    def cell(self, name: str) -> Locator:
        """The cell with this id."""
        return self.panel.locator(".jp-Cell").nth(self.numbers[name])

    def find(self, source: str) -> str:
        """The id of the code cell in which this stands."""
        (name,) = [name for name, code in self.code.items() if source in code]
        return name

    def output(self, name: str) -> Locator:
        return self.cell(name).locator(".jp-OutputArea-output")

    def run_all(self) -> None:
        """Run → Run All Cells, until every code cell has run and the kernel is idle."""
        self._run("Run All Cells")
        prompts = self.panel.locator(".jp-CodeCell .jp-InputArea-prompt")
        expect(prompts).to_have_text([f"[{n}]:" for n in range(1, len(self.code) + 1)], timeout=SLOW)
        self.wait_until_idle()

    def write(self, name: str, source: str) -> None:
        """Replace a cell's source, as by pasting."""
        editor = self.cell(name).locator(".cm-content")
        editor.click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)
        expect(editor).to_contain_text(source.strip().splitlines()[-1].strip())

    def run(self, name: str) -> None:
        """Run one cell and wait for it."""
        prompt = self.cell(name).locator(".jp-InputArea-prompt")
        before = prompt.inner_text()
        self.cell(name).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")
        expect(prompt).not_to_have_text(before)
        expect(prompt).not_to_have_text("[*]:", timeout=SLOW)
        self.wait_until_idle()

    def save(self) -> None:
        def saved(answer: Response) -> bool:
            return answer.request.method == "PUT" and "/api/contents/" in answer.url

        with self.page.expect_response(saved) as answer:
            self.page.keyboard.press("ControlOrMeta+s")
        assert answer.value.ok

    def slider(self, name: str, label: str) -> "Slider":
        """The slider with this label in the output of a cell."""
        rows = self.cell(name).locator(".widget-slider:visible").filter(has=self.page.get_by_text(label, exact=True))
        expect(rows).to_have_count(1)
        return Slider(rows)

    def expect_the_picture_of(self, explorer: Explorer, name: str) -> None:
        """The output of this cell shows what this explorer, which no browser has touched, draws."""
        picture = self.output(name).locator("svg[role=img]")
        expect(picture).to_have_attribute("aria-label", explorer.alt)
        for _ in range(300):
            if picture.evaluate(SAME, explorer.svg):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"the page does not show the picture of {dict(explorer.state)}")

    def expect_the_still_picture_of(self, explorer: Explorer, name: str) -> None:
        """The output of this cell shows, with no kernel, the start picture of this explorer and its sentence."""
        output, sentence = self.output(name), explorer.alt
        expect(output.get_by_text(sentence)).to_be_visible()
        picture = output.get_by_role("img", name=sentence)
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.naturalWidth") > 0

    def _run(self, entry: str) -> None:
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name=entry, exact=True).click()


class Slider:
    def __init__(self, row: Locator) -> None:
        self.handle = row.locator(".noUi-handle")
        self.track = row.locator(".noUi-base")
        self.readout = row.locator(".widget-readout")

    @property
    def value(self) -> float:
        return float(self.readout.inner_text().replace("\N{MINUS SIGN}", "-"))

    def drag(self, share: float) -> None:
        """Take the handle with the mouse and let it go at this share of the track."""
        self.handle.scroll_into_view_if_needed()
        handle, track = self.handle.bounding_box(), self.track.bounding_box()
        assert handle
        assert track
        mouse = self.handle.page.mouse
        height = handle["y"] + handle["height"] / 2
        mouse.move(handle["x"] + handle["width"] / 2, height)
        mouse.down()
        mouse.move(track["x"] + share * track["width"], height, steps=8)
        mouse.up()

    def press(self, key: str, times: int = 1) -> None:
        """Press a key on the handle, as a person without a mouse does."""
        self.handle.focus()
        for _ in range(times):
            self.handle.press(key)
