"""The pages beside the lectures: links lead somewhere, the glossary has every word and symbol, the card its numbers."""

import importlib.util
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest

import bplab

ROOT = Path(__file__).parent.parent
LECTURES = sorted((ROOT / "notebooks").glob("0*.ipynb"))
LINKING = [
    *LECTURES,
    *sorted((ROOT / "exercises").glob("*.ipynb")),
    *sorted((ROOT / "solutions").glob("*.ipynb")),
    *sorted((ROOT / "notebooks").glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
# Bold in a lecture, and no word of the course: what is stressed in a sentence.
STRESSED = set(
    """all parameters, start again, Answer, rises, every, negative, from, to, falls, no parameters, added up,
    last, Replace, multiply, add, two, into $o_2$, σ'', summed away, sum, new, one, added,
    weights, previous activations, activation function, lower, raise, double, each batch, once, divided again,
    still in the sum, and its weight, where its function stands today, updated "directly", Shift + Enter, slider,
    Going deep, in the last layer too, backwards, turned, whatever the number of parameters, test,
    ten outputs, Training digits, held-back digits, Set, start, the same weights, the same batches,
    Real data, Weight updates, Backprop computes, Gradient descent uses""".replace("\n    ", " ").split(", ")
)
# Letters of a formula that are explained where they stand.
LOCAL = {"A", "B", "d", "e", "f", "g"}


def markdown(path: Path) -> str:
    """The words of a notebook or page."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    return "\n\n".join("".join(c["source"]) for c in json.loads(text)["cells"] if c["cell_type"] == "markdown")


def rows(title: str) -> list[list[str]]:
    """The cells of the glossary's table under a title, without its head."""
    section = markdown(ROOT / "notebooks" / "glossary.md").split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def words() -> dict[str, str]:
    """Each word of the glossary, also that in its brackets, and its first lecture."""
    listed = {}
    for word, _, first in rows("Words"):
        for name in re.findall(r"[^(),]+", word.replace('"', "")):
            listed[name.strip().lower()] = re.findall(r"\((.*)\)", first)[0]
    return listed


# ------------------------------------------------------------------ links


@pytest.mark.parametrize("path", LINKING, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_link_leads_somewhere(path):
    named = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"(?s)```.*?```|`[^`\n]*`|\$[^$]*\$", "", markdown(path)))
    targets = [target.partition("#")[0] for target in named if not re.match(r"\w+:|#", target)]
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("lecture", LECTURES, ids=lambda path: path.stem)
def test_the_lecture_links_to_the_glossary(lecture):
    assert "[glossary](glossary.md)" in markdown(lecture)


# ------------------------------------------------------------------ glossary


def bold(lecture: Path) -> Iterator[str]:
    """What stands in bold and may be a word: no sentence, no heading of a paragraph."""
    for phrase in re.findall(r"\*\*([^*]+)\*\*", markdown(lecture)):
        if not re.search(r"[.:?]$", phrase) and len(phrase.split()) <= 5:
            yield phrase


@pytest.mark.parametrize("lecture", LECTURES, ids=lambda path: path.stem)
def test_every_word_that_a_lecture_defines_is_in_the_glossary(lecture):
    listed = words()
    missing = [
        phrase
        for phrase in bold(lecture)
        if phrase not in STRESSED and not {phrase.lower(), re.sub("e?s$", "", phrase.lower())} & listed.keys()
    ]
    assert missing == []


def test_what_is_stressed_is_still_there():
    assert STRESSED - {phrase for lecture in LECTURES for phrase in bold(lecture)} == set()


def test_words_stand_in_the_order_of_the_alphabet():
    names = [word.strip('"').lower() for word, *_ in rows("Words")]
    assert names == sorted(names)
    assert len(words()) == len(set(words()))


def test_every_word_is_in_its_first_lecture_and_defined_in_none_before():
    order = [lecture.name for lecture in LECTURES]
    for word, first in words().items():
        said = markdown(ROOT / "notebooks" / first).lower()
        assert re.search(rf"\b{re.escape(word[:-1] if word.endswith(('e', 's', 'y')) else word)}", said), (word, first)
        for earlier in LECTURES[: order.index(first)]:
            assert word not in [phrase.lower() for phrase in bold(earlier)], (word, earlier)


def letters(text: str) -> set[str]:
    """The symbols of all formulas of a text: single letters, Greek letters and operators, layers and indices apart."""
    found = set()
    for displayed, inline in re.findall(r"(?s)\$\$(.+?)\$\$|\$([^$]+?)\$", re.sub(r"`[^`]*`", "", text)):
        formula = re.sub(r"\\text\{[^}]*\}|\\(begin|end)\{\w+\}|\\(?=\\)", "", displayed or inline)
        formula = re.sub(r"\\hat\{?\s*(\w)\}?", r"\\hat\1", formula)
        found |= set(re.findall(r"\\hat\w|\\(?:sigma|delta|Delta|eta|alpha|ell|nabla|odot|leftarrow|top)\b", formula))
        found |= set(re.findall(r"(?<![\\a-zA-Z])([a-zA-Z])(?![a-zA-Z])", re.sub(r"\\hat\w", "", formula)))
    return found


@pytest.mark.parametrize("lecture", LECTURES, ids=lambda path: path.stem)
def test_every_symbol_of_a_lecture_is_in_the_glossary(lecture):
    listed = letters(markdown(ROOT / "notebooks" / "glossary.md"))
    assert letters(markdown(lecture)) - listed - LOCAL == set()


def test_no_letter_is_left_out_without_need():
    assert LOCAL - {letter for lecture in LECTURES for letter in letters(markdown(lecture))} == set()


def test_every_symbol_is_in_its_first_lecture():
    for symbol, _, _, first in rows("Symbols"):
        said = markdown(ROOT / "notebooks" / re.findall(r"\((.*)\)", first)[0])
        assert letters(symbol) & letters(said) or re.search(r"ReLU|\.T|∇|\bh\b", said), symbol


# ------------------------------------------------------------------ card


def card_pages() -> dict[Path, str]:
    spec = importlib.util.spec_from_file_location("card", ROOT / "docs" / "card.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.pages()


def test_the_card_is_what_its_script_writes():
    for path, text in card_pages().items():
        assert path.read_text(encoding="utf-8") == text, f"run python docs/card.py: {path.name} differs"


def test_the_card_has_the_numbers_of_the_course():
    net, (x, y) = bplab.two_two_one(), bplab.zoo.card()
    page, printed = (ROOT / "notebooks/card.md").read_text("utf-8"), (ROOT / "docs/card.html").read_text("utf-8")
    listed = re.findall(r"\| \$(\w)\^(\d)_\{(\d+)\}\$ \| (\S+) \|", page)
    assert {f"{w}{k}_{ij}": float(text.replace("−", "-")) for w, k, ij, text in listed} == {
        name: net[name] for name in net.names
    }
    sample = re.findall(r"(?:i_1|i_2|y) = ([\d.]+)\$", page)
    assert [float(number) for number in sample] == [*x[0], y[0, 0]]
    table = re.findall(r"<td><math>.*?</math><td>(\S+?)<td>", printed)
    assert [float(text.replace("−", "-")) for text in table] == list(net.theta)
    assert re.findall(r"</math> = (\d\.\d)", printed) == [f"{value:.1f}" for value in (*x[0], y[0, 0])]


def test_the_drawing_says_signs_without_colour_and_is_the_same_on_both_pages():
    page, printed = (ROOT / "notebooks/card.md").read_text("utf-8"), (ROOT / "docs/card.html").read_text("utf-8")
    (drawn,) = re.findall(r"<svg.*</svg>", printed)
    assert unquote(re.findall(r'src="data:image/svg\+xml,([^"]*)"', page)[0]) == drawn
    net = bplab.two_two_one()
    assert drawn.count("stroke-dasharray") == sum(net[name] < 0 for name in net.names if name[0] == "w") == 1
    spoken = unescape(re.findall(r'alt="([^"]*)"', page)[0])
    assert all(f"= {abs(value):.1f}" in spoken.replace("−", "") for value in net.theta)


def test_the_printed_card_needs_nothing_else():
    printed = (ROOT / "docs/card.html").read_text(encoding="utf-8")
    assert re.findall(r'(?:src|href)="|@import|url\(|<script', printed) == []
    assert "size: A4" in printed
