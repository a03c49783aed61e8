"""What a user passes in → float64 arrays, or an error that names the thing and the way out."""

from __future__ import annotations

import math
import numbers

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def real_array(name: str, value: ArrayLike) -> Array:
    """`value` as a float64 array; the array itself if it is one already.

    Raises
    ------
    TypeError
        For strings, objects, ragged lists, complex numbers and masked arrays.
    """
    if type(value) is np.ndarray and value.dtype == np.float64:
        return value
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array, expected a plain one: fill it first with {name}.filled(…)")
    try:
        array = np.asarray(value)
    except ValueError:
        raise TypeError(f"{name} is ragged: every row needs the same number of entries") from None
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} has the type {array.dtype}, expected real numbers")
    return array.astype(np.float64)


def refuse_nan(name: str, array: Array) -> None:
    """Raise ValueError, with the first place, if an entry of `array` is NaN or infinite."""
    if not np.isfinite(array).all():
        place = ", ".join(str(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name}[{place}] is {array[~np.isfinite(array)][0]}, expected a finite number")


def samples(name: str, value: ArrayLike, columns: int, per: str) -> Array:
    """`value` as an array of shape (n, columns), one row a sample.

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the shape is another one, there is no sample, or an entry is NaN or infinite.
    """
    array = real_array(name, value)
    if array.shape == (columns,):
        raise ValueError(
            f"{name} has shape ({columns},), expected (n, {columns}): a row for each sample, "
            + f"a column for each {per}. One sample is {name}.reshape(1, {columns})"
            + (f", {columns} samples with one {per} are {name}.reshape(-1, 1)" if columns == 1 else "")
        )
    if array.ndim == 1 and columns == 1:
        raise ValueError(f"{name} has shape ({len(array)},), expected ({len(array)}, 1): write {name}.reshape(-1, 1)")
    if array.ndim != 2 or array.shape[1] != columns:
        raise ValueError(
            f"{name} has shape {array.shape}, expected (n, {columns}): a row for each sample, a column for each {per}"
        )
    if len(array) == 0:
        raise ValueError(f"{name} has no sample: its shape is {array.shape}, expected at least one row")
    refuse_nan(name, array)
    return array


def same_samples(x: Array, y: Array) -> None:
    """Raise ValueError unless x and y have equally many rows."""
    if len(x) != len(y):
        raise ValueError(f"x has {len(x)} samples and y has {len(y)}: each row of x needs its row of y")


def finite(name: str, value: object, above: float = -math.inf) -> float:
    """`value` as a float.

    Raises
    ------
    TypeError
        If it is no real number.
    ValueError
        If it is NaN, infinite or not larger than `above`.
    """
    if type(value) is float and above < value < math.inf:  # the quick way, as every training step passes here
        return value
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        if isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "fiu":
            return finite(name, value.item(), above)
        raise TypeError(f"{name} is {value!r}, expected a number")
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond all floats
        number = math.inf
    if not math.isfinite(number) or number <= above:
        wanted = "a finite number" if above == -math.inf else f"a finite number above {above:g}"
        raise ValueError(f"{name} is {number if math.isinf(number) else value}, expected {wanted}")
    return number


def whole(name: str, value: object, least: int) -> int:
    """`value` as an int.

    Raises
    ------
    TypeError
        If it is no whole number.
    ValueError
        If it is smaller than `least`.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name} is {value!r}, expected a whole number")
    if value < least:
        raise ValueError(f"{name} is {value}, expected {least} or more")
    return int(value)


def generator(rng: int | np.random.Generator) -> np.random.Generator:
    """The Generator for `rng`: an int is a seed, a Generator is used as it is."""
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, bool) or not isinstance(rng, numbers.Integral):
        raise TypeError(f"rng is {rng!r}, expected a seed such as 0 or a Generator from np.random.default_rng")
    return np.random.default_rng(whole("rng", rng, least=0))
