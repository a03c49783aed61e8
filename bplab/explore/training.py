"""Training on handwritten digits, live: the cost, the accuracy on new digits, and some of their predictions."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bplab.arrays import Array, real_array, samples
from bplab.data import Digits, digits
from bplab.explore.base import Explorer, Numbers
from bplab.explore.controls import Choice, Slider, State
from bplab.explore.given import a_kind, given_network
from bplab.explore.player import Play
from bplab.network import Network
from bplab.pictures import theme
from bplab.pictures.axes import Axes
from bplab.pictures.digit import digit
from bplab.pictures.svg import counted, element, number, picture, text
from bplab.pictures.symbols import symbol
from bplab.training import sgd

EPOCHS = 40
LARGEST = (64, 256, 256, 256, 10)
MOST_DIGITS = 5000  # an epoch of them is soon over, so that the kernel stays free
BATCHES = (8, 16, 32, 128)
SHOWN, COLUMNS, SIZE = 12, 4, 64  # digits in the picture, side by side, and their size


def training(net: Network | None = None, data: Digits | Sequence[ArrayLike] | None = None) -> Explorer:
    """Explore training on handwritten digits: start, pause, change the learning rate while it runs, stop.

    Parameters
    ----------
    net : Network, optional
        With 64 inputs and 10 outputs, up to 64-256-256-256-10; without it a 64-32-10 network with a sigmoid hidden
        layer, softmax and cross-entropy. Your own network is not changed.
    data : bplab.data.Digits or four arrays, optional
        x of shape (n, 64), labels of shape (n,) from 0 to 9, and both again for new digits, which it never
        trains on.
        Without it `bplab.data.digits()`.

    Raises
    ------
    TypeError, ValueError
        If `net` is no such network or `data` no such digits.
    """
    net = Network([64, 32, 10], ["sigmoid", "softmax"], "cross_entropy") if net is None else net
    net = given_network(net, LARGEST)
    if (net.sizes[0], net.sizes[-1]) != (64, 10):
        shape = "-".join(map(str, net.sizes))
        raise ValueError(f"net is {shape}, expected one with 64 inputs, the pixels, and 10 outputs, the digits")
    data = digits() if data is None else given_digits(data)
    run = [untrained(net, data)]
    pictures = [digit(pixels, *_place(n), SIZE) for n, pixels in enumerate(data.x_test[:SHOWN])]
    n = len(data.x)
    sizes = [*(size for size in BATCHES if size < n), n]
    return Explorer(
        "training",
        [
            Slider("lr", 0.5, 0.001, 10.0, "rate η", step=0.01, log=True),
            Choice(
                "batch_size",
                str(min(32, n)),
                tuple(map(str, sizes)),
                (*map(str, sizes[:-1]), f"{n} (all)"),
                "batch size",
            ),
            Slider("epochs", 0, 0, EPOCHS, "epochs", step=1),
        ],
        numbers=lambda state: numbers(state, follow(run, state, net, data)),
        picture=lambda values: draw(values, net, data, pictures),
        alt=lambda values: describe(values, net, data),
        plays=Play("epochs", 0.15, "▶ start", "▶ training", stop="■ stop"),
        watched=("the share of new digits that are right", "accuracy"),
    )


def given_digits(data: Digits | Sequence[ArrayLike]) -> Digits:
    """The user's digits as arrays.

    Raises
    ------
    TypeError, ValueError
        If they are not two pairs of pixels and labels that fit each other.
    """
    if not isinstance(data, (tuple, list)) or len(data) != 4:
        what = f"{len(data)} values" if isinstance(data, (tuple, list)) else a_kind(data)
        raise TypeError(f"data is {what}, expected four: x, labels, x_test, labels_test, as bplab.data.digits() gives")
    train, test = _labelled("", *data[:2]), _labelled("_test", *data[2:])
    return Digits(*train, *test)


def _labelled(which: str, pixels: ArrayLike, labels: ArrayLike) -> tuple[Array, NDArray[np.int64]]:
    """Pixels (n, 64) and labels (n,), called x and labels with `which` behind."""
    x = samples(f"x{which}", pixels, 64, "pixel").copy()
    if len(x) > MOST_DIGITS:
        raise ValueError(f"x{which} has {len(x)} digits, at most {MOST_DIGITS} can be followed live: give fewer")
    if (odd := x[(x < 0) | (x > 1)]).size:
        advice = ": divide by 16, as scikit-learn's pixels go up to 16" if x.min() >= 0 and x.max() <= 16 else ""
        raise ValueError(f"x{which} holds {odd[0]:g}, expected pixels from 0, paper, to 1, ink{advice}")
    numbers = real_array(f"labels{which}", labels)
    if numbers.shape != (len(x),):
        raise ValueError(f"labels{which} has shape {numbers.shape}, expected ({len(x)},): one for each row of x{which}")
    if (odd := numbers[~np.isin(numbers, np.arange(10))]).size:
        raise ValueError(f"labels{which} holds {odd[0]:g}, expected whole numbers from 0 to 9")
    return x, numbers.astype(np.int64)


class Epoch(NamedTuple):
    """After an epoch: all parameters, the learning rate that led there, the cost of the training digits.

    `accuracy` is the share of new digits that are right, `trained` that of the training digits, and `says` what
    the network takes the first of them for. `then` keeps the epoch that came next under its rate and batch
    size, so that a slider on its way back and forth trains nothing twice.
    """

    theta: Array
    lr: float
    cost: float
    accuracy: float
    trained: float
    says: list[int]
    then: dict[tuple[float, int], Epoch]


def untrained(net: Network, data: Digits) -> Epoch:
    """Before the first epoch."""
    return _seen(net, data, 0.0)


def _seen(net: Network, data: Digits, lr: float) -> Epoch:
    with np.errstate(over="ignore", invalid="ignore"):
        trace = net.forward(data.x)
        cost = trace.cost(np.eye(10)[data.labels])
        says = net.forward(data.x_test).y_hat.argmax(axis=1)
    accuracy = float(np.mean(says == data.labels_test))
    trained = float(np.mean(trace.y_hat.argmax(axis=1) == data.labels))
    return Epoch(net.theta.copy(), lr, cost, accuracy, trained, says[:SHOWN].tolist(), {})


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
    """Bring the run to the state's number of epochs: go on at the state's rate, or take back the last ones."""
    epochs, how = int(state["epochs"]), (float(state["lr"]), int(state["batch_size"]))
    del run[epochs + 1 :]
    while len(run) <= epochs:
        then = run[-1].then
        if how not in then:
            then.clear()  # one way on from each epoch is enough to keep
            then[how] = next_epoch(run[-1], *how, len(run), net, data)
        run.append(then[how])
    return list(run)


def numbers(state: State, run: list[Epoch]) -> Numbers:
    """The state, the run so far, and what its last epoch has reached."""
    last = run[-1]
    return {**state, "run": run, **{name: getattr(last, name) for name in ("cost", "accuracy", "trained", "says")}}


def _reached(values: Numbers, data: Digits) -> str:
    if not math.isfinite(values["cost"]):
        return "It has diverged: the cost is no number. Stop, and take a smaller rate"
    epochs, n = values["epochs"], len(data.x_test)
    new = f"of the {n} new digits are right" if n > 1 else "of the one new digit is right"
    when = "Untrained" if epochs == 0 else f"After {counted(epochs, 'epoch')}"
    return f"{when}: cost {number(values['cost'])}, {values['accuracy']:.1%} {new}"


def describe(values: Numbers, net: Network, data: Digits) -> str:
    """The picture in words."""
    pairs = zip(values["says"], data.labels_test.tolist())
    taken = [f"{_a(label)} for {_a(says)}" for says, label in pairs if says != label]
    wrong = f"it takes {', '.join(taken)}" if taken else "all are right"
    reached = f"{_reached(values, data)}, and {values['trained']:.1%} of the training digits"
    return f"A {'-'.join(map(str, net.sizes))} network and digits. {reached}. Of {len(values['says'])} shown, {wrong}."


def _a(digit: int) -> str:
    return f"{'an' if digit == 8 else 'a'} {digit}"


def draw(values: Numbers, net: Network, data: Digits, pictures: list[str]) -> str:
    """Cost and accuracy over the epochs on the left, new digits and what the network says on the right."""
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
    below = Axes(60, 286, 330, 114, (0, EPOCHS), (0, 1.02))
    parts = [above.frame([], ["cost ", symbol("C")]), below.frame(["epoch"], ["accuracy"])]
    known = run[: len(costs)]
    parts.append(below.curve(epochs, [epoch.trained for epoch in known], theme.PLUS, 2, "6 4"))
    parts.append(text(390, 277, "dashed: of the training digits", size=13, anchor="end", fill=theme.PLUS))
    for axes, heights in ((above, costs), (below, [epoch.accuracy for epoch in known])):
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
