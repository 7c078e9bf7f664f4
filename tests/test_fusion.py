"""One run from gates and camera: the interval covers, disagreement is kept, nothing is dropped."""

from __future__ import annotations

from math import hypot

import msgspec
import numpy as np
import pytest
from drills import FLY_M, FLY_S, S, at, run
from hypothesis import given
from hypothesis import strategies as st

from calibration.interval import INTERVAL_95
from station.flags import Flag
from station.fusion import Reading, fuse, in_words
from station.live.readings import run_of
from station.session.joining import (
    SAME_RUN_NS,
    joined,
    levelled,
    readings_of,
    same_run,
    shifted,
)

GATES, CAMERA = "gates, run 1", "video:/clips/a.mp4#1"
GATE_S, CAMERA_S = 0.003, 0.02
TRIALS = 4000
REACHES_BOTH = 1.25
"""From so many times the difference at which a disagreement begins."""
STEP_S, JUMP_S = 1e-8, 1e-5
COVERS = (0.945, 0.99)
"""Of 95 % intervals: those that disagree by chance are widened, and so cover more often."""


def reading(source, fly_s=FLY_S, sigma_s=GATE_S, **given):
    return Reading(source, 0, round(fly_s * S), fly_s, sigma_s, **given)


def both(gates_s=FLY_S, camera_s=FLY_S, **camera):
    camera = {"sigma_s": CAMERA_S, **camera}
    return fuse([reading(GATES, gates_s), reading(CAMERA, camera_s, **camera)])


def test_a_fused_time_is_weighted_by_variances_and_surer_than_either():
    fused = both(FLY_S, FLY_S + 0.01)
    share = CAMERA_S**-2 / (CAMERA_S**-2 + GATE_S**-2)
    assert fused.fly_s == pytest.approx(FLY_S + share * 0.01)
    assert fused.fly_sigma_s == pytest.approx((CAMERA_S**-2 + GATE_S**-2) ** -0.5)
    assert fused.flags == ()


def test_intervals_cover_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(7)
    for gate_s in (0.003, 0.015):
        read = rng.normal(FLY_S, (gate_s, CAMERA_S), (TRIALS, 2))
        found = [
            fuse([reading(GATES, gates, gate_s), reading(CAMERA, camera, CAMERA_S)])
            for gates, camera in read.tolist()
        ]
        near = [abs(one.fly_s - FLY_S) <= INTERVAL_95 * one.fly_sigma_s for one in found]
        assert COVERS[0] < np.mean(near) < COVERS[1]
        apart = np.mean([Flag.DEVICES_DISAGREE in one.flags for one in found])
        assert apart == pytest.approx(0.05, abs=0.015)


@given(st.floats(-0.4, 0.4), st.floats(0.001, 0.05), st.floats(0.001, 0.05))
def test_where_they_clearly_disagree_the_interval_reaches_both(apart_s, gate_s, camera_s):
    readings = reading(GATES, FLY_S, gate_s), reading(CAMERA, FLY_S + apart_s, camera_s)
    fused = fuse(readings)
    disagree = abs(apart_s) > INTERVAL_95 * hypot(gate_s, camera_s)
    assert (Flag.DEVICES_DISAGREE in fused.flags) == disagree
    assert min(FLY_S, FLY_S + apart_s) <= fused.fly_s + 1e-12
    assert fused.fly_s <= max(FLY_S, FLY_S + apart_s) + 1e-12
    if abs(apart_s) > REACHES_BOTH * INTERVAL_95 * hypot(gate_s, camera_s):
        for one in readings:
            assert abs(one.fly_s - fused.fly_s) <= INTERVAL_95 * fused.fly_sigma_s


@pytest.mark.parametrize("camera_s", [0.003, 0.01, 0.03])
def test_time_and_interval_do_not_jump_where_a_disagreement_begins(camera_s):
    begins_s = INTERVAL_95 * hypot(GATE_S, camera_s)
    under, over = (
        both(FLY_S, FLY_S + begins_s + step_s, sigma_s=camera_s) for step_s in (-STEP_S, STEP_S)
    )
    assert (under.flags, over.flags) == ((), (Flag.DEVICES_DISAGREE,))
    assert over.fly_s == pytest.approx(under.fly_s, abs=JUMP_S)
    assert over.fly_sigma_s == pytest.approx(under.fly_sigma_s, abs=JUMP_S)


@pytest.mark.parametrize("wrong_s", [(0.15, 0.0), (0.0, 0.15)], ids=["gates", "camera"])
def test_where_one_device_is_far_wrong_the_interval_covers_the_truth_whichever_it_is(wrong_s):
    rng = np.random.default_rng(7)
    read = FLY_S + np.array(wrong_s) + rng.normal(0, (GATE_S, CAMERA_S), (TRIALS, 2))
    found = [both(gates, camera) for gates, camera in read.tolist()]
    near = [abs(one.fly_s - FLY_S) <= INTERVAL_95 * one.fly_sigma_s for one in found]
    assert np.mean(near) > COVERS[0]


def test_a_reading_in_doubt_does_not_count_beside_a_sure_one():
    fused = both(FLY_S, FLY_S + 0.3, flags=(Flag.CAMERA_MOVED,))
    assert (fused.fly_s, fused.fly_sigma_s, fused.flags) == (FLY_S, GATE_S, ())
    readings = [
        reading(GATES, flags=(Flag.EDGES_LOST,)),
        reading(CAMERA, FLY_S + 0.3, CAMERA_S, flags=(Flag.CAMERA_MOVED,)),
    ]
    assert {Flag.EDGES_LOST, Flag.CAMERA_MOVED} <= set(fuse(readings).flags)


def test_of_one_kind_of_device_the_best_counts_alone():
    wide = reading("video:/clips/b.mp4#1", FLY_S + 0.01, 2 * CAMERA_S)
    fused = fuse([reading(CAMERA, FLY_S, CAMERA_S), wide])
    assert (fused.fly_s, fused.fly_sigma_s) == (FLY_S, CAMERA_S)


def test_what_is_wide_in_one_is_not_in_both():
    flags = (Flag.TORSO, Flag.WIDE_INTERVAL)
    assert both(flags=flags).flags == (Flag.TORSO,)
    assert fuse([reading(CAMERA, flags=flags)]).flags == flags


def test_the_zero_test_makes_a_cameras_time_the_gates_and_its_doubt_is_in_the_interval():
    off = reading(CAMERA, 1.01 * FLY_S, CAMERA_S, zero_ratio=0.01, zero_sigma_ratio=0.004)
    assert off.level_s == pytest.approx(FLY_S)
    assert off.level_sigma_s == pytest.approx(hypot(CAMERA_S, FLY_S * 0.004) / 1.01)
    assert fuse([reading(GATES), off]).fly_s == pytest.approx(FLY_S)


def test_readings_are_told_with_their_doubt():
    said = in_words([reading(GATES), reading(CAMERA, 3.7, CAMERA_S, flags=(Flag.CAMERA_MOVED,))])
    assert said == "gates 3.60 ± 0.01 s, camera 3.70 ± 0.04 s (in doubt)"


def gated(end_s=20, fly_s=FLY_S, **given):
    return run(end_s, fly_s, sigma_s=GATE_S, source=GATES, **given)


def filmed(end_s=20.2, fly_s=FLY_S, **given):
    given = {"direction": "left-to-right", "source": CAMERA, **given}
    return run(end_s, fly_s, sigma_s=CAMERA_S, **given)


@pytest.mark.parametrize("camera_first", [False, True])
def test_whichever_comes_first_the_run_is_the_same(camera_first):
    first, second = (filmed(), gated()) if camera_first else (gated(), filmed())
    one = joined(joined(None, first), second)
    other = joined(joined(None, second), first)
    assert msgspec.structs.replace(other, readings=()) == msgspec.structs.replace(one, readings=())
    assert {*one.readings} == {*other.readings} == {*readings_of(first), *readings_of(second)}
    assert one.marker3_ns == at(20)  # the recovery begins by the gates' clock
    assert (one.source, one.direction) == (CAMERA, "left-to-right")
    assert one.velocity_mps == pytest.approx(FLY_M / one.fly_s)


@pytest.mark.parametrize("camera_first", [False, True])
def test_the_zone_is_as_long_as_the_session_has_it_whichever_comes_last(camera_first):
    gates, camera = gated(), filmed()
    camera = msgspec.structs.replace(camera, velocity_mps=1.002 * camera.velocity_mps)
    first, second = (camera, gates) if camera_first else (gates, camera)
    one = joined(first, second)
    assert one.velocity_mps * one.fly_s == pytest.approx(FLY_M)
    again = joined(one, camera)  # its recording was timed again
    assert again.velocity_mps * again.fly_s == pytest.approx(FLY_M)


def test_a_reading_made_anew_takes_its_own_place_and_keeps_its_zero():
    before = joined(gated(), levelled(filmed(), 0.01, 0.004))
    after = joined(before, filmed(fly_s=3.65))
    assert [one.source for one in after.readings] == [GATES, CAMERA]
    assert after.readings[0] == before.readings[0]
    assert (after.readings[1].fly_s, after.readings[1].zero_ratio) == (3.65, 0.01)


def test_what_the_zero_test_had_found_ends_with_its_cones():
    """A camera whose cones were placed anew is not what was compared with the gates."""
    before = joined(gated(), levelled(filmed(), 0.02, 0.01))
    number, again = run_of(filmed(fly_s=gated().fly_s), {1: before}, {CAMERA: 1})
    assert number == 1
    assert [(one.zero_ratio, one.zero_sigma_ratio) for one in again.readings] == [(0, 0), (0, 0)]
    assert again.fly_s == pytest.approx(gated().fly_s)
    assert Flag.DEVICES_DISAGREE not in again.flags


def test_one_reading_alone_is_itself():
    assert joined(None, gated()) == gated()
    assert joined(gated(), gated(fly_s=3.5)) == gated(fly_s=3.5)


@pytest.mark.parametrize(
    ("new", "is_it"),
    [
        (filmed(), True),
        (filmed(20 + SAME_RUN_NS / S + 0.1), False),
        (filmed(flags=(Flag.OTHER_LANE,)), False),
        (gated(20.2), False),
        (filmed(when_known=False), False),
    ],
    ids=["near", "too late", "other lane", "same device", "time unknown"],
)
def test_which_readings_are_of_one_run(new, is_it):
    assert same_run(new, {7: gated()}) == (7 if is_it else None)


def test_of_two_runs_the_nearer_is_meant_and_none_that_has_its_reading():
    known = {1: gated(20), 2: gated(21)}
    assert same_run(filmed(20.8), known) == 2
    known[2] = joined(known[2], filmed(21.1))
    assert same_run(filmed(20.8, source="video:/clips/a.mp4#2"), known) == 1


def test_a_recording_that_is_timed_again_is_of_the_run_that_it_gave_before():
    """Whatever became of its instants, and whichever process asks."""
    known = {1: joined(gated(20), filmed(20.2)), 2: gated(50)}
    assert same_run(filmed(50.1, flags=(Flag.OTHER_LANE,)), known) == 1
    assert same_run(gated(20.1), {1: gated(20)}) is None  # a gate counts its runs anew


def test_how_late_a_device_may_be_is_the_callers_to_say():
    assert same_run(filmed(23.0), {7: gated()}) is None
    assert same_run(filmed(23.0), {7: gated()}, 4 * S) == 7


def test_another_count_of_time_moves_every_reading():
    moved = shifted(joined(gated(), filmed()), 5 * S)
    assert moved.marker3_ns == at(25)
    assert [one.marker3_ns for one in moved.readings] == [at(25), at(25.2)]
    assert moved.fly_s == joined(gated(), filmed()).fly_s
