"""Crossings → Run: fly time, velocity and the two parts of the ±, on paper only (pure).

It decides nothing about pixels and knows no clock: it gets two crossings and combines them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["left-to-right", "right-to-left"]


@dataclass(frozen=True, slots=True)
class Run:
    """One complete passage from Marker 2 to Marker 3. The fields are the JSON's keys.

    Attributes:
        marker2_s: Crossing of Marker 2, seconds on the recording's own timestamps.
        marker3_s: Crossing of Marker 3, seconds on the recording's own timestamps.
        fly_s: Fly time in real seconds (differs from the difference above in slow motion).
        fly_sigma_s: One standard deviation of `fly_s`, everything included.
        repeat_sigma_s: The part that changes between runs of a runner who holds his line.
        lane_sigma_s: The part that his unknown lateral position adds.
        velocity_mps: Zone length divided by fly time.
        velocity_sigma_mps: One standard deviation of `velocity_mps`.
        direction: Which way the run went in the picture.
        pace_400_mps: The athlete's 400 m pace, None without a 400 m time.
        pace_ratio: velocity / 400 m pace, None without a 400 m time.
        athlete: Name, None where not given.
        flags: Doubts and remarks, from `station.flags`.
    """

    marker2_s: float
    marker3_s: float
    fly_s: float
    fly_sigma_s: float
    repeat_sigma_s: float
    lane_sigma_s: float
    velocity_mps: float
    velocity_sigma_mps: float
    direction: Direction
    pace_400_mps: float | None
    pace_ratio: float | None
    athlete: str | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Incomplete:
    """A passage at a run's speed that is no run: one marker only, or the wrong way.

    Attributes:
        marker2_s: Crossing of Marker 2 on the recording's timestamps, None if not seen.
        marker3_s: Crossing of Marker 3 on the recording's timestamps, None if not seen.
        velocity_mps: Speed at the marker seen (the mean, where both were).
        direction: Which way the runner went in the picture.
        reason: Why it is no run.
        flags: Doubts and remarks; a reverse passage carries "reverse" here too.
    """

    marker2_s: float | None
    marker3_s: float | None
    velocity_mps: float
    direction: Direction
    reason: Literal["marker2-only", "marker3-only", "reverse"]
    flags: tuple[str, ...]
