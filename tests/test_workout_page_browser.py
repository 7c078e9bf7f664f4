"""The workout page in a real browser: typed, dragged, begun; and the tray during a session."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from browsed import (
    PHONE,
    Browser,
    Page,
    browser,
    closed,
    expect,
    fits,
    is_legible,
    opened,
    until_said,
)
from consoled import WAIT_S, Showing, ran, session
from drills import at, run

from hardware.boot import boot_id
from station.console.console import Console
from station.console.rooms import rooms
from station.console.workout import WorkoutRoom
from station.journal.journal import Log
from station.live.ground import Ground
from station.session import commands
from station.session import events as ev
from station.session.roster import Athlete, load_roster, load_rows

__all__ = ["browser"]  # a fixture

ROSTER = "".join(f'[[athletes]]\nname = "{name}"\ntime_400_s = 58.0\n\n' for name in "ABC")


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    (tmp_path / "roster.toml").write_text(ROSTER)
    return Ground(tmp_path / "journal.sqlite", tmp_path / "clips")


def in_order(page: Page, where: str, places: dict[str, int]) -> None:
    """Wait until each stands at its place."""
    for name, place in places.items():
        expect(page.locator(f"{where} li").nth(place)).to_have_attribute("data-name", name)


def test_the_plan_is_drawn_as_it_is_typed(browser: Browser, ground: Ground) -> None:
    with Showing(rooms=(WorkoutRoom(ground),)) as one:
        page = opened(browser, one.url + "workout")
        expect(page.locator("#title")).to_have_text("Maximum velocity: 9 reps in 3 sets")
        expect(page.locator("#drawing rect")).to_have_count(3 * 9)
        page.locator("#notation").fill("2 x 40m. 3:0")
        expect(page.locator("#mistake")).to_contain_text("Line 1: it ends; write 'Rec'")
        expect(page.locator("#place mark")).to_have_text("…")
        page.locator("#notation").fill("2 x 40mm. 3:00 Rec")
        expect(page.locator("#place mark")).to_have_text("40mm")
        expect(page.locator("#mistake")).to_contain_text("cannot read '40mm'; write a distance")
        page.locator("#notation").fill("2 x 40m. 3:0")
        expect(page.locator("#mistake")).to_contain_text("it ends")
        expect(page.locator("#notation")).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#start")).to_be_disabled()
        page.locator("#notation").press_sequentially("0 Rec")
        expect(page.locator("#mistake")).to_have_text("")
        expect(page.locator("#title")).to_have_text("Maximum velocity: 2 reps")
        page.locator("#notation").fill("4 x 50m. 1:30 Rec between reps")
        expect(page.locator("#mistake")).to_contain_text("Say which it is")
        page.locator("#kind").select_option("400-pace")
        expect(page.locator("#title")).to_have_text("400 m pace: 4 reps")
        page.get_by_role("button", name="fly-50").click()
        expect(page.locator("#sets b").first).to_have_text("50 m")
        page.locator("#notation").fill("2 x 40m")
        page.keyboard.press("Escape")
        expect(page.locator("#notation")).to_have_value("fly-50")
        expect(page.locator("#mistake")).to_have_text("")
        page.keyboard.press("j")
        expect(page.locator("#athlete")).to_be_visible()
        closed(page)


def test_the_running_order_is_dragged_touched_and_keyed(browser: Browser, ground: Ground) -> None:
    with Showing(rooms=(WorkoutRoom(ground),)) as one:
        page = opened(browser, one.url + "workout")
        expect(page.locator("#roster li")).to_have_count(3)
        page.locator("#roster li").nth(2).locator(".handle").drag_to(
            page.locator("#roster li").nth(0), target_position={"x": 20, "y": 4}
        )
        expect(page.locator("#roster li").first).to_have_attribute("data-name", "C")
        page.locator("#roster li").nth(2).locator(".handle").click()
        in_order(page, "#roster", {"B": 1})
        page.locator("#roster li").nth(0).locator("input").focus()
        page.keyboard.press("Alt+ArrowDown")
        page.keyboard.press("Alt+ArrowDown")
        in_order(page, "#roster", {"C": 2})
        assert page.evaluate("document.activeElement.closest('li').dataset.name") == "C"
        kept = ground.journal.with_name("roster.toml")
        for _ in range(100):
            if [row.name for row in load_rows(kept)] == ["B", "A", "C"]:
                break
            page.wait_for_timeout(50)
        assert [row.name for row in load_rows(kept)] == ["B", "A", "C"]
        for _ in range(4):  # each step is taken back by itself
            page.locator("#undo").click()
        in_order(page, "#roster", {"A": 0, "B": 1, "C": 2})
        closed(page)


def test_athletes_are_added_changed_and_ticked_by_keyboard_alone(
    browser: Browser, ground: Ground
) -> None:
    with Showing(rooms=(WorkoutRoom(ground),)) as one:
        page = opened(browser, one.url + "workout")
        expect(page.locator("#roster li")).to_have_count(3)
        page.keyboard.press("j")
        page.keyboard.type("Dee")
        page.keyboard.press("Tab")
        page.keyboard.type("61,5")
        page.keyboard.press("Enter")
        expect(page.locator("#roster li")).to_have_count(4)
        expect(page.locator("#roster li").nth(3)).to_contain_text("61.5")
        expect(page.locator("#athlete input[name=name]")).to_be_focused()
        page.keyboard.type("Dee")
        page.keyboard.press("Enter")
        expect(page.locator("#said")).to_contain_text("Dee is named twice")
        expect(page.locator("#said")).to_be_in_viewport()  # the form lies far below
        expect(page.locator("#athlete input[name=name]")).to_have_value("Dee")
        page.keyboard.press("Escape")
        expect(page.locator("#athlete")).to_be_hidden()
        page.get_by_role("button", name="change B").press("Enter")
        expect(page.locator("#said")).to_have_text("")
        page.locator("#athlete input[name=time_400_s]").fill("57.0")
        page.keyboard.press("Enter")
        expect(page.locator("#athlete")).to_be_hidden()
        page.get_by_label("A is here").press("Space")
        expect(page.locator("#roster li").first).to_have_class("absent")
        kept = load_roster(ground.journal.with_name("roster.toml"))
        assert kept == (Athlete("B", 57.0), Athlete("C", 58.0), Athlete("Dee", 61.5))
        closed(page)


def test_a_newcomer_types_the_first_athletes_at_once(browser: Browser, ground: Ground) -> None:
    ground.journal.with_name("roster.toml").unlink()
    with Showing(rooms=(WorkoutRoom(ground),)) as one:
        page = opened(browser, one.url + "workout")
        expect(page.locator("#athlete input[name=name]")).to_be_focused()
        save, bar = (page.locator(one).bounding_box() for one in ("#save", "#start-bar"))
        assert save is not None
        assert bar is not None
        assert save["y"] + save["height"] <= bar["y"]
        for name in ("Ana", "Ben"):  # one after the other, with no wait between
            page.keyboard.type(name)
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
        in_order(page, "#roster", {"Ana": 0, "Ben": 1})
        expect(page.locator("#athlete input[name=name]")).to_be_focused()
        page.keyboard.press("Enter")  # nobody more
        expect(page.locator("#athlete")).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        page.keyboard.press("j")
        expect(page.locator("#athlete input[name=name]")).to_be_focused()
        closed(page)


def test_a_session_is_started_from_the_page(browser: Browser, ground: Ground) -> None:
    with Console(ground.do, ground.end, port=0, rooms=rooms(ground)) as console:
        attending = threading.Thread(target=ground.attend, args=(console,), daemon=True)
        attending.start()
        page = opened(browser, console.url + "workout")
        page.locator("summary").first.click()
        page.locator("#say").select_option("nothing")
        page.get_by_label("B is here").click()
        expect(page.locator("#drawing rect")).to_have_count(2 * 9)
        ground.journal.with_name("workout.json").mkdir()
        page.locator("#start").click()
        page.wait_for_url(console.url)
        expect(page.locator("#who")).to_have_text("A")
        expect(page.locator("#state")).to_contain_text("▲ the choice is not kept for the next time")
        page.goto(console.url + "workout")
        expect(page.locator("#during")).to_be_visible()
        in_order(page, "#order", {"A": 0, "C": 1})
        page.locator("#order li").nth(1).locator(".handle").focus()
        page.keyboard.press("Alt+ArrowUp")
        expect(page.locator("#news")).to_contain_text("running order: C, A")
        page.get_by_role("button", name="B joins").click()
        expect(page.locator("#order li")).to_have_count(3)
        page.get_by_role("button", name="A stops").click()
        expect(page.locator("#order li").nth(1)).to_contain_text("has stopped")
        page.keyboard.press("u")
        expect(page.locator("#order li").nth(1)).not_to_contain_text("has stopped")
        in_order(page, "#order", {"C": 0, "A": 1, "B": 2})
        ground.end()
        expect(page.locator("#between")).to_be_visible()
        with Log(ground.journal, "another station's", boot_id()):
            page.locator("#start").click()
            expect(page.locator("#said")).to_contain_text("another station is using the journal")
        closed(page)
        ground.stopped.set()
        attending.join(WAIT_S)


def test_unassigned_runs_are_given_or_void(browser: Browser, ground: Ground) -> None:
    asides = (
        ev.Passed(at(40), 2, run(39, 3.61), "too soon for who is next"),
        ev.Passed(at(50), 3, run(49, 3.9), "in another lane"),
    )
    now = session(ran("Ana", 1, 13), *asides)
    with Showing(rooms=(WorkoutRoom(ground),)) as one:
        one.show(now, 60)
        page = opened(browser, one.url + "workout", PHONE)
        expect(page.locator("#tray li")).to_have_count(2)
        expect(page.locator("#tray li").nth(1)).to_contain_text("3.61 s")
        expect(page.locator("#tray li").nth(1)).to_contain_text("too soon for who is next")
        page.locator("#tray li").nth(1).get_by_role("button", name="it was Ben's").click()
        page.locator("#tray li").nth(0).get_by_role("button", name="void").click()
        page.locator("#take-back").click()
        until_said(one, page, commands.Assign("Ben", 2), commands.Void(3), commands.Undo())
        closed(page)


@pytest.mark.parametrize("on", [False, True])
def test_it_fits_a_phone_and_is_pressed_with_cold_hands(
    browser: Browser, ground: Ground, on: bool
) -> None:
    with Showing(rooms=(WorkoutRoom(ground),)) as one:
        if on:
            one.show(session(ev.Passed(at(40), 2, run(39), "too soon for who is next")), 60)
        page = opened(browser, one.url + "workout", PHONE)
        expect(page.locator("#order li" if on else "#roster li").first).to_be_visible()
        if not on:
            page.locator("#add").click()
            page.locator("summary").first.click()
        fits(page)
        is_legible(page)
        closed(page)
