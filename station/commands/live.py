"""The command that times live: `station run`.

It decides its options, what fits together, and what is printed. It computes nothing.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from hardware.errors import StationError
from station.commands import camera, session, zero
from station.commands.aside import warn
from station.commands.reading import (
    Add,
    athlete_options,
    fly_by_option,
    markers,
    number,
    protocol_option,
    speeds,
)
from station.speeds import RUN_MPS

if TYPE_CHECKING:
    from hardware.gates.protocol import Protocol
    from station.session.news import Told

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
        help="length of the Fly Zone, in metres: 30, 40 or 50 (default: as the calibration or the "
        "workout has it)",
    )
    fly_by_option(parser)
    athlete_options(parser)
    parser.add_argument(
        "--speeds",
        metavar="LOW:HIGH",
        type=speeds,
        default=RUN_MPS,
        help="m/s that count as a run (default: 3:13)",
    )
    parser.add_argument(
        "--record",
        metavar="FILE",
        type=Path,
        help="keep all that goes over the line; 'station replay FILE' times it again",
    )
    camera.options(parser)
    zero.option(parser)
    session.options(parser)
    parser.add_argument(
        "--json", metavar="-", choices=["-"], help="print an object a line on stdout"
    )


def _run(options: argparse.Namespace) -> int:
    from hardware.gates.known import protocol_given

    if len(set(options.gates)) < len(options.gates) or len(options.gates) > 2:
        raise StationError(
            f"--gates {' '.join(options.gates)}: one port, or two different ones, one a marker"
        )
    if options.fly_m is not None and not LEAST_FLY_M <= options.fly_m <= MOST_FLY_M:
        raise StationError(
            f"--fly {options.fly_m:g} is no Fly Zone; write metres, {LEAST_FLY_M:g} to "
            f"{MOST_FLY_M:g}, as 30"
        )
    if options.speed is not None and options.gates != ["simulated"]:
        raise StationError("--speed is for a rehearsal; leave it out, or write --gates simulated")
    protocol = protocol_given(options.protocol) if options.protocol else None
    if not camera.asked_for(options):
        camera.refuse_without_camera(options)
    if options.zero is not None and not (options.gates and camera.asked_for(options)):
        raise StationError("--zero is for gates and a camera together; add both, or leave it out")
    if session.asked_for(options):
        session.run(options, protocol)
    elif camera.asked_for(options) and not options.gates:
        session.refuse_without_workout(options)
        camera.run_alone(options)
    else:
        _run_gates(options, protocol)
    if options.record is not None and options.record.exists():
        warn(f"times it again: station replay {shlex.quote(str(options.record))}")
    return 0


def _run_gates(options: argparse.Namespace, protocol: Protocol | None) -> None:
    """Time runs by gates, or by gates and a camera, and no more."""
    import json

    from hardware.power import awake
    from station.app import attend, run_gates
    from station.gates.record import Setup, check_new
    from station.printer import Printer
    from station.session.telling import as_keys, in_line

    if not options.gates:
        raise StationError(
            "nothing to time with; name a port: --gates PORT ('station gates list'), or a workout "
            "that is timed by hand: --workout"
        )
    watching = camera.live_camera(options) if camera.asked_for(options) else None
    if watching is not None and options.fly_m is None:
        options.fly_m = watching.zone.fly_m
        options.fly_by = options.fly_by or watching.zone.profile.fly_by
    if options.fly_m is None:
        raise StationError("how long is the Fly Zone? add --fly 30, or 40, or 50")
    if options.gates == ["simulated"]:
        raise StationError(
            "--gates simulated is a rehearsal of a session; add --workout and --athletes"
        )
    session.refuse_without_workout(options)
    if options.record is not None:
        check_new(options.record)
    setup = Setup(
        fly_m=options.fly_m,
        fly_by=options.fly_by,
        ports=tuple(options.gates),
        markers=markers(options.markers, options.gates),
        speeds_mps=options.speeds,
        pace_400_s=options.pace_400,
        athlete=_readable(options.athlete) or None,
    )

    def tell(event: Told) -> None:
        if options.json is not None:
            printer.say(json.dumps(as_keys(event), ensure_ascii=False))
        elif (line := in_line(event, options.fly_m)) is not None:
            printer.say(line)

    with awake("times are taken"), Printer() as printer:
        if watching is None:
            run_gates(setup, protocol, options.record, tell, warn)
            return
        from station.live.alone import Alone
        from station.live.filming import Filming, check_zone

        check_zone(watching, setup.fly_m, setup.fly_by)
        fold = Alone(setup, zero.given(options, setup.fly_m))
        attending = Filming(watching, fold, attend).attend
        run_gates(setup, protocol, options.record, tell, warn, fold=fold, attending=attending)


def _readable(text: str | None) -> str:
    """What was typed, with what is no text in it shown as such."""
    return (text or "").encode("utf-8", "replace").decode()
