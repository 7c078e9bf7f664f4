"""How what is typed after a command is read, and options that several commands have.

It decides the form of values. It opens nothing and prints nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from math import inf, isfinite, nan
from pathlib import Path
from typing import Any, NoReturn, Protocol

from calibration.length import LENGTH_SD
from hardware.errors import StationError
from station.pace import parse_time

SPEEDS_MPS = (3.0, 13.0)
SLOWEST_FPS, FASTEST_FPS = 1, 100_000
LONGEST_DELAY_MS = 2000
SLOWEST_MPS = 0.3  # slower is standing about
LEAST_SPACING_S, MOST_SPACING_S = 1.0, 600.0
MOST_TIMES = 10_000.0
LEAST_PASSAGES, MOST_PASSAGES = 3, 100
LEAST_ROOM_GB, MOST_ROOM_GB = 0.1, 100_000.0
USUAL_WITHIN_MS = 10.0
LEAST_FACTOR, MOST_FACTOR = 1.5, 2.0  # the training text's


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
    try:
        return float(text)
    except ValueError:
        return nan


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


def rate(text: str) -> float:
    """Read pictures a second."""
    rate_fps = _float(text)
    if not SLOWEST_FPS <= rate_fps <= FASTEST_FPS:
        raise StationError(
            f"--capture-fps '{text}' is no rate; write pictures a second, "
            f"{SLOWEST_FPS} to {FASTEST_FPS}, as 240"
        )
    return rate_fps


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
    if not isfinite(ahead_ms) or not 0 <= within_ms < inf:
        raise StationError(
            f"--offset-ms '{text}' is no offset of two clocks; write milliseconds and how sure, "
            "as 340±4"
        )
    return ahead_ms, within_ms


def factor(option: str, else_: str = "") -> Callable[[str], float]:
    """Read by how much a sprinter rests longer; `else_` says what else may be written."""

    def read(text: str) -> float:
        factor = _float(text)
        if not LEAST_FACTOR <= factor <= MOST_FACTOR:
            raise StationError(
                f"{option} '{text}' is no factor; write {LEAST_FACTOR:g} to {MOST_FACTOR:g}{else_}"
            )
        return factor

    return read


def room(text: str) -> float:
    """Read how much room recordings may take."""
    room_gb = _float(text)
    if not LEAST_ROOM_GB <= room_gb <= MOST_ROOM_GB:
        raise StationError(
            f"--clips-max-gb '{text}' is no room for recordings; write gigabytes, "
            f"{LEAST_ROOM_GB:g} to {MOST_ROOM_GB:g}, as 20"
        )
    return room_gb


def passages(text: str) -> int:
    """Read how many passages are waited for."""
    if not text.isdecimal() or not LEAST_PASSAGES <= int(text) <= MOST_PASSAGES:
        raise StationError(
            f"--passages '{text}' is no number of passages; write {LEAST_PASSAGES} to "
            f"{MOST_PASSAGES}"
        )
    return int(text)


def spacing(text: str) -> float:
    """Read seconds between two calls."""
    spacing_s = _float(text)
    if not LEAST_SPACING_S <= spacing_s <= MOST_SPACING_S:
        raise StationError(
            f"--call-spacing '{text}' is no time between two calls; write seconds, "
            f"{LEAST_SPACING_S:g} to {MOST_SPACING_S:g}, as 20"
        )
    return spacing_s


def warnings(text: str) -> tuple[int, ...]:
    """Read seconds before a go-call; 0 is none."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) <= MOST_SPACING_S for part in parts):
        raise StationError(
            f"--warn-at '{text}' is no list of seconds; write them as 30,10, or 0 for no warning"
        )
    return tuple(sorted({int(part) for part in parts} - {0}, reverse=True))


def times(text: str) -> float:
    """Read how many times as fast as real."""
    times = _float(text)
    if not 1 <= times <= MOST_TIMES:
        raise StationError(
            f"--speed '{text}' is no speed of a rehearsal; write 1 to {MOST_TIMES:g}, as 20"
        )
    return times


def delay(text: str) -> float:
    """Read milliseconds of a loudspeaker."""
    delay_ms = _float(text)
    if not 0 <= delay_ms <= LONGEST_DELAY_MS:
        raise StationError(
            f"--sound-delay-ms '{text}' is no delay of a loudspeaker; write milliseconds, "
            f"0 to {LONGEST_DELAY_MS}, as 180"
        )
    return delay_ms


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
