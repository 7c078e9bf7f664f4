"""What happens in a live session, in words and as JSON.

It decides words and keys. It computes no result, and prints nothing.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from station.export import rounded
from station.flags import MEANING
from station.fusion import as_json, in_words
from station.gates.timing import Crossed, Event, Notice, Timed
from station.pace import compare, interval
from station.run import Incomplete, Run
from station.table import in_words as pace_in_words
from station.table import passage_in_words


def as_keys(event: Event) -> dict[str, Any]:
    """An event as a JSON object; its kind is under "event"."""
    keys: dict[str, Any]
    match event:
        case Timed(revises=False):
            keys = {"event": "run", "number": event.number, **_run_keys(event)}
        case Timed():
            keys = {"event": "revision", "number": event.number, "run": _run_keys(event)}
        case Incomplete():
            keys = {"event": "incomplete", **asdict(event)}
        case Crossed():
            keys = {"event": "crossing", **asdict(event)}
        case Notice():
            keys = {"event": event.name, "gate": event.gate, "at_s": event.at_s, "said": event.said}
    return {key: rounded(value) for key, value in keys.items()}


def _run_keys(timed: Timed) -> dict[str, Any]:
    keys = asdict(timed.run)
    if timed.recording is None:
        keys["first_break_fly_s"] = timed.first_break_fly_s
    else:
        keys["recording"] = timed.recording
    if timed.readings:
        keys["readings"] = as_json(timed.readings)
    return keys


def in_line(event: Event, fly_m: float) -> str | None:
    """An event as a line for the coach; None where it needs none."""
    match event:
        case Timed():
            number = f"Run {event.number}{', corrected' if event.revises else ''}"
            devices = f"\n   {in_words(event.readings)}" if event.readings else ""
            return f"{number}: {_result(event.run, fly_m)}{devices}"
        case Incomplete():
            return f"Not a complete run: {passage_in_words(event)}."
        case Notice():
            return f"! {event.said}"
    return None


def _result(run: Run, fly_m: float) -> str:
    speed_mps, sd_mps = run.velocity_mps, run.velocity_sigma_mps
    words = [f"{interval(run.fly_s, run.fly_sigma_s)} s", f"{interval(speed_mps, sd_mps)} m/s"]
    if run.pace_400_mps is not None:  # first: the exact speed is not that important
        words.insert(0, pace_in_words(compare(speed_mps, sd_mps, run.pace_400_mps, fly_m)))
    return ", ".join(words) + "".join(f"\n   {flag}: {MEANING[flag]}" for flag in run.flags)
