"""When each athlete of a group is to run, if all goes as planned (pure).

It decides by the rules of a session: whoever's recovery ends first goes next, running order breaks
ties, and calls are so far apart. It knows nobody's real reps, and is drawn before there are any.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from station.workout.planned import PlannedRep

USUAL_MPS = 7.0  # of who has no 400 m time: 57 s (our rule)


@dataclass(frozen=True, slots=True)
class Runner:
    """Who is to run.

    Attributes:
        name: Of the athlete.
        plan: Their own.
        pace_mps: Their 400 m pace, at which reps are counted; None where not known.
        run_in_s: From the call to Marker 2.
    """

    name: str
    plan: Sequence[PlannedRep]
    pace_mps: float | None = None
    run_in_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A rep to come.

    Attributes:
        name: Whose.
        rep: Which.
        go_s: When it is called, from the first call.
        end_s: When it ends.
    """

    name: str
    rep: PlannedRep
    go_s: float
    end_s: float


def forecast(runners: Sequence[Runner], call_spacing_s: float) -> list[Foreseen]:
    """Say who runs when.

    Args:
        runners: In running order.
        call_spacing_s: Least time between two calls.

    Returns:
        Every rep, in the order of the calls.
    """
    waiting = [(0.0, order, 0) for order, one in enumerate(runners) if one.plan]
    heapq.heapify(waiting)
    found: list[Foreseen] = []
    free_s = 0.0
    while waiting:
        ready_s, order, index = heapq.heappop(waiting)
        runner = runners[order]
        rep = runner.plan[index]
        go_s = max(ready_s, free_s)
        free_s = go_s + call_spacing_s
        end_s = go_s + runner.run_in_s + rep.distance_m / (runner.pace_mps or USUAL_MPS)
        found.append(Foreseen(runner.name, rep, go_s, end_s))
        if index + 1 < len(runner.plan):
            heapq.heappush(waiting, (end_s + (rep.recovery_s or 0.0), order, index + 1))
    return found
