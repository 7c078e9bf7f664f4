"""What `station run` may be told of the console: pages in a browser, here and on phones around.

It decides these options and what fits together. It serves nothing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from hardware.errors import StationError
from station.workout.usual import USUAL_FLY_M

if TYPE_CHECKING:
    from station.console.console import Console
    from station.live.ground import Ground
    from station.terminal.asking import Meant

MOST_PORT = 65535


def options(parser: argparse.ArgumentParser, *, always: bool = False) -> None:
    """Add them.

    Args:
        parser: To which.
        always: Whether the console is the command's very purpose.
    """
    if not always:
        parser.add_argument(
            "--console",
            action="store_true",
            help="show the session in a browser, and take keys there",
        )
    parser.add_argument(
        "--share",
        action="store_true",
        help="the console for phones in the local network too: the board for all, the coach's page "
        "for who knows the PIN",
    )
    parser.add_argument(
        "--names", action="store_true", help="the board shows names (default: initials)"
    )
    parser.add_argument(
        "--port",
        metavar="N",
        type=_port,
        help="where the console listens (default: 8484, or any that is free; 0: any)",
    )
    parser.add_argument("--no-browser", action="store_true", help="open no browser")


def asked_for(options: argparse.Namespace) -> bool:
    """Whether a console is.

    Raises:
        StationError: Something is said of one that is not.
    """
    if not options.console and not options.share:
        for option, given in (
            ("--names", options.names),
            ("--port", options.port is not None),
            ("--no-browser", options.no_browser),
        ):
            if given:
                raise StationError(f"{option} is for the console; add --console, or --share")
    return bool(options.console or options.share)


def console(
    options: argparse.Namespace,
    do: Callable[[Meant], None],
    stop: Callable[[], None],
    ground: Ground,
    say: Callable[[str], None],
    *,
    speed: float = 1.0,
    fly_m: float = USUAL_FLY_M,
) -> Console:
    """Make it ready, say where it is, and open a browser once it is served.

    Args:
        options: As they were given.
        do: Takes what the coach says, in another thread.
        stop: Ends the session.
        ground: Where sessions are held, for the other pages.
        say: Takes what the coach is to know before a page is open.
        speed: How many times as fast as real the session's time passes.
        fly_m: Length of the Fly Zone.

    Raises:
        StationError: The port is taken.
    """
    from station.console.console import Console
    from station.console.rooms import rooms

    made = Console(
        do,
        stop,
        port=options.port,
        share=options.share,
        names=options.names,
        speed=speed,
        fly_m=fly_m,
        served=_leave if options.no_browser else _open,
        rooms=rooms(ground),
    )
    say(f"the console: {made.url}")
    if made.share.on:
        say(f"the board for phones: {made.share.board() or 'in no network yet'}; PIN {made.pin}")
    return made


def _leave(url: str) -> None:
    """Open no browser."""


def _open(url: str) -> None:
    """Open a browser, which takes its time."""
    import os
    import threading
    import webbrowser

    if sys.platform == "linux" and not os.environ.keys() & {"DISPLAY", "WAYLAND_DISPLAY"}:
        return  # it would be one that draws on the coach's terminal
    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def _port(text: str) -> int:
    """Read a port."""
    if not text.isdecimal() or int(text) > MOST_PORT:
        raise StationError(f"--port '{text}' is no port; write 0 to {MOST_PORT}, as 8484")
    return int(text)
