"""Numbers that a student gives to show that two formulas differ: whether they can be used, and whether they do."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bplab.questions.answers import compare, join, kind

DIMENSIONS = {0: "a number", 2: "an array with a row for each sample"}


def unfit(answer: Any, names: tuple[str, ...], ndim: int) -> str:
    """Why an answer is not made of finite numbers or arrays with these names; "" if it is."""
    if not isinstance(answer, (tuple, list)):
        return f"The result is {kind(answer)}, expected {len(names)} values, {join(list(names))}."
    if len(answer) != len(names):
        return f"The result has {len(answer)} values, expected {len(names)}, {join(list(names))}."
    return next((why for value, name in zip(answer, names) if (why := unfit_array(value, name, ndim))), "")


def unfit_array(value: Any, name: str, ndim: int) -> str:
    """Why a value is no finite number (`ndim` 0) or no array of finite numbers with rows and columns; "" if it is."""
    shape = np.shape(value) if isinstance(value, np.ndarray) else ()
    if len(shape) != ndim or 0 in shape:
        found = f"has shape {shape}" if isinstance(value, np.ndarray) else f"is {kind(value)}"
        return f"{name} {found}, expected {DIMENSIONS[ndim]}."
    problem = next(compare(value, np.zeros(shape))).problem
    return f"{name} {problem}." if problem else ""


def differ(one: NDArray[np.float64], other: NDArray[np.float64], scale: float) -> bool:
    """Whether two results differ by more than rounding in numbers of the size `scale`."""
    return not np.abs(one - other).max() <= 1e-9 * scale
