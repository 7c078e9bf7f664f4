"""What becomes of a plan when the coach changes it: fewer reps, other recoveries (pure).

It decides which recovery is meant, and the athlete's plan as it is then. It changes nothing: what
it returns happens once it is applied.
"""

from __future__ import annotations

import msgspec

from hardware.counted import counted
from station.session import events as ev
from station.session.events import Happening
from station.session.state import IllegalEventError, Session
from station.session.turns import done, turns
from station.workout.planned import PlannedRep

LEAST_RECOVERY_S, MOST_CHANGE_S = 10.0, 600.0


def fewer(session: Session, athlete: str, reps: int, at_ns: int) -> Happening:
    """An athlete runs only so many reps in all.

    Raises:
        IllegalEventError: That are no fewer, or fewer than were run.
    """
    member = session.members.get(athlete)
    plan = () if member is None else member.plan
    ran = done(session, athlete)
    begun = ran + (member is not None and member.standing == "away")
    if member is not None and not max(begun, 1) <= reps <= len(plan):
        raise IllegalEventError(
            f"{athlete} has run {ran} of {counted(len(plan), 'rep')}; "
            f"{reps} can be neither all nor fewer"
        )
    return ev.Replanned(at_ns, athlete, _ending(plan[:reps]))


def recoveries_changed(
    session: Session, by_s: float, athlete: str | None, at_ns: int
) -> tuple[Happening, ...]:
    """A recovery is longer or shorter.

    Args:
        session: As it is.
        by_s: By how much.
        athlete: Whose next one; None for everybody's next that the notation left open.
        at_ns: Now, station time.

    Raises:
        IllegalEventError: There is none, it is over, or it cannot change by so much.
    """
    if not abs(by_s) <= MOST_CHANGE_S:
        raise IllegalEventError(f"a recovery changes by up to {MOST_CHANGE_S:g} s at a time")
    if athlete is not None and any(
        turn.athlete == athlete and turn.called for turn in turns(session)
    ):
        raise IllegalEventError(f"{athlete} has been called: this recovery is over")
    place = _assumed_next(session) if athlete is None else None
    changed = []
    for name in session.members if athlete is None else (athlete,):
        member = session.members.get(name)
        plan = () if member is None else member.plan
        index = _running(session, name) if athlete is not None else (place or 0) - 1
        one = plan[index] if 0 <= index < len(plan) else None
        if one is not None and one.recovery_s is not None and index >= _running(session, name):
            recovery_s = max(one.recovery_s + by_s, LEAST_RECOVERY_S)
            new = msgspec.structs.replace(one, recovery_s=recovery_s)
            changed.append(ev.Replanned(at_ns, name, (*plan[:index], new, *plan[index + 1 :])))
    if not changed:
        what = "recovery to come that was assumed" if athlete is None else "recovery to come"
        raise IllegalEventError(f"there is no {what}; the plan's others stand as they are written")
    return tuple(changed)


def _assumed_next(session: Session) -> int | None:
    """After which rep of the plan the next recovery comes that was assumed; None without one."""
    to_come = (
        one.number
        for name, member in session.members.items()
        for one in member.plan[_running(session, name) :]
        if one.assumed
    )
    return min(to_come, default=None)


def _running(session: Session, name: str) -> int:
    """The place in a plan whose recovery runs, or comes next: that of the last rep."""
    return max(done(session, name) - 1, 0)


def _ending(plan: tuple[PlannedRep, ...]) -> tuple[PlannedRep, ...]:
    """A plan cut short: there is no recovery after its last rep."""
    last = msgspec.structs.replace(plan[-1], recovery_s=None, assumed=False) if plan else None
    return plan if last is None else (*plan[:-1], last)
