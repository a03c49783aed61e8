"""Only plain data crosses the wire, and bytes that are no frame never get further than the decoder."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bplab.grading import wire

numbers = st.one_of(st.integers(-(2**63) + 1, 2**63 - 1), st.floats(), st.text(max_size=20), st.none())
arrays = hnp.arrays(st.sampled_from([np.dtype(d) for d in wire.DTYPES]), hnp.array_shapes(min_dims=0, min_side=0))
plain = st.recursive(
    numbers | arrays,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.integers(0, 9) | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
).filter(lambda value: depth(value) <= wire.DEPTH_LIMIT)


def depth(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return 1 + max(map(depth, inner), default=-1) if isinstance(value, (dict, list, tuple)) else 0


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b or a != a


def there_and_back(value):
    frame = wire.pack({"id": "x"}, [value])
    assert wire.length(frame) == len(frame)
    message, (came,) = wire.unpack(frame, lambda tag, detail: (tag, detail))
    assert message == {"id": "x"}
    return came


@given(plain)
def test_plain_data_comes_back_as_it_was(value):
    assert same(there_and_back(value), value)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (np.array([None]), "an array of objects"),
        (np.array([True]), "an array of booleans"),
        (np.array([1j]), "an array of complex numbers"),
        (np.array(["a"]), "an array of strings"),
        (np.ma.masked_array([1.0]), "a masked array"),
        (np.zeros(3).view(type("Own", (np.ndarray,), {})), "an object of type Own"),
        (np.broadcast_to(1.0, (1 << 20, 1 << 20)), "an array of shape (1048576, 1048576), too large to look at"),
        (True, "True or False"),
        (1j, "a complex number"),
        ({1}, "an object of type set"),
        (print, "an object of type builtin_function_or_method"),
        ({1.5: 2}, "a dictionary whose keys are neither whole numbers nor strings"),
        ([[[[[[[[1]]]]]]]], "values nested too deeply"),
        ([0.0] * 20_000, "more than 10000 values"),
        ("x" * 100_000, "a very long string"),
        (10**400, "a number too large for a float"),
    ],
)
def test_what_is_not_plain_is_refused_by_name(value, what):
    assert there_and_back(value) == ("refused", what)


def test_numbers_of_other_types_are_converted():
    assert there_and_back(np.float32(0.5)) == 0.5
    assert type(there_and_back(np.int16(3))) is int
    big = np.arange(3, dtype=">f8")
    assert there_and_back(big).dtype == np.dtype("<f8")
    assert there_and_back(np.longdouble(0.25)) == 0.25
    assert there_and_back(np.arange(6.0).reshape(2, 3).T).tolist() == [[0, 3], [1, 4], [2, 5]]


def test_a_class_that_lies_about_itself_is_refused():
    class Liar:
        __class__ = dict

        def items(self):
            raise AssertionError("nobody should ask")

        __iter__ = __len__ = __array__ = __float__ = items

    assert there_and_back(Liar()) == ("refused", "an object of type Liar")


def test_lengths_are_refused_before_anything_is_read():
    assert wire.length(b"\0" * 7) is None
    with pytest.raises(wire.MalformedError):
        wire.length(wire.PREFIX.pack(2**32 - 1, 0))
    with pytest.raises(wire.MalformedError):
        wire.length(wire.PREFIX.pack(10, 2**32 - 1))


def frame(header, body=b""):
    text = json.dumps(header).encode() if not isinstance(header, bytes) else header
    return wire.PREFIX.pack(len(text), len(body)) + text + body


GOOD = {"message": {}, "values": [], "arrays": []}


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (b"", b""),
        (b"\xff", b""),
        (b"[" * 100_000, b""),
        ([], b""),
        ({}, b""),
        (GOOD | {"message": 3}, b""),
        (GOOD | {"values": {"a": 1}}, b""),
        (GOOD, b"left over"),
        (GOOD | {"values": [True]}, b""),
        (GOOD | {"values": [["array", 0]]}, b""),
        (GOOD | {"values": [["array", -1]], "arrays": [["<f8", [1]]]}, bytes(8)),
        (GOOD | {"values": [["array"]]}, b""),
        (GOOD | {"values": [["dict", [[None, 1]]]]}, b""),
        (GOOD | {"values": [["dict", [[1, 2, 3]]]]}, b""),
        (GOOD | {"values": [["list", 3]]}, b""),
        (GOOD | {"values": [["set", []]]}, b""),
        (GOOD | {"arrays": [["O", [1]]]}, bytes(8)),
        (GOOD | {"arrays": [["<f8", [4 << 30]]]}, bytes(8)),
        (GOOD | {"arrays": [["<f8", [-1]]]}, bytes(8)),
        (GOOD | {"arrays": [["<f8", [True]]]}, bytes(8)),
        (GOOD | {"arrays": [["<f8", [2**40, 2**40]]]}, bytes(8)),
        (GOOD | {"arrays": [["<f8", [0] * 100]]}, b""),
        (GOOD | {"arrays": [["<f8", [0, 2**62]]]}, b""),
        (GOOD | {"arrays": [7]}, b""),
    ],
)
def test_what_is_not_a_frame_is_malformed(header, body):
    with pytest.raises(wire.MalformedError):
        wire.unpack(frame(header, body), lambda tag, detail: None)


@given(st.binary(max_size=60), st.binary(max_size=20))
def test_random_bytes_are_malformed(header, body):
    with pytest.raises(wire.MalformedError):
        wire.unpack(wire.PREFIX.pack(len(header), len(body)) + header + body, lambda tag, detail: None)
