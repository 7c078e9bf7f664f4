"""Commands for workouts: the library, and what a plan means.

It decides their options and what is printed.
"""

from __future__ import annotations

import argparse
import sys

from station.commands.reading import Add, factor
from station.pace import parse_time
from station.workout.usual import SPRINTER_FACTOR


def add(command: Add) -> None:
    """Add the commands."""
    _workouts_options(command("workouts", _workouts, "List the workouts of the library."))
    _plan_options(command("plan", _plan, "Say what a workout means: each rep and its recovery."))


def _workouts_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="one workout, with all about it")
    parser.add_argument("--json", action="store_true", help="print an object, or an array of them")


def _plan_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument(
        "workout",
        metavar="NOTATION|NAME",
        help='"3 x 3 x 30m. 3:00 Rec between reps. 6:00 Rec between sets.", with ; for a new line, '
        "or a name from 'station workouts'",
    )
    parser.add_argument(
        "--kind",
        choices=["fly", "400-pace"],
        help="what the reps are, where they could be either",
    )
    parser.add_argument(
        "--sprinter",
        metavar="FACTOR",
        type=factor("--sprinter", ", or nothing after it and the workout before it"),
        nargs="?",
        const=SPRINTER_FACTOR,
        help="a 400 m sprinter's: recoveries 1.5 to 2 times as long after reps of more than 50 m "
        f"({SPRINTER_FACTOR:g})",
    )
    parser.add_argument(
        "--pace-400",
        metavar="TIME",
        type=parse_time,
        help="a 400 m time, to count the reps at its pace: 58.4 or 0:58.4",
    )
    parser.add_argument(
        "--json",
        metavar="-",
        choices=["-"],
        help="print an object on stdout; without --pace-400 its duration_s is the recoveries'",
    )


def _workouts(options: argparse.Namespace) -> int:
    import json

    from station.workout.library import library
    from station.workout.listing import print_library, print_workout, workout_keys

    known = library()
    chosen = known.workouts if options.name is None else (known.named(options.name),)
    if options.json:
        keys = [workout_keys(known, workout) for workout in chosen]
        print(json.dumps(keys if options.name is None else keys[0], indent=2, ensure_ascii=False))
    elif options.name is None:
        print_library(known, sys.stdout)
    else:
        print_workout(known, chosen[0], sys.stdout)
    return 0


def _plan(options: argparse.Namespace) -> int:
    import json

    from station.pace import pace_400_mps
    from station.workout.library import library
    from station.workout.listing import print_timeline
    from station.workout.plan import as_keys, for_sprinter, notes, plan

    planned = plan(options.workout, options.kind)
    reps = (
        planned.reps if options.sprinter is None else for_sprinter(planned.reps, options.sprinter)
    )
    pace_mps = None if options.pace_400 is None else pace_400_mps(options.pace_400)
    said = notes(planned, options.sprinter)
    if options.json is None:
        print_timeline(planned, reps, pace_mps, said, library(), sys.stdout)
    else:
        print(json.dumps(as_keys(planned, reps, pace_mps), indent=2))
        for note in said:
            print(f"station: {note}", file=sys.stderr)
    return 0
