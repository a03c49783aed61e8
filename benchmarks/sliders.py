"""How long from a slider's event to the changed picture, in Chromium, and how far a picture lags behind a fast drag.

    python benchmarks/sliders.py      prints a Markdown table

In `bplab lab`, for each explorer a notebook of two cells, which are moved in turns: the explorer, and ipywidgets'
`interact` with matplotlib inline, which draws the picture of `explore.line()`. A figure is the median over the rounds;
a ratio is the median of the rounds' ratios. It needs what the tests need, and matplotlib, which nothing else in bplab
does: `pip install matplotlib`.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from tqdm import tqdm

from bplab import explore

ROUNDS, DRAGS = 15, 3  # steps, drags on each page
MOVES, SECONDS = 50, 1.0  # of the mouse in a drag, and how long it takes
SLOW = 120_000  # milliseconds; a kernel's first import on a busy machine
EXPLORERS = [name for name in explore.__all__ if name != "predict"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
BESIDE = r"""
%matplotlib inline
import matplotlib.pyplot as plt
from ipywidgets import interact
from bplab.data import line_points
x, y = (v[:, 0] for v in line_points())
def picture(a=0.2, b=0.6):
    figure, axes = plt.subplots(figsize=(7.8, 3.88), gridspec_kw={"right": 0.64})
    error = a * x + b - y
    residuals = axes.vlines(x, a * x + b, y, "C1", "dashed")
    axes.plot([-1.6, 2.9], [a * -1.6 + b, a * 2.9 + b])
    axes.plot(x, y, "ko")
    axes.set(xlabel="$x$", ylabel="$y$", xlim=(-1.6, 2.9), ylim=(-1.3, 3.6))
    axes.grid()
    squares = " + ".join(f"{r:.3g}" for r in error**2) + f") / {len(x)}"
    rows = [rf"$\hat y = {a:.3g} x + {b:.3g}$", r"cost $C$ = mean of $(\hat y - y)^2$"]
    rows += [f"= ({squares[:24]}", squares[24:], f"= {(error**2).mean():.3g}"]
    rows += [rf"$\partial C/\partial a = {(2 * error * x).mean():.3g}$"]
    rows += [rf"$\partial C/\partial b = {(2 * error).mean():.3g}$"]
    for n, row in enumerate(rows):
        figure.text(0.67, 0.82 - 0.08 * n, row)
    figure.legend([residuals], [r"residual $\hat y - y$"], loc=(0.66, 0.1), frameon=False)
    plt.show()
interact(picture, a=(-2.0, 2.0, 0.05), b=(-3.0, 3.0, 0.05));"""

# What is on the screen: each change brings an element of its own.
SHOWN = """
const shown = area => {
    const picture = area.querySelector('.jp-RenderedImage img, svg[role=img]')
    return picture && (picture.tagName !== 'IMG' || picture.complete) ? picture : null
}
const frame = () => new Promise(requestAnimationFrame)
"""
STEP = f"""async area => {{
    {SHOWN}
    const slider = [...area.querySelectorAll('.noUi-handle')].filter(handle => handle.offsetParent).at(-1)
    const [least, most, at] = ['min', 'max', 'now'].map(which => +slider.getAttribute('aria-value' + which))
    const key = at < (least + most) / 2 ? 'ArrowRight' : 'ArrowLeft'
    const before = shown(area), start = performance.now()
    let there = 0
    const look = () => {{ if (!there && shown(area) && shown(area) !== before) there = performance.now() - start }}
    const watch = new MutationObserver(look)
    watch.observe(area, {{ subtree: true, childList: true }})
    area.addEventListener('load', look, true)  // of an image
    slider.dispatchEvent(new KeyboardEvent('keydown', {{ key, bubbles: true }}))
    while (performance.now() < start + 10000) {{
        await frame()
        look()
        if (there) {{
            watch.disconnect()
            area.removeEventListener('load', look, true)
            return [there, performance.now() - start]
        }}
    }}
    throw new Error('the picture does not change')
}}"""
WATCH = f"""async area => {{
    {SHOWN}
    let last = shown(area), moved = performance.now(), changes = [moved]
    const mark = () => {{ moved = performance.now() }}
    addEventListener('pointermove', mark, true)
    area.dataset.watched = 'yes'
    while (area.dataset.watched === 'yes' || performance.now() < moved + 3000) {{
        await frame()
        const now = shown(area)
        if (now && now !== last) {{ last = now; changes.push(performance.now()) }}
    }}
    removeEventListener('pointermove', mark, true)
    return {{ pictures: changes.length - 1, lag: Math.max(0, changes.at(-1) - moved) }}
}}"""


@contextmanager
def jupyterlab(folder: Path) -> Iterator[Callable[[str], str]]:
    """`bplab lab` on this folder, with settings of its own; a notebook's name → its address there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token, home = secrets.token_hex(16), folder / "home"
    places = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "RUNTIME")}
    environment = os.environ | places | {"JUPYTER_PORT": str(port), "JUPYTER_TOKEN": token}
    command = [sys.executable, "-m", "bplab", "lab", "--no-browser", "--dir", str(folder / "course")]
    with open(folder / "log", "w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api")
        yield lambda name: f"http://127.0.0.1:{port}/lab/tree/{name}?token={token}&reset"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def _wait_for(address: str) -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)


def write_notebook(path: Path, explorer: str) -> None:
    """A cell for `interact` and one for the explorer."""
    sources = [BESIDE, f"from bplab import explore\nexplore.{explorer}()"]
    code = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    cells = [code | {"id": f"cell-{n}", "source": source} for n, source in enumerate(sources)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook))


def run(page: Page) -> list[Locator]:
    """Run the notebook; the two cells' output areas."""
    expect(page.locator(".jp-KernelName")).to_contain_text("Python 3", timeout=SLOW)
    idle = page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    expect(idle).to_be_attached(timeout=SLOW)
    expect(page.locator(".jp-Cell")).to_have_count(2)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    expect(page.locator(".jp-CodeCell .jp-InputArea-prompt")).to_have_text(["[1]:", "[2]:"], timeout=SLOW)
    areas = page.locator(".jp-CodeCell > .jp-Cell-outputWrapper .jp-Cell-outputArea").all()
    for area in areas:
        expect(area.locator(".jp-RenderedImage img, svg[role=img]").first).to_be_visible(timeout=SLOW)
    return areas


def step(area: Locator) -> list[float]:
    """From an arrow key on the last slider in sight, towards its middle: milliseconds to the changed picture.

    First until it is in the page, then until the frame that shows it: a sixtieth of a second is the unit there.
    """
    area.scroll_into_view_if_needed()
    return list(area.evaluate(STEP))


def drag(page: Page, area: Locator) -> tuple[float, float]:
    """Pictures a second under a fast drag, and milliseconds from its last move to the last picture."""
    area.locator(".noUi-handle:visible").last.scroll_into_view_if_needed()
    handle, track = (area.locator(f".noUi-{part}:visible").last.bounding_box() for part in ("handle", "base"))
    assert handle
    assert track
    height = handle["y"] + handle["height"] / 2
    page.evaluate("([area, watch]) => { window.watching = eval(watch)(area) }", [area.element_handle(), WATCH])
    page.mouse.move(handle["x"] + handle["width"] / 2, height)
    page.mouse.down()
    start = time.perf_counter()
    for n in range(MOVES):
        there = abs(2 * n / MOVES - 1)  # to one end and back
        page.mouse.move(track["x"] + (0.1 + 0.75 * there) * track["width"], height)
        time.sleep(max(0.0, start + (n + 1) * SECONDS / MOVES - time.perf_counter()))
    took = time.perf_counter() - start
    page.mouse.up()
    area.evaluate("area => { area.dataset.watched = 'no' }")
    seen = page.evaluate("window.watching")
    return seen["pictures"] / took, seen["lag"]


class Measured(NamedTuple):
    """Milliseconds of each step, in the page and on the screen; per drag pictures a second and milliseconds of lag."""

    steps: list[list[float]]
    drags: list[tuple[float, float]]


def measure(page: Page) -> list[Measured]:
    """`interact` and the explorer of one page, in turns; the first two rounds warm up."""
    areas = run(page)
    steps = [[step(area) for area in areas] for _ in range(ROUNDS + 2)][2:]
    drags = [[drag(page, area) for area in areas] for _ in range(DRAGS)]
    return [Measured(list(times), list(lags)) for times, lags in zip(zip(*steps), zip(*drags))]


def row(name: str, measured: Measured, beside: Measured) -> str:
    """A row of the table."""
    cells = [name]
    for times, others in zip(zip(*measured.steps), zip(*beside.steps)):
        ratio = median(other / one for one, other in zip(times, others))
        cells += [f"{median(times):.0f}", f"1/{ratio:.1f}"]
    cells += [f"{median(column):.0f}" for column in zip(*measured.drags)]
    return f"| {' | '.join(cells)} |"


def main(browser: Browser, folder: Path) -> None:
    """Measure every explorer and print the table."""
    rows, plain = [], Measured([], [])
    with jupyterlab(folder) as address:
        for name in tqdm(EXPLORERS):
            write_notebook(folder / "course" / f"{name}.ipynb", name)
            page = browser.new_page(viewport={"width": 1300, "height": 1000})
            page.goto(address(f"{name}.ipynb"))
            beside, measured = measure(page)
            rows.append(row(name, measured, beside))
            plain.steps.extend(beside.steps)
            plain.drags.extend(beside.drags)
            page.close()
    heads = [
        "slider to changed picture",
        "ms",
        "beside `interact`",
        "ms until it is on the screen",
        "beside `interact`",
    ]
    heads += ["pictures a second, dragged", "ms behind at its end"]
    print(f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", row("interact", plain, plain), *rows, sep="\n")


if __name__ == "__main__":
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))))
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        main(browser, Path(directory))
        browser.close()
