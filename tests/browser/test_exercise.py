"""Exercise 04 in the browser: it runs untouched, and each answer typed into it gets its verdict."""

from collections.abc import Callable

import numpy as np
from jupyterlab_page import NotebookPage
from playwright.sync_api import expect

from bplab import check

RIGHT = """\
def output_gradients(a1, y_hat, y):
    delta2 = 2 * (y_hat - y) / len(y)
    return a1.T @ delta2, delta2.sum(axis=0)"""
HALF = RIGHT.replace("2 * (y_hat - y)", "(y_hat - y)")


def verdict(source: str) -> check.Verdict:
    """What `check` says of this function outside any browser."""
    names: dict = {"np": np}
    exec(source, names)
    return check.output_gradients(names["output_gradients"])


def test_untouched_then_right_then_half_sized(open_notebook: Callable[[str], NotebookPage]) -> None:
    exercise = open_notebook("exercises/ex04-backward-pass.ipynb")
    exercise.run_all()
    expect(exercise.panel.locator('[data-mime-type*="error"], [data-mime-type*="stderr"]')).to_have_count(0)
    task, checked = exercise.find("def output_gradients("), exercise.find("check.output_gradients(")
    expect(exercise.output(checked)).to_contain_text("not attempted")

    for source in (RIGHT, HALF):
        expected = verdict(source)
        exercise.write(task, source)
        exercise.run(task)
        exercise.run(checked)
        for line in repr(expected).splitlines():
            expect(exercise.output(checked)).to_contain_text(line.strip().removesuffix("."))
    assert (verdict(RIGHT).status, verdict(HALF).status) == ("right", "wrong")
    assert verdict(HALF).cause
