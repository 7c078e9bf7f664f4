"""FGP/1, our own gate: lines with a checksum, a sequence number, and both edges of every break.

It decides which lines hold, which edges are new, what to ask for again, and when to ping. What was
received and sent changes it; `due` only looks, so a recording of the line gives what the live line
gave. It never judges what an edge means.
"""

from __future__ import annotations

import re
from binascii import crc_hqx

from hardware.gates.lines import Lines
from hardware.gates.protocol import Protocol
from hardware.readings import BeamEdge, GateReading, Greeting, Heartbeat, Missed, RoundTrip

BAUD = 115_200
BYTE_NS = 10 * 1_000_000_000 // BAUD  # start bit, 8 bits, stop bit
STAMP_SIGMA_S = 2e-6  # of a 4 µs timer, rounded up; a line that says more is believed
WRAP_US = 1 << 32
SEQUENCES = 1 << 16
PINGS = 8  # in quick succession: the fastest of them tells the time
PING_EVERY_NS = 10_000_000_000
EAGER_BURSTS, EAGER_EVERY_NS = 5, 2_000_000_000  # at first: the first run may come soon
PATIENCE_NS = 300_000_000  # 32 edges sent again take 110 ms on the wire
STREAM_NS = 50_000_000  # after one, the next of those sent again follows sooner, if it does
WHO_EVERY_NS = 2_000_000_000  # a board that the opening has reset is deaf for as long
RESENDS = 3  # asked in vain so often, an edge is lost
KEPT = 256  # edges remembered: enough to tell one sent again from one of a restarted device
BACK_US = 1_000_000  # two gates' edges may come out of order, but never by so much

_LINE = re.compile(rb"([^*]+)\*([0-9A-Fa-f]{4})")


def framed(body: bytes) -> bytes:
    """A line as it goes over the wire: the body, its CRC-16/CCITT-FALSE, the line's end."""
    return b"%s*%04X\n" % (body, crc_hqx(body, 0xFFFF))


QUESTION = framed(b"?")


class _Fgp1Parser:
    """One conversation with one device."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._whole = False  # the first line may be the rest of one
        self._epoch = 0
        self._highest = 0  # gate that has spoken
        self._asked_who_ns: int | None = None
        self._wire_takes_time = True  # not so on a board with USB of its own
        self._forget()

    def _forget(self) -> None:
        """Know nothing of a device that starts."""
        self._who: tuple[str, int] | None = None  # uid, boot count
        self._next: int | None = None  # the sequence number to come
        self._newest_us = 0
        self._recent: dict[int, int] = {}  # sequence number → ticks, oldest first
        self._missing: dict[int, None] = {}  # sequence numbers in order
        self._resends = 0  # asked in vain
        self._resend_from_ns = 0  # not to be asked before
        self._ping: tuple[bytes, int] | None = None  # token and when it had left
        self._pings = PINGS  # of the present burst
        self._bursts = 0
        self._burst_ns: int | None = None  # when the last began

    def receive(self, data: bytes, arrival_ns: int) -> list[GateReading]:
        """Take bytes; see `Parser`."""
        readings: list[GateReading] = []
        for line in self._lines.feed(data):
            try:
                if not line.startswith(b"#"):
                    self._line(line, arrival_ns, readings)
            except ValueError:
                if self._whole:
                    said = line[:62].decode("ascii", "backslashreplace")
                    readings.append(Missed(0, f"no FGP/1 line: '{said}'", arrival_ns))
            self._whole = True
        if self._resends >= RESENDS and arrival_ns >= self._resend_from_ns:
            self._lose(list(self._missing), "lost on the line", arrival_ns, readings)
        return readings

    def sent(self, data: bytes, at_ns: int) -> None:
        """Take note of what was sent; see `Parser`."""
        for line in data.splitlines():
            if line.startswith(b"P,"):
                self._ping = line[2:].partition(b"*")[0], at_ns + (len(line) + 1) * BYTE_NS
                if self._pings == PINGS:
                    self._pings, self._bursts, self._burst_ns = 0, self._bursts + 1, at_ns
                self._pings += 1
            elif line.startswith(b"R,"):
                self._resends, self._resend_from_ns = self._resends + 1, at_ns + PATIENCE_NS
            elif line.startswith(b"?"):
                self._asked_who_ns = at_ns

    def due(self, now_ns: int) -> bytes:
        """What to ask now; see `Parser`."""
        if self._who is None:
            return QUESTION if _over(now_ns, self._asked_who_ns, WHO_EVERY_NS) else b""
        if self._missing and self._resends < RESENDS:
            if now_ns >= self._resend_from_ns:
                return framed(b"R,%d" % next(iter(self._missing)))
        elif self._ping is not None and not _over(now_ns, self._ping[1], PATIENCE_NS):
            return b""
        else:
            every_ns = EAGER_EVERY_NS if self._bursts <= EAGER_BURSTS else PING_EVERY_NS
            if self._pings < PINGS or _over(now_ns, self._burst_ns, every_ns):
                return framed(b"P,%d" % (self._pings % PINGS))
        return b""

    def _line(self, line: bytes, arrival_ns: int, readings: list[GateReading]) -> None:
        """Take one line; raise ValueError where it cannot be one."""
        match = _LINE.fullmatch(line)
        if match is None or crc_hqx(match[1], 0xFFFF) != int(match[2], 16):
            raise ValueError
        kind, *fields = match[1].decode("latin-1").split(",")
        if kind == "E":
            self._edge(fields, arrival_ns, readings)
        elif kind == "S":
            self._heartbeat(fields, arrival_ns, readings)
        elif kind == "Q":
            self._answer(fields, len(line) + 1, arrival_ns, readings)
        elif kind == "N":
            first, oldest = (_number(text, SEQUENCES) for text in fields[:2])
            gone = [one for one in self._missing if 0 < (oldest - one) % SEQUENCES < SEQUENCES // 2]
            if first in self._missing:
                self._lose(gone, "no longer kept by the device", arrival_ns, readings)
        elif kind == "H":
            self._greeting(fields, arrival_ns, readings)

    def _greeting(self, fields: list[str], arrival_ns: int, readings: list[GateReading]) -> None:
        major, name, version, uid, boots, gates, *_ = fields
        if major != "1":
            raise ValueError
        who = uid, _number(boots, WRAP_US)
        if self._who not in (None, who):
            self._restart(arrival_ns, readings)
        self._who = who
        names = self._names(_number(gates, KEPT))
        readings.append(Greeting(f"{name} {version}", *who, names, arrival_ns))

    def _edge(self, fields: list[str], arrival_ns: int, readings: list[GateReading]) -> None:
        sequence, gate, state, wraps, us, *more = fields
        number, ticks = _number(sequence, SEQUENCES), _ticks(wraps, us)
        sigma_s = max(STAMP_SIGMA_S, _number(more[0], WRAP_US) * 1e-6 if more else 0.0)
        if state not in ("B", "R"):
            raise ValueError
        self._highest = max(self._highest, _number(gate, KEPT))
        name = str(_number(gate, KEPT))
        if self._recent.get(number) == ticks:
            return  # sent again
        if number in self._missing:
            del self._missing[number]
            self._resends, self._resend_from_ns = 0, arrival_ns + STREAM_NS
        else:
            self._alive(ticks, arrival_ns, readings)
            self._expect(number, arrival_ns, readings)
            if self._next == number:
                self._next = (number + 1) % SEQUENCES
        self._recent[number] = ticks
        if len(self._recent) > KEPT:
            del self._recent[next(iter(self._recent))]
        readings.append(
            BeamEdge(name, state == "B", ticks, arrival_ns, sigma_s, self._epoch, number)
        )

    def _heartbeat(self, fields: list[str], arrival_ns: int, readings: list[GateReading]) -> None:
        last, wraps, us, beams, *_ = fields
        number, ticks = _number(last, SEQUENCES), _ticks(wraps, us)
        self._alive(ticks, arrival_ns, readings)
        self._expect((number + 1) % SEQUENCES, arrival_ns, readings)
        blocked = {"X": True, "C": False}
        states = zip(self._names(len(beams)), map(blocked.get, beams), strict=True)
        readings.append(Heartbeat(arrival_ns, ticks, tuple(states), self._epoch))

    def _names(self, gates: int) -> tuple[str, ...]:
        """Of so many gates, in order: from 1 on, or up to the highest that has spoken."""
        first = max(1, self._highest - gates + 1)
        return tuple(str(first + one) for one in range(gates))

    def _answer(
        self, fields: list[str], length: int, arrival_ns: int, readings: list[GateReading]
    ) -> None:
        token, wraps, heard_us, answered_us, *_ = fields
        heard, answered = _ticks(wraps, heard_us), _ticks(wraps, answered_us)
        answered += WRAP_US if answered < heard else 0
        self._alive(answered, arrival_ns, readings)
        if self._ping is None or self._ping[0] != token.encode("latin-1"):
            return
        sent_ns, began_ns = self._ping[1], arrival_ns - length * BYTE_NS
        self._ping = None
        if began_ns - sent_ns < (answered - heard) * 1000:  # faster than the wire allows
            self._wire_takes_time = False
        if not self._wire_takes_time:
            sent_ns, began_ns = sent_ns - (len(token) + 8) * BYTE_NS, arrival_ns
        readings.append(RoundTrip(sent_ns, heard, answered, began_ns, self._epoch))

    def _alive(self, ticks: int, arrival_ns: int, readings: list[GateReading]) -> None:
        """The device's time goes on; where it went back, the device started again unheard."""
        if ticks < self._newest_us - BACK_US:
            self._restart(arrival_ns, readings)
        self._newest_us = max(self._newest_us, ticks)

    def _expect(self, number: int, arrival_ns: int, readings: list[GateReading]) -> None:
        """All edges before this one should have come; ask for those that have not."""
        gap = 0 if self._next is None else (number - self._next) % SEQUENCES
        if gap >= SEQUENCES // 2:
            return  # it is late itself
        asked = min(gap, KEPT - len(self._missing))
        self._missing.update(dict.fromkeys((number - n) % SEQUENCES for n in range(asked, 0, -1)))
        if gap > asked:
            readings.append(Missed(gap - asked, "lost on the line", arrival_ns))
        self._next = number

    def _lose(
        self, numbers: list[int], why: str, arrival_ns: int, readings: list[GateReading]
    ) -> None:
        """Wait for these no longer."""
        for number in numbers:
            del self._missing[number]
        self._resends = 0
        if numbers:
            readings.append(Missed(len(numbers), why, arrival_ns))

    def _restart(self, arrival_ns: int, readings: list[GateReading]) -> None:
        readings.append(Missed(len(self._missing), "the device started again", arrival_ns))
        self._epoch += 1
        self._asked_who_ns = None
        self._forget()


def _over(now_ns: int, then_ns: int | None, patience_ns: int) -> bool:
    """Whether it was never, or is long enough ago."""
    return then_ns is None or now_ns - then_ns >= patience_ns


def _number(text: str, limit: int) -> int:
    """Read digits; raise ValueError where they are none or too great."""
    if not (text.isascii() and text.isdecimal() and int(text) < limit):
        raise ValueError
    return int(text)


def _ticks(wraps: str, us: str) -> int:
    return _number(wraps, WRAP_US) * WRAP_US + _number(us, WRAP_US)


FGP1 = Protocol(
    name="fgp1",
    title="our own gate (FGP/1)",
    bauds=(BAUD,),
    question=QUESTION,
    stamped_by="device",
    ticks_per_s=1e6,
    wrap_ticks=None,
    rate_tolerance=0.005,  # a ceramic resonator's; nothing tells that a board has a crystal
    both_edges=True,
    heartbeat_s=1.0,
    parser=_Fgp1Parser,
)
