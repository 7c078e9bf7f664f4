"""Ports that are read at once, each by a thread of its own, into one order of time.

It decides in which order things happened: every chunk is stamped and queued under one lock, so
that whoever takes them sees time only go forward. A device that is unplugged is waited for. It
interprets no byte and sends nothing of its own.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Self

from hardware.clock import Clock
from hardware.errors import StationError
from hardware.gates.detect import AskedNoMoreError, Detected, connect
from hardware.gates.port import Chunk
from hardware.gates.protocol import Protocol
from hardware.gates.serial_port import Listed, PortGone, available, found_again

READ_S = 0.05
RETRY_S = 0.5
LEAVE_S = 2.0  # a system that takes longer to open a port is left to it; the port is closed then
MOST_WAITING = 100  # happenings not yet taken: a sensor gone mad fills no memory, but waits


@dataclass(frozen=True, slots=True)
class Happening:
    """Something on one of the wires.

    Attributes:
        at_ns: Station time.
        slot: Which of them.
        what: Bytes; or the protocol of a port that was opened; or None of one that vanished.
        port: What the port was called.
    """

    at_ns: int
    slot: int
    what: Chunk | Protocol | None
    port: str


class Wires:
    """All ports of a session, open from the beginning of a `with` to its end."""

    def __init__(
        self,
        ports: Sequence[str],
        protocol: Protocol | None,
        clock: Clock,
        stopped: threading.Event,
        open_wire: Callable[[str, Protocol | None, Clock, threading.Event], Detected] = connect,
    ) -> None:
        """Nothing is opened yet.

        Args:
            ports: As the system calls them, slot by slot.
            protocol: What they speak, None to find out.
            clock: Station time.
            stopped: Ends the waiting for ports to open when it is set.
            open_wire: Opens one, unless its last argument is set meanwhile.
        """
        self._clock, self._protocol, self._open = clock, protocol, open_wire
        self._stopped, self._ended = stopped, threading.Event()
        self._lock = threading.Lock()
        # No SimpleQueue: a signal that comes as its wait ends can leave it waiting for ever (3.11).
        self._happenings: queue.Queue[Happening] = queue.Queue()
        self._wires = [_Wire(slot, name) for slot, name in enumerate(ports)]

    def __enter__(self) -> Self:
        """Open all at once; what was read meanwhile comes first, in order.

        Raises:
            StationError: One of them cannot be opened, or nothing known answered.
        """
        for wire in self._wires:
            wire.thread = threading.Thread(target=self._attend, args=(wire,), daemon=True)
            wire.thread.start()
        try:
            while not all(wire.opened for wire in self._wires):
                self._raise_what_failed()
                if self._stopped.wait(READ_S):
                    break
        except BaseException:
            self.__exit__()
            raise
        with self._lock:  # one may have been read while another was still being asked
            begun = [self._happenings.get_nowait() for _ in range(self._happenings.qsize())]
            for happening in sorted(begun, key=lambda one: one.at_ns):
                self._happenings.put(happening)
        return self

    def __exit__(self, *_: object) -> None:
        """Close all, also what is still being asked; what was read until now can be taken."""
        self._ended.set()
        for wire in self._wires:
            if wire.thread is not None:
                wire.thread.join(LEAVE_S)

    def next(self, wait_s: float) -> Happening | int:
        """What happened next; or the station time up to which nothing did.

        Raises:
            Exception: Whatever a thread that reads has ended by, and should not have.
        """
        with suppress(queue.Empty):
            return self._happenings.get(timeout=wait_s)
        self._raise_what_failed()
        with self._lock:
            with suppress(queue.Empty):
                return self._happenings.get_nowait()
            return self._clock.now_ns()

    def send(self, slot: int, data: bytes) -> bool:
        """Send to a device, unless it is gone; that it was tried is a happening."""
        wire = self._wires[slot]
        gate = wire.gate
        if gate is None:
            return False
        with self._lock:
            now_ns = self._clock.now_ns()
            self._put(wire, now_ns, Chunk(now_ns, data, sent=True))
        with suppress(PortGone):  # its reader notices that, and tells it
            gate.port.write(data)
        return True

    def _raise_what_failed(self) -> None:
        for wire in self._wires:
            if wire.error is not None:
                raise wire.error

    def _attend(self, wire: _Wire) -> None:
        """What a wire's thread does."""
        try:
            gate: Detected | None = self._open(wire.name, self._protocol, self._clock, self._ended)
            while gate is not None:
                try:
                    self._read(wire, gate)
                finally:
                    gate.port.close()
                gate = self._wait_for(wire, gate)
        except AskedNoMoreError:
            pass
        except Exception as error:
            wire.error = error

    def _read(self, wire: _Wire, gate: Detected) -> None:
        """Read a port until it vanishes, or all ends."""
        before = available()
        with self._lock:
            opened_ns = gate.begun[0].at_ns if gate.begun else self._clock.now_ns()
            self._put(wire, opened_ns, gate.protocol)
            for chunk in gate.begun:
                self._put(wire, chunk.at_ns, chunk)
        wire.gate, wire.before, wire.opened = gate, before, True
        while not self._ended.is_set():
            if self._happenings.qsize() >= MOST_WAITING:
                self._ended.wait(READ_S)
                continue
            try:
                data = gate.port.read(READ_S)
            except PortGone:
                with self._lock:
                    self._put(wire, self._clock.now_ns(), None)
                wire.gate = None
                return
            if data:
                with self._lock:
                    now_ns = self._clock.now_ns()
                    self._put(wire, now_ns, Chunk(now_ns, data))

    def _wait_for(self, wire: _Wire, gate: Detected) -> Detected | None:
        """The same device, plugged in again under whatever name; None where all ends before."""
        spoken = replace(gate.protocol, bauds=(gate.baud,) if gate.baud else ())
        while not self._ended.wait(RETRY_S):
            with suppress(StationError, OSError):
                name = found_again(wire.name, wire.before)
                back = self._open(name, spoken, self._clock, self._ended)
                wire.name = name
                return back
        return None

    def _put(self, wire: _Wire, at_ns: int, what: Chunk | Protocol | None) -> None:
        self._happenings.put(Happening(at_ns, wire.slot, what, wire.name))


@dataclass(slots=True)
class _Wire:
    slot: int
    name: str
    opened: bool = False
    before: Sequence[Listed] = ()
    gate: Detected | None = None
    thread: threading.Thread | None = None
    error: Exception | None = None
