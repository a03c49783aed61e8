"""Plain data over a pipe: numbers, strings, lists, tuples, dictionaries and arrays, and nothing that can run.

A frame is two lengths, a JSON header and the raw bytes of the arrays. Every length is checked before anything is
allocated, every dtype is on a list. Both ends use this file; the submission's end loads it by path, without bplab.
"""

import json
import math
import struct
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

PREFIX = struct.Struct("<II")
REPLY = struct.Struct("<q")  # what the zygote answers to an order
HEADER_LIMIT = 2 << 20
BODY_LIMIT = 32 << 20
DEPTH_LIMIT = 6
ITEM_LIMIT = 10_000
TEXT_LIMIT = 50_000

DTYPES = ("<f8", "<f4", "<f2", "<i8", "<i4", "<i2", "|i1", "<u8", "<u4", "<u2", "|u1")
FLOATS = (float, np.float64, np.float32, np.float16, np.longdouble)
INTEGERS = (int, np.int64, np.int32, np.int16, np.int8, np.uint64, np.uint32, np.uint16, np.uint8)

ARRAYS_OF = {"b": "booleans", "c": "complex numbers", "O": "objects", "U": "strings", "S": "bytes", "V": "records"}

Special = Callable[[Any], Any]

_dumps = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode
_loads = json.loads


class MalformedError(Exception):
    """Bytes that are not a frame."""


def plain(value: Any) -> None:
    """The `special` of a wire that carries plain data alone."""


def pack(message: dict[str, Any], values: Iterable[Any] = (), special: Special = plain) -> bytes:
    """One frame: `message` is JSON of our own making, `values` may be anything.

    `special(value)` may give [tag, detail] for a value that the other end makes real. Any other value that is not plain
    data goes as ["refused", what it is].
    """
    packer = _Packer(special)
    packed = [packer.value(value) for value in values]
    table = [[a.dtype.str, a.shape] for a in packer.arrays]
    header = _dumps({"message": message, "values": packed, "arrays": table}).encode("utf-8", "replace")
    body = b"".join(a.tobytes() for a in packer.arrays)
    return PREFIX.pack(len(header), len(body)) + header + body


class _RefusedError(Exception):
    pass


class _Packer:
    """Values → JSON and arrays. Only type(value) is asked and only the built-in types' own methods are called:
    a value may lie about its class."""

    def __init__(self, special: Special) -> None:
        self.special = special
        self.arrays: list[Any] = []
        self.items, self.text, self.bytes = ITEM_LIMIT, TEXT_LIMIT, BODY_LIMIT

    def value(self, value: Any) -> Any:
        kept = len(self.arrays)
        try:
            return self.tree(value, 0)
        except _RefusedError as refusal:
            del self.arrays[kept:]
            return ["made", ["refused", str(refusal)]]

    def tree(self, value: Any, depth: int) -> Any:
        kind = type(value)
        self.spend("items", 1, f"more than {ITEM_LIMIT} values")
        if depth > DEPTH_LIMIT:
            raise _RefusedError("values nested too deeply")
        if value is None:
            return None
        if kind is np.ndarray:
            return self.array(value)
        if _one_of(kind, FLOATS):
            return float(value)
        if _one_of(kind, INTEGERS):
            return _whole(value)
        if kind is str:
            self.spend("text", len(value), "a very long string")
            return value
        if issubclass(kind, dict):
            self.spend("items", dict.__len__(value), f"more than {ITEM_LIMIT} values")
            return ["dict", [[self.key(key), self.tree(v, depth + 1)] for key, v in dict.items(value)]]
        for plain in (list, tuple):
            if issubclass(kind, plain):
                self.spend("items", plain.__len__(value), f"more than {ITEM_LIMIT} values")
                return [plain.__name__, [self.tree(v, depth + 1) for v in plain.__iter__(value)]]
        if (made := self.special(value)) is not None:
            return ["made", made]
        raise _RefusedError(_named(kind))

    def spend(self, what: str, amount: int, complaint: str) -> None:
        setattr(self, what, getattr(self, what) - amount)
        if getattr(self, what) < 0:
            raise _RefusedError(complaint)

    def array(self, array: Any) -> Any:
        kind = array.dtype.kind
        if kind not in "fiu":
            raise _RefusedError(f"an array of {ARRAYS_OF.get(kind, array.dtype)}")
        # The shape of a broadcast array may promise far more bytes than exist.
        size = min(array.dtype.itemsize, 8)
        self.spend("bytes", math.prod(array.shape) * size, f"an array of shape {array.shape}, too large to look at")
        self.arrays.append(np.array(array, dtype=f"<{kind}{size}" if size > 1 else array.dtype, order="C"))
        return ["array", len(self.arrays) - 1]

    def key(self, key: Any) -> Any:
        if type(key) is str:
            self.spend("text", len(key), "a very long string")
            return key
        if _one_of(type(key), INTEGERS) and abs(int(key)) < 1 << 63:
            return int(key)
        raise _RefusedError("a dictionary whose keys are neither whole numbers nor strings")


def _one_of(kind: type, kinds: tuple[type, ...]) -> bool:
    return any(kind is k for k in kinds)


def _whole(value: Any) -> int | float:
    number = int(value)
    if abs(number) < 1 << 63:
        return number
    try:
        return float(number)
    except OverflowError:
        raise _RefusedError("a number too large for a float") from None


def _named(kind: type) -> str:
    if kind in (bool, np.bool_):
        return "True or False"
    if issubclass(kind, np.ma.MaskedArray):
        return "a masked array"
    if issubclass(kind, complex | np.complexfloating):
        return "a complex number"
    name = type.__dict__["__name__"].__get__(kind)
    return f"an object of type {name[:60]}"


def length(start: bytes | bytearray) -> int | None:
    """The length of the whole frame that begins with `start`, or None while that cannot be known yet.

    Raises
    ------
    MalformedError
        If it claims more than a frame may hold.
    """
    if len(start) < PREFIX.size:
        return None
    header, body = PREFIX.unpack_from(start)
    if header > HEADER_LIMIT or body > BODY_LIMIT:
        raise MalformedError(f"claims {header} + {body} bytes")
    return int(PREFIX.size + header + body)


def unpack(frame: bytes | bytearray, make: Callable[[str, Any], Any]) -> tuple[dict[str, Any], list[Any]]:
    """The message and the values of one whole frame; arrays are fresh and writable.

    `make(tag, detail)` gives the value for what `pack` could not send as it is.

    Raises
    ------
    MalformedError
        If anything about it is not as `pack` makes it.
    """
    header_length, _ = PREFIX.unpack_from(frame)
    view = memoryview(frame)[PREFIX.size :]
    try:
        header = _loads(bytes(view[:header_length]))
        message, trees, table = header["message"], header["values"], header["arrays"]
        if type(message) is not dict or type(trees) is not list:
            raise MalformedError("not a message")
        arrays = _arrays(table, view[header_length:])
        return message, [_value(tree, arrays, make, 0) for tree in trees]
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, OverflowError) as error:
        raise MalformedError(str(error)) from None


def _arrays(table: Any, body: memoryview) -> list[Any]:
    arrays, start = [], 0
    for dtype, shape in table:
        if dtype not in DTYPES or len(shape) > 32 or any(type(s) is not int or s < 0 for s in shape):
            raise MalformedError("not an array")
        stop = start + math.prod(shape) * int(dtype[2:])
        if stop > len(body):
            raise MalformedError("an array longer than its bytes")
        arrays.append(np.frombuffer(bytearray(body[start:stop]), dtype=dtype).reshape(shape))
        start = stop
    if start != len(body):
        raise MalformedError("bytes that belong to no array")
    return arrays


def _value(tree: Any, arrays: list[Any], make: Callable[[str, Any], Any], depth: int) -> Any:
    if tree is None or type(tree) in (int, float, str):
        return tree
    if type(tree) is not list or len(tree) != 2 or depth > DEPTH_LIMIT + 1:
        raise MalformedError("not a value")
    tag, content = tree
    if tag == "array" and type(content) is int and content >= 0:
        return arrays[content]
    if tag == "made" and type(content) is list and len(content) == 2:
        return make(*content)
    if tag not in ("list", "tuple", "dict") or type(content) is not list or len(content) > ITEM_LIMIT:
        raise MalformedError("not a value")
    if tag == "dict":
        if not all(type(key) in (int, str) for key, _ in content):
            raise MalformedError("not a dictionary")
        return {key: _value(v, arrays, make, depth + 1) for key, v in content}
    values = [_value(v, arrays, make, depth + 1) for v in content]
    return tuple(values) if tag == "tuple" else values
