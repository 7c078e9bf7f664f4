"""What may be typed after each command, and how it is read.

It decides the options' names and the form of their values. It opens nothing and prints nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from math import inf, isfinite, nan
from pathlib import Path
from typing import Any, NoReturn

from hardware.errors import StationError
from station.pace import parse_time

SPEEDS_MPS = (3.0, 13.0)
SLOWEST_FPS, FASTEST_FPS = 1, 100_000
LONGEST_DELAY_MS = 2000
SLOWEST_MPS = 0.3  # slower is standing about
SPRINTER_FACTOR = 1.75
MOST_SPACING_S = 600.0
MOST_TIMES = 10_000.0
LEAST_FACTOR, MOST_FACTOR = 1.5, 2.0  # the training text's


class Parser(argparse.ArgumentParser):
    """Complains in one line, as everything else does."""

    def error(self, message: str) -> NoReturn:
        """Raise what `main` prints."""
        raise StationError(f"{message}; see '{self.prog} --help'")


class Version(argparse.Action):
    """Prints the version; looking it up is slow, so only then."""

    def __call__(self, *_: Any) -> NoReturn:
        """Print it and end."""
        from importlib.metadata import version

        print(f"station {version('flying-sprint-station')}")
        raise SystemExit(0)


def calibrate_options(parser: argparse.ArgumentParser) -> None:
    """Add them; each is called as `station.calibrate.calibrate` calls it."""

    def measure(option: str, name: str, help_: str) -> None:
        parser.add_argument(
            option,
            dest=name,
            type=_number(option),
            metavar=name.rpartition("_")[2].upper(),
            default=argparse.SUPPRESS,  # so that only what was typed overrides a default
            help=help_,
        )

    parser.add_argument(
        "video", metavar="VIDEO", type=_video, help="any recording from this tripod"
    )
    measure("--fly", "fly_m", "length of the Fly Zone, in metres: 30, 40 or 50")
    parser.set_defaults(fly_m=None)
    alone = "one alone is taken for the near edge's, give or take 0.4 m, and no lanes are told then"
    for marker, help_ in (
        ("2", f"pixels of the bases of Marker 2's near and far cone, near first; {alone}"),
        ("3", "the same for Marker 3"),
    ):
        parser.add_argument(f"--marker{marker}", metavar='"X,Y X,Y"', help=help_)
    measure("--lane-width", "lane_width_m", "between near and far cones (1.22)")
    measure("--readout-ms", "readout_ms", "rolling shutter, first row to last (12)")
    measure(
        "--camera-distance", "camera_distance_m", "camera to the lane's centre, if you measured it"
    )
    measure("--camera-height", "camera_height_m", "lens above the ground, if you measured it")
    measure("--lane-sd", "lane_sd_m", "how far runners stray from the lane's centre, one sd (0.15)")
    measure(
        "--cone-sd",
        "cone_sd_px",
        "how far off a cone's pixel may be, one sd (0.5); 1.5 if read off roughly",
    )
    parser.add_argument(
        "-o",
        "--out",
        metavar="zone.toml",
        type=Path,
        help="where to write it (default: VIDEO's name with .toml)",
    )


def replay_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument("video", metavar="VIDEO", type=_video)
    parser.add_argument(
        "--calibration",
        metavar="zone.toml",
        type=Path,
        help="where the cones are (default: VIDEO's name with .toml)",
    )
    athlete_options(parser)
    parser.add_argument("--json", metavar="FILE", help="write everything found; - is stdout")
    parser.add_argument("--csv", metavar="FILE", help="write a row for each run; - is stdout")
    parser.add_argument(
        "--evidence",
        metavar="DIR",
        type=Path,
        help="write pictures that prove it, and remove an earlier replay's run-*.png there",
    )
    parser.add_argument(
        "--speeds",
        metavar="LOW:HIGH",
        type=_speeds,
        help="m/s that count as a run (default: 3:13; with 0.5:13 a walk is timed too)",
    )
    parser.add_argument(
        "--capture-fps",
        metavar="FPS",
        type=_rate,
        help="slow motion: pictures a second when it was filmed (default: as the file says)",
    )


def gates_list_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument("--json", action="store_true", help="print an array of objects")


def gates_watch_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument("port", metavar="PORT", help="as 'station gates list' calls it")
    protocol_option(parser)
    parser.add_argument(
        "--json", metavar="-", choices=["-"], help="print an object a line on stdout"
    )


def sound_options(parser: argparse.ArgumentParser) -> None:
    """Add them: where sound goes."""
    parser.add_argument(
        "--device",
        metavar="NAME",
        help="part of the loudspeaker's name (default: the system's choice)",
    )
    parser.add_argument(
        "--delay-ms",
        metavar="MS",
        type=_delay,
        default=0.0,
        help="how much later than the system says it is heard; Bluetooth: 100 to 300 (default: 0)",
    )


def sound_check_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    sound_options(parser)
    parser.add_argument(
        "--listen", action="store_true", help="measure the delay with a microphone instead"
    )


def run_options(parser: argparse.ArgumentParser) -> None:
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
        type=_number("--fly"),
        required=True,
        help="length of the Fly Zone, in metres: 30, 40 or 50",
    )
    athlete_options(parser)
    parser.add_argument(
        "--speeds",
        metavar="LOW:HIGH",
        type=_speeds,
        default=SPEEDS_MPS,
        help="m/s that count as a run (default: 3:13)",
    )
    parser.add_argument(
        "--record",
        metavar="FILE",
        type=Path,
        help="keep all that goes over the line; 'station replay FILE' times it again",
    )
    session_options(parser)
    parser.add_argument(
        "--speed",
        metavar="N",
        type=_times,
        help="a rehearsal's: so many times as fast as real, silent unless 1 (default: 1)",
    )
    parser.add_argument("--no-sound", action="store_true", help="stay silent")
    parser.add_argument(
        "--json", metavar="-", choices=["-"], help="print an object a line on stdout"
    )


def session_options(parser: argparse.ArgumentParser) -> None:
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
        type=_spacing,
        default=20.0,
        help="least seconds between two go-calls (default: 20)",
    )
    journal_option(parser)


def sessions_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    journal_option(parser)
    parser.add_argument("--json", action="store_true", help="print an array of objects")


def journal_option(parser: argparse.ArgumentParser) -> None:
    """Add it."""
    parser.add_argument(
        "--journal",
        metavar="FILE",
        type=Path,
        help="where the session is kept (default: journal.sqlite in your folder for such data)",
    )


def workouts_options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="one workout, with all about it")
    parser.add_argument("--json", action="store_true", help="print an object, or an array of them")


def plan_options(parser: argparse.ArgumentParser) -> None:
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
        type=_factor,
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


def markers(text: str, ports: Sequence[str]) -> dict[str, int]:
    """Read `--markers`: gate, or port and gate, to marker.

    Raises:
        StationError: It does not name one gate for each marker, or a port that is none.
    """
    remedy = 'write "1:2,2:3", or "PORT/1:2,PORT2/1:3" with two ports'
    read: dict[str, int] = {}
    for part in text.split(",") if text else ():
        gate, _, marker = part.strip().rpartition(":")
        if not gate or marker not in ("2", "3"):
            raise StationError(f"--markers '{part}' names no gate and its marker, 2 or 3; {remedy}")
        port, _, name = gate.rpartition("/")
        if port and port not in ports:
            raise StationError(f"--markers '{part}': '{port}' is no port of --gates; {remedy}")
        if len(ports) > 1 and not port:
            raise StationError(f"--markers '{part}' does not say which port's gate; {remedy}")
        if not name or gate in read:
            raise StationError(f"--markers '{text}' names gate '{gate}' twice or not; {remedy}")
        read[gate] = int(marker)
    if read and sorted(read.values()) != [2, 3]:
        raise StationError(f"--markers '{text}' needs one gate at Marker 2 and one at 3; {remedy}")
    return read


def athlete_options(parser: argparse.ArgumentParser) -> None:
    """Add those that say who runs."""
    parser.add_argument(
        "--pace-400",
        metavar="TIME",
        type=parse_time,
        help="the athlete's 400 m time to compare with: 58.4 or 0:58.4",
    )
    parser.add_argument("--athlete", metavar="NAME", help="whose runs these are, all of them")


def protocol_option(parser: argparse.ArgumentParser) -> None:
    """Add it."""
    parser.add_argument(
        "--protocol",
        metavar="NAME",
        help="what the gate speaks, or a TOML file that describes it (default: found out)",
    )


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
    if not SLOWEST_MPS <= speeds_mps[0] < speeds_mps[1] < inf:
        raise StationError(
            f"--speeds '{text}' is no range; write low:high in m/s, "
            f"{SLOWEST_MPS:g} or more, as 3:13"
        )
    return speeds_mps


def _rate(text: str) -> float:
    rate_fps = _float(text)
    if not SLOWEST_FPS <= rate_fps <= FASTEST_FPS:
        raise StationError(
            f"--capture-fps '{text}' is no rate; write pictures a second, "
            f"{SLOWEST_FPS} to {FASTEST_FPS}, as 240"
        )
    return rate_fps


def _factor(text: str) -> float:
    factor = _float(text)
    if not LEAST_FACTOR <= factor <= MOST_FACTOR:
        raise StationError(
            f"--sprinter '{text}' is no factor; write {LEAST_FACTOR:g} to {MOST_FACTOR:g}, or "
            "nothing after it and the workout before it"
        )
    return factor


def _spacing(text: str) -> float:
    spacing_s = _float(text)
    if not 0 <= spacing_s <= MOST_SPACING_S:
        raise StationError(
            f"--call-spacing '{text}' is no time between two calls; write seconds, 0 to "
            f"{MOST_SPACING_S:g}, as 20"
        )
    return spacing_s


def _times(text: str) -> float:
    times = _float(text)
    if not 1 <= times <= MOST_TIMES:
        raise StationError(
            f"--speed '{text}' is no speed of a rehearsal; write 1 to {MOST_TIMES:g}, as 20"
        )
    return times


def _delay(text: str) -> float:
    delay_ms = _float(text)
    if not 0 <= delay_ms <= LONGEST_DELAY_MS:
        raise StationError(
            f"--delay-ms '{text}' is no delay of a loudspeaker; write milliseconds, "
            f"0 to {LONGEST_DELAY_MS}, as 180"
        )
    return delay_ms


def _video(text: str) -> Path:
    if not text:
        raise StationError("VIDEO is empty: no file named; name a recording")
    if not (path := Path(text)).name:
        raise StationError(f"{text}: a folder, not a video; name a file in it")
    return path


def seed(text: str) -> int:
    """Read what sets off a random generator."""
    if not (text.isdecimal() and len(text) < 10):
        raise StationError(f"--seed '{text}' is no seed; write a whole number, 0 or more, as 7")
    return int(text)
