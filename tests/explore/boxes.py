"""About where the words of a picture stand, measured without a browser."""

import math
from itertools import takewhile
from typing import NamedTuple
from xml.etree import ElementTree

SVG = "{http://www.w3.org/2000/svg}"


class Box(NamedTuple):
    words: str
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > 1 and down > 1


def words_of(svg: str) -> list[Box]:
    return [_box(text) for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def size_of(svg: str) -> tuple[float, float]:
    _, _, width, height = ElementTree.fromstring(svg).get("viewBox").split()
    return float(width), float(height)


def clashes(svg: str) -> list[tuple[str, str]]:
    """Pairs of words that overlap."""
    boxes = sorted(words_of(svg), key=lambda box: box.top)
    below = [takewhile(lambda b, a=a: b.top < a.bottom, boxes[n:]) for n, a in enumerate(boxes, start=1)]
    return [(a.words, b.words) for a, lower in zip(boxes, below) for b in lower if a.meets(b)]


def outside(svg: str) -> list[str]:
    """Words that the picture's edge would cut."""
    width, height = size_of(svg)
    return [b.words for b in words_of(svg) if b.left < 0 or b.top < 0 or b.right > width or b.bottom > height]


def crossed(svg: str) -> list[str]:
    """Words that the rim of a unit runs through: neither inside nor outside its circle."""
    circles = [c for c in ElementTree.fromstring(svg).iter(f"{SVG}circle") if c.get("stroke") == "var(--bp-ink)"]
    return [
        box.words
        for box in words_of(svg)
        for circle in circles
        if _rim_meets(float(circle.get("cx")), float(circle.get("cy")), float(circle.get("r")), box)
    ]


def _rim_meets(x: float, y: float, radius: float, box: Box) -> bool:
    nearest = math.hypot(max(box.left - x, 0, x - box.right), max(box.top - y, 0, y - box.bottom))
    farthest = math.hypot(max(x - box.left, box.right - x), max(y - box.top, box.bottom - y))
    return nearest < radius - 1 and farthest > radius + 1


def _box(text: ElementTree.Element) -> Box:
    x, y, size = float(text.get("x")), float(text.get("y")), float(text.get("font-size"))
    wide = _advance(text, size)
    left = {"start": x, "end": x - wide}.get(text.get("text-anchor"), x - wide / 2)
    return Box("".join(text.itertext()), left, y - 0.75 * size, left + wide, y + 0.2 * size)


def _advance(element: ElementTree.Element, size: float) -> float:
    """The width of an element's words: digits and letters of a usual font, some wider, some narrower."""
    wide = _wide(element.text, size)
    for child in element:
        inner = float(child.get("font-size", size))
        wide += float(child.get("dx", 0)) + _advance(child, inner) + _wide(child.tail, size)
    return wide


def _wide(words: str | None, size: float) -> float:
    return sum(0.0 if c == "\u200b" else 0.32 if c in " .,:;()|il" else 0.6 for c in words or "") * size
