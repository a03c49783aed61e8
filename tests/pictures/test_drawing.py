"""The drawing code: elements, numbers, axes, the theme's contrast, signs told by dash and width."""

import re
from xml.etree import ElementTree

import pytest

from bplab.pictures import theme
from bplab.pictures.axes import Axes, readings, ticks
from bplab.pictures.diagram import connection
from bplab.pictures.svg import element, number, picture, text
from bplab.pictures.symbols import symbol

# Text and background of JupyterLab's light and dark theme.
THEMES = {"light": ((0, 0, 0), (255, 255, 255)), "dark": ((255, 255, 255), (17, 17, 17))}


def luminance(colour: tuple[int, int, int]) -> float:
    parts = [c / 255 for c in colour]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_as_defined() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", sorted(set(theme.PALETTE) - {"path"}))
@pytest.mark.parametrize(("ink", "paper"), THEMES.values(), ids=THEMES)
def test_text_is_legible_in_both_themes(name: str, ink: tuple[int, int, int], paper: tuple[int, int, int]) -> None:
    assert contrast(theme.PALETTE[name].on(ink), paper) >= 4.5


@pytest.mark.parametrize(("ink", "paper"), THEMES.values(), ids=THEMES)
def test_numbers_on_the_highlighted_code_line_are_legible(
    ink: tuple[int, int, int], paper: tuple[int, int, int]
) -> None:
    faint = tuple(round(0.14 * i + 0.86 * p) for i, p in zip(ink, paper))
    assert contrast(ink, faint) >= 4.5


def test_the_theme_says_in_css_what_the_palette_holds() -> None:
    for name, (colour, share) in theme.PALETTE.items():
        css = rf"--bp-{name}:color-mix\(in srgb,#{bytes(colour).hex()} {round(100 * share)}%,var\(--bp-ink\)\)"
        assert re.search(css, theme.variables())


def test_sign_and_size_of_a_weight_are_told_without_colour() -> None:
    plus, minus, large = (ElementTree.fromstring(connection((0, 0), (9, 9), w)) for w in (0.3, -0.3, 1.7))
    assert plus.get("stroke-dasharray") is None
    assert minus.get("stroke-dasharray")
    assert float(large.get("stroke-width")) > float(plus.get("stroke-width")) == float(minus.get("stroke-width"))


def test_words_are_escaped() -> None:
    drawn = picture(10, 10, "a < b", 'x "and" <script>', [text(1, 2, "1 < 2 & 3")])
    root = ElementTree.fromstring(drawn)
    assert root.get("aria-label") == 'x "and" <script>'
    assert "1 < 2 & 3" in "".join(root.itertext())
    assert ElementTree.fromstring(element("a", href='"><b>')).get("href") == '"><b>'


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.28534, "0.285"), (-1.829, "−1.83"), (1234.5, "1234"), (0.5, "0.5"), (-0.0004321, "−0.000432"),
     (2.34e-7, "2.34e−7"), (4.2e9, "4.20e9"), (-1e-17, "0"), (999.7, "1000")],
)  # fmt: skip
def test_numbers_have_few_digits(value: float, shown: str) -> None:
    assert number(value) == shown


def test_symbols() -> None:
    assert symbol("w2_31") == ("w", "2", "31")
    assert symbol("w2_10_3") == ("w", "2", "10,3")
    assert symbol("delta1_2") == ("δ", "1", "2")
    assert str(symbol("y_hat_2")) == "ŷ₂"
    with pytest.raises(ValueError, match="no symbol for the name '3w'"):
        symbol("3w")


@pytest.mark.parametrize(("low", "high"), [(-6.0, 6.0), (0.0, 0.037), (-3.1, 847.0), (1e5, 1.1e5)])
def test_ticks_are_few_and_inside(low: float, high: float) -> None:
    marks = ticks(low, high)
    assert 3 <= len(marks) <= 9
    assert low <= marks[0] < marks[-1] <= high


@pytest.mark.parametrize(
    ("low", "high", "read"),
    [(0, 2.2e6, ["0", "0.5e6", "1e6", "1.5e6", "2e6"]), (-3e-8, 1e-8, ["−3e−8", "−2e−8", "−1e−8", "0", "1e−8"]),
     (0, 900, ["0", "200", "400", "600", "800"]), (0, 0.009, ["0", "0.002", "0.004", "0.006", "0.008"])],
)  # fmt: skip
def test_very_large_and_small_ticks_share_a_power_of_ten(low: float, high: float, read: list[str]) -> None:
    assert readings(ticks(low, high)) == read


def test_a_curve_is_cut_at_the_frame() -> None:
    axes = Axes(10, 20, 100, 50, (0, 10), (0, 5))
    assert axes.at(0, 0) == (10, 70)
    assert axes.at(10, 5) == (110, 20)
    drawn = ElementTree.fromstring(axes.curve([-10, 20], [-5, 10], "red")).get("d")
    assert drawn == "M10.0 70.0L110.0 20.0"
    assert axes.curve([-3, -1], [1, 2], "red") == ""
    assert axes.point(11, 1, "red") == ""
