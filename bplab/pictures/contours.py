"""Contours of a function of two variables, by marching squares: nested areas, the lower the darker."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from bplab.arrays import Array
from bplab.pictures import theme
from bplab.pictures.axes import Axes
from bplab.pictures.svg import element

Point = tuple[float, float]
Crossing = tuple[tuple[int, int], tuple[int, int]]  # two neighbouring grid points, one below the level, one not
ROUND = ((0, 0), (0, 1), (1, 1), (1, 0))  # a cell's corners


def levels(grid: Array, count: int) -> list[float]:
    """Levels between the lowest and the highest value, evenly spaced lines in a bowl; none where all is level.

    >>> levels(np.array([[0.0, 9.0]]), 2)
    [1.0, 4.0]
    """
    low, high = float(grid.min()), float(grid.max())
    if high - low < 1e-9 * max(abs(high), 1.0):
        return []
    return [low + (high - low) * (k / (count + 1)) ** 2 for k in range(1, count + 1)]


def areas(axes: Axes, grid: Array, heights: list[float]) -> str:
    """For each height the area below it. grid[r, c] is the value at the r-th of evenly spaced y, the c-th x."""
    drawn = [_path(axes, grid, height) for height in sorted(heights, reverse=True)]
    group = element(
        "g", *drawn, fill=theme.PLUS, stroke=theme.PLUS, fill_opacity="0.05", stroke_opacity="0.55", stroke_width=1.0
    )  # fmt: skip
    border = {"x": axes.left, "y": axes.top, "width": axes.width, "height": axes.height}
    return group + element("rect", **border, fill="none", stroke=theme.MUTED, stroke_width=1.5)


def _path(axes: Axes, grid: Array, height: float) -> str:
    rows, columns = grid.shape
    (x0, x1), (y0, y1) = axes.x, axes.y
    d = ""
    for ring in rings(grid, height):
        line = [axes.at(x0 + (x1 - x0) * c / (columns - 1), y0 + (y1 - y0) * r / (rows - 1)) for r, c in ring]
        d += "M" + "L".join([f"{x:.1f} {y:.1f}" for x, y in simplified(line)]) + "Z"
    return element("path", d=d)


def rings(grid: Array, height: float) -> Iterator[list[Point]]:
    """The closed lines (row, column) around where the grid is below `height`; beyond its rim all is high."""
    high = np.pad(grid, 1, constant_values=np.inf)
    onward = _segments(high < height)
    while onward:
        start, crossing = next(iter(onward.items()))
        ring = [_place(high, start, height)]
        del onward[start]
        while crossing != start:
            ring.append(_place(high, crossing, height))
            crossing = onward.pop(crossing)
        yield ring


def _segments(below: np.ndarray) -> dict[Crossing, Crossing]:
    """In every cell, from each side where the area is left to the side where it is entered again."""
    corners = [below[r : r - 1 or None, c : c - 1 or None] for r, c in ROUND]
    onward = {}
    for r, c in np.argwhere(np.any(corners, axis=0) & ~np.all(corners, axis=0)).tolist():
        around = [(r + down, c + right) for down, right in ROUND]
        sides = [(one, other) for one, other in zip(around, around[1:] + around[:1]) if below[one] != below[other]]
        if not below[sides[0][0]]:
            sides = sides[1:] + sides[:1]
        for (inside, outside), (out_again, in_again) in zip(sides[::2], sides[1::2]):
            onward[inside, outside] = in_again, out_again
    return onward


def _place(high: Array, crossing: Crossing, height: float) -> Point:
    """Where the height is reached between a grid point below it and its neighbour, in the grid without the rim."""
    (r0, c0), (r1, c1) = crossing
    low = high[r0, c0]
    share = (height - low) / (high[r1, c1] - low)
    return float(r0 + share * (r1 - r0) - 1), float(c0 + share * (c1 - c0) - 1)


def simplified(line: list[Point], error: float = 0.3) -> list[Point]:
    """The line without points that lie less than `error` beside the straight way past them."""
    kept = line[:1]
    for (x, y), (x1, y1) in pairwise(line[1:]):
        (x0, y0) = kept[-1]
        length = np.hypot(x1 - x0, y1 - y0)
        if length == 0 or abs((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) / length > error:
            kept.append((x, y))
    return kept + line[-1:]
