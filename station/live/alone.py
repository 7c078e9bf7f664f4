"""Gates and a camera without a session: runs of one athlete, or of nobody in particular.

It decides what a new run is called, and tells each once, and again when the other device has read
it too. It keeps no journal and looks at no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from station.camera.events import CameraEvent, FilmedRun
from station.gates.record import Setup, Traffic
from station.gates.timing import Event, GateTiming, Timed
from station.live.readings import as_told, of_camera, of_gates, passed, run_of
from station.run import ran_by
from station.session.events import TimedRun
from station.session.joining import SAME_RUN_NS
from station.zero import NO_ZERO, Zero


class Alone:
    """What gates and a camera tell, as one; fed as `GateTiming` is."""

    def __init__(self, setup: Setup, zero: Zero = NO_ZERO, within_ns: int = SAME_RUN_NS) -> None:
        """Begin with nothing read.

        Args:
            setup: The zone, the ports and who runs.
            zero: How camera and gates differ.
            within_ns: Between the ends of one run as the two devices have it.
        """
        self._setup, self._zero, self._within_ns = setup, zero, within_ns
        self._timing = GateTiming(setup)
        self._origin_ns: int | None = None
        self._filmed: list[CameraEvent] = []
        self._runs: dict[int, TimedRun] = {}
        self._numbers: dict[str, int] = {}  # by a reading's source

    def feed(self, traffic: Traffic) -> Sequence[Event]:
        """Take what went over a line; see `station.app.Fold`."""
        if self._origin_ns is None:
            self._origin_ns = traffic.at_ns
        return [*self._of_camera(), *self._of_gates(self._timing.feed(traffic))]

    def advance(self, now_ns: int) -> Sequence[Event]:
        """Let time pass; see `station.app.Fold`."""
        return [*self._of_camera(), *self._of_gates(self._timing.advance(now_ns))]

    def wanted(self, slot: int, now_ns: int) -> bytes:
        """What is to be sent to a device now; see `station.app.Fold`."""
        return self._timing.wanted(slot, now_ns)

    def film(self, event: CameraEvent) -> None:
        """Take what a camera tells; it is told with what comes next."""
        self._filmed.append(event)

    def _of_gates(self, events: Iterable[Event]) -> Iterable[Event]:
        origin_ns = self._origin_ns or 0
        for event in events:
            if isinstance(event, Timed):
                yield self._told(event, of_gates(event, origin_ns), origin_ns)
            else:
                yield event

    def _of_camera(self) -> Iterable[Event]:
        origin_ns = self._origin_ns or 0
        filmed, self._filmed = self._filmed, []
        for event in filmed:
            if isinstance(event, FilmedRun):
                timed, reading = of_camera(event, origin_ns, self._zero)
                run = ran_by(timed.run, self._setup.athlete, self._setup.pace_400_s)
                yield self._told(replace(timed, run=run), reading, origin_ns)
            else:
                yield passed(event, origin_ns)

    def _told(self, timed: Timed, reading: TimedRun, origin_ns: int) -> Timed:
        known, run = run_of(reading, self._runs, self._numbers, self._within_ns)
        number = known or len(self._runs) + 1
        self._runs[number], self._numbers[reading.source] = run, number
        return as_told(timed, run, origin_ns, number, revises=known is not None)
