"""Trackside in a real browser: its state row, what is not over yet, its keys, the first page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browsed import (
    GROUP,
    LAPTOP,
    LEAST_PX,
    PHONE,
    RUNS,
    STAND,
    Browser,
    browser,
    closed,
    expect,
    opened,
    showing,
    until_said,
)
from consoled import Showing, ran, session
from drills import at
from drills import opened as begun

from station.console.rooms import rooms
from station.live.chosen import Chosen
from station.live.ground import Ground
from station.live.last_setup import keep
from station.session import commands
from station.session import events as ev
from station.session.folding import fold
from station.session.shown import Provisional

__all__ = ["browser", "showing"]
TWO_LINES_PX = 62
LARGE = 1 / 6  # of the window's height: what is to be read from three metres
PLACES = (
    "() => ['who', 'when', 'time', 'before', 'athletes', 'keys', 'news'].map((id) => "
    "document.getElementById(id).getBoundingClientRect().top)"
)
HEIGHT = "(one) => parseFloat(getComputedStyle(one).fontSize)"


@pytest.mark.parametrize("size", [LAPTOP, PHONE])
def test_of_a_long_trouble_two_lines_are_seen_and_the_rest_on_a_press(
    browser: Browser, showing: Showing, size: tuple[int, int]
) -> None:
    page = opened(browser, showing.url, size)
    line = page.locator("#state")
    showing.show(session(*RUNS, group=GROUP), 100, troubles=("M3 is silent",))
    expect(line).to_contain_text("M3")
    expect(line).not_to_have_attribute("tabindex", "0")
    long = "the camera delivers 14 of 60 fps: it is too dark for the locked exposure; " * 5
    showing.show(session(*RUNS, group=GROUP), 100, troubles=(long,))
    expect(line).to_have_attribute("tabindex", "0")
    two_px = line.evaluate("(one) => one.clientHeight")
    assert two_px <= TWO_LINES_PX
    line.click()
    assert line.evaluate("(one) => one.scrollHeight <= one.clientHeight")
    line.press("Enter")
    assert line.evaluate("(one) => one.clientHeight") == two_px
    closed(page)


def test_what_the_session_stands_on_is_a_row_that_moves_nothing(
    browser: Browser, showing: Showing
) -> None:
    page = opened(browser, showing.url)
    expect(page.locator("#state")).to_contain_text("all is well")
    before = page.evaluate(PLACES)
    long = "the camera delivers 14 of 60 fps: it is too dark for the locked exposure; " * 2
    showing.show(session(*RUNS, group=GROUP), 100, devices=STAND, troubles=(long,))
    expect(page.locator("#state")).to_contain_text("too dark")
    assert page.evaluate(PLACES) == before
    showing.show(session(*RUNS, group=GROUP), 100, devices=STAND, troubles=("M3 was unplugged",))
    row = page.locator("#devices li")
    expect(row).to_have_text(["▲ camera 14 of 60 fps", "● M2 ok", "✖ M3 unplugged", "○ sound off"])
    expect(page.locator("#state")).to_have_text("▲ M3 was unplugged")
    assert page.evaluate(PLACES) == before
    closed(page)


def test_who_is_seen_running_is_hollow_until_the_run_is_told(
    browser: Browser, showing: Showing
) -> None:
    page = opened(browser, showing.url)
    seen = Provisional(athlete=None, since_s=2.0, time_s=None, within_s=None)
    showing.show(session(*RUNS, group=GROUP), 200, provisional=seen)
    expect(page.locator("#whose")).to_have_text("somebody")
    expect(page.locator("#verdict")).to_have_text("… is running")
    expect(page.locator("#time")).to_have_text(re.compile(r"^\d s"))
    seen = Provisional(athlete="Ana", since_s=4.0, time_s=3.4, within_s=0.3)
    showing.show(session(*RUNS, group=GROUP), 202, provisional=seen)
    expect(page.locator("#time")).to_have_text("3.4 s")
    expect(page.locator("#time")).to_have_class(re.compile("hollow"))
    expect(page.locator("#figures")).to_have_text("± 0.3 s")
    expect(page.locator("#before li")).to_have_text(["Ben ✗4.36", "Ana ✓3.41"])
    showing.show(session(*RUNS, ran("Ana", 4, 203, fly_s=3.45), group=GROUP), 204)
    expect(page.locator("#time")).to_have_text("3.45 s")
    expect(page.locator("#time")).not_to_have_class(re.compile("hollow"))
    # The one that was the last has gone to those before it.
    expect(page.locator("#before li").first).to_have_text("Cy ✓3.60")
    closed(page)


def test_a_hold_and_the_strides_are_as_large_as_a_countdown(
    browser: Browser, showing: Showing
) -> None:
    page = opened(browser, showing.url)
    when = page.locator("#when")
    showing.show(session(*RUNS, ev.Held(at(80)), group=GROUP), 100)
    expect(when).to_have_text("HOLD")
    expect(page.locator("#words")).to_have_text(re.compile(r"on hold; recovered in 1:3\d"))
    expect(page.locator("#session-keys button[data-key=h]")).to_have_text("H go on")
    assert when.evaluate(HEIGHT) > LARGE * LAPTOP[1]
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert when.evaluate("(one) => one.scrollWidth <= one.clientWidth")
    page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
    showing.show(fold([begun(*GROUP)]), -60, strides_ns=at(-130))
    expect(page.locator("#who")).to_have_text("walk 2 of 5")
    expect(when).to_have_text(re.compile(r"0:\d\d"))
    showing.show(fold([begun(*GROUP)]), -60)
    expect(page.locator("#around li").first).to_contain_text("base run")
    expect(page.locator("#words")).to_have_text("S calls the strides · B begins")
    showing.show(session(*RUNS, ev.Ended(at(99)), group=GROUP), 100)
    expect(page.locator("#who")).to_have_text("cool-down")
    expect(page.locator("#athletes button").first).to_contain_text("✓ 1 of 1")
    closed(page)


def test_two_keys_trade_places_on_this_device_and_are_shown(
    browser: Browser, showing: Showing
) -> None:
    page = opened(browser, showing.url)
    void = page.locator("#session-keys button", has_text="void")
    expect(void).to_have_text("V void")
    page.keyboard.press("Shift+K")
    expect(page.locator("#news")).to_contain_text("press the key that is to be another")
    page.keyboard.press("v")
    page.keyboard.press("x")
    expect(page.locator("#news")).to_contain_text("traded places")
    expect(void).to_have_text("X void")
    page.keyboard.press("x")
    void.click()
    page.reload()
    expect(void).to_have_text("X void")
    page.keyboard.press("x")
    until_said(showing, page, *[commands.Void()] * 3)  # its answer ends what the next key begins
    page.keyboard.press("Shift+K")
    expect(page.locator("#news")).to_contain_text("press the key that is to be another")
    page.keyboard.press("Delete")
    expect(void).to_have_text("V void")
    page.keyboard.press("v")
    page.keyboard.press("Shift+V")  # CapsLock or a thumb too many: still the same key
    until_said(showing, page, *[commands.Void()] * 5)
    closed(page)


def test_every_command_is_reached_on_a_phone(browser: Browser, showing: Showing) -> None:
    page = opened(browser, showing.url, PHONE, has_touch=True, is_mobile=True)
    expect(page.locator("#who")).to_have_text("Ana")
    keys_px = (page.locator("#keys").bounding_box() or {})["y"]
    for what in ("#when", "#time", "#figures", "#athletes button >> nth=0"):
        box = page.locator(what).bounding_box()  # none of it lies under the keys
        assert box is not None
        assert box["y"] + box["height"] <= keys_px, what
    page.locator("#own-keys button", has_text="all keys").tap()
    keys = showing.ask("/api/keys")[1]
    for one in keys:
        button = page.locator(f"#all button[data-key='{one['key']}']")
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= LEAST_PX
        assert 0 <= box["x"] <= box["x"] + box["width"] <= PHONE[0]
    page.locator("#all button", has_text="the wind in this set").tap()
    page.locator("#choices button", has_text="H").tap()
    until_said(showing, page, commands.NoteWind("head", 1))
    closed(page)


def test_between_sessions_it_says_what_to_do_by_one_key_each(
    browser: Browser, tmp_path: Path
) -> None:
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    with Showing(rooms=rooms(ground)) as one:
        page = opened(browser, one.url)
        steps = page.locator("#steps li")
        expect(steps).to_have_count(3)
        expect(steps.first).to_contain_text("Set-up")
        expect(steps.first).to_have_class("urged")
        expect(steps.first).to_contain_text("or skip it, and time by hand")
        expect(page.locator("#note")).to_contain_text("station demo")
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        page.keyboard.press("2")
        page.wait_for_url("**/workout")
        page.go_back()
        expect(steps).to_have_count(3)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/setup")
        page.go_back()
        page.keyboard.press("Shift+N")  # a control on each page, remembered for all
        expect(page.locator("html")).to_have_attribute("data-look", "night")
        page.locator("#pages a", has_text="Workout").click()
        page.wait_for_url("**/workout")
        expect(page.locator("#pages")).to_contain_text("☾ night")
        expect(page.locator("html")).to_have_attribute("data-look", "night")
        page.locator("#pages a", has_text="Trackside").click()
        keep(Chosen(30.0, ports=("COM3",)), ground.journal)
        expect(steps.first).to_contain_text("last time timed by gates at COM3")
        one.show(session(*RUNS, group=GROUP), 100)
        expect(page.locator("#who")).to_have_text("Ana")
        page.keyboard.press("2")  # is an athlete again
        until_said(one, page, commands.Pick("Ben"))
        one.stand_still()
        one.console.show(None)
        expect(page.locator("#state")).to_contain_text("The session is over")
        expect(page.locator("#time")).to_have_text("3.60 s")
        expect(page.locator("#athletes button").first).to_have_text("Ana best ✓3.41")
        page.keyboard.press("d")
        expect(page.locator("#table")).to_contain_text("✗4.36")
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        page.get_by_role("button", name="pages").click()
        page.locator("#pages a", has_text="History").click()
        page.wait_for_url("**/history")
        page.go_back()
        expect(page.locator("#after li")).to_have_count(3)
        page.keyboard.press("3")
        page.wait_for_url("**/workout")
        board = opened(browser, one.url + "board", PHONE)
        expect(board.locator("#headline")).to_have_text("FLY 30 · over")
        expect(board.locator("#rows tr").first).to_contain_text("✓3.41")
        closed(board)
        closed(page)


FITS = (
    "() => [...document.querySelectorAll('#athletes span, #rows *')].filter((one) => "
    "one.checkVisibility() && (one.scrollWidth > one.clientWidth + 1 && one.clientWidth || "
    "one.getBoundingClientRect().right > innerWidth)).map((one) => one.textContent)"
)


def test_what_is_over_is_whole_at_each_width_and_leads_nowhere_once_the_station_closed(
    browser: Browser,
) -> None:
    group = ("Anastasia Papadopoulou", "Ben")
    runs = [
        ran(name, rep, 13 + 20 * rep, fly_s=3.34 + rep / 100, sigma_s=0.02)
        for rep, name in enumerate(group * 3, start=1)
    ]
    aside = ev.Passed(at(180), 9, ran("Ben", 9, 180, sigma_s=0.02).run, "Ben was not due")
    with Showing() as one:
        one.show(session(*runs, aside, group=group), 190)
        one.stand_still()
        page, board = opened(browser, one.url), opened(browser, one.url + "board", PHONE)
        one.console.show(None)
        expect(page.locator("#athletes")).to_contain_text("± 0.04")
        expect(page.locator("#aside")).to_contain_text("Review gives it to somebody")
        expect(page.locator("#aside")).not_to_contain_text("ago")
        assert page.evaluate(FITS) == []
        expect(board.locator("#rows")).to_contain_text("± 0.04")
        assert board.evaluate(FITS) == []
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        assert page.evaluate(FITS) == []
        page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
    expect(page.locator("#state")).to_contain_text("the station closed")
    for where in ("#keys", "#after"):
        expect(page.locator(where)).to_be_hidden()
    assert page.locator("#pages > div").evaluate("(one) => one.inert")
    closed(board)
    closed(page)
