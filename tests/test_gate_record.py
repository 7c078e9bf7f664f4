"""The record of a session: what is kept, and what is refused when it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardware.errors import StationError
from station.gates.record import (
    Closed,
    Gone,
    Opened,
    Received,
    Recorder,
    Sent,
    Setup,
    Traffic,
    check_new,
    looks_like_record,
    read_record,
)

SETUP = Setup(30.0, ("/dev/ttyUSB0",), {"1": 2, "2": 3}, (3.0, 13.0), 58.0, "Ann")
EVERY_BYTE = bytes(range(256)).decode("latin-1")
TRAFFIC: list[Traffic] = [
    Opened(5, 0, "/dev/ttyUSB0", "fgp1"),
    Sent(6, 0, "?*264C\n"),
    Received(7, 0, EVERY_BYTE),
    Gone(9, 0),
    Opened(12, 0, "/dev/ttyUSB1", "shed", 'name = "shed"\n'),
    Closed(20),
]


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "session.jsonl"
    with Recorder(path, SETUP) as recorder:
        for one in TRAFFIC:
            recorder.keep(one)
    return path


def test_what_is_kept_is_read(record: Path) -> None:
    assert looks_like_record(record)
    setup, traffic = read_record(record)
    assert setup == SETUP
    assert list(traffic) == TRAFFIC


def test_each_is_in_the_file_before_the_next(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    with Recorder(path, SETUP) as recorder:
        assert not path.exists()  # a session that never began leaves nothing
        for number, one in enumerate(TRAFFIC, start=1):
            recorder.keep(one)
            assert list(read_record(path)[1]) == TRAFFIC[:number]


def test_a_line_cut_in_two_is_left_out(record: Path) -> None:
    whole = record.read_bytes()
    second = whole.index(b"\n", whole.index(b"\n") + 1)
    for size in range(second + 1, len(whole)):
        record.write_bytes(whole[:size])
        assert list(read_record(record)[1]) == TRAFFIC[: whole[:size].count(b"\n") - 1]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"\x00\xff{", "line 3 is no line"),
        (b"[]", "line 3 is no line"),
        (b'{"record":"noise","at_ns":6}', "line 3 is no line"),
        (b'{"record":"in","at_ns":6,"slot":0}', "text"),
        (b'{"record":"in","at_ns":6,"slot":0,"text":"\xe2\x82\xac"}', "line 3 is no line"),
        (b'{"record":"in","at_ns":6.5,"slot":0,"text":""}', "line 3 is no line"),
        (b'{"record":"in","at_ns":4,"slot":0,"text":""}', "line 3: time goes back"),
        (b'{"record":"in","at_ns":1000000000000000000,"slot":0,"text":""}', "line 3: time leaps"),
        (b'{"record":"in","at_ns":6,"slot":1,"text":""}', "line 3: slot 1 is none of its 1 port"),
        (b'{"record":"in","at_ns":6,"slot":-1,"text":""}', "line 3: slot -1"),
        (b'"' + b"x" * 2_000_000 + b'"', "line 3"),
    ],
)
def test_a_damaged_line_is_named(record: Path, line: bytes, said: str) -> None:
    lines = record.read_bytes().splitlines()
    lines[2] = line
    record.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(StationError, match=said):
        list(read_record(record)[1])


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        (b'"fly_m":30.0,', b"", "fly_m"),
        (b'"fly_m":30.0', b'"fly_m":0.0', "fly_m"),
        (b"[3.0,13.0]", b"[3.0,0.0]", "speeds_mps"),
        (b"[3.0,13.0]", b"[13.0,3.0]", "slowest"),
        (b'"pace_400_s":58.0', b'"pace_400_s":-1', "pace_400_s"),
        (b'"version":1', b'"version":2', "version 2"),
        (b'"version":1}', b'"version":1', "line 1 is no line"),
    ],
)
def test_a_damaged_setup_is_named(record: Path, was: bytes, now: bytes, said: str) -> None:
    whole = record.read_bytes()
    assert whole.count(was) == 1
    record.write_bytes(whole.replace(was, now))
    with pytest.raises(StationError, match=said):
        read_record(record)


def test_what_is_no_record(tmp_path: Path) -> None:
    path = tmp_path / "fly.mp4"
    assert not looks_like_record(path)
    for content in (b"", b"\x00\x00\x00\x18ftypmp42", b'{"record":"another"}\n'):
        path.write_bytes(content)
        assert not looks_like_record(path)
        with pytest.raises(StationError, match="line 1"):
            read_record(path)
    with pytest.raises(StationError, match="cannot read"):
        read_record(tmp_path / "none")


def test_where_no_record_can_be_begun(record: Path, tmp_path: Path) -> None:
    for path, said in (
        (record, "will not write over"),
        (tmp_path, "will not write over"),
        (Path("/dev/full"), "will not write over"),
        (tmp_path / "none" / "session.jsonl", "there is no folder"),
        (Path("/proc/session.jsonl"), "cannot write"),
    ):
        with pytest.raises(StationError, match=said), Recorder(path, SETUP) as recorder:
            recorder.keep(TRAFFIC[0])
    with pytest.raises(StationError):
        check_new(record)
