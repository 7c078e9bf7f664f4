"""Every kind of camera is held to the same: its runs, and its clips, which give the same digits."""

from __future__ import annotations

import random
import threading
import weakref
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from footage import (
    BEGUN_NS,
    FILM,
    NS,
    SHORT_FILM,
    Station,
    http,
    played,
    streamed,
    usb,
    zone_beside,
)

import recordings
from hardware.camera import CameraGoneError, Shot
from hardware.camera_reader import Lost, Opened
from hardware.clips import Clips
from hardware.clock import SystemClock
from hardware.errors import StationError
from hardware.played_camera import PlayedCamera
from hardware.readings import Frame
from hardware.video import open_video
from station.camera.events import CameraEvent, CameraNotice, FilmedPassage, FilmedRun
from station.camera.live import LiveCamera, watch_alone
from station.camera.open_clip import KEPT_S, Pictures
from station.camera.provisional import ROUGH_S
from station.camera.telling import as_keys, in_line, timed_run
from station.film.replay import replay
from station.flags import Flag
from station.live.preview import Preview
from station.vision.corridor import corridor_of
from station.vision.passages import ANCHOR_FRAMES, RING_BYTES
from station.vision.recut import EARLIER_M, TIMED_M

SAME_FLY_S = 0.0005
"""By how much runs differ whose pictures were compressed again, or stamped by their arrival."""
CLIP_BEFORE_S, CLIP_AFTER_S = 2.0, 1.0
KEYFRAME_S = FILM.keyframe_s
SOON_S = 0.55
"""After Marker 3: 2.4 m at 8.6 m/s, and two pictures at 30 Hz, with `LATENCY_S` either way."""
LATENCY_S = 0.05
"""Between a picture and its arrival here, with what a clock seen by arrivals leaves unknown."""


@contextmanager
def camera_of(kind, video):
    match kind:
        case "played":
            yield *played(video), False
        case "http, stamped":
            yield *http(video, stamped=True), False
        case "http, by arrival":
            yield *http(video, stamped=False), False
        case "usb, driver":
            yield *usb(video, driver=True), False
        case "usb, by arrival":
            yield *usb(video, driver=False), False
        case "stream":
            with streamed(video) as (camera, clock):
                yield camera, clock, True


LATE_PICTURES = 2.5
"""One that shows that no other belongs to the fit, and the rounding of the cut: half a step of its
instant, and half a step of the speed."""
ROUNDED_NS = 1000
"""A timestamp of a clip is a number of microseconds."""
TRUSTED_S = 1e-4
"""So much at most is a good clock of its own in doubt over a clip."""
SEEN_S = 0.7
"""Until somebody at Marker 2 is told from nobody."""


KINDS = ["played", "http, stamped", "http, by arrival", "usb, driver", "usb, by arrival", "stream"]
CLOCKS = ["device", "device", "arrival", "driver", "arrival", "device"]


@pytest.fixture(scope="module", params=zip(KINDS, CLOCKS, strict=True), ids=KINDS)
def seen(request, rendered, tmp_path_factory):
    """A scene as one kind of camera delivers it, and what was told."""
    kind, clock_kind = request.param
    video, truth = rendered(SHORT_FILM)
    station = Station(video, tmp_path_factory.mktemp("camera"))
    with camera_of(kind, video) as (camera, clock, paced):
        station.see(camera, clock, paced=paced)
    return station, truth, video, clock_kind


def test_a_camera_times_runs_and_its_clips_give_the_same_digits(seen):
    station, truth, video, clock_kind = seen
    runs = station.of(FilmedRun)
    assert [run.number for run in runs] == [1]
    assert not station.of(FilmedPassage)
    original = replay(video, station.zone)
    for filmed, timed, true in zip(runs, original.runs, truth.runs, strict=True):
        assert filmed.clock == clock_kind
        assert abs(filmed.run.fly_s - timed.fly_s) < SAME_FLY_S
        # Station time: the recording began with the camera, and pictures come a little later.
        for at_ns, true_s in (
            (filmed.marker2_ns, true.marker2_s),
            (filmed.marker3_ns, true.marker3_s),
        ):
            late_s = (at_ns - BEGUN_NS) / NS - true_s
            assert abs(late_s) < LATENCY_S
        assert filmed.source == f"video:{filmed.recording}#{filmed.part}"
        assert filmed.recording.is_absolute()
        again = replay(filmed.recording, zone_beside(filmed.recording))
        with open_video(filmed.recording) as clip:
            assert (clip.clock_sigma_s > TRUSTED_S) == (clock_kind == "arrival")
        other = again.runs[filmed.part - 1]
        assert other == filmed.run
        assert not again.warnings


def test_a_run_is_told_soon_after_marker_3_by_whatever_camera(seen):
    station, *_ = seen
    (wait_s,) = station.waits_s()
    assert wait_s < SOON_S


def test_a_clip_holds_the_passage_and_little_else(seen):
    station, *_ = seen
    for filmed in station.of(FilmedRun):
        with open_video(filmed.recording) as clip:
            before_s = filmed.run.marker2_s - clip.first_pts_ns / NS
            after_s = clip.last_pts_ns / NS - filmed.run.marker3_s
            assert CLIP_BEFORE_S - 0.2 < before_s < CLIP_BEFORE_S + KEYFRAME_S + 1.5
            assert CLIP_AFTER_S - 0.2 < after_s < CLIP_AFTER_S + 0.3


@pytest.fixture
def film(rendered):
    return rendered(FILM)


def shots_of(video):
    camera, _ = played(video)
    feed = camera.open()
    shots = []
    while (shot := feed.next()) is not None:
        shots.append(shot)
    return feed, shots


def test_a_camera_that_is_lost_between_two_runs_is_told_and_taken_back(film, tmp_path):
    video, truth = film
    station = Station(video, tmp_path)
    feed, shots = shots_of(video)
    between_ns = round((truth.runs[0].marker3_s + truth.runs[1].marker2_s) / 2 * NS)
    first = [shot for shot in shots if shot.pts_ns < between_ns - NS // 2]
    # It comes back with timestamps that begin anew, but with what it had sent before.
    second_feed, later = shots_of(video)
    later = [shot for shot in later if shot.pts_ns >= between_ns]
    while not later[0].packet.is_keyframe:
        later.pop(0)
    station.take(Opened(first[0].arrival_ns, feed))
    for shot in first:
        station.take(shot)
    for n in range(3):
        station.take(Lost(first[-1].arrival_ns + n * NS // 10, "cam is lost (unplugged)"))
    station.take(Opened(later[0].arrival_ns, second_feed))
    for shot in later:
        station.take(shot)
    station.finish()
    assert [name for name in station.names() if name != "camera-rate"] == [
        "camera-open",
        "camera-gone",
        "camera-back",
    ]
    assert len(station.of(FilmedRun)) == 2
    for filmed, timed in zip(station.of(FilmedRun), replay(video, station.zone).runs, strict=True):
        assert abs(filmed.run.fly_s - timed.fly_s) < SAME_FLY_S


def test_a_camera_that_stalls_without_a_word_is_gone_once_and_back_with_its_next_picture(
    film, tmp_path
):
    video, _ = film
    station = Station(video, tmp_path)
    feed, shots = shots_of(video)
    station.take(Opened(shots[0].arrival_ns, feed))
    for shot in shots[:30]:
        station.take(shot)
    now_ns = shots[29].arrival_ns
    for n in range(1, 11):
        station.told += station.timing.advance(now_ns + n * NS)
    assert station.names() == ["camera-open", "camera-gone"]
    gone = station.of(CameraNotice)[1]
    assert "no picture" in gone.said
    assert station.timing.gone == gone.said
    assert gone.at_ns - now_ns <= 4 * NS
    station.take(shots[30])  # one alone is no return
    assert station.names() == ["camera-open", "camera-gone"]
    for shot in shots[31:60]:
        station.take(shot)
    assert not station.timing.gone
    station.finish()
    assert station.names() == ["camera-open", "camera-gone", "camera-back"]


def test_pictures_of_another_size_are_told_and_not_timed(film, rendered, tmp_path):
    video, _ = film
    other, _ = rendered(replace(FILM, size="480x270", runs=1))
    station = Station(video, tmp_path)
    camera, clock = played(other)
    station.see(camera, clock)
    assert "camera-misfit" in station.names()
    assert station.names().count("camera-misfit") == 1
    said = next(one.said for one in station.of(CameraNotice) if one.name == "camera-misfit")
    assert "480x270" in said
    assert "640x360" in said
    assert not station.of(FilmedRun)


def test_damaged_packets_end_nothing(film, tmp_path):
    video, truth = film
    whole = replay(video, zone_beside(video))
    station = Station(video, tmp_path)
    feed, shots = shots_of(video)
    chance = random.Random(3)
    first_over_ns = round((truth.runs[0].marker3_s + 0.2) * NS)
    station.take(Opened(shots[0].arrival_ns, feed))
    for shot in shots:
        if 2 * NS < shot.pts_ns < first_over_ns and chance.random() < 0.3:
            packet = av.Packet(chance.randbytes(shot.packet.size))
            packet.pts, packet.dts = shot.packet.pts, shot.packet.dts
            packet.time_base = shot.packet.time_base
            shot = Shot(packet, shot.pts_ns, shot.arrival_ns)
        station.take(shot)
    station.finish()
    last = station.of(FilmedRun)[-1]
    assert abs(last.run.fly_s - whole.runs[1].fly_s) < SAME_FLY_S


class Spoilt:
    """A camera that is open, and for some pictures something breaks that nobody thought of."""

    def __init__(self, feed, spoils):
        self._feed, self._spoils = feed, spoils
        self.coding, self.stamped_by = self, feed.stamped_by

    def __getattr__(self, name):
        return getattr(self._feed.coding, name)

    def decode(self, packet):
        if self._spoils(packet):
            raise MemoryError("no thought was given to this")
        return self._feed.coding.decode(packet)


def test_what_nobody_thought_of_is_told_once_and_the_camera_is_watched_on(film, tmp_path):
    video, truth = film
    station = Station(video, tmp_path)
    feed, shots = shots_of(video)
    after = round((truth.runs[0].marker3_s + 0.5) * FILM.fps)
    spoilt = {bytes(shot.packet) for shot in shots[after - 5 : after]}
    station.take(Opened(shots[0].arrival_ns, Spoilt(feed, lambda packet: bytes(packet) in spoilt)))
    for shot in shots:
        station.take(shot)
    station.finish()
    assert station.names().count("camera-failed") == 1
    assert len(station.of(FilmedRun)) >= 1
    last = replay(video, station.zone).runs[-1]
    assert abs(station.of(FilmedRun)[-1].run.fly_s - last.fly_s) < SAME_FLY_S


def test_who_came_before_something_broke_is_recorded(film, tmp_path):
    video, truth = film
    station = Station(video, tmp_path)
    feed, shots = shots_of(video)
    first = truth.runs[0]
    spoilt = bytes(shots[round((first.marker2_s + first.marker3_s) / 2 * FILM.fps)].packet)
    station.take(Opened(shots[0].arrival_ns, Spoilt(feed, lambda packet: bytes(packet) == spoilt)))
    for shot in shots:
        station.take(shot)
    station.finish()
    assert station.names().count("camera-failed") == 1
    came = station.of(FilmedPassage)[0]
    assert came.passage.reason == "marker2-only"
    assert abs(came.at_ns - shots[0].arrival_ns - first.marker2_s * NS) < LATENCY_S * NS
    assert came.recording.exists()


def test_a_disk_that_takes_no_clip_is_told_and_the_camera_is_watched_on(film, tmp_path):
    video, _ = film
    in_the_way = tmp_path / "clips"
    in_the_way.write_text("")
    station = Station(video, tmp_path)
    feed, shots = shots_of(video)
    station.take(Opened(shots[0].arrival_ns, feed))
    for shot in shots:
        station.take(shot)
        if "recording-lost" in station.names() and in_the_way.is_file():
            in_the_way.unlink()
    station.finish()
    of_disk = [name for name in station.names() if name.startswith("recording-")]
    assert of_disk == ["recording-lost", "recording-kept"]


def test_timestamps_that_leap_are_those_of_another_recording(film, tmp_path):
    """A phone's program that begins anew does not always hang up."""
    video, _ = film
    station = Station(video, tmp_path)
    feed, shots = shots_of(video)
    whole = replay(video, station.zone)
    station.take(Opened(shots[0].arrival_ns, feed))
    later_ns = shots[-1].arrival_ns - shots[0].arrival_ns + NS // 10
    for shot in [*shots, *(replace(one, arrival_ns=one.arrival_ns + later_ns) for one in shots)]:
        station.take(shot)
    station.finish()
    flies_s = [filmed.run.fly_s for filmed in station.of(FilmedRun)]
    assert flies_s == pytest.approx(
        [run.fly_s for run in (*whole.runs, *whole.runs)], abs=SAME_FLY_S
    )
    assert "camera-gone" not in station.names()


class OneAtATime:
    """A camera that serves one connection at a time, and whose first one breaks."""

    name, asked_hz = "phone", None

    def __init__(self, video) -> None:
        self._camera, self._held, self.opened = played(video)[0], None, 0

    def open(self):
        if self._held is not None and self._held() is not None:
            raise CameraGoneError("phone serves somebody else")
        feed, self.opened = self._camera.open(), self.opened + 1
        self._held = weakref.ref(feed.coding)
        return _Breaking(feed) if self.opened == 1 else feed


class _Breaking:
    """A connection."""

    def __init__(self, feed) -> None:
        self._feed, self.coding, self.stamped_by, self._left = feed, feed.coding, "device", 40

    def next(self):
        self._left -= 1
        if self._left < 0:
            raise CameraGoneError("phone is lost")
        return self._feed.next()

    def close(self) -> None:
        self._feed.close()


@pytest.mark.parametrize("look", [LiveCamera, Preview])
def test_a_lost_connection_is_let_go_before_another_is_asked_for(look, film, tmp_path, monkeypatch):
    """A phone that serves one at a time would never come back."""
    monkeypatch.setattr("hardware.camera_reader.RETRY_S", 0.01)
    video, _ = film
    camera = OneAtATime(video)
    clock = SystemClock()
    words = (zone_beside(video), Clips(tmp_path)) if look is LiveCamera else (clock,)
    with look(camera, *words) as looking:
        for _ in range(100):
            if camera.opened == 2 or threading.Event().wait(SOON_S):
                break
        assert camera.opened == 2
        assert looking.lost


def later_by(shot, set_s):
    """The same picture, stamped so much later."""
    packet = av.Packet(bytes(shot.packet))
    ticks = round(set_s / shot.packet.time_base)
    packet.pts, packet.dts = shot.packet.pts + ticks, shot.packet.dts + ticks
    packet.time_base, packet.is_keyframe = shot.packet.time_base, shot.packet.is_keyframe
    return replace(shot, packet=packet, pts_ns=shot.pts_ns + round(set_s * NS))


@pytest.mark.parametrize("set_s", [0.15, -0.15])
def test_a_camera_whose_clock_is_set_amid_a_run_says_so_and_tells_no_wrong_time(
    set_s, film, tmp_path
):
    video, truth = film
    station = Station(video, tmp_path)
    feed, shots = shots_of(video)
    run = truth.runs[1]
    amid_ns = round((run.marker2_s + run.marker3_s) / 2 * NS)
    station.take(Opened(shots[0].arrival_ns, feed))
    for shot in shots:
        station.take(later_by(shot, set_s) if shot.pts_ns >= amid_ns else shot)
    station.finish()
    assert station.names().count("camera-clock-set") == 1
    assert "recording-lost" not in station.names()
    last = {filmed.number: filmed for filmed in station.of(FilmedRun)}
    assert last[1].run.repeat_sigma_s < 0.005
    if set_s < 0:  # its pictures went back in time: there is no recording with both crossings
        assert list(last) == [1]
        return
    found = last[2].run
    assert Flag.WIDE_INTERVAL in found.flags
    assert found.fly_sigma_s == pytest.approx(set_s, rel=0.1)
    assert abs(found.fly_s - run.fly_s) < 1.1 * found.fly_sigma_s
    assert replay(last[2].recording, station.zone).runs == (found,)


def test_a_clock_that_runs_wrong_is_told_and_makes_its_times_doubtful(film, tmp_path):
    video, _ = film
    station = Station(video, tmp_path)
    feed, shots = shots_of(video)
    station.take(Opened(shots[0].arrival_ns, feed))
    for shot in shots:  # a grid of 25 pictures a second, made up for a camera of 30
        since_ns = (shot.arrival_ns - shots[0].arrival_ns) * 25 // 30
        station.take(replace(shot, arrival_ns=shots[0].arrival_ns + since_ns))
    station.finish()
    assert "camera-clock" in station.names()
    # In its first seconds what comes late cannot be told from a burst of what was waiting.
    last = station.of(FilmedRun)[-1].run
    assert Flag.WIDE_INTERVAL in last.flags
    assert last.fly_sigma_s > 0.1 * last.fly_s


def test_somebody_walking_back_makes_no_clip_that_stays(rendered, tmp_path):
    video, truth = rendered(replace(FILM, runs=2, walk_back=True, athletes=1, rest_s=1.0, seed=43))
    station = Station(video, tmp_path)
    camera, clock = played(video)
    station.see(camera, clock)
    assert len(station.of(FilmedRun)) == len(truth.runs)
    assert sorted(station.clips.kept()) == sorted(one.recording for one in station.of(FilmedRun))


def test_threads_tell_the_same_and_end_with_the_film(film, tmp_path):
    video, _ = film
    camera, clock = played(video)
    live = LiveCamera(camera, zone_beside(video), Clips(tmp_path), clock=clock)
    told: list[CameraEvent] = []
    watch_alone(live, told.append, threading.Event())
    runs = [event for event in told if isinstance(event, FilmedRun)]
    whole = replay(video, live.zone)
    assert [one.run.fly_s for one in runs] == pytest.approx(
        [run.fly_s for run in whole.runs], abs=SAME_FLY_S
    )
    assert isinstance(told[0], CameraNotice)
    assert told[0].name == "camera-open"


def test_a_file_that_is_none_is_told_and_ends_it(film, tmp_path):
    video, _ = film
    camera = PlayedCamera(tmp_path / "none.mp4", SystemClock(), lambda _: None)
    live = LiveCamera(camera, zone_beside(video), Clips(tmp_path))
    with pytest.raises(StationError, match="no such file"):
        watch_alone(live, lambda _: None, threading.Event())


def test_a_run_is_told_in_words_and_keys_of_station_time(film, tmp_path):
    video, truth = film
    station = Station(video, tmp_path, name="cam <1>")
    camera, clock = played(video)
    station.see(camera, clock)
    first = station.of(FilmedRun)[0]
    keys = as_keys(first, BEGUN_NS)
    assert keys["event"] == "run"
    assert keys["recording"] == str(first.recording)
    assert keys["clock"] == "device"
    assert abs(keys["marker3_s"] - truth.runs[0].marker3_s) < LATENCY_S
    assert in_line(first, BEGUN_NS, 30.0).startswith("Run 1: ")
    kept = timed_run(first)
    assert (kept.marker3_ns - kept.marker2_ns) * 1e-9 == pytest.approx(kept.fly_s, abs=1e-3)
    assert kept.source == f"video:{first.recording}#1"
    opened = as_keys(station.of(CameraNotice)[0], BEGUN_NS)
    assert opened["event"] == "camera-open"
    assert opened["camera"] == "cam <1>"


def test_a_passage_of_one_marker_is_told_where_it_was(film, tmp_path):
    video, truth = film
    station = Station(video, tmp_path)
    feed, shots = shots_of(video)
    halfway_s = (truth.runs[0].marker2_s + truth.runs[0].marker3_s) / 2
    station.take(Opened(shots[0].arrival_ns, feed))
    for shot in shots:
        if shot.pts_ns < halfway_s * NS:
            station.take(shot)
    station.finish()
    (seen,) = station.of(FilmedPassage)
    keys = as_keys(seen, BEGUN_NS)
    assert keys["reason"] == "marker2-only"
    assert abs(keys["marker2_s"] - truth.runs[0].marker2_s) < LATENCY_S
    assert keys["marker3_s"] is None
    assert "Marker 2 only" in in_line(seen, BEGUN_NS, 30.0)
    assert seen.recording.exists()


def test_a_run_is_told_with_the_last_picture_that_its_fit_needs(film, tmp_path):
    video, _ = film
    station = Station(video, tmp_path)
    camera, clock = played(video)
    station.see(camera, clock)
    waits_s = iter(station.waits_s())
    for filmed in station.of(FilmedRun)[:1]:  # the film ends with the second's last picture
        timed = replay(filmed.recording, station.zone).timed[filmed.part - 1]
        last_s = (TIMED_M - EARLIER_M) / timed.marker3.velocity_mps
        late_s = next(waits_s) - last_s
        assert -1 / FILM.fps < late_s < LATE_PICTURES / FILM.fps


class Otherwise:
    """A camera whose pictures, as they come, are not those that a file of them gives."""

    def __init__(self, feed, decode):
        self._feed, self.decode = feed, decode
        self.coding, self.stamped_by = self, feed.stamped_by

    def __getattr__(self, name):
        return getattr(self._feed.coding, name)


def test_a_run_of_which_its_file_gives_other_digits_is_told_again(film, tmp_path):
    video, _ = film
    station = Station(video, tmp_path)
    feed, shots = shots_of(video)

    def decode(packet):  # Marker 3 seems to be elsewhere while it is filmed
        for frame in feed.coding.decode(packet):
            right = frame.luma.shape[1] // 2
            halves = frame.luma[:, :right], np.roll(frame.luma[:, right:], 4, axis=1)
            yield Frame(frame.pts_ns, np.hstack(halves))

    station.take(Opened(shots[0].arrival_ns, Otherwise(feed, decode)))
    for shot in shots:
        station.take(shot)
    station.finish()
    runs = station.of(FilmedRun)
    assert [run.number for run in runs][:2] == [1, 1]
    first, again = runs[:2]
    assert first.source == again.source
    assert abs(first.run.fly_s - again.run.fly_s) > SAME_FLY_S
    assert replay(again.recording, station.zone).runs[0] == again.run


def test_a_run_that_its_file_does_not_show_is_doubtful(film, rendered, tmp_path):
    video, _ = film
    nobody, _ = rendered(replace(FILM, runs=0, idle_s=20.0))
    station = Station(video, tmp_path)
    feed, shots = shots_of(video)
    empty_feed, empty = shots_of(nobody)
    pictures = iter(shots)
    decode = lambda _: feed.coding.decode(next(pictures).packet)  # noqa: E731
    station.take(Opened(empty[0].arrival_ns, Otherwise(empty_feed, decode)))
    for shot in empty[: len(shots)]:
        station.take(shot)
    station.finish()
    assert len(station.of(FilmedRun)) == 2
    assert station.names().count("run-doubtful") == 2
    assert len(station.clips.kept()) == 2


def test_who_is_running_is_known_at_once_and_roughly(film, tmp_path):
    video, truth = film
    station = Station(video, tmp_path)
    feed, shots = shots_of(video)
    station.take(Opened(shots[0].arrival_ns, feed))
    run, after = truth.runs[0], set()
    for shot in shots:
        station.take(shot)
        since_start_s = (shot.arrival_ns - shots[0].arrival_ns) / NS
        seen = station.timing.running.now(shot.arrival_ns)
        if since_start_s < run.marker2_s:
            assert seen is None
        elif run.marker2_s + SEEN_S < since_start_s < run.marker3_s:
            assert seen.fly_s is None
            late_s = (seen.since_ns - shots[0].arrival_ns) / NS - run.marker2_s
            assert abs(late_s) < 3 * ROUGH_S
        elif seen is not None and seen.fly_s is not None and not station.of(FilmedRun):
            assert abs(seen.fly_s - run.fly_s) < 3 * seen.sigma_s
            after.add("figure")
        elif station.of(FilmedRun) and since_start_s < truth.runs[1].marker2_s:
            assert seen is None
            after.add("told")
    station.finish()
    assert after == {"figure", "told"}


def test_two_who_finish_together_are_two_runs(rendered, tmp_path):
    video, truth = rendered(replace(SHORT_FILM, second="near", second_offset_s=0.15, seed=47))
    station = Station(video, tmp_path)
    camera, clock = played(video)
    station.see(camera, clock)
    runs = {run.part: run.run for run in station.of(FilmedRun)}
    (clip,) = station.clips.kept()
    assert [runs[part] for part in sorted(runs)] == list(replay(clip, station.zone).runs)
    assert len(runs) == len(truth.runs) == 2


def test_what_is_remembered_of_pictures_is_bounded():
    zone = zone_beside(Path(str(recordings.__path__[0])) / "fly30.mp4")
    width, height = zone.profile.picture_px
    pictures = Pictures(corridor_of(zone))
    luma = np.zeros((height, width), np.uint8)
    for n in range(2000):
        pictures.add(n * NS // 100, luma)
    assert len(pictures.opening) == ANCHOR_FRAMES
    assert pictures.recent[-1][0] - pictures.recent[0][0] <= KEPT_S * NS
    box_bytes = sum(box.nbytes for box in pictures.recent[0][1].values())
    for n in range(10 * RING_BYTES // box_bytes // 9):
        pictures.add(20 * NS + n, luma)
    assert len(pictures.recent) * box_bytes <= RING_BYTES


def test_cones_placed_anew_leave_what_is_known_of_the_clock(rendered, tmp_path):
    """The connection is the same: its beat is known by its pictures from the first on."""
    video, _ = rendered(SHORT_FILM)

    def last_ns(folder, place_at):
        """When the clip's last pictures were taken, cones placed anew at so many of the camera."""
        station, left = Station(video, folder), iter(range(place_at))
        take = station.take

        def placed_or_taken(filmed):
            if next(left, None) == place_at - 1:
                station.told += station.timing.recalibrate(station.zone)
            take(filmed)

        station.take = placed_or_taken
        station.see(*http(video, stamped=False))
        (run,) = station.of(FilmedRun)
        with open_video(run.recording) as clip:
            taken_ns = clip.index.pts_ns[-90:]
        return taken_ns - taken_ns[-1]

    late_ns = last_ns(tmp_path / "at first", 1) - last_ns(tmp_path / "later", 45)
    assert np.abs(late_ns).max() <= 2 * ROUNDED_NS
