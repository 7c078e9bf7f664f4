"""What recordings gave, for tests, in few words."""

from __future__ import annotations

from station.film.replay import Replay, Timed
from station.run import Run

FLY_M, FLY_S = 30.0, 3.6


def run_at(end_s, fly_s=FLY_S, sigma_s=0.01, flags=()):
    """A run that ends so many seconds after the first picture."""
    velocity_mps = FLY_M / fly_s
    return Run(
        marker2_s=end_s - fly_s,
        marker3_s=end_s,
        fly_s=fly_s,
        fly_sigma_s=sigma_s,
        repeat_sigma_s=sigma_s,
        lane_sigma_s=0.0,
        velocity_mps=velocity_mps,
        velocity_sigma_mps=velocity_mps * sigma_s / fly_s,
        direction="left-to-right",
        pace_400_mps=None,
        pace_ratio=None,
        athlete=None,
        flags=tuple(flags),
    )


def replayed(*runs, duration_s=8.0, **given):
    """What a recording with these runs gave; a number is the instant at which one ends."""
    timed = (one if isinstance(one, Run) else run_at(one) for one in runs)
    usual = {
        "recording": "fly30.mp4",
        "fly_m": FLY_M,
        "frames": 240,
        "duration_s": duration_s,
        "timed": tuple(
            Timed(run, None, None)  # type: ignore[arg-type]  # nothing here looks at a crossing
            for run in timed
        ),
        "incomplete": (),
        "warnings": (),
        "time_scale": 1.0,
        "first_pts_s": 0.0,
    }
    return Replay(**usual | given)
