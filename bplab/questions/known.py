"""Functions that a case can name, for questions whose function takes a function.

Stand-alone, NumPy only: the grader's sandbox loads this file without the rest of bplab.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def cubic(w: Any) -> float:
    """Sum of all w³ and of the products of neighbours: its slopes need both sides and every entry.

    >>> cubic(np.array([1.0, 2.0]))
    11.0
    """
    flat = np.ravel(w)
    return float((flat**3).sum() + (flat[1:] * flat[:-1]).sum())


KNOWN: dict[str, Callable[[Any], float]] = {"cubic": cubic}
