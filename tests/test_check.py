import contextlib
import json
import logging
import re

import numpy as np
import pytest

import bplab
from bplab import check
from bplab.check import own_folder
from bplab.questions import EXERCISES, ExerciseError


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
    names = {question.name for exercise in EXERCISES.values() for question in exercise.questions}
    assert names | {"paper", "load", "folder", "symptoms"} == set(dir(check))
    assert check.sigmoid.__name__ == "sigmoid"
    assert check.forward.__doc__ == "Check your forward(x, W, b)."


def test_an_unknown_name_lists_the_names():
    with pytest.raises(AttributeError, match=r"nothing to check called 'sigmoyd', only .*sigmoid_prime"):
        _ = check.sigmoyd
    assert not hasattr(check, "_ipython_display_")


@pytest.mark.parametrize(
    ("checked", "function"), [("sigmoid", sigmoid), ("forward", forward), ("gradients", gradients)]
)
def test_right(checked, function):
    verdict = getattr(check, checked)(function)
    assert verdict.right
    assert str(verdict) == f"✓ {checked}: right.\n  For the marks other numbers are used."


def test_an_example_of_one_s_own_shows_both_sides_and_promises_no_other_numbers():
    verdict = check.counterexample_mean(lambda: np.array([[1.0, -2.0], [0.5, -4.0]]))
    assert str(verdict) == (
        "✓ counterexample_mean: right.\n  In column 1 the mean is -3; with the slip it would be -0.3."
    )


def test_wrong_with_the_mistake_it_looks_like():
    verdict = check.gradients(lambda *case: tuple({k: p[k] / 2 for k in p} for p in gradients(*case)))
    assert not verdict.right
    assert verdict.diagnosis == ("missing-two",)
    assert "half the right one" in str(verdict)
    assert "It looks as if" in str(verdict)
    assert "For the marks" not in str(verdict)


def test_not_attempted_yet():
    def raises(z):
        raise NotImplementedError

    def says_nothing(z):
        """The sigmoid."""
        ...

    def passes(z):
        pass

    for function in (says_nothing, passes):
        assert str(check.sigmoid(function)) == "○ sigmoid: not attempted yet."
    verdict = check.sigmoid(raises)
    assert verdict.status == "not attempted"
    assert verdict.fact == "It still contains `raise NotImplementedError`: your lines belong in that place."


def output_gradients(a1, y_hat, y):
    raise NotImplementedError


def test_a_function_that_calls_one_which_is_not_written_says_which():
    def gradients(x, y, W, b):
        _, a = forward(x, W, b)
        return output_gradients(a[1], a[2], y)

    verdict = check.gradients(gradients)
    assert verdict.status == "not attempted"
    assert verdict.fact == "It calls output_gradients, which is not written yet."


def test_a_not_implemented_error_from_elsewhere_is_not_put_down_to_the_stub():
    def sigmoid(z):
        return logging.Handler().emit(z)

    verdict = check.sigmoid(sigmoid)
    assert verdict.status == "not attempted"
    assert verdict.fact == ""


def test_an_exception_is_told_with_the_student_s_line_and_the_shapes_in_it():
    def output_gradients(a1, y_hat, y):
        dW2 = a1 @ (y_hat - y)
        return dW2, y.sum(axis=0)

    text = str(check.output_gradients(output_gradients))
    assert "`dW2 = a1 @ (y_hat - y)`" in text
    assert "a1 has shape (5, 4), y_hat has shape (5, 3) and y has shape (5, 3)" in text


inputs, W1, rate = np.ones((5, 2)), np.ones((2, 4)), 0.5


def weighted(W):
    return inputs @ W[1]


@pytest.mark.parametrize(
    ("checked", "function", "read"),
    [
        ("forward", lambda x, W, b: forward(inputs, W, b), "`forward` reads `inputs`, which is not one of its"),
        ("forward", lambda x, W, b: forward(x[:, :1] * W1[0, 0] + inputs, W, b), "reads `W1` and `inputs`, which are"),
        ("forward", lambda x, W, b: ({1: weighted(W)}, {0: x}), "`forward` reads `inputs`, which is not one of"),
        ("line", lambda x, a, b: [i * rate for i in x], "`line` reads `rate`, which is not one of its arguments"),
        ("minibatches", lambda x, y, batch_size: [(inputs, inputs)], "`minibatches` reads `inputs`, which is not"),
    ],
)
def test_what_a_wrong_function_reads_from_the_notebook_is_named(checked, function, read):
    verdict = getattr(check, checked)(function)
    assert read in verdict.fact
    assert verdict.question == "Which of its arguments belongs in that place?"


@pytest.mark.parametrize(
    ("checked", "function"),
    [
        ("line", lambda x, a, b: a * x + b + 0 * rate),  # right
        ("line", lambda x, a, b: a * x + 0 * rate),  # a known mistake explains it
        ("line", lambda x, a, b: np.exp(a * sigmoid(x)) + b),  # functions and modules are no data
        ("sigmoid", lambda z: z.real + z.rate if hasattr(z, "rate") else z),  # an attribute is no variable
        ("counterexample_mean", lambda: 0 * W1),  # there is no argument to read instead
    ],
)
def test_what_is_read_is_not_told_where_it_explains_nothing(checked, function):
    assert "reads" not in str(getattr(check, checked)(function))


def test_a_variable_that_is_not_there_is_told_with_the_function_that_reads_it():
    def line(x, a, b):
        return a * inputs_of_mine + b  # noqa: F821

    verdict = check.line(line)
    assert verdict.fact == (
        "It raises NameError in the line `return a * inputs_of_mine + b  # noqa: F821`: `line` reads "
        "`inputs_of_mine`, which is neither one of its arguments nor defined."
    )
    for function in (lambda x, a, b: liine(x), lambda x, a, b: numpy.exp(x)):  # noqa: F821
        assert "' is not defined" in check.line(function).fact


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


@pytest.mark.parametrize(
    ("function", "yours"),
    [
        (lambda x: x, "takes x"),
        (lambda x, W: x, "takes x, W"),
        (lambda x, W, b, y: x, "takes x, W, b, y"),
        (lambda: 1, "takes nothing"),
    ],
)
def test_wrong_parameters_are_told(function, yours):
    verdict = check.forward(function)
    assert verdict.status == "error"
    assert verdict.message == f"forward has to take x, W, b, in this order; yours {yours}."


def test_parameters_in_another_order_are_told_instead_of_a_mistake_that_they_look_like():
    verdict = check.line(lambda x, b, a: a * x + b)
    assert (verdict.status, verdict.diagnosis) == ("wrong", ())
    assert verdict.message == "line has to take x, a, b, in this order; yours takes x, b, a."
    assert check.line(lambda x, b, a: b * x + a).share == 1
    assert check.line(lambda values, slope, height=0: slope * values + height).right
    assert check.line(lambda *given: given[1] * given[0] + given[2]).right


def test_without_a_function_the_call_is_shown():
    verdict = check.sigmoid()
    assert (verdict.status, verdict.fact) == ("missing", "Write check.sigmoid(sigmoid).")
    with pytest.raises(TypeError, match=r"^sigmoid\(\) takes"):
        check.sigmoid(sigmoid, sigmoid)


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
    for number in (written, float(written)):
        assert check.paper(name, number).right
        assert check.paper(name, number).fact == "It agrees to the digits given."


@pytest.mark.parametrize("name", NET.names)
@pytest.mark.parametrize("factor", [0.996, 0.9995, 1.0005, 1.004])
def test_a_number_worked_out_with_rounded_figures_is_right(name, factor):
    verdict = check.paper(name, GRADS[name] * factor)
    assert verdict.right
    assert verdict.fact == "It is right up to rounding on the way."
    for far in (0.994, 1.006):
        assert not check.paper(name, GRADS[name] * far).right


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("w2_21", -1.83 * 0.6059),
        ("w2_21", "-1.1088"),
        ("w2_21", -1.8293 * 0.6059),
        ("w2_11", -1.83 * 0.3705),
        ("w1_11", 1.83 * 0.8 * 0.3705 * 0.6295 * 0.5),
        ("w1_12", -1.83 * 0.3 * 0.6059 * 0.3941 * 0.5),
        ("w1_12", -0.1310 * 0.5),
        ("b2_1", 2 * (0.2853 - 1.2)),
    ],
)
def test_the_figures_printed_in_the_exercise_lead_to_a_right_number(name, number):
    assert check.paper(name, number).right


@pytest.mark.parametrize("written", ["-0,678", "−0.678", " -0.678 ", "-6.78e-1"])
def test_a_number_may_be_written_as_on_paper(written):
    assert check.paper("w2_11", written).right


def test_zeros_at_the_end_of_a_string_count():
    assert "digits given" in check.paper("b2_1", -1.83).fact
    assert "rounding on the way" in check.paper("b2_1", "-1.830").fact


def test_at_least_two_digits_are_asked_for():
    verdict = check.paper("w1_11", 0.2)
    assert not verdict.right
    assert "One digit says too little" in verdict.fact
    assert check.paper("w1_11", "0.17").right


def test_figures_of_two_digits_on_the_way_are_too_few():
    verdict = check.paper("w1_11", 1.83 * 0.8 * 0.23 * 0.5)
    assert (verdict.status, verdict.message) == ("wrong", "It is nearly right. Did you keep one digit more on the way?")


def test_the_last_digit_alone_is_told_from_a_slip():
    verdict = check.paper("w2_21", "-1.12")
    assert verdict.fact == "All but the last digit is right."
    assert verdict.diagnosis == ()


ON_PAPER = {
    "missing-two": ("w1_11", GRADS["w1_11"] / 2),
    "reversed-difference": ("w2_21", -GRADS["w2_21"]),
    "hidden-prime-missing": ("w1_11", GRADS["b2_1"] * -0.8 * 0.5),
    "output-weights-swapped": ("w1_11", GRADS["b2_1"] * 0.3 * 0.3705168 * 0.6294832 * 0.5),
    "hidden-second-derivative": ("w1_12", GRADS["w1_12"] * (1 - 2 * 0.6058733)),
    "bias-times-bias": ("b1_1", GRADS["b1_1"] * -0.7),
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


@pytest.mark.parametrize("mistake", ON_PAPER)
def test_a_slip_is_named_with_rounded_figures_too(mistake):
    name, value = ON_PAPER[mistake]
    assert check.paper(name, value * 1.0004).diagnosis == (mistake,)


@pytest.mark.parametrize("name", NET.names)
@pytest.mark.parametrize("other", NET.names)
def test_the_gradient_of_another_parameter_is_recognised(name, other):
    if name != other:
        verdict = check.paper(name, GRADS[other])
        assert (verdict.status, verdict.diagnosis) == ("wrong", ())
        assert verdict.cause.startswith(f"It looks as if it were the gradient of {other}")
        assert not re.search("rows|column|order|place", verdict.message)


def test_where_a_number_can_be_read_in_two_ways_both_are_named():
    # i_1 is 0.5: whoever forgets it has twice the right number, which is the gradient of b1_1.
    verdict = check.paper("w1_11", 0.3413)
    assert verdict.cause == "It looks as if it were the gradient of b1_1, or as if there were one factor 2 too many."
    assert verdict.question == "In the forward pass, what is multiplied by w1_11, and what by b1_1?"


def test_no_known_mistake_passes_for_rounding():
    mistakes = next(q for q in EXERCISES["ex04-backward-pass"].questions if q.name == "gradients").mistakes
    met = 0
    for mistake in mistakes:
        with contextlib.suppress(ValueError):
            dW, db = mistake.wrong(X, Y, dict(NET.W), dict(NET.b))
            for name, values in [("w1_11", dW[1]), ("b1_1", db[1]), ("w2_11", dW[2]), ("b2_1", db[2])]:
                value = float(np.ravel(values)[0])
                if value and dW[2].shape == (2, 1) and abs(value / GRADS[name] - 1) > 1e-9:
                    met += 1
                    verdict = check.paper(name, value)
                    assert not verdict.right
                    assert verdict.cause
    assert met > 60


@pytest.mark.parametrize("number", ["abc", "", None, True, float("nan"), float("inf"), [1.0], 1j])
def test_what_is_no_number_is_told(number):
    verdict = check.paper("w1_11", number)
    assert not verdict.right
    assert "is not a number" in verdict.fact


def test_a_calculation_in_quotes_and_a_zero_get_a_way_out():
    verdict = check.paper("w2_21", "-1.8293*0.6059")
    assert verdict.fact == "'-1.8293*0.6059' is not a number like 0.0123."
    assert verdict.question == "Leave the quotes away, then Python works it out."
    for zero in (0, "0", 0.0, "0.00"):
        assert check.paper("w2_21", zero).fact == "No gradient on the card is 0."
    assert check.paper("w2_21", "abc").question == ""


def test_three_dots_are_not_attempted_and_a_wrong_name_lists_the_names():
    assert check.paper("w1_11", ...).status == "not attempted"
    assert "w1_11, w1_12" in check.paper("w3_11", 0.12).fact
    assert not check.paper(3, 0.12).right
    assert check.paper("w2_21").fact == 'Write your number as in check.paper("w2_21", 0.0123).'
    assert "The names are w1_11" in check.paper().fact


@pytest.mark.parametrize("name", ["W2_21", "w221", "w^2_{21}", " w2_21 "])
def test_a_name_written_in_another_way_is_guessed(name):
    assert check.paper(name, -1.11).fact == f"There is no {name!r} on the card. Did you mean w2_21?"


# A folder


def notebook(*cells):
    made = [
        {"cell_type": "code", "metadata": {"tags": tags}, "source": source.splitlines(keepends=True), "outputs": []}
        for source, tags in ((cell, []) if isinstance(cell, str) else cell for cell in cells)
    ]
    return json.dumps({"cells": [{"cell_type": "markdown", "metadata": {}, "source": "Text"}, *made]})


SIGMOID = "def sigmoid(z):\n    return 1 / (1 + np.exp(-z))"


def write(path, *cells):
    path.parent.mkdir(exist_ok=True)
    path.write_text(notebook(*cells), encoding="utf-8")
    return path


LINE = "def line(x, a, b):\n    return b * x + a"


def test_a_folder_is_marked_with_the_public_cases(tmp_path, capfd):
    write(
        tmp_path / "exercises" / "ex01-forward-pass.ipynb",
        "import numpy as np\nfrom bplab import check",
        "this is no Python",
        "print('not seen')\n1 / 0",
        "raise SystemExit",
        ("raise AssertionError('left out')\n", ["bplab-demo"]),
        f"%matplotlib inline\n{SIGMOID}\n!ls\nfiles = !ls",
        LINE,
        "check.sigmoid(sigmoid)",
    )
    (tmp_path / "ex04-backward-pass.ipynb").write_text("{broken", encoding="utf-8")
    write(tmp_path / "notes.ipynb", SIGMOID)
    table = str(check.folder(tmp_path))
    rows = [line.split() for line in table.splitlines()]
    assert ["sigmoid", "2", "of", "2", "right"] in rows
    assert ["line", "0", "of", "2", "wrong"] in rows
    assert ["forward", "0", "of", "4", "missing"] in rows
    assert ["together", "2", "of", "8"] in rows
    assert "slope and intercept had changed places" in table
    assert "cannot be read: it is not a notebook, or damaged in line 1." in table
    assert "not seen" not in table + "".join(capfd.readouterr())
    assert "notes.ipynb" not in table
    assert table.endswith("For the marks other numbers are used.")
    assert repr(check.folder(tmp_path)) == table


@pytest.mark.parametrize(
    ("stop", "status", "words"),
    [("while True:\n        pass", "timed out", "did not end in time"), ("os._exit(3)", "crashed", "ended Python")],
)
def test_what_hangs_or_ends_python_costs_one_task_and_one_cell(tmp_path, monkeypatch, stop, status, words):
    monkeypatch.setattr(own_folder, "SECONDS", 0.4)
    path = write(
        tmp_path / "ex01-forward-pass.ipynb",
        "import os\nimport numpy as np\nfrom bplab import check",
        f"def sigmoid(z):\n    {stop}",
        f"check.sigmoid(sigmoid)\n{LINE}",
        f"def forward(x, W, b):\n    return x\nif True:\n    {stop}",
    )
    table = str(check.folder(path))
    rows = [line.split() for line in table.splitlines()]
    assert ["sigmoid", "0", "of", "2", *status.split()] in rows
    assert ["line", "0", "of", "2", "wrong"] in rows
    assert ["forward", "0", "of", "4", "missing"] in rows
    assert f"Cell 5, which defines it, {words}." in table


def test_a_missing_function_names_the_cell_that_would_have_defined_it(tmp_path):
    path = write(tmp_path / "ex01.ipynb", "def sigmoid(z):\n    return (z", f"1 / 0\n{LINE}")
    table = str(check.folder(path))
    assert "Cell 2, which defines it, could not be run: SyntaxError in the line `return (z`" in table
    assert (
        "Cell 3, which defines it, could not be run: ZeroDivisionError in the line `1 / 0`: division by zero." in table
    )
    assert "There is no function called forward." in table


def test_a_cell_finds_the_files_beside_its_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "ex01.ipynb", "import numpy as np\nassert open('data.txt').read() == '3'\n" + SIGMOID)
    (tmp_path / "data.txt").write_text("3")
    (tmp_path / "random.py").write_text("raise AssertionError('not the library')")
    assert "2 of 2   right" in check.folder(path)


def test_one_notebook_can_be_marked_alone_and_an_exception_names_its_line(tmp_path):
    path = write(
        tmp_path / "ex01-forward-pass-new.ipynb", "import numpy as np", "def sigmoid(z):\n    return z @ np.ones(7)"
    )
    assert "`return z @ np.ones(7)`, where z has shape (5, 3)" in check.folder(path)


def test_an_untouched_function_in_a_folder_is_not_attempted(tmp_path):
    path = write(
        tmp_path / "ex01.ipynb", "def sigmoid(z):\n    ...", "def line(x, a, b):\n    raise NotImplementedError"
    )
    assert str(check.folder(path)).count("not attempted") == 2


@pytest.mark.parametrize("text", ["{broken", "[1]", "{}", '{"cells": 3}', "\xff"])
def test_a_folder_without_anything_to_mark_is_refused(tmp_path, text):
    with pytest.raises(ExerciseError, match=r"holds no exercise; an exercise is called like ex01-forward-pass\.ipynb"):
        check.folder(tmp_path)
    (tmp_path / "ex01.ipynb").write_text(text, encoding="latin-1")
    with pytest.raises(ExerciseError, match=r"ex01\.ipynb\n  cannot be read: it is not a notebook"):
        check.folder(tmp_path)
