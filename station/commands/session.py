"""What `station run` may be told of a session: the workout, the group, the voice, the journal.

It decides these options, what fits together, and what is printed. It computes nothing.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hardware.errors import StationError
from station.commands import camera, console, zero
from station.commands.aside import asker, warn
from station.commands.reading import (
    factor,
    journal_option,
    markers,
    spacing,
    times,
    warnings,
)
from station.commands.sound import sound_options
from station.workout.usual import CALL_SPACING_S, SPRINTER_FACTOR

if TYPE_CHECKING:
    from hardware.gates.protocol import Protocol
    from station.live.ground import Ground
    from station.live.holding import Sounding
    from station.live.opening import Opening
    from station.live.workout import Workout
    from station.session.news import Told


def options(parser: argparse.ArgumentParser) -> None:
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
        help="the same in TOML: [[athletes]] with name, time_400_s, time_800_s, sprinter, "
        "initials, here",
    )
    parser.add_argument(
        "--call-spacing",
        metavar="S",
        type=spacing,
        default=CALL_SPACING_S,
        help=f"least seconds between two go-calls (default: {CALL_SPACING_S:g})",
    )
    parser.add_argument(
        "--sprinter-factor",
        metavar="FACTOR",
        type=factor("--sprinter-factor"),
        default=SPRINTER_FACTOR,
        help="how much longer 400 m sprinters rest after reps of more than 50 m, 1.5 to 2 "
        f"(default: {SPRINTER_FACTOR:g})",
    )
    parser.add_argument(
        "--warm-up",
        action="store_true",
        help="begin with the warm-up; the first rep is due when you say so",
    )
    parser.add_argument(
        "--say",
        choices=["full", "brief"],
        help="how much is said aloud (default: brief for four athletes or more)",
    )
    parser.add_argument(
        "--warn-at",
        metavar="S,…",
        type=warnings,
        help="seconds before each go-call at which it is warned of, as 30,10 or 0 for never "
        "(default: 30,10; for four athletes or more 10)",
    )
    parser.add_argument("--no-times", action="store_true", help="speak no times")
    sound_options(parser)
    parser.add_argument(
        "--speed",
        metavar="N",
        type=times,
        help="a rehearsal's: so many times as fast as real, silent unless 1 (default: 1)",
    )
    parser.add_argument("--no-sound", action="store_true", help="stay silent")
    journal_option(parser)
    console.options(parser)
    parser.add_argument("--night", action="store_true", help="a dark screen, for floodlights")
    parser.add_argument(
        "--new", action="store_true", help="begin anew, even where a session broke off"
    )


def asked_for(options: argparse.Namespace) -> bool:
    """Whether a session is."""
    return any(one is not None for one in (options.workout, options.athletes, options.roster))


def refuse_without_workout(options: argparse.Namespace) -> None:
    """Refuse what is for a session, where there is none."""
    for option, given in (
        ("--journal", options.journal),
        ("--kind", options.kind),
        ("--new", options.new or None),
        ("--warm-up", options.warm_up or None),
        ("--console", options.console or options.share or None),
    ):
        if given is not None:
            raise StationError(
                f"{option} is for a session, which needs a workout and a group; add --workout and "
                "--athletes, or leave it out"
            )


def run(options: argparse.Namespace, protocol: Protocol | None) -> None:
    """Run a session."""
    from station.gates.record import Setup
    from station.journal.journal import default_journal
    from station.live.ground import Ground
    from station.live.holding import Keeping
    from station.live.opening import Opening
    from station.session.judging import SAME_LENGTH_M

    simulated = options.gates == ["simulated"]
    workout = _workout(options)
    watching = camera.live_camera(options) if camera.asked_for(options) else None
    fly_m, fly_by = options.fly_m, options.fly_by
    if fly_m is None:
        fly_m = max(rep.distance_m for rep in workout.plan)
        if watching is not None and abs(watching.zone.fly_m - fly_m) < SAME_LENGTH_M:
            # What is called 30 m, the calibration may have measured.
            fly_m, fly_by = watching.zone.fly_m, fly_by or watching.zone.profile.fly_by
    setup = Setup(
        fly_m=fly_m,
        ports=tuple(options.gates),
        markers=markers(options.markers, options.gates),
        speeds_mps=options.speeds,
        fly_by=fly_by,
    )
    speed = options.speed or 1.0
    journal = options.journal or default_journal("rehearsal" if simulated else "journal")
    opening = Opening(
        setup,
        protocol,
        watching,
        workout,
        Keeping(journal, options.record, asker(), options.new),
        _sounding(options, len(workout.group), audible=speed == 1),
        speed,
        zero.given(options, fly_m),
        by_hand=console.asked_for(options),
    )
    notice = ""
    if not setup.ports and opening.camera is None:
        notice = "no gates: reps are timed by hand; end with Ctrl-C"
    kept = hold(options, Ground(journal, camera.clips_folder(options)), opening, notice)
    if kept is not None:
        where = "" if kept == default_journal() else f" --journal {shlex.quote(str(kept))}"
        warn(f"it is kept: station export last --html session.html{where}")


def hold(
    options: argparse.Namespace, ground: Ground, opening: Opening, notice: str = ""
) -> Path | None:
    """Run a session where it was asked to be seen: on the terminal, as lines, on pages.

    Args:
        options: As they were given.
        ground: Where it is held.
        opening: Which.
        notice: What the coach is to know first.

    Returns:
        The journal that holds it; None where nothing has begun.
    """
    import json

    from station.live.desk import Desk
    from station.live.screens import Screens
    from station.session.news import Said
    from station.session.telling import as_keys, in_line
    from station.terminal.line_by_line import LineByLine
    from station.terminal.terminal import Terminal

    def say(line: str) -> None:
        said(line)
        if pages is not None:
            pages.tell(line)

    desk, fly_m = Desk(), opening.setup.fly_m
    by_people = options.json is None and sys.stdin.isatty() and sys.stdout.isatty()
    people: Terminal | LineByLine
    if by_people:
        people = Terminal(desk.do, desk.stop, theme="night" if options.night else "sun")
    else:
        people = LineByLine(desk.do, desk.stop, say if console.asked_for(options) else None)
    said = people.tell if isinstance(people, Terminal) else warn

    def tell(event: Told) -> None:
        if options.json is not None:
            people.tell(json.dumps(as_keys(event), ensure_ascii=False))
        elif (line := in_line(event, fly_m)) is not None:
            people.tell(line)
        if isinstance(event, Said) and event.heard is False:
            people.flash(event.cue.text)
        if pages is not None:
            pages.hear(event)

    pages = None
    if console.asked_for(options):
        pages = console.console(
            options, desk.do, desk.stop, ground, said, speed=opening.speed, fly_m=fly_m
        )
    if notice:
        say(notice)
    screen = Screens([people] if pages is None else [people, pages])
    return ground.hold(opening, desk, screen, tell, say)


def _sounding(options: argparse.Namespace, athletes: int, *, audible: bool) -> Sounding:
    """How it is heard; a rehearsal that is faster than real is not, since words take their time."""
    from dataclasses import replace

    from station.live.holding import Sounding
    from station.voice.cues import manner_for

    manner = manner_for(athletes)
    if options.say is not None:
        manner = replace(manner, briefly=options.say == "brief")
    if options.warn_at is not None:
        manner = replace(manner, warnings_s=options.warn_at)
    manner = replace(manner, times=not options.no_times)
    on = audible and not options.no_sound
    return Sounding(manner, on, options.sound_device, options.sound_delay_ms / 1000)


def _workout(options: argparse.Namespace) -> Workout:
    """The session that was asked for."""
    group = options.athletes if options.athletes is not None else options.roster
    of_session = (("--workout", options.workout), ("--athletes", group))
    for option, value in of_session:
        if value is None:
            other = "--workout" if option == "--athletes" else "--athletes"
            raise StationError(
                f"{other} is for a session, which needs a workout and a group; add {option}"
            )
    if options.athlete or options.pace_400 is not None:
        raise StationError(
            "--athlete and --pace-400 are for one athlete alone; name the group with --athletes"
        )

    from station.live.workout import workout_of
    from station.session.roster import load_roster, parse_athletes
    from station.workout.plan import plan

    planned = plan(options.workout, options.kind)
    athletes = load_roster(group) if options.athletes is None else parse_athletes(group)
    return workout_of(
        planned,
        athletes,
        options.fly_m,
        sprinter_factor=options.sprinter_factor,
        call_spacing_s=options.call_spacing,
        warm_up=options.warm_up,
        name=options.workout,
    )
