"""TAG Heuer lines: impulses of light gates come through, and nothing else does."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.gates.line_parser import DAY_S
from hardware.gates.tag_heuer import BY_HAND_SIGMA_S, STAMP_SIGMA_S, TAG_HEUER, TICKS_PER_S
from hardware.readings import BeamEdge, GateReading, Greeting, Missed
from station.simulator.gate_device import Build, Crystal, play
from station.simulator.gate_makes import TagHeuerDevice
from station.simulator.gates import Scenario, play_beams, workout

NOW_ns = 5_000_000_000
FLY = (
    b"TN    4    4  1 18:01:33.15300  8829\r\n"
    b"TN    4    4  4 18:01:38.10100  8829\r\n"
    b"RR    2    4           4.94800\r\n"
    b"VE 1    4 292.472 km/h\r\n"
)
BY_HAND = b"TN         4 M1  8:35:09.75300  8830\t0691\r\n"
START_us = ((18 * 60 + 1) * 60 + 33) * 1_000_000 + 153_000


def readings(data: bytes) -> list[GateReading]:
    return TAG_HEUER.parser().receive(data, NOW_ns)


def edges(data: bytes) -> list[BeamEdge]:
    return [one for one in readings(data) if isinstance(one, BeamEdge)]


def test_a_fly_is_two_breaks_and_the_device_s_own_results_are_none() -> None:
    assert readings(FLY) == [
        BeamEdge("1", True, START_us, NOW_ns, STAMP_SIGMA_S),
        BeamEdge("4", True, START_us + 4_948_000, NOW_ns, STAMP_SIGMA_S),
    ]


def test_a_simulated_workout_across_midnight_comes_out_to_the_tick() -> None:
    beams = play_beams(workout(Scenario(seed=5), runs=3))
    breaks = [one for one in beams.changes if one.blocked]
    begin_s = DAY_S - 100
    build = Build({2: "1", 3: "2"}, crystal=Crystal(uptime_s=begin_s))
    chunks = play(
        {"port": TagHeuerDevice(beams.changes, build)}, beams.changes[-1].at_ns * 1e-9 + 1.0
    )
    found = readings(b"".join(chunk.data for chunk in chunks))
    assert [one.gate for one in found if isinstance(one, BeamEdge)] == [
        build.gates[one.marker] for one in breaks
    ]
    of_day_s = [(begin_s + one.at_ns * 1e-9) % DAY_S for one in breaks]
    assert of_day_s[0] > of_day_s[-1], "midnight came between"
    for one, truth_s in zip(found, of_day_s, strict=True):
        assert isinstance(one, BeamEdge)
        assert one.device_ticks is not None
        assert -1e-9 <= truth_s - one.device_ticks / TICKS_PER_S < 1e-5 + 1e-9


def test_byte_by_byte_reads_the_same_as_whole() -> None:
    parser = TAG_HEUER.parser()
    data = FLY + BY_HAND + b"\xff\x00\r\n" + FLY
    assert [one for byte in data for one in parser.receive(bytes([byte]), NOW_ns)] == readings(data)


def test_garbage_between_lines_costs_its_own_line_alone() -> None:
    noise = random.Random(3).randbytes(5000).replace(b"\r", b"").replace(b"\n", b"")
    assert edges(FLY + noise + b"\r\n" + FLY) == [*edges(FLY), *edges(FLY)]


def test_a_key_pressed_by_hand_is_a_gate_of_its_own_and_as_uncertain_as_a_hand() -> None:
    (edge,) = edges(BY_HAND)
    assert (edge.gate, edge.stamp_sigma_s) == ("M1", BY_HAND_SIGMA_S)
    assert edge.device_ticks == (8 * 3600 + 35 * 60 + 9) * 1_000_000 + 753_000


def test_a_sum_is_held_to_where_there_is_one() -> None:
    line = b"TN    4    4  1 18:01:33.15300  8829"
    right = line + f"\t{sum(line):04X}\r\n".encode()
    assert edges(right) == edges(line + b"\r\n") != []
    for at in range(len(line)):
        wrong = bytearray(right)
        wrong[at] ^= 0x01
        assert edges(bytes(wrong)) == []
    assert edges(BY_HAND), "the document's own example holds"
    assert "no sense" in str(readings(BY_HAND.replace(b"0691", b"069A")))


def test_a_lost_line_is_seen_by_its_channel_s_count() -> None:
    data = b"".join(
        b"TN    4 %4d  %d 18:01:%02d.15300  8829\r\n" % (count, channel, second)
        for second, (channel, count) in enumerate([(1, 8), (4, 8), (1, 9), (4, 9), (1, 12)])
    )
    lost = [one.edges for one in readings(data) if isinstance(one, Missed)]
    assert lost == [2]
    assert len(edges(data)) == 5


def test_a_hand_counts_on_its_channel_s_count() -> None:
    data = (
        b"TN    4    1  1 18:01:33.15300  8829\r\n"
        b"TN    4    2 M1 18:01:34.15300  8829\r\n"
        b"TN    4    3  1 18:01:35.15300  8829\r\n"
    )
    assert [one.edges for one in readings(data) if isinstance(one, Missed)] == []


def test_the_older_printer_s_lines_are_read_too() -> None:
    assert readings(b"T       134  1 20:02:45.766000\rT       135 2  20:02:48.766001\r") == [
        BeamEdge("1", True, 72_165_766_000, NOW_ns, STAMP_SIGMA_S),
        BeamEdge("2", True, 72_168_766_001, NOW_ns, STAMP_SIGMA_S),
    ]
    (by_hand,) = edges(b"T       134 M1 20:02:45.766000\r")
    assert by_hand.gate == "M1"


@pytest.mark.parametrize(
    "line",
    [
        b"T-    4    4  1 18:01:33.15300  8829",
        b"T*    4    4  1 18:01:33.15300  8829",
        b"T+    4    4  1 18:01:33.15300  8829",
        b"T=    4    4  1 18:01:33.15300  8829",
        b"TC    4    4  1 18:01:33.15300  8829",
        b"AK C",
        b"",
    ],
)
def test_an_edited_time_is_no_impulse(line: bytes) -> None:
    assert readings(line + b"\r\n") == []


@pytest.mark.parametrize(
    "line",
    [
        b"TN    4    4  1 24:01:33.15300  8829",
        b"TN    4    4  1 18:61:33.15300  8829",
        b"TN    4    4 X1 18:01:33.15300  8829",
        b"TN    4    4  1 18:01",
        b"T       134  1 20:02:45",
    ],
)
def test_an_impulse_that_cannot_be_read_is_said(line: bytes) -> None:
    (missed,) = readings(line + b"\r\n")
    assert isinstance(missed, Missed)
    assert "no sense" in missed.why


def test_it_greets_with_its_number() -> None:
    (greeting,) = readings(b"SN 04811 CP545 VB10\r\n")
    assert greeting == Greeting("TAG Heuer CP545 VB10", "04811", None, (), NOW_ns)


@given(st.lists(st.binary(max_size=300)))
def test_nothing_received_raises(chunks: list[bytes]) -> None:
    parser = TAG_HEUER.parser()
    for at, chunk in enumerate(chunks):
        parser.receive(chunk, NOW_ns + at)
        parser.sent(chunk, NOW_ns + at)
        assert parser.due(NOW_ns + at) == b""


@given(st.text("0123456789 :.M", min_size=33, max_size=34), st.sampled_from(["TN ", "T "]))
def test_near_misses_never_leave_the_day(rest: str, start: str) -> None:
    for one in edges(f"{start}{rest}\r\n".encode()):
        assert 0 <= (one.device_ticks or 0) < 86_400_000_000
