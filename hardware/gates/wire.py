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
from functools import partial
from typing import Self

from hardware.clock import Clock
from hardware.errors import StationError
from hardware.gates.conversation import Chunk
from hardware.gates.detect import Detected, connect
from hardware.gates.protocol import Protocol
from hardware.gates.serial_port import PortGone, available, found_again

READ_S = 0.05
RETRY_S = 0.5


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
        open_wire: Callable[[str, Protocol | None, Clock], Detected] = connect,
    ) -> None:
        """Nothing is opened yet.

        Args:
            ports: As the system calls them, slot by slot.
            protocol: What they speak, None to find out.
            clock: Station time.
            stopped: Ends all waiting when it is set.
            open_wire: Opens one.
        """
        self._clock, self._protocol, self._open = clock, protocol, open_wire
        self._stopped = stopped
        self._lock = threading.Lock()
        self._happenings: queue.SimpleQueue[Happening] = queue.SimpleQueue()
        self._wires = [_Wire(slot, name) for slot, name in enumerate(ports)]

    def __enter__(self) -> Self:
        """Open all; what was read while a protocol was found out comes first, in order.

        Raises:
            StationError: One of them cannot be opened, or nothing known answered.
        """
        try:
            self._open_all()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for wire in self._wires:
            if wire.gate is not None:
                wire.gate.port.close()
        for wire in self._wires:
            if wire.thread is not None:
                wire.thread.join()

    def next(self, wait_s: float) -> Happening | int:
        """What happened next; or the station time up to which nothing did."""
        with suppress(queue.Empty):
            return self._happenings.get(timeout=wait_s)
        with self._lock:
            with suppress(queue.Empty):
                return self._happenings.get_nowait()
            return self._clock.now_ns()

    def send(self, slot: int, data: bytes) -> None:
        """Send to a device; that it was sent is a happening, and so is that it could not be."""
        wire = self._wires[slot]
        if wire.gate is None:
            return
        self._happen(wire, partial(Chunk, data=data, sent=True))
        # Its reader notices the loss and tells it.
        with suppress(PortGone):
            wire.gate.port.write(data)

    def _open_all(self) -> None:
        first = [_Opening(wire, self) for wire in self._wires]
        while any(one.is_alive() for one in first) and not self._stopped.wait(READ_S):
            if any(one.error is not None for one in first):
                break
        for opening in first:
            if opening.error is not None:
                raise opening.error
        if self._stopped.is_set():
            return
        begun: list[Happening] = []
        for wire in self._wires:
            assert wire.gate is not None
            gate = wire.gate
            opened_ns = gate.begun[0].at_ns if gate.begun else self._clock.now_ns()
            begun.append(Happening(opened_ns, wire.slot, gate.protocol, wire.name))
            begun += [Happening(one.at_ns, wire.slot, one, wire.name) for one in gate.begun]
        for happening in sorted(begun, key=lambda one: one.at_ns):
            self._happenings.put(happening)
        for wire in self._wires:
            wire.thread = threading.Thread(target=self._read, args=(wire,), daemon=True)
            wire.thread.start()

    def _read(self, wire: _Wire) -> None:
        """What a wire's thread does."""
        before = available()
        while not self._stopped.is_set():
            assert wire.gate is not None
            try:
                while not self._stopped.is_set():
                    if data := wire.gate.port.read(READ_S):
                        self._happen(wire, partial(Chunk, data=data))
            except PortGone:
                pass
            if self._stopped.is_set():
                return
            gate, wire.gate = wire.gate, None
            gate.port.close()
            self._happen(wire, partial(_always, None))
            while not self._stopped.wait(RETRY_S):
                with suppress(StationError):
                    name = found_again(wire.name, before)
                    bauds = (gate.baud,) if gate.protocol.bauds else ()
                    back = self._open(name, replace(gate.protocol, bauds=bauds), self._clock)
                    wire.name, before = name, available()
                    self._happen(wire, partial(_always, gate.protocol))
                    wire.gate = back
                    break

    def _happen(self, wire: _Wire, what: Callable[[int], Chunk | Protocol | None]) -> None:
        with self._lock:
            at_ns = self._clock.now_ns()
            self._happenings.put(Happening(at_ns, wire.slot, what(at_ns), wire.name))


def _always(what: Protocol | None, at_ns: int) -> Protocol | None:  # noqa: ARG001
    """The same at any time."""
    return what


@dataclass(slots=True)
class _Wire:
    slot: int
    name: str
    gate: Detected | None = None
    thread: threading.Thread | None = None


class _Opening(threading.Thread):
    """One wire being opened for the first time, beside the others."""

    def __init__(self, wire: _Wire, wires: Wires) -> None:
        super().__init__(daemon=True)
        self._wire, self._wires = wire, wires
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        """Open it."""
        wires = self._wires
        try:
            self._wire.gate = wires._open(self._wire.name, wires._protocol, wires._clock)
        except Exception as error:
            self.error = error
