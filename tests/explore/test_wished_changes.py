"""Wished changes: each number's effect is its nudge's, each wish is −∇, and the table's mean is a mean."""

from xml.etree import ElementTree

import numpy as np
import pytest
from boxes import SVG, clashes, size_of, words_of

import bplab
from bplab import explore
from bplab.explore.mean_change import draw, given_table
from bplab.pictures.svg import LEAST


def test_the_price_predictor_is_to_come_down_by_2() -> None:
    explorer = explore.wished_changes()
    assert explorer.numbers["y_hat"] == pytest.approx(12)
    words = [box.words for box in words_of(explorer.svg)]
    assert "Predicted ŷ = 12, actual y = 10: the wished change of ŷ is −2" in words
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


@pytest.mark.parametrize("size", [1e-4, 1.0, 1e6])
def test_a_table_of_six_samples_keeps_its_arrows_in_a_narrow_window(size: float) -> None:
    explorer = explore.wished_changes(changes=size * np.random.default_rng(2).normal(size=(6, 6)))
    explorer.set(view="mean")
    assert LEAST * size_of(explorer.svg)[0] < 630
    assert not clashes(explorer.svg)
    wishes = [t for t in ElementTree.fromstring(explorer.svg).iter(f"{SVG}text") if float(t.get("y")) > 50]
    assert all(LEAST * float(text.get("font-size")) > 7.5 for text in wishes)
    words = [box.words for box in words_of(explorer.svg)]
    assert ("× 1e−4" in words, "× 1e6" in words) == (size < 1, size > 1)


def test_one_sample_is_no_samples() -> None:
    explorer = explore.wished_changes(changes=[[0.2, -0.1]])
    explorer.set(view="mean")
    assert explorer.alt.startswith("Wished changes of 1 sample. ")


def test_networks_that_do_not_fit_are_refused() -> None:
    for net, words in (
        (bplab.Network([2, 1]), "^net is 2-1, without a hidden layer: expected one, such as 3-2-1$"),
        (bplab.Network([2, 3, 2]), "^net is 2-3-2, with 2 outputs: expected one output$"),
        (
            bplab.Network([2, 2, 1], ["relu", "softmax"]),
            "^net ends with softmax, .*: expected another, such as linear$",
        ),
    ):
        with pytest.raises(ValueError, match=words):
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
        (left, low), (right, high) = (map(float, end.split()) for end in strike[1:].split("L"))
        x, y = float(text.get("x")), float(text.get("y"))
        assert left < x < right
        assert 0 < y - (low + high) / 2 < 8
        minus = x - 20, y - 5
        below = low + (high - low) * (minus[0] - left) / (right - left)
        assert below - minus[1] > 6, "the minus sign can be seen"


def tip(arrow: ElementTree.Element) -> tuple[float, float]:
    x, y = arrow.get("d")[1:].split("L")[0].split()
    return float(x), float(y)
