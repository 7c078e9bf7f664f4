"""What a rep was worth: against 400 m pace, against the athlete's bests, and what to say (pure).

It decides what a rep's time is and how sure, whether it is a best, and which advice follows. It
changes nothing, and never decides whose a rep was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from calibration.interval import INTERVAL_95
from station.flags import doubted
from station.pace import Comparison, compare, pace_400_mps
from station.run import length_sd_of, velocity_sigma_mps
from station.session.assigning import RUN, Best, best
from station.session.events import Wind
from station.session.roster import Athlete
from station.session.state import Rep, Session
from station.session.turns import Taken, place_of, recovery_before, reps_of
from station.workout.advice import (
    Advice,
    Paces,
    RunRep,
    after_rep,
    after_session,
    before_flies,
    rules,
)
from station.workout.planned import Kind, PlannedRep

HAND_95_S = 0.2  # of a stopwatch: half-width of the 95 % interval
SAME_LENGTH_M = 0.5  # two zones that differ by less are one length: a tape's error


@dataclass(frozen=True, slots=True)
class Measured:
    """How long a rep took.

    Attributes:
        distance_m: Its length.
        took_s: Its time.
        sigma_s: One standard deviation of it.
        by_hand: Whether a stopwatch or a key timed it.
        doubtful: Whether its flags doubt it beyond its ±.
        length_sd: One standard deviation of the length, as a share of it.
    """

    distance_m: float
    took_s: float
    sigma_s: float
    by_hand: bool
    doubtful: bool
    length_sd: float = 0.0

    @property
    def velocity_mps(self) -> float:
        """Its mean velocity."""
        return self.distance_m / self.took_s

    @property
    def velocity_sigma_mps(self) -> float:
        """One standard deviation of it."""
        return velocity_sigma_mps(self.velocity_mps, self.took_s, self.sigma_s, self.length_sd)


@dataclass(frozen=True, slots=True)
class Judged:
    """A rep, and all that is said of it.

    Attributes:
        rep: The rep.
        athlete: Whose.
        planned: The place in the plan that it filled, None beyond its end.
        measured: How long it took; None where nothing timed it.
        against_400: How it stands against 400 m pace; None without a 400 m time.
        taken: The recovery before it; None before the first.
        today: Whether it is the athlete's best of this session, of the same kind and length.
        ever: The same of all sessions; None where there is no earlier one.
        advice: What to say after it, the most important first.
        wind: In its set, beside the best; None where nobody said.
        first: Whether it is the athlete's first of its kind and length, in any session.
    """

    rep: Rep
    athlete: Athlete
    planned: PlannedRep | None
    measured: Measured | None
    against_400: Comparison | None
    taken: Taken | None
    today: Best | None
    ever: Best | None
    advice: tuple[Advice, ...]
    wind: Wind | None = None
    first: bool = False


def judge(session: Session, rep: Rep, past: Sequence[Session] = ()) -> Judged:
    """Say what a rep was worth.

    Args:
        session: Its session, as far as it has come.
        rep: One that is somebody's.
        past: Earlier sessions.
    """
    assert rep.athlete is not None, "what is nobody's is not judged"
    athlete = session.members[rep.athlete].athlete
    measured = measure(session, rep)
    against, today, ever, first = None, None, None, False
    if measured is not None:
        if athlete.time_400_s is not None:
            against = compare(
                measured.velocity_mps,
                measured.velocity_sigma_mps,
                pace_400_mps(athlete.time_400_s),
                measured.distance_m,
            )
        if not measured.doubtful:
            before = [one for one in reps_of(session, rep.athlete) if one.end_ns < rep.end_ns]
            of_today = [*_like(session, before, session.kind, measured.distance_m)]
            of_old = [
                like
                for one in past
                for like in _like(one, reps_of(one, rep.athlete), session.kind, measured.distance_m)
            ]
            today = best(measured, of_today)
            ever = best(measured, [*of_today, *of_old]) if of_old else None
            first = not of_today and not of_old
    planned = place_of(session, rep)
    return Judged(
        rep,
        athlete,
        planned,
        measured,
        against,
        recovery_before(session, rep),
        today,
        ever,
        tuple(
            _still_of_use(after_rep(_run_reps(session, rep.athlete, rep), paces(athlete)), planned)
        ),
        None if planned is None else session.winds.get(planned.set),
        first,
    )


def _still_of_use(advice: Sequence[Advice], planned: PlannedRep | None) -> list[Advice]:
    """What is not about the next rep, where there is none."""
    over = planned is None or planned.recovery_s is None
    about_next = (rules()["take-longer"], rules()["end-the-set"], rules()["not-ready-yet"])
    return [one for one in advice if not (over and one in about_next)]


def measure(session: Session, rep: Rep) -> Measured | None:
    """How long a rep took, and how sure that is; None where nothing timed it."""
    if rep.run is not None:
        run = rep.run
        ran_m, doubtful = run.velocity_mps * run.fly_s, doubted(run.flags)
        return Measured(ran_m, run.fly_s, run.fly_sigma_s, False, doubtful, length_sd_of(run))
    planned = place_of(session, rep)
    length_m = rep.distance_m or (None if planned is None else planned.distance_m)
    if rep.hand_s is None or length_m is None:
        return None
    return Measured(length_m, rep.hand_s, HAND_95_S / INTERVAL_95, True, False)


def paces(athlete: Athlete) -> Paces:
    """What an athlete's reps stand against."""
    return Paces(
        None if athlete.time_400_s is None else pace_400_mps(athlete.time_400_s),
        None if athlete.time_800_s is None else 800.0 / athlete.time_800_s,
    )


def advice_at_the_end(session: Session, name: str) -> list[Advice]:
    """What to say about all of an athlete's reps."""
    return after_session(_run_reps(session, name), paces(session.members[name].athlete))


def advice_at_the_start(session: Session, name: str, past: Sequence[Session]) -> list[Advice]:
    """What to say about the length of the flies that are planned."""
    member = session.members[name]
    if session.kind != "fly" or not member.plan:
        return []
    earlier = [_run_reps(one, name) for one in past if name in one.members]
    longest_m = max(one.distance_m for one in member.plan)
    return before_flies(longest_m, member.athlete.sprinter, earlier, paces(member.athlete))


def _run_reps(session: Session, name: str, upto: Rep | None = None) -> list[RunRep]:
    """An athlete's reps as the advice sees them, up to one of them."""
    ran = [
        rep
        for rep in reps_of(session, name)
        if rep.state in RUN and (upto is None or rep.end_ns <= upto.end_ns)
    ]
    return [run for rep in ran if (run := _run_rep(session, rep)) is not None]


def _run_rep(session: Session, rep: Rep) -> RunRep | None:
    measured, planned = measure(session, rep), place_of(session, rep)
    marks = {"ready_early": "ready-early" in rep.marks, "tight": "tight" in rep.marks}
    if measured is None or measured.doubtful:
        length_m = measured.distance_m if measured else planned.distance_m if planned else None
        return None if length_m is None else RunRep(session.kind, round(length_m, 1), **marks)
    speed_mps, sigma_mps = measured.velocity_mps, measured.velocity_sigma_mps
    return RunRep(session.kind, round(measured.distance_m, 1), speed_mps, sigma_mps, **marks)


def _like(
    session: Session, reps: Sequence[Rep], kind: Kind, distance_m: float
) -> Iterator[Measured]:
    """The sure ones of these reps, of a kind and a length."""
    for rep in reps if session.kind == kind else ():
        measured = measure(session, rep) if rep.state in RUN else None
        if measured is None or measured.doubtful:
            continue
        if abs(measured.distance_m - distance_m) < SAME_LENGTH_M:
            yield measured
