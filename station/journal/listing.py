"""The sessions of a journal, listed for people and for programs.

It decides what is told of a session that is over. It changes no journal.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, tzinfo
from pathlib import Path

import msgspec

from hardware.counted import counted
from hardware.errors import StationError
from station.journal.journal import Journal, Kept
from station.session.events import Ender, Opened
from station.session.folding import fold
from station.session.state import COUNTS, Session
from station.session.turns import done
from station.session.words import ended
from station.workout.planned import Kind


class Ran(msgspec.Struct, frozen=True):
    """How far an athlete came: reps done, of so many."""

    name: str
    reps: int
    planned: int


class Listed(msgspec.Struct, frozen=True):
    """A session of a journal. The fields are the keys of JSON.

    Attributes:
        number: Counted from the latest, which is 1: `station export` takes it for a name.
        session: Its name.
        first_utc: Time of day of its first event.
        last_utc: And of its last.
        kind: Of its reps; None, as all that follows, where it cannot be read.
        workout: As the coach wrote it.
        athletes: In running order.
        reps: How many count.
        unassigned: Runs in the tray.
        ended: Whether it was; else it broke off, or goes on.
        ended_by: Who or what ended it; None where that is not known.
        unreadable: Why it cannot be read.
    """

    number: int
    session: str
    first_utc: str
    last_utc: str
    kind: Kind | None = None
    workout: str | None = None
    athletes: tuple[Ran, ...] | None = None
    reps: int | None = None
    unassigned: int | None = None
    ended: bool | None = None
    ended_by: Ender | None = None
    unreadable: str | None = None


def sessions(path: Path) -> list[Listed]:
    """Say what a journal holds, the oldest session first.

    Raises:
        JournalError: There is no journal, or it is none.
    """
    with Journal(path) as journal:
        kept = journal.sessions()
        return [
            _listed(journal, one, number)
            for one, number in zip(kept, range(len(kept), 0, -1), strict=True)
        ]


def _listed(journal: Journal, kept: Kept, number: int) -> Listed:
    """What a session came to."""
    listed = Listed(number, kept.session, kept.first_utc, kept.last_utc)
    try:
        opened = next(
            (one for one in journal.effective(kept.session) if isinstance(one, Opened)), None
        )
        session = fold(journal.effective(kept.session))
    except StationError as error:
        return msgspec.structs.replace(listed, unreadable=str(error))
    states = [rep.state for rep in session.reps.values()]
    return msgspec.structs.replace(
        listed,
        kind=session.kind,
        workout="" if opened is None else opened.workout,
        athletes=tuple(_ran(session, name) for name in session.members),
        reps=sum(state in COUNTS for state in states),
        unassigned=states.count("tray"),
        ended=session.phase == "cool-down",
        ended_by=session.ended_by if session.phase == "cool-down" else None,
    )


def _ran(session: Session, name: str) -> Ran:
    return Ran(name, done(session, name), len(session.members[name].plan))


def in_line(one: Listed, zone: tzinfo | None = None) -> str:
    """A session as a line.

    Args:
        one: The session.
        zone: Of times of day; where the computer is, by default.
    """
    day = when(one.first_utc, zone)
    # A name that nobody gave is the time of day, in another zone.
    called = "" if _time(one.session) else f"  {one.session}"
    head = f"{one.number:>3}  {day}{called}"
    if one.unreadable is not None:
        return f"{head}  cannot be read: {one.unreadable}"
    workout = "; ".join((one.workout or "").split("\n"))
    athletes = one.athletes or ()
    came = ", ".join(f"{ran.name} {ran.reps} of {counted(ran.planned, 'rep')}" for ran in athletes)
    tray = f", {one.unassigned} unassigned" if one.unassigned else ""
    return f"{head}  {workout}{': ' if workout else ''}{came}{tray}; {how_it_went(one)}"


def how_it_went(one: Listed) -> str:
    """Whether a session was ended, and by whom or what."""
    return ended(one.ended_by) if one.ended else "broke off, or goes on"


def when(utc: str, zone: tzinfo | None = None) -> str:
    """A time of day as a coach reads it; as it is written where it is none."""
    then = _time(utc)
    return utc if then is None else f"{then.astimezone(zone):%a %d %b %Y, %H:%M}"


def _time(text: str) -> datetime | None:
    with suppress(ValueError, OverflowError):
        return datetime.fromisoformat(text)
    return None
