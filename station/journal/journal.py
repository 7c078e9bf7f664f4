"""The journal: every event of every session in one SQLite file.

It decides how events are kept: appended, each on the disk before it is said to be, by one station
at a time. Nothing in it is ever changed or taken out, but by `station.journal.forget`. It never
interprets an event; all SQL is in these two and in `station.journal.file`. Trouble with the disk
never ends a session: its events wait in memory until they can be saved, and `Log.trouble` says so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import gettempdir
from typing import Self

import msgspec
from platformdirs import user_data_path

from hardware.counted import counted
from station.journal.file import (
    MOVE,
    InUseError,
    JournalError,
    Marks,
    connect,
    connect_to_read,
    files_of,
    locked,
    told,
    transaction,
)
from station.session.events import Happening, Recorded, Reread, Undone, in_json

INSERT = "INSERT INTO events (session, number, boot_id, utc, body) VALUES (?, ?, ?, ?, ?)"
SELECT = "SELECT number, boot_id, utc, body FROM events WHERE session = ? ORDER BY number"
UNDONE = "SELECT undoes FROM events WHERE session = ? AND undoes IS NOT NULL"
SESSIONS = """
WITH kept AS (
    SELECT session, max(number) AS number, min(utc) AS first_utc, count(*) AS events
    FROM events GROUP BY session
)
SELECT session, first_utc, utc, events, boot_id FROM kept JOIN events USING (session, number)
ORDER BY julianday(first_utc) IS NOT NULL, first_utc
"""
ATHLETES = """
SELECT DISTINCT part.atom FROM events, json_tree(body) AS part
WHERE session = ? AND event IN ('opened', 'joined') AND part.fullkey LIKE '%.athlete.name'
"""

_decode_sound = msgspec.json.Decoder[Recorded](Recorded).decode
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Record:
    """An event as it is kept.

    Attributes:
        number: Its place in its session, from 1; of what was forgotten, none.
        boot_id: The start of the computer that its station time counts from.
        utc: Time of day when it was written.
        event: What happened.
    """

    number: int
    boot_id: str
    utc: str
    event: Recorded


@dataclass(frozen=True, slots=True)
class Kept:
    """A session in the journal.

    Attributes:
        session: Its name.
        first_utc: Time of day of its first event.
        last_utc: And of its last.
        events: How many it has.
        boot_id: The start of the computer that its last event is of.
    """

    session: str
    first_utc: str
    last_utc: str
    events: int
    boot_id: str


def default_journal(name: str = "journal") -> Path:
    """Where the platform keeps a user's data."""
    return user_data_path("flying-sprint-station", appauthor=False) / f"{name}.sqlite"


def elsewhere(path: Path) -> tuple[Path, ...]:
    """Where a session goes that its journal cannot take: beside it, home, or temporary."""
    folders = [path.parent]
    for folder in (Path.home, gettempdir):
        with suppress(OSError, RuntimeError):  # there is none, or none with space
            folders.append(Path(folder()))
    name = f"{path.stem}-rescued{path.suffix}"
    return tuple(dict.fromkeys(folder.absolute() / name for folder in folders))


def utc_now() -> str:
    """The time of day, as the journal has it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Journal:
    """A journal that is read. Whoever writes to it at the same time is not disturbed."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            JournalError: There is none, or it is none.
        """
        if not path.exists():
            raise JournalError(
                f"there is no journal {path} yet: a session begins it, or name another with "
                "--journal"
            )
        self._path = path
        with told(path):
            self._db = connect_to_read(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def sessions(self) -> list[Kept]:
        """All sessions, the oldest first."""
        with told(self._path):
            return [Kept(*row) for row in self._db.execute(SESSIONS)]

    def records(self, session: str) -> dict[int, Record]:
        """A session's events by number, with those that were undone; empty where unknown."""
        with told(self._path):
            return records_of(self._db, session)

    def effective(self, session: str) -> Iterator[Happening]:
        """A session's events in order, one at a time, without those that were undone."""
        with told(self._path):
            undone = {undoes for (undoes,) in self._db.execute(UNDONE, (session,))}
            for number, _, _, body in self._db.execute(SELECT, (session,)):
                event = None if number in undone else _decode(body)
                if event is not None and not isinstance(event, Undone):
                    yield event

    def athletes(self, session: str) -> set[str]:
        """Everybody who was ever in a session, even where it cannot be read otherwise."""
        with told(self._path):
            return {name for (name,) in self._db.execute(ATHLETES, (session,))}


class Log:
    """A session that is written; no other station may write to its journal.

    Attributes:
        records: All its events by number, whether saved or not.
        trouble: Why events wait in memory, and what to do about it; None while all are saved.
        error: The same for whoever cannot go on in memory.
        kept: After the end, the journal that holds all of it; None where there is none.
    """

    def __init__(
        self,
        path: Path,
        session: str,
        boot_id: str,
        utc: Callable[[], str] = utc_now,
        beside: bool = False,
    ) -> None:
        """Open the session, and the journal if it can be; else go on in memory.

        Args:
            path: The journal; made where there is none.
            session: Its name. One that is there already is gone on with.
            boot_id: Of the computer's start that station time counts from now.
            utc: Tells the time of day.
            beside: Whether the journal is this station's already, for another session that is on.

        Raises:
            InUseError: Another station writes to the journal.
        """
        self.records: dict[int, Record] = {}
        self.trouble: str | None = None
        self._path, self._session, self._boot_id, self._utc = path, session, boot_id, utc
        self._beside = beside
        self._lock: sqlite3.Connection | None = None
        self._db: sqlite3.Connection | None = None
        self._marks: Marks | None = None
        self._sound = False
        self._saved = 0
        self.error: JournalError | None = None
        self.kept: Path | None = None
        self.save()
        if isinstance(self.error, InUseError):
            raise self.error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self, others: Iterable[Path] = ()) -> None:
        """Save all, read it again, and close; then `kept`, `waiting` and `trouble` are for good.

        Args:
            others: Journals that are to take the whole session, if its own cannot: the first
                that can does.
        """
        self._let_go()
        self._sound, self._saved = False, 0  # until it has been read again
        if self.save():
            self.kept = self._path if self.records else None
        elif self.waiting:
            self.kept = next(filter(self._rescued, others), None)
            if self.kept is None:
                self.trouble = (
                    f"{self.error}; {counted(self.waiting, 'event is', 'events are')} lost"
                )
            else:
                self.trouble = f"{self.error}; the whole session is in {self.kept} instead"
                self._saved = self._last()
        self._let_go()
        self._unlock()

    @property
    def waiting(self) -> int:
        """How many events are in memory alone."""
        return len(self._waiting())

    def append(self, event: Recorded) -> Record:
        """Keep an event: on the disk when this returns, or in memory and `trouble` says so."""
        number = self._last() + 1
        record = Record(number, self._boot_id, self._utc(), event)
        self.records[number] = record
        self.save()
        return record

    def save(self) -> bool:
        """Try to put on the disk what waits in memory.

        Returns:
            Whether all is on it.
        """
        try:
            with told(self._path):
                if self._marks is not None and not self._marks.hold(self._path):
                    self._lose()
                db = self._db or self._open()
                with transaction(db):
                    for one in self._waiting():
                        insert(db, self._session, one)
                self._marks = Marks.of(self._path)
        except JournalError as error:
            self._let_go()
            self.error = error
            waits = (
                f", {counted(self.waiting, 'event is', 'events are')} waiting"
                if self.waiting
                else ""
            )
            self.trouble = f"{error}; the session goes on in memory{waits}"
            return False
        self._saved = self._last()
        self.error = self.trouble = None
        return True

    def rescue(self, path: Path) -> None:
        """Write the session to another journal, whatever became of its own.

        Raises:
            InUseError: Another station writes to that.
            JournalError: It cannot be written.
        """
        with Log(path, self._session, self._boot_id, self._utc) as other:
            other.records = dict(self.records)
            other._let_go()  # what is there is read again, and held against it
            if not other.save():
                raise JournalError(other.trouble or "")

    def _rescued(self, path: Path) -> bool:
        is_new = not path.exists()
        try:
            self.rescue(path)
        except JournalError:
            for one in files_of(path) if is_new else ():
                with suppress(OSError):
                    one.unlink()
            return False
        return True

    def _last(self) -> int:
        return next(reversed(self.records), self._saved)

    def _waiting(self) -> list[Record]:
        numbers = range(self._saved + 1, self._last() + 1)
        return [self.records[number] for number in numbers if number in self.records]

    def _open(self) -> sqlite3.Connection:
        """Open the journal, or open it again after trouble."""
        if not self._beside:
            self._lock = self._lock or locked(self._path)
        db = connect(self._path)
        try:
            if not self._sound and db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise JournalError(f"the journal {self._path} is damaged; {MOVE}")
            self._sound = True
            kept = records_of(db, self._session)
            if not self.records:  # it can be read, at least, and so gone on with
                self.records = kept
            elif [*self.records.items()][: len(kept)] != [*kept.items()]:
                raise JournalError(
                    f"the journal {self._path} holds a session '{self._session}' that is not this "
                    f"one; {MOVE}"
                )
            self._saved = max(kept, default=0)
        except BaseException:
            db.close()
            raise
        self._db = db
        return db

    def _lose(self) -> None:
        """The file was moved, replaced or cut off behind SQLite's back: all of it waits again."""
        self._let_go()
        self._unlock()  # which may be gone with it
        self._sound, self._saved = False, 0
        raise JournalError(
            f"the journal {self._path} was moved away, replaced or cut off; it is made anew"
        )

    def _let_go(self) -> None:
        self._marks = None
        if self._db is not None:
            self._db.close()
            self._db = None

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def records_of(db: sqlite3.Connection, session: str) -> dict[int, Record]:
    """A session's events by number."""
    rows = db.execute(SELECT, (session,))
    return {
        number: Record(number, boot_id, _checked(utc), _decode(body))
        for number, boot_id, utc, body in rows
    }


def _decode(body: str) -> Recorded:
    """An event as it was written.

    A reading again whose numbers were none was written all the same, before that was refused; with
    zeros in their place it is one that the session leaves out.
    """
    try:
        event: Recorded = _decode_sound(body)
    except msgspec.ValidationError:
        plain = msgspec.json.decode(body)
        if plain.get("event") != in_json(Reread.__name__) or not plain.get("run"):
            raise
        run = {name: 0.0 if number is None else number for name, number in plain["run"].items()}
        event = msgspec.convert({**plain, "run": run}, Reread)
    return event


def _checked(utc: str) -> str:
    """A time of day as it was written.

    Raises:
        ValueError: It is none.
    """
    if datetime.fromisoformat(utc).tzinfo is None:
        raise ValueError(f"the time of day '{utc}' has no zone")
    return utc


def insert(db: sqlite3.Connection, session: str, one: Record) -> None:
    """Add an event to a session."""
    body = _encode(one.event).decode()
    db.execute(INSERT, (session, one.number, one.boot_id, one.utc, body))
