"""Whether a session goes on that ended when nobody wanted it to.

It decides which session of a journal can be gone on with, and whether it is where nobody can be
asked. It changes no journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hardware.errors import StationError
from station.journal.file import InUseError, JournalError, check_free
from station.journal.journal import Journal, Kept, Record
from station.live.workout import Workout
from station.session.events import Ender
from station.session.folding import fold
from station.session.state import Member, Session
from station.session.turns import done
from station.session.words import ended

LONGEST_AWAY = timedelta(hours=12)  # after a night it is another session (our rule)
FROM_OUTSIDE: tuple[Ender, ...] = ("terminated", "terminal-closed")  # nobody said that it is over


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a journal holds of other sessions.

    Attributes:
        sessions: All of them in which one of the group was, the oldest first.
        notes: By athlete: what was noted when one stopped, in the last session they were in.
        open: The last session, where it has reps left.
        left_out: What is to be said of those that cannot be read, or are yet to come.
    """

    sessions: tuple[Session, ...] = ()
    notes: dict[str, str] | None = None
    open: Open | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Open:
    """A session with reps left.

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
        """Whether somebody ended it; a station that was closed from outside broke it off."""
        return self.session.phase == "cool-down" and self.session.ended_by not in FROM_OUTSIDE

    def is_of(self, workout: Workout) -> bool:
        """Whether it is the same group's same workout."""
        group = {entry.athlete.name for entry in workout.group}
        session = self.session
        same = (session.kind, session.plan) == (workout.kind, workout.plan)
        return same and group <= session.members.keys()

    def __str__(self) -> str:
        """As a coach knows it."""
        since = datetime.fromisoformat(self.last.utc).astimezone()
        counts = ", ".join(
            f"{name} {done(self.session, name)} of {len(member.plan)}"
            for name, member in _here(self.session)
        )
        is_over = self.session.phase == "cool-down"
        how = ended(self.session.ended_by) if is_over else "broke off"
        return f"the session of {since:%H:%M} {how}, with reps left ({counts})"

    def question(self) -> str:
        """What to ask a coach; in capitals what no answer means."""
        said, usual = str(self), "[y/N]" if self.ended else "[Y/n]"
        return f"{said[0].upper()}{said[1:]}. Go on with it? {usual}"


def look(path: Path, workout: Workout, now_utc: str, boot_id: str) -> Earlier:
    """Read what a journal has to say before a session begins.

    Args:
        path: The journal; there may be none yet.
        workout: What is to be run, and by whom.
        now_utc: The time of day.
        boot_id: Of the computer's start that station time counts from now.

    Returns:
        As much as can be read: a journal that cannot be is no reason to run no session.

    Raises:
        InUseError: Another station writes to it.
    """
    if not path.exists():
        return Earlier()
    try:
        check_free(path)
        with Journal(path) as journal:
            group = [entry.athlete.name for entry in workout.group]
            return _look(journal, group, now_utc, boot_id)
    except InUseError:
        raise
    except JournalError:
        return Earlier()


def _look(journal: Journal, group: Sequence[str], now_utc: str, boot_id: str) -> Earlier:
    kept = journal.sessions()

    def nearness(one: Kept) -> tuple[bool, timedelta]:
        """A clock may have been wrong in one of them, but not since the computer was started."""
        return one.boot_id != boot_id, abs(_ago(one, now_utc))

    last = min(kept, key=nearness, default=None)
    folded: dict[str, Session] = {}
    left_out: list[str] = []
    for one in kept:
        try:
            if one is last or not journal.athletes(one.session).isdisjoint(group):
                folded[one.session] = fold(journal.effective(one.session))
        except StationError as error:
            left_out.append(f"the session {one.session} is left out, it cannot be read: {error}")
    theirs = [one for one in folded.values() if not one.members.keys().isdisjoint(group)]
    notes = {
        name: one.members[name].note for one in theirs for name in group if name in one.members
    }
    left_out += _yet_to_come([one for one in kept if one is not last], folded, now_utc)
    open_ = None
    if last and last.session in folded and abs(_ago(last, now_utc)) < LONGEST_AWAY:
        session = folded[last.session]
        left = any(done(session, name) < len(member.plan) for name, member in _here(session))
        if session.phase != "before" and left:
            try:
                *_, record = journal.records(last.session).values()
                open_ = Open(last.session, session, record)
            except JournalError as error:
                left_out.append(f"the session {last.session} cannot be gone on with: {error}")
    return Earlier(tuple(theirs), notes, open_, tuple(left_out))


def _yet_to_come(
    others: Sequence[Kept], folded: Mapping[str, Session], now_utc: str
) -> Iterator[str]:
    """Say which session, the latest, is of a day that is yet to come, and so is passed over."""
    open_ = [
        one
        for one in others
        if _ago(one, now_utc) < timedelta()
        and one.session in folded
        and folded[one.session].phase != "cool-down"
    ]
    for one in open_[-1:]:
        yield (
            f"the session {one.session} is of {one.last_utc}, which is yet to come, and is passed "
            "over; see that the computer's clock is right"
        )


def _here(session: Session) -> list[tuple[str, Member]]:
    """Those who have not stopped."""
    return [(name, one) for name, one in session.members.items() if one.standing != "out"]


def goes_on(
    earlier: Earlier,
    workout: Workout,
    ask: Callable[[str], bool] | None,
    warn: Callable[[str], None],
) -> Open | None:
    """Say which session goes on: none but the same group's same workout.

    Args:
        earlier: What the journal holds.
        workout: What was asked for.
        ask: Asks the coach; None where nobody can answer. Then what broke off goes on.
        warn: Is told what was left out, and what was decided without asking.

    Returns:
        It, or None where a new one begins.
    """
    for said in earlier.left_out:
        warn(said)
    open_ = earlier.open
    if open_ is None:
        return None
    if not open_.is_of(workout):
        if not open_.ended:
            warn(f"{open_}, of another group or workout; a new one begins beside it")
        return None
    if ask is not None:
        return open_ if ask(open_.question()) else None
    if open_.ended:
        return None
    warn("the session that broke off goes on; --new begins another")
    return open_


def _ago(one: Kept, now_utc: str) -> timedelta:
    """How long ago a session's last event was; of one that does not say when, for ever."""
    with suppress(ValueError, TypeError):  # no date; no zone
        return datetime.fromisoformat(now_utc) - datetime.fromisoformat(one.last_utc)
    return timedelta.max
