"""What the coach corrects afterwards, in the session that is on or in one that is over.

It decides to which session a correction goes, and that of one that is over nothing is undone but
what was said since. What a correction means, `station.session.coach` decides; none is lost, as
each is an event like any other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import msgspec

from hardware.errors import StationError
from station.film.into_session import Now, now
from station.journal.journal import Journal, Log, Record
from station.journal.reading import LAST, named
from station.journal.time_of_day import resume
from station.live.ground import Ground
from station.session.coach import events_of
from station.session.commands import OfEvents, Reread, Undo
from station.session.events import CORRECTING, Ended, Happening, Recorded, Undone
from station.session.folding import effective, fold, undo
from station.session.joining import shifted
from station.session.state import IllegalEventError, Session
from station.session.words import refused

NOTHING_YET = "nobody was timed yet; begin a session in Workout, and look at each of its runs here"


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
        self._one_at_a_time = threading.Lock()  # each goes on from what the last has written

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
        if not self._ground.journal.exists():
            raise StationError(NOTHING_YET)
        with Journal(self._ground.journal) as journal:
            if not journal.sessions():
                raise StationError(NOTHING_YET)
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
            StationError: It means nothing there; the session that is on was too busy for it; or
                one is over and another station is using the journal, or it cannot be written.
        """
        on = self._ground.on
        if on is not None and on.desk.name == name:
            on.desk.ask(command)
            return on.desk.session().copy()
        if on is not None and not on.desk.name:  # it may be this one, which goes on
            raise StationError("a session is just beginning; say it again")
        with self._one_at_a_time:
            return self._say_later(name, command, beside=on is not None)

    def _say_later(self, name: str, command: OfEvents | Undo, beside: bool) -> Session:
        now = self._now()
        with Log(self._ground.journal, name, now.boot_id, lambda: now.utc, beside) as log:
            if log.error:
                raise log.error
            last = log.records[max(log.records)]
            resumed = resume(last, now.boot_id, now.at_ns, now.utc)
            first: list[Happening] = [] if resumed is None else [resumed]
            if resumed is not None and isinstance(command, Reread) and command.run is not None:
                # It was read before this count of station time was gone on with.
                run = shifted(command.run, resumed.shift_ns)
                command = msgspec.structs.replace(command, run=run)
            at_ns = max(now.at_ns, last.event.at_ns + 1) if resumed is None else now.at_ns + 1
            said: list[Recorded]
            if isinstance(command, Undo):
                said = [*_undone(log.records, command, at_ns)]
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


def _undone(log: Mapping[int, Record], command: Undo, at_ns: int) -> tuple[Undone, ...]:
    """What takes back the last correction, if nothing else was said since the session ended."""
    records = {number: record.event for number, record in log.items()}
    ended = [number for number, event in records.items() if isinstance(event, Ended)]
    try:
        events, _ = undo(records, at_ns, command.rep)
    except IllegalEventError as error:
        raise StationError(str(error)) from None
    last = events[-1].undoes
    if last < max(ended, default=0) or not isinstance(records[last], CORRECTING):
        raise StationError(
            "nothing was corrected since the session ended; what was said in it stands"
        )
    return events
