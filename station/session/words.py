"""What happened in a session, and why something cannot, as a coach says it (pure).

It decides words. It names athletes and their reps by the plan, never by a number or a state that
only the program knows.
"""

from __future__ import annotations

from hardware.counted import counted
from station.report.words import MARKS
from station.report.words import wind as wind_in_words
from station.session import events as ev
from station.session.state import IllegalEventError, Session
from station.session.turns import done, place_of
from station.workout.notation import clock
from station.workout.planned import PlannedRep

SHORT = 2  # what something is for is listed only where it is that short
_OF_REP: dict[type[ev.Recorded], str] = {
    ev.Finished: "finished",
    ev.Skipped: "left out",
    ev.RepDone: "done",
    ev.Split: "crossed Marker 3 too",
    ev.Assigned: "the run is assigned",
    ev.SetAside: "set aside",
    ev.Confirmed: "confirmed",
    ev.Voided: "void",
}
_OF_ATHLETE: dict[type[ev.Recorded], str] = {
    ev.Joined: "joins",
    ev.Withdrawn: "stops",
    ev.Rejoined: "is back",
    ev.Chosen: "goes next",
    ev.Started: "starts",
}
_OF_SESSION: dict[type[ev.Recorded], str] = {
    ev.Began: "the first rep is due",
    ev.Held: "on hold: nobody is called",
    ev.Released: "the lane is free: calls go on",
    ev.Ended: "the workout is over: cool down",
}
_FROM_OUTSIDE: dict[ev.Ender | None, str] = {
    "terminated": "as the computer or another program closed the station",
    "terminal-closed": "as its terminal was closed",
}
_ENDED: dict[ev.Ender | None, str] = {
    "coach": "ended by the coach",
    "ctrl-c": "ended by Ctrl-C",
    "camera-over": "ended with the camera's last picture",
    **{by: f"ended {how}" for by, how in _FROM_OUTSIDE.items()},
}
_KEYS: dict[type[ev.Recorded], str] = {
    ev.Began: "B",
    ev.Held: "H",
    ev.Released: "H",
    ev.Ended: "Q",
    ev.Chosen: "a number",
    ev.Started: "S",
    ev.Finished: "a number",
    ev.RepDone: "Space",
    ev.Confirmed: "Space",
    ev.Skipped: "K",
    ev.Split: "X",
    ev.Assigned: "A",
    ev.SetAside: "O",
    ev.Voided: "V",
    ev.HandTimed: "T",
    ev.TypedIn: "T",
    ev.Marked: "E or Y",
    ev.Noted: "a note",
    ev.Reread: "a reading by hand",
    ev.WindNoted: "I",
    ev.Joined: "J",
    ev.Rejoined: "J",
    ev.Withdrawn: "W",
    ev.Replanned: "F or L",
    ev.Reordered: "another running order",
}
_PHASES = {
    "before": "the session has not begun",
    "warm-up": "it is the warm-up, and B begins the workout",
    "on": "the workout is on already",
    "held": "the workout is on already",
    "cool-down": "the workout is over, and B lets more be run",
}
_STANDINGS = {
    "unknown": "is not in this session, and J lets somebody join",
    "in": "is here, and is not running by hand",
    "away": "is running",
    "out": "has stopped, and J brings somebody back",
}
_REPS = {
    "tray": "is nobody's, and A says whose it was",
    "keyed": "has no time",
    "timed": "was timed",
    "hand": "was timed by hand",
    "skipped": "was left out",
    "void": "is void",
}
_REPS_LEGAL = {
    "tray": "unassigned runs",
    "keyed": "reps without a time",
    "timed": "timed runs",
    "hand": "reps timed by hand",
    "skipped": "reps left out",
}


def happened(event: ev.Recorded, without: Session) -> str:
    """What the coach said, or took back.

    Args:
        event: What.
        without: The session without it.
    """
    match event:
        case ev.WindNoted():
            return f"wind in set {event.set}: {wind_in_words(event.wind)}"
        case ev.Reordered():
            return f"running order: {', '.join(event.athletes)}"
        case ev.Replanned():
            return _replanned(event, without)
        case ev.Withdrawn(note=note) if note:
            return f"{event.athlete} stops ({note})"
        case ev.Ended(by=by) if by in _FROM_OUTSIDE:
            return f"the workout is over, {_FROM_OUTSIDE[by]}: cool down"
    if type(event) in _OF_ATHLETE:
        return f"{getattr(event, 'athlete', '')} {_OF_ATHLETE[type(event)]}"
    if isinstance(event, ev.OfRep):
        return f"{_whose(event, without)}, {of_rep(event)}"
    return _OF_SESSION.get(type(event), "the computer was started anew")


def ended(by: ev.Ender | None) -> str:
    """That a session ended, and by whom or what, where that is known."""
    return _ENDED.get(by, "ended")


def of_rep(event: ev.Recorded) -> str:
    """What became of a rep, for after its name."""
    match event:
        case ev.Marked(mark=mark):
            return MARKS[mark]
        case ev.Noted(text=text):
            return f"noted: {text}" if text else "the note is gone"
        case ev.Reread(run=run, marker2_s=marker2_s, marker3_s=marker3_s):
            by_hand = marker2_s is not None or marker3_s is not None
            how = "as the device read it" if run is None else "timed anew"
            return "read by hand" if by_hand else how
        case ev.HandTimed(took_s=took_s) | ev.TypedIn(took_s=took_s):
            return f"hand time {took_s:.1f} s"
    return _OF_REP.get(type(event), "timed")


def _whose(event: ev.OfRep, without: Session) -> str:
    """A rep by athlete and number; where it was another's, by that one's."""
    rep = without.reps.get(event.rep)
    if rep is not None and rep.athlete is not None:
        planned = place_of(without, rep)
        return f"{rep.athlete}, {'beyond the plan' if planned is None else f'rep {planned.number}'}"
    name = getattr(event, "athlete", None)
    return "an unassigned run" if name is None else f"{name}, rep {done(without, name) + 1}"


def _replanned(event: ev.Replanned, without: Session) -> str:
    member = without.members.get(event.athlete)
    before: tuple[PlannedRep, ...] = () if member is None else member.plan
    if len(event.plan) != len(before):
        return f"{event.athlete} does {counted(len(event.plan), 'rep')}"
    for old, new in zip(before, event.plan, strict=True):
        if old.recovery_s is not None and new.recovery_s is not None and old != new:
            by_s = new.recovery_s - old.recovery_s
            longer = f"{abs(by_s):g} s {'longer' if by_s > 0 else 'shorter'}"
            rests = f"{event.athlete} rests {longer}"
            return f"{rests} after rep {new.number}: {clock(new.recovery_s)}"
    return f"{event.athlete} goes on as planned"


def refused(session: Session, error: IllegalEventError) -> str:
    """Why something cannot be, and what can.

    Args:
        session: As it is.
        error: What refused it.
    """
    if error.event is None:
        return str(error)
    key, state = _KEYS.get(error.event, "that"), error.state
    if isinstance(error.of, str):
        return f"{key} cannot be now: {error.of} {_STANDINGS[state]}"
    if error.of is None:
        return f"{key} cannot be now: {_PHASES[state]}"
    rep = session.reps.get(error.of)
    if rep is None:
        return str(error)
    planned = place_of(session, rep)
    number = "" if planned is None else f" {planned.number}"
    which = "that run" if rep.athlete is None else f"{rep.athlete}'s rep{number}"
    legal = [_REPS_LEGAL[one] for one in error.legal if one in _REPS_LEGAL]
    if 0 < len(legal) <= SHORT:
        return f"{key} is for {' and '.join(legal)}; {which} {_REPS[state]}"
    return f"{key} cannot be now: {which} {_REPS[state]}"
