"""Review in a real browser: the line is dragged, and the run is timed by it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsed import (
    CONTRASTS,
    LAPTOP,
    LEAST_FONT_PX,
    LEAST_PX,
    PHONE,
    Browser,
    Page,
    browser,
    closed,
    expect,
    is_legible,
    opened,
)
from consoled import Showing, ran, session
from footage import FILM, zone_beside

from station.console.review import ReviewRoom
from station.film.into_session import Now, adding
from station.film.replay import Replay, replay
from station.journal.journal import Journal
from station.live.ground import Ground
from station.session import events as ev
from station.session.folding import effective, fold
from station.session.roster import parse_athletes

__all__ = ["browser"]
GROUP = parse_athletes("Ana:58.0,Ben:55.5")
DRAGGED = 0.1  # of the strip's width
PIXEL_MS = 1.0  # that a pointer is off, on a strip as wide as a laptop's


@pytest.fixture(scope="module")
def filmed(rendered: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Replay]:
    video = tmp_path_factory.mktemp("page") / "film.mp4"
    made, _ = rendered(FILM)
    for suffix in (".mp4", ".toml"):
        shutil.copy(made.with_suffix(suffix), video.with_suffix(suffix))
    return video, replay(video, zone_beside(video))


@pytest.fixture
def ground(filmed: tuple[Path, Replay], tmp_path: Path) -> Ground:
    made = Ground(tmp_path / "journal.sqlite", tmp_path)
    now = Now(9_000_000_000, "2026-05-02T17:30:00.000000Z", "boot-1")
    with adding(made.journal, "first", may_be_new=True, now=lambda: now) as session:
        session.add([filmed], [GROUP], GROUP)
    return made


@pytest.fixture
def showing(ground: Ground) -> Iterator[Showing]:
    with Showing(rooms=(ReviewRoom(ground),)) as one:
        yield one


def records(ground: Ground) -> dict[int, ev.Recorded]:
    with Journal(ground.journal) as journal:
        return {number: one.event for number, one in journal.records("first").items()}


def reviewed(browser: Browser, showing: Showing, size: tuple[int, int] = LAPTOP) -> Page:
    page = opened(browser, showing.url + "review", size)
    expect(page.locator("#strip")).to_be_visible()
    expect(page.locator("#frames img:visible")).to_have_count(1)
    return page


def seconds(page: Page) -> float:
    return float((page.locator("#time").text_content() or "").split()[0])


def line_ms(page: Page) -> float:
    return float(page.locator("#line").get_attribute("aria-valuenow") or "nan")


def until_timed_by_hand(page: Page) -> None:
    expect(page.locator("#kept")).to_contain_text("read by hand")


def test_a_dragged_line_times_the_run_anew_and_undo_restores_it(
    browser: Browser, showing: Showing, ground: Ground
) -> None:
    page = reviewed(browser, showing)
    expect(page.locator("#title")).to_have_text("Ben, rep 1")
    before_s = seconds(page)
    page.get_by_role("button", name="3 Marker 3").click()
    box = page.locator("#strip").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + DRAGGED * box["width"], y, steps=5)
    expect(page.locator("#auto")).to_be_visible()  # where the station read it
    page.mouse.up()
    until_timed_by_hand(page)
    moved_ms = line_ms(page)
    slider = page.locator("#line")
    low, high = (float(slider.get_attribute(f"aria-value{it}") or "nan") for it in ("min", "max"))
    assert moved_ms == pytest.approx(DRAGGED * (high - low), abs=PIXEL_MS)
    assert seconds(page) - before_s == pytest.approx(moved_ms / 1000, abs=0.001)
    expect(page.locator("#kept")).to_contain_text(f"{before_s:.3f}")
    events = records(ground)
    again = [one for one in events.values() if isinstance(one, ev.Reread)]
    assert len(again) == 1
    assert again[0].marker2_s is None
    assert again[0].marker3_s is not None
    rep = fold(effective(events)).reps[again[0].rep]
    assert rep.run is not None
    assert rep.automatic is not None
    assert rep.automatic.fly_s == pytest.approx(before_s, abs=0.0006)
    assert rep.run.fly_s - rep.automatic.fly_s == pytest.approx(
        moved_ms / 1000, abs=PIXEL_MS / 1000
    )

    page.reload()
    expect(page.locator("#strip")).to_be_visible()
    page.keyboard.press("3")
    expect(page.locator("#line")).to_have_attribute("aria-valuetext", re.compile("by hand"))
    page.keyboard.press("u")
    expect(page.locator("#kept")).to_have_text("")
    assert seconds(page) == before_s
    expect(page.locator("#line")).to_have_attribute("aria-valuetext", re.compile("station"))
    assert isinstance(records(ground)[max(records(ground))], ev.Undone)
    closed(page)


def test_where_nobody_was_timed_a_phone_has_a_line_and_no_empty_page_below(
    browser: Browser, tmp_path: Path
) -> None:
    with Showing(rooms=(ReviewRoom(Ground(tmp_path / "none.sqlite", tmp_path)),)) as one:
        page = one.url + "review"
        context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
        shown = context.new_page()
        shown.goto(page)
        expect(shown.locator("body")).to_have_class("unseen empty bare")
        expect(shown.locator("#none")).to_contain_text("nobody was timed yet")
        assert shown.evaluate("document.documentElement.scrollHeight <= innerHeight")
        context.close()


def test_by_keys_alone(browser: Browser, showing: Showing, ground: Ground) -> None:
    page = reviewed(browser, showing)
    page.keyboard.press("<")
    expect(page.locator("#title")).to_have_text("Ana, rep 1")
    expect(page.locator("#strip")).to_be_visible()
    before_s = seconds(page)
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    assert line_ms(page) == 11
    until_timed_by_hand(page)  # as no key follows
    assert before_s - seconds(page) == pytest.approx(0.011, abs=0.001)
    page.keyboard.press(".")
    expect(page.locator("#when")).to_have_text("picture at the line")
    page.keyboard.press(",")
    expect(page.locator("#when")).to_have_text("picture at the line")
    page.keyboard.press("Backspace")
    expect(page.locator("#kept")).to_have_text("")
    assert line_ms(page) == 0
    page.locator("[data-marker='2']").focus()
    page.keyboard.press("Tab")
    expect(page.locator("[data-marker='3']")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("r")
    expect(page.locator("#said")).to_contain_text("as before")
    page.keyboard.press("v")
    expect(page.locator("#verdict")).to_contain_text("void")
    page.keyboard.press("u")
    expect(page.locator("#verdict")).not_to_contain_text("void")
    page.keyboard.press("a")
    expect(page.locator("#whose")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#title")).to_have_text("Ana, rep 1")  # until it is said
    page.keyboard.press("Enter")
    expect(page.locator("#title")).to_contain_text("Ben")
    page.keyboard.press("u")
    expect(page.locator("#title")).to_have_text("Ana, rep 1")
    page.keyboard.press("#")
    page.keyboard.type("in spikes, 2nd lane")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("noted")
    page.keyboard.press(">")
    expect(page.locator("#title")).to_have_text("Ben, rep 1")
    expect(page.locator("#note")).to_have_value("")
    page.keyboard.press(">")
    expect(page.locator("#said")).to_contain_text("last run")
    closed(page)


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_strips_at_the_trackside_have_the_line_too(
    browser: Browser, showing: Showing, size: tuple[int, int]
) -> None:
    showing.show(session(ran("Ana", 1, 13)), 60)
    page = opened(browser, showing.url, size)
    expect(page.locator("#whose")).to_have_text("Ana")
    page.keyboard.press("z")
    expect(page.locator("#strip figure span")).to_have_count(2)
    for figure in page.locator("#strip figure").all():
        line, image = figure.locator("span").bounding_box(), figure.locator("img").bounding_box()
        assert line is not None
        assert image is not None
        middle = (line["x"] + line["width"] / 2 - image["x"]) / image["width"]
        assert middle == pytest.approx(0.5, abs=DRAGGED / 10)  # where the station read it
        assert image["height"] == pytest.approx(line["height"], abs=PIXEL_MS)
    closed(page)


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_it_is_read_and_pressed_easily(
    browser: Browser, showing: Showing, size: tuple[int, int]
) -> None:
    page = reviewed(browser, showing, size)
    page.keyboard.press("Shift+ArrowRight")
    until_timed_by_hand(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if size == LAPTOP:
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    ticks = [one.bounding_box() for one in page.locator("#ticks span:visible").all()]
    before, later = ticks[-2:]
    assert before is not None
    assert later is not None
    assert before["x"] + before["width"] <= later["x"]
    is_legible(page)
    assert min(px for _, _, px in page.evaluate(CONTRASTS)) >= LEAST_FONT_PX
    cut = "(all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.id)"
    assert page.locator("button:visible").evaluate_all(cut) == []
    for box in [one.bounding_box() for one in page.locator("button:visible, select:visible").all()]:
        assert box is not None
        assert min(box["width"], box["height"]) >= LEAST_PX
    closed(page)
