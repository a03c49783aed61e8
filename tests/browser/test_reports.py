"""The pages that `bplab grade` writes, in a browser: sorted with the keyboard, legible in both schemes, no network."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

GRADING = Path(__file__).parents[1] / "grading"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sys.path.insert(0, str(GRADING))
    import samples

    from bplab.grading import grade

    folder = tmp_path_factory.mktemp("reports")
    samples.folder_of(folder / "in", samples.HONEST)
    grade(folder / "in", folder / "out", exercise=str(GRADING / "small_exercise.py"))
    return folder / "out"


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 400, "height": 800}, color_scheme=request.param)
    page = context.new_page()
    page.on("request", lambda asked: pytest.fail(asked.url) if not asked.url.startswith("file:") else None)
    page.on("console", lambda said: pytest.fail(said.text))
    yield page
    context.close()


def column(page: Page, number: int) -> list[str]:
    return page.locator(f"table >> nth=0 >> tbody tr > :nth-child({number})").all_inner_texts()


def test_the_class_page_is_sorted_with_the_keyboard(page: Page, results: Path) -> None:
    page.goto((results / "class.html").as_uri())
    assert column(page, 2) == ["sigmoid", "loss", "step"]
    heading = page.get_by_role("columnheader", name="Task", exact=True)
    heading.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert column(page, 2) == ["loss", "sigmoid", "step"]
    assert heading.get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Space")
    assert column(page, 2) == ["step", "sigmoid", "loss"]
    assert heading.get_attribute("aria-sort") == "descending"
    page.get_by_role("columnheader", name="Share right").get_by_role("button").press("Enter")
    shares = [int(share.split()[0]) for share in column(page, 7)]
    assert shares == sorted(shares)
    assert heading.get_attribute("aria-sort") is None


def test_the_pages_fit_a_narrow_screen_and_can_be_told_from_their_background(page: Page, results: Path) -> None:
    for path in (results / "class.html", results / "feedback/plus-sign/ex51-small.html"):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        ink, paper = page.evaluate(
            "(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.body))"
        )
        assert abs(brightness(ink) - brightness(paper)) > 150


def brightness(colour: str) -> float:
    return sum(float(part) for part in colour[4:-1].split(",")) / 3
