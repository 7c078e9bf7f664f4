from __future__ import annotations

import random

import pytest

from hardware.gates.fgp1 import (
    BYTE_NS,
    EAGER_BURSTS,
    EAGER_EVERY_NS,
    FGP1,
    KEPT,
    PING_EVERY_NS,
    QUESTION,
    RESENDS,
    STREAM_NS,
    framed,
)
from hardware.gates.protocol import Parser
from hardware.readings import BeamEdge, Greeting, Heartbeat, Missed, RoundTrip
from station.simulator.gate_device import Build
from station.simulator.gate_fgp import FgpDevice
from station.simulator.gates import Change

MS = 1_000_000
SECOND = 1000 * MS
HELLO = b"H,1,flygate-avr,1.0.0,5F3A91C2,17,2,EQR*8A13\n"
DOCUMENTED = (
    HELLO + b"E,41,2,B,0,1234567890*1D56\nE,42,2,R,0,1234601204*C2F2\n"
    b"E,43,3,B,0,1235534890*45DB\nS,43,0,1236000000,CC,0,4980*1FBE\n"
)


def edge(number: int, us: int, *, gate: int = 1, state: str = "B", wraps: int = 0) -> bytes:
    return framed(b"E,%d,%d,%s,%d,%d" % (number, gate, state.encode(), wraps, us))


def heartbeat(number: int, us: int) -> bytes:
    return framed(b"S,%d,0,%d,CX,0,4980" % (number, us))


@pytest.fixture
def parser() -> Parser:
    """A conversation with a device that has said who it is."""
    begun = FGP1.parser()
    begun.receive(HELLO, 0)
    return begun


def ask(parser: Parser, at_ns: int) -> bytes:
    """Send what is due, as the station does."""
    said = parser.due(at_ns)
    if said:
        parser.sent(said, at_ns)
    return said


def edges(readings: list[object]) -> list[int | None]:
    return [one.sequence for one in readings if isinstance(one, BeamEdge)]


def lost(readings: list[object]) -> list[int]:
    return [one.edges for one in readings if isinstance(one, Missed)]


def test_the_documented_lines() -> None:
    assert FGP1.parser().receive(DOCUMENTED, 5) == [
        Greeting("flygate-avr 1.0.0", "5F3A91C2", 17, ("1", "2"), 5),
        BeamEdge("2", True, 1234567890, 5, 2e-6, 0, 41),
        BeamEdge("2", False, 1234601204, 5, 2e-6, 0, 42),
        BeamEdge("3", True, 1235534890, 5, 2e-6, 0, 43),
        Heartbeat(5, 1236000000, (("2", False), ("3", False)), 0),
    ]
    assert framed(b"P,7") == b"P,7*976D\n"
    assert framed(b"R,42") == b"R,42*3074\n"
    assert QUESTION == b"?*264C\n"


def test_wraps_of_the_microseconds_count(parser: Parser) -> None:
    (one,) = parser.receive(edge(1, 5, wraps=3), 0)
    assert isinstance(one, BeamEdge)
    assert one.device_ticks == 3 * 2**32 + 5


def test_the_sigma_of_a_radio_is_believed_and_more_fields_are_borne(parser: Parser) -> None:
    (one,) = parser.receive(framed(b"E,1,1,B,0,5,700,what,ever"), 0)
    assert isinstance(one, BeamEdge)
    assert one.stamp_sigma_s == pytest.approx(700e-6)


@pytest.mark.parametrize(
    "body",
    [
        b"E,1,1,B,0",
        b"E,1,1,Z,0,5",
        b"E,65536,1,B,0,5",
        b"E,1,1,B,0,4294967296",
        b"E,-1,1,B,0,5",
        "E,١,1,B,0,5".encode(),
        b"H,2,flygate-avr,1.0.0,5F3A91C2,17,2,EQR",
        b"S,1,0",
        b"Q,1",
        b"N,1",
    ],
)
def test_a_line_that_cannot_be_is_said_and_does_nothing(parser: Parser, body: bytes) -> None:
    (one,) = parser.receive(framed(body), 7)
    assert isinstance(one, Missed)
    assert one.edges == 0
    assert edges(parser.receive(edge(1, 10), 8)) == [1]


def test_a_wrong_checksum_is_said_but_not_that_of_the_first_line() -> None:
    parser = FGP1.parser()
    assert parser.receive(b"567890*1D56\n", 0) == []
    (one,) = parser.receive(b"E,41,2,B,0,1234567891*1D56\n", 0)
    assert isinstance(one, Missed)


def test_comments_are_borne(parser: Parser) -> None:
    assert parser.receive(b"# hello, I am new here\r\n" + edge(1, 10), 0)[0] != []


def test_it_asks_who_is_there_until_it_is_told() -> None:
    parser = FGP1.parser()
    assert ask(parser, 0) == QUESTION
    assert ask(parser, 1 * SECOND) == b""
    assert ask(parser, 2 * SECOND) == QUESTION
    parser.receive(HELLO, 2 * SECOND)
    assert parser.due(4 * SECOND) == framed(b"P,0")


def test_looking_at_what_is_due_changes_nothing(parser: Parser) -> None:
    assert parser.due(0) == parser.due(0) != b""


def test_eight_pings_one_after_the_other_and_again_later(parser: Parser) -> None:
    def burst(at_ns: int) -> int:
        pings = 0
        while said := ask(parser, at_ns):
            assert parser.due(at_ns) == b""  # one at a time
            token = said[2:].partition(b"*")[0]
            at_ns += 5 * MS
            us = at_ns // 1000
            (trip,) = parser.receive(framed(b"Q,%s,0,%d,%d" % (token, us, us + 9)), at_ns)
            assert isinstance(trip, RoundTrip)
            pings += 1
        return pings

    at_ns = 0
    for pause_ns in [EAGER_EVERY_NS] * EAGER_BURSTS + [PING_EVERY_NS] * 2:
        assert burst(at_ns) == 8
        assert parser.due(at_ns + pause_ns - MS) == b""
        at_ns += pause_ns


def test_a_ping_without_an_answer_is_given_up_and_a_late_answer_is_none(parser: Parser) -> None:
    first = ask(parser, 0)
    assert ask(parser, 100 * MS) == b""
    assert ask(parser, 400 * MS) not in (b"", first)
    assert parser.receive(framed(b"Q,0,0,10,20"), 401 * MS) == []


def test_a_round_trip_leaves_out_the_time_on_the_wire(parser: Parser) -> None:
    question, answer = ask(parser, 0), framed(b"Q,0,0,4294967000,500")
    arrival_ns = 10 * MS
    (trip,) = parser.receive(answer, arrival_ns)
    assert trip == RoundTrip(
        len(question) * BYTE_NS, 2**32 - 296, 2**32 + 500, arrival_ns - len(answer) * BYTE_NS
    )


def test_an_answer_faster_than_the_wire_came_over_none(parser: Parser) -> None:
    ask(parser, 0)
    assert parser.receive(framed(b"Q,0,0,100,150"), MS) == [RoundTrip(0, 100, 150, MS)]


def test_an_edge_sent_again_is_one_edge(parser: Parser) -> None:
    assert edges(parser.receive(edge(1, 10) + edge(2, 20) + edge(1, 10), 0)) == [1, 2]


def test_a_gap_is_asked_for_and_filled(parser: Parser) -> None:
    parser.receive(edge(65534, 10), 0)
    assert edges(parser.receive(edge(1, 40), 0)) == [1]
    assert ask(parser, 0) == framed(b"R,65535")
    assert not ask(parser, 1 * MS).startswith(b"R")  # patience
    again = edge(65535, 20) + edge(0, 30) + edge(1, 40)
    assert edges(parser.receive(again, 100 * MS)) == [65535, 0]
    assert not ask(parser, SECOND).startswith(b"R")


def test_a_device_that_sends_one_edge_again_is_asked_for_the_next_soon(parser: Parser) -> None:
    parser.receive(edge(1, 10) + edge(4, 40), 0)
    assert ask(parser, 0) == framed(b"R,2")
    parser.receive(edge(2, 20), 10 * MS)
    assert not parser.due(11 * MS).startswith(b"R")  # the next may be on its way
    assert ask(parser, 10 * MS + STREAM_NS) == framed(b"R,3")


def test_a_gap_at_the_end_is_seen_by_the_heartbeat(parser: Parser) -> None:
    parser.receive(edge(1, 10) + heartbeat(2, 900), 0)
    assert ask(parser, 0) == framed(b"R,2")


def test_an_edge_behind_the_heartbeat_that_counts_it_is_taken(parser: Parser) -> None:
    assert edges(parser.receive(heartbeat(2, 900) + edge(2, 800), 0)) == [2]
    assert lost(parser.receive(heartbeat(2, 1900), 0)) == []


def test_what_the_device_no_longer_keeps_is_lost(parser: Parser) -> None:
    parser.receive(edge(1, 10) + edge(10, 100), 0)
    ask(parser, 0)
    assert lost(parser.receive(framed(b"N,2,8"), MS)) == [6]
    assert ask(parser, SECOND) == framed(b"R,8")


def test_what_is_asked_for_in_vain_is_lost_in_the_end(parser: Parser) -> None:
    parser.receive(edge(1, 10) + edge(3, 30), 0)
    asked = [ask(parser, n * 300 * MS) for n in range(RESENDS)]
    assert asked == [framed(b"R,2")] * RESENDS
    assert lost(parser.receive(heartbeat(3, 900), 2 * SECOND)) == [1]
    assert not ask(parser, 3 * SECOND).startswith(b"R")


def test_a_gap_too_long_to_be_kept_anywhere_is_lost_at_once(parser: Parser) -> None:
    parser.receive(edge(1, 10), 0)
    assert lost(parser.receive(edge(5002, 100), 0)) == [5000 - KEPT]


def test_another_boot_is_another_epoch(parser: Parser) -> None:
    parser.receive(edge(7, 9_000_000), 0)
    again = framed(b"H,1,flygate-avr,1.0.0,5F3A91C2,18,2,EQR")
    readings = parser.receive(again + again + edge(1, 5000), SECOND)
    assert [one.epoch for one in readings if isinstance(one, BeamEdge)] == [1]
    assert ask(parser, SECOND) == framed(b"P,0")  # the clock is another


@pytest.mark.parametrize("line", [edge(7, 5000), edge(1, 5000), heartbeat(0, 5000)])
def test_a_restart_that_nobody_heard_of_is_seen_by_the_time(parser: Parser, line: bytes) -> None:
    parser.receive(edge(7, 9_000_000), 0)
    readings = parser.receive(line, SECOND)
    assert [one.epoch for one in readings if isinstance(one, BeamEdge | Heartbeat)] == [1]
    assert ask(parser, SECOND) == QUESTION


def test_a_mad_sensor_leaves_no_memory_behind(parser: Parser) -> None:
    for number in range(3 * KEPT):
        parser.receive(edge(2 * number, 100 * number), 0)
    assert max(len(kept) for kept in vars(parser).values() if hasattr(kept, "__len__")) <= KEPT


EDGES_S = 60.0
NOISE_SHARE = 0.004  # of bytes


def test_over_a_noisy_line_every_edge_comes_once() -> None:
    rng = random.Random(11)
    changes = [
        Change(round((2 + n * 0.07 + rng.uniform(0, 0.03)) * SECOND), 2 + n // 2 % 2, n % 2 == 0)
        for n in range(round(EDGES_S / 0.07))
    ]
    device, parser = FgpDevice(changes, Build(seed=4)), FGP1.parser()
    found: list[BeamEdge] = []
    damaged = 0
    for at_ns in range(0, round((EDGES_S + 10) * SECOND), 5 * MS):
        for chunk_ns, data in device.say(at_ns):
            noisy = bytes(one ^ 4 if rng.random() < NOISE_SHARE else one for one in data)
            damaged += noisy != data
            found += [one for one in parser.receive(noisy, chunk_ns) if isinstance(one, BeamEdge)]
        if said := ask(parser, at_ns):
            device.hear(said, at_ns)
    assert damaged > len(changes) / 20
    assert len({one.sequence for one in found}) == len(found) == len(changes)
    assert {one.epoch for one in found} == {0}
