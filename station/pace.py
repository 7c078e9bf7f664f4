"""400 m pace, and whether a fly beats it (pure).

It decides what a 400 m time is and how a velocity with its ± stands against the pace of that
time. It never decides who is a sprinter, and times nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil
from typing import Literal

from calibration.interval import INTERVAL_95
from hardware.errors import StationError

Verdict = Literal["beats", "does-not-beat", "cannot-tell"]

FASTEST_400_S = 43.0  # the world record is 43.03 s (W. van Niekerk, Rio de Janeiro 2016)
SLOWEST_400_S = 180.0
SPRINTER_ZONE_M = 30.0  # for about so long a sprinter holds top speed,
LONGEST_ZONE_M = 50.0  # and a middle-distance runner at most


@dataclass(frozen=True, slots=True)
class Comparison:
    """A fly against the pace of the athlete's 400 m time.

    Attributes:
        verdict: Whether the fly beats the pace; "cannot-tell" where its 95 % interval holds it.
        margin_mps: Velocity minus pace.
        margin_ratio: The same as a share of the pace (0.05 is 5 % faster).
        meeting_fly_s: The fly time that just meets the pace over this zone.
    """

    verdict: Verdict
    margin_mps: float
    margin_ratio: float
    meeting_fly_s: float


def seconds(text: str) -> float | None:
    """Read a time as coaches write it: `58.4`, `58,4`, `0:58.4`, `2:11`; None where it is none."""
    minutes = r"(?:(\d{1,2}):(?=[0-5]\d(?:[.,]|$)))?"
    match = re.fullmatch(minutes + r"(\d+(?:[.,]\d+)?)", text.strip(), re.A)
    return match and 60.0 * int(match[1] or 0) + float(match[2].replace(",", "."))


def parse_time(text: str) -> float:
    """Read a 400 m time as coaches write it: `58`, `58.4`, `58,4`, `0:58.4` or `1:02`.

    Returns:
        Seconds.

    Raises:
        StationError: It is no time, or one that no one runs.
    """
    time_s = seconds(text)
    if time_s is None:
        raise StationError(
            f"the 400 m time '{text}' is not a time; write seconds or minutes:seconds, "
            "as 58.4 or 0:58.4 or 1:02"
        )
    if not FASTEST_400_S <= time_s <= SLOWEST_400_S:
        raise StationError(
            f"no one runs 400 m in {time_s:g} s; give the athlete's 400 m time, "
            f"between {FASTEST_400_S:g} s and 3:00"
        )
    return time_s


def pace_400_mps(time_400_s: float) -> float:
    """The mean velocity of a 400 m time."""
    return 400.0 / time_400_s


def compare(
    velocity_mps: float, velocity_sigma_mps: float, pace_mps: float, fly_m: float
) -> Comparison:
    """Say whether a fly beats a pace, as far as its 95 % interval lets that be said.

    Args:
        velocity_mps: The fly's velocity.
        velocity_sigma_mps: Its standard deviation.
        pace_mps: The pace to beat.
        fly_m: Length of the Fly Zone.
    """
    margin_mps = velocity_mps - pace_mps
    verdict: Verdict = "cannot-tell"
    if abs(margin_mps) > INTERVAL_95 * velocity_sigma_mps:
        verdict = "beats" if margin_mps > 0 else "does-not-beat"
    return Comparison(verdict, margin_mps, margin_mps / pace_mps, fly_m / pace_mps)


def interval(value: float, sigma: float, digits: int = 2) -> str:
    """A value to the hundredth, say, with half its 95 % interval, which is rounded up."""
    return f"{value:.{digits}f} ± {_up(INTERVAL_95 * sigma, digits) / 10**digits:.{digits}f}"


def spread(half_width: float | None, digits: int = 2) -> str:
    """What a value is sure within, rounded up; empty where that is its last digit or less.

    Screens that are read at a glance write it behind each value.

    Args:
        half_width: Half of its 95 % interval; None where that is not known.
        digits: Of the value, behind the point.
    """
    up = _up(half_width or 0.0, digits)
    return f"± {up / 10**digits:.{digits}f}" if up > 1 else ""


def _up(half_width: float, digits: int) -> int:
    """In units of the last digit."""
    return ceil(float(10**digits) * half_width - 1e-6)


def zone_note(fly_m: float) -> str | None:
    """What to keep in mind where the zone is longer than some athletes hold top speed."""
    if fly_m <= SPRINTER_ZONE_M:
        return None
    if fly_m <= LONGEST_ZONE_M:
        return (
            f"Sprinters hold top speed for about 30 m, middle-distance runners for 30 to 50 m: "
            f"a sprinter's {fly_m:g} m fly is somewhat below top speed."
        )
    return (
        f"Sprinters hold top speed for about 30 m, middle-distance runners for 30 to 50 m: "
        f"over {fly_m:g} m nobody's fly is all top speed."
    )
