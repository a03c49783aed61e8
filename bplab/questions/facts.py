"""What is right and what is not, said in words: what can be seen without knowing the cause."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from bplab.questions.answers import Array, Piece, Raised, join

# NumPy's words for A @ B where A has not as many columns as B has rows.
MATMUL = re.compile(r"matmul: .*\(size (\d+) is different from (\d+)\)")
RIGHT = 1e-6
CLOSE = 1e-3
FACTORS = {
    (2.0, ""): "twice",
    (0.5, ""): "half",
    (-0.5, ""): "minus half",
    (1.0, "n"): "n times",
    (0.5, "n"): "n/2 times",
    (1.0, "1/n"): "1/n times",
    (2.0, "1/n"): "2/n times",
    (0.5, "1/n"): "1/(2n) times",
}

AFTERWARDS = " (after the call)"

Compared = list[Piece] | Raised


def describe(compared: Sequence[Compared], samples: Sequence[int]) -> tuple[str, str]:
    """The fact about an answer that is not right, and a question that leads on.

    Parameters
    ----------
    compared : sequence
        For each case the pieces of the answer beside the right ones, or what was raised.
    samples : sequence of int
        The number of samples in each case.
    """
    raises = [answer for answer in compared if isinstance(answer, Raised)]
    returned = [(answer, n) for answer, n in zip(compared, samples) if not isinstance(answer, Raised)]
    if not returned:
        return f"It raises {raised(raises[0])}", _question_about(raises[0])
    wrong = _wrong_labels([pieces for pieces, _ in returned])
    facts, question = [_where(wrong, compared)], ""
    if wrong:
        seen, question = _what(wrong, returned)
        facts.append(seen)
    if raises:
        facts.append(f"In {len(raises)} of {len(compared)} calls it raises {raised(raises[0])}")
        question = question or _question_about(raises[0])
    return " ".join(fact for fact in facts if fact), question


def raised(error: Raised) -> str:
    """An exception in one sentence, with the student's line and the shapes in it."""
    shapes = join([f"{name} has shape {shape}" for name, shape in error.shapes.items()]) if error.shapes else ""
    place = f" in the line `{error.line}`" if error.line else ""
    where = f", where {shapes}" if shapes else ""
    message = MATMUL.sub(r"@ needs the same inner size on both sides, here \2 and \1", " ".join(error.message.split()))
    return _sentence(f"{error.type}{place}{where}: {message}".removesuffix(": "))


def label(name: str) -> str:
    """What a piece is called in a sentence."""
    return name or "the result"


def _question_about(error: Raised) -> str:
    about_shapes = error.type == "ValueError" and len(error.shapes) > 1
    return "Which shapes have to meet in this line?" if about_shapes else ""


def _wrong_labels(answers: Sequence[list[Piece]]) -> list[str]:
    return list(dict.fromkeys(piece.label for pieces in answers for piece in pieces if not piece.error <= RIGHT))


def _where(wrong: list[str], compared: Sequence[Compared]) -> str:
    """What is right, and in how many calls: said first."""
    returned = [pieces for pieces in compared if not isinstance(pieces, Raised)]
    whole = sum(all(piece.error <= RIGHT for piece in pieces) for pieces in returned)
    if whole:
        return f"Right in {whole} of {len(compared)} calls."
    right = [name for name in dict.fromkeys(p.label for pieces in returned for p in pieces) if name not in wrong]
    if not right:
        return ""
    names = join([label(name) for name in right])
    return _sentence(f"{names} {_are(right)} right, {join([label(name) for name in wrong])} {_are(wrong)} not")


def _what(wrong: list[str], returned: Sequence[tuple[list[Piece], int]]) -> tuple[str, str]:
    """What can be seen of the wrong pieces, and a question."""
    pieces = [(piece, n) for answer, n in returned for piece in answer if not piece.error <= RIGHT]
    names = join([label(name) for name in wrong])
    if all(_is_transposed(piece) for piece, _ in pieces):
        fact = f"{names} {_are(wrong)} transposed: rows and columns have changed places."
        return _sentence(fact), "What does a row stand for, and what a column?"
    problem = next((piece for piece, _ in pieces if piece.problem), None)
    if problem is not None:
        question = "What does each axis of the expected shape count?" if problem.found is not None else ""
        return _sentence(f"{label(problem.label)} {problem.problem}"), question
    factor = _factor(pieces)
    if factor:
        return f"Every entry of {names} is {factor}.", "Which constant is missing, or there once too often?"
    everything = len(wrong) == len({piece.label for answer, _ in returned for piece in answer})
    fact = _sentence(f"{names} {_are(wrong)} not right") if everything else ""
    if all(name.endswith(AFTERWARDS) for name in wrong):
        return fact, "Where does your function change an array that it was given?"
    return fact, f"What goes into the line that computes {label(wrong[0])}?"


def _is_transposed(piece: Piece) -> bool:
    if piece.found is None or piece.expected is None or piece.found.ndim != 2:
        return False
    found = piece.found.T
    largest = np.abs(piece.expected).max(initial=0.0)
    return found.shape == piece.expected.shape and bool(
        np.abs(found - piece.expected).max(initial=0.0) <= CLOSE * largest
    )


def _factor(pieces: Sequence[tuple[Piece, int]]) -> str:
    """The constant, with n or 1/n if need be, by which all entries are multiplied; "" if there is none."""
    found = [(_ratio(piece.found, piece.expected), n) for piece, n in pieces]
    ratios = np.array([ratio for ratio, _ in found if ratio is not None])
    if len(ratios) < len(found):
        return ""
    n = np.array([float(n) for _, n in found])
    for constants, unit in ((ratios, ""), (ratios / n, "n"), (ratios * n, "1/n")):
        first = constants[0]
        if np.abs(constants - first).max() <= CLOSE * abs(first) and (unit == "" or len(set(n)) > 1):
            return _times(float(first), unit)
    return ""


def _ratio(found: Array | None, expected: Array | None) -> float | None:
    if found is None or expected is None or found.shape != expected.shape or not expected.any():
        return None
    ratio = float((found * expected).sum() / (expected * expected).sum())
    fits = np.abs(found - ratio * expected).max() <= CLOSE * np.abs(found).max(initial=0.0)
    return ratio if fits and ratio else None


def _times(constant: float, unit: str) -> str:
    rounded = round(constant, 3) if abs(constant) >= 0.01 else constant
    if not unit and rounded == -1:
        return "the right one with the opposite sign"
    words = FACTORS.get((rounded, unit)) or f"{rounded:g}{unit and ' '}{unit} times"
    return f"{words} the right one" + (", where n is the number of samples" if unit else "")


def _are(words: list[str]) -> str:
    return "is" if len(words) == 1 else "are"


def _sentence(text: str) -> str:
    """With a full stop, and a capital where the sentence begins with a word."""
    text = text.removesuffix(".")
    return ("T" + text[1:] if text.startswith("the ") else text) + "."
