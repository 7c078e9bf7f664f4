"""The command line: parsing and printing only.

It decides what is said, to which stream, and with which exit code: 0 for a result (no run found
is one), 2 for an input that cannot be used, said in one line. It imports what the command needs
when it needs it, so that a command starts at once, and it computes nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from math import inf, isfinite, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from hardware.errors import StationError
from station.pace import parse_time

if TYPE_CHECKING:
    from rich.progress import Progress

SPEEDS_MPS = (3.0, 13.0)
PATIENCE_S = 1.5  # work that is shorter shows no progress bar


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: What follows the program's name; the process's own by default.

    Returns:
        The exit code.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without ✓ gets a ?, not a crash
            stream.reconfigure(errors="replace")
    try:
        options = _parser(words).parse_args(words)
        code: int = options.command(options)
        sys.stdout.flush()
    except (StationError, ImportError, OSError) as error:
        if isinstance(error, BrokenPipeError):  # whoever read our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        if "--debug" in words:
            traceback.print_exc()
        print(f"station: {_one_line(error)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return code


def _one_line(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"the Python package '{error.name}' is missing; install it with pip"
    if isinstance(error, ImportError):
        return (
            f"a system library is missing: {error}; on Debian or Ubuntu: "
            "apt-get install libgl1 libglib2.0-0, elsewhere the packages with Mesa's GL and GLib"
        )
    if isinstance(error, OSError) and error.filename is not None:
        return f"cannot use '{error.filename}': {error.strerror}"
    return " ".join(str(error).split())


class _Parser(argparse.ArgumentParser):
    """Complains in one line, as everything else does."""

    def error(self, message: str) -> NoReturn:
        raise StationError(f"{message}; see '{self.prog} --help'")


def _parser(words: Sequence[str]) -> _Parser:
    parser = _Parser(
        prog="station",
        description="Times flying sprints from a video and compares them with 400 m pace.",
        allow_abbrev=False,
    )
    parser.set_defaults(command=lambda _: print(parser.format_help(), end="") or 0)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    parser.add_argument("--debug", action="store_true", help="show where an error came from")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace], int], help_: str) -> _Parser:
        one = commands.add_parser(name, help=help_, description=help_, allow_abbrev=False)
        one.add_argument("--debug", action="store_true", help=argparse.SUPPRESS)
        one.set_defaults(command=command)
        return one

    _calibrate_options(add("calibrate", _calibrate, "Say where the markers' cones are."))
    _replay_options(add("replay", _replay, "Time the flying sprints in a recording."))
    simulate = add("simulate", _simulate, "Render a sprint with exact truth.")
    if "simulate" in words:  # its options come from the simulator, which others need not import
        from station.simulator.options import add_arguments

        simulate.add_argument("out", metavar="OUT.mp4", type=Path)
        add_arguments(simulate)
    selftest = add("selftest", _selftest, "Measure the error on rendered runs.")
    selftest.add_argument("--full", action="store_true", help="many more scenes; takes minutes")
    selftest.add_argument("--seed", type=int, default=0, help="another one draws everything anew")
    return parser


class _Version(argparse.Action):
    def __call__(self, *_: Any) -> NoReturn:
        from importlib.metadata import version

        print(f"station {version('flying-sprint-station')}")
        raise SystemExit(0)


def _number(option: str) -> Callable[[str], float]:
    def read(text: str) -> float:
        number = _float(text)
        if not isfinite(number):
            raise StationError(f"{option} '{text}' is not a number; write it as 30 or 30.5")
        return number

    return read


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return nan


def _speeds(text: str) -> tuple[float, float]:
    low, _, high = text.partition(":")
    speeds_mps = _float(low), _float(high)
    if not 0 < speeds_mps[0] < speeds_mps[1] < inf:
        raise StationError(
            f"--speeds '{text}' is no range; write low:high in m/s, both above 0, as 3:13"
        )
    return speeds_mps


def _rate(text: str) -> float:
    rate_fps = _float(text)
    if not 0 < rate_fps < inf:
        raise StationError(f"--capture-fps '{text}' is no rate; write pictures a second, as 240")
    return rate_fps


def _calibrate_options(parser: argparse.ArgumentParser) -> None:
    def measure(option: str, metavar: str, help_: str) -> None:
        parser.add_argument(option, type=_number(option), metavar=metavar, help=help_)

    parser.add_argument("video", metavar="VIDEO", type=Path)
    measure("--fly", "M", "length of the Fly Zone, in metres: 30, 40 or 50")
    for marker in ("2", "3"):
        parser.add_argument(
            f"--marker{marker}",
            metavar='"X,Y X,Y"',
            help=f"pixels of the bases of Marker {marker}'s near and far cone, near first",
        )
    measure("--lane-width", "M", "between near and far cones (1.22)")
    measure("--readout-ms", "MS", "rolling shutter, first row to last (12)")
    measure("--camera-distance", "M", "camera to the lane's centre, if you measured it")
    measure("--camera-height", "M", "lens above the ground, if you measured it")
    measure("--lane-sd", "M", "how far runners stray from the lane's centre, one sd (0.15)")
    parser.add_argument(
        "-o", "--out", metavar="zone.toml", help="where to (VIDEO's name with .toml)"
    )


def _calibrate(options: argparse.Namespace) -> int:
    raise StationError("not there yet")


def _replay_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("video", metavar="VIDEO", type=Path)
    parser.add_argument(
        "--calibration",
        metavar="zone.toml",
        type=Path,
        help="where the cones are (default: VIDEO's name with .toml)",
    )
    parser.add_argument(
        "--pace-400",
        metavar="TIME",
        type=parse_time,
        help="the athlete's 400 m time to compare with: 58.4 or 0:58.4",
    )
    parser.add_argument("--athlete", metavar="NAME", help="whose runs these are")
    parser.add_argument("--json", metavar="FILE", help="write everything found; - is stdout")
    parser.add_argument("--csv", metavar="FILE", help="write a row for each run; - is stdout")
    parser.add_argument("--evidence", metavar="DIR", type=Path, help="write pictures that prove it")
    parser.add_argument(
        "--speeds",
        metavar="LOW:HIGH",
        type=_speeds,
        default=SPEEDS_MPS,
        help="m/s that count as a run (default: 3:13; with 0.5:13 a walk is timed too)",
    )
    parser.add_argument(
        "--capture-fps",
        metavar="FPS",
        type=_rate,
        help="slow motion: pictures a second when it was filmed (default: as the file says)",
    )


def _replay(options: argparse.Namespace) -> int:
    from calibration.geometry import fit_zone
    from calibration.profile import load_profile
    from hardware.video import open_video
    from station import export
    from station.replay import replay

    video: Path = options.video
    calibration: Path = options.calibration or video.with_suffix(".toml")
    try:
        zone = fit_zone(load_profile(calibration))
    except StationError:
        open_video(video)  # where the video has a fault too, that is the one to tell
        raise
    targets = [target for target in (options.json, options.csv) if target is not None]
    if len({Path(target).resolve() for target in targets}) < len(targets):
        raise StationError(f"--json and --csv would both write '{targets[0]}'; give two names")
    for target in targets:
        export.check_target(target, inputs=(video, calibration))
    if options.evidence is not None:
        from station.evidence import check_folder, write_evidence

        check_folder(options.evidence)
    with Bar(f"Timing {video.name}") as progress:
        found = replay(
            video,
            zone,
            pace_400_s=options.pace_400,
            athlete=options.athlete or None,
            speeds_mps=options.speeds,
            capture_fps=options.capture_fps,
            progress=progress,
        )
    if options.json is not None:
        export.write(options.json, export.to_json(found))
    if options.csv is not None:
        export.write(options.csv, export.to_csv(found))
    if options.evidence is not None:
        write_evidence(options.evidence, found, zone, video)

    from station.table import print_table

    people = sys.stderr if any(target in export.STDOUT for target in targets) else sys.stdout
    print_table(found, options.pace_400, options.speeds, people)
    if options.evidence is not None and found.runs:
        print(f"Evidence: {options.evidence / 'run-1.png'} and others beside it", file=people)
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
            self._shown.add_task(self._title, total=1.0, completed=done)
            self._shown.start()
        self._shown.update(self._shown.task_ids[0], completed=done)
