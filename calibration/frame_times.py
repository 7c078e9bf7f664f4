"""When pictures were taken, from when they arrived: the even beat behind the jitter (pure).

For cameras that stamp nothing. It decides which pictures are missing, how late each arrival was,
and whether there is a beat at all. It knows no camera and no file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST_PICTURES = 30
AHEAD = 12  # pictures held up together: longer than that, it was a gap
BASE = 8  # intervals over which a first period is measured
STILL_EVEN = 0.2  # of a period: more scatter than that is no beat
ROUNDS = 8
OUTLIER_SD = 2.5
LEAST_SD_S = 0.0002


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """When pictures were taken, but for a delay that they share.

    Attributes:
        at_ns: Shape (n,), int64, increasing.
        sigma_s: One standard deviation of the time between two of them that are seconds apart.
        missing: How many pictures never came.
        even: Whether the camera has a beat; else `at_ns` are the arrivals.
    """

    at_ns: NDArray[np.int64]
    sigma_s: float
    missing: int
    even: bool


def frame_times(arrival_ns: NDArray[np.int64]) -> FrameTimes:
    """Find the beat behind arrivals; nothing arrives early.

    Args:
        arrival_ns: Shape (n,), increasing.

    Returns:
        When the pictures were taken.
    """
    at_s = (arrival_ns - arrival_ns[:1]) * 1e-9
    if len(at_s) < LEAST_PICTURES:
        return FrameTimes(
            arrival_ns, float(np.std(np.diff(at_s))) if len(at_s) > 2 else 0.0, 0, False
        )
    period_s = float(np.median(at_s[BASE:] - at_s[:-BASE])) / BASE
    for _ in range(ROUNDS):
        beat = _beats(at_s, period_s)
        kept = np.ones(len(at_s), bool)
        for _ in range(3):
            slope_s, begun_s = np.polyfit(beat[kept], at_s[kept], 1)
            late_s = at_s - begun_s - slope_s * beat
            sd_s = max(float(np.median(np.abs(late_s[kept]))) * 1.48, LEAST_SD_S)
            kept = np.abs(late_s) < OUTLIER_SD * sd_s
        if abs(slope_s - period_s) * beat[-1] < 0.01 * period_s:
            break
        period_s = float(slope_s)
    scatter_s = float(np.std(late_s[kept]))
    if scatter_s > STILL_EVEN * period_s or kept.mean() < 0.5:
        return FrameTimes(arrival_ns, float(np.std(np.diff(at_s))), 0, False)
    even_ns = arrival_ns[0] + np.round((begun_s + slope_s * beat) * 1e9).astype(np.int64)
    span = max(float(np.std(beat[kept])), 1.0)
    # Of the line's slope over a fly about as long as half of the pictures.
    sigma_s = scatter_s / np.sqrt(kept.sum()) * (0.5 * beat[-1] / span)
    return FrameTimes(even_ns, float(sigma_s), int(beat[-1]) + 1 - len(at_s), True)


def _beats(at_s: NDArray[np.floating[Any]], period_s: float) -> NDArray[np.float64]:
    """Which beat each picture belongs to: a delay passes, a gap stays."""
    late = at_s / period_s - np.arange(len(at_s))
    # The least lateness of the next pictures is what stays.
    padded = np.concatenate([late, np.full(AHEAD, np.inf)])
    stays = np.lib.stride_tricks.sliding_window_view(padded, AHEAD + 1).min(axis=1)
    missing = np.maximum.accumulate(np.round(stays - stays[0]))
    beats: NDArray[np.float64] = np.arange(float(len(at_s))) + np.maximum(missing, 0)
    return beats
