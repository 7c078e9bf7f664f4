"""A camera for each marker, live: what two cameras tell is joined as their clips are later."""

from __future__ import annotations

import argparse
import re
import threading
from dataclasses import replace

import cv2
import numpy as np
import pytest
from consoled import seen, session
from drills import begun
from footage import BEGUN_NS, NS, Station, played
from paired import APART_S, GAIN, PAIR, cameras_of, filmed, true_sync

from calibration.camera_sync import load_sync, save_sync
from calibration.flashes import Edge
from calibration.same_flashes import together
from hardware.camera import Camera, CameraGoneError
from hardware.camera_reader import MOST_WAITING, Opened, Over
from hardware.clips import SYNC, Clips, remove
from hardware.clock import ManualClock, SystemClock
from hardware.errors import StationError
from hardware.played_camera import PlayedCamera
from station.camera.clip_timing import told_before
from station.camera.events import CameraNotice, FilmedPassage, FilmedRun
from station.camera.flashing import ENOUGH_SD_S, WARM_S, LeaptError, so_far, sync_live
from station.camera.live import LiveCamera
from station.camera.open_clip import may_be_told
from station.camera.pair import BACK, LATE_S, CameraPair, PairTiming
from station.camera.telling import as_keys, timed_run
from station.camera.watched import camera_at
from station.commands import camera
from station.film.two_cameras import as_one, both_takes, replay_both, sync_for
from station.flags import Flag
from station.live.desk import Desk
from station.live.devices import Devices
from station.live.replacing import replace_cones
from station.session import events as ev
from station.vision.watch import Passing

WITHIN_S = 0.004
SAME_CLIP_S = 1e-6  # the same cones in the same recordings
FIT_S = 0.35
"""From a crossing to the last picture that its fit looks for: 2.4 m past the line at 7 m/s."""
SPEEDS_MPS = (3.0, 13.0)
MOMENT_NS = NS // 20
QUIET = replace(PAIR, flashes=0, idle_s=2.2)


@pytest.fixture(scope="module")
def told(rendered, tmp_path_factory):
    """What each camera tells of the same runs by itself; clips go into one folder."""
    both = filmed(rendered, QUIET)
    folder = tmp_path_factory.mktemp("pair")
    passages: list[FilmedPassage] = []
    for video, _ in both:
        station = Station(video, folder)
        station.see(*played(video))
        passages += station.of(FilmedPassage)
    return both, folder, passages


def timing_of(both) -> PairTiming:
    (a, _), (b, _) = both
    return PairTiming(cameras_of(a, b), true_sync(a, b).played(BEGUN_NS / NS), SPEEDS_MPS)


def joined(timing: PairTiming, passages, now_ns: int = BEGUN_NS) -> list:
    events = []
    for one in passages:
        timing.take(one)
        events += timing.joined(now_ns)
    return events


def test_both_cameras_tell_one_crossing_each_and_together_the_runs(told):
    both, _, passages = told
    (_, truth), _ = both
    assert [one.sighted.best.marker for one in passages] == [2, 2, 3, 3]
    runs = joined(timing_of(both), passages)
    assert [type(one) for one in runs] == [FilmedRun, FilmedRun]
    for filmed_run, true in zip(runs, truth.runs, strict=True):
        run = filmed_run.run
        assert abs(run.fly_s - true.fly_s) < WITHIN_S
        assert abs(run.fly_s - true.fly_s) < 3 * run.fly_sigma_s
        assert run.repeat_sigma_s > 0.003  # what a live camera's delay may have changed by
        took_ns = filmed_run.marker3_ns - filmed_run.marker2_ns
        assert took_ns == pytest.approx(run.fly_s * NS, abs=1000)
        assert abs(filmed_run.marker2_ns - BEGUN_NS - true.marker2_s * NS) < MOMENT_NS
        assert as_keys(filmed_run, BEGUN_NS)["event"] == "run"
    assert [one.number for one in runs] == [1, 2]


@pytest.mark.parametrize("in_doubt", [False, True])
def test_their_clips_replayed_give_the_digits_and_doubts_that_were_told(told, in_doubt):
    both, _, passages = told
    timing = timing_of(both)
    timing.in_doubt = in_doubt
    for one in joined(timing, passages):
        assert (Flag.CLOCKS_UNSURE in one.run.flags) == in_doubt
        videos = [one.recording, one.recording.with_name(_second(one.recording))]
        takes = both_takes(videos, [])
        assert takes is not None
        take = as_one(*takes, sync_for(*takes, videos, None, None))
        again = replay_both(take, take.second).runs[one.part - 1]
        assert again.fly_s == pytest.approx(one.run.fly_s, abs=1e-7)
        assert again.fly_sigma_s == pytest.approx(one.run.fly_sigma_s, abs=1e-7)
        assert again.marker2_s == pytest.approx(one.run.marker2_s, abs=1e-4)
        assert again.flags == one.run.flags


def test_flashes_of_before_leave_a_recording_in_doubt_and_newer_ones_do_not(told, tmp_path):
    """Whoever replays it may name the file that the session went by, or flash anew."""
    both, _, passages = told
    timing = timing_of(both)
    timing.in_doubt = True
    one = joined(timing, passages)[0]
    beside = load_sync(one.recording.with_suffix(SYNC))
    videos = [one.recording, one.recording.with_name(beside.second)]
    takes = both_takes(videos, [])
    assert takes is not None
    path = tmp_path / "sync.toml"
    before = replace(beside, first="0", second="1", unsure=False)
    for named, at2_first in ((videos, before), (videos[::-1], before.swapped)):
        for later_s, unsure in ((-60.0, True), (0.0, True), (60.0, False)):
            save_sync(replace(at2_first, at_s=at2_first.at_s + later_s), path)
            assert sync_for(*takes, named, path, None).unsure == unsure
    save_sync(replace(beside, clock="recordings", unsure=False), path)
    assert not sync_for(*takes, videos, path, None).unsure
    assert sync_for(*takes, videos, None, None).unsure


def _second(clip) -> str:
    lines = clip.with_suffix(SYNC).read_text().splitlines()
    return next(line.split('"')[1] for line in lines if line.startswith("second = "))


def test_a_crossing_is_told_as_soon_as_its_fit_has_its_pictures(told, tmp_path):
    (_, ((video, _))), _, passages = told
    station, (film, clock) = Station(video, tmp_path), played(video)
    feed = film.open()
    station.take(Opened(clock.now_ns(), feed))
    late_s = []
    while (shot := feed.next()) is not None:
        before = len(station.told)
        station.take(shot)
        for one in station.told[before:]:
            if isinstance(one, FilmedPassage):
                late_s.append((clock.now_ns() - one.at_ns) / NS)
                assert not one.recording.exists()
    station.take(Over(clock.now_ns()))
    station.finish()
    assert len(late_s) == 2, "each once: its clip gives the same digits"
    assert max(late_s) < FIT_S + 0.150 + 1 / QUIET.fps
    early, late = ([one.sighted.best.instant_s for one in of if one.sighted.best.marker == 3]
                   for of in (station.of(FilmedPassage), passages))  # fmt: skip
    assert early == late


def later(told: FilmedPassage, by_s: float):
    return replace(told.sighted, crossings=tuple(
        replace(one, instant_s=one.instant_s + by_s) for one in told.sighted.crossings
    ))  # fmt: skip


def again_told(told: FilmedPassage, moved) -> FilmedPassage:
    """As its clip gives it."""
    return replace(told, sighted=moved, before=told.sighted)


def test_a_crossing_whose_clip_gives_other_digits_is_the_same_run_told_again(told):
    both, _, passages = told
    timing = timing_of(both)
    (first, second) = joined(timing, passages)
    moved = later(passages[3], 0.004)
    (again,) = joined(timing, [again_told(passages[3], moved)])
    assert again.number == second.number != first.number
    assert again.source == second.source
    assert again.run.fly_s == pytest.approx(second.run.fly_s + 0.004, abs=1e-6)
    (once_more,) = joined(timing, [again_told(passages[1], later(passages[1], 0.001))])
    assert once_more.run.fly_s == pytest.approx(second.run.fly_s + 0.003, abs=1e-6)


def test_what_a_clip_gives_other_digits_of_is_the_nearest_that_was_told(told):
    _, _, passages = told
    early = passages[0].sighted
    near, beside = later(passages[0], 0.004), later(passages[0], 0.15)
    far = later(passages[0], 0.25)
    assert told_before([early], [near, beside]) == {near.best.instant_s: early}
    assert told_before([early], [early, beside]) == {}, "the first stands; the other is new"
    assert told_before([early], [far]) == {}


def test_nobody_is_told_before_who_passed_ahead_of_him_and_is_not_timed_yet(told):
    """A slow one's pictures are all there later than those of a fast one close behind him."""
    _, _, passages = told
    one, next_one = passages[0].sighted, later(passages[0], 0.4)
    slow, fast = (
        Passing(2, one.best.instant_s + later_s, mps, 1.0)
        for later_s, mps in ((-0.4, 3.0), (0.4, 9.0))
    )
    assert may_be_told(one, [], [])
    assert may_be_told(one, [fast], [])
    assert may_be_told(next_one, [], [one])
    assert not may_be_told(one, [slow], [])
    assert not may_be_told(one, [replace(fast, instant_s=one.best.instant_s + 0.1)], [])
    assert not may_be_told(later(passages[0], 0.1), [], [one])


def test_two_who_pass_a_camera_side_by_side_are_two(told):
    both, _, passages = told
    timing = timing_of(both)
    beside = replace(passages[0], sighted=later(passages[0], 0.15))
    assert joined(timing, [passages[0], beside]) == []
    (one,) = joined(timing, [passages[2]])
    gone_ns = passages[0].at_ns + 100 * NS
    (other,) = timing.joined(gone_ns)
    assert isinstance(one, FilmedRun)
    assert other in (passages[0], beside)


def test_whichever_camera_is_told_first_the_runs_are_the_same(told):
    both, _, passages = told
    usual = joined(timing_of(both), passages)
    late = joined(timing_of(both), [passages[2], passages[0], passages[3], passages[1]])
    assert [one.run for one in late] == [one.run for one in usual]


def test_who_is_seen_by_one_camera_only_is_told_when_the_other_can_no_longer_see_him(told):
    both, _, passages = told
    timing = timing_of(both)
    first = passages[0]
    timing.take(first)
    soon_ns = first.at_ns + round(LATE_S * NS)
    assert timing.joined(soon_ns) == []
    gone_ns = soon_ns + round(QUIET.fly_m / SPEEDS_MPS[0] * NS) + NS
    assert timing.joined(gone_ns) == [first]
    assert timing.joined(gone_ns) == []
    timing.take(passages[2])
    assert timing.joined(passages[2].at_ns, last=True) == [passages[2]]


def test_after_a_camera_was_lost_its_times_are_doubtful_until_the_next_flashes(told):
    both, _, passages = told
    timing = timing_of(both)
    timing.in_doubt = True
    assert all(Flag.CLOCKS_UNSURE in one.run.flags for one in joined(timing, passages))
    stamped = [
        replace(one, clock=replace(one.clock, stamped_by="driver")) if one.clock else one
        for one in passages
    ]
    timing = timing_of(both)
    timing.in_doubt = True
    assert not any(Flag.CLOCKS_UNSURE in one.run.flags for one in joined(timing, stamped))


def test_a_clock_that_was_set_makes_doubtful_what_was_just_told(told):
    both, _, passages = told
    timing = timing_of(both)
    first, last = joined(timing, passages)
    timing.doubt(last.marker3_ns - NS)
    (again,) = timing.joined(last.marker3_ns)
    assert (again.number, again.source) == (last.number, last.source)
    assert again.run.fly_s == last.run.fly_s
    assert {*again.run.flags} == {*last.run.flags, Flag.CLOCKS_UNSURE}
    assert first.marker3_ns < last.marker3_ns - NS
    beside = [load_sync(one.recording.with_suffix(SYNC)) for one in (first, last)]
    assert [one.unsure for one in beside] == [first.recording == last.recording, True]


def test_two_runs_of_one_recording_are_its_parts_while_the_other_cameras_is_one_too(told, tmp_path):
    both, _, passages = told
    one, other, third, next_one = (tmp_path / f"{number}.mp4" for number in range(4))

    def parts(timing, *clips):
        within = [
            replace(passage, recording=clip) for passage, clip in zip(passages, clips, strict=True)
        ]
        return [(run.recording, run.part) for run in joined(timing, within)]

    assert parts(timing_of(both), one, one, other, other) == [(one, 1), (one, 2)]
    timing = timing_of(both)
    assert parts(timing, one, one, other, third) == [(one, 1), (third, 1)]
    assert parts(timing, next_one, next_one, other, third) == [(next_one, 1), (next_one, 2)]
    kept = load_sync(third.with_suffix(SYNC))
    assert (kept.first, kept.second) == (one.name, third.name), "by which its run is found"


def test_with_a_clip_goes_the_other_cameras(told, tmp_path):
    both, folder, passages = told
    (one, _) = joined(timing_of(both), passages)
    kept = tmp_path / "kept"
    kept.mkdir()
    second = _second(one.recording)
    for path in (folder / "clips").iterdir():
        (kept / path.name).write_bytes(path.read_bytes())
    remove(kept / one.recording.name)
    left = {path.name for path in kept.iterdir()}
    assert not {one.recording.name, second, one.recording.with_suffix(SYNC).name} & left
    assert len(left) >= 4  # the other run's clips and cones


def _as_it_is(camera: Camera) -> Camera:
    return camera


class TwoCameras:
    """A pair as a session has it, of cameras that are played as fast as they can be."""

    def __init__(self, both, folder, through=_as_it_is, **known) -> None:
        (a, _), (b, _) = both
        self.seen_by, clips = cameras_of(a, b), Clips(folder)
        lives = []
        for video, zone in ((a, self.seen_by.zone2), (b, self.seen_by.zone3)):
            zone = replace(zone, profile=replace(zone.profile, **known))
            clock = ManualClock(BEGUN_NS)
            wait = lambda wait_s, clock=clock: clock.advance(round(wait_s * NS))  # noqa: E731
            playing = PlayedCamera(video, clock, wait, BEGUN_NS)
            lives.append(LiveCamera(through(playing), zone, clips, clock=clock))
            through = _as_it_is
        sync = true_sync(a, b).played(BEGUN_NS / NS)
        self.flashes = folder / "sync.toml"
        save_sync(sync, self.flashes)
        self.pair = CameraPair(*lives, sync, clock=ManualClock(BEGUN_NS), flashes=self.flashes)

    def told(self) -> list:
        events = []
        with self.pair as pair:
            while not pair.over.is_set():
                events += pair.taken()
                threading.Event().wait(0.01)
        return events + self.pair.taken()


def test_two_cameras_are_watched_as_one(rendered, tmp_path):
    both = filmed(rendered, QUIET)
    two = TwoCameras(both, tmp_path)
    events = two.told()
    runs = [one for one in events if isinstance(one, FilmedRun)]
    (_, truth), _ = both
    for one, true in zip(runs, truth.runs, strict=True):
        assert abs(one.run.fly_s - true.fly_s) < 3 * one.run.fly_sigma_s
    opened = [one for one in events if isinstance(one, CameraNotice) and one.name == "camera-open"]
    assert len(opened) == 2
    assert two.pair.zone.fly_m == QUIET.fly_m
    assert not two.pair.lost
    assert not load_sync(two.flashes).unsure
    assert " + " in two.pair.name


def test_each_of_two_cameras_is_a_device_of_its_own(rendered, tmp_path):
    (a, _), (b, _) = filmed(rendered, QUIET)
    zones, clips = cameras_of(a, b), Clips(tmp_path)
    lives = [
        LiveCamera(PlayedCamera(video, ManualClock(0), lambda _: None), zone, clips)
        for video, zone in ((a, zones.zone2), (b, zones.zone3))
    ]
    pair = CameraPair(*lives, true_sync(a, b))
    for n in range(0, round(6 * QUIET.fps), 3):
        lives[1].delivery.asked_hz = QUIET.fps
        lives[1].delivery.add(round(n * NS / QUIET.fps))
    devices = Devices(tmp_path / "journal", None, pair, aloud=False)
    gone = [("camera-gone", str(a)), ("camera-moved", str(b))]
    for wrong, first in (([], "starts"), (gone, "gone")):
        at2, at3 = devices.on(seen(session(), 1.0), wrong).devices[:2]
        assert (at2.name, at2.word) == ("camera 2", first)
        assert (at3.name, at3.state) == ("camera 3", "doubt")
        assert "camera 3 delivers" in at3.remedy


def test_cones_placed_anew_on_one_camera_time_the_runs_of_both_again(rendered, tmp_path):
    """Both cameras' cones are another day's; Marker 3's are confirmed, then Marker 2's."""
    both = filmed(rendered, QUIET)
    two = TwoCameras(both, tmp_path, unconfirmed=True)
    runs = [one for one in two.told() if isinstance(one, FilmedRun)]
    assert len(runs) == 2
    assert all(Flag.CONES_UNCONFIRMED in one.run.flags for one in runs)
    desk, state = Desk(), begun("Ana")
    desk.now_ns = lambda: runs[-1].marker3_ns + NS
    for number, one in enumerate(runs, start=1):
        state.apply(ev.Ran(one.marker3_ns, "Ana", number, timed_run(one)))
    desk.session = lambda: state
    for marker, doubted in ((3, True), (2, False)):
        live = camera_at(two.pair, marker)
        placed_on = cv2.cvtColor(live.picture(), cv2.COLOR_BGR2GRAY)
        replace_cones(live, desk, replace(live.zone.profile, unconfirmed=False), placed_on)
        for work in [one for one in threading.enumerate() if one.name == "timing again"]:
            work.join()
        placed, *again, said = [event for _, event in desk.taken()]
        assert placed.name == "cones-placed"
        assert said.camera == live.name
        assert "2 of 2 doubted runs timed again" in said.said
        assert [one.source for one in again] == [one.source for one in runs]
        for one, before in zip(again, runs, strict=True):
            assert (Flag.CONES_UNCONFIRMED in one.run.flags) == doubted
            assert one.run.fly_s == pytest.approx(before.run.fly_s, abs=SAME_CLIP_S)


class Breaking:
    """A camera whose connection breaks after some pictures, and that is there again at once."""

    def __init__(self, camera: Camera) -> None:
        self.name, self.asked_hz, self._camera, self._opened = "breaking", None, camera, 0

    def open(self):
        feed, self._opened = self._camera.open(), self._opened + 1
        if self._opened == 1:
            whole, left = feed.next, iter(range(40))

            def broken():
                if next(left, None) is None:
                    raise CameraGoneError("breaking: the line is dead")
                return whole()

            feed.next = broken
        return feed


def test_a_camera_that_comes_back_may_have_another_delay_and_it_is_said(
    rendered, tmp_path, monkeypatch
):
    monkeypatch.setattr("hardware.camera_reader.RETRY_S", 0.01)
    two = TwoCameras(filmed(rendered, QUIET), tmp_path, through=Breaking)
    events = two.told()
    assert two.pair.lost
    gone = [one for one in events if isinstance(one, CameraNotice) and one.name == "camera-gone"]
    (back,) = [one for one in events if isinstance(one, CameraNotice) and one.name == "camera-back"]
    assert len(gone) == 1
    assert back.said.endswith(BACK)
    assert load_sync(two.flashes).unsure, "whoever goes on by them begins in doubt"
    runs = [one for one in events if isinstance(one, FilmedRun)]
    assert runs
    assert all(Flag.CLOCKS_UNSURE in one.run.flags for one in runs)


def test_a_clock_that_was_set_leaves_the_flashes_in_doubt_for_the_next_session(told, tmp_path):
    both, _, _ = told
    two = TwoCameras(both, tmp_path)
    at2, at3 = two.pair.each
    at3._told.put(CameraNotice("camera-clock-set", BEGUN_NS, at3.name, "it was set"))
    (said,) = two.pair.taken()
    assert said.said == f"it was set; {BACK}"
    assert two.pair.lost
    kept = load_sync(two.flashes)
    assert kept.unsure
    two.flashes.unlink()
    again = CameraPair(at2, at3, kept, clock=ManualClock(BEGUN_NS), flashes=two.flashes)
    assert again._timing.in_doubt
    at3._told.put(CameraNotice("camera-gone", BEGUN_NS, at3.name, "it is gone"))
    (said,) = again.taken()
    assert "does not say so: no file" in said.said


def test_what_one_camera_tells_is_heard_where_the_other_cannot_be_used(rendered, tmp_path):
    """It says that it is open, and why the other is none, in this order."""
    both = filmed(rendered, QUIET)
    two = TwoCameras(both, tmp_path)
    two.pair.each[1]._camera = PlayedCamera(tmp_path / "none.mp4", SystemClock(), lambda _: None)
    with two.pair as pair:
        assert all(camera.over.wait(60) for camera in pair.each)
        told = pair.taken()
        assert "camera-open" in [one.name for one in told if isinstance(one, CameraNotice)]
        assert not pair.over.is_set()
        with pytest.raises(StationError, match="no such file"):
            pair.taken()


FLASHED = replace(PAIR, runs=0, idle_s=WARM_S + 0.4)


def test_live_cameras_are_put_together_by_the_flashes_that_both_see(rendered, tmp_path):
    (a, _), (b, _) = filmed(rendered, FLASHED)
    clocks = [ManualClock(BEGUN_NS), ManualClock(BEGUN_NS)]
    both = [
        PlayedCamera(video, clock, lambda s, c=clock: c.advance(round(s * NS)), BEGUN_NS)
        for video, clock in zip((a, b), clocks, strict=True)
    ]
    said: list[str] = []
    out = tmp_path / "sync.toml"
    done = sync_live(
        *both, out, clock=ManualClock(BEGUN_NS), say=said.append, stopped=threading.Event()
    )
    true_s = -APART_S + GAIN * 5
    assert abs(done.sync.offset_s - true_s) < 3 * done.sync.offset_sd_s
    assert done.sync.clock == "cameras"
    assert "10 changes of light" in done.lines()[0]
    assert "ppm" not in "".join(done.lines())
    assert done.lines()[-1].count("--camera") == 2
    assert load_sync(out).first == str(a)


@pytest.mark.parametrize("fps", [30.0, 60.0])
def test_as_many_flashes_are_wanted_as_it_takes_or_more(fps):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        true_s, between_s = WARM_S + np.cumsum(rng.uniform(0.4, 0.8, 60)), 1 / fps
        both = []
        for later_s in (0.0, 0.12):  # each is seen to change between two of its pictures
            phase_s = rng.uniform(0, between_s)
            number = np.floor((true_s + later_s - phase_s) / between_s)
            middles_s = phase_s + between_s * (number + 0.5)
            changes = [("on", "off")[n % 2] for n in range(len(true_s))]
            both.append(
                [
                    Edge(at_s, between_s / 2, change, 10.0)
                    for at_s, change in zip(middles_s, changes, strict=True)
                ]
            )
        wanted: dict[int, int] = {}
        for many in range(12, len(true_s), 4):
            found = together(
                *(edges[:many] for edges in both), names=("a", "b"), gain_sd=1e-6, most_s=10.0
            )
            line = so_far((many, many), ("a", "b"), found)
            if found.offset_sd_s < ENOUGH_SD_S:
                assert line.endswith("is enough")
                early = [before for before, more in wanted.items() if before + more > many]
                assert len(early) <= len(wanted) / 5
                break
            more = re.search(r"; (\d+) are the same: ±[\d.]+ ms; .* at least (\d+) more$", line)
            assert more is not None
            assert int(more[1]) == many
            wanted[many] = int(more[2])


def test_flashes_that_are_not_yet_the_same_are_counted_alone():
    assert so_far((3, 0), ("0", "1"), None) == (
        "changes of light: 0 3, 1 0; not yet known which are the same"
    )


def test_a_camera_that_is_lost_amid_the_flashes_ends_them(rendered, tmp_path):
    (a, _), (b, _) = filmed(rendered, FLASHED)
    both = [PlayedCamera(video, ManualClock(BEGUN_NS), lambda _: None) for video in (a, b)]
    with pytest.raises(LeaptError, match="the line is dead; see that it stays on"):
        sync_live(
            Breaking(both[0]),
            both[1],
            tmp_path / "sync.toml",
            clock=ManualClock(BEGUN_NS),
            say=str,
            stopped=threading.Event(),
        )


def test_cameras_before_which_nothing_flashes_are_refused(rendered, tmp_path):
    (a, _), (b, _) = filmed(rendered, replace(FLASHED, flashes=0))
    both = [PlayedCamera(video, ManualClock(BEGUN_NS), lambda _: None) for video in (a, b)]
    with pytest.raises(StationError, match="shows no flash"):
        sync_live(
            *both,
            tmp_path / "sync.toml",
            clock=ManualClock(BEGUN_NS),
            say=str,
            stopped=threading.Event(),
        )
    assert not (tmp_path / "sync.toml").exists()


class Endless:
    """A camera that has its next picture before the last one was looked at."""

    stamped_by = "arrival"

    def __init__(self, name: str) -> None:
        self.name = name
        self.read = 0

    def open(self) -> Endless:
        return self

    def next(self) -> object:
        self.read += 1
        return Opened(self.read, self)

    def close(self) -> None:
        pass


def test_two_cameras_whose_pictures_never_pause_are_both_read_and_can_be_stopped(tmp_path):
    stopped = threading.Event()
    both = [Endless(name) for name in ("a", "b")]
    threading.Timer(0.3, stopped.set).start()

    def watch() -> None:
        with pytest.raises(StationError):
            sync_live(*both, tmp_path / "s", clock=SystemClock(), say=str, stopped=stopped)

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    watching.join(20)
    assert not watching.is_alive()
    assert min(one.read for one in both) > MOST_WAITING  # more than its queue holds


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    camera.options(parser)
    given = parser.parse_args(words)
    given.speeds = SPEEDS_MPS
    return given


def test_two_cameras_are_asked_for_in_order_with_their_clocks(rendered, tmp_path, capsys):
    (a, _), (b, _) = filmed(rendered, QUIET)
    sync = tmp_path / "s.toml"
    save_sync(true_sync(a, b), sync)
    for first, second in ((a, b), (b, a)):
        words = ["--camera", str(first), "--camera", str(second), "--clips", str(tmp_path)]
        live = camera.live_camera(options(*words, "--sync", str(sync)))
        assert isinstance(live, CameraPair)
        assert live.name == f"{a} + {b}"
        with pytest.raises(StationError, match=r"--sync sync\.toml"):
            camera.live_camera(options(*words))
    assert capsys.readouterr().err == ""
    save_sync(replace(true_sync(a, b), unsure=True), sync)
    assert camera.live_camera(options(*words, "--sync", str(sync)))._timing.in_doubt
    assert "a camera was lost or its clock set since these flashes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--camera", "A"], "of Marker 2 alone; add the other --camera"),
        (["--camera", "A", "--camera", "A"], "named twice"),
        (
            ["--camera", "http://c/?a=b", "--camera", "http://c/?a=c", *2 * ["--calibration", "C"]],
            "its port",
        ),
        (["--camera", "0", "--camera", "00", *2 * ["--calibration", "C"]], "camera 0 is named tw"),
        (["--camera", "A", "--camera", "B", "--sync", "OTHER"], "is of x and y, not of"),
        (["--camera", "A", "--camera", "B", "--sync", "LIVE"], "is of cameras"),
        (["--camera", "A", "--camera", "B", "--camera", "A"], "3 --camera"),
        (["--camera", "0", "--calibration", "C", "--camera", "1"], "where are the cones"),
    ],
)
def test_two_cameras_that_do_not_fit_are_one_line(rendered, tmp_path, words, said):
    (a, _), (b, _) = filmed(rendered, QUIET)
    known = true_sync(a, b)
    save_sync(replace(known, first="x", second="y"), tmp_path / "OTHER")
    save_sync(replace(known, clock="cameras"), tmp_path / "LIVE")
    named = {"A": str(a), "B": str(b), "C": str(a.with_suffix(".toml"))}
    named |= {name: str(tmp_path / name) for name in ("OTHER", "LIVE")}
    with pytest.raises(StationError, match=said) as raised:
        camera.live_camera(options(*(named.get(word, word) for word in words)))
    assert "\n" not in str(raised.value)
