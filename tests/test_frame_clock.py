"""What a camera's own clock is believed, beside the arrivals of its pictures."""

from __future__ import annotations

import av
import numpy as np
import pytest

from hardware.camera import Shot
from station.frame_clock import FrameClock, Timeline

FPS, STREAMED_S = 30, 40.0


def last_seconds(rate: float, seconds: float, seed: int = 5) -> Timeline:
    """A stream whose clock goes so that `rate` seconds pass for each of its own."""
    rng = np.random.default_rng(seed)
    clock, shots = FrameClock("camera"), []
    late_s = 0.05 + rng.exponential(0.004, int(STREAMED_S * FPS))
    for n, delay_s in enumerate(late_s):
        own_s = n / FPS
        shots.append(
            Shot(av.Packet(), round(own_s * 1e9), round((100 + own_s * rate + delay_s) * 1e9))
        )
        clock.take(shots[-1])
    return clock.timeline(shots[-round(seconds * FPS) - 1 :])


@pytest.mark.parametrize("off", [0.0, 5e-5, 1e-3, 2e-3, 3.2e-3, -2e-3])
def test_what_a_clock_is_known_to_be_off_is_in_the_sigma(off: float) -> None:
    known = last_seconds(1 + off, 3.4)
    assert known.sigma_s == pytest.approx(3.4 * abs(off), abs=0.3e-3)


def test_twice_as_long_is_twice_as_uncertain() -> None:
    assert last_seconds(1.002, 6.8).sigma_s == pytest.approx(
        2 * last_seconds(1.002, 3.4).sigma_s, rel=0.01
    )


def streamed(delay_s, *, left_out=(), set_s=0.0, set_at_s=20.0, uneven_s=None, fps=FPS):
    """What is found of a camera whose clock is set, and the clock."""
    clock, shots, found = FrameClock("device"), [], []
    arrived_s = 0.0
    for n in range(len(delay_s)):
        if n in left_out:
            continue
        taken_s = n / fps
        arrived_s = max(arrived_s + 1e-4, taken_s + delay_s[n])
        stamp_s = taken_s + (set_s if taken_s >= set_at_s else 0.0)
        stamp_s += 0.0 if uneven_s is None else uneven_s[n]
        shots.append(Shot(av.Packet(), round(stamp_s * 1e9), round((100 + arrived_s) * 1e9)))
        if by_ns := clock.take(shots[-1]):
            found.append((taken_s, by_ns / 1e9))
    return found, clock, shots


@pytest.mark.parametrize("set_s", [-0.9, -0.15, -0.021, 0.021, 0.15, 0.5, 1.3])
@pytest.mark.parametrize("late_s", [0.001, 0.01])
def test_a_clock_that_is_set_is_found_within_a_second_and_doubted_across(set_s, late_s) -> None:
    rng = np.random.default_rng(round(1000 * abs(set_s)))
    delay_s = 0.05 + rng.exponential(late_s, 30 * FPS)
    [(at_s, by_s)], clock, shots = streamed(delay_s, set_s=set_s)
    assert 21.0 <= at_s < 21.0 + abs(set_s) + 0.2
    assert by_s == pytest.approx(set_s, abs=0.005)
    across = clock.timeline(shots[19 * FPS : 23 * FPS])
    assert across.set_s == pytest.approx(abs(set_s), abs=0.005)
    assert across.sigma_s >= across.set_s
    assert not across.wrong
    for begin, end in ((15, 19), (22, 26)):
        whole = clock.timeline(shots[begin * FPS : end * FPS])
        assert whole.set_s == 0.0
        assert whole.sigma_s < 0.001
        assert whole.at_ns(shots[end * FPS].pts_ns) / 1e9 == pytest.approx(
            100 + end + 0.05, abs=0.01
        )


@pytest.mark.parametrize("seed", range(12))
def test_no_network_and_no_camera_that_leaves_out_pictures_sets_a_clock(seed: int) -> None:
    """Stalls, bursts, long queues that drain, pictures left out, and stamps that are uneven."""
    rng = np.random.default_rng(seed)
    count = 120 * FPS
    at_s = np.arange(count) / FPS
    delay_s = 0.03 + rng.exponential(rng.choice([0.002, 0.01, 0.03]), count)
    for begun_s in rng.uniform(4.0, 110.0, 10):  # nothing comes for a while, then all at once
        stalled_s = rng.uniform(0.05, 2.5)
        stall = (at_s >= begun_s) & (at_s < begun_s + stalled_s)
        delay_s[stall] += (begun_s + stalled_s - at_s)[stall]
    for begun_s in rng.uniform(10.0, 100.0, 3):  # a queue grows, and drains
        long_s = rng.uniform(2.0, 8.0)
        delay_s += np.interp(at_s - begun_s, [0, 0.8 * long_s, long_s], [0, 0.4, 0], right=0.0)
    left_out = set(np.flatnonzero(rng.random(count) < 0.03).tolist())
    for begun_s in rng.uniform(4.0, 110.0, 8):
        left_out |= set(range(round(begun_s * FPS), round((begun_s + rng.uniform(0, 1)) * FPS)))
    uneven_s = rng.normal(0.0, rng.choice([0.0, 0.003]), count)
    found, _, _ = streamed(delay_s, left_out=left_out, uneven_s=uneven_s)
    assert found == []


@pytest.mark.parametrize("halt_s", [0.5, 1.5, 4.0])
def test_a_halt_is_in_the_sigma_until_it_is_known_what_it_held_up(halt_s: float) -> None:
    """Of a camera that stamps nothing; afterwards it costs nothing."""
    rng = np.random.default_rng(8)
    clock, shots = FrameClock("arrival"), []
    taken_s = np.arange(40 * FPS) / FPS
    held = (taken_s >= 20.0) & (taken_s < 20.0 + halt_s)
    arrived_s = np.where(held, 20.0 + halt_s, taken_s) + rng.exponential(0.004, len(taken_s))
    for n, at_s in enumerate(np.maximum.accumulate(arrived_s)):
        at_ns = round((100 + at_s) * 1e9) + n
        shots.append(Shot(av.Packet(), at_ns, at_ns))
        clock.take(shots[-1])
        since_s = at_s - 20.0 - halt_s
        if n % 5 == 0 and n > 8 * FPS:
            known = clock.timeline(shots[-7 * FPS :])
            final_s = np.array(known.final_ns) / 1e9
            took_s, told_s = taken_s[n] - taken_s[n + 1 - 7 * FPS], final_s[-1] - final_s[0]
            assert abs(took_s - told_s) < 1.1 * known.sigma_s + 0.001
            assert known.sigma_s < 0.003 or 0 <= since_s < 1.01
