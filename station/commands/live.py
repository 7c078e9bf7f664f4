"""The command that times live: `station run`.

It decides its options, what fits together, and what is printed. It computes nothing.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hardware.errors import StationError
from station.commands.aside import warn
from station.commands.reading import (
    SPEEDS_MPS,
    Add,
    athlete_options,
    journal_option,
    markers,
    number,
    protocol_option,
    spacing,
    speeds,
    times,
)
from station.workout.planned import SPRINTER_FACTOR

if TYPE_CHECKING:
    from station.gate_record import Setup
    from station.live_session import Told, Workout

LEAST_FLY_M, MOST_FLY_M = 1.0, 400.0


def add(command: Add) -> None:
    """Add the command."""
    _options(command("run", _run, "Time runs live, until interrupted."))


def _options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument(
        "--gates",
        metavar="PORT",
        action="append",
        default=[],
        help="where light gates are plugged in, as 'station gates list' calls it; "
        "twice for one device a marker, Marker 2's first; 'simulated' rehearses a workout",
    )
    protocol_option(parser)
    parser.add_argument(
        "--markers",
        metavar='"GATE:MARKER,…"',
        default="",
        help='which gate stands where: "1:2,2:3", or "PORT/1:2,PORT2/1:3" with two ports '
        "(default: the lower one at Marker 2)",
    )
    parser.add_argument(
        "--fly",
        dest="fly_m",
        metavar="M",
        type=number("--fly"),
        required=True,
        help="length of the Fly Zone, in metres: 30, 40 or 50",
    )
    athlete_options(parser)
    parser.add_argument(
        "--speeds",
        metavar="LOW:HIGH",
        type=speeds,
        default=SPEEDS_MPS,
        help="m/s that count as a run (default: 3:13)",
    )
    parser.add_argument(
        "--record",
        metavar="FILE",
        type=Path,
        help="keep all that goes over the line; 'station replay FILE' times it again",
    )
    _session_options(parser)
    parser.add_argument(
        "--speed",
        metavar="N",
        type=times,
        help="a rehearsal's: so many times as fast as real, silent unless 1 (default: 1)",
    )
    parser.add_argument("--no-sound", action="store_true", help="stay silent")
    parser.add_argument(
        "--json", metavar="-", choices=["-"], help="print an object a line on stdout"
    )


def _session_options(parser: argparse.ArgumentParser) -> None:
    """Add those that make it a session: a workout and a group."""
    parser.add_argument(
        "--workout",
        metavar="NOTATION|NAME",
        help="what a group runs, as 'station plan' reads it: each is called when it is their turn",
    )
    parser.add_argument(
        "--kind",
        choices=["fly", "400-pace"],
        help="what the workout's reps are, where they could be either",
    )
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--athletes",
        metavar='"NAME:TIME,…"',
        help='the group in running order, with 400 m times: "Ana:58.0,Ben:55.5:sprinter"',
    )
    group.add_argument(
        "--roster",
        metavar="FILE",
        type=Path,
        help="the same in TOML: [[athletes]] with name, time_400_s, time_800_s, sprinter, initials",
    )
    parser.add_argument(
        "--call-spacing",
        metavar="S",
        type=spacing,
        default=20.0,
        help="least seconds between two go-calls (default: 20)",
    )
    journal_option(parser)


def _run(options: argparse.Namespace) -> int:
    import json

    from hardware.gates.known import protocol_given
    from station.app import default_journal, run_gates, run_session
    from station.gate_record import Setup, check_new
    from station.printer import Printer
    from station.session_telling import as_keys, in_line

    if not options.gates:
        raise StationError("nothing to time with; name a port: --gates PORT ('station gates list')")
    if len(set(options.gates)) < len(options.gates) or len(options.gates) > 2:
        raise StationError(
            f"--gates {' '.join(options.gates)}: one port, or two different ones, one a marker"
        )
    if not LEAST_FLY_M <= options.fly_m <= MOST_FLY_M:
        raise StationError(
            f"--fly {options.fly_m:g} is no Fly Zone; write metres, {LEAST_FLY_M:g} to "
            f"{MOST_FLY_M:g}, as 30"
        )
    protocol = protocol_given(options.protocol) if options.protocol else None
    setup = Setup(
        fly_m=options.fly_m,
        ports=tuple(options.gates),
        markers=markers(options.markers, options.gates),
        speeds_mps=options.speeds,
        pace_400_s=options.pace_400,
        athlete=_readable(options.athlete) or None,
    )
    workout = _workout(options)
    simulated = options.gates == ["simulated"]
    if simulated and workout is None:
        raise StationError(
            "--gates simulated is a rehearsal of a session; add --workout and --athletes"
        )
    if options.speed is not None and not simulated:
        raise StationError("--speed is for a rehearsal; leave it out, or write --gates simulated")
    if options.record is not None:
        check_new(options.record)
    as_json = options.json is not None

    def tell(event: Told) -> None:
        if as_json:
            printer.say(json.dumps(as_keys(event), ensure_ascii=False))
        elif (line := in_line(event, setup.fly_m)) is not None:
            printer.say(line)

    with Printer() as printer:
        if workout is None:
            run_gates(setup, protocol, options.record, tell, warn)
        elif not simulated:
            journal, sound = options.journal or default_journal(), not options.no_sound
            run_session(setup, protocol, options.record, workout, journal, tell, warn, sound=sound)
        else:
            _rehearse(options, setup, workout, tell)
    if options.record is not None and options.record.exists():
        warn(f"times it again: station replay {shlex.quote(str(options.record))}")
    return 0


def _rehearse(
    options: argparse.Namespace, setup: Setup, workout: Workout, tell: Callable[[Told], None]
) -> None:
    from station.app import default_journal, run_session
    from station.rehearsal import Rehearsal

    speed = options.speed or 1.0
    rehearsal = Rehearsal(workout, setup.fly_m, speed)

    def tell_both(event: Told) -> None:
        rehearsal.hear(event)
        tell(event)

    journal = options.journal or default_journal("rehearsal")
    sound = not options.no_sound and speed == 1  # words take their time
    run_session(
        *(setup, None, options.record, workout, journal, tell_both, warn),
        sound=sound,
        attending=rehearsal.attend,
    )


def _workout(options: argparse.Namespace) -> Workout | None:
    """The session that was asked for, None where runs are only timed."""
    group = options.athletes if options.athletes is not None else options.roster
    of_session = ("--workout", options.workout), ("--athletes", group)
    given = [one for one in (*of_session, ("--journal", options.journal), ("--kind", options.kind))
             if one[1] is not None]  # fmt: skip
    if not given:
        return None
    for option, value in of_session:
        if value is None:
            raise StationError(
                f"{given[0][0]} is for a session, which needs a workout and a group; add {option}"
            )
    if options.athlete or options.pace_400 is not None:
        raise StationError(
            "--athlete and --pace-400 are for one athlete alone; name the group with --athletes"
        )

    from station.live_session import Workout, entries
    from station.roster import load_roster, parse_athletes
    from station.workout.plan import plan

    planned = plan(options.workout, options.kind)
    athletes = load_roster(group) if options.athletes is None else parse_athletes(group)
    return Workout(
        kind=planned.kind,
        group=entries(planned, athletes, SPRINTER_FACTOR, options.fly_m),
        call_spacing_s=options.call_spacing,
    )


def _readable(text: str | None) -> str:
    """What was typed, with what is no text in it shown as such."""
    return (text or "").encode("utf-8", "replace").decode()
