"""How long from a slider's event to the changed picture, in Chromium, and how far a picture lags behind a fast drag.

    python benchmarks/sliders.py      prints a Markdown table

Beside each explorer, in turns in one JupyterLab: ipywidgets' `interact` with matplotlib inline, which draws the picture
of `explore.line()`. A figure is the median over the rounds; a ratio is the median of the rounds' ratios. It needs what
the tests need, and matplotlib, which nothing else in bplab does: `pip install matplotlib`.
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
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from bplab import explore

ROUNDS, MOVES, SECONDS = 15, 50, 1.0  # of steps; mouse moves of a drag, and how long it takes
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
    squares = " + ".join(f"{r:.3g}" for r in error**2)
    rows = [rf"$\hat y = {a:.3g} x + {b:.3g}$", r"cost $C$ = mean of $(\hat y - y)^2$"]
    rows += [f"= ({squares[:24]}", squares[24:], f"= {(error**2).mean():.3g}"]
    rows += [rf"$\partial C/\partial a = {(2 * error * x).mean():.3g}$"]
    rows += [rf"$\partial C/\partial b = {(2 * error).mean():.3g}$"]
    for n, row in enumerate(rows):
        figure.text(0.67, 0.82 - 0.08 * n, row)
    figure.legend([residuals], [r"residual $\hat y - y$"], loc="lower right")
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
STEP = f"""async (area, key) => {{
    {SHOWN}
    const before = shown(area), start = performance.now()
    area.querySelector('.noUi-handle').dispatchEvent(new KeyboardEvent('keydown', {{ key, bubbles: true }}))
    while (performance.now() < start + 10000) {{
        await frame()
        const now = shown(area)
        if (now && now !== before) return performance.now() - start
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
def jupyterlab(folder: Path) -> Iterator[str]:
    """A JupyterLab of our own on this folder; the address of the notebook in it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    overrides = folder / "settings" / "overrides.json"
    overrides.parent.mkdir()
    overrides.write_text(json.dumps({"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}))
    options = {
        "ServerApp.port": port, "ServerApp.root_dir": folder, "IdentityProvider.token": token,
        "LabApp.app_settings_dir": overrides.parent,
    }  # fmt: skip
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--{name}={value}" for name, value in options.items()]
    environment = os.environ | {"JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces")}
    with open(folder / "log", "w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api")
        yield f"http://127.0.0.1:{port}/lab/tree/sliders.ipynb?token={token}&reset"
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


def write_notebook(path: Path) -> None:
    """A cell for `interact` and one for each explorer."""
    sources = [BESIDE, *(f"from bplab import explore\nexplore.{name}()" for name in EXPLORERS)]
    code = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    cells = [code | {"id": f"cell-{n}", "source": source} for n, source in enumerate(sources)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook))


def run_all(browser: Browser, address: str) -> dict[str, Locator]:
    """The notebook, run; the output area of each picture."""
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    page.goto(address)
    expect(page.locator(".jp-KernelName")).to_contain_text("Python 3", timeout=SLOW)
    idle = page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]')
    expect(idle).to_be_attached(timeout=SLOW)
    expect(page.locator(".jp-Cell")).to_have_count(len(EXPLORERS) + 1)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    prompts = [f"[{n}]:" for n in range(1, len(EXPLORERS) + 2)]
    expect(page.locator(".jp-CodeCell .jp-InputArea-prompt")).to_have_text(prompts, timeout=SLOW)
    areas = page.locator(".jp-CodeCell > .jp-Cell-outputWrapper .jp-Cell-outputArea").all()
    for area in areas:
        expect(area.locator(".jp-RenderedImage img, svg[role=img]").first).to_be_visible(timeout=SLOW)
    return dict(zip(["interact", *EXPLORERS], areas))


def step(area: Locator, number: int) -> float:
    """Milliseconds from an arrow key on the first slider to the changed picture."""
    area.scroll_into_view_if_needed()
    return float(area.evaluate(STEP, "ArrowRight" if number % 2 else "ArrowLeft"))


def drag(page: Page, area: Locator) -> tuple[float, float]:
    """Pictures a second under a fast drag, and milliseconds from its last move to the last picture."""
    area.locator(".noUi-handle").first.scroll_into_view_if_needed()
    handle, track = (area.locator(f".noUi-{part}").first.bounding_box() for part in ("handle", "base"))
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


def measure(page: Page, areas: dict[str, Locator]) -> None:
    """All in turns; the table."""
    steps, drags = defaultdict(list), defaultdict(list)
    for number in range(ROUNDS + 2):
        for name, area in areas.items():
            steps[name].append(step(area, number))
    for _ in range(3):
        for name, area in areas.items():
            drags[name].append(drag(page, area))
    heads = [
        "slider to changed picture",
        "ms",
        "beside `interact`",
        "pictures a second, dragged",
        "ms behind at its end",
    ]
    print(f"| {' | '.join(heads)} |\n|---|---|---|---|---|")
    for name in areas:
        times = steps[name][2:]  # the first two warm up
        ratio = median(one / other for one, other in zip(times, steps["interact"][2:]))
        rate, lag = (median(column) for column in zip(*drags[name]))
        print(f"| {name} | {median(times):.0f} | 1/{1 / ratio:.1f} | {rate:.0f} | {lag:.0f} |")


if __name__ == "__main__":
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))))
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        write_notebook(Path(directory) / "sliders.ipynb")
        with jupyterlab(Path(directory)) as address:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            areas = run_all(browser, address)
            measure(areas["interact"].page, areas)
            browser.close()
