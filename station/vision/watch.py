"""Who passed a marker, roughly when and how fast: crude, cheap, and good at saying no.

Something that moves is brighter or darker than the same place was a moment before *and* will be
a moment after. That leaves out whatever stands (a coach, a runner learnt as background), and what
it finds is stacked along straight lines of possible speed through each marker: a runner makes a
line, leaves and rain do not. It never times anything: `time_clip` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from station.vision.clip import median_of
from station.vision.corridor import AROUND_MARKER_M, Corridor, shrink

Array = NDArray[np.float64]

STACK_M = 2.0  # the line is followed this far on either side of a marker
LINE_M = STACK_M + 0.5  # past a marker, a line is over
LEAST_STACK_M = 1.2  # … or this much in all, where the picture ends earlier
MOVED_M = 0.6  # two looks at a place this far apart in the slowest run's time do not overlap
BODY_M = 0.5  # height of moving cells that fill a column: half of a trunk and head
FAINT, CLEAR = 4.0, 8.0  # standard deviations at which a cell begins to count, and counts fully
LEAST_NOISE = 0.6  # grey levels: codecs freeze a picture for seconds, then freshen all of it
LEAST_INTERVAL_S = 1 / 38  # more pictures a second than that tell the watch nothing
LEAST_STRETCH_S = 1.25  # from one settling to the next
GAP_S = 10.0  # without a picture: nobody is followed over it, nor is there time to be counted
LEAST_STRENGTH = 0.3
SURE_STRENGTH = 0.6  # of a line that is over while slower ones may still go on: it is a body's
GONE_M = AROUND_MARKER_M + 0.5  # past a marker, nothing that comes is of that passing
LEAST_LIGHT = 0.01  # of the first picture's
BODY_LENGTH_M = 0.75
SHADOW = 0.65
LEAST_ADVANTAGE = 1.6  # over the same columns stacked along all other speeds


@dataclass(frozen=True, slots=True)
class Passing:
    """Somebody at a marker, roughly.

    Attributes:
        marker: 2 or 3.
        instant_s: When a trunk was at the marker, to about 50 ms.
        velocity_mps: Along the run: positive from Marker 2 to Marker 3; to about 10 %.
        strength: Share of the line that was filled, 0 to 1.
    """

    marker: int
    instant_s: float
    velocity_mps: float
    strength: float


@dataclass(frozen=True, slots=True)
class Settled:
    """What can be said for good about a stretch of time.

    Attributes:
        instants_s: Shape (frames,).
        profile: How much of a body moves in each coarse column, 0 to 1, shape (frames, columns).
        passings: Who passed a marker meanwhile, in order.
    """

    instants_s: Array
    profile: NDArray[np.float32]
    passings: list[Passing]


def same_body(one: Passing, other: Passing) -> bool:
    """Whether two passings may be of one body."""
    near_s = BODY_LENGTH_M / abs(other.velocity_mps)
    return (
        one.marker == other.marker
        and one.velocity_mps * other.velocity_mps > 0
        and abs(one.instant_s - other.instant_s) < near_s
    )


@dataclass(frozen=True, slots=True)
class Due:
    """A stretch of time that can be settled.

    Attributes:
        instants_s: Of the pictures of it, and of what is needed around it, shape (frames,).
        coarse: Those pictures, each of shape (rows, columns).
        begin: The first of the stretch.
        end: One past its last.
        last: Whether no more follows.
    """

    instants_s: Array
    coarse: Sequence[NDArray[np.uint16]]
    begin: int
    end: int
    last: bool


class Watch:
    """Looks at frames, and settles one stretch of time after the other.

    It may look in one thread, and settle what is due in another, in order.
    """

    def __init__(self, corridor: Corridor, speeds_mps: tuple[float, float], fly_m: float) -> None:
        """Start watching.

        Args:
            corridor: Where to look.
            speeds_mps: Slowest and fastest speed that counts.
            fly_m: Where Marker 3 is.
        """
        self._corridor, self._speeds, self._fly_m = corridor, speeds_mps, fly_m
        self._lag_s = MOVED_M / speeds_mps[0]
        self._stretch_s = max(LEAST_STRETCH_S, 6 * self._lag_s)
        self._reach_s = LINE_M / speeds_mps[0]
        self._instants: list[float] = []
        self._coarse: list[NDArray[np.uint16]] = []
        self._due = 0
        self._settled_s = -np.inf
        self._told: list[Passing] = []
        self._history = (np.empty(0), np.empty((0, len(corridor.x_m)), np.float32))

    @property
    def delay_s(self) -> float:
        """A passing is reported at most this long after it happened."""
        return self._stretch_s + self._lag_s + 2 * self._reach_s

    def look(self, instant_s: float, luma: NDArray[np.uint8]) -> Due | None:
        """Look at one frame.

        Args:
            instant_s: Real seconds, increasing from call to call.
            luma: The whole upright picture.

        Returns:
            A stretch, when one can be settled.
        """
        if self._instants and instant_s - self._instants[-1] < LEAST_INTERVAL_S:
            return None
        self._instants.append(instant_s)
        self._coarse.append(shrink(self._corridor.box.cut(luma), self._corridor.step))
        begun_s = self._instants[self._due]
        if instant_s - begun_s < self._stretch_s + self._lag_s:
            return None
        return self._until(instant_s - self._lag_s, last=False)

    def finish(self) -> Due | None:
        """What is left when there are no more frames; None where there were none."""
        return self._until(np.inf, last=True) if self._instants else None

    def _until(self, until_s: float, last: bool) -> Due:
        instants = np.array(self._instants)
        end = int(np.searchsorted(instants, until_s))
        due = Due(instants, self._coarse, self._due, end, last)
        first = int(np.searchsorted(instants, instants[end - 1] - self._lag_s * 1.5))
        self._instants, self._coarse = self._instants[first:], self._coarse[first:]
        self._due = end - first
        return due

    def settle(self, due: Due) -> Settled:
        """Say what can be said for good.

        Args:
            due: The stretch that follows the one settled before.
        """
        profile = motion_profile(
            due.instants_s, due.coarse, due.begin, due.end, self._corridor, self._lag_s
        )
        fresh_s = due.instants_s[due.begin : due.end]
        known_s = np.concatenate([self._history[0], fresh_s])
        known = np.concatenate([self._history[1], profile])
        known_to_s = np.inf if due.last or not len(fresh_s) else fresh_s[-1]
        settled_s = known_to_s - self._reach_s
        found = [
            passing
            for passing in passings(known_s, known, self._corridor, self._speeds, self._fly_m)
            if passing.instant_s > self._settled_s
            and (passing.instant_s <= settled_s or self._is_over(passing, known_to_s))
            and not any(same_body(one, passing) for one in self._told)
        ]
        self._told = [
            one for one in (*self._told, *found) if one.instant_s > settled_s - self._reach_s
        ]
        self._settled_s = settled_s
        keep = known_s > settled_s - 2 * self._reach_s
        self._history = (known_s[keep], known[keep])
        return Settled(fresh_s, profile, found)

    def _is_over(self, passing: Passing, known_to_s: float) -> bool:
        """Whether somebody is plainly that fast, though slower ones could not be told yet."""
        gone_m = (known_to_s - passing.instant_s) * abs(passing.velocity_mps)
        fed_m = gone_m + self._lag_s * abs(passing.velocity_mps)
        return passing.strength > SURE_STRENGTH and gone_m > LINE_M and fed_m > GONE_M


def motion_profile(
    instants_s: Array,
    coarse: Sequence[NDArray[np.uint16]],
    begin: int,
    end: int,
    corridor: Corridor,
    lag_s: float,
) -> NDArray[np.float32]:
    """How much of a body moves in each column at each instant.

    Args:
        instants_s: Shape (frames,), increasing.
        coarse: Coarse pictures, each of shape (rows, columns).
        begin: First frame that is wanted.
        end: One past the last.
        corridor: Where they were cut.
        lag_s: How long before and after a place is compared with itself.

    Returns:
        Filling of each column, 0 to 1, shape (end - begin, columns).
    """
    lag_s *= 0.999
    before = np.searchsorted(instants_s, instants_s - lag_s, side="right") - 1
    after = np.searchsorted(instants_s, instants_s + lag_s)
    even = in_one_light(coarse)
    usual = _usual_change(even, after, corridor.step)
    full = np.maximum(BODY_M * corridor.rows_per_m, 1.0).astype(np.float32)
    scale = (corridor.trunk / (usual * (CLEAR - FAINT))).astype(np.float32)
    least = (corridor.trunk * (FAINT / (CLEAR - FAINT))).astype(np.float32)
    profile = np.zeros((end - begin, even.shape[2]), np.float32)
    for n in range(begin, end):
        others = [m for m in (before[n], after[n]) if 0 <= m < len(even)]
        if not others:
            continue
        change = np.abs(even[n] - even[others[0]])
        if len(others) == 2:
            np.minimum(change, np.abs(even[n] - even[others[1]]), out=change)
        cells = np.clip(change * scale - least, 0, 1)
        profile[n - begin] = np.minimum(cells.sum(axis=0) / full, 1.0)
    return profile


def in_one_light(coarse: Sequence[NDArray[np.uint16]]) -> NDArray[np.float32]:
    """Coarse pictures, all scaled to the brightness of the first."""
    some = np.array([picture[::2, ::4] for picture in coarse], np.float32)
    # Each cell against itself: where a picture is half bright and half dark, whoever runs past
    # tips the scale of its own median.
    light = np.median(some / np.maximum(some[0], 1.0), axis=(1, 2))
    scale = 1 / np.maximum(light, LEAST_LIGHT)
    even = np.empty((len(coarse), *coarse[0].shape), np.float32)
    for picture, by, scaled in zip(coarse, scale, even, strict=True):
        np.multiply(picture, by, out=scaled)
    return even


def _usual_change(
    even: NDArray[np.float32], after: NDArray[np.intp], step: int
) -> NDArray[np.float32]:
    """Each cell's usual change over a lag: small where the picture rests, large in leaves."""
    firsts = np.flatnonzero(after < len(even))
    least = np.float32(LEAST_NOISE * step**2)
    if len(firsts) == 0:
        return np.full(even.shape[1:], least)
    firsts = firsts[:: max(1, len(firsts) // 30)]
    change = np.float32(1.05) * median_of(np.abs(even[firsts] - even[after[firsts]]))
    result: NDArray[np.float32] = np.maximum(change, max(np.median(change), least))
    return result


def passings(
    instants_s: Array,
    profile: NDArray[np.float32],
    corridor: Corridor,
    speeds_mps: tuple[float, float],
    fly_m: float,
) -> list[Passing]:
    """Find lines of possible speed through each marker.

    Args:
        instants_s: Shape (frames,), increasing.
        profile: From `motion_profile`, shape (frames, columns).
        corridor: Where it was cut.
        speeds_mps: Slowest and fastest speed that counts.
        fly_m: Where Marker 3 is.

    Returns:
        Passings in time order, both markers and both ways together.
    """
    if len(instants_s) < 3:
        return []
    dt = float(np.clip(np.median(np.diff(instants_s)), 1 / 120, 0.1))
    found: list[Passing] = []
    gaps = np.flatnonzero(np.diff(instants_s) > GAP_S) + 1
    for part in np.split(np.arange(len(instants_s)), gaps):
        found += _passings(instants_s[part], profile[part], dt, corridor, speeds_mps, fly_m)
    return sorted(found, key=lambda passing: passing.instant_s)


def _passings(
    instants_s: Array,
    profile: NDArray[np.float32],
    dt: float,
    corridor: Corridor,
    speeds_mps: tuple[float, float],
    fly_m: float,
) -> list[Passing]:
    grid = np.arange(instants_s[0], instants_s[-1] + dt / 2, dt)
    if len(grid) < 3:
        return []
    even = profile[np.clip(np.searchsorted(instants_s, grid - dt / 2), 0, len(instants_s) - 1)]
    found = []
    for marker, at_m in ((2, 0.0), (3, fly_m)):
        if marker not in corridor.markers:
            continue
        columns = np.flatnonzero(np.abs(corridor.x_m - at_m) <= STACK_M)
        if len(columns) < 3 or np.ptp(corridor.x_m[columns]) < LEAST_STACK_M:
            continue
        if even[:, columns].max(axis=0).mean() < LEAST_STRENGTH:
            continue  # no line is filled better
        offsets_m = corridor.x_m[columns] - at_m
        found += _lines(grid, even[:, columns], offsets_m, speeds_mps, marker)
    return found


def _lines(
    grid_s: Array,
    window: NDArray[np.float32],
    offsets_m: Array,
    speeds_mps: tuple[float, float],
    marker: int,
) -> list[Passing]:
    dt = grid_s[1] - grid_s[0]
    slow, fast = speeds_mps
    # One step beyond either end: who is best explained by it was slower or faster than a run.
    speeds = np.geomspace(slow / 1.1, fast * 1.1, 3 + round(np.log(fast / slow) / np.log(1.1)))
    speeds = np.concatenate([-speeds[::-1], speeds])
    stacks = np.array([_stack(window, np.rint(offsets_m / v / dt).astype(int)) for v in speeds])
    usual = stacks.mean(axis=0)
    found: list[Passing] = []
    strengths = np.where(stacks < LEAST_ADVANTAGE * usual, 0, stacks)
    while True:
        k, n = np.unravel_index(np.argmax(strengths), strengths.shape)
        strength, v = float(strengths[k, n]), float(speeds[k])
        if strength < LEAST_STRENGTH:
            return found
        if slow <= abs(v) <= fast:
            found.append(Passing(marker, float(grid_s[n]), v, strength))
        apart_m = np.abs((grid_s - grid_s[n]) * v)
        strengths[:, apart_m < BODY_LENGTH_M] = 0
        # Slants that cross a runner's line at another speed are filled in part by him.
        shadow = (apart_m < STACK_M) & (strengths < SHADOW * strength)
        strengths[shadow] = 0


def _stack(window: NDArray[np.float32], shifts: NDArray[np.intp]) -> NDArray[np.float32]:
    """Mean filling along one slant, for every instant at the marker; outside counts as empty."""
    frames, columns = window.shape
    reach = int(np.abs(shifts).max()) if len(shifts) else 0
    padded = np.zeros((columns, frames + 2 * reach), np.float32)
    padded[:, reach : reach + frames] = window.T
    total = np.zeros(frames, np.float32)
    for column, shift in zip(padded, shifts.tolist(), strict=True):
        total += column[reach + shift : reach + shift + frames]
    return total / np.float32(columns)
