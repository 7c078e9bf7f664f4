"""The history page in a real browser: from the list to a session, an athlete, and a crossing."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
from browsed import LAPTOP, PHONE, Browser, browser, closed, expect, fits, is_legible, opened
from consoled import Showing
from test_history_page import kept, ran

from station.console.history import History
from station.console.review import ReviewRoom
from station.live.ground import Ground

__all__ = ["browser"]  # a fixture


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    video = resources.files("recordings").joinpath("fly30.mp4")
    journal = tmp_path / "journal.sqlite"
    kept(journal, 0, ran(60, "Ana", 1, 3.6, 30.0), ran(80, "Ben", 2, 3.4, 30.0))
    kept(
        journal,
        3,
        ran(60, "Ana", 1, 3.34, 30.0, source=f"video:{video}#1"),
        ran(300, "Ana", 2, 3.1, 30.0, flags=("edges-lost",)),
    )
    return Ground(journal, tmp_path / "clips")


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_from_the_list_to_a_session_and_to_an_athlete(
    browser: Browser, ground: Ground, size: tuple[int, int]
) -> None:
    with Showing(rooms=(History(ground),)) as one:
        page = opened(browser, one.url + "history", size)
        expect(page.locator(".sessions li")).to_have_count(2)
        fits(page)
        is_legible(page)
        looks = "(one) => getComputedStyle(one).textDecorationLine"
        assert page.locator(".sessions b").first.evaluate(looks) == "underline"
        page.locator(".sessions a").first.press("Enter")
        expect(page.locator("h1")).to_have_text("Tuesday, 5 May 2026")
        expect(page.locator("tbody tr").first).to_contain_text("3.34 ± 0.01")
        fits(page)
        is_legible(page)
        for one_table in page.locator(".scroll").all():  # nothing of it is cut off
            assert one_table.evaluate("(one) => one.scrollWidth <= one.clientWidth")
        with page.expect_download() as down:
            page.get_by_role("link", name="CSV").first.click()
        assert down.value.suggested_filename.endswith(".csv")
        page.get_by_role("link", name="Ana", exact=True).click()
        expect(page.locator(".best-said")).to_contain_text("Best 3.34 ± 0.01 s")
        expect(page.get_by_role("img", name="Flies of 30 m")).to_be_visible()
        other = {"width": sum((LAPTOP[0], PHONE[0])) - size[0], "height": size[1]}
        page.set_viewport_size(other)  # drawn anew, as wide as it is then
        page.wait_for_function(
            "() => document.querySelector('svg').clientWidth === main.clientWidth"
        )
        page.locator("summary").press("Enter")
        expect(page.locator("tbody tr")).to_have_count(3)
        fits(page)
        is_legible(page)
        page.go_back()
        expect(page.locator("h1")).to_have_text("Tuesday, 5 May 2026")
        closed(page)


def test_the_crossings_of_a_filmed_run_are_seen(browser: Browser, ground: Ground) -> None:
    with Showing(rooms=(History(ground), ReviewRoom(ground))) as one:
        page = opened(browser, one.url + "history?session=1")
        page.get_by_role("button", name="pictures").press("Enter")
        expect(page.locator("figure")).to_have_count(2, timeout=30_000)
        page.wait_for_load_state("networkidle")
        wide_px = page.locator("figure img").evaluate_all(
            "(all) => all.map((one) => one.naturalWidth)"
        )
        assert min(wide_px) > 0
        line = page.locator("figure .line").first
        assert line.evaluate("(one) => one.style.left").endswith("%")
        review = page.locator("tr.pictures").get_by_role("link", name="review")
        assert "rep=1" in (review.get_attribute("href") or "")
        page.get_by_role("button", name="pictures").press("Enter")
        expect(page.locator("figure")).to_have_count(0)
        closed(page)
