"""The console: a server in a thread of its own, for as long as a `with` lasts.

It decides where it listens: on this computer alone, or on the local network if asked to. It holds
up nobody: what it is shown and told it hands on. A browser that is slow, or gone, costs the
session nothing.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Self

import uvicorn

from hardware.errors import StationError
from station.app import BY_SIGNAL
from station.console.address import local_addresses
from station.console.feed import Feed, Flash
from station.console.guard import Door, new_pin
from station.console.lines import Line
from station.console.pages import Pages, Share
from station.console.room import Room
from station.session.news import Said, Told
from station.session.shown import Snapshot
from station.session.telling import in_line
from station.terminal.asking import Meant
from station.workout.usual import USUAL_FLY_M

PORT = 8484
LAST_WAIT_S = 3  # for browsers to take the last of it


class Console:
    """Pages for the coach and for phones around.

    Attributes:
        pin: What lets others in.
        url: Trackside, for a browser on this computer.
        share: Where others find it.
    """

    def __init__(
        self,
        do: Callable[[Meant], None],
        stop: Callable[[], None],
        *,
        port: int | None = None,
        share: bool = False,
        names: bool = False,
        speed: float = 1.0,
        fly_m: float = USUAL_FLY_M,
        served: Callable[[str], None] = lambda _: None,
        rooms: Sequence[Room] = (),
    ) -> None:
        """Listen; what asks from now on is answered when the `with` begins.

        Args:
            do: Takes what the coach says, in another thread.
            stop: Ends the session.
            port: Where to listen; by default `PORT`, or any that is free.
            share: Whether the local network may look, and who knows the PIN may act.
            names: Whether everybody may see names.
            speed: How many times as fast as real the session's time passes.
            fly_m: Length of the Fly Zone.
            served: Takes the address of Trackside once it is served.
            rooms: The coach's other pages.

        Raises:
            StationError: The port is taken.
        """
        self._socket = _listening("" if share else "127.0.0.1", port)
        port = self._socket.getsockname()[1]
        self.share = Share(local_addresses() if share else (), port, share)
        self.url = f"http://127.0.0.1:{port}/"
        self.pin = new_pin()
        self._fly_m, self._served = fly_m, served
        self._feed = Feed(names=names, speed=speed)
        pages = Pages(self._feed, Door(self.pin, time.monotonic), self.share, do, stop, rooms)
        self._server = uvicorn.Server(
            uvicorn.Config(
                pages.app(),
                http=Line,
                ws="none",
                loop="asyncio",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=LAST_WAIT_S,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        self._served(self.url)
        return self

    def __exit__(self, *_: object) -> None:
        """Tell the pages that it is over, and end."""
        self._feed.end()
        self._server.should_exit = True
        self._thread.join(2 * LAST_WAIT_S)
        self._socket.close()

    def show(self, now: Snapshot | None) -> None:
        """Show how things stand; None between two sessions."""
        self._feed.show(now)

    def hear(self, told: Told) -> None:
        """Hand on an event, in words too; and to the eye what should have been heard."""
        self._feed.tell(told)
        if (line := in_line(told, self._fly_m)) is not None:
            self.tell(line)
        if isinstance(told, Said) and told.heard is False:
            self.flash(told.cue.text)

    def tell(self, line: str) -> None:
        """Show a line of news, or several as one."""
        parts = line.removesuffix(BY_SIGNAL).splitlines()
        self._feed.tell(" · ".join(part.strip() for part in parts))

    def flash(self, text: str) -> None:
        """Draw the eye: what should have been heard was not."""
        self._feed.tell(Flash(text))


def _listening(host: str, port: int | None) -> socket.socket:
    """A socket that listens, there or on any free port if that is left open."""
    for wanted in (PORT, 0) if port is None else (port,):
        try:
            return socket.create_server((host, wanted), backlog=100)
        except OSError as error:
            why = os.strerror(error.errno or 0)
    raise StationError(f"the console cannot listen on port {port} ({why}); add --port 0 for any")
