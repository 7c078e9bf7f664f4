"""TAG Heuer Chronoprinter CP 540, CP 545, HL and CP 520: impulses as they are written to RS-232.

It decides which of the lines are impulses. A key pressed by hand is a gate of its own, M1 to M4,
and as uncertain as a hand (the maker: "the manual timing keys do not guarantee timing precision").
It never takes a result or an edited time for an impulse, and it acknowledges nothing: the setting
"9600 Flow Ctrl" is not served.

CP 540 and its kin say `TN NNNN SSSS CC HH:MM:SS.FFFFF DDDDD` (bib, count, channel, time of day,
days since 2000; blank-padded; document THCOM08), then, where switched on, a tabulator and the sum
of the bytes before it as 4 hexadecimal digits. CP 520 says `T`, a number in 10 columns, channel
and time of day to the microsecond: 30 characters. The days are left alone: a stamp wraps at
midnight with all of them.
"""

from __future__ import annotations

import re

from hardware.gates.line_parser import Count, LineParser, day_timer, senseless, ticks_of_day
from hardware.readings import BeamEdge, GateReading, Greeting

TICKS_PER_S = 1_000_000
STAMP_SIGMA_S = 0.0001  # of photocell and input; the printed digits go further than that
BY_HAND_SIGMA_S = 0.1  # of a key that is pressed, M1 to M4

_TIME = r"(?P<h>[ 01]\d|2[0-3]):(?P<m>[0-5]\d):(?P<s>[0-5]\d)\.(?P<fraction>\d{2,6})"
_CHANNEL = r"(?P<channel>[ M]\d|\d )"
_CP540 = re.compile(
    rf"TN [ \d]{{4}} (?P<count>[ \d]{{3}}\d) {_CHANNEL} {_TIME}[ \d]*",
    re.ASCII,
)
_CP520 = re.compile(rf"T [ \d]{{9}} {_CHANNEL} {_TIME}", re.ASCII)
_GREETING = re.compile(r"SN (?P<uid>\d{1,5}) (?P<device>\S+ \S+)( .*)?", re.ASCII)


class TagHeuerParser(LineParser):
    """Reads what a Chronoprinter says."""

    def __init__(self) -> None:
        """Start a conversation."""
        super().__init__()
        # It counts each channel for itself: the 4th start and the 4th finish are both number 4. So
        # the numbers show what was lost, and are no sequence of the edges.
        self._counts: dict[str, Count] = {}

    def _read(self, line: str, arrival_ns: int) -> list[GateReading]:
        text, _, checksum = line.partition("\t")
        if checksum and checksum.upper() != f"{_sum(text):04X}":
            return senseless(line, arrival_ns)
        if greeting := _GREETING.fullmatch(text):
            device = f"TAG Heuer {greeting['device']}"
            return [Greeting(device, greeting["uid"], None, (), arrival_ns)]
        if found := _CP540.fullmatch(text):
            count = self._counts.setdefault(found["channel"].strip(" M"), Count())
            lost = count.lost_before(int(found["count"].replace(" ", "")), arrival_ns)
            return [*lost, _edge(found, arrival_ns)]
        if found := _CP520.fullmatch(text):
            return [_edge(found, arrival_ns)]
        # Answers, results, speeds, edited times; but an impulse that cannot be read is none.
        other = text.isascii() and text.isprintable() and not text.startswith(("TN", "T "))
        return [] if other else senseless(line, arrival_ns)


def _edge(found: re.Match[str], arrival_ns: int) -> BeamEdge:
    gate = found["channel"].strip()
    return BeamEdge(
        gate=gate,
        blocked=True,
        device_ticks=ticks_of_day(found, TICKS_PER_S),
        arrival_ns=arrival_ns,
        stamp_sigma_s=BY_HAND_SIGMA_S if gate.startswith("M") else STAMP_SIGMA_S,
    )


def _sum(text: str) -> int:
    """CS16: the sum of all bytes before the tabulator."""
    return sum(text.encode("latin-1")) & 0xFFFF


TAG_HEUER = day_timer(
    name="tag-heuer",
    title="TAG Heuer CP 540, CP 545, HL or CP 520",
    bauds=(9600, 38400, 57600, 2400),
    question=b"#SN\r\n",
    ticks_per_s=TICKS_PER_S,
    parser=TagHeuerParser,
)
