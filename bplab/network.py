"""The network: forward pass, cost, backward pass, update.

In the notation of the course: z^k = a^(k−1) W^k + b^k, a^k = f(z^k), a^0 = x, ŷ = a^L. Arrays hold one row a sample.
Every parameter lives in one flat vector theta; W[k] and b[k] are views into it, so that an update is one line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from bplab.activations import ACTIVATIONS
from bplab.arrays import Array, finite, generator, real_array, refuse_nan, same_samples, samples, whole
from bplab.losses import LOSSES

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
        names, shape = self.names, "-".join(map(str, self._sizes))
        raise KeyError(f"no parameter {name!r} in a {shape} network: its names go from {names[0]} to {names[-1]}")

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


class Trace:
    """What a forward pass has computed: z[k] and a[k], each (n, n_k); a[0] is x, y_hat is a[L].

    A linear layer's a[k] is z[k] itself.
    """

    def __init__(self, net: Network, x: Array) -> None:
        self._loss, self._sizes = net._loss, net.sizes
        self.z: dict[int, Array] = {}
        self.a: dict[int, Array] = {0: x}
        for k, name in enumerate(net.activations, start=1):
            self.z[k] = np.empty((len(x), net.sizes[k]))
            self.a[k] = self.z[k] if name == "linear" else np.empty_like(self.z[k])

    @property
    def y_hat(self) -> Array:
        """The prediction, shape (n, n_out)."""
        return self.a[len(self.z)]

    def cost(self, y: ArrayLike) -> float:
        """The cost C, with y of shape (n, n_out).

        Raises
        ------
        TypeError, ValueError
            If y is not as many rows of finite numbers as the trace has samples.
        """
        L = len(self.z)
        y = self._targets(y)
        cost = self._loss.cost(self.z[L], self.a[L], y)
        if not math.isfinite(cost):
            refuse_nan("y", y)
        return cost

    def _targets(self, y: ArrayLike) -> Array:
        """`y` as an array of the output's shape; NaN is not looked for, as this runs in every training step."""
        y = real_array("y", y)
        if y.shape != self.y_hat.shape:
            y = samples("y", y, self._sizes[-1], per="output")
            same_samples(self.a[0], y)
        return y

    def __repr__(self) -> str:
        return f"Trace of {len(self.a[0])} samples through a {'-'.join(map(str, self._sizes))} network"


class Gradients(Parameters):
    """∂C/∂p for every parameter p: theta, W[k], b[k] and names as in the Network; delta[k] = ∂C/∂z^k, (n, n_k)."""

    def __init__(self, net: Network, n: int) -> None:
        super().__init__(net.sizes, net.bias, np.empty_like(net.theta))
        self.delta = {k: np.empty((n, n_k)) for k, n_k in enumerate(net.sizes[1:], start=1)} if n else {}
        self._slope = {k: np.empty_like(d) for k, d in self.delta.items()}
        self._step = np.empty_like(self._theta)

    def __repr__(self) -> str:
        return f"Gradients of {len(self._theta)} parameters, the largest {np.abs(self._theta).max():.3g}"


class Network(Parameters):
    """A fully connected network.

    Parameters
    ----------
    sizes : sequence of int
        Units in each layer, the input first: [2, 3, 1].
    activations : str or sequence of str
        One name for all layers or one for each: sigmoid, tanh, relu, linear, softmax (softmax as the output only).
    loss : str
        squared_error, the mean over the samples of the sum over the outputs of (ŷ − y)²; half_squared_error, half of
        it; mean_squared_error, the mean over all entries; cross_entropy (softmax output); binary_cross_entropy
        (sigmoid output).
    rng : int or numpy.random.Generator
        Weights are drawn from a normal distribution with standard deviation 1/√n_in, row by row; biases are 0.
    bias : bool
        False: no biases (note 003 has none); `b` is empty.

    Raises
    ------
    TypeError, ValueError
        For sizes that are no positive whole numbers, an unknown name, the wrong number of activations, a loss that
        does not fit the output.

    Examples
    --------
    >>> net = Network([2, 3, 1], activations=["sigmoid", "linear"], rng=0)
    >>> net.W[1].shape, net.b[1].shape, len(net.theta)
    ((2, 3), (3,), 13)
    >>> net["w1_12"] = 0.5
    >>> float(net.W[1][0, 1])
    0.5
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activations: str | Sequence[str] = "sigmoid",
        loss: str = "squared_error",
        *,
        rng: int | np.random.Generator = 0,
        bias: bool = True,
    ) -> None:
        if not isinstance(sizes, Sequence | np.ndarray) or isinstance(sizes, str):
            raise TypeError(f"sizes is {sizes!r}, expected a list of layer sizes such as [2, 3, 1]")
        sizes = tuple(whole(f"sizes[{k}]", n, least=1) for k, n in enumerate(sizes))
        if len(sizes) < 2:
            raise ValueError(f"sizes is {list(sizes)}, expected the input and at least one layer, such as [2, 3, 1]")
        total = sum((n_in + bool(bias)) * n_out for n_in, n_out in pairwise(sizes))
        super().__init__(sizes, bool(bias), np.zeros(total))
        self._set_functions(activations, loss)
        rng = generator(rng)
        for W in self._W.values():
            W[...] = rng.normal(size=W.shape) / math.sqrt(len(W))

    def _set_functions(self, activations: str | Sequence[str], loss: str) -> None:
        names = (activations,) * self.depth if isinstance(activations, str) else tuple(activations)
        if len(names) != self.depth:
            raise ValueError(f"activations has {len(names)} names, expected one or {self.depth}: one for each layer")
        for name in names:
            if name not in ACTIVATIONS:
                raise ValueError(f"unknown activation {name!r}: choose from {', '.join(ACTIVATIONS)}")
        if "softmax" in names[:-1]:
            raise ValueError("softmax is only possible in the last layer: choose another activation for the others")
        if loss not in LOSSES:
            raise ValueError(f"unknown loss {loss!r}: choose from {', '.join(LOSSES)}")
        needed = LOSSES[loss].output
        if needed is not None and names[-1] != needed:
            raise ValueError(f"loss {loss!r} needs a {needed} output, not {names[-1]}: set the last activation to it")
        self._activations, self._loss_name, self._loss = names, loss, LOSSES[loss]
        self._f = {k: ACTIVATIONS[name] for k, name in enumerate(names, start=1)}

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units in each layer, the input first."""
        return self._sizes

    @property
    def depth(self) -> int:
        """L, the number of layers; the input does not count."""
        return len(self._sizes) - 1

    @property
    def activations(self) -> tuple[str, ...]:
        """The name of each layer's activation."""
        return self._activations

    @property
    def loss(self) -> str:
        """The name of the loss."""
        return self._loss_name

    @property
    def bias(self) -> bool:
        """Whether there are biases."""
        return self._bias

    def forward(self, x: ArrayLike, out: Trace | None = None) -> Trace:
        """The forward pass for x of shape (n, n_in).

        With `out` (a Trace of this network and of n samples) nothing is allocated, and of x only the shape is checked.

        Raises
        ------
        TypeError, ValueError
            If x is not (n, n_in) finite real numbers, or `out` does not fit.
        """
        if out is None:
            x = samples("x", x, self._sizes[0], per="input")
            trace = Trace(self, x)
        else:
            x, trace = real_array("x", x), out
            self._check_room(trace, x)
        z, a = trace.z, trace.a
        a[0] = x
        for k, W in self._W.items():
            np.matmul(a[k - 1], W, out=z[k])
            if self._bias:
                z[k] += self._b[k]
            self._f[k].f(z[k], out=a[k])
        return trace

    def _check_room(self, trace: Trace, x: Array) -> None:
        if x.shape != trace.a[0].shape or trace._sizes != self._sizes:
            if x.ndim != 2 or x.shape[1] != self._sizes[0]:
                samples("x", x, self._sizes[0], per="input")
            raise ValueError(f"out is a {trace}, expected one of {len(x)} samples: make it with net.forward(x)")

    def cost(self, x: ArrayLike, y: ArrayLike) -> float:
        """The cost C for x (n, n_in) and y (n, n_out); a mean over the samples. Raises as forward and Trace.cost do."""
        return self.forward(x).cost(y)

    def backward(self, trace: Trace, y: ArrayLike, out: Gradients | None = None) -> Gradients:
        """The backward pass: ∂C/∂p for every parameter p, from the last layer to the first (note 003).

        Parameters
        ----------
        trace : Trace
            From `forward`.
        y : array, shape (n, n_out)
        out : Gradients, optional
            Written into and returned, if given; of this network and as many samples.

        Raises
        ------
        TypeError, ValueError
            If y or `out` does not fit the trace.
        """
        if trace._sizes != self._sizes:
            raise ValueError(f"trace is a {trace}, expected one of this network: make it with net.forward(x)")
        y = trace._targets(y)
        grads = Gradients(self, len(y)) if out is None else out
        L, W, z, a = len(self._W), self._W, trace.z, trace.a
        dW, db, delta = grads._W, grads._b, grads.delta
        if out is not None and (grads._sizes != self._sizes or delta[L].shape != y.shape):
            raise ValueError(f"out does not fit {len(y)} samples of this network: make it with net.backward(trace, y)")
        for k in range(L, 0, -1):
            if k == L:
                self._loss.gradient(a[L], y, delta[L])
            else:
                np.matmul(delta[k + 1], W[k + 1].T, out=delta[k])
            if k < L or self._loss.output is None:
                self._f[k].through(delta[k], z[k], a[k], grads._slope[k])
            np.matmul(a[k - 1].T, delta[k], out=dW[k])
            if self._bias:
                np.add.reduce(delta[k], axis=0, out=db[k])
        return grads

    def update(self, grads: Gradients, lr: float) -> None:
        """One step of gradient descent, in place: theta ← theta − lr · ∂C/∂theta.

        Raises
        ------
        TypeError, ValueError
            If lr is no finite number, or grads belongs to a network of other sizes.
        """
        lr = finite("lr", lr)
        if grads._sizes != self._sizes or grads._bias != self._bias:
            raise ValueError(f"grads has sizes {list(grads._sizes)}, expected {list(self._sizes)} as in this network")
        np.multiply(grads._theta, lr, out=grads._step)
        self._theta -= grads._step

    def __getstate__(self) -> dict[str, object]:
        return {"sizes": self._sizes, "bias": self._bias, "theta": self._theta, "f": (self._activations, self.loss)}

    def __setstate__(self, state: dict[str, object]) -> None:
        # Copies and unpickled networks need views into their own theta, which a copied __dict__ would not have.
        Parameters.__init__(self, state["sizes"], state["bias"], np.array(state["theta"]))  # type: ignore[arg-type]
        self._set_functions(*state["f"])  # type: ignore[misc]

    def __repr__(self) -> str:
        layers = ", ".join(self._activations)
        return f"Network({'-'.join(map(str, self._sizes))}: {layers}; {self.loss}; {len(self._theta)} parameters)"
