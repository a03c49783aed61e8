"""The cost as a function of two parameters, all others and the data held fixed: the surface of note 004."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bplab.arrays import Array
from bplab.data import line_points
from bplab.explore.controls import Slider
from bplab.explore.given import given_network, moderate, reach
from bplab.network import Gradients, Network, Trace
from bplab.pictures import theme
from bplab.pictures.axes import Axes, cross
from bplab.pictures.contours import areas, levels
from bplab.pictures.svg import Part
from bplab.pictures.symbols import symbol
from bplab.zoo import line

ALL = slice(None)
GRID = 41  # points along each side
WIDER = 12  # how often the picture may double its width to have the lowest point in it
LARGEST = (4, 5, 5, 3)


class Surface(NamedTuple):
    """A network, its data and two of its parameters p and q, from −reach to reach.

    `places` say where in theta p and q are; `start` are p and q of the network as given; `grid` is the cost, q row by
    row; `lowest` is where it is lowest, `low` the cost there and `curvature` the largest. `room` holds a trace and
    gradients for each number of samples, to be written into again and again.
    """

    net: Network
    x: Array
    y: Array
    names: tuple[str, str]
    places: tuple[int, int]
    room: dict[int, tuple[Trace | None, Gradients | None]]
    start: tuple[float, float]
    reach: float
    grid: Array
    lowest: tuple[float, float]
    low: float
    curvature: float

    def slopes(self, p: float, q: float, rows: NDArray[np.int64] | slice = ALL) -> tuple[float, float, float]:
        """The cost over these samples where the two parameters are p and q, and its slopes along them."""
        x, y = self.x[rows], self.y[rows]
        (at_p, at_q), theta = self.places, self.net.theta
        theta[at_p], theta[at_q] = p, q
        trace, grads = self.room.get(len(x), (None, None))
        trace = self.net.forward(x, out=trace)
        grads = self.net.backward(trace, y, out=grads)
        self.room[len(x)] = trace, grads
        return trace.cost(y), grads.theta.item(at_p), grads.theta.item(at_q)

    def hessian(self, p: float, q: float, h: float = 1e-4) -> Array:
        """How fast the two slopes change along p and along q, (2, 2)."""
        beside = [(p + h, q), (p - h, q), (p, q + h), (p, q - h)]
        right, left, up, down = (np.array(self.slopes(*place)[1:]) for place in beside)
        return np.array([right - left, up - down]) / (2 * h)

    def curved(self, p: float, q: float) -> float:
        """How fast the slopes change there, in the direction where they change fastest."""
        return max(float(abs(np.linalg.eigvalsh(self.hessian(p, q))).max()), 1e-6)

    def shows(self, p: float, q: float) -> bool:
        """Whether the point is in the picture."""
        return max(abs(p), abs(q)) <= self.reach

    def holds(self, path: Path) -> bool:
        """Whether the path ends in the picture."""
        return self.shows(path.p[-1], path.q[-1])

    def rate(self, share: float) -> float:
        """A learning rate, a step of its slider: from share = 2 on, gradient descent diverges at the lowest point."""
        return math.pow(10, round(math.log10(share / self.curvature), 2))

    def first_rate(self, slider: Slider, shares: Iterable[float], fits: Callable[[float], bool]) -> float | None:
        """The first of these learning rates that is on the slider and fits; None if there is none."""
        rates = map(self.rate, shares)
        return next((lr for lr in rates if slider.low <= lr <= slider.high and fits(lr)), None)

    def rate_slider(self, share: float) -> Slider:
        """The learning rate, on a logarithmic slider from far too small to far too large."""
        low, high = math.floor(math.log10(self.rate(0.02))), math.ceil(math.log10(self.rate(3.0)))
        return Slider("lr", self.rate(share), 10.0**low, 10.0**high, "rate η", step=0.01, log=True)

    def sliders(self) -> list[Slider]:
        """One for each parameter, from its start."""
        return [
            Slider(name, value, -self.reach, self.reach, "".join(map(str, self.called(name))))
            for name, value in zip(self.names, self.start)
        ]

    def called(self, name: str) -> list[Part]:
        """The parameter's symbol; on a line ŷ = a x + b also the letter."""
        if self.net.sizes == (1, 1) and self.net.activations == ("linear",):
            return [symbol({"w": "a", "b": "b"}[name[0]]), " = ", symbol(name)]
        return [symbol(name)]

    def axes(self, left: float, top: float, size: float) -> Axes:
        """A square plot, so that a gradient is at right angles to its contour."""
        return Axes(left, top, size, size, (-self.reach, self.reach), (-self.reach, self.reach))

    def contours(self, axes: Axes, lines: int = 10) -> str:
        """The picture's unchanging part: the areas below each level, the frame, a cross at the lowest point."""
        p, q = self.names
        frame = axes.frame(self.called(p), self.called(q))
        return frame + areas(axes, self.grid, levels(self.grid, lines)) + cross(*axes.at(*self.lowest))


def given_surface(
    net: Network | None, x: ArrayLike | None, y: ArrayLike | None, names: Sequence[str], start: tuple[float, float]
) -> Surface:
    """The surface of the user's network and data; without a network that of the line with slope and height `start`.

    Raises
    ------
    KeyError
        If the network has no parameter of one of the names.
    TypeError, ValueError
        If `net` is no network or too large, x and y do not fit it, or `names` are not two different names.
    """
    if (x is None) != (y is None) or (net is not None and x is None):
        missing = "x and y are" if x is None and y is None else "x is" if x is None else "y is"
        raise ValueError(f"{missing} missing: give the data that the cost is taken over, x and y together")
    net = given_network(line(*start) if net is None else net, LARGEST)
    if isinstance(names, str) or not isinstance(names, Sequence) or len(names) != 2 or names[0] == names[1]:
        raise ValueError(f"names is {names!r}, expected two different parameters such as ('w1_11', 'b1_1')")
    given = line_points() if x is None or y is None else (x, y)
    trace = net.forward(given[0])
    trace.cost(given[1])
    xs, ys = np.array(trace.a[0]), np.array(given[1], dtype=np.float64)
    moderate("x", xs)
    moderate("y", ys)
    p, q = map(str, names)
    begin, far = (net[p], net[q]), max(reach(net[p])[1], reach(net[q])[1])
    places = net.names.index(p), net.names.index(q)
    surface = Surface(net, xs, ys, (p, q), places, {}, begin, far, np.empty(0), begin, math.inf, 0.0)
    surface = _deepened(_wide_enough(surface))
    return surface._replace(curvature=surface.curved(*surface.lowest))


def _wide_enough(surface: Surface) -> Surface:
    """The surface with its grid, so wide that the bottom of a valley is inside; as wide as given where there is none.

    A sigmoid flattens out far away: that is no valley, though the cost may be lowest there.
    """
    given = wider = _gridded(surface)
    for _ in range(WIDER):
        if max(map(abs, wider.lowest)) < wider.reach:
            return wider if wider.curved(*wider.lowest) > 0.1 * given.curved(*given.lowest) else given
        wider = _gridded(surface._replace(reach=2 * wider.reach))
    return given


def _gridded(surface: Surface) -> Surface:
    """The cost at every grid point, and where it is lowest."""
    net, x, y, (p, q) = surface.net, surface.x, surface.y, surface.names
    steps = np.linspace(-surface.reach, surface.reach, GRID).tolist()
    grid, trace = np.empty((GRID, GRID)), net.forward(x)
    for row, net[q] in enumerate(steps):
        for column, net[p] in enumerate(steps):
            grid[row, column] = net.forward(x, out=trace).cost(y)
    row, column = divmod(int(grid.argmin()), GRID)
    return surface._replace(grid=grid, lowest=(steps[column], steps[row]), low=float(grid.min()))


def _deepened(surface: Surface) -> Surface:
    """The lowest point between the grid's points: some steps of Newton's method, as long as they go down."""
    for _ in range(4):
        slopes = surface.slopes(*surface.lowest)[1:]
        step = np.linalg.lstsq(surface.hessian(*surface.lowest), np.array(slopes), rcond=1e-9)[0]
        place = surface.lowest[0] - step.item(0), surface.lowest[1] - step.item(1)
        cost = surface.slopes(*place)[0] if surface.shows(*place) else math.inf
        if not cost < surface.low:
            break
        surface = surface._replace(lowest=place, low=cost)
    return surface


class Path(NamedTuple):
    """Where the two parameters went, and the cost at each place; the first is the start."""

    p: list[float]
    q: list[float]
    costs: list[float]


def descend(surface: Surface, p: float, q: float, lr: float, steps: int) -> Path:
    """Gradient descent from (p, q); it ends early where it has left for good."""
    return follow(surface, p, q, lr, repeat(ALL, steps))


def follow(surface: Surface, p: float, q: float, lr: float, batches: Iterable[NDArray[np.int64] | slice]) -> Path:
    """A step for each batch from (p, q), until they have left for good; the costs are the batches', the last of all."""
    path = Path([p], [q], [])
    for rows in batches:
        cost, along_p, along_q = surface.slopes(p, q, rows)
        path.costs.append(cost)
        p, q = p - lr * along_p, q - lr * along_q
        if not max(abs(p), abs(q)) < 1e6 * surface.reach:
            return path
        path.p.append(p)
        path.q.append(q)
    path.costs.append(surface.slopes(p, q)[0])
    return path


def trail(axes: Axes, path: Path, stroke: str) -> str:
    """A path on the contours: a dot for each step where they are few, its start and its end larger."""
    line = axes.curve(path.p, path.q, stroke, 1.8)
    dots = axes.dots(path.p, path.q, stroke, 2.6) if len(path.p) <= 100 else ""
    return (
        line + dots + axes.point(path.p[0], path.q[0], theme.INK, 5) + axes.point(path.p[-1], path.q[-1], stroke, 6.5)
    )
