"""What the user gives an explorer: a network and data that fit the picture, or a clear refusal."""

from __future__ import annotations

import math
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bplab import zoo
from bplab.arrays import Array
from bplab.explore.controls import Changes, Slider, State
from bplab.network import Network, Trace
from bplab.pictures.symbols import symbol

INPUTS = (0.5, 0.7, 0.3, 0.9, 0.6)
LARGEST = 1e9  # beyond, squares and products of a few of them no longer fit a picture, and soon no float


def a_kind(value: object) -> str:
    """The type of `value` with its article, for a refusal.

    >>> a_kind(1), a_kind([])
    ('an int', 'a list')
    """
    kind = type(value).__name__
    return f"an {kind}" if kind.startswith(("a", "e", "i", "o", "nd")) else f"a {kind}"


def moderate(name: str, values: Array) -> None:
    """Raise ValueError if a value is too large for a slider and a picture."""
    size = float(np.abs(values).max())
    if size > LARGEST:
        raise ValueError(f"{name} holds a value of size {size:.3g}, the picture takes at most {LARGEST:g}: scale it")


def given_network(net: Network, largest: tuple[int, ...]) -> Network:
    """A copy of the user's network, so that sliders leave the user's own alone.

    Raises
    ------
    TypeError
        If it is no Network.
    ValueError
        If it has more layers than `largest`, more units in one than its largest, or far too large parameters.
    """
    if not isinstance(net, Network):
        raise TypeError(f"net is {a_kind(net)}, expected a bplab.Network, such as bplab.two_two_one()")
    if len(net.sizes) > len(largest) or max(net.sizes) > max(largest):
        shape, room = "-".join(map(str, net.sizes)), "-".join(map(str, largest))
        raise ValueError(f"net is {shape}, too large for this picture: at most {room}; give a smaller one")
    moderate("net.theta", net.theta)
    copy = Network(net.sizes, net.activations, net.loss, bias=net.bias)
    copy.theta = net.theta
    return copy


def given_samples(net: Network, x: ArrayLike | None, most: int = 12) -> Array:
    """The inputs as an array (n, n_in): the user's, or one sample of the course's.

    Raises
    ------
    TypeError, ValueError
        If x does not fit the network, has more than `most` rows, or far too large values.
    """
    checked = net.forward([INPUTS[: net.sizes[0]]] if x is None else x).a[0]
    if len(checked) > most:
        give = "x[:1]" if most == 1 else f"x[:{most}] and y[:{most}]"
        raise ValueError(f"x has {len(checked)} samples, the picture shows at most {most}: give {give}")
    moderate("x", checked)
    return np.array(checked)


def reach(*values: float, least: float = 2.0) -> tuple[float, float]:
    """The range of a slider that is to hold the values: from −`least` to `least`, wider for a larger value.

    >>> reach(0.3), reach(0.3, -4.1)
    ((-2.0, 2.0), (-7.0, 7.0))
    """
    unit = math.pow(10, math.floor(math.log10(least)))
    widest = max(least, *(unit * math.ceil(1.5 * abs(value) / unit) for value in values))
    return -widest, widest


class Sample(NamedTuple):
    """A network and one sample as sliders; where there are several, they are `samples` and each has a button."""

    net: Network
    inputs: list[Slider]
    targets: list[Slider]
    parameters: list[Slider]
    samples: list[dict[str, float]]

    @property
    def buttons(self) -> dict[str, Changes]:
        """A button for each sample where there are several."""
        picks: list[Changes] = [partial(_pick, sample) for sample in self.samples]
        return {f"sample {m}": pick for m, pick in enumerate(picks, start=1)} if len(picks) > 1 else {}

    def which(self, state: State) -> str:
        """The sample that the sliders stand on, such as "sample 2 of 4"; empty for a single one and once they moved."""
        here = [m for m, sample in enumerate(self.samples, start=1) if sample.items() <= dict(state).items()]
        if len(self.samples) == 1 or not here:
            return ""
        return f"sample{'s' * (len(here) > 1)} {', '.join(map(str, here))} of {len(self.samples)}"

    @property
    def names(self) -> list[str]:
        """What the sliders set."""
        return [slider.name for slider in (*self.parameters, *self.inputs, *self.targets)]

    def run(self, state: State) -> tuple[Trace, Array]:
        """The forward pass of the state's sample through the state's parameters, and y of shape (1, n_out)."""
        self.net.theta = [state[slider.name] for slider in self.parameters]
        x, y = ([[float(state[slider.name]) for slider in sliders]] for sliders in (self.inputs, self.targets))
        return self.net.forward(x), np.array(y)


def given_sample(net: Network | None, x: ArrayLike | None, y: ArrayLike | None) -> Sample:
    """The user's network, up to 4-5-5-3, and samples; or the course's network and its card.

    Raises
    ------
    TypeError, ValueError
        If the network is too large or none, x and y do not fit it, or a value is far too large.
    """
    card = zoo.card() if net is None else None
    net = given_network(zoo.two_two_one() if net is None else net, largest=(4, 5, 5, 3))
    n_in, n_out = net.sizes[0], net.sizes[-1]
    if card is not None and x is None and y is None:
        x, y = card
    xs = given_samples(net, x)
    if x is None and y is not None and np.ndim(y) > 1 and len(np.asarray(y)) > 1:
        raise ValueError(f"x is missing: y has {len(np.asarray(y))} samples, give the x of each")
    ys = np.tile(np.eye(1, n_out), (len(xs), 1)) if y is None else y
    net.cost(xs, ys)
    ys = np.asarray(ys, dtype=np.float64)
    moderate("y", ys)
    x_names = [f"i_{j}" for j in range(1, n_in + 1)]
    y_names = ["y"] if n_out == 1 else [f"y_{j}" for j in range(1, n_out + 1)]
    samples = [dict(zip(x_names + y_names, row.tolist())) for row in np.hstack([xs, ys])]
    widest = {name: max((sample[name] for sample in samples), key=abs) for name in samples[0]}
    inputs, targets = (
        [Slider(name, samples[0][name], *reach(widest[name]), str(symbol(name))) for name in names]
        for names in (x_names, y_names)
    )
    parameters = [Slider(name, net[name], *reach(net[name]), str(symbol(name))) for name in net.names]
    return Sample(net, inputs, targets, parameters, samples)


def _pick(sample: State, state: State) -> State:
    return sample
