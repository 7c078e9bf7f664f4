"""Which crossing of Marker 3 belongs to which crossing of Marker 2: following one among others.

Two crossings belong together if one runner can have made both: the speeds at the two markers and
between them agree, and something moved along the path that they draw through the zone. Of what
moved it keeps as much of the past as the slowest run takes; it times nothing.
"""

from __future__ import annotations

from collections import deque
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from station.crossing import Crossing
from station.flags import Flag

Array = NDArray[np.float64]

FILLED = 0.2  # filling of a column from which it counts as moving
BESIDE_M = 0.35  # the drawn path is this uncertain in the middle of the zone
LEAST_COVER = 0.45
ONE_BODY_M = 0.35
ONE_HEAD_M = 0.15  # where two heads were told apart, they are farther apart than that
COVER_M = 0.1  # by which the middles of two who hide each other differ from what is seen of both
WHOSE_FEET_M = 1.0  # across the lane, of two who go side by side
HIDES_M = 0.9  # farther from where his speed puts him nobody is hidden
SPEED_RATIO = 1.35  # between the mean speed and the speed at a marker


@dataclass(frozen=True, slots=True, eq=False)
class Sighted:
    """One passing of one marker, timed.

    Attributes:
        crossings: The body points followed, the best first; at least one.
        strength: How clearly the passing was seen, 0 to 1.
        abreast: Whether another head was told apart from this one beside it.
    """

    crossings: tuple[Crossing, ...]
    strength: float
    abreast: bool = False

    @property
    def best(self) -> Crossing:
        """The crossing to go by."""
        return self.crossings[0]


def _same(one: Sighted, other: Sighted) -> bool:
    """Whether two passings are the same body seen twice."""
    a, b = one.best, other.best
    if a.marker != b.marker or a.velocity_mps * b.velocity_mps < 0:
        return False
    slower_mps = min(abs(a.velocity_mps), abs(b.velocity_mps))
    within_m = ONE_HEAD_M if one.abreast and other.abreast else ONE_BODY_M
    return abs(a.instant_s - b.instant_s) * slower_mps < within_m


class Trail:
    """The recent motion profile: what moved where, for as long as a run can take."""

    def __init__(self, x_m: Array, keep_s: float) -> None:
        self._order = np.argsort(x_m)
        self._x_m = x_m[self._order]
        self._keep_s = keep_s
        self._origin_s = 0.0
        self._rows: deque[tuple[float, NDArray[np.bool_]]] = deque()

    def add(self, instants_s: Array, profile: NDArray[np.float32]) -> None:
        """Append rows, and forget what is too old."""
        for instant_s, row in zip(instants_s, profile[:, self._order] > FILLED, strict=True):
            self._rows.append((float(instant_s), row))
        while self._rows and self._rows[0][0] < self._rows[-1][0] - self._keep_s:
            self._rows.popleft()

    def since(self, origin_s: float) -> Trail:
        """The same, what is yet to come of it too, by instants that count from there."""
        other = copy(self)
        other._origin_s = origin_s
        return other

    def cover(self, first: Crossing, last: Crossing, fly_m: float) -> float:
        """Share of the path between two crossings on which something moved, 0 to 1."""
        start_s, end_s = (self._origin_s + one.instant_s for one in (first, last))
        took_s = end_s - start_s
        seen = [(t, row) for t, row in self._rows if start_s <= t <= end_s]
        if not seen:
            return 0.0
        part = np.array([(t - start_s) / took_s for t, _ in seen])
        from_m, to_m = (0.0, fly_m) if first.marker == 2 else (fly_m, 0.0)
        path = _hermite(part, from_m, to_m, first.velocity_mps * took_s, last.velocity_mps * took_s)
        low = np.searchsorted(self._x_m, path - BESIDE_M)
        high = np.searchsorted(self._x_m, path + BESIDE_M)
        visible = high > low
        hits = [bool(row[a:b].any()) for (_, row), a, b in zip(seen, low, high, strict=True)]
        return float(np.mean(np.array(hits)[visible])) if visible.any() else 0.0


def _hermite(part: Array, from_m: float, to_m: float, leave: float, arrive: float) -> Array:
    """Cubic through two places with given slopes, part from 0 to 1."""
    p2, p3 = part**2, part**3
    return (
        (2 * p3 - 3 * p2 + 1) * from_m
        + (p3 - 2 * p2 + part) * leave
        + (3 * p2 - 2 * p3) * to_m
        + (p3 - p2) * arrive
    )


class Follower:
    """Joins crossings to passages as they come in."""

    def __init__(self, trail: Trail, fly_m: float, speeds_mps: tuple[float, float]) -> None:
        self._trail = trail
        self._fly_m = fly_m
        self._slow, self._fast = speeds_mps
        self._sighted: list[Sighted] = []
        self._links: list[tuple[float, Sighted, Sighted]] = []

    def add(self, new: Sighted) -> None:
        """Take in a passing and weigh it against the earlier ones of the other marker."""
        twins = [old for old in self._sighted if _same(new, old)]
        if any((old.abreast, old.strength) >= (new.abreast, new.strength) for old in twins):
            return
        for twin in twins:
            self._sighted.remove(twin)
            self._links = [link for link in self._links if twin not in link[1:]]
        for other in self._sighted:
            first, last = sorted((other, new), key=lambda one: one.best.instant_s)
            score = self._score(first.best, last.best)
            if score > 0:
                self._links.append((score, first, last))
        self._sighted.append(new)

    def _score(self, first: Crossing, last: Crossing) -> float:
        onward = first.marker == 2
        if last.marker == first.marker or (first.velocity_mps > 0) != onward:
            return 0.0
        took_s = last.instant_s - first.instant_s
        if took_s <= 0 or not self._slow <= self._fly_m / took_s <= self._fast:
            return 0.0
        mean = self._fly_m / took_s if onward else -self._fly_m / took_s
        speeds = (first.velocity_mps, last.velocity_mps)
        if min(v / mean for v in speeds) <= 0:
            return 0.0
        apart = max(abs(np.log(v / mean)) for v in speeds)
        if apart > np.log(SPEED_RATIO):
            return 0.0
        cover = self._trail.cover(first, last, self._fly_m)
        return cover * float(np.exp(-((apart / 0.2) ** 2))) if cover >= LEAST_COVER else 0.0

    def passages(self) -> tuple[list[tuple[Sighted, Sighted]], list[Sighted]]:
        """Pairs in order of time, the best link first served, and the crossings left alone."""
        alone = list(self._sighted)
        pairs = []
        links = sorted(self._links, key=lambda link: -link[0])
        for _, first, last in links:
            if first in alone and last in alone:
                alone.remove(first)
                alone.remove(last)
                pairs.append((first, last))
        for _, first, last in links:
            if (first in alone) != (last in alone):
                self._share(first, last, pairs, alone)
        pairs.sort(key=lambda pair: pair[0].best.instant_s)
        alone.sort(key=lambda one: one.best.instant_s)
        return pairs, alone

    def _share(
        self,
        first: Sighted,
        last: Sighted,
        pairs: list[tuple[Sighted, Sighted]],
        alone: list[Sighted],
    ) -> None:
        """Give one who was seen at one marker only the crossing of him who hid him at the other."""
        place = 1 if first in alone else 0  # where in a pair the shared one is
        lone, shared = (first, last)[1 - place], (first, last)[place]
        number = next((n for n, pair in enumerate(pairs) if pair[place] is shared), None)
        if number is None:
            return
        known = pairs[number]
        beside = known[1 - place].best
        took_s = last.best.instant_s - first.best.instant_s
        usual_s = known[1].best.instant_s - known[0].best.instant_s
        expected_s = usual_s * beside.velocity_mps / lone.best.velocity_mps
        off_s = abs(took_s - expected_s)
        if off_s * abs(lone.best.velocity_mps) > HIDES_M:
            return
        hidden = _hidden(shared, off_s)
        alone.remove(lone)
        pairs[number] = (hidden, known[1]) if place == 0 else (known[0], hidden)
        pairs.append((hidden, lone) if place == 0 else (lone, hidden))


def _hidden(shared: Sighted, off_s: float) -> Sighted:
    """A passing of two of whom one hid the other: it is known no better than that."""
    crossings = tuple(
        replace(
            one,
            noise_s=float(np.hypot(np.hypot(one.noise_s, off_s), COVER_M / abs(one.velocity_mps))),
            feet_sd_m=float(np.hypot(one.feet_sd_m, WHOSE_FEET_M)),
            flags=tuple(sorted({*one.flags, Flag.LANE_UNKNOWN, Flag.OBSCURED})),
        )
        for one in shared.crossings
    )
    return replace(shared, crossings=crossings)
