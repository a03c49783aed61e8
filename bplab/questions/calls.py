"""Which of the calls tried are not right, in words: by their arguments, or by the number of layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bplab.questions.answers import RIGHT, Piece, Raised, join

Case = tuple[Any, ...]
Compared = list[Piece] | Raised
Tried = tuple[Compared, Case]


def samples(case: Case) -> int:
    """The number of samples: the rows of the first array that a case holds."""
    return next((len(value) for value in case if isinstance(value, np.ndarray) and value.ndim), 1)


def depth(case: Case) -> int:
    """The number of layers: the keys of the first dictionary that a case holds; 0 if it has none."""
    return next((len(value) for value in case if isinstance(value, dict)), 0)


def tables_alone(cases: Sequence[Case]) -> bool:
    """Whether every case begins with an array that has rows and columns."""
    return all(case and isinstance(case[0], np.ndarray) and case[0].ndim == 2 for case in cases)


def is_whole(answer: Compared) -> bool:
    """Whether an answer is right in all its pieces."""
    return not isinstance(answer, Raised) and all(piece.error <= RIGHT for piece in answer)


def depths_of(some: Sequence[Case], cases: Sequence[Case]) -> str:
    """The number of layers in some of the cases, "L = 2 and 4"; "" if it is the same in all."""
    if len({depth(case) for case in cases}) == 1:
        return ""
    return f"L = {join([str(layers) for layers in sorted({depth(case) for case in some})])}"


def not_right(compared: Sequence[Compared], parameters: Sequence[str], cases: Sequence[Case]) -> str:
    """What sets the calls apart that are not right, ", not for L = 2"; of several calls the first is an example."""
    failed = [case for answer, case in zip(compared, cases) if not is_whole(answer)]
    if words := depths_of(failed, cases):
        return f", not for {words}"
    words = join(_arguments(parameters, failed[0]))
    return f", {'' if len(failed) == 1 else 'for example '}not for {words}" if words else ""


def _arguments(parameters: Sequence[str], case: Case) -> list[str]:
    """Its numbers, and the shapes of its arrays; of one array alone its smallest and largest number too."""
    words = []
    for name, value in zip(parameters, case):
        if isinstance(value, np.ndarray):
            ends = f" from {value.min():.3g} to {value.max():.3g}" if len(case) == 1 else ""
            whole = "whole numbers and " if value.dtype.kind in "iu" else ""
            words.append(f"{name} of {whole}shape {value.shape}{ends}")
        elif isinstance(value, (int, float)):
            words.append(f"{name} = {value:.3g}")
    return words


def by_layer(failed: Sequence[Tried]) -> tuple[list[Tried], str]:
    """The calls with labels that mean the same in networks of any depth, and words for those calls if they are not all.

    Where "z[2]" is right in one network and not in another, "z[L]" may tell; if not, only the shallowest are kept.
    """
    depths = [depth(case) for _, case in failed]
    if len(set(depths)) == 1 or not _at_odds(failed):
        return list(failed), ""
    last = [(_from_the_last(answer, layers), case) for (answer, case), layers in zip(failed, depths)]
    if not _at_odds(last):
        return last, ""
    least = min(depth(case) for answer, case in failed if not isinstance(answer, Raised))
    return [tried for tried, layers in zip(failed, depths) if layers == least], f"For L = {least} "


def _at_odds(failed: Sequence[Tried]) -> bool:
    """Whether a label is that of something right in one call, and of something not right in another."""
    pieces = [piece for answer, _ in failed if not isinstance(answer, Raised) for piece in answer]
    wrong = {piece.label for piece in pieces if not piece.error <= RIGHT}
    return any(piece.label in wrong and piece.error <= RIGHT for piece in pieces)


def _from_the_last(answer: Compared, layers: int) -> Compared:
    """With L for the number of the last layer."""
    if isinstance(answer, Raised):
        return answer
    names = ((f"[{layers}]", "[L]"), (f"[{layers + 1}]", "[L + 1]"))
    return [piece._replace(label=_replaced(piece.label, names)) for piece in answer]


def _replaced(label: str, names: Sequence[tuple[str, str]]) -> str:
    for number, words in names:
        label = label.replace(number, words)
    return label
