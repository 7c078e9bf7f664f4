"""Who passed a marker: bars drawn into a noisy strip are found; all that is no run is not."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import GREY, draw_body, to_luma, zone_of
from hypothesis import given, settings
from hypothesis import strategies as st

from station.simulator import Scene
from station.vision.corridor import corridor_of, shrink
from station.vision.watch import LINE_M, MOVED_M, Watch, motion_profile, passings

SCENE = Scene(size="640x360")
ZONE = zone_of(SCENE)
CORRIDOR = corridor_of(ZONE)
SPEEDS_MPS = (3.0, 13.0)
NOISE = 2.0
CLOSE_S, CLOSE_SPEED = 0.05, 0.10
"""What `Passing` promises,"""
IRREGULAR_SPEED = 0.15
"""and what is left of it where frames come as they please."""


def times(fps, seconds, *, rng=None):
    """Instants of frames; irregular by a third of a frame, one in ten lost, with a generator."""
    t = np.arange(0, seconds, 1 / fps)
    if rng is None:
        return t
    return (t + rng.uniform(0, 0.33 / fps, len(t)))[rng.random(len(t)) > 0.1]


def film(instants_s, *places, flicker=0.0, texture=15.0):
    """Noisy pictures of a textured wall with bodies where `places` (functions of time) say."""
    rng = np.random.default_rng(7)
    wall = np.float32(GREY) + np.float32(texture) * rng.standard_normal((360, 640), np.float32)
    grain = np.float32(NOISE) * rng.standard_normal((720, 640), np.float32)
    for t in instants_s:
        picture = wall.copy()
        for place in places:
            draw_body(picture, ZONE, place(t))
        picture *= np.float32(1 + flicker * np.sin(2 * np.pi * 1.7 * t))
        row = rng.integers(360)
        yield to_luma(picture + grain[row : row + 360])


def watched(instants_s, pictures, speeds_mps=SPEEDS_MPS):
    watch = Watch(CORRIDOR, speeds_mps, ZONE.fly_m)
    due = [watch.look(float(t), luma) for t, luma in zip(instants_s, pictures, strict=True)]
    due.append(watch.finish())
    return [passing for one in due if one for passing in watch.settle(one).passings]


def runner(at_s, speed_mps, *, at_m=0.0):
    return lambda t: at_m + speed_mps * (t - at_s)


@pytest.mark.parametrize("speed_mps", [8.6, -8.6])
@pytest.mark.parametrize("fps", [30, 60])
@pytest.mark.parametrize("irregular", [False, True])
def test_a_runner_is_found_at_both_markers(speed_mps, fps, irregular):
    t = times(fps, 5.0, rng=np.random.default_rng(fps) if irregular else None)
    first_s, took_s = 0.7, ZONE.fly_m / abs(speed_mps)
    at_m = 0.0 if speed_mps > 0 else ZONE.fly_m
    found = watched(t, film(t, runner(first_s, speed_mps, at_m=at_m)))
    assert [one.marker for one in found] == ([2, 3] if speed_mps > 0 else [3, 2])
    for one, at_s in zip(found, (first_s, first_s + took_s), strict=True):
        assert one.instant_s == pytest.approx(at_s, abs=CLOSE_S)
        close = IRREGULAR_SPEED if irregular else CLOSE_SPEED
        assert one.velocity_mps == pytest.approx(speed_mps, rel=close)
        assert one.strength > 0.5


@pytest.mark.parametrize("speed_mps", [4.0, 12.0])
def test_slow_and_fast_runs_are_found(speed_mps):
    t = times(30, 3.0)
    (one,) = watched(t, film(t, runner(1.5, speed_mps)))
    assert one.instant_s == pytest.approx(1.5, abs=CLOSE_S)
    assert one.velocity_mps == pytest.approx(speed_mps, rel=CLOSE_SPEED)


def test_a_walk_is_found_where_it_is_asked_for():
    t = times(10, 10.0)
    (one,) = watched(t, film(t, runner(5.0, 1.4)), speeds_mps=(0.5, 13.0))
    assert one.instant_s == pytest.approx(5.0, abs=0.15)
    assert one.velocity_mps == pytest.approx(1.4, rel=CLOSE_SPEED)


def test_a_fast_runner_is_told_before_a_slow_one_could_be_and_once():
    t = times(30, 5.2)
    watch, told = Watch(CORRIDOR, SPEEDS_MPS, ZONE.fly_m), []
    for at_s, luma in zip(t, film(t, runner(1.9, 8.6)), strict=True):
        due = watch.look(float(at_s), luma)
        told += [(at_s, one.instant_s) for one in watch.settle(due).passings] if due else []
    last = watch.finish()
    assert last is not None
    assert not watch.settle(last).passings
    ((at_s, instant_s),) = told
    assert instant_s == pytest.approx(1.9, abs=CLOSE_S)
    assert at_s - instant_s < (LINE_M + MOVED_M) / SPEEDS_MPS[0]


def test_two_runners_a_second_apart_are_two():
    t = times(30, 3.2)
    found = watched(t, film(t, runner(1.0, 8.6), runner(2.0, 8.6)))
    assert [one.instant_s for one in found] == pytest.approx([1.0, 2.0], abs=CLOSE_S)


def test_two_who_meet_near_a_marker_are_two():
    t = times(30, 3.0)
    found = watched(t, film(t, runner(1.2, 8.6), runner(1.8, -7.0)))
    assert [np.sign(one.velocity_mps) for one in found] == [1, -1]


@pytest.mark.parametrize(
    ("places", "look"),
    [
        pytest.param((), {}, id="nobody"),
        pytest.param((), {"texture": 0.0}, id="nobody before a smooth wall"),
        pytest.param((lambda _: 0.2,), {}, id="coach"),
        pytest.param((), {"flicker": 0.25}, id="flicker"),
        pytest.param((lambda _: -0.3,), {"flicker": 0.25}, id="coach in flicker"),
        pytest.param((lambda t: 0.5 * np.sin(2 * np.pi * 1.5 * t),), {}, id="to and fro"),
        pytest.param((lambda t: 30 + 0.2 * np.sin(2 * np.pi * 3 * t),), {}, id="on the spot"),
        pytest.param((runner(2.5, 1.5),), {}, id="walker"),
        pytest.param((runner(2.5, -1.5, at_m=30),), {}, id="walker back"),
    ],
)
def test_nothing_is_found_where_nobody_runs(places, look):
    t = times(30, 5.0)
    assert watched(t, film(t, *places, **look)) == []


def test_a_runner_is_found_past_a_coach_in_flickering_light():
    t = times(30, 3.0)
    found = watched(t, film(t, lambda _: -1.2, runner(1.5, 8.6), flicker=0.1))
    assert [one.instant_s for one in found] == pytest.approx([1.5], abs=CLOSE_S)


def test_stretch_by_stretch_gives_what_one_go_gives():
    t = times(30, 14.0)
    starts_s = (0.8, 3.3, 5.9, 8.2, 12.9)  # on, and between, the ends of stretches
    pictures = list(film(t, *(runner(start_s, 8.0) for start_s in starts_s)))
    coarse = np.array([shrink(CORRIDOR.box.cut(p), CORRIDOR.step) for p in pictures])
    profile = motion_profile(t, coarse, 0, len(t), CORRIDOR, 0.2)
    at_once = passings(t, profile, CORRIDOR, SPEEDS_MPS, ZONE.fly_m)
    streamed = watched(t, pictures)
    assert [p.marker for p in streamed] == [p.marker for p in at_once]
    assert len([p for p in streamed if p.marker == 2]) == len(starts_s)
    assert [p.instant_s for p in streamed] == pytest.approx(
        [p.instant_s for p in at_once], abs=1.01 / 30
    )


def test_timestamps_that_leap_by_a_thousand_years_are_as_long_as_the_pictures_last():
    t = times(30, 6.0)
    pictures = list(film(t, runner(1.0, 8.0), runner(4.0, 8.0)))
    later_s = 1e9 * 30
    found = watched(np.where(t < 2.9, t, t + later_s), pictures)
    at2_s = [one.instant_s for one in found if one.marker == 2]
    assert at2_s == pytest.approx([1.0, 4.0 + later_s], abs=CLOSE_S)


def test_every_frame_is_settled_once_in_order():
    t = times(30, 9.0)
    watch = Watch(CORRIDOR, SPEEDS_MPS, ZONE.fly_m)
    luma = np.full((360, 640), 90, np.uint8)
    due = [one for s in t if (one := watch.look(float(s), luma))]
    settled = [watch.settle(one) for one in (*due, watch.finish())]  # all later than looked at
    for one in settled:
        assert one.profile.shape == (len(one.instants_s), len(CORRIDOR.x_m))
    assert np.concatenate([one.instants_s for one in settled]).tolist() == t.tolist()


def test_passings_come_within_the_promised_delay():
    t = times(30, 9.0)
    watch = Watch(CORRIDOR, SPEEDS_MPS, ZONE.fly_m)
    for s, luma in zip(t, film(t, runner(1.0, 8.0), runner(3.0, 8.0)), strict=True):
        due = watch.look(float(s), luma)
        for one in watch.settle(due).passings if due else ():
            assert s - one.instant_s <= watch.delay_s


def test_nothing_seen_is_nothing_settled():
    assert Watch(CORRIDOR, SPEEDS_MPS, ZONE.fly_m).finish() is None


@settings(deadline=None, max_examples=25)
@given(
    gaps=st.lists(st.floats(0.001, 4.0), min_size=1, max_size=12),
    levels=st.lists(st.sampled_from((0, 3, 128, 255)), min_size=1, max_size=4),
)
def test_blank_pictures_at_wild_times_do_no_harm(gaps, levels):
    t = np.cumsum(gaps)
    pictures = (np.full((360, 640), levels[n % len(levels)], np.uint8) for n in range(len(t)))
    assert all(one.strength <= 1 for one in watched(t, pictures))
