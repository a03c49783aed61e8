"""What is right and what is not, said in words: what can be seen without knowing the cause."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np

from bplab.questions.answers import EXTRA, LACKING, RIGHT, Array, Piece, Raised, join
from bplab.questions.calls import Case, Compared, by_layer, depths_of, is_whole, not_right, samples, tables_alone

# What Python and NumPy say, and the same in plain words.
PLAIN_WORDS = (
    (
        r"The truth value of an array with more than one element is ambiguous.*",
        "`if`, `and` and Python's `max` want one True or False, and a whole array gives one for each entry",
    ),
    (r"matmul: .*\(size (\d+) is different from (\d+)\)", r"@ needs the same inner size on both sides, here \2 and \1"),
    (
        r"matmul: .*does not have enough dimensions \(has 0.*",
        "@ needs an array on both sides, and one is a single number",
    ),
    (
        r"operands could not be broadcast together with shapes (\(.*?\)) (\(.*?\)) ?$",
        r"entry by entry the shapes \1 and \2 do not fit together",
    ),
    (r"Cannot cast ufunc .* to dtype\('u?int\d+'\) .*", "an array of whole numbers cannot take numbers with decimals"),
    (r"only .* arrays can be converted to Python scalars", "an array stands where a single number is needed"),
)
CLOSE = 1e-3
OPPOSITE = "the right one with the opposite sign"
WORDS = {"1/2": "half", "-1/2": "minus half", "2": "twice"}

AFTERWARDS = " (after the call)"


def describe(compared: Sequence[Compared], parameters: Sequence[str], cases: Sequence[Case]) -> tuple[str, str]:
    """The fact about an answer that is not right, and a question that leads on.

    Parameters
    ----------
    compared : sequence
        For each case the pieces of the answer beside the right ones, or what was raised.
    parameters : sequence of str
        The names of the function's parameters.
    cases : sequence of tuple
        The arguments of each call.
    """
    raises = [answer for answer in compared if isinstance(answer, Raised)]
    if len(raises) == len(compared):
        return f"It raises {raised(raises[0])}", _question_about(raises[0])
    failed = [(answer, case) for answer, case in zip(compared, cases) if not is_whole(answer)]
    named, there = by_layer(failed)
    returned = [(answer, samples(case)) for answer, case in named if not isinstance(answer, Raised)]
    wrong = _labels([pieces for pieces, _ in returned], lambda p: p.problem != EXTRA and not p.error <= RIGHT)
    extra = _labels([pieces for pieces, _ in returned], lambda p: p.problem == EXTRA)
    facts, question = [], ""
    if len(failed) < len(compared):
        whole = f"Right in {len(compared) - len(failed)} of the {len(compared)} calls tried"
        facts, there = [f"{whole}{not_right(compared, parameters, cases)}."], there or "There "
    facts.append(_where(wrong, extra, [pieces for pieces, _ in returned], there))
    if wrong:
        seen, question = _what(wrong, returned, tables_alone(cases))
        facts.append(seen)
    if extra:
        facts.append(f"{join(extra)} {_are(extra)} {EXTRA.removeprefix('is ')}.")
    if raises:
        depths = depths_of([case for answer, case in failed if isinstance(answer, Raised)], cases)
        when = f"For {depths}" if depths else f"In {len(raises)} of the {len(compared)} calls tried"
        facts.append(f"{when} it raises {raised(raises[0])}")
        question = question or _question_about(raises[0])
    return " ".join(fact for fact in facts if fact), question


def raised(error: Raised) -> str:
    """An exception in one sentence, with the student's line and the shapes in it."""
    shapes = join([f"{name} has shape {shape}" for name, shape in error.shapes.items()]) if error.shapes else ""
    place = f" in the line `{error.line}`" if error.line else ""
    where = f", where {shapes}" if shapes else ""
    return _sentence(f"{error.type}{place}{where}: {_plain(error.message)}".removesuffix(": "))


def _plain(message: str) -> str:
    message = " ".join(message.split())
    for theirs, ours in PLAIN_WORDS:
        message = re.sub(theirs, ours, message)
    return message


def not_written(error: Raised) -> str:
    """Which function is not written yet, where all calls raise NotImplementedError."""
    if "NotImplementedError" not in error.line:
        return ""
    if error.message:
        return f"It calls {error.message}, which is not written yet."
    return "It still contains `raise NotImplementedError`: your lines belong in that place."


def wrong_parameters(name: str, parameters: Sequence[str], yours: str) -> str:
    """That a function cannot be called as it has to be."""
    return f"{name} has to take {', '.join(parameters)}, in this order; yours {yours}."


def wrong_call(name: str, parameters: Sequence[str], raises: Sequence[Raised]) -> str:
    """The same, from what Python says where the call itself failed; "" if it did not."""
    if any((error.type, error.line) != ("TypeError", "") for error in raises):
        return ""
    if found := re.search(r"\(\) takes (.*) positional arguments? but", raises[0].message):
        return wrong_parameters(name, parameters, f"takes {found[1]}")
    if found := re.search(r"\(\) missing .* positional arguments?: (.*)", raises[0].message):
        return wrong_parameters(name, parameters, f"needs {found[1]} besides")
    return ""


def notebook_read(name: str, read: Sequence[str]) -> str:
    """That a function reads variables of the notebook, which do not change with its arguments."""
    what = join([f"`{one}`" for one in read])
    which = "is not one of its arguments: it is" if len(read) == 1 else "are not among its arguments: they are"
    return f"`{name}` reads {what}, which {which} the notebook's, the same in every call."


def label(name: str) -> str:
    """What a piece is called in a sentence."""
    return name or "the result"


def _question_about(error: Raised) -> str:
    about_shapes = error.type == "ValueError" and len(error.shapes) > 1
    return "Which shapes have to meet in this line?" if about_shapes else ""


def _labels(answers: Sequence[list[Piece]], which: Callable[[Piece], bool]) -> list[str]:
    return list(dict.fromkeys(piece.label for pieces in answers for piece in pieces if which(piece)))


def _where(wrong: list[str], extra: list[str], returned: Sequence[list[Piece]], there: str) -> str:
    """What is right and what is not in the calls that are not right as a whole."""
    if wrong and not extra and all(_is_kept(name) for name in wrong):
        return _changed(wrong)
    others = {*wrong, *extra}
    right = _labels(returned, lambda p: p.label not in others and not _is_kept(p.label))
    if not right:
        return ""
    said = f"{there}{join([label(name) for name in right])} {_are(right)} right"
    found = [name for name in wrong if name in _labels(returned, lambda p: p.problem != LACKING)]
    return _sentence(f"{said}, {join([label(name) for name in found])} {_are(found)} not" if found else said)


def _changed(kept: list[str]) -> str:
    """The fact where nothing is wrong but arguments that had to be kept."""
    names = join(list(dict.fromkeys(name.removesuffix(AFTERWARDS).partition("[")[0] for name in kept)))
    return f"What it returns is right, but the call has changed {names}, which had to stay unchanged."


def _is_kept(name: str) -> bool:
    return name.endswith(AFTERWARDS)


def _what(wrong: list[str], returned: Sequence[tuple[list[Piece], int]], tables: bool) -> tuple[str, str]:
    """What can be seen of the wrong pieces, and a question."""
    pieces = [
        (piece, n) for answer, n in returned for piece in answer if piece.label in wrong and not piece.error <= RIGHT
    ]
    names = join([label(name) for name in wrong])
    if all(_is_transposed(piece) for piece, _ in pieces):
        fact = f"{names} {_are(wrong)} transposed: rows and columns have changed places."
        return _sentence(fact), "What does a row stand for, and what a column?"
    problem = next((piece for piece, _ in pieces if piece.problem), None)
    if problem is not None and problem.problem == LACKING:
        gone = list(dict.fromkeys(piece.label for piece, _ in pieces if piece.problem == LACKING))
        return f"{join(gone)} {_are(gone)} missing.", "Through which layers does your function go, from first to last?"
    if problem is not None:
        question = "What does each axis of the expected shape count?" if problem.found is not None else ""
        return _sentence(f"{label(problem.label)} {problem.problem}"), question
    factor = _factor(pieces)
    if factor == OPPOSITE:
        return f"Every entry of {names} is {factor}.", "Which difference, or which sign, could be the wrong way round?"
    if factor:
        return f"Every entry of {names} is {factor}.", "Which constant is missing, or there once too often?"
    everything = len(wrong) == len({piece.label for answer, _ in returned for piece in answer})
    fact = _sentence(f"{names} {_are(wrong)} not right") if everything else ""
    if all(_is_kept(name) for name in wrong):
        return fact, "Where does your function change an array that it was given?"
    return fact, _question_about_line(wrong[0], tables)


def _question_about_line(name: str, tables: bool) -> str:
    if name:
        return f"What goes into the line that computes {name}?"
    small = "two rows of small numbers" if tables else "a number"
    return f"What does your function give for {small} that you can work out by hand?"


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
    """A constant times n or 1/n in words: "half", "n/3 times", "2/n times"."""
    near = Fraction(constant).limit_denominator(9)
    if not unit and near == -1:
        return OPPOSITE
    if abs(float(near) - constant) > CLOSE * abs(constant):
        words = f"{constant:.3g}{unit and ' '}{unit} times"
    elif unit == "n":
        words = f"{_coefficient(near.numerator)}n" + (f"/{near.denominator}" if near.denominator > 1 else "") + " times"
    elif unit:
        below = "n" if near.denominator == 1 else f"({near.denominator}n)"
        words = f"{near.numerator}/{below} times"
    else:
        words = WORDS.get(str(near), f"{near} times")
    return f"{words} the right one" + (", where n is the number of samples" if unit else "")


def _coefficient(number: int) -> str:
    return {1: "", -1: "-"}.get(number, str(number))


def _are(words: list[str]) -> str:
    return "is" if len(words) == 1 else "are"


def _sentence(text: str) -> str:
    """With a full stop, and a capital where the sentence begins with a word."""
    text = text.removesuffix(".")
    return ("T" + text[1:] if text.startswith("the ") else text) + "."
