"""The journal's SQLite file: its schema and migrations, its one writer, and what can go wrong.

It decides how the file is opened, locked, and changed as a whole, and says in the station's words
what SQLite has to say. What is in it is read and written by `station.journal` alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from hardware.errors import StationError

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

WAIT_S = 0.5  # for a reader in another terminal

MOVE = "move the file away, or name another with --journal"
REMEDIES = {
    sqlite3.SQLITE_IOERR: "see that its disk is there and has space",
    sqlite3.SQLITE_FULL: "free some space on the disk",
    sqlite3.SQLITE_CORRUPT: MOVE,
    sqlite3.SQLITE_NOTADB: MOVE,
}
REMEDY = "see that its folder exists and is yours to write, or name another with --journal"


class JournalError(StationError):
    """The journal cannot be read or written."""


class InUseError(JournalError):
    """Another station writes to it."""


def connect(path: Path) -> sqlite3.Connection:
    """Open a journal of this version, durable at each transaction, for one thread at a time."""
    db = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        if not _version(db) and db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise JournalError(f"'{path}' is another program's database; {MOVE}")
        if _version(db) < len(MIGRATIONS):
            with transaction(db):
                for statements in MIGRATIONS[_version(db) :]:  # asked again: now nobody else can
                    execute_all(db, statements)
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


def locked(path: Path) -> sqlite3.Connection:
    """Be the one station that writes to a journal, until closed or killed.

    The lock is one that SQLite holds on an empty file beside the journal: readers of the journal
    need not mind it, every system has it, and it ends with the process.
    """
    beside = f"{path.resolve()}.lock"  # one journal under two names is one
    lock = sqlite3.connect(beside, timeout=0.0, isolation_level=None, check_same_thread=False)
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
def told(path: Path) -> Iterator[None]:
    """Say in the station's own words what SQLite, or an event that is none, has to say."""
    try:
        yield
    except msgspec.MsgspecError as error:
        raise JournalError(
            f"the journal {path} holds an event that this station does not know ({error}); update "
            "the station, or name another with --journal"
        ) from None
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        raise JournalError(
            f"the journal {path} cannot be used ({error}); {REMEDIES.get(code, REMEDY)}"
        ) from None


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def execute_all(db: sqlite3.Connection, statements: Iterable[str]) -> None:
    """One after the other, within whatever transaction is open."""
    for statement in statements:
        db.execute(statement)


def _version(db: sqlite3.Connection) -> int:
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    return version
