"""What the protocols share that say one thing a line and are never asked anything.

It decides how lines become readings, when a device's own count shows that some were lost, and what
all timers share that write the time of day. It knows no protocol.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable

from hardware.gates.lines import Lines
from hardware.gates.protocol import Parser, Protocol
from hardware.readings import GateReading, Missed

DAY_S = 86_400
QUARTZ_TOLERANCE = 1e-5  # a timer's, temperature-compensated: within a few millionths
MOST_LOST = 1000  # a count that leaps further is noise, or another device's
MOST_TOLD = 60  # characters of a senseless line that are shown


def day_timer(
    *,
    name: str,
    title: str,
    bauds: tuple[int, ...],
    question: bytes,
    ticks_per_s: int,
    parser: Callable[[], Parser],
) -> Protocol:
    """A timer that writes the time of day of each break; see `hardware.gates.protocol.Protocol`."""
    return Protocol(
        name=name,
        title=title,
        bauds=bauds,
        question=question,
        stamped_by="device",
        ticks_per_s=ticks_per_s,
        wrap_ticks=DAY_S * ticks_per_s,
        rate_tolerance=QUARTZ_TOLERANCE,
        both_edges=False,
        heartbeat_s=None,
        parser=parser,
    )


class LineParser(ABC):
    """Cuts bytes into lines and reads each."""

    def __init__(self, ends: bytes = b"\r\n") -> None:
        """Start a conversation in which each byte of `ends` ends a line."""
        self._lines = Lines(ends)

    def receive(self, data: bytes, arrival_ns: int) -> list[GateReading]:
        """The readings that these bytes complete."""
        readings: list[GateReading] = []
        for line in self._lines.feed(data):
            readings += self._read(line.decode("latin-1"), arrival_ns)
        return readings

    def sent(self, data: bytes, at_ns: int) -> None:  # noqa: B027
        """Nothing follows from it."""

    def due(self, now_ns: int) -> bytes:  # noqa: ARG002
        """Nothing, ever."""
        return b""

    @abstractmethod
    def _read(self, line: str, arrival_ns: int) -> list[GateReading]:
        """The readings in one line, without its end, a character a byte."""


class Count:
    """A device's own count of what it says."""

    def __init__(self) -> None:
        """Start anywhere."""
        self._last: int | None = None

    def lost_before(self, number: int, arrival_ns: int) -> list[GateReading]:
        """What was lost between the last number and this one: nothing, or one `Missed`.

        A number that is not higher tells nothing: the count wrapped, or began anew.
        """
        lost = 0 if self._last is None else number - self._last - 1
        self._last = number
        if not 0 < lost <= MOST_LOST:
            return []
        return [Missed(lost, f"the device's count leapt by {lost + 1} to {number}", arrival_ns)]


def senseless(line: str, arrival_ns: int) -> list[GateReading]:
    """What is said of a line that cannot be read."""
    return [Missed(0, f"a line that makes no sense: {line[:MOST_TOLD]!a}", arrival_ns)]


def ticks_of_day(found: re.Match[str], ticks_per_s: int) -> int:
    """The time of day in a line, from its groups h, m, s and fraction (decimal digits)."""
    seconds = int(found["h"]) * 3600 + int(found["m"]) * 60 + int(found["s"])
    fraction = found["fraction"]
    ticks: int = seconds * ticks_per_s + int(fraction) * ticks_per_s // 10 ** len(fraction)
    return ticks
