"""What the tests of bad input share: how a refusal is recognised, and a network with samples to spoil."""

import math
from pathlib import Path

import numpy as np
import pytest

import bplab

HOME = Path(bplab.__file__).parent
NAN, INF = math.nan, math.inf


def refuses(error, words, call, *args, **kwargs):
    """`call` raises `error` with all `words` in its message, from a line of bplab and not from inside NumPy."""
    with pytest.raises(error) as caught:
        call(*args, **kwargs)
    message = str(caught.value.args[0])
    assert all(word in message for word in words), message
    assert caught.type is error
    assert caught.value.__cause__ is None
    assert Path(caught.traceback[-1].path).is_relative_to(HOME)


def network():
    return bplab.Network([2, 3, 4], ["sigmoid", "linear"], rng=0)


X, Y = np.full((5, 2), 0.5), np.full((5, 4), 0.25)


def spoilt(array, value, place=(2, 1)):
    array = array.copy()
    array[place] = value
    return array


def masked(array):
    return np.ma.masked_array(array, mask=array > 0)
