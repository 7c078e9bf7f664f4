"""Workouts as coaches write them: text to planned reps, and back (pure).

It decides which set each rep belongs to and how long the recovery after it is. One that is left
open between two sets is assumed and marked so; one between two reps of a set is asked for, never
guessed. It never decides what the reps are for: that is `plan`. What may be written stands in
`grammar`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from station.workout.grammar import MisreadError, NotationError, WrittenRep, parse
from station.workout.planned import PlannedRep

ASSUMED_FACTOR = 2  # the text's set recoveries are 2 to 2.7 times its rep recoveries


def read(text: str) -> tuple[PlannedRep, ...]:
    """Read a workout.

    Args:
        text: As `3 x 3 x 30m. 3:00 Rec between reps. 6:00 Rec between sets.`

    Returns:
        Its reps in order, with the recovery after each.

    Raises:
        StationError: It cannot be read, or leaves a recovery open that cannot be assumed; the
            message says line and column, and what was expected there.
    """
    try:
        return tuple(_planned(parse(text)))
    except NotationError as mistake:
        raise MisreadError(text, mistake) from None


def write(reps: Sequence[PlannedRep]) -> str:
    """Write reps down so that `read` gives the same, a line for sets that are alike.

    Args:
        reps: As `read` gives them, at least one.
    """
    sets = [list(group) for _, group in groupby(reps, key=lambda rep: rep.set)]
    lines: list[str] = []
    while sets:
        times = _alike(sets)
        line = _line(sets[0], times)
        if (after := _after(sets[times - 1])) is not None and not after[1]:
            line += f". {clock(after[0])} Rec"
        lines.append(line)
        del sets[:times]
    return "\n".join(lines)


def clock(seconds: float) -> str:
    """Minutes and seconds as the notation writes them; a part of a second counts as a whole."""
    minutes, rest = divmod(-int(-seconds // 1), 60)
    return f"{minutes}:{rest:02d}"


def _planned(reps: list[WrittenRep]) -> Iterator[PlannedRep]:
    set_number = 1
    for index, rep in enumerate(reps[:-1]):
        recovery_s, assumed = rep.recovery_s, False
        if recovery_s is None:
            recovery_s, assumed = _assumed_s(reps, index), True
        yield PlannedRep(index + 1, set_number, rep.distance_m, recovery_s, assumed)
        set_number += rep.ends_set
    yield PlannedRep(len(reps), set_number, reps[-1].distance_m, None)


def _assumed_s(reps: list[WrittenRep], index: int) -> int:
    """Twice the longer of the rep recoveries next to an open set recovery."""
    here = reps[index]
    neighbours = [*reps[:index][-1:], *reps[index + 1 : -1][:1]]
    known_s = [rep.recovery_s for rep in neighbours if rep.recovery_s and not rep.ends_set]
    if not here.ends_set or not known_s:
        raise NotationError(
            here.at,
            f"no recovery after this {here.distance_m} m rep, expected one, as "
            "'1:30 Rec between reps', '5:00 Rec between sets' or '7:00 Rec'",
        )
    return ASSUMED_FACTOR * max(known_s)


def _alike(sets: Sequence[Sequence[PlannedRep]]) -> int:
    """How many sets, from the first on, are the same and have the same recovery between them."""
    times = 1
    while (
        times < len(sets)
        and _inside(sets[times]) == _inside(sets[0])
        and _after(sets[times - 1]) == _after(sets[0])
    ):
        times += 1
    return times


def _inside(reps: Sequence[PlannedRep]) -> list[tuple[float, float | None]]:
    """What makes a set like another: its distances and the recoveries within it."""
    return [(rep.distance_m, None if rep is reps[-1] else rep.recovery_s) for rep in reps]


def _after(reps: Sequence[PlannedRep]) -> tuple[float, bool] | None:
    """The recovery after a set, and whether it is assumed."""
    last = reps[-1]
    return None if last.recovery_s is None else (last.recovery_s, last.assumed)


def _line(reps: Sequence[PlannedRep], times: int) -> str:
    """So many sets like this one; what comes after the last of them is left out."""
    distances_m = {rep.distance_m for rep in reps}
    recoveries_s = [rep.recovery_s for rep in reps[:-1] if rep.recovery_s is not None]
    prefix = f"{times} x " if times > 1 else ""
    if len(distances_m) == 1 and len(set(recoveries_s)) <= 1:
        count = f"{len(reps)} x " if prefix or recoveries_s else ""
        line = f"{prefix}{count}{reps[0].distance_m:g}m"
        if recoveries_s:
            line += f". {clock(recoveries_s[0])} Rec between reps"
    else:
        steps = [f"{rep.distance_m:g}m. {clock(rep.recovery_s or 0)} Rec" for rep in reps[:-1]]
        line = ". ".join([*steps, f"{reps[-1].distance_m:g}m"])
        line = f"{prefix}({line})" if prefix else line
    if (after := _after(reps)) is not None and prefix and not after[1]:
        line += f". {clock(after[0])} Rec between sets"
    return line
