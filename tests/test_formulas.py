"""Every gradient, update, matrix formula and index sum that the course prints is worked out, and is true.

A formula is checked in the world of its notebook, or of its cell where WORLDS names it: to nine digits, by nudging.
A formula that no world can read fails, and so does an entry that no formula needs.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from formulas import STEP, ReadingError, World, holds, statements

import bplab

ROOT = Path(__file__).parent.parent
SLOPE = re.compile(r"\\partial|\\delta|\\Delta|\\nabla|\\leftarrow|\\text\{new\}|[a-zA-Z}]'|\bd[WbL]\b|dL/d")
MATRIX_OR_SUM = re.compile(r"\\underset|=.*\\sum_")
STATES = re.compile(r"=|\\approx|\\cdot|\\sum|\\leftarrow.| [-+] ")  # otherwise it is only a name, such as ∂C/∂w


# ------------------------------------------------------------------ the worlds of the pages


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def relu(z):
    return z * (np.real(z) > 0)


def with_slope(name, f):
    """A function of the page and its derivative, by a complex step."""
    return {name: f, f"{name}'": lambda z: np.imag(f(z + STEP * 1j)) / STEP}


FUNCTIONS = with_slope(r"\sigma", sigmoid) | with_slope(r"\text{ReLU}", relu)


def layer_names(net, suffix=""):
    """W^k and b^k of a network, by their symbols."""
    weights = {f"W^{k}{suffix}": W.copy() for k, W in net.W.items()}
    return weights | {f"b^{k}{suffix}": b.copy() for k, b in net.b.items()}


def updated(net, x, y, lr):
    """The network after bplab's own step."""
    net.update(net.backward(net.forward(x), y), lr)
    return net


def one_sample(n_out):
    """Note 001: inputs i, hidden outputs o, one or two linear outputs, one sample."""
    rng = np.random.default_rng(1)
    net = bplab.Network([2, 2, n_out], ["sigmoid", "linear"])
    net.theta = rng.normal(size=len(net.theta))
    i, y = rng.normal(size=2), rng.normal(size=n_out)
    given = {"i": i, "y": y if n_out > 1 else y[0], r"\eta": 0.3, **layer_names(net)}
    given |= layer_names(updated(net, i.reshape(1, 2), y.reshape(1, n_out), 0.3), "(new)")

    def compute(v):
        v["z^1"] = v["i"] @ v["W^1"] + v["b^1"]
        v["a^1"] = sigmoid(v["z^1"])
        v["o"] = v["a^1"]
        v["z^2"] = v["o"] @ v["W^2"] + v["b^2"]
        v[r"\hat y"] = v["z^2"] if n_out > 1 else v["z^2"][0]
        v[r"\ell"] = ((v[r"\hat y"] - v["y"]) ** 2).sum()
        v["C"] = v[r"\ell"]

    nine = ["w^1_{11}", "w^1_{12}", "w^1_{21}", "w^1_{22}", "w^2_{11}", "w^2_{21}", "b^1_1", "b^1_2", "b^2_1"]
    return World(given, compute, FUNCTIONS, {"p": nine})


def batch(sizes, activations, n=5):
    """n samples as rows, any layers: x = a^0, z^k, a^k, ŷ = a^L, ℓ_s, C."""
    rng = np.random.default_rng(2)
    net = bplab.Network(sizes, activations)
    net.theta = rng.normal(size=len(net.theta))
    x, y, L = rng.normal(size=(n, sizes[0])), rng.normal(size=(n, sizes[-1])), net.depth
    given = {"x": x, "y": y, "n": n, "m": n, "L": L, r"\eta": 0.3, r"\alpha": 0.3, **layer_names(net)}
    given |= {f"n_{k}": size for k, size in enumerate(sizes)}
    given |= layer_names(updated(net, x, y, 0.3), "(new)")

    def compute(v):
        v["a^0"] = v["x"]
        for k, name in enumerate(net.activations, start=1):
            v[f"z^{k}"] = v[f"a^{k - 1}"] @ v[f"W^{k}"] + v[f"b^{k}"]
            v[f"a^{k}"] = sigmoid(v[f"z^{k}"]) if name == "sigmoid" else v[f"z^{k}"]
        v[r"\hat y"] = v[f"a^{L}"]
        v[r"\ell"] = ((v[r"\hat y"] - v["y"]) ** 2).sum(axis=1)
        v["C"] = v[r"\ell"].mean()

    own = {f"f^{k}": sigmoid if name == "sigmoid" else lambda z: z for k, name in enumerate(net.activations, start=1)}
    return World(given, compute, FUNCTIONS | own)


def neuron(z):
    """A sigmoid at z: σ'(z) = a(1 − a)."""

    def compute(v):
        v["a"] = sigmoid(v["z"])

    f, g = with_slope("f", lambda w: (0.5 * w - 1.2) ** 2), with_slope("g", np.sin)
    return World({"z": z, "w": 0.8, "x": 0.4, "h": 1e-5}, compute, FUNCTIONS | f | g)


def nested():
    """f of g of x."""

    def compute(v):
        v["g"] = 3 * v["x"] - 1
        v["f"] = v["g"] ** 2

    return World({"x": 0.4}, compute)


def chain():
    """Note 002: i_1 → a_1 → a_2 → a_3, both ReLUs awake."""
    net = bplab.chain(1.5, 0.9, -0.6)
    weights = dict(zip(("w_1", "w_2", "w_3"), net.theta.copy()))
    after = zip(("w_1(new)", "w_2(new)", "w_3(new)"), updated(net, [[0.7]], [[0.8]], 0.4).theta)

    def compute(v):
        v["z_1"] = v["i_1"] * v["w_1"]
        v["a_1"] = v["i_2"] = relu(v["z_1"])
        v["z_2"] = v["a_1"] * v["w_2"]
        v["a_2"] = v["i_3"] = relu(v["z_2"])
        v["z_3"] = v["a_2"] * v["w_3"]
        v["a_3"] = sigmoid(v["z_3"])
        v["C"] = (v["a_3"] - v["y"]) ** 2

    return World({"i_1": 0.7, "y": 0.8, r"\alpha": 0.4, **weights, **dict(after)}, compute, FUNCTIONS)


def fork():
    """One number a that feeds two outputs z_1 and z_2."""

    def compute(v):
        v["z_1"], v["z_2"] = v["a"] * v["w_1"], v["a"] * v["w_2"]
        v["z"] = np.stack([v["z_1"], v["z_2"]]).reshape(1, 2)
        v[r"\ell"] = ((v["z"] - v["y"]) ** 2).sum()

    a, w = np.array([[0.6]]), {"w_1": 0.7, "w_2": -0.4, "W": [[0.7, -0.4]]}
    return World({"a": a, "y": [[1.1, 0.4]], **w}, compute)


def softmax():
    """Ten shares of ten sums."""

    def compute(v):
        v["a"] = bplab.activations.softmax(v["z"].reshape(1, 10))[0]

    return World({"z": np.random.default_rng(4).normal(size=10)}, compute)


def scalar_chain():
    """Note 003 with one unit in each of four layers: w^k, z^k, a^k are numbers."""
    weights = {"w^1": 0.9, "w^2": -1.2, "w^3": 1.5, "w^4": 0.8}

    def compute(v):
        for k in (1, 2, 3, 4):
            v[f"z^{k}"] = v[f"a^{k - 1}"] * v[f"w^{k}"]
            v[f"a^{k}"] = sigmoid(v[f"z^{k}"])
        v[r"\ell"] = (v["y"] - v["a^4"]) ** 2

    return World({"a^0": 0.7, "y": 0.3, "L": 4, **weights}, compute, FUNCTIONS)


def line():
    """Note 000: the line, a gradient for each sample, their mean, and the update."""
    x, y = np.random.default_rng(3).normal(size=(2, 4))
    net, a, b = bplab.line(0.2, 0.6), 0.2, 0.6

    def compute(v):
        v[r"\hat y"] = v["a"] * v["x"] + v["b"]

    def gradient(rows):
        x_, y_ = x[rows].reshape(-1, 1), y[rows].reshape(-1, 1)
        return net.backward(net.forward(x_), y_).theta

    each, mean = np.array([gradient([s]) for s in range(4)]), gradient(range(4))
    changes = {r"\Delta w^{(i)}": each, r"\Delta a^{(i)}": each[:, 0], r"\Delta b^{(i)}": each[:, 1], r"\Delta w": mean}
    new = updated(net, x.reshape(-1, 1), y.reshape(-1, 1), 0.3).theta.copy()
    given = {"a": a, "b": b, "w": [a, b], "x": x, "y": y, "n": 4, "m": 4, r"\alpha": 0.3, "w(new)": new}
    return World(given | changes, compute)


NOTE_001, NOTE_001_TWICE = one_sample(1), one_sample(2)
MATRICES = batch([2, 2, 1], ["sigmoid", "linear"])
MATRICES_TWICE = batch([2, 2, 2], ["sigmoid", "linear"])
DEEP = batch([2, 4, 3, 5, 2], "sigmoid", n=6)
NEURON = neuron(0.3)

# The world of a notebook's formulas, or of one cell's; of two the first that has all symbols counts.
WORLDS = {
    "00-start-here": NEURON,
    "01-forward-pass": MATRICES,
    "01-forward-pass/matrices": batch([2, 2, 1], ["sigmoid", "linear"], n=1),
    "02-loss": MATRICES,
    "02-loss/how-small": neuron(0.5),
    "03-chain-rule": chain(),
    "03-chain-rule/recall-3": NEURON,
    "03-chain-rule/nested": nested(),
    "03-chain-rule/paths": fork(),
    "04-backward-pass": NOTE_001,
    "04-backward-pass/recall-2": MATRICES,
    "04-backward-pass/slips": (NOTE_001, NEURON),
    "04-backward-pass/n-samples": MATRICES,
    "04-backward-pass/loops": MATRICES,
    "04-backward-pass/matrices": MATRICES,
    "04-backward-pass/transposes": MATRICES,
    "04-backward-pass/two-outputs": (NOTE_001_TWICE, MATRICES_TWICE),
    "04-backward-pass/summary": MATRICES,
    "05-weight-updates": NOTE_001,
    "05-weight-updates/recall-2": MATRICES,
    "05-weight-updates/per-sample": line(),
    "07-going-deep": scalar_chain(),
    "07-going-deep/recall-1": NOTE_001,
    "07-going-deep/layers": DEEP,
    "07-going-deep/loops": DEEP,
    "07-going-deep/loops-weights": DEEP,
    "07-going-deep/matrices": DEEP,
    "08-real-data/softmax": softmax(),
    "glossary": (NEURON, MATRICES),
    "ex02-loss": MATRICES,
    "ex07-going-deep": DEEP,
    "ex03-chain-rule": NEURON,
    "ex04-backward-pass": MATRICES,
}
# What a note prints and the lecture corrects: it has to be false.
SLIPS = {
    "02-loss/slope-in-prediction": r"dL/d\hat y = 2(\hat y - y)",
    "04-backward-pass/n-samples": r"dL/d\hat y = 2(\hat y - y)",
    "ex02-loss/counterexample-worked": r"dL/d\hat y = 2(\hat y - y)",
}


def formulas(path: Path) -> Iterator[tuple[str, str]]:
    """Each formula of a notebook or page that is to be checked, with "notebook/cell"."""
    if path.suffix == ".md":
        cells = [("", path.read_text(encoding="utf-8"))]
    else:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = [(f"/{c['id']}", "".join(c["source"])) for c in notebook["cells"] if c["cell_type"] == "markdown"]
    for cell, source in cells:
        for displayed, inline in re.findall(
            r"(?s)\$\$(.+?)\$\$|\$([^$]+?)\$", re.sub(r"```.*?```|`[^`]*`", "", source)
        ):
            formula = (displayed or inline).strip()
            if (SLOPE.search(formula) or MATRIX_OR_SUM.search(formula)) and STATES.search(formula):
                yield path.stem + cell, formula


PAGES = [path for kind in ("notebooks", "solutions", "docs") for path in sorted((ROOT / kind).glob("*.*"))]
PAGES = [path for path in PAGES if path.suffix in (".ipynb", ".md")]
FORMULAS = list(dict.fromkeys(found for path in PAGES for found in formulas(path)))


def is_true(place: str, formula: str) -> bool:
    worlds = WORLDS.get(place) or WORLDS[place.partition("/")[0]]
    first, *others = worlds if isinstance(worlds, tuple) else (worlds,)
    try:
        return holds(formula, first)
    except ReadingError:
        if not others:
            raise
        return holds(formula, *others)


def as_cost(formula: str) -> str:
    """Note 001 calls its cost L."""
    return formula.replace("dL/d", r"\partial C/\partial ")


@pytest.mark.parametrize(("place", "formula"), [f for f in FORMULAS if SLIPS.get(f[0]) != f[1]])
def test_the_formula_is_true(place, formula):
    assert is_true(place, formula)


@pytest.mark.parametrize(("place", "formula"), SLIPS.items())
def test_the_slip_is_one_and_is_right_for_one_sample(place, formula):
    assert (place, formula) in FORMULAS
    assert not is_true(place, as_cost(formula))
    assert holds(as_cost(formula), NOTE_001)


def test_every_world_is_needed():
    needed = {place if place in WORLDS else place.partition("/")[0] for place, _ in FORMULAS}
    assert sorted(WORLDS) == sorted(needed)


def test_formulas_in_outputs_come_from_derive():
    """What `derive` prints is held to its numbers in test_derivation.py."""
    for path in PAGES:
        if path.suffix == ".ipynb":
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
                for output in cell.get("outputs", []):
                    if "text/latex" in output.get("data", {}):
                        assert "".join(cell["source"]).splitlines()[-1].startswith("bplab.derive(")


# ------------------------------------------------------------------ matrix formulas


def without_shapes(tokens: list[str]) -> set[str]:
    """The symbols of a statement that have no shape under them; a sum written with its index needs none."""
    left, depth, at = set(), 0, 0
    while at < len(tokens):
        if tokens[at] == r"\underset":  # leave out {shape}{factor}
            for _ in range(2):
                at, depth = at + 1, 1
                while depth:
                    at += 1
                    depth += (tokens[at] == "{") - (tokens[at] == "}")
        elif tokens[at].isalpha() or tokens[at].startswith("\\"):
            left.add(tokens[at])
        at += 1
    return left - {r"\odot"}


MATRIX = [
    (path, number, part)
    for path in sorted((ROOT / "notebooks").glob("0*.ipynb"))
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"])
    if cell["cell_type"] == "markdown"
    for displayed in re.findall(r"(?s)\$\$(.+?)\$\$", "".join(cell["source"]))
    for part in re.split(r"\\qquad", displayed)
    if r"\underset" in part or r"\top" in part
]


@pytest.mark.parametrize(("path", "number", "formula"), MATRIX, ids=[f"{p.stem}-{n}" for p, n, _ in MATRIX])
def test_a_matrix_formula_has_shapes_and_is_compared_in_view(path, number, formula):
    """Under every factor stands its shape; one of the next cells prints that loops or sums give the same."""
    (tokens,) = statements(formula.replace(r"\to", "="))
    assert without_shapes(tokens) <= {r"\sigma", "z", "f", "k", r"\hat", "y"}  # a^1 = σ(z^1): as z; ŷ = z²: as z
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    following = [cell for cell in cells[number + 1 :] if cell["cell_type"] == "code"][:3]
    printed = "".join("".join(output.get("text", [])) for cell in following for output in cell["outputs"])
    assert re.search(r"below 1e-12: True|same as [\w.]+: True", printed)


# ------------------------------------------------------------------ the reader can tell right from wrong

TRUE = [
    (r"\frac{\partial \ell}{\partial w^1_{21}} = 2(\hat y - y)\, w^2_{11}\, o_1(1 - o_1)\, i_2", NOTE_001),
    (r"\frac{\partial \ell}{\partial w^2_{j1}} = 2(\hat y - y) \cdot o_j", NOTE_001),
    (r"p(\text{new}) = p - \eta\, \frac{\partial C}{\partial p}", NOTE_001),
    (r"\underset{(2,\,2)}{dW^1} = \underset{(2,\,n)}{x^{\top}}\; \underset{(n,\,2)}{\delta^1}", MATRICES),
    (r"\delta^{k} = (\delta^{k+1} (W^{k+1})^\top) \odot \sigma'(z^k)", DEEP),
    (r"db^k = \sum_s \delta^k_s", DEEP),
    (r"\frac{\partial C}{\partial w^k_{ij}} = \sum_s a^{k-1}_{si}\, \delta^k_{sj}", DEEP),
    (r"\frac{\partial C}{\partial a^k_{sj}} = \sum_m \delta^{k+1}_{sm}\, w^{k+1}_{jm}", DEEP),
    (r"w_2 \leftarrow w_2 - \alpha\, \partial C/\partial w_2", chain()),
]
SPOILED = [
    ("i_2", "i_1"),
    (r"o_j", r"o_1"),
    (r"p - \eta", r"p + \eta"),
    (r"(2,\,n)", r"(n,\,2)"),
    (r"^\top", ""),
    (r"\sum_s ", r"\frac1n \sum_s "),
    ("{k-1}_{si}", "{k-1}_{sj}"),
    ("w^{k+1}_{jm}", "w^{k+1}_{mj}"),
    (r"\leftarrow w_2", r"\leftarrow w_3"),
]


@pytest.mark.parametrize(("formula", "where"), TRUE)
def test_what_is_right_holds(formula, where):
    assert holds(formula, where)


@pytest.mark.parametrize(("true", "change"), list(zip(TRUE, SPOILED, strict=True)))
def test_what_is_wrong_does_not_hold(true, change):
    formula, where = true
    assert change[0] in formula
    assert not holds(formula.replace(*change), where)


@pytest.mark.parametrize(
    "formula",
    [r"\frac{\partial C}{\partial q} = 2", r"\delta^1 = \int z", r"\delta^1 = 1 \times 2", r"\partial C \partial x"],
)
def test_what_cannot_be_read_is_told(formula):
    with pytest.raises(ReadingError):
        holds(formula, MATRICES)


def test_a_formula_may_have_several_parts():
    assert [" ".join(part) for part in statements(r"a = b \qquad \frac{a}{b}")] == ["a = b", r"\frac { a } { b }"]
