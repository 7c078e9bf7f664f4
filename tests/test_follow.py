"""Which crossing belongs to which: one runner among others, on trails drawn by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn import crossing
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.feet import LANES_APART_SD_M
from station.flags import Flag
from station.vision.follow import Follower, Sighted, Trail

FLY_M = 30.0
SPEEDS_MPS = (3.0, 13.0)
X_M = np.linspace(-4, 34, 190)
FPS = 30


def trail_of(*runs, seconds=16.0, hidden_m=(0.0, 0.0), keep_s=60.0):
    """A trail of bodies: each run is (instant at Marker 2, speed), backward ones negative."""
    trail = Trail(X_M, keep_s)
    t = np.arange(0, seconds, 1 / FPS)
    profile = np.zeros((len(t), len(X_M)), np.float32)
    for at_s, speed_mps in runs:
        profile[np.abs(X_M - speed_mps * (t[:, None] - at_s)) < 0.25] = 0.8
    profile[:, (hidden_m[0] < X_M) & (hidden_m[1] > X_M)] = 0
    trail.add(t, profile)
    return trail


def sightings(at2_s, speed_mps, strength=0.8):
    """A runner's passings in order of time."""
    found = [
        Sighted((crossing(marker, at2_s + at_m / speed_mps, speed_mps),), strength)
        for marker, at_m in ((2, 0.0), (3, FLY_M))
    ]
    return sorted(found, key=lambda one: one.best.instant_s)


def followed(trail, *groups, speeds_mps=SPEEDS_MPS):
    follower = Follower(trail, FLY_M, speeds_mps)
    for one in sorted((o for group in groups for o in group), key=lambda o: o.best.instant_s):
        follower.add(one)
    return follower.passages()


@pytest.mark.parametrize("speed_mps", [8.6, -8.6])
def test_one_runner_is_one_passage(speed_mps):
    at_s = 2.0 if speed_mps > 0 else 8.0
    run = sightings(at_s, speed_mps)
    pairs, alone = followed(trail_of((at_s, speed_mps)), run)
    assert pairs == [tuple(run)]
    assert alone == []
    assert pairs[0][0].best.marker == (2 if speed_mps > 0 else 3)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param((2.0, 8.0), (3.0, 8.0), id="one behind the other"),
        pytest.param((2.0, 8.0), (2.4, 8.2), id="close behind"),
        pytest.param((2.0, 7.6), (2.3, 9.3), id="overtaking"),
        pytest.param((2.0, 9.3), (2.3, 7.6), id="leaving behind"),
        pytest.param((2.0, 8.0), (8.0, -7.0), id="coming back"),
        pytest.param((2.0, 8.0), (6.5, -8.0), id="meeting half-way"),
    ],
)
def test_two_runners_are_not_swapped(first, second):
    runs = sightings(*first), sightings(*second)
    pairs, alone = followed(trail_of(first, second), *runs)
    assert pairs == sorted(map(tuple, runs), key=lambda pair: pair[0].best.instant_s)
    assert alone == []


def test_five_in_a_row_are_five():
    runs = [(1.0 + 0.7 * n, 8.0 + 0.1 * n) for n in range(5)]
    pairs, alone = followed(trail_of(*runs), *(sightings(*run) for run in runs))
    assert [pair[0].best.instant_s for pair in pairs] == [at_s for at_s, _ in runs]
    assert [pair[1].best.velocity_mps for pair in pairs] == [v for _, v in runs]
    assert alone == []


def test_who_is_seen_at_one_marker_only_stays_alone():
    first, last = sightings(2.0, 8.6)
    trail = trail_of((2.0, 8.6))
    assert followed(trail, [first]) == ([], [first])
    assert followed(trail, [last]) == ([], [last])
    assert followed(trail) == ([], [])


def test_a_crossing_without_a_partner_does_not_take_another_s():
    run, stranger = sightings(2.0, 8.6), sightings(2.5, 8.6)[:1]
    pairs, alone = followed(trail_of((2.0, 8.6)), run, stranger)
    assert pairs == [tuple(run)]
    assert alone == stranger


@pytest.mark.parametrize(
    "trail",
    [
        pytest.param(trail_of(), id="nothing moved"),
        pytest.param(trail_of((2.0, 8.6), hidden_m=(5, 30)), id="seen on a sixth of the way"),
        pytest.param(Trail(X_M, 60.0), id="nothing recorded"),
    ],
)
def test_no_runner_between_the_markers_no_passage(trail):
    run = sightings(2.0, 8.6)
    assert followed(trail, run) == ([], run)


def test_a_tree_in_front_of_the_zone_is_survived():
    run = sightings(2.0, 8.6)
    pairs, _ = followed(trail_of((2.0, 8.6), hidden_m=(10, 20)), run)
    assert pairs == [tuple(run)]


def test_speeds_that_no_one_runner_has_do_not_pair_wherever_something_moves():
    crowd = Trail(X_M, 60.0)
    crowd.add(np.arange(0, 10, 1 / FPS), np.ones((300, len(X_M)), np.float32))
    first, last = crossing(2, 2.0, 8.6), crossing(3, 2.0 + FLY_M / 8.6, 5.0)
    pairs, alone = followed(crowd, [Sighted((first,), 0.8), Sighted((last,), 0.8)])
    assert (pairs, len(alone)) == ([], 2)
    assert len(followed(crowd, sightings(2.0, 8.6))[0]) == 1


@pytest.mark.parametrize(("speeds_mps", "count"), [((3, 13), 1), ((9, 13), 0), ((3, 8), 0)])
def test_the_range_of_speeds_is_kept(speeds_mps, count):
    pairs, _ = followed(trail_of((2.0, 8.6)), sightings(2.0, 8.6), speeds_mps=speeds_mps)
    assert len(pairs) == count


@pytest.mark.parametrize("strength", [0.5, 0.9])
def test_one_body_seen_twice_counts_once_the_clearer_view(strength):
    run = sightings(2.0, 8.6, strength=0.7)
    again = Sighted((crossing(2, 2.01, 8.4),), strength)
    follower = Follower(trail_of((2.0, 8.6)), FLY_M, SPEEDS_MPS)
    for one in (run[0], again, run[1]):
        follower.add(one)
    pairs, alone = follower.passages()
    assert pairs == [(again if strength > 0.7 else run[0], run[1])]
    assert alone == []


def abreast(one):
    return replace(one, abreast=True)


def test_heads_told_apart_are_two_however_often_they_are_seen():
    behind, ahead = sightings(2.03, 8.6)[0], sightings(2.0, 8.6)[0]
    again = sightings(2.031, 8.6, strength=0.5)[0]
    seen = [abreast(one) for one in (ahead, behind, again)]
    _, alone = followed(trail_of(), seen)
    assert [one.best.instant_s for one in alone] == [2.0, 2.03]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_heads_told_apart_count_more_than_both_taken_for_one(order):
    ahead, behind = (abreast(sightings(at_s, 8.6, 0.5)[0]) for at_s in (2.0, 2.03))
    both = sightings(2.015, 8.6, strength=0.9)[0]
    follower = Follower(trail_of(), FLY_M, SPEEDS_MPS)
    for number in order:
        follower.add((ahead, behind, both)[number])
    assert follower.passages() == ([], [ahead, behind])


@pytest.mark.parametrize("marker", [2, 3])
def test_one_who_was_hidden_at_a_marker_shares_the_crossing_of_him_who_hid_him(marker):
    """Level at one marker, half a metre apart at the other."""
    late_s = 0.06
    first = sightings(2.0, 8.6)
    second = sightings(2.0, FLY_M / (FLY_M / 8.6 + late_s))
    if marker == 3:
        second = sightings(first[1].best.instant_s - FLY_M / 8.45, 8.45)
    kept = [second[1]] if marker == 2 else [second[0]]
    trail = trail_of((2.0, 8.6), (2.0, 8.45))
    pairs, alone = followed(trail, first, kept)
    assert alone == []
    shared = [pair[marker - 2].best for pair in pairs]
    seen = first[marker - 2].best
    assert {one.instant_s for one in shared} == {seen.instant_s}
    others = {pair[3 - marker].best.instant_s for pair in pairs}
    assert others == {first[3 - marker].best.instant_s, kept[0].best.instant_s}
    for one in shared:
        assert one.noise_s * 8.6 > 0.1
        assert one.feet_sd_m > LANES_APART_SD_M
        assert set(one.flags) == {Flag.LANE_UNKNOWN, Flag.OBSCURED}


def test_who_must_have_been_elsewhere_shares_nothing():
    run, other = sightings(2.0, 8.6), sightings(2.3, 8.6)[1]
    trail = trail_of((2.0, 8.6), (2.3, 8.6), (2.0, 8.0))
    pairs, alone = followed(trail, run, [other])
    assert pairs == [tuple(run)]
    assert alone == [other]


def test_two_who_meet_at_a_marker_are_not_one_body():
    there, back = crossing(2, 2.0, 8.6), crossing(2, 2.0, -8.6)
    _, alone = followed(trail_of(), [Sighted((there,), 0.8), Sighted((back,), 0.8)])
    assert len(alone) == 2


def test_the_cover_is_the_share_of_the_way_that_moved():
    first, last = (one.best for one in sightings(2.0, 8.6))
    assert trail_of((2.0, 8.6)).cover(first, last, FLY_M) == 1
    half = trail_of((2.0, 8.6), hidden_m=(-5, 15)).cover(first, last, FLY_M)
    assert half == pytest.approx(0.5, abs=0.05)
    # Somebody else's line crosses this one's for a moment only.
    assert trail_of((7.0, -8.6)).cover(first, last, FLY_M) < 0.1


def test_the_path_follows_a_runner_who_slows_down():
    trail = Trail(X_M, 60.0)
    t = np.arange(0, 8, 1 / FPS)
    x = 10 * (t - 1) - 0.35 * (t - 1) ** 2
    trail.add(t, (np.abs(X_M - x[:, None]) < 0.25).astype(np.float32))
    end_s = float(np.interp(FLY_M, x, t))
    first, last = crossing(2, 1.0, 10.0), crossing(3, end_s, 10 - 0.7 * (end_s - 1))
    assert trail.cover(first, last, FLY_M) == 1


def test_a_trail_forgets_what_is_too_old():
    first, last = (one.best for one in sightings(2.0, 8.6))
    assert trail_of((2.0, 8.6), keep_s=5.0).cover(first, last, FLY_M) == 0


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(st.sampled_from((2, 3)), st.floats(0, 15), st.floats(-13, 13).filter(abs)),
        max_size=8,
    )
)
def test_nobody_is_lost_and_nobody_counts_twice(seen):
    follower = Follower(trail_of((2.0, 8.6), (9.0, -6.0)), FLY_M, SPEEDS_MPS)
    for marker, instant_s, speed_mps in seen:
        follower.add(Sighted((crossing(marker, instant_s, speed_mps),), 0.5))
    pairs, alone = follower.passages()
    everyone = [one for pair in pairs for one in pair] + alone
    assert len(everyone) == len(set(everyone)) <= len(seen)
    assert all(a.best.instant_s < b.best.instant_s for a, b in pairs)
    assert [p[0].best.instant_s for p in pairs] == sorted(p[0].best.instant_s for p in pairs)
