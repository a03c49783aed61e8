"""Small data sets of the course."""

from __future__ import annotations

import numpy as np

from bplab.arrays import Array


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
