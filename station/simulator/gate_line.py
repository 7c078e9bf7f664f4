"""A device's own clock, its contacts, and the serial line to the computer.

It decides when a device knows of a change, which time it gives it, and when which of its bytes are
read at the computer. It knows no protocol.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hardware.units import NS

BITS = 10
"""Of a byte on the wire: start, eight, stop."""


@dataclass(frozen=True)
class Crystal:
    """A clock that is wrong: its rate, and how warmth changes that.

    Attributes:
        rate_error: It runs so much too fast, relative.
        wander_ppm: Amplitude of the slow wander of its rate.
        wander_period_s: Of that.
        uptime_s: What it shows at station time 0.
    """

    rate_error: float = 0.0
    wander_ppm: float = 0.0
    wander_period_s: float = 900.0
    uptime_s: float = 0.0

    def seconds(self, at_ns: int) -> float:
        """What it shows at an instant of station time."""
        at_s, turn = at_ns / NS, 2 * math.pi / self.wander_period_s
        wander_s = self.wander_ppm * 1e-6 * (1 - math.cos(turn * at_s)) / turn
        return self.uptime_s + at_s * (1 + self.rate_error) + wander_s


class Contact:
    """One input with its glitch filter: a change counts once it has held, stamped at first touch.

    `settled` is told of each change that counts, with the instant of the first touch.
    """

    def __init__(self, hold_ns: int, settled: Callable[[int, int, bool], None]) -> None:
        """`settled(now_ns, touched_ns, blocked)` is called when a level has held for `hold_ns`."""
        self.hold_ns = hold_ns
        self.blocked = False
        self._settled = settled
        self._level = False
        self._changed_ns = 0
        self._touched_ns: int | None = None

    def change(self, at_ns: int, level: bool) -> None:
        """Take note of the raw level; `check` is due `hold_ns` later."""
        if level != self.blocked and self._touched_ns is None:
            self._touched_ns = at_ns
        self._level, self._changed_ns = level, at_ns

    def check(self, now_ns: int) -> None:
        """See whether the level has held."""
        if now_ns - self._changed_ns < self.hold_ns or self._touched_ns is None:
            return
        touched_ns, self._touched_ns = self._touched_ns, None
        if self._level != self.blocked:
            self.blocked = self._level
            self._settled(now_ns, touched_ns, self.blocked)


@dataclass(frozen=True)
class Wire:
    """A serial line over USB, towards the computer.

    Attributes:
        baud: Bits per second, 8N1.
        latency_s: Least time from a byte's end on the wire to its reading.
        jitter_s: Most that is added to that, at each reading anew (scheduler, latency timer).
            A reading takes all bytes that are there: several lines at once, or half of one.
    """

    baud: int = 115200
    latency_s: float = 0.001
    jitter_s: float = 0.004


class Line:
    """Bytes under way on a wire."""

    def __init__(self, wire: Wire, rng: np.random.Generator) -> None:
        """An idle line; `rng` draws the jitter."""
        self.byte_ns = BITS * NS / wire.baud
        self.free_ns = 0
        self._wire = wire
        self._rng = rng
        self._bytes: deque[tuple[int, int]] = deque()  # each with its end on the wire
        self._wake_ns: int | None = None

    def send(self, data: bytes, at_ns: int) -> None:
        """Queue bytes behind those that are still being sent."""
        start_ns = max(self.free_ns, at_ns)
        ends_ns = [start_ns + round((n + 1) * self.byte_ns) for n in range(len(data))]
        self._bytes += zip(ends_ns, data, strict=True)
        self.free_ns = ends_ns[-1] if ends_ns else self.free_ns

    def read(self, until_ns: int) -> list[tuple[int, bytes]]:
        """What the computer reads until then; all that is sent before then must be queued."""
        chunks: list[tuple[int, bytes]] = []
        latency_ns = round(self._wire.latency_s * NS)
        while self._bytes:
            if self._wake_ns is None:
                delay_ns = round(float(self._rng.uniform(0, self._wire.jitter_s)) * NS)
                self._wake_ns = self._bytes[0][0] + latency_ns + delay_ns
                if chunks:
                    self._wake_ns = max(self._wake_ns, chunks[-1][0])
            if self._wake_ns > until_ns:
                break
            data = bytearray()
            while self._bytes and self._bytes[0][0] + latency_ns <= self._wake_ns:
                data.append(self._bytes.popleft()[1])
            chunks.append((self._wake_ns, bytes(data)))
            self._wake_ns = None
        return chunks
