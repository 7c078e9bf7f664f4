"""What follows from what a coach says in a session (pure).

It decides which events a command means: which rep is meant where none is named, and whether a
name chooses who goes next or repairs whose run it was. It changes nothing: what it returns happens
once it is applied. The commands themselves are in `station.session.commands`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from hardware.units import NS
from station.session import assigning
from station.session import events as ev
from station.session.commands import (
    Annotate,
    Assign,
    Begin,
    ChangeRecovery,
    Choose,
    End,
    Fewer,
    HandTime,
    Hold,
    Join,
    Note,
    NoteWind,
    OfEvents,
    Pick,
    Rejoin,
    Reorder,
    RepDone,
    Reread,
    SetAside,
    Skip,
    Split,
    Start,
    Void,
    Withdraw,
)
from station.session.events import Entry, Happening, TimedRun, Wind
from station.session.joining import LONGEST_REP_S, is_reading_of, sources
from station.session.replanning import fewer, recoveries_changed
from station.session.roster import Athlete, is_text
from station.session.state import IllegalEventError, Rep, Session
from station.session.turns import turns
from station.workout.plan import for_sprinter
from station.workout.planned import PlannedRep

REPAIR_S = 15.0  # after a run, for so long, a name says whose it was
TYPING_S = 60.0  # after a rep without a time, for so long, a time typed in is its time
LONGEST_NOTE = 200  # characters
SLOWEST_REP_MPS, FASTEST_REP_MPS = 2.0, 12.5  # a jog, and what nobody has run


def events_of(session: Session, said: OfEvents, at_ns: int) -> tuple[Happening, ...]:
    """Say what follows from a command; none where it is so already.

    Args:
        session: As it is.
        said: What the coach says.
        at_ns: Now, station time.

    Raises:
        IllegalEventError: It means nothing now. Others are refused when they are applied.
    """
    match said:
        case Begin():
            return (ev.Began(at_ns),)
        case Hold():
            return (ev.Released(at_ns) if session.phase == "held" else ev.Held(at_ns),)
        case End():
            return (ev.Ended(at_ns, "coach"),)
        case RepDone():
            return _done(session, at_ns)
        case Pick(athlete):
            return _picked(session, athlete, at_ns)
        case Choose(athlete):
            return (ev.Chosen(at_ns, athlete),)
        case Reorder(athletes):
            return _reordered(session, athletes, at_ns)
        case Assign(athlete, rep):
            return (ev.Assigned(at_ns, athlete, _meant(session, rep)),)
        case SetAside(rep):
            return (ev.SetAside(at_ns, _meant(session, rep)),)
        case Void(rep):
            return (ev.Voided(at_ns, _meant(session, rep)),)
        case Split(athlete, rep):
            return (assigning.split(session, _meant(session, rep), athlete, at_ns),)
        case Start(athletes):
            return tuple(_started(session, one, at_ns) for one in athletes or (_next(session),))
        case HandTime():
            return (_hand_timed(session, said, at_ns),)
        case Note(mark, athlete, rep):
            return (ev.Marked(at_ns, _meant(session, rep, athlete), mark),)
        case Annotate(text, rep):
            return (_noted(_meant(session, rep), text.strip(), at_ns),)
        case Reread(rep, run, marker2_s, marker3_s, calibration):
            _check_reread(session, rep, run)
            return (ev.Reread(at_ns, rep, run, marker2_s, marker3_s, calibration),)
        case NoteWind(wind, set_):
            return (_wind_noted(session, wind, set_, at_ns),)
        case Skip(athlete):
            return (ev.Skipped(at_ns, athlete or _next(session), session.new_rep()),)
        case Withdraw(athlete, note):
            return (ev.Withdrawn(at_ns, athlete, note),)
        case Rejoin(athlete):
            return (ev.Rejoined(at_ns, athlete),)
        case Join(new):
            return (ev.Joined(at_ns, entry(new, session.plan, session.sprinter_factor)),)
        case Fewer(athlete, reps):
            return (fewer(session, athlete, reps, at_ns),)
        case ChangeRecovery(by_s, athlete):
            return recoveries_changed(session, by_s, athlete, at_ns)
    assert_never(said)


def entry(athlete: Athlete, plan: tuple[PlannedRep, ...], sprinter_factor: float) -> Entry:
    """Give an athlete a plan of their own: a 400 m sprinter rests longer after long reps."""
    return Entry(athlete, for_sprinter(plan, sprinter_factor) if athlete.sprinter else plan)


def latest(session: Session) -> Rep | None:
    """The rep that ended last, of those that were run and are somebody's."""
    return _last(_run_by_somebody(session))


def to_repair(session: Session, at_ns: int) -> Rep | None:
    """The rep, or run in our lane that is nobody's, that a name means now; None where it chooses.

    It does so until the next athlete is called, who is on their way to Marker 2 then.
    """
    since_ns = at_ns - round(REPAIR_S * NS)
    if session.called_ns is not None:
        since_ns = max(since_ns, session.called_ns)
    for ended in (_run_by_somebody(session), _ours_in_the_tray(session)):
        rep = _last(ended)
        if rep is not None and rep.end_ns > since_ns:
            return rep
    return None


def _last(reps: Iterable[Rep]) -> Rep | None:
    return max(reps, key=lambda rep: rep.end_ns, default=None)


def _run_by_somebody(session: Session) -> list[Rep]:
    return [rep for rep in session.reps.values() if rep.state in assigning.RUN]


def _ours_in_the_tray(session: Session) -> list[Rep]:
    return [
        rep
        for rep in session.reps.values()
        if rep.state == "tray" and rep.run and assigning.not_ours(session, rep.run) is None
    ]


def _done(session: Session, at_ns: int) -> tuple[Happening, ...]:
    away = _away(session)
    if len(away) > 1:
        raise IllegalEventError(
            f"{' and '.join(away)} are running; press the number of whoever finishes"
        )
    if away:
        return (_finished(session, away[0], at_ns),)
    return (assigning.rep_done(session, at_ns),)


def _picked(session: Session, athlete: str, at_ns: int) -> tuple[Happening, ...]:
    if athlete in _away(session):
        return (_finished(session, athlete, at_ns),)
    rep = to_repair(session, at_ns)
    if rep is None:
        return (ev.Chosen(at_ns, athlete),)
    if rep.athlete != athlete:
        return (ev.Assigned(at_ns, athlete, rep.rep),)
    if rep.state == "timed" and not rep.confirmed:
        return (ev.Confirmed(at_ns, rep.rep),)
    raise IllegalEventError(f"{athlete}'s rep is counted already")


def _reordered(session: Session, athletes: tuple[str, ...], at_ns: int) -> tuple[Happening, ...]:
    unknown = [name for name in athletes if name not in session.members]
    if unknown:
        raise IllegalEventError(
            f"{unknown[0]} is not in this session; there are {', '.join(session.members)}"
        )
    order = [*dict.fromkeys((*athletes, *session.members))]
    return () if order == [*session.members] else (ev.Reordered(at_ns, tuple(order)),)


def _hand_timed(session: Session, said: HandTime, at_ns: int) -> Happening:
    if not 0 < said.took_s < LONGEST_REP_S:
        raise IllegalEventError(
            f"{said.took_s:g} s is no time of a rep; type seconds, up to {LONGEST_REP_S:g}"
        )
    rep = said.rep
    if rep is None:
        last = latest(session)
        lately = last is not None and at_ns - last.end_ns < TYPING_S * NS
        if last is not None and lately and said.athlete in (None, last.athlete):
            rep = last.rep if last.state in ("keyed", "hand") else None
    if rep is not None:
        known = session.reps.get(rep)
        _check_time(None if known is None else known.distance_m, said.took_s)
        return ev.HandTimed(at_ns, rep, said.took_s)
    athlete = said.athlete or _next(session)
    length_m = assigning.next_distance_m(session, athlete)
    _check_time(length_m, said.took_s)
    return ev.TypedIn(at_ns, athlete, session.new_rep(), at_ns, said.took_s, length_m)


def _check_reread(session: Session, rep: int, run: TimedRun | None) -> None:
    known = session.reps.get(rep)
    if known is None or run is None:
        return
    if known.automatic is None or run.source not in sources([known.automatic]):
        raise IllegalEventError(f"'{run.source}' is no recording of that rep; read its own again")
    if not is_reading_of(run, known.automatic):
        raise IllegalEventError(f"{run.fly_s:g} s is no time of a rep; move the line back")


def _noted(rep: int, text: str, at_ns: int) -> Happening:
    if len(text) > LONGEST_NOTE or not is_text(text):
        raise IllegalEventError(
            f"a note of {len(text)} characters is no note; write up to {LONGEST_NOTE} on one line"
        )
    return ev.Noted(at_ns, rep, text)


def _started(session: Session, athlete: str, at_ns: int) -> Happening:
    member = session.members.get(athlete)
    if member is not None and assigning.next_distance_m(session, athlete) is None:
        raise IllegalEventError(f"{athlete} has run all {len(member.plan)} reps of the plan")
    return ev.Started(at_ns, athlete)


def _finished(session: Session, athlete: str, at_ns: int) -> Happening:
    length_m = assigning.next_distance_m(session, athlete)
    started_ns = session.members[athlete].started_ns
    if started_ns is not None:
        _check_time(length_m, (at_ns - started_ns) / NS, slowest_mps=0.0)
    return ev.Finished(at_ns, athlete, session.new_rep(), length_m)


def _check_time(
    length_m: float | None, took_s: float, slowest_mps: float = SLOWEST_REP_MPS
) -> None:
    """Refuse a time by hand that no one runs: a key pressed twice, a time of another distance.

    Raises:
        IllegalEventError: It is none.
    """
    if length_m is not None and not slowest_mps <= length_m / took_s <= FASTEST_REP_MPS:
        raise IllegalEventError(
            f"no one runs {length_m:g} m in {took_s:.1f} s; wait for the finish, or type its time"
        )


def _meant(session: Session, rep: int | None, athlete: str | None = None) -> int:
    if rep is not None:
        return rep
    last = _last(one for one in _run_by_somebody(session) if athlete in (None, one.athlete))
    if last is None:
        who = "" if athlete is None else f" by {athlete}"
        raise IllegalEventError(f"no rep has been run yet{who}; say it after one")
    return last.rep


def _next(session: Session) -> str:
    due = turns(session)
    if not due:
        raise IllegalEventError("nobody is due; begin the session, or let somebody join or do more")
    return due[0].athlete


def _wind_noted(session: Session, wind: Wind, set_: int | None, at_ns: int) -> Happening:
    if not ev.is_wind(wind):
        raise IllegalEventError(
            f"{wind:g} m/s is no wind; say up to {ev.STRONGEST_MPS:g}, or from ahead -1 and so on"
        )
    running, sets = _set(session), {one.set for one in session.plan}
    if set_ not in (None, running, *sets):
        raise IllegalEventError(
            f"there is no set {set_:.9g} in this plan; there are 1 to {max(sets, default=running)}"
        )
    return ev.WindNoted(at_ns, running if set_ is None else set_, wind)


def _set(session: Session) -> int:
    """The set that is being run: of the last rep, or of the next."""
    due = turns(session)
    return due[0].planned.set if due else max((p.set for p in session.plan), default=1)


def _away(session: Session) -> list[str]:
    return [name for name, member in session.members.items() if member.standing == "away"]
