"""Pages in a real browser, shared by the tests of pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from consoled import WAIT_S, missing

try:
    from playwright.sync_api import Browser, Page, expect, sync_playwright
except ImportError:  # pragma: no cover - a developer's machine without it
    pytest.skip("there is no Playwright here", allow_module_level=True)

LAPTOP, PHONE = (1366, 768), (360, 740)
LEAST_PX = 48  # of what is pressed, in its smaller measure
LEAST_FONT_PX = 16

SMALL = """
(least) => [...document.querySelectorAll(
  "button, select, textarea, summary, input:not([type=checkbox]), label:has([type=checkbox])")]
  .filter((one) => one.checkVisibility())
  .filter((one) => Math.min(one.offsetWidth, one.offsetHeight) < least)
  .map((one) => one.outerHTML)
"""
NAMELESS = """
() => [...document.querySelectorAll("button, input, select, textarea, a, img")]
  .filter((one) => !one.textContent.trim() && !one.ariaLabel && !one.alt && !one.labels?.length)
  .map((one) => one.outerHTML)
"""
FONTS_PX = """
() => [...document.querySelectorAll("main *")]
  .filter((one) => one.checkVisibility())
  .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .map((one) => parseFloat(getComputedStyle(one).fontSize))
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; tests skip where there is none."""
    path = shutil.which("chromium")
    if path is None:
        missing("chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=path, headless=True, args=["--no-sandbox", "--disable-gpu"]
        )
        yield found
        found.close()


def opened(browser: Browser, url: str, size: tuple[int, int] = LAPTOP) -> Page:
    """A page, in which nothing may go wrong."""
    width, height = size
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.set_default_timeout(1000 * WAIT_S)
    expect.set_options(timeout=1000 * WAIT_S)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Security" in said.text else None)
    page.wrong = wrong  # type: ignore[attr-defined]
    page.goto(url)
    return page


def closed(page: Page) -> None:
    """Close it, and see that nothing went wrong."""
    assert page.wrong == []  # type: ignore[attr-defined]
    page.context.close()


def fits(page: Page) -> None:
    """No scrolling sideways, nothing too small to press or to read, a name for all of it."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(SMALL, LEAST_PX) == []
    assert page.evaluate(NAMELESS) == []
    assert min(page.evaluate(FONTS_PX)) >= LEAST_FONT_PX
