"""What can be put right in a cell's text without knowing what it means: no parser is let near hostile text."""

import re
from collections.abc import Callable

PROMPT = re.compile(r"^[ \t]*(?:>>>|\.{3,}:?|In ?\[[\d ]*\]:)(?: |$)")
FIRST_PROMPT = re.compile(r"^[ \t]*(?:>>>|In ?\[[\d ]*\]:) ")
OUTPUT = re.compile(r"^[ \t]*Out ?\[[\d ]*\]:")
INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
# What comes along when code is copied from a page or a word processor, and what Python has for it.
COPIED = str.maketrans(dict.fromkeys("\xa0\u2007\u202f\u3000", " ") | dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff"))
TYPESET = str.maketrans({"−": "-", "–": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "，": ",", "（": "(", "）": ")"})


def mended(source: str) -> tuple[str, list[str]]:
    """The source, and what had to be done to it."""
    done = []
    for words, mend in MENDS.items():
        before, source = source, mend(source)
        if source != before:
            done.append(words)
    return source, done


def without_conflicts(text: str) -> str:
    """With the first of the two sides that git leaves between <<<<<<< and >>>>>>>."""
    if "<<<<<<< " not in text:
        return text
    kept, side = [], ""
    for line in text.splitlines(keepends=True):
        if not side and line.startswith("<<<<<<< "):
            side = "first"
        elif side == "first" and line.rstrip() == "=======":
            side = "second"
        elif side == "second" and line.startswith(">>>>>>> "):
            side = ""
        elif side != "second":
            kept.append(line)
    return text if side else "".join(kept)


def _without_prompts(source: str) -> str:
    """As IPython does, where the first line has a prompt; there lines without one are output."""
    lines = source.split("\n")
    first = next((line for line in lines if line.strip()), "")
    if not FIRST_PROMPT.match(first):
        return source
    if ">>>" in first:
        lines = [line for line in lines if PROMPT.match(line)]
    return "\n".join(PROMPT.sub("", line, count=1) for line in lines if not OUTPUT.match(line))


def _with_spaces(source: str) -> str:
    """With each tab in front of a line as four spaces, where other lines begin with spaces."""
    indents = INDENT.findall(source)
    if not (any("\t" in indent for indent in indents) and any(" " in indent for indent in indents)):
        return source
    return INDENT.sub(lambda match: match[0].replace("\t", "    "), source)


def _as_typed(source: str) -> str:
    """With the characters that Python takes, in lines of code; comments may have any."""
    # All that is replaced lies beyond ASCII, and most lines do not.
    return "\n".join(line if line.isascii() else _typed(line) for line in source.split("\n"))


def _typed(line: str) -> str:
    code, mark, comment = line.translate(COPIED).partition("#")
    quoted = '"' in code or "'" in code  # in a string they may stand as they are
    return (code if quoted else code.translate(TYPESET)) + mark + comment


MENDS: dict[str, Callable[[str], str]] = {
    "characters that Python does not take, as in copied text: they were replaced": _as_typed,
    "the marks of a merge conflict: the first of the two versions was used": without_conflicts,
    "prompts such as >>> or In [1]: they were taken out": _without_prompts,
    "tabs and spaces mixed in front of its lines: each tab was taken for four spaces": _with_spaces,
}
