"""What is plugged in: which protocol a port's device speaks, and at which rate.

It decides what is asked and when an answer is believed. It listens first, then asks only what a
protocol says may be asked, at 9600 baud before 115200, for a slow device can choke on fast bytes.
What went over the line at the right rate is handed on: it may hold edges. It interprets nothing:
whether bytes make sense is for the parsers to say.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol as Interface

from hardware.clock import Clock
from hardware.errors import StationError
from hardware.gates.known import PROTOCOLS
from hardware.gates.modem_lines import open_modem_lines
from hardware.gates.port import Chunk, Port
from hardware.gates.protocol import Parser, Protocol
from hardware.gates.serial_port import SerialPort
from hardware.readings import GateReading, Greeting, Missed

USUAL_BAUDS = 9600, 115_200
SLOW_STARTERS_BAUD = 115_200  # boards that an opening restarts, deaf for up to 3 s: asked last too
LISTEN_S = 0.4
# Each question is asked twice running, for the first may drown in what the device still holds of
# what another was asked. An answer takes 50 ms at 9600 baud and a 16 ms USB timer.
ANSWERS_S = 0.15, 0.3
READ_S = 0.05


class NothingAnsweredError(StationError):
    """The port is there; nothing known speaks at it."""


class AskedNoMoreError(StationError):
    """Whoever asked wants no answer any more; the port is closed again."""


class TunablePort(Port, Interface):
    """A port whose rate can be changed while it is open."""

    def change_baud(self, baud: int) -> None:
        """Go on at another rate."""


OpenPort = Callable[[str, int], TunablePort]


@dataclass(frozen=True, slots=True)
class Detected:
    """What answered.

    Attributes:
        port: Open, at the right rate: opening it again might restart the device.
        protocol: What it speaks.
        device: What it calls itself, None where it has not said.
        baud: The rate, 0 where there is none.
        begun: What went over the line so far at that rate.
    """

    port: Port
    protocol: Protocol
    device: str | None
    baud: int
    begun: tuple[Chunk, ...]


def detect(
    port_name: str,
    protocols: Sequence[Protocol],
    clock: Clock,
    open_port: OpenPort = SerialPort,
    ended: threading.Event | None = None,
) -> Detected:
    """Find out what speaks there; gives up after some seconds.

    Args:
        port_name: As the system calls it.
        protocols: Candidates, in the order in which to ask.
        clock: Station time.
        open_port: Opens a port of that name at that rate.
        ended: Ends the asking when it is set.

    Raises:
        NothingAnsweredError: Nothing known answered.
        AskedNoMoreError: It was ended before.
        StationError: The port cannot be opened, or vanished.
    """
    spoken = {baud for protocol in protocols for baud in protocol.bauds}
    bauds = sorted(spoken, key=lambda baud: (baud not in USUAL_BAUDS, baud))
    if SLOW_STARTERS_BAUD in bauds:
        bauds.append(SLOW_STARTERS_BAUD)
    port = open_port(port_name, bauds[0])
    try:
        for baud in bauds:
            port.change_baud(baud)
            candidates = [one for one in protocols if baud in one.bauds]
            search = _Search(port, candidates, clock, ended or threading.Event())
            if search.run():
                protocol, device = search.found[0]
                return Detected(port, protocol, device, baud, tuple(search.chunks))
    except BaseException:
        port.close()
        raise
    port.close()
    rates = ", ".join(str(baud) for baud in dict.fromkeys(bauds))
    names = ", ".join(protocol.name for protocol in protocols if protocol.bauds)
    raise NothingAnsweredError(
        f"nothing at '{port_name}' answered as a light gate (tried {names} at {rates} baud); check "
        "its power and cable, or name its protocol with --protocol"
    )


def connect(
    port_name: str,
    protocol: Protocol | None,
    clock: Clock,
    ended: threading.Event,
    open_port: OpenPort = SerialPort,
) -> Detected:
    """Open a gate's port.

    Args:
        port_name: As the system calls it.
        protocol: What it speaks as the coach says, who is believed; None to find out.
        clock: Station time.
        ended: Ends the asking when it is set.
        open_port: Opens a port of that name at that rate.

    Raises:
        AskedNoMoreError: It was ended before anything answered.
        StationError: It cannot be opened, or nothing known answered.
    """
    if protocol is None:
        return detect(port_name, PROTOCOLS, clock, open_port, ended)
    if not protocol.bauds:
        return Detected(open_modem_lines(port_name, clock), protocol, None, 0, ())
    if len(protocol.bauds) > 1:
        with suppress(NothingAnsweredError):  # it may speak only when a beam breaks
            return detect(port_name, (protocol,), clock, open_port, ended)
    baud = protocol.bauds[0]
    return Detected(open_port(port_name, baud), protocol, None, baud, ())


class _Search:
    """The candidates of one rate."""

    def __init__(
        self, port: Port, candidates: Sequence[Protocol], clock: Clock, ended: threading.Event
    ) -> None:
        self._port, self._clock, self._ended = port, clock, ended
        self._parsers: list[tuple[Protocol, Parser]] = [(one, one.parser()) for one in candidates]
        self.chunks: list[Chunk] = []
        self.found: list[tuple[Protocol, str | None]] = []

    def run(self) -> bool:
        """Listen, then ask; whether one of them is there."""
        if self._understood(LISTEN_S):
            return True
        for protocol, _ in self._parsers:
            for answer_s in ANSWERS_S if protocol.question else ():
                self._ask(protocol.question)
                if self._understood(answer_s):
                    return True
        return False

    def _ask(self, question: bytes) -> None:
        asked = Chunk(self._clock.now_ns(), question, sent=True)
        self._port.write(question)
        self.chunks.append(asked)
        for _, parser in self._parsers:
            parser.sent(asked.data, asked.at_ns)

    def _understood(self, for_s: float) -> bool:
        """Whether what comes in that time makes more sense than not to one of them."""
        heard: list[list[GateReading]] = [[] for _ in self._parsers]
        until_ns = self._clock.now_ns() + round(for_s * 1e9)
        while self._clock.now_ns() < until_ns:
            if self._ended.is_set():
                raise AskedNoMoreError("it was ended while its gates were asked; begin again")
            if not (data := self._port.read(READ_S)):
                continue
            chunk = Chunk(self._clock.now_ns(), data)
            self.chunks.append(chunk)
            for (_, parser), readings in zip(self._parsers, heard, strict=True):
                readings += parser.receive(chunk.data, chunk.at_ns)
        for (protocol, _), readings in zip(self._parsers, heard, strict=True):
            senseless = sum(isinstance(one, Missed) for one in readings)
            if len(readings) > 2 * senseless:
                names = [one.device for one in readings if isinstance(one, Greeting)]
                self.found.append((protocol, names[0] if names else None))
        self.found.sort(key=lambda one: one[1] is None)  # who gave a name is the surer one
        return bool(self.found)
