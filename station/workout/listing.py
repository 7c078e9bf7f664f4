"""Plans and workouts for people: a timeline, the library, one workout with its track (drawing).

It decides words, columns and their order. It never computes a plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from hardware.counted import counted
from station.workout.library import Library, Stage, Workout, length_s
from station.workout.notation import clock, read
from station.workout.plan import Plan, recoveries_s
from station.workout.planned import PlannedRep

if TYPE_CHECKING:
    from typing import TextIO

NARROWEST = 80  # columns, as the table of runs has them


def print_timeline(
    planned: Plan,
    reps: Sequence[PlannedRep],
    pace_mps: float | None,
    notes: Sequence[str],
    lib: Library,
    file: TextIO,
) -> None:
    """Print a plan as what happens when.

    Args:
        planned: The plan.
        reps: Its reps as this athlete runs them.
        pace_mps: The athlete's 400 m pace, None if not known.
        notes: What to keep in mind.
        lib: Where it stands how one recovers.
        file: Where to; colours only if it is a terminal.
    """
    kind = lib.kinds[planned.kind]
    table = _table(("Start", "right"), ("Rep", "right"), ("Set", "right"), ("Distance", "right"))
    for heading, justify in (("Recovery", "right"), ("", "left")):
        table.add_column(heading, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    start_s = 0.0
    for rep, following in zip(reps, [*reps[1:], None], strict=True):
        new_set = following is not None and following.set != rep.set
        how = "" if following is None else kind.between_sets if new_set else kind.between_reps
        recovery = "" if rep.recovery_s is None else clock(rep.recovery_s)
        table.add_row(
            clock(start_s),
            str(rep.number),
            str(rep.set),
            f"{rep.distance_m} m",
            Text(recovery, style="bold"),
            Text(f"{how} (assumed)" if rep.assumed else how, style="yellow" if rep.assumed else ""),
            end_section=new_set,
        )
        start_s += (rep.recovery_s or 0) + (rep.distance_m / pace_mps if pace_mps else 0)
    name = f"{planned.name}, " if planned.name else ""
    sets = reps[-1].set
    title = f"{name}{kind.title}: {counted(len(reps), 'rep')} in {counted(sets, 'set')}"
    recoveries = f"Recoveries {clock(recoveries_s(reps))}"
    if pace_mps is None:
        total = f"{recoveries}; the reps are not counted: no 400 m time is known (--pace-400)."
    else:
        total = f"{recoveries}, with the reps at 400 m pace {clock(start_s)}."
    around = [f"{what} {_range(length_s(stages))}" for what, stages in _around(lib)]
    remarks = [*notes, *([kind.note] if kind.note else []), f"Besides: {', '.join(around)}."]
    _print(
        file,
        Text(title, style="bold"),
        table,
        Text(total, style="bold"),
        *(Text(remark, style="dim") for remark in remarks),
    )


def print_library(lib: Library, file: TextIO) -> None:
    """Print every workout of the library, a row each."""
    table = _table(("Name", "left"), ("Reps", "right"), ("Recoveries", "right"))
    table.add_column("Workout", overflow="fold")
    for workout in lib.workouts:
        reps = read(workout.notation)
        last_of_kind = workout is [one for one in lib.workouts if one.kind == workout.kind][-1]
        table.add_row(
            Text(workout.name, style="bold"),
            str(len(reps)),
            clock(recoveries_s(reps)),
            workout.notation,
            end_section=last_of_kind,
        )
    hint = "Its track, warm-up and cool-down: station workouts NAME. Its times: station plan NAME."
    _print(file, table, Text(hint, style="dim"))


def print_workout(lib: Library, workout: Workout, file: TextIO) -> None:
    """Print one workout with all that belongs to it."""
    kind = lib.kinds[workout.kind]
    layout = lib.track_of(workout)
    track = _table(("Track", "left"), ("Metres", "right"))
    track.add_column("", overflow="fold")
    for one in layout:
        metres = _dash(one.least_m or 0, one.most_m or 0)
        track.add_row(one.stretch, Text(metres, style="bold"), one.how)
    whole = _dash(sum(one.least_m or 0 for one in layout), sum(one.most_m or 0 for one in layout))
    lines: list[RenderableType] = [
        Text(f"{workout.name}, {kind.title}: for {kind.purpose}", style="bold"),
        Text(workout.notation),
        Text(f"Between reps {kind.between_reps}; between sets {kind.between_sets}."),
        *([Text(kind.note, style="dim")] if kind.note else []),
        track,
        Text(f"Track in all: {whole} m."),
        Text("\nBefore this workout", style="bold"),
        *(Text(f"• {need}") for need in lib.needed_for(workout)),
    ]
    for what, stages in _around(lib):
        lines.append(Text(f"\n{what.capitalize()}, {_range(length_s(stages))}", style="bold"))
        lines += [Text(f"• {_in_words(stage)}") for stage in stages]
    _print(file, *lines)


def workout_keys(lib: Library, workout: Workout) -> dict[str, object]:
    """A workout as the documented JSON object, with all that belongs to it."""
    kind = lib.kinds[workout.kind]
    return {
        "name": workout.name,
        "kind": workout.kind,
        "notation": workout.notation,
        "purpose": kind.purpose,
        "prerequisites": list(lib.needed_for(workout)),
        "layout": msgspec.to_builtins(lib.track_of(workout)),
        "between_reps": kind.between_reps,
        "between_sets": kind.between_sets,
        "warm_up": msgspec.to_builtins(lib.warm_up),
        "cool_down": msgspec.to_builtins(lib.cool_down),
    }


def _around(lib: Library) -> list[tuple[str, tuple[Stage, ...]]]:
    return [("warm-up", lib.warm_up), ("cool-down", lib.cool_down)]


def _in_words(stage: Stage) -> str:
    parts = ", ".join(f"{_range((part.least_s, part.most_s))} {part.does}" for part in stage.parts)
    return parts if stage.times == 1 else f"{stage.times} x ({parts})"


def _range(range_s: tuple[int, int]) -> str:
    least_s, most_s = range_s
    if most_s < 60:
        return f"{_dash(least_s, most_s)} s"
    return f"{_dash(least_s // 60, most_s // 60)} min"


def _dash(least: int, most: int) -> str:
    return str(least) if least == most else f"{least}–{most}"


def _table(*columns: tuple[str, str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for heading, justify in columns:
        table.add_column(heading, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    return table


def _print(file: TextIO, *parts: RenderableType) -> None:
    console = Console(file=file, highlight=False, emoji=False, markup=False, soft_wrap=False)
    console.width = max(console.width, NARROWEST)
    console.print(Group(*parts))
