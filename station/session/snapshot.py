"""A session at an instant, as screens show it (pure).

It decides what is shown and in which order, and what a digit means just now. It decides no
result, chooses nobody, and lays out nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from msgspec.structs import replace

from calibration.interval import INTERVAL_95
from hardware.units import NS
from station.flags import MEANING
from station.fusion import in_words
from station.pace import Comparison
from station.session import coach
from station.session.against import against
from station.session.around import around, strides
from station.session.assigning import not_ours
from station.session.judging import Measured, judge, measure, paces
from station.session.roster import Athlete
from station.session.shown import Against, Aside, Device, Due, Last, Ran, Row, Running, Snapshot
from station.session.state import COUNTS, Member, Rep, Session
from station.session.table import RepState
from station.session.turns import Turn, done, reps_of, turns
from station.session.written import of_last, of_ran, of_run, within
from station.workout.plan import duration_s
from station.workout.planned import Kind, PlannedRep

LATE_S = 2.0  # whoever was not called for so long is overdue
TOGETHER_S = 10.0  # whose recoveries end no further apart may start together


def snapshot(
    session: Session,
    now_ns: int,
    *,
    past: Sequence[Session] = (),
    troubles: Sequence[str] = (),
    mute: bool = False,
    time_of_day: str = "",
    strides_ns: int | None = None,
    devices: Sequence[Device] = (),
) -> Snapshot:
    """Say all that is to be shown.

    Args:
        session: As far as it has come.
        now_ns: Now, station time.
        past: Earlier sessions, for bests.
        troubles: What is wrong with devices, sound or journal, in words, the worst first.
        mute: Whether times are not spoken.
        time_of_day: As a clock on the wall shows it.
        strides_ns: When the warm-up's strides began; None where they did not.
        devices: What the session stands on; what helps one that is not well is a trouble, too.
    """
    waiting = turns(session) if session.phase != "cool-down" else ()
    warms_up = session.phase in ("before", "warm-up")
    due = tuple(_due(session, turn, now_ns) for turn in waiting)
    running = tuple(
        Running(athlete=name, since_s=_seconds(now_ns - member.started_ns))
        for name, member in session.members.items()
        if member.standing == "away" and member.started_ns is not None
    )
    last, to_repair = coach.latest(session), coach.to_repair(session, now_ns)
    set_ = waiting[0].planned.set if waiting else max((rep.set for rep in session.plan), default=1)
    soonest_s = max(due[0].ready_in_s, 0.0) if due else 0.0
    return Snapshot(
        at_ns=now_ns,
        phase=session.phase,
        kind=session.kind,
        headline=_headline(session, waiting),
        next=due[0] if due else None,
        then=due[1:],
        together=tuple(one.athlete for one in due if one.ready_in_s <= soonest_s + TOGETHER_S),
        running=running,
        last=None if last is None else _last(session, last, now_ns, past),
        no_last=_no_last(session),
        rows=tuple(
            _row(session, number, member)
            for number, member in enumerate(session.members.values(), start=1)
        ),
        tray=_tray(session, now_ns),
        digit="finishes" if running else "repairs" if to_repair else "chooses",
        set=set_,
        wind=session.winds.get(set_),
        assumed_recovery_s=_assumed_s(session),
        remaining_s=_remaining_s(session, due),
        troubles=(*troubles, *(one.remedy for one in devices if one.remedy)),
        mute=mute,
        time_of_day=time_of_day,
        around=around(session.phase),
        strides=strides(strides_ns, now_ns) if warms_up and strides_ns is not None else None,
        devices=tuple(devices),
    )


def over(last: Snapshot) -> Snapshot:
    """What stays of a session when it is over: its results.

    Args:
        last: How it stood at its end.
    """
    warmed, _, ran = last.headline.partition(" · ")
    what = ran if last.phase in ("before", "warm-up", "cool-down") else warmed
    return replace(
        last,
        phase="over",
        headline=f"{what} · over",
        next=None,
        then=(),
        together=(),
        running=(),
        assumed_recovery_s=None,
        remaining_s=0.0,
        troubles=(),
        around=(),
        strides=None,
        devices=(),
        provisional=None,
    )


def place_in_words(plan: Sequence[PlannedRep], planned: PlannedRep) -> str:
    """Which set and rep of a plan a rep is."""
    its_set = [one.number for one in plan if one.set == planned.set]
    place = f"rep {its_set.index(planned.number) + 1} of {len(its_set)}"
    sets = len({one.set for one in plan})
    return f"set {planned.set} of {sets} · {place}" if sets > 1 else place


def _due(session: Session, turn: Turn, now_ns: int) -> Due:
    go_in_s = None if turn.go_ns is None else _seconds(turn.go_ns - now_ns)
    recovery_s, ratio = None, None
    if turn.began_ns is not None and turn.ready_ns > turn.began_ns:
        recovery_s = _seconds(turn.ready_ns - turn.began_ns)
        ratio = min(max(_seconds(now_ns - turn.began_ns) / recovery_s, 0.0), 1.0)
    at_400_s, at_800_s = None, None
    if session.kind == "400-pace":
        athlete = session.members[turn.athlete].athlete
        at_400_s, at_800_s = athlete.at_pace_s(turn.planned.distance_m)
    return Due(
        athlete=turn.athlete,
        place=place_in_words(turn.plan, turn.planned),
        distance_m=turn.planned.distance_m,
        go_in_s=go_in_s,
        ready_in_s=_seconds(turn.ready_ns - now_ns),
        called=turn.called,
        overdue=go_in_s is not None and not turn.called and go_in_s < -LATE_S,
        recovery_s=recovery_s,
        recovered_ratio=ratio,
        at_400_s=at_400_s,
        at_800_s=at_800_s,
    )


def _last(session: Session, rep: Rep, now_ns: int, past: Sequence[Session]) -> Last:
    judged = judge(session, rep, past)
    measured, taken, planned = judged.measured, judged.taken, judged.planned
    flags = () if rep.run is None else rep.run.flags
    found = against(session.kind, measured, judged.athlete)
    last = Last(
        rep=rep.rep,
        athlete=judged.athlete.name,
        ago_s=_seconds(now_ns - rep.end_ns),
        state=rep.state,
        number=None if planned is None else planned.number,
        distance_m=None if measured is None else measured.distance_m,
        time_s=None if measured is None else measured.took_s,
        time_95_s=None if measured is None else INTERVAL_95 * measured.sigma_s,
        velocity_mps=None if measured is None else measured.velocity_mps,
        velocity_95_mps=None if measured is None else INTERVAL_95 * measured.velocity_sigma_mps,
        by_hand=measured is not None and measured.by_hand,
        confirmed=rep.confirmed,
        doubtful=measured is not None and measured.doubtful,
        flags=flags,
        remarks=tuple(MEANING.get(flag, flag) for flag in flags),
        against_400=_against(found.get("400")),
        against_800=_against(found.get("800")),
        recovery_s=None if taken is None else taken.taken_s,
        recovery_95_s=None if taken is None else INTERVAL_95 * taken.sigma_s,
        cut_short_s=None if taken is None else taken.cut_short_s,
        best=judged.ever,
        best_today=judged.today,
        marks=rep.marks,
        advice=tuple(one.says for one in judged.advice),
        devices="" if rep.run is None else in_words(rep.run.readings),
        first=judged.first,
    )
    return replace(last, written=of_last(last))


def _no_last(session: Session) -> str:
    """What is said where no rep is the last; no name, for all may see it."""
    is_void = any(rep.state == "void" for rep in session.reps.values())
    return "the run was voided: it is run again" if is_void else "no run yet"


def _against(found: Comparison | None) -> Against | None:
    if found is None:
        return None
    return Against(
        verdict=found.verdict, margin_ratio=found.margin_ratio, at_pace_s=found.meeting_fly_s
    )


def _row(session: Session, number: int, member: Member) -> Row:
    name = member.athlete.name
    reps = reps_of(session, name)
    ran = tuple(
        _ran(session.kind, rep.rep, rep.state, measure(session, rep), member.athlete)
        for rep in reps
    )
    sure = [one for one in ran if one.state in COUNTS and one.time_s and not one.doubtful]
    verdicts = [one.verdict for one in sure if one.verdict is not None]
    lengths_m = {planned.distance_m for planned in member.plan}
    return Row(
        number=number,
        athlete=name,
        initials=member.athlete.initials or name,
        standing=member.standing,
        note=member.note,
        done=done(session, name),
        planned=len(member.plan),
        compared=len(verdicts),
        beat=verdicts.count("beats"),
        best_s=min((one.time_s for one in sure if one.time_s), default=None)
        if len(lengths_m) == 1
        else None,
        ran=ran,
    )


@lru_cache(maxsize=1024)  # of a whole session, which is shown many times a second
def _ran(
    kind: Kind, number: int, state: RepState, measured: Measured | None, athlete: Athlete
) -> Ran:
    found = against(kind, measured, athlete)
    ran = Ran(
        rep=number,
        state=state,
        time_s=None if measured is None else measured.took_s,
        by_hand=measured is not None and measured.by_hand,
        doubtful=measured is not None and measured.doubtful,
        verdict=next((one.verdict for one in found.values()), None),
    )
    text, look = of_ran(ran)
    sure = "" if measured is None else within(INTERVAL_95 * measured.sigma_s, measured.by_hand)
    return replace(ran, text=text, within=sure, look=look)


def _tray(session: Session, now_ns: int) -> tuple[Aside, ...]:
    aside = [
        Aside(
            rep=rep.rep,
            why=rep.why,
            ago_s=_seconds(now_ns - rep.end_ns),
            time_s=rep.run.fly_s,
            velocity_mps=rep.run.velocity_mps,
            text=of_run(rep.run),
            ours=not_ours(session, rep.run) is None,
        )
        for rep in session.reps.values()
        if rep.state == "tray" and rep.run is not None
    ]
    return tuple(sorted(aside, key=lambda one: one.ago_s))


def _headline(session: Session, waiting: Sequence[Turn]) -> str:
    distances_m = sorted({rep.distance_m for m in session.members.values() for rep in m.plan})
    lengths = "/".join(f"{metres:g}" for metres in distances_m)
    what = f"FLY {lengths}" if session.kind == "fly" else "400 PACE"
    if session.phase in ("before", "warm-up", "cool-down"):
        return f"{'warm-up' if session.phase == 'before' else session.phase} · {what}"
    if not waiting:
        away = any(member.standing == "away" for member in session.members.values())
        return f"{what} · {'nobody else is due' if away else 'all reps are done'}"
    turn = waiting[0]
    if session.kind != "fly":
        what = f"{what} · {turn.planned.distance_m:g} m"
    return f"{what} · {place_in_words(turn.plan, turn.planned)}"


def _assumed_s(session: Session) -> float | None:
    """The recovery still to be lived through, which `commands.ChangeRecovery` changes."""
    for name, member in session.members.items():
        for one in member.plan[max(done(session, name) - 1, 0) :]:
            if one.assumed:
                return one.recovery_s
    return None


def _remaining_s(session: Session, due: Sequence[Due]) -> float:
    """Until whoever has the longest way to go is done."""
    left_s = [0.0]
    waits_s = {one.athlete: one.ready_in_s if one.go_in_s is None else one.go_in_s for one in due}
    for name, member in session.members.items() if session.phase != "cool-down" else ():
        if member.standing != "out":
            to_come = member.plan[done(session, name) :]
            reps_s = duration_s(to_come, paces(member.athlete).pace_400_mps)
            if session.kind == "fly":
                reps_s += len(to_come) * member.athlete.run_in_s
            left_s.append(max(waits_s.get(name, 0.0), 0.0) + reps_s)
    return max(left_s)


def _seconds(ns: int) -> float:
    return ns / NS
