"""A session taken out of its journal: which one is meant, what it was, and what time it was then.

It decides what a coach may call a session, and how station time becomes time of day. It changes no
journal.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from station.journal import Journal, Kept, Record
from station.journal_file import JournalError
from station.report import Report, report
from station.session import IllegalEventError, effective, fold
from station.session_events import Opened, Resumed, Undone

LAST = "last"
NAMED = 10  # names of sessions, the latest, that an error lists


def report_of(path: Path, wanted: str) -> Report:
    """Read a session for handing out.

    Args:
        path: The journal.
        wanted: The session, as `named` takes it.

    Raises:
        StationError: There is no such journal or session, or more than one.
    """
    with Journal(path) as journal:
        kept = named(journal.sessions(), wanted)
        records = journal.records(kept.session)
    try:
        session = fold(effective({number: one.event for number, one in records.items()}))
    except IllegalEventError as error:
        raise JournalError(
            f"the session {kept.session} cannot be read ({error}); 'station sessions' lists others"
        ) from None
    opened = next(one for one in records.values() if isinstance(one.event, Opened))
    assert isinstance(opened.event, Opened)
    workout = opened.event.workout
    return report(kept.session, opened.utc, workout, session, time_of_day(records))


def named(sessions: list[Kept], wanted: str) -> Kept:
    """The session that is meant.

    Args:
        sessions: Those there are, the oldest first.
        wanted: Its name, the beginning of it that no other has, or "last".

    Raises:
        JournalError: None is, or several are.
    """
    exact = [one for one in sessions if one.session == wanted]
    found = exact or [one for one in sessions if one.session.startswith(wanted)]
    if not exact and wanted == LAST:
        found = sessions[-1:]
    if not sessions:
        raise JournalError("the journal holds no session yet; 'station run --workout' makes one")
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"'{one.session}'" for one in (found or sessions)[-NAMED:])
    if found:
        raise JournalError(f"'{wanted}' may be any of {names}; write more of the one that is meant")
    raise JournalError(f"there is no session '{wanted}'; there are {names}")


def time_of_day(records: Mapping[int, Record]) -> Callable[[int], str]:
    """Tell the time of day at an instant of a session's station time, as it is at the end.

    Each event was written with both; the one nearest to an instant says it best, since a clock may
    have been set meanwhile.
    """
    known: list[tuple[int, str]] = []
    undone = {one.event.undoes for one in records.values() if isinstance(one.event, Undone)}
    for number, one in records.items():
        if isinstance(one.event, Resumed) and number not in undone:
            known = [(at_ns + one.event.shift_ns, utc) for at_ns, utc in known]
        known.append((one.event.at_ns, one.utc))
    known.sort()

    def utc_of(instant_ns: int) -> str:
        after = bisect_left(known, (instant_ns, ""))
        at_ns, utc = min(
            known[max(0, after - 1) : after + 1], key=lambda one: abs(one[0] - instant_ns)
        )
        try:
            then = datetime.fromisoformat(utc) + timedelta(microseconds=(instant_ns - at_ns) / 1000)
        except OverflowError:
            return utc  # beyond all dates: when it was written is all that is known
        return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    return utc_of
