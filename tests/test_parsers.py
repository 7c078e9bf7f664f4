"""What every gate protocol owes the station, whatever comes over its line."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hardware.gates
from hardware.errors import StationError
from hardware.gates.fgp1 import framed
from hardware.gates.generic import generic_protocol
from hardware.gates.known import PROTOCOLS, protocol_given
from hardware.gates.protocol import Protocol
from hardware.readings import BeamEdge, GateReading, Missed

MS = 1_000_000
EXAMPLE = Path(hardware.gates.__file__).with_name("example.toml")
MEMORY_BYTES = 100_000
MAD_EDGES = 8000
NOISY_BYTES = 60_000


def _fgp1(number: int, ms: int) -> bytes:
    state = b"B" if number % 2 else b"R"
    return framed(b"E,%d,1,%s,0,%d" % (number, state, ms * 1000))


def _wichro(number: int, ms: int) -> bytes:
    return b"5;%d;%d\r\n" % (ms, (number + 1) % 2)


def _chronopic(number: int, ms: int) -> bytes:
    return b"X" + bytes([number % 2]) + (EVERY_MS * 125).to_bytes(3, "big")


def _alge(number: int, ms: int) -> bytes:
    return b" %04d C0  10:%02d:%02d.%04d 00\r" % (
        number % 10000, ms // 60000, ms // 1000 % 60, ms % 1000 * 10,
    )  # fmt: skip


def _tag_heuer(number: int, ms: int) -> bytes:
    body = b"TN      %4d  1 10:%02d:%02d.%05d  8830" % (
        number, ms // 60000, ms // 1000 % 60, ms % 1000 * 100,
    )  # fmt: skip
    return b"%s\t%04X\r\n" % (body, sum(body) & 0xFFFF)


def _modem_lines(number: int, ms: int) -> bytes:
    return b"CTS %d %d\n" % (number % 2, ms * MS)


EVERY_MS = 40
SPEECH: dict[str, Callable[[int, int], bytes]] = {
    "fgp1": _fgp1,
    "wichro": _wichro,
    "chronopic": _chronopic,
    "alge": _alge,
    "tag-heuer": _tag_heuer,
    "modem-lines": _modem_lines,
    "modem-lines-inverted": _modem_lines,
}
KNOWN = pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda one: one.name)
ALL = pytest.mark.parametrize(
    "protocol", [*PROTOCOLS, generic_protocol(EXAMPLE)], ids=lambda one: one.name
)


def spoken(protocol: Protocol, edges: int = 20) -> list[tuple[bytes, int]]:
    """Edges as the device says them, and when it does."""
    speak = SPEECH[protocol.name]
    return [(speak(n, n * EVERY_MS), n * EVERY_MS * MS) for n in range(1, edges + 1)]


def heard(protocol: Protocol, chunks: list[tuple[bytes, int]]) -> list[GateReading]:
    parser = protocol.parser()
    return [one for data, at_ns in chunks for one in parser.receive(data, at_ns)]


def edges(readings: list[GateReading]) -> list[tuple[str, bool, int | None]]:
    found = [one for one in readings if isinstance(one, BeamEdge)]
    return [(one.gate, one.blocked, one.device_ticks) for one in found]


@KNOWN
def test_all_edges_are_heard(protocol: Protocol) -> None:
    readings = heard(protocol, spoken(protocol))
    assert len(edges(readings)) == len(readings) == 20
    ticks = [one[2] for one in edges(readings)]
    if protocol.ticks_per_s is not None:
        assert None not in ticks
        gaps = {b - a for a, b in pairwise(one for one in ticks if one is not None)}
        assert gaps == {EVERY_MS * protocol.ticks_per_s / 1000}


@KNOWN
def test_wherever_the_chunks_are_cut_the_readings_are_the_same(protocol: Protocol) -> None:
    whole = spoken(protocol)
    data = b"".join(one[0] for one in whole)
    expected = edges(heard(protocol, whole))
    assert edges(heard(protocol, [(data, MS)])) == expected
    assert edges(heard(protocol, [(data[n : n + 1], MS) for n in range(len(data))])) == expected
    cuts = sorted(random.Random(3).sample(range(len(data)), 30))
    pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    assert edges(heard(protocol, [(one, MS) for one in pieces])) == expected


@KNOWN
def test_garbage_between_is_said_and_costs_no_edge(protocol: Protocol) -> None:
    garbage = random.Random(5).randbytes(60).replace(b"X", b"Y") + b"\r\n"
    chunks = [chunk for one in spoken(protocol) for chunk in (one, (garbage, one[1]))]
    readings = heard(protocol, chunks)
    told = [one[:2] for one in edges(readings)]
    assert told == [one[:2] for one in edges(heard(protocol, spoken(protocol)))]
    assert any(isinstance(one, Missed) for one in readings)


@ALL
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_nothing_received_can_raise(protocol: Protocol, data: st.DataObject) -> None:
    pieces = st.binary(max_size=40)
    if protocol.name in SPEECH:
        lines = st.builds(SPEECH[protocol.name], st.integers(0, 9999), st.integers(0, 3_000_000))
        damaged = st.builds(lambda line, at, put: line[:at] + put + line[at:], lines,
                            st.integers(0, 40), pieces)  # fmt: skip
        pieces = pieces | lines | damaged
    parser, at_ns = protocol.parser(), 0
    for chunk in data.draw(st.lists(pieces, max_size=20)):
        at_ns += data.draw(st.integers(0, 10**10))
        for reading in parser.receive(chunk, at_ns):
            assert reading.arrival_ns == at_ns or not isinstance(reading, BeamEdge | Missed)
        if due := parser.due(at_ns):
            parser.sent(due, at_ns)
        parser.sent(chunk, at_ns)


@ALL
def test_what_never_ends_takes_no_memory(protocol: Protocol) -> None:
    rng = random.Random(7)
    parser = protocol.parser()
    noise = [rng.randbytes(1000) for _ in range(20)] + [b"X" * 1000, b"1" * 1000, b"\n" * 1000]

    def feed(at_ns: int) -> None:
        for n in range(NOISY_BYTES // 1000):
            parser.receive(noise[n % len(noise)], at_ns + n * MS)

    feed(0)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        feed(10**12)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < MEMORY_BYTES


@KNOWN
def test_a_mad_sensor_takes_no_memory(protocol: Protocol) -> None:
    parser = protocol.parser()
    tracemalloc.start()
    try:
        for number in range(MAD_EDGES):
            at_ns = number * MS
            parser.receive(SPEECH[protocol.name](number % 10_000, number), at_ns)
            if number == MAD_EDGES // 4:
                before, _ = tracemalloc.get_traced_memory()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < MEMORY_BYTES


@ALL
def test_looking_at_what_is_due_changes_nothing(protocol: Protocol) -> None:
    one, other = protocol.parser(), protocol.parser()
    for at_ns in range(0, 10**10, 10**9):
        other.due(at_ns)
        other.due(at_ns)
    assert one.due(10**10) == other.due(10**10)


def test_every_protocol_has_a_name_of_its_own_and_speech_to_test_it_with() -> None:
    names = [one.name for one in PROTOCOLS]
    assert len(set(names)) == len(names)
    assert set(names) == set(SPEECH)


def test_a_protocol_is_given_by_name_or_by_file() -> None:
    assert [protocol_given(one.name) for one in PROTOCOLS] == list(PROTOCOLS)
    assert protocol_given(str(EXAMPLE)).name == generic_protocol(EXAMPLE).name
    with pytest.raises(StationError, match="fgp1, chronopic"):
        protocol_given("fgp2")
    with pytest.raises(StationError, match=r"none\.toml"):
        protocol_given("none.toml")
