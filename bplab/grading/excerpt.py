"""A student's function as the class may see it: the code alone, without comments, words or invisible characters.

The text is hostile: it is cut first, and read by the tokenizer alone, which does not recurse as a parser does.
"""

import io
import re
import tokenize

from bplab.grading.text import visible

LINES_LIMIT, WIDTH_LIMIT, LINES_SHOWN = 60, 200, 24
WORDS = "…"


def anonymous(source: str, name: str) -> str:
    """The last function `name` in a cell's source, strings as "…", comments left out; "" where that cannot be told.

    >>> print(anonymous("def f(x):\\n    # by Ann\\n    '''Ann's'''\\n    return 2 * x  # Ann\\n\\nf(1)", "f"))
    def f(x):
        return 2 * x
    """
    lines = _function(source.expandtabs(4).splitlines(), name)
    try:
        code = _without_words("\n".join(line[:WIDTH_LIMIT] for line in lines) + "\n")
    except (tokenize.TokenError, SyntaxError, ValueError):
        return ""
    kept = [line for line in map(str.rstrip, visible(code).split("\n")) if line and line.strip() != f'"{WORDS}"']
    return "\n".join([*kept[:LINES_SHOWN], *["    …"] * (len(kept) > LINES_SHOWN)])


def _function(lines: list[str], name: str) -> list[str]:
    """The lines of the last definition of `name`: its head, and all that is indented further."""
    starts = [n for n, line in enumerate(lines) if re.match(rf"\s*def\s+{re.escape(name)}\b", line)]
    if not starts:
        return []
    head, *rest = lines[starts[-1] : starts[-1] + LINES_LIMIT]
    indent = len(head) - len(head.lstrip())
    body = []
    for line in rest:
        if line.strip() and len(line) - len(line.lstrip()) <= indent and not line.lstrip().startswith((")", "]", "}")):
            break
        body.append(line[indent:])
    return [head[indent:], *body]


def _without_words(code: str) -> str:
    """With comments taken out and every string as "…"; all else stays where it stands."""
    lines = code.split("\n")
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(code).readline))):
        if token.type == tokenize.ERRORTOKEN:  # such as a quotation mark without its other one
            raise ValueError(token.string)
        if token.type == tokenize.COMMENT or "STRING" in tokenize.tok_name[token.type]:
            (first, start), (last, end) = token.start, token.end
            shown = "" if token.type == tokenize.COMMENT else f'"{WORDS}"'
            lines[first - 1 : last] = [lines[first - 1][:start] + shown + lines[last - 1][end:]]
    return "\n".join(lines)
