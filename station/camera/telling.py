"""What a camera tells of a session, in words and as JSON.

It decides words and keys. It computes no result, and prints nothing.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from station.camera.events import CameraEvent, CameraNotice, FilmedPassage, FilmedRun
from station.export import rounded
from station.flags import MEANING
from station.pace import compare, interval
from station.run import Incomplete, Run
from station.session.events import TimedRun
from station.table import in_words, passage_in_words


def timed_run(filmed: FilmedRun) -> TimedRun:
    """A run as a session's journal keeps it."""
    run = filmed.run
    return TimedRun(
        filmed.marker2_ns,
        filmed.marker3_ns,
        run.fly_s,
        run.fly_sigma_s,
        run.velocity_mps,
        run.velocity_sigma_mps,
        run.direction,
        run.flags,
        filmed.source,
        lane_sigma_s=run.lane_sigma_s,
    )


def run_since(filmed: FilmedRun, origin_ns: int) -> Run:
    """A run with its instants in seconds of station time since an origin."""
    marker2_s, marker3_s = (
        (at_ns - origin_ns) * 1e-9 for at_ns in (filmed.marker2_ns, filmed.marker3_ns)
    )
    return replace(filmed.run, marker2_s=marker2_s, marker3_s=marker3_s)


def passage_since(filmed: FilmedPassage, origin_ns: int) -> Incomplete:
    """The same for a passage that is no run."""
    passage = filmed.passage
    seen = [at_s for at_s in (passage.marker2_s, passage.marker3_s) if at_s is not None]
    later_s = (filmed.at_ns - origin_ns) * 1e-9 - (seen[0] if seen else 0.0)
    return replace(
        passage,
        marker2_s=None if passage.marker2_s is None else passage.marker2_s + later_s,
        marker3_s=None if passage.marker3_s is None else passage.marker3_s + later_s,
    )


def as_keys(event: CameraEvent, origin_ns: int) -> dict[str, Any]:
    """An event as a JSON object; its kind is under "event", its instants count from the origin."""
    keys: dict[str, Any]
    match event:
        case FilmedRun():
            keys = {"event": "run", "number": event.number, **asdict(run_since(event, origin_ns))}
            keys |= {"recording": str(event.recording), "part": event.part, "clock": event.clock}
        case FilmedPassage():
            keys = {"event": "incomplete", **asdict(passage_since(event, origin_ns))}
            keys |= {"recording": str(event.recording)}
        case CameraNotice():
            keys = {"event": event.name, "camera": event.camera}
            keys |= {"at_s": (event.at_ns - origin_ns) * 1e-9, "said": event.said}
    return {key: rounded(value) for key, value in keys.items()}


def in_line(event: CameraEvent, origin_ns: int, fly_m: float) -> str:
    """An event as a line for the coach."""
    match event:
        case FilmedRun():
            return f"Run {event.number}: {_result(run_since(event, origin_ns), fly_m)}"
        case FilmedPassage():
            said = passage_in_words(passage_since(event, origin_ns))
            return f"Not a complete run: {said}."
        case CameraNotice():
            return f"! {event.said}"


def _result(run: Run, fly_m: float) -> str:
    words = [
        f"{interval(run.fly_s, run.fly_sigma_s)} s",
        f"{interval(run.velocity_mps, run.velocity_sigma_mps)} m/s",
    ]
    if run.pace_400_mps is not None:
        against = compare(run.velocity_mps, run.velocity_sigma_mps, run.pace_400_mps, fly_m)
        words.append(in_words(against))
    return ", ".join(words) + "".join(f"\n   {flag}: {MEANING[flag]}" for flag in run.flags)
