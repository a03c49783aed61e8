"""Exercise 06: shuffle, mini-batches and the loop of note 004, judged by the batches visited and by every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from bplab.questions import Case, Exercise, Judged, Known, Mistake, Question, Rng, visits
from bplab.questions.answers import Array, compare, kind
from bplab.questions.cases import Layers, draw, weights
from bplab.questions.catalogue import catalogue

Pairs = list[tuple[Array, Array]]
Gradients = tuple[Layers, Layers]

# (samples, batch size): with a shorter last batch, without one, one batch for all. So many samples that chance alone
# does not leave them in their order.
SIZES = ((11, 4), (15, 5), (12, 16))


def shuffle(x: Array, y: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    order = rng.permutation(len(x))
    return x[order], y[order]


def minibatches(x: Array, y: Array, batch_size: int) -> Pairs:
    starts = range(0, len(x), batch_size)
    return [(x[start : start + batch_size], y[start : start + batch_size]) for start in starts]


def train(
    x: Array,
    y: Array,
    W: Layers,
    b: Layers,
    gradients: Callable[..., Gradients],
    lr: float,
    batch_size: int,
    epochs: int,
    rng: np.random.Generator,
) -> tuple[Layers, Layers]:
    for _ in range(epochs):
        for x_batch, y_batch in minibatches(*shuffle(x, y, rng), batch_size):
            dW, db = gradients(x_batch, y_batch, W, b)
            W, b = moved(W, dW, lr), moved(b, db, lr)
    return W, b


def moved(layers: Layers, slopes: Layers, lr: float) -> Layers:
    return {k: layers[k] - lr * slopes[k] for k in layers}


# ------------------------------------------------------------------ what goes wrong


def swapped_rows(x: Array, y: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Rows exchanged in place as if they were numbers: one is overwritten before it is copied."""
    for i in reversed(range(1, len(x))):
        j = int(rng.integers(i))
        for data in (x, y):
            data[i], data[j] = data[j], data[i]
    return x, y


def drawn(x: Array, y: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    rows = rng.integers(len(x), size=len(x))
    return x[rows], y[rows]


SHUFFLES: dict[str, Callable[..., tuple[Array, Array]]] = {
    "never-shuffled": lambda x, y, rng: (x, y),
    "x-and-y-shuffled-apart": lambda x, y, rng: (rng.permutation(x), rng.permutation(y)),
    "only-y-shuffled": lambda x, y, rng: (x, rng.permutation(y)),
    "with-replacement": drawn,
    "duplicated-rows": swapped_rows,
}
SPLITS: dict[str, Callable[[Array, Array, int], Pairs]] = {
    "last-batch-dropped": lambda x, y, size: minibatches(x, y, size)[: len(x) // size],
    "whole-set-each-step": lambda x, y, size: [(x, y)] * len(minibatches(x, y, size)),
    "one-batch-per-epoch": lambda x, y, size: minibatches(x, y, size)[:1],
    "same-batch-every-step": lambda x, y, size: [(x[:size], y[:size])] * len(minibatches(x, y, size)),
    "overlapping-batches": lambda x, y, size: [(x[i : i + size], y[i : i + size]) for i in range(len(x))],
    "ignores-batch-size": lambda x, y, size: minibatches(x, y, 1),
}
# What one step takes for the gradient: from all gradients so far, the batch's size and the number of samples.
STEPS: dict[str, Callable[[list[Layers], int, int], Layers]] = {
    "batch-divided-twice": lambda seen, size, n: {k: slopes / size for k, slopes in seen[-1].items()},
    "divided-by-n": lambda seen, size, n: {k: slopes * size / n for k, slopes in seen[-1].items()},
    "gradient-not-reset": lambda seen, size, n: {k: np.sum([slopes[k] for slopes in seen], axis=0) for k in seen[-1]},
    "plus": lambda seen, size, n: {k: -slopes for k, slopes in seen[-1].items()},
}


def trainer(
    order: Callable[..., tuple[Array, Array]] = shuffle,
    split: Callable[[Array, Array, int], Pairs] = minibatches,
    step: Callable[[list[Layers], int, int], Layers] | None = None,
) -> Callable[..., Any]:
    """`train` with one of its parts in another way."""

    def train(
        x: Any, y: Any, W: Any, b: Any, gradients: Any, lr: Any, batch_size: Any, epochs: Any, rng: Any
    ) -> tuple[Layers, Layers]:
        seen: list[Gradients] = []
        for _ in range(epochs):
            for x_batch, y_batch in split(*order(x, y, rng), batch_size):
                seen.append(gradients(x_batch, y_batch, W, b))
                dW, db = zip(*seen)
                size, n = len(x_batch), len(x)
                W = moved(W, step(list(dW), size, n) if step else dW[-1], lr)
                b = moved(b, step(list(db), size, n) if step else db[-1], lr)
        return W, b

    return train


def shuffled_once(x: Any, y: Any, *others: Any) -> Any:
    *_, rng = others
    return trainer(SHUFFLES["never-shuffled"])(*shuffle(x, y, rng), *others)


def one_step_per_epoch(
    x: Any, y: Any, W: Any, b: Any, gradients: Any, lr: Any, batch_size: Any, epochs: Any, rng: Any
) -> Any:
    for _ in range(epochs):
        for x_batch, y_batch in minibatches(*shuffle(x, y, rng), batch_size):
            dW, db = gradients(x_batch, y_batch, W, b)
        W, b = moved(W, dW, lr), moved(b, db, lr)
    return W, b


def mistakes(wrong: dict[str, Callable[..., Any]]) -> list[Mistake]:
    """The catalogue's rows with these ids, in its order."""
    rows = (row for row in catalogue()["sgd"] if row["id"] in wrong)
    return [Mistake(row["id"], wrong[row["id"]], row["message"], row["hint"]) for row in rows]


# ------------------------------------------------------------------ what is asked, and the judges


def data(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    return draw(rng, n, 3), draw(rng, n, 2)


def shuffle_cases(rng: np.random.Generator) -> list[Case]:
    return once_more([(*data(rng, n), Rng(int(rng.integers(1 << 30)))) for n, _ in SIZES])


def once_more(cases: list[Case]) -> list[Case]:
    """The cases, and the second once more with the same generator and with another one."""
    *given, seed = cases[1]
    return [*cases, (*given, seed), (*given, Rng(seed.seed + 1))]


def split_cases(rng: np.random.Generator) -> list[Case]:
    return [(*data(rng, n), size) for n, size in SIZES]


def train_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for (n, size), epochs in zip(SIZES, (3, 2, 4)):
        start = (*data(rng, n), *weights(rng, (3, 4, 2)))
        seed = Rng(int(rng.integers(1 << 30)))
        cases.append((*start, Known("gradients"), float(rng.uniform(0.1, 0.4)), size, epochs, seed))
    return once_more(cases)


def judge_shuffle(case: Case, answer: Any) -> Judged:
    """Whether these are all samples, in one order for both, and not the given one."""
    x, y, _ = case
    if misfit := _misfit(answer, x=x, y=y):
        return 0.0, misfit
    inputs, labels = visits.rows_of(answer[0], x), visits.rows_of(answer[1], y)
    if inputs is None or labels is None:
        return 0.0, f"{'x' if inputs is None else 'y'} has rows that are not among those given."
    found = (
        visits.belong_together([inputs], [labels], len(x))
        or visits.each_once([inputs], len(x))
        or visits.new_order([[inputs]])
    )
    if not found and {(after - before) % len(x) for before, after in pairwise(inputs)} in ({1}, {len(x) - 1}):
        found = "Every row still has the same two neighbours. Can each row come to any place?", ""
    return (0.0, *found) if found else (1.0, "")


def judge_shuffles(cases: Sequence[Case], answers: Sequence[Any]) -> Judged:
    """Whether the order is the generator's."""
    orders = [visits.rows_of(answer[0], case[0]) for case, answer in zip(cases, answers)]
    return _follows_rng("x and y stay together.", orders, cases)


def judge_trains(cases: Sequence[Case], answers: Sequence[Any]) -> Judged:
    """Whether the order of all batches is the generator's."""
    orders = [[visits.rows_of(call.x, x) for call in calls] for x, _, _, _, calls, *_ in cases]
    return _follows_rng("Every batch and every step is right.", orders, cases)


def _follows_rng(right: str, orders: Sequence[Any], cases: Sequence[Case]) -> Judged:
    """Whether samples get the same order from the same generator, and another from another."""
    for (one, (x, *_, rng)), (two, (other, *_, others)) in combinations(zip(orders, cases), 2):
        if len(x) == len(other) and (one == two) != (rng == others):
            which, order = ("equal", "different orders") if rng == others else ("different", "the same order")
            fact = f"{right} Two {which} generators give {order}."
            return 0.0, f"{fact} Does every random number in your function come from rng?"
    return 1.0, ""


def judge_split(case: Case, answer: Any) -> Judged:
    """Whether these are consecutive batches of this size that hold every sample."""
    x, y, size = case
    if not isinstance(answer, (list, tuple)) or not answer:
        what = "an empty list" if answer == [] else kind(answer)
        return 0.0, f"The result is {what}, expected a list of pairs (x_batch, y_batch)."
    for number, pair in enumerate(answer, start=1):
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            return 0.0, f"Batch {number} is {kind(pair)}, expected a pair (x_batch, y_batch)."
        for batch, given, name in zip(pair, (x, y), "xy"):
            is_table = isinstance(batch, np.ndarray) and batch.ndim == 2
            if is_table and not len(batch):
                return 0.0, f"{name} of batch {number} is empty. From where to where does its slice go?"
            if not is_table or not visits.rows_of(batch, given):
                return 0.0, f"{name} of batch {number} is {kind(batch)}, expected rows of {name}."
    inputs, labels = ([visits.rows_of(pair[i], given) or [] for pair in answer] for i, given in ((0, x), (1, y)))
    apart = next((number for number, pair in enumerate(zip(inputs, labels), start=1) if pair[0] != pair[1]), None)
    if apart:
        return 0.0, f"x and y of batch {apart} are not the same rows."
    fact, mistake = visits.sizes(inputs, len(x), size, epochs=1) or ("", "")
    if not fact and inputs != visits.groups(list(range(len(x))), size):
        fact = f"The batches are not the samples one after the other, {size} at a time."
    if fact:
        return 0.0, fact + visits.left_out(inputs, len(x)), mistake
    return 1.0, ""


def judge_train(case: Case, answer: Any) -> Judged:
    """Whether each epoch visits every sample once in a new order, and each step is the gradient's of its batch."""
    x, y, W, b, calls, lr, size, epochs, _ = case
    visited = visits.visits(calls, x, y, size, epochs)
    misfit = _misfit(answer, W=W, b=b)
    wrong = (misfit, "") if misfit or not calls else visits.steps(calls, W, b, answer, lr, len(x))
    if visited:
        right = "Every step is right for its batch, the batches are not. " if wrong is None else ""
        return 0.0, f"{right}{visited[0]}", visited[1]
    if wrong:
        return 0.0, f"Every epoch visits each sample once, in a new order. {wrong[0]}", wrong[1]
    return 1.0, ""


def _misfit(answer: Any, **expected: Any) -> str:
    """What keeps an answer from being values of these names and shapes; "" if nothing does."""
    pieces = compare(answer, tuple(expected.values()), names=tuple(expected))
    return next((f"{piece.label or 'The result'} {piece.problem}." for piece in pieces if piece.problem), "")


EXERCISE = Exercise(
    "ex06-sgd",
    title="Stochastic gradient descent",
    questions=[
        Question(
            "shuffle",
            2,
            shuffle,
            shuffle_cases,
            mistakes=mistakes(SHUFFLES),
            judge=judge_shuffle,
            together=judge_shuffles,
        ),
        Question("minibatches", 3, minibatches, split_cases, mistakes=mistakes(SPLITS), judge=judge_split),
        Question(
            "train",
            5,
            train,
            train_cases,
            mistakes=mistakes(
                {name: trainer(order=order) for name, order in SHUFFLES.items()}
                | {name: trainer(split=split) for name, split in SPLITS.items()}
                | {name: trainer(step=step) for name, step in STEPS.items()}
                | {"shuffled-once": shuffled_once, "one-step-per-epoch": one_step_per_epoch}
            ),
            judge=judge_train,
            together=judge_trains,
        ),
    ],
)
