"""A session before a camera, alone or beside gates: what it tells is handed on, in order of time.

It decides when a session ends that only a camera feeds (told to, or where a saved video does and
nobody goes on by hand), and that one with gates goes on without its camera. What a run is, it does
not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Protocol as Interface

from calibration.length import FlyBy, may_differ_m
from hardware.clock import Clock, SystemClock
from hardware.errors import StationError
from hardware.gates.protocol import Protocol
from station.app import BY_SIGNAL, LOOK_S, Attending, Listener, signals_set
from station.camera.events import CameraEvent, CameraNotice
from station.camera.watched import WatchedCamera
from station.gates.record import Closed, Traffic


class Films(Interface):
    """Whoever takes what a camera tells."""

    def film(self, event: CameraEvent) -> None:
        """Take it; must not wait."""


def check_zone(camera: WatchedCamera, fly_m: float, fly_by: FlyBy | None = None) -> None:
    """Refuse a calibration of another zone.

    Args:
        camera: With its calibration.
        fly_m: Length of the session's Fly Zone.
        fly_by: How that was measured; None where that was not said.

    Raises:
        StationError: The two lengths differ by more than their 95 % intervals.
    """
    zone_m, zone_by = camera.zone.fly_m, camera.zone.profile.fly_by
    may_m, apart_m = may_differ_m(zone_m, zone_by, fly_m, fly_by), abs(zone_m - fly_m)
    if apart_m > may_m:
        raise StationError(
            f"the calibration is for a Fly Zone of {zone_m:g} m, and the session's is {fly_m:g} m: "
            f"as they were measured, one zone's may differ by {may_m:.2g} m, not {apart_m:.2g} m; "
            "measure it, and give the calibration and --fly that fit"
        )


class Filming:
    """A camera that is attended as ports are, and beside them."""

    def __init__(
        self,
        camera: WatchedCamera,
        desk: Films,
        gates: Attending | None = None,
        clock: Clock | None = None,
        *,
        by_hand: bool = False,
    ) -> None:
        """Open nothing yet.

        Args:
            camera: Which.
            desk: Takes what it tells.
            gates: Who attends to the gates beside it; None where there are none.
            clock: Station time; the computer's by default.
            by_hand: Whether somebody goes on by hand where a saved video is at its end.
        """
        self._by_hand = by_hand
        self._camera, self._desk, self._gates = camera, desk, gates
        self._clock = clock or SystemClock()
        self._held: list[CameraEvent] = []
        self._left = False
        self._watching = ExitStack()

    def attend(
        self,
        ports: Sequence[str],
        protocol: Protocol | None,
        listener: Listener,
        warn: Callable[[str], None],
        *,
        stopped: threading.Event,
    ) -> None:
        """Let somebody listen until told to stop; see `station.app.attend`.

        Raises:
            StationError: The camera is none, or cannot be used; or as for the gates.
        """
        warn(f"watching {self._camera.name}{BY_SIGNAL}")
        attend = self._gates or self._attend_alone
        with ExitStack() as self._watching:
            self._watching.enter_context(self._camera)
            attend(ports, protocol, _Beside(listener, self), warn, stopped=stopped)

    def _attend_alone(
        self,
        ports: Sequence[str],  # noqa: ARG002 - there are none
        protocol: Protocol | None,  # noqa: ARG002
        listener: Listener,
        warn: Callable[[str], None],  # noqa: ARG002
        *,
        stopped: threading.Event,
    ) -> None:
        with signals_set(stopped):
            over = False
            while not stopped.wait(LOOK_S) and not over:
                over = self._camera.over.is_set() and not self._by_hand
                listener.advance(self._clock.now_ns())  # after that look: all is handed on
            listener.feed(Closed(self._clock.now_ns()))

    def take(self, *, begun: bool) -> None:
        """Hand on what the camera tells.

        Args:
            begun: Whether the gates' session has; until then it is kept.

        Raises:
            StationError: The camera is none, or cannot be used, and there is nothing else.
        """
        try:
            self._held += self._camera.taken()
        except StationError as error:
            if self._gates is None or not begun:
                raise
            self._leave(str(error))
        if self._camera.over.is_set():
            self._leave(f"{self._camera.name} has no more pictures")
        if begun or self._gates is None:
            for event in self._held:
                self._desk.film(event)
            self._held = []

    def _leave(self, why: str) -> None:
        """Say so, once, and what goes on."""
        if not self._left:
            self._left = True
            goes_on = "the session ends with it"
            if self._gates is not None:
                goes_on = "the gates go on without a camera"
            elif self._by_hand:
                goes_on = "time by hand from now on, or end the session"
            said = f"{why}; {goes_on}"
            now_ns = self._clock.now_ns()
            self._held.append(CameraNotice("camera-over", now_ns, self._camera.name, said))

    def close(self) -> None:
        """Stop watching; what was seen until now is timed, and handed on."""
        self._left = True  # nobody needs to be told
        self._watching.close()
        self.take(begun=True)

    def settle(self) -> None:
        """Do what is owed to the session, now that all that was seen is kept there."""
        for camera in self._camera.each:
            camera.owed()


class _Beside:
    """A listener that hears of the camera too."""

    def __init__(self, listener: Listener, filming: Filming) -> None:
        self._listener, self._filming = listener, filming
        self._begun = False

    def feed(self, traffic: Traffic) -> None:
        """Take what went over a line; see `Listener`."""
        if isinstance(traffic, Closed):
            self._filming.close()
            self._listener.advance(traffic.at_ns)
            self._filming.settle()
            self._listener.advance(traffic.at_ns)
        self._listener.feed(traffic)
        self._begun = True

    def advance(self, now_ns: int) -> None:
        """Let time pass; see `Listener`."""
        self._filming.take(begun=self._begun)
        self._listener.advance(now_ns)

    def wanted(self, slot: int, now_ns: int) -> bytes:
        """What is to be sent to a device now; see `Listener`."""
        return self._listener.wanted(slot, now_ns)
