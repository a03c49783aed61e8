"""SVG as strings: elements, rich text, numbers, and the root element with its label.

Coordinates have one decimal and numbers few digits, so that a stored picture is the same on every machine. From one
step of a slider to the next most of a picture stays as it is: pieces that were drawn before are not built anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from html import escape

from bplab.pictures import theme
from bplab.pictures.symbols import Symbol

Part = str | Symbol
LEAST = 0.75  # of its own width is what a picture needs, so that its words stay legible
SCRIPT = 0.72  # size of what stands above or below a symbol, beside the symbol


def element(name: str, *children: str, **attributes: float | str) -> str:
    """An element; children are markup; underscores in attribute names become hyphens, empty attributes are left out.

    >>> element("line", x1=0, x2=10.04, stroke_width=2)
    '<line x1="0" x2="10" stroke-width="2"/>'
    """
    inside = "".join(
        [f' {key.replace("_", "-")}="{_attribute(value)}"' for key, value in attributes.items() if value != ""]
    )
    return f"<{name}{inside}>{''.join(children)}</{name}>" if children else f"<{name}{inside}/>"


@lru_cache(maxsize=4096)
def _attribute(value: float | str) -> str:
    return escape(value) if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


def number(value: float, digits: int = 3, least: float = 1e-12) -> str:
    """`value` to a few significant digits, with a real minus sign; below `least` it is 0 up to rounding.

    >>> number(-0.28534), number(12.0), number(0.0000123), number(-1e-17)
    ('−0.285', '12', '1.23e−5', '0')
    """
    if abs(value) < least or value == 0:
        return "0"
    short = f"{value:.{digits}g}"
    if "e" in short:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        short = f"{value:.0f}" if 0 < int(exponent) < 7 else f"{mantissa}e{int(exponent)}"
    return short.replace("-", "−")


def counted(n: int, noun: str) -> str:
    """So many of a thing.

    >>> counted(1, "step"), counted(3, "step")
    ('1 step', '3 steps')
    """
    return f"{n} {noun}{'' if n == 1 else 's'}"


def signed(value: float, digits: int = 3) -> str:
    """`value` as a factor in a product: in brackets if it is negative.

    >>> signed(-0.5), signed(0.5)
    ('(−0.5)', '0.5')
    """
    shown = number(value, digits)
    return f"({shown})" if shown.startswith("−") else shown


def picture(width: float, height: float, title: str, alt: str, children: Iterable[str]) -> str:
    """The root element: as wide as its place allows, up to its own width; `alt` is what a screen reader reads.

    In a narrow place it is not made smaller than its words can be read: the place scrolls.
    """
    sizes = f"max-width:{width:.0f}px;min-width:{LEAST * width:.0f}px;width:100%;height:auto;display:block"
    style = f"{sizes};{theme.variables()}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-label="{escape(alt)}" style="{escape(style)}" font-family="{escape(theme.SANS)}" text-anchor="middle" '
        f'fill="{theme.INK}"><title>{escape(title)}</title>'
        f'<rect width="{width:.0f}" height="{height:.0f}" rx="6" fill="{theme.PAPER}"/>{"".join(children)}</svg>'
    )


@lru_cache(maxsize=2048)
def text(x: float, y: float, *parts: Part, size: float = 14, anchor: str = "", fill: str = "") -> str:
    """Words, numbers and symbols in one line, its baseline at y, its middle at x unless `anchor` is start or end."""
    spans = "".join([_symbol(part, size) if isinstance(part, Symbol) else escape(part) for part in parts])
    return element("text", spans, x=x, y=y, font_size=size, text_anchor=anchor, fill=fill)


@lru_cache(maxsize=2048)
def _symbol(mark: Symbol, size: float) -> str:
    """A symbol in italics; what stands below goes back under what stands above, then back to the baseline."""
    spans, small, drop = escape(mark.letter), SCRIPT * size, 0.0
    if mark.above:
        spans += element("tspan", mark.above, dy=-0.38 * size, font_size=small, font_style="normal")
        drop = 0.38 * size
    if mark.below:
        back = -0.5 * small * len(mark.above)
        drop += 0.22 * size
        spans += element("tspan", mark.below, dx=back, dy=drop, font_size=small, font_style="normal")
        drop = -0.22 * size
    italic = element("tspan", spans, font_family=theme.SERIF, font_style="italic", font_size=1.1 * size)
    return italic + (element("tspan", "\u200b", dy=drop) if drop else "")


def code(x: float, y: float, line: str, size: float = 13) -> str:
    """A line of Python."""
    return element("text", escape(line), x=x, y=y, font_size=size, font_family=theme.MONO, text_anchor="start")


@lru_cache(maxsize=2048)
def width(*parts: Part, size: float = 14) -> float:
    """About how wide the line is, in pixels, in a wide font (DejaVu Sans)."""
    total = 0.0
    for part in parts:
        if isinstance(part, Symbol):
            total += 0.62 + 0.55 * SCRIPT * max(len(part.above), len(part.below))
        else:
            total += sum([0.36 if c in " .,:;()|il" else 0.84 if c in "−+=±" else 0.64 for c in part])
    return total * size


def fitting(line: str | list[Part], room: float, size: float) -> float:
    """`size`, or smaller where the line would not fit in the room."""
    parts = line if isinstance(line, list) else [line]
    return min(size, room / max(width(*parts, size=1), 1.0))


@lru_cache(maxsize=2048)
def label(x: float, y: float, *parts: Part, size: float = 13, frame: str = "", fill: str = "") -> str:
    """Text centred on (x, y) with a background, so that it can stand on a line."""
    wide = width(*parts, size=size) + 0.5 * size
    back = element(
        "rect", x=x - wide / 2, y=y - 0.72 * size, width=wide, height=1.44 * size, rx=3, fill=theme.PAPER, stroke=frame
    )
    return back + text(x, y + 0.34 * size, *parts, size=size, fill=fill)
