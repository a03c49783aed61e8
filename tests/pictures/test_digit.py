"""A digit in SVG: every pixel in its shade and its place."""

from xml.etree import ElementTree

import numpy as np

import bplab
from bplab.pictures.digit import digit


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
