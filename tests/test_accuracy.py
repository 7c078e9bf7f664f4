"""Fly times of rendered runners against their exact truth, with seeds that nobody developed on."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, permutations
from math import sqrt

import pytest

from calibration.geometry import fit_zone
from calibration.interval import INTERVAL_95
from calibration.profile import load_profile
from station.film.replay import replay
from station.film.selftest import LEAST_COVERED, MOST_COVERED, OFF_CENTRE, seeded
from station.flags import Flag
from station.simulator import Scene

RMS_S, WORST_S, DIM_WORST_S = 0.002, 0.005, 0.010
LARGEST_REPEAT_SIGMA_S = 0.005
LANES = {Flag.LANE_UNKNOWN, Flag.OTHER_LANE}
FIRST_SEED = 710_000

ONE = Scene(runs=1, walk_back=False, rest_s=0.4, idle_s=0.6)
RATES_FPS = (30, 60, 240)
PLACES = (("mid", 1.5), ("marker2", 1.0), ("marker3", 2.5), ("mid", 4.0))
TALL_PX = (36, 50, 65, 88)


def _matrix():
    """Every rate with every zone length; the other settings take turns."""
    places, ways, tall = cycle(PLACES), cycle(("left-to-right", "right-to-left")), cycle(TALL_PX)
    sizes = cycle(("1280x720", "1920x1080"))
    scenes = {}
    for fps in RATES_FPS:
        for fly_m in (30, 40, 50):
            position, height_m = next(places)
            size = "1280x720" if fps == max(RATES_FPS) else next(sizes)
            width_px = int(size.split("x")[0])
            fits_px = min(next(tall), int(1.75 * width_px / (1.15 * fly_m + 3)))
            scenes[f"{fly_m} m, {fps} fps, {size}, {position}, {height_m} m, {fits_px} px"] = (
                replace(
                    ONE, fps=fps, fly_m=fly_m, size=size, camera_position=position,
                    camera_height_m=height_m, camera_distance_m=fly_m, direction=next(ways),
                    runner_px=fits_px, readout_ms=4 if fps == max(RATES_FPS) else 16,
                    speed_mps=7.5 + len(scenes) / 4, runs=2 if fps == min(RATES_FPS) else 1,
                )
            )  # fmt: skip
    return scenes


def _numbered(scenes, first_seed):
    return {name: replace(s, seed=first_seed + n) for n, (name, s) in enumerate(scenes.items())}


GOOD_LIGHT = _numbered(_matrix(), FIRST_SEED)
DIM = _numbered(
    {
        "30 fps": replace(ONE, dim=True, runs=2),
        "60 fps, leftwards": replace(ONE, dim=True, fps=60, direction="right-to-left"),
        "40 m, 1080p, beside Marker 2": replace(
            ONE, dim=True, fly_m=40, size="1920x1080", camera_position="marker2",
            camera_height_m=2.5,
        ),
        "30 fps, poor contrast": replace(ONE, dim=True, contrast="poor"),
    },
    FIRST_SEED + 100,
)  # fmt: skip
TWO = replace(ONE, runs=2, walk_back=True, rest_s=6.0)
COMPANY = _numbered(
    {
        "walks back": replace(TWO, rest_s=14.0),
        "coach at Marker 2, low sun": replace(
            TWO, coach="marker2", coach_side="near", sun=True, sun_elevation_deg=10.0
        ),
        "coach at Marker 3, low sun from the side, leftwards": replace(
            TWO, coach="marker3", direction="right-to-left", camera_height_m=3.0,
            sun=True, sun_azimuth_deg=180.0,
        ),
        "nobody runs, coach, leaves": replace(
            ONE, runs=0, coach="marker2", leaves_px=5.0, idle_s=8.0
        ),
    },
    FIRST_SEED + 200,
)  # fmt: skip
SECOND = _numbered(
    {
        "behind in the far lane": replace(ONE, second="far", second_offset_s=1.2),
        "close behind in the far lane": replace(ONE, second="far", second_offset_s=0.35),
        "ahead in the near lane": replace(ONE, second="near", second_offset_s=-0.8),
        "close behind in the near lane, from above": replace(
            ONE, second="near", second_offset_s=0.3, camera_height_m=4.0
        ),
    },
    FIRST_SEED + 300,
)
LEVEL = _numbered(
    {
        "near, 0.15 s behind": replace(ONE, second="near", second_offset_s=0.15),
        "near, level at first": replace(ONE, second="near", second_offset_s=0.0),
        "far, level, from above": replace(
            ONE, second="far", second_offset_s=0.0, camera_height_m=3.5
        ),
        "far, ahead, leftwards, 60 fps": replace(
            ONE, second="far", second_offset_s=-0.1, fps=60, camera_height_m=2.5,
            direction="right-to-left",
        ),
    },
    FIRST_SEED + 400,
)  # fmt: skip
DRAWN = seeded(OFF_CENTRE, FIRST_SEED)
"""Lateral offsets from the prior that a calibration states."""


def rms_s(errors_s):
    return sqrt(sum(error**2 for error in errors_s) / len(errors_s))


def faultless(outcome):
    assert (outcome.missed, outcome.false) == (0, 0)
    return outcome.measured


@pytest.mark.parametrize("name", DRAWN)
def test_every_run_off_the_centre_is_found(held, name):
    assert len(faultless(held(DRAWN[name]))) == DRAWN[name].runs


@pytest.mark.parametrize("name", GOOD_LIGHT)
def test_a_clean_run(held, name):
    for run in faultless(held(GOOD_LIGHT[name])):
        assert abs(run.error_s) <= WORST_S
        assert run.repeat_sigma_s <= LARGEST_REPEAT_SIGMA_S


@pytest.mark.parametrize("name", DIM)
def test_a_run_in_poor_light_with_motion_blur(held, name):
    for run in faultless(held(DIM[name])):
        assert abs(run.error_s) <= DIM_WORST_S


@pytest.mark.parametrize("name", COMPANY)
def test_nothing_but_the_runs_is_found(held, name):
    measured = faultless(held(COMPANY[name]))
    assert len(measured) == COMPANY[name].runs
    assert all(abs(run.error_s) <= WORST_S for run in measured)


@pytest.mark.parametrize("name", SECOND)
def test_a_second_runner_is_a_run_of_its_own(held, name):
    (run,) = faultless(held(SECOND[name]))
    assert abs(run.error_s) <= DIM_WORST_S


@pytest.mark.parametrize("name", LEVEL)
def test_of_two_who_run_level_each_is_a_run(rendered, name):
    """Which is which the picture need not tell; then it says so, and the interval says it too."""
    video, truth = rendered(LEVEL[name])
    found = replay(video, fit_zone(load_profile(video.with_suffix(".toml"))))
    assert len(found.runs) == 2
    assert found.incomplete == ()
    assert any(LANES & set(run.flags) for run in found.runs)

    def off_sds(run, true):
        return abs(run.fly_s - true.fly_s) / run.fly_sigma_s

    assert min(
        max(off_sds(run, true) for run, true in zip(order, truth.runs, strict=True))
        for order in permutations(found.runs)
    ) <= INTERVAL_95  # fmt: skip
    (own,) = (true for true in truth.runs if true.lane == "own")
    assert any(
        abs(run.fly_s - own.fly_s) <= max(DIM_WORST_S, INTERVAL_95 * run.repeat_sigma_s)
        for run in found.runs
    )


@pytest.mark.parametrize("rates_fps", [RATES_FPS, *((rate,) for rate in RATES_FPS)])
def test_the_error_over_the_set_is_no_larger_at_a_low_rate(held, rates_fps):
    scenes = [scene for scene in GOOD_LIGHT.values() if scene.fps in rates_fps]
    errors_s = [run.error_s for scene in scenes for run in held(scene).measured]
    assert len(errors_s) == sum(scene.runs for scene in scenes)
    assert rms_s(errors_s) <= RMS_S


def test_the_interval_covers_the_truth_as_often_as_it_says(held):
    measured = [run for scene in DRAWN.values() for run in held(scene).measured]
    assert len(measured) >= 100
    share = sum(run.covered for run in measured) / len(measured)
    assert LEAST_COVERED <= share <= MOST_COVERED
