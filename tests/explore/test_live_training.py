"""Training, live: the run is bplab.sgd's, the kernel's loop stays free, and what is shown is true."""

import asyncio

import numpy as np
import pytest
from boxes import words_of

import bplab
from bplab import explore
from bplab.explore.training import Epoch, draw

DATA = bplab.data.digits()


def trained(net: bplab.Network, rates: list[float], batch_size: int) -> bplab.Network:
    for seed, lr in enumerate(rates, start=1):
        bplab.train(net, DATA.x, np.eye(10)[DATA.labels], lr=lr, batch_size=batch_size, rng=seed)
    return net


def accuracy(net: bplab.Network) -> float:
    return float(np.mean(net.forward(DATA.x_test).y_hat.argmax(axis=1) == DATA.labels_test))


def small() -> bplab.Network:
    return bplab.Network([64, 6, 10], ["tanh", "softmax"], "cross_entropy", rng=3)


def test_it_starts_untrained() -> None:
    explorer = explore.training()
    assert explorer.state["epochs"] == 0
    assert explorer.numbers["accuracy"] < 0.3
    assert "Untrained: cost 2.34" in explorer.alt


def test_the_rate_can_change_on_the_way() -> None:
    explorer = explore.training(small())
    explorer.set(lr=0.3, batch_size="128", epochs=2)
    before = explorer.numbers["cost"]
    explorer.set(lr=0.8)
    assert explorer.numbers["cost"] == before, "what is trained is trained"
    explorer.set(epochs=3)
    net = trained(small(), [0.3, 0.3, 0.8], 128)
    np.testing.assert_allclose(explorer.numbers["run"][-1].theta, net.theta, rtol=1e-9)
    assert explorer.numbers["cost"] == pytest.approx(net.cost(DATA.x, np.eye(10)[DATA.labels]))
    assert explorer.numbers["accuracy"] == accuracy(net)
    assert [epoch.lr for epoch in explorer.numbers["run"]] == [0.0, 0.3, 0.3, 0.8]


def test_back_and_forward_again_is_the_same() -> None:
    explorer = explore.training(small())
    explorer.set(epochs=3)
    after = explorer.svg
    explorer.set(epochs=1)
    assert len(explorer.numbers["run"]) == 2
    explorer.set(epochs=3)
    assert explorer.svg == after


def test_it_learns_and_says_which_digits_are_wrong() -> None:
    explorer = explore.training()
    explorer.set(epochs=8)
    assert explorer.numbers["accuracy"] > 0.9
    last = explorer.numbers["run"][-1]
    net = bplab.Network([64, 32, 10], ["sigmoid", "softmax"], "cross_entropy")
    net.theta = last.theta
    assert last.says == net.forward(DATA.x_test[:12]).y_hat.argmax(axis=1).tolist()


def test_a_wrong_digit_is_framed_and_named() -> None:
    net, says = small(), DATA.labels_test[:12].tolist()
    says[3] = (says[3] + 1) % 10
    run = [Epoch(net.theta, 0.0, 2.3, 0.1, says)]
    values = {"lr": 0.5, "batch_size": "32", "epochs": 0, "run": run, "cost": 2.3, "accuracy": 0.1, "says": says}
    svg = draw(values, net, DATA, [])
    words = [box.words for box in words_of(svg)]
    assert f"{says[3]}, is {DATA.labels_test[3]}" in words
    assert svg.count('stroke-dasharray="5 3"') == 1
    assert f"takes a {DATA.labels_test[3]} for a {says[3]}." in svg


def test_start_change_the_rate_pause_stop_while_the_loop_is_free() -> None:
    async def train() -> None:
        explorer, other = explore.training(small()), 0
        explorer.shell.buttons["▶ start"].click()
        while explorer.state["epochs"] < 1:
            await asyncio.sleep(0.001)
            other += 1
        assert other > 10, "another task had its turns"
        explorer.shell.controls["lr"].value = 0.1
        while explorer.state["epochs"] < 2:
            await asyncio.sleep(0.001)
        assert [epoch.lr for epoch in explorer.numbers["run"]] == [0.0, 0.5, 0.1]
        explorer.shell.buttons["❚❚ pause"].click()
        await asyncio.sleep(0.3)
        assert explorer.state["epochs"] == 2
        explorer.shell.buttons["■ stop"].click()
        assert explorer.state["epochs"] == 0
        assert explorer.state["lr"] == 0.1
        assert not explorer.player.playing

    asyncio.run(asyncio.wait_for(train(), timeout=60))


@pytest.mark.filterwarnings("error")
def test_a_divergence_is_said_and_stays_drawable() -> None:
    explorer = explore.training(bplab.Network([64, 9, 10], ["relu", "linear"], rng=1))
    explorer.set(lr=10.0, epochs=6)
    assert "It has diverged: the cost is no number" in explorer.alt
    assert len(explorer.numbers["run"]) == 7
    assert "nan" not in explorer.svg


def test_networks_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="expected one with 64 inputs, the pixels, and 10 outputs, the digits"):
        explore.training(bplab.Network([64, 10, 9]))
    with pytest.raises(ValueError, match="too large"):
        explore.training(bplab.Network([64, 300, 10]))
    with pytest.raises(TypeError, match="net is a list"):
        explore.training([64, 10])
