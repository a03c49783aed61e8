"""Playing a slider: one step after the other while the loop is free, until it is paused or at its end."""

import asyncio
from collections.abc import Coroutine

import pytest

from bplab.explore.base import Explorer
from bplab.explore.controls import Slider
from bplab.explore.player import Play


def counter() -> Explorer:
    return Explorer(
        "counter",
        [Slider("n", 0, 0, 4, "n", step=1), Slider("lr", 0.1, 0.01, 1.0, "lr", log=True)],
        numbers=dict,
        picture=lambda values: f"<svg>{values}</svg>",
        alt=str,
        plays=Play("n", 0.0, "go", "going", "wait", "halt"),
    )


def run(steps: Coroutine[None, None, None]) -> None:
    asyncio.run(asyncio.wait_for(steps, timeout=20))


async def until(explorer: Explorer, n: int) -> None:
    while explorer.state["n"] < n:
        await asyncio.sleep(0)


def test_nothing_starts_by_itself() -> None:
    async def wait() -> None:
        explorer = counter()
        assert explorer.shell
        await asyncio.sleep(0.02)
        assert explorer.state["n"] == 0
        assert not explorer.player.playing

    run(wait())


def test_it_plays_to_the_end_and_then_from_the_beginning() -> None:
    async def play() -> None:
        explorer = counter()
        explorer.shell.buttons["go"].click()
        assert explorer.player.playing
        await until(explorer, 4)
        assert explorer.shell.controls["n"].value == 4
        await asyncio.sleep(0)
        assert not explorer.player.playing
        explorer.press("go")
        assert explorer.state["n"] == 0
        await until(explorer, 4)

    run(play())


@pytest.mark.parametrize("button", ["wait", "halt", "start again"])
def test_it_can_be_paused_and_another_slider_moved_meanwhile(button: str) -> None:
    async def play() -> None:
        explorer = counter()
        explorer.press("go")
        explorer.press("go")
        await until(explorer, 1)
        explorer.shell.controls["lr"].value = 0.5
        await until(explorer, 2)
        assert explorer.state["lr"] == 0.5
        explorer.press(button)
        stays = explorer.state["n"]
        assert stays == (2 if button == "wait" else 0)
        await asyncio.sleep(0.02)
        assert explorer.state["n"] == stays
        assert not explorer.player.playing

    run(play())


def test_the_button_says_that_it_plays() -> None:
    async def play() -> None:
        explorer = counter()
        button = explorer.shell.buttons["go"]
        for ended in (lambda: explorer.press("wait"), lambda: None):
            assert button.description == "go"
            explorer.press("go")
            assert button.description == "going"
            ended()
            while explorer.player.playing:
                await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert button.description == "go"
        assert explorer.state["n"] == 4

    run(play())


def test_it_plays_on_from_where_the_slider_is_put() -> None:
    async def play() -> None:
        explorer = counter()
        seen: list[int] = []
        explorer.shell.controls["n"].observe(lambda change: seen.append(change["new"]), "value")
        explorer.press("go")
        await until(explorer, 2)
        explorer.set(n=0)
        await until(explorer, 4)
        assert seen == [1, 2, 0, 1, 2, 3, 4]

    run(play())


def test_a_step_at_a_time_stays_in_the_range() -> None:
    explorer = counter()
    seen = []
    for button in ("‹ back", *["forward ›"] * 5, "‹ back"):
        explorer.press(button)
        seen.append(explorer.state["n"])
    assert seen == [0, 1, 2, 3, 4, 4, 3]


def test_without_an_event_loop_it_says_so() -> None:
    with pytest.raises(RuntimeError, match=r"playing needs Jupyter's event loop: elsewhere move on with set\(n=…\)"):
        counter().press("go")


def test_a_logarithmic_slider_holds_the_value_itself() -> None:
    explorer = counter()
    slider = explorer.shell.controls["lr"]
    assert (slider.value, slider.min, slider.max) == (0.1, -2, 0)
    slider.value = 0.02
    assert explorer.state["lr"] == 0.02
    with pytest.raises(ValueError, match=r"lr = 0 is not possible: a number from 0\.01 to 1"):
        explorer.set(lr=0)
