"""Whose turn it is and when: recovery clocks, running order, go-calls (pure).

It decides when each recovery ends, who is next, and when each is called. It changes nothing, and
looks at no clock: what it says holds until the next event.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

from hardware.units import NS
from station.session.state import COUNTS, Member, Rep, Session
from station.workout.planned import PlannedRep

CHOICE_WAITS_S = 60.0  # so long others wait for whom the coach chose (our rule)
CUT_SHORT_S = 10.0  # a recovery ended earlier than this before its time was cut short
RUN_IN_SIGMA_S = 0.6  # 8 to 10 s, each as likely
KEYED_SIGMA_S = 2.0  # how well a key says when a rep began or ended (our rule)


@dataclass(frozen=True, slots=True)
class Turn:
    """An athlete's next rep.

    Attributes:
        athlete: Who.
        planned: Which rep it is.
        plan: The athlete's whole plan.
        began_ns: When the recovery began; None before the first rep.
        ready_ns: When the recovery ends that was planned; the clock of this athlete alone.
        go_ns: When to go, with calls that far apart; None on hold, unless called already.
        called: Whether the call was given.
    """

    athlete: str
    planned: PlannedRep
    plan: tuple[PlannedRep, ...]
    began_ns: int | None
    ready_ns: int
    go_ns: int | None
    called: bool

    @property
    def in_set(self) -> tuple[int, int]:
        """Which rep of its set it is, from 1, and of how many."""
        its_set = [one.number for one in self.plan if one.set == self.planned.set]
        return its_set.index(self.planned.number) + 1, len(its_set)

    @property
    def sets(self) -> int:
        """How many sets the plan has."""
        return len({one.set for one in self.plan})


@dataclass(frozen=True, slots=True)
class Taken:
    """The recovery before a rep.

    Attributes:
        planned_s: As the plan has it.
        taken_s: From the end of the rep before to the start of the run-in.
        sigma_s: One standard deviation of that.
        carried: Whether a restart lies in it, bridged by the time of day.
    """

    planned_s: float
    taken_s: float
    sigma_s: float
    carried: bool

    @property
    def cut_short_s(self) -> float | None:
        """By how much it was cut short; None where it was not. Late is neutral."""
        short_s = self.planned_s - self.taken_s
        return short_s if short_s > CUT_SHORT_S else None


def reps_of(session: Session, name: str) -> list[Rep]:
    """What an athlete ran or left out, void or not, in the order of its ends."""
    return sorted(
        (rep for rep in session.reps.values() if rep.athlete == name),
        key=lambda rep: (rep.end_ns, rep.rep),
    )


def done(session: Session, name: str) -> int:
    """How many of an athlete's reps count."""
    return _counted(reps_of(session, name))


def place_of(session: Session, rep: Rep) -> PlannedRep | None:
    """The place in the plan that a rep filled, or a void one failed to; None beyond the plan."""
    if rep.athlete is None:
        return None
    ran = reps_of(session, rep.athlete)
    before = _counted(ran[: ran.index(rep)])
    plan = session.members[rep.athlete].plan
    return plan[before] if before < len(plan) else None


def turns(session: Session) -> tuple[Turn, ...]:
    """The next rep of all who are here and not done, the one who is next first.

    Next is whoever's recovery ends first; running order breaks ties. Whom the coach chose goes
    before, unless the others would have to wait long for that.
    """
    if session.free_ns is None:
        return ()
    waiting = []
    for name, member in session.members.items():
        ran = reps_of(session, name)
        number = _counted(ran)
        if member.standing == "in" and number < len(member.plan):
            waiting.append((*_clock(member, ran), member, member.plan[number]))
    waiting.sort(key=lambda one: one[1])
    free_ns = session.free_ns
    spacing_ns = round(session.call_spacing_s * NS)
    if session.called_ns is not None:
        free_ns = max(free_ns, session.called_ns + spacing_ns)
    found = []
    while waiting:
        latest_ns = max(waiting[0][1], free_ns) + round(CHOICE_WAITS_S * NS)
        first = next(
            (
                one
                for one in waiting
                if one[2].athlete.name == session.chosen and one[1] <= latest_ns
            ),
            waiting[0],
        )
        waiting.remove(first)
        began_ns, ready_ns, member, planned = first
        go_ns = member.called_ns
        called = go_ns is not None and go_ns >= ready_ns
        if not called:
            go_ns = max(ready_ns, free_ns)
            free_ns = go_ns + spacing_ns
        if session.phase != "on" and not called:
            go_ns = None
        found.append(
            Turn(member.athlete.name, planned, member.plan, began_ns, ready_ns, go_ns, called)
        )
    return tuple(found)


def recovery_before(session: Session, rep: Rep) -> Taken | None:
    """How long somebody rested before a rep, against the plan.

    Returns:
        None before the first rep, and where nothing tells when it started or the one before was.
    """
    if rep.athlete is None or rep.start_ns is None:
        return None
    ran = reps_of(session, rep.athlete)
    earlier = ran[: ran.index(rep)]
    if not earlier or earlier[-1].state == "skipped":
        return None
    if not (when_known(rep) and when_known(earlier[-1])):
        return None
    member, last = session.members[rep.athlete], earlier[-1]
    planned_s = _recovery_s(member, earlier)
    run_in_s = member.athlete.run_in_s if rep.run is not None else 0.0
    sigma_s = hypot(
        RUN_IN_SIGMA_S if rep.run is not None else KEYED_SIGMA_S,
        KEYED_SIGMA_S if last.run is None else 0.0,
    )
    # A pause that was shorter than the run-in usually is was no recovery.
    taken_s = max(0.0, (rep.start_ns - last.end_ns) / NS - run_in_s)
    return Taken(planned_s, taken_s, sigma_s, last.carried != rep.carried)


def when_known(rep: Rep) -> bool:
    """Whether it is known when a rep was; else only after which others."""
    return rep.run is None or rep.run.when_known


def _counted(ran: list[Rep]) -> int:
    return sum(rep.state in COUNTS for rep in ran)


def _clock(member: Member, ran: list[Rep]) -> tuple[int | None, int]:
    """When the recovery of an athlete began, if at all, and when it ends."""
    assert member.since_ns is not None, "all who are there when it begins, or come later, have it"
    if not ran:
        return None, member.since_ns
    end_ns = ran[-1].end_ns
    return end_ns, max(end_ns + round(_recovery_s(member, ran) * NS), member.since_ns)


def _recovery_s(member: Member, ran: list[Rep]) -> float:
    """The planned recovery after the last of these; after a plan's last rep, as before it."""
    upto = _counted(ran[:-1]) + 1  # a void rep's too is that of the place it should have filled
    planned = (one.recovery_s for one in reversed(member.plan[:upto]))
    return next((recovery_s for recovery_s in planned if recovery_s is not None), 0.0)
