"""A training step of bplab beside hand-unrolled NumPy, in one run, interleaved.

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 python benchmarks/train_step.py

Both do the same: forward pass, cost, backward pass, update; sigmoid hidden layers, linear output, float64, one BLAS
thread. The hand-written step has every array preallocated and no loop over the layers. Printed is the median of the
ratios bplab / NumPy over the rounds; below 1 bplab is quicker.
"""

from collections.abc import Callable
from time import perf_counter

import numpy as np

import bplab

CASES = [([2, 2, 1], 4), ([64, 32, 10], 32), ([784, 128, 10], 128), ([1024, 1024, 1024, 10], 256)]
LR = 1e-3


def two_layers(W1, b1, W2, b2, x, y) -> Callable[[], float]:
    n = len(x)
    z1, a1, y_hat, d = (np.empty((n, m)) for m in (len(b1), len(b1), len(b2), len(b2)))
    d1, slope, squares = np.empty_like(z1), np.empty_like(z1), np.empty_like(d)
    dW1, db1, dW2, db2 = (np.empty_like(p) for p in (W1, b1, W2, b2))

    def step() -> float:
        np.dot(x, W1, out=z1)
        np.add(z1, b1, out=z1)
        np.negative(z1, out=a1)
        np.exp(a1, out=a1)
        np.add(a1, 1.0, out=a1)
        np.reciprocal(a1, out=a1)
        np.dot(a1, W2, out=y_hat)
        np.add(y_hat, b2, out=y_hat)
        np.subtract(y_hat, y, out=d)
        np.multiply(d, d, out=squares)
        cost = squares.sum() / n
        np.multiply(d, 2.0 / n, out=d)
        np.dot(a1.T, d, out=dW2)
        np.sum(d, axis=0, out=db2)
        np.dot(d, W2.T, out=d1)
        np.subtract(1.0, a1, out=slope)
        np.multiply(slope, a1, out=slope)
        np.multiply(d1, slope, out=d1)
        np.dot(x.T, d1, out=dW1)
        np.sum(d1, axis=0, out=db1)
        for p, dp in ((W1, dW1), (b1, db1), (W2, dW2), (b2, db2)):
            np.multiply(dp, LR, out=dp)
            np.subtract(p, dp, out=p)
        return float(cost)

    return step


def three_layers(W1, b1, W2, b2, W3, b3, x, y) -> Callable[[], float]:
    n = len(x)
    z1, a1, d1, s1 = (np.empty((n, len(b1))) for _ in range(4))
    z2, a2, d2, s2 = (np.empty((n, len(b2))) for _ in range(4))
    y_hat, d, squares = (np.empty((n, len(b3))) for _ in range(3))
    dW1, db1, dW2, db2, dW3, db3 = (np.empty_like(p) for p in (W1, b1, W2, b2, W3, b3))

    def step() -> float:
        np.dot(x, W1, out=z1)
        np.add(z1, b1, out=z1)
        np.negative(z1, out=a1)
        np.exp(a1, out=a1)
        np.add(a1, 1.0, out=a1)
        np.reciprocal(a1, out=a1)
        np.dot(a1, W2, out=z2)
        np.add(z2, b2, out=z2)
        np.negative(z2, out=a2)
        np.exp(a2, out=a2)
        np.add(a2, 1.0, out=a2)
        np.reciprocal(a2, out=a2)
        np.dot(a2, W3, out=y_hat)
        np.add(y_hat, b3, out=y_hat)
        np.subtract(y_hat, y, out=d)
        np.multiply(d, d, out=squares)
        cost = squares.sum() / n
        np.multiply(d, 2.0 / n, out=d)
        np.dot(a2.T, d, out=dW3)
        np.sum(d, axis=0, out=db3)
        np.dot(d, W3.T, out=d2)
        np.subtract(1.0, a2, out=s2)
        np.multiply(s2, a2, out=s2)
        np.multiply(d2, s2, out=d2)
        np.dot(a1.T, d2, out=dW2)
        np.sum(d2, axis=0, out=db2)
        np.dot(d2, W2.T, out=d1)
        np.subtract(1.0, a1, out=s1)
        np.multiply(s1, a1, out=s1)
        np.multiply(d1, s1, out=d1)
        np.dot(x.T, d1, out=dW1)
        np.sum(d1, axis=0, out=db1)
        for p, dp in ((W1, dW1), (b1, db1), (W2, dW2), (b2, db2), (W3, dW3), (b3, db3)):
            np.multiply(dp, LR, out=dp)
            np.subtract(p, dp, out=p)
        return float(cost)

    return step


def with_bplab(net: bplab.Network, x, y) -> Callable[[], float]:
    trace = net.forward(x)
    grads = net.backward(trace, y)

    def step() -> float:
        net.forward(x, out=trace)
        cost = trace.cost(y)
        net.backward(trace, y, out=grads)
        net.update(grads, LR)
        return cost

    return step


def seconds(step: Callable[[], float], calls: int) -> float:
    start = perf_counter()
    for _ in range(calls):
        step()
    return perf_counter() - start


def measure(sizes: list[int], n: int, rounds: int = 41) -> tuple[float, float]:
    """The median ratio bplab / NumPy, and bplab's median time of a step in microseconds."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(n, sizes[0])), rng.normal(size=(n, sizes[-1]))
    net = bplab.Network(sizes, ["sigmoid"] * (len(sizes) - 2) + ["linear"], rng=rng)
    copies = [np.array(p) for k in net.W for p in (net.W[k], net.b[k])]
    by_hand = (two_layers if net.depth == 2 else three_layers)(*copies, x, y)
    ours = with_bplab(net, x, y)
    for _ in range(3):  # warms both up, and shows that they compute the same
        assert np.isclose(ours(), by_hand(), rtol=1e-12)
    calls = max(1, int(0.02 / seconds(ours, 1)))
    pairs = []
    for turn in range(rounds):
        first, second = (ours, by_hand) if turn % 2 else (by_hand, ours)
        times = {first: seconds(first, calls), second: seconds(second, calls)}
        pairs.append((times[ours], times[by_hand]))
    ratios = [a / b for a, b in pairs]
    return float(np.median(ratios)), float(np.median([a for a, _ in pairs])) / calls * 1e6


def main() -> None:
    print(f"{'network':>20} {'batch':>5} {'bplab / NumPy':>13} {'bplab, µs a step':>17}")
    for sizes, n in CASES:
        ratio, micro = measure(sizes, n)
        print(f"{'-'.join(map(str, sizes)):>20} {n:>5} {ratio:>13.2f} {micro:>17.1f}")


if __name__ == "__main__":
    main()
