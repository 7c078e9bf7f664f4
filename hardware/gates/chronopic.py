"""Chronojump Chronopic: five bytes an edge, with the time since the previous edge.

It decides where a frame begins, adds the times up, and breaks the chain where one may be missing:
times of different chains cannot be compared. It asks for a short debounce, for the usual 50 ms
swallow a sprinter's torso.

A frame is 'X', the state (1 broken, 0 clear), and three bytes of 8 µs ticks, highest first. 'X' is
also a possible byte of a time, so a frame whose tail was lost swallows the head of the next; three
things show that: states that do not alternate, a time far shorter than the time that passed, and
bytes left over.

Source: GNOME/chronojump, chronopic-firmware (multitest) and src/chronopic.cs.
"""

from __future__ import annotations

from hardware.counted import counted
from hardware.gates.protocol import Protocol
from hardware.readings import BeamEdge, GateReading, Greeting, Missed

FRAME = 5  # bytes; 5.2 ms on the wire
SATURATED = 0xFF0000  # 134 s: the highest byte stops counting
STAMP_SIGMA_S = 10e-6  # an 8 µs tick, and the interrupt's delay
TICK_NS = 8_000
LATE_NS = 200_000_000  # so much later than its time says, others were lost before it
BROKEN_OFF_NS = 100_000_000  # a frame does not pause for so long
DEBOUNCE_10_MS = b"b\x01"  # has no answer
QUESTION = b"J"


class _ChronopicParser:
    """One conversation with one Chronopic."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._heard_ns = 0  # the last byte
        self._edge_ns: int | None = None  # the last edge's arrival; None begins a chain
        self._blocked: bool | None = None
        self._ticks = 0
        self._epoch = -1
        self._asked = False
        self._debounced = False

    def receive(self, data: bytes, arrival_ns: int) -> list[GateReading]:
        """Take bytes; see `Parser`."""
        readings: list[GateReading] = []
        if arrival_ns - self._heard_ns > BROKEN_OFF_NS:
            self._senseless(len(self._rest), arrival_ns, readings)
            self._rest.clear()
        self._heard_ns = arrival_ns if data else self._heard_ns
        self._rest += data
        at, skipped = 0, 0
        while at < len(self._rest):
            head = bytes(self._rest[at : at + 2])
            if head == b"X" or (head in (b"X\x00", b"X\x01") and len(self._rest) - at < FRAME):
                break  # the rest is to come
            if head in (b"X\x00", b"X\x01"):
                self._senseless(skipped, arrival_ns, readings)
                skipped = 0
                interval = int.from_bytes(self._rest[at + 2 : at + FRAME], "big")
                self._edge(head[1] == 1, interval, arrival_ns, readings)
                at += FRAME
            elif self._asked and head[:1] == QUESTION:
                readings.append(Greeting("Chronopic", None, None, ("1",), arrival_ns))
                self._asked = False
                at += 1
            else:
                skipped += 1
                at += 1
        self._senseless(skipped, arrival_ns, readings)
        del self._rest[:at]
        return readings

    def _edge(
        self, blocked: bool, interval: int, arrival_ns: int, readings: list[GateReading]
    ) -> None:
        if self._edge_ns is not None:
            if blocked == self._blocked:
                self._edge_ns = None
                readings.append(Missed(1, "two edges of one kind in a row", arrival_ns))
            elif arrival_ns - self._edge_ns > 1.01 * interval * TICK_NS + LATE_NS:  # resonator
                self._edge_ns = None
                if interval < SATURATED:
                    why = f"no edge told for {interval * TICK_NS / 1e9:.1f} s, yet more had passed"
                    readings.append(Missed(0, why, arrival_ns))
        if self._edge_ns is None or interval >= SATURATED:
            self._epoch, self._ticks = self._epoch + 1, 0
        else:
            self._ticks += interval
        self._edge_ns, self._blocked = arrival_ns, blocked
        readings.append(BeamEdge("1", blocked, self._ticks, arrival_ns, STAMP_SIGMA_S, self._epoch))

    def _senseless(self, count: int, arrival_ns: int, readings: list[GateReading]) -> None:
        """Bytes that are no frame: one may have been among them."""
        if count:
            self._edge_ns = None
            readings.append(
                Missed(
                    0, counted(count, "byte that is no edge", "bytes that are no edge"), arrival_ns
                )
            )

    def sent(self, data: bytes, at_ns: int) -> None:  # noqa: ARG002
        """Take note of what was sent; see `Parser`."""
        if data == QUESTION:
            self._asked = True
        elif data == DEBOUNCE_10_MS:
            self._debounced = True

    def due(self, now_ns: int) -> bytes:  # noqa: ARG002
        """The short debounce, once; see `Parser`."""
        return b"" if self._debounced else DEBOUNCE_10_MS


CHRONOPIC = Protocol(
    name="chronopic",
    title="Chronojump Chronopic",
    bauds=(9600,),
    question=QUESTION,
    stamped_by="device",
    ticks_per_s=125e3,
    wrap_ticks=None,
    rate_tolerance=0.005,  # nothing is published; as for a ceramic resonator
    both_edges=True,
    heartbeat_s=None,
    parser=_ChronopicParser,
)
