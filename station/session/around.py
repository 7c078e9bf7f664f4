"""What is done before and after a session's reps: the library's warm-up and cool-down (pure).

It decides how they are said, and which walk or stride it is so long after the strides began. It
times nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

from hardware.units import NS
from station.session.shown import Strides
from station.session.table import Phase
from station.workout.library import Part, Stage, library


def around(phase: Phase) -> tuple[str, ...]:
    """What is done in a phase, one line after the other; nothing while there are reps to run."""
    if phase in ("before", "warm-up"):
        return _in_words(library().warm_up)
    return _in_words(library().cool_down) if phase == "cool-down" else ()


def strides(began_ns: int, now_ns: int) -> Strides:
    """Where the warm-up's strides are, and for how long.

    Args:
        began_ns: When they began, with a walk, station time.
        now_ns: Now.
    """
    rounds = next(stage for stage in library().warm_up if stage.times > 1)
    last = library().warm_up[-1].parts[-1]
    left_s = (now_ns - began_ns) / NS
    for number in range(1, rounds.times + 1):
        for part in rounds.parts:
            if left_s < part.least_s:
                return Strides(part.does, number, rounds.times, part.least_s - left_s)
            left_s -= part.least_s
    return Strides(f"{last.does} {_long(last)}", None, rounds.times, max(last.least_s - left_s, 0))


def _in_words(stages: Sequence[Stage]) -> tuple[str, ...]:
    said = []
    for stage in stages:
        parts = ", ".join(f"{part.does} {_long(part)}" for part in stage.parts)
        said.append(parts if stage.times == 1 else f"{stage.times} x ({parts})")
    return tuple(said)


def _long(part: Part) -> str:
    """How long a part takes."""
    seconds_s, unit = (1, "s") if part.most_s < 60 else (60, "min")
    least, most = part.least_s // seconds_s, part.most_s // seconds_s
    return f"{least} {unit}" if least == most else f"{least}–{most} {unit}"
