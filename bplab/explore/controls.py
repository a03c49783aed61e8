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

    On a logarithmic slider `step` is in powers of ten.
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

    @property
    def lowest(self) -> int | float:
        """The first place on the slider, so chosen that `value` is one of its steps; at least `low`."""
        if self.log or isinstance(self.value, int):
            return self.low
        return round(self.value - self.step * math.floor((self.value - self.low) / self.step + 1e-9), 10)

    def same_place(self, one: float, other: float) -> bool:
        """Whether two values are less than half a step apart, so that the slider cannot show both."""
        distance = math.log10(one / other) if self.log else one - other
        return abs(distance) < self.step / 2


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

    def same_place(self, one: str, other: str) -> bool:
        """Whether two values are the same."""
        return one == other


Control = Slider | Choice
