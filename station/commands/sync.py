"""The command that puts the clocks of two cameras together: `station sync-cameras`.

It decides its options, and whether recordings or cameras are meant. It computes nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hardware.errors import StationError
from station.commands.aside import Bar, warn
from station.commands.reading import Add, camera_fps_option, number, recording, size

if TYPE_CHECKING:
    from station.film.sync_cameras import Synced


def add(command: Add) -> None:
    """Add the command."""
    _options(command("sync-cameras", _sync, "Put the clocks of two cameras together."))


def _options(parser: argparse.ArgumentParser) -> None:
    """Add them."""
    parser.add_argument(
        "cameras",
        metavar="A",
        action="append",
        help="a recording that shows the flashes of a torch, or a camera as 'station run' takes "
        "it, before which it is flashed now",
    )
    parser.add_argument(
        "cameras", metavar="B", action="append", help="another that shows the same flashes"
    )
    parser.add_argument(
        "--readout-ms",
        metavar="MS",
        type=number("--readout-ms"),
        default=12.0,
        help="rolling shutter, first row to last (12)",
    )
    camera_fps_option(parser)
    parser.add_argument(
        "--size",
        metavar="WxH",
        type=size,
        default=(1280, 720),
        help="size of pictures that a USB camera is asked for (default: 1280x720)",
    )
    parser.add_argument(
        "-o",
        "--out",
        metavar="sync.toml",
        type=Path,
        help="where to write it (default: A's name with .sync.toml; of cameras sync.toml)",
    )


def _sync(options: argparse.Namespace) -> int:
    from hardware.cameras import is_file
    from station.film.sync_cameras import sync_recordings

    live = [not is_file(name) for name in options.cameras]
    if all(live):
        done = _sync_live(options)
    elif any(live):
        from hardware.stream_camera import without_password

        one, other = map(without_password, options.cameras)
        raise StationError(
            f"{one} and {other} are a camera and a recording; name two of the same kind"
        )
    else:
        first, second = (recording(name) for name in options.cameras)
        with Bar("Looking for flashes") as progress:
            done = sync_recordings(
                first, second, out=options.out, readout_ms=options.readout_ms, progress=progress
            )
    print("\n".join(done.lines()))
    return 0


def _sync_live(options: argparse.Namespace) -> Synced:
    import threading
    import time

    from hardware.cameras import camera_named, check_two
    from hardware.clock import SystemClock
    from hardware.usb_camera import Wanted
    from station.app import signals_set
    from station.camera.flashing import sync_live

    clock, wanted = SystemClock(), Wanted(options.size, options.camera_fps)
    first, second = (camera_named(name, wanted, clock, time.sleep) for name in options.cameras)
    check_two(*options.cameras)
    warn(
        f"watching {first.name} and {second.name}: switch a torch on and off before both, half a "
        "second each, until it ends; or end with Ctrl-C"
    )
    stopped = threading.Event()
    with signals_set(stopped):
        return sync_live(
            first,
            second,
            options.out or Path("sync.toml"),
            clock=clock,
            say=warn,
            stopped=stopped,
            readout_ms=options.readout_ms,
        )
