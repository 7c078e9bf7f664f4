"""The journal: every event of every session in one SQLite file; all the SQL there is.

It decides how events are kept: appended, each on the disk before it is said to be, by one station
at a time. Nothing in it is ever changed or taken out, but by `forget`. It never interprets an
event, and trouble with the disk never ends a session: its events wait in memory until they can be
saved, and `Log.trouble` says so.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import msgspec

from hardware.errors import StationError
from station.forgetting import without
from station.session_events import Happening, Recorded, Resumed, Undone

FIXED = tuple(
    f"CREATE TRIGGER no_{change} BEFORE {change} ON events "
    "BEGIN SELECT RAISE(ABORT, 'events are only ever appended'); END"
    for change in ("update", "delete")
)
LOOSE = ("DROP TRIGGER no_update", "DROP TRIGGER no_delete")
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE events (
            session TEXT NOT NULL,
            number INTEGER NOT NULL,
            boot_id TEXT NOT NULL,
            utc TEXT NOT NULL,
            body TEXT NOT NULL,
            event TEXT GENERATED ALWAYS AS (json_extract(body, '$.event')),
            at_ns INTEGER GENERATED ALWAYS AS (json_extract(body, '$.at_ns')),
            undoes INTEGER GENERATED ALWAYS AS (json_extract(body, '$.undoes')),
            PRIMARY KEY (session, number)
        ) WITHOUT ROWID
        """,
        "CREATE INDEX undone ON events (session, undoes) WHERE undoes IS NOT NULL",
        *FIXED,
    ),
)
"""What makes a journal of each version one of the next; its `user_version` says which it is."""

INSERT = "INSERT INTO events (session, number, boot_id, utc, body) VALUES (?, ?, ?, ?, ?)"
DELETE = "DELETE FROM events WHERE session = ? AND number = ?"
SELECT = "SELECT number, boot_id, utc, body FROM events WHERE session = ? ORDER BY number"
UNDONE = "SELECT undoes FROM events WHERE session = ? AND undoes IS NOT NULL"
SESSIONS = """
SELECT session, min(utc), max(utc), count(*) FROM events GROUP BY session ORDER BY min(utc)
"""
NOTE = """
SELECT json_extract(body, '$.note') FROM events
WHERE event = 'withdrawn' AND json_extract(body, '$.athlete') = ? ORDER BY utc DESC LIMIT 1
"""

WAIT_S = 0.5  # for a reader in another terminal

MOVE = "move the file away, or name another with --journal"
REMEDIES = {
    sqlite3.SQLITE_IOERR: "see that its disk is there and has space",
    sqlite3.SQLITE_FULL: "free some space on the disk",
    sqlite3.SQLITE_CORRUPT: MOVE,
    sqlite3.SQLITE_NOTADB: MOVE,
}
REMEDY = "see that its folder exists and is yours to write, or name another with --journal"

_decode = msgspec.json.Decoder[Recorded](Recorded).decode
_encode = msgspec.json.Encoder().encode


class JournalError(StationError):
    """The journal cannot be read or written."""


class InUseError(JournalError):
    """Another station writes to it."""


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
    """

    session: str
    first_utc: str
    last_utc: str
    events: int


def utc_now() -> str:
    """The time of day, as the journal has it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def resume(last: Record, boot_id: str, now_ns: int, now_utc: str) -> Resumed | None:
    """Bridge a restart of the computer; the only place that subtracts the time of day.

    Args:
        last: The last event before it.
        boot_id: Of the computer's start now.
        now_ns: Station time now, which began anew where the computer did.
        now_utc: The time of day now.

    Returns:
        What makes old instants new ones; None where the computer was not started anew.

    Raises:
        JournalError: The time of day went back, so it cannot tell how long it was.
    """
    if last.boot_id == boot_id:
        return None
    away = datetime.fromisoformat(now_utc) - datetime.fromisoformat(last.utc)
    away_ns = round(away.total_seconds() * 1e6) * 1000
    if away_ns < 0:
        raise JournalError(
            f"the computer's time of day, {now_utc}, is before that of the session's last event, "
            f"{last.utc}; set its clock, or begin a new session"
        )
    return Resumed(now_ns, now_ns - away_ns - last.event.at_ns)


class Journal:
    """A journal that is read. Whoever writes to it at the same time is not disturbed."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            JournalError: There is none, or it is none.
        """
        if not path.exists():
            raise JournalError(f"there is no journal {path}; name another with --journal")
        self._path = path
        with _told(path):
            self._db = _connect(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def sessions(self) -> list[Kept]:
        """All sessions, the oldest first."""
        with _told(self._path):
            return [Kept(*row) for row in self._db.execute(SESSIONS)]

    def records(self, session: str) -> dict[int, Record]:
        """A session's events by number, with those that were undone; empty where unknown."""
        with _told(self._path):
            return _records(self._db, session)

    def effective(self, session: str) -> Iterator[Happening]:
        """A session's events in order, one at a time, without those that were undone."""
        with _told(self._path):
            undone = {undoes for (undoes,) in self._db.execute(UNDONE, (session,))}
            for number, _, _, body in self._db.execute(SELECT, (session,)):
                event = None if number in undone else _decode(body)
                if event is not None and not isinstance(event, Undone):
                    yield event

    def note(self, athlete: str) -> str:
        """What was noted when an athlete last stopped; empty where nothing was."""
        with _told(self._path):
            row = self._db.execute(NOTE, (athlete,)).fetchone()
        return row[0] if row else ""


def forget(path: Path, name: str) -> int:
    """Take a name, its runs and all else about it out of a journal for good.

    Returns:
        How many events were taken out or rewritten.

    Raises:
        InUseError: A station writes to it.
        JournalError: It cannot be read or written, or another program reads it just now.
    """
    with Journal(path) as journal, _told(path), closing(_locked(path)):
        db, changed = journal._db, 0
        with _transaction(db):
            _run(db, LOOSE)
            for kept in journal.sessions():
                old = journal.records(kept.session)
                new = without(name, {number: one.event for number, one in old.items()})
                for number, one in old.items():
                    if new.get(number) == one.event:
                        continue
                    changed += 1
                    db.execute(DELETE, (kept.session, number))
                    if number in new:
                        _insert(db, kept.session, replace(one, event=new[number]))
            _run(db, FIXED)
        # Copies of what was taken out are left in the file and in the log before it.
        db.execute("VACUUM")
        if db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            raise JournalError(
                f"somebody is reading the journal {path}, so copies of what was taken out are left "
                "beside it; end that, and forget once more"
            )
    return changed


class Log:
    """A session that is written; nobody else may write to its journal.

    Attributes:
        records: All its events by number, whether saved or not.
        trouble: Why events wait in memory, and what to do about it; None while all are saved.
    """

    def __init__(
        self, path: Path, session: str, boot_id: str, utc: Callable[[], str] = utc_now
    ) -> None:
        """Open the session, and the journal if it can be; else go on in memory.

        Args:
            path: The journal; made where there is none.
            session: Its name. One that is there already is gone on with.
            boot_id: Of the computer's start that station time counts from now.
            utc: Tells the time of day.

        Raises:
            InUseError: Another station writes to the journal.
        """
        self.records: dict[int, Record] = {}
        self.trouble: str | None = None
        self._path, self._session, self._boot_id, self._utc = path, session, boot_id, utc
        self._lock: sqlite3.Connection | None = None
        self._db: sqlite3.Connection | None = None
        self._sound = False
        self._saved = 0
        self._error: JournalError | None = None
        self.save()
        if isinstance(self._error, InUseError):
            raise self._error
        if self._db is not None:
            self.records = _records(self._db, session)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.save()
        for one in (self._db, self._lock):
            if one is not None:
                one.close()

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
            with _told(self._path):
                db = self._db or self._open()
                with _transaction(db):
                    for one in self._waiting():
                        _insert(db, self._session, one)
        except JournalError as error:
            self._let_go()
            self._error = error
            self.trouble = f"{error}; the session goes on in memory, {self.waiting} events wait"
            return False
        self._saved = self._last()
        self.trouble = None
        return True

    def rescue(self, path: Path) -> None:
        """Write the session to another journal, whatever became of its own.

        Raises:
            InUseError: Another station writes to that.
            JournalError: It cannot be written.
        """
        with Log(path, self._session, self._boot_id, self._utc) as other:
            other.records = dict(self.records)
            if not other.save():
                raise JournalError(other.trouble or "")

    def _last(self) -> int:
        return next(reversed(self.records), self._saved)

    def _waiting(self) -> list[Record]:
        numbers = range(self._saved + 1, self._last() + 1)
        return [self.records[number] for number in numbers if number in self.records]

    def _open(self) -> sqlite3.Connection:
        """Open the journal, or open it again after trouble."""
        self._lock = self._lock or _locked(self._path)
        db = _connect(self._path)
        try:
            if not self._sound and db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise JournalError(f"the journal {self._path} is damaged; {MOVE}")
            self._sound = True
            self._saved = max(_records(db, self._session), default=0)
        except BaseException:
            db.close()
            raise
        self._db = db
        return db

    def _let_go(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def _connect(path: Path) -> sqlite3.Connection:
    """Open a journal of this version, durable at each transaction."""
    db = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        if _version(db) < len(MIGRATIONS):
            with _transaction(db):
                for statements in MIGRATIONS[_version(db) :]:  # asked again: now nobody else can
                    _run(db, statements)
                db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        if _version(db) > len(MIGRATIONS):
            raise JournalError(
                f"the journal {path} was written by a newer station (version {_version(db)}, this "
                f"one knows {len(MIGRATIONS)}); update the station, or name another with --journal"
            )
    except BaseException:
        db.close()
        raise
    return db


def _locked(path: Path) -> sqlite3.Connection:
    """Be the one station that writes to a journal, until closed or killed.

    The lock is one that SQLite holds on an empty file beside the journal: readers of the journal
    need not mind it, every system has it, and it ends with the process.
    """
    lock = sqlite3.connect(f"{path}.lock", timeout=0.0, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        raise InUseError(
            f"another station is using the journal {path}; end it, or name another with --journal"
        ) from None
    return lock


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in the station's own words what SQLite has to say."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        raise JournalError(
            f"the journal {path} cannot be used ({error}); {REMEDIES.get(code, REMEDY)}"
        ) from None


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _run(db: sqlite3.Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        db.execute(statement)


def _version(db: sqlite3.Connection) -> int:
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    return version


def _records(db: sqlite3.Connection, session: str) -> dict[int, Record]:
    rows = db.execute(SELECT, (session,))
    return {
        number: Record(number, boot_id, utc, _decode(body)) for number, boot_id, utc, body in rows
    }


def _insert(db: sqlite3.Connection, session: str, one: Record) -> None:
    body = _encode(one.event).decode()
    db.execute(INSERT, (session, one.number, one.boot_id, one.utc, body))
