"""A recording is read again: what its line means, where that is kept, and that nothing is lost."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
from consoled import WAIT_S, Showing
from drills import S, at, begun, opened, run
from footage import FILM, zone_beside
from paired import filmed, true_sync

from calibration.camera_sync import save_sync
from calibration.interval import INTERVAL_95
from hardware.clips import SYNC, calibration_id, starred
from hardware.errors import StationError
from station.by_eye import Read, by_eye
from station.camera.events import FilmedRun
from station.console import review_words
from station.console.console import Console
from station.console.history import History
from station.console.review import ReviewRoom
from station.film.into_session import Now, adding
from station.film.replay import Replay, replay
from station.film.rereading import Lines, Recording
from station.flags import Flag
from station.gates.record import Setup
from station.journal.file import InUseError
from station.journal.journal import Journal, Log
from station.journal.reading import report_of
from station.live import desk as desks
from station.live.corrections import Corrections
from station.live.desk import Desk
from station.live.ground import Ground
from station.live.holding import Keeping, Sounding
from station.live.opening import Opening
from station.live.workout import workout_of
from station.session import coach, commands
from station.session import events as ev
from station.session.folding import effective, fold, undo
from station.session.joining import joined, readings_of
from station.session.roster import parse_athletes
from station.session.state import LEFT_OUT, IllegalEventError, Rep
from station.voice.cues import Manner
from station.workout.plan import plan

GROUP = parse_athletes("Ana:58.0,Ben:55.5")
BOOT, LATER_NS = "boot-1", 9_000 * S
UTC = "2026-05-02T17:30:00.000000Z"
EXACT_S = 1e-6  # nanoseconds, and what JSON keeps
STRIP_PX = (576, 764)
HEAD_S = 0.02  # about what a head's true middle and its reading lie apart on small pictures


LEFT_IN_MID_REPLAY = """
import asyncio, sys, threading
from pathlib import Path
from station.console.review import ReviewRoom
from station.live.ground import Ground

room, begun = ReviewRoom(Ground(Path(sys.argv[1]), Path(sys.argv[2]))), threading.Event()

def replays():
    begun.set()
    threading.Event().wait()

threading.Thread(target=lambda: asyncio.run(room._alone(replays)), daemon=True).start()
begun.wait()
"""


def test_an_exit_does_not_wait_for_a_recording_that_is_read(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LEFT_IN_MID_REPLAY, str(tmp_path / "j"), str(tmp_path)]
    assert subprocess.run(command, timeout=6 * WAIT_S, check=False).returncode == 0


@pytest.fixture(scope="module")
def video(rendered: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs, with their calibration beside them."""
    film = tmp_path_factory.mktemp("review") / "film.mp4"
    made, _ = rendered(FILM)
    for suffix in (".mp4", ".toml"):
        shutil.copy(made.with_suffix(suffix), film.with_suffix(suffix))
    return film


@pytest.fixture(scope="module")
def found(video: Path) -> Replay:
    return replay(video, zone_beside(video))


@pytest.fixture
def ground(video: Path, found: Replay, tmp_path: Path) -> Ground:
    """A journal with a session of these two runs, which is over."""
    journal = tmp_path / "journal.sqlite"
    clock = lambda: Now(LATER_NS, UTC, BOOT)  # noqa: E731
    with adding(journal, "first", may_be_new=True, now=clock) as session:
        session.add([(video, found)], [GROUP], GROUP)
    return Ground(journal, tmp_path / "clips")


@pytest.fixture
def showing(ground: Ground) -> Iterator[Showing]:
    with Showing(rooms=(ReviewRoom(ground),)) as one:
        yield one


def events(ground: Ground) -> list[ev.Recorded]:
    with Journal(ground.journal) as journal:
        return [record.event for record in journal.records("first").values()]


def read(found: Replay, number: int = 0, **given: float) -> tuple[Read, Read]:
    timed = found.timed[number]
    lines = (given.get("marker2_s"), given.get("marker3_s"))
    at2, at3 = (
        Read(one, 12.0, 1 / 30, line_s)
        for one, line_s in zip((timed.marker2, timed.marker3), lines, strict=True)
    )
    return at2, at3


def test_a_line_moves_the_time_by_as_much_and_both_alike_leave_it(found: Replay) -> None:
    timed = found.timed[0]
    at2_s, at3_s = timed.marker2.instant_s, timed.marker3.instant_s
    later = by_eye(timed.run, *read(found, marker3_s=at3_s + 0.012))
    assert later.fly_s - timed.run.fly_s == pytest.approx(0.012, abs=EXACT_S)
    earlier = by_eye(timed.run, *read(found, marker2_s=at2_s + 0.012))
    assert earlier.fly_s - timed.run.fly_s == pytest.approx(-0.012, abs=EXACT_S)
    both = by_eye(timed.run, *read(found, marker2_s=at2_s + 0.02, marker3_s=at3_s + 0.02))
    assert both.fly_s == pytest.approx(timed.run.fly_s, abs=EXACT_S)
    assert both.velocity_mps * both.fly_s == pytest.approx(found.fly_m)


def test_an_eye_is_no_surer_than_pixel_and_blur_and_says_so(found: Replay) -> None:
    timed = found.timed[0]
    one = read(found)[0]
    speed_mps = timed.marker2.velocity_mps
    # Uniform within a pixel, and within half of the time between two pictures, either way.
    rng = np.random.default_rng(7)
    off_s = rng.uniform(-1, 1, (2, 200_000)) * [[1 / (12.0 * speed_mps)], [1 / 60]]
    assert one.eye_sigma_s == pytest.approx(float(off_s.sum(axis=0).std()), rel=0.01)
    at3_s = timed.marker3.instant_s
    alone = by_eye(timed.run, *read(found, marker3_s=at3_s))
    both = by_eye(timed.run, *read(found, marker2_s=timed.marker2.instant_s, marker3_s=at3_s))
    assert timed.run.repeat_sigma_s < one.eye_sigma_s < alone.repeat_sigma_s < both.repeat_sigma_s
    assert both.lane_sigma_s == timed.run.lane_sigma_s
    assert both.flags == (Flag.READ_BY_HAND, Flag.WIDE_INTERVAL)


def test_an_eye_settles_what_was_doubted_of_its_own_crossing_alone(found: Replay) -> None:
    timed = found.timed[0]
    doubted = replace(timed.run, flags=(Flag.CAMERA_MOVED, Flag.FEW_FRAMES, Flag.OBSCURED))
    at2, at3 = read(found, marker3_s=timed.marker3.instant_s)
    at2 = replace(at2, crossing=replace(at2.crossing, flags=(Flag.FEW_FRAMES,)))
    at3 = replace(at3, crossing=replace(at3.crossing, flags=(Flag.OBSCURED,), point="torso"))
    assert set(by_eye(doubted, at2, at3).flags) == {
        Flag.CAMERA_MOVED,
        Flag.FEW_FRAMES,
        Flag.READ_BY_HAND,
        Flag.WIDE_INTERVAL,
    }


def test_what_time_and_velocity_make_doubtful_is_judged_by_those_of_the_eye(found: Replay) -> None:
    timed = found.timed[0]
    stale = replace(timed.run, flags=(Flag.UNUSUAL_SPEED, Flag.WIDE_INTERVAL))
    at2, at3 = read(found, marker3_s=timed.marker3.instant_s)
    sure = replace(at3, px_per_m=100.0, interval_s=1 / 240)
    assert by_eye(stale, at2, sure).flags == (Flag.READ_BY_HAND,)
    slow = replace(at3, line_s=timed.marker3.instant_s + timed.run.fly_s)
    assert set(by_eye(timed.run, at2, slow).flags) == {
        Flag.READ_BY_HAND,
        Flag.UNUSUAL_SPEED,
        Flag.WIDE_INTERVAL,
    }


def test_lines_that_are_no_run_are_refused(found: Replay) -> None:
    with pytest.raises(StationError, match="before Marker 2"):
        by_eye(found.timed[0].run, *read(found, marker3_s=0.0, marker2_s=60.0))


def test_lines_where_the_runner_truly_was_give_the_true_time(rendered: Any, video: Path) -> None:
    _, truth = rendered(FILM)
    recording = Recording(video)
    for number, true in enumerate(truth.runs, start=1):
        before = run(20, source=f"video:{video}#{number}")
        lead_s = true.head_lead_m / true.velocity_mps  # the head is what the strip is read by
        lines = Lines(true.marker2_s - lead_s, true.marker3_s - lead_s)
        reading = recording.by_eye(number, lines, before)
        assert abs(reading.fly_s - true.fly_s) < INTERVAL_95 * reading.fly_sigma_s


def test_each_of_two_cameras_shows_its_own_marker(rendered: Any, tmp_path: Path) -> None:
    made = filmed(rendered)
    videos = [tmp_path / name for name in ("two.mp4", "three.mp4")]
    for (video, _), copied in zip(made, videos, strict=True):
        for suffix in (".mp4", ".toml"):
            shutil.copy(video.with_suffix(suffix), copied.with_suffix(suffix))
    save_sync(true_sync(*videos), videos[0].with_suffix(SYNC))
    recording = Recording(videos[0])
    for number, (true2, true3) in enumerate(zip(*(one[1].runs for one in made), strict=True), 1):
        before = run(20, source=f"video:{videos[0]}#{number}")
        lead_s = true2.head_lead_m / true2.velocity_mps
        # Each line is on the clock of its own recording, and these go apart.
        lines = Lines(true2.marker2_s - lead_s, true3.marker3_s - lead_s)
        for crossing in (recording.crossing(number, 2), recording.crossing(number, 3)):
            line_s = lines.marker2_s if crossing.marker == 2 else lines.marker3_s
            assert abs(recording.later_ms(crossing, line_s or 0.0)) < 1000 * HEAD_S
        reading = recording.by_eye(number, lines, before)
        assert abs(reading.fly_s - true2.fly_s) < INTERVAL_95 * reading.fly_sigma_s
        assert recording.scene(number, 3).taken_s


def by_hand(rep: int, automatic: ev.TimedRun, fly_s: float) -> ev.Reread:
    flags, speed_mps = (Flag.READ_BY_HAND,), 30 / fly_s
    again = msgspec.structs.replace(
        automatic, fly_s=fly_s, fly_sigma_s=0.01, velocity_mps=speed_mps, flags=flags
    )
    return ev.Reread(at(100), rep, again, marker3_s=12.5)


CAMERA = run(20, 3.6, source="video:/clips/a.mp4#1")
RAN = (opened("Ana", "Ben"), ev.Began(at(0)), ev.Ran(at(21), "Ana", 1, CAMERA))


def test_the_devices_reading_is_kept_beside_the_coachs_and_comes_back() -> None:
    records = dict(enumerate((*RAN, by_hand(1, CAMERA, 3.65)), start=1))
    session = fold(effective(records))
    rep = session.reps[1]
    assert rep.run is not None
    assert (rep.run.fly_s, rep.run.flags) == (3.65, (Flag.READ_BY_HAND,))
    assert rep.run.velocity_mps == pytest.approx(30 / 3.65)
    assert rep.automatic == CAMERA
    assert undo(records, at(101))[1].reps[1].run == CAMERA
    session.apply(ev.Reread(at(102), 1, None))
    assert (session.reps[1].run, session.reps[1].reread) == (CAMERA, None)


def test_what_a_gate_tells_later_joins_the_coachs_reading() -> None:
    gates = run(20.01, 3.64, sigma_s=0.004, source="gates, run 1")
    both = joined(CAMERA, gates)
    records = dict(
        enumerate((*RAN, by_hand(1, CAMERA, 3.65), ev.Ran(at(103), "Ana", 1, both)), start=1)
    )
    rep = fold(effective(records)).reps[1]
    assert rep.run is not None
    assert [one.fly_s for one in rep.run.readings] == [3.65, 3.64]
    assert 3.64 < rep.run.fly_s < 3.65
    decide = "The gates decide here: the camera's part is now 3.650 ± 0.020 s"
    assert decide in review_words.kept(rep, str)
    alone = fold((*RAN, by_hand(1, CAMERA, 3.65))).reps[1]
    assert "gates" not in review_words.kept(alone, str)
    assert rep.automatic == both
    assert undo(records, at(104))[1].reps[1].run == both  # as if it never had been read by hand


def test_it_is_carried_over_a_restart() -> None:
    shift_ns = -5 * S
    events = (*RAN, by_hand(1, CAMERA, 3.65), ev.Resumed(at(200), shift_ns))
    rep = fold(events).reps[1]
    before = fold(events[:-1]).reps[1]
    assert rep.run is not None
    assert rep.run.fly_s == 3.65
    assert rep.end_ns - before.end_ns == shift_ns
    assert rep.automatic is not None
    assert rep.automatic.marker3_ns == CAMERA.marker3_ns + shift_ns


def test_corrections_of_two_pages_at_once_follow_each_other(ground: Ground) -> None:
    corrections = Corrections(ground, lambda: Now(LATER_NS + S, UTC, BOOT))
    rep = min(corrections.find("first").session.reps)
    with ThreadPoolExecutor(4) as pages:
        said = pages.map(
            lambda n: corrections.say("first", commands.Annotate(f"page {n}", rep)), range(4)
        )
        assert {session.reps[rep].note for session in said} == {f"page {n}" for n in range(4)}


def test_a_session_that_is_over_is_corrected_in_its_journal(ground: Ground) -> None:
    corrections = Corrections(ground, lambda: Now(LATER_NS + S, UTC, BOOT))
    before = corrections.find("first")
    assert not before.is_on
    rep = min(before.session.reps)
    with pytest.raises(StationError, match="since the session ended"):
        corrections.say("first", commands.Undo())
    kept = events(ground)
    voided = corrections.say("first", commands.Void(rep))
    assert voided.reps[rep].state == "void"
    assert events(ground)[: len(kept)] == kept
    assert corrections.say("first", commands.Undo()) == before.session
    with pytest.raises(StationError, match="first"):
        corrections.find("second")


def test_another_start_of_the_computer_is_bridged_first(ground: Ground) -> None:
    utc = UTC.replace("17:30", "18:30")
    corrections = Corrections(ground, lambda: Now(50 * S, utc, "boot-2"))
    corrections.say("first", commands.Void(1))
    assert [type(one) for one in events(ground)[-2:]] == [ev.Resumed, ev.Voided]


def test_what_cannot_be_leaves_the_journal_as_it_is(ground: Ground) -> None:
    corrections = Corrections(ground, lambda: Now(LATER_NS + S, UTC, "boot-2"))
    before = events(ground)
    for command, says in (
        (commands.Assign("Nobody", 1), "Nobody"),
        (commands.Reread(77, None), "77"),
    ):
        with pytest.raises(StationError, match=says):
            corrections.say("first", command)
    assert events(ground) == before


def test_a_journal_in_use_is_left_alone(ground: Ground) -> None:
    with Log(ground.journal, "other", BOOT), pytest.raises(StationError, match="another station"):
        Corrections(ground, lambda: Now(LATER_NS, UTC, BOOT)).say("first", commands.Void(1))


def test_the_line_is_put_by_a_page_and_taken_back(showing: Showing, ground: Ground) -> None:
    ask = showing.ask
    status, told, _ = ask("/api/review/run")
    assert status == 200
    assert (told["title"], told["place"], told["no_recording"]) == ("Ben, rep 1", "run 2 of 2", "")
    which = {"session": told["session"], "rep": told["rep"]}
    query = f"session={told['session']}&rep={told['rep']}"
    _, crossings, _ = ask(f"/api/review/crossings?{query}")
    assert [one["marker"] for one in crossings] == [2, 3]
    assert [one["line_ms"] for one in crossings] == [None, None]
    line = {**which, "marker2_ms": None, "marker3_ms": 40.0}
    _, tried, _ = ask("/api/review/try", line)
    before_s, tried_s = (float(one["time"].split()[0]) for one in (told["figures"], tried))
    assert tried_s - before_s == pytest.approx(0.040, abs=0.001)
    assert not any(isinstance(one, ev.Reread) for one in events(ground))
    _, put, _ = ask("/api/review/read", line)
    assert put["figures"] == tried
    assert f"{before_s:.3f}" in put["kept"]
    _, crossings, _ = ask(f"/api/review/crossings?{query}")
    assert crossings[0]["line_ms"] is None
    assert crossings[1]["line_ms"] == pytest.approx(40.0, abs=1e-3)
    assert Flag.READ_BY_HAND in [*report_of(ground.journal, "first").rows][1].flags
    with Journal(ground.journal) as journal:  # the computer was started anew since
        rep = fold(journal.effective("first")).reps[told["rep"]]
    assert rep.automatic is not None
    assert (rep.end_ns - rep.automatic.marker3_ns) / S == pytest.approx(0.040, abs=1e-3)
    _, undone, _ = ask("/api/review/do", {**which, "does": "undo"})
    assert (undone["figures"], undone["kept"]) == (told["figures"], "")
    assert [type(one) for one in events(ground)[-2:]] == [ev.Reread, ev.Undone]
    _, again, _ = ask("/api/review/do", {**which, "does": "anew"})
    assert "as before" in again["said"]


def test_what_is_said_of_a_run_acts_at_once_and_is_taken_back(
    showing: Showing, ground: Ground
) -> None:
    which = {"session": "first", "rep": 1}
    for said, shows in (
        ({"does": "void"}, lambda told: told["void"]),
        ({"does": "assign", "athlete": "Ben"}, lambda told: told["title"] == "Ben, rep 1"),
        ({"does": "assign"}, lambda told: told["title"] == "nobody's run"),
        ({"does": "mark", "mark": "tight"}, lambda told: "tight" in told["remarks"]),
        ({"does": "note", "text": "in spikes"}, lambda told: told["note"] == "in spikes"),
    ):
        _, told, _ = showing.ask("/api/review/do", {**which, **said})
        assert shows(told), said
        if said["does"] == "note":
            assert next(report_of(ground.journal, "first").rows).note == "in spikes"
        _, told, _ = showing.ask("/api/review/do", {**which, "does": "undo"})
        assert not shows(told), said
    assert showing.ask("/api/review/do", {**which, "does": "undo"})[0] == 400
    assert showing.ask("/api/review/do", {**which, "does": "note", "text": "a\nb"})[0] == 400
    video = Path(readings_of(_automatic(ground))[0].clip or "")
    for on in (True, False):
        showing.ask("/api/review/do", {**which, "does": "star"})
        assert starred(video) == on


@contextmanager
def going_on(ground: Ground, console: Console) -> Iterator[Desk]:
    """A session that is on, without a device; its desk takes what devices say."""
    workout = workout_of(plan("3 x 30m. 1 min rest", "fly"), GROUP, FILM.fly_m)
    keeping, sounding = Keeping(ground.journal, new=True), Sounding(Manner(), on=False)
    thread = threading.Thread(target=ground.attend, args=(console,), daemon=True)
    thread.start()
    ground.begin(
        Opening(Setup(FILM.fly_m, (), {}, (3.0, 13.0)), None, None, workout, keeping, sounding)
    )
    until(lambda: ground.on is not None and ground.on.desk.session().phase == "on")
    assert ground.on is not None
    try:
        yield ground.on.desk
    finally:
        ground.stopped.set()
        ground.end()
        thread.join(WAIT_S)


def until(true: Callable[[], bool]) -> None:
    over_s = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < over_s
        threading.Event().wait(0.01)


def test_a_run_of_the_session_that_is_on_is_read_by_hand(
    ground: Ground, video: Path, found: Replay
) -> None:
    with Showing(rooms=(ReviewRoom(ground),)) as showing, going_on(ground, showing.console) as desk:
        timed, now_ns = found.timed[1].run, desk.now_ns()
        marker2_ns = now_ns - round(timed.fly_s * S)
        desk.film(FilmedRun(1, timed, marker2_ns, now_ns, video, 2, "device"))
        until(lambda: bool(desk.session().reps))
        _, told, _ = showing.ask("/api/review/run")
        assert told["title"] == "Ana, rep 1"
        assert told["session"] == desk.name
        which = {"session": told["session"], "rep": told["rep"]}
        _, put, _ = showing.ask("/api/review/read", {**which, "marker2_ms": -30.0})
        assert "by hand" in put["kept"]
        rep = desk.session().reps[1]
        assert rep.run is not None
        assert rep.run.fly_s - timed.fly_s == pytest.approx(0.030, abs=EXACT_S)
        _, undone, _ = showing.ask("/api/review/do", {**which, "does": "undo"})
        assert undone["figures"] == told["figures"]
        status, refused, _ = showing.ask("/api/review/do", {**which, "does": "undo"})
        assert (status, "nothing to undo" in refused["error"]) == (400, True)


def test_a_session_of_another_day_is_corrected_while_one_is_on(
    ground: Ground, found: Replay
) -> None:
    rooms = (ReviewRoom(ground), History(ground))
    with Showing(rooms=rooms) as showing, going_on(ground, showing.console) as desk:
        ground.do(commands.RepDone())
        until(lambda: len(desk.session().reps) == 1)
        _, listed, _ = showing.ask("/api/history")
        assert [one["how"] for one in listed["sessions"]] == ["goes on now", "ended"]
        before, which = desk.session().copy(), {"session": "first", "rep": 1}
        for path, said in (
            ("do", {"does": "void"}),
            ("do", {"does": "undo"}),
            ("do", {"does": "assign", "athlete": "Ben"}),
            ("do", {"does": "note", "text": "into the wind"}),
            ("do", {"does": "anew"}),
            ("read", {"marker2_ms": -20.0}),
        ):
            status, told, _ = showing.ask(f"/api/review/{path}", {**which, **said})
            assert (status, told.get("session")) == (200, "first"), told
        assert (told["athlete"], told["note"], told["kept"] != "") == ("Ben", "into the wind", True)
        assert "of the session first, which is not on" in told["remarks"]
        assert desk.session() == before
        ground.do(commands.Void(1))
        until(lambda: desk.session().reps[1].state == "void")
        name = desk.name
        other = Corrections(Ground(ground.journal, ground.clips))
        with pytest.raises(InUseError):  # which is no session of this station
            other.say("first", commands.Void(1))
    with Journal(ground.journal) as journal:
        assert fold(journal.effective(name)).reps[1].state == "void"
        rep = fold(journal.effective("first")).reps[1]
        assert rep.run is not None
        assert rep.run.fly_s - found.timed[0].run.fly_s == pytest.approx(0.020, abs=EXACT_S)


def test_review_takes_back_what_was_said_of_its_run_and_nobody_elses_word(
    ground: Ground, video: Path, found: Replay
) -> None:
    with Showing(rooms=(ReviewRoom(ground),)) as showing, going_on(ground, showing.console) as desk:
        timed, now_ns = found.timed[1].run, desk.now_ns()
        desk.film(FilmedRun(1, timed, now_ns - round(timed.fly_s * S), now_ns, video, 2, "device"))
        until(lambda: bool(desk.session().reps))
        which = {"session": desk.name, "rep": 1}
        assert showing.ask("/api/review/do", {**which, "does": "void"})[1]["void"]
        ground.do(commands.RepDone())
        until(lambda: len(desk.session().reps) == 2)
        assert not showing.ask("/api/review/do", {**which, "does": "undo"})[1]["void"]
        assert desk.session().reps[2].state == "keyed"
        assert showing.ask("/api/review/do", {**which, "does": "undo"})[0] == 400
        assert desk.session().reps[2].state == "keyed"


def test_what_no_session_takes_is_not_done_later_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks, "TAKEN_S", 0.0)
    desk = Desk()
    with pytest.raises(StationError, match="nothing was changed"):
        desk.ask(commands.Void(1))
    ((_, asked),) = desk.taken()
    assert isinstance(asked, desks.Asked)
    assert not asked.became.set_running_or_notify_cancel()


def _automatic(ground: Ground) -> ev.TimedRun:
    with Journal(ground.journal) as journal:
        automatic = fold(journal.effective("first")).reps[1].automatic
    assert automatic is not None
    return automatic


def test_another_calibration_beside_it_times_a_run_anew(
    ground: Ground, video: Path, showing: Showing, tmp_path: Path
) -> None:
    beside = video.with_suffix(".toml")
    before = beside.read_text()
    longer = before.replace("fly_m = 30.0", "fly_m = 30.3")
    assert longer != before
    which = {"session": "first", "rep": 1}
    told = showing.ask("/api/review/run?session=first&rep=1")[1]
    try:
        beside.write_text(longer)
        _, anew, _ = showing.ask("/api/review/do", {**which, "does": "anew"})
    finally:
        beside.write_text(before)
    speeds_mps = [float(one["figures"]["velocity"].split()[0]) for one in (told, anew)]
    assert speeds_mps[1] / speeds_mps[0] == pytest.approx(1.01, abs=0.002)
    assert "timed anew with the cones of now" in anew["kept"]
    (again,) = (one for one in events(ground) if isinstance(one, ev.Reread))
    assert (again.marker2_s, again.marker3_s) == (None, None)
    assert again.calibration not in ("", calibration_id(video))
    told_later = showing.ask("/api/review/run?session=first&rep=1")[1]
    assert "with other cones" in told_later["kept"]
    _, back, _ = showing.ask("/api/review/do", {**which, "does": "anew"})
    assert back["figures"] == told["figures"]
    assert back["kept"] == ""


def test_what_an_eye_read_widely_gets_an_eyes_advice() -> None:
    wide = (Flag.READ_BY_HAND, Flag.WIDE_INTERVAL)
    rep = Rep(1, "timed", "Ana", 0, run=msgspec.structs.replace(CAMERA, flags=wide))
    (told,) = review_words.remarks(rep)
    assert told.startswith("Read by eye")
    assert "Set-up" not in told  # no cone makes an eye surer


@pytest.mark.parametrize(
    "mad",
    [
        {"fly_s": 0.0},
        {"fly_s": float("nan"), "velocity_mps": float("inf")},
        {"fly_s": 1e9},
        {"source": "video:/clips/b.mp4#1"},
    ],
)
def test_a_mad_reading_that_a_journal_holds_is_left_out_and_said(
    tmp_path: Path, mad: dict[str, Any]
) -> None:
    ground = Ground(tmp_path / "journal.sqlite", tmp_path)
    again = by_hand(1, CAMERA, 3.65)
    worse = msgspec.structs.replace(again, run=msgspec.structs.replace(CAMERA, **mad))
    with Log(ground.journal, "first", BOOT, lambda: UTC) as log:
        for event in (*RAN, again, worse):
            log.append(event)
    assert report_of(ground.journal, "first").people[0].rows[0].time_s == 3.65
    corrections = Corrections(ground, lambda: Now(LATER_NS, UTC, BOOT))
    rep = corrections.find("first").session.reps[1]
    assert (rep.run is not None and rep.run.fly_s, rep.why) == (3.65, LEFT_OUT)
    assert LEFT_OUT in review_words.remarks(rep)
    assert corrections.say("first", commands.Reread(1, None)).reps[1].why == ""


def test_a_reading_of_a_time_when_no_calibration_was_written_down_is_none_of_now() -> None:
    session = fold(RAN)
    old = msgspec.json.encode(by_hand(1, CAMERA, 3.6)).replace(b',"calibration":""', b"")
    assert b"calibration" not in old
    session.apply(msgspec.json.decode(old, type=ev.Reread))
    assert "cones" not in review_words.kept(session.reps[1], lambda: "0123456789ab")


def test_pictures_are_served_by_number_alone(showing: Showing) -> None:
    query = "session=first&rep=1&marker=3"
    _, strip, _ = showing.ask(f"/api/review/strip.jpg?{query}")
    drawn = cv2.imdecode(np.frombuffer(strip, np.uint8), cv2.IMREAD_COLOR)
    assert drawn.shape[:2] == STRIP_PX
    _, frame, _ = showing.ask(f"/api/review/frame.jpg?{query}&number=0")
    assert cv2.imdecode(np.frombuffer(frame, np.uint8), cv2.IMREAD_COLOR).std() > 10
    assert showing.ask(f"/api/review/frame.jpg?{query}&number=999")[0] == 400


@pytest.mark.parametrize(
    ("path", "sent", "says"),
    [
        ("run?session=nobody", None, "no session"),
        ("run?rep=77", None, "no run 77"),
        ("read", {"marker2_ms": 501.0}, "beyond the strip of Marker 2"),
        ("try", {"marker3_ms": -501.0}, "put the line within it"),
        ("read", {"marker2_ms": float("nan")}, ""),
        ("do", {"does": "assign", "athlete": "Zed"}, "Zed"),
        ("do", {"does": "sing"}, "sing"),
    ],
)
def test_what_makes_no_sense_is_said(showing: Showing, path: str, sent: Any, says: str) -> None:
    status, told, _ = showing.ask(f"/api/review/{path}", sent)
    assert status == 400
    assert says in told["error"]


def test_before_the_first_session_it_says_what_can_be_done(tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    with Showing(rooms=(ReviewRoom(Ground(journal, tmp_path)),)) as showing:
        for is_there in (False, True):
            if is_there:
                Log(journal, "none", BOOT, lambda: UTC).end()
            assert journal.exists() == is_there
            status, told, _ = showing.ask("/api/review/run")
            assert (status, "begin a session in Workout" in told["error"]) == (400, True)


def test_a_recording_that_is_gone_or_never_was_is_said(
    video: Path, found: Replay, tmp_path: Path
) -> None:
    film = tmp_path / "film.mp4"
    ground = Ground(tmp_path / "journal.sqlite", tmp_path)
    with adding(ground.journal, "a", may_be_new=True, now=lambda: Now(S, UTC, BOOT)) as session:
        session.add([(film, found)], [GROUP], GROUP)
    gates = run(990, source="gates, run 1")
    with Log(ground.journal, "b", BOOT, lambda: UTC) as log:
        for event in (opened("Ana"), ev.Began(at(0)), ev.Ran(at(991), "Ana", 1, gates)):
            log.append(event)
    with Showing(rooms=(ReviewRoom(ground),)) as showing:
        status, told, _ = showing.ask("/api/review/crossings?session=a")
        assert (status, "film.mp4 is not there" in told["error"]) == (400, True)
        assert "just after a run look again" in told["error"]  # it is being written
        assert str(tmp_path) not in told["error"]
        shutil.copy(video, film)
        assert "calibration" in showing.ask("/api/review/crossings?session=a")[1]["error"]
        _, told, _ = showing.ask("/api/review/run?session=b")
        assert "by the gates" in told["no_recording"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"fly_s": 0.0}, "no time of a rep"),
        ({"fly_sigma_s": 0.0}, "no time"),
        ({"source": "x"}, "its own"),
    ],
)
def test_what_no_recording_of_it_can_say_is_refused(changed: dict[str, Any], says: str) -> None:
    session = fold(RAN)
    run = msgspec.structs.replace(CAMERA, **changed)
    with pytest.raises(IllegalEventError, match=says):
        coach.events_of(session, commands.Reread(1, run), at(30))


def test_a_reading_is_of_a_timed_run_alone() -> None:
    session = begun("Ana")
    session.apply(ev.RepDone(at(2), "Ana", 1))
    with pytest.raises(IllegalEventError):
        session.apply(by_hand(1, CAMERA, 3.6))
