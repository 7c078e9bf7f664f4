"""Sessions for tests: a group, its plan, and runs, in few words."""

from __future__ import annotations

from station.session.events import Began, Entry, Opened, TimedRun
from station.session.folding import fold
from station.session.roster import Athlete
from station.session.state import Session
from station.workout.planned import PlannedRep

S = 1_000_000_000
"""A second of station time, ns."""
START = 1000 * S
"""When the sessions here begin."""
FLY_M, FLY_S = 30.0, 3.6
RUN_IN_S = 9.0


def plan(reps=3, sets=1, rest_s=180.0, set_rest_s=360.0, distance_m=FLY_M):
    total = reps * sets
    return tuple(
        PlannedRep(
            number,
            1 + (number - 1) // reps,
            distance_m,
            None if number == total else set_rest_s if number % reps == 0 else rest_s,
        )
        for number in range(1, total + 1)
    )


def entry(name, of=None):
    return Entry(Athlete(name, 58.0), plan() if of is None else of)


def opened(*names, at_ns=START - 600 * S, of=None, **given):
    return Opened(at_ns, given.pop("kind", "fly"), tuple(entry(n, of) for n in names), **given)


def begun(*names, **given) -> Session:
    return fold([opened(*names or ("Ana", "Ben"), **given), Began(START)])


def run(end_s, fly_s=FLY_S, **given):
    """A run that ends so many seconds after the start."""
    marker3_ns = START + round(end_s * S)
    sigma_s = given.pop("sigma_s", 0.002)
    velocity_mps = FLY_M / fly_s
    return TimedRun(
        marker3_ns - round(fly_s * S), marker3_ns, fly_s, sigma_s,
        velocity_mps, velocity_mps * sigma_s / fly_s, **given,
    )  # fmt: skip


def at(seconds):
    """An instant so many seconds after the start."""
    return START + round(seconds * S)
