"""What a submission says, made safe to show: its text is as hostile as its code."""

import re

ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
# Control characters, invisible and direction-changing ones, lone surrogates; line breaks and tabs are kept.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff0-\uffff"
    "\U000e0000-\U000e0fff]"
)
BREAKS = re.compile("\r\n?|[\u2028\u2029\x0b\x0c\x85]")
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")


def visible(text: str, limit: int | None = None) -> str:
    """`text` without what cannot be seen or turns the line round, addresses as 0x…, cut after `limit` characters."""
    text = INVISIBLE.sub("", BREAKS.sub("\n", ANSI.sub("", text)))
    text = ADDRESS.sub("0x…", text)  # an address differs from run to run
    return text if limit is None or len(text) <= limit else text[: limit - 1] + "…"


def one_line(text: str, limit: int | None = None) -> str:
    """`visible` with every run of white space as one space."""
    return visible(" ".join(visible(text).split()), limit)


def csv_cell(text: str) -> str:
    """One line that a spreadsheet takes for text and not for a formula."""
    text = one_line(text)
    return "'" + text if text.startswith(("=", "+", "-", "@")) else text
