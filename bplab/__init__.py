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
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bplab.derivation import derive
    from bplab.gradcheck import compare, numerical_gradient
    from bplab.network import Gradients, Network, Trace
    from bplab.training import sgd, train
    from bplab.zoo import chain, line, price_predictor, two_two_one

__version__ = "0.1.0"

__all__ = [
    "Gradients",
    "Network",
    "Trace",
    "chain",
    "compare",
    "derive",
    "line",
    "numerical_gradient",
    "price_predictor",
    "sgd",
    "train",
    "two_two_one",
]

# Loaded at the first use, so that `bplab --help` and the marking of a folder do not wait for what they do not need.
HOME = {
    "derivation": ("derive",),
    "gradcheck": ("compare", "numerical_gradient"),
    "network": ("Gradients", "Network", "Trace"),
    "training": ("sgd", "train"),
    "zoo": ("chain", "line", "price_predictor", "two_two_one"),
}
MODULES = ("activations", "check", "data", "explore", "losses", "pictures", "questions", *HOME)


def __getattr__(name: str) -> object:
    if name in MODULES:
        return import_module(f"bplab.{name}")
    for module, names in HOME.items():
        if name in names:
            value = getattr(import_module(f"bplab.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module 'bplab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *MODULES})
