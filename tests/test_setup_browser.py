"""Set-up in a real browser: cones dragged on a recording, to a session that times it truly."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from browsed import (
    AA,
    CONTRASTS,
    LEAST_PX,
    PHONE,
    Browser,
    Page,
    browser,
    closed,
    expect,
    fits,
    opened,
)
from consoled import WAIT_S, Showing
from footage import SHORT_FILM
from paired import filmed, true_sync

from calibration.geometry import fit_zone
from calibration.interval import INTERVAL_95
from calibration.profile import Pixel, load_profile
from station.camera.live import LiveCamera
from station.camera.pair import CameraPair
from station.console.console import Console
from station.console.rooms import rooms
from station.console.setup import SetupRoom
from station.film.replay import replay
from station.flags import Flag
from station.live.bench import Bench
from station.live.ground import Ground

__all__ = ["browser"]  # a fixture

MOST_OF_IT = 0.8  # of the magnifier is seen while a cone is dragged
HAND_PX = 0.06  # what Shift and the arrows leave: half a tenth of a pixel
RUN_MS = 40_000  # until a run is timed: some 10 s of film, on a machine that others use too
# Per action, thinking and reading included; a practised hand's are the keystroke-level model's.
NEWCOMER_S, PRACTISED_S = (8.0, 1.0), (2.8, 0.3)  # a press, a character
WALK_S, SOUND_S = 90.0, 15.0  # there, through the zone and back; what is played
LONGEST_NEWCOMER_S, LONGEST_PRACTISED_S = 600.0, 180.0


@dataclass
class Hand:
    """A coach's hand, whose presses and typed characters are counted."""

    page: Page
    presses: int = 0
    typed: int = 0

    def press(self, what: str) -> None:
        self.page.locator(what).click()
        self.presses += 1

    def type(self, text: str, *ending: str) -> None:
        self.page.keyboard.type(text)
        self.typed += len(text)
        for key in ending:
            self.page.keyboard.press(key)
            self.presses += 1

    def place(self, name: str, to: Pixel) -> None:
        """Drag a cone's label roughly, then its tip to the tenth of a pixel by keys."""
        pin = self.page.locator(f'.pin[aria-label*="{name}"]')
        scale = self.page.evaluate("1 / document.getElementById('picture').getScreenCTM().a")
        box = pin.locator("rect").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        at = self.at(pin.get_attribute("aria-label") or "")
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + (to[0] - at[0]) / scale, y + (to[1] - at[1]) / scale, steps=4)
        self.page.mouse.up()
        self.presses += 2
        at = self.at(pin.get_attribute("aria-label") or "")
        for off_px, back, on in (
            (to[0] - at[0], "ArrowLeft", "ArrowRight"),
            (to[1] - at[1], "ArrowUp", "ArrowDown"),
        ):
            tenths = round(10 * off_px)
            for key, times in (("", abs(tenths) // 10), ("Shift+", abs(tenths) % 10)):
                for _ in range(times):
                    self.page.keyboard.press(key + (on if tenths > 0 else back))
        at = self.at(pin.get_attribute("aria-label") or "")
        assert at == pytest.approx(to, abs=HAND_PX)

    @staticmethod
    def at(label: str) -> tuple[float, float]:
        column, row = label.split(": column ")[1].split(", row ")
        return float(column), float(row)

    def took_s(self, per: tuple[float, float]) -> float:
        return self.presses * per[0] + self.typed * per[1]


def top(page: Page, what: str) -> float:
    """How far down it begins, in pixels."""
    box = page.locator(what).bounding_box()
    assert box is not None
    return box["y"]


def silently(page: Page) -> None:
    """No loudspeaker is needed here; nothing of it is counted."""
    page.locator("summary", has_text="calls").click()
    page.locator("#say").select_option("nothing")


@contextmanager
def station(folder: Path) -> Iterator[tuple[Ground, str]]:
    """A station that stands open; its address."""
    ground = Ground(folder / "journal.sqlite", folder / "clips")
    with Console(ground.do, ground.end, port=0, rooms=rooms(ground)) as console:
        attending = threading.Thread(target=ground.attend, args=(console,), daemon=True)
        attending.start()
        try:
            yield ground, console.url
        finally:
            ground.end()
            ground.stopped.set()
            attending.join(WAIT_S)
            ground.let_go()


def ran(page: Page, fly_s: float) -> None:
    """Wait until Trackside has somebody's run with this time."""
    expect(page.locator("#time")).to_have_text(f"{fly_s:.2f} s", timeout=RUN_MS)
    expect(page.locator("#whose")).to_have_text("Ana")


def test_a_newcomer_drags_cones_and_the_next_day_they_are_confirmed(
    browser: Browser, rendered, tmp_path: Path
) -> None:
    video, truth = rendered(SHORT_FILM)
    known, (true,) = load_profile(video.with_suffix(".toml")), truth.runs
    with station(tmp_path) as (ground, url):
        page = opened(browser, url)
        hand = Hand(page)
        hand.press("#steps a[href='/setup']")
        hand.press("#address")
        hand.type(str(video), "Enter")
        expect(page.locator("#step-see")).to_have_class("good")
        hand.press("#next")
        expect(page.locator("#place-said")).to_contain_text(re.compile("pins|seems to show"))
        cones = (*known.marker2_px, *known.marker3_px)
        for name, to in zip(("2 near", "2 far", "3 near", "3 far"), cones, strict=True):
            hand.place(name, to)
        hand.press("#by")
        hand.type("m", "Enter")  # the lane's own marks
        expect(page.locator("#verdict")).to_contain_text("good")
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        hand.press("#stands")
        expect(page.locator("#step-place")).to_have_class("good")
        assert ground.chosen.profile is not None
        (timed,) = replay(video, fit_zone(ground.chosen.profile)).runs
        assert abs(timed.fly_s - true.fly_s) <= INTERVAL_95 * timed.fly_sigma_s
        hand.press("#walk")
        expect(page.locator("#tried")).to_contain_text("then at Marker 3", timeout=RUN_MS)
        expect(page.locator("#step-try")).to_have_class("good")
        hand.press("#next")
        hand.press("#play")
        hand.press("#heard")
        expect(page.locator("#step-hear")).to_have_class("good")
        hand.press("#to-workout")
        expect(page.locator("#athlete input[name=name]")).to_be_focused()
        hand.type("Ana", "Tab")
        hand.type("58", "Enter")
        silently(page)
        hand.press("#start")
        ran(page, timed.fly_s)
        took_s = hand.took_s(NEWCOMER_S) + WALK_S + SOUND_S
        assert took_s < LONGEST_NEWCOMER_S, hand
        closed(page)
    with station(tmp_path) as (ground, url):
        page = opened(browser, url)
        hand = Hand(page)
        hand.press("#steps a[href='/setup']")
        expect(page.locator("#again-said")).to_contain_text("30 m")
        hand.press("#as-last")
        expect(page.locator("#step-place")).to_have_class("doubt")
        assert ground.chosen.profile is not None
        (doubted,) = replay(video, fit_zone(ground.chosen.profile)).runs
        assert doubted.flags == (*timed.flags, Flag.CONES_UNCONFIRMED)
        expect(page.locator("#place-said")).to_contain_text("still stand")
        hand.press("#stands")
        expect(page.locator("#step-place")).to_have_class("good")
        hand.press("#to-workout")
        silently(page)
        hand.press("#start")
        expect(page.locator("#who")).to_have_text("Ana")
        assert hand.took_s(PRACTISED_S) < LONGEST_PRACTISED_S, hand
        assert (hand.presses, hand.typed) == (5, 0)
        page.goto(f"{url}setup")  # in mid-session, as after a bump
        expect(page.locator("#place-said")).to_contain_text("moved")
        page.locator('.pin[aria-label*="3 far"]').press("ArrowRight")
        page.keyboard.press("Space")
        expect(page.locator("#said")).to_contain_text("timed anew")
        on = ground.on
        assert on is not None
        assert isinstance(on.opening.camera, LiveCamera)
        moved = on.opening.camera.zone.profile.marker3_px[1]
        assert moved == pytest.approx((known.marker3_px[1][0] + 1, known.marker3_px[1][1]), abs=0.1)
        closed(page)


def test_what_is_said_anew_is_shown_though_it_is_as_many_lines(
    browser: Browser, tmp_path: Path
) -> None:
    bench = Bench(Ground(tmp_path / "journal.sqlite", tmp_path / "clips"))
    bench.heard = ["no loudspeaker is there"]
    with Showing(rooms=(SetupRoom(bench.ground, bench),)) as one:
        page = opened(browser, f"{one.url}setup")
        expect(page.locator("#sounds li")).to_have_text(bench.heard)
        assert top(page, "#ask") + LEAST_PX <= top(page, "#bar")
        bench.heard = ["the tone is played"]
        expect(page.locator("#sounds li")).to_have_text(bench.heard)
        closed(page)


@pytest.mark.parametrize("look", ["sun", "night"])
def test_it_fits_a_phone_and_all_of_it_has_a_key(
    browser: Browser, rendered, tmp_path: Path, look: str
) -> None:
    video, _ = rendered(SHORT_FILM)
    with station(tmp_path) as (_, url):
        page = opened(browser, f"{url}setup", PHONE)
        if look == "night":
            page.get_by_text("☀").click()
        expect(page.locator("#site svg")).to_be_visible()
        fits(page)
        page.keyboard.press("3")
        expect(page.locator("#lacks")).to_contain_text("choose a camera and place its cones")
        expect(page.locator("#walk")).to_be_hidden()
        page.keyboard.press("1")
        page.locator("#asked summary").click()
        page.locator("#size").fill("large")
        page.keyboard.press("Enter")
        expect(page.locator("#said")).to_contain_text("large")
        page.locator("#address").fill(str(video))
        page.keyboard.press("Enter")
        expect(page.locator("#live")).to_be_visible()
        expect(page.locator("#said")).to_have_text("")
        page.keyboard.press(">")  # Enter gave the page its keys back
        expect(page.locator("#verdict")).not_to_have_text("")
        fits(page)
        seen_px = top(page, "#bar") - top(page, "#magnifier")
        high_px = page.locator("#magnifier").evaluate("(one) => one.clientHeight")
        assert seen_px > MOST_OF_IT * high_px
        assert page.locator("#next").evaluate("(one) => one.scrollWidth <= one.clientWidth")
        before = page.locator("#at").inner_text()
        page.locator('.pin[aria-label*="2 near"]').focus()
        page.keyboard.press("Shift+ArrowLeft")
        expect(page.locator("#at")).not_to_have_text(before)
        dragged = page.locator("#at").inner_text()
        page.keyboard.press("p")  # a new picture, and what was moved stays
        expect(page.locator("#place-said")).to_contain_text("where you put them")
        expect(page.locator("#at")).to_have_text(dragged)
        page.locator('.pin[aria-label*="2 near"]').focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator("#at")).not_to_have_text(dragged)
        page.keyboard.press("u")
        expect(page.locator("#at")).to_have_text(dragged)
        page.keyboard.press("u")
        expect(page.locator("#said")).to_contain_text("no cone was moved")
        page.keyboard.press("Shift+D")
        expect(page.locator("#way")).to_contain_text("to the left")
        for key, step in (("3", "#try"), ("4", "#hear"), ("1", "#see")):
            page.keyboard.press(key)
            expect(page.locator(step)).to_be_visible()
            fits(page)
            assert [low for low in page.evaluate(CONTRASTS) if low[1] < AA] == []
        closed(page)


def test_a_camera_at_each_marker_from_choosing_to_a_timed_session(
    browser: Browser, rendered, tmp_path: Path
) -> None:
    videos = [video for video, _ in filmed(rendered)]
    known = [load_profile(video.with_suffix(".toml")) for video in videos]
    with station(tmp_path) as (ground, url):
        page = opened(browser, f"{url}setup")
        hand = Hand(page)
        hand.press("#address")
        hand.type(str(videos[0]), "Enter")
        expect(page.locator("#cameras [aria-pressed=true]")).to_be_visible()
        page.locator("#second summary").click()
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        hand.press("#address3")
        hand.type(str(videos[1]), "Enter")
        expect(page.locator("#step-see")).to_contain_text("flash a torch")
        expect(page.locator("#clocks-said")).to_contain_text("time nothing")
        page.keyboard.press("f")
        expect(page.locator("#flashes")).to_contain_text("changes of light", timeout=RUN_MS)
        expect(page.locator("#clocks-said")).to_contain_text("the clocks add ±")
        expect(page.locator("#step-see")).to_have_class("good")
        hand.press("#next")
        for marker, profile in zip((2, 3), known, strict=True):
            expect(page.locator(f"#side-{marker}")).to_have_attribute("aria-pressed", "true")
            expect(page.locator("#place-said")).to_contain_text("two pins")
            for name, to in zip(("near", "far"), profile.markers[marker], strict=True):
                hand.place(f"{marker} {name}", to)
            expect(page.locator("#good-to")).to_contain_text("into the fields below")
            page.locator("#distance").fill(f"{profile.camera_distance_m}")
            page.locator("#height").fill(f"{profile.camera_height_m}")
            expect(page.locator("#verdict")).not_to_have_text("")
            if marker == 2:
                page.locator("#edge").check()
                for name, to in zip(("left", "right"), profile.lane_line_px, strict=True):
                    hand.place(f"edge {name}", to)
            hand.press("#stands")
        expect(page.locator("#try")).to_be_visible()
        expect(page.locator("#step-place")).to_have_class("good")
        sync = ground.chosen.second and ground.chosen.second.sync
        assert sync
        assert abs(sync.offset_s - true_sync(*videos).offset_s) < 3 * sync.offset_sd_s + 0.001
        line_px = ground.chosen.profile.lane_line_px if ground.chosen.profile else ()
        for placed, true in zip(line_px, known[0].lane_line_px, strict=True):
            assert placed == pytest.approx(true, abs=HAND_PX)
        pair = ground.chosen.live_camera(tmp_path)
        assert isinstance(pair, CameraPair)
        for live, profile in zip(pair.each, known, strict=True):
            assert live.zone.pose == pytest.approx(fit_zone(profile).pose, abs=0.05)
        closed(page)
    with station(tmp_path) as (ground, url):
        page = opened(browser, f"{url}setup")
        expect(page.locator("#again-said")).to_contain_text("with the video")
        page.locator("#as-last").click()
        for marker in (2, 3):
            expect(page.locator(f"#side-{marker}")).to_have_attribute("aria-pressed", "true")
            expect(page.locator("#place-said")).to_contain_text("still stand")
            page.locator("#stands").click()
        expect(page.locator("#step-place")).to_have_class("good")
        expect(page.locator("#try")).to_be_visible()
        page.keyboard.press("s")
        expect(page.locator("#watched3")).to_be_visible()
        expect(page.locator("#tried")).to_contain_text("then at Marker 3", timeout=RUN_MS)
        closed(page)
