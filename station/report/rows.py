"""What a session was, rep by rep, as every export has it (pure).

It decides which rows there are and what stands in them. It lays out no page, names no file, and
computes nothing that the session did not hold: digits are as they were timed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from calibration.interval import INTERVAL_95
from hardware.errors import StationError
from station.fusion import best_of_each
from station.pace import Verdict, compare
from station.session.assigning import RUN, Best, best
from station.session.events import Mark, Wind
from station.session.forgetting import unnamed
from station.session.judging import SAME_LENGTH_M, Measured, measure, paces
from station.session.roster import Athlete
from station.session.state import COUNTS, Member, Rep, Session
from station.session.turns import Taken, recovery_before, reps_of, when_known
from station.workout.advice import RunRep, after_session
from station.workout.planned import Kind, PlannedRep

State = Literal["timed", "hand-timed", "keyed", "skipped", "void", "unassigned"]
"""What became of a rep; "keyed" is one that was seen and not timed, "void" counts for nothing."""


class Row(msgspec.Struct, frozen=True):
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
        by_hand: Whether its time is a stopwatch's, or a key's.
        utc: Time of day when it ended; None where that is not known.
        time_s: How long it took.
        time_95_s: Half the width of the 95 % interval of that; by hand it is 0.2 s.
        gates_s: What the gates read, where gates and camera both did; `time_s` is from both.
        gates_95_s: Half the width of the 95 % interval of that.
        camera_s: What the camera read, put right by the zero test where there was one.
        camera_95_s: Half the width of the 95 % interval of that.
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
        best: Whether it is the athlete's best of the day at its distance: beyond the combined 95 %
            interval, or not. None where there is nothing to beat.
        marks: What the coach saw.
        note: What the coach wrote of it.
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
    utc: str | None
    by_hand: bool = False
    time_s: float | None = None
    time_95_s: float | None = None
    gates_s: float | None = None
    gates_95_s: float | None = None
    camera_s: float | None = None
    camera_95_s: float | None = None
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
    best: Best | None = None
    marks: tuple[Mark, ...] = ()
    note: str = ""
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
        sets: And how many sets.
        stopped: What was noted when they stopped before the end; None where they did not.
        rows: Their reps in order.
        bests: The fastest of each distance, whether it is so beyond doubt or not.
        advice: What there is to say, line by line.
    """

    athlete: Athlete
    planned: int
    sets: int
    stopped: str | None
    rows: tuple[Row, ...]
    bests: tuple[Row, ...]
    advice: tuple[str, ...]


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
        given = (name, unicodedata.normalize("NFC", name))
        people = tuple(one for one in self.people if one.athlete.name in given)
        if not people:
            names = ", ".join(one.athlete.name for one in self.people)
            raise StationError(f"nobody is named '{name}' in this session; there are {names}")
        others = [one.athlete.name for one in self.people if one not in people]
        return replace(
            self,
            session=None,
            people=tuple(_alone(one, others) for one in people),
            unassigned=(),
        )


def _alone(person: Person, others: list[str]) -> Person:
    """One whose notes name nobody else."""

    def without(note: str) -> str:
        for name in others:
            note = unnamed(name, note)
        return note

    return replace(
        person,
        stopped=None if person.stopped is None else without(person.stopped),
        rows=tuple(_but(row, note=without(row.note)) for row in person.rows),
        bests=tuple(_but(row, note=without(row.note)) for row in person.bests),
    )


def report(
    name: str, utc: str, workout: str, session: Session, utc_of: Callable[[int], str]
) -> Report:
    """Say what a session was.

    Args:
        name: Of the session.
        utc: When it was opened.
        workout: As the coach wrote it.
        session: As far as it came.
        utc_of: The time of day at an instant of its station time.
    """
    people = tuple(_person(session, member, utc_of) for member in session.members.values())
    tray = sorted(
        (rep for rep in session.reps.values() if rep.athlete is None), key=lambda rep: rep.end_ns
    )
    unassigned = tuple(_row(rep, measure(session, rep), session.kind, utc_of) for rep in tray)
    # Runs of videos may be added days after they were run.
    of_people = (row.utc for one in people for row in one.rows)
    of_rows = [*of_people, *(row.utc for row in unassigned)]
    began_utc = min([utc, *(one for one in of_rows if one is not None)])
    return Report(name, began_utc, session.kind, workout, people, unassigned)


@dataclass(frozen=True, slots=True)
class _Ran:
    """A rep with what is around it."""

    rep: Rep
    place: PlannedRep | None
    measured: Measured | None
    taken: Taken | None

    @property
    def to_beat(self) -> Measured | None:
        """Its time where it counts and is not doubted."""
        if self.rep.state not in RUN or self.measured is None or self.measured.doubtful:
            return None
        return self.measured


_but = msgspec.structs.replace


def _person(session: Session, member: Member, utc_of: Callable[[int], str]) -> Person:
    athlete = member.athlete
    firsts: dict[int, int] = {}
    for planned in member.plan:
        firsts.setdefault(planned.set, planned.number)
    ran = [*_ran(session, member)]
    bests = _bests(ran)
    rows = []
    for one in ran:
        rep, place, taken = one.rep, one.place, one.taken
        row = _row(rep, one.measured, session.kind, utc_of)
        row = _but(row, best=bests.get(rep.rep))
        if place is not None:
            row = _but(
                row,
                distance_m=row.distance_m or float(place.distance_m),
                number=place.number,
                set=place.set,
                in_set=place.number - firsts[place.set] + 1,
                wind=session.winds.get(place.set),
            )
        if taken is not None:
            row = _but(
                row,
                recovery_planned_s=taken.planned_s or None,
                recovery_s=taken.taken_s,
                recovery_95_s=INTERVAL_95 * taken.sigma_s,
                cut_short_s=taken.cut_short_s,
                carried=taken.carried,
            )
        rows.append(_against_paces(row, athlete))
    best_rows = tuple(row for one, row in zip(ran, rows, strict=True) if one.rep.rep in bests)
    advice = after_session(
        [run for one in ran if (run := _as_told(one, session.kind))], paces(athlete)
    )
    said = tuple(one.says for one in advice)
    stopped = member.note if member.standing == "out" else None
    return Person(athlete, len(member.plan), len(firsts), stopped, tuple(rows), best_rows, said)


def _ran(session: Session, member: Member) -> Iterator[_Ran]:
    """An athlete's reps, each with its place in the plan and the recovery before it.

    It is what `turns` and `judging` say of each, in one walk: there may be many thousands.
    """
    name, counted = member.athlete.name, 0
    last: Rep | None = None
    resting: tuple[PlannedRep, ...] = ()  # the place whose recovery follows the last rep

    def alone(plan: tuple[PlannedRep, ...], *reps: Rep) -> Session:
        """A session of these reps, on which what is said of the last one rests."""
        those = _but(member, plan=plan)
        return Session(members={name: those}, reps={rep.rep: rep for rep in reps})

    for rep in reps_of(session, name):
        place = member.plan[counted] if counted < len(member.plan) else None
        measured = measure(alone((place,) if place else (), rep), rep)
        taken = None if last is None else recovery_before(alone(resting, last, rep), rep)
        yield _Ran(rep, place, measured, taken)
        if place is not None and place.recovery_s is not None:
            resting = (place,)
        counted += rep.state in COUNTS
        last = rep


def _row(rep: Rep, measured: Measured | None, kind: Kind, utc_of: Callable[[int], str]) -> Row:
    """What is known of a rep by itself."""
    states: dict[str, State] = {"hand": "hand-timed", "tray": "unassigned"}
    row = Row(
        athlete=rep.athlete,
        number=None,
        set=None,
        in_set=None,
        kind=kind,
        distance_m=None,
        state=states.get(rep.state, rep.state),  # type: ignore[arg-type]  # others are called so
        utc=utc_of(rep.end_ns) if when_known(rep) else None,
        marks=rep.marks,
        note=rep.note,
        why=rep.why,
    )
    if measured is None:
        return row if rep.hand_s is None else _but(row, time_s=rep.hand_s, by_hand=True)
    both = None if rep.run is None else best_of_each(rep.run.readings)
    if both is not None:
        gates, camera = both
        row = _but(
            row,
            gates_s=gates.level_s,
            gates_95_s=INTERVAL_95 * gates.level_sigma_s,
            camera_s=camera.level_s,
            camera_95_s=INTERVAL_95 * camera.level_sigma_s,
        )
    return _but(
        row,
        distance_m=round(measured.distance_m, 3),
        by_hand=measured.by_hand,
        time_s=measured.took_s,
        time_95_s=INTERVAL_95 * measured.sigma_s,
        velocity_mps=measured.velocity_mps,
        velocity_95_mps=INTERVAL_95 * measured.velocity_sigma_mps,
        flags=() if rep.run is None else rep.run.flags,
    )


def _against_paces(row: Row, athlete: Athlete) -> Row:
    if row.distance_m is None:
        return row
    at_400_s, at_800_s = athlete.at_pace_s(row.distance_m)
    pace_mps, velocity_mps = paces(athlete).pace_400_mps, row.velocity_mps
    row = _but(row, pace_400_mps=pace_mps, at_400_pace_s=at_400_s, at_800_pace_s=at_800_s)
    if velocity_mps is None or row.velocity_95_mps is None or pace_mps is None:
        return row
    sigma_mps = row.velocity_95_mps / INTERVAL_95
    against = compare(velocity_mps, sigma_mps, pace_mps, row.distance_m or 0.0)
    verdict = against.verdict if row.counts else None
    return _but(row, pace_ratio=velocity_mps / pace_mps, verdict=verdict)


def _bests(ran: list[_Ran]) -> dict[int, Best | None]:
    """Of each length the fastest rep's number, and whether it is so beyond doubt."""
    of_length: dict[float, list[tuple[int, Measured]]] = {}
    for one in ran:
        if one.to_beat is not None:
            length_m = round(one.to_beat.distance_m, 3)
            of_length.setdefault(length_m, []).append((one.rep.rep, one.to_beat))
    found = {}
    for length_m, reps in of_length.items():
        near = (other_m for other_m in of_length if abs(other_m - length_m) < SAME_LENGTH_M)
        like = [one for other_m in near for one in of_length[other_m]]
        fastest = max(like, key=lambda one: one[1].velocity_mps)
        if fastest in reps:
            number, measured = fastest
            found[number] = best(measured, [other for _, other in like if other is not measured])
    return found


def _as_told(one: _Ran, kind: Kind) -> RunRep | None:
    """A rep as the advice sees it; None where it is none."""
    known = one.measured or one.place
    if one.rep.state not in RUN or known is None:
        return None
    marks = {"ready_early": "ready-early" in one.rep.marks, "tight": "tight" in one.rep.marks}
    told = RunRep(kind, round(known.distance_m, 1), **marks)
    if one.to_beat is None:
        return told
    v_mps, sigma_mps = one.to_beat.velocity_mps, one.to_beat.velocity_sigma_mps
    return replace(told, velocity_mps=v_mps, velocity_sigma_mps=sigma_mps)
