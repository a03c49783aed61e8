"""The chain rule of one parameter, written out: its factors as symbols and as today's numbers.

The path from the parameter to the cost is followed upwards: ∂z/∂w, ∂a/∂z, ∂z/∂a, … Where it splits, because the next
layer has several units, the paths add: their sum is one factor, found by the recursion of note 003. ℓ is the loss of
one sample, C the mean of ℓ over the samples.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bplab.arrays import Array
from bplab.network import Network, Trace

ELL, Y_M = r"\ell", r"\hat{y}_m"
WRITTEN_OUT = 3  # a sum over more paths than this is written with Σ


class Factor(NamedTuple):
    """One factor of a chain: its LaTeX symbol, and its value in each sample, shape (n,)."""

    symbol: str
    value: Array


class Derivation:
    """∂C/∂p of one parameter p as a product.

    Attributes
    ----------
    name : str
        The parameter's name.
    factors : list of (str, array of shape (n,))
        LaTeX symbol and value in each sample, from the loss back to the parameter; at least two.
    value : float
        ∂C/∂p: the mean over the samples of the factors' product.
    """

    def __init__(self, name: str, symbol: str, factors: list[Factor], sums: dict[str, str]) -> None:
        self.name, self.factors = name, factors
        self.value = float(np.mean(np.prod([factor.value for factor in factors], axis=0)))
        self._symbol, self._sums = symbol, sums

    @property
    def latex(self) -> str:
        """The chain rule in symbols, then in numbers: every factor for one sample, the mean for several."""
        n = len(self.factors[0].value)
        product = r" \cdot ".join(factor.symbol for factor in self.factors)
        value = _latex_number(self.value)
        if n > 1:
            product = rf"\frac{{1}}{{{n}}} \sum_{{\text{{samples}}}} {product}"
            numbers = value
        else:
            numbers = r" \cdot ".join(_latex_number(factor.value[0], factor=True) for factor in self.factors)
            numbers = f"{numbers} = {value}"
        left = rf"\frac{{\partial C}}{{\partial {self._symbol}}}"
        lines = [f"{left} &= {product}", f"&= {numbers}"]
        lines += [f"{symbol} &= {meaning}" for symbol, meaning in self._sums.items()]
        return r"$$\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}$$"

    def _repr_latex_(self) -> str:
        return self.latex

    def __repr__(self) -> str:
        n = len(self.factors[0].value)
        if n > 1:
            return f"dC/d{self.name} = {_number(self.value)}, the mean over {n} samples"
        numbers = " * ".join(_number(factor.value[0], factor=True) for factor in self.factors)
        return f"dC/d{self.name} = {numbers} = {_number(self.value)}"


def _number(value: float, factor: bool = False) -> str:
    text = f"{value + 0.0:.4g}"  # −0 + 0 is 0
    return f"({text})" if factor and value < 0 else text


def _latex_number(value: float, factor: bool = False) -> str:
    mantissa, e, exponent = _number(value).partition("e")
    text = rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else mantissa
    return f"({text})" if factor and value < 0 else text


def derive(net: Network, name: str, x: ArrayLike, y: ArrayLike) -> Derivation:
    """The chain rule of the parameter `name` for x (n, n_in) and y (n, n_out).

    Raises
    ------
    KeyError
        If the network has no parameter `name`.
    TypeError, ValueError
        If x or y does not fit.

    Examples
    --------
    >>> import bplab
    >>> x, y = bplab.zoo.card()
    >>> derive(bplab.two_two_one(), "w1_11", x, y)
    dC/dw1_11 = (-1.829) * (-0.8) * 0.2332 * 0.5 = 0.1707
    """
    k, i, j = net.locate(name)
    trace = net.forward(x)
    chain = _Chain(net, trace, y)
    if i is None:
        symbol, inner = f"b^{{{k}}}_{{{j}}}", np.ones(len(trace.y_hat))
    else:
        symbol, inner = chain.weight(k, i, j), trace.a[k - 1][:, i - 1].copy()
    factors, sums = chain.from_loss(k, j)
    return Derivation(name, symbol, [*factors, Factor(_partial(chain.z(k, j), symbol), inner)], sums)


def _partial(of: str, by: str) -> str:
    return rf"\frac{{\partial {of}}}{{\partial {by}}}"


class _Chain:
    """Symbols and values of one trace. `slopes[k]` is ∂ℓ/∂z^k of each sample, (n, n_k)."""

    def __init__(self, net: Network, trace: Trace, y: ArrayLike) -> None:
        self.net, self.trace, self.L = net, trace, net.depth
        n = len(trace.y_hat)
        self.slopes = {k: n * delta for k, delta in net.backward(trace, y).delta.items()}
        self.loss_slope = np.empty_like(trace.y_hat)
        net._loss.gradient(trace.y_hat, trace._targets(y), self.loss_slope)
        self.loss_slope *= n

    def weight(self, k: int, i: int, j: int | str) -> str:
        gap = "," if max(self.net.W[k].shape) > 9 else ""
        return f"w^{{{k}}}_{{{i}{gap}{j}}}"

    def z(self, k: int, j: int) -> str:
        linear_output = k == self.L and self.net.activations[-1] == "linear"
        return self.a(k, j) if linear_output else f"z^{{{k}}}_{{{j}}}"

    def a(self, k: int, j: int) -> str:
        if k < self.L:
            return f"a^{{{k}}}_{{{j}}}"
        return r"\hat{y}" if self.net.sizes[k] == 1 else rf"\hat{{y}}_{{{j}}}"

    def from_loss(self, k: int, j: int) -> tuple[list[Factor], dict[str, str]]:
        """The factors from the loss to z^k_j, and what the symbols of the sums among them stand for."""
        if k == self.L:
            return self._output(j)
        slope = self._slope(k, j)
        if self.net.sizes[k + 1] > 1:
            symbol = _partial(ELL, self.a(k, j))
            value = self.slopes[k + 1] @ self.net.W[k + 1][j - 1]
            return [Factor(symbol, value), slope], {symbol: self._sum_over_paths(k, j)}
        factors, sums = self.from_loss(k + 1, 1)
        weight = np.full(len(slope.value), self.net.W[k + 1][j - 1, 0])
        return [*factors, Factor(_partial(self.z(k + 1, 1), self.a(k, j)), weight), slope], sums

    def _slope(self, k: int, j: int) -> Factor:
        prime = self.net._f[k].prime
        assert prime is not None, "softmax has no slope of its own and stands at the output only"
        value = prime(self.trace.z[k][:, j - 1], self.trace.a[k][:, j - 1])
        return Factor(_partial(self.a(k, j), f"z^{{{k}}}_{{{j}}}"), value)

    def _output(self, j: int) -> tuple[list[Factor], dict[str, str]]:
        L, activation, from_z = self.L, self.net.activations[-1], self.net._loss.output is not None
        if activation == "linear":
            return [Factor(_partial(ELL, self.a(L, j)), self.loss_slope[:, j - 1])], {}
        if from_z or activation == "softmax":
            symbol = _partial(ELL, self.z(L, j))
            mixed = rf"\sum_m {_partial(ELL, Y_M)} " + _partial(Y_M, self.z(L, j))
            return [Factor(symbol, self.slopes[L][:, j - 1])], {} if from_z else {symbol: mixed}
        return [Factor(_partial(ELL, self.a(L, j)), self.loss_slope[:, j - 1]), self._slope(L, j)], {}

    def _sum_over_paths(self, k: int, j: int) -> str:
        """∂ℓ/∂a^k_j = Σ_m ∂ℓ/∂z^(k+1)_m w^(k+1)_jm, in symbols and, for one sample, in numbers."""
        n_next = self.net.sizes[k + 1]
        if n_next > WRITTEN_OUT:
            last = Y_M if self.z(k + 1, 1) == self.a(k + 1, 1) else f"z^{{{k + 1}}}_m"
            return rf"\sum_{{m=1}}^{{{n_next}}} {_partial(ELL, last)} \cdot {self.weight(k + 1, j, 'm')}"
        terms = [rf"{_partial(ELL, self.z(k + 1, m))} \cdot {self.weight(k + 1, j, m)}" for m in range(1, n_next + 1)]
        if len(self.trace.y_hat) > 1:
            return " + ".join(terms)
        numbers = [
            rf"{_latex_number(self.slopes[k + 1][0, m], True)} \cdot {_latex_number(self.net.W[k + 1][j - 1, m], True)}"
            for m in range(n_next)
        ]
        total = float(self.slopes[k + 1][0] @ self.net.W[k + 1][j - 1])
        return rf"{' + '.join(terms)} \\ &= {' + '.join(numbers)} = {_latex_number(total)}"
