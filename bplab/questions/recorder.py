"""The functions of `known.ASKED`, answered by whoever judges: each call is checked, answered, and kept.

How a student trains is judged by these calls: by the batches that were visited and the weights at each of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from bplab.questions.answers import Array, compare, kind
from bplab.questions.cases import Layers
from bplab.questions.catalogue import reference

# More than any exercise needs, and no burden to whoever computes and keeps it, whatever the caller sends: so many
# calls, so many numbers in any array of one, given or computed, and so many in all of them.
CALLS_LIMIT = 300
ARRAY_LIMIT = 1 << 16
NUMBERS_LIMIT = 1 << 20


class Call(NamedTuple):
    """What one call was given, as copies, and what it was answered."""

    x: Array
    y: Array
    W: Layers
    b: Layers
    dW: Layers
    db: Layers

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        layers = (self.W, self.b, self.dW, self.db)
        return int(self.x.size + self.y.size + sum(array.size for layer in layers for array in layer.values()))


class Recorder:
    """One function of a case, to be called by the student's: ``calls`` holds what has come so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.calls: list[Call] = []
        self.numbers = 0

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Answer a call.

        Raises
        ------
        ValueError
            If the arguments do not fit each other or are far too many numbers, or there have been too many calls.
        TypeError
            If the call has other arguments than the function.
        """
        if len(self.calls) >= CALLS_LIMIT or self.numbers > NUMBERS_LIMIT:
            raise ValueError(f"{self.name} has been called {len(self.calls)} times: far more often than was asked for")
        call = ANSWERS[self.name](*arguments, **named)
        self.numbers += call.size
        self.calls.append(call)
        return ({k: v.copy() for k, v in call.dW.items()}, {k: v.copy() for k, v in call.db.items()})


def gradients(x_batch: Any, y_batch: Any, W: Any, b: Any) -> Call:
    """The gradients of the network of exercise 04: one hidden sigmoid layer, linear output."""
    x = _array("x_batch", x_batch, "samples", "inputs")
    y = _array("y_batch", y_batch, len(x), "outputs")
    for name, layers in (("W", W), ("b", b)):
        if not isinstance(layers, dict) or layers.keys() != {1, 2}:
            raise ValueError(f"{name} is not a dictionary with the keys 1 and 2")
    W1 = _array("W[1]", W[1], x.shape[1], "hidden units")
    W2 = _array("W[2]", W[2], W1.shape[1], y.shape[1])
    if len(x) * len(W2) > ARRAY_LIMIT:
        raise ValueError(f"{len(x)} samples and {len(W2)} hidden units are far more than was asked for")
    weights, biases = {1: W1, 2: W2}, {k: _array(f"b[{k}]", b[k], w.shape[1]) for k, w in ((1, W1), (2, W2))}
    with np.errstate(all="ignore"):
        return Call(x, y, weights, biases, *reference("gradients")(x, y, weights, biases))


def _array(name: str, value: Any, *shape: int | str) -> Array:
    """A copy of an array of finite numbers, if it has this shape; a word stands for any size."""
    wanted = f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
    if not isinstance(value, np.ndarray):
        raise ValueError(f"{name} is {kind(value)}, expected an array of shape {wanted}")
    fits = len(value.shape) == len(shape) and all(w in (v, str(w)) for v, w in zip(value.shape, shape))
    if not fits or 0 in value.shape:
        raise ValueError(f"{name} has shape {value.shape}, expected {wanted}")
    if value.size > ARRAY_LIMIT:
        raise ValueError(f"{name} has shape {value.shape}: far more than was asked for")
    if problem := next(compare(value, np.zeros(value.shape))).problem:
        raise ValueError(f"{name} {problem}")
    return np.array(value, dtype=float)


ANSWERS: dict[str, Callable[..., Call]] = {"gradients": gradients}
