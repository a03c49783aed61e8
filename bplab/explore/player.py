"""Playing: a slider that moves on by itself, in the kernel's own event loop, until it is paused or at its end.

Between two steps the loop is free, so that sliders, buttons and other cells answer. Nothing starts by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from bplab.explore.controls import Changes, Slider, State


class Play(NamedTuple):
    """Which slider is played, how many seconds a step is shown, and the words on the buttons (`stop` may be none).

    `going` stands on the start button while it plays.
    """

    slider: str
    seconds: float
    start: str = "▶ play"
    going: str = "▶ playing"
    pause: str = "❚❚ pause"
    stop: str = ""
    forward: str = "forward ›"


class Player:
    """Moves `slider` one step at a time by calling `move` with the changes; calls `heard` when it starts and ends."""

    def __init__(
        self,
        play: Play,
        slider: Slider,
        state: Callable[[], State],
        move: Callable[[State], None],
        heard: Callable[[], None],
    ) -> None:
        self.play, self.slider = play, slider
        self._state, self._move, self._heard = state, move, heard
        self._task: asyncio.Task[None] | None = None

    @property
    def playing(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(self, state: State) -> State:
        """Go on from the slider's place; from the beginning where it is at its end.

        Raises
        ------
        RuntimeError
            Where no event loop runs, outside Jupyter.
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            name = self.slider.name
            raise RuntimeError(f"playing needs Jupyter's event loop: elsewhere move on with set({name}=…)") from None
        at_end = state[self.slider.name] == self.slider.high
        if not self.playing:
            self._task = loop.create_task(self._run())
            self._task.add_done_callback(lambda _: self._heard())
            self._heard()
        return {self.slider.name: self.slider.low} if at_end else {}

    def pause(self, state: State) -> State:
        """Stay where the slider is."""
        if self._task is not None:
            self._task.cancel()
        return {}

    def stop(self, state: State) -> State:
        """Pause, and go back to the beginning."""
        return {**self.pause(state), self.slider.name: self.slider.low}

    async def _run(self) -> None:
        while int(self._state()[self.slider.name]) < self.slider.high:
            await asyncio.sleep(self.play.seconds)
            self._move(self.forward(self._state()))  # from where the slider is by now

    def back(self, state: State) -> State:
        """One step back."""
        return {self.slider.name: max(int(state[self.slider.name]) - 1, self.slider.low)}

    def forward(self, state: State) -> State:
        """One step forward."""
        return {self.slider.name: min(int(state[self.slider.name]) + 1, self.slider.high)}

    @property
    def buttons(self) -> dict[str, Changes]:
        stop: dict[str, Changes] = {self.play.stop: self.stop} if self.play.stop else {}
        playing = {self.play.start: self.start, self.play.pause: self.pause, **stop}
        return {**playing, "‹ back": self.back, self.play.forward: self.forward}
