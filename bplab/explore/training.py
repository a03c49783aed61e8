"""Training on handwritten digits, live: the cost, the accuracy on held-back digits, and some of their predictions."""

from __future__ import annotations

import math
import warnings
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from bplab.arrays import Array
from bplab.data import Digits, digits
from bplab.explore.base import Explorer, Numbers
from bplab.explore.controls import Choice, Slider, State
from bplab.explore.given import given_network
from bplab.explore.player import Play
from bplab.network import Network
from bplab.pictures import theme
from bplab.pictures.axes import Axes
from bplab.pictures.digit import digit
from bplab.pictures.svg import element, number, picture, text
from bplab.pictures.symbols import symbol
from bplab.training import sgd

EPOCHS = 40
LARGEST = (64, 256, 256, 256, 10)
BATCHES = ("8", "32", "128", "1437")
SHOWN, COLUMNS, SIZE = 12, 4, 64  # digits in the picture, side by side, and their size


def training(net: Network | None = None) -> Explorer:
    """Explore training on handwritten digits: start, pause, change the learning rate while it runs, stop.

    Parameters
    ----------
    net : Network, optional
        With 64 inputs and 10 outputs, up to 64-256-256-256-10; without it a 64-32-10 network with a sigmoid hidden
        layer, softmax and cross-entropy. Your own network is not changed.

    Raises
    ------
    TypeError, ValueError
        If `net` is no such network.
    """
    net = Network([64, 32, 10], ["sigmoid", "softmax"], "cross_entropy") if net is None else net
    net = given_network(net, LARGEST)
    if (net.sizes[0], net.sizes[-1]) != (64, 10):
        raise ValueError(f"net is {net}, expected one with 64 inputs, the pixels, and 10 outputs, the digits")
    data = digits()
    run = [untrained(net, data)]
    pictures = [digit(data.x_test[n], *_place(n), SIZE) for n in range(SHOWN)]
    return Explorer(
        "training",
        [
            Slider("lr", 0.5, 0.001, 10.0, "rate η", step=0.01, log=True),
            Choice("batch_size", "32", BATCHES, (*BATCHES[:-1], "1437 (all)"), "batch size"),
            Slider("epochs", 0, 0, EPOCHS, "epochs", step=1),
        ],
        numbers=lambda state: numbers(state, follow(run, state, net, data)),
        picture=lambda values: draw(values, net, data, pictures),
        alt=lambda values: describe(values, net, data),
        plays=Play("epochs", 0.15, "▶ start", "❚❚ pause", "■ stop"),
        watched=("the share of held-back digits that are right", "accuracy"),
    )


class Epoch(NamedTuple):
    """After an epoch: all parameters, the learning rate that led there, the cost of the training digits.

    Of the held-back digits `accuracy` is the share that are right, `says` what the network takes the first for.
    """

    theta: Array
    lr: float
    cost: float
    accuracy: float
    says: list[int]


def untrained(net: Network, data: Digits) -> Epoch:
    """Before the first epoch."""
    return _seen(net, data, 0.0)


def _seen(net: Network, data: Digits, lr: float) -> Epoch:
    with np.errstate(over="ignore", invalid="ignore"):
        cost = net.forward(data.x).cost(np.eye(10)[data.labels])
        says = net.forward(data.x_test).y_hat.argmax(axis=1)
    accuracy = float(np.mean(says == data.labels_test))
    return Epoch(net.theta.copy(), lr, cost, accuracy, says[:SHOWN].tolist())


def next_epoch(before: Epoch, lr: float, batch_size: int, seed: int, net: Network, data: Digits) -> Epoch:
    """One epoch more; once a parameter is no number, nothing moves."""
    if not np.isfinite(before.theta).all():
        return before
    net.theta = before.theta
    with warnings.catch_warnings(action="ignore", category=RuntimeWarning):
        for _ in sgd(net, data.x, np.eye(10)[data.labels], lr=lr, batch_size=batch_size, rng=seed):
            pass
    return _seen(net, data, lr)


def follow(run: list[Epoch], state: State, net: Network, data: Digits) -> list[Epoch]:
    """Bring the run to the state's number of epochs: go on at the state's rate, or forget the last ones."""
    epochs = int(state["epochs"])
    del run[epochs + 1 :]
    while len(run) <= epochs:
        run.append(next_epoch(run[-1], float(state["lr"]), int(state["batch_size"]), len(run), net, data))
    return list(run)


def numbers(state: State, run: list[Epoch]) -> Numbers:
    """The state, the run so far, and what its last epoch has reached."""
    last = run[-1]
    return {**state, "run": run, "cost": last.cost, "accuracy": last.accuracy, "says": last.says}


def _reached(values: Numbers, data: Digits) -> str:
    if not math.isfinite(values["cost"]):
        return "It has diverged: the cost is no number. Stop, and take a smaller rate"
    epochs, n = values["epochs"], len(data.x_test)
    when = "Untrained" if epochs == 0 else f"After {epochs} epoch{'' if epochs == 1 else 's'}"
    return f"{when}: cost {number(values['cost'])}, {values['accuracy']:.1%} of the {n} held-back digits are right"


def describe(values: Numbers, net: Network, data: Digits) -> str:
    """The picture in words."""
    taken = [
        f"a {label} for a {says}" for says, label in zip(values["says"], data.labels_test.tolist()) if says != label
    ]
    wrong = f"it takes {', '.join(taken)}" if taken else "all are right"
    return f"A {'-'.join(map(str, net.sizes))} network and digits. {_reached(values, data)}. Of {SHOWN} shown, {wrong}."


def draw(values: Numbers, net: Network, data: Digits, pictures: list[str]) -> str:
    """Cost and accuracy over the epochs on the left, held-back digits and what the network says on the right."""
    shape = f"{'-'.join(map(str, net.sizes))}, rate {number(values['lr'])}, batch size {values['batch_size']}"
    parts = [
        text(24, 32, _reached(values, data) + ".", size=16, anchor="start"),
        text(24, 56, shape, size=14, anchor="start", fill=theme.MUTED),
        *_curves(values["run"]),
        *_digits(values["says"], data, pictures),
    ]
    return picture(780, 458, "Training on handwritten digits", describe(values, net, data), parts)


def _curves(run: list[Epoch]) -> list[str]:
    """The cost above, cut off far above its start, and the accuracy; dashed lines where the rate was changed."""
    costs = [epoch.cost for epoch in run if math.isfinite(epoch.cost)]
    epochs = [float(epoch) for epoch in range(len(costs))]
    above = Axes(60, 100, 330, 136, (0, EPOCHS), (0, 1.3 * run[0].cost))
    below = Axes(60, 280, 330, 120, (0, EPOCHS), (0, 1.02))
    parts = [above.frame([], ["cost ", symbol("C")]), below.frame(["epoch"], ["accuracy"])]
    for axes, heights in ((above, costs), (below, [epoch.accuracy for epoch in run[: len(costs)]])):
        for at, (before, after) in enumerate(pairwise(run[1:]), start=1):
            if before.lr != after.lr:
                parts.append(axes.curve([at, at], [*axes.y], theme.MUTED, 1.2, "3 3"))
        parts.append(axes.curve(epochs, heights, theme.MINUS) + axes.point(epochs[-1], heights[-1], theme.MINUS, 5))
    return parts


def _digits(says: list[int], data: Digits, pictures: list[str]) -> list[str]:
    """Held-back digits, below each what the network says; a wrong one has a dashed frame and its label."""
    parts = list(pictures)
    for n, (guess, label) in enumerate(zip(says, data.labels_test.tolist())):
        x, y = _place(n)
        right = guess == label
        words = str(guess) if right else f"{guess}, is {label}"
        parts.append(text(x + SIZE / 2, y + SIZE + 20, words, size=14, fill=theme.PLUS if right else theme.MINUS))
        if not right:
            parts.append(
                element("rect", x=x - 3, y=y - 3, width=SIZE + 6, height=SIZE + 6, rx=4, fill="none",
                        stroke=theme.MINUS, stroke_width=2, stroke_dasharray="5 3")
            )  # fmt: skip
    return parts


def _place(n: int) -> tuple[float, float]:
    return 436 + 84 * (n % COLUMNS), 96 + 118 * (n // COLUMNS)
