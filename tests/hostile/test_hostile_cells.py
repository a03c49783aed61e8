"""Hostile cells cost their own tasks alone and get nothing out, as this user and as one without rights, with and
without Landlock."""

import os
import socket

import pytest
from cells import CELLS, GROUPS
from runs import NOBODY, run
from samples import HONEST
from test_grade import own_descendants

RIGHT = HONEST["right"]
ENDLESS = {name for name in CELLS if name.startswith("endless-")}


def chosen(*left_out):
    """The samples of all groups but these."""
    groups = tuple(f"{group}-" for group in GROUPS if group not in left_out)
    return {name: sample for name, sample in CELLS.items() if name.startswith(groups)}


def test_there_are_enough_of_them():
    assert len(CELLS) >= 100
    assert len({text for text, _ in CELLS.values()}) == len(CELLS)


def test_each_costs_itself_alone_and_the_next_is_unharmed():
    before = own_descendants()
    with run() as grading, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        samples = chosen("endless")
        # By their names, each of these comes right after its sample.
        following = {f"{name} next": RIGHT for name in samples}
        expected = grading.lay(samples | following, listener.getsockname()[1])
        said = grading.grade()
        grading.assert_marks(expected)
        grading.assert_kept()
        grading.assert_shown_as_text()
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.recv(1)
    assert said.startswith("isolation: process yes, limits yes, files yes")
    assert "trouble" not in said
    assert own_descendants() <= before


def test_the_endless_ones_cost_their_time():
    before = own_descendants()
    with run() as grading:
        expected = grading.lay({name: CELLS[name] for name in ENDLESS} | {"right": RIGHT})
        grading.grade(timeout=0.7, workers=2)
        grading.assert_marks(expected)
        grading.assert_kept()
    assert own_descendants() <= before


# Which locks are left out, the line that is then said, and the groups of samples that only those locks could hold.
LOCKS = {
    "": ("process yes, limits yes, files yes", ()),
    "landlock": ("process yes, limits yes, files yes (seccomp), network yes, signals yes", ()),
    "landlock seccomp": ("limits yes, files no, network no, signals no", ("looks-outside", "takes")),
}


@pytest.mark.parametrize("without", LOCKS)
def test_it_holds_for_an_ordinary_user(without):
    holds, left_out = LOCKS[without]
    before = own_descendants()
    with run(NOBODY if os.geteuid() == 0 else None) as grading:
        expected = grading.lay(chosen("endless", *left_out) | {"zebra": RIGHT})
        said = grading.grade(workers=2, without=without.split())
        assert holds in said.splitlines()[0]
        grading.assert_marks(expected)
        grading.assert_kept()
    assert own_descendants() <= before


def test_it_is_the_locks_that_hold_them():
    with run() as grading:
        grading.lay({name: sample for name, sample in CELLS.items() if name.startswith("looks-outside-")})
        grading.grade(without=("landlock", "seccomp"))
        with pytest.raises(AssertionError, match=r"marks.csv"):
            grading.assert_kept()
