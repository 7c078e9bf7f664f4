"""Which lane the feet tell of, and when they cannot be believed."""

from __future__ import annotations

import pytest
from drawn import crossing
from hypothesis import given
from hypothesis import strategies as st

from calibration.interval import INTERVAL_95
from station.flags import Flag
from station.lane import OURS, lane_of

LANE_M, DISTANCE_M = 1.22, 30.0
HIGH_SD_M, LOW_SD_M = 0.2, 3.0
"""How well feet are placed from 4 m up, and from the top of a low tripod."""


def lane(feet_m, *, sd_m=HIGH_SD_M, company=False, feet3_m=None):
    return lane_of(
        crossing(2, 1.0, feet_m=feet_m, feet_sd_m=sd_m),
        crossing(3, 4.5, feet_m=feet_m if feet3_m is None else feet3_m, feet_sd_m=sd_m),
        lane_width_m=LANE_M,
        distance_m=DISTANCE_M,
        company=company,
    )


def unknown(found):
    """Left open: at our lane, flagged, and uncertain by a good part of a lane."""
    assert (found.aside_m, found.flag) == (0.0, Flag.LANE_UNKNOWN)
    return 0.3 * LANE_M < found.sd_m < LANE_M


@pytest.mark.parametrize("company", [False, True])
@pytest.mark.parametrize("feet_m", [-0.15, 0.0, 0.15])
def test_feet_between_the_cones_are_in_our_lane(feet_m, company):
    assert lane(feet_m, company=company) == OURS


@pytest.mark.parametrize("company", [False, True])
def test_feet_in_the_far_lane_are_another_lane(company):
    found = lane(LANE_M, company=company)
    assert found.flag == Flag.OTHER_LANE
    # Seen from the same place, a metre in the far lane is less than a metre of ours.
    assert found.aside_m == pytest.approx(LANE_M * DISTANCE_M / (DISTANCE_M + LANE_M))


def test_feet_in_the_near_lane_are_another_lane_where_two_run():
    found = lane(-LANE_M, company=True)
    assert found.flag == Flag.OTHER_LANE
    assert found.aside_m == pytest.approx(-LANE_M * DISTANCE_M / (DISTANCE_M - LANE_M))


def test_a_shadow_of_one_alone_looks_like_the_near_lane_and_leaves_it_open():
    assert unknown(lane(-LANE_M))


@pytest.mark.parametrize("feet_m", [-LANE_M, -0.5, 0.0, 0.5, LANE_M])
def test_a_low_camera_takes_one_alone_to_be_in_our_lane_and_cannot_tell_two_apart(feet_m):
    assert lane(feet_m, sd_m=LOW_SD_M) == OURS
    assert unknown(lane(feet_m, sd_m=LOW_SD_M, company=True))


def test_half_way_between_two_lanes_nobody_is_put_into_either():
    assert unknown(lane(LANE_M / 2, sd_m=0.4, company=True))


@pytest.mark.parametrize("feet3_m", [-LANE_M, 0.0])
def test_markers_that_disagree_tell_nothing(feet3_m):
    assert lane(LANE_M, feet3_m=feet3_m) == OURS
    assert unknown(lane(LANE_M, feet3_m=feet3_m, company=True))


def test_feet_hidden_at_one_marker_are_read_at_the_other():
    hidden = crossing(2, 1.0, feet_m=0.0, feet_sd_m=1.2)
    clear = crossing(3, 4.5, feet_m=LANE_M, feet_sd_m=0.25)
    for first, last in ((hidden, clear), (clear, hidden)):
        found = lane_of(first, last, lane_width_m=LANE_M, distance_m=DISTANCE_M, company=True)
        assert found.flag == Flag.OTHER_LANE


@pytest.mark.parametrize("feet_m", [-0.5, -0.43, 0.5])
def test_an_interval_reaches_every_lane_that_is_not_ruled_out(feet_m):
    found = lane(feet_m, sd_m=0.5, company=True)
    assert found.flag == Flag.LANE_UNKNOWN
    assert INTERVAL_95 * found.sd_m > LANE_M


@given(
    feet_m=st.floats(-40, 40),
    feet3_m=st.floats(-40, 40),
    sd_m=st.floats(0.01, 60),
    company=st.booleans(),
)
def test_whatever_the_feet_say_there_is_one_answer(feet_m, feet3_m, sd_m, company):
    found = lane(feet_m, feet3_m=feet3_m, sd_m=sd_m, company=company)
    assert found.flag in (None, Flag.LANE_UNKNOWN, Flag.OTHER_LANE)
    assert (found.aside_m != 0) == (found.flag == Flag.OTHER_LANE)
    if not company:
        assert found.aside_m >= 0
