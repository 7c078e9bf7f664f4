"""The training text's workouts, warm-up, cool-down and layouts, as data from `library.toml`.

It decides the form of that data and finds a workout by its name. It never decides what a notation
means, and opens nothing but the data that comes with the program.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import msgspec

from hardware.errors import StationError
from station.workout.notation import read
from station.workout.planned import Kind


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something done for a while, from `least_s` to `most_s` as the coach picks."""

    does: str
    least_s: int
    most_s: int


class Stage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parts one after the other, so many times."""

    parts: tuple[Part, ...]
    times: int = 1


class Stretch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stretch of track and how it is run; in the data, the rep itself has no lengths."""

    stretch: str
    how: str
    least_m: int | None = None
    most_m: int | None = None


class KindOfWorkout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What all workouts of a kind have in common."""

    title: str
    purpose: str
    prerequisites: tuple[str, ...]
    layout: tuple[Stretch, ...]
    between_reps: str
    between_sets: str
    note: str | None = None


class Workout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A workout of the library; its notation stands as the text has it."""

    name: str
    kind: Kind
    notation: str
    prerequisites: tuple[str, ...] = ()


class Library(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All there is, in the text's order."""

    prerequisites: tuple[str, ...]
    warm_up: tuple[Stage, ...]
    cool_down: tuple[Stage, ...]
    kinds: dict[Kind, KindOfWorkout]
    workouts: tuple[Workout, ...]

    def named(self, name: str) -> Workout:
        """The workout of that name, in capitals or not.

        Raises:
            StationError: There is none.
        """
        for workout in self.workouts:
            if workout.name == name.strip().lower():
                return workout
        names = ", ".join(workout.name for workout in self.workouts)
        raise StationError(f"no workout '{name}' in the library; there are {names}")

    def needed_for(self, workout: Workout) -> tuple[str, ...]:
        """What an athlete must have done before this workout."""
        of_kind = self.kinds[workout.kind].prerequisites
        return (*self.prerequisites, *of_kind, *workout.prerequisites)

    def track_of(self, workout: Workout) -> tuple[Stretch, ...]:
        """The track of a workout, its reps from the shortest to the longest."""
        distances_m = [rep.distance_m for rep in read(workout.notation)]
        return tuple(
            one
            if one.least_m is not None
            else msgspec.structs.replace(one, least_m=min(distances_m), most_m=max(distances_m))
            for one in self.kinds[workout.kind].layout
        )


@cache
def library() -> Library:
    """The library that comes with the program."""
    data = files("station.workout").joinpath("library.toml").read_bytes()
    return msgspec.toml.decode(data, type=Library)


def length_s(stages: tuple[Stage, ...]) -> tuple[int, int]:
    """How long a warm-up or cool-down takes, at least and at most."""
    least_s = sum(stage.times * part.least_s for stage in stages for part in stage.parts)
    most_s = sum(stage.times * part.most_s for stage in stages for part in stage.parts)
    return least_s, most_s
