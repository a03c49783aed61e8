"""SGD beside gradient descent: both paths are bplab.sgd's own, with equally many sample gradients."""

import numpy as np
import pytest

import bplab
from bplab import explore
from bplab.data import noisy_line
from bplab.explore.sgd import _hovers, _verdict
from bplab.explore.surface import Path, given_surface


@pytest.mark.parametrize("batch_size", [1, 7, 30])
def test_both_paths_are_those_of_training_the_line(batch_size: int) -> None:
    explorer = explore.sgd()
    explorer.set(lr=0.05, batch_size=batch_size, epochs=3, order=6)
    x, y = noisy_line()
    for name, size in (("gd", None), ("sgd", batch_size)):
        net = bplab.line(-1.4, 1.6)
        history = bplab.train(net, x, y, lr=0.05, batch_size=size, epochs=3, rng=6, keep_theta=True)
        path = explorer.numbers[name]
        np.testing.assert_allclose(np.transpose([path.p, path.q]), history.theta, rtol=1e-9)
        assert path.costs[:-1] == pytest.approx(history.cost.tolist())
        assert path.costs[-1] == pytest.approx(net.cost(x, y))


def test_the_budget_is_the_same_and_said() -> None:
    explorer = explore.sgd()
    explorer.set(batch_size=8, epochs=4)
    assert len(explorer.numbers["gd"].p) == 1 + 4
    assert len(explorer.numbers["sgd"].p) == 1 + 4 * 4, "30 samples: batches of 8, 8, 8 and 6"
    assert "Budget 4 epochs, 120 sample gradients" in explorer.alt
    assert "Gradient descent takes 4 steps of 30 samples" in explorer.alt
    assert "SGD takes 16 steps of 8: to" in explorer.alt


@pytest.mark.parametrize(
    ("preset", "says"),
    [("small batches", "SGD is further down"), ("one sample a step", "SGD is further down; SGD hovers"),
     ("noisy", "Gradient descent is further down; SGD hovers"), ("all samples", "Both are about equally far down"),
     ("diverges", "Gradient descent and SGD diverge: the cost grows")],
)  # fmt: skip
def test_each_preset_does_what_it_says(preset: str, says: str) -> None:
    explorer = explore.sgd()
    explorer.press(preset)
    assert says in explorer.alt


def test_only_sgd_depends_on_the_order() -> None:
    explorer = explore.sgd()
    before = explorer.numbers
    explorer.press("shuffle again")
    assert explorer.numbers["gd"] == before["gd"]
    assert explorer.numbers["sgd"] != before["sgd"]


def test_no_epoch_is_no_step() -> None:
    explorer = explore.sgd()
    explorer.set(epochs=0)
    assert "Not a step yet" in explorer.alt
    assert explorer.numbers["cost"] == explorer.numbers["gd_cost"] == explorer.numbers["start"]


def test_too_many_samples_are_refused() -> None:
    with pytest.raises(ValueError, match=r"x has 201 samples, the picture keeps up with at most 200: give x\[:200\]"):
        explore.sgd(x=np.ones((201, 1)), y=np.ones((201, 1)))


def test_to_hover_is_to_go_to_and_fro() -> None:
    away = [4.0, 3.0, 2.0, 1.0, 0.0]
    to_and_fro = [0.0, 1.0, 0.0, 1.0, 0.0]
    flat = [0.0] * 9
    assert _hovers(Path([*away, *to_and_fro[1:]], flat, []), epochs=2), "the last epoch counts"
    assert not _hovers(Path([*to_and_fro, *reversed(away[:-1])], flat, []), epochs=2)
    assert not _hovers(Path([0.0, 1.0, 0.0], [0.0] * 3, []), epochs=1), "too few steps to tell"


def test_what_is_about_equal_depends_on_the_start() -> None:
    path, surface = Path([0.0], [0.0], []), given_surface(None, None, None, ("w1_11", "b1_1"), (0.0, 0.0))
    values = {"epochs": 1, "gd": path, "sgd": path, "start": 100.0, "gd_cost": 3.0, "cost": 2.5}
    assert _verdict(values, surface) == "Both are about equally far down"
    assert _verdict({**values, "start": 10.0}, surface) == "SGD is further down"
    assert _verdict({**values, "start": 2.8}, surface) == "Gradient descent diverges: the cost grows"
    away = Path([0.0, -surface.reach - 0.1], [0.0, 0.0], [])
    said = "SGD is further down; gradient descent has left the picture"
    assert _verdict({**values, "start": 10.0, "gd": away}, surface) == said


def test_diverges_is_offered_where_it_is_true() -> None:
    rng = np.random.default_rng(1)
    explorer = explore.sgd(x=rng.normal(size=(12, 1)), y=rng.normal(size=(12, 1)))
    explorer.press("diverges")
    assert "diverge" in explorer.alt
    flat = bplab.Network([2, 3, 2], "sigmoid", rng=0)
    explorer = explore.sgd(flat, rng.normal(size=(9, 2)), rng.uniform(size=(9, 2)), names=("b2_1", "b2_2"))
    if "diverges" in explorer.buttons:
        explorer.press("diverges")
        assert "diverge" in explorer.alt
