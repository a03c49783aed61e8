"""What a call of the student's function can lead to, and how two such values are compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EXTRA, LACKING = "is one too many", "is missing"
# Right is within this share of the largest value of an array.
RIGHT = 1e-6
KINDS = {
    "bool": "a boolean",
    "complex": "a complex number",
    "str": "a string",
    "int": "a number",
    "float": "a number",
    "list": "a list",
    "tuple": "a tuple",
    "dict": "a dictionary",
    "function": "a function",
    "builtin_function_or_method": "a function",
    "method": "a function",
    "ufunc": "a function of NumPy",
    "type": "a class",
    "ellipsis": "three dots (...)",
}


@dataclass(frozen=True)
class Refused:
    """Stands in an answer for a value that is not plain data; `why` says what it is, "an array of objects"."""

    why: str


@dataclass(frozen=True)
class Returned:
    """The function returned `value`.

    `kept` holds the arguments named in ``Question.keeps`` as they were after the call, `calls` what a recorded function
    among the arguments was given, in order.
    """

    value: Any
    kept: dict[str, Any] = field(default_factory=dict)
    calls: Sequence[Any] = ()


@dataclass(frozen=True)
class Raised:
    """The function raised an exception of this type; see `bplab.questions.raised.describe`."""

    type: str
    message: str
    line: str = ""
    shapes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Stopped:
    """The call did not end by itself: "timed out" or "crashed"."""

    how: str


@dataclass(frozen=True)
class Nothing:
    """There is nothing to call: no such function (`MISSING`), or one without a body (`EMPTY`)."""

    status: str


MISSING = Nothing("missing")
EMPTY = Nothing("not attempted")

Answer = Returned | Raised | Stopped | Nothing


class Piece(NamedTuple):
    """One array or number of an answer beside the one that it should be.

    `error` is the largest difference as a share of the largest expected value, infinite where there is a `problem`.
    """

    label: str
    problem: str = ""
    error: float = np.inf
    found: Array | None = None
    expected: Array | None = None


def compare(found: Any, expected: Any, label: str = "", names: tuple[str, ...] = ()) -> Iterator[Piece]:
    """Compare two values piece by piece: same keys, same lengths, same shapes, real and finite numbers.

    `names` are those of the values of a tuple, where they have some.
    """
    if isinstance(expected, dict):
        yield from _compare_dictionaries(found, expected, label)
    elif isinstance(expected, (tuple, list)):
        yield from _compare_sequences(found, expected, label, names)
    elif isinstance(expected, (str, type(None), bool)):
        same = type(found) is type(expected) and found == expected
        yield Piece(label, "" if same else f"is {kind(found)}, expected {expected!r}", 0.0 if same else np.inf)
    else:
        yield _compare_numbers(found, np.asarray(expected, dtype=float), label)


def _compare_dictionaries(found: Any, expected: dict[Any, Any], label: str) -> Iterator[Piece]:
    asked = join([repr(key) for key in expected])
    if not isinstance(found, dict):
        yield Piece(label, f"is {kind(found)}, expected a dictionary with the keys {asked}")
        return
    extra = [key for key in found if key not in expected]
    if extra and len(found.keys() & expected.keys()) < len(expected):
        given = join(sorted(f"{key!r:.20}" for key in list(found)[:9]))
        strings = ", numbers and not strings" if any(isinstance(key, str) for key in extra) else ""
        yield Piece(label, f"has the keys {given}, expected the keys {asked}{strings}")
        return
    for key, value in expected.items():
        if key in found:
            yield from compare(found[key], value, f"{label}[{key!r}]")
        else:
            yield Piece(f"{label}[{key!r}]", LACKING)
    for key in extra:
        yield Piece(f"{label}[{key!r:.20}]", EXTRA)


def _compare_sequences(found: Any, expected: Any, label: str, names: tuple[str, ...]) -> Iterator[Piece]:
    wanted = f"{len(expected)} values" + (f", {join(list(names))}" if names else "")
    if not isinstance(found, (tuple, list)):
        yield Piece(label, f"is {kind(found)}, expected {wanted}")
    elif len(found) != len(expected):
        yield Piece(label, f"has {len(found)} values, expected {wanted}")
    else:
        for number, (one, other) in enumerate(zip(found, expected)):
            yield from compare(one, other, names[number] if names else f"{label}[{number}]")


def _compare_numbers(found: Any, expected: Array, label: str) -> Piece:
    wanted = f"an array of shape {expected.shape}" if expected.ndim else "a number"
    if not isinstance(found, (np.ndarray, np.number, int, float)) or isinstance(found, (bool, np.ma.MaskedArray)):
        return Piece(label, f"is {kind(found)}, expected {wanted}")
    array = np.asarray(found)
    if array.dtype.kind not in "fiu":
        return Piece(label, f"is {kind(array)}, expected real numbers")
    if array.shape != expected.shape:
        return Piece(label, f"{_shape(array)}, expected {wanted}", found=array.astype(float), expected=expected)
    array = array.astype(float)
    largest, difference = _largest(expected), _largest(array - expected)
    if not np.isfinite(difference) and not np.isfinite(array).all():
        return Piece(label, "contains nan (not a number)" if np.isnan(array).any() else "contains inf (infinity)")
    if largest == 0:
        return Piece(label, "", 0.0 if difference <= 1e-12 else np.inf, array, expected)
    return Piece(label, "", difference / largest, array, expected)


def _largest(array: Array) -> float:
    return float(np.abs(array).max()) if array.size else 0.0


def _shape(array: NDArray[Any]) -> str:
    return f"has shape {array.shape}" if array.ndim else "is a single number"


def in_another_order(found: Any, expected: Any) -> bool:
    """Whether the values that were asked for have been returned in another order."""
    if not (isinstance(found, tuple) and isinstance(expected, tuple) and len(found) == len(expected) <= 3):
        return False
    return any(are_same(found, order) for order in permutations(expected))


def under_other_keys(found: Any, expected: Any) -> bool:
    """Whether dictionaries hold the values that were asked for, but not each under its own key."""
    if isinstance(expected, dict):
        if not isinstance(found, dict) or found.keys() != expected.keys() or len(found) > 5:
            return False
        orders = (dict(zip(expected, order)) for order in permutations(expected.values()))
        return any(are_same(found, order) for order in orders)
    if not (isinstance(found, (tuple, list)) and isinstance(expected, tuple) and len(found) == len(expected)):
        return False
    return all(under_other_keys(one, other) for one, other in zip(found, expected))


def are_same(found: Any, expected: Any) -> bool:
    """Whether all pieces of a value are right."""
    return all(piece.error <= RIGHT for piece in compare(found, expected))


def kind(value: Any) -> str:
    """What a value is, in a student's words."""
    if isinstance(value, Refused):
        return value.why
    if value is None:
        return "None (is a return missing?)"
    if isinstance(value, np.ma.MaskedArray):
        return "a masked array"
    if isinstance(value, np.ndarray):
        kinds = {"b": "booleans", "c": "complex numbers", "O": "objects", "U": "strings"}
        real = f"shape {value.shape}" if value.dtype.kind in "fiu" else value.dtype.name
        return f"an array of {kinds.get(value.dtype.kind, real)}"
    name = type(value).__name__
    return KINDS.get(name, f"{'an' if name[:1] in 'AEIOUaeiou' else 'a'} {name}")


def join(words: list[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
