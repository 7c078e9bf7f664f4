"""A camera that was bumped and a cone that was moved are noticed; runs are timed again."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from drills import begun, run
from driven import NS
from footage import BEGUN_NS, FILM, SHORT_FILM, Station, played, zone_beside

from calibration.geometry import fit_zone
from calibration.profile import Profile, dump, load_profile
from hardware.clips import Clips, earlier_calibrations, recalibrate
from hardware.errors import StationError
from hardware.video import open_video
from station.camera.bump import HIDDEN_LOOKS, LOOK_NS, Stands
from station.camera.events import CameraNotice, FilmedPassage, FilmedRun
from station.camera.live import LiveCamera
from station.camera.telling import timed_run
from station.film.replay import replay
from station.flags import Flag
from station.live.desk import Desk
from station.live.replacing import BY_EYE, END_NS, replace_cones, to_time_again
from station.session import events as ev
from station.session.state import Session
from station.zero import Zero

BUMP_PX = 6.0
BUMPED = replace(FILM, runs=2, bump_s=8.0, bump_px=BUMP_PX)
"""Somebody kicks the tripod between the two runs."""
SOON_S = 2.5
LATE = Zero(fly_m=30.0, passages=5, ratio=0.0, ratio_sigma=1e-4, clock_s=2.5, clock_sigma_s=0.01)
"""The camera is a stream that comes late; what it reads is kept as the gates would have it."""


@pytest.fixture(scope="module")
def still(rendered):
    """The pictures of a second each of a scene in which nothing is moved."""
    video, _ = rendered(FILM)
    with open_video(video) as opened:
        stills = [frame.luma.copy() for frame in islice(opened.frames(), 0, None, 30)]
    return zone_beside(video), stills


def news(zone, pictures, placed_on=None):
    """What is told of pictures a second apart."""
    stands = Stands(zone, placed_on)
    return [
        (look, name) for look, luma in enumerate(pictures)
        for name, _ in stands.see(look * LOOK_NS, luma)
    ]  # fmt: skip


def without(luma, place, aside_px=0):
    """The picture with a cone taken away; or put so many pixels further along."""
    column, row = (round(one) for one in place)
    box = np.s_[row - 6 : row + 3, column - 4 : column + 5]
    other = luma.copy()
    cone = luma[box].copy()
    other[box] = luma[row - 6 : row + 3, column + 12 : column + 21]
    if aside_px:
        other[row - 6 : row + 3, column - 4 + aside_px : column + 5 + aside_px] = cone
    return other


def test_runners_and_light_are_no_bump(still):
    zone, pictures = still
    assert len(pictures) > 10
    dusk = [np.clip(0.6 * luma + 10, 0, 255).astype(np.uint8) for luma in pictures]
    assert news(zone, [*pictures, *dusk]) == []


def test_a_bump_is_told_once_and_that_it_stands_again(still):
    zone, pictures = still
    bumped = [np.roll(luma, (3, 5), (0, 1)) for luma in pictures[:4]]
    told = news(zone, [*pictures[:6], *bumped, *pictures[6:8]])
    assert told == [(7, "camera-moved"), (10, "camera-stands")]
    brushed = [*pictures[:6], bumped[0], *pictures[6:10]]  # for a moment
    assert news(zone, brushed) == []


def test_a_camera_moved_since_its_cones_were_placed_is_told_at_once(still):
    zone, pictures = still
    shifted = [np.roll(luma, 25, 1) for luma in pictures]
    told = news(zone, [*shifted[:4], *pictures[:8]], pictures[-1])
    assert told == [(1, "camera-moved"), (4, "camera-stands")]
    assert news(zone, pictures, pictures[-1]) == []


def test_runs_of_a_camera_moved_since_are_doubted_as_after_a_bump(rendered, tmp_path):
    video, _ = rendered(SHORT_FILM)
    with open_video(video) as opened:
        first = next(iter(opened.frames())).luma.copy()
    plain, moved = (
        Station(video, tmp_path / name, placed_on=placed_on)
        for name, placed_on in (("as placed", first), ("moved", np.roll(first, 25, 1)))
    )
    for station in (plain, moved):
        station.see(*played(video))
    (as_placed,), doubted = plain.of(FilmedRun), moved.of(FilmedRun)[-1]
    assert Flag.CAMERA_MOVED not in as_placed.run.flags
    assert {*doubted.run.flags} == {*as_placed.run.flags, Flag.CAMERA_MOVED}
    clip = doubted.recording
    assert replay(clip, zone_beside(clip)).runs == (doubted.run,)


def test_a_cone_that_was_moved_is_told_and_that_it_is_back(still):
    zone, pictures = still
    place = zone.profile.marker2_px[0]
    moved = [without(luma, place, -12) for luma in pictures[5:10]]
    told = news(zone, [*pictures[:5], *moved, *pictures[10:12]])
    assert told == [(7, "cone-moved"), (10, "cone-stands")]


def test_a_cone_that_is_gone_is_told_when_nobody_would_stand_there_so_long(still):
    zone, pictures = still
    gone = [without(luma, zone.profile.marker3_px[0]) for luma in pictures]
    hidden = [*pictures[:6], *gone[: HIDDEN_LOOKS - 1], pictures[6]]
    assert news(zone, hidden) == []
    for_good = [*pictures[:6], *(gone * 2)[: HIDDEN_LOOKS + 2]]
    assert news(zone, for_good) == [(5 + HIDDEN_LOOKS, "cone-moved")]


def test_a_live_camera_tells_of_it_soon_and_doubts_the_next_run(rendered, tmp_path):
    """It is seen in that run's clip too: a clip begins with the camera's first pictures."""
    video, _ = rendered(BUMPED)
    station = Station(video, tmp_path)
    station.see(*played(video))
    (told,) = [one for one in station.of(CameraNotice) if one.name == "camera-moved"]
    begun_ns = next(one.at_ns for one in station.of(CameraNotice) if one.name == "camera-open")
    assert 0 < (told.at_ns - begun_ns) / NS - BUMPED.bump_s < SOON_S
    first, second = station.of(FilmedRun)
    assert (Flag.CAMERA_MOVED in first.run.flags, Flag.CAMERA_MOVED in second.run.flags) == (
        False, True,
    )  # fmt: skip


def gray_at_ends(video: Path):
    """A recording's first and last picture."""
    with open_video(video) as opened:
        ends = opened.picture(opened.first_pts_ns), opened.picture(opened.last_pts_ns)
    return [picture.mean(axis=2).astype(np.uint8) for picture in ends]


def all_done():
    """Wait until no thread times again."""
    for work in [one for one in threading.enumerate() if one.name == "timing again"]:
        work.join()


def moved_cones(video: Path, profile: Profile) -> Profile:
    """The cones as somebody would place them on the picture after the bump."""
    from station.film.tripod import moved_px

    before, after = gray_at_ends(video)
    reach = range(-8, 9)
    off = {
        (right, down): moved_px(profile, np.roll(before, (down, right), (0, 1)), after)
        for right in reach for down in reach
        if abs(np.hypot(right, down) - BUMP_PX) < 1.5
    }  # fmt: skip
    right, down = min(off, key=lambda shift: off[shift])
    shifted = {
        name: tuple((u + right, v + down) for u, v in getattr(profile, name))
        for name in ("marker2_px", "marker3_px")
    }
    return replace(profile, **shifted)


@pytest.mark.parametrize("ends", [False, True])
def test_cones_placed_anew_time_the_runs_since_again(rendered, tmp_path, ends):
    """The camera watches; the bump is behind it; the coach places the cones on what it sees.

    The run since the bump is just being timed, and comes to the session a little later, or as the
    coach ends it.
    """
    video, truth = rendered(BUMPED)
    profile = load_profile(video.with_suffix(".toml"))
    camera, clock = played(video)
    live = LiveCamera(camera, fit_zone(profile), Clips(tmp_path), clock=clock)
    desk, told = Desk(), []
    desk.now_ns = clock.now_ns
    with live:
        while not live.over.wait(0.01):
            told += live.taken()
        told += live.taken()
        runs = [one for one in told if isinstance(one, FilmedRun)]
        session = session_of(runs[:1], LATE)
        desk.session = lambda: session
        live.over.clear()  # it goes on
        again = moved_cones(video, profile)
        slip = tuple((u + 12, v) for u, v in again.marker2_px)
        first, last = gray_at_ends(video)
        before = live.zone.profile
        with pytest.raises(StationError, match="moved since this picture was frozen"):
            replace_cones(live, desk, again, first, LATE)  # as frozen before the bump
        assert live.zone.profile == before
        replace_cones(live, desk, replace(again, marker2_px=slip), last, LATE)
        replace_cones(live, desk, again, last, LATE)  # at once: it has the last word
        assert live.zone.profile == again
        if ends:
            desk.stopped.set()
            live.over.set()
            all_done()
        session.apply(ev.Ran(runs[1].marker3_ns, "Ana", 2, LATE.level(timed_run(runs[1]))))
        live.over.set()
        all_done()
        live.owed()
    events = [event for _, event in desk.taken()]
    live.owed()
    assert not desk.taken(), "each is timed again once"
    said = events[-1]
    assert isinstance(said, CameraNotice)
    assert said.name == "timed-again"
    assert "1 of 1 doubted runs timed again" in said.said
    filmed = events[-2]
    assert isinstance(filmed, FilmedRun)
    assert filmed.source == runs[1].source
    assert Flag.CAMERA_MOVED not in filmed.run.flags
    true_s = truth.runs[1].marker3_s - truth.runs[1].marker2_s
    assert abs(filmed.run.fly_s - true_s) < 2 * filmed.run.fly_sigma_s
    # Its clip replayed gives the same digits.
    beside = replay(filmed.recording, zone_beside(filmed.recording))
    assert beside.runs[filmed.part - 1].fly_s == filmed.run.fly_s
    assert Flag.CAMERA_MOVED not in beside.runs[filmed.part - 1].flags
    assert load_profile(filmed.recording.with_suffix(".toml")).from_s > 0
    # So does it with the cones of then, which are kept.
    then = earlier_calibrations(filmed.recording)[0]
    assert replay(filmed.recording, fit_zone(load_profile(then))).runs == (runs[1].run,)
    # In the session it is the same rep, and the journal has both.
    session.apply(ev.Ran(filmed.marker3_ns, "Ana", 2, timed_run(filmed)))
    assert len(session.reps) == 2
    assert abs(session.reps[2].end_ns - runs[1].marker3_ns) < NS // 5


class Filmed:
    """A camera that saw one run, and the session that has it, with cones of another day."""

    def __init__(self, video: Path, folder: Path) -> None:
        camera, clock = played(video)
        zone = zone_beside(video)
        doubted = replace(zone, profile=replace(zone.profile, unconfirmed=True))
        self.live = LiveCamera(camera, doubted, Clips(folder), clock=clock)
        with self.live:
            assert self.live.over.wait(60)
            (self.run,) = (one for one in self.live.taken() if isinstance(one, FilmedRun))
            self.picture = self.live.picture()
        self.desk, session = Desk(), session_of([self.run], LATE)
        self.desk.now_ns, self.desk.session = clock.now_ns, lambda: session
        self.confirmed = zone.profile

    def place(self) -> list:
        """What the session is told once the cones are placed."""
        luma = cv2.cvtColor(self.picture, cv2.COLOR_BGR2GRAY)
        replace_cones(self.live, self.desk, self.confirmed, luma, LATE)
        all_done()
        return [event for _, event in self.desk.taken()]


def test_what_breaks_while_runs_are_timed_again_is_said_once(rendered, tmp_path):
    filmed = Filmed(rendered(SHORT_FILM)[0], tmp_path)

    def broken():
        raise KeyError("rep 7")

    filmed.desk.session = broken
    placed, said = filmed.place()
    assert placed.name == "cones-placed"
    assert "could not be timed again (KeyError: 'rep 7')" in said.said
    assert said.said.endswith(BY_EYE)


def test_cones_placed_while_a_run_is_timed_again_leave_it_to_the_last(
    rendered, tmp_path, monkeypatch
):
    filmed = Filmed(rendered(SHORT_FILM)[0], tmp_path)
    clip = filmed.run.recording
    before = zone_beside(clip).profile

    def placed_once_more(path):
        filmed.live.recalibrated(fit_zone(filmed.confirmed))
        return open_video(path)

    monkeypatch.setattr("station.live.replacing.open_video", placed_once_more)
    assert [one.name for one in filmed.place()] == ["cones-placed"]
    assert zone_beside(clip).profile == before
    assert not earlier_calibrations(clip)


def test_runs_that_a_sessions_end_has_no_time_for_are_said(rendered, tmp_path):
    filmed = Filmed(rendered(SHORT_FILM)[0], tmp_path)
    filmed.desk.stopped.set()
    assert [one.name for one in filmed.place()] == ["cones-placed"]
    filmed.desk.now_ns = count(filmed.run.marker3_ns, END_NS + 1).__next__
    filmed.live.owed()
    ((_, said),) = filmed.desk.taken()
    assert said.said.endswith(f"ended before 1 more could be timed again; {BY_EYE}")


def test_the_last_placing_times_again_what_any_before_it_timed(still, tmp_path):
    """Set-up, a bump, two runs in doubt; cones placed wrongly, a run with these; then rightly."""
    zone, _ = still
    setup = zone.profile
    wrong, right = (
        replace(setup, marker2_px=tuple((u + off_px, v) for u, v in setup.marker2_px))
        for off_px in (9.0, 4.0)
    )
    clips = [tmp_path / f"{number}.mp4" for number in range(1, 5)]
    for clip, placed in zip(clips, (setup, setup, setup, wrong), strict=True):
        recalibrate(clip, dump(placed).encode())

    def session(*doubted):
        state = begun("Ana")
        for number, clip in enumerate(clips, start=1):
            flags = (Flag.CAMERA_MOVED,) if number in doubted else ()
            ran = run(20 * number, source=f"video:{clip}#1", flags=flags)
            state.apply(ev.Ran(ran.marker3_ns, "Ana", number, ran))
        return state

    def numbers(state, profile):
        again = to_time_again(state, profile, placed_ns)
        return [clips.index(Path(one.clip)) + 1 for one in again]

    placed_ns = session().reps[4].end_ns
    assert numbers(session(2, 3), wrong) == [2, 3]
    recalibrate(clips[1], dump(replace(wrong, from_s=1.0)).encode())  # the first of them
    assert numbers(session(3), right) == [2, 3, 4]
    recalibrate(clips[2], dump(replace(wrong, from_s=1.0)).encode())
    assert numbers(session(), right) == [2, 3, 4]
    assert numbers(session(), wrong) == []
    assert numbers(session(4), wrong) == [4]
    placed_ns = session().reps[3].end_ns
    assert numbers(session(4), wrong) == []  # it came later, and it is doubted for something else


def test_who_came_before_cones_placed_anew_were_in_use_is_timed_again(still, tmp_path):
    setup = still[0].profile
    right = replace(setup, marker2_px=tuple((u + 1, v) for u, v in setup.marker2_px))
    clips = [tmp_path / f"{number}.mp4" for number in (1, 2)]
    state = begun("Ana")
    for number, clip in enumerate(clips, start=1):
        recalibrate(clip, dump(setup).encode())
        ran = run(20 * number, source=f"video:{clip}#1")
        state.apply(ev.Ran(ran.marker3_ns, "Ana", number, ran))
    (again,) = to_time_again(state, right, state.reps[1].end_ns + 1)
    assert again.clip == str(clips[1])


def session_of(runs, zero: Zero) -> Session:
    session = begun("Ana")
    for number, one in enumerate(runs, start=1):
        session.apply(ev.Ran(one.marker3_ns, "Ana", number, zero.level(timed_run(one))))
    return session


def test_cones_need_a_picture_that_they_are_of(rendered, tmp_path):
    video, _ = rendered(FILM)
    camera, _ = played(video)
    live = LiveCamera(camera, zone_beside(video), Clips(tmp_path))
    with pytest.raises(StationError, match="gives no picture of 640x360"):
        replace_cones(live, Desk(), live.zone.profile, np.zeros((360, 640), np.uint8))


def test_who_runs_while_cones_are_placed_is_timed_with_those_that_he_passed(rendered, tmp_path):
    """Half a run with either is none, where the camera is the only device."""
    video, truth = rendered(FILM)
    station = Station(video, tmp_path)
    first, _ = truth.runs
    placed = replace(
        station.zone.profile,
        marker3_px=tuple((u + 1.0, v) for u, v in station.zone.profile.marker3_px),
    )
    half_way_ns = BEGUN_NS + round((first.marker2_s + first.marker3_s) / 2 * NS)
    take, waits = station.take, [fit_zone(placed)]

    def placed_or_taken(filmed):
        if waits and getattr(filmed, "arrival_ns", 0) > half_way_ns:
            station.told += station.timing.recalibrate(waits.pop())
        take(filmed)

    station.take = placed_or_taken
    station.see(*played(video))
    assert not station.of(FilmedPassage)
    cones = [load_profile(one.recording.with_suffix(".toml")) for one in station.of(FilmedRun)]
    assert [replace(one, from_s=None) for one in cones] == [station.zone.profile, placed]
    for one in station.of(FilmedRun):
        assert replay(one.recording, zone_beside(one.recording)).runs == (one.run,)


def test_cones_wait_for_a_keyframe_and_nobody_is_lost_meanwhile(rendered, tmp_path):
    """Nothing can be recorded before one, and some cameras give one in twenty seconds."""
    video, truth = rendered(replace(FILM, keyframe_s=60.0))
    station = Station(video, tmp_path)
    placed_ns = BEGUN_NS + round((truth.runs[0].marker2_s - 1.0) * NS)
    take, waits = station.take, [station.zone]

    def placed_or_taken(filmed):
        if waits and getattr(filmed, "arrival_ns", 0) > placed_ns:
            station.told += station.timing.recalibrate(waits.pop())
        take(filmed)

    station.take = placed_or_taken
    station.see(*played(video))
    assert len(station.of(FilmedRun)) == len(truth.runs)
    for one in station.of(FilmedRun):
        assert replay(one.recording, zone_beside(one.recording)).runs[one.part - 1] == one.run
