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
