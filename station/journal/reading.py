"""A session taken out of its journal: which one is meant, what it was, and what time it was then.

It decides what a coach may call a session, and how station time becomes time of day. It changes no
journal.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from station.journal.file import JournalError
from station.journal.journal import Journal, Kept, Record
from station.report.rows import Report, report
from station.session.events import (
    Finished,
    Opened,
    Passed,
    Ran,
    RepDone,
    Resumed,
    Split,
    TypedIn,
    Undone,
)
from station.session.folding import effective, fold
from station.session.state import IllegalEventError, Session

LAST = "last"
RUN = Finished | Passed | Ran | RepDone | Split | TypedIn
"""What shows that somebody ran."""
NAMED = 10  # names of sessions, the latest, that an error lists


def report_of(path: Path, wanted: str) -> Report:
    """Read a session for handing out.

    Args:
        path: The journal.
        wanted: The session, as `meant` takes it.

    Raises:
        StationError: There is no such journal or session, or more than one.
    """
    with Journal(path) as journal:
        return past(journal, named(journal, wanted)).report


@dataclass(frozen=True, slots=True)
class Past:
    """A session that was.

    Attributes:
        session: As far as it came.
        report: The same as it is handed out.
    """

    session: Session
    report: Report


def past(journal: Journal, kept: Kept) -> Past:
    """Read a session.

    Args:
        journal: Which holds it.
        kept: Which it is.

    Raises:
        JournalError: It cannot be read.
    """
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
    told = report(kept.session, opened.utc, workout, session, time_of_day(records))
    return Past(session, told)


def named(journal: Journal, wanted: str) -> Kept:
    """The session that is meant.

    Args:
        journal: Which holds it.
        wanted: As `meant` takes it.

    Raises:
        JournalError: None is, or several are.
    """
    found = meant(journal, wanted)
    if len(found) == 1:
        return found[0]
    sessions = journal.sessions()
    if not sessions:
        raise JournalError("the journal holds no session yet; 'station run --workout' makes one")
    names = ", ".join(f"'{one.session}'" for one in (found or sessions)[-NAMED:])
    if found:
        raise JournalError(f"'{wanted}' may be any of {names}; write more of the one that is meant")
    raise JournalError(f"there is no session '{wanted}'; there are {names}")


def meant(journal: Journal, wanted: str) -> list[Kept]:
    """The sessions that may be meant.

    Args:
        journal: Which holds them.
        wanted: A name; "last", which is the last one in which somebody ran; a number counted from
            the latest, which is 1; or the beginning of names.
    """
    sessions = journal.sessions()
    if exact := [one for one in sessions if one.session == wanted]:
        return exact
    if wanted == LAST:
        ran = (one for one in reversed(sessions) if _somebody_ran(journal, one.session))
        return [one for one in (next(ran, None), *sessions[-1:]) if one is not None][:1]
    if wanted.isascii() and wanted.isdecimal() and 0 < int(wanted[:9]) <= len(sessions):
        return [sessions[-int(wanted)]]
    return [one for one in sessions if wanted and one.session.startswith(wanted)]


def _somebody_ran(journal: Journal, session: str) -> bool:
    return any(isinstance(event, RUN) for event in journal.effective(session))


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
