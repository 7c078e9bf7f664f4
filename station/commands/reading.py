"""How what is typed after a command is read, and options that several commands have.

It decides the form of values. It opens nothing and prints nothing.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from math import inf, isfinite, nan
from pathlib import Path
from typing import Any, NoReturn, Protocol

from calibration.length import LENGTH_SD
from hardware.errors import StationError
from station.pace import parse_time
from station.speeds import SLOWEST_MPS
from station.workout.usual import CALL_SPACINGS_S, SPRINTER_FACTORS

LEAST_PASSAGES, MOST_PASSAGES = 3, 100
USUAL_WITHIN_MS = 10.0
DAY_MS = 86_400_000.0


class Parser(argparse.ArgumentParser):
    """Complains in one line, as everything else does."""

    def error(self, message: str) -> NoReturn:
        """Raise what `main` prints."""
        raise StationError(f"{message}; see '{self.prog} --help'")


class Add(Protocol):
    """Adds a command."""

    def __call__(
        self, name: str, command: Callable[[argparse.Namespace], int], help_: str
    ) -> argparse.ArgumentParser:
        """Its parser, for its options."""


class Version(argparse.Action):
    """Prints the version; looking it up is slow, so only then."""

    def __call__(self, *_: Any) -> NoReturn:
        """Print it and end."""
        from importlib.metadata import version

        print(f"station {version('flying-sprint-station')}")
        raise SystemExit(0)


def number(option: str) -> Callable[[str], float]:
    """Read a number for an option."""

    def read(text: str) -> float:
        number = _float(text)
        if not isfinite(number):
            raise StationError(f"{option} '{text}' is not a number; write it as 30 or 30.5")
        return number

    return read


def _float(text: str) -> float:
    """A number, with a decimal comma too; not of what may be thousands, as 1,000."""
    if re.fullmatch(r"[+-]?(\d+,\d{1,2}|0,\d+)", text.strip(), re.A):
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        return nan


def between(
    option: str, what: str, bounds: tuple[float, float], unit: str = "", hint: str = ""
) -> Callable[[str], float]:
    """Read a number between two, both of which may be written.

    Args:
        option: Whose it is.
        what: What it is.
        bounds: The least and the most.
        unit: What is counted, in words before the bounds.
        hint: What follows them.
    """
    least, most = bounds

    def read(text: str) -> float:
        number = _float(text)
        if not least <= number <= most:
            raise StationError(
                f"{option} '{text}' is no {what}; write {unit}{least:g} to {most:g}{hint}"
            )
        return number

    return read


def rate(option: str) -> Callable[[str], float]:
    """Read pictures a second."""
    return between(option, "rate", (1, 100_000), "pictures a second, ", ", as 240")


def factor(option: str, hint: str = "") -> Callable[[str], float]:
    """Read by how much a sprinter rests longer; the hint says what else may be written."""
    return between(option, "factor", SPRINTER_FACTORS, hint=hint)


# How much room recordings may take, seconds between two calls, how many times as fast as real, and
# how late a loudspeaker is.
room = between("--clips-max-gb", "room for recordings", (0.1, 100_000), "gigabytes, ", ", as 20")
spacing = between(
    "--call-spacing", "time between two calls", CALL_SPACINGS_S, "seconds, ", ", as 20"
)
times = between("--speed", "speed of a rehearsal", (1, 10_000), hint=", as 20")
delay = between(
    "--sound-delay-ms", "delay of a loudspeaker", (0, 2000), "milliseconds, ", ", as 180"
)


def speeds(text: str) -> tuple[float, float]:
    """Read a range of speeds, m/s."""
    low, _, high = text.partition(":")
    speeds_mps = _float(low), _float(high)
    if not SLOWEST_MPS <= speeds_mps[0] < speeds_mps[1] < inf:
        raise StationError(
            f"--speeds '{text}' is no range; write low:high in m/s, "
            f"{SLOWEST_MPS:g} or more, as 3:13"
        )
    return speeds_mps


def size(text: str) -> tuple[int, int]:
    """Read the width and height of a picture, pixels."""
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and 0 < int(width) * int(height) < 10**9):
        raise StationError(f"--size '{text}' is no size of a picture; write it as 1280x720")
    return int(width), int(height)


def offset(text: str) -> tuple[float, float]:
    """Read by how much one camera's clock is ahead of another's, and its ±, milliseconds."""
    ahead, _, within = text.replace("+-", "±").partition("±")
    ahead_ms, within_ms = _float(ahead), _float(within) if within else USUAL_WITHIN_MS
    if not abs(ahead_ms) <= DAY_MS or not 0 <= within_ms <= DAY_MS:
        raise StationError(
            f"--offset-ms '{text}' is no offset of two clocks, which is a day at most; write "
            "milliseconds and how sure, as 340±4"
        )
    return ahead_ms, within_ms


def passages(text: str) -> int:
    """Read how many passages are waited for."""
    if not text.isdecimal() or not LEAST_PASSAGES <= int(text) <= MOST_PASSAGES:
        raise StationError(
            f"--passages '{text}' is no number of passages; write {LEAST_PASSAGES} to "
            f"{MOST_PASSAGES}"
        )
    return int(text)


def warnings(text: str) -> tuple[int, ...]:
    """Read seconds before a go-call; 0 is none."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) <= CALL_SPACINGS_S[1] for part in parts):
        raise StationError(
            f"--warn-at '{text}' is no list of seconds; write them as 30,10, or 0 for no warning"
        )
    return tuple(sorted({int(part) for part in parts} - {0}, reverse=True))


def recording(text: str) -> Path:
    """Read the name of a recording."""
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


def fly_by_option(parser: argparse.ArgumentParser, default: object = None) -> None:
    """Add it."""
    parser.add_argument(
        "--fly-by",
        choices=tuple(LENGTH_SD),
        default=default,
        help="how the Fly Zone was measured, which is in every velocity's ±: by the lane's own "
        "marks (0.05 %%, one sd), a tape (0.1 %%), a wheel (0.3 %%) or paces (2 %%)",
    )


def camera_fps_option(parser: argparse.ArgumentParser) -> None:
    """Add it."""
    parser.add_argument(
        "--camera-fps",
        metavar="FPS",
        type=rate("--camera-fps"),
        default=60.0,
        help="pictures a second that a USB camera is asked for (default: 60)",
    )


def protocol_option(parser: argparse.ArgumentParser) -> None:
    """Add it."""
    parser.add_argument(
        "--protocol",
        metavar="NAME",
        help="what the gate speaks, or a TOML file that describes it (default: found out)",
    )


def journal_option(parser: argparse.ArgumentParser) -> None:
    """Add it."""
    parser.add_argument(
        "--journal",
        metavar="FILE",
        type=Path,
        help="where the session is kept (default: journal.sqlite in your folder for such data)",
    )
