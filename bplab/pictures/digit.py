"""A handwritten digit as SVG: 8 by 8 pixels in four shades of ink."""

from __future__ import annotations

import numpy as np

from bplab.arrays import Array
from bplab.pictures import theme
from bplab.pictures.svg import element

SHADES = 4


def digit(pixels: Array, x: float, y: float, size: float) -> str:
    """The digit with its upper left corner at (x, y); pixels (64,) from 0, paper, to 1, ink."""
    shades = np.ceil(SHADES * pixels.reshape(8, 8) - 0.25).clip(0, SHADES)
    drawn = [
        element("path", d=d, stroke_opacity=f"{shade / SHADES}")
        for shade in range(1, SHADES + 1)
        if (d := _runs(shades == shade))
    ]
    scale = f"translate({x:.1f} {y + size / 16:.1f}) scale({size / 8:.1f})"
    return element("g", *drawn, transform=scale, stroke=theme.INK, stroke_width=1.0)


def _runs(on: np.ndarray) -> str:
    """Horizontal strokes through neighbouring pixels of a row."""
    edges = np.diff(np.pad(on.astype(int), ((0, 0), (1, 1))), axis=1)
    starts, ends = np.argwhere(edges == 1).tolist(), np.argwhere(edges == -1).tolist()
    return "".join([f"M{start} {row}h{end - start}" for (row, start), (_, end) in zip(starts, ends)])
