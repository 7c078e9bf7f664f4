"""A record of light gates → runs: folded as it was live, so the digits are those that were shown.

It reads a file and draws nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from station.gates.record import Closed, Traffic, read_record
from station.gates.timing import GateTiming, Notice, Timed
from station.run import Incomplete, Run

CUT_SHORT = "the record has no end: the computer stopped in mid-session; what was written is timed"


@dataclass(frozen=True, slots=True)
class GateReplay:
    """What a record gave; see `station.run.Findings`.

    Attributes:
        pace_400_s: The 400 m time with which runs were compared.
        speeds_mps: Slowest and fastest that counted as a run.
    """

    recording: str
    fly_m: float
    frames: None
    duration_s: float
    runs: tuple[Run, ...]
    incomplete: tuple[Incomplete, ...]
    warnings: tuple[str, ...]
    pace_400_s: float | None
    speeds_mps: tuple[float, float]


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
    setup, traffic = read_record(path)
    given = {"pace_400_s": pace_400_s, "athlete": athlete, "speeds_mps": speeds_mps}
    setup = replace(setup, **{key: value for key, value in given.items() if value is not None})
    fold = GateTiming(setup)
    runs: dict[int, Run] = {}
    incomplete: list[Incomplete] = []
    warnings: list[str] = []
    begun_ns: int | None = None
    ended_ns = 0
    for one in _ended(traffic, warnings):
        begun_ns, ended_ns = one.at_ns if begun_ns is None else begun_ns, one.at_ns
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
        duration_s=(ended_ns - (begun_ns or 0)) * 1e-9,
        runs=tuple(runs.values()),
        incomplete=tuple(incomplete),
        warnings=tuple(warnings),
        pace_400_s=setup.pace_400_s,
        speeds_mps=setup.speeds_mps,
    )


def _ended(traffic: Iterable[Traffic], warnings: list[str]) -> Iterator[Traffic]:
    """The same with an end, and a warning where it had none."""
    at_ns, ended = 0, False
    for one in traffic:
        yield one
        at_ns, ended = one.at_ns, isinstance(one, Closed)
    if not ended:
        warnings.append(CUT_SHORT)
        yield Closed(at_ns)
