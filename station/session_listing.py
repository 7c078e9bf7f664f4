"""The sessions of a journal, listed for people and for programs.

It decides what is told of a session that is over. It changes no journal.
"""

from __future__ import annotations

from pathlib import Path

from hardware.errors import StationError
from station.journal import Journal
from station.session import COUNTS, fold


def sessions(path: Path) -> list[dict[str, object]]:
    """Say what a journal holds, as documented JSON objects.

    Returns:
        The sessions, the oldest first: name, times of day, and either athletes in running order,
        how many reps count, how many runs are in the tray, and whether it was ended; or why it is
        "unreadable".

    Raises:
        JournalError: There is no journal, or it is none.
    """
    with Journal(path) as journal:
        return [
            {
                "session": kept.session,
                "first_utc": kept.first_utc,
                "last_utc": kept.last_utc,
                **_found(journal, kept.session),
            }
            for kept in journal.sessions()
        ]


def _found(journal: Journal, name: str) -> dict[str, object]:
    """What a session came to."""
    try:
        session = fold(journal.effective(name))
    except StationError as error:
        return {"unreadable": str(error)}
    states = [rep.state for rep in session.reps.values()]
    return {
        "athletes": [*session.members],
        "reps": sum(state in COUNTS for state in states),
        "unassigned": states.count("tray"),
        "ended": session.phase == "cool-down",
    }


def in_line(one: dict[str, object]) -> str:
    """A session as a line."""
    if "unreadable" in one:
        return f"{one['session']}  cannot be read: {one['unreadable']}"
    athletes = one["athletes"]
    assert isinstance(athletes, list)
    ended = "" if one["ended"] else ", not ended"
    reps = "1 rep" if one["reps"] == 1 else f"{one['reps']} reps"
    return f"{one['session']}  {', '.join(athletes)}: {reps}{ended}"
