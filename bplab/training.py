"""Training: forward pass, cost, backward pass, update, again and again (notes 000 and 004)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bplab.arrays import Array, finite, generator, same_samples, samples, whole
from bplab.network import Gradients, Network, Trace

LearningRate = float | Callable[[int], float]


class Step(NamedTuple):
    """One update: its number and epoch, both from 1, and the cost of its batch before it."""

    number: int
    epoch: int
    cost: float


class History(NamedTuple):
    """What `train` saw: cost, one entry a step; theta, one row before the first step and one after each, or None."""

    cost: Array
    theta: Array | None


def sgd(
    net: Network,
    x: ArrayLike,
    y: ArrayLike,
    *,
    lr: LearningRate,
    batch_size: int | None = None,
    epochs: int = 1,
    rng: int | np.random.Generator = 0,
) -> Iterator[Step]:
    """Mini-batch gradient descent: shuffle, split into batches, one update a batch. Yields after each update.

    Parameters
    ----------
    net : Network
        Updated in place.
    x, y : arrays, shapes (n, n_in) and (n, n_out)
    lr : float or function
        The learning rate, or a function from the step's number (from 1) to it.
    batch_size : int, optional
        Samples in a batch; the last one of an epoch may be shorter. None: all of them, that is gradient descent.
    epochs : int
        How often every sample is seen.
    rng : int or numpy.random.Generator
        Draws a new order for each epoch.

    Raises
    ------
    TypeError, ValueError
        For data that do not fit the network, NaN, or a learning rate that is not finite; before the first step.

    Notes
    -----
    When the cost is no longer finite a RuntimeWarning says at which step, once.

    Examples
    --------
    >>> import bplab
    >>> net = bplab.line(a=0.0, b=0.0)
    >>> for step in sgd(net, [[1.0], [2.0]], [[3.0], [5.0]], lr=0.1, epochs=500): pass
    >>> step.number, round(net["w1_11"], 3), round(net["b1_1"], 3)
    (500, 2.0, 1.0)
    """
    x = samples("x", x, net.sizes[0], per="input")
    y = samples("y", y, net.sizes[-1], per="output")
    same_samples(x, y)
    n = len(x)
    size = n if batch_size is None else min(whole("batch_size", batch_size, least=1), n)
    return _steps(net, x, y, _rate(lr), size, whole("epochs", epochs, least=0), generator(rng))


def _rate(lr: LearningRate) -> Callable[[int], float]:
    if callable(lr):
        return lambda number: finite(f"lr({number})", lr(number))
    constant = finite("lr", lr)
    return lambda number: constant


def _steps(
    net: Network, x: Array, y: Array, rate: Callable[[int], float], size: int, epochs: int, rng: np.random.Generator
) -> Iterator[Step]:
    n, number, diverged = len(x), 0, False
    room: dict[int, tuple[Trace | None, Gradients | None]] = {}
    for epoch in range(1, epochs + 1):
        order = rng.permutation(n)
        for start in range(0, n, size):
            rows = order[start : start + size]
            x_batch, y_batch = x[rows], y[rows]
            number += 1
            lr = rate(number)
            trace, grads = room.get(len(rows), (None, None))
            with np.errstate(over="ignore", invalid="ignore"):  # a diverging cost has its own warning below
                trace = net.forward(x_batch, out=trace)
                cost = trace.cost(y_batch)
                grads = net.backward(trace, y_batch, out=grads)
                net.update(grads, lr)
            room[len(rows)] = trace, grads
            if not diverged and not math.isfinite(cost):
                diverged = True
                warnings.warn(f"the cost is {cost} at step {number}: take a smaller lr", RuntimeWarning, stacklevel=3)
            yield Step(number, epoch, cost)


def train(
    net: Network,
    x: ArrayLike,
    y: ArrayLike,
    *,
    lr: LearningRate,
    batch_size: int | None = None,
    epochs: int = 1,
    rng: int | np.random.Generator = 0,
    keep_theta: bool = False,
) -> History:
    """Run `sgd` through and keep what it saw; parameters and errors as there.

    With ``keep_theta`` the history's theta has the parameters before the first step and after each: (steps + 1, …).
    """
    steps = sgd(net, x, y, lr=lr, batch_size=batch_size, epochs=epochs, rng=rng)
    costs, thetas = [], [net.theta.copy()]
    for step in steps:
        costs.append(step.cost)
        if keep_theta:
            thetas.append(net.theta.copy())
    return History(np.array(costs), np.array(thetas) if keep_theta else None)
