"""Whether a session goes on that ended when nobody wanted it to.

It decides which session of a journal can be gone on with, and whether it is where nobody can be
asked. It changes no journal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from station.journal import Journal, Record
from station.journal_file import InUseError, JournalError, locked, told
from station.live_session import Workout
from station.session import Session, fold
from station.turns import done

LONGEST_AWAY = timedelta(hours=12)  # after a night it is another session (our rule)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a journal holds of other sessions.

    Attributes:
        sessions: All of them in which one of the group was, the oldest first.
        notes: By athlete: what was noted when one last stopped.
        open: The one that can be gone on with.
    """

    sessions: tuple[Session, ...] = ()
    notes: dict[str, str] | None = None
    open: Open | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """A session that can be gone on with.

    Attributes:
        name: In the journal.
        session: As it was left.
        last: Its last event.
    """

    name: str
    session: Session
    last: Record

    @property
    def ended(self) -> bool:
        """Whether it was ended in order."""
        return self.session.phase == "cool-down"

    def is_of(self, workout: Workout) -> bool:
        """Whether it is the same group's same workout."""
        group = [entry.athlete.name for entry in workout.group]
        session = self.session
        same = (session.kind, session.plan) == (workout.kind, workout.plan)
        return same and [*session.members][: len(group)] == group

    def question(self) -> str:
        """What to ask a coach."""
        counts = {name: done(self.session, name) for name in self.session.members}
        who = ", ".join(
            f"{name} {counts[name]} of {len(member.plan)}"
            for name, member in self.session.members.items()
        )
        since = datetime.fromisoformat(self.last.utc).astimezone()
        how = "ended" if self.ended else "broke off"
        return f"The session of {since:%H:%M} {how} with reps left ({who}). Go on with it?"


def look(path: Path, workout: Workout, now_utc: str) -> Earlier:
    """Read what a journal has to say before a session begins.

    Args:
        path: The journal; there may be none yet.
        workout: What is to be run, and by whom.
        now_utc: The time of day.

    Returns:
        As much as can be read: a journal that cannot be is no reason to run no session.

    Raises:
        InUseError: Another station writes to it.
    """
    if not path.exists():
        return Earlier()
    try:
        with told(path), closing(locked(path)):
            pass
        with Journal(path) as journal:
            return _look(journal, [entry.athlete.name for entry in workout.group], now_utc)
    except InUseError:
        raise
    except JournalError:
        return Earlier()


def _look(journal: Journal, group: Sequence[str], now_utc: str) -> Earlier:
    kept = sorted(journal.sessions(), key=lambda one: one.first_utc)
    folded = {one.session: fold(journal.effective(one.session)) for one in kept}
    latest = max(kept, key=lambda one: one.last_utc, default=None)
    open_ = None
    if latest is not None and _away(latest.last_utc, now_utc) < LONGEST_AWAY:
        session = folded[latest.session]
        left = any(done(session, one) < len(of.plan) for one, of in session.members.items())
        if session.phase != "before" and left:
            last = [*journal.records(latest.session).values()][-1]
            open_ = Open(latest.session, session, last)
    return Earlier(
        tuple(
            session for session in folded.values() if not session.members.keys().isdisjoint(group)
        ),
        {name: journal.note(name) for name in group},
        open_,
    )


def goes_on(
    earlier: Earlier,
    workout: Workout,
    ask: Callable[[str], bool] | None,
    warn: Callable[[str], None],
) -> Open | None:
    """Say which session goes on.

    Args:
        earlier: What the journal holds.
        workout: What was asked for.
        ask: Asks the coach; None where nobody can answer. Then what broke off goes on, if it is
            the same group's same workout.
        warn: Is told what was decided without asking.

    Returns:
        It, or None where a new one begins.
    """
    open_ = earlier.open
    if open_ is None:
        return None
    if ask is not None:
        return open_ if ask(open_.question()) else None
    if open_.ended:
        return None
    if not open_.is_of(workout):
        warn("a session of another group or workout broke off; a new one begins beside it")
        return None
    warn("the session that broke off goes on; --new begins another")
    return open_


def _away(last_utc: str, now_utc: str) -> timedelta:
    with suppress(ValueError):
        return abs(datetime.fromisoformat(now_utc) - datetime.fromisoformat(last_utc))
    return timedelta.max
