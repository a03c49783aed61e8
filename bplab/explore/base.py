"""What all explorers share: state → numbers → picture, each step a pure function.

The state is what can be set: a slider or a choice for each name. From it `numbers` computes everything that the picture
shows, `picture` draws it, and `alt` says it in a sentence. The widget around it is in `shell`.
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from html import escape
from types import MappingProxyType
from typing import Any

from bplab.explore.controls import Changes, Control, Slider, State, Value
from bplab.explore.player import Play, Player
from bplab.explore.prediction import Prediction, claim
from bplab.explore.shell import Shell

Numbers = Mapping[str, Any]


class Explorer:
    """One idea, to be explored with sliders.

    Parameters
    ----------
    name : str
        The explorer's name, as in `explore.<name>()`.
    controls : sequence of Slider or Choice
        What can be set, with the start values.
    numbers, picture, alt : functions
        state → numbers; numbers → SVG string; numbers → sentence. Pure: the same for the same state.
    shown : function, optional
        state → names of the controls at first sight; the others are folded away. Without it all are shown.
    used : function, optional
        state → names of the controls that change its picture; the others are hidden. Without it all are used.
    buttons : mapping of str to function, optional
        A button's words → function from state to the values that it sets.
    plays : Play, optional
        A whole-number slider that can be played, with its buttons.
    watched : (str, str), optional
        Words for and name of the number that is compared with a prediction, such as ("the cost", "cost").

    Examples
    --------
    >>> from bplab import explore
    >>> neuron = explore.neuron()
    >>> neuron.set(b=1.5)
    >>> neuron.state["b"]
    1.5
    """

    def __init__(
        self,
        name: str,
        controls: Sequence[Control],
        *,
        numbers: Callable[[State], Numbers],
        picture: Callable[[Numbers], str],
        alt: Callable[[Numbers], str],
        shown: Callable[[State], Sequence[str]] | None = None,
        used: Callable[[State], Sequence[str]] | None = None,
        buttons: Mapping[str, Changes] | None = None,
        plays: Play | None = None,
        watched: tuple[str, str] | None = None,
    ) -> None:
        self.name = name
        self.controls = {control.name: control for control in controls}
        self.start: State = MappingProxyType({control.name: control.value for control in controls})
        self.player = self._player(plays) if plays else None
        playing = self.player.buttons if self.player else {}
        self.buttons: dict[str, Changes] = {**playing, **(buttons or {}), "start again": self._again}
        self.prediction: Prediction | None = claim(name)
        self._compute, self._picture, self._alt, self._shown, self._used = numbers, picture, alt, shown, used
        self._watched = watched
        self._state = dict(self.start)
        self._numbers = self._begin = numbers(self.state)

    def _player(self, plays: Play) -> Player:
        slider = self.controls[plays.slider]
        assert isinstance(slider, Slider), "only a slider can be played"
        return Player(plays, slider, lambda: self.state, lambda changes: self.set(**changes), self._show)

    def _again(self, state: State) -> State:
        if self.player:
            self.player.pause(state)
        return self.start

    @property
    def state(self) -> State:
        """What can be set, with its present values; read only, see `set`."""
        return MappingProxyType(dict(self._state))

    @property
    def numbers(self) -> Numbers:
        """All that the picture shows, by name."""
        return self._numbers

    @property
    def svg(self) -> str:
        """The picture of the present state."""
        return self._picture(self._numbers)

    @property
    def alt(self) -> str:
        """The picture in words."""
        return self._alt(self._numbers)

    @property
    def shown(self) -> list[str]:
        """Names of the controls at first sight."""
        return list(self._shown(self.state)) if self._shown else list(self.controls)

    @property
    def folded(self) -> list[str]:
        """Names of the controls that are folded away."""
        used, shown = self._used(self.state) if self._used else self.controls, self.shown
        return [name for name in self.controls if name in used and name not in shown]

    @property
    def comparison(self) -> str:
        """What was predicted and what has happened since the start; empty where nothing was predicted."""
        if self.prediction is None or self.prediction.choice is None:
            return ""
        said = f"You predicted: {self.prediction.choice}."
        if self._watched is None:
            return said
        words, name = self._watched
        before, now = self._begin[name], self._numbers[name]
        if math.isclose(before, now, rel_tol=1e-9, abs_tol=1e-12):
            return f"{said} So far {words} is as at the start."
        return f"{said} Since the start {words} {'rose' if now > before else 'fell'} from {before:.4g} to {now:.4g}."

    def set(self, **values: Value) -> None:
        """Set some of the state; the picture and the sliders follow.

        Raises
        ------
        ValueError
            If a name or a value is not possible; then nothing is set.
        """
        for name in values:
            if name not in self.controls:
                raise ValueError(f"{self.name} has no {name!r} to set: choose from {', '.join(self.controls)}")
        accepted = {name: self.controls[name].accept(value) for name, value in values.items()}
        if all(self._state[name] == value for name, value in accepted.items()):
            return
        self._state.update(accepted)
        self._numbers = self._compute(self.state)
        self._show()

    def _show(self) -> None:
        if "shell" in self.__dict__:
            self.shell.show()

    def press(self, button: str) -> None:
        """Do what the button of these words does."""
        self.set(**self.buttons[button](self.state))

    @cached_property
    def shell(self) -> Shell:
        """The widget, made when it is first shown."""
        return Shell(self)

    def __repr__(self) -> str:
        return f"explore.{self.name}: {self.alt}"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        widget: dict[str, Any] = self.shell.box._repr_mimebundle_(**kwargs) or {}
        return {**widget, "text/plain": repr(self), "text/html": still(self.svg, self.alt), "image/svg+xml": self.svg}


def still(svg: str, alt: str) -> str:
    """The picture and its sentence as HTML, for a page without a kernel; an <img>, as JupyterLab shows one unasked."""
    width = svg.partition('viewBox="0 0 ')[2].split()[0]
    source = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
    image = f'<img src="{source}" width="{width}" alt="{escape(alt)}">'
    return f'<figure style="margin:0">{image}<figcaption aria-hidden="true">{escape(alt)}</figcaption></figure>'
