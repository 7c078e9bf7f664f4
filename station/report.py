"""What a session was, rep by rep, as every export has it (pure).

It decides which rows there are and what stands in them. It lays out no page, names no file, and
computes nothing that the session did not hold: digits are as they were timed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from hardware.errors import StationError
from station.assigning import best
from station.flags import Flag
from station.pace import INTERVAL_95, Verdict, compare, pace_400_mps
from station.roster import Athlete
from station.session import COUNTS, Member, Rep, Session
from station.session_events import Mark, TimedRun, Wind
from station.turns import Taken, recovery_before, reps_of
from station.workout.advice import Paces, RunRep, after_session
from station.workout.planned import Kind, PlannedRep

HAND_95_S = 0.2  # what a stopwatch in a hand is good for
IN_THE_INTERVAL = {Flag.FIRST_BREAK, Flag.CLOCK_COLD}  # what these doubt, the ± says

State = Literal["timed", "hand-timed", "keyed", "skipped", "void", "unassigned"]
"""What became of a rep; "keyed" is one that was seen and not timed, "void" counts for nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """A rep, or a run that is nobody's. The fields are the keys of JSON and CSV.

    Attributes:
        athlete: Whose; None where nobody's.
        number: Its place in the athlete's plan; a void one's is the place it was to fill. None
            beyond the plan, and where nobody's.
        set: Which set that is in, from 1.
        in_set: Which rep of the set, from 1.
        kind: What it was for.
        distance_m: Its length, None where neither a plan nor a timing knows it.
        state: What became of it.
        utc: Time of day when it ended.
        time_s: How long it took.
        time_95_s: Half the width of the 95 % interval of that; by hand it is 0.2 s.
        velocity_mps: Its distance divided by its time.
        velocity_95_mps: Half the width of the 95 % interval of that.
        pace_400_mps: The athlete's 400 m pace.
        pace_ratio: Velocity over 400 m pace.
        verdict: Whether it beats 400 m pace.
        at_400_pace_s: What the distance takes at the athlete's 400 m pace.
        at_800_pace_s: And at their 800 m pace.
        recovery_planned_s: The recovery before it as planned; None where none was.
        recovery_s: As it was taken, up to the start of the run-in.
        recovery_95_s: Half the width of the 95 % interval of that.
        cut_short_s: By how much the recovery was cut short; None where it was not.
        carried: Whether the computer was restarted in it, so that the time of day measured it.
        wind: Of its set: as it was said, or m/s, positive from behind.
        best: Whether it is the athlete's best of the day at its distance, beyond doubt or not.
        marks: What the coach saw.
        flags: Doubts and remarks, from `station.flags`.
        why: Why it is nobody's.
    """

    athlete: str | None
    number: int | None
    set: int | None
    in_set: int | None
    kind: Kind
    distance_m: float | None
    state: State
    utc: str
    time_s: float | None = None
    time_95_s: float | None = None
    velocity_mps: float | None = None
    velocity_95_mps: float | None = None
    pace_400_mps: float | None = None
    pace_ratio: float | None = None
    verdict: Verdict | None = None
    at_400_pace_s: float | None = None
    at_800_pace_s: float | None = None
    recovery_planned_s: float | None = None
    recovery_s: float | None = None
    recovery_95_s: float | None = None
    cut_short_s: float | None = None
    carried: bool = False
    wind: Wind | None = None
    best: Literal["best", "equals best"] | None = None
    marks: tuple[Mark, ...] = ()
    flags: tuple[str, ...] = ()
    why: str = ""

    @property
    def counts(self) -> bool:
        """Whether it was run, and is one of the athlete's reps."""
        return self.state in ("timed", "hand-timed", "keyed")


@dataclass(frozen=True, slots=True)
class Person:
    """One athlete's session.

    Attributes:
        athlete: Who.
        planned: How many reps their plan has.
        rows: Their reps in order.
        advice: What there is to say, line by line.
    """

    athlete: Athlete
    planned: int
    rows: tuple[Row, ...]
    advice: tuple[str, ...]

    @property
    def bests(self) -> tuple[Row, ...]:
        """The fastest timed rep of each distance, whether or not it is so beyond doubt."""
        fastest: dict[int, Row] = {}
        for row in self.rows:
            if row.state == "timed" and row.velocity_mps and row.distance_m:
                other = fastest.setdefault(round(row.distance_m), row)
                if row.velocity_mps > (other.velocity_mps or 0.0):
                    fastest[round(row.distance_m)] = row
        return tuple(fastest.values())


@dataclass(frozen=True, slots=True)
class Report:
    """A session as it is handed out.

    Attributes:
        session: Its name; None in a report for one athlete, as it may name others.
        utc: Time of day when it began.
        kind: What its reps are for.
        workout: As the coach wrote it, or its name.
        people: In running order.
        unassigned: Runs that are nobody's.
    """

    session: str | None
    utc: str
    kind: Kind
    workout: str
    people: tuple[Person, ...]
    unassigned: tuple[Row, ...]

    @property
    def rows(self) -> Iterator[Row]:
        """All of them, athlete by athlete, and at last those that are nobody's."""
        for person in self.people:
            yield from person.rows
        yield from self.unassigned

    def only(self, name: str) -> Report:
        """The same with one athlete alone, and nothing of anybody else.

        Raises:
            StationError: Nobody of that name was there.
        """
        people = tuple(one for one in self.people if one.athlete.name == name)
        if not people:
            names = ", ".join(one.athlete.name for one in self.people)
            raise StationError(f"nobody is named '{name}' in this session; there are {names}")
        return replace(self, session=None, people=people, unassigned=())


def report(
    name: str, utc: str, workout: str, session: Session, utc_of: Callable[[int], str]
) -> Report:
    """Say what a session was.

    Args:
        name: Of the session.
        utc: When it began.
        workout: As the coach wrote it.
        session: As far as it came.
        utc_of: The time of day at an instant of its station time.
    """
    people = tuple(_person(session, member, utc_of) for member in session.members.values())
    tray = (rep for rep in session.reps.values() if rep.state == "tray")
    unassigned = tuple(
        _row(rep, session.kind, utc_of) for rep in sorted(tray, key=lambda rep: rep.end_ns)
    )
    return Report(name, utc, session.kind, workout, people, unassigned)


def _person(session: Session, member: Member, utc_of: Callable[[int], str]) -> Person:
    ran = [*_ran(session, member)]
    bests = _bests([rep for rep, _, _ in ran])
    firsts: dict[int, int] = {}
    for one in member.plan:
        firsts.setdefault(one.set, one.number)
    rows = []
    for rep, place, taken in ran:
        row = _row(rep, session.kind, utc_of, place, member.athlete)
        row = replace(row, best=bests.get(rep.rep))
        if place is not None:
            row = replace(
                row,
                number=place.number,
                set=place.set,
                in_set=place.number - firsts[place.set] + 1,
                wind=session.winds.get(place.set),
            )
        if taken is not None:
            row = replace(
                row,
                recovery_planned_s=taken.planned_s or None,
                recovery_s=taken.taken_s,
                recovery_95_s=INTERVAL_95 * taken.sigma_s,
                cut_short_s=taken.cut_short_s,
                carried=taken.carried,
            )
        rows.append(row)
    paces = Paces(*_paces_mps(member.athlete))
    advice = after_session([_for_advice(row) for row in rows if row.counts], paces)
    said = tuple(one.says for one in advice)
    return Person(member.athlete, len(member.plan), tuple(rows), said)


def _ran(session: Session, member: Member) -> Iterator[tuple[Rep, PlannedRep | None, Taken | None]]:
    """An athlete's reps, each with its place in the plan and the recovery before it.

    It is what `turns` says of each, in one walk: there may be many thousands.
    """
    name, counted = member.athlete.name, 0
    last: Rep | None = None
    resting: tuple[PlannedRep, ...] = ()  # the place whose recovery follows the last rep
    for rep in reps_of(session, name):
        taken = None
        if last is not None:
            # What is said of a recovery rests on the two reps around it.
            window = Session(reps={last.rep: last, rep.rep: rep})
            window.members[name] = msgspec.structs.replace(member, plan=resting)
            taken = recovery_before(window, rep)
        place = member.plan[counted] if counted < len(member.plan) else None
        yield rep, place, taken
        if place is not None and place.recovery_s is not None:
            resting = (place,)
        counted += rep.state in COUNTS
        last = rep


def _row(
    rep: Rep,
    kind: Kind,
    utc_of: Callable[[int], str],
    place: PlannedRep | None = None,
    athlete: Athlete | None = None,
) -> Row:
    """What is known of a rep by itself."""
    states: dict[str, State] = {"hand": "hand-timed", "tray": "unassigned"}
    row = Row(
        athlete=rep.athlete,
        number=None,
        set=None,
        in_set=None,
        kind=kind,
        distance_m=None if place is None else float(place.distance_m),
        state=states.get(rep.state, rep.state),  # type: ignore[arg-type]  # the rest are the same
        utc=utc_of(rep.end_ns),
        marks=rep.marks,
        why=rep.why,
    )
    if rep.run is not None:
        row = _timed(row, rep.run)
    elif rep.hand_s is not None:
        row = replace(row, time_s=rep.hand_s, time_95_s=HAND_95_S)
        if row.distance_m is not None and rep.hand_s > 0:
            velocity_mps = row.distance_m / rep.hand_s
            doubt_mps = velocity_mps * HAND_95_S / rep.hand_s
            row = replace(row, velocity_mps=velocity_mps, velocity_95_mps=doubt_mps)
    return row if athlete is None else _against_paces(row, athlete)


def _timed(row: Row, run: TimedRun) -> Row:
    return replace(
        row,
        distance_m=round(run.velocity_mps * run.fly_s, 3),
        time_s=run.fly_s,
        time_95_s=INTERVAL_95 * run.fly_sigma_s,
        velocity_mps=run.velocity_mps,
        velocity_95_mps=INTERVAL_95 * run.velocity_sigma_mps,
        flags=run.flags,
    )


def _against_paces(row: Row, athlete: Athlete) -> Row:
    pace_mps, _ = _paces_mps(athlete)
    if row.distance_m is not None:
        at_400_s, at_800_s = athlete.at_pace_s(row.distance_m)
        row = replace(row, pace_400_mps=pace_mps, at_400_pace_s=at_400_s, at_800_pace_s=at_800_s)
    if row.velocity_mps is None or row.velocity_95_mps is None or pace_mps is None:
        return row
    sigma_mps = row.velocity_95_mps / INTERVAL_95
    against = compare(row.velocity_mps, sigma_mps, pace_mps, row.distance_m or 0.0)
    verdict = against.verdict if row.counts else None
    return replace(row, pace_ratio=row.velocity_mps / pace_mps, verdict=verdict)


def _paces_mps(athlete: Athlete) -> tuple[float | None, float | None]:
    """An athlete's 400 m and 800 m pace."""
    return (
        None if athlete.time_400_s is None else pace_400_mps(athlete.time_400_s),
        None if athlete.time_800_s is None else 800.0 / athlete.time_800_s,
    )


def _bests(reps: list[Rep]) -> dict[int, Literal["best", "equals best"] | None]:
    """Of each distance the fastest timed rep's number, and whether it is so beyond doubt."""
    by_distance: dict[int, list[Rep]] = {}
    for rep in reps:
        if rep.state == "timed" and rep.run is not None:
            distance_m = round(rep.run.velocity_mps * rep.run.fly_s)
            by_distance.setdefault(distance_m, []).append(rep)
    found = {}
    for like in by_distance.values():
        fastest = max(like, key=lambda rep: rep.run.velocity_mps if rep.run else 0.0)
        others = [rep.run for rep in like if rep is not fastest and rep.run is not None]
        if fastest.run is not None:
            found[fastest.rep] = best(fastest.run, others)
    return found


def _for_advice(row: Row) -> RunRep:
    velocity_mps = row.velocity_mps if IN_THE_INTERVAL.issuperset(row.flags) else None
    return RunRep(
        kind=row.kind,
        distance_m=row.distance_m or 0.0,
        velocity_mps=velocity_mps,
        velocity_sigma_mps=(row.velocity_95_mps or 0.0) / INTERVAL_95,
        ready_early="ready-early" in row.marks,
        tight="tight" in row.marks,
    )
