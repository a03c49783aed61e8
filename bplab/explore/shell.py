"""The widget around an explorer: sliders, buttons, the picture. Thin: all that it knows it asks the explorer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets  # type: ignore[import-untyped]

from bplab.explore.controls import Choice, Control, Slider, Value

if TYPE_CHECKING:
    from bplab.explore.base import Explorer

FOLDED, OPENED = "all parameters", "fewer parameters"
# In a narrow window the picture scrolls: Tab reaches it, and JupyterLab leaves the arrow keys to it.
FRAME = '<div tabindex="0" data-lm-suppress-shortcuts="true">{}</div>'
ROW = {"flex_flow": "row wrap", "align_items": "center"}


class Shell:
    """`box` is what is displayed, `controls[name]` the slider or choice of that name, `buttons[words]` a button."""

    def __init__(self, explorer: Explorer) -> None:
        self.explorer = explorer
        self.controls = {name: _control(control) for name, control in explorer.controls.items()}
        self.buttons = {words: _button(words) for words in explorer.buttons}
        for name, widget in self.controls.items():
            widget.observe(lambda change, name=name: self._moved(name, change["new"]), names="value")
        for words, button in self.buttons.items():
            button.on_click(lambda _, words=words: explorer.press(words))
        if explorer.prediction is not None:
            explorer.prediction.heard.append(self.show)
        self._sent = dict(explorer.start)
        self._said = ipywidgets.HTML()
        self._picture = ipywidgets.HTML(layout=ipywidgets.Layout(overflow="auto hidden"))
        self.exact = Exact(explorer)
        self._first = ipywidgets.Box(layout=ipywidgets.Layout(**ROW))
        self._rest = ipywidgets.Box(layout=ipywidgets.Layout(display="none", **ROW))
        room = ipywidgets.Layout(width="max-content")
        self._fold = ipywidgets.ToggleButton(value=False, description=FOLDED, icon="sliders", layout=room)
        self._fold.observe(lambda change: self._unfold(change["new"]), "value")
        self.box = ipywidgets.VBox(self._parts())
        self.show()

    def _parts(self) -> list[Any]:
        buttons = ipywidgets.Box(list(self.buttons.values()), layout=ipywidgets.Layout(**ROW))
        return [self._said, self._first, buttons, self._picture, self._fold, self._rest, self.exact.box]

    def _unfold(self, opened: bool) -> None:
        self._rest.layout.display = self.exact.box.layout.display = "flex" if opened else "none"
        self._fold.description = OPENED if opened else FOLDED

    def _moved(self, name: str, value: Value) -> None:
        # The browser puts a slider on the nearest of its steps and reports that like a move; the state stays exact.
        control, state = self.explorer.controls[name], self.explorer.state[name]
        if isinstance(control, Slider) and control.same_place(value, state, self.controls[name].step):  # type: ignore[arg-type]
            return
        # It also adds up steps: 0.8500000000000001 is 0.85. That is not sent back, as the slider may be further by now.
        self._sent[name] = control.tidy(value) if isinstance(control, Slider) else value  # type: ignore[arg-type]
        self.explorer.set(**{name: self._sent[name]})

    def show(self) -> None:
        """Bring the widget up to the explorer's state. Sliders that are there already stay as they are."""
        explorer = self.explorer
        for name, value in explorer.state.items():
            if self._sent[name] != value:
                control, widget = explorer.controls[name], self.controls[name]
                if isinstance(control, Slider):
                    widget.step = control.step_at(value)  # type: ignore[arg-type]
                self._sent[name] = widget.value = value
        first, rest = (tuple(self.controls[name] for name in names) for names in (explorer.shown, explorer.folded))
        if (self._first.children, self._rest.children) != (first, rest):
            self._first.children, self._rest.children = first, rest
            self.exact.offer([*explorer.shown, *explorer.folded])
            self._fold.layout.display = None if self.exact.name.options else "none"
        self._picture.value = FRAME.format(explorer.svg)
        if explorer.player:
            play = explorer.player.play
            self.buttons[play.start].description = play.going if explorer.player.playing else play.start
        self.exact.show()
        self._said.value = escape(explorer.comparison)
        self._said.layout.display = None if explorer.comparison else "none"


class Exact:
    """One value by name, typed: `box` holds two labelled fields. A screen reader names them, but no slider's handle."""

    def __init__(self, explorer: Explorer) -> None:
        self.explorer = explorer
        self.name = ipywidgets.Dropdown(description="set", layout=ipywidgets.Layout(width="max-content"))
        self.value = ipywidgets.FloatText(description="to", layout=ipywidgets.Layout(width="240px"))
        self.refused = ipywidgets.HTML()
        self.name.observe(lambda change: self.show(), "value")
        self.value.observe(lambda change: self._typed(change["new"]), "value")
        fields = [self.name, self.value, self.refused]
        self.box = ipywidgets.Box(fields, layout=ipywidgets.Layout(display="none", **ROW))

    def offer(self, names: Sequence[str]) -> None:
        """The sliders among these names to choose from."""
        sliders = [control for control in self.explorer.controls.values() if isinstance(control, Slider)]
        options = tuple((slider.label, slider.name) for slider in sliders if slider.name in names)
        if self.name.options != options:  # the choice would be back at the first
            self.name.options = options

    def _typed(self, value: float) -> None:
        name = self.name.value
        whole = isinstance(self.explorer.state[name], int) and value.is_integer()
        try:
            self.explorer.set(**{name: int(value) if whole else value})
        except ValueError as error:
            self.refused.value = escape(str(error))
        else:
            self.refused.value = ""

    def show(self) -> None:
        """The present value of the chosen name."""
        if self.name.value is not None:
            self.value.value = self.explorer.state[self.name.value]


def _control(control: Control) -> Any:
    """The widget of one control; its value is the control's value."""
    if isinstance(control, Choice):
        options = list(zip(control.labels, control.options))
        room = ipywidgets.Layout(width="max-content")
        return ipywidgets.Dropdown(options=options, value=control.value, description=control.label, layout=room)
    kind = ipywidgets.IntSlider if isinstance(control.value, int) else ipywidgets.FloatSlider
    low, high, reads = control.low, control.high, {} if control.step >= 0.01 else {"readout_format": ".3g"}
    if control.log:
        kind, reads = ipywidgets.FloatLogSlider, {"readout_format": ".2g"}
        low, high = math.log10(low), math.log10(high)
    return kind(
        value=control.value,
        min=low,
        max=high,
        step=control.step_at(control.value),
        description=control.label,
        style={"description_width": "6em"},
        layout=ipywidgets.Layout(width="320px"),
        **reads,
    )


def _button(words: str) -> Any:
    return ipywidgets.Button(description=words, layout=ipywidgets.Layout(width="auto"))
