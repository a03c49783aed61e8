"""How long `import bplab` takes beside `import numpy`, each in a fresh Python, interleaved.

    python benchmarks/import_time.py

The second line also loads the network, the training and the other names of the library, which come at the first use.
"""

import subprocess
import sys
from statistics import median
from time import perf_counter

STATEMENTS = ("import bplab", "import bplab; [getattr(bplab, name) for name in bplab.__all__]")


def seconds(statement: str) -> float:
    start = perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return perf_counter() - start


def ratio(statement: str, rounds: int = 31) -> float:
    """The median of statement / `import numpy` over the rounds, after one round that warms both up."""
    ratios = []
    for turn in range(rounds + 1):
        pair = [statement, "import numpy"]
        times = {one: seconds(one) for one in (pair if turn % 2 else reversed(pair))}
        ratios.append(times[statement] / times["import numpy"])
    return median(ratios[1:])


if __name__ == "__main__":
    for statement in STATEMENTS:
        print(f"{ratio(statement):.2f} x import numpy: {statement}")
