"""`station replay` of a record: the runs of the live session, as a table, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from station.cli import main
from station.gates.record import Closed, Gone, Opened, Received, Recorder, Sent, Setup, Traffic
from station.gates.replay import CUT_SHORT, replay_gates
from station.gates.timing import GateTiming, Timed
from station.simulator.gate_device import Build
from station.simulator.gate_fgp import FgpDevice
from station.simulator.gates import Scenario, play_beams, workout

NS = 1_000_000_000
STEP_S = 0.02
RUNS = 3
SETUP = Setup(30.0, ("gate",), {}, (3.0, 13.0), 58.0, "Ann")


def session(until_s: float) -> tuple[list[Traffic], list[Timed]]:
    """What goes over the line of a simulated gate, and what the live fold tells of it."""
    beams = play_beams(workout(Scenario(seed=4, fly_m=30.0), RUNS, first_s=10.0, rest_s=5.0))
    device = FgpDevice(beams.changes, Build())
    fold = GateTiming(SETUP)
    traffic: list[Traffic] = [Opened(0, 0, "gate", "fgp1")]
    told = fold.feed(traffic[0])
    for step in range(1, round(until_s / STEP_S)):
        now_ns = round(step * STEP_S * NS)
        new: list[Traffic] = [
            Received(at_ns, 0, said.decode("latin-1")) for at_ns, said in device.say(now_ns)
        ]
        if wanted := fold.wanted(0, now_ns):
            device.hear(wanted, now_ns)
            new.append(Sent(now_ns, 0, wanted.decode("latin-1")))
        for one in new:
            told += fold.feed(one)
        told += fold.advance(now_ns)
        traffic += new
    traffic.append(Closed(now_ns))
    told += fold.feed(traffic[-1])
    return traffic, [one for one in told if isinstance(one, Timed)]


@pytest.fixture(scope="module")
def live() -> tuple[list[Traffic], list[Timed]]:
    return session(100.0)


@pytest.fixture
def record(live: tuple[list[Traffic], list[Timed]], tmp_path: Path) -> Path:
    return kept(tmp_path / "session.jsonl", live[0])


def kept(path: Path, traffic: list[Traffic], setup: Setup = SETUP) -> Path:
    with Recorder(path, setup) as recorder:
        for one in traffic:
            recorder.keep(one)
    return path


def test_the_digits_are_those_that_were_told(
    record: Path, live: tuple[list[Traffic], list[Timed]]
) -> None:
    traffic, told = live
    assert len(told) == RUNS
    found = replay_gates(record)
    assert found.runs == tuple(one.run for one in told)
    assert found.duration_s == pytest.approx((traffic[-1].at_ns - traffic[0].at_ns) / NS)
    assert found.warnings == ()


def test_cut_anywhere_it_gives_the_runs_before(
    record: Path, live: tuple[list[Traffic], list[Timed]]
) -> None:
    whole = record.read_bytes()
    for part in (0.9, 0.5, 0.2):
        record.write_bytes(whole[: round(part * len(whole))])
        found = replay_gates(record)
        runs = tuple(one.run for one in live[1])
        assert found.runs == runs[: len(found.runs)]
        assert found.warnings == (CUT_SHORT,)
    assert len(found.runs) < RUNS


def test_nothing_but_the_setup(tmp_path: Path) -> None:
    record = tmp_path / "session.jsonl"
    record.write_bytes(msgspec.json.encode(SETUP) + b"\n")
    found = replay_gates(record)
    assert (found.runs, found.duration_s, found.warnings) == ((), 0.0, (CUT_SHORT,))


def test_another_athlete_and_pace_are_believed(record: Path) -> None:
    found = replay_gates(record, pace_400_s=60.0, athlete="Bea", speeds_mps=(3.5, 12.0))
    assert {(run.athlete, run.pace_400_mps) for run in found.runs} == {("Bea", 400 / 60)}
    assert (found.pace_400_s, found.speeds_mps) == (60.0, (3.5, 12.0))
    assert {run.athlete for run in replay_gates(record).runs} == {"Ann"}


def test_a_laptop_that_slept_is_a_silence(
    live: tuple[list[Traffic], list[Timed]], tmp_path: Path
) -> None:
    """Eight hours between the first run and the rest; the gate had no power meanwhile."""
    traffic, told = live
    split = round((told[0].run.marker3_s or 0.0) * NS) + 3 * NS
    slept_ns = 8 * 3600 * NS
    after = [replace_ns(one, slept_ns) for one in traffic if one.at_ns > split]
    before = [one for one in traffic if one.at_ns <= split]
    found = replay_gates(kept(tmp_path / "slept.jsonl", before + after))
    assert found.runs[0] == told[0].run
    assert any("silent" in warning for warning in found.warnings)


def replace_ns(one: Traffic, by_ns: int) -> Traffic:
    return msgspec.structs.replace(one, at_ns=one.at_ns + by_ns)


def test_as_table_json_and_csv(
    record: Path,
    live: tuple[list[Traffic], list[Timed]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    as_json, as_csv = tmp_path / "runs.json", tmp_path / "runs.csv"
    assert main(["replay", str(record), "--json", str(as_json), "--csv", str(as_csv)]) == 0
    table, err = capsys.readouterr()
    assert err == ""
    assert "session.jsonl: Fly Zone 30 m" in table
    assert "at the gates" in table
    found: dict[str, Any] = json.loads(as_json.read_text())
    rows = list(csv.DictReader(io.StringIO(as_csv.read_text())))
    for one, run, row in zip(live[1], found["runs"], rows, strict=True):
        assert run["fly_s"] == round(one.run.fly_s, 6) == float(row["fly_s"])
        assert f"{one.run.fly_s:.2f} ±" in table
        assert run["athlete"] == row["athlete"] == "Ann"
    assert main(["replay", str(record), "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out) == found


@pytest.mark.parametrize(
    "words", [["--calibration", "zone.toml"], ["--evidence", "proof"], ["--capture-fps", "240"]]
)
def test_what_is_for_videos_is_refused(
    record: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(record), *words]) == 2
    assert f"{words[0]} is for videos" in capsys.readouterr().err


def test_names_do_not_matter(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A record called a video, and the other way round."""
    video = record.rename(record.with_name("fly.mp4"))
    assert main(["replay", str(video)]) == 0
    assert main(["replay", str(video), "--json", str(video)]) == 2
    assert "over the input" in capsys.readouterr().err
    for content in (b"", b"\x00\x00\x00\x18ftypmp42", b'{"record":"station-gat'):
        record.write_bytes(content)
        assert main(["replay", str(record)]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_a_damaged_line_is_one_line(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = record.read_bytes().splitlines()
    record.write_bytes(b"\n".join([*lines[:40], b"\x00" * 80, *lines[41:], b""]))
    assert main(["replay", str(record)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "session.jsonl, line 41 " in err


def test_lines_that_no_live_session_has(tmp_path: Path) -> None:
    """Bytes before a port is open, a loss told twice, one protocol after another."""
    odd: list[Traffic] = [
        Received(0, 0, "E,1"), Sent(1, 0, "?"), Gone(2, 0), Gone(3, 0), Opened(4, 0, "a", "fgp1"),
        Gone(5, 0), Gone(6, 0), Opened(7, 0, "a", "wichro"), Received(8, 0, "1;5;0\r\n"), Closed(9),
    ]  # fmt: skip
    assert replay_gates(kept(tmp_path / "odd.jsonl", odd)).runs == ()
