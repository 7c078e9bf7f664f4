"""Arrivals are made from a beat that is known, and the beat is to be found again."""

from __future__ import annotations

import numpy as np
import pytest

from calibration.frame_times import HELD_UP_S, frame_times

FLY_S = 3.5
JITTER_S = 0.0012  # as measured on loopback
COVERED = 0.9  # of 95 % intervals; they hold for stalls that are worse than those here


def arrivals(seed, rate_hz, seconds, *, drops=6, stalls=3, stall_s=0.08):
    """Beats of a camera and when its pictures arrived: late, held up together, some never."""
    chance = np.random.default_rng(seed)
    taken_s = np.arange(round(seconds * rate_hz)) / (rate_hz * (1 + 1e-4 * chance.normal()))
    late_s = np.abs(chance.normal(0, JITTER_S, len(taken_s)))
    # Not at the ends: whether what is late there is late or missing, only more time can tell.
    for first in chance.integers(70, len(taken_s) - round(HELD_UP_S[0] * rate_hz) - 20, stalls):
        until_s = taken_s[first] + stall_s
        held = (taken_s >= taken_s[first]) & (taken_s < until_s)
        late_s[held] = np.maximum(late_s[held], until_s - taken_s[held])
    arrived_s = np.maximum.accumulate(taken_s + late_s) + 1e-9 * np.arange(len(taken_s))
    came = np.ones(len(taken_s), bool)
    can_drop = np.arange(20, len(taken_s) - round(HELD_UP_S[0] * rate_hz) - 2 * drops)
    came[chance.choice(can_drop, drops, replace=False)] = False
    return taken_s[came], np.round(arrived_s[came] * 1e9).astype(np.int64)


@pytest.mark.parametrize(("rate_hz", "seconds"), [(30, 7), (60, 7), (60, 120), (240, 30)])
def test_the_time_between_two_pictures_is_found_within_what_is_said_of_it(rate_hz, seconds):
    errors_s, sigmas_s = [], []
    for seed in range(40):
        taken_s, arrival_ns = arrivals(seed, rate_hz, seconds)
        found = frame_times(arrival_ns)
        assert found.even
        assert found.missing == 6
        first = len(taken_s) // 3
        last = int(np.searchsorted(taken_s, taken_s[first] + FLY_S))
        took_s = (found.at_ns[last] - found.at_ns[first]) * 1e-9
        errors_s.append(took_s - (taken_s[last] - taken_s[first]))
        sigmas_s.append(found.sigma_s(FLY_S))
    covered = np.abs(errors_s) < 1.96 * np.array(sigmas_s) + 2e-9
    assert covered.mean() >= COVERED
    assert np.std(errors_s) < JITTER_S / 3


def test_a_camera_without_a_beat_keeps_its_arrivals_and_says_how_doubtful_they_are():
    chance = np.random.default_rng(1)
    arrival_ns = np.cumsum(chance.uniform(0.01, 0.09, 300) * 1e9).astype(np.int64)
    found = frame_times(arrival_ns)
    assert not found.even
    assert (found.at_ns == arrival_ns).all()
    assert found.sigma_s(FLY_S) > 0.015


@pytest.mark.parametrize("count", [1, 2, 3, 31])
def test_a_few_pictures_are_no_beat(count):
    arrival_ns = np.arange(count, dtype=np.int64) * 33_333_333
    assert not frame_times(arrival_ns).even


@pytest.mark.parametrize("stall_s", [0.3, 0.5, 0.9, 1.2, 2.5, 4.5])
@pytest.mark.parametrize("after_s", [0.5, 20.0])
def test_a_network_that_stood_still_for_longer_loses_no_count(stall_s, after_s):
    taken_s, arrival_ns = arrivals(3, 30, 40, drops=3, stalls=0)
    begun_s = taken_s[-1] - stall_s - after_s
    held = (taken_s >= begun_s) & (taken_s < begun_s + stall_s)
    burst_ns = np.where(held, round((begun_s + stall_s) * 1e9), arrival_ns)
    found = frame_times(np.maximum.accumulate(burst_ns) + np.arange(len(burst_ns)))
    assert found.even
    assert found.missing == 3
    off_s = (found.at_ns * 1e-9 - taken_s)[~held]
    assert np.ptp(off_s) < JITTER_S


@pytest.mark.parametrize("stall_s", [1.2, 2.5, 4.5])
@pytest.mark.parametrize("seed", range(5))
def test_what_is_lost_while_a_network_stands_still_is_missed_there_alone(stall_s, seed):
    taken_s, arrival_ns = arrivals(seed, 30, 40, drops=3, stalls=0)
    begun_s = 20.0
    held = (taken_s >= begun_s) & (taken_s < begun_s + stall_s)
    burst_ns = np.where(held, round((begun_s + stall_s) * 1e9), arrival_ns)
    came = ~held | (np.random.default_rng(seed).random(len(held)) < 0.5)
    found = frame_times(np.maximum.accumulate(burst_ns[came]) + np.arange(came.sum()))
    assert found.even
    assert found.missing == 3 + np.count_nonzero(~came)
    off_s = (found.at_ns * 1e-9 - taken_s[came])[~held[came]]
    assert np.ptp(off_s) < JITTER_S
