"""Formulas of the notebooks, read from their LaTeX and worked out with numbers.

A formula is read in a `World`: random numbers, and a function that computes every symbol of the page from them. What a
formula says is true if both sides of each of its relations come out the same. Each ∂A/∂B is found without any rule of
calculus, by nudging B in the world by a complex step, so that no digit is lost. Shapes under factors are compared too.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import count, pairwise

import numpy as np

STEP = 1e-30
RELATIONS = ("=", r"\leftarrow", r"\approx")
TOKEN = re.compile(r"\\text\{\w+\}'?|\\[a-zA-Z]+'?|d[Wb]\b|[a-zA-Z]'?|\d+\.\d+|\d+|[-+/=^_(){}\[\],;]")
LAYOUT = re.compile(r"\\[,;!]|\\(?:big|Big|left|right)\b|\\(?:begin|end)\{aligned\}|&")
OWN_SLOPE = {"dW": "W", "db": "b", r"\delta": "z"}  # dW^k stands for ∂C/∂W^k, δ^k for ∂C/∂z^k


class ReadingError(Exception):
    """A symbol that the world does not have, or a notation that the reader does not know."""


class ShapeError(Exception):
    """A shape under a factor that the factor does not have."""


class FreeIndexError(Exception):
    """An index that no sum runs over: the formula has to hold for each of its values."""


class Nudged(dict):
    """Values by symbol; to what is set, the nudge of that name is added."""

    def __init__(self, nudge):
        super().__init__()
        self.nudge = nudge

    def __setitem__(self, name, value):
        super().__setitem__(name, np.asarray(value) + self.nudge.get(name, 0.0))


class World:
    """Numbers for the symbols in `given`, what `compute` makes of them, functions; a letter may stand for symbols."""

    def __init__(
        self,
        given: Mapping[str, object],
        compute: Callable[[Nudged], None] = lambda v: None,
        functions: Mapping[str, Callable] | None = None,
        stands_for: Mapping[str, list[str]] | None = None,
    ):
        self.given, self.compute = given, compute
        self.functions, self.stands_for = functions or {}, stands_for or {}
        self.values = self.run({})

    @property
    def depth(self):
        return int(self.values.get("L", 0))

    def run(self, nudge):
        v = Nudged(nudge)
        for name, value in self.given.items():
            v[name] = value
        self.compute(v)
        return v

    def slope(self, of, by):
        """∂of/∂by, each a (name, index); an array if `by` is one."""
        name, at = by
        result = np.empty(self.values[name][at].shape)
        for entry in np.ndindex(result.shape):
            nudge = np.zeros(self.values[name].shape, complex)
            nudge[at + entry] = STEP * 1j
            moved = self.run({name: nudge})[of[0]][of[1]]
            if moved.size != 1:
                raise ReadingError(f"the slope of {of[0]}, which is an array")
            result[entry] = np.imag(moved).item() / STEP
        return result


def statements(formula: str) -> list[list[str]]:
    """The tokens of each line or \\qquad-separated part of a formula."""
    parts = re.split(r"\\qquad|\\quad|\\\\", LAYOUT.sub(" ", formula))
    for part in parts:
        if rest := re.sub(r"\s", "", TOKEN.sub("", part)):
            raise ReadingError(f"{rest!r} in {part.strip()!r}")
    return [TOKEN.findall(part) for part in parts if part.strip()]


def holds(formula: str, world: World) -> bool:
    """Whether all that `formula` says is true in `world`.

    Raises
    ------
    ReadingError
        If the formula cannot be read in this world, or says nothing.
    """
    for letter, names in world.stands_for.items():
        if re.search(rf"(?<![a-zA-Z\\]){letter}(?![a-zA-Z])", formula):
            each = [re.sub(rf"(?<![a-zA-Z\\]){letter}(?![a-zA-Z])", lambda _, n=name: n, formula) for name in names]
            return all(holds(one, world) for one in each)
    try:
        return all(_same(sides) for tokens in statements(formula) for sides in _assignments(tokens, world, {}))
    except (ShapeError, ValueError, IndexError):  # NumPy refuses shapes that do not fit, and an index that is none
        return False


def _same(sides) -> bool:
    (_, first), *rest = sides
    if not rest:
        raise ReadingError("a product or sum that is said to equal nothing")
    for (_, left), (relation, right) in pairwise([("", first), *rest]):
        fits = left.shape == right.shape or 1 in (left.size, right.size)
        if not fits or not np.allclose(left, right, rtol=1e-4 if relation == r"\approx" else 1e-9, atol=1e-12):
            return False
    return True


def _assignments(tokens, world, index) -> Iterator[list]:
    """The sides of one statement, for each value of its free indices. A layer k has to have all that is named."""
    try:
        yield Reader(tokens, world, index).statement()
    except FreeIndexError as free:
        letter, found = str(free), 0
        for value in range(1, world.depth + 1) if letter == "k" else count(1):
            try:
                for sides in _assignments(tokens, world, {**index, letter: value}):
                    yield sides
                    found += 1
            except IndexError:  # an index runs as far as the arrays do
                if value == 1:
                    raise
                break
            except ReadingError:
                if letter != "k":
                    raise
        if not found:
            raise ReadingError(f"no {letter} has all of {' '.join(tokens)}") from None


class Reader:
    """Reads one statement from left to right and works it out on the way."""

    def __init__(self, tokens, world, index):
        self.tokens, self.at, self.world, self.index = tokens, 0, world, dict(index)

    def peek(self, ahead=0):
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else ""

    def next(self, expected=""):
        token = self.peek()
        if not token or (expected and token != expected):
            raise ReadingError(f"{token!r} where {expected or 'more'!r} should stand in {' '.join(self.tokens)}")
        self.at += 1
        return token

    def statement(self):
        sides = [("", self.side(r"\leftarrow" in self.tokens))]
        while self.peek() in RELATIONS:
            relation = self.next()
            sides.append((relation, self.sum()))
        if self.peek() == ",":  # the comma after a displayed formula
            self.next()
        if self.peek():
            raise ReadingError(f"{self.peek()!r} in {' '.join(self.tokens)}")
        return sides

    def side(self, updated):
        return self.value(self.symbol(updated)) if updated else self.sum()

    def sum(self):
        total = -self.product() if self.peek() == "-" and self.next() else self.product()
        while self.peek() in ("+", "-"):
            sign = 1 if self.next() == "+" else -1
            total = total + sign * self.product()
        return np.asarray(total)

    def product(self):
        value = self.factor()
        while True:
            token = self.peek()
            if token == "/":
                self.next()
                value = value / self.factor()
            elif token == r"\odot":
                self.next()
                value = value * self.factor()
            elif token == r"\cdot" or token not in ("", *RELATIONS, *"+-)]},;"):
                self.at += token == r"\cdot"
                other = self.factor()
                value = value @ other if value.ndim == other.ndim == 2 else value * other
            else:
                return value

    def factor(self):
        token = self.peek()
        if re.fullmatch(r"[\d.]+", token):
            return np.asarray(float(self.next()))
        if token in ("(", "{"):
            return self.powers(self.group(token))
        if token == "[":
            return self.vector()
        special = {r"\frac": self.fraction, r"\underset": self.under, r"\sum": self.sigma, r"\partial": self.partial}
        if token in special:
            return special[token]()
        if token in self.world.functions and self.peek(1) == "(":
            return np.asarray(self.world.functions[self.next()](self.group("(")))
        if f"{token}^1" in self.world.functions or (token == "e" and self.peek(1) == "^"):
            return self.raised()
        if token[0].isalpha() or token[0] == "\\":
            return self.value(self.symbol())
        raise ReadingError(f"{token!r} in {' '.join(self.tokens)}")

    def raised(self):
        """f^k(z), the function of a layer, or e^{z}."""
        letter = self.next()
        self.next("^")
        if letter == "e":
            return np.exp(self.group("{"))
        return np.asarray(self.world.functions[f"{letter}^{self.number(self.argument())}"](self.group("(")))

    def group(self, opening):
        self.next(opening)
        value = self.sum()
        self.next({"(": ")", "{": "}"}[opening])
        return value

    def powers(self, value):
        while self.peek() == "^":
            self.next()
            (token,) = self.argument()
            value = value.T if token == r"\top" else value ** int(token)
        return value

    def vector(self):
        self.next("[")
        entries = [self.sum()]
        while self.peek() == ";":
            self.next()
            entries.append(self.sum())
        self.next("]")
        return np.array(entries)

    def argument(self):
        """What stands in braces, or one sign without them; of 2n the 2."""
        if self.peek() != "{":
            token = self.next()
            if token.isdigit() and len(token) > 1:
                self.at -= 1
                self.tokens = [*self.tokens[: self.at], token[0], token[1:], *self.tokens[self.at + 1 :]]
                self.next()
                return [token[0]]
            return [token]
        start, depth = self.at + 1, 0
        while True:
            token = self.next()
            depth += (token == "{") - (token == "}")
            if depth == 0:
                return self.tokens[start : self.at - 1]

    def fraction(self):
        self.next(r"\frac")
        if self.peek(1) == r"\partial":
            self.at += 2
            of = self.place(self.symbol())
            self.at += 3  # } { ∂
            slope = self.world.slope(of, self.place(self.symbol()))
            self.next("}")
            return slope
        return self.part() / self.part()

    def part(self):
        if self.peek() == "{":
            return self.group("{")
        return Reader(self.argument(), self.world, self.index).sum()

    def partial(self):
        self.next(r"\partial")
        of = self.place(self.symbol())
        self.next("/")
        self.next(r"\partial")
        return self.world.slope(of, self.place(self.symbol()))

    def under(self):
        self.next(r"\underset")
        sizes = " ".join(self.argument()).strip("() ").split(",")
        shape = tuple(int(Reader(size.split(), self.world, self.index).sum()) for size in sizes)
        value = self.group("{")
        if value.shape != shape:
            raise ShapeError(f"{shape} stands under an array of shape {value.shape}")
        return value

    def sigma(self):
        self.next(r"\sum")
        self.next("_")
        letter = self.argument()[0]
        if self.peek() == "^":
            self.next()
            self.argument()
        start, end, total = self.at, self.at, 0.0
        for value in count(1):
            self.at, self.index[letter] = start, value
            try:
                total = total + self.product()
            except IndexError:  # the sum runs as far as the arrays do
                break
            end = self.at
        if end == start:
            raise ReadingError(f"the sum over {letter} in {' '.join(self.tokens)}")
        self.at = end
        del self.index[letter]
        return total

    # ---- symbols: a letter, its layer, its indices

    def symbol(self, updated=False):
        """(name, indices, transposed, ending) of \\hat y_s, w^2_{11}, a^{k-1}, \\Delta w^{(i)}, x^\\top or p(new)."""
        name, layer, subs, transposed = self.next(), "", [], False
        if name in (r"\hat", r"\Delta"):
            (letter,) = self.argument()
            name += f" {letter}"
        while self.peek() in ("^", "_"):
            above, signs = self.next() == "^", self.argument()
            if not above:
                digits = [sign for token in signs if token != "," for sign in (token if token.isdigit() else [token])]
                subs = [str(self.number(signs))] if "+" in signs or "-" in signs else digits
            elif signs == [r"\top"]:
                transposed = True
            elif signs[0] == "(":
                layer, subs = "^{(i)}", [signs[1]]
            else:
                layer = f"^{self.number(signs)}"
        if [self.peek(ahead) for ahead in range(3)] == ["(", r"\text{new}", ")"]:
            self.at += 3
            updated = True
        return name + layer, subs, transposed, "(new)" * updated

    def number(self, signs):
        """A layer number such as k-1."""
        return int(Reader([str(self.known(sign)) if sign.isalpha() else sign for sign in signs], None, {}).arithmetic())

    def arithmetic(self):
        value = int(self.next())
        while self.peek() in ("+", "-"):
            value += int(self.next() + self.next())
        return value

    def known(self, letter):
        if letter in self.index:
            return self.index[letter]
        if letter == "L" and self.world.depth:
            return self.world.depth
        raise FreeIndexError(letter)

    def place(self, symbol):
        """Where a symbol stands in the world: the name of an array, and an index into it."""
        name, subs, _, new = symbol
        subs = [sign if sign.isdigit() else str(self.known(sign)) for sign in subs]
        for known in (name, name.replace("w", "W")):
            whole = f"{known}_{''.join(subs)}{new}"
            if subs and whole in self.world.values:
                return whole, ()
            if known + new in self.world.values:
                at = tuple(int(sub) - 1 for sub in subs)
                if len(at) > self.world.values[known + new].ndim:
                    raise ReadingError(f"{name} with {len(at)} indices")
                return known + new, at
        raise ReadingError(f"the symbol {name}{'_' * bool(subs)}{''.join(subs)}{new} in {' '.join(self.tokens)}")

    def value(self, symbol):
        name, subs, transposed, new = symbol
        letter, _, layer = name.partition("^")
        if letter in OWN_SLOPE:
            value = self.world.slope(("C", ()), self.place((f"{OWN_SLOPE[letter]}^{layer}", subs, False, new)))
        else:
            where, at = self.place(symbol)
            value = self.world.values[where][at]
        return value.T if transposed else value
