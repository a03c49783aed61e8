"""The catalogue's deep programs and their mistakes, for any number of layers (note 003).

The catalogue prints them for three layers. There layer 3 stands for the last one, the layers 1 and 2 together for every
hidden one; a mistake that names layer 1 alone, or layer 2 alone, is one of that layer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Line = tuple[str, str]
Changes = Mapping[str, str]

PRINTED = 3
SYMBOL = re.compile(r"\b(da|dz|dW|db|a|z|W|b)(\d)\b")
# What a function that computes one layer is given and computes, where a program has the layer's number; "a#-" comes
# before "a#", which it begins with.
ONE_LAYER = {"a#-": "a_prev", "dz#+": "delta_next", "W#+": "W_next"} | {f"{name}#": name for name in "azWb"}
ONE_LAYER |= {f"d{name}#": f"d{name}" for name in "azWb"}
LAST = 9  # more layers than any case has


def forward_lines(layers: int) -> tuple[Line, ...]:
    lines = [("a0", "x")]
    for k in range(1, layers + 1):
        lines += [(f"z{k}", f"a{k - 1} @ W{k} + b{k}"), (f"a{k}", f"sigmoid(z{k})")]
    return tuple(lines)


def gradient_lines(layers: int) -> tuple[Line, ...]:
    lines = [*forward_lines(layers), ("y_hat", f"a{layers}"), ("dy", "2 * (y_hat - y) / n")]
    for k in range(layers, 0, -1):
        if k < layers:
            lines += [(f"da{k}", f"dz{k + 1} @ W{k + 1}.T")]
        lines += [(f"dz{k}", f"{'dy' if k == layers else f'da{k}'} * a{k} * (1 - a{k})")]
        lines += [(f"dW{k}", f"a{k - 1}.T @ dz{k}"), (f"db{k}", f"dz{k}.sum(0)")]
    return tuple(lines)


def dictionary(name: str, layers: int, start: int = 1, reverse: bool = False) -> str:
    """The expression ``{1: z1, 2: z2}``."""
    numbers = list(range(start, layers + 1))
    return f"{{{', '.join(f'{k}: {name}{j}' for k, j in zip(numbers, numbers[::-1] if reverse else numbers))}}}"


def written_out(wrong: Changes, layers: int) -> dict[str, str]:
    """A row of the catalogue for a network of so many layers."""
    numbers = {line[-1] for line in wrong if line[-1].isdigit()}
    out: dict[str, str] = {}
    for line, expression in wrong.items():
        if line == "return":
            out[line] = _returned_wrong(expression, layers)
        elif line[-1] == "#":
            out |= _for_each(range(1, layers + 1), line, expression)
        elif not line[-1].isdigit():
            out[line] = expression
        else:
            own = int(line[-1])
            which = [layers] if own == PRINTED else range(1, layers) if numbers == {"1", "2"} else [own]
            out |= _for_each(which, relative(line, own), relative(expression, own))
    return out


def of_one_layer(wrong: Changes) -> dict[str, str]:
    """A row for a function that computes the gradients of one hidden layer."""
    out: dict[str, str] = {}
    for line, expression in wrong.items():
        if line[-1] in "12#":
            own = 0 if line[-1] == "#" else int(line[-1])
            line, expression = relative(line, own), relative(expression, own)
        for name, here in ONE_LAYER.items():
            line, expression = (re.sub(rf"\b{re.escape(name)}", here, text) for text in (line, expression))
        out[line] = expression
    return out


def relative(text: str, own: int) -> str:
    """With # for the number of the own layer, #+ and #- for those beside it."""
    marks = {own: "#", own + 1: "#+", own - 1: "#-"}
    return SYMBOL.sub(lambda symbol: symbol[1] + marks.get(int(symbol[2]), symbol[2]), text)


def numbered(text: str, k: int) -> str:
    """With k for #, and the numbers of the layers beside it for #+ and #-."""
    return text.replace("#-", str(k - 1)).replace("#+", str(k + 1)).replace("#", str(k))


def _for_each(layers: range | list[int], line: str, expression: str) -> dict[str, str]:
    return {numbered(line, k): numbered(expression, k) for k in layers}


def _returned_wrong(expression: str, layers: int) -> str:
    """The two rows that return right arrays in the wrong place."""
    if expression == "(z1, z2, z3)":
        return f"({dictionary('z', layers)}, {{0: a0}} | {dictionary('z', layers)})"
    return f"({dictionary('dW', layers, reverse=True)}, {dictionary('db', layers, reverse=True)})"
