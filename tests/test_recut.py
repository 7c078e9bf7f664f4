"""However roughly a passing is seen, the clip that is timed is the same, and so are the digits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calibration.geometry import fit_zone
from calibration.profile import load_profile
from hardware.video import open_video
from station.simulator import Scene
from station.simulator.truth import calibration_path
from station.vision.clip import Clip
from station.vision.corridor import AROUND_MARKER_M, corridor_of
from station.vision.passages import marker_boxes
from station.vision.recut import time_recut
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

    def cut(passing: Passing) -> Clip:
        reach_s = AROUND_MARKER_M / abs(passing.velocity_mps)
        near = [
            (t, boxes[passing.marker])
            for t, boxes in frames
            if abs(t - passing.instant_s) <= reach_s
        ]
        return Clip(
            np.array([t for t, _ in near]),
            np.array([luma for _, luma in near]),
            corridor.markers[passing.marker],
            corridor.fine,
        )

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
