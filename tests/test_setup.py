"""What Set-up stands on: the last set-up, the lens, the drawing, the words; a walk past gates."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any
from xml.etree import ElementTree

import cv2
import msgspec
import numpy as np
import pytest
from consoled import WAIT_S, Showing
from filmed import run_at
from footage import SHORT_FILM
from plugged import Device
from sound_server import point_at

from calibration.geometry import fit_zone
from calibration.lens import least_distance_m
from calibration.plain import in_plain_words, verdict
from calibration.profile import Profile, load_profile
from calibration.quality import quality_of
from hardware.boot import boot_id
from hardware.camera import CameraGoneError, Feed, Shot
from hardware.clock import ManualClock
from hardware.errors import StationError
from hardware.gates.known import protocol_named
from hardware.gates.serial_port import Listed, SerialPort
from hardware.played_camera import PlayedCamera
from hardware.video import open_video
from station.camera.events import CameraEvent, CameraNotice, FilmedRun
from station.console.setup import SetupRoom
from station.console.setup_choosing import See, choose
from station.console.setup_placing import on_the_page
from station.console.setup_site import RUN_IN_M, SLOW_DOWN_M, Camera, site_drawing
from station.console.trackside import Trackside
from station.console.workout import WorkoutRoom
from station.film.tripod import moved_px
from station.flags import Flag, doubted
from station.fusion import VIDEO, Reading
from station.gates.ports import SILENT, Plugged
from station.gates.timing import Timed
from station.journal.journal import Log
from station.live import last_setup
from station.live.bench import Bench
from station.live.chosen import BY_HAND, Chosen
from station.live.ground import Ground
from station.live.holding import Keeping, Sounding
from station.live.opening import Opening
from station.live.preview import UNASKED_NS, Preview
from station.live.trying import Trying
from station.live.workout import Workout
from station.live.zeroing import Zeroing
from station.session.news import Told
from station.session.roster import Row, beside, save_rows
from station.session.shown import Snapshot
from station.voice.cues import Manner
from station.zero import NO_ZERO, Zero

PROFILE = Profile(
    30.0,
    (1280, 720),
    ((108.5, 396.3), (129.6, 393.6)),
    ((1170.1, 401.8), (1149.0, 398.9)),
    fly_by="wheel",
)
CHOSEN = Chosen(
    30.0,
    "rtsp://coach:secret@192.168.1.20:8554/live",
    PROFILE,
    ("/dev/ttyUSB0", "COM3"),
    {"/dev/ttyUSB0/1": 2, "COM3/1": 3},
    protocol_named("fgp1"),
    59.94,
    "wheel",
)
SPEED_BAUD = 115_200
TO_SCALE_PX = 0.1  # attributes have tenths


@pytest.mark.parametrize(
    "chosen",
    [
        CHOSEN,
        replace(CHOSEN, camera="", profile=None),
        replace(CHOSEN, camera='/home/jo/\U0001f3c3 "\x7f\\ü.mp4'),
        BY_HAND,
    ],
)
def test_the_last_set_up_is_kept_and_its_cones_are_in_doubt(tmp_path: Path, chosen: Chosen) -> None:
    journal = tmp_path / "of a first user" / "journal.sqlite"
    assert last_setup.last(journal) is None
    last_setup.keep(chosen, journal)
    kept = last_setup.last(journal)
    assert kept is not None
    if chosen.profile is None:
        assert kept == chosen
    else:
        assert kept.profile == replace(PROFILE, unconfirmed=True)
        assert replace(kept, profile=PROFILE) == chosen
        assert "not confirmed" in kept.said()
    assert doubted([Flag.CONES_UNCONFIRMED])


def test_the_picture_on_which_the_cones_were_placed_is_kept_beside_it(tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    picture = np.random.default_rng(7).integers(60, 200, (45, 80)).astype(np.uint8)
    picture = cv2.resize(picture, PROFILE.picture_px, interpolation=cv2.INTER_CUBIC)
    last_setup.keep(replace(CHOSEN, placed_on=picture), journal)
    kept = last_setup.last(journal)
    assert kept is not None
    assert kept.placed_on is not None
    assert moved_px(PROFILE, picture, kept.placed_on) == 0
    last_setup.keep(CHOSEN, journal)  # of which there is none
    kept = last_setup.last(journal)
    assert kept is not None
    assert kept.placed_on is None


def test_a_session_compares_with_the_picture_on_which_the_cones_were_placed(
    rendered: Any, tmp_path: Path
) -> None:
    video, _ = rendered(SHORT_FILM)
    with open_video(video) as opened:
        first = next(iter(opened.frames())).luma.copy()
    profile = load_profile(video.with_suffix(".toml"))
    chosen = Chosen(30.0, str(video), profile, placed_on=np.roll(first, 25, 1))
    live = chosen.live_camera(tmp_path)
    assert live is not None
    told: list[CameraEvent] = []
    with live:
        until(lambda: told.extend(live.taken()) or len(told) > 1)
    assert [one.name for one in told[:2] if isinstance(one, CameraNotice)] == [
        "camera-open", "camera-moved",
    ]  # fmt: skip


def test_a_camera_chosen_again_has_cones_in_doubt(tmp_path: Path) -> None:
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    ground.chosen = Chosen(30.0, str(tmp_path / "none.mp4"), PROFILE)
    with Showing(rooms=(SetupRoom(ground),)) as one:
        for sent, state in (({"ports": ["COM3"]}, "good"), ({"ports": ["COM3"]}, "doubt")):
            _, got, _ = one.ask("/api/setup/see", {"camera": ground.chosen.camera, **sent})
            assert {step["name"]: step["state"] for step in got["steps"]}["place"] == state


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_nobody_waits_while_the_state_is_found_out(tmp_path: Path) -> None:
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    os.mkfifo(tmp_path / last_setup.NAME)  # which the state reads, and cannot yet
    bench = Bench(ground, lambda _: None)
    with Showing(rooms=(SetupRoom(ground, bench),)) as one:
        asking = Thread(target=one.ask, args=("/api/setup/hear", {}), daemon=True)
        asking.start()
        with (tmp_path / last_setup.NAME).open("wb"):  # it is being read from here on
            assert one.ask("/board")[0] == 200
        asking.join(WAIT_S)
        assert not asking.is_alive()


@pytest.mark.parametrize(
    "text", ["", "version = 1", "[", "version = 1\nfly_m = 30\nnew = 2", 'version = 1\nfly_m = "x"']
)
def test_a_set_up_that_cannot_be_read_is_said_and_stays_until_another_is_made(
    tmp_path: Path, text: str
) -> None:
    kept = tmp_path / last_setup.NAME
    kept.write_text(text)
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    with Showing(rooms=(SetupRoom(ground), Trackside(ground))) as one:
        _, got, _ = one.ask("/api/setup")
        assert one.ask("/api/trackside/between")[1]["steps"][0]["says"] == got["broken"]
        assert not got["last"]
        assert re.search(r"setup\.toml cannot be read \(.+\); what is placed here", got["broken"])
        assert one.ask("/api/setup/last", {})[0] == 400
        one.ask("/api/setup/see", {"ports": ["COM3"]})
        assert kept.read_text() == text
        _, got, _ = one.ask("/api/setup/place", {"fly_m": 30, "fly_by": "tape"})
        assert not got["broken"]
    assert last_setup.last(ground.journal) == ground.chosen


@pytest.mark.parametrize("asked", ["wide", "fly", "view"])
@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "-30", "1e999", "thirty"])
def test_what_is_no_number_of_the_site_is_one_line(tmp_path: Path, asked: str, value: str) -> None:
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    with Showing(rooms=(SetupRoom(ground),)) as one:
        status, got, _ = one.ask(f"/api/setup/site?{asked}={value}")
        narrow = (asked, value) == ("wide", "-30")  # it is drawn as narrow as it can be
        assert (status, list(got)) == ((200, ["drawing", "said"]) if narrow else (400, ["error"]))


@pytest.mark.parametrize("value", ["NaN", "1e999", "-1e300", '"thirty"', "-30", "0"])
@pytest.mark.parametrize(
    "sent", ['"fly_m": {}', '"fly_m": 30, "camera_height_m": {}', '"fly_m": 30, "lane_width_m": {}']
)
def test_what_is_no_number_of_the_zone_is_one_line(tmp_path: Path, sent: str, value: str) -> None:
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    room = SetupRoom(ground)
    room._placing._frozen[2] = np.zeros((720, 1280, 3), np.uint8)
    with Showing(rooms=(room,)) as one:
        cones = '"marker2": [[108.5, 396.3]], "marker3": [[1170.1, 401.8]]'
        for path in ("look", "place"):
            text = f'{{"fly_by": "tape", {cones}, {sent.format(value)}}}'
            status, got, _ = one.ask(f"/api/setup/{path}", text.encode())
            assert (status, list(got)) == (400, ["error"])


def test_a_port_is_good_only_where_something_answered(tmp_path: Path) -> None:
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    bench = Bench(ground)
    listed = Listed("COM3", "serial", None, 1, 2, None)
    with Showing(rooms=(SetupRoom(ground, bench),)) as one:
        for asked, state, said in (
            ({}, "none", "not asked"),
            ({"COM3": Plugged(listed, problem=SILENT)}, "bad", SILENT),
            ({"COM3": Plugged(listed, "fgp1", baud=9600)}, "good", "answer"),
        ):
            bench.asked = asked
            _, got, _ = one.ask("/api/setup/see", {"ports": ["COM3"]})
            assert got["unasked"] is not bool(asked)
            see = got["steps"][0]
            assert see["state"] == state
            assert said in see["said"]


def test_it_is_said_without_a_password() -> None:
    said = CHOSEN.said()
    assert "secret" not in said
    assert "192.168.1.20" in said
    assert "/dev/ttyUSB0 and COM3" in said
    assert (
        Chosen(30.0, "/far/away/fly30.mp4").said().endswith("the video fly30.mp4 has no cones yet")
    )
    assert Chosen(30.0, "0", PROFILE).said() == "timed by camera 0, 30 m"


def test_a_password_is_kept_for_nobody_else_and_never_sent_to_a_page(tmp_path: Path) -> None:
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    secret = "http://coach:p@ss@127.0.0.1:1/live"
    ground.chosen = replace(CHOSEN, camera=secret)
    last_setup.keep(ground.chosen, ground.journal)
    if os.name == "posix":
        assert (tmp_path / last_setup.NAME).stat().st_mode & 0o077 == 0
    with Showing(rooms=(SetupRoom(ground),)) as one:
        _, told, _ = one.ask("/api/setup")
        assert told["camera"] == "http://127.0.0.1:1/live"
        _, told, _ = one.ask("/api/setup/see", {"camera": told["camera"]})
        assert "coach" not in str(told)
    assert ground.chosen.camera == secret


def test_how_far_away_a_camera_must_stand() -> None:
    assert round(least_distance_m(30, 62)) == 28  # as coaches are told
    assert round(least_distance_m(50, 62)) == 45
    for wrong in (0.0, 180.0, -62.0, float("nan")):
        with pytest.raises(StationError, match=r"degrees is no lens.*as 62"):
            least_distance_m(30, wrong)


@pytest.mark.parametrize("wide_px", [330.0, 1000.0])
@pytest.mark.parametrize("fly_m", [30.0, 50.0])
def test_the_site_is_drawn_to_scale(fly_m: float, wide_px: float) -> None:
    camera = Camera(fly_m / 2, 28.0, 62.0)
    drawn = ElementTree.fromstring(site_drawing(fly_m, camera, wide_px))
    lane, fly = (_of(drawn, "rect", kind) for kind in ("lane", "fly"))
    measured = _of(drawn, "line", "measured")
    scale = float(lane["width"]) / (RUN_IN_M + fly_m + SLOW_DOWN_M)
    assert float(fly["width"]) == pytest.approx(fly_m * scale, abs=TO_SCALE_PX)
    assert float(fly["x"]) - float(lane["x"]) == pytest.approx(RUN_IN_M * scale, abs=TO_SCALE_PX)
    assert float(measured["y2"]) - float(measured["y1"]) == pytest.approx(
        28 * scale, abs=TO_SCALE_PX
    )
    assert drawn.get("aria-label", "").endswith("the camera 28 m from the lane")
    assert "camera" not in site_drawing(fly_m, None, wide_px)


def _of(drawn: ElementTree.Element, name: str, kind: str) -> dict[str, str]:
    (found,) = (one.attrib for one in drawn.iter(name) if one.get("class") == kind)
    return found


def test_the_quality_is_said_in_plain_words() -> None:
    quality = quality_of(fit_zone(PROFILE))
    assert verdict(quality) == ("good", "✓ a good set-up")
    said = "\n".join(in_plain_words(quality))
    assert re.search(r"^A fly time is good to ±\d+ ms: ±\d+ ms for where in the lane", said)
    assert "The length is good to ±18 cm" in said
    assert "--" not in said
    assert "parallax" not in said
    near, far = PROFILE.marker2_px
    askew = replace(PROFILE, marker2_px=(near, (far[0], far[1] - 25)))
    state, words = verdict(quality_of(fit_zone(askew)))
    assert (state, words) == ("bad", "▲ look at the cones again")
    (said,) = in_plain_words(quality_of(fit_zone(askew)))  # no figure of such cones means anything
    assert "pixels from where any camera can see them" in said
    lone = replace(PROFILE, marker2_px=(near,), marker3_px=PROFILE.marker3_px[:1])
    assert "type how far away" in "\n".join(in_plain_words(quality_of(fit_zone(lone))))


def test_beams_that_are_broken_are_seen() -> None:
    with Device() as device:
        chosen = Chosen(3.0, ports=(device.port,), protocol=protocol_named("fgp1"))
        with Trying(chosen) as trying:
            assert device.asked.wait(WAIT_S)
            assert not trying.good
            device.run()
            until(lambda: any("fine" in line for line in trying.lines))
            assert trying.good
        SerialPort(device.port, SPEED_BAUD).close()  # free at once for the session
    told = [line for line in trying.lines if line.startswith("The gates saw")]
    assert "Ctrl-C" not in "".join(trying.lines)
    assert told == [
        "The gates saw somebody at Marker 2.",
        "The gates saw somebody at Marker 3.",
        "The gates saw somebody at Marker 2, then at Marker 3, 10.0 m/s: fine.",
    ]


ZERO = Zero(fly_m=30.0, passages=5, ratio=0.01, ratio_sigma=0.001, clock_s=0.2, clock_sigma_s=0.02)


def test_a_zero_test_is_kept_and_counts_again_once_its_gates_are_said_to_stand(
    tmp_path: Path,
) -> None:
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    tested = replace(CHOSEN, zero=ZERO, zeroed="2026-11-22T08:05+00:00")
    last_setup.keep(tested, ground.journal)
    with Showing(rooms=(SetupRoom(ground),)) as one:
        _, got, _ = one.ask("/api/setup/last", {})
        assert got["zero"]["since"]
        assert "30 ± 6 cm longer" in got["zero"]["said"]
        assert ground.chosen.zero_now == NO_ZERO
        _, got, _ = one.ask("/api/setup/zero-holds", {})
        assert not got["zero"]["since"]
        assert ground.chosen.zero_now == ZERO
        _, got, _ = one.ask("/api/setup/see", {"camera": got["camera"], "ports": ["COM9"]})
        assert "Not compared yet" in got["zero"]["said"]  # these are other gates
    assert replace(tested, camera="", profile=None).zero_now == NO_ZERO


def test_a_zero_test_is_of_the_cameras_cones_and_length_that_it_was_made_with() -> None:
    tested = replace(CHOSEN, zero=ZERO, zeroed="2026-11-22T08:05+00:00")
    same = See(camera=tested.camera, ports=tested.ports)
    assert choose(same, tested).zero == ZERO
    assert choose(same, tested).zero_since  # the cones are to be confirmed, and so is it
    two = choose(msgspec.structs.replace(same, camera3="1"), tested)
    assert two.zero == NO_ZERO
    pair = replace(two, profile=tested.profile, zero=ZERO)
    assert choose(msgspec.structs.replace(same, camera3="2"), pair).zero == NO_ZERO
    assert pair.swapped().zero == NO_ZERO
    assert replace(tested, fly_m=tested.fly_m + 10).after(tested).zero == NO_ZERO


def test_a_length_without_a_picture_leaves_cones_and_zero_test_as_they_are(tmp_path: Path) -> None:
    ground = Ground(tmp_path / "journal.sqlite", tmp_path)
    ground.chosen = CHOSEN
    with pytest.raises(StationError, match="wait for the camera's picture"):
        Bench(ground).measure(CHOSEN.fly_m + 10, None)
    assert ground.chosen == CHOSEN


def test_what_ends_a_zero_test_is_said_whatever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("station.live.zeroing.run_gates", full)
    with Zeroing(replace(CHOSEN, ports=("/dev/a", "/dev/b"))) as zeroing:
        until(lambda: zeroing.over)
    assert "No space left on device" in zeroing.lines[-1]


def passed(
    setup: object, protocol: object, record: object, tell: Any, *_: object, **__: Any
) -> None:
    """Five go by gates and camera, as `run_gates` tells it."""
    for number in range(1, 6):
        at_ns = number * 10**10
        gates = Reading("gates, run 1", at_ns, at_ns + 4 * 10**9, 4.0, 0.004)
        filmed = Reading(f"{VIDEO}a.mp4#1", at_ns, at_ns + 4 * 10**9, 4.0, 0.02)
        for readings in ((), (gates, filmed), (gates, filmed)):  # a clip is read again
            tell(Timed(number, run_at(4.0), readings=readings))


def test_a_zero_test_is_a_walk_and_says_each_passage_and_then_what_was_found_on_top(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.live.zeroing.run_gates", passed)
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    ground.chosen = replace(CHOSEN, camera="http://127.0.0.1:9/none")
    bench = Bench(ground)
    bench.zero_test(on=True)
    until(lambda: not bench.zeroed()[1])
    bench.let_go()
    lines, _ = bench.zeroed()
    assert sum("Passage 5" in line for line in lines) == 2
    assert [line.endswith("; 4 more") for line in lines if "Passage 1: gates" in line] == [True]
    assert lines[-1].startswith("5 passages")  # the page has the last line at the top
    assert ground.chosen.zero.passages == 5
    assert bench.tried()[1]
    bench.zero_holds()
    assert bench.tried()[1]


class _Walked:
    """A camera that has timed who walked through only when it is let go."""

    name, lost = "camera", False

    def __init__(self, picture: np.ndarray) -> None:
        self.over, self._picture, self._told = Event(), picture, list[CameraEvent]()
        self.each = (self,)

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None:
        self._told.append(FilmedRun(1, run_at(10.0), 0, 10**10, Path("clip.mp4"), 1, "device"))

    def taken(self) -> list[CameraEvent]:
        told, self._told = self._told, []
        return told

    def picture(self) -> np.ndarray:
        return self._picture


def test_who_walks_through_just_before_the_end_counts_and_a_camera_that_moved_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = np.random.default_rng(4).integers(0, 255, (90, 160, 3), np.uint8)
    picture = cv2.resize(wide, PROFILE.picture_px, interpolation=cv2.INTER_LINEAR)
    monkeypatch.setattr(Chosen, "live_camera", lambda *_: _Walked(picture))
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    ground.chosen = replace(CHOSEN, camera="http://127.0.0.1:9/none", ports=())
    bench = Bench(ground)
    bench.try_out(on=True)
    with pytest.raises(StationError, match="has been moved"):
        bench.place(PROFILE, np.roll(picture, 40, axis=1))
    assert bench.tried()[1]
    bench.try_out(on=True)
    bench.place(PROFILE, picture)
    bench.let_go()


def test_a_zero_test_that_a_start_ends_counts_in_the_session_that_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_passed = Event()

    def going_on(*said: Any, stopped: Event, **more: Any) -> None:
        passed(*said, **more)
        all_passed.set()
        assert stopped.wait(WAIT_S)

    monkeypatch.setattr("station.live.zeroing.run_gates", going_on)
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    ground.chosen = replace(CHOSEN, camera="http://127.0.0.1:9/none")
    begun: list[Opening] = []
    monkeypatch.setattr(ground, "begin", begun.append)
    bench, room = Bench(ground), WorkoutRoom(ground)
    save_rows(beside(ground.journal), [Row("Ana", here=True)])
    bench.zero_test(on=True)
    assert all_passed.wait(WAIT_S)
    with Showing(rooms=(room,)) as one:
        with Log(ground.journal, "another station's", boot_id()):
            status, got, _ = one.ask("/api/workout/start", {"workout": "fly-30"})
            assert (status, "another station" in got["error"]) == (400, True)
            assert bench._watching is not None  # it is not ended for that
        status, got, _ = one.ask("/api/workout/start", {"workout": "fly-30"})
    assert status == 202, got
    (opening,) = begun
    assert opening.zero.passages == 5


def test_a_zero_test_says_what_it_lacks(rendered: Any) -> None:
    video, _ = rendered(SHORT_FILM)
    chosen = Chosen(30.0, str(video), load_profile(video.with_suffix(".toml")))
    with pytest.raises(StationError, match="choose both"):
        Zeroing(chosen)
    with Device() as device:
        both = replace(chosen, ports=(device.port,), protocol=protocol_named("fgp1"))
        with Zeroing(both) as zeroing:
            assert device.asked.wait(WAIT_S)
            until(lambda: zeroing.picture(2) is not None)
        assert zeroing.over
    assert zeroing.zero is None
    assert "Ctrl-C" not in "".join(zeroing.lines)
    assert zeroing.lines[0].startswith("walk or run through the whole zone 5 times")
    assert "passages were timed without a doubt by gates and camera" in zeroing.lines[-1]


def test_while_a_session_begins_no_other_can_begin(tmp_path: Path) -> None:
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    opening = Opening(
        BY_HAND.setup(),
        None,
        None,
        Workout("fly", (), ()),
        Keeping(ground.journal),
        Sounding(Manner(), on=False),
    )
    said: list[str] = []

    class Pages:
        """They are asked for between Start and the session."""

        @property
        def hear(self) -> Callable[[Told], None]:
            with pytest.raises(StationError, match="a session is on"):
                ground.begin(opening)
            return lambda _: None

        def show(self, now: Snapshot | None) -> None:
            pass

        def tell(self, line: str) -> None:
            said.append(line)

    def end() -> None:
        ground.stopped.set()
        raise StationError("no more")

    ground.let_go = end
    ground.begin(opening)
    ground.attend(Pages())
    assert said == ["✖ no more"]
    assert ground.on is None


def test_a_gate_that_is_missing_at_the_start_is_said_and_the_station_stays_open(
    tmp_path: Path,
) -> None:
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    opening = Opening(
        replace(CHOSEN, camera="", profile=None, ports=(str(tmp_path / "none"),)).setup(),
        None,
        None,
        Workout("fly", (), ()),
        Keeping(ground.journal),
        Sounding(Manner(), on=False),
    )
    said: list[str] = []

    class Pages:
        def hear(self, told: Told) -> None:
            pass

        def show(self, now: Snapshot | None) -> None:
            pass

        def tell(self, line: str) -> None:
            if not line.startswith("✖"):
                return
            said.append(line)
            if len(said) == 1:
                ground.begin(opening)
            else:
                ground.stopped.set()

    ground.begin(opening)
    ground.attend(Pages())
    assert len(said) == 2
    assert "no port" in said[1]


def test_with_nothing_chosen_there_is_nothing_to_try() -> None:
    with pytest.raises(StationError, match="choose a camera and place its cones"):
        Trying(BY_HAND)


def test_what_cannot_be_done_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(monkeypatch, tmp_path)  # to no loudspeaker
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    zone = {"fly_m": 30.0, "fly_by": "tape"}
    cones = {"marker2": PROFILE.marker2_px, "marker3": PROFILE.marker3_px}
    with Showing(rooms=(SetupRoom(ground),)) as one:
        for path, sent, why in (
            ("last", {}, "no set-up of an earlier day"),
            ("freeze", {}, "no picture has come yet"),
            ("place", {**zone, **cones}, "freeze a picture first"),
            ("place", {**zone, "fly_m": -3}, "the zone's length is -3"),
            ("place", {**zone, "fly_by": "eye"}, "'fly_by': Invalid enum value 'eye'; reload"),
            ("freeze", {"marker": 3}, "no camera is set up at Marker 3 alone"),
            ("try", {"on": True}, "nothing to try yet"),
            ("see", {"camera": "0", "protocol": "morse"}, "no gate protocol 'morse'"),
            ("see", {"camera": "zon.mp4"}, "there is no video 'zon.mp4'; write its whole path"),
        ):
            status, got, _ = one.ask(f"/api/setup/{path}", sent)
            assert (status, why in got["error"]) == (400, True), got
        assert ground.chosen == BY_HAND  # what was chosen before stands
        assert one.ask("/api/setup/picture.jpg")[0] == 204
        assert one.ask("/api/setup/hear", {})[0] == 200
        until(lambda: not one.ask("/api/setup")[1]["hear"]["on"])
        assert one.ask("/api/setup")[1]["hear"]["lines"][0].startswith("no sound: ")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"marker2_px": ((1.0, 1.0), (2.0, 2.0))}, "✖ a cone is wrong: .*look at each pin"),
        (
            {"marker2_px": ((108.0, 200.0),)},
            "✖ a cone is wrong: the zone's 30 m .*look at each pin",
        ),
        (
            {"marker2_px": ((-9.0, 1.0),)},
            "✖ a cone is wrong: a cone of Marker 2 at -9,1 is outside",
        ),
        ({"camera_distance_m": 0.5}, "^the camera's distance of 0.5 does not go with the cones"),
    ],
)
def test_what_is_wrong_with_cones_is_said_in_the_pages_words(
    change: dict[str, Any], said: str
) -> None:
    with pytest.raises(StationError) as refused:
        fit_zone(replace(PROFILE, cone_sd_px=0.1, **change))
    told = on_the_page(refused.value)
    assert re.search(said, told), told
    assert "--" not in told
    assert "fix no camera" not in told


def test_a_phone_with_the_pin_chooses_no_file_of_the_laptop(tmp_path: Path) -> None:
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    with Showing(rooms=(SetupRoom(ground),), share=True) as one:
        there = one.elsewhere()
        _, _, headers = one.ask("/api/pin", {"pin": one.console.pin}, there)
        cookie = {"Cookie": headers["set-cookie"].partition(";")[0]}
        status, got, _ = one.ask("/api/setup/see", {"camera": "/home/me.mp4"}, there, **cookie)
        assert (status, "on the laptop itself" in got["error"]) == (400, True)
        assert ground.chosen == BY_HAND
        assert one.ask("/api/setup/see", {"ports": ["COM3"]}, there, **cookie)[0] == 200


def test_gates_need_a_length_and_no_cones(tmp_path: Path) -> None:
    ground = Ground(tmp_path / "journal.sqlite", tmp_path / "clips")
    with Showing(rooms=(SetupRoom(ground),)) as one:
        _, before, _ = one.ask("/api/setup/see", {"ports": ["COM3"], "protocol": "fgp1"})
        _, after, _ = one.ask("/api/setup/place", {"fly_m": 40.0, "fly_by": "marks"})
        _, heard, _ = one.ask("/api/setup/heard", {"on": True})
    states = [[step["state"] for step in got["steps"]] for got in (before, after, heard)]
    assert states == [
        ["none", "none", "none", "none"],
        ["none", "good", "none", "none"],
        ["none", "good", "none", "good"],
    ]
    setup = ground.chosen.setup()
    assert (setup.fly_m, setup.fly_by, setup.ports) == (40.0, "marks", ("COM3",))
    assert last_setup.last(ground.journal) == ground.chosen


def test_a_camera_is_let_go_through_which_nobody_looks(rendered) -> None:
    video, _ = rendered(SHORT_FILM)
    clock = ManualClock()
    with Preview(PlayedCamera(video, clock, Event().wait), clock) as preview:
        until(lambda: preview.picture() is not None)
        seen = preview.picture()
        assert seen is not None
        assert seen.shape == (360, 640, 3)
        assert not preview.left
        clock.advance(UNASKED_NS + 1)
        until(lambda: preview.left)


def test_a_camera_that_is_pulled_shows_no_picture_of_before(rendered) -> None:
    video, _ = rendered(SHORT_FILM)
    pulled = Event()

    class Pulled(PlayedCamera):
        def open(self) -> Feed:
            feed = super().open()
            take = feed.next

            def taken() -> Shot | None:
                if pulled.is_set():
                    raise CameraGoneError("it is pulled")
                return take()

            feed.next = taken  # type: ignore[method-assign]
            return feed

    clock = ManualClock()
    with Preview(Pulled(video, clock, Event().wait), clock) as preview:
        until(lambda: preview.picture() is not None)
        pulled.set()
        until(lambda: preview.picture() is None)
        assert "pulled; it is waited for" in preview.trouble
        assert preview.lost


def until(done: Callable[[], bool]) -> None:
    """Wait for what comes from another thread."""
    for _ in range(100):
        if done():
            return
        Event().wait(WAIT_S / 100)
    raise AssertionError("it did not come")
