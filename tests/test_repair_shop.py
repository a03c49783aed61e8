"""Exercise 09: what the broken backward passes show from outside, and how the tasks are judged."""

import json

import numpy as np
import pytest

from bplab import check
from bplab.questions import EXERCISES, Exercise, ExerciseError, Question
from bplab.questions.catalogue import mistakes, reference
from bplab.questions.ex09_repair_shop import FAULTS

QUESTIONS = {question.name: question for question in EXERCISES["ex09-repair-shop"].questions}


def given(root, name):
    """The function as the exercise's notebook gives it."""
    cells = json.loads((root / "exercises/ex09-repair-shop.ipynb").read_text())["cells"]
    namespace = {"np": np}
    for cell in cells:
        if cell["id"] in ("given", name):
            exec("".join(cell["source"]), namespace)
    return namespace[name]


@pytest.mark.parametrize("name", FAULTS)
def test_the_given_code_has_the_mistake_of_the_symptoms(root, name):
    function = given(root, name)
    seen, shown = check.symptoms(name, function), check.symptoms(name)
    np.testing.assert_allclose(seen.curve, shown.curve, rtol=1e-6)
    said = getattr(check, name)(function)
    assert (said.status, said.share, said.diagnosis) == ("not attempted", 0.0, ())
    assert "as if" not in repr(said)


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_one_trains_badly_and_a_right_one_well(name):
    broken, mended = check.symptoms(name), check.symptoms(name, reference(FAULTS[name][0]))
    assert not broken.check.ok
    assert mended.check.ok
    np.testing.assert_allclose(mended.curve, mended.healthy)
    assert broken.curve[-1] > 1.5 * mended.curve[-1]


@pytest.mark.parametrize("name", FAULTS)
def test_a_right_one_is_right_and_another_mistake_is_named(name):
    program, fault, _ = FAULTS[name]
    assert getattr(check, name)(reference(program)).right
    other = next(m for m in mistakes(program) if m.id == "missing-two" != fault)
    said = getattr(check, name)(other.wrong)
    assert (said.status, said.diagnosis) == ("wrong", ("missing-two",))


@pytest.mark.parametrize(
    ("name", "own"),
    [("repair_1", "hidden-prime-missing"), ("repair_2", "hidden-prime-missing"), ("repair_3", "missing-two")],
)
def test_where_the_student_adds_a_mistake_only_that_one_is_named(name, own):
    question = QUESTIONS[name]
    (pair,) = [pair for pair in question.pairs if set(pair.id.split(";")) == {own, question.given}]
    said = getattr(check, name)(pair.wrong)
    assert (said.status, said.diagnosis) == ("wrong", (own,))
    assert said.fact == "The mistake that it came with is still there, and there is another."
    (given_cause,) = [mistake.message for mistake in question.mistakes if mistake.id == question.given]
    assert given_cause not in repr(said)


@pytest.mark.parametrize("name", ["repair_2", "repair_6"])
def test_with_one_sample_what_is_wrong_with_the_samples_cannot_be_seen(name):
    assert check.symptoms(name, samples=1).check.ok


def test_the_picture_says_what_the_text_says():
    shown = check.symptoms("repair_3")
    bundle = shown._repr_mimebundle_()
    assert 'role="img"' in bundle["image/svg+xml"]
    for words in ("the cost starts at", "Gradient check with 32 samples", "b[1]"):
        assert words in bundle["text/plain"]
        assert words in bundle["image/svg+xml"]


def test_bad_calls_are_refused():
    with pytest.raises(ValueError, match="name is 'repair_7', expected one of repair_1"):
        check.symptoms("repair_7")
    with pytest.raises(ValueError, match="samples is 0, expected a whole number from 1 to 32"):
        check.symptoms("repair_1", samples=0)


def test_what_is_no_gradient_is_refused():
    def spoilt(spoil):
        def repair_1(x, y, W, b):
            dW, db = reference("gradients")(x, y, W, b)
            return spoil(dW, db)

        return repair_1

    for spoil, words in (
        (lambda dW, db: None, r"repair_1: the result is None \(is a return missing\?\), expected 2 values, dW and db"),
        (lambda dW, db: dW, r"repair_1: the result is a dictionary"),
        (lambda dW, db: ({2: dW[2]}, db), r"repair_1: dW\[1\] is missing"),
        (lambda dW, db: (dW | {2: dW[2].mean(keepdims=True)}, db), r"repair_1: dW\[2\] has shape \(1, 1\)"),
        (lambda dW, db: (dW, {k: np.nan * v for k, v in db.items()}), r"repair_1: db\[1\] contains nan"),
    ):
        with pytest.raises(ValueError, match=words):
            check.symptoms("repair_1", spoilt(spoil))
    with pytest.raises(ValueError, match=r"function is a number, expected your function: check.symptoms\('repair_1', "):
        check.symptoms("repair_1", 3)


def test_what_is_given_has_to_be_one_of_the_mistakes():
    question = QUESTIONS["repair_1"]
    with pytest.raises(ExerciseError, match="is given with 'no-such-row', which is none of its mistakes"):
        Exercise("x", "X", [Question("f", 1, question.reference, question.cases, given="no-such-row")])
