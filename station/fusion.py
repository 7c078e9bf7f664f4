"""One run from what several devices read of it: gate and camera fused as fly times (pure).

It decides what the readings together say, and when they disagree. It drops none: a reading that
does not count stays beside the one that does. Gate and camera see different points of the body, so
they are never fused crossing by crossing: within one kind of device the point cancels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from typing import Literal

import msgspec

from calibration.interval import INTERVAL_95
from station.flags import Flag, doubted
from station.pace import interval

VIDEO = "video:"  # how a camera's source begins; its clip's path and "#1" follow

Device = Literal["gates", "camera"]


class Reading(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one device made of a run.

    Attributes:
        source: Number or file by which its maker knows it.
        marker2_ns: When Marker 2 was crossed, by this device.
        marker3_ns: When Marker 3 was.
        fly_s: Time between them as it was read, whatever the zero test says.
        fly_sigma_s: One standard deviation of it.
        lane_sigma_s: The part of that which the runner's unknown place in the lane adds.
        flags: From `station.flags`.
        zero_ratio: By how much of the gates' time its times are too long, by the zero test.
        zero_sigma_ratio: One standard deviation of that; all runs of a session share it.
        speeds_mps: Slowest and fastest that counted as a run in its recording, where others did
            than usually.
        capture_fps: Rate at which that was filmed, where the coach said so.
    """

    source: str
    marker2_ns: int
    marker3_ns: int
    fly_s: float
    fly_sigma_s: float
    lane_sigma_s: float = 0.0
    flags: tuple[str, ...] = ()
    zero_ratio: float = 0.0
    zero_sigma_ratio: float = 0.0
    speeds_mps: tuple[float, float] | None = None
    capture_fps: float | None = None

    @property
    def by(self) -> Device:
        """Which kind of device it is of."""
        return "camera" if self.source.startswith(VIDEO) else "gates"

    @property
    def clip(self) -> str | None:
        """The path of the recording that it was read from; None of a gate's."""
        return self.source.removeprefix(VIDEO).rpartition("#")[0] if self.by == "camera" else None

    @property
    def level_s(self) -> float:
        """Its fly time as the gates would have it."""
        return self.fly_s / (1 + self.zero_ratio)

    @property
    def level_sigma_s(self) -> float:
        """One standard deviation of that."""
        return hypot(self.fly_sigma_s, self.level_s * self.zero_sigma_ratio) / (1 + self.zero_ratio)


@dataclass(frozen=True, slots=True)
class Fused:
    """A run's time from all that was read of it.

    Attributes:
        fly_s: The time.
        fly_sigma_s: One standard deviation of it.
        lane_sigma_s: The part of that which the runner's unknown place in the lane adds.
        flags: Doubts and remarks of the readings that count, and of how they agree.
    """

    fly_s: float
    fly_sigma_s: float
    lane_sigma_s: float
    flags: tuple[str, ...]


def fuse(readings: Sequence[Reading]) -> Fused:
    """Say what readings of one run say together.

    Devices of a kind share what they are wrong by, as the runner's place in the lane: of each kind
    the best reading counts, and no more. Of two kinds a reading that is doubted beyond its ± does
    not count beside one that is not. What counts is weighted by its variance; where two differ by
    more than their combined 95 % interval, one of them is wrong by more than it knows, nobody can
    tell which, and both variances are larger by the same. R. DerSimonian and N. Laird (Controlled
    Clinical Trials 7, 1986, 177) estimate that of trials that disagree by what Q, which is the
    difference squared over its variance, is above its mean; of two readings that one device is
    wrong about, it is by what Q is above its 95 % point. So it grows from nothing: where the
    difference just begins to be too large, time and ± are those of readings that agree, and from
    5/4 of that on the interval reaches both readings.

    Args:
        readings: At least one.
    """
    best = _best(readings)
    counting = [one for one in best if not doubted(one.flags)] or best
    more_s2 = _between_s2(*counting) if len(counting) > 1 else 0.0
    weights = [1 / (one.level_sigma_s**2 + more_s2) for one in counting]
    total = sum(weights)
    fly_s = sum(w * one.level_s for w, one in zip(weights, counting, strict=True)) / total
    flags = set().union(*(one.flags for one in counting))
    if any(Flag.WIDE_INTERVAL not in one.flags for one in counting):
        flags.discard(Flag.WIDE_INTERVAL)  # what is wide in one is not in both together
    if more_s2:
        flags.add(Flag.DEVICES_DISAGREE)
    lanes_s = [one.lane_sigma_s / (1 + one.zero_ratio) for one in counting]
    lane_s = sum(w * one for w, one in zip(weights, lanes_s, strict=True)) / total
    return Fused(fly_s, 1 / sqrt(total), lane_s, tuple(sorted(flags)))


def best_of_each(readings: Sequence[Reading]) -> tuple[Reading, Reading] | None:
    """What counts of gates and of cameras; None where one kind alone has read it."""
    best = _best(readings)
    return (best[0], best[1]) if len(best) > 1 else None


def _best(readings: Sequence[Reading]) -> list[Reading]:
    """Of each kind of device the reading that counts, the gates' first."""
    return [
        min(of_kind, key=lambda one: (doubted(one.flags), one.level_sigma_s))
        for kind in ("gates", "camera")
        if (of_kind := [one for one in readings if one.by == kind])
    ]


def _between_s2(one: Reading, other: Reading) -> float:
    """What each variance is larger by than a reading knows; nothing of two that agree."""
    apart_s = abs(one.level_s - other.level_s)
    chance_s = INTERVAL_95 * hypot(one.level_sigma_s, other.level_sigma_s)
    return max(0.0, apart_s**2 - chance_s**2) / 2


def in_words(readings: Iterable[Reading]) -> str:
    """What each device read, for people: "gates 3.412 ± 0.006 s, camera 3.43 ± 0.04 s"."""
    words = []
    for one in readings:
        said = f"{one.by} {interval(one.fly_s, one.fly_sigma_s)} s"
        if one.zero_ratio:
            said += f" ({interval(one.level_s, one.level_sigma_s)} s by the zero test)"
        words.append(said + (" (in doubt)" if doubted(one.flags) else ""))
    return ", ".join(words)


def as_json(readings: Iterable[Reading]) -> list[dict[str, object]]:
    """The same as JSON objects."""
    return [
        {
            "by": one.by,
            "fly_s": one.fly_s,
            "fly_sigma_s": one.fly_sigma_s,
            "level_s": one.level_s,
            "level_sigma_s": one.level_sigma_s,
            "flags": one.flags,
        }
        for one in readings
    ]
