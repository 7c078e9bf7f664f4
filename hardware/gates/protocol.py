"""What every gate protocol is to the station: bytes in, readings out, no I/O and no clock.

A protocol's module offers one `Protocol`. Its parser is given what was read and what was sent,
each with its time, so a recording of the line gives the readings that the live line gave.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from typing import Protocol as Interface

from hardware.readings import GateReading


class Parser(Interface):
    """One conversation with one device, from the opening of its port to the closing."""

    def receive(self, data: bytes, arrival_ns: int) -> list[GateReading]:
        """Take bytes as they came.

        Args:
            data: Any number of them, cut anywhere; they may be noise.
            arrival_ns: When they were read, station time; never less than before.

        Returns:
            The readings that they complete, in order. Never raises, whatever the bytes.
        """

    def sent(self, data: bytes, at_ns: int) -> None:
        """Take note of bytes that were sent to the device at that time."""

    def due(self, now_ns: int) -> bytes:
        """What should be sent now; the caller sends it and says so by `sent`. Often nothing."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """What is known of a device before it has said anything.

    Attributes:
        name: What `--protocol` takes, as "fgp1".
        title: Make and model, for people.
        bauds: Rates it may speak (8N1), the likeliest first; empty for what is no byte stream.
        question: What may safely be sent to find out whether it is there; b"" where nothing may.
        stamped_by: Whose clock the ticks are.
        ticks_per_s: Ticks in a second, None where there are none.
        wrap_ticks: The ticks start again from 0 after so many, None where they do not.
        rate_tolerance: Largest relative error of the clock's rate by its data sheet.
        both_edges: Whether it tells when a beam is clear again; else it sends breaks alone.
        heartbeat_s: It is silent for no longer than that, None where it may be.
        parser: Starts a conversation.
        definition: The TOML that describes it, None for those we know.
    """

    name: str
    title: str
    bauds: tuple[int, ...]
    question: bytes
    stamped_by: Literal["device", "host"]
    ticks_per_s: float | None
    wrap_ticks: int | None
    rate_tolerance: float
    both_edges: bool
    heartbeat_s: float | None
    parser: Callable[[], Parser]
    definition: str | None = None
