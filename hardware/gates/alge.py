"""ALGE Timy and TdC: impulses as they are written to the RS-232 line.

It decides which of the lines are impulses of a light gate. It never takes the timer's results,
keys pressed by hand, or what was stored, corrected or cleared for a crossing.

A line is `yNNNNxCCCxHH:MM:SS.zhtqxGGRRRR` and CR (Timy3 manual, "RS232 interface"): flag y, bib,
channel, time of day, group and rank; after the command CHK1 two characters of a sum follow the 26
up to the group.
"""

from __future__ import annotations

import re
from math import sqrt

from hardware.gates.line_parser import LineParser, day_timer, senseless, ticks_of_day
from hardware.readings import BeamEdge, GateReading, Greeting, Missed

TICKS_PER_S = 10_000
SUMMED = 26  # characters of a line that the sum covers
# Impulses that come at once on two channels differ by up to 0.3 ms, as users of it report.
FINE_SIGMA_S = 0.0001
COARSE_SIGMA_S = 0.01 / sqrt(12)  # C5 to C8 are read in hundredths of a second

_IMPULSE = re.compile(
    r"(?P<flag>[ ?i])[ \d]{4} (?P<channel>[Cc][0-8])(?P<key>[ Mm]) "
    r"(?P<h>[ 01]\d|2[0-3]):(?P<m>[0-5]\d):(?P<s>[0-5]\d)\.(?P<fraction>\d{2,4}) {0,2} [ \d]{2}",
    re.ASCII,
)


class AlgeParser(LineParser):
    """Reads what a Timy or TdC says."""

    def _read(self, line: str, arrival_ns: int) -> list[GateReading]:
        if line.startswith("NSF") and "?" not in line:  # else an echo of the question
            return [Greeting(f"ALGE {line}", None, None, (), arrival_ns)]
        found = _IMPULSE.match(line)
        if found is None:
            # Results (RT, TT, SQ), answers to commands, impulses stored or struck out.
            return [] if line.isascii() and line.isprintable() else senseless(line, arrival_ns)
        if found.end() != SUMMED or not _sum_holds(line):
            return senseless(line, arrival_ns)
        channel = found["channel"].upper()
        if found["flag"] == "i" or found["key"] != " ":
            return [Missed(0, f"{channel} was given by hand; that is no light gate", arrival_ns)]
        return [
            BeamEdge(
                gate=channel,
                blocked=True,
                device_ticks=ticks_of_day(found, TICKS_PER_S),
                arrival_ns=arrival_ns,
                stamp_sigma_s=FINE_SIGMA_S if channel < "C5" else COARSE_SIGMA_S,
            )
        ]


def _sum_holds(line: str) -> bool:
    """Whether the sum is right, where there is one: each half of the byte has 0x30 added."""
    if len(line) != SUMMED + 2:
        return True
    total = sum(line[:SUMMED].encode("latin-1")) & 0xFF
    return line[SUMMED:] == chr(0x30 + (total >> 4)) + chr(0x30 + (total & 0xF))


ALGE = day_timer(
    name="alge",
    title="ALGE Timy or TdC",
    bauds=(9600, 38400),
    question=b"NSF?\r",
    ticks_per_s=TICKS_PER_S,
    parser=AlgeParser,
)
