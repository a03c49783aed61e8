"""The network diagram: units, weighted connections, numbers where they belong, highlighted paths.

Everything is keyed by the course's names: `a1_2` is unit 2 of layer 1 (`a0_1` an input), `w1_12` a connection,
`C` the cost. The sign of a weight is told by colour and dash, its size by the width of the line.
"""

from __future__ import annotations

import math

from bplab.pictures import theme
from bplab.pictures.svg import element


def connection(start: tuple[float, float], end: tuple[float, float], weight: float) -> str:
    """A line as wide as |weight|, blue if positive, orange and dashed if negative, thin and grey if 0."""
    (x0, y0), (x1, y1) = start, end
    stroke = theme.PLUS if weight > 0 else theme.MINUS if weight < 0 else theme.MUTED
    width = 1.2 + 2.2 * math.tanh(abs(weight))
    dash = f"{2.5 * width + 3:.1f} {1.2 * width + 3:.1f}" if weight < 0 else "none"
    return element("line", x1=x0, y1=y0, x2=x1, y2=y1, stroke=stroke, stroke_width=width, stroke_dasharray=dash)


def unit(x: float, y: float, radius: float, lit: bool = False) -> str:
    """A circle on the paper; `lit` gives it a strong rim."""
    width = 3.5 if lit else 1.4
    return element("circle", cx=x, cy=y, r=radius, fill=theme.PAPER, stroke=theme.INK, stroke_width=width)
