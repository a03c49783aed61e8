"""Contours: closed lines at the right height, holes, the frame; an arrow that ends where it should."""

import math
from xml.etree import ElementTree

import numpy as np
import pytest

from bplab.pictures.axes import Axes, arrow
from bplab.pictures.contours import areas, levels, rings, simplified


def area(ring: list[tuple[float, float]]) -> float:
    """Signed, so that a hole counts against the area around it."""
    return sum(r0 * c1 - r1 * c0 for (r0, c0), (r1, c1) in zip(ring, ring[1:] + ring[:1])) / 2


def bowl(n: int = 41) -> np.ndarray:
    far = np.linspace(-2, 2, n)
    return np.add.outer(far**2, far**2)


def test_a_ring_of_a_bowl_is_a_circle() -> None:
    (ring,) = rings(bowl(), 1.0)
    radii = [math.hypot(r - 20, c - 20) for r, c in ring]
    assert radii == pytest.approx([10] * len(ring), rel=0.01)
    assert abs(area(ring)) == pytest.approx(math.pi * 100, rel=0.01)


def test_the_area_ends_at_the_frame() -> None:
    (ring,) = rings(bowl(), 7.0)
    assert {min(r for r, _ in ring), min(c for _, c in ring)} == {0.0}
    assert {max(r for r, _ in ring), max(c for _, c in ring)} == {40.0}
    assert abs(area(ring)) == pytest.approx(1600 * np.mean(bowl(801) < 7), rel=0.005)


def test_a_hole_runs_the_other_way_round() -> None:
    outer, inner = sorted((area(ring) for ring in rings(abs(bowl() - 1.0), 0.5)), key=abs, reverse=True)
    assert outer * inner < 0
    assert abs(outer) == pytest.approx(math.pi * 150, rel=0.02)
    assert abs(inner) == pytest.approx(math.pi * 50, rel=0.02)


def test_every_line_of_a_rough_surface_closes_at_its_height() -> None:
    grid = np.random.default_rng(3).normal(size=(17, 23))
    total = 0.0
    for ring in rings(grid, 0.2):
        assert len(ring) >= 3
        total += abs(area(ring))
        for r, c in ring:
            inside = 0 < r < 16 and 0 < c < 22
            low, high = (grid[f(r), f(c)] for f in (math.floor, math.ceil))
            share = r - math.floor(r) + c - math.floor(c)
            assert not inside or low + share * (high - low) == pytest.approx(0.2, abs=1e-9)
    assert total > 0


def test_levels_are_even_in_a_bowl() -> None:
    heights = levels(bowl() + 0.5, 10)
    assert len(heights) == 10
    assert heights[0] > 0.5
    assert heights[-1] < 8.5
    assert np.diff(np.sqrt(np.array(heights) - 0.5)) == pytest.approx(np.sqrt(heights[0] - 0.5))
    assert levels(np.full((3, 3), 0.7), 10) == []


def test_lower_areas_are_drawn_on_higher_ones_and_lines_are_short() -> None:
    axes = Axes(10, 10, 300, 300, (-2, 2), (-2, 2))
    drawn = ElementTree.fromstring(f"<svg>{areas(axes, bowl(), levels(bowl(), 10))}</svg>")
    paths = [path.get("d") for path in drawn.iter("path")]
    assert len(paths) == 10
    wide = [max(float(p.split()[0]) for p in d[1:-1].split("L")) for d in paths]
    assert wide == sorted(wide, reverse=True)
    assert sum(map(len, paths)) < 6000
    assert simplified([(0, 0), (1, 0.01), (2, 0), (2, 5)]) == [(0, 0), (2, 0), (2, 5)]


def test_an_arrow_has_its_tip_at_the_end_and_none_outside() -> None:
    axes = Axes(0, 0, 100, 100, (0, 10), (0, 10))
    line, head = ElementTree.fromstring(f"<svg>{axes.arrow((1, 1), (9, 1), 'red')}</svg>")
    assert head.get("d").startswith("M90.0 90.0L")
    assert (line.get("x1"), line.get("y1"), line.get("x2")) == ("10", "90", "79")
    (cut,) = ElementTree.fromstring(f"<svg>{axes.arrow((1, 1), (19, 1), 'red', '3 3')}</svg>")
    assert cut.get("d") == "M10.0 90.0L100.0 90.0"


def test_the_head_of_a_slanted_arrow_is_symmetric() -> None:
    line, head = ElementTree.fromstring(f"<svg>{arrow((10, 10), (40, 50), 'red')}</svg>")
    (x, y), left, right = ([float(v) for v in point.split()] for point in head.get("d")[1:-1].split("L"))
    assert (x, y) == (40, 50)
    base = [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2]
    assert base == pytest.approx([40 - 11 * 0.6, 50 - 11 * 0.8], abs=0.1)
    assert [float(line.get("x2")), float(line.get("y2"))] == pytest.approx(base, abs=0.1)
    assert math.dist((x, y), left) == pytest.approx(math.dist((x, y), right), abs=0.2)
    assert math.dist(left, right) == pytest.approx(11, abs=0.2)
