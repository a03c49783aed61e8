"""The probe says which layers hold, whichever of the kernel's locks are there, and the locks hold one by one."""

import platform

import pytest

from bplab.grading import landlock, probe
from bplab.grading.sandbox import Sandbox


@pytest.fixture
def sandbox():
    with Sandbox() as sandbox:
        yield sandbox


def test_every_layer_holds_and_nothing_more_is_said(sandbox):
    how = f"Landlock {landlock.abi()}" if landlock.abi() else "seccomp"
    expected = f"isolation: process yes, limits yes, files yes ({how}), network yes, signals yes"
    assert probe.isolation(sandbox) == (expected, "")


# The locks that are left out, and the layers that are then gone; what else is, depends on the user and the kernel.
MISSING = {
    "landlock": set(),
    "seccomp": {"network"},
    "landlock seccomp": {"files", "network"},
    "landlock seccomp uid": {"files", "network", "signals"},
    "limits": {"limits"},
}


@pytest.mark.parametrize("locks", MISSING)
def test_a_lock_that_is_left_out_is_noticed(locks):
    with Sandbox(locks.split()) as sandbox:
        line, meaning = probe.isolation(sandbox)
    for layer in MISSING[locks]:
        assert f"{layer} no" in line
        assert probe.MEANING[layer].partition("{")[0] in meaning
    assert bool(meaning) == (" no" in line)
    if locks == "landlock":
        assert "files yes (seccomp), network yes, signals yes" in line


def test_where_the_sandbox_was_never_tried_that_is_said(sandbox, monkeypatch):
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    line, meaning = probe.isolation(sandbox)
    assert line.endswith("; untested on macOS")
    assert "on macOS nobody has tested that it holds" in meaning
