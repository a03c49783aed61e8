"""One plot: a frame with ticks, curves, points and line pieces, in the data's coordinates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bplab.pictures import theme
from bplab.pictures.svg import Part, element, fitting, number, text


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers between low and high.

    >>> ticks(-6, 6)
    [-6.0, -4.0, -2.0, 0.0, 2.0, 4.0, 6.0]
    """
    rough = (high - low) / about
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(unit * m for m in (1, 2, 5, 10) if unit * m >= 0.8 * rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    digits = 10 - math.floor(math.log10(step))
    return [round(m * step, digits) for m in range(first, last + 1)]


def readings(marks: Sequence[float]) -> list[str]:
    """The numbers beside the ticks; very large and very small ones with the same power of ten.

    >>> readings([0.0, 0.5, 1.0]), readings([-5e5, 0.0, 5e5, 1e6])
    (['0', '0.5', '1'], ['−0.5e6', '0', '0.5e6', '1e6'])
    """
    largest = max([abs(mark) for mark in marks], default=0.0)
    power = math.floor(math.log10(largest)) if largest else 0
    if -4 < power < 5:
        return [number(mark) for mark in marks]
    return [f"{number(mark / 10.0**power)}e{power}".replace("e-", "e−") if mark else "0" for mark in marks]


@dataclass(frozen=True)
class Axes:
    """A rectangle of the picture (left, top, width, height) and the data's ranges in it (x, y)."""

    left: float
    top: float
    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the data stands in the picture."""
        return (
            self.left + self.width * (x - self.x[0]) / (self.x[1] - self.x[0]),
            self.top + self.height * (self.y[1] - y) / (self.y[1] - self.y[0]),
        )

    def holds(self, x: float, y: float) -> bool:
        """Whether the point lies inside the frame."""
        return self.x[0] <= x <= self.x[1] and self.y[0] <= y <= self.y[1]

    def frame(self, x_label: Sequence[Part], y_label: Sequence[Part]) -> str:
        """Grid, ticks and the names of the two axes."""
        bottom, right = self.top + self.height, self.left + self.width
        marks, below, beside = [], ticks(*self.x), ticks(*self.y)
        size = _size(readings(below), 0.9 * self.width / max(len(below), 1))
        for x, words in zip(below, readings(below)):
            px, _ = self.at(x, 0)
            marks.append(element("path", d=f"M{px:.1f} {self.top:.1f}V{bottom:.1f}", stroke=theme.FAINT))
            marks.append(text(px, bottom + 17, words, size=size, fill=theme.MUTED))
        size = _size(readings(beside), self.left - 9)
        for y, words in zip(beside, readings(beside)):
            _, py = self.at(0, y)
            marks.append(element("path", d=f"M{self.left:.1f} {py:.1f}H{right:.1f}", stroke=theme.FAINT))
            marks.append(text(self.left - 7, py + 4, words, size=size, anchor="end", fill=theme.MUTED))
        marks.append(
            element(
                "path", d=f"M{self.left:.1f} {self.top:.1f}V{bottom:.1f}H{right:.1f}", fill="none", stroke=theme.MUTED
            )
        )
        marks.append(text(self.left + self.width / 2, bottom + 38, *x_label, size=15))
        marks.append(text(self.left, self.top - 12, *y_label, size=15))
        return "".join(marks)

    def curve(self, xs: Sequence[float], ys: Sequence[float], stroke: str, width: float = 2.5, dash: str = "") -> str:
        """A line through the points, cut off at the frame."""
        pieces, run = [], ""
        for (x0, y0), (x1, y1) in zip(zip(xs, ys), zip(xs[1:], ys[1:])):
            cut = self._cut(x0, y0, x1, y1)
            if cut is None:
                run = ""
                continue
            (px, py), (qx, qy) = self.at(*cut[:2]), self.at(*cut[2:])
            start, end = f"{px:.1f} {py:.1f}", f"{qx:.1f} {qy:.1f}"
            pieces.append(f"L{end}" if run == start else f"M{start}L{end}")
            run = end
        if not pieces:
            return ""
        return element(
            "path", d="".join(pieces), fill="none", stroke=stroke, stroke_width=width, stroke_dasharray=dash,
            stroke_linejoin="round",
        )  # fmt: skip

    def _cut(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float] | None:
        """The part of a line piece inside the frame (Liang and Barsky), None if there is none."""
        start, end, dx, dy = 0.0, 1.0, x1 - x0, y1 - y0
        borders = ((-dx, x0 - self.x[0]), (dx, self.x[1] - x0), (-dy, y0 - self.y[0]), (dy, self.y[1] - y0))
        for speed, room in borders:
            if speed == 0 and room < 0:
                return None
            if speed < 0:
                start = max(start, room / speed)
            elif speed > 0:
                end = min(end, room / speed)
        if start > end:
            return None
        return x0 + start * dx, y0 + start * dy, x0 + end * dx, y0 + end * dy

    def point(self, x: float, y: float, fill: str, radius: float = 6) -> str:
        """A dot with a thin rim of paper; nothing outside the frame."""
        if not self.holds(x, y):
            return ""
        px, py = self.at(x, y)
        return element("circle", cx=px, cy=py, r=radius, fill=fill, stroke=theme.PAPER, stroke_width=1.5)

    def dots(self, xs: Sequence[float], ys: Sequence[float], fill: str, radius: float) -> str:
        """Many small dots; none outside the frame."""
        places = [self.at(x, y) for x, y in zip(xs, ys) if self.holds(x, y)]
        d = "".join([f"M{px:.1f} {py:.1f}h0" for px, py in places])
        return element("path", d=d, stroke=fill, stroke_width=2 * radius, stroke_linecap="round") if d else ""

    def arrow(self, start: tuple[float, float], end: tuple[float, float], stroke: str, dash: str = "") -> str:
        """An arrow between two points of the data, cut off at the frame; its head only where it ends inside."""
        if self.holds(*end):
            return arrow(self.at(*start), self.at(*end), stroke, dash)
        return self.curve([start[0], end[0]], [start[1], end[1]], stroke, 2.5, dash)


def _size(words: Sequence[str], room: float) -> float:
    """Of the numbers beside the ticks, so that the widest fits in the room."""
    return min([fitting(reading, room, 12) for reading in words], default=12)


def arrow(start: tuple[float, float], end: tuple[float, float], stroke: str, dash: str = "") -> str:
    """An arrow between two points of the picture; a short one is all head."""
    (x0, y0), (x1, y1) = start, end
    length = max(math.hypot(x1 - x0, y1 - y0), 1e-9)
    head = min(11.0, length)
    ux, uy = head * (x1 - x0) / length, head * (y1 - y0) / length
    bx, by = x1 - ux, y1 - uy
    line = element("line", x1=x0, y1=y0, x2=bx, y2=by, stroke=stroke, stroke_width=2.5, stroke_dasharray=dash)
    sides = f"{bx - 0.5 * uy:.1f} {by + 0.5 * ux:.1f}L{bx + 0.5 * uy:.1f} {by - 0.5 * ux:.1f}"
    return line + element("path", d=f"M{x1:.1f} {y1:.1f}L{sides}Z", fill=stroke)


def cross(x: float, y: float) -> str:
    """A small × in the picture."""
    return element(
        "path", d=f"M{x - 5:.1f} {y - 5:.1f}l10 10m0-10l-10 10", stroke=theme.INK, stroke_width=2, fill="none"
    )
