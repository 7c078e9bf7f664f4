"""Two crossings combined on paper: what cancels, what adds up, and what is flagged."""

from __future__ import annotations

from math import hypot, sqrt

import numpy as np
import pytest
from drawn import crossing, head
from hypothesis import given
from hypothesis import strategies as st

from calibration.length import length_sd
from station.flags import Flag
from station.lane import OURS, Lane
from station.run import (
    HEAD_BEFORE_TORSO_M,
    MISFIT_SD_M,
    POINT_SD_M,
    WIDE_S,
    interval,
    length_sd_of,
    run_of,
    same_point,
)

FLY_M, SPEED_MPS = 30.0, 8.6
FLY_S = FLY_M / SPEED_MPS
LIKE_S = POINT_SD_M["head"] / SPEED_MPS
"""What is left between two heads seen alike."""
SAME_S = 1e-9


def pair(begin=None, end=None, *, begin_s=2.0, speed_mps=SPEED_MPS):
    return (
        crossing(2, begin_s, speed_mps, **(begin or {})),
        crossing(3, begin_s + FLY_M / speed_mps, speed_mps, **(end or {})),
    )


def run(first, last, **given):
    usual = {"fly_m": FLY_M, "lane_sd_m": 0.15, "direction": "left-to-right", "pace_mps": None}
    usual |= {"athlete": None, "on_file": lambda instant_s: instant_s}
    return run_of(first, last, **usual | given)


def test_two_crossings_alike_give_the_time_between_them():
    found = interval(*pair(), lane_sd_m=0.15)
    assert found.took_s == pytest.approx(FLY_S, abs=SAME_S)
    assert found.repeat_sigma_s == pytest.approx(hypot(0.001, 0.001, LIKE_S), abs=1e-6)
    assert found.lane_sigma_s == 0


def test_noise_adds_as_squares():
    found = interval(*pair({"noise_s": 0.003}, {"noise_s": 0.004}), lane_sd_m=0)
    assert found.repeat_sigma_s == pytest.approx(hypot(0.005, LIKE_S), rel=1e-9)


def test_what_the_camera_owes_to_both_markers_cancels():
    shared = {"d_pose_s": (0.02, -0.05, 0.01)}
    assert interval(*pair(shared, shared), lane_sd_m=0) == interval(
        *pair({"d_pose_s": (0,) * 3}, {"d_pose_s": (0,) * 3}), lane_sd_m=0
    )
    apart = interval(*pair({"d_pose_s": (0.02, 0.01)}, {"d_pose_s": (0.05, 0.05)}), lane_sd_m=0)
    noise_s = hypot(0.001, 0.001, LIKE_S)
    assert apart.repeat_sigma_s == pytest.approx(hypot(noise_s, 0.05), rel=1e-9)


@given(at2=st.floats(-0.2, 0.2), at3=st.floats(-0.2, 0.2), sd_m=st.floats(0, 0.6))
def test_the_lane_s_part_is_the_difference_times_its_spread(at2, at3, sd_m):
    found = interval(*pair({"d_lane_s_per_m": at2}, {"d_lane_s_per_m": at3}), lane_sd_m=sd_m)
    assert found.lane_sigma_s == pytest.approx(abs(at3 - at2) * sd_m, abs=1e-12)
    assert found.sigma_s == pytest.approx(hypot(found.repeat_sigma_s, found.lane_sigma_s))
    assert found.took_s == pytest.approx(FLY_S, abs=SAME_S)


def test_a_runner_a_metre_aside_is_timed_where_he_ran():
    slopes = {"d_lane_s_per_m": -0.05}, {"d_lane_s_per_m": 0.05}
    aside = interval(*pair(*slopes), 0.15, Lane(1.2, Flag.OTHER_LANE))
    assert aside.first_s == pytest.approx(2.0 - 0.06, abs=SAME_S)
    assert aside.took_s == pytest.approx(FLY_S + 0.12, abs=SAME_S)


@pytest.mark.parametrize("speed_mps", [8.6, -8.6])
@pytest.mark.parametrize("ahead_m", [-0.04, 0.05])
def test_the_same_point_of_the_head_is_timed(ahead_m, speed_mps):
    """The second middle lies `ahead_m` behind the head's own, so it came by so much too late."""
    late_s = ahead_m / speed_mps
    first = crossing(2, 2.0, speed_mps)
    last = crossing(3, 5.0 + late_s, speed_mps, silhouette=head(ahead_m))
    found = interval(first, last, 0.0)
    assert found.took_s == pytest.approx(3.0, abs=2e-4)
    assert found.first_s == pytest.approx(2.0 + late_s / 2, abs=1e-4)


def test_how_differently_a_head_was_seen_is_in_its_uncertainty():
    slim = interval(*pair({}, {"silhouette": head(half_m=(0.13, 0.06))}), 0.0)
    # Root of what is over the noise: a point spread of several millimetres, not more than 3 cm.
    point_m = SPEED_MPS * sqrt(slim.repeat_sigma_s**2 - 2 * 0.001**2)
    assert POINT_SD_M["head"] + 0.1 * MISFIT_SD_M < point_m < POINT_SD_M["head"] + MISFIT_SD_M


def test_a_head_and_a_trunk_are_not_one_point():
    found = interval(*pair({}, {"point": "torso"}), 0.0)
    assert found.took_s == pytest.approx(FLY_S, abs=SAME_S)
    assert found.repeat_sigma_s > HEAD_BEFORE_TORSO_M / SPEED_MPS


def test_a_point_at_two_heights_is_less_certain():
    level, lower = (
        interval(*pair({}, {"height_m": 1.65 - drop, "silhouette": head()}), 0.0).repeat_sigma_s
        for drop in (0.05, 0.30)
    )
    assert lower > 5 * level


def test_the_same_body_point_is_chosen_at_both_markers():
    heads = crossing(2, 2.0), crossing(3, 5.0)
    trunks = [crossing(marker, 3.0 * marker, point="torso") for marker in (2, 3)]
    assert same_point((trunks[0], heads[0]), (heads[1], trunks[1])) == heads


def test_a_noisy_head_yields_to_a_trunk_seen_well():
    first = crossing(2, 2.0, noise_s=0.05), crossing(2, 2.01, point="torso")
    last = crossing(3, 5.0), crossing(3, 5.01, point="torso")
    assert same_point(first, last) == (first[1], last[1])


@given(
    begin_s=st.floats(0, 36_000),
    ahead_m=st.floats(-0.06, 0.06),
    aside_m=st.floats(-1.3, 1.3),
    slope=st.floats(-0.1, 0.1),
)
def test_the_markers_instants_and_the_fly_time_agree(begin_s, ahead_m, aside_m, slope):
    first, last = pair(
        {"d_lane_s_per_m": slope},
        {"silhouette": head(ahead_m), "d_lane_s_per_m": -slope},
        begin_s=begin_s,
    )
    found = run(first, last, lane=Lane(aside_m, Flag.OTHER_LANE))
    assert found.marker3_s - found.marker2_s == pytest.approx(found.fly_s, abs=SAME_S)
    assert found.velocity_mps == pytest.approx(FLY_M / found.fly_s)


def test_slow_motion_is_on_the_file_s_clock_at_the_markers_and_real_in_between():
    found = run(*pair(), on_file=lambda instant_s: 0.5 + 8 * instant_s)
    assert found.marker2_s == pytest.approx(0.5 + 8 * 2.0)
    assert found.marker3_s - found.marker2_s == pytest.approx(8 * FLY_S)
    assert found.fly_s == pytest.approx(FLY_S, abs=SAME_S)


@pytest.mark.parametrize("lane_sd_m", [0.0, 0.15])
def test_the_velocity_s_uncertainty_follows_the_time_s(lane_sd_m):
    first, last = pair({"d_lane_s_per_m": -0.06}, {"d_lane_s_per_m": 0.06})
    found = run(first, last, lane_sd_m=lane_sd_m)
    assert found.fly_sigma_s == pytest.approx(hypot(found.repeat_sigma_s, found.lane_sigma_s))
    draws_s = found.fly_s + found.fly_sigma_s * np.random.default_rng(1).standard_normal(100_000)
    assert found.velocity_sigma_mps == pytest.approx(np.std(FLY_M / draws_s), rel=0.02)


def test_the_pace_is_compared():
    assert run(*pair()).pace_ratio is None
    found = run(*pair(), pace_mps=7.0, athlete="Ada")
    assert found.pace_ratio == pytest.approx(SPEED_MPS / 7.0)
    assert (found.pace_400_mps, found.athlete) == (7.0, "Ada")


def test_a_clean_run_has_no_flags():
    assert run(*pair()).flags == ()


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"end": {"noise_s": 1.2 * WIDE_S}}, Flag.WIDE_INTERVAL),
        ({"begin": {"point": "torso"}, "end": {"point": "torso"}}, Flag.TORSO),
        ({"speed_mps": 4.9}, Flag.UNUSUAL_SPEED),
        ({"speed_mps": 12.6}, Flag.UNUSUAL_SPEED),
    ],
)
def test_a_doubt_of_the_run_s_own_numbers(changes, flag):
    assert run(*pair(**changes)).flags == (flag,)


def test_doubts_of_crossings_and_lane_come_along_each_once_in_order():
    first, last = pair(
        {"flags": (Flag.OBSCURED, Flag.FEW_FRAMES)}, {"flags": (Flag.CAMERA_MOVED, Flag.OBSCURED)}
    )
    found = run(first, last, lane=Lane(0.0, Flag.LANE_UNKNOWN))
    assert found.flags == (Flag.CAMERA_MOVED, Flag.FEW_FRAMES, Flag.LANE_UNKNOWN, Flag.OBSCURED)


def test_a_wide_lane_alone_is_no_doubt():
    slopes = {"d_lane_s_per_m": -0.12}, {"d_lane_s_per_m": 0.12}
    found = run(*pair(*slopes), lane=OURS)
    assert found.lane_sigma_s > 3 * WIDE_S
    assert found.flags == ()


def test_how_the_zone_was_measured_is_in_the_velocity_alone():
    by_tape, by_paces = (run(*pair(), length_sd=length_sd(by)) for by in ("tape", "paces"))
    assert by_paces.fly_sigma_s == by_tape.fly_sigma_s
    assert by_paces.velocity_sigma_mps == pytest.approx(
        by_paces.velocity_mps * hypot(by_paces.fly_sigma_s / by_paces.fly_s, 0.02)
    )
    assert length_sd_of(by_paces) == pytest.approx(0.02)
    assert length_sd_of(run(*pair())) == pytest.approx(0.0, abs=1e-6)
