"""A gate that somebody describes in TOML: real formats are read, and every mistake is named."""

from __future__ import annotations

import random
from math import sqrt
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hardware.gates
from hardware.errors import StationError
from hardware.gates.generic import HOST_SIGMA_S, generic_protocol
from hardware.gates.protocol import Protocol
from hardware.readings import BeamEdge, GateReading, Greeting, Missed
from station.simulator import gate_makes as rulers
from station.simulator.gate_device import Build, Crystal, play
from station.simulator.gates import Scenario, play_beams, workout

NOW_ns = 5_000_000_000
EXAMPLE = Path(hardware.gates.__file__).with_name("example.toml")
MOST_CPU_S = 0.5  # for 256 hostile bytes; Python's own expressions would take years

RALLYX = r"""
name = "rallyx"
title = "RallyX timer"
bauds = [9600]
line = 'T (?P<gate>M?\d) (?:\S+ )?(?P<ticks>\d+) (?P<sequence>\d+)'
ticks_per_s = 1000
wrap_ticks = 4294967296
question = "id\n"
greeting = 'I (?P<device>.*)'
"""
VERNIER = r"""
name = "vernier"
bauds = [9600]
line = '\d+\t(?P<ticks>\d+)'
ticks_per_s = 1_000_000
wrap_ticks = 4294967296
ignore = 'Vernier.*|Photogate.*|Time\tTime|ms\tmicroseconds'
"""
OPEN_SCIENCE = r"""
name = "open-science"
bauds = [115200]
line = '(?P<sequence>\d+)\t(?P<state>[01])\t(?P<s>\d+\.\d+)\t\S+'
broken = ["1"]
clear = ["0"]
ticks_per_s = 1_000_000
"""
AGILITY = r"""
name = "agility"
bauds = [9600]
line = '(?P<gate>(?P<restart>START)|STOP) (?P<ticks>\d+)'
ticks_per_s = 1000
"""
YOSHI = r"""
name = "yoshi"
bauds = [115200]
line = 'LOG,src,\w+,gate_id,(?P<gate>\d),event_type,1,seq,\d+,uptime_ms,\d+,now_ms,(?P<ticks>\d+)'
ticks_per_s = 1000
wrap_ticks = 4294967296
rate_tolerance = 0.0001
ignore = 'CSV.*|=.*|\[BASE\].*'
"""
BARE = r"""
name = "bare"
bauds = [9600]
line = 'B'
gate = "left"
"""
GATES = r"""
name = "gates"
bauds = [115200]
line = '(?P<gate>\d)\t(?P<state>[01])\t(?P<s>\d+\.\d+)'
broken = ["1"]
clear = ["0"]
ticks_per_s = 1_000_000
"""
CLOCK = r"""
name = "clock"
bauds = [9600]
line = '(?P<gate>\d) (?P<h>\d+):(?P<m>\d+):(?P<s>[\d.,]+)'
ticks_per_s = 1000
wrap_ticks = 86_400_000
line_ends = ";"
"""


def described(text: str, folder: Path) -> Protocol:
    path = folder / "gate.toml"
    path.write_text(text)
    return generic_protocol(path)


def readings(protocol: Protocol, data: bytes) -> list[GateReading]:
    return protocol.parser().receive(data, NOW_ns)


def edges(protocol: Protocol, data: bytes) -> list[tuple[str, bool, int | None]]:
    found = readings(protocol, data)
    return [(e.gate, e.blocked, e.device_ticks) for e in found if isinstance(e, BeamEdge)]


def test_the_example_is_a_description(tmp_path: Path) -> None:
    protocol = generic_protocol(EXAMPLE)
    assert protocol.both_edges
    assert edges(protocol, b"T 1 123456 7\nC 1 123490 8\n") == [
        ("1", True, 123456),
        ("1", False, 123490),
    ]
    uncommented = (
        EXAMPLE.read_text().replace("\n# gate", "\ngate").replace("\n# line_ends", "\nline_ends")
    )
    for key in ("question", "greeting", "ignore"):
        uncommented = uncommented.replace(f"\n# {key}", f"\n{key}")
    whole = described(uncommented, tmp_path)
    assert whole.question == b"id\n"
    assert readings(whole, b"# a comment\r\nI me\r\n") == [Greeting("me", None, None, (), NOW_ns)]


def test_rallyx(tmp_path: Path) -> None:
    rallyx = described(RALLYX, tmp_path)
    assert rallyx.ticks_per_s == 1000
    assert rallyx.stamped_by == "device"
    assert not rallyx.both_edges
    data = b"I RALLYX_TIMER\r\nT 1 123456 7\r\nT 2 00:02:07.456 127456 8\r\nT M2 128000 11\r\n"
    greeting, start, finish, missed, by_hand = readings(rallyx, data)
    assert isinstance(greeting, Greeting)
    assert greeting.device == "RALLYX_TIMER"
    assert start == BeamEdge("1", True, 123456, NOW_ns, 0.001 / sqrt(12))
    assert isinstance(finish, BeamEdge)
    assert finish.device_ticks == 127456
    assert isinstance(missed, Missed)
    assert missed.edges == 2
    assert isinstance(by_hand, BeamEdge)
    assert by_hand.gate == "M2"


def test_vernier(tmp_path: Path) -> None:
    vernier = described(VERNIER, tmp_path)
    data = (
        b"Vernier Format 2\r\nPhotogate blocked times\r\nTime\tTime\r\nms\tmicroseconds\r\n"
        b"04120\t4120388\r\n07031\t7031204\r\n"
    )
    assert edges(vernier, data) == [("1", True, 4120388), ("1", True, 7031204)]
    assert not any(isinstance(one, Missed) for one in readings(vernier, data))


def test_open_science_dac(tmp_path: Path) -> None:
    dac = described(OPEN_SCIENCE, tmp_path)
    data = b"1\t1\t0.500000\t0.500000\n2\t0\t0.531250\t0.031250\n4\t1\t1.000001\t0.1\n"
    assert edges(dac, data) == [("1", True, 500000), ("1", False, 531250), ("1", True, 1000001)]
    assert [one.edges for one in readings(dac, data) if isinstance(one, Missed)] == [1]


def test_agility_s_clock_starts_again_with_each_start(tmp_path: Path) -> None:
    found = readings(described(AGILITY, tmp_path), b"START 0\nSTOP 12345\nSTART 0\nSTOP 3000\n")
    told = [(e.gate, e.device_ticks, e.epoch) for e in found if isinstance(e, BeamEdge)]
    assert told == [("START", 0, 1), ("STOP", 12345, 1), ("START", 0, 2), ("STOP", 3000, 2)]


def test_yoshi_hack(tmp_path: Path) -> None:
    yoshi = described(YOSHI, tmp_path)
    data = (
        b"LOG,src,espnow,gate_id,0,event_type,1,seq,7,uptime_ms,90,now_ms,41000\r\n"
        b"LOG,src,espnow,gate_id,1,event_type,2,seq,8,uptime_ms,80,now_ms,42000\r\n"
        b"LOG,src,espnow,gate_id,1,event_type,1,seq,9,uptime_ms,70,now_ms,44500\r\n"
        b"CSV,1,3500,3.500,23.38,41000,44500,traditional\r\n"
    )
    assert edges(yoshi, data) == [("0", True, 41000), ("1", True, 44500)]


@pytest.mark.parametrize(
    ("text", "form", "tick_s"),
    [
        (RALLYX, rulers.RALLYX, 1e-3),
        (GATES, rulers.BOTH_EDGES, 1e-6),
        (EXAMPLE.read_text(encoding="utf-8"), rulers.EXAMPLE, 1e-3),
    ],
)
def test_a_simulated_workout_comes_out_to_the_tick(
    text: str, form: rulers.Form, tick_s: float, tmp_path: Path
) -> None:
    protocol = described(text, tmp_path)
    beams = play_beams(workout(Scenario(seed=5), runs=3))
    device = rulers.GenericDevice(
        beams.changes, Build(hold_s=0.0, crystal=Crystal(uptime_s=0.0)), form=form
    )
    chunks = play({"port": device}, beams.changes[-1].at_ns * 1e-9 + 1.0)
    found = edges(protocol, b"".join(chunk.data for chunk in chunks))
    changes = [one for one in beams.changes if one.blocked or protocol.both_edges]
    assert [(gate, broken) for gate, broken, _ in found] == [
        (str(one.marker - 1), one.blocked) for one in changes
    ]
    for (_, _, ticks), change in zip(found, changes, strict=True):
        assert ticks is not None
        assert -1e-9 <= change.at_ns * 1e-9 - ticks * tick_s < tick_s + 1e-9


def test_a_line_without_a_stamp_is_stamped_as_it_comes(tmp_path: Path) -> None:
    bare = described(BARE, tmp_path)
    assert (bare.stamped_by, bare.ticks_per_s) == ("host", None)
    assert readings(bare, b"B\r\n") == [BeamEdge("left", True, None, NOW_ns, HOST_SIGMA_S)]


def test_a_time_of_day_is_ticks_exactly(tmp_path: Path) -> None:
    clock = described(CLOCK, tmp_path)
    assert edges(clock, b"1 8:35:09.753;2 23:59:59,999;") == [
        ("1", True, 30_909_753),
        ("2", True, 86_399_999),
    ]


@pytest.mark.parametrize(
    "line",
    [
        b"1 24:00:00.0;",
        b"1 8:35:9.7.5;",
        b"1 8:35:.;",
        b"1 8:35:%s;" % (b"9" * 30),
        b"1 %s:35:09.7;" % (b"0" * 30),
    ],
)
def test_a_stamp_that_cannot_be_is_no_edge(line: bytes, tmp_path: Path) -> None:
    (missed,) = readings(described(CLOCK, tmp_path), line)
    assert isinstance(missed, Missed)


def test_a_state_that_means_nothing_is_no_edge(tmp_path: Path) -> None:
    text = RALLYX.replace("T (?P<gate>", "(?P<state>[A-Z]) (?P<gate>") + 'broken = ["T"]\n'
    protocol = described(text, tmp_path)
    assert not protocol.both_edges
    assert edges(protocol, b"T 1 5 1\nX 1 6 2\n") == [("1", True, 5)]


@pytest.mark.parametrize("text", [RALLYX, VERNIER, OPEN_SCIENCE, AGILITY, YOSHI, BARE, CLOCK])
def test_byte_by_byte_with_garbage_between_reads_the_same_as_whole(
    text: str, tmp_path: Path
) -> None:
    protocol = described(text, tmp_path)
    noise = random.Random(5).randbytes(2000)
    data = b"\n".join(
        [b"T 1 5 1", noise, b"0412\t412000", b"START 0", b"B", b"1 8:35:09.7;", noise]
    )
    parser = protocol.parser()
    single = [one for byte in data for one in parser.receive(bytes([byte]), NOW_ns)]
    assert single == readings(protocol, data)


@given(st.lists(st.binary(max_size=300)))
def test_nothing_received_raises(chunks: list[bytes]) -> None:
    parser = generic_protocol(EXAMPLE).parser()
    for at, chunk in enumerate(chunks):
        parser.receive(chunk, NOW_ns + at)
        parser.sent(chunk, NOW_ns + at)
        assert parser.due(NOW_ns + at) == b""


@pytest.mark.parametrize(
    "expression", ["(a+)+b", "(a|a)*b", "(.*)*(.*)*(.*)*(.*)*(.*)*b", "(a?){256}a{256}"]
)
def test_no_expression_can_stall_the_station(expression: str, tmp_path: Path) -> None:
    protocol = described(BARE.replace("'B'", f"'{expression}'"), tmp_path)
    before_s = process_time()
    readings(protocol, b"a" * 255 + b"\n")
    assert process_time() - before_s < MOST_CPU_S


WRONG = [
    ("nmae = 1", BARE, "`nmae`"),
    ("", BARE.replace('name = "bare"', ""), "`name`"),
    ("", BARE.replace('"bare"', '"Bare gate"'), "name"),
    ("", BARE.replace("[9600]", "[]"), "bauds"),
    ("", BARE.replace("[9600]", "9600"), "bauds"),
    ("", BARE.replace("[9600]", "[-1]"), "bauds"),
    ("", BARE.replace("'B'", "'(B'"), r"line = '\(B'.*missing \)"),
    ("", BARE.replace("'B'", "'(?=B)'"), "look-around"),
    ("", BARE.replace("'B'", "'(?P<Gate>B)'"), "a group Gate; .*gate, h"),
    ("", BARE.replace("'B'", "''"), "line"),
    ("greeting = '('", BARE, "greeting = "),
    ("greeting = '(?P<gate>x)'", BARE, "greeting names a group gate"),
    ("ignore = '(?P<gate>x)'", BARE, "mean something are: none"),
    ("ticks_per_s = 1000", BARE, "ticks_per_s is 1000.* no group ticks"),
    ("wrap_ticks = 1000", BARE, "wrap_ticks is 1000.* no group ticks"),
    ("", RALLYX.replace("ticks_per_s = 1000", ""), "ticks_per_s is missing"),
    ("", RALLYX.replace("ticks_per_s = 1000", "ticks_per_s = -1000"), "ticks_per_s"),
    ("", RALLYX.replace("ticks_per_s = 1000", "ticks_per_s = nan"), "ticks_per_s"),
    ("", RALLYX.replace("ticks_per_s = 1000", "ticks_per_s = inf"), "ticks_per_s"),
    ("", RALLYX.replace("wrap_ticks = 4294967296", "wrap_ticks = 0"), "wrap_ticks"),
    ("rate_tolerance = 0.5", RALLYX, "rate_tolerance"),
    ("rate_tolerance = -0.1", RALLYX, "rate_tolerance"),
    ("stamp_sigma_s = 0", RALLYX, "stamp_sigma_s"),
    ('broken = ["1"]', RALLYX, "no group state"),
    ("", OPEN_SCIENCE.replace('broken = ["1"]', ""), "broken is missing"),
    ("", OPEN_SCIENCE.replace('broken = ["1"]', 'broken = ["0"]'), "in broken and in clear"),
    ("", CLOCK.replace("?P<s>", ""), "no group s"),
    ("", CLOCK.replace("?P<m>", "?P<ticks>"), "keep one stamp"),
    ('question = "€"', BARE, "one byte"),
    ('line_ends = ""', CLOCK.replace('line_ends = ";"', ""), "line_ends"),
    ('title = "\\', BARE, "not TOML"),
    ("line = 'A'", BARE, "not TOML"),
]


@pytest.mark.parametrize(("more", "text", "says"), WRONG)
def test_a_mistake_is_named_in_one_line(more: str, text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(StationError, match=says) as refused:
        described(f"{text}\n{more}\n", tmp_path)
    assert "gate.toml" in str(refused.value)
    assert "mend it" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_no_file_of_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "long.toml").write_bytes(b"#" * 200_000)
    for name, says in (
        (".", "no regular file"),
        ("none.toml", "cannot read .*No such file"),
        ("bytes.toml", "not TOML"),
        ("long.toml", "has over 100000 bytes"),
    ):
        with pytest.raises(StationError, match=says) as refused:
            generic_protocol(tmp_path / name)
        assert "\n" not in str(refused.value)
