"""Steps per minute from taps along with a runner, in 400 m pace reps (pure).

It decides the rate, its uncertainty, and where that stands among the training text's ranges. It
never guesses which steps were tapped, and is not for flies: at top speed nobody tries to change
the stride rate.

The text's "strides per minute" are steps: 233 to 250 a minute at 9 m/s are steps of about 2.2 m.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median
from typing import Literal

from calibration.interval import INTERVAL_95

FEWEST_TAPS = 6
PAUSE_S = 2.0  # whoever pauses longer begins a new count
BOUNCE = 0.35  # of the usual gap: what follows sooner is the same tap
MISSED = 1.75  # of the usual gap: from here on a step went without a tap
# How far taps are off the beat. Few taps say little about it, so what is known of tapping stands in
# for some: 30 ms, our estimate for someone untrained on beats this fast, counted as 4 more taps.
USUAL_SD_S = 0.03
USUAL_TAPS = 4
# A tapper who is late stays late for some taps: errors correlate by 0.5 or so (our estimate),
# which widens the rate's error by sqrt((1 + 0.5) / (1 - 0.5)).
CORRELATED = 3.0**0.5

RANGES_PER_MIN = (
    (0.0, 150.0, "too slow for every step of a sprint: were they one foot's?"),
    (150.0, 200.0, "below what an 800 m runner averages (200–215)"),
    (200.0, 215.0, "what an 800 m runner averages (200–215)"),
    (215.0, 233.0, "above an 800 m runner's (200–215), below a 400 m sprinter's (233–250)"),
    (233.0, 250.0, "what a 400 m sprinter averages (233–250)"),
    (250.0, float("inf"), "above what a 400 m sprinter averages (233–250)"),
)


@dataclass(frozen=True, slots=True)
class StepRate:
    """How fast the feet go.

    Attributes:
        steps_per_min: The rate.
        sigma_per_min: Its standard deviation.
        taps: How many it rests on.
    """

    steps_per_min: float
    sigma_per_min: float
    taps: int

    def stands(self) -> str:
        """Where the 95 % interval lies among the text's ranges: one of them, or each it reaches."""
        low = self.steps_per_min - INTERVAL_95 * self.sigma_per_min
        high = self.steps_per_min + INTERVAL_95 * self.sigma_per_min
        return ", or ".join(
            words for least, most, words in RANGES_PER_MIN if low < most and high > least
        )


def step_rate(taps_ns: Sequence[int], steps_per_tap: Literal[1, 2] = 1) -> StepRate | None:
    """The rate of steps that were tapped along with.

    Args:
        taps_ns: Instant of each tap, in order. Those before the last pause do not count.
        steps_per_tap: 1 where each step is tapped, 2 where only one foot's are, which is easier.

    Returns:
        The rate, None while there are too few taps.
    """
    times_s = _last_count(taps_ns)
    if len(times_s) < FEWEST_TAPS:
        return None
    usual_s = median(after - before for before, after in pairwise(times_s))
    if not usual_s:
        return None
    beats, kept_s = [0], times_s[:1]
    for time_s in times_s[1:]:
        gap = (time_s - kept_s[-1]) / usual_s
        if gap > BOUNCE:
            beats.append(beats[-1] + max(1, int(gap + 2 - MISSED)))
            kept_s.append(time_s)
    if len(kept_s) < FEWEST_TAPS:
        return None
    mean_beat, mean_s = fmean(beats), fmean(kept_s)
    spread = sum((beat - mean_beat) ** 2 for beat in beats)
    together = sum((beat - mean_beat) * (s - mean_s) for beat, s in zip(beats, kept_s, strict=True))
    period_s = together / spread
    squares_s2 = sum(
        (s - mean_s - period_s * (beat - mean_beat)) ** 2
        for beat, s in zip(beats, kept_s, strict=True)
    )
    sd_s = ((squares_s2 + USUAL_TAPS * USUAL_SD_S**2) / (len(kept_s) - 2 + USUAL_TAPS)) ** 0.5
    rate = 60.0 * steps_per_tap / period_s
    return StepRate(rate, rate * CORRELATED * sd_s / spread**0.5 / period_s, len(kept_s))


def _last_count(taps_ns: Sequence[int]) -> list[float]:
    """Seconds from the first tap after the last pause."""
    start = 0
    for index, (before, after) in enumerate(pairwise(taps_ns), start=1):
        if after - before > PAUSE_S * 1e9:
            start = index
    return [(tap_ns - taps_ns[start]) / 1e9 for tap_ns in taps_ns[start:]]
