"""Handwritten digits as SVG: 8 by 8 pixels in four shades of ink."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bplab.arrays import Array
from bplab.pictures import theme
from bplab.pictures.svg import counted, element, fitting, picture, text

SHADES = 4
COLUMNS, SIZE = 7, 64  # of a picture with several; as wide as a narrow window holds


class Shown(NamedTuple):
    """A picture that a notebook shows, and the sentence that says what is in it."""

    svg: str
    alt: str

    def __repr__(self) -> str:
        return self.alt

    def _repr_svg_(self) -> str:
        return self.svg


def digits(pixels: Array, words: Sequence[object]) -> Shown:
    """Digits side by side, pixels (n, 64), and below each its words, such as its label.

    Raises
    ------
    ValueError
        If there is no digit, or not one word for each.
    """
    if np.ndim(pixels) != 2 or np.shape(pixels)[1] != 64 or not 0 < len(pixels) == len(words):
        raise ValueError(
            f"{len(words)} words for pixels of shape {np.shape(pixels)}: expected (n, 64), and n words, n above 0"
        )
    parts = []
    for place, (one, word) in enumerate(zip(pixels, map(str, words))):
        x, y = 16 + 84 * (place % COLUMNS), 16 + 104 * (place // COLUMNS)
        middle, size = x + SIZE / 2, fitting(word, 80, 14)
        parts += [digit(one, x, y, SIZE), text(middle, y + SIZE + 20, word, size=size)]
    columns, rows = min(len(words), COLUMNS), -(-len(words) // COLUMNS)
    alt = f"{counted(len(words), 'handwritten digit')}: {'; '.join(map(str, words))}."
    wide, high = 84 * columns + 12, 104 * rows + 12
    svg = picture(wide, high, "Handwritten digits", alt, parts)
    # JupyterLab makes an <img> of an SVG, which needs a size of its own.
    sized = svg.replace("width:100%;height:auto;", "", 1).replace("<svg ", f'<svg width="{wide}" height="{high}" ', 1)
    return Shown(sized, alt)


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
