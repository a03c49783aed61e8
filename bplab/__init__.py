"""bplab: a course on backpropagation, and the small library that it is built on.

>>> import bplab
>>> net = bplab.Network([2, 3, 1], activations=["sigmoid", "linear"], rng=0)
>>> x, y = [[0.5, 0.7], [-0.4, 0.9], [1.2, -0.3]], [[1.2], [0.3], [-0.5]]
>>> trace = net.forward(x)
>>> grads = net.backward(trace, y)
>>> bplab.compare(grads, bplab.numerical_gradient(net, x, y)).ok
True
"""

from importlib import import_module
from types import ModuleType

from bplab import activations, data, losses, zoo
from bplab.derivation import derive
from bplab.gradcheck import compare, numerical_gradient
from bplab.network import Gradients, Network, Trace
from bplab.training import sgd, train
from bplab.zoo import chain, line, price_predictor, two_two_one

__all__ = [
    "Gradients",
    "Network",
    "Trace",
    "activations",
    "chain",
    "compare",
    "data",
    "derive",
    "line",
    "losses",
    "numerical_gradient",
    "price_predictor",
    "sgd",
    "train",
    "two_two_one",
    "zoo",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> ModuleType:
    # The explorers need ipywidgets; `import bplab` alone stays as quick as `import numpy`.
    if name in ("check", "explore"):
        return import_module(f"bplab.{name}")
    raise AttributeError(f"module 'bplab' has no attribute {name!r}")
