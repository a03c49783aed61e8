"""What can be set: a number in a range, or one of several words. Each accepts a value or refuses it with its range."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real

Value = int | float | str
State = Mapping[str, Value]
Changes = Callable[[State], State]


@dataclass(frozen=True)
class Slider:
    """A number from low to high; a whole number if `value` is an int. `label` stands beside the slider.

    On a logarithmic slider `step` is in powers of ten. On any other `low` is a whole number of steps from 0, so that 0
    is one of its places.
    """

    name: str
    value: int | float
    low: int | float
    high: int | float
    label: str
    step: int | float = 0.05
    log: bool = False

    def accept(self, value: object) -> Value:
        """`value` as a plain int or float.

        Raises
        ------
        ValueError
            If it is no number in the range.
        """
        whole = isinstance(self.value, int)
        if isinstance(value, Integral if whole else Real) and not isinstance(value, bool):
            number = int(value) if whole else float(value)  # type: ignore[call-overload]
            if self.low <= number <= self.high:
                return number
        noun = "whole number" if whole else "number"
        raise ValueError(f"{self.name} = {value!r} is not possible: a {noun} from {self.low:g} to {self.high:g}")

    def step_at(self, value: float) -> float:
        """The step with which the slider can show `value` to its two decimals: a fifth where its own is too wide."""
        places = value / self.step
        return self.step if self.log or abs(places - round(places)) < 1e-6 else self.step / 5

    def tidy(self, value: float) -> int | float:
        """`value` without the last bits in which a sum of steps differs from the number that it stands for."""
        if isinstance(value, int):
            return value
        return float(f"{value:.10g}") if self.log else round(value, 8 - math.floor(math.log10(self.step)))

    def same_place(self, one: float, other: float, step: float) -> bool:
        """Whether two values are less than half a step apart, so that the slider cannot show both."""
        distance = math.log10(one / other) if self.log else one - other
        return abs(distance) < step / 2


@dataclass(frozen=True)
class Choice:
    """One of several words."""

    name: str
    value: str
    options: tuple[str, ...]
    labels: tuple[str, ...]
    label: str

    def accept(self, value: object) -> Value:
        """`value` itself.

        Raises
        ------
        ValueError
            If it is none of the options.
        """
        if value not in self.options:
            raise ValueError(f"{self.name} = {value!r} is not possible: one of {', '.join(self.options)}")
        return str(value)


Control = Slider | Choice
