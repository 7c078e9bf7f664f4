"""However roughly a passing is seen, the clip that is timed is the same, and so are the digits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from calibration.geometry import fit_zone
from calibration.profile import load_profile
from hardware.video import open_video
from station.simulator import Scene
from station.simulator.truth import calibration_path
from station.vision.clip import Clip
from station.vision.corridor import AROUND_MARKER_M, corridor_of
from station.vision.passages import ANCHOR_FRAMES, anchors_of, cut_about, marker_boxes
from station.vision.recut import EARLIER_M, TIMED_M, time_recut, window_s
from station.vision.watch import Passing

TRIES = 12


def test_digits_do_not_depend_on_how_the_passing_was_seen(rendered):
    video, truth = rendered(Scene(size="640x360", fps=50, runs=1, seed=8))
    zone = fit_zone(load_profile(calibration_path(video)))
    corridor = corridor_of(zone)
    recording = open_video(video)
    frames = [
        ((frame.pts_ns - recording.first_pts_ns) * 1e-9, marker_boxes(corridor, frame.luma))
        for frame in recording.frames()
    ]
    chance = np.random.default_rng(5)

    anchors = anchors_of([boxes for _, boxes in frames[:ANCHOR_FRAMES]], corridor)

    def cut(passing: Passing, past_m: float) -> Clip:
        anchor = anchors[passing.marker]
        return cut_about(passing, past_m, frames, corridor, anchor, rotation_deg=0)

    (run,) = truth.runs
    for marker, at_s in ((2, run.marker2_s), (3, run.marker3_s)):
        seen = Passing(marker, at_s, run.velocity_mps, 1.0)
        (timed,) = time_recut(cut, zone, seen)
        for _ in range(TRIES):
            rougher = replace(
                seen,
                instant_s=at_s + chance.normal(0.0, 0.02),
                velocity_mps=run.velocity_mps * chance.uniform(0.9, 1.1),
            )
            (again,) = time_recut(cut, zone, rougher)
            assert [one.instant_s for one in again] == [one.instant_s for one in timed]


RUN, WALK = Passing(3, 10.0, 8.0, 1.0), Passing(3, 10.0, -2.0, 1.0)


def test_a_run_s_clip_lies_earlier_and_is_as_long():
    from_s, to_s = window_s(RUN, TIMED_M, 0.0)
    assert to_s == pytest.approx(10.0 + (TIMED_M - EARLIER_M) / 8.0)
    assert to_s - from_s == pytest.approx((AROUND_MARKER_M + TIMED_M) / 8.0)


def test_a_walk_s_clip_lies_evenly_about_the_marker():
    from_s, to_s = window_s(WALK, TIMED_M, 0.0)
    assert (from_s, to_s) == pytest.approx((10.0 - AROUND_MARKER_M / 2.0, 10.0 + TIMED_M / 2.0))


@pytest.mark.parametrize("begun_s", [9.5, 9.6, 11.0])
def test_what_was_not_filmed_before_is_looked_for_after(begun_s):
    from_s, to_s = window_s(RUN, TIMED_M, begun_s)
    earliest_s = 10.0 - AROUND_MARKER_M / 8.0
    assert from_s == pytest.approx(min(begun_s, earliest_s))
    assert to_s - from_s == pytest.approx((AROUND_MARKER_M + TIMED_M) / 8.0)
