"""The parameters: one flat vector theta, with views W[k] and b[k] into it and single entries by the notes' names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from numpy.typing import ArrayLike

from bplab.arrays import Array, finite, real_array, refuse_nan

NAME = re.compile(r"([wb])([1-9]\d*)_([1-9]\d*)(?:_([1-9]\d*))?")


class Layers(Mapping[int, Array]):
    """Arrays keyed by layer number 1 … L. Writing checks the shape and copies, so that the views stay views."""

    def __init__(self, name: str, views: dict[int, Array]) -> None:
        self._name, self._views = name, views

    def __getitem__(self, k: int) -> Array:
        try:
            return self._views[k]
        except (KeyError, TypeError):
            known = f"keys are the layer numbers 1 … {len(self)}" if self._views else "the network has no biases"
            raise KeyError(f"{self._name}[{k!r}] does not exist: {known}") from None

    def __setitem__(self, k: int, value: ArrayLike) -> None:
        view, name = self[k], f"{self._name}[{k}]"
        array = real_array(name, value)
        if array.shape != view.shape:
            meaning = "(n_in, n_out)" if view.ndim == 2 else "(n_out,)"
            raise ValueError(f"{name} has shape {array.shape}, expected {view.shape}: {meaning}")
        refuse_nan(name, array)
        view[...] = array

    def __iter__(self) -> Iterator[int]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)

    def __repr__(self) -> str:
        return repr(self._views)


class Parameters:
    """A flat vector `theta` with the views W[k] (n_in, n_out), b[k] (n_out,) and single entries by name.

    The base of Network (the parameters) and of Gradients (a number for each of them, in the same order).
    """

    def __init__(self, sizes: tuple[int, ...], bias: bool, theta: Array) -> None:
        self._sizes, self._bias, self._theta = sizes, bias, theta
        W, b, start = {}, {}, 0
        for k, (n_in, n_out) in enumerate(pairwise(sizes), start=1):
            W[k] = theta[start : start + n_in * n_out].reshape(n_in, n_out)
            start += n_in * n_out
            if bias:
                b[k] = theta[start : start + n_out]
                start += n_out
        self._W, self._b = W, b
        self._layers = Layers("W", W), Layers("b", b)

    @property
    def theta(self) -> Array:
        """Every entry in one vector: W[1] row by row, b[1], W[2], b[2], … Assigning copies into it."""
        return self._theta

    @theta.setter
    def theta(self, value: ArrayLike) -> None:
        array = real_array("theta", value)
        if array.shape != self._theta.shape:
            raise ValueError(f"theta has shape {array.shape}, expected {self._theta.shape}: one entry a parameter")
        refuse_nan("theta", array)
        self._theta[...] = array

    @property
    def W(self) -> Layers:
        """The weights, keyed by layer number: W[k][i−1, j−1] is w^k_ij, from unit i to unit j."""
        return self._layers[0]

    @property
    def b(self) -> Layers:
        """The biases, keyed by layer number; empty in a network without biases."""
        return self._layers[1]

    @property
    def names(self) -> list[str]:
        """The notes' names of all entries, in theta's order: w1_11, w1_12, …, b1_1, …"""
        names = []
        for k, W in self._W.items():
            n_in, n_out = W.shape
            gap = "_" if max(W.shape) > 9 else ""
            names += [f"w{k}_{i}{gap}{j}" for i in range(1, n_in + 1) for j in range(1, n_out + 1)]
            names += [f"b{k}_{j}" for j in range(1, n_out + 1) if self._bias]
        return names

    def locate(self, name: str) -> tuple[int, int | None, int]:
        """(k, i, j) of the weight `name`, (k, None, j) of a bias; all counted from 1.

        Raises
        ------
        KeyError
            If there is no parameter of that name.
        """
        match = NAME.fullmatch(name) if isinstance(name, str) else None
        if match is not None and (found := self._place(*match.groups())) is not None:
            return found
        names, where = self.names, f"a {'-'.join(map(str, self._sizes))} network"
        if match is not None and int(match[2]) in self._W:
            names = [known for known in names if known[1:].startswith(f"{match[2]}_")]
            where = f"layer {match[2]} of {where}"
        raise KeyError(f"no parameter {name!r} in {where}: its names go from {names[0]} to {names[-1]}")

    def _place(self, letter: str, layer: str, first: str, second: str | None) -> tuple[int, int | None, int] | None:
        k = int(layer)
        if k not in self._W or (letter == "b" and (second is not None or not self._bias)):
            return None
        n_in, n_out = self._W[k].shape
        if letter == "b":
            return (k, None, int(first)) if int(first) <= n_out else None
        if (max(n_in, n_out) > 9) != (second is not None):
            return None
        if second is None:
            if len(first) != 2 or first.endswith("0"):
                return None
            first, second = first[0], first[1]
        i, j = int(first), int(second)
        return (k, i, j) if i <= n_in and j <= n_out else None

    def __getitem__(self, name: str) -> float:
        k, i, j = self.locate(name)
        return float(self._b[k][j - 1] if i is None else self._W[k][i - 1, j - 1])

    def __setitem__(self, name: str, value: float) -> None:
        k, i, j = self.locate(name)
        number = finite(name, value)
        if i is None:
            self._b[k][j - 1] = number
        else:
            self._W[k][i - 1, j - 1] = number
