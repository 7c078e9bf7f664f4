"""What the coach corrects afterwards, in the session that is on or in one that is over.

It decides to which session a correction goes, and that of one that is over nothing is undone but
what was said since. What a correction means, `station.session.coach` decides; none is lost, as
each is an event like any other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from hardware.errors import StationError
from station.film.into_session import Now, now
from station.journal.journal import Journal, Log, Record, resume
from station.journal.reading import LAST, named
from station.live.ground import Ground, On
from station.session.coach import OfEvents, Undo, events_of
from station.session.events import (
    Assigned,
    Ended,
    Happening,
    Marked,
    Noted,
    Recorded,
    Reread,
    SetAside,
    Undone,
    Voided,
)
from station.session.state import IllegalEventError, Session, effective, fold, undo
from station.session.words import refused

TAKEN_S, LOOK_S = 2.0, 0.02  # until the session that is on has taken what was said
CORRECTING = Assigned | Marked | Noted | Reread | SetAside | Voided


@dataclass(frozen=True, slots=True)
class Found:
    """A session that can be corrected.

    Attributes:
        name: In the journal.
        session: As it is; nobody else changes this copy.
        is_on: Whether it is the one that is on.
    """

    name: str
    session: Session
    is_on: bool


class Corrections:
    """Sessions of a station, for whoever looks at their runs again."""

    def __init__(self, ground: Ground, now: Callable[[], Now] = now) -> None:
        """Open nothing.

        Args:
            ground: Where sessions are held, and the journal.
            now: Tells the instant.
        """
        self._ground, self._now = ground, now

    def find(self, wanted: str = "") -> Found:
        """A session.

        Args:
            wanted: As `station.journal.reading.meant` takes it; empty for the one that is on, else
                the last.

        Raises:
            StationError: There is none, or several may be meant.
        """
        on = self._ground.on
        if on is not None and on.desk.name and wanted in ("", on.desk.name):
            return Found(on.desk.name, on.desk.session().copy(), True)
        with Journal(self._ground.journal) as journal:
            name = named(journal, wanted or LAST).session
            if on is not None and name == on.desk.name:
                return Found(name, on.desk.session().copy(), True)
            try:
                return Found(name, fold(journal.effective(name)), False)
            except IllegalEventError as error:
                raise StationError(f"the session {name} cannot be read: {error}") from None

    def say(self, name: str, command: OfEvents | Undo) -> Session:
        """Let the coach say something of a session.

        Args:
            name: Its name in the journal.
            command: What.

        Returns:
            The session as it is then.

        Raises:
            StationError: It means nothing there; or the session is over and the journal is in
                use, or cannot be written.
        """
        on = self._ground.on
        if on is not None and on.desk.name == name:
            return self._say_now(on, command)
        if on is not None:
            raise StationError(
                "a session is on, and the journal is its own until it ends; correct this one then"
            )
        return self._say_later(name, command)

    def _say_now(self, on: On, command: OfEvents | Undo) -> Session:
        before = on.desk.session().copy()
        if not isinstance(command, Undo):
            _tried(before.copy(), command, on.desk.now_ns())
        self._ground.do(command)
        until_s = time.monotonic() + TAKEN_S
        while on.desk.session() == before and time.monotonic() < until_s:
            time.sleep(LOOK_S)
        if isinstance(command, Undo) and on.desk.session() == before:
            raise StationError("there is nothing to take back; what was timed can be voided")
        return on.desk.session().copy()

    def _say_later(self, name: str, command: OfEvents | Undo) -> Session:
        now = self._now()
        with Log(self._ground.journal, name, now.boot_id, lambda: now.utc) as log:
            if log.error:
                raise log.error
            last = log.records[max(log.records)]
            resumed = resume(last, now.boot_id, now.at_ns, now.utc)
            first: list[Happening] = [] if resumed is None else [resumed]
            at_ns = max(now.at_ns, last.event.at_ns + 1) if resumed is None else now.at_ns + 1
            said: list[Recorded]
            if isinstance(command, Undo):
                said = [*_undone(log.records, at_ns)]
            else:
                said = [*_tried(fold([*_left(log.records), *first]), command, at_ns)]
            for event in (*first, *said) if said else ():
                log.append(event)
            if log.error:
                raise log.error
            return fold(_left(log.records))


def _left(log: Mapping[int, Record]) -> Iterator[Happening]:
    """A session's events without those that were undone."""
    return effective({number: record.event for number, record in log.items()})


def _tried(session: Session, command: OfEvents, at_ns: int) -> tuple[Happening, ...]:
    """What follows from a command, once all of it is known to be possible."""
    try:
        events = events_of(session, command, at_ns)
        for event in events:
            session.apply(event)
    except IllegalEventError as error:
        raise StationError(refused(session, error)) from None
    return events


def _undone(log: Mapping[int, Record], at_ns: int) -> tuple[Undone, ...]:
    """What takes back the last correction, if nothing else was said since the session ended."""
    records = {number: record.event for number, record in log.items()}
    ended = [number for number, event in records.items() if isinstance(event, Ended)]
    events, _ = undo(records, at_ns)
    last = events[-1].undoes
    if last < max(ended, default=0) or not isinstance(records[last], CORRECTING):
        raise StationError(
            "nothing was corrected since the session ended; what was said in it stands"
        )
    return events
