"""The command that compares gates and camera before a session: `station zero-test`; and `--zero`.

It decides their options and what is printed, and reads what a test found. It computes nothing.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hardware.errors import StationError
from station.commands import camera
from station.commands.aside import warn
from station.commands.reading import Add, markers, passages, protocol_option, speeds
from station.speeds import WALK_OR_RUN_MPS

if TYPE_CHECKING:
    from station.zero import Both, Zero


def option(parser: argparse.ArgumentParser) -> None:
    """Add the option of whoever uses what was found."""
    parser.add_argument(
        "--zero",
        metavar="zero.toml",
        type=Path,
        help="how camera and gates differ, as 'station zero-test' found it",
    )


def given(options: argparse.Namespace, fly_m: float) -> Zero:
    """How camera and gates differ, as far as it was tested.

    Raises:
        StationError: The test cannot be read, or was for another zone.
    """
    from station.zero import NO_ZERO

    found = NO_ZERO if options.zero is None else load_zero(options.zero)
    found.check(fly_m)
    return found


def load_zero(path: Path) -> Zero:
    """Read what a zero test found.

    Raises:
        StationError: The file cannot be read, or holds no such thing.
    """
    import tomllib

    import msgspec

    from station.zero import Zero

    try:
        return msgspec.convert(tomllib.loads(path.read_text()), Zero)
    except OSError as error:
        raise StationError(
            f"cannot read {path} ({error.strerror}); 'station zero-test' makes it"
        ) from None
    except (ValueError, msgspec.ValidationError) as error:
        raise StationError(
            f"{path} is no zero test ({error}); make it anew with 'station zero-test'"
        ) from None


def add(command: Add) -> None:
    """Add the command."""
    parser = command(
        "zero-test", _test, "Compare gates and camera: walk or run through the zone a few times."
    )
    parser.add_argument(
        "--gates",
        metavar="PORT|FILE",
        action="append",
        required=True,
        help="where light gates are plugged in, twice for one device a marker; or the record of "
        "them, with the video of the same passages as --camera",
    )
    protocol_option(parser)
    parser.add_argument(
        "--markers",
        metavar='"GATE:MARKER,…"',
        default="",
        help="which gate stands where, as for 'station run'",
    )
    camera.options(parser)
    parser.add_argument(
        "--speeds",
        metavar="LOW:HIGH",
        type=speeds,
        default=WALK_OR_RUN_MPS,
        help="m/s that count as a passage (default: 0.7:13)",
    )
    parser.add_argument(
        "--passages",
        metavar="N",
        type=passages,
        default=5,
        help="end when both have timed so many (default: 5; Ctrl-C ends it before)",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, default=Path("zero.toml"),
        help="where to keep what is found (default: zero.toml)",
    )  # fmt: skip


def _test(options: argparse.Namespace) -> int:
    from hardware.files import write_whole
    from station.zero import dump, in_words, zero_of

    if not camera.asked_for(options):
        raise StationError("which camera is to be compared with the gates? add --camera")
    recorded = [Path(one).is_file() for one in options.gates]
    if any(recorded):
        found, fly_m = _of_recordings(options)
    else:
        found, fly_m = _live(options)
    zero = zero_of(found, fly_m)
    write_whole(options.output, dump(zero).encode())
    print("\n".join(in_words(zero, str(options.output), clocks=not any(recorded))))
    return 0


def _of_recordings(options: argparse.Namespace) -> tuple[list[Both], float]:
    from calibration.geometry import fit_zone
    from calibration.profile import load_profile
    from hardware.clips import CALIBRATION
    from station.film.replay import replay
    from station.gates.replay import replay_gates
    from station.zero import pairs

    (record, *more), (video, *others) = (
        [Path(one) for one in named] for named in (options.gates, options.camera)
    )
    if more or others or not video.is_file():
        raise StationError(
            "a record of gates is compared with the video of the same passages: give one --gates "
            "FILE and one --camera FILE"
        )
    given: list[Path] = options.calibration
    zone = fit_zone(load_profile(given[0] if given else video.with_suffix(CALIBRATION)))
    gates = replay_gates(record, speeds_mps=options.speeds)
    filmed = replay(video, zone, speeds_mps=options.speeds)
    real = [
        replace(
            run,
            marker2_s=filmed.since_first_s(run.marker2_s),
            marker3_s=filmed.since_first_s(run.marker3_s),
        )
        for run in filmed.runs
    ]
    found, left_out = pairs(gates.runs, real)
    for said in left_out:
        warn(said)
    return found, zone.fly_m


def _live(options: argparse.Namespace) -> tuple[list[Both], float]:
    import threading

    from hardware.gates.known import protocol_given
    from station.gates.record import Setup
    from station.live.opening import SIMULATED
    from station.live.zeroing import watch_passages
    from station.printer import Printer

    if tuple(options.gates) == SIMULATED:
        raise StationError(
            "simulated gates and a camera never see the same passage: plug gates in, or give "
            "--gates FILE, a record of them, with --camera FILE, the video of the same passages"
        )
    watching = camera.live_camera(options)
    fly_m = watching.zone.fly_m
    setup = Setup(
        fly_m=fly_m,
        ports=tuple(options.gates),
        markers=markers(options.markers, options.gates),
        speeds_mps=options.speeds,
    )
    protocol = protocol_given(options.protocol) if options.protocol else None
    with Printer() as printer:
        found = watch_passages(
            setup, protocol, watching, options.passages, printer.say, warn, threading.Event()
        )
    return found, fly_m
