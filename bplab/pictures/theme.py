"""Colours and fonts. They follow JupyterLab's light or dark theme and have fall-backs for anywhere else.

The palette is Okabe and Ito's, told apart by colour-blind readers. Each colour is mixed with the theme's own text
colour, so that it is darker on white and lighter on black; the share is chosen for a contrast of at least 4.5 : 1.
"""

from __future__ import annotations

from typing import NamedTuple

SANS = "system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"
SERIF_FONTS = "'STIX Two Text','Cambria Math',Cambria,'Times New Roman','Liberation Serif',serif"
MONO = "ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace"


class Band(NamedTuple):
    """How a broad band is drawn, behind a piece of a path and under the factor that it stands for."""

    colour: str
    dash: str


class Tone(NamedTuple):
    """A colour (red, green, blue from 0 to 255) of which `share` is mixed with the ink, or with the paper."""

    colour: tuple[int, int, int]
    share: float

    def on(self, ink: tuple[int, int, int]) -> tuple[int, int, int]:
        """The mixed colour where the theme's text has the colour `ink`."""
        red, green, blue = (round(self.share * c + (1 - self.share) * i) for c, i in zip(self.colour, ink))
        return red, green, blue


PALETTE = {
    "plus": Tone((0, 114, 178), 0.70),
    "minus": Tone((213, 94, 0), 0.70),
    "slope": Tone((204, 121, 167), 0.74),
    "path": Tone((230, 159, 0), 1.00),
    "muted": Tone((128, 128, 128), 0.62),
}
PLUS, MINUS, SLOPE, PATH, MUTED = (f"var(--bp-{name})" for name in PALETTE)
BANDS = [("#e69f00", ""), ("#56b4e9", "12 5"), ("#009e73", "4 4"), ("#cc79a7", "16 4 4 4")]
INK, PAPER, FAINT, GLOW, SERIF = (f"var(--bp-{name})" for name in ("ink", "paper", "faint", "glow", "serif"))


def band(number: int) -> Band:
    """The band of this number: neighbours differ in colour and in dash."""
    return Band(*BANDS[number % len(BANDS)])


def variables() -> str:
    """Colours and the serif font as CSS variables, for the style of a picture's root element."""
    mixes = [
        "--bp-ink:var(--jp-ui-font-color0,#000)",
        "--bp-paper:var(--jp-layout-color0,#fff)",
        f"--bp-faint:color-mix(in srgb,{INK} 14%,{PAPER})",
        f"--bp-glow:color-mix(in srgb,{INK} 30%,{PAPER})",
        f"--bp-serif:{SERIF_FONTS}",
    ]
    for name, (colour, share) in PALETTE.items():
        mixes.append(f"--bp-{name}:color-mix(in srgb,#{bytes(colour).hex()} {share:.0%},{INK})")
    return ";".join(mixes)
