"""ALGE lines: impulses of light gates come through, and nothing else does."""

from __future__ import annotations

import random
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.gates.alge import ALGE, TICKS_PER_S
from hardware.gates.line_parser import DAY_S
from hardware.readings import BeamEdge, GateReading, Greeting, Missed
from station.simulator.gate_device import Build, Crystal, play
from station.simulator.gate_makes import AlgeDevice
from station.simulator.gates import Scenario, play_beams, workout

NOW_ns = 5_000_000_000
FLY = b"?0300 C0  08:53:39.4922 00\r?0300 C1  08:53:42.5927 00\r"  # of a recorded session, and on
SUMMED = b" 0002 C0  10:27:28.4172 00=9\r"


def readings(data: bytes) -> list[GateReading]:
    return ALGE.parser().receive(data, NOW_ns)


def ticks(hours: int, minutes: int, ten_thousandths: int) -> int:
    return (hours * 60 + minutes) * 600_000 + ten_thousandths


def impulse(line: bytes) -> BeamEdge:
    (edge,) = readings(line + b"\r")
    assert isinstance(edge, BeamEdge)
    return edge


def test_a_fly_is_two_breaks_with_their_time_of_day() -> None:
    start, finish = readings(FLY)
    assert start == BeamEdge("C0", True, ticks(8, 53, 39_4922), NOW_ns, 0.0001)
    assert finish == BeamEdge("C1", True, ticks(8, 53, 42_5927), NOW_ns, 0.0001)


def test_a_simulated_workout_across_midnight_comes_out_to_the_tick() -> None:
    beams = play_beams(workout(Scenario(seed=5), runs=3))
    breaks = [one for one in beams.changes if one.blocked]
    begin_s = DAY_S - 100
    build = Build({2: "C0", 3: "C1"}, crystal=Crystal(uptime_s=begin_s))
    chunks = play({"port": AlgeDevice(beams.changes, build)}, beams.changes[-1].at_ns * 1e-9 + 1.0)
    found = readings(b"".join(chunk.data for chunk in chunks))
    assert [one.gate for one in found if isinstance(one, BeamEdge)] == [
        build.gates[one.marker] for one in breaks
    ]
    of_day_s = [(begin_s + one.at_ns * 1e-9) % DAY_S for one in breaks]
    assert of_day_s[0] > of_day_s[-1], "midnight came between"
    for one, truth_s in zip(found, of_day_s, strict=True):
        assert isinstance(one, BeamEdge)
        assert one.device_ticks is not None
        assert -1e-9 <= truth_s - one.device_ticks / TICKS_PER_S < 1e-4 + 1e-9


def test_byte_by_byte_reads_the_same_as_whole() -> None:
    parser = ALGE.parser()
    data = FLY + SUMMED + b"\xff\x00\r" + FLY
    assert [one for byte in data for one in parser.receive(bytes([byte]), NOW_ns)] == readings(data)


def test_garbage_between_lines_costs_its_own_line_alone() -> None:
    noise = random.Random(3).randbytes(5000).replace(b"\r", b"").replace(b"\n", b"")
    edges = [one for one in readings(FLY + noise + b"\r" + FLY) if isinstance(one, BeamEdge)]
    assert edges == [*readings(FLY), *readings(FLY)]


@pytest.mark.parametrize(
    ("channel", "gate", "sigma_s"),
    [(b"c0", "C0", 0.0001), (b"C4", "C4", 0.0001), (b"c5", "C5", 0.01 / sqrt(12))],
)
def test_channels_are_named_alike_and_stamped_as_finely_as_the_maker_says(
    channel: bytes, gate: str, sigma_s: float
) -> None:
    edge = impulse(b" 0002 " + channel + b"  10:27:28.4172 00")
    assert (edge.gate, edge.stamp_sigma_s) == (gate, sigma_s)


def test_hundredths_are_not_ten_thousandths() -> None:
    assert impulse(b" 0002 C5  10:27:28.41   00").device_ticks == ticks(10, 27, 28_4100)


def test_hours_may_have_a_blank_and_a_rank_may_follow() -> None:
    assert impulse(b"      C0   0:27:28.4172 000001").device_ticks == ticks(0, 27, 28_4172)


def test_the_day_ends_before_its_wrap() -> None:
    assert ALGE.wrap_ticks is not None
    assert impulse(b" 0002 C0  23:59:59.9999 00").device_ticks == ALGE.wrap_ticks - 1


def test_a_sum_is_held_to_where_there_is_one() -> None:
    assert isinstance(readings(SUMMED)[0], BeamEdge)
    for at in range(26):
        wrong = bytearray(SUMMED)
        wrong[at] ^= 0x01
        assert not any(isinstance(one, BeamEdge) for one in readings(bytes(wrong)))


@pytest.mark.parametrize("line", [b" 0002 C0M 10:27:28.4172 00", b"i0002 C0  10:27:28.4172 00"])
def test_a_hand_is_no_light_gate_and_that_is_said(line: bytes) -> None:
    (missed,) = readings(line + b"\r")
    assert isinstance(missed, Missed)
    assert "C0 was given by hand" in missed.why


@pytest.mark.parametrize(
    "line",
    [
        b" 0002 RT  00:00:03.1005 00",  # a run's result, a total, a rank
        b" 0002 TT  00:00:03.1005 00",
        b" 0002 SQ  00:00:03.1005 00",
        b"m0002 C0  10:27:28.4172 00",  # from the memory, cleared, cleared since, disqualified
        b"c0002 C0  10:27:28.4172 00",
        b"C0002 C0  10:27:28.4172 00",
        b"d0002 C0  10:27:28.4172 00",
        b"n0002",  # a bib is asked for
        b"PROG Backup",
    ],
)
def test_what_is_no_fresh_impulse_passes_in_silence(line: bytes) -> None:
    assert readings(line + b"\r") == []


@pytest.mark.parametrize(
    "line",
    [
        b" 0002 C0  24:00:00.0000 00",
        b" 0002 C0  10:60:28.4172 00",
        b" 0002 C9  10:27:28.4172 00",
        b" 0002 C0  10:27:28.4172",
        b" 0002 C0  10:27:28 00",
    ],
)
def test_what_no_timer_says_is_no_edge(line: bytes) -> None:
    assert not any(isinstance(one, BeamEdge) for one in readings(line + b"\r"))


def test_it_greets() -> None:
    assert readings(b"NSFV0982\r") == [Greeting("ALGE NSFV0982", None, None, (), NOW_ns)]


@given(st.lists(st.binary(max_size=300)))
def test_nothing_received_raises(chunks: list[bytes]) -> None:
    parser = ALGE.parser()
    for at, chunk in enumerate(chunks):
        parser.receive(chunk, NOW_ns + at)
        parser.sent(chunk, NOW_ns + at)
        assert parser.due(NOW_ns + at) == b""


@given(st.text("0123456789 C:.?Mi=", min_size=26, max_size=30))
def test_near_misses_never_leave_the_day(line: str) -> None:
    for one in readings(line.encode() + b"\r"):
        assert not isinstance(one, BeamEdge) or 0 <= (one.device_ticks or 0) < 864_000_000
