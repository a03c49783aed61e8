"""The table of note 004: what each sample wishes for each weight, and the mean, beside what the notes print."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bplab.arrays import Array, real_array, refuse_nan
from bplab.explore.given import moderate
from bplab.pictures import theme
from bplab.pictures.axes import arrow
from bplab.pictures.svg import counted, element, fitting, number, picture, text
from bplab.pictures.symbols import symbol

NOTES = [[-0.8, 0.7, -0.1], [0.2, 0.3, -0.4], [-0.4, 0.1, 0.5]]
PRINTED = ["−0.1/3", "0.11/3", "0"]  # as scanned
MOST = 6  # samples and parameters
COLUMN, ROW, TOP = 76, 92, 96  # a column at its widest
SIX = 356.0  # room for the columns of all samples: with more the arrows would be out of view in a narrow window


class Table(NamedTuple):
    """Wished changes, a row a sample; what the notes print as their means, empty for the user's own."""

    changes: Array
    printed: list[str]

    @property
    def column(self) -> float:
        """How wide a sample's column is."""
        return min(COLUMN, SIX / len(self.changes))

    @property
    def unit(self) -> float:
        """The power of ten in which the numbers are shown: 1 unless they are very small or large."""
        largest = float(np.abs(self.changes).max())
        return 1.0 if 0.1 <= largest < 1000 or not largest else 10.0 ** math.floor(math.log10(largest))

    @property
    def sums(self) -> list[float]:
        return [self.unit * float(total) for total in (self.changes / self.unit).sum(axis=0).round(12)]


def given_table(changes: ArrayLike | None) -> Table:
    """The user's wished changes, or the notes'.

    Raises
    ------
    TypeError, ValueError
        If they are no array (n, parameters) of at most 6 by 6 finite numbers, none far too large.
    """
    array = real_array("changes", NOTES if changes is None else changes)
    if array.ndim != 2 or not 1 <= min(array.shape) <= max(array.shape) <= MOST:
        raise ValueError(
            f"changes has shape {array.shape}, expected (n, parameters): a row a sample, at most {MOST} by {MOST}"
        )
    refuse_nan("changes", array)
    moderate("changes", array)
    return Table(np.array(array), PRINTED if changes is None else [])


def describe(table: Table) -> str:
    """The picture in words."""
    n, said = len(table.changes), []
    for k, total in enumerate(table.sums):
        wishes = ", ".join(map(number, table.changes[:, k].tolist()))
        printed = f" where the notes print {table.printed[k]}" if table.printed else ""
        said.append(f"w_{k}: {wishes}, mean {number(total)}/{n} = {number(total / n)}{printed}")
    samples = counted(n, "sample")
    return f"Wished changes of {samples}. {'; '.join(said)}. The mean change is minus the gradient: it is added."


def draw(table: Table) -> str:
    """The table, and beside each row its wishes as arrows with their mean below."""
    n, weights = table.changes.shape
    line = 116 + table.column * n + (236 if table.printed else 140)
    parts = _head(table) + [_row(table, k, line) for k in range(weights)]
    w = symbol("w")
    foot = TOP + ROW * weights + 16
    update = text(24, foot, "Mean change = −∇", symbol("C"), ", so it is added:  ", w, " ← ", w, " + α · mean change",
                  size=16, anchor="start")  # fmt: skip
    return picture(line + 226, foot + 26, "Wished changes and their mean", describe(table), [*parts, update])


def _head(table: Table) -> list[str]:
    n = len(table.changes)
    samples = [f"sample {m}" for m in range(1, n + 1)]
    heads = samples + ["mean"] + (["notes print"] if table.printed else [])
    places = [116 + table.column * m for m in range(n)] + [116 + table.column * n + x for x in (36, 164)]
    size = min(fitting(words, table.column - 5, 13) for words in samples)
    parts = [text(x, 40, words, size=size, fill=theme.MUTED) for x, words in zip(places, heads)]
    unit = f"× {table.unit:.0e}".replace("e-0", "e−").replace("e+0", "e")
    return parts + ([text(24, 40, unit, size=13, anchor="start", fill=theme.MUTED)] if table.unit != 1 else [])


def _row(table: Table, k: int, line: float) -> str:
    n, y, total, column = len(table.changes), TOP + ROW * k, table.sums[k], table.column
    wishes = table.changes[:, k].tolist()
    mean = f"{number(total / table.unit)}/{n} = {number(total / n / table.unit)}" if total else "0"
    parts = [text(40, y, symbol(f"w_{k}"), size=18)]
    for m, wish in enumerate(wishes):
        words = number(wish / table.unit)
        parts.append(text(116 + column * m, y, words, size=fitting(words, column - 8, 15)))
    parts.append(text(116 + column * n + 36, y, mean, size=fitting(mean, min(140, column + 70), 15), fill=theme.SLOPE))
    if table.printed:
        parts.append(_printed(table, k, 116 + column * n + 164, y))
    rule = element("path", d=f"M24 {y + 44}H{line + 206:.0f}", stroke=theme.FAINT)
    return "".join([*parts, rule, *_arrows(wishes, total / n, float(np.abs(table.changes).max()), line, y)])


def _printed(table: Table, k: int, x: float, y: float) -> str:
    """The notes' mean, struck out where it is wrong."""
    right = number(table.sums[k]) in (table.printed[k], table.printed[k].split("/")[0])
    slanted = f"M{x - 32} {y + 7}L{x + 32} {y - 16}"  # a level one would lie on the minus sign
    strike = element("path", d=slanted, stroke=theme.INK, stroke_width=1.5)
    return text(x, y, table.printed[k], size=15, fill=theme.MUTED) + ("" if right else strike)


def _arrows(wishes: list[float], mean: float, most: float, line: float, y: float) -> list[str]:
    """From a zero line to the right for "raise", to the left and dashed for "lower"; the mean thick, at the bottom."""
    middle, scale = line + 106, 96 / max(most, 1e-9)
    parts = [element("path", d=f"M{middle:.0f} {y - 38}V{y + 34}", stroke=theme.MUTED)]
    gap = 48 / len(wishes)
    for m, wish in enumerate(wishes):
        if wish:
            height = y - 30 + gap * m
            stroke, dash = (theme.PLUS, "") if wish > 0 else (theme.MINUS, "5 3")
            parts.append(arrow((middle, height), (middle + scale * wish, height), stroke, dash))
    if abs(mean) > 1e-12:
        end = middle + scale * mean
        parts.append(element("path", d=f"M{middle:.0f} {y + 25}H{end:.1f}", stroke=theme.SLOPE, stroke_width=9))
    else:
        parts.append(element("circle", cx=middle, cy=y + 25, r=5, fill=theme.SLOPE))
    return parts
