"""The journal's SQLite file: its schema and migrations, its one writer, and what can go wrong.

It decides how the file is opened, locked, and changed as a whole, and says in the station's words
what SQLite has to say. What is in it is read and written by `station.journal.journal` alone.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

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

OURS = 0x464C5953  # a journal's `application_id`; the first ones had none
COLUMNS = {"session", "number", "boot_id", "utc", "body"}

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
    _refuse_none_of_ours(path)
    # Whole, it is a file's name and nothing else: no ":memory:", no URI.
    whole = path.absolute()
    db = sqlite3.connect(whole, timeout=WAIT_S, isolation_level=None, check_same_thread=False)
    try:
        _refuse_other(db, path)  # again, with what is in its log alone
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        if _version(db) < len(MIGRATIONS):
            with transaction(db):
                if not _version(db):
                    db.execute(f"PRAGMA application_id = {OURS}")
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


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a journal to read it: as it lies there, where nothing may be written beside it."""
    _, _, unread_bytes = _status(files_of(path)[1])  # in its log, which is read with a file beside
    try:
        return connect(path)
    except sqlite3.OperationalError:
        db = sqlite3.connect(_unchanged(path), uri=True, check_same_thread=False)
        if unread_bytes or _version(db) != len(MIGRATIONS):
            db.close()
            raise
        return db


def locked(path: Path) -> sqlite3.Connection:
    """Be the one station that writes to a journal, until closed or killed.

    The lock is one that SQLite holds on an empty file beside the journal: readers of the journal
    need not mind it, every system has it, and it ends with the process.
    """
    _refuse_none_of_ours(path)
    beside = f"{os.path.realpath(path)}.lock"  # one journal under two names is one
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


def check_free(path: Path) -> None:
    """Refuse to begin where another station is writing.

    Raises:
        InUseError: One writes to this journal.
        JournalError: It cannot be used at all.
    """
    with told(path), closing(locked(path)):
        pass


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
    except ValueError as error:
        raise JournalError(f"the journal {path} is damaged ({error}); {MOVE}") from None
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


def files_of(path: Path) -> tuple[Path, ...]:
    """The journal's own file, and those that SQLite and the station keep beside it."""
    real = os.path.realpath(path)
    ends = ("", "-wal", "-shm", "-journal", ".lock", ".lock-journal")
    return tuple(Path(f"{real}{end}") for end in ends)


@dataclass(frozen=True, slots=True)
class Marks:
    """What a journal on the disk is known by: its file, the log before it, and how long they are.

    Attributes:
        files: Device and number of each; zeros where there is none.
        sizes_bytes: Neither gets shorter while a journal is written.
    """

    files: tuple[tuple[int, int], ...]
    sizes_bytes: tuple[int, ...]

    @classmethod
    def of(cls, path: Path) -> Self:
        """As they are now."""
        found = [_status(one) for one in files_of(path)[:2]]
        return cls(tuple(one[:2] for one in found), tuple(one[2] for one in found))

    def hold(self, path: Path) -> bool:
        """Whether it is still that journal; SQLite writes to a deleted one without a word."""
        now = Marks.of(path)
        pairs = zip(self.sizes_bytes, now.sizes_bytes, strict=True)
        return self.files == now.files and all(then <= size for then, size in pairs)


def _status(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0, 0
    return found.st_dev, found.st_ino, found.st_size


def _refuse_none_of_ours(path: Path) -> None:
    """Look at what is there without changing a byte of it, or beside it."""
    if not path.exists():
        return
    if not path.is_file():
        raise JournalError(f"'{path}' is no file that could be a journal; {MOVE}")
    with closing(sqlite3.connect(_unchanged(path), uri=True)) as db, suppress(sqlite3.Error):
        _refuse_other(db, path)  # without its log the file may make no sense: then not here


def _unchanged(path: Path) -> str:
    """How SQLite is told to change nothing."""
    return f"{path.absolute().as_uri()}?mode=ro&immutable=1"


def _refuse_other(db: sqlite3.Connection, path: Path) -> None:
    """Refuse another program's database; one with nothing in it may become a journal."""
    whose: int = db.execute("PRAGMA application_id").fetchone()[0]
    holds = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    columns = {row[1] for row in db.execute("PRAGMA table_info(events)")}
    ours = whose == OURS or (not whose and columns >= COLUMNS)
    if (whose or holds or _version(db)) and not (ours and _version(db) > 0):
        raise JournalError(f"'{path}' is another program's database; {MOVE}")


def _version(db: sqlite3.Connection) -> int:
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    return version
