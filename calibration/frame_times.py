"""When pictures were taken, from when they arrived: the even beat behind the jitter (pure).

For cameras that stamp nothing. It decides which pictures are missing, how late each arrival was,
and whether there is a beat at all. It knows no camera and no file.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST_PICTURES = 32
HELD_UP_S = (0.2, 1.0, 5.0)  # pictures come late together for so long: what lasts longer is a gap;
# the next where by that some would have come before they were taken: the network stood still
EARLY, EARLY_SD = 0.5, 6.0  # of a period, and of the scatter: so early nothing comes
BASE = 8  # intervals over which a first period is measured, …
FIRST_S = 0.5  # … and the next
STILL_EVEN = 0.2  # of a period: more scatter than that is no beat
OUTLIER_SD = 2.5
MOST_FITS = 20  # each without what lies outside the last; a second of late pictures takes some
LEAST_SD_S = 0.0002
GAUSSIAN = 1.48  # standard deviations of a Gaussian to its median deviation


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """When pictures were taken, but for a delay that they share.

    Attributes:
        at_ns: Shape (n,), int64.
        scatter_s: How far arrivals lie from the beat, one sd; where there is none, from an even
            interval.
        missing: How many pictures never came.
        even: Whether the camera has a beat; else `at_ns` are the arrivals.
    """

    at_ns: NDArray[np.int64]
    scatter_s: float
    missing: int
    even: bool

    def sigma_s(self, apart_s: float) -> float:
        """One standard deviation of the time between two pictures that are so far apart.

        A computer that is busy for a second tilts the beat: it is known better the longer it has
        been followed.
        """
        long_s = float(self.at_ns[-1] - self.at_ns[0]) * 1e-9
        return self.scatter_s * (min(1.0, apart_s / max(long_s, 1e-9)) if self.even else 1.0)


def frame_times(arrival_ns: NDArray[np.int64]) -> FrameTimes:
    """Find the beat behind arrivals; nothing arrives early.

    Args:
        arrival_ns: Shape (n,), increasing; the longer, the better the beat is known.

    Returns:
        When the pictures were taken.
    """
    at_s = (arrival_ns - arrival_ns[0]) * 1e-9
    if len(at_s) >= LEAST_PICTURES:
        for held_s in HELD_UP_S:
            if (even := _even(arrival_ns, at_s, held_s)) is not None:
                return even
    scatter_s = float(np.std(np.diff(at_s))) if len(at_s) > 2 else 0.0
    return FrameTimes(arrival_ns, scatter_s, 0, False)


def _even(
    arrival_ns: NDArray[np.int64], at_s: NDArray[np.floating[Any]], held_s: float
) -> FrameTimes | None:
    """The beat, where pictures come late together for so long at most; None where there is none."""
    period_s = _usual(at_s, BASE)
    period_s = _usual(at_s, min(ceil(FIRST_S / period_s), len(at_s) // 4))
    size = max(LEAST_PICTURES, ceil(2 * FIRST_S / period_s))
    while True:  # a rough period loses count in a long recording, so it is refined on the way
        size = min(2 * size, len(at_s))
        for _ in range(2):
            beats = _beats(at_s[:size], period_s, held_s)
            begun_s, period_s, kept, late_s = _line(beats, at_s[:size])
        if size == len(at_s):
            break
    scatter_s = max(float(np.std(late_s[kept])), LEAST_SD_S)
    early_s = max(EARLY * period_s, EARLY_SD * scatter_s)
    if scatter_s > STILL_EVEN * period_s or kept.mean() < 0.5 or late_s.min() < -early_s:
        return None
    even_ns = arrival_ns[0] + np.round((begun_s + period_s * beats) * 1e9).astype(np.int64)
    return FrameTimes(even_ns, scatter_s, int(beats[-1]) + 1 - len(at_s), True)


def _usual(at_s: NDArray[np.floating[Any]], intervals: int) -> float:
    """The period, roughly, by the usual time of so many intervals."""
    return float(np.median(at_s[intervals:] - at_s[:-intervals])) / intervals


def _beats(at_s: NDArray[np.floating[Any]], period_s: float, held_s: float) -> NDArray[np.float64]:
    """Which beat each picture belongs to: a delay passes, a gap stays."""
    late = at_s / period_s - np.arange(len(at_s))
    # The least lateness of the next pictures is what stays; of the last, that nothing is missing.
    ahead, last = ceil(held_s / period_s), ceil(HELD_UP_S[0] / period_s)
    padded = np.concatenate([late, np.full(ahead, late[-last:].min())])
    stays = np.lib.stride_tricks.sliding_window_view(padded, ahead + 1).min(axis=1)
    missing = np.maximum.accumulate(np.round(stays - stays[0]))
    beats: NDArray[np.float64] = np.arange(float(len(at_s))) + np.maximum(missing, 0)
    return beats


def _line(
    beats: NDArray[np.float64], at_s: NDArray[np.floating[Any]]
) -> tuple[float, float, NDArray[np.bool_], NDArray[np.float64]]:
    """Beginning and period of the beat, which arrivals it goes by, and how late each was."""
    kept = np.ones(len(at_s), bool)
    for _ in range(MOST_FITS):
        period_s, begun_s = np.polyfit(beats[kept], at_s[kept], 1)
        late_s = at_s - begun_s - period_s * beats
        sd_s = max(float(np.median(np.abs(late_s[kept]))) * GAUSSIAN, LEAST_SD_S)
        before, kept = kept, np.abs(late_s) < OUTLIER_SD * sd_s
        if np.array_equal(before, kept):
            break
    return float(begun_s), float(period_s), kept, late_s
