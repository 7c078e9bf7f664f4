"""What a session is to be: a planned workout, and the group that trains it, each with a plan.

It decides that a workout's flies are as long as the zone that is timed. What the plan is, and how
long somebody rests, others decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hardware.errors import StationError
from station.session.coach import entry
from station.session.events import Entry
from station.session.roster import Athlete
from station.workout.plan import Plan
from station.workout.planned import Kind, PlannedRep
from station.workout.usual import CALL_SPACING_S, SPRINTER_FACTOR


@dataclass(frozen=True, slots=True)
class Workout:
    """What a session is to be.

    Attributes:
        kind: Of all reps.
        plan: The reps, for those who rest no longer than it says.
        group: Who trains what, in running order.
        name: As the coach wrote it, or the library's name.
        sprinter_factor: How much longer 400 m sprinters rest after long reps.
        call_spacing_s: Least time between two go-calls.
        warm_up: Whether it begins with the warm-up, and the first rep is due when the coach says.
    """

    kind: Kind
    plan: tuple[PlannedRep, ...]
    group: tuple[Entry, ...]
    name: str = ""
    sprinter_factor: float = SPRINTER_FACTOR
    call_spacing_s: float = CALL_SPACING_S
    warm_up: bool = False


def workout_of(
    planned: Plan,
    athletes: Iterable[Athlete],
    fly_m: float | None,
    *,
    sprinter_factor: float = SPRINTER_FACTOR,
    call_spacing_s: float = CALL_SPACING_S,
    warm_up: bool = False,
    name: str = "",
) -> Workout:
    """Give each athlete a plan of their own.

    Args:
        planned: The workout.
        athletes: In running order.
        fly_m: Length of the Fly Zone that is timed; None where none is.
        sprinter_factor: How much longer a 400 m sprinter rests after long reps.
        call_spacing_s: Least time between two go-calls.
        warm_up: Whether it begins with the warm-up.
        name: As the coach wrote it.

    Raises:
        StationError: The workout's flies are of another length.
    """
    others_m = {rep.distance_m for rep in planned.reps} - {fly_m}
    if planned.kind == "fly" and fly_m is not None and others_m:
        raise StationError(
            f"the workout has flies of {min(others_m):g} m and --fly says {fly_m:g}; set the gates "
            "up for the workout and say so, or choose another"
        )
    group = tuple(entry(athlete, planned.reps, sprinter_factor) for athlete in athletes)
    name = planned.name or name
    return Workout(
        planned.kind, planned.reps, group, name, sprinter_factor, call_spacing_s, warm_up
    )
