"""What happens in a live session with a workout, in words and as JSON.

It decides words and keys. It computes no result, and prints nothing.
"""

from __future__ import annotations

from typing import Any

from station import telling
from station.export import rounded
from station.live_session import Begun, Placed, Said, Told, Unassigned
from station.workout.notation import clock


def as_keys(told: Told) -> dict[str, Any]:
    """An event as a JSON object; its kind is under "event"."""
    keys: dict[str, Any]
    match told:
        case Begun(opened=opened):
            athletes = [
                {"name": entry.athlete.name, "reps": len(entry.plan)} for entry in opened.entries
            ]
            keys = {"event": "session", "at_s": told.at_s, "kind": opened.kind}
            keys["athletes"] = athletes
        case Placed(planned=planned, taken=taken):
            keys = {
                **telling.as_keys(told.timed),
                "rep": None if planned is None else planned.number,
                "set": None if planned is None else planned.set,
                "recovery_s": None if planned is None else planned.recovery_s,
                "recovery_before_s": None if taken is None else taken.taken_s,
                "recovery_before_sigma_s": None if taken is None else taken.sigma_s,
                "cut_short_s": None if taken is None else taken.cut_short_s,
            }
        case Unassigned(timed=timed, why=why):
            run = telling.as_keys(timed)
            run = run["run"] if timed.revises else run
            run = {key: value for key, value in run.items() if key not in ("event", "number")}
            keys = {"event": "unassigned", "number": timed.number, "why": why, "run": run}
        case Said(cue=cue, dropped=why):
            keys = {"event": "dropped" if why else cue.kind, "at_s": told.at_s}
            keys |= {"athlete": cue.who[0]} if len(cue.who) == 1 else {"athletes": cue.who}
            keys["said"] = cue.text
            keys |= {"cue": cue.kind, "why": why} if why else {}
        case _:
            return telling.as_keys(told)
    return {key: rounded(value) for key, value in keys.items()}


def in_line(told: Told, fly_m: float) -> str | None:
    """An event as a line for the coach; None where it needs none."""
    match told:
        case Begun(opened=opened):
            names = ", ".join(entry.athlete.name for entry in opened.entries)
            return f"The workout begins: {names}."
        case Placed(timed=timed, planned=planned, taken=taken):
            who = f"{timed.run.athlete}, "
            who += "beyond the plan" if planned is None else f"rep {planned.number}"
            line = f"{who}. {telling.in_line(timed, fly_m)}"
            if taken is not None and taken.cut_short_s is not None:
                line += f"\n   recovery cut short by {taken.cut_short_s:.0f} s"
            if planned is not None and planned.recovery_s is not None:
                line += f"\n   now {clock(planned.recovery_s)} recovery"
            return line
        case Unassigned():
            return None
        case Said(cue=cue, dropped=why):
            return None if why or cue.kind == "result" else f"> {cue.text}"
        case _:
            return telling.in_line(told, fly_m)
