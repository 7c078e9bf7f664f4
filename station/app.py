"""The station live: hardware joined to the session.

It builds the devices, hands what they say to the fold in one order of time, keeps the record, and
passes on what the fold tells. It decides nothing about runs: the record replayed tells the same.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hardware.clock import Clock, SystemClock
from hardware.gates.conversation import Chunk
from hardware.gates.protocol import Protocol
from hardware.gates.wire import Happening, Wires
from station.gate_record import Closed, Gone, Opened, Received, Recorder, Sent, Setup, Traffic
from station.gate_timing import Event, GateTiming, Notice

LOOK_S = 0.02


def run_gates(
    setup: Setup,
    protocol: Protocol | None,
    record: Path | None,
    tell: Callable[[Event], None],
    *,
    clock: Clock | None = None,
    stopped: threading.Event | None = None,
) -> None:
    """Time runs at light gates until told to stop.

    Args:
        setup: The zone, the ports and who runs.
        protocol: What the gates speak, None to find out.
        record: Where to keep what goes over the lines, None for nowhere.
        tell: Takes each event as it happens; what it raises ends the session.
        clock: Station time; the computer's by default.
        stopped: Ends the session when it is set; signals set it too.

    Raises:
        StationError: A port cannot be opened, nothing known answered, or there is such a record.
    """
    clock = clock or SystemClock()
    stopped = stopped or threading.Event()
    with ExitStack() as stack:
        recorder = None
        stack.enter_context(_signals_set(stopped))
        wires = stack.enter_context(Wires(setup.ports, protocol, clock, stopped))
        if record is not None:
            recorder = stack.enter_context(Recorder(record, setup))
        session = _Session(setup, wires, recorder, tell)
        while not stopped.is_set():
            session.go_on()
        session.end(clock)


class _Session:
    """The fold, and what feeds it."""

    def __init__(
        self,
        setup: Setup,
        wires: Wires,
        recorder: Recorder | None,
        tell: Callable[[Event], None],
    ) -> None:
        self._fold = GateTiming(setup)
        self._wires, self._recorder = wires, recorder
        self._tell = tell
        self._slots = range(len(setup.ports))

    def go_on(self) -> None:
        """Take what happened next, or let time pass."""
        happened = self._wires.next(LOOK_S)
        if isinstance(happened, Happening):
            self._feed(self._traffic(happened))
            now_ns = happened.at_ns
        else:
            now_ns = happened
            self._tell_all(self._fold.advance(now_ns))
        for slot in self._slots:
            if wanted := self._fold.wanted(slot, now_ns):
                self._wires.send(slot, wanted)
                # The fold has to know of it before it is asked again.
                while isinstance(happened := self._wires.next(0), Happening):
                    self._feed(self._traffic(happened))

    def end(self, clock: Clock) -> None:
        """Take what is still queued, and close."""
        while isinstance(happened := self._wires.next(0), Happening):
            self._feed(self._traffic(happened))
        self._feed(Closed(clock.now_ns()))

    def _traffic(self, happened: Happening) -> Traffic:
        at_ns, slot = happened.at_ns, happened.slot
        match happened.what:
            case None:
                return Gone(at_ns, slot)
            case Protocol(name=name, definition=definition):
                return Opened(at_ns, slot, happened.port, name, definition)
            case Chunk(data=data, sent=sent):
                return (Sent if sent else Received)(at_ns, slot, data.decode("latin-1"))

    def _feed(self, traffic: Traffic) -> None:
        if self._recorder is not None:
            try:
                self._recorder.keep(traffic)
            except OSError as error:
                self._recorder = None
                said = f"the record cannot be written any more ({error.strerror}); make room"
                self._tell(Notice("record-lost", 0.0, "", said))
        self._tell_all(self._fold.feed(traffic))

    def _tell_all(self, events: list[Event]) -> None:
        for event in events:
            self._tell(event)


@contextmanager
def _signals_set(stopped: threading.Event) -> Iterator[None]:
    """The first signal to stop ends the session in order; a second one acts as usual."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    wanted = (signal.SIGINT, signal.SIGTERM)
    before = {one: signal.getsignal(one) for one in wanted}

    def stop(number: int, _: object) -> None:
        stopped.set()
        signal.signal(number, before[signal.Signals(number)])

    for one in wanted:
        signal.signal(one, stop)
    try:
        yield
    finally:
        for one in wanted:
            signal.signal(one, before[one])
