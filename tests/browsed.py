"""Pages in a real browser, shared by the tests of pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from consoled import WAIT_S, Showing, missing, ran, session

from station.session.shown import Device

try:
    from playwright.sync_api import (
        Browser,
        ConsoleMessage,
        Page,
        Response,
        expect,
        sync_playwright,
    )
except ImportError:  # pragma: no cover - a developer's machine without it
    pytest.skip("there is no Playwright here", allow_module_level=True)

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LAPTOP, PHONE, PROJECTOR = (1366, 768), (360, 740), (1920, 1080)
LEAST_PX = 48  # of what is pressed, in its smaller measure
AA = 4.5  # contrast
LARGE_AA, LARGE_PX = 3.0, 24  # the same of large letters
LEAST_FONT_PX = 16
GROUP = ("Ana", "Ben", "Cy")
RUNS = (
    ran("Ana", 1, 13, fly_s=3.41),
    ran("Ben", 2, 33, fly_s=4.36),
    ran("Cy", 3, 53, fly_s=3.6),
)
STAND = tuple(
    Device(name=name, state=state, word=word)
    for name, state, word in (
        ("camera", "doubt", "14 of 60 fps"),
        ("M2", "good", "ok"),
        ("M3", "bad", "unplugged"),
        ("sound", "off", "off"),
    )
)

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
CONTRASTS = """
() => {
  const light = (rgb) => rgb.slice(0, 3).map((one) => one / 255)
    .map((one) => one <= .03928 ? one / 12.92 : ((one + .055) / 1.055) ** 2.4)
    .reduce((sum, one, it) => sum + one * [.2126, .7152, .0722][it], 0);
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
    if (!own || !element.checkVisibility() || element.tagName === "OPTION") continue;
    const look = getComputedStyle(element);
    let under = element;
    while (under && numbers(getComputedStyle(under).backgroundColor)[3] === 0)
      under = under.parentElement;
    const paper = numbers(getComputedStyle(under ?? document.body).backgroundColor);
    let ink = numbers(look.color);
    if (ink[3] === 0) ink = numbers(look.webkitTextStrokeColor);
    const [high, low] = [light(ink), light(paper)].sort((a, b) => b - a);
    const px = parseFloat(look.fontSize);
    found.push([element.textContent.slice(0, 40), (high + .05) / (low + .05), px]);
  }
  return found;
}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; tests skip where there is none."""
    path = shutil.which("chromium")
    if path is None:
        missing("chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, headless=True, args=QUIET)
        yield found
        found.close()


@pytest.fixture
def showing() -> Iterator[Showing]:
    with Showing() as one:
        one.show(session(*RUNS, group=GROUP), 100)
        yield one


def _is_wrong(said: ConsoleMessage) -> bool:
    """Whether a page logs an error; what failed to load, its answers tell better."""
    return said.type == "error" and not said.text.startswith("Failed to load resource")


def _is_lacking(got: Response) -> bool:
    """Whether a page asks for what there is not yet; what it sends may well be refused."""
    return got.status == 400 and got.request.method == "GET"


def opened(browser: Browser, url: str, size: tuple[int, int] = LAPTOP, **given: Any) -> Page:
    """A page that says nothing wrong and asks nobody else."""
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, **given)
    page = context.new_page()
    page.set_default_timeout(1000 * WAIT_S)
    expect.set_options(timeout=1000 * WAIT_S)
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if _is_wrong(said) else None)
    page.on(
        "response",
        lambda got: wrong.append(f"{got.status}: {got.url}") if _is_lacking(got) else None,
    )
    page.on(
        "request",
        lambda asked: wrong.append(asked.url) if urlsplit(asked.url).netloc not in url else None,
    )
    page.wrong = wrong  # type: ignore[attr-defined]
    page.goto(url)
    return page


def closed(page: Page) -> None:
    """Close it, and see that nothing went wrong."""
    assert not page.wrong, page.wrong  # type: ignore[attr-defined]
    page.context.close()


def until_said(showing: Showing, page: Page, *said: object) -> None:
    """Wait until that, and no more, has been said."""
    for _ in range(100):
        if len(showing.said) >= len(said):
            break
        page.wait_for_timeout(50)
    assert showing.said == [*said]


def is_legible(page: Page) -> None:
    """All that is written stands out enough, in either look."""
    for look in ("sun", "night"):
        page.evaluate(f"document.documentElement.dataset.look = '{look}'")
        for text, contrast, px in page.evaluate(CONTRASTS):
            assert contrast >= (LARGE_AA if px >= LARGE_PX else AA), (look, text)


def fits(page: Page) -> None:
    """No scrolling sideways, nothing too small to press or to read, a name for all of it."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(SMALL, LEAST_PX) == []
    assert page.evaluate(NAMELESS) == []
    assert min(page.evaluate(FONTS_PX)) >= LEAST_FONT_PX
