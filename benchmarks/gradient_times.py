"""The time of one gradient, by backprop and by nudging every parameter, for networks that grow; lecture 07's picture.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 python benchmarks/gradient_times.py

prints the figures; with --write it also puts their picture into notebooks/07-going-deep.ipynb.
"""

import math
import os
import platform
import re
import shutil
import sys
from base64 import b64encode
from datetime import date
from pathlib import Path
from statistics import median
from time import process_time
from typing import NamedTuple

import nbformat
import numpy as np

import bplab
from bplab.pictures import theme
from bplab.pictures.axes import Axes
from bplab.pictures.svg import element, picture, text

NOTEBOOK = Path(__file__).parents[1] / "notebooks/07-going-deep.ipynb"
WIDTHS, SAMPLES = (2, 4, 8, 16, 32, 64), 32
ROUNDS, REPEATS = 9, 50


class Row(NamedTuple):
    """Median milliseconds of processor time for one gradient of a 10-w-w-10 network, and its number of parameters."""

    parameters: int
    backprop: float
    nudging: float


def measure(width: int) -> Row:
    """Both ways in turns, in one run; in processor time, so that others at work do not count."""
    net, rng = bplab.Network([10, width, width, 10], activations="sigmoid", rng=0), np.random.default_rng(1)
    x, y = rng.normal(size=(SAMPLES, 10)), rng.uniform(size=(SAMPLES, 10))
    times: tuple[list[float], list[float]] = [], []
    for _ in range(ROUNDS):
        start = process_time()
        for _ in range(REPEATS):
            net.backward(net.forward(x), y)
        between = process_time()
        bplab.numerical_gradient(net, x, y)
        times[0].append((between - start) / REPEATS)
        times[1].append(process_time() - between)
    return Row(len(net.theta), 1e3 * median(times[0]), 1e3 * median(times[1]))


def draw(rows: list[Row], alt: str) -> str:
    """Both times over the number of parameters; both axes count powers of ten."""
    lows, highs = ([math.log10(f(getattr(row, name) for row in rows)) for name in Row._fields] for f in (min, max))
    y_range = math.floor(min(lows[1:])), math.ceil(max(highs[1:]))
    axes = Axes(90, 40, 560, 300, (math.floor(lows[0]), math.ceil(highs[0])), y_range)
    return picture(760, 400, "The time of one gradient", alt, [*_grid(axes), *_curves(axes, rows)])


def _grid(axes: Axes) -> list[str]:
    bottom, right = axes.top + axes.height, axes.left + axes.width
    parts = [text(axes.left, 24, "milliseconds of processor time for one gradient", size=15, anchor="start")]
    for power in range(int(axes.x[0]), int(axes.x[1]) + 1):
        px, _ = axes.at(power, 0)
        parts += [
            element("path", d=f"M{px:.1f} {axes.top}V{bottom}", stroke=theme.FAINT),
            text(px, bottom + 20, f"{10**power:,}"),
        ]
    for power in range(int(axes.y[0]), int(axes.y[1]) + 1):
        _, py = axes.at(0, power)
        parts.append(element("path", d=f"M{axes.left} {py:.1f}H{right}", stroke=theme.FAINT))
        parts.append(text(axes.left - 10, py + 5, f"{10.0**power:,g}", anchor="end"))
    return [*parts, text((axes.left + right) / 2, bottom + 44, "parameters", size=15)]


def _curves(axes: Axes, rows: list[Row]) -> list[str]:
    xs, parts = [math.log10(row.parameters) for row in rows], []
    for name, words, tone, dash in (
        ("backprop", "backprop", theme.PLUS, ""),
        ("nudging", "nudging", theme.MINUS, "8 5"),
    ):
        ys = [math.log10(getattr(row, name)) for row in rows]
        px, py = axes.at(xs[-1], ys[-1])
        parts.append(axes.curve(xs, ys, tone, dash=dash))
        parts += [axes.point(x, y, tone, radius=5) for x, y in zip(xs, ys)]
        parts.append(text(px + 12, py + 5, words, size=15, anchor="start", fill=tone))
    return parts


def machine() -> str:
    """The processor, as far as the system tells it, and the system."""
    cpuinfo = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*: (.+)", cpuinfo.read_text()) if cpuinfo.exists() else None
    return f"{named[1] if named else platform.processor() or platform.machine()}, {platform.system()}"


def cell(rows: list[Row]) -> tuple[str, str]:
    """The lecture's cell and its picture."""
    threads = "one thread" if os.environ.get("OPENBLAS_NUM_THREADS") == "1" else "as many threads as NumPy takes"
    measured = f"{date.today()}, {machine()}, NumPy {np.__version__}, {threads}, {SAMPLES} samples"
    first, last = rows[0], rows[-1]
    small, large = (f"{float(f'{row.nudging / row.backprop:.0e}'):,.0f}" for row in (first, last))
    alt = (
        f"Processor time of one gradient over the number of parameters, both on axes of powers of ten. "
        f"Backprop: {first.backprop:.2g} ms with {first.parameters} parameters, {last.backprop:.2g} ms with "
        f"{last.parameters:,}. Nudging: {first.nudging:.2g} ms and {last.nudging:.0f} ms, that is about {small} and "
        f"{large} times as long. Measured {measured}."
    )
    said = (
        "## And measured\n\n"
        f"![{alt}](attachment:times.png)\n\n"
        f"One gradient of a 10-w-w-10 network, w from {WIDTHS[0]} to {WIDTHS[-1]}, in processor time. With "
        f"{first.parameters} parameters nudging takes about {small} times as long as backprop, with "
        f"{last.parameters:,} about {large} times. (Measured with `benchmarks/gradient_times.py`: {measured}.)\n\n"
        "So nudging is no way to train. It is a way to **test**: on a small network, with a few samples, before you "
        "trust a backward pass."
    )
    return said, draw(rows, alt)


def pixels(svg: str) -> bytes:
    """The picture as PNG: JupyterLab shows no SVG that is attached to a cell."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as play, play.chromium.launch(executable_path=chromium, args=["--no-sandbox"]) as browser:
        page = browser.new_page(viewport={"width": 760, "height": 400}, device_scale_factor=2)
        page.set_content(f"<body style='margin:0'>{svg}</body>")
        return page.locator("svg").screenshot()


def write(said: str, svg: str) -> None:
    """Put both into the lecture's cell "times"."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    (target,) = (c for c in notebook.cells if c.id == "times")
    target.source = said
    target.attachments = {"times.png": {"image/png": b64encode(pixels(svg)).decode()}}
    nbformat.write(notebook, NOTEBOOK)


if __name__ == "__main__":
    measured = [measure(width) for width in WIDTHS]
    for row in measured:
        factor = row.nudging / row.backprop
        times = f"backprop {row.backprop:7.3f} ms   nudging {row.nudging:9.2f} ms"
        print(f"{row.parameters:6,} parameters: {times}   x {factor:,.0f}")
    if "--write" in sys.argv[1:]:
        write(*cell(measured))
