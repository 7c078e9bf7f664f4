"""The command line: one function a command, and printing.

It decides what is said, to which stream, and with which exit code: 0 for a result (no run found
is one), 2 for an input that cannot be used, said in one line, 1 for a fault of the program's own,
also in one line, 130 when told to stop. It imports what the command needs
when it needs it, so that a command starts at once, and it computes nothing.
"""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from hardware.errors import StationError
from station.arguments import (
    SPEEDS_MPS,
    SPRINTER_FACTOR,
    Parser,
    Version,
    calibrate_options,
    gates_list_options,
    gates_watch_options,
    markers,
    plan_options,
    replay_options,
    run_options,
    seed,
    sessions_options,
    sound_check_options,
    workouts_options,
)

if TYPE_CHECKING:
    from rich.progress import Progress

    from station.gate_record import Setup
    from station.live_session import Told, Workout
    from station.run import Findings

LEAST_FLY_M, MOST_FLY_M = 1.0, 400.0
PATIENCE_S = 1.5  # work that is shorter shows no progress bar


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: What follows the program's name; the process's own by default.

    Returns:
        The exit code.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    # NumPy is not loaded yet. Its matrices here are small: threads would only slow the decoder.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    _prepare()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without ✓ gets a ?, not a crash
            stream.reconfigure(errors="replace")
    try:
        try:
            options = _parser(words).parse_args(words)
        finally:  # help and version end here
            sys.stdout.flush()
        code: int = options.command(options)
        sys.stdout.flush()
    except (StationError, ImportError, OSError) as error:
        if isinstance(error, OSError) and error.filename is None:
            _silence(sys.stdout)  # else what it still holds fails again at the end
        if isinstance(error, BrokenPipeError):  # whoever read our output has seen enough
            return 1
        _complain(_one_line(error), words)
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # a last resort: a coach is shown no traceback
        said = " ".join(f"{type(error).__name__}: {error}".split())
        _complain(f"internal error: {said}; please report it with what --debug shows", words)
        return 1
    return code


def _prepare() -> None:
    """Make the process behave the same however it was started."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed, so that the next file opened would take its place
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # what matters of them is a StationError
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # drafts are removed


def _complain(said: str, words: Sequence[str]) -> None:
    try:
        if "--debug" in words:
            traceback.print_exc()
        print(f"station: {said}", file=sys.stderr, flush=True)
    except OSError:
        _silence(sys.stderr)


def _silence(stream: TextIO) -> None:
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _one_line(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"the Python package '{error.name}' is missing; install it with pip"
    if isinstance(error, ImportError):
        return (
            f"a system library is missing: {error}; on Debian or Ubuntu: "
            "apt-get install libgl1 libglib2.0-0, elsewhere the packages with Mesa's GL and GLib"
        )
    if isinstance(error, OSError):
        if error.filename is not None:
            return f"cannot use '{error.filename}': {error.strerror}"
        return (
            f"cannot write to standard output ({error.strerror}); make room where it goes, or send "
            "it elsewhere"
        )
    return " ".join(str(error).split())


def _parser(words: Sequence[str]) -> Parser:
    parser = Parser(
        prog="station",
        description="Times flying sprints from a video and compares them with 400 m pace.",
        allow_abbrev=False,
    )
    parser.set_defaults(command=lambda _: print(parser.format_help(), end="") or 0)
    parser.add_argument(
        "--version", action=Version, nargs=0, default=argparse.SUPPRESS, help="print the version"
    )
    parser.add_argument("--debug", action="store_true", help="show where an error came from")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def add(
        name: str,
        command: Callable[[argparse.Namespace], int],
        help_: str,
        to: argparse._SubParsersAction[Parser] = commands,
    ) -> Parser:
        one = to.add_parser(name, help=help_, description=help_, allow_abbrev=False)
        one.add_argument("--debug", action="store_true", help=argparse.SUPPRESS)
        one.set_defaults(command=command)
        return one

    calibrate_options(add("calibrate", _calibrate, "Say where the markers' cones are."))
    replay_options(add("replay", _replay, "Time the flying sprints in a recording."))
    run_options(add("run", _run, "Time runs live, until interrupted."))
    workouts_options(add("workouts", _workouts, "List the workouts of the library."))
    plan_options(add("plan", _plan, "Say what a workout means: each rep and its recovery."))
    sessions_options(add("sessions", _sessions, "List the sessions of the journal."))
    gates = add("gates", lambda _: print(gates.format_help(), end="") or 0, "Light gates.")
    of_gates = gates.add_subparsers(title="commands", metavar="COMMAND")
    gates_list_options(add("list", _gates_list, "Say what is plugged in.", of_gates))
    gates_watch_options(add("watch", _gates_watch, "Print a gate's edges.", of_gates))
    sound_check_options(add("sound-check", _sound_check, "Play what a session plays, aloud."))
    simulate = add("simulate", _simulate, "Render a sprint with exact truth.")
    if "simulate" in words:  # its options come from the simulator, which others need not import
        from station.simulator.options import add_arguments

        simulate.add_argument("out", metavar="OUT.mp4", type=Path)
        add_arguments(simulate)
    selftest = add("selftest", _selftest, "Measure the error on rendered runs.")
    selftest.add_argument("--full", action="store_true", help="many more scenes; takes minutes")
    selftest.add_argument("--seed", type=seed, default=0, help="another one draws everything anew")
    return parser


def _calibrate(options: argparse.Namespace) -> int:
    from station.calibrate import calibrate

    given = {
        name: value for name, value in vars(options).items() if name not in ("command", "debug")
    }
    done = calibrate(**given)
    print("\n".join(done.lines()))
    return 0


def _replay(options: argparse.Namespace) -> int:
    from station.gate_record import looks_like_record

    video: Path = options.video
    if looks_like_record(video):
        return _replay_gates(options)

    from calibration.geometry import fit_zone
    from calibration.profile import load_profile
    from hardware.video import open_video
    from station.replay import replay

    speeds_mps = options.speeds or SPEEDS_MPS
    calibration: Path = options.calibration or video.with_suffix(".toml")
    try:
        zone = fit_zone(load_profile(calibration))
    except StationError:
        open_video(video)  # where the video has a fault too, that is the one to tell
        raise
    targets = _targets(options, inputs=(video, calibration))
    if options.evidence is not None:
        from station.evidence import check_folder, write_evidence

        check_folder(options.evidence)
    with Bar(f"Timing {video.name}") as progress:
        found = replay(
            video,
            zone,
            pace_400_s=options.pace_400,
            athlete=options.athlete or None,
            speeds_mps=speeds_mps,
            capture_fps=options.capture_fps,
            progress=progress,
        )
    if options.evidence is not None:
        write_evidence(options.evidence, found, zone, video)
    people = _hand_out(found, options, targets, options.pace_400, speeds_mps)
    if options.evidence is not None:
        first = f"{options.evidence / 'run-1.png'} and others beside it"
        print(f"Evidence: {first if found.runs else 'no run, so no pictures'}", file=people)
    return 0


def _replay_gates(options: argparse.Namespace) -> int:
    from station.gate_replay import replay_gates

    for name in ("calibration", "evidence", "capture_fps"):
        if getattr(options, name) is not None:
            raise StationError(
                f"--{name.replace('_', '-')} is for videos, and '{options.video}' is a record of "
                "light gates; leave it out"
            )
    targets = _targets(options, inputs=(options.video,))
    found = replay_gates(
        options.video,
        pace_400_s=options.pace_400,
        athlete=options.athlete or None,
        speeds_mps=options.speeds,
    )
    _hand_out(found, options, targets, found.pace_400_s, found.speeds_mps)
    return 0


def _targets(options: argparse.Namespace, inputs: tuple[Path, ...]) -> list[str]:
    """Where results are to be written, checked before the work starts."""
    from station import export

    targets = [target for target in (options.json, options.csv) if target is not None]
    if len({Path(target).resolve() for target in targets}) < len(targets):
        raise StationError(f"--json and --csv would both write '{targets[0]}'; give two names")
    for target in targets:
        export.check_target(target, inputs)
    return targets


def _hand_out(
    found: Findings,
    options: argparse.Namespace,
    targets: list[str],
    pace_400_s: float | None,
    speeds_mps: tuple[float, float],
) -> TextIO:
    """Write and print what was found; returns the stream that people read."""
    from station import export
    from station.table import print_table

    forms = (options.json, export.to_json), (options.csv, export.to_csv)
    export.write({target: form(found) for target, form in forms if target is not None})
    people = sys.stderr if any(target in export.STDOUT for target in targets) else sys.stdout
    print_table(found, pace_400_s, speeds_mps, people)
    return people


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
            run_gates(setup, protocol, options.record, tell, _warn)
        elif not simulated:
            journal, sound = options.journal or default_journal(), not options.no_sound
            run_session(setup, protocol, options.record, workout, journal, tell, _warn, sound=sound)
        else:
            _rehearse(options, setup, workout, tell)
    if options.record is not None and options.record.exists():
        _warn(f"times it again: station replay {shlex.quote(str(options.record))}")
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
        *(setup, None, options.record, workout, journal, tell_both, _warn),
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


def _warn(said: str) -> None:
    with suppress(OSError):  # nobody reads it: no reason to time no run
        print(f"station: {said}", file=sys.stderr, flush=True)


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


def _sessions(options: argparse.Namespace) -> int:
    import json

    from station.app import default_journal
    from station.session_listing import in_line, sessions

    found = sessions(options.journal or default_journal())
    if options.json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        print(
            "\n".join(map(in_line, found)) or "No session yet; 'station run --workout' makes one."
        )
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


def _gates_list(options: argparse.Namespace) -> int:
    import json

    from station.gate_ports import plugged_in

    found = plugged_in(_warn)
    if options.json:
        print(json.dumps([one.keys() for one in found], indent=2))
    elif found:
        print("\n".join(one.line() for one in found))
    else:
        print("No serial port found: plug the gate in, and mind that its cable carries data.")
    return 0


def _gates_watch(options: argparse.Namespace) -> int:
    from hardware.gates.known import protocol_given
    from station.gate_ports import watch
    from station.printer import Printer

    protocol = protocol_given(options.protocol) if options.protocol else None
    with Printer() as printer:
        watch(options.port, protocol, options.json is not None, printer.say, _warn)
    return 0


def _sound_check(options: argparse.Namespace) -> int:
    from hardware.clock import SystemClock
    from station.sound_check import listen, sound_check

    def say(line: str) -> None:
        print(line, flush=True)

    if options.listen:
        listen(SystemClock(), say, device=options.device)
        return 0
    sound_check(SystemClock(), say, device=options.device, delay_s=options.delay_ms / 1000)
    return 0


def _simulate(options: argparse.Namespace) -> int:
    from station import export
    from station.simulator import simulate
    from station.simulator.options import scene_from

    export.check_target(str(options.out), inputs=())
    with Bar(f"Rendering {options.out.name}") as progress:
        simulate(scene_from(options), options.out, progress)
    print(f"{options.out}, its truth in {options.out.with_suffix('.truth.json')}")
    print(f"station replay {options.out}")
    return 0


def _selftest(options: argparse.Namespace) -> int:
    from station.selftest import selftest

    with Bar("Rendering and timing") as progress:
        report = selftest(full=options.full, progress=progress, seed=options.seed)
    for line in report.lines():
        print(line)
    return 0 if report.honest else 1


class Bar:
    """A progress bar on a terminal's stderr, for work that takes long enough to wonder."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._started_s = time.monotonic()
        self._shown: Progress | None = None

    def __enter__(self) -> Callable[[float], None]:
        return self._advance

    def __exit__(self, *_: object) -> None:
        if self._shown is not None:
            self._shown.stop()

    def _advance(self, done: float) -> None:
        """Show how much is done, from 0 to 1."""
        if self._shown is None:
            waited_s = time.monotonic() - self._started_s
            if waited_s < PATIENCE_S or not sys.stderr.isatty():
                return
            from rich.console import Console
            from rich.progress import Progress

            self._shown = Progress(console=Console(stderr=True), transient=True)
            self._shown.add_task(self._title, total=1.0)
            self._shown.start()
        self._shown.update(self._shown.task_ids[0], completed=done)
