"""A gradient worked out with pencil and paper on the card's network: right to the digits given, or which slip it is."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from bplab.network import Network
from bplab.questions import EXERCISES, Mistake
from bplab.questions.diagnosis import Verdict, because
from bplab.zoo import card, two_two_one


def judge_number(name: str, number: object) -> Verdict:
    """Compare a handwritten number with the gradient of one parameter of the card's network.

    Parameters
    ----------
    name : str
        One of ``bplab.two_two_one().names``.
    number : str or number
        With at least two digits that count. In a string zeros at the end count too. ``...`` says: not attempted yet.

    Returns
    -------
    Verdict
        Right when the number agrees to the digits given.

    Examples
    --------
    >>> judge_number("w2_11", "-0.68").right
    True
    """
    net, (x, y) = two_two_one(), card()
    if name not in net.names:
        return Verdict(str(name), "missing", fact=f"There is no {name!r} on the card, only {', '.join(net.names)}.")
    if number is ...:
        return Verdict(name, "not attempted")
    written = _read(number)
    if written is None:
        return Verdict(name, "wrong", fact=f"{number!r} is not a number.", question="Write it like 0.0123.")
    right = float(net.backward(net.forward(x), y)[name])
    digits = len(written.as_tuple().digits)
    if digits < 2 and not math.isclose(float(written), round(right, 1 - _place(right))):
        return Verdict(name, "wrong", fact="One digit says too little.", question="Write at least two that count.")
    if _agrees(written, right):
        return Verdict(name, "right", share=1.0, fact="It agrees to the digits given.")
    if digits >= 2 and abs(float(written) - right) <= 1.5 * _unit(written):
        fact = "All but the last digit is right."
        return Verdict(name, "wrong", fact=fact, question="Did you keep one digit more on the way?")
    return _slip(net, name, written)


def _read(number: object) -> Decimal | None:
    """The number as it was written; None if it is none."""
    if isinstance(number, (bool, np.bool_)) or not isinstance(number, (str, int, float, np.number, Decimal)):
        return None
    text = str(number.item() if isinstance(number, np.number) else number)
    try:
        written = Decimal(text.strip().replace(",", ".").replace("−", "-"))
    except InvalidOperation:
        return None
    return written if written.is_finite() else None


def _unit(written: Decimal) -> float:
    """One in the last place that was written."""
    return 10.0 ** int(written.as_tuple().exponent)


def _place(value: float) -> int:
    """The power of ten of the first digit that counts."""
    return math.floor(math.log10(abs(value)))


def _agrees(written: Decimal, value: float) -> bool:
    """Whether `value`, rounded to the digits that were written, is what was written."""
    return abs(float(written) - value) <= max(0.5 * _unit(written), 1e-9 * abs(value))


def _slip(net: Network, name: str, written: Decimal) -> Verdict:
    """A wrong number: the first mistake of the catalogue that gives it, or the parameter whose gradient it is."""
    x, y = card()
    place = net.names.index(name)
    gradients = next(q for q in EXERCISES["ex04-backward-pass"].questions if q.name == "gradients")
    for mistake in gradients.mistakes:
        values = _values(mistake, x, y, dict(net.W), dict(net.b))
        if values.size == len(net.names) and _agrees(written, values[place]):
            return Verdict(
                name,
                "wrong",
                diagnosis=(mistake.id,),
                fact=f"The gradient of {name} is another number.",
                cause=because(mistake),
                question=mistake.hint,
            )
    grads = net.backward(net.forward(x), y)
    fact = f"The gradient of {name} is another number."
    for other in net.names:
        if _agrees(written, float(grads[other])):
            cause = f"It looks as if it were the gradient of {other}."
            return Verdict(name, "wrong", fact=fact, cause=cause, question="From which unit to which does it lead?")
    return Verdict(name, "wrong", fact=fact, question="Which factors lie on the way from it to the cost?")


def _values(mistake: Mistake, *arguments: Any) -> Any:
    """All gradients that a mistake leads to, in theta's order; empty if it raises."""
    try:
        dW, db = mistake.wrong(*arguments)
        return np.concatenate([np.ravel(part) for k in (1, 2) for part in (dW[k], db[k])])
    except Exception:
        return np.array([])
