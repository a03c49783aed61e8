"""Numbers to try a function with: random, of both signs, none near 0 or 1, no two sizes alike but once.

With one sample, square layers or errors of one sign many wrong gradients pass.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Layers = dict[int, Array]

# (samples, (inputs, hidden units, outputs)): all different, all square, all different again.
SHAPES = ((5, (2, 4, 3)), (7, (3, 3, 3)), (6, (4, 3, 5)))


def draw(rng: np.random.Generator, *shape: int, low: float = 0.2, high: float = 0.9) -> Array:
    """Numbers between `low` and `high`, half of them (to one) negative."""
    signs = np.resize([1.0, -1.0], int(np.prod(shape)))
    return rng.permutation(signs).reshape(shape) * rng.uniform(low, high, size=shape)


def weights(rng: np.random.Generator, sizes: tuple[int, ...]) -> tuple[Layers, Layers]:
    """`W` and `b` of a network with these sizes, keyed by layer number."""
    W = {k: draw(rng, sizes[k - 1], sizes[k]) for k in range(1, len(sizes))}
    b = {k: draw(rng, sizes[k]) for k in range(1, len(sizes))}
    return W, b
