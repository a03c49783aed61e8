import json

import numpy as np
import pytest

import bplab
from bplab import check
from bplab.questions import ExerciseError


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(x, W, b):
    z, a = {}, {0: x}
    z[1] = x @ W[1] + b[1]
    a[1] = sigmoid(z[1])
    z[2] = a[2] = a[1] @ W[2] + b[2]
    return z, a


def gradients(x, y, W, b):
    _, a = forward(x, W, b)
    delta = {2: 2 * (a[2] - y) / len(x)}
    delta[1] = (delta[2] @ W[2].T) * a[1] * (1 - a[1])
    return {k: a[k - 1].T @ delta[k] for k in (1, 2)}, {k: delta[k].sum(axis=0) for k in (1, 2)}


# Functions


def test_every_packaged_question_can_be_checked_by_its_name():
    names = {"sigmoid", "line", "forward", "output_gradients", "hidden_gradients", "gradients"}
    assert names | {"paper", "load", "folder"} == set(dir(check))
    assert check.sigmoid.__name__ == "sigmoid"
    assert check.forward.__doc__ == "Check your forward(x, W, b)."


def test_an_unknown_name_lists_the_names():
    with pytest.raises(AttributeError, match="nothing to check called 'sigmoyd', only forward, gradients"):
        _ = check.sigmoyd
    assert not hasattr(check, "_ipython_display_")


@pytest.mark.parametrize(
    ("checked", "function"), [("sigmoid", sigmoid), ("forward", forward), ("gradients", gradients)]
)
def test_right(checked, function):
    verdict = getattr(check, checked)(function)
    assert verdict.right
    assert str(verdict) == f"✓ {checked}: right.\n  For the marks other numbers are used."


def test_wrong_with_the_mistake_it_looks_like():
    verdict = check.gradients(lambda *case: tuple({k: p[k] / 2 for k in p} for p in gradients(*case)))
    assert not verdict.right
    assert verdict.diagnosis == ("missing-two",)
    assert "half the right one" in str(verdict)
    assert "It looks as if" in str(verdict)
    assert "For the marks other numbers are used." in str(verdict)


def test_not_attempted_yet():
    def raises(z):
        raise NotImplementedError

    def says_nothing(z):
        """The sigmoid."""
        ...

    def passes(z):
        pass

    for function in (raises, says_nothing, passes):
        assert str(check.sigmoid(function)) == "○ sigmoid: not attempted yet."


def test_an_exception_is_told_with_the_student_s_line_and_the_shapes_in_it():
    def output_gradients(a1, y_hat, y):
        dW2 = a1 @ (y_hat - y)
        return dW2, y.sum(axis=0)

    text = str(check.output_gradients(output_gradients))
    assert "`dW2 = a1 @ (y_hat - y)`" in text
    assert "a1 has shape (5, 4), y_hat has shape (5, 3) and y has shape (5, 3)" in text


@pytest.mark.parametrize("error", [ValueError, SystemExit, RecursionError, KeyError, NotImplementedError])
def test_no_exception_of_the_student_s_gets_through(error):
    def line(x, a, b):
        raise error("no")

    assert check.line(line).status in ("error", "not attempted")


@pytest.mark.parametrize(
    ("given", "what"),
    [(np.ones(3), "an array of shape (3,)"), (0.5, "a number"), (None, "None"), ("sigmoid", "a string")],
)
def test_what_is_no_function_gets_a_way_out(given, what):
    verdict = check.sigmoid(given)
    assert not verdict.right
    assert verdict.fact.startswith(f"This is {what}")
    assert verdict.fact.endswith("Write check.sigmoid(sigmoid).")


def test_wrong_parameters_are_told():
    assert "positional argument" in check.sigmoid(lambda: 1).fact


def test_each_call_gets_arrays_of_its_own():
    def spoils(z):
        result = sigmoid(z)
        z[:] = 0
        return result

    assert check.sigmoid(spoils).right
    assert check.sigmoid(spoils).right

    def spoils_weights(x, W, b):
        result = forward(x, W, b)
        W[1] *= 0
        b.clear()
        return result

    assert check.forward(spoils_weights).right
    assert check.forward(forward).right


def test_what_the_student_prints_is_left_alone(capsys):
    def prints(z):
        print("shape", z.shape)
        return sigmoid(z)

    assert check.sigmoid(prints).right
    assert capsys.readouterr().out.startswith("shape (5, 3)\n")


# An exercise of one's own

OWN = """
from bplab.questions import Exercise, Question
EXERCISE = Exercise("own", "Own", [
    Question("triple", 1, lambda x: 3 * x, lambda rng: [(rng.normal(size=n),) for n in (3, 4, 5)])])
"""


def test_load_checks_with_an_exercise_of_one_s_own(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(OWN, encoding="utf-8")
    own = check.load(path)
    assert dir(own) == ["triple"]
    assert own.triple(lambda x: x + x + x).right
    assert not own.triple(lambda x: x).right
    with pytest.raises(AttributeError, match="nothing to check called 'sigmoid', only triple"):
        own.sigmoid(sigmoid)
    with pytest.raises(ExerciseError, match="is not a file"):
        check.load(tmp_path / "other.py")


# Pencil and paper

NET, (X, Y) = bplab.two_two_one(), bplab.zoo.card()
GRADS = NET.backward(NET.forward(X), Y)


@pytest.mark.parametrize("name", NET.names)
@pytest.mark.parametrize("digits", [2, 3, 4, 7])
def test_a_handwritten_number_is_right_to_the_digits_given(name, digits):
    written = f"{GRADS[name]:.{digits}g}"
    assert check.paper(name, written).right
    assert check.paper(name, float(written)).right
    wrong = f"{GRADS[name] * (1 + 10.0 ** (1 - digits) * 3):#.{digits}g}"
    assert not check.paper(name, wrong).right


def test_the_library_s_own_number_is_right():
    assert check.paper("w1_11", GRADS["w1_11"]).right
    assert check.paper("w1_11", np.float32(GRADS["w1_11"])).right is False


@pytest.mark.parametrize("written", ["-0,678", "−0.678", " -0.678 ", "-6.78e-1"])
def test_a_number_may_be_written_as_on_paper(written):
    assert check.paper("w2_11", written).right


def test_zeros_at_the_end_of_a_string_count():
    assert check.paper("b2_1", -1.83).right
    assert not check.paper("b2_1", "-1.830").right


def test_at_least_two_digits_are_asked_for():
    verdict = check.paper("w1_11", 0.2)
    assert not verdict.right
    assert "One digit says too little" in verdict.fact
    assert check.paper("w1_11", "0.17").right


def test_the_last_digit_alone_is_told_from_a_slip():
    verdict = check.paper("w1_21", "0.238")
    assert verdict.fact == "All but the last digit is right."
    assert verdict.diagnosis == ()


ON_PAPER = {
    "missing-two": ("w1_11", GRADS["w1_11"] / 2),
    "reversed-difference": ("w2_21", -GRADS["w2_21"]),
    "hidden-prime-missing": ("w1_11", GRADS["b2_1"] * -0.8 * 0.5),
    "output-weights-swapped": ("w1_11", GRADS["b2_1"] * 0.3 * 0.3705168 * 0.6294832 * 0.5),
    "hidden-second-derivative": ("w1_12", GRADS["w1_12"] * (1 - 2 * 0.6058733)),
    "bias-times-bias": ("b1_1", GRADS["b1_1"] * -0.7),
    "dw1-transposed": ("w1_12", GRADS["w1_21"]),
}


@pytest.mark.parametrize("mistake", ON_PAPER)
def test_a_slip_on_paper_is_named(mistake):
    name, value = ON_PAPER[mistake]
    verdict = check.paper(name, f"{value:.4f}")
    assert verdict.diagnosis == (mistake,)
    assert verdict.cause.startswith("It looks as if")


def test_of_several_slips_the_most_basic_is_named():
    # With one sample and one output these are all the same number as half the gradient.
    assert check.paper("b2_1", f"{GRADS['b2_1'] / 2:.4f}").diagnosis == ("missing-two",)


def test_the_gradient_of_another_parameter_is_recognised():
    verdict = check.paper("w2_11", f"{GRADS['w2_21']:.4f}")
    assert "gradient of w2_21" in verdict.cause


@pytest.mark.parametrize("number", ["abc", "", None, True, float("nan"), float("inf"), [1.0], 1j])
def test_what_is_no_number_is_told(number):
    verdict = check.paper("w1_11", number)
    assert not verdict.right
    assert "is not a number" in verdict.fact


def test_three_dots_are_not_attempted_and_a_wrong_name_lists_the_names():
    assert check.paper("w1_11", ...).status == "not attempted"
    assert "w1_11, w1_12" in check.paper("w3_11", 0.12).fact
    assert not check.paper(3, 0.12).right


# A folder


def notebook(*cells):
    made = [
        {"cell_type": "code", "metadata": {"tags": tags}, "source": source.splitlines(keepends=True), "outputs": []}
        for source, tags in ((cell, []) if isinstance(cell, str) else cell for cell in cells)
    ]
    return json.dumps({"cells": [{"cell_type": "markdown", "metadata": {}, "source": "Text"}, *made]})


SIGMOID = "def sigmoid(z):\n    return 1 / (1 + np.exp(-z))"


def test_a_folder_is_marked_with_the_public_cases(tmp_path, capsys):
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "ex01-forward-pass.ipynb").write_text(
        notebook(
            "import numpy as np\nfrom bplab import check",
            "%matplotlib inline",
            "this is no Python",
            "print('not seen')\n1 / 0",
            "raise SystemExit",
            ("raise AssertionError('left out')\n", ["bplab-demo"]),
            SIGMOID,
            "def line(x, a, b):\n    return b * x + a",
            "check.sigmoid(sigmoid)",
        ),
        encoding="utf-8",
    )
    (tmp_path / "ex04-backward-pass.ipynb").write_text("{broken", encoding="utf-8")
    (tmp_path / "notes.ipynb").write_text(notebook(SIGMOID), encoding="utf-8")
    table = str(check.folder(tmp_path))
    rows = [line.split() for line in table.splitlines()]
    assert ["sigmoid", "2", "of", "2", "right"] in rows
    assert ["line", "0", "of", "2", "wrong"] in rows
    assert ["forward", "0", "of", "4", "missing"] in rows
    assert ["together", "2", "of", "8"] in rows
    assert "slope and intercept had changed places" in table
    assert "cannot be read" in table
    assert "not seen" not in table + capsys.readouterr().out
    assert "notes.ipynb" not in table
    assert table.endswith("For the marks other numbers are used.")
    assert repr(check.folder(tmp_path)) == table


def test_one_notebook_can_be_marked_alone_and_an_exception_names_its_line(tmp_path):
    path = tmp_path / "ex01-forward-pass-new.ipynb"
    path.write_text(notebook("import numpy as np", "def sigmoid(z):\n    return z @ np.ones(7)"), encoding="utf-8")
    table = str(check.folder(path))
    assert "`return z @ np.ones(7)`, where z has shape (5, 3)" in table


def test_an_untouched_function_in_a_folder_is_not_attempted(tmp_path):
    path = tmp_path / "ex01.ipynb"
    path.write_text(
        notebook("def sigmoid(z):\n    ...", "def line(x, a, b):\n    raise NotImplementedError"), encoding="utf-8"
    )
    assert str(check.folder(path)).count("not attempted") == 2


def test_a_folder_without_exercises_says_what_one_is_called(tmp_path):
    assert "An exercise is called like ex01-forward-pass.ipynb" in check.folder(tmp_path)
