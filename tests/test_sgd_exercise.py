"""Exercise 06: SGD is told from the batches that are visited and from every single step."""

import numpy as np
import pytest
from test_diagnosis import QUESTIONS, verdict

from bplab.check.attempt import attempt
from bplab.questions import EXERCISES
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


def last_batch_first(x, y, W, b, gradients, lr, batch_size, epochs, rng):
    for _ in range(epochs):
        pairs = minibatches(*shuffle(x, y, rng), batch_size)
        for pair in [pairs[i] for i in np.random.default_rng(5).permutation(len(pairs) - 1)] + pairs[-1:]:
            dW, db = gradients(*pair, W, b)
            W, b = {k: W[k] - lr * dW[k] for k in W}, {k: b[k] - lr * db[k] for k in b}
    return W, b


RIGHT = [
    ("train", in_place),
    ("train", shuffled_data),
    ("train", last_batch_first),
    ("shuffle", lambda x, y, rng: tuple(np.hsplit(rng.permutation(np.hstack([x, y])), [x.shape[1]]))),
    ("minibatches", lambda x, y, size: [(x[i : i + size], y[i : i + size]) for i in range(0, len(y), size)]),
    ("minibatches", lambda x, y, size: tuple(zip(*(np.split(a, range(size, len(a), size)) for a in (x, y))))),
]


@pytest.mark.parametrize(("name", "function"), RIGHT)
@pytest.mark.parametrize("seed", range(5))
def test_a_right_answer_is_right_however_it_is_written(name, function, seed):
    said = verdict(name, function, seed)
    assert said.right, said


def sorted_by_x(x, y, rng):
    order = np.argsort(x[:, 0])
    return x[order], y[order]


@pytest.mark.parametrize("seed", range(50))
def test_chance_never_makes_a_right_answer_wrong(seed):
    for name, function in (("train", train), ("shuffle", shuffle), ("minibatches", minibatches)):
        assert verdict(name, function, seed).right


# Wrong in a way that no row knows


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
    ("train", lambda x, y, W, b, *rest: (W, b), "gradients is never called."),
    ("train", lambda *given: train(*given[:7], given[7] + 1, given[8]), "There are 12 batches; 3 epochs of 3 make 9."),
    ("train", lambda *given: None, "gradients is never called."),
    ("shuffle", lambda x, y, rng: x, "The result is an array of shape (11, 3), expected 2 values, x and y."),
    ("shuffle", lambda x, y, rng: (x + 1, y), "x has rows that are not among those given."),
    ("shuffle", lambda x, y, rng: (x[:-1], y[:-1]), "x has shape (10, 3), expected an array of shape (11, 3)."),
    ("minibatches", lambda x, y, size: iter(()), "The result is a tuple_iterator, expected a list of pairs"),
    ("minibatches", lambda x, y, size: [], "The result is a list"),
    ("minibatches", lambda x, y, size: [x[:size], y[:size]], "Batch 1 is an array of shape (4, 3)"),
    (
        "minibatches",
        lambda x, y, size: [(x[:size], y[0])],
        "y of batch 1 is an array of shape (2,)",
    ),
    ("minibatches", lambda x, y, size: minibatches(x[::-1], y[::-1], size), "one after the other"),
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


def test_the_sorted_data_of_a_student_are_no_shuffle_only_if_they_are_the_given_order():
    assert verdict("shuffle", sorted_by_x, 0).right


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
    recorder = Recorder("gradients")
    with pytest.raises(ValueError, match="far more often than was asked for"):
        for _ in range(CALLS_LIMIT):
            recorder(np.ones((1, 1)), np.ones((1, 1)), W, b)
    assert len(recorder.calls) < 20


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
