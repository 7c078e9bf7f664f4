"""Who passes a marker in a live picture, and which seconds matter: from two before a runner comes
to one after he has gone.

It decides when a passage has begun and when it is over, by the same crude looks as the watch of a
recording; it reports each a second after it ended. Somebody at a marker is told as soon as he can
be told from nobody: that is no verdict, and what is timed of him is checked when all is over. It
times nothing, and keeps no picture.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from math import copysign

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import Zone
from station.vision.corridor import AROUND_MARKER_M, Corridor, corridor_of, shrink
from station.vision.follow import SPEED_RATIO, Trail
from station.vision.watch import (
    LEAST_INTERVAL_S,
    LINE_M,
    MOVED_M,
    Passing,
    motion_profile,
    passings,
    same_body,
)

HOP_S = 0.25  # between two looks at what has come; at each picture when somebody is due
DUE = 0.8  # of the time that an even run through the zone takes: from then on somebody is due
EARLY_STRENGTH = 0.45  # of a line that is not complete: half a line that is filled
WINDOW_S = 3.0  # what is usual at a place is learnt from so much
BEFORE_S = 2.0  # of background, so that the runner is elsewhere in most of it;
BEFORE_M = 6.0  # and so much of the slowest one's way, which a look back at what was usual takes
AFTER_S = 1.0
LONGEST_S = 40.0  # a crowd is timed part by part
REMEMBERED = 20


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds that matter.

    Attributes:
        from_s: Their beginning, by the instants that were fed.
        to_s: Their end.
    """

    from_s: float
    to_s: float


class LiveWatch:
    """Feeds on the pictures of one connection, and names span after span."""

    def __init__(self, zone: Zone, speeds_mps: tuple[float, float]) -> None:
        """Start watching.

        Args:
            zone: The calibration.
            speeds_mps: Slowest and fastest speed that counts.
        """
        self._zone, self._speeds_mps = zone, speeds_mps
        self._before_s = max(BEFORE_S, BEFORE_M / speeds_mps[0])
        self._over_s = -np.inf  # until when there are spans already
        self._corridor: Corridor = corridor_of(zone)
        self._lag_s = MOVED_M / speeds_mps[0]
        self._reach_s = LINE_M / speeds_mps[0]
        self._coarse: deque[tuple[float, NDArray[np.uint16]]] = deque()
        self._known: deque[tuple[float, NDArray[np.float32]]] = deque()
        self._profiled_s = self._settled_s = self._looked_s = -np.inf
        self._recent: list[Passing] = []
        self._coming: list[Passing] = []  # those inside the zone, as far as one knows
        self._span: Span | None = None
        self._trail = Trail(self._corridor.x_m, zone.fly_m / speeds_mps[0] + WINDOW_S)
        self._early: list[Passing] = []
        self._entered: list[Passing] = []  # those of whom the other marker is yet to come
        self._told: list[Passing] = []

    @property
    def trail(self) -> Trail:
        """What moved where, by the instants that were fed."""
        return self._trail

    @property
    def is_on(self) -> bool:
        """Whether there is somebody of whom a span will tell."""
        return self._span is not None

    def passed(self) -> list[Passing]:
        """Who was at a marker, as far as has not been told; the same one again when it is sure."""
        told, self._told = self._told, []
        return told

    def feed(self, instant_s: float, luma: NDArray[np.uint8]) -> Span | None:
        """Look at one picture.

        Args:
            instant_s: Real seconds, increasing from call to call.
            luma: The whole upright picture.

        Returns:
            A span that is over, when one is.
        """
        if self._coarse and instant_s - self._coarse[-1][0] < LEAST_INTERVAL_S:
            return None
        self._coarse.append((instant_s, shrink(self._corridor.box.cut(luma), self._corridor.step)))
        while self._coarse[0][0] < instant_s - WINDOW_S:
            self._coarse.popleft()
        if instant_s - self._looked_s < HOP_S and not self._is_due(instant_s):
            return None
        self._looked_s = instant_s
        return self._look(instant_s - self._lag_s)

    def begins_s(self, instant_s: float) -> float:
        """When the span of a passing begins; it shows no earlier one again where it need not."""
        early_s = max(instant_s - self._before_s, self._over_s)
        return min(instant_s - BEFORE_S, early_s)

    def finish(self) -> Span | None:
        """The span that is not over yet, when there are no more pictures to be fed."""
        if not self._coarse:
            return None
        self._reach_s = 0.0
        over = self._look(np.inf)
        return over or self._span

    def _look(self, until_s: float) -> Span | None:
        """Find who passed until then."""
        instants = np.array([at_s for at_s, _ in self._coarse])
        begin = int(np.searchsorted(instants, self._profiled_s, side="right"))
        end = int(np.searchsorted(instants, until_s))
        if end > begin:
            coarse = [cells for _, cells in self._coarse]
            profile = motion_profile(instants, coarse, begin, end, self._corridor, self._lag_s)
            self._known.extend(zip(instants[begin:end].tolist(), profile, strict=True))
            self._profiled_s = float(instants[end - 1])
            self._trail.add(instants[begin:end], profile)
        if not self._known:
            return None
        settled_s = self._known[-1][0] - self._reach_s
        known_s = np.array([at_s for at_s, _ in self._known])
        known = np.array([row for _, row in self._known])
        for passing in passings(known_s, known, self._corridor, self._speeds_mps, self._zone.fly_m):
            if self._settled_s < passing.instant_s <= settled_s:
                self._take(passing)
            elif passing.strength > EARLY_STRENGTH and passing.instant_s > settled_s:
                self._take_early(passing)
        self._settled_s = max(settled_s, self._settled_s)
        while self._known[0][0] < settled_s - 2 * self._reach_s:
            self._known.popleft()
        return self._over(settled_s)

    def _take_early(self, passing: Passing) -> None:
        if any(same_body(one, passing) for one in self._early):
            return
        self._early = [*self._early[-REMEMBERED:], passing]
        entered = next((one for one in self._entered if self._can_be(one, passing)), None)
        if entered is not None:
            self._entered.remove(entered)
            # Half a line tells when better than how fast; the way from the other marker tells both.
            mean_mps = self._zone.fly_m / (passing.instant_s - entered.instant_s)
            passing = replace(passing, velocity_mps=copysign(mean_mps, passing.velocity_mps))
        elif (passing.marker == 2) == (passing.velocity_mps > 0):
            self._entered.append(passing)
        self._told.append(passing)

    def _is_due(self, instant_s: float) -> bool:
        """Whether somebody who came in may be at the other marker now."""
        self._entered = [
            one for one in self._entered if one.instant_s + self._latest_s(one) > instant_s
        ]
        part_m = DUE * self._zone.fly_m
        return any(
            (instant_s - one.instant_s) * abs(one.velocity_mps) > part_m for one in self._entered
        )

    def _take(self, passing: Passing) -> None:
        if any(same_body(one, passing) for one in self._recent):
            return
        self._told.append(passing)
        self._recent = [*self._recent[-REMEMBERED:], passing]
        past_s = max(AFTER_S, AROUND_MARKER_M / abs(passing.velocity_mps) + self._lag_s)
        span = Span(self.begins_s(passing.instant_s), passing.instant_s + past_s)
        if self._span is not None:
            span = Span(min(span.from_s, self._span.from_s), max(span.to_s, self._span.to_s))
        self._span = span
        both = len(self._zone.markers) == 2
        if both and (passing.marker == 2) == (passing.velocity_mps > 0):
            self._coming.append(passing)
            self._entered = [one for one in self._entered if not same_body(one, passing)]
            self._entered.append(passing)
            return
        came = next((one for one in self._coming if self._can_be(one, passing)), None)
        if came is not None:
            self._coming.remove(came)

    def _can_be(self, first: Passing, last: Passing) -> bool:
        took_s = last.instant_s - first.instant_s
        usual_s = self._zone.fly_m / abs(first.velocity_mps)
        return first.marker != last.marker and usual_s / SPEED_RATIO < took_s < self._latest_s(
            first
        )

    def _latest_s(self, first: Passing) -> float:
        """How long somebody who comes in so may take."""
        return SPEED_RATIO * self._zone.fly_m / abs(first.velocity_mps)

    def _over(self, settled_s: float) -> Span | None:
        """The span, if everybody has gone."""
        span = self._span
        self._coming = [
            one for one in self._coming if one.instant_s + self._latest_s(one) > settled_s
        ]
        if span is None:
            return None
        crowd = settled_s - span.from_s > LONGEST_S
        if (self._coming or settled_s + self._reach_s + self._lag_s < span.to_s) and not crowd:
            return None
        self._span, self._coming, self._over_s = None, [], span.to_s
        return span
