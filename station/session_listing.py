"""The sessions of a journal, listed for people and for programs.

It decides what is told of a session that is over. It changes no journal.
"""

from __future__ import annotations

from pathlib import Path

from station.journal import Journal
from station.session import COUNTS, fold


def sessions(path: Path) -> list[dict[str, object]]:
    """Say what a journal holds, as documented JSON objects.

    Returns:
        The sessions, the oldest first: name, times of day, athletes in running order, how many
        reps count, how many runs are in the tray, and whether it was ended.

    Raises:
        JournalError: There is no journal, or it is none.
    """
    with Journal(path) as journal:
        found: list[dict[str, object]] = []
        for kept in journal.sessions():
            session = fold(journal.effective(kept.session))
            states = [rep.state for rep in session.reps.values()]
            found.append(
                {
                    "session": kept.session,
                    "first_utc": kept.first_utc,
                    "last_utc": kept.last_utc,
                    "athletes": [*session.members],
                    "reps": sum(state in COUNTS for state in states),
                    "unassigned": states.count("tray"),
                    "ended": session.phase == "cool-down",
                }
            )
        return found


def in_line(one: dict[str, object]) -> str:
    """A session as a line."""
    athletes = one["athletes"]
    assert isinstance(athletes, list)
    ended = "" if one["ended"] else ", not ended"
    return f"{one['session']}  {', '.join(athletes)}: {one['reps']} reps{ended}"
