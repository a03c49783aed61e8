"""The course's names as they stand on the page: `w1_12` is w with 1 above and 12 below."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

NAME = re.compile(r"(y_hat|[A-Za-z]+)(\d*)(?:_(\d+(?:_\d+)?))?")
LETTERS = {"y_hat": "ŷ", "delta": "δ", "ell": "ℓ"}
ABOVE = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
BELOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Symbol(NamedTuple):
    """A letter with what stands above and below it."""

    letter: str
    above: str = ""
    below: str = ""

    def __str__(self) -> str:
        return self.letter + self.above.translate(ABOVE) + self.below.translate(BELOW)


@lru_cache(maxsize=512)
def symbol(name: str) -> Symbol:
    """The symbol of a name.

    Raises
    ------
    ValueError
        If `name` is not of the form letter, number above, _number below.

    Examples
    --------
    >>> str(symbol("w1_12")), str(symbol("i_2")), str(symbol("y_hat"))
    ('w¹₁₂', 'i₂', 'ŷ')
    """
    match = NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"no symbol for the name {name!r}: expected one like w1_12, b1_2, i_1 or y_hat")
    letter, above, below = match.groups()
    return Symbol(LETTERS.get(letter, letter), above, (below or "").replace("_", ","))
