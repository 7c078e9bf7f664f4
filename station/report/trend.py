"""How an athlete's flies went from session to session, each length by itself (pure).

It decides which flies are of one length, which may be a best, and what the wind says to that. It
draws nothing, and computes no time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from station.flags import doubted
from station.report.rows import Person, Row
from station.session.events import Wind
from station.session.state import Rep

MOST_WIND_MPS = 2.0  # from behind; with more of it no record is recognised (World Athletics)


@dataclass(frozen=True, slots=True)
class Flown:
    """A fly that counts and was timed.

    Attributes:
        session: Name of its session.
        rep: Which it is there.
        utc: Time of day when it ended, or else when the session began.
        row: As reports have it.
        time_s: How long it took.
        velocity_mps: How fast it was.
    """

    session: str
    rep: Rep
    utc: str
    row: Row
    time_s: float
    velocity_mps: float

    @property
    def is_doubted(self) -> bool:
        """Whether its flags doubt it beyond its ±."""
        return doubted(self.row.flags)

    @property
    def is_windy(self) -> bool:
        """Whether more than 2 m/s blew from behind."""
        return is_windy(self.row.wind)


@dataclass(frozen=True, slots=True)
class Trend:
    """An athlete's flies of one length.

    Attributes:
        length_m: Which, to the metre.
        flown: All of them, in the order in which they were run.
    """

    length_m: int
    flown: tuple[Flown, ...]

    @property
    def best(self) -> Flown | None:
        """The fastest that nothing speaks against; None where something does against all."""
        return _fastest(one for one in self._sure if not one.is_windy)

    @property
    def best_with_wind(self) -> Flown | None:
        """The fastest with more than 2 m/s from behind, where it is faster than the best."""
        windy, best = _fastest(one for one in self._sure if one.is_windy), self.best
        if windy is None or (best is not None and best.velocity_mps >= windy.velocity_mps):
            return None
        return windy

    @property
    def best_so_far(self) -> tuple[Flown, ...]:
        """Each that was the best when it was run."""
        found: list[Flown] = []
        for one in self._sure:
            if not one.is_windy and (not found or one.velocity_mps > found[-1].velocity_mps):
                found.append(one)
        return tuple(found)

    @property
    def _sure(self) -> list[Flown]:
        """What no flag doubts; and what a device timed, before what a thumb did."""
        sure = [one for one in self.flown if not one.is_doubted]
        return [one for one in sure if not one.row.by_hand] or sure


def is_windy(wind: Wind | None) -> bool:
    """Whether more than 2 m/s from behind was said."""
    return isinstance(wind, float | int) and wind > MOST_WIND_MPS


def flown(session: str, utc: str, person: Person, reps: Iterable[Rep]) -> Iterator[Flown]:
    """An athlete's flies of a session.

    Args:
        session: Its name.
        utc: When it began.
        person: The athlete's part of its report.
        reps: The same as the session has them, in the same order.
    """
    for row, rep in zip(person.rows, reps, strict=True):
        if row.kind == "fly" and row.counts and row.time_s and row.velocity_mps is not None:
            yield Flown(session, rep, row.utc or utc, row, row.time_s, row.velocity_mps)


def trends(all_: Iterable[Flown]) -> list[Trend]:
    """Flies by length, the shortest first; one length is never compared with another."""
    of_length: dict[int, list[Flown]] = {}
    for one in sorted(all_, key=lambda one: one.utc):
        of_length.setdefault(round(one.row.distance_m or 0.0), []).append(one)
    return [Trend(length_m, tuple(of_length[length_m])) for length_m in sorted(of_length)]


def _fastest(these: Iterable[Flown]) -> Flown | None:
    return max(these, key=lambda one: one.velocity_mps, default=None)
