"""The same flashes before two cameras → how their clocks go together (pure).

It decides which flash is which, and refuses to guess. Each flash says that the offset lies within
so and so much; all together say it closely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, hypot

import numpy as np
from numpy.typing import NDArray

from calibration.flashes import Edge
from hardware.errors import StationError

Array = NDArray[np.float64]

MOST_EDGES = 120  # the clearest of a long recording
SLACK_S = 0.003  # beyond what its rows and pictures allow
GAIN_SDS = 3.0  # of the clocks' rates, while it is not known which flash is which
LEAST_EDGES = 2
CHANCE = 0.01  # that so many suit some offset where the two saw different lights
AMBIGUOUS = 0.8  # of the flashes that go together: another offset that suits as many is as good
SAME = 2 / 3  # of those that both could see: by hand a few are missed, and not every third
STEP_S, GAINS = 5e-5, 121  # how finely offset and rate are searched
OUTLIER = 0.01  # a change that only seems to be the same
NOISE_S = 0.0003
# A readout is known to 4 ms, and a torch held within 0.15 of the picture of where heads pass.
SHUTTER_SD_S = 0.0008
REMEDY = (
    "switch a torch on and off ten times before both cameras, half a second each, at no even beat"
)


@dataclass(frozen=True, slots=True)
class Together:
    """Two clocks beside each other.

    Attributes:
        offset_s: What the second says less what the first says, at one moment.
        offset_sd_s: One standard deviation of it.
        at_s: That moment, on the second's clock.
        gain: By how much the second is faster, relative.
        gain_sd: One standard deviation of it.
        edges: How many changes of light said so.
        spread_s: From the first of them to the last.
    """

    offset_s: float
    offset_sd_s: float
    at_s: float
    gain: float
    gain_sd: float
    edges: int
    spread_s: float


def together(
    first: Sequence[Edge],
    second: Sequence[Edge],
    *,
    names: tuple[str, str],
    gain_sd: float,
    most_s: float | None = None,
) -> Together:
    """Find how two clocks go together.

    Args:
        first: What the first camera saw.
        second: What the second saw.
        names: What to call them.
        gain_sd: How far their rates may differ, relative, one standard deviation.
        most_s: The largest offset there can be, None where there is no telling.

    Raises:
        StationError: A camera saw no flash, only one is the same, more than one offset suits, or
            would as well where they looked longer.
    """
    for name, edges in zip(names, (first, second), strict=True):
        if not edges:
            raise StationError(f"{name} shows no flash; {REMEDY}")
    ours, theirs = _clearest(first), _clearest(second)
    pairs = _same(ours, theirs, names, gain_sd, most_s)
    if all(
        _is_even([edges[n] for n in of])
        for edges, of in zip((ours, theirs), zip(*pairs, strict=True), strict=True)
    ):
        raise StationError(
            f"the {len(pairs)} changes of light that {names[0]} and {names[1]} go together by come "
            f"at an even beat, as a lamp's that blinks: a beat later they go together too; {REMEDY}"
        )
    a_s, b_s = (
        np.array([edges[n].at_s for n in of])
        for edges, of in zip((ours, theirs), zip(*pairs, strict=True), strict=True)
    )
    a_within_s, b_within_s = (
        np.array([edges[n].within_s for n in of])
        for edges, of in zip((ours, theirs), zip(*pairs, strict=True), strict=True)
    )
    at_s = float(b_s.mean())
    offset_s, offset_sd_s, gain, gain_sd = _likely(
        b_s - a_s, b_s - at_s, a_within_s, b_within_s, gain_sd
    )
    return Together(
        offset_s,
        hypot(offset_sd_s, SHUTTER_SD_S),
        at_s,
        gain,
        gain_sd,
        len(pairs),
        float(np.ptp(b_s)),
    )


def _clearest(edges: Sequence[Edge]) -> list[Edge]:
    """The strongest, in order of time."""
    strongest = sorted(edges, key=lambda edge: -edge.strength)[:MOST_EDGES]
    return sorted(strongest, key=lambda edge: edge.at_s)


def _same(
    ours: Sequence[Edge],
    theirs: Sequence[Edge],
    names: tuple[str, str],
    gain_sd: float,
    most_s: float | None,
) -> list[tuple[int, int]]:
    """Which change is which: by the offset that suits most of them."""
    a_s, b_s = (np.array([edge.at_s for edge in edges]) for edges in (ours, theirs))
    apart_s = b_s - a_s[:, None]
    within_s = np.array([edge.within_s for edge in theirs]) + np.array(
        [[edge.within_s] for edge in ours]
    )
    alike = np.array([[a.change == b.change for b in theirs] for a in ours])
    if most_s is not None:
        alike &= np.abs(apart_s) <= most_s
    scores = np.zeros(alike.shape)
    for i, j in np.argwhere(alike):
        near_s = within_s + within_s[i, j] + SLACK_S + GAIN_SDS * gain_sd * np.abs(b_s - b_s[j])
        suits = alike & (np.abs(apart_s - apart_s[i, j]) <= near_s)
        scores[i, j] = min(suits.any(axis=0).sum(), suits.any(axis=1).sum())
    best = scores.max(initial=0)
    if best < LEAST_EDGES:
        raise StationError(
            f"{names[0]} and {names[1]} have no two changes of light in common, and one alone may "
            f"be anything; {REMEDY}"
        )
    i, j = np.unravel_index(scores.argmax(), scores.shape)
    near_s = within_s + within_s[i, j] + SLACK_S + GAIN_SDS * gain_sd * np.abs(b_s - b_s[j])
    others_at = alike & (np.abs(apart_s - apart_s[i, j]) > 2 * near_s)
    rival = scores[others_at].max(initial=0)
    if rival >= AMBIGUOUS * best:
        raise StationError(
            f"{names[0]} and {names[1]} go together in two ways: {best:.0f} changes of light suit "
            f"one offset and {rival:.0f} another; {REMEDY}"
        )
    could = np.ones(alike.shape)
    for one in np.argwhere(alike):
        could[*one] = _in_common(a_s + apart_s[*one], b_s, SLACK_S + 2 * within_s[*one])
    chance = _chance(int(best), int(could[i, j]), scores[others_at], could[others_at], alike.sum())
    if chance > CHANCE or best < SAME * could[i, j]:
        raise StationError(
            f"{best:.0f} of {could[i, j]:.0f} changes of light suit one offset of {names[0]} and "
            f"{names[1]}, and different lights may suit as well; {REMEDY}"
        )
    suits = alike & (np.abs(apart_s - apart_s[i, j]) <= near_s)
    off_s = np.where(suits, np.abs(apart_s - apart_s[i, j]), np.inf)
    pairs = []
    for row in range(len(ours)):
        column = int(off_s[row].argmin())
        if np.isfinite(off_s[row, column]) and off_s[:, column].argmin() == row:
            pairs.append((row, column))
    return pairs


def _in_common(ours_s: Array, theirs_s: Array, near_s: float) -> int:
    """How many changes could suit, where one has those that the other has while it has any."""
    return min(
        int(((one >= other.min() - near_s) & (one <= other.max() + near_s)).sum())
        for one, other in ((ours_s, theirs_s), (theirs_s, ours_s))
    )


def _chance(best: int, could: int, others: Array, others_could: Array, offsets: int) -> float:
    """How likely it is that so many suit, of those that could, at the best of so many offsets.

    How often one suits by chance, the other offsets tell, each but for the change it goes by: two
    torches that are switched at the same pace suit more often than two at random.
    """
    one = (np.sum(others - 1) + 1) / (np.sum(others_could - 1) + 2)
    left = could - 1
    return offsets * sum(
        comb(left, many) * one**many * (1 - one) ** (left - many) for many in range(best - 1, could)
    )


def _is_even(edges: Sequence[Edge]) -> bool:
    """Whether changes of light are the same again a beat later, most of them that could be.

    By hand nobody is so even; of four there is no telling.
    """
    at_s, within_s = np.array([(edge.at_s, edge.within_s) for edge in edges]).T
    later_s = at_s - at_s[:, None]
    near_s = within_s + within_s[:, None] + SLACK_S
    alike = np.array([[a.change == b.change for b in edges] for a in edges])
    for beat_s in later_s[alike & (later_s > near_s)]:
        again = (alike & (np.abs(later_s - beat_s) <= near_s)).any(axis=1).sum()
        could_be = (at_s + beat_s <= at_s.max() + within_s).sum()
        if again >= AMBIGUOUS * could_be and again > len(edges) / 2:
            return True
    return False


def _likely(
    apart_s: Array, since_s: Array, a_within_s: Array, b_within_s: Array, gain_sd: float
) -> tuple[float, float, float, float]:
    """Offset and gain, each with its standard deviation, by all that is possible."""
    reach_s = float(np.max(a_within_s + b_within_s)) + SLACK_S + float(np.ptp(apart_s))
    middle_s = float(np.median(apart_s))
    offsets_s = np.arange(-reach_s, reach_s + STEP_S / 2, STEP_S) + middle_s
    gains = np.linspace(-4, 4, GAINS)[:, None] * gain_sd
    log_likely = np.broadcast_to(-0.5 * (gains / gain_sd) ** 2, (GAINS, len(offsets_s))).copy()
    for apart, since, a, b in zip(apart_s, since_s, a_within_s, b_within_s, strict=True):
        off_s = np.abs(apart - offsets_s - gains * since)
        # Two evenly spread instants differ by a trapezoid; noise rounds its shoulders.
        shoulder_s = 2 * min(a, b) + NOISE_S
        inside = np.clip((a + b + NOISE_S / 2 - off_s) / shoulder_s, 0, 1)
        log_likely += np.log(OUTLIER + inside)
    likely = np.exp(log_likely - log_likely.max())
    likely /= likely.sum()
    by_offset, by_gain = likely.sum(axis=0), likely.sum(axis=1)
    offset_s = float(by_offset @ offsets_s)
    gain = float(by_gain @ gains[:, 0])
    return (
        offset_s,
        float(np.sqrt(by_offset @ (offsets_s - offset_s) ** 2)),
        gain,
        float(np.sqrt(by_gain @ (gains[:, 0] - gain) ** 2)),
    )
