"""Station time: nanoseconds that keep counting while the laptop sleeps.

It decides which clock that is. It never tells the time of day.
"""

from __future__ import annotations

import time
from typing import Protocol

# Which of them goes on in suspension differs: Linux has one for it, macOS's "monotonic" does it
# when asked for by that name (time.monotonic() there does not), and so does Windows' counter.
_AWAKE_OR_NOT = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


class Clock(Protocol):
    """Where the station's instants come from."""

    def now_ns(self) -> int:
        """Station time, never less than before."""


class SystemClock:
    """The computer's own."""

    def now_ns(self) -> int:
        """Nanoseconds since the computer started, suspension included."""
        if _AWAKE_OR_NOT is None:
            return time.perf_counter_ns()
        return time.clock_gettime_ns(_AWAKE_OR_NOT)


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
