"""How long one step of each explorer takes in Python: a slider is moved, numbers and picture are computed anew.

python benchmarks/explorer_step.py
"""

from itertools import cycle
from statistics import median
from time import perf_counter

from bplab import explore


def milliseconds(name: str, steps: int = 300) -> float:
    """The median time of a step, with the first numeric value of the state going to and fro."""
    explorer = getattr(explore, name)()
    slider = next(key for key, value in explorer.state.items() if isinstance(value, float))
    start, times = explorer.state[slider], []
    for move in cycle((0.1, 0.2, 0.3, 0.2)):
        before = perf_counter()
        explorer.set(**{slider: start + move})
        _ = explorer.numbers, explorer.svg, explorer.alt
        times.append(perf_counter() - before)
        if len(times) == steps:
            return 1e3 * median(times)


if __name__ == "__main__":
    for name in explore.__all__:
        if name != "predict":
            print(f"{milliseconds(name):5.2f} ms  explore.{name}()")
