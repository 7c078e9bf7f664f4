"""The plan of a workout: its reps, its kind, and what a 400 m sprinter rests (pure).

It decides the kind where library, distances or coach say it, and asks where nobody does; it
stretches a sprinter's recoveries and adds up the time. It never decides who is a sprinter, and
never shortens a recovery.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from hardware.errors import StationError
from station.pace import LONGEST_ZONE_M, SPRINTER_ZONE_M, zone_note
from station.workout.library import library
from station.workout.notation import read
from station.workout.planned import Kind, PlannedRep
from station.workout.usual import MOST_REPS, SPRINTER_BEYOND_M

SHORTEST_400_PACE_M = 50  # below it the text has only flies,
LONGEST_FLY_M = 50  # and above it only 400 m pace reps


@dataclass(frozen=True, slots=True)
class Plan:
    """What is run today.

    Attributes:
        kind: What all its reps are.
        reps: In order.
        name: Its name where it is a workout of the library.
    """

    kind: Kind
    reps: tuple[PlannedRep, ...]
    name: str | None = None


def plan(text: str, kind: Kind | None = None) -> Plan:
    """Plan a workout.

    Args:
        text: The name of a workout of the library, or a workout as a coach writes it.
        kind: What the coach says it is; None where that follows from library or distances.

    Raises:
        StationError: It cannot be read, or could be of either kind.
    """
    if re.fullmatch(r"\s*\w+(-\w+)+\s*", text):  # no notation has a hyphen
        workout = library().named(text)
        return Plan(kind or workout.kind, read(workout.notation), workout.name)
    reps = read(text)
    if len(reps) > MOST_REPS:
        raise StationError(f"{len(reps)} reps are no workout; write up to {MOST_REPS}")
    for workout in library().workouts:
        if read(workout.notation) == reps:
            return Plan(kind or workout.kind, reps, workout.name)
    return Plan(kind or _told_by(reps), reps)


def for_sprinter(reps: Sequence[PlannedRep], factor: float) -> tuple[PlannedRep, ...]:
    """The same reps with the recoveries of a 400 m sprinter.

    Args:
        reps: Of a plan.
        factor: How much longer the recovery after a rep of more than 50 m is, whether the next rep
            begins a set or not.

    Returns:
        The reps, recoveries to a tenth of a second.
    """
    return tuple(
        msgspec.structs.replace(rep, recovery_s=round(rep.recovery_s * factor, 1))
        if rep.recovery_s is not None and rep.distance_m > SPRINTER_BEYOND_M
        else rep
        for rep in reps
    )


def recoveries_s(reps: Sequence[PlannedRep]) -> float:
    """All recoveries together."""
    return sum(rep.recovery_s or 0 for rep in reps)


def duration_s(reps: Sequence[PlannedRep], pace_mps: float | None = None) -> float:
    """How long reps and recoveries take.

    Args:
        reps: Of a plan.
        pace_mps: The athlete's 400 m pace, at which each rep is counted; None: only recoveries.
    """
    running_s = sum(rep.distance_m for rep in reps) / pace_mps if pace_mps else 0.0
    return recoveries_s(reps) + running_s


def notes(planned: Plan, sprinter_factor: float | None) -> list[str]:
    """What to keep in mind about a plan, for a sprinter's with the factor of their recoveries."""
    longest_m = max(rep.distance_m for rep in planned.reps)
    said: list[str] = []
    if sprinter_factor is not None and longest_m > SPRINTER_BEYOND_M:
        said.append(
            f"400 m sprinter: recoveries after reps of more than {SPRINTER_BEYOND_M} m are "
            f"{sprinter_factor:g} times as long."
        )
    if planned.kind == "fly" and sprinter_factor is not None and longest_m > SPRINTER_ZONE_M:
        said.append(
            f"400 m sprinters are best to stick with 30 m flies; over {longest_m} m they will not "
            "be running fast enough."
        )
    if planned.kind == "fly" and longest_m > LONGEST_ZONE_M:
        said.append(zone_note(longest_m) or "")
    if any(rep.assumed for rep in planned.reps):
        said.append(
            "Assumed: the notation leaves this set recovery open; it is twice the longer rep "
            "recovery next to it."
        )
    return said


def as_keys(planned: Plan, reps: Sequence[PlannedRep], pace_mps: float | None) -> dict[str, object]:
    """A plan as the documented JSON object, `reps` as this athlete runs them."""
    return {
        "kind": planned.kind,
        "reps": [msgspec.structs.asdict(rep) for rep in reps],
        "duration_s": round(duration_s(reps, pace_mps), 3),
    }


def _told_by(reps: Sequence[PlannedRep]) -> Kind:
    distances_m = sorted({rep.distance_m for rep in reps})
    if distances_m[0] >= SHORTEST_400_PACE_M and distances_m[-1] > LONGEST_FLY_M:
        return "400-pace"
    if distances_m[0] < SHORTEST_400_PACE_M and distances_m[-1] <= LONGEST_FLY_M:
        return "fly"
    listed = ", ".join(f"{metres} m" for metres in distances_m)
    raise StationError(
        f"reps of {listed} may be flies or 400 m pace; say which: --kind fly or --kind 400-pace"
    )
