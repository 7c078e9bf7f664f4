from __future__ import annotations

import pytest

from hardware.gates.chronopic import BROKEN_OFF_NS, CHRONOPIC, DEBOUNCE_10_MS, LATE_NS, SATURATED
from hardware.gates.protocol import Parser
from hardware.readings import BeamEdge, GateReading, Greeting, Missed

TICK_NS = 8_000
MS = 125  # ticks


def frame(blocked: bool, interval: int) -> bytes:
    return b"X" + bytes([blocked]) + interval.to_bytes(3, "big")


class Line:
    """Frames as they come: at their time, and 20 ms later."""

    def __init__(self) -> None:
        self.parser: Parser = CHRONOPIC.parser()
        self.at_ns = 10**9
        self.readings: list[GateReading] = []

    def bytes(self, data: bytes, after_ticks: int = 0) -> Line:
        self.at_ns += after_ticks * TICK_NS
        self.readings += self.parser.receive(data, self.at_ns + 20_000_000)
        return self

    def edge(self, blocked: bool, interval: int) -> Line:
        return self.bytes(frame(blocked, interval), interval)

    def stamps(self) -> list[tuple[int, int | None]]:
        edges = [one for one in self.readings if isinstance(one, BeamEdge)]
        return [(one.epoch, one.device_ticks) for one in edges]

    def missed(self) -> list[int]:
        return [one.edges for one in self.readings if isinstance(one, Missed)]


def test_times_since_the_previous_edge_add_up() -> None:
    line = Line().edge(True, 12345).edge(False, 30 * MS).edge(True, 2000 * MS)
    assert line.stamps() == [(0, 0), (0, 30 * MS), (0, 2030 * MS)]
    assert [one.blocked for one in line.readings if isinstance(one, BeamEdge)] == [1, 0, 1]
    assert line.missed() == []


def test_a_clock_half_a_percent_slow_keeps_its_chain_through_the_recoveries() -> None:
    line = Line().edge(True, 12345).edge(False, 30 * MS)
    for _ in range(3):
        told = round(120_000 * MS * 0.995)
        line.bytes(frame(True, told), 120_000 * MS).edge(False, 30 * MS)
    assert {epoch for epoch, _ in line.stamps()} == {0}
    assert line.missed() == []


@pytest.mark.parametrize("chunk", [1, 2, 3, 4, 7])
def test_an_x_within_a_time_is_no_head(chunk: int) -> None:
    data = frame(True, 0x585800) + frame(False, 0x580158) + frame(True, 0x005801)
    line = Line()
    for at in range(0, len(data), chunk):
        line.bytes(data[at : at + chunk])
    assert line.stamps() == [(0, 0), (0, 0x580158), (0, 0x580158 + 0x5801)]


def test_after_134_seconds_a_new_chain_begins_and_nothing_was_lost() -> None:
    line = Line().edge(True, 0).edge(False, 30 * MS)
    line.at_ns += 300 * 10**9
    line.bytes(frame(True, 0xFFFFFF)).edge(False, 25 * MS)
    assert line.stamps() == [(0, 0), (0, 30 * MS), (1, 0), (1, 25 * MS)]
    assert line.missed() == []
    assert Line().edge(True, 0).edge(False, SATURATED - 1).stamps()[1] == (0, SATURATED - 1)


def test_two_edges_of_one_kind_mean_that_one_was_lost() -> None:
    line = Line().edge(True, 0).edge(True, 900 * MS)
    assert line.stamps() == [(0, 0), (1, 0)]
    assert line.missed() == [1]


def test_more_time_than_was_told_means_that_some_were_lost() -> None:
    line = Line().edge(True, 0).edge(False, 30 * MS)
    line.at_ns += LATE_NS
    line.edge(True, 40 * MS)
    assert line.stamps()[-1] == (0, 70 * MS)
    line.at_ns += LATE_NS + 1_000_000
    line.edge(False, 30 * MS)
    assert line.stamps()[-1] == (1, 0)
    assert line.missed() == [0]


def test_a_frame_that_breaks_off_does_not_swallow_the_next() -> None:
    line = Line().edge(True, 0).bytes(frame(False, 30 * MS)[:3], 30 * MS)
    line.at_ns += 2 * BROKEN_OFF_NS
    line.edge(True, 1000 * MS)
    assert line.stamps() == [(0, 0), (1, 0)]
    assert line.missed()


def test_noise_breaks_the_chain_and_is_said_but_the_edges_come() -> None:
    line = Line().edge(True, 0).bytes(b"\xff\x00XY\x01").edge(False, 30 * MS)
    assert line.stamps() == [(0, 0), (1, 0)]
    assert line.missed() == [0]


def test_its_answer_to_the_question_is_heard_only_when_asked() -> None:
    line = Line().bytes(b"J")
    assert line.missed() == [0]
    line.parser.sent(b"J", line.at_ns)
    line.bytes(b"J")
    assert isinstance(line.readings[-1], Greeting)


def test_the_short_debounce_is_asked_for_once() -> None:
    parser = CHRONOPIC.parser()
    assert parser.due(0) == DEBOUNCE_10_MS == b"b\x01"
    parser.sent(DEBOUNCE_10_MS, 0)
    assert parser.due(10**12) == b""
