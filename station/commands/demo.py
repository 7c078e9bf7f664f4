"""The command that shows the whole station, without hardware and without settings.

It decides its options, and what is printed. It computes nothing.
"""

from __future__ import annotations

import argparse

from station.commands import console, session
from station.commands.aside import warn
from station.commands.reading import Add, times


def add(command: Add) -> None:
    """Add the command."""
    parser = command(
        "demo", _demo, "Show the whole station: two athletes, a camera, gates, all simulated."
    )
    console.options(parser, always=True)
    parser.add_argument(
        "--speed",
        metavar="N",
        type=times,
        default=1.0,
        help="so many times as fast as real; silent and without the camera unless 1 (default: 1)",
    )
    parser.add_argument("--no-sound", action="store_true", help="stay silent")
    parser.set_defaults(console=True, json=None, night=False)


def _demo(options: argparse.Namespace) -> int:
    from importlib.resources import as_file, files
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from station.live.demo import clips_in, demonstration, journal_in
    from station.live.ground import Ground

    speed = options.speed
    notice = "the demo: two athletes on a simulated track; Q or Ctrl-C ends it"
    if speed != 1:
        notice += f"; {speed:g} times as fast as real, by the gates alone and silent"
    with (
        TemporaryDirectory(prefix="station-demo-", ignore_cleanup_errors=True) as made,
        as_file(files("recordings")) as recordings,
    ):
        folder = Path(made)
        opening = demonstration(
            folder, recordings, speed, sound=speed == 1 and not options.no_sound
        )
        session.hold(options, Ground(journal_in(folder), clips_in(folder)), opening, notice)
    warn("the demo is over; nothing of it was kept. Your own: station")
    return 0
