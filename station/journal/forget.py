"""A name taken out of a journal for good, with its runs: the one thing that changes what is there.

It decides what becomes of the file: what was in it is in none of its bytes then. What of a session
is about an athlete, `station.session.forgetting` decides; files beside it,
`station.journal.erasing`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from hardware.errors import StationError
from station.journal.file import (
    FIXED,
    LOOSE,
    JournalError,
    connect,
    execute_all,
    locked,
    told,
    transaction,
)
from station.journal.journal import Journal, insert, records_of
from station.session.forgetting import named_in, unnamed, without

DELETE = "DELETE FROM events WHERE session = ? AND number = ?"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was taken out of a journal, or rewritten there.

    Attributes:
        events: How many.
        sessions: Of how many sessions.
        left: What is to be said of sessions they are still in, which cannot be read.
    """

    events: int
    sessions: int
    left: tuple[str, ...] = ()


@contextmanager
def forgetting(path: Path, name: str) -> Iterator[Forgotten]:
    """Take a name, its runs and all else about it out of a journal for good, as the block ends.

    An error in the block leaves the journal as it was; nobody else writes to it meanwhile.

    Yields:
        What is taken out, or rewritten.

    Raises:
        InUseError: A station writes to it.
        JournalError: It cannot be read or written, or another program reads it just now.
    """
    left: list[str] = []
    with (
        Journal(path) as journal,
        told(path),
        closing(locked(path)),
        closing(connect(path)) as db,
    ):
        events, sessions = 0, 0
        with transaction(db):  # only what has been written since shows who reads what was before
            execute_all(db, (*LOOSE, *FIXED))
        _unread(db, path)
        with transaction(db):
            execute_all(db, LOOSE)
            taken = {kept.session for kept in journal.sessions()}
            for session in sorted(taken):
                try:
                    changed = _forget_in(db, session, name, taken)
                except StationError as error:
                    if name in journal.athletes(session):
                        left.append(_left(path, session, name, error))
                    continue
                events += changed
                sessions += changed > 0
            execute_all(db, FIXED)
            yield Forgotten(events, sessions, tuple(left))
        # Copies of what was taken out are left in the file and in the log before it.
        db.execute("VACUUM")
        _unread(db, path)


def _left(path: Path, session: str, name: str, error: StationError) -> str:
    return (
        f"{name} is still in the session {session} of {path}, which cannot be read ({error}); "
        "delete the journal, if that must not be"
    )


def _unread(db: sqlite3.Connection, path: Path) -> None:
    """Empty the log before the file, which somebody who reads in it keeps as it is."""
    if db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        raise JournalError(
            f"somebody is reading the journal {path}, so copies of what is taken out would be left "
            "beside it; end that, and forget then"
        )


def _forget_in(db: sqlite3.Connection, session: str, name: str, taken: set[str]) -> int:
    """Take a name out of one session; returns how many events are others now."""
    old, called = records_of(db, session), session
    events = {number: one.event for number, one in old.items()}
    new = without(name, events)
    if name in named_in(events.values()) and not _is_of_ours(session):
        called = unnamed(name, session)
    while called != session and called in taken:
        called += "'"
    taken.add(called)
    changed = 0
    for number, one in old.items():
        if new.get(number) == one.event and called == session:
            continue
        changed += 1
        db.execute(DELETE, (session, number))
        if number in new:
            insert(db, called, replace(one, event=new[number]))
    return changed


def _is_of_ours(session: str) -> bool:
    """Whether it is a name that the station gives, a time of day: that names nobody."""
    with suppress(ValueError):
        return bool(datetime.fromisoformat(session))
    return False
