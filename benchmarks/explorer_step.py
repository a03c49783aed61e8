"""How long one step of each explorer takes in Python: a slider is moved, numbers and picture are computed anew.

    python benchmarks/explorer_step.py

Processor time, so that others on the machine do not count; beside it the same for the plain arithmetic of a loop of
10 000 additions, as a measure of the machine.
"""

from collections.abc import Callable
from itertools import cycle
from statistics import median
from time import process_time

import bplab
from bplab import explore
from bplab.explore.base import Explorer

STEPS = 300
LARGE = bplab.Network([4, 5, 5, 3], ["tanh", "sigmoid", "softmax"], "cross_entropy", rng=1)


def milliseconds(action: Callable[[], object]) -> float:
    """The median time of the action."""
    times = []
    for _ in range(STEPS):
        before = process_time()
        action()
        times.append(process_time() - before)
    return 1e3 * median(times)


def step(explorer: Explorer) -> Callable[[], object]:
    """Moves the first slider that is no whole number to and fro."""
    name = next(key for key, value in explorer.state.items() if isinstance(value, float))
    start, moves = float(explorer.state[name]), cycle((0.1, 0.2, 0.3, 0.2))

    def move() -> object:
        explorer.set(**{name: start + next(moves)})
        return explorer.numbers, explorer.svg, explorer.alt

    return move


if __name__ == "__main__":
    explorers = {name: getattr(explore, name)() for name in explore.__all__ if name != "predict"}
    explorers["backward_pass, 4-5-5-3"] = explore.backward_pass(LARGE)
    explorers["forward_pass, 4-5-5-3"] = explore.forward_pass(LARGE)
    explorers["sgd, one sample a step"] = explore.sgd()
    explorers["sgd, one sample a step"].press("one sample a step")
    loop = milliseconds(lambda: sum(n + 1 for n in range(10_000)))
    for name, explorer in explorers.items():
        time = milliseconds(step(explorer))
        print(f"{time:5.2f} ms, {time / loop:4.1f} loops  {name}")
