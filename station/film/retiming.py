"""Which rep of a session a run of a saved video is (pure).

It decides what becomes of each filmed run: the timing of a rep that is there, a rep of its own, or
a run in the tray. A rep that is there keeps its athlete and the instant at which it ended, and so
every recovery: a file's time of day says which rep it was, never when. A file without one may add
reps to a session that is over, where no clock runs any more: in the order given, at no known time.
What several devices read of one run is joined; the journal keeps all of it.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from math import hypot
from typing import Literal

import msgspec

from calibration.interval import INTERVAL_95
from hardware.counted import counted
from hardware.units import NS
from station.film.filmed import Filmed, are_ends, clocks_apart, ours, reps_met
from station.session import events as ev
from station.session.coach import entry
from station.session.events import TimedRun
from station.session.joining import joined, sources
from station.session.roster import Athlete
from station.session.state import Rep, Session
from station.session.table import EVER
from station.session.turns import done, when_known
from station.workout.planned import PlannedRep

AWAY_S = 3 * 3600.0  # so long before or after all reps it was another session

Became = Literal["timed", "timed-anew", "kept", "as-before", "new", "unassigned"]


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of a run.

    Attributes:
        run: As it was filmed.
        rep: Its number in the session.
        became: What; "kept" where an earlier video's timing counts, whose ± is smaller.
        events: What happened by it, in order.
        before: The rep as it was, None where it is new.
        why: Why it is nobody's.
    """

    run: TimedRun
    rep: int
    became: Became
    events: tuple[ev.Happening, ...]
    before: Rep | None = None
    why: str = ""

    @property
    def disagrees(self) -> bool:
        """Whether an earlier timing differs by more than both intervals allow."""
        if self.before is None or self.before.run is None:
            return False
        earlier = self.before.run
        sigma_s = hypot(earlier.fly_sigma_s, self.run.fly_sigma_s)
        return abs(earlier.fly_s - self.run.fly_s) > INTERVAL_95 * sigma_s


def retime(
    session: Session, filmed: Sequence[Filmed], at_ns: int
) -> tuple[list[list[Placed]], list[str]]:
    """Let what was filmed happen in a session.

    Args:
        session: As it is; it is changed by all events that are returned.
        filmed: In the order in which it was filmed.
        at_ns: Now.

    Returns:
        What became of each run, recording by recording; and what is to be said about all.
    """
    said: list[str] = []
    at_end = {given: are_ends(session, filmed, given, said) for given in (False, True)}
    if not any(_joined(session, run) for one in filmed for run in one.runs):
        said += clocks_apart(session, filmed, at_end)
    untimed = [one for one in filmed if one.recorded_ns is None and one.runs]
    if untimed and any(rep.state == "keyed" for rep in session.reps.values()):
        said.append(
            "a file that does not say when it was filmed times the reps that have no time, in order"
        )
    ends_ns = [rep.end_ns for rep in session.reps.values()]
    next_ns = max([at_ns - sum(one.length_ns for one in untimed), *ends_ns])
    placed = []
    for one in filmed:
        began_ns = one.began_ns(at_end[one.at_end])
        there = {} if began_ns is None else reps_met(session, one, began_ns)
        taken = {rep.rep for rep in there.values()}
        placed_ns = next_ns if began_ns is None else began_ns
        if began_ns is None:
            said += _renumbered(session, one)
            next_ns += one.length_ns
        of_one = []
        for number, (run, athlete) in enumerate(zip(one.runs, one.whose, strict=True)):
            rep = there.get(number) or _by_source(session, run, taken)
            if rep is None and began_ns is None and ours(run):
                rep = _untimed(session, athlete)
            if rep is not None:
                taken.add(rep.rep)
                became = _again(session, one.fly_m, rep, run, athlete, at_ns)
            else:
                moved = _moved(run, placed_ns, when_known=began_ns is not None)
                became = _new(session, one.fly_m, moved, athlete, at_ns)
            became = replace(became, events=(*_stale(session, became, at_ns), *became.events))
            for event in became.events:
                session.apply(event)
            of_one.append(became)
        placed.append(of_one)
    if any(one.became == "new" and not one.run.when_known for runs in placed for one in runs):
        said.append(
            "files that do not say when they were filmed: their reps stand in the order given, and "
            "no recovery is told beside them"
        )
    return placed, said


def _by_source(session: Session, run: TimedRun, taken: Container[int]) -> Rep | None:
    """The rep that this very run of this very file timed before."""
    same = (
        rep
        for rep in session.reps.values()
        if rep.run is not None and run.source in sources([rep.run]) and rep.rep not in taken
    )
    return next(same, None)


def _joined(session: Session, run: TimedRun) -> bool:
    """Whether this very run is somebody's rep already."""
    rep = _by_source(session, run, ())
    return rep is not None and rep.athlete is not None


def _renumbered(session: Session, one: Filmed) -> Iterator[str]:
    """Say where a file's runs may not be those of the same numbers before."""
    file = {_file(run.source) for run in one.runs}
    before = sum(
        any(_file(source) in file for source in sources([rep.run]))
        for rep in session.reps.values()
        if rep.run is not None
    )
    if before not in (0, len(one.runs)):
        yield (
            f"{file.pop()} gave {counted(before, 'run')} before and gives {len(one.runs)} now: "
            "see that each is whose it was"
        )


def _stale(session: Session, placed: Placed, at_ns: int) -> Iterator[ev.SetAside]:
    """One run is one rep: what it was taken for before, when a clock was wrong, it was not."""
    other = _by_source(session, placed.run, {placed.rep})
    if other is not None and other.state == "timed":
        yield ev.SetAside(at_ns, other.rep)


def _untimed(session: Session, athlete: Athlete | None) -> Rep | None:
    """The first rep that has no time yet, of this athlete where one is given."""
    waiting = (
        rep
        for rep in session.reps.values()
        if rep.state == "keyed" and (athlete is None or rep.athlete == athlete.name)
    )
    return min(waiting, key=lambda rep: rep.end_ns, default=None)


def _again(
    session: Session,
    fly_m: float,
    rep: Rep,
    run: TimedRun,
    athlete: Athlete | None,
    at_ns: int,
) -> Placed:
    """A rep, or a run in the tray, that is timed by this run too."""
    run = _moved(run, rep.end_ns - run.marker3_ns, when_known=when_known(rep))
    became: Became = "timed"
    counts = joined(rep.automatic, run)
    timed = () if counts == rep.automatic else (counts,)
    if rep.run is not None:
        same = (counts.fly_s, counts.fly_sigma_s) == (rep.run.fly_s, rep.run.fly_sigma_s)
        became = "timed-anew" if not same else "kept" if timed else "as-before"
    if rep.athlete is not None:
        again = tuple(ev.Ran(at_ns, rep.athlete, rep.rep, each) for each in timed)
        return Placed(run, rep.rep, became, again, rep)
    passed = tuple(ev.Passed(at_ns, rep.rep, each, rep.why) for each in timed)
    if athlete is None or not ours(run) or session.phase not in EVER:
        return Placed(run, rep.rep, "unassigned", passed, rep, rep.why)
    assigned = ev.Assigned(at_ns, athlete.name, rep.rep)
    room = _room(session, athlete, fly_m, at_ns)
    return Placed(run, rep.rep, "new", (*passed, *room, assigned), rep)


def _new(
    session: Session,
    fly_m: float,
    run: TimedRun,
    athlete: Athlete | None,
    at_ns: int,
) -> Placed:
    """A rep of its own, or a run for the tray."""
    number = session.new_rep()
    why = _why_not(session, run, athlete)
    if why or athlete is None:
        return Placed(run, number, "unassigned", (ev.Passed(at_ns, number, run, why),), why=why)
    ran = ev.Ran(at_ns, athlete.name, number, run)
    return Placed(run, number, "new", (*_room(session, athlete, fly_m, at_ns), ran))


def _room(
    session: Session, athlete: Athlete, fly_m: float, at_ns: int
) -> tuple[ev.Joined | ev.Replanned, ...]:
    """What makes room for one more rep: who is unknown joins, and an open plan grows."""
    member = session.members.get(athlete.name)
    open_ended = all(rep.recovery_s is None for rep in session.plan)
    if member is None:
        plan = _plan_of(fly_m) if open_ended else session.plan
        return (ev.Joined(at_ns, entry(athlete, plan, session.sprinter_factor)),)
    if open_ended and done(session, athlete.name) >= len(member.plan):
        plan = _plan_of(*(rep.distance_m for rep in member.plan), fly_m)
        return (ev.Replanned(at_ns, athlete.name, plan),)
    return ()


def _plan_of(*distances_m: float) -> tuple[PlannedRep, ...]:
    """A plan in one set, of whose recoveries nothing is known."""
    return tuple(
        PlannedRep(number, 1, distance_m, None)
        for number, distance_m in enumerate(distances_m, start=1)
    )


def _why_not(session: Session, run: TimedRun, athlete: Athlete | None) -> str:
    """Why a run is no rep of its own, empty where it is."""
    if not ours(run):
        return "in another lane"
    if session.phase not in EVER:
        return f"in the phase '{session.phase}'"
    if not run.when_known:
        # Before a session is over it would start a clock, as the tray does not.
        placed = athlete is not None and session.phase == "cool-down"
        return "" if placed else "its file does not say when it was filmed"
    known_ns = [rep.end_ns for rep in session.reps.values() if when_known(rep)]
    ends_ns = known_ns or [run.marker3_ns]
    away_s = max(min(ends_ns) - run.marker3_ns, run.marker3_ns - max(ends_ns)) / NS
    if away_s > AWAY_S:
        return f"filmed {away_s / 3600:.0f} h away from all reps"
    return "" if athlete is not None else "no rep of the session was at its time"


def _file(source: str) -> str:
    return source.rpartition("#")[0]


def _moved(run: TimedRun, by_ns: int, *, when_known: bool) -> TimedRun:
    """The same run at another time; between its instants is what it took."""
    marker3_ns = run.marker3_ns + by_ns
    marker2_ns = marker3_ns - round(run.fly_s * NS)
    return msgspec.structs.replace(
        run, marker2_ns=marker2_ns, marker3_ns=marker3_ns, when_known=when_known
    )
