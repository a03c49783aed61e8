"""The network diagram: units, weighted connections, numbers where they belong, highlighted paths.

Everything is keyed by the course's names: `a1_2` is unit 2 of layer 1 (`a0_1` an input), `w1_12` a connection,
`C` the cost. The sign of a weight is told by colour and dash, its size by the width of the line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import NamedTuple

from bplab.pictures import theme
from bplab.pictures.svg import Part, element, fitting, label, number, text, width
from bplab.pictures.theme import Band

Point = tuple[float, float]


@lru_cache(maxsize=1024)
def connection(start: Point, end: Point, weight: float) -> str:
    """A line as wide as |weight|, blue if positive, orange and dashed if negative, thin and grey if 0."""
    (x0, y0), (x1, y1) = start, end
    stroke = theme.PLUS if weight > 0 else theme.MINUS if weight < 0 else theme.MUTED
    thick = 1.2 + 2.2 * math.tanh(abs(weight))
    dash = f"{2.5 * thick + 3:.1f} {1.2 * thick + 3:.1f}" if weight < 0 else ""
    return element("line", x1=x0, y1=y0, x2=x1, y2=y1, stroke=stroke, stroke_width=thick, stroke_dasharray=dash)


@lru_cache(maxsize=1024)
def unit(x: float, y: float, radius: float, lit: bool = False) -> str:
    """A circle on the paper; `lit` gives it a strong rim."""
    rim = 3.5 if lit else 1.4
    return element("circle", cx=x, cy=y, r=radius, fill=theme.PAPER, stroke=theme.INK, stroke_width=rim)


def between(start: Point, end: Point, share: float) -> Point:
    """The point that has gone `share` of the way from start to end."""
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


@dataclass(frozen=True)
class Layout:
    """Where the units of a network of these sizes stand, and the cost to the right of them.

    Up to three units a layer there is room for names and sums around each unit; more are drawn compactly.
    """

    sizes: tuple[int, ...]
    top: float = 0

    @cached_property
    def compact(self) -> bool:
        return max(self.sizes) > 3

    @cached_property
    def radius(self) -> float:
        return 21 if self.compact else 30

    @cached_property
    def gap(self) -> float:
        """From one layer to the next."""
        return 264 if self.compact else 235 if max(self.sizes) < 3 else 262

    @cached_property
    def row(self) -> float:
        """From one unit to the next one below."""
        return 98 if self.compact else 166

    @cached_property
    def size(self) -> float:
        """Of the numbers on connections and under units."""
        return 10.5 if self.compact else 13.5

    @property
    def width(self) -> float:
        return self.cost[0] + 66

    @property
    def height(self) -> float:
        return self.top + 82 + (max(self.sizes) - 1) * self.row + (66 if self.compact else 142)

    @cached_property
    def cost(self) -> Point:
        """Where the cost stands."""
        return 56 + (len(self.sizes) - 1) * self.gap + 158, self.unit(0, (self.sizes[0] + 1) / 2)[1]

    def unit(self, k: int, j: float) -> Point:
        """Where unit j of layer k stands; both layers of a pair are centred on the same height."""
        return 56 + k * self.gap, self.top + 82 + (j - 1 + (max(self.sizes) - self.sizes[k]) / 2) * self.row

    def short(self, value: float) -> str:
        """`value` with as many digits as there is room for on a connection."""
        if self.compact:
            return number(round(value, 3), 2)
        return number(value, 3 if max(self.sizes) < 3 else 2)

    @cached_property
    def connections(self) -> list[tuple[str, int, int, int]]:
        """(name, k, i, j) of every connection."""
        pairs = enumerate(zip(self.sizes, self.sizes[1:]), start=1)
        return [(f"w{k}_{i}{j}", k, i, j) for k, (n, m) in pairs for i in range(1, n + 1) for j in range(1, m + 1)]

    @cached_property
    def units(self) -> list[tuple[str, int, int]]:
        """(name, k, j) of every unit, the inputs included."""
        return [(f"a{k}_{j}", k, j) for k, n in enumerate(self.sizes) for j in range(1, n + 1)]

    @cached_property
    def places(self) -> dict[str, Point]:
        """Where every unit stands."""
        return {name: self.unit(k, j) for name, k, j in self.units}

    @cached_property
    def ends(self) -> dict[str, tuple[Point, Point]]:
        """Every connection with its two ends; `C_1` leads from output 1 to the cost."""
        L = len(self.sizes) - 1
        ends = {name: (self.unit(k - 1, i), self.unit(k, j)) for name, k, i, j in self.connections}
        return ends | {f"C_{j}": (self.unit(L, j), self.cost) for j in range(1, self.sizes[L] + 1)}


class Label(NamedTuple):
    """Words on the diagram, their colour and frame."""

    parts: Sequence[Part]
    fill: str = ""
    frame: str = ""

    def at(self, x: float, y: float, size: float) -> str:
        return label(x, y, *self.parts, size=size, fill=self.fill, frame=self.frame)


@dataclass(frozen=True)
class Marks:
    """What stands on the diagram, by name.

    `weights` give the connections their width and dash, `inside` is a unit's number, `above` its name, `below` lines
    under it; `on` and `slopes` stand on a connection, near its start and near its end. `path` gives units and
    connections a band, `lit` is what is being computed.
    """

    weights: Mapping[str, float]
    above: Mapping[str, Sequence[Part]]
    inside: Mapping[str, str]
    below: Mapping[str, Sequence[Label]]
    on: Mapping[str, Label]
    slopes: Mapping[str, Label] = field(default_factory=dict)
    path: Mapping[str, Band] = field(default_factory=dict)
    lit: frozenset[str] = frozenset()


def network(layout: Layout, marks: Marks) -> str:
    """The diagram: highlighted paths below, then connections, units, and numbers on top."""
    return "".join([*_paths(layout, marks), *_lines(layout, marks), *_units(layout, marks), *_numbers(layout, marks)])


def _paths(layout: Layout, marks: Marks) -> list[str]:
    """The bands: along connections, then around units and the cost; a glow beside those of what is being computed."""
    lines, rings, path = [], [], marks.path
    for name, (start, end) in layout.ends.items():
        if name in path:
            if name in marks.lit:
                lines += [_line(start, end, theme.GLOW, 27), _line(start, end, theme.PAPER, 17)]
            lines.append(band(path[name], f"M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}", 17))
    for name, (x, y) in layout.places.items():
        if name in path:
            r = layout.radius + 4
            rings.append(band(path[name], f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 1 0 .1Z", 8))
    if "C" in path:
        x, y = layout.cost
        rings.append(band(path["C"], f"M{x - 47:.1f} {y - 30:.1f}h94v60h-94Z", 10))
    return lines + rings


def band(look: Band, d: str, width: float) -> str:
    """A band along the way `d`; what it encloses is covered with paper."""
    return element(
        "path", d=d, fill=theme.PAPER, stroke=look.colour, stroke_width=width, stroke_dasharray=look.dash,
        stroke_opacity="0.6", stroke_linejoin="round",
    )  # fmt: skip


def _line(start: Point, end: Point, stroke: str, width: float) -> str:
    return element("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], stroke=stroke, stroke_width=width)


def _lines(layout: Layout, marks: Marks) -> list[str]:
    lines = []
    for name, (start, end) in layout.ends.items():
        if name in marks.lit and name not in marks.path:
            lines.append(_line(start, end, theme.GLOW, 9))
        lines.append(connection(start, end, marks.weights.get(name, 0.0)))
    return lines


def _units(layout: Layout, marks: Marks) -> list[str]:
    parts = []
    for name, (x, y) in layout.places.items():
        parts.append(unit(x, y, layout.radius, name in marks.lit))
        inside, above = marks.inside.get(name, ""), marks.above.get(name, ())
        if layout.compact:
            parts += [text(x, y - 4, *above, size=10.5), text(x, y + 11, inside, size=fitting(inside, 34, 11))]
        else:
            parts += [
                text(x, y + 5, inside, size=fitting(inside, 55, 15)),
                text(x, y - layout.radius - 17, *above, size=16),
            ]
        for row, line in enumerate(marks.below.get(name, ())):
            at = _beside(layout, x, y, line) if layout.compact else (x, y + layout.radius + 21 + 20 * row)
            parts.append(line.at(*at, layout.size))
    return [*parts, _cost(layout, marks)]


def _beside(layout: Layout, x: float, y: float, line: Label) -> Point:
    """In a compact diagram the one line of a unit stands on its left, where its connections arrive."""
    return x - layout.radius - 6 - width(*line.parts, size=layout.size) / 2, y


def _cost(layout: Layout, marks: Marks) -> str:
    x, y = layout.cost
    rim = 3.5 if "C" in marks.lit else 1.4
    box = element(
        "rect", x=x - 42, y=y - 25, width=84, height=50, rx=8, fill=theme.PAPER, stroke=theme.INK, stroke_width=rim
    )
    below = [line.at(x, y + 48 + 20 * row, 13.5) for row, line in enumerate(marks.below.get("C", ()))]
    above = text(x, y - 38, *marks.above.get("C", ()), size=16)
    return box + text(x, y + 5, marks.inside.get("C", ""), size=15) + above + "".join(below)


def _numbers(layout: Layout, marks: Marks) -> list[str]:
    """Numbers on connections. No two meet: those of a fan of m stand 1/(m + 1) of the way from its start or end."""
    parts = []
    for name, k, _, _ in layout.connections:
        start, end = layout.ends[name]
        if name in marks.on:
            near = 1 / (max(layout.sizes[k], 2) + 1)
            parts.append(marks.on[name].at(*between(start, end, near), layout.size))
        if name in marks.slopes:
            far = 1 - 1 / (max(layout.sizes[k - 1], 2) + 1)
            parts.append(marks.slopes[name].at(*between(start, end, far), layout.size))
    return parts
