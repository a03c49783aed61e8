"""Stand-ins for what a submission may import but does not need while it is marked.

bplab's own answers must not be at hand, and pictures have nobody to look at them. Loaded by path, without bplab.
"""

import builtins
import importlib.abc
import math
import sys
import types
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

AWAY = "the bplab library is not available while marking: write the formula yourself"


class Right:
    """What `check.x(…)` gives while marking: true, `.right`, and happy with whatever is asked of it."""

    right = True

    def __getattr__(self, name: str) -> "Right":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> "Right":
        return self

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return "not checked while marking"


class Silent:
    """An object with which anything can be done and that does nothing: an explorer, a figure, an axis."""

    def __getattr__(self, name: str) -> "Silent":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> "Silent":
        return self

    def __getitem__(self, key: Any) -> "Silent":
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __iter__(self) -> Iterator["Silent"]:
        return iter([self])  # line, = ax.plot(…)

    def __enter__(self) -> "Silent":
        return self

    def __exit__(self, *args: Any) -> None:
        pass

    def __repr__(self) -> str:
        return "nothing is drawn while marking"


def _subplots(nrows: int = 1, ncols: int = 1, *args: Any, **kwargs: Any) -> tuple[Silent, Any]:
    axes = np.empty((nrows, ncols), dtype=object)
    axes[:] = Silent()
    return Silent(), axes.item() if axes.size == 1 else axes.squeeze()


def _module(name: str, anything: Any, **attributes: Any) -> types.ModuleType:
    """A module that has the given attributes and answers every other name with `anything`."""
    module = types.ModuleType(name, "A stand-in: nothing of it is needed while marking.")
    module.__dict__.update(attributes)

    def getattr_(attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        if isinstance(anything, Exception):
            raise anything
        return anything

    module.__dict__["__getattr__"] = getattr_
    sys.modules[name] = module
    return module


class _Finder(importlib.abc.MetaPathFinder):
    """Answers `import bplab.x` with the reason, `import matplotlib.x` with another stand-in."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: types.ModuleType | None = None) -> None:
        if name.startswith("bplab."):
            raise ModuleNotFoundError(AWAY, name="bplab")


def install() -> None:
    """Put the stand-ins for bplab, matplotlib, IPython and ipywidgets into sys.modules."""
    check = _module("bplab.check", Right())
    explore = _module("bplab.explore", Silent())
    _module("bplab", ModuleNotFoundError(AWAY, name="bplab"), check=check, explore=explore, __path__=[])
    sys.meta_path.insert(0, _Finder())

    pyplot = _module("matplotlib.pyplot", Silent(), subplots=_subplots, pi=math.pi)
    _module("matplotlib", Silent(), pyplot=pyplot)
    display = _module("IPython.display", Silent())
    _module("IPython", Silent(), display=display)
    _module("ipywidgets", Silent())
    builtins.display = builtins.get_ipython = Silent()  # type: ignore[attr-defined]
