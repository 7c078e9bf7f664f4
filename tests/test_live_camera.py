"""Every kind of camera is held to the same: its runs, and its clips, which give the same digits."""

from __future__ import annotations

import random
from contextlib import contextmanager
from dataclasses import replace

import av
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

from hardware.camera import Shot
from hardware.camera_reader import Lost, Opened
from hardware.video import open_video
from station.camera_timing import CameraNotice, FilmedPassage, FilmedRun
from station.replay import replay

SAME_FLY_S = 0.0005
"""By how much runs differ whose pictures were compressed again, or stamped by their arrival."""
CLIP_BEFORE_S, CLIP_AFTER_S = 2.0, 1.0
KEYFRAME_S = FILM.keyframe_s
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
        other = again.runs[filmed.part - 1]
        for name in ("marker2_s", "marker3_s", "fly_s", "velocity_mps", "lane_sigma_s", "flags"):
            assert getattr(other, name) == getattr(filmed.run, name), name
        if clock_kind != "arrival":  # a recording does not know how well its arrivals were known
            assert other == filmed.run
        assert not again.warnings


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
    assert gone.at_ns - now_ns <= 4 * NS
    for shot in shots[30:60]:
        station.take(shot)
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


def test_a_disk_that_takes_no_clip_is_told_and_the_camera_is_watched_on(film, tmp_path):
    video, _ = film
    (tmp_path / "clips").write_text("in the way")
    station = Station(video, tmp_path)
    camera, clock = played(video)
    station.see(camera, clock)
    assert station.names().count("recording-lost") == 2
    assert not station.of(FilmedRun)
