import re
from collections import Counter

import numpy as np
import pytest
from test_diagnosis import QUESTIONS, answers, draw_cases

import bplab
from bplab.questions.catalogue import TASKS, catalogue, mistakes, reference
from bplab.questions.diagnosis import Returned, judge

TWINS = {
    "output_gradients": [{"dw2-transposed", "both-transposed"}, {"only-last-sample", "deep-only-last-sample"}],
    "hidden_gradients": [
        {"dw1-transposed", "both-transposed"},
        {"dw1-averaged-again", "both-averaged-again"},
        {"only-last-sample", "deep-only-last-sample"},
    ],
    "gradients": [{"only-last-sample", "deep-only-last-sample"}],
    # In a function of one layer that layer is the first.
    "backward_step": [{"deep-prime-missing", "deep-prime-missing-first"}],
}


def diagnose(name, function, seed):
    question = QUESTIONS[name]
    cases = draw_cases(question, seed)
    return judge(question, cases, answers(question, function, cases))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", TASKS)
def test_every_row_is_named_alone_or_with_its_twins(name, seed):
    found = Counter()
    for mistake in mistakes(name):
        said = diagnose(name, mistake.wrong, seed)
        twins = next((ids for ids in TWINS.get(name, []) if mistake.id in ids), {mistake.id})
        assert set(said.diagnosis) == twins, f"{mistake.id}\n{said}"
        assert said.status == "wrong"
        # Of twins the one that concerns the function whole gives the message.
        assert said.diagnosis[0] not in ("both-transposed", "both-averaged-again") or len(twins) == 1
        found["with twins" if len(twins) > 1 else "alone"] += 1
    print(name, dict(found))


@pytest.mark.parametrize("name", TASKS)
def test_every_row_gives_a_value_in_at_least_one_case(name):
    question = QUESTIONS[name]
    cases = draw_cases(question, 4)
    for mistake in mistakes(name):
        assert any(isinstance(answer, Returned) for answer in answers(question, mistake.wrong, cases)), mistake.id


@pytest.mark.parametrize("name", [name for name in TASKS if QUESTIONS[name].pairs])
def test_two_mistakes_at_once_are_both_named_or_are_a_single_one(name):
    single = {}
    for pair in QUESTIONS[name].pairs:
        said = diagnose(name, pair.wrong, 5)
        if said.diagnosis != tuple(pair.id.split(";")):
            single[pair.id] = said.diagnosis
    # What two rows do together may be what a third does alone, or what the later of the two does.
    expected = {
        "missing-two;missing-one-over-n": ("missing-two-and-one-over-n",),
        "missing-two;reversed-difference": ("reversed-and-missing-two",),
        "dw2-transposed;dw1-transposed": ("both-transposed",),
        "bias-averaged-again;bias-missing": ("bias-missing",),
    }
    assert single.items() <= expected.items()


# The references are the course's mathematics


def network(sizes, W, b):
    net = bplab.Network(sizes, ["sigmoid", "linear"])
    for k in (1, 2):
        net.W[k], net.b[k] = W[k], b[k]
    return net


def test_the_references_are_the_library_s_forward_and_backward_pass():
    for x, y, W, b in draw_cases(QUESTIONS["gradients"], 6):
        net = network([x.shape[1], W[1].shape[1], y.shape[1]], W, b)
        trace = net.forward(x)
        grads = net.backward(trace, y)
        z, a = reference("forward")(x, W, b)
        dW, db = reference("gradients")(x, y, W, b)
        dW2, db2 = reference("output_gradients")(a[1], a[2], y)
        dW1, db1 = reference("hidden_gradients")(x, z[1], W[2], grads.delta[2])
        for k in (1, 2):
            np.testing.assert_allclose(z[k], trace.z[k], rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(a[k], trace.a[k], rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(dW[k], grads.W[k], rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(db[k], grads.b[k], rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose((dW1, dW2)[k - 1], grads.W[k], rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose((db1, db2)[k - 1], grads.b[k], rtol=1e-12, atol=1e-14)
        np.testing.assert_array_equal(a[0], x)


def test_the_references_of_sigmoid_and_line():
    z = np.array([[-30.0, -2.0], [0.5, 30.0]])
    np.testing.assert_allclose(reference("sigmoid")(z), bplab.activations.sigmoid(z), rtol=1e-14)
    np.testing.assert_allclose(reference("line")(z, 2.0, 0.5), 2 * z + 0.5)


def test_the_references_of_the_loss_are_the_library_s():
    loss = bplab.losses.LOSSES["squared_error"]
    for y_hat, y in draw_cases(QUESTIONS["loss_gradient"], 6):
        slope = np.empty_like(y_hat)
        loss.gradient(y_hat, y, slope)
        np.testing.assert_allclose(reference("squared_error")(y_hat, y), loss.cost(y_hat, y_hat, y), rtol=1e-12)
        np.testing.assert_allclose(reference("loss_gradient")(y_hat, y), slope, rtol=1e-12)


def test_the_central_difference_of_a_cubic_is_off_by_the_square_of_the_step():
    for _, w, h in draw_cases(QUESTIONS["numerical_gradient"], 6):
        flat = w.ravel()
        slopes = 3 * flat**2 + np.append(0, flat[:-1]) + np.append(flat[1:], 0)
        found = reference("numerical_gradient")(bplab.questions.known.cubic, w, h)
        np.testing.assert_allclose(found, slopes.reshape(w.shape) + h**2, rtol=1e-12)


def test_the_references_of_the_slopes_and_the_chain():
    (z,) = draw_cases(QUESTIONS["relu"], 6)[0]
    np.testing.assert_array_equal(reference("relu")(z), bplab.activations.relu(z))
    for name in ("relu", "sigmoid"):
        slope = (reference(name)(z + 1e-5) - reference(name)(z - 1e-5)) / 2e-5
        np.testing.assert_allclose(reference(f"{name}_prime")(z), slope, rtol=1e-8)
    for x, y, *w in draw_cases(QUESTIONS["chain_gradients"], 6):
        net, target = bplab.chain(*w), np.array([[y]])
        trace = net.forward(np.array([[x]]))
        np.testing.assert_allclose(reference("chain")(x, *w), [trace.a[k][0, 0] for k in (1, 2, 3)], rtol=1e-12)
        np.testing.assert_allclose(
            reference("chain_gradients")(x, y, *w), net.backward(trace, target).theta, rtol=1e-9, atol=1e-15
        )


def test_the_references_of_the_line_the_mean_and_the_update():
    for x, y, a, b in draw_cases(QUESTIONS["line_gradients"], 6):
        line, column = bplab.line(a, b), x.reshape(-1, 1)
        found = reference("line_gradients")(x, y, a, b)
        np.testing.assert_allclose(found, line.backward(line.forward(column), y.reshape(-1, 1)).theta, rtol=1e-12)
    (changes,) = draw_cases(QUESTIONS["mean_change"], 6)[0]
    np.testing.assert_allclose(reference("mean_change")(changes), changes.mean(axis=0), rtol=1e-12)
    for W, b, dW, db, lr in draw_cases(QUESTIONS["update"], 6):
        new_W, new_b = reference("update")(W, b, dW, db, lr)
        for k in W:
            np.testing.assert_allclose(new_W[k], W[k] - lr * dW[k], rtol=1e-12)
            np.testing.assert_allclose(new_b[k], b[k] - lr * db[k], rtol=1e-12)


# Which rows concern which function


def ids(name):
    return {mistake.id for mistake in mistakes(name)}


def made(name, mistake, seed=7):
    """A case, the right result, and what each way to make this mistake gives."""
    case = draw_cases(QUESTIONS[name], seed)[0]
    wrongs = [found.wrong(*case) for found in mistakes(name) if found.id == mistake]
    return case, reference(name)(*case), wrongs


def test_a_row_concerns_a_function_only_where_its_line_is_computed_and_its_names_exist():
    assert "missing-two" in ids("output_gradients") & ids("gradients")
    assert "missing-two" not in ids("hidden_gradients")
    assert "output-gradient-for-weights" in ids("gradients")
    assert "output-gradient-for-weights" not in ids("hidden_gradients")
    assert "dw2-from-input" not in ids("output_gradients")
    assert "dw2-from-output" in ids("output_gradients")
    assert "hidden-for-weights-shortcut" in ids("hidden_gradients")
    assert "bias-times-bias" in ids("gradients")
    assert "bias-times-bias" not in ids("output_gradients") | ids("hidden_gradients")
    assert "update-plus" not in ids("gradients")
    assert ids("forward") == {
        "net-output-sigmoid",
        "net-no-sigmoid",
        "net-sigmoid-twice",
        "net-hidden-relu",
        "w1-transposed",
        "hidden-units-swapped",
        "deep-no-bias",
    }
    assert ids("update") == {row["id"] for row in catalogue()["misconceptions"] if "update" in row["tasks"]} - {
        "update-over-n"
    }
    biases = {row["id"] for row in catalogue()["misconceptions"] if "db#" in row["wrong"]}
    assert biases <= ids("gradients")
    assert biases - {"bias-times-bias"} <= ids("output_gradients") & ids("hidden_gradients")


def test_every_row_of_a_program_concerns_its_function():
    parts = ("update", "backward_step")
    whole = {task.program: ids(name) for name, task in TASKS.items() if not task.biases and name not in parts}
    for row in catalogue()["misconceptions"]:
        for program in whole.keys() & set(row["tasks"]):
            assert row["id"] in whole[program], row["id"]


def test_a_wrong_forward_pass_keeps_the_bias():
    (x, W, b), _, wrongs = made("forward", "hidden-units-swapped")
    hidden = 1 / (1 + np.exp(-(x @ W[1] + b[1])))
    for _, a in wrongs:
        np.testing.assert_allclose(a[2], hidden @ W[2][::-1] + b[2])
    square = draw_cases(QUESTIONS["forward"], 7)[1]
    turned = next(mistake for mistake in mistakes("forward") if mistake.id == "w1-transposed")
    x, W, b = square
    np.testing.assert_allclose(turned.wrong(*square)[0][1], x @ W[1].T + b[1])


def test_a_sigmoid_at_the_output_leaves_the_sum_as_it_is():
    _, (z, _), [(wrong_z, wrong_a)] = made("forward", "net-output-sigmoid")
    np.testing.assert_allclose(wrong_z[2], z[2])
    np.testing.assert_allclose(wrong_a[2], 1 / (1 + np.exp(-z[2])))


@pytest.mark.parametrize(("mistake", "row"), [("only-first-sample", 0), ("only-last-sample", -1)])
def test_a_single_sample_counts_for_the_biases_too(mistake, row):
    (a1, y_hat, y), _, [(dW2, db2)] = made("output_gradients", mistake)
    error = 2 * (y_hat[row] - y[row]) / len(y)
    np.testing.assert_allclose(db2, error)
    np.testing.assert_allclose(dW2, np.outer(a1[row], error))


def test_a_row_for_every_layer_reads_the_layer_s_own_names():
    (x, y, W, b), _, [(dW, db)] = made("gradients", "bias-with-activation")
    _, a = reference("forward")(x, W, b)
    error = 2 * (a[2] - y) / len(x)
    np.testing.assert_allclose(db[2], (a[1].T @ error).sum(0))
    np.testing.assert_allclose(db[1], dW[1].sum(0))


# The file


def test_the_ids_are_unique_and_their_texts_fit_in_a_sentence():
    rows = catalogue()["misconceptions"] + catalogue()["sgd"]
    names = [row["id"] for row in rows]
    assert len(names) == len(set(names)) == 202
    for row in rows:
        assert row["message"].startswith("as if"), row["id"]
        assert not row["message"].endswith("."), row["id"]
        assert row["hint"].strip(), row["id"]
        assert set(row["src"]) <= catalogue()["sources"].keys(), row["id"]


def test_the_texts_use_the_glossary_s_words():
    said = [mistake for question in QUESTIONS.values() for mistake in question.mistakes]
    for mistake in said:
        text = f"{mistake.message} {mistake.hint}"
        assert not re.search(r"\b(targets?|derivatives?|differentiated?|nodes?)\b", text), mistake.id
    # One sample has a loss, a mean a cost; an error is prediction minus label, and what goes back is a slope.
    for row in catalogue()["misconceptions"] + catalogue()["sgd"]:
        text = f"{row['message']} {row['hint']}".replace("loss surface", "surface")
        assert "loss" not in text or "loss" in row["id"], row["id"]
        assert not re.search(r"error[^.?]*\b(layer|hidden|back|passed|reach)", text), row["id"]


def test_no_text_gives_a_line_of_the_right_program():
    lines = {
        e for program in catalogue()["programs"].values() for name, e in program if name != "return" and len(e) > 10
    }
    for row in catalogue()["misconceptions"]:
        assert not any(line in row["message"] or line in row["hint"] for line in lines), row["id"]
