"""An open port and a parser, brought together: read, understood, and what is due sent.

It decides when a byte counts as come or gone: as soon as the computer had it, as late as it let it
go. It opens nothing and judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol as Interface

from hardware.clock import Clock
from hardware.gates.protocol import Protocol
from hardware.readings import GateReading


class Port(Interface):
    """What bytes go through."""

    def read(self, wait_s: float) -> bytes:
        """Whatever is there, waiting for it so long; b"" where nothing came.

        Raises:
            PortGone: The device is no longer there.
        """

    def write(self, data: bytes) -> None:
        """Send; raises as `read` does."""

    def close(self) -> None:
        """Give it back; may be called while another thread reads, and more than once."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that went over the line at once.

    Attributes:
        at_ns: When they were read, or sent; station time.
        data: They.
        sent: True where the station sent them.
    """

    at_ns: int
    data: bytes
    sent: bool = False


class Conversation:
    """One conversation with one device, from the opening of its port to the closing."""

    def __init__(
        self, port: Port, protocol: Protocol, clock: Clock, begun: Iterable[Chunk] = ()
    ) -> None:
        """Go on where the finding of the protocol ended.

        Args:
            port: Open.
            protocol: What it speaks.
            clock: Station time.
            begun: What went over the line already.
        """
        self._port, self._clock = port, clock
        self._parser = protocol.parser()
        self._begun = list(begun)

    def poll(self, wait_s: float) -> tuple[list[Chunk], list[GateReading]]:
        """Wait so long for bytes, and send what is due.

        Returns:
            What went over the line, for a record, and the readings that it gave.

        Raises:
            PortGone: The device is no longer there.
        """
        chunks, self._begun = self._begun, []
        if not chunks and (data := self._port.read(wait_s)):
            chunks.append(Chunk(self._clock.now_ns(), data))
        readings: list[GateReading] = []
        for chunk in chunks:
            if chunk.sent:
                self._parser.sent(chunk.data, chunk.at_ns)
            else:
                readings += self._parser.receive(chunk.data, chunk.at_ns)
        if due := self._parser.due(self._clock.now_ns()):
            at_ns = self._clock.now_ns()
            self._port.write(due)
            self._parser.sent(due, at_ns)
            chunks.append(Chunk(at_ns, due, sent=True))
        return chunks, readings

    def close(self) -> None:
        """Close the port."""
        self._port.close()
