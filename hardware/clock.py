"""Station time: nanoseconds that keep counting while the laptop sleeps.

It decides which clock that is. It never tells the time of day.
"""

from __future__ import annotations

import time
from typing import Protocol

_BOOTTIME = getattr(time, "CLOCK_BOOTTIME", None)  # Linux; elsewhere the monotonic clock does so


class Clock(Protocol):
    """Where the station's instants come from."""

    def now_ns(self) -> int:
        """Station time, never less than before."""


class SystemClock:
    """The computer's own."""

    def now_ns(self) -> int:
        """Nanoseconds since the computer started, suspension included."""
        return time.monotonic_ns() if _BOOTTIME is None else time.clock_gettime_ns(_BOOTTIME)


class ManualClock:
    """Stands still until it is moved."""

    def __init__(self, now_ns: int = 0) -> None:
        self._now_ns = now_ns

    def now_ns(self) -> int:
        """Where it was moved to."""
        return self._now_ns

    def advance(self, by_ns: int) -> None:
        """Move it on."""
        self._now_ns += by_ns
