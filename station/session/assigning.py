"""Whose a run is, and what a key means (pure).

It decides which event follows from a timed run, from the key "rep done", and whether a result is a
best. It changes nothing: what it returns happens once it is applied.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import hypot
from typing import Literal, Protocol

from calibration.interval import INTERVAL_95
from hardware.units import NS
from station.flags import Flag
from station.pace import pace_400_mps
from station.run import TYPICAL_MPS
from station.session.events import Assigned, Confirmed, Passed, Ran, RepDone, Split, TimedRun
from station.session.roster import Athlete
from station.session.state import IllegalEventError, Rep, Session
from station.session.turns import Turn, done, turns

Best = Literal["best", "equals best"]
RUN = ("timed", "keyed", "hand")
SAME_PASSAGE_S = 10.0  # between a key and the crossing that it means
SAME_DISTANCE_M = 1.0
START_EARLY_S = 3.0  # before the call that somebody may be off, or the run-in be shorter (our rule)
SHORTEST_SHARE = 0.5  # of a recovery after which somebody may be there again (our rule)
PLAUSIBLE_SHARE = (0.8, 1.5)  # of the 400 m pace (our rule)


class Paced(Protocol):
    """What has a velocity."""

    @property
    def velocity_mps(self) -> float:
        """Mean over the distance."""

    @property
    def velocity_sigma_mps(self) -> float:
        """One standard deviation of it."""


def place(session: Session, run: TimedRun, at_ns: int) -> Ran | Passed:
    """Say whose a timed run is.

    Args:
        session: As it is.
        run: Whoever's it is.
        at_ns: Now.

    Returns:
        The rep that it is: one that a key ended within 10 s, that of whoever is running by hand,
        else of whoever is next; or that it goes to the tray, and why (without names: the tray may
        outlive them).
    """
    why = not_ours(session, run)
    if why is not None:
        return Passed(at_ns, session.new_rep(), run, why)
    ended = _nearest(session, run.marker3_ns, ("keyed", "hand"))
    if ended is not None and ended.athlete is not None:
        athlete = session.members[ended.athlete].athlete
        if _implausible(session, athlete, ended.distance_m, run) is None:
            return Ran(at_ns, athlete.name, ended.rep, run)
    for name, member in session.members.items():
        started = member.standing == "away" and (member.started_ns or 0) < run.marker3_ns
        length_m = next_distance_m(session, name)
        if started and _implausible(session, member.athlete, length_m, run) is None:
            return Ran(at_ns, name, session.new_rep(), run)
    due = _due(session, run)
    if not due:
        return Passed(at_ns, session.new_rep(), run, "nobody is due")
    whys = [_not_due(session, turn, run) for turn in due]
    for turn, why in zip(due, whys, strict=True):
        if why is None:
            return Ran(at_ns, turn.athlete, session.new_rep(), run)
    return Passed(at_ns, session.new_rep(), run, whys[0] or "")


def rep_done(session: Session, at_ns: int) -> RepDone | Confirmed | Assigned:
    """Say what the key "rep done" means.

    Returns:
        The confirmation of a rep that ended within 10 s, or the assignment of a plausible run in
        our lane; else a rep of whoever is next.

    Raises:
        IllegalEventError: The rep that it means is confirmed already; nobody is next; or whoever
            is has hardly rested, and was neither called nor chosen.
    """
    seen = _nearest(session, at_ns, RUN)
    if seen is not None and seen.state == "timed" and not seen.confirmed:
        return Confirmed(at_ns, seen.rep)
    if seen is not None:
        raise IllegalEventError(f"{seen.athlete}'s rep is counted already")
    due = turns(session)
    if not due:
        raise IllegalEventError(
            "a rep is done, but nobody is due; begin the session, or let somebody join"
        )
    name = due[0].athlete
    length_m = next_distance_m(session, name)
    passed = _nearest(session, at_ns, ("tray",))
    if passed is not None and passed.run is not None and not_ours(session, passed.run) is None:
        athlete = session.members[name].athlete
        if _implausible(session, athlete, length_m, passed.run) is None:
            return Assigned(at_ns, name, passed.rep)
    rests_s = (due[0].ready_ns - at_ns) / NS
    if not due[0].called and session.chosen != name and at_ns < _soonest_ns(due[0]):
        raise IllegalEventError(
            f"{name} has {rests_s:.0f} s of recovery left and was not called; if that rep was run "
            "all the same, press the number first, then Space"
        )
    return RepDone(at_ns, name, session.new_rep(), length_m)


def next_distance_m(session: Session, name: str) -> float | None:
    """How long an athlete's next rep is; None beyond the plan."""
    member = session.members.get(name)
    number = 0 if member is None else done(session, name)
    if member is None or number >= len(member.plan):
        return None
    return member.plan[number].distance_m


def split(session: Session, rep: int, second: str, at_ns: int) -> Split:
    """Say that a rep was two athletes'.

    Raises:
        IllegalEventError: Nobody ran it, or it was this one who did.
    """
    both = session.reps.get(rep)
    if both is None or both.state not in RUN or both.athlete == second:
        raise IllegalEventError(
            f"rep {rep}, which is '{session.state_of(rep)}', cannot be split for {second}; name "
            "one that another athlete has run"
        )
    length_m = next_distance_m(session, second)
    return Split(at_ns, second, session.new_rep(), both.end_ns, length_m)


def best(new: Paced, earlier: Iterable[Paced]) -> Best | None:
    """Compare a rep with the same athlete's reps of the same kind and distance.

    Returns:
        "best" only if it beats the fastest by more than the combined 95 % interval.
    """
    old = max(earlier, key=lambda run: run.velocity_mps, default=None)
    if old is None or new.velocity_mps < old.velocity_mps:
        return None
    sigma_mps = hypot(new.velocity_sigma_mps, old.velocity_sigma_mps)
    sure = new.velocity_mps - old.velocity_mps > INTERVAL_95 * sigma_mps
    return "best" if sure else "equals best"


def _nearest(session: Session, at_ns: int, states: tuple[str, ...]) -> Rep | None:
    """Of the reps in these states that ended within 10 s of an instant, the nearest."""
    near = (
        rep
        for rep in session.reps.values()
        if rep.state in states and abs(rep.end_ns - at_ns) <= SAME_PASSAGE_S * NS
    )
    # One that still waits for a confirmation comes first.
    return min(near, key=lambda rep: (rep.confirmed, abs(rep.end_ns - at_ns)), default=None)


def not_ours(session: Session, run: TimedRun) -> str | None:
    """Why no rep of this session can be this run; None where one can."""
    if session.phase not in ("on", "held"):
        return f"in the phase '{session.phase}'"
    if Flag.OTHER_LANE in run.flags:
        return "in another lane"
    if session.direction is not None and run.direction not in (session.direction, None):
        return "in the other direction"
    return None


def _due(session: Session, run: TimedRun) -> list[Turn]:
    """Whose it could be, the likeliest first.

    That is whom the coach chose; else, of those who were called when its run-in began, the one who
    was called last: whose crossing was missed before is not taken for the next. Else who is next.
    """
    due = turns(session)
    chosen = [turn for turn in due if turn.athlete == session.chosen]
    called = [turn for turn in due if turn.called and _called_before(session, turn, run)]
    called.sort(key=lambda turn: turn.go_ns or 0, reverse=True)
    return [*dict.fromkeys((*chosen, *called, *due[:1]))]


def _called_before(session: Session, turn: Turn, run: TimedRun) -> bool:
    run_in_s = session.members[turn.athlete].athlete.run_in_s
    began_ns = run.marker2_ns - round((run_in_s - START_EARLY_S) * NS)
    return turn.go_ns is not None and turn.go_ns <= began_ns


def _not_due(session: Session, turn: Turn, run: TimedRun) -> str | None:
    """Why it is not this next rep."""
    athlete = session.members[turn.athlete].athlete
    why = _implausible(session, athlete, turn.planned.distance_m, run)
    if why is not None:
        return why
    if session.chosen != turn.athlete and run.marker3_ns < _soonest_ns(turn):
        return "too soon for who is next"
    return None


def _implausible(
    session: Session, athlete: Athlete, length_m: float | None, run: TimedRun
) -> str | None:
    """Why it is no rep of this athlete and this length."""
    distance_m = run.velocity_mps * run.fly_s
    if session.kind != "fly" and (length_m is None or abs(distance_m - length_m) > SAME_DISTANCE_M):
        return f"over {distance_m:.0f} m, not the {length_m or 0:g} m that is due"
    low, high = TYPICAL_MPS
    if athlete.time_400_s is not None:
        low, high = (share * pace_400_mps(athlete.time_400_s) for share in PLAUSIBLE_SHARE)
    if not low <= run.velocity_mps <= high:
        return f"{run.velocity_mps:.1f} m/s is not plausible for who is next"
    return None


def _soonest_ns(turn: Turn) -> int:
    began_ns = turn.ready_ns if turn.began_ns is None else turn.began_ns
    return began_ns + round(SHORTEST_SHARE * (turn.ready_ns - began_ns))
