"""A record of light gates → runs: folded as it was live, so the digits are those that were shown.

It reads a file and draws nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from station.gate_record import Closed, read_record
from station.gate_timing import GateTiming, Notice, Timed
from station.run import Incomplete, Run

CUT_SHORT = "the record has no end: the computer stopped in mid-session; what was written is timed"


@dataclass(frozen=True, slots=True)
class GateReplay:
    """What a record gave; see `station.run.Findings`."""

    recording: str
    fly_m: float
    frames: None
    duration_s: float
    runs: tuple[Run, ...]
    incomplete: tuple[Incomplete, ...]
    warnings: tuple[str, ...]


def replay_gates(
    path: Path,
    *,
    pace_400_s: float | None = None,
    athlete: str | None = None,
    speeds_mps: tuple[float, float] | None = None,
) -> GateReplay:
    """Time a record of light gates.

    Args:
        path: The record.
        pace_400_s: The athlete's 400 m time, where another than the record's is meant.
        athlete: Name, likewise.
        speeds_mps: Slowest and fastest that counts as a run, likewise.

    Returns:
        The runs as they stood at the session's end, and what else was told.

    Raises:
        StationError: It cannot be read.
    """
    setup, traffic, ended = read_record(path)
    given = {"pace_400_s": pace_400_s, "athlete": athlete, "speeds_mps": speeds_mps}
    setup = replace(setup, **{key: value for key, value in given.items() if value is not None})
    if not ended:
        traffic.append(Closed(traffic[-1].at_ns if traffic else 0))
    fold = GateTiming(setup)
    runs: dict[int, Run] = {}
    incomplete: list[Incomplete] = []
    warnings = [] if ended else [CUT_SHORT]
    for one in traffic:
        for event in fold.feed(one):
            match event:
                case Timed():
                    runs[event.number] = event.run
                case Incomplete():
                    incomplete.append(event)
                case Notice():
                    warnings.append(f"at {event.at_s:.1f} s: {event.said}")
    return GateReplay(
        recording=path.name,
        fly_m=setup.fly_m,
        frames=None,
        duration_s=(traffic[-1].at_ns - traffic[0].at_ns) * 1e-9,
        runs=tuple(runs.values()),
        incomplete=tuple(incomplete),
        warnings=tuple(warnings),
    )
