"""Exercise 06: SGD is told from the batches that are visited and from every single step."""

import math
import random

import numpy as np
import pytest
from test_diagnosis import QUESTIONS, verdict

from bplab.check.attempt import attempt
from bplab.questions import EXERCISES, visits
from bplab.questions.catalogue import catalogue, reference
from bplab.questions.ex06_sgd import minibatches, shuffle, train
from bplab.questions.recorder import CALLS_LIMIT, Recorder

EX06 = EXERCISES["ex06-sgd"]
MISTAKES = [(question.name, mistake.id) for question in EX06.questions for mistake in question.mistakes]


@pytest.mark.parametrize(("name", "mistake"), MISTAKES)
@pytest.mark.parametrize("seed", range(8))
def test_every_row_is_named_alone(name, mistake, seed):
    (wrong,) = [m.wrong for m in QUESTIONS[name].mistakes if m.id == mistake]
    said = verdict(name, wrong, seed)
    assert (said.status, said.share, said.diagnosis) == ("wrong", 0.0, (mistake,)), said


def test_train_knows_every_row_of_the_catalogue():
    assert {mistake.id for mistake in QUESTIONS["train"].mistakes} == {row["id"] for row in catalogue()["sgd"]}


# Right in other ways


def in_place(x, y, W, b, gradients, lr, batch_size, epochs, rng):
    for _ in range(epochs):
        order = np.arange(len(y))
        rng.shuffle(order)
        for rows in np.split(order, range(batch_size, len(y), batch_size)):
            dW, db = gradients(x[rows], y[rows], W, b)
            for k in (2, 1):
                W[k] -= lr * dW[k]
                b[k] -= lr * db[k]
    return [W, b]


def shuffled_data(x, y, W, b, gradients, lr, batch_size, epochs, rng):
    both = np.hstack([x, y])
    steps = -(-len(both) // batch_size)
    for step in range(epochs * steps):
        if step % steps == 0:
            rng.shuffle(both)
        start = step % steps * batch_size
        batch = both[start : start + batch_size].copy()
        slopes = gradients(batch[:, :3], batch[:, 3:], W, b)
        W, b = ({k: p[k] + d[k] * -lr for k in p} for p, d in zip((W, b), slopes))
    return W, b


def visiting(batches):
    """`train` with right steps; `batches(n, batch_size, epochs, rng)` says which samples each of them sees."""

    def train(x, y, W, b, gradients, lr, batch_size, epochs, rng):
        for rows in batches(len(x), batch_size, epochs, rng):
            dW, db = gradients(x[rows], y[rows], W, b)
            W, b = {k: W[k] - lr * dW[k] for k in W}, {k: b[k] - lr * db[k] for k in b}
        return W, b

    return train


def parts(rows, size):
    return [rows[i : i + size] for i in range(0, len(rows), size)]


def last_batch_first(n, size, epochs, rng):
    return [rows for _ in range(epochs) for rows in parts(rng.permutation(n), size)[::-1]]


def batches_in_any_order(n, size, epochs, rng):
    for _ in range(epochs):
        batches = parts(np.argsort(rng.random(n)), size)
        yield from (batches[i] for i in rng.permutation(len(batches)))


def array_split(n, size, epochs, rng):
    return [rows for _ in range(epochs) for rows in np.array_split(rng.permutation(n), -(-n // size))]


def drawn_from_what_is_left(n, size, epochs, rng):
    for _ in range(epochs):
        left = list(range(n))
        while left:
            yield [left.pop(int(rng.integers(len(left)))) for _ in range(min(size, len(left)))]


def in_the_order_of(order):
    """`shuffle` in the order that a function of rng and n gives."""

    def shuffle(x, y, rng):
        rows = order(rng, len(x))
        return x[rows], y[rows]

    return shuffle


def changed_places(rng, n):
    rows = list(range(n))
    for last in range(n - 1, 0, -1):
        other = int(rng.integers(last + 1))
        rows[last], rows[other] = rows[other], rows[last]
    return rows


def sorted_by_chance(rng, n):
    return sorted(range(n), key=dict(zip(range(n), rng.random(n))).get)


def shuffled_rows(rng, n):
    rows = np.arange(n)
    rng.shuffle(rows)
    return rows


def pairs_of_rows(x, y, rng):
    pairs = list(zip(x, y))
    rng.shuffle(pairs)
    return tuple(map(np.array, zip(*pairs)))


def in_place_and_stacked(x, y, rng):
    both = np.hstack([x, y])
    rng.shuffle(both)
    return both[:, : x.shape[1]], both[:, x.shape[1] :]


def seed_drawn(rng, n):
    return np.random.default_rng(int(rng.integers(1 << 62))).permutation(n)


def two_alike(x, y, rng):
    state = rng.bit_generator.state
    rng.shuffle(x)
    rng.bit_generator.state = state
    rng.shuffle(y)
    return x, y


RIGHT = [
    ("shuffle", in_the_order_of(lambda rng, n: rng.permutation(n))),
    ("shuffle", in_the_order_of(lambda rng, n: rng.permuted(np.arange(n)))),
    ("shuffle", in_the_order_of(lambda rng, n: np.argsort(rng.random(n)))),
    ("shuffle", in_the_order_of(lambda rng, n: rng.normal(size=n).argsort()[::-1])),
    ("shuffle", in_the_order_of(lambda rng, n: rng.choice(n, size=n, replace=False))),
    ("shuffle", in_the_order_of(changed_places)),
    ("shuffle", in_the_order_of(sorted_by_chance)),
    ("shuffle", in_the_order_of(shuffled_rows)),
    ("shuffle", in_the_order_of(seed_drawn)),
    ("shuffle", pairs_of_rows),
    ("shuffle", in_place_and_stacked),
    ("shuffle", two_alike),
    ("train", in_place),
    ("train", shuffled_data),
    ("train", visiting(last_batch_first)),
    ("train", visiting(batches_in_any_order)),
    ("train", visiting(array_split)),
    ("train", visiting(drawn_from_what_is_left)),
    ("shuffle", lambda x, y, rng: tuple(np.hsplit(rng.permutation(np.hstack([x, y])), [x.shape[1]]))),
    ("minibatches", lambda x, y, size: [(x[i : i + size], y[i : i + size]) for i in range(0, len(y), size)]),
    ("minibatches", lambda x, y, size: tuple(zip(*(np.split(a, range(size, len(a), size)) for a in (x, y))))),
]


@pytest.mark.parametrize(("name", "function"), RIGHT)
@pytest.mark.parametrize("seed", range(5))
def test_a_right_answer_is_right_however_it_is_written(name, function, seed):
    said = verdict(name, function, seed)
    assert said.right, said


def begun_elsewhere(rng, n):
    return (np.arange(n) + int(rng.integers(1, n))) % n


@pytest.mark.parametrize(
    ("order", "fact"),
    [
        (lambda rng, n: np.random.default_rng(0).permutation(n), "Two different generators give the same order. Does"),
        (lambda rng, n: np.random.RandomState(7).permutation(n), "Two different generators give the same order. Does"),
        (lambda rng, n: np.arange(n) * 7 % n if n % 7 else 0, "Two different generators give the same order. Does"),
        (lambda rng, n: np.random.default_rng().permutation(n), "Two equal generators give different orders. Does"),
        (lambda rng, n: np.random.permutation(n), "Two equal generators give different orders. Does"),
        (lambda rng, n: random.sample(range(n), n), "Two equal generators give different orders. Does"),
        (lambda rng, n: np.arange(n)[::-1], "Every row still has the same two neighbours."),
        (begun_elsewhere, "Every row still has the same two neighbours."),
    ],
)
@pytest.mark.parametrize("seed", range(8))
def test_an_order_that_is_not_the_generator_s_is_told(order, fact, seed):
    said = verdict("shuffle", in_the_order_of(order), seed)
    assert (said.status, said.share, said.diagnosis) == ("wrong", 0.0, ())
    assert fact in said.fact


@pytest.mark.parametrize(
    ("own", "fact"),
    [
        (lambda: np.random.default_rng(0), "Two different generators give the same order. Does"),
        (lambda: np.random.default_rng(), "Two equal generators give different orders. Does"),
        (lambda: np.random, "Two equal generators give different orders. Does"),
    ],
)
@pytest.mark.parametrize("seed", range(4))
def test_a_training_loop_that_takes_its_order_from_elsewhere_is_told(own, fact, seed):
    def orders(n, size, epochs, rng):
        rng = own()
        return [rows for _ in range(epochs) for rows in parts(rng.permutation(n), size)]

    said = verdict("train", visiting(orders), seed)
    assert (said.status, said.share, said.diagnosis) == ("wrong", 0.0, ())
    assert said.fact.startswith(f"Every batch and every step is right. {fact}")


@pytest.mark.parametrize("seed", range(8))
def test_the_data_s_own_order_is_no_shuffle(seed):
    def sorted_by_x(x, y, rng):
        order = np.argsort(x[:, 0])
        return x[order], y[order]

    assert "Two different generators give the same order." in verdict("shuffle", sorted_by_x, seed).fact


@pytest.mark.parametrize("seed", range(50))
def test_chance_never_makes_a_right_answer_wrong(seed):
    for name, function in (("train", train), ("shuffle", shuffle), ("minibatches", minibatches)):
        assert verdict(name, function, seed).right


# Known mistakes, in a student's hand


def drawn_each_step(count, **how):
    """A batch drawn anew for each step, so many in an epoch."""
    return lambda n, size, epochs, rng: [
        rng.choice(n, min(size, n), **how) for _ in range(epochs * max(1, count(n / size)))
    ]


def full_batches(n, size, epochs, rng):
    return [rows for _ in range(epochs) for rows in parts(rng.permutation(n), size)[: n // size]]


def start_not_multiplied(n, size, epochs, rng):
    orders = [rng.permutation(n) for _ in range(epochs)]
    return [order[i : i + size] for order in orders for i in range(-(-n // size))]


IN_A_STUDENTS_HAND = [
    (drawn_each_step(math.ceil), "with-replacement"),
    (drawn_each_step(math.floor), "with-replacement"),
    (drawn_each_step(math.ceil, replace=False), "with-replacement"),
    (drawn_each_step(math.floor, replace=False), "with-replacement"),
    (full_batches, "last-batch-dropped"),
    (start_not_multiplied, "overlapping-batches"),
    (lambda n, size, epochs, rng: [rng.permutation(n)[:size] for _ in range(epochs)], "one-batch-per-epoch"),
    (lambda n, size, epochs, rng: [range(n)] * epochs, "whole-set-each-step"),
    (lambda n, size, epochs, rng: [[i] for _ in range(epochs) for i in range(n)], "ignores-batch-size"),
]


def stepping(step):
    """`train` on right batches, the short one first; `step(slopes, sizes, n)` is the gradient that it goes down."""

    def train(x, y, W, b, gradients, lr, batch_size, epochs, rng):
        seen, sizes = [], []
        for rows in last_batch_first(len(x), batch_size, epochs, rng):
            seen.append(gradients(x[rows], y[rows], W, b))
            sizes.append(len(rows))
            dW, db = zip(*seen)
            W = {k: W[k] - lr * step([slopes[k] for slopes in dW], sizes, len(x)) for k in W}
            b = {k: b[k] - lr * step([slopes[k] for slopes in db], sizes, len(x)) for k in b}
        return W, b

    return train


@pytest.mark.parametrize(
    ("step", "mistake"),
    [
        (lambda slopes, sizes, n: -slopes[-1], "plus"),
        (lambda slopes, sizes, n: slopes[-1] / sizes[-1], "batch-divided-twice"),
        (lambda slopes, sizes, n: slopes[-1] / max(4, *sizes), "batch-divided-twice"),
        (lambda slopes, sizes, n: slopes[-1] / n, "divided-by-n"),
        (lambda slopes, sizes, n: slopes[-1] * sizes[-1] / n, "divided-by-n"),
        (lambda slopes, sizes, n: sum(slopes), "gradient-not-reset"),
        (lambda slopes, sizes, n: sum(slopes[-1 - (len(slopes) - 1) % 3 :]), "gradient-not-reset"),
    ],
)
def test_a_wrong_step_is_named_with_the_short_batch_first(step, mistake):
    assert verdict("train", stepping(step), 0).diagnosis == (mistake,)


@pytest.mark.parametrize(("batches", "mistake"), IN_A_STUDENTS_HAND)
@pytest.mark.parametrize("seed", range(4))
def test_a_known_mistake_is_named_however_it_is_written(batches, mistake, seed):
    assert verdict("train", visiting(batches), seed).diagnosis == (mistake,)


@pytest.mark.parametrize(
    ("batches", "epochs", "fact", "mistake"),
    [
        # 10 alone is missed, as if a swap had overwritten it; but with swaps the last batch would be shorter.
        ([[3, 1, 2, 0], [7, 5, 6, 4], [8, 9, 0, 1]], 1, "rows 0, 1 more than once, and not row 10", "with-replacement"),
        (
            [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10], [0, 1, 2, 3, 4], [5, 6, 7], [8, 9, 10]],
            2,
            "The batches have 5, 3, 3 samples, expected 4, 4, 3.",
            "",
        ),
    ],
)
def test_what_sizes_alone_tell(batches, epochs, fact, mistake):
    said, named = visits.sizes(batches, n=11, size=4, epochs=epochs)
    assert fact in said
    assert named == mistake


# Wrong in a way that no row knows


def one_epoch(n, size, epochs, rng):
    return parts(rng.permutation(n), size)


def one_epoch_too_few(n, size, epochs, rng):
    return [rows for _ in range(1, epochs) for rows in parts(rng.permutation(n), size)]


def filled_up(n, size, epochs, rng):
    orders = [rng.permutation(n) for _ in range(epochs)]
    return [np.take(order, range(i, i + size), mode="wrap") for order in orders for i in range(0, n, size)]


def the_same_batches(n, size, epochs, rng):
    batches = parts(rng.permutation(n), size)
    return [batches[i] for shift in range(epochs) for i in np.roll(range(len(batches)), shift)]


def only_W(x, y, W, b, gradients, lr, batch_size, epochs, rng):
    for _ in range(epochs):
        for pair in minibatches(*shuffle(x, y, rng), batch_size):
            dW, _ = gradients(*pair, W, b)
            W = {k: W[k] - lr * dW[k] for k in W}
    return W, b


def always_from_the_start(x, y, W, b, gradients, lr, batch_size, epochs, rng):
    for _ in range(epochs):
        for pair in minibatches(*shuffle(x, y, rng), batch_size):
            dW, db = gradients(*pair, W, b)
            new_W, new_b = {k: W[k] - lr * dW[k] for k in W}, {k: b[k] - lr * db[k] for k in b}
    return new_W, new_b


def wrong_train(step=lambda slopes, lr: lr * slopes, end=lambda start, W: W):
    def function(x, y, W, b, gradients, lr, batch_size, epochs, rng):
        start = dict(W)
        for _ in range(epochs):
            for pair in minibatches(*shuffle(x, y, rng), batch_size):
                dW, db = gradients(*pair, W, b)
                W, b = ({k: p[k] - step(d[k], lr) for k in p} for p, d in ((W, dW), (b, db)))
        return end(start, W), b

    return function


UNKNOWN = [
    ("train", wrong_train(step=lambda slopes, lr: slopes), "Step 1 is not the learning rate times the gradient"),
    ("train", wrong_train(step=lambda slopes, lr: 0 * slopes), "The weights never change."),
    ("train", wrong_train(end=lambda start, W: start), "are not those after the last step"),
    ("train", wrong_train(end=lambda start, W: W[1]), "W is an array of shape (3, 4), expected a dictionary"),
    ("train", visiting(one_epoch), "There are 3 batches; 3 epochs of 3 make 9."),
    ("train", visiting(one_epoch_too_few), "There are 6 batches; 3 epochs of 3 make 9."),
    ("train", visiting(lambda n, size, *_: [range(size)]), "There is only one batch; 3 epochs of 3 make 9."),
    ("train", visiting(filled_up), "The batches have 4, 4, 4 samples, expected 4, 4, 3."),
    ("train", visiting(the_same_batches), "The same samples are in a batch together in every epoch."),
    ("train", only_W, "The steps of W are right, those of b are not."),
    ("train", always_from_the_start, "Every call of gradients gets the same weights."),
    ("train", lambda x, y, W, b, *rest: (W, b), "gradients is never called."),
    ("train", lambda *given: train(*given[:7], given[7] + 1, given[8]), "There are 12 batches; 3 epochs of 3 make 9."),
    ("train", lambda *given: None, "gradients is never called."),
    ("shuffle", lambda x, y, rng: x, "The result is an array of shape (11, 3), expected 2 values, x and y."),
    ("shuffle", lambda x, y, rng: (x + 1, y), "x has rows that are not among those given."),
    ("shuffle", lambda x, y, rng: (x[:-1], y[:-1]), "x has shape (10, 3), expected an array of shape (11, 3)."),
    ("minibatches", lambda x, y, size: iter(()), "The result is a tuple_iterator, expected a list of pairs"),
    ("minibatches", lambda x, y, size: [], "The result is an empty list"),
    ("minibatches", lambda x, y, size: [x[:size], y[:size]], "Batch 1 is an array of shape (4, 3)"),
    (
        "minibatches",
        lambda x, y, size: [(x[:size], y[0])],
        "y of batch 1 is an array of shape (2,)",
    ),
    ("minibatches", lambda x, y, size: minibatches(x[::-1], y[::-1], size), "one after the other, 4 at a time."),
    ("minibatches", lambda x, y, size: [(x[:3], y[:3]), (x[3:7], y[3:7]), (x[7:], y[7:])], "4 at a time."),
]


@pytest.mark.parametrize(("name", "function", "fact"), UNKNOWN)
def test_what_no_row_knows_is_described_and_not_named(name, function, fact):
    said = verdict(name, function, seed=0)
    assert (said.status, said.share, said.diagnosis) == ("wrong", 0.0, ())
    assert fact in said.fact


def test_what_is_right_is_said_first():
    said = {mistake.id: verdict("train", mistake.wrong, 0).fact for mistake in QUESTIONS["train"].mistakes}
    assert said["plus"].startswith("Every epoch visits each sample once, in a new order.")
    assert said["shuffled-once"].startswith("Every step is right for its batch, the batches are not.")


def sliced(rows):
    """`minibatches` of the rows that a function of n and the batch size gives."""
    return lambda x, y, size: [(x[part], y[part]) for part in rows(len(x), size)]


@pytest.mark.parametrize(
    ("rows", "fact"),
    [
        (lambda n, size: parts(range(n), size)[1:], "batches of 4 make 3. No batch has rows 0, 1, 2, 3."),
        (lambda n, size: parts(range(1, n), size), "expected 4, 4, 3. No batch has row 0."),
        (lambda n, size: [part[:-1] for part in parts(range(n), size)], "No batch has rows 3, 7, 10."),
        (lambda n, size: parts([*range(n - 1), 0], size), "one after the other, 4 at a time. No batch has row 10."),
        (lambda n, size: parts(range(n), size)[: n // size], "No batch has rows 8, 9, 10."),
        (lambda n, size: [*parts(range(n), size), range(1)], "There are 4 batches; 11 samples in batches of 4 make 3."),
    ],
)
def test_the_rows_that_minibatches_leave_out_are_told(rows, fact):
    assert verdict("minibatches", sliced(rows), 0).fact.endswith(fact)


# The function that is handed to the student's


def batch(rng, n=5):
    x, y = rng.normal(size=(n, 3)), rng.normal(size=(n, 2))
    W, b = {1: rng.normal(size=(3, 4)), 2: rng.normal(size=(4, 2))}, {1: rng.normal(size=4), 2: rng.normal(size=2)}
    return x, y, W, b


def test_the_recorder_answers_with_the_gradients_and_keeps_what_it_was_given():
    x, y, W, b = batch(np.random.default_rng(1))
    recorder = Recorder("gradients")
    dW, db = recorder(x, y, W, b)
    expected_dW, expected_db = reference("gradients")(x, y, W, b)
    assert all(np.array_equal(dW[k], expected_dW[k]) and np.array_equal(db[k], expected_db[k]) for k in W)
    W[1] += 1
    dW[1] += 1
    (call,) = recorder.calls
    assert np.array_equal(call.W[1] + 1, W[1])
    assert np.array_equal(call.dW[1] + 1, dW[1])


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda x, y, W, b: (x[0], y, W, b), r"x_batch has shape \(3,\), expected \(samples, inputs\)"),
        (lambda x, y, W, b: (x[:0], y, W, b), r"x_batch has shape \(0, 3\), expected \(samples, inputs\)"),
        (lambda x, y, W, b: (x, y[:, 0], W, b), r"y_batch has shape \(5,\), expected \(5, outputs\)"),
        (lambda x, y, W, b: (x, y[:4], W, b), r"y_batch has shape \(4, 2\), expected \(5, outputs\)"),
        (lambda x, y, W, b: (x.tolist(), y, W, b), r"x_batch is a list, expected an array"),
        (lambda x, y, W, b: (x, y, W[1], b), "W is not a dictionary with the keys 1 and 2"),
        (lambda x, y, W, b: (x, y, W, {1: b[1]}), "b is not a dictionary with the keys 1 and 2"),
        (
            lambda x, y, W, b: (x, y, {1: W[1].T, 2: W[2]}, b),
            r"W\[1\] has shape \(4, 3\), expected \(3, hidden units\)",
        ),
        (lambda x, y, W, b: (x, y, W, {1: b[1], 2: b[1]}), r"b\[2\] has shape \(4,\), expected \(2,\)"),
        (lambda x, y, W, b: (x * np.nan, y, W, b), "x_batch contains nan"),
        (lambda x, y, W, b: (np.ones((30_000, 3)), y, W, b), r"x_batch has shape \(30000, 3\): far more than was"),
        (
            lambda x, y, W, b: (np.ones((20_000, 3)), np.ones((20_000, 2)), W, b),
            "20000 samples and 4 hidden units are far more than was asked for",
        ),
    ],
)
def test_the_recorder_refuses_what_does_not_fit(spoil, words):
    with pytest.raises(ValueError, match=words):
        Recorder("gradients")(*spoil(*batch(np.random.default_rng(1))))


def test_the_recorder_stops_an_endless_training():
    given, recorder = batch(np.random.default_rng(1)), Recorder("gradients")
    for _ in range(CALLS_LIMIT):
        recorder(*given)
    with pytest.raises(ValueError, match="far more often than was asked for"):
        recorder(*given)


def test_the_recorder_keeps_no_more_than_so_many_numbers():
    wide = 20_000
    W, b = {1: np.ones((1, wide)), 2: np.ones((wide, 1))}, {1: np.ones(wide), 2: np.ones(1)}
    given, recorder = (np.ones((1, 1)), np.ones((1, 1)), W, b), Recorder("gradients")
    for _ in range(9):
        recorder(*given)
    with pytest.raises(ValueError, match="far more often than was asked for"):
        recorder(*given)


def test_the_function_can_be_called_by_its_parameters_names():
    x, y, W, b = batch(np.random.default_rng(1))
    assert Recorder("gradients")(b=b, W=W, y_batch=y, x_batch=x)[0].keys() == {1, 2}
    with pytest.raises(TypeError, match=r"gradients\(\) missing 1 required positional argument: 'b'"):
        Recorder("gradients")(x, y, W)


def test_an_error_of_the_recorder_is_told_with_the_students_line():
    def wrong(x, y, W, b, gradients, lr, batch_size, epochs, rng):
        return gradients(x[0], y[0], W, b)

    said = attempt(QUESTIONS["train"], wrong)
    assert said.status == "error"
    assert "x_batch has shape (3,), expected (samples, inputs)" in said.fact
