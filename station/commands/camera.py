"""What `station run` may be told of a camera, and runs timed by one without a session.

It decides these options, what fits together, and what is printed. It computes nothing.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hardware.errors import StationError
from station.commands.aside import warn
from station.commands.reading import rate

if TYPE_CHECKING:
    from station.camera.events import CameraEvent
    from station.camera.live import LiveCamera


def options(parser: argparse.ArgumentParser) -> None:
    """Add those of a camera."""
    parser.add_argument(
        "--camera",
        metavar="NUMBER|URL|FILE",
        help="time by a camera: a USB camera's number, a stream's address, or a saved video "
        "played as though it were filmed now",
    )
    parser.add_argument(
        "--calibration",
        metavar="zone.toml",
        type=Path,
        help="where the cones are in its picture (default: a saved video's name with .toml)",
    )
    parser.add_argument(
        "--camera-fps",
        metavar="FPS",
        type=rate,
        default=60.0,
        help="pictures a second that a USB camera is asked for (default: 60)",
    )
    parser.add_argument(
        "--clips",
        metavar="DIR",
        type=Path,
        help="where recordings of runs are kept (default: clips in your folder for such data)",
    )


def asked_for(options: argparse.Namespace) -> bool:
    """Whether a camera is."""
    return options.camera is not None


def refuse_without_camera(options: argparse.Namespace) -> None:
    """Refuse what is for a camera, where there is none."""
    for option, given in (("--calibration", options.calibration), ("--clips", options.clips)):
        if given is not None:
            raise StationError(f"{option} is for a camera; add --camera, or leave it out")


def clips_folder(options: argparse.Namespace) -> Path:
    """Where recordings of runs are kept."""
    from station.journal.journal import default_journal

    return options.clips or default_journal().parent / "clips"


def live_camera(options: argparse.Namespace) -> LiveCamera:
    """The camera that was asked for, not yet opened."""
    import time

    from calibration.geometry import fit_zone
    from calibration.profile import load_profile
    from hardware.cameras import camera_named
    from hardware.clips import Clips
    from hardware.clock import SystemClock
    from hardware.usb_camera import Wanted
    from station.camera.live import LiveCamera

    calibration = options.calibration
    is_file = not options.camera.isdecimal() and "://" not in options.camera
    if is_file and not Path(options.camera).exists():
        raise StationError(f"{options.camera}: no such file; check the name")
    if calibration is None:
        if not is_file:
            raise StationError(
                "where are the cones in the camera's picture? add --calibration zone.toml, which "
                "'station calibrate' makes of a recording or a picture of it"
            )
        calibration = Path(options.camera).with_suffix(".toml")
    profile = load_profile(calibration)
    clips = Clips(clips_folder(options))
    clock = SystemClock()
    wanted = Wanted(profile.picture_px, options.camera_fps)
    camera = camera_named(options.camera, wanted, clock, time.sleep)
    return LiveCamera(camera, fit_zone(profile), clips, speeds_mps=options.speeds, clock=clock)


def run_alone(options: argparse.Namespace) -> None:
    """Time runs, and no more."""
    import json
    import threading

    from hardware.clock import SystemClock
    from station.app import signals_set
    from station.camera.events import FilmedRun
    from station.camera.live import watch_alone
    from station.camera.telling import as_keys, in_line
    from station.pace import pace_400_mps
    from station.printer import Printer

    live = live_camera(options)
    pace_mps = None if options.pace_400 is None else pace_400_mps(options.pace_400)
    origin_ns = SystemClock().now_ns()

    def tell(event: CameraEvent) -> None:
        if isinstance(event, FilmedRun):
            ratio = None if pace_mps is None else event.run.velocity_mps / pace_mps
            whose = options.athlete or None
            run = replace(event.run, athlete=whose, pace_400_mps=pace_mps, pace_ratio=ratio)
            event = replace(event, run=run)
        if options.json is not None:
            printer.say(json.dumps(as_keys(event, origin_ns), ensure_ascii=False))
        else:
            printer.say(in_line(event, origin_ns, live.zone.fly_m))

    stopped = threading.Event()
    warn(f"watching {live.name}; end with Ctrl-C")
    with signals_set(stopped), Printer() as printer:
        watch_alone(live, tell, stopped)
