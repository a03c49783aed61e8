"""The network: forward pass, cost, backward pass, update.

In the notation of the course: z^k = a^(k−1) W^k + b^k, a^k = f(z^k), a^0 = x, ŷ = a^L. Arrays hold one row a sample.
Every parameter lives in one flat vector theta; W[k] and b[k] are views into it, so that an update is one line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from bplab.activations import ACTIVATIONS
from bplab.arrays import Array, finite, generator, real_array, refuse_nan, same_samples, samples, whole
from bplab.losses import LOSSES
from bplab.parameters import Parameters


class Trace:
    """What a forward pass has computed: z[k] and a[k], each (n, n_k); a[0] is x, y_hat is a[L].

    A linear layer's a[k] is z[k] itself.
    """

    def __init__(self, net: Network, x: Array) -> None:
        self._sizes, self._kind = net.sizes, net._kind
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
        cost = LOSSES[self._kind[-1]].cost(self.z[L], self.a[L], y)
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
        self._make_room({k: np.empty((n, n_k)) for k, n_k in enumerate(net.sizes[1:], start=1)} if n else {})

    def _make_room(self, delta: dict[int, Array]) -> None:
        self.delta = delta
        self._slope = {k: np.empty_like(d) for k, d in delta.items()}
        self._ones = np.ones(len(delta[1]) if delta else 0)
        self._step = np.empty_like(self._theta)

    def __getstate__(self) -> dict[str, object]:
        return {"sizes": self._sizes, "bias": self._bias, "theta": self._theta, "delta": self.delta}

    def __setstate__(self, state: dict[str, object]) -> None:
        # A copy needs views into its own theta, which a copied __dict__ would not have.
        Parameters.__init__(self, state["sizes"], state["bias"], np.array(state["theta"]))  # type: ignore[arg-type]
        self._make_room({k: np.array(d) for k, d in state["delta"].items()})  # type: ignore[attr-defined]

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
        one = isinstance(activations, str) or not isinstance(activations, Sequence)
        names: tuple[str, ...] = (activations,) * self.depth if one else tuple(activations)  # type: ignore[assignment]
        if len(names) != self.depth:
            raise ValueError(f"activations has {len(names)} names, expected one or {self.depth}: one for each layer")
        for name in names:
            if not isinstance(name, str) or name not in ACTIVATIONS:
                raise ValueError(f"unknown activation {name!r}: choose from {', '.join(ACTIVATIONS)}")
        if "softmax" in names[:-1]:
            raise ValueError("softmax is only possible in the last layer: choose another activation for the others")
        if not isinstance(loss, str) or loss not in LOSSES:
            raise ValueError(f"unknown loss {loss!r}: choose from {', '.join(LOSSES)}")
        needed = LOSSES[loss].output
        if needed is not None and names[-1] != needed:
            raise ValueError(f"loss {loss!r} needs a {needed} output, not {names[-1]}: set the last activation to it")
        self._activations, self._loss_name, self._loss = names, loss, LOSSES[loss]
        self._kind = (self._sizes, names, loss)
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
            # np.dot is @ for two matrices, with half of its overhead where they are small.
            np.dot(a[k - 1], W, out=z[k])
            if self._bias:
                z[k] += self._b[k]
            self._f[k].f(z[k], out=a[k])
        return trace

    def _check_room(self, trace: Trace, x: Array) -> None:
        self._check_trace("out", trace)
        if x.shape != trace.a[0].shape:
            samples("x", x, self._sizes[0], per="input")
            raise ValueError(f"out is a {trace}, expected one of {len(x)} samples: make it with net.forward(x)")

    def _check_trace(self, name: str, trace: Trace) -> None:
        if not isinstance(trace, Trace):
            raise TypeError(f"{name} is a {type(trace).__name__}, expected a Trace: make it with net.forward(x)")
        if trace._kind != self._kind:
            raise ValueError(f"{name} is a {trace}, expected one of this network: make it with net.forward(x)")

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
        self._check_trace("trace", trace)
        y = trace._targets(y)
        if out is None:
            refuse_nan("y", y)
            grads = Gradients(self, len(y))
        else:
            grads = out
            self._check_gradients("out", grads)
            if len(grads.delta.get(self.depth, ())) != len(y):
                raise ValueError(f"out is not for {len(y)} samples: make it with net.backward(trace, y)")
        L, W, z, a = len(self._W), self._W, trace.z, trace.a
        dW, db, delta = grads._W, grads._b, grads.delta
        for k in range(L, 0, -1):
            if k == L:
                self._loss.gradient(a[L], y, delta[L])
            else:
                np.dot(delta[k + 1], W[k + 1].T, out=delta[k])
            if k < L or self._loss.output is None:
                self._f[k].through(delta[k], z[k], a[k], grads._slope[k])
            np.dot(a[k - 1].T, delta[k], out=dW[k])
            if self._bias:
                np.dot(grads._ones, delta[k], out=db[k])  # delta[k].sum(axis=0): a bias weighs an input of ones
        return grads

    def update(self, grads: Gradients, lr: float) -> None:
        """One step of gradient descent, in place: theta ← theta − lr · ∂C/∂theta.

        Raises
        ------
        TypeError, ValueError
            If lr is no finite number, or grads belongs to a network of other sizes.
        """
        lr = finite("lr", lr)
        self._check_gradients("grads", grads)
        np.multiply(grads._theta, lr, out=grads._step)
        self._theta -= grads._step

    def _check_gradients(self, name: str, grads: Gradients) -> None:
        if not isinstance(grads, Gradients):
            raise TypeError(f"{name} is a {type(grads).__name__}, expected Gradients, from net.backward(trace, y)")
        if grads._sizes != self._sizes or grads._bias != self._bias:
            raise ValueError(
                f"{name} has {len(grads._theta)} parameters in a {'-'.join(map(str, grads._sizes))} network, expected "
                f"{len(self._theta)} in a {'-'.join(map(str, self._sizes))} one: make it with net.backward(trace, y)"
            )

    def __getstate__(self) -> dict[str, object]:
        return {"sizes": self._sizes, "bias": self._bias, "theta": self._theta, "f": (self._activations, self.loss)}

    def __setstate__(self, state: dict[str, object]) -> None:
        # A copy needs views into its own theta, which a copied __dict__ would not have.
        Parameters.__init__(self, state["sizes"], state["bias"], np.array(state["theta"]))  # type: ignore[arg-type]
        self._set_functions(*state["f"])  # type: ignore[misc]

    def __repr__(self) -> str:
        layers = ", ".join(self._activations)
        return f"Network({'-'.join(map(str, self._sizes))}: {layers}; {self.loss}; {len(self._theta)} parameters)"
