"""Which samples a student's batches hold, and how the weights moved from one to the next: exercise 06's measure.

SGD is judged by what it visits and by each single step, never by where it ends: a loop that goes wrong may end near
the right place. Every finding is a fact for the student and the id of the catalogue row that it shows, or "".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import Any, TypeVar

import numpy as np

from bplab.questions.answers import Array
from bplab.questions.cases import Layers
from bplab.questions.recorder import Call

T = TypeVar("T")
Finding = tuple[str, str]
Batch = list[int]

# Steps within this share of the largest entry are the same: they are differences of weights, so a little is lost.
SAME = 1e-6


def rows_of(batch: Any, data: Array) -> Batch | None:
    """Which rows of `data` these are; None if one of them is no row of it."""
    known = {tuple(row): number for number, row in enumerate(data.tolist())}
    found = [known.get(tuple(row)) for row in np.asarray(batch, dtype=float).reshape(len(batch), -1).tolist()]
    return None if None in found else [number for number in found if number is not None]


def belong_together(inputs: Sequence[Batch], labels: Sequence[Batch], n: int) -> Finding | None:
    """Whether each batch has the labels of its own inputs."""
    if list(inputs) == list(labels):
        return None
    call = next(number for number, pair in enumerate(zip(inputs, labels)) if pair[0] != pair[1])
    fact = f"The inputs of the rows {_listed(inputs[call])} come with the labels of the rows {_listed(labels[call])}."
    in_order = any(batches[0] == list(range(n))[: len(batches[0])] for batches in (inputs, labels))
    return fact, "only-y-shuffled" if in_order else "x-and-y-shuffled-apart"


def sizes(batches: Sequence[Batch], n: int, size: int, epochs: int) -> Finding | None:
    """Whether there are as many batches as asked for, as long as asked for; within an epoch in any order."""
    per_epoch, expected = -(-n // size), [size] * (n // size) + [n % size] * bool(n % size)
    if per_epoch > 1 and (other := _other_batches(batches, n, size, epochs)):
        return other
    if n % size and all(len(batch) == size for batch in batches):
        for count in (per_epoch, n // size):
            if len(batches) == epochs * count and (uneven := _only_full(groups(batches, count), n)):
                return uneven
    if len(batches) != per_epoch * epochs:
        words = f"{epochs} epochs of {per_epoch}" if epochs > 1 else f"{n} samples in batches of {size}"
        found = f"There are {len(batches)} batches" if len(batches) > 1 else "There is only one batch"
        return f"{found}; {words} make {per_epoch * epochs}.", ""
    for epoch in groups(batches, per_epoch):
        lengths = [len(batch) for batch in epoch]
        if sorted(lengths, reverse=True) != expected:
            return f"The batches have {_listed(lengths)} samples, expected {_listed(expected)}.", ""
    return None


def _other_batches(batches: Sequence[Batch], n: int, size: int, epochs: int) -> Finding | None:
    """Batches that are no parts of the set in turn, where an epoch has more than one."""
    if all(len(batch) == n for batch in batches):
        return f"Every batch has all {n} samples; the batch size is {size}.", "whole-set-each-step"
    if size > 1 and all(len(batch) == 1 for batch in batches):
        return f"Every batch has one sample; the batch size is {size}.", "ignores-batch-size"
    all_differ = len(set(batches[0])) == len(batches[0])
    if size > 1 and len(batches) > 1 and all_differ and batches[1][: size - 1] == batches[0][1:]:
        return f"The second batch repeats {size - 1} samples of the first.", "overlapping-batches"
    if len(batches) == epochs and sorted(chain(*batches)) != list(range(n)):
        return f"There is one batch {'in each epoch' if epochs > 1 else 'only'}.", "one-batch-per-epoch"
    if len(batches) > 1 and all(one == other for one, other in pairwise(batches[: -(-n // size)])):
        return "The same batch comes again and again.", "same-batch-every-step"
    return None


def _only_full(epochs: Sequence[Sequence[Batch]], n: int) -> Finding | None:
    """Epochs of full batches alone, where the samples do not fill them: some are left out, or drawn again."""
    visited = [list(chain(*epoch)) for epoch in epochs]
    if again := each_once(visited, n):
        return again[0], "with-replacement"
    if all(len(set(epoch)) == len(epoch) for epoch in visited):
        return f"Of {n} samples, {n - len(visited[0])} are left out in each epoch.", "last-batch-dropped"
    return None


def groups(items: Sequence[T], size: int) -> list[Sequence[T]]:
    """So many at a time, in turn: samples in batches, or batches in epochs."""
    return [items[i : i + size] for i in range(0, len(items), size)]


def left_out(batches: Sequence[Batch], n: int) -> str:
    """Which samples are in no batch, as a sentence to follow another; "" if none."""
    missed = sorted(set(range(n)) - set(chain(*batches)))
    return f" No batch has {_rows(missed)}." if missed else ""


def each_once(epochs: Sequence[Batch], n: int) -> Finding | None:
    """Whether an epoch has samples more than once and others never."""
    for number, epoch in enumerate(epochs, start=1):
        missed = set(range(n)) - set(epoch)
        if missed and (twice := sorted(row for row in set(epoch) if epoch.count(row) > 1)):
            where = f"Epoch {number} has" if len(epochs) > 1 else "The result has"
            fact = f"{where} {_rows(twice)} more than once, and not {_rows(sorted(missed))}."
            return fact, "duplicated-rows" if _are_overwritten(epochs[number - 1 :], missed) else "with-replacement"
    return None


def _are_overwritten(epochs: Sequence[Batch], missed: set[int]) -> bool:
    """Whether rows were lost in exchanges of rows, and not because they were never drawn.

    Each exchange overwrites a row by one that stands before it, and what is lost does not come back in a later epoch.
    """
    from_before = all(row <= place for place, row in enumerate(epochs[0]))
    never_back = len(epochs) > 1 and all(set(later) <= set(earlier) for earlier, later in pairwise(epochs))
    return from_before or never_back or len(missed) == 1


def new_order(split: Sequence[Sequence[Batch]]) -> Finding | None:
    """Whether every epoch has an order of its own, and none the given one."""
    epochs = [list(chain(*batches)) for batches in split]
    given = sorted(epochs[0])
    if all(epoch == given for epoch in epochs):
        return "The samples come in the order in which they are given.", "never-shuffled"
    if len(epochs) > 1 and all(epoch == epochs[0] for epoch in epochs):
        return "Every epoch has the same order.", "shuffled-once"
    if given in epochs:
        return f"Epoch {epochs.index(given) + 1} has the order in which the samples are given.", ""
    together = [set(map(frozenset, batches)) for batches in split]
    if len(together[0]) > 1 and len(epochs) > 1 and all(batches == together[0] for batches in together):
        return "The same samples are in a batch together in every epoch.", ""
    return None


def visits(calls: Sequence[Call], x: Array, y: Array, size: int, epochs: int) -> Finding | None:
    """What is wrong with the batches that a training loop has visited; None if nothing is.

    The calls do not say where an epoch ends. Where there are as many as there should be, it ends after every so many,
    whatever the order of its batches.
    """
    if not calls:
        return "gradients is never called.", ""
    inputs, labels = [rows_of(call.x, x) for call in calls], [rows_of(call.y, y) for call in calls]
    if None in inputs or None in labels:
        what = "x" if None in inputs else "y"
        return f"gradients is given rows that are not among those of {what}.", ""
    batches = [batch for batch in inputs if batch is not None]
    n = len(x)
    if apart := belong_together(batches, [batch for batch in labels if batch is not None], n):
        return apart
    if wrong := sizes(batches, n, size, epochs):
        return wrong
    split = groups(batches, -(-n // size))
    return each_once([list(chain(*epoch)) for epoch in split], n) or new_order(split)


def steps(
    calls: Sequence[Call], W: Layers, b: Layers, ended: tuple[Layers, Layers], lr: float, n: int
) -> Finding | None:
    """What is wrong with the steps from the given weights to those of each call and at last to those returned."""
    places = [flat(call.W, call.b) for call in calls]
    if not _near(places[0], flat(W, b)):
        return "The first call of gradients does not get the weights that train is given.", ""
    taken = [here - there for here, there in pairwise([*places, flat(*ended)])]
    slopes = [lr * flat(call.dW, call.db) for call in calls]
    if _all_near(taken, slopes):
        return None
    named = next((name for name, wrong in _wrong_steps(slopes, calls, n) if _all_near(taken, wrong)), "")
    if named:
        return "The steps are not right.", named
    if not any(step.any() for step in taken):
        return "The weights never change.", ""
    if len(taken) > 1 and not any(step.any() for step in taken[:-1]):
        return "Every call of gradients gets the same weights.", ""
    if _all_near(taken[:-1], slopes[:-1]) and len(taken) > 1:
        return "The weights that are returned are not those after the last step.", ""
    for right, wrong, part in (("W", "b", slice(flat(W, {}).size)), ("b", "W", slice(flat(W, {}).size, None))):
        if _all_near([step[part] for step in taken], [slope[part] for slope in slopes]):
            return f"The steps of {right} are right, those of {wrong} are not.", ""
    first = next(number for number, pair in enumerate(zip(taken, slopes), start=1) if not _near(*pair))
    return f"Step {first} is not the learning rate times the gradient of its batch.", ""


def _wrong_steps(slopes: list[Array], calls: Sequence[Call], n: int) -> Iterator[tuple[str, list[Array]]]:
    """The catalogue's wrong steps: what each would have been."""
    sizes = [len(call.x) for call in calls]
    per_epoch = -(-n // max(sizes))
    yield "plus", [-slope for slope in slopes]
    yield "batch-divided-twice", [slope / size for slope, size in zip(slopes, sizes)]
    yield "batch-divided-twice", [slope / max(sizes) for slope in slopes]
    yield "divided-by-n", [slope * size / n for slope, size in zip(slopes, sizes)]
    yield "divided-by-n", [slope / n for slope in slopes]
    epochs = groups(slopes, per_epoch)
    for group in (epochs, [slopes]):
        yield "gradient-not-reset", [step for part in group for step in np.cumsum(part, axis=0)]
    ends = [(part[-1], np.sum(part, axis=0), np.mean(part, axis=0)) for part in epochs]
    for one_each in zip(*ends):
        still = [[0 * slope for slope in part[:-1]] + [end] for part, end in zip(epochs, one_each)]
        yield "one-step-per-epoch", [step for part in still for step in part]


def flat(W: Layers, b: Layers) -> Array:
    """All numbers of both in one vector."""
    return np.concatenate([np.ravel(layers[k]) for layers in (W, b) for k in sorted(layers)])


def _all_near(some: Sequence[Array], others: Sequence[Array]) -> bool:
    return all(_near(one, other) for one, other in zip(some, others))


def _near(one: Array, other: Array) -> bool:
    return bool(np.abs(one - other).max() <= SAME * np.abs(other).max() + 1e-12)


def _rows(rows: Sequence[int]) -> str:
    return f"row{'s' * (len(rows) > 1)} {_listed(rows)}"


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:6])) + ("" if len(numbers) <= 6 else ", …")
