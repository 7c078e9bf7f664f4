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
from station.commands.reading import camera_fps_option, room

if TYPE_CHECKING:
    from station.camera.events import CameraEvent
    from station.camera.live import LiveCamera
    from station.camera.pair import CameraPair


def options(parser: argparse.ArgumentParser) -> None:
    """Add those of a camera."""
    parser.add_argument(
        "--camera",
        metavar="NUMBER|URL|FILE",
        action="append",
        default=[],
        help="time by a camera: a USB camera's number, a stream's address, or a saved video "
        "played as though it were filmed now; twice for a camera for each marker",
    )
    parser.add_argument(
        "--calibration",
        metavar="zone.toml",
        type=Path,
        action="append",
        default=[],
        help="where the cones are in its picture (default: a saved video's name with .toml); with "
        "two cameras twice, in the same order",
    )
    parser.add_argument(
        "--sync",
        metavar="sync.toml",
        type=Path,
        help="how the clocks of two cameras go together, as 'station sync-cameras' wrote it "
        "(default: of saved videos, the first one's name with .sync.toml)",
    )
    camera_fps_option(parser)
    parser.add_argument(
        "--clips",
        metavar="DIR",
        type=Path,
        help="where recordings of runs are kept (default: clips in your folder for such data)",
    )
    parser.add_argument(
        "--clips-max-gb",
        metavar="GB",
        type=room,
        default=20.0,
        help="how much they may take together: then the oldest go, but none with a star "
        "(default: 20)",
    )


def asked_for(options: argparse.Namespace) -> bool:
    """Whether a camera is."""
    return bool(options.camera)


def refuse_without_camera(options: argparse.Namespace) -> None:
    """Refuse what is for a camera, where there is none."""
    for option, given in (
        ("--calibration", options.calibration),
        ("--sync", options.sync),
        ("--clips", options.clips),
    ):
        if given:
            raise StationError(f"{option} is for a camera; add --camera, or leave it out")


def clips_folder(options: argparse.Namespace) -> Path:
    """Where recordings of runs are kept."""
    from station.journal.journal import default_journal

    return options.clips or default_journal().parent / "clips"


def live_camera(options: argparse.Namespace) -> LiveCamera | CameraPair:
    """The camera, or the two, that were asked for, not yet opened."""
    from hardware.cameras import LEAD_NS, check_two
    from hardware.clock import SystemClock

    begun_ns = SystemClock().now_ns() + LEAD_NS
    if len(options.camera) > 2 or len(options.calibration) > len(options.camera):
        raise StationError(
            f"{len(options.camera)} --camera and {len(options.calibration)} --calibration; give "
            "one of each, or two of each for a camera for each marker"
        )
    given = [*options.calibration, None, None]
    watching = [
        _live_camera(options, name, calibration, begun_ns if len(options.camera) == 2 else None)
        for name, calibration in zip(options.camera, given, strict=False)
    ]
    if len(watching) == 2:
        check_two(*options.camera)
        return _pair(options, watching[0], watching[1], begun_ns)
    if options.sync is not None:
        raise StationError("--sync is for two cameras; add the other --camera, or leave it out")
    if len(watching[0].zone.markers) == 1:
        raise StationError(
            f"the calibration is of Marker {min(watching[0].zone.markers)} alone; add the other "
            "--camera and its --calibration, or calibrate one camera for both markers"
        )
    return watching[0]


def _live_camera(
    options: argparse.Namespace, name: str, calibration: Path | None, begun_ns: int | None
) -> LiveCamera:
    import time

    from calibration.geometry import fit_zone
    from calibration.profile import load_profile
    from hardware.cameras import camera_named, is_file
    from hardware.clips import CALIBRATION, Clips
    from hardware.clock import SystemClock
    from hardware.usb_camera import Wanted
    from station.camera.live import LiveCamera

    if is_file(name) and not Path(name).exists():
        raise StationError(f"{name}: no such file; check the name")
    if calibration is None:
        if not is_file(name):
            raise StationError(
                "where are the cones in the camera's picture? add --calibration zone.toml, which "
                "'station calibrate' makes of a recording or a picture of it"
            )
        calibration = Path(name).with_suffix(CALIBRATION)
    profile = load_profile(calibration)
    clips = Clips(clips_folder(options), round(options.clips_max_gb * 1e9))
    clock = SystemClock()
    wanted = Wanted(profile.picture_px, options.camera_fps)
    camera = camera_named(name, wanted, clock, time.sleep, begun_ns)
    return LiveCamera(camera, fit_zone(profile), clips, speeds_mps=options.speeds, clock=clock)


def _pair(
    options: argparse.Namespace, one: LiveCamera, other: LiveCamera, begun_ns: int
) -> CameraPair:
    """Two cameras as one, with what is known of their clocks."""
    from calibration.camera_sync import load_sync
    from hardware.cameras import is_file
    from hardware.clips import SYNC
    from station.camera.pair import CameraPair
    from station.film.pair import cameras

    cameras(one.zone, other.zone)
    first, second = options.camera
    played = is_file(first) and is_file(second)
    beside = Path(first).with_suffix(SYNC)
    path = options.sync or (beside if played and beside.exists() else None)
    if path is None:
        raise StationError(
            f"how the clocks of {one.name} and {other.name} go together is not known; show both "
            f"the same flashes with 'station sync-cameras {one.name} {other.name} -o sync.toml', "
            "and add --sync sync.toml"
        )
    sync = load_sync(path)
    names = [Path(name).name if is_file(name) else name for name in (one.name, other.name)]
    if sorted(names) != sorted((sync.first, sync.second)):
        raise StationError(
            f"{path} is of {sync.first} and {sync.second}, not of {names[0]} and {names[1]}; add "
            "--sync with theirs"
        )
    if (sync.clock == "recordings") != played:
        raise StationError(
            f"{path} is of {sync.clock}; two saved videos are timed by the flashes that they show, "
            "cameras by those before which both stood"
        )
    if sync.unsure:
        warn(
            f"{path}: a camera was lost or its clock set since these flashes; flash again with "
            "'station sync-cameras', or the times of both may count as doubtful"
        )
    flashes = None if played else path
    if sync.clock == "recordings":
        sync = sync.played(begun_ns * 1e-9)
    if sync.first != names[0]:
        sync = sync.swapped
    if 3 in one.zone.markers:
        one, other, sync = other, one, sync.swapped
    return CameraPair(one, other, sync, speeds_mps=options.speeds, flashes=flashes)


def run_alone(options: argparse.Namespace) -> None:
    """Time runs, and no more."""
    import json
    import threading

    from hardware.clock import SystemClock
    from hardware.power import awake
    from station.app import signals_set
    from station.camera.events import FilmedRun
    from station.camera.live import watch_alone
    from station.camera.telling import as_keys, in_line
    from station.live.filming import check_zone
    from station.pace import pace_400_mps
    from station.printer import Printer

    live = live_camera(options)
    if options.fly_m is not None:
        check_zone(live, options.fly_m, options.fly_by)
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
    with awake("times are taken"), signals_set(stopped), Printer() as printer:
        watch_alone(live, tell, stopped)
