"""What holds for every explorer: state, sliders, words, a picture in which nothing overlaps."""

import asyncio
import math
from collections.abc import Callable
from functools import partial
from xml.etree import ElementTree

import ipywidgets
import numpy as np
import pytest
from boxes import SVG, clashes, crossed, outside, words_of

import bplab
from bplab import explore
from bplab.explore.base import Explorer
from bplab.explore.controls import Choice, Slider

NAMES = [name for name in explore.__all__ if name != "predict"]


def networks() -> dict[str, bplab.Network]:
    relu = bplab.Network([3, 3, 2], ["relu", "sigmoid"], rng=2)
    large = bplab.Network([4, 5, 5, 3], ["tanh", "sigmoid", "softmax"], "cross_entropy", rng=1)
    none = bplab.chain(0.5, -0.7, 0.9)
    paths = bplab.Network([1, 1, 2], "tanh", "half_squared_error", rng=4)
    return {"3-3-2": relu, "4-5-5-3": large, "1-1-1-1": none, "1-1-2": paths, "price": bplab.price_predictor()}


def explorers() -> list[Explorer]:
    rng = np.random.default_rng(5)
    made = [getattr(explore, name)() for name in NAMES]
    made.append(explore.line(rng.normal(size=(13, 1)), rng.normal(size=(13, 1))))
    made.append(explore.chain_rule(-1.1, 0.6, 2.3, -0.7, 0.85))
    made += [explore.wished_changes(), explore.wished_changes(bplab.Network([3, 4, 5, 1], ["relu", "tanh", "sigmoid"]))]
    made.append(explore.wished_changes(changes=1e-4 * rng.normal(size=(5, 4))))
    made.append(explore.loss_surface(None, 1e-4 * rng.normal(size=(9, 1)), 1e4 * rng.normal(size=(9, 1))))
    made.append(explore.depth(3, rng.normal(size=(5, 2)), rng.normal(size=(5, 4))))
    made.append(explore.training(bplab.Network([64, 7, 10], ["relu", "linear"], bias=False)))
    made += [make() for make in on_the_surface()]
    made += [explore.neuron(bplab.Network([3, 1], f, rng=3)) for f in ("tanh", "relu", "linear")]
    for net in networks().values():
        made += [explore.forward_pass(net), explore.backward_pass(net)]
    return made


def on_the_surface() -> list[Callable[[], Explorer]]:
    """Explorers of the cost over two parameters, with networks of the user's own."""
    wave, price = bplab.Network([1, 3, 1], ["tanh", "linear"], rng=3), bplab.price_predictor()
    return [
        partial(make, net, *data, names=names)
        for make in (explore.loss_surface, explore.learning_rate, explore.sgd)
        for net, data, names in (
            (wave, bplab.data.line_points(), ("w1_12", "b2_1")),
            (price, bplab.zoo.price_sample(), ("w2_11", "w1_11")),
        )
    ]


def wander(explorer: Explorer, rng: np.random.Generator) -> None:
    """Set everything that can be set to something possible."""
    values = {}
    for name, control in explorer.controls.items():
        if isinstance(control, Choice):
            values[name] = control.options[rng.integers(len(control.options))]
        elif isinstance(control.value, int):
            values[name] = int(rng.integers(control.low, control.high + 1))
        else:
            values[name] = float(rng.uniform(control.low, control.high))
    explorer.set(**values)


@pytest.fixture(params=NAMES)
def explorer(request: pytest.FixtureRequest) -> Explorer:
    return getattr(explore, request.param)()


def test_state_is_plain_and_can_be_set(explorer: Explorer) -> None:
    assert all(type(value) in (int, float, str) for value in explorer.state.values())
    name = next(name for name, value in explorer.state.items() if isinstance(value, float))
    before = explorer.svg
    explorer.set(**{name: np.float64(0.37)})
    assert explorer.state[name] == 0.37
    assert type(explorer.state[name]) is float
    assert explorer.numbers[name] == 0.37
    assert explorer.svg != before


def test_state_cannot_be_changed_past_set(explorer: Explorer) -> None:
    with pytest.raises(TypeError):
        explorer.state["new"] = 1.0


def test_unknown_name_and_value_out_of_range_are_refused_and_nothing_is_set(explorer: Explorer) -> None:
    name = next(name for name, value in explorer.state.items() if isinstance(value, float))
    before = dict(explorer.state)
    with pytest.raises(ValueError, match=f"choose from .*{name}"):
        explorer.set(**{name: 0.5, "w9_99": 1.0})
    for bad in (1e6, -1e6, math.nan, "0.5", True, None):
        with pytest.raises(ValueError, match=f"{name} = .* from .* to "):
            explorer.set(**{name: bad})
    assert dict(explorer.state) == before


def test_sliders_follow_the_state_and_the_state_the_sliders(explorer: Explorer) -> None:
    name = next(name for name in explorer.shown if isinstance(explorer.state[name], float))
    slider, drawn = explorer.shell.controls[name], []
    explorer.shell._picture.observe(lambda change: drawn.append(change["new"]), "value")
    explorer.set(**{name: 0.4})
    assert slider.value == 0.4
    slider.value = 0.3
    assert explorer.state[name] == 0.3
    assert explorer.svg in drawn[-1]
    assert len(drawn) == 2, "one picture a step"
    explorer.shell.buttons["start again"].click()
    assert slider.value == explorer.start[name]
    assert dict(explorer.state) == dict(explorer.start)


def test_every_button_leads_to_a_possible_state(explorer: Explorer) -> None:
    async def press_all() -> None:
        for button in explorer.buttons:
            explorer.press(button)

    wander(explorer, np.random.default_rng(1))
    asyncio.run(press_all())


def of_ones_own(scale: float) -> list[Explorer]:
    """Every explorer that takes data, with data and a network of this size."""
    rng = np.random.default_rng(6)
    x, y, moved = scale * rng.normal(size=(7, 1)), scale * rng.normal(size=(7, 1)), 20 * scale
    net, hidden, single = bplab.line(scale, -scale), bplab.Network([1, 2, 1], "relu", rng=1), bplab.Network([1, 1])
    single.theta = [scale, -scale]
    hidden.theta = scale * hidden.theta
    made = [explore.line(x, y), explore.line(x + moved, x + moved), explore.neuron(single, x[:1])]
    made += [make(net, x, y) for make in (explore.loss_surface, explore.learning_rate, explore.sgd)]
    made += [make(hidden, x, y) for make in (explore.forward_pass, explore.backward_pass, explore.wished_changes)]
    return [*made, explore.depth(hidden, x, y), explore.chain_rule(scale, -scale, scale, scale, scale)]


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 40.0, 1e3, 1e6])
def test_no_button_sets_what_a_slider_refuses(scale: float) -> None:
    async def press_all(explorer: Explorer) -> None:
        for button in explorer.buttons:
            explorer.press(button)

    for explorer in of_ones_own(scale):
        asyncio.run(press_all(explorer))
        wander(explorer, np.random.default_rng(2))
        asyncio.run(press_all(explorer))


def test_values_that_no_picture_holds_are_refused() -> None:
    net = bplab.two_two_one()
    net["w1_21"] = -1e150
    for made, words in (
        (lambda: explore.forward_pass(net), r"net\.theta holds"),
        (lambda: explore.backward_pass(x=[[1e300, 0.0]], y=[[1.0]]), "x holds"),
        (lambda: explore.forward_pass(x=[[1.0, 0.0]], y=[[1e300]]), "y holds"),
        (lambda: explore.chain_rule(w2=1e10), "the chain holds"),
        (lambda: explore.wished_changes(changes=[[0.1, 2e9]]), "changes holds"),
    ):
        with pytest.raises(
            ValueError, match=words + r" a value of size .*, the picture takes at most 1e\+09: scale it"
        ):
            made()


def test_mimebundle_has_the_widget_a_line_of_text_and_the_picture(explorer: Explorer) -> None:
    bundle = explorer._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert bundle["text/plain"] == f"explore.{explorer.name}: {explorer.alt}"
    assert bundle["image/svg+xml"] == explorer.svg
    again = getattr(explore, explorer.name)()._repr_mimebundle_()
    assert again["image/svg+xml"] == bundle["image/svg+xml"]
    assert again["text/plain"] == bundle["text/plain"]


def test_at_most_three_sliders_at_first_sight(explorer: Explorer) -> None:
    shown = [name for name in explorer.shown if not isinstance(explorer.controls[name], Choice)]
    assert 1 <= len(shown) <= 3


def views() -> list[tuple[str, dict[str, str]]]:
    """Every explorer in each of its views."""
    seen = []
    for name in NAMES:
        view = getattr(explore, name)().controls.get("view")
        seen += [(name, {"view": option}) for option in view.options] if view else [(name, {})]
    return seen


@pytest.mark.parametrize(("name", "view"), views())
def test_exactly_the_controls_that_can_be_seen_change_the_picture(name: str, view: dict[str, str]) -> None:
    explorer = getattr(explore, name)()
    explorer.set(**view)
    shell, state, before = explorer.shell, dict(explorer.state), explorer.svg
    seen = [*shell._first.children, *shell._rest.children]
    for control in explorer.controls.values():
        explorer.set(**{control.name: different(control, state[control.name])})
        assert (explorer.svg != before) == (shell.controls[control.name] in seen), control.name
        explorer.set(**state)
    sliders = [control.name for control in explorer.controls.values() if not isinstance(control, Choice)]
    offered = [option for _, option in shell.exact.name.options]
    assert offered == [option for option in sliders if shell.controls[option] in seen]


def different(control: Choice | Slider, value: float | str) -> float | str:
    """Another value of the control, some steps away."""
    if isinstance(control, Choice):
        return next(option for option in control.options if option != value)
    if control.log:
        return value * 1.1
    steps = 3 * control.step
    return value + steps if value + steps <= control.high else value - steps


def test_pictures_are_well_formed_labelled_and_legible() -> None:
    rng = np.random.default_rng(7)
    for explorer in explorers():
        for _ in range(12):
            root = ElementTree.fromstring(explorer.svg)
            assert root.get("role") == "img"
            assert root.get("aria-label") == explorer.alt
            assert root.find(f"{SVG}title").text
            assert "nan" not in explorer.svg.lower()
            assert not clashes(explorer.svg), f"{explorer.name} {dict(explorer.state)}"
            assert not crossed(explorer.svg), f"{explorer.name} {dict(explorer.state)}"
            assert not outside(explorer.svg), f"{explorer.name} {dict(explorer.state)}"
            wander(explorer, rng)


def test_a_network_of_the_users_own_is_left_alone() -> None:
    net = bplab.Network([3, 2, 2], rng=6)
    before = net.theta.copy()
    for make in (explore.forward_pass, explore.backward_pass):
        explorer = make(net=net, x=[[0.3, -0.2, 0.8]], y=[[0.1, 0.9]])
        explorer.set(w1_32=1.7)
        _ = explorer.numbers
    np.testing.assert_array_equal(net.theta, before)


@pytest.mark.parametrize("make", [explore.forward_pass, explore.backward_pass])
def test_bad_networks_and_data_are_refused(make) -> None:
    with pytest.raises(TypeError, match=r"net is a list, expected a bplab\.Network"):
        make(net=[2, 2, 1])
    with pytest.raises(ValueError, match=r"net is 4-6-3, too large .* at most 4-5-5-3"):
        make(net=bplab.Network([4, 6, 3]))
    with pytest.raises(TypeError, match="net is an int, expected"):
        make(net=2)
    with pytest.raises(ValueError, match=r"^x is missing: y has 8 samples, give the x of each$"):
        make(net=bplab.two_two_one(), y=np.ones((8, 1)))
    with pytest.raises(ValueError, match="net is 2-2-2-2-1, too large"):
        make(net=bplab.Network([2, 2, 2, 2, 1]))
    net = bplab.Network([3, 2, 2], rng=1)
    with pytest.raises(ValueError, match="x has"):
        make(net=net, x=[[1.0, 2.0]])
    with pytest.raises(ValueError, match="y has"):
        make(net=net, x=[[1.0, 2.0, 3.0]], y=[[1.0]])
    with pytest.raises(ValueError, match=r"x has 13 samples.*give x\[:12\]"):
        make(net=net, x=np.ones((13, 3)), y=np.ones((13, 2)))


@pytest.mark.parametrize("make", [explore.forward_pass, explore.backward_pass, explore.wished_changes])
def test_each_sample_is_a_button_and_named_while_the_sliders_stand_on_it(make) -> None:
    rng = np.random.default_rng(8)
    net, x, y = bplab.Network([3, 2, 1], rng=1), rng.normal(size=(4, 3)), rng.normal(size=(4, 1))
    explorer = make(net=net, x=x, y=y)
    for m in range(4):
        explorer.press(f"sample {m + 1}")
        assert explorer.numbers["cost"] == net.cost(x[m : m + 1], y[m : m + 1])
        assert f"sample {m + 1} of 4" in explorer.alt.lower()
        assert f"sample {m + 1} of 4" in [box.words for box in words_of(explorer.svg)]
        assert not clashes(explorer.svg)
    explorer.set(i_2=0.125)
    assert "sample " not in explorer.alt.lower()
    assert not [box.words for box in words_of(explorer.svg) if "sample" in box.words]
    twice = make(net=net, x=x[[0, 1, 0]], y=y[[0, 1, 0]])
    assert "samples 1, 3 of 3" in twice.alt.lower()
    assert "sample" not in make(net=net, x=x[:1], y=y[:1]).alt.lower()


def test_the_place_that_a_browser_gives_a_slider_does_not_move_the_state() -> None:
    explorer = explore.forward_pass()
    explorer.set(w1_11=0.2345)
    before, slider = dict(explorer.state), explorer.shell.controls["w1_11"]
    steps = round((slider.value - slider.min) / slider.step)
    slider.value = slider.min + steps * slider.step
    assert slider.value != before["w1_11"]
    assert explorer.state == before
    slider.value += slider.step
    assert explorer.state["w1_11"] == round(slider.value, 10)


def test_what_a_browser_adds_up_is_the_step_that_it_stands_on() -> None:
    explorer = explore.line()
    slider = explorer.shell.controls["a"]
    slider.value = 0.8500000000000001
    assert explorer.state["a"] == 0.85
    assert slider.value == 0.8500000000000001, "what is sent back would stop a slider that is being moved"


def test_what_is_set_before_the_first_look_is_what_is_seen(explorer: Explorer) -> None:
    wander(explorer, np.random.default_rng(4))
    state, svg = dict(explorer.state), explorer.svg
    shell = explorer.shell
    assert {name: widget.value for name, widget in shell.controls.items()} == pytest.approx(state)
    assert list(shell._first.children) == [shell.controls[name] for name in explorer.shown]
    assert svg in shell._picture.value
    assert dict(explorer.state) == state


def test_a_value_can_be_typed_into_a_field_with_a_name(explorer: Explorer) -> None:
    exact = explorer.shell.exact
    assert exact.name.description
    assert exact.value.description
    name = next(name for name, value in explorer.state.items() if isinstance(value, float))
    exact.name.value = name
    assert exact.value.value == explorer.state[name]
    exact.value.value = 0.37
    assert explorer.state[name] == explorer.shell.controls[name].value == 0.37
    for bad in (1e6, math.nan):
        exact.value.value = bad
        assert f"{name} = " in exact.refused.value
        assert explorer.state[name] == 0.37
    explorer.set(**{name: 0.41})
    assert exact.value.value == 0.41
    exact.value.value = 0.43
    assert exact.refused.value == ""


def test_what_is_to_be_typed_stays_chosen() -> None:
    explorer = explore.backward_pass()
    explorer.shell.exact.name.value = "w2_21"
    explorer.set(parameter="b1_2")
    assert explorer.shell.exact.name.value == "w2_21"


def test_whole_numbers_are_typed_as_such() -> None:
    explorer = explore.learning_rate()
    exact = explorer.shell.exact
    exact.name.value = "steps"
    exact.value.value = 7.0
    assert explorer.state["steps"] == 7
    exact.value.value = 7.5
    assert "a whole number from 0 to 60" in exact.refused.value


def place(slider: ipywidgets.FloatSlider, value: float) -> float:
    """Where a browser puts a slider that is given this value: the nearest of its places."""
    return slider.min + round((value - slider.min) / slider.step) * slider.step


def test_a_slider_reads_what_the_picture_shows_and_can_reach_0() -> None:
    net = bplab.Network([3, 2, 2], rng=6)
    explorer = explore.forward_pass(net)
    for name in net.names:
        slider = explorer.shell.controls[name]
        assert f"{place(slider, net[name]):.2f}" == f"{net[name]:.2f}"
        assert place(slider, 0.0) == pytest.approx(0.0, abs=1e-9)


def test_the_step_follows_the_value() -> None:
    explorer = explore.forward_pass()
    slider = explorer.shell.controls["w1_11"]
    assert slider.step == 0.05
    explorer.set(w1_11=0.37)
    assert place(slider, 0.37) == pytest.approx(0.37)
    slider.value = 0.38
    assert explorer.state["w1_11"] == 0.38
    explorer.press("start again")
    assert slider.step == 0.05


def test_every_slider_has_0_among_its_places_where_that_is_in_its_range() -> None:
    for explorer in explorers():
        for control in explorer.controls.values():
            if not isinstance(control, Choice) and not control.log:
                steps = control.low / control.step
                assert steps == pytest.approx(round(steps), abs=1e-6), f"{explorer.name} {control.name}"


def test_the_fold_says_whether_it_is_open() -> None:
    shell = explore.forward_pass().shell
    (fold,) = [part for part in shell.box.children if isinstance(part, ipywidgets.ToggleButton)]
    assert (fold.description, shell._rest.layout.display) == ("all parameters", "none")
    fold.value = True
    assert (fold.description, shell._rest.layout.display) == ("fewer parameters", "flex")
    fold.value = False
    assert (fold.description, shell._rest.layout.display) == ("all parameters", "none")
