import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import bplab
from bplab.questions import EXERCISES, Exercise, ExerciseError, Known, Mistake, Question, Rng, load, raised
from bplab.questions.diagnosis import arguments
from bplab.questions.known import cubic

QUESTIONS = [question for exercise in EXERCISES.values() for question in exercise.questions]


def double(x):
    return 2 * x


def three(rng):
    return [(rng.normal(size=n),) for n in (3, 4, 5)]


def question(**changes):
    return Question(**{"name": "double", "points": 1, "reference": double, "cases": three, **changes})


# The packaged exercises


def test_the_packaged_exercises_have_the_course_s_functions():
    functions = {name: {q.name: q.parameters for q in exercise.questions} for name, exercise in EXERCISES.items()}
    assert functions["ex01-forward-pass"] == {
        "sigmoid": ("z",),
        "line": ("x", "a", "b"),
        "forward": ("x", "W", "b"),
    }
    assert functions["ex02-loss"] == {
        "squared_error": ("y_hat", "y"),
        "loss_gradient": ("y_hat", "y"),
        "numerical_gradient": ("f", "w", "h"),
        "counterexample_loss": (),
    }
    assert functions["ex03-chain-rule"] == {
        "relu": ("z",),
        "relu_prime": ("z",),
        "sigmoid_prime": ("z",),
        "chain": ("x", "w1", "w2", "w3"),
        "chain_gradients": ("x", "y", "w1", "w2", "w3"),
        "counterexample_chain": (),
    }
    assert functions["ex04-backward-pass"] == {
        "output_gradients": ("a1", "y_hat", "y"),
        "hidden_gradients": ("x", "z1", "W2", "delta2"),
        "gradients": ("x", "y", "W", "b"),
    }
    assert functions["ex05-weight-updates"] == {
        "mean_change": ("changes",),
        "line_gradients": ("x", "y", "a", "b"),
        "update": ("W", "b", "dW", "db", "lr"),
        "counterexample_mean": (),
    }
    assert all(EXERCISES[name].name == name for name in EXERCISES)


def test_an_unknown_exercise_names_the_others():
    with pytest.raises(KeyError, match="no exercise 'ex99', only ex01-forward-pass, ex02-loss"):
        EXERCISES["ex99"]
    assert "ex99" not in EXERCISES


def test_listing_the_exercises_imports_none():
    lines = """
import sys
from bplab.questions import EXERCISES
list(EXERCISES)
print([name for name in sys.modules if ".ex0" in name])
"""
    done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


SOLUTIONS = Path(__file__).parents[1] / "solutions"


@pytest.mark.parametrize("name", EXERCISES)
def test_the_notebook_asks_for_the_same_functions_for_the_same_points(name):
    cells = json.loads((SOLUTIONS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    graded = {cell["id"]: cell["metadata"]["nbgrader"] for cell in cells if "nbgrader" in cell["metadata"]}
    for question in EXERCISES[name].questions:
        task, test = graded.pop(question.name), graded.pop(f"test-{question.name}")
        assert (task["solution"], task["grade"], task["schema_version"]) == (True, False, 3)
        assert (test["solution"], test["grade"], test["points"]) == (False, True, question.points)
        source = "".join(next(cell["source"] for cell in cells if cell["id"] == question.name))
        assert source.startswith(f"def {question.name}({', '.join(question.parameters)}):")
        assert any(cell["id"] == f"hint-{question.name}" for cell in cells)
    assert not graded
    points = sum(question.points for question in EXERCISES[name].questions)
    assert f"{points} points" in "".join(cells[0]["source"])


def test_the_forward_exercise_leaves_the_card_as_it_is_and_hides_no_name():
    cells = json.loads((SOLUTIONS / "ex01-forward-pass.ipynb").read_text(encoding="utf-8"))["cells"]
    names = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
            assert cell["id"] != "line-steps" or not {"a", "b"} & names.keys()
    for k in (1, 2):
        np.testing.assert_array_equal(names["W"][k], bplab.two_two_one().W[k])


# The data rule


def flat(value):
    if isinstance(value, dict):
        return [array for item in value.values() for array in flat(item)]
    if isinstance(value, (tuple, list)):
        return [array for item in value for array in flat(item)]
    if isinstance(value, Known):
        return []
    return [np.asarray(value, dtype=float)]


LABELLED = ("one_hot", "accuracy")  # a label may be 0 or 1, and has to be in the cases


@pytest.mark.parametrize(
    "question", [q for q in QUESTIONS if q.judge is None and q.name not in LABELLED], ids=lambda q: q.name
)
@pytest.mark.parametrize("seed", range(3))
def test_no_number_is_0_or_1_and_no_case_gives_another_away(question, seed):
    cases = question.cases(np.random.default_rng(seed))
    assert len(cases) >= 3
    for number, case in enumerate(cases):
        for array in flat(case):
            assert np.abs(array).min() > 1e-4
            assert np.abs(np.abs(array) - 1).min() > 1e-6
        others = [array for other in cases[:number] + cases[number + 1 :] for array in flat(other)]
        for result in flat(question.reference(*arguments(case))):
            assert not any(result.shape == array.shape and np.allclose(result, array) for array in others)


@pytest.mark.parametrize("name", ["forward", "gradients"])
def test_sizes_are_all_different_once_and_square_once(name):
    (asked,) = [question for question in QUESTIONS if question.name == name]
    sizes = []
    for case in asked.cases(np.random.default_rng(0)):
        x, W = case[0], case[-2]
        sizes.append((len(x), W[1].shape[0], W[1].shape[1], W[2].shape[1]))
    assert sizes[:2] == [(5, 2, 4, 3), (7, 3, 3, 3)]
    assert all(n > 2 and outputs > 2 for n, _, _, outputs in sizes)


@pytest.mark.parametrize("seed", range(5))
def test_errors_have_both_signs(seed):
    by_name = {question.name: question for question in QUESTIONS}
    for _, y_hat, y in by_name["output_gradients"].cases(np.random.default_rng(seed)):
        assert (y_hat > y).any()
        assert (y_hat < y).any()
    for x, y, W, b in by_name["gradients"].cases(np.random.default_rng(seed)):
        _, a = by_name["forward"].reference(x, W, b)
        assert (a[2] > y).any()
        assert (a[2] < y).any()


def test_each_seed_draws_other_cases_and_the_same_seed_the_same():
    first, again, other = (QUESTIONS[0].cases(np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first[0][0], again[0][0])
    assert not np.allclose(first[0][0], other[0][0])


def test_the_sigmoid_is_tried_far_out_without_an_overflow():
    with np.errstate(all="raise"):
        cases = QUESTIONS[0].cases(np.random.default_rng(0))
        for (z,) in cases:
            QUESTIONS[0].reference(z)
    assert {z.ndim for (z,) in cases} == {1, 2, 3}
    assert np.abs(z).max() > 8


# Bad definitions


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "2x"}, "has to be that of a Python function"),
        ({"name": "class"}, "has to be that of a Python function"),
        ({"points": 0}, "points is 0, expected a number above 0"),
        ({"points": "2"}, "points is '2'"),
        ({"points": True}, "points is True"),
        ({"seconds": -1}, "seconds is -1"),
        ({"reference": 3}, "reference is 3, expected a function"),
        ({"reference": lambda *x: x}, "its reference takes \\*x"),
        ({"reference": lambda x, y: x}, r"case 1 has 1 arguments, but the reference is double\(x, y\)"),
        ({"cases": [1]}, r"cases is \[1\], expected a function"),
        ({"cases": lambda rng: three(rng)[:2]}, "cases gives 2, expected a list of 3 or more"),
        ({"cases": lambda rng: None}, "cases gives None"),
        ({"cases": lambda rng: [np.ones(3)] * 3}, r"case 1 is ndarray, expected a tuple of arguments, such as \(x,\)"),
        ({"cases": lambda rng: [({1, 2},)] * 3}, "case 1 holds a set"),
        ({"cases": lambda rng: [({"f": [double]},)] * 3}, "case 1 holds a function"),
        ({"mistakes": [double]}, "stands among the mistakes, expected a Mistake"),
        ({"keeps": ("y",)}, "keeps 'y', but its parameters are x"),
        (
            {"together": lambda cases, answers: (1, "")},
            "together looks at what a judge has found right, so give it one",
        ),
    ],
)
def test_a_question_that_is_not_well_defined_is_refused(changes, words):
    with pytest.raises(ExerciseError, match=words):
        question(**changes)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Mistake("", double, "as if"), "a Mistake has no id"),
        (lambda: Mistake("m", double, " "), "mistake 'm' has no message"),
        (lambda: Mistake("m", 3, "as if"), "mistake 'm': wrong is 3, expected a function"),
        (lambda: Exercise("e", "E", []), "exercise 'e' has no questions"),
        (lambda: Exercise("e/f", "E", [question()]), "its name has to be that of a file"),
        (lambda: Exercise("e", "E", [question(), question()]), "has two questions 'double'"),
        (lambda: Exercise("e", "E", [question(), question(name="half")]), "'half' has the reference of 'double'"),
        (lambda: Known("square"), r"Known\('square'\): there is no such function, only cubic"),
    ],
)
def test_an_exercise_that_is_not_well_defined_is_refused(make, words):
    with pytest.raises(ExerciseError, match=words):
        make()


def test_a_judged_question_may_have_one_case():
    assert question(cases=lambda rng: three(rng)[:1], judge=lambda case, answer: (1, "")).judge is not None


# Cases that name a generator or a function


def test_a_generator_starts_anew_for_each_call_and_a_known_function_is_real():
    case = (Rng(4), Known("cubic"), [np.ones(2)], {1: "word"})
    first, second = arguments(case), arguments(case)
    assert first[0].random() == second[0].random() == np.random.default_rng(4).random()
    assert first[1] is cubic
    first[2][0][:] = 7
    assert second[2][0].tolist() == [1, 1]
    assert case[2][0].tolist() == [1, 1]
    assert first[3] == {1: "word"}
    assert first[3] is not case[3]


# An exercise in a file

GOOD = """
import numpy as np
from bplab.questions import Exercise, Question, Mistake

def triple(x):
    return 3 * x

EXERCISE = Exercise("my-exercise", title="Mine", questions=[
    Question("triple", points=2, reference=triple,
             cases=lambda rng: [(rng.normal(size=(n, 3)),) for n in (4, 5, 6)],
             mistakes=[Mistake("cubed", lambda x: x ** 3, message="as if x had been cubed", hint="What is 3 x?")]),
])
"""


def test_an_exercise_is_one_python_file(tmp_path):
    path = tmp_path / "my_exercise.py"
    path.write_text(GOOD, encoding="utf-8")
    exercise = load(path)
    assert (exercise.name, exercise.title, [q.name for q in exercise.questions]) == ("my-exercise", "Mine", ["triple"])
    assert load(str(path)).questions[0].points == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("EXERCISE = 3", "my.py defines no EXERCISE: end it with EXERCISE = Exercise"),
        ("import nothing_like_it", "my.py, line 1: ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("x = 1\ny = x[0]", "my.py, line 2: TypeError"),
        ("x = (", "my.py.*SyntaxError"),
        ("from bplab.questions import *\nEXERCISE = Exercise('e', 'E', [])", "my.py, line 2: exercise 'e' has no"),
        (GOOD.replace("(4, 5, 6)", "(4, 5)"), "my.py, line 9: question 'triple': cases gives 2"),
        (GOOD.replace("3 * x\n", "x @ x\n"), "question 'triple': its reference raises in one of its cases"),
        (GOOD.replace("3 * x\n", "x / 0\n"), "its reference gives no right answer. The result contains inf"),
        (GOOD.replace("3 * x\n", "x > 0\n"), "its reference gives no right answer. The result is an array of bool"),
        (GOOD.replace("x ** 3", "x * 3"), "mistake 'cubed' gives the right answer"),
    ],
)
def test_a_file_without_a_good_exercise_is_refused(tmp_path, text, words):
    path = tmp_path / "my.py"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ExerciseError, match=words):
        load(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ExerciseError, match=r"nowhere\.py is not a file"):
        load(tmp_path / "nowhere.py")
    (tmp_path / "text.txt").write_text(GOOD, encoding="utf-8")
    with pytest.raises(ExerciseError, match=r"its name has to end in \.py"):
        load(tmp_path / "text.txt")


# What was raised


def test_the_module_that_describes_exceptions_stands_alone():
    lines = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("raised", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
def f():
    return 1 / 0
try:
    f()
except ZeroDivisionError as error:
    print(module.describe(error, f)["type"], any(name.startswith("bplab") for name in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", lines, raised.__file__], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["ZeroDivisionError", "False"]


def described(function, *given, student=None):
    try:
        function(*given)
    except Exception as error:
        return raised.describe(error, student or function)
    raise AssertionError("it does not raise")


def inner(h, W, k):
    return h @ W[k + 1] + h.T


def test_the_innermost_line_of_the_student_s_and_the_shapes_in_it():
    def outer(x):
        h, W = x, {1: np.ones((2, 3)), 2: np.ones((3, 4))}
        return inner(h, W, 1)

    found = described(outer, np.ones((5, 2)))
    assert found["type"] == "ValueError"
    assert found["line"] == "return h @ W[k + 1] + h.T"
    assert found["shapes"] == {"h": "(5, 2)", "W[k + 1]": "(3, 4)"}
    assert described(outer, np.ones((5, 2)), student={__file__}) == found


def test_a_line_inside_a_library_is_not_the_student_s():
    def outer(x):
        return np.linalg.inv(x)

    assert described(outer, np.zeros((2, 3)))["line"] == "return np.linalg.inv(x)"
    assert described(outer, np.zeros((2, 3)), student={"elsewhere.py"})["line"] == ""


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda W: W[0] @ W[1], "W has the keys 1 and 2, not 0"),
        (lambda W: W["1"], "W has the keys 1 and 2, not '1'"),
        (lambda W: W[len(W) + 1], "there is no key 3"),
        (lambda W: {}.pop((1, 2)), "(1, 2)"),
        (lambda W: dict.pop(W, "one"), "there is no key 'one'"),
    ],
)
def test_a_key_error_says_which_keys_there_are(wrong, words):
    assert described(wrong, {1: 3.0, 2: 4.0})["message"] == words


shape, rate = (1, 2), 0.5


def rated(x):
    return x * rate


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (lambda x: x * rate, ["rate"]),
        (rated, ["rate"]),
        (lambda x: [rated(row) for row in x], ["rate"]),  # in what it calls
        (lambda x: [row + shape for row in x] * rate, ["rate", "shape"]),  # and in what is inside it
        (lambda x: x.shape[0], []),  # an attribute
        (lambda rate: np.exp(rate) + len(EXERCISES), ["EXERCISES"]),
        (np.exp, []),
        (len, []),
    ],
)
def test_the_data_of_a_notebook_that_a_function_reads(function, names):
    assert sorted(raised.reads(function)) == sorted(names)


def test_of_two_dictionaries_the_one_that_is_read_is_named():
    def carries_on(k):
        dW, delta = {}, {2: 0.5}
        dW[k] = delta[k] * 2

    assert described(carries_on, 1)["message"] == "delta has the key 2, not 1"


def test_a_key_that_is_written_to_is_looked_up_too():
    def adds(k):
        dW = {}
        dW[k + 1] += 2

    assert described(adds, 1)["message"] == "dW has no keys yet, not 2"


def test_what_a_line_names_is_looked_up_without_running_it():
    def outer(x):
        W = {1: x}
        if (W[1] @ x).any() and W[len(W)].any():
            return 1

    assert described(outer, np.ones((5, 2)))["shapes"] == {"W[1]": "(5, 2)", "x": "(5, 2)"}


@pytest.mark.parametrize(
    ("body", "empty"),
    [
        ("pass", True),
        ("...", True),
        ("'A docstring.'", True),
        ("'A docstring.'\n    ...", True),
        ("'A docstring.'\n    return z", False),
        ("return None", False),
        ("return", False),
        ("raise NotImplementedError", False),
        ("z = 1", False),
    ],
)
def test_a_body_is_empty_if_it_says_nothing(body, empty):
    assert raised.body_is_empty(f"def f(z):\n    {body}") is empty
    assert raised.body_is_empty(f"    def f(z):\n        {body.replace(chr(10), chr(10) + '    ')}") is empty


def test_a_body_that_cannot_be_seen_is_not_empty():
    assert not raised.body_is_empty(np.exp)
    assert not raised.body_is_empty(lambda z: ...)
    assert not raised.body_is_empty("not a function")
    assert Path(raised.__file__).name == "raised.py"
