"""Wished changes: each number's effect is its nudge's, each wish is −∇, and the table's mean is a mean."""

from xml.etree import ElementTree

import numpy as np
import pytest
from boxes import SVG, words_of

import bplab
from bplab import explore
from bplab.explore.mean_change import draw, given_table


def test_the_price_predictor_is_to_come_down_by_2() -> None:
    explorer = explore.wished_changes()
    assert explorer.numbers["y_hat"] == pytest.approx(12)
    assert "ŷ = 12, y = 10: the goal is −2" in [box.words for box in words_of(explorer.svg)]
    wishes = {change.name: change.wished for change in explorer.numbers["changes"]}
    assert wishes["a1_1"] < 0, "a positive weight: lower it"
    assert wishes["a1_2"] > 0, "a negative weight: raise it"
    assert "a1_1 −24, lower it; a1_2 12, raise it" in explorer.alt


@pytest.mark.parametrize("output", ["linear", "tanh"])
def test_effects_are_those_of_a_nudge_and_wishes_are_minus_the_gradient(output: str) -> None:
    net = bplab.Network([2, 4, 3, 1], ["relu", "sigmoid", output], "half_squared_error", rng=8)
    x, y, h = np.array([[0.8, -0.4]]), np.array([[0.3]]), 1e-6
    explorer = explore.wished_changes(net, x, y)
    grads = bplab.numerical_gradient(net, x, y)
    changes = {change.name: change for change in explorer.numbers["changes"]}
    assert list(changes) == ["w3_11", "w3_21", "w3_31", "a2_1", "a2_2", "a2_3", "b3_1"]
    for name in ("w3_11", "w3_21", "w3_31", "b3_1"):
        assert changes[name].now == net[name]
        assert changes[name].wished == pytest.approx(-grads[name], rel=1e-6)
        explorer.set(**{name: net[name] + h})
        moved = (explorer.numbers["y_hat"] - net.forward(x).y_hat.item()) / h
        assert changes[name].effect == pytest.approx(moved, rel=1e-4)
        explorer.set(**{name: net[name]})
    last = bplab.Network([3, 1], output, "half_squared_error")
    last.W[1], last.b[1] = net.W[3], net.b[3]
    a = net.forward(x).a[2]
    for j in range(3):
        nudged = a + h * np.eye(3)[j]
        effect = (last.forward(nudged).y_hat - last.forward(a).y_hat).item() / h
        assert changes[f"a2_{j + 1}"].effect == pytest.approx(effect, rel=1e-4)
        assert changes[f"a2_{j + 1}"].wished == pytest.approx(-(last.cost(nudged, y) - last.cost(a, y)) / h, rel=1e-4)


def test_another_activation_function_is_a_jump() -> None:
    explorer = explore.wished_changes()
    net, (x, _) = bplab.price_predictor(), bplab.zoo.price_sample()
    other = bplab.Network([3, 2, 1], ["tanh", "linear"])
    other.theta = net.theta
    assert explorer.numbers["other"]["tanh"] == other.forward(x).y_hat.item()
    assert set(explorer.numbers["other"]) == {"tanh", "relu"}


def test_the_table_has_the_right_means_beside_the_notes() -> None:
    explorer = explore.wished_changes()
    explorer.set(view="mean")
    words = [box.words for box in words_of(explorer.svg)]
    assert {"−1/3 = −0.333", "1.1/3 = 0.367", "−0.1/3", "0.11/3"} <= set(words)
    assert words.count("0") == 2
    assert "w_0: −0.8, 0.2, −0.4, mean −1/3 = −0.333 where the notes print −0.1/3" in explorer.alt
    assert explorer.shown == ["view"]


def test_a_table_of_the_users_own() -> None:
    changes = np.random.default_rng(1).normal(size=(5, 4))
    table = given_table(changes)
    assert table.sums == pytest.approx(changes.sum(axis=0))
    explorer = explore.wished_changes(changes=changes)
    explorer.set(view="mean")
    assert "notes" not in explorer.alt
    for bad in ([0.1, 0.2], np.ones((7, 2)), np.ones((2, 0))):
        with pytest.raises(ValueError, match="changes has shape"):
            explore.wished_changes(changes=bad)
    with pytest.raises(ValueError, match=r"changes\[1, 0\] is nan"):
        explore.wished_changes(changes=[[0.1], [np.nan]])


def test_networks_that_do_not_fit_are_refused() -> None:
    for net in (bplab.Network([2, 1]), bplab.Network([2, 3, 2]), bplab.Network([2, 2, 1], ["relu", "softmax"])):
        with pytest.raises(ValueError, match="expected one with a hidden layer and one output, not softmax"):
            explore.wished_changes(net)


def test_arrows_of_the_table_have_the_lengths_of_the_wishes() -> None:
    root = ElementTree.fromstring(draw(given_table(None)))
    tips = [tip(path) for path in root.iter(f"{SVG}path") if path.get("fill")]
    middle = tips[0][0] + 96
    wishes = [-0.8, 0.2, -0.4, 0.7, 0.3, 0.1, -0.1, -0.4, 0.5]
    assert [x - middle for x, _ in tips] == pytest.approx([96 * wish / 0.8 for wish in wishes])
    assert [y for _, y in tips] == sorted(y for _, y in tips)
    assert [bool(line.get("stroke-dasharray")) for line in root.iter(f"{SVG}line")] == [wish < 0 for wish in wishes]
    means = [path.get("d") for path in root.iter(f"{SVG}path") if path.get("stroke-width") == "9"]
    ends = [float(d.split("H")[1]) - middle for d in means]
    assert ends == pytest.approx([96 * mean / 0.8 for mean in (-1.0 / 3, 1.1 / 3)], abs=0.1)
    assert all(float(d.split()[1].split("H")[0]) > tips[3 * k + 2][1] for k, d in enumerate(means)), "below the wishes"


def test_the_notes_wrong_means_are_struck_out() -> None:
    root = ElementTree.fromstring(draw(given_table(None)))
    strikes = [path.get("d") for path in root.iter(f"{SVG}path") if path.get("stroke-width") == "1.5"]
    printed = [text for text in root.iter(f"{SVG}text") if text.text in ("−0.1/3", "0.11/3")]
    assert len(strikes) == len(printed) == 2
    for strike, text in zip(strikes, printed):
        left, rest = strike[1:].split()
        height, right = map(float, rest.split("H"))
        assert float(left) < float(text.get("x")) < right
        assert 0 < float(text.get("y")) - height < 8


def tip(arrow: ElementTree.Element) -> tuple[float, float]:
    x, y = arrow.get("d")[1:].split("L")[0].split()
    return float(x), float(y)
