"""A session before a camera: what it tells is handed to the desk, and time is let pass.

It decides when a session ends that only a camera feeds: told to, or where a saved video does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from hardware.clock import SystemClock
from hardware.gates.protocol import Protocol
from station.app import LOOK_S, Listener, signals_set
from station.camera.live import LiveCamera
from station.gates.record import Closed
from station.live.desk import Desk


class Filming:
    """A camera that is attended as ports are."""

    def __init__(self, camera: LiveCamera, desk: Desk) -> None:
        """Open nothing yet.

        Args:
            camera: Which.
            desk: Takes what it tells.
        """
        self._camera, self._desk = camera, desk

    def attend(
        self,
        ports: Sequence[str],  # noqa: ARG002 - no gates beside a camera yet
        protocol: Protocol | None,  # noqa: ARG002
        listener: Listener,
        warn: Callable[[str], None],
        *,
        stopped: threading.Event,
    ) -> None:
        """Let somebody listen until told to stop; see `station.app.attend`.

        Raises:
            StationError: The camera is none, or cannot be used.
        """
        clock = SystemClock()
        warn(f"watching {self._camera.name}; end with Ctrl-C")
        with signals_set(stopped):
            with self._camera:
                while not stopped.wait(LOOK_S) and not self._camera.over.is_set():
                    self._take()
                    listener.advance(clock.now_ns())
            self._take()
            listener.advance(clock.now_ns())
            listener.feed(Closed(clock.now_ns()))

    def _take(self) -> None:
        for event in self._camera.taken():
            self._desk.film(event)
