"""What happens in a live session, in words and as JSON.

It decides words and keys. It computes no result, and prints nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from station.export import rounded
from station.gates import telling
from station.report.words import wind as in_words_of_wind
from station.session import events as ev
from station.session.against import against, in_words
from station.session.judging import HAND_95_S, Judged
from station.session.news import (
    Advised,
    Begun,
    Happened,
    Placed,
    Refused,
    Said,
    Told,
    Unassigned,
)
from station.session.words import happened, of_rep
from station.workout.notation import clock

ENDS_A_REP = (ev.RepDone, ev.Finished, ev.TypedIn, ev.HandTimed, ev.Assigned, ev.Split)


def as_keys(told: Told) -> dict[str, Any]:
    """An event as a JSON object; its kind is under "event"."""
    keys: dict[str, Any]
    match told:
        case Begun(session=session):
            athletes = [
                {"name": name, "reps": len(member.plan)} for name, member in session.members.items()
            ]
            keys = {"event": "session", "at_s": told.at_s, "kind": session.kind}
            keys |= {"resumed": told.again, "athletes": athletes, "notes": told.notes}
        case Placed(judged=judged):
            keys = {**telling.as_keys(told.timed), **_rep_keys(judged)}
        case Unassigned(timed=timed, why=why):
            run = telling.as_keys(timed)
            run = run["run"] if timed.revises else run
            run = {key: value for key, value in run.items() if key not in ("event", "number")}
            keys = {"event": "unassigned", "number": timed.number, "why": why, "run": run}
        case Happened(event=event, judged=judged):
            keys = msgspec.to_builtins(event)
            keys = {"event": keys.pop("event"), "at_s": told.at_s} | {
                key: value for key, value in keys.items() if key not in ("at_ns", "end_ns")
            }
            if "rep" in keys:
                keys["rep_id"] = keys.pop("rep")
            keys |= {} if judged is None else _rep_keys(judged) | _by_hand_keys(judged)
            keys |= {} if told.undone is None else {"undone": _name(told.undone)}
        case Refused(said=said):
            keys = {"event": "refused", "at_s": told.at_s, "said": said}
        case Advised(advice=advice):
            keys = {"event": "advice", "at_s": told.at_s, "athlete": told.athlete}
            keys |= {"said": advice.says, "sentence": advice.sentence, "ours": advice.ours}
        case Said(cue=cue, dropped=why):
            keys = {"event": "dropped" if why else cue.kind, "at_s": told.at_s}
            keys |= {"athlete": cue.who[0]} if len(cue.who) == 1 else {"athletes": cue.who}
            keys |= {"said": cue.text, "heard": told.heard}
            keys |= {"cue": cue.kind, "why": why} if why else {}
        case _:
            return telling.as_keys(told)
    return {key: rounded(value) for key, value in keys.items()}


def in_line(told: Told, fly_m: float) -> str | None:
    """An event as a line for the coach; None where it needs none."""
    match told:
        case Begun(session=session):
            line = f"The workout {'goes on' if told.again else 'begins'}: "
            line += ", ".join(session.members) + "."
            noted = [f"\n   {name}, when last here: {note}" for name, note in told.notes.items()]
            return line + "".join(noted)
        case Placed(timed=timed, judged=judged):
            found = against(told.kind, judged.measured, judged.athlete)
            line = f"{_who(judged)}. "
            if "800" in found:  # which decides, and stands for the other
                timed = replace(timed, run=replace(timed.run, pace_400_mps=None))
                line += f"{in_words(found['800'], '800')}. "
            return f"{line}{telling.in_line(timed, fly_m)}{_after(judged)}"
        case Happened():
            return _happened(told)
        case Refused(said=said):
            return f"? {said}"
        case Advised(athlete=athlete, advice=advice):
            return f"  {athlete}: {advice.says}"
        case Unassigned():
            return None
        case Said(cue=cue, dropped=why, heard=heard):
            shown = (
                f"> {cue.text}" if heard is not False else f">> {cue.text} (not heard: no sound)"
            )
            return None if why or cue.kind == "result" else shown
        case _:
            return telling.in_line(told, fly_m)


def _rep_keys(judged: Judged) -> dict[str, Any]:
    planned, taken = judged.planned, judged.taken
    return {
        "athlete": judged.athlete.name,
        "rep": None if planned is None else planned.number,
        "set": None if planned is None else planned.set,
        "recovery_s": None if planned is None else planned.recovery_s,
        "recovery_before_s": None if taken is None else taken.taken_s,
        "recovery_before_sigma_s": None if taken is None else taken.sigma_s,
        "cut_short_s": None if taken is None else taken.cut_short_s,
        "best_today": judged.today,
        "best_ever": judged.ever,
        "wind": judged.wind,
    }


def _by_hand_keys(judged: Judged) -> dict[str, Any]:
    measured = judged.measured
    if measured is None:
        return {"took_s": None, "hand_timed": None}
    at_400_s, at_800_s = judged.athlete.at_pace_s(measured.distance_m)
    return {
        "took_s": measured.took_s,
        "took_sigma_s": measured.sigma_s,
        "hand_timed": measured.by_hand,
        "distance_m": measured.distance_m,
        "velocity_mps": measured.velocity_mps,
        "velocity_sigma_mps": measured.velocity_sigma_mps,
        "at_400_pace_s": at_400_s,
        "at_800_pace_s": at_800_s,
    }


def _who(judged: Judged) -> str:
    planned = judged.planned
    place = "beyond the plan" if planned is None else f"rep {planned.number}"
    return f"{judged.athlete.name}, {place}"


def _after(judged: Judged) -> str:
    """What follows from a rep: a best, the recovery before it and the one that begins."""
    line = ""
    if judged.ever or judged.today:
        best = (judged.ever or judged.today or "").replace("equals", "equals the")
        line += f"\n   {best}{'' if judged.ever else ' of today'}"
        line += "" if judged.wind is None else f", {in_words_of_wind(judged.wind)}"
    if judged.taken is not None and judged.taken.cut_short_s is not None:
        line += f"\n   recovery cut short by {judged.taken.cut_short_s:.0f} s"
    if judged.planned is not None and judged.planned.recovery_s is not None:
        line += f"\n   now {clock(judged.planned.recovery_s)} recovery"
    return line


def _name(event: ev.Recorded) -> str:
    return ev.in_json(type(event).__name__)


def _happened(told: Happened) -> str:
    event, judged = told.event, told.judged
    if told.undone is not None:
        return f"- undone: {happened(told.undone, told.without)}"
    if judged is None:
        return f"- {happened(event, told.without)}"
    if not isinstance(event, ENDS_A_REP):
        return f"{_who(judged)}: {of_rep(event)}."
    measured = judged.measured
    if measured is None or not measured.by_hand:
        return f"{_who(judged)}: {of_rep(event)}.{_after(judged)}"
    found = against(told.without.kind, measured, judged.athlete)
    said = [in_words(one, pace) for pace, one in found.items()][:1]
    said += [f"{measured.took_s:.1f} s by hand, ±{HAND_95_S} s", f"{measured.velocity_mps:.1f} m/s"]
    paces_s = [f"{pace} m pace {one.meeting_fly_s:.1f} s" for pace, one in found.items()]
    return f"{_who(judged)}: {'; '.join([', '.join(said), *sorted(paces_s)])}{_after(judged)}"
