"""Which pace a rep stands against, and what is said of it (pure).

It decides the one verdict on a rep that every screen and line shows. Of 400 m pace reps, most of
which are to be faster than 800 m pace, that is against 800 m pace where an 800 m time is known;
else, and of flies, against 400 m pace. It measures nothing.
"""

from __future__ import annotations

from typing import Literal, Protocol

from station.pace import Comparison, Verdict, compare
from station.session.judging import Measured, paces
from station.session.roster import Athlete
from station.workout.planned import Kind

Pace = Literal["400", "800"]
SIGNS = {"beats": "✓", "does-not-beat": "✗", "cannot-tell": "?"}


class Compared(Protocol):
    """What stands against a pace."""

    @property
    def verdict(self) -> Verdict:
        """Whether it beats it."""

    @property
    def margin_ratio(self) -> float:
        """Velocity minus pace, as a share of the pace."""


def against(kind: Kind, measured: Measured | None, athlete: Athlete) -> dict[Pace, Comparison]:
    """Compare a rep with what it is to beat.

    Returns:
        By pace, the one that decides first; none where no pace is known, or the time is doubted.
    """
    if measured is None or measured.doubtful:
        return {}
    known = paces(athlete)
    paces_mps: dict[Pace, float | None] = {"400": known.pace_400_mps}
    if kind == "400-pace":
        paces_mps = {"800": known.pace_800_mps, **paces_mps}
    speed_mps, sigma_mps = measured.velocity_mps, measured.velocity_sigma_mps
    return {
        pace: compare(speed_mps, sigma_mps, pace_mps, measured.distance_m)
        for pace, pace_mps in paces_mps.items()
        if pace_mps is not None
    }


def in_words(found: Compared, pace: Pace) -> str:
    """How a rep stands against a pace, as a coach says it, its sign before it."""
    return f"{SIGNS[found.verdict]} {said(found, pace)}"


def said(found: Compared, pace: Pace) -> str:
    """The same without its sign."""
    if found.verdict == "cannot-tell":
        return f"too close to {pace} m pace to tell"
    word = "faster" if found.verdict == "beats" else "slower"
    return f"{word} than {pace} m pace by {abs(100 * found.margin_ratio):.0f} %"
