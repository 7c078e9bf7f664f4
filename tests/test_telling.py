"""A session's events in words and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from station.flags import MEANING, Flag
from station.gates.telling import as_keys, in_line
from station.gates.timing import Crossed, Event, Notice, Timed
from station.run import GateTime, Incomplete, gate_run

RUN = gate_run(
    12.5,
    GateTime(3.0123456789, 0.0012, 0.03, 0.03),
    fly_m=30.0,
    pace_mps=400 / 58,
    athlete="Zoë",
    flags=set(),
)
TIMED = Timed(2, RUN, 2.99)
INCOMPLETE = Incomplete(4.0, None, None, None, "marker2-only", ())
EVENTS: list[Event] = [
    TIMED,
    replace(TIMED, revises=True),
    INCOMPLETE,
    Crossed(2, 1.0, 0.001),
    Notice("gate-gone", 3.0, "COM3", "COM3 was unplugged; plug it in again"),
]


@pytest.mark.parametrize("event", EVENTS)
def test_each_says_what_it_is_and_only_a_run_has_a_fly_time(event: Event) -> None:
    keys = json.loads(json.dumps(as_keys(event), allow_nan=False))
    kinds = ["run", "revision", "incomplete", "crossing", "gate-gone"]
    assert keys["event"] == kinds[EVENTS.index(event)]
    assert ("fly_s" in keys) == (keys["event"] == "run")


def test_a_run_has_a_replays_keys_and_six_decimals() -> None:
    keys = as_keys(TIMED)
    assert (keys["number"], keys["fly_s"], keys["athlete"]) == (2, 3.012346, "Zoë")
    assert keys["velocity_mps"] == pytest.approx(30 / 3.0123456789, abs=1e-6)
    assert keys["first_break_fly_s"] == 2.99
    revised = as_keys(replace(TIMED, revises=True))
    assert revised["number"] == 2
    assert revised["run"] == {
        key: value for key, value in keys.items() if key not in ("event", "number")
    }


def test_a_coach_reads_a_line() -> None:
    line = in_line(TIMED, 30.0)
    assert line is not None
    assert line.startswith("Run 2: ✓ faster by ")
    assert line.endswith("3.01 ± 0.01 s, 9.96 ± 0.02 m/s")
    alone = replace(TIMED, run=replace(RUN, pace_400_mps=None, pace_ratio=None), revises=True)
    assert in_line(alone, 30.0) == "Run 2, corrected: 3.01 ± 0.01 s, 9.96 ± 0.02 m/s"
    doubted = replace(TIMED, run=replace(RUN, flags=(Flag.EDGES_LOST,)))
    assert in_line(doubted, 30.0) == f"{line}\n   edges-lost: {MEANING[Flag.EDGES_LOST]}"


def test_what_is_no_run_is_said_and_a_crossing_is_not() -> None:
    assert "seen at Marker 2 only" in (in_line(INCOMPLETE, 30.0) or "")
    assert in_line(EVENTS[4], 30.0) == "! COM3 was unplugged; plug it in again"
    assert in_line(Crossed(2, 1.0, 0.001), 30.0) is None
