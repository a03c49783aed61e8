"""A gradient worked out with pencil and paper on the card's network: right to the digits given, or which slip it is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np

from bplab.network import Network
from bplab.questions import EXERCISES, Mistake
from bplab.questions.diagnosis import Verdict, because
from bplab.zoo import card, two_two_one

# What working with rounded figures may cost, as a share of the value.
ON_THE_WAY = 0.005
NEARLY = 0.02
ONE_MORE = "Did you keep one digit more on the way?"


def judge_number(name: object, number: object) -> Verdict:
    """Compare a handwritten number with the gradient of one parameter of the card's network.

    Parameters
    ----------
    name : str
        One of ``bplab.two_two_one().names``.
    number : str or number
        With at least two digits, such as 0.56. In a string zeros at the end count too. ``...`` says: not attempted yet.

    Returns
    -------
    Verdict
        Right when the number agrees to the digits given, or is off by what rounding on the way can do.

    Examples
    --------
    >>> judge_number("w2_11", "-0.68").right
    True
    """
    net, (x, y) = two_two_one(), card()
    if name not in net.names:
        return Verdict(str(name), "missing", fact=_unknown(str(name), net.names))
    name = str(name)
    if number is ...:
        return Verdict(name, "not attempted", fact=f'Write your number as in check.paper("{name}", 0.0123).')
    written = _read(number)
    if written is None:
        is_sum = isinstance(number, str) and re.search(r"\d\s*[-+*/]", number)
        advice = "Leave the quotes away, then Python works it out." if is_sum else ""
        return Verdict(name, "wrong", fact=f"{number!r} is not a number like 0.0123.", question=advice)
    right = float(net.backward(net.forward(x), y)[name])
    if written == 0:
        question = f"If {name} moves a little, does the cost stay as it is?"
        return Verdict(name, "wrong", fact="No gradient on the card is 0.", question=question)
    digits = len(written.as_tuple().digits)
    if digits < 2 and not math.isclose(float(written), round(right, 1 - _place(right))):
        return Verdict(name, "wrong", fact="One digit says too little.", question="Write at least two, such as 0.56.")
    if _agrees(written, right):
        return Verdict(name, "right", share=1.0, fact="It agrees to the digits given.")
    if _is_near(written, right):
        return Verdict(name, "right", share=1.0, fact="It is right up to rounding on the way.")
    if digits >= 2 and abs(float(written) - right) <= 1.5 * _unit(written):
        fact = "All but the last digit is right."
        return Verdict(name, "wrong", fact=fact, question=ONE_MORE)
    return _slip(net, name, written)


def _unknown(name: str, names: list[str]) -> str:
    """That there is no such parameter, and which one may be meant."""

    def plain(text: str) -> str:
        return re.sub(r"[\W_]", "", text).lower()

    meant = [known for known in names if plain(known) == plain(name)]
    way_out = f"Did you mean {meant[0]}?" if meant else f"The names are {', '.join(names)}."
    return f"There is no {name!r} on the card. {way_out}"


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


def _is_near(written: Decimal, value: float) -> bool:
    """Whether the number is off by no more than rounding on the way can do."""
    return abs(float(written) - value) <= ON_THE_WAY * abs(value)


def _slip(net: Network, name: str, written: Decimal) -> Verdict:
    """A wrong number: the parameter whose gradient it is, or the first mistake that gives it, or both."""
    fact = f"The gradient of {name} is another number."
    grads = net.backward(net.forward(card()[0]), card()[1])
    right = {other: float(grads[other]) for other in net.names}
    mistakes = list(_mistakes(net, net.names.index(name), np.array(list(right.values()))))
    for fits in (_agrees, _is_near):
        other = next((other for other, value in right.items() if fits(written, value)), None)
        mistake = next((mistake for mistake, value in mistakes if fits(written, value)), None)
        if other is not None:
            cause = f"It looks as if it were the gradient of {other}" + (f", or {mistake.message}." if mistake else ".")
            question = f"In the forward pass, what is multiplied by {name}, and what by {other}?"
            return Verdict(name, "wrong", fact=fact, cause=cause, question=question)
        if mistake is not None:
            ids, why = (mistake.id,), because(mistake)
            return Verdict(name, "wrong", diagnosis=ids, fact=fact, cause=why, question=mistake.hint)
    if abs(float(written) - right[name]) <= NEARLY * abs(right[name]):
        return Verdict(name, "wrong", fact="It is nearly right.", question=ONE_MORE)
    return Verdict(name, "wrong", fact=fact, question="Which factors lie on the way from it to the cost?")


def _mistakes(net: Network, place: int, right: Any) -> Iterator[tuple[Mistake, float]]:
    """What each mistake makes of one gradient; mistakes that only put right numbers in wrong places are none here."""
    gradients = next(q for q in EXERCISES["ex04-backward-pass"].questions if q.name == "gradients")
    for mistake in gradients.mistakes:
        values = _values(mistake, *card(), dict(net.W), dict(net.b))
        if values.size == right.size and not np.allclose(np.sort(values), np.sort(right)):
            yield mistake, float(values[place])


def _values(mistake: Mistake, *arguments: Any) -> Any:
    """All gradients that a mistake leads to, in theta's order; empty if it raises."""
    try:
        dW, db = mistake.wrong(*arguments)
        return np.concatenate([np.ravel(part) for k in (1, 2) for part in (dW[k], db[k])])
    except Exception:
        return np.array([])
