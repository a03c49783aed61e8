"""A question before an explorer: what will happen? The choice is kept and shown again by the explorer after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from html import escape
from typing import Any

import ipywidgets  # type: ignore[import-untyped]

LATEST: list[Prediction] = []


class Prediction:
    """A question and the choice made; `choice` is None until one is made. See `predict`."""

    def __init__(self, question: str, choices: tuple[str, ...]) -> None:
        self.question, self.choices = question, choices
        self.choice: str | None = None
        self.owner: str | None = None
        self.heard: list[Callable[[], None]] = []

    def choose(self, choice: str) -> None:
        """Remember the choice.

        Raises
        ------
        ValueError
            If it is none of the choices.
        """
        if choice not in self.choices:
            raise ValueError(f"{choice!r} is none of the choices: {', '.join(self.choices)}")
        if choice == self.choice:
            return
        self.choice = choice
        if "buttons" in self.__dict__:
            self.buttons.value = choice
        for tell in self.heard:
            tell()

    @cached_property
    def buttons(self) -> Any:
        """The radio buttons, made when they are first shown."""
        layout = ipywidgets.Layout(width="auto")
        buttons = ipywidgets.RadioButtons(options=self.choices, value=self.choice, layout=layout)
        buttons.observe(lambda change: self.choose(change["new"]), names="value")
        return buttons

    def __repr__(self) -> str:
        return f"Predict: {self.question} " + " / ".join(self.choices)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        question = ipywidgets.HTML(f"<b>Predict:</b> {escape(self.question)}")
        bundle: dict[str, Any] = ipywidgets.VBox([question, self.buttons])._repr_mimebundle_(**kwargs) or {}
        return {**bundle, "text/plain": repr(self)}


def predict(question: str, choices: Sequence[str]) -> Prediction:
    """Ask for a prediction; the next explorer shows it again beside what happened. Running on is never blocked.

    Raises
    ------
    TypeError, ValueError
        If `choices` are not at least two different strings.

    Examples
    --------
    >>> predict("w grows. The cost …", ["falls", "rises", "stays"])
    Predict: w grows. The cost … falls / rises / stays
    """
    if isinstance(choices, str) or not all(isinstance(choice, str) for choice in choices):
        raise TypeError(f"choices is {choices!r}, expected a list of strings such as ['it falls', 'it rises']")
    if len(set(choices)) != len(choices) or len(choices) < 2:
        raise ValueError(f"choices is {list(choices)!r}, expected at least two different ones")
    LATEST[:] = [Prediction(question, tuple(choices))]
    return LATEST[0]


def claim(explorer: str) -> Prediction | None:
    """The prediction that belongs to the explorer of this name: the last one, unless another explorer came first."""
    if LATEST and LATEST[0].owner in (None, explorer):
        LATEST[0].owner = explorer
        return LATEST[0]
    return None
