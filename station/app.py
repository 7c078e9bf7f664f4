"""The station live: hardware joined to whoever follows what it says.

It builds the devices, hands what they say on in one order of time, keeps the record, and passes on
what the fold tells. It decides nothing about runs: the record replayed tells the same.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol as Interface

from hardware.clock import Clock, SystemClock
from hardware.gates.known import protocol_named
from hardware.gates.port import Chunk
from hardware.gates.protocol import Protocol
from hardware.gates.wire import Happening, Wires
from station.gates.record import Closed, Gone, Opened, Received, Recorder, Sent, Setup, Traffic
from station.gates.timing import GateTiming, Notice
from station.session.events import Ender
from station.session.news import Told
from station.stopping import Stop

ENDERS: dict[str, Ender] = {
    "SIGINT": "ctrl-c",
    "SIGTERM": "terminated",
    "SIGHUP": "terminal-closed",
}
"""The signals that end a session in order, and who or what sends them."""
LOOK_S = 0.005  # who waits for a camera's run waits half of it; a look takes some microseconds


class Listener(Interface):
    """Whoever follows what goes over the lines."""

    def feed(self, traffic: Traffic) -> object:
        """Take what went over a line; times never go back, and the last is `Closed`."""

    def advance(self, now_ns: int) -> object:
        """Let time pass; nothing that is fed later is of an earlier time."""

    def wanted(self, slot: int, now_ns: int) -> bytes:
        """What is to be sent to a device now; it is fed as `Sent`."""


BY_SIGNAL = "; end with Ctrl-C"  # in a terminal: a page has none to send it


def attend(
    ports: Sequence[str],
    protocol: Protocol | None,
    listener: Listener,
    warn: Callable[[str], None],
    *,
    clock: Clock | None = None,
    stopped: threading.Event | None = None,
) -> None:
    """Keep ports open and let somebody listen, until a signal says to stop.

    Args:
        ports: As the system calls them, slot by slot.
        protocol: What the gates speak, None to find out.
        listener: Hears all of it.
        warn: Is told that it begins, and may take some time.
        clock: Station time; the computer's by default.
        stopped: Ends it when it is set; signals set it too.

    Raises:
        StationError: A port cannot be opened at first, or nothing known answered.
    """
    clock = clock or SystemClock()
    stopped = stopped or threading.Event()
    with signals_set(stopped):
        if ports:
            asked = "" if protocol else " and asking what is there, which takes some seconds"
            warn(f"opening {' and '.join(ports)}{asked}{BY_SIGNAL}")
        with Wires(ports, protocol, clock, stopped) as wires:
            if stopped.is_set():
                return  # before all were open
            while not stopped.is_set():
                now_ns = _take(wires.next(LOOK_S), listener)
                for slot in range(len(ports)):
                    wanted = listener.wanted(slot, now_ns)
                    if wanted and wires.send(slot, wanted):
                        _take_until_sent(wires, listener)
        # Nothing reads any more, and all that was read is heard.
        while isinstance(happened := wires.next(0), Happening):
            _take(happened, listener)
        listener.feed(Closed(clock.now_ns()))


def _take(happened: Happening | int, listener: Listener) -> int:
    """Let it be heard; returns when it was."""
    if isinstance(happened, int):
        listener.advance(happened)
        return happened
    listener.feed(_traffic(happened))
    return happened.at_ns


def _take_until_sent(wires: Wires, listener: Listener) -> None:
    """What was sent has to be heard of before more is wanted."""
    while True:
        happened = wires.next(0)
        _take(happened, listener)
        match happened:
            case Happening(what=Chunk(sent=True)):
                return


def _traffic(happened: Happening) -> Traffic:
    at_ns, slot = happened.at_ns, happened.slot
    match happened.what:
        case None:
            return Gone(at_ns, slot)
        case Protocol(name=name, definition=definition):
            return Opened(at_ns, slot, happened.port, name, definition)
        case Chunk(data=data, sent=sent):
            return (Sent if sent else Received)(at_ns, slot, data.decode("latin-1"))


class Attending(Interface):
    """Who keeps ports open, or plays them: `attend`."""

    def __call__(
        self,
        ports: Sequence[str],
        protocol: Protocol | None,
        listener: Listener,
        warn: Callable[[str], None],
        *,
        stopped: threading.Event,
    ) -> None:
        """Let somebody listen until told to stop."""


class Fold(Interface):
    """What traffic is folded into: the gates alone, or a session at them."""

    def feed(self, traffic: Traffic) -> Sequence[Told]:
        """Take what went over a line; times never go back. Returns what is to be told."""

    def advance(self, now_ns: int) -> Sequence[Told]:
        """Let time pass; nothing that is fed later is of an earlier time."""

    def wanted(self, slot: int, now_ns: int) -> bytes:
        """What is to be sent to a device now; it is fed as `Sent`."""


def run_gates(
    setup: Setup,
    protocol: Protocol | None,
    record: Path | None,
    tell: Callable[[Told], None],
    warn: Callable[[str], None],
    *,
    fold: Fold | None = None,
    attending: Attending = attend,
    stopped: threading.Event | None = None,
) -> None:
    """Time runs at light gates until told to stop.

    Args:
        setup: The zone, the ports and who runs.
        protocol: What the gates speak, None to find out.
        record: Where to keep what goes over the lines, None for nowhere.
        tell: Takes each event as it happens; an `OSError` of it ends the session, in order.
        warn: Takes what is no event of the session: that a port is open.
        fold: What the traffic is folded into, where it is more than the gates.
        attending: Whence traffic comes; from ports.
        stopped: Ends it when it is set.

    Raises:
        StationError: A port cannot be opened, nothing known answered, or no record can be begun.
        OSError: What `tell` raised.
    """
    stopped = stopped or threading.Event()
    with ExitStack() as stack:
        recorder = None
        if record is not None:
            recorder = stack.enter_context(Recorder(record, setup))
        session = _Session(fold or GateTiming(setup), recorder, tell, warn, stopped)
        attending(setup.ports, protocol, session, warn, stopped=stopped)
    if session.error is not None:
        raise session.error


class _Session:
    """The fold, the record of what it is fed, and who is told."""

    def __init__(
        self,
        fold: Fold,
        recorder: Recorder | None,
        tell: Callable[[Told], None],
        warn: Callable[[str], None],
        stopped: threading.Event,
    ) -> None:
        self._fold = fold
        self._recorder, self._stopped = recorder, stopped
        self._tell, self._warn = tell, warn
        self._opened: set[int] = set()
        self._begun_ns: int | None = None
        self.error: OSError | None = None

    def feed(self, traffic: Traffic) -> None:
        """Keep it, then fold it; see `Listener`."""
        if self._begun_ns is None:
            self._begun_ns = traffic.at_ns
        if self._recorder is not None:
            try:
                self._recorder.keep(traffic)
            except OSError as error:
                self._recorder = None
                said = f"the record cannot be written any more ({error.strerror}); make room"
                at_s = (traffic.at_ns - self._begun_ns) * 1e-9
                self._tell_all([Notice("record-lost", at_s, "", said)])
        if isinstance(traffic, Opened) and traffic.slot not in self._opened:
            self._opened.add(traffic.slot)
            title = protocol_named(traffic.protocol, traffic.definition).title
            self._warn(f"'{traffic.port}' is open: {title}")
        self._tell_all(self._fold.feed(traffic))

    def advance(self, now_ns: int) -> None:
        """Let time pass; see `Listener`."""
        self._tell_all(self._fold.advance(now_ns))

    def wanted(self, slot: int, now_ns: int) -> bytes:
        """What the fold wants sent; see `Listener`."""
        return self._fold.wanted(slot, now_ns)

    def _tell_all(self, events: Sequence[Told]) -> None:
        for event in events if self.error is None else ():
            try:
                self._tell(event)
            except OSError as error:  # nobody listens any more; the record is still ended in order
                self.error = error
                self._stopped.set()
                return


@contextmanager
def signals_set(stopped: threading.Event) -> Iterator[None]:
    """The first signal to stop ends the session in order; a second one acts as usual."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    wanted = [getattr(signal, name) for name in ENDERS if hasattr(signal, name)]
    before = {one: signal.getsignal(one) for one in wanted}

    def stop(number: int, _: object) -> None:
        if isinstance(stopped, Stop):
            stopped.end(ENDERS[signal.Signals(number).name])
        stopped.set()
        signal.signal(number, before[signal.Signals(number)])

    for one in wanted:
        signal.signal(one, stop)
    try:
        yield
    finally:
        for one in wanted:
            signal.signal(one, before[one])
