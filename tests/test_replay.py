"""A saved video in, runs out: what is asked for is what is timed, on the right clock."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import hypot

import pytest
from drawn import zone_of

from hardware.errors import StationError
from station.film.replay import replay
from station.pace import pace_400_mps
from station.simulator import Scene

ONE = Scene(
    size="960x540", runs=1, walk_back=False, idle_s=0.6, keyframe_s=30.0, seed=53_001,
    readout_ms=0.0,
)  # fmt: skip
TRUE_S = 0.005
HEAD_S = 0.05
"""The truth's chest and the head that is timed are so far apart at a marker."""
SAME_S = 1e-9


def times(found):
    return [(run.marker2_s, run.marker3_s, run.fly_s) for run in found.runs]


def test_one_run_is_found_and_true(rendered):
    video, truth = rendered(ONE)
    told = []
    found = replay(video, zone_of(ONE), pace_400_s=58.0, athlete="Ada", progress=told.append)
    (run,), (true,) = found.runs, truth.runs
    assert run.fly_s == pytest.approx(true.fly_s, abs=TRUE_S)
    assert run.marker2_s == pytest.approx(true.marker2_s, abs=HEAD_S)
    assert run.marker3_s - run.marker2_s == pytest.approx(run.fly_s, abs=SAME_S)
    assert (run.direction, run.athlete, run.flags) == ("left-to-right", "Ada", ())
    assert run.pace_ratio == pytest.approx(run.velocity_mps / pace_400_mps(58.0))
    assert (found.recording, found.frames, found.fly_m) == (video.name, truth.frames, 30.0)
    assert found.duration_s == pytest.approx(truth.duration_s, abs=0.002)
    assert (found.incomplete, found.warnings, found.time_scale) == ((), (), 1.0)
    assert 0 <= told[0] <= told[-1] <= 1
    assert all(a < b for a, b in pairwise(told))
    (timed,) = found.timed
    assert (timed.marker2.marker, timed.marker3.marker) == (2, 3)


def test_cones_of_another_day_and_how_the_zone_was_measured_are_in_the_run(rendered):
    video, _ = rendered(ONE)
    zone = zone_of(ONE)
    paced = replace(zone.profile, fly_by="paces", unconfirmed=True)
    (plain,), (doubted,) = (
        replay(video, replace(zone, profile=one)).runs for one in (zone.profile, paced)
    )
    assert doubted.flags == ("cones-unconfirmed",)
    assert (doubted.fly_s, doubted.fly_sigma_s) == (plain.fly_s, plain.fly_sigma_s)
    wider = hypot(plain.velocity_sigma_mps, 0.02 * plain.velocity_mps)
    assert doubted.velocity_sigma_mps == pytest.approx(wider)


def test_the_same_video_gives_the_same_digits(rendered):
    video, _ = rendered(ONE)
    assert times(replay(video, zone_of(ONE))) == times(replay(video, zone_of(ONE)))


def test_a_capture_rate_that_is_given_scales_once(rendered):
    """The frames' time passes half as fast; the speeds to look for with it."""
    video, truth = rendered(ONE)
    usual = replay(video, zone_of(ONE)).runs[0]
    found = replay(video, zone_of(ONE), capture_fps=2 * ONE.fps, speeds_mps=(6.0, 26.0))
    (run,) = found.runs
    assert found.time_scale == pytest.approx(0.5)
    assert run.fly_s == pytest.approx(truth.runs[0].fly_s / 2, abs=TRUE_S / 2)
    assert run.marker2_s == pytest.approx(usual.marker2_s, abs=TRUE_S)
    assert run.marker3_s - run.marker2_s == pytest.approx(2 * run.fly_s, abs=SAME_S)
    assert "unusual-speed" in run.flags


@pytest.mark.parametrize("speeds_mps", [(3.0, 7.0), (10.5, 13.0)])
def test_other_speeds_than_those_asked_for_are_no_runs(rendered, speeds_mps):
    video, _ = rendered(ONE)
    found = replay(video, zone_of(ONE), speeds_mps=speeds_mps)
    assert found.runs == found.incomplete == ()


def test_a_run_from_marker_3_to_marker_2_is_no_run(rendered):
    """The same video with the markers' names the other way round."""
    video, truth = rendered(ONE)
    zone = zone_of(replace(ONE, direction="right-to-left"))
    found = replay(video, zone)
    (passage,) = found.incomplete
    assert found.runs == ()
    assert (passage.reason, passage.direction) == ("reverse", "left-to-right")
    assert passage.velocity_mps == pytest.approx(truth.runs[0].velocity_mps, rel=0.01)
    assert passage.marker3_s < passage.marker2_s
    assert passage.flags == ("reverse",)


def test_nobody_in_the_picture_is_no_run(rendered):
    scene = replace(ONE, runs=0)
    found = replay(rendered(scene)[0], zone_of(scene))
    assert found.runs == found.incomplete == found.warnings == ()
    assert found.frames > 0


@pytest.mark.parametrize("size", ["960x544", "1920x1080", "540x960"])
def test_a_calibration_for_another_size_of_picture_is_refused(rendered, size):
    width, height = size.split("x")
    other = zone_of(replace(ONE, size=size))
    with pytest.raises(StationError, match=f"{width}x{height}.*960x540.*calibrate"):
        replay(rendered(ONE)[0], other)
