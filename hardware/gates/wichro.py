"""Chronojump WICHRO: a receiver that writes a line for each edge its wireless terminals report.

It decides which lines are edges and when the receiver's count began anew. The receiver stamps an
edge when the radio has brought it, so no stamp is better than the radio. It sends nothing: a
receiver that is not asked tells every edge.

Source: GNOME/chronojump, arduino/WiFi/control (the receiver's text mode).
"""

from __future__ import annotations

import re

from hardware.gates.lines import Lines
from hardware.gates.protocol import Protocol
from hardware.readings import BeamEdge, GateReading, Greeting, Missed

STAMP_SIGMA_S = 0.002  # milliseconds, a debounced terminal, a radio that tries again
WRAP_MS = 1 << 32
HIGHEST_TERMINAL = 63  # six switches

_EDGE = re.compile(rb"(\d{1,2});(\d{1,10});([01])")
_REPLY = re.compile(rb"\d{1,2};\d{1,10};[01];\d{1,10}")  # to a ping or for the battery: no edge
_TALK = re.compile(rb"[ -/:-~][ -~\t]*")  # its headings and answers begin with no digit
_NAME = b"Wifi-Controller-"


class _WichroParser:
    """One conversation with one receiver."""

    def __init__(self) -> None:
        self._lines = Lines()
        self._whole = False  # the first line may be the rest of one
        self._epoch = 0
        self._wraps = 0
        self._last_ms: int | None = None

    def receive(self, data: bytes, arrival_ns: int) -> list[GateReading]:
        """Take bytes; see `Parser`."""
        readings: list[GateReading] = []
        for line in self._lines.feed(data):
            edge = _EDGE.fullmatch(line)
            if edge and int(edge[1]) <= HIGHEST_TERMINAL and int(edge[2]) < WRAP_MS:
                ticks = self._ticks(int(edge[2]))
                readings.append(
                    BeamEdge(
                        gate=str(int(edge[1])),
                        blocked=edge[3] == b"0",
                        device_ticks=ticks,
                        arrival_ns=arrival_ns,
                        stamp_sigma_s=STAMP_SIGMA_S,
                        epoch=self._epoch,
                    )
                )
            elif line.startswith(_NAME) and line.isascii():
                device = "WICHRO " + line.removeprefix(_NAME).decode()
                readings.append(Greeting(device, None, None, (), arrival_ns))
            elif self._whole and not _REPLY.fullmatch(line) and not _TALK.fullmatch(line):
                said = line[:40].decode("ascii", "backslashreplace")
                readings.append(Missed(0, f"no WICHRO line: '{said}'", arrival_ns))
            self._whole = True
        return readings

    def _ticks(self, ms: int) -> int:
        """Milliseconds with the wraps counted; a count that steps back otherwise begins anew."""
        if self._last_ms is not None and ms < self._last_ms:
            if self._last_ms - ms > WRAP_MS // 2:
                self._wraps += 1
            else:
                self._epoch, self._wraps = self._epoch + 1, 0
        self._last_ms = ms
        return self._wraps * WRAP_MS + ms

    def sent(self, data: bytes, at_ns: int) -> None:
        """Nothing that is sent changes what is received; see `Parser`."""

    def due(self, now_ns: int) -> bytes:  # noqa: ARG002
        """Nothing, ever; see `Parser`."""
        return b""


WICHRO = Protocol(
    name="wichro",
    title="Chronojump WICHRO receiver",
    bauds=(115_200,),
    question=b"local:get_version;\n",
    stamped_by="device",
    ticks_per_s=1e3,
    wrap_ticks=None,  # counted here, for only here a wrap is told from a restart
    rate_tolerance=0.005,  # a board with a ceramic resonator
    both_edges=True,
    heartbeat_s=None,
    parser=_WichroParser,
)
