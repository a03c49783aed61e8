"""Small data sets of the course."""

from __future__ import annotations

from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bplab.arrays import Array, generator

TRAINING_DIGITS = 1437  # four fifths


def five_samples() -> tuple[Array, Array]:
    """Five samples for the 2-2-1 network, the card's first: x of shape (5, 2), y of shape (5, 1).

    One-decimal numbers, none 0 or 1, so that every step can be followed on paper; for the course's network the errors
    have both signs.
    """
    x = np.array([[0.5, 0.7], [-0.4, 0.9], [1.2, -0.3], [0.8, 1.4], [-1.1, -0.6]])
    y = np.array([[1.2], [0.3], [-0.5], [0.6], [0.2]])
    return x, y


def line_points() -> tuple[Array, Array]:
    """Six points near the line y = 0.8 x + 0.5: x and y of shape (6, 1), one decimal."""
    x = np.array([[-1.5], [-0.8], [0.4], [1.1], [1.9], [2.6]])
    y = np.array([[-0.8], [0.1], [0.6], [1.6], [1.8], [2.7]])
    return x, y


class Digits(NamedTuple):
    """Handwritten digits, split once and for all: x (1437, 64) with labels (1437,), and 360 held back for the test."""

    x: Array
    labels: NDArray[np.int64]
    x_test: Array
    labels_test: NDArray[np.int64]


def digits() -> Digits:
    """1797 handwritten digits of 8 by 8 pixels, each pixel from 0 (white) to 1 (black), with their labels 0 … 9.

    The test set of the UCI Optical Recognition of Handwritten Digits data (E. Alpaydin, C. Kaynak, 1998; CC BY 4.0),
    which scikit-learn ships as ``load_digits``; divided by 16 and put in one random order, so that the split is random.

    >>> data = digits()
    >>> data.x.shape, data.x_test.shape
    ((1437, 64), (360, 64))
    """
    with files("bplab").joinpath("digits.npz").open("rb") as file, np.load(file) as stored:
        x, labels = stored["pixels"] / 16.0, stored["labels"].astype(np.int64)
    n = TRAINING_DIGITS
    return Digits(x[:n], labels[:n], x[n:], labels[n:])


def noisy_line(rng: int | np.random.Generator = 4) -> tuple[Array, Array]:
    """30 points around the line y = 0.8 x + 0.5, with noise of standard deviation 0.7: x and y of shape (30, 1)."""
    rng = generator(rng)
    x = rng.uniform(-2.0, 2.6, size=(30, 1))
    return x, 0.8 * x + 0.5 + 0.7 * rng.normal(size=(30, 1))


def noisy_points(rng: int | np.random.Generator = 0) -> tuple[Array, Array]:
    """200 noisy points: x of shape (200, 2), y = sin(2 x_1) + x_2 / 2 and noise of size 0.2, of shape (200, 1)."""
    rng = generator(rng)
    x = rng.uniform(-1.5, 1.5, size=(200, 2))
    noise = 0.2 * rng.normal(size=(200, 1))
    return x, np.sin(2 * x[:, :1]) + x[:, 1:] / 2 + noise
