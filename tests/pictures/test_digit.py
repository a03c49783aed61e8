"""Digits in SVG: every pixel in its shade and its place, and the words below."""

from xml.etree import ElementTree

import numpy as np
import pytest

import bplab
from bplab.pictures.digit import digit, digits


def test_every_pixel_is_drawn_in_its_shade() -> None:
    pixels = bplab.data.digits().x_test[4]
    drawn = np.zeros((8, 8))
    for path in ElementTree.fromstring(digit(pixels, 10, 20, 64)):
        for run in path.get("d")[1:].split("M"):
            place, length = run.split("h")
            column, row = map(int, place.split())
            assert not drawn[row, column : column + int(length)].any()
            drawn[row, column : column + int(length)] = float(path.get("stroke-opacity"))
    np.testing.assert_allclose(drawn, pixels.reshape(8, 8), atol=0.19)
    assert not drawn[pixels.reshape(8, 8) == 0].any()
    assert drawn.max() == 1


def test_it_is_short_and_in_its_place() -> None:
    drawn = digit(bplab.data.digits().x_test[4], 10, 20, 64)
    assert 'transform="translate(10.0 24.0) scale(8.0)"' in drawn
    assert len(drawn) < 600


def test_several_stand_side_by_side_with_their_words_below() -> None:
    data = bplab.data.digits()
    shown = digits(data.x[:11], data.labels[:11])
    root = ElementTree.fromstring(shown.svg)
    tag = "{http://www.w3.org/2000/svg}"
    assert [text.text for text in root.iter(f"{tag}text")] == [str(label) for label in data.labels[:11]]
    places = {group.get("transform") for group in root.iter(f"{tag}g")}
    assert len(places) == 11
    assert digit(data.x[3], 16 + 3 * 84, 16, 64) in shown.svg
    assert digit(data.x[10], 16 + 3 * 84, 16 + 104, 64) in shown.svg
    assert repr(shown) == root.get("aria-label") == f"11 handwritten digits: {'; '.join(map(str, data.labels[:11]))}."
    assert (root.get("width"), root.get("height")) == ("600", "220")
    assert "width:100%" not in root.get("style"), "it keeps its size"
    assert repr(digits(data.x[:1], ["a 3"])) == "1 handwritten digit: a 3."


@pytest.mark.parametrize(("pixels", "words"), [((2, 64), [1]), ((2, 63), [1, 2]), ((64,), [1]), ((0, 64), [])])
def test_what_are_no_digits_is_refused(pixels: tuple[int, ...], words: list[int]) -> None:
    with pytest.raises(ValueError, match=r"words for pixels of shape .*: expected \(n, 64\)"):
        digits(np.ones(pixels), words)
