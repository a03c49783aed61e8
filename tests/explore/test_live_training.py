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
    says = net.forward(DATA.x).y_hat.argmax(axis=1)
    assert explorer.numbers["trained"] == np.mean(says == DATA.labels)
    assert f"{explorer.numbers['trained']:.1%} of the training digits" in explorer.alt
    assert [epoch.lr for epoch in explorer.numbers["run"]] == [0.0, 0.3, 0.3, 0.8]


def test_back_and_forward_again_is_the_same() -> None:
    explorer = explore.training(small())
    explorer.set(epochs=3)
    after = explorer.svg
    run = explorer.numbers["run"]
    explorer.set(epochs=1)
    assert len(explorer.numbers["run"]) == 2
    explorer.set(epochs=3)
    assert explorer.svg == after
    assert all(one is other for one, other in zip(explorer.numbers["run"], run, strict=True)), "nothing trained twice"


def test_back_and_forward_at_another_rate_is_trained_anew() -> None:
    explorer = explore.training(small())
    explorer.set(lr=0.3, batch_size="128", epochs=3)
    explorer.set(epochs=1)
    explorer.set(lr=0.8, epochs=3)
    net = trained(small(), [0.3, 0.8, 0.8], 128)
    np.testing.assert_allclose(explorer.numbers["run"][-1].theta, net.theta, rtol=1e-9)
    explorer.set(epochs=1)
    explorer.set(batch_size="32", epochs=2)
    net = trained(small(), [0.3], 128)
    bplab.train(net, DATA.x, np.eye(10)[DATA.labels], lr=0.8, batch_size=32, rng=2)
    np.testing.assert_allclose(explorer.numbers["run"][-1].theta, net.theta, rtol=1e-9)


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
    run = [Epoch(net.theta, 0.0, 2.3, 0.1, 0.2, says, {})]
    values = {"lr": 0.5, "batch_size": "32", "epochs": 0, "run": run}
    values |= {"cost": 2.3, "accuracy": 0.1, "trained": 0.2, "says": says}
    svg = draw(values, net, DATA, [])
    words = [box.words for box in words_of(svg)]
    assert f"{says[3]}, is {DATA.labels_test[3]}" in words
    assert svg.count('stroke-dasharray="5 3"') == 1
    assert f"takes a {DATA.labels_test[3]} for a {says[3]}." in svg


def test_an_8_is_an_8() -> None:
    explorer = explore.training()
    assert "a 0 for" in explorer.alt
    assert "an 8 for" in explorer.alt
    assert "a 8" not in explorer.alt


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


def few(n: int = 9, n_test: int = 5) -> bplab.data.Digits:
    parts = DATA.x[:n], DATA.labels[:n], DATA.x_test[:n_test], DATA.labels_test[:n_test]
    return bplab.data.Digits(*(part.copy() for part in parts))


def test_digits_of_ones_own_are_trained_on_and_shown() -> None:
    x, labels, x_test, labels_test = few()
    explorer = explore.training(small(), [x.tolist(), labels.tolist(), x_test, labels_test.astype(float)])
    assert [explorer.state["batch_size"], *explorer.controls["batch_size"].options] == ["9", "8", "9"]
    explorer.set(lr=0.4, batch_size="8", epochs=2)
    net = small()
    for seed in (1, 2):
        bplab.train(net, x, np.eye(10)[labels], lr=0.4, batch_size=8, rng=seed)
    np.testing.assert_allclose(explorer.numbers["run"][-1].theta, net.theta, rtol=1e-9)
    assert explorer.numbers["says"] == net.forward(x_test).y_hat.argmax(axis=1).tolist()
    assert "of the 5 new digits" in explorer.alt
    assert "Of 5 shown" in explorer.alt
    assert "Training on handwritten digits" in explorer.svg


def test_a_single_digit_will_do() -> None:
    explorer = explore.training(small(), few(1, 1))
    explorer.set(epochs=4)
    assert "of the one new digit is right" in explorer.alt
    assert explorer.numbers["trained"] == 1
    assert explorer.numbers["says"] == [6]


def test_digits_of_ones_own_are_left_alone() -> None:
    data = few()
    explorer = explore.training(small(), data)
    explorer.set(epochs=1)
    after = explorer.numbers["cost"]
    data.x[:] = 0.5
    explorer.set(epochs=0)
    explorer.set(epochs=1)
    assert explorer.numbers["cost"] == after


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda d: d[:3], TypeError, "data is 3 values, expected four: x, labels, x_test, labels_test"),
        (lambda d: d.x, TypeError, "data is an ndarray, expected four"),
        (lambda d: d._replace(x=d.x[:, :63]), ValueError, r"x has shape \(9, 63\), expected \(n, 64\)"),
        (lambda d: d._replace(x_test=d.x_test[0]), ValueError, r"x_test has shape \(64,\), expected \(n, 64\)"),
        (lambda d: d._replace(x_test=d.x_test[:0]), ValueError, "x_test has no sample"),
        (lambda d: d._replace(x=d.x * np.nan), ValueError, r"x\[0, 0\] is nan"),
        (lambda d: d._replace(x_test=16 * d.x_test), ValueError, r"x_test holds \d+, expected pixels.*: divide by 16"),
        (lambda d: d._replace(x=d.x - 0.5), ValueError, "x holds -0.5, expected pixels from 0, paper, to 1, ink$"),
        (lambda d: d._replace(x=np.ones((5001, 64))), ValueError, "x has 5001 digits, at most 5000"),
        (lambda d: d._replace(labels=d.labels[:8]), ValueError, r"labels has shape \(8,\), expected \(9,\)"),
        (lambda d: d._replace(labels=np.eye(10)[d.labels]), ValueError, r"labels has shape \(9, 10\)"),
        (lambda d: d._replace(labels_test=d.labels_test + 7), ValueError, "labels_test holds 1[0-9], expected whole"),
        (lambda d: d._replace(labels=d.labels + 0.5), ValueError, r"labels holds 6\.5, expected whole"),
        (lambda d: d._replace(labels=["six"] * 9), TypeError, "labels has the type"),
    ],
)
def test_digits_that_do_not_fit_are_refused(change, error, words) -> None:
    with pytest.raises(error, match=words):
        explore.training(small(), change(few()))


def test_networks_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="expected one with 64 inputs, the pixels, and 10 outputs, the digits"):
        explore.training(bplab.Network([64, 10, 9]))
    with pytest.raises(ValueError, match="too large"):
        explore.training(bplab.Network([64, 300, 10]))
    with pytest.raises(TypeError, match="net is a list"):
        explore.training([64, 10])
