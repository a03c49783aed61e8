"""Central differences, and what goes wrong in them: the catalogue's `num_grad`.

>>> float(num_grad(lambda w: w[0] ** 3, np.array([2.0]), 0.5)[0])
12.25
>>> float(num_grad(lambda w: w[0] ** 3, np.array([2.0]), 0.5, "forward")[0])
15.25
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Function = Callable[[NDArray[Any]], float]
Slope = Callable[[float, float, float, float], float]


def central(up: float, here: float, down: float, eps: float) -> float:
    return (up - down) / (2 * eps)


def forward(up: float, here: float, down: float, eps: float) -> float:
    return (up - here) / eps


SLOPES: dict[str, Slope] = {
    "forward": forward,
    "unrestored": forward,
    "unrestored-in-w": forward,
    "backward": lambda up, here, down, eps: (here - down) / eps,
    "no-half": lambda up, here, down, eps: (up - down) / eps,
    "half-forward": lambda up, here, down, eps: (up - here) / (2 * eps),
    "no-eps": lambda up, here, down, eps: (up - down) / 2,
    "times": lambda up, here, down, eps: (up - down) * 2 * eps,
    "half-times": lambda up, here, down, eps: (up - down) / 2 * eps,
    "plus": lambda up, here, down, eps: (up + down) / (2 * eps),
    "minus": lambda up, here, down, eps: (down - up) / (2 * eps),
}
STEPS = {"hard-eps": 1.0, "tiny-eps": 1e-15}
IN_W = {"alias", "in-w", "moved-back", "unrestored-in-w"}
LEFT_BELOW = {"alias", "drift", "unrestored", "unrestored-in-w"}


def num_grad(f: Function, w: NDArray[Any], eps: float, mode: str = "") -> NDArray[Any]:
    """The slope of f in each entry of w; `mode` names a mistake, as `about` in ``misconceptions.json`` says."""
    eps, slope = STEPS.get(mode, eps), SLOPES.get(mode, central)
    v = w if mode in IN_W else w.astype(float)
    if mode == "all-at-once":
        return np.full(w.shape, central(f(v + eps), f(v), f(v - eps), eps))
    g = np.zeros(w.shape, dtype=w.dtype if mode == "int" else float)
    for i in np.ndindex(w.shape):
        here, old = f(v), v[i]
        v[i] = old + eps
        up = f(v)
        v[i] = old - eps
        g[i] = slope(up, here, f(v), eps)
        if mode not in LEFT_BELOW:
            v[i] = v[i] + eps if mode == "moved-back" else old
    if mode == "first-row":
        np.atleast_2d(g)[1:] = 0
    return g.ravel() if mode == "flat" else g
