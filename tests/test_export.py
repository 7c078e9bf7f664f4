from __future__ import annotations

import csv
import io
import json
import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.errors import StationError
from station.export import check_target, to_csv, to_json, write
from station.film.replay import Replay, Timed
from station.run import Incomplete, Run
from station.table import print_table

RUN = Run(
    marker2_s=3.2123456789,
    marker3_s=6.7,
    fly_s=3.4876543211,
    fly_sigma_s=0.0146,
    repeat_sigma_s=0.003,
    lane_sigma_s=0.0143,
    velocity_mps=8.6018,
    velocity_sigma_mps=0.036,
    direction="left-to-right",
    pace_400_mps=400 / 58,
    pace_ratio=8.6018 * 58 / 400,
    athlete="Zoë",
    flags=("other-lane", "frames-dropped"),
)
PASSAGE = Incomplete(None, 12.25, 7.1, "right-to-left", "marker3-only", ())


def found(*runs: Run, fly_m: float = 30.0, incomplete: tuple[Incomplete, ...] = ()) -> Replay:
    return Replay(
        recording="fly30.mp4",
        fly_m=fly_m,
        frames=720,
        duration_s=24.0,
        timed=tuple(
            Timed(run, None, None)  # type: ignore[arg-type]  # no output looks at a crossing
            for run in runs
        ),
        incomplete=incomplete,
        warnings=("ends in mid-recording",),
        time_scale=1.0,
        first_pts_s=0.0,
    )


def test_json_has_exactly_the_keys_of_the_contract() -> None:
    document = json.loads(to_json(found(RUN, incomplete=(PASSAGE,))))
    assert list(document) == [
        "recording", "fly_m", "frames", "duration_s", "runs", "incomplete", "warnings",
    ]  # fmt: skip
    (run,) = document["runs"]
    assert list(run) == [
        "marker2_s", "marker3_s", "fly_s", "fly_sigma_s", "repeat_sigma_s", "lane_sigma_s",
        "velocity_mps", "velocity_sigma_mps", "direction", "pace_400_mps", "pace_ratio",
        "athlete", "flags",
    ]  # fmt: skip
    assert run["marker2_s"] == 3.212346
    assert run["athlete"] == "Zoë"
    assert run["flags"] == ["other-lane", "frames-dropped"]
    assert document["incomplete"][0]["marker2_s"] is None
    assert document["incomplete"][0]["reason"] == "marker3-only"


def test_several_recordings_are_an_array_of_the_objects_of_one() -> None:
    a, b = found(RUN), replace(found(RUN, incomplete=(PASSAGE,)), recording="b.mp4")
    assert json.loads(to_json(a, b, array=True)) == [json.loads(to_json(one)) for one in (a, b)]
    assert json.loads(to_json(a, array=True)) == [json.loads(to_json(a))]


def test_several_recordings_are_rows_under_one_header() -> None:
    a, b = found(RUN, RUN), replace(found(RUN, fly_m=40.0), recording="b.mp4")
    rows = [*csv.DictReader(io.StringIO(to_csv(a, b).decode()))]
    assert [(row["recording"], row["fly_m"], row["run"]) for row in rows] == [
        ("fly30.mp4", "30.0", "1"),
        ("fly30.mp4", "30.0", "2"),
        ("b.mp4", "40.0", "1"),
    ]


def test_json_knows_no_nan_and_survives_a_name_that_is_not_text() -> None:
    odd = replace(found(replace(RUN, lane_sigma_s=float("nan"))), recording="run\udcff.mp4")
    document = json.loads(to_json(odd))
    assert document["runs"][0]["lane_sigma_s"] is None
    assert document["recording"] == "run?.mp4"


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_csv_is_safe_in_a_spreadsheet(name: str) -> None:
    (row,) = csv.DictReader(io.StringIO(to_csv(found(replace(RUN, athlete=name))).decode()))
    assert row["athlete"] == f"'{name}"
    assert (row["run"], row["fly_s"]) == ("1", "3.487654")
    assert row["flags"] == "other-lane frames-dropped"


def test_csv_without_runs_is_its_header() -> None:
    assert len(to_csv(found()).decode().splitlines()) == 1


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    write({str(target): b"old"})
    link = tmp_path / "link.json"
    link.symlink_to(target)
    check_target(str(link), inputs=())
    write({str(link): b"new"})
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) & 0o600 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.json", "out.json"]


def test_a_pipe_and_a_device_are_written_to_directly(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    check_target(str(pipe), inputs=())
    write({str(pipe): b"through"})
    reader.join(timeout=10)
    assert read == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    write({"/dev/null": b"gone"})
    assert not Path("/dev/null").is_file()


def test_a_target_that_cannot_be_written_is_refused_beforehand(tmp_path: Path) -> None:
    video, loop, second = tmp_path / "fly.mp4", tmp_path / "loop", tmp_path / "second.mp4"
    video.touch()
    second.hardlink_to(video)
    loop.symlink_to(loop)
    for target, complaint in [
        (loop, "is a link that leads to itself"),
        (loop / "out.json", "is a link that leads to itself"),
        (second, "will not write over the input"),
        (tmp_path / "not-yet", "will not write over the input"),
        (tmp_path, "it is a folder"),
        (tmp_path / "none" / "out.json", "there is no folder"),
        (tmp_path / "." / "fly.mp4", "will not write over the input"),
    ]:
        with pytest.raises(StationError, match=complaint):
            check_target(str(target), inputs=(video, tmp_path / "not-yet"))


def printed(*replays: Replay, pace_400_s: float | None = 58.0) -> str:
    text = io.StringIO()
    print_table(replays, pace_400_s, (3.0, 13.0), text)
    return text.getvalue()


def test_the_table_says_the_verdict_before_the_digits_in_80_plain_columns() -> None:
    slow = replace(RUN, fly_s=4.9, velocity_mps=6.12)
    even = replace(RUN, fly_s=4.35, velocity_mps=6.9)
    text = printed(found(RUN, slow, even, incomplete=(PASSAGE,)))
    assert "\x1b" not in text
    assert max(len(line) for line in text.splitlines()) <= 80
    assert text.index("✓ faster by 25 %") < text.index("3.49 ± 0.03") < text.index("8.60 ± 0.08")
    assert "✗ slower by 11 %" in text
    assert "? cannot tell" in text
    assert "Not a complete run: at 0:12 ← 7.1 m/s, seen at Marker 3 only." in text
    assert "other-lane: The runner" in text
    assert "Warning: ends in mid-recording" in text


def test_several_recordings_are_a_table_each_and_what_flags_mean_is_said_once() -> None:
    ben = replace(RUN, athlete="Ben", pace_400_mps=400 / 55.5)
    text = printed(
        found(RUN, ben, incomplete=(PASSAGE,)), replace(found(RUN), recording="b.mp4"),
        pace_400_s=None,
    )  # fmt: skip
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    headed = [line for line in lines if "Fly Zone" in line]
    assert [line.partition(":")[0] for line in headed] == ["fly30.mp4", "b.mp4"]
    first, second = text.split("b.mp4: ")
    assert "Ben: 400 m in 55.50 s is 7.21 m/s: a fly below 4.16 s beats it." in first
    assert "Not a complete run" in first
    assert "Zoë" in second
    assert "Ben" not in second
    assert text.count("Warning: ends in mid-recording") == 2
    for once in ("other-lane: The runner", "± is half the 95 % interval"):
        assert text.count(once) == 1
        assert text.index(once) > text.index("b.mp4")


def test_one_athlete_alone_needs_no_column_of_names() -> None:
    assert "Athlete" not in printed(found(RUN), found(RUN))
    assert "Athlete" in printed(found(RUN), found(replace(RUN, athlete=None)))


@pytest.mark.parametrize("columns", ["20", "200"])
def test_no_terminal_is_so_narrow_that_digits_are_lost(
    columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert "3.49 ± 0.03" in printed(found(replace(RUN, flags=("capture-rate-unknown",) * 3)))


def test_no_run_is_a_result_that_is_said_plainly() -> None:
    text = printed(found(incomplete=(replace(PASSAGE, reason="reverse", marker2_s=13.0),)))
    assert "No run found: nobody was seen to pass from Marker 2 to Marker 3 at 3 to 13" in text
    assert "from Marker 3 to Marker 2" in text
    assert "the markers are swapped" in text


def test_a_name_in_brackets_is_no_markup() -> None:
    assert "[red]Ann" in printed(found(replace(RUN, athlete="[red]Ann")))


def test_a_long_zone_is_noted_for_sprinters() -> None:
    assert "Sprinters" in printed(found(RUN, fly_m=40.0))
    assert "Sprinters" not in printed(found(RUN))


def test_two_files_appear_together_or_not_at_all(tmp_path: Path) -> None:
    pair = [str(tmp_path / name) for name in ("a.json", "a.csv")]
    for target in ("/dev/full", str(tmp_path / "none" / "a.csv")):
        with pytest.raises(StationError, match=f"cannot write {target}"):
            write({pair[0]: b"half", target: b"the other", pair[1]: b"more"})
        assert not list(tmp_path.iterdir())
    write(dict.fromkeys(pair, b"whole"))
    assert [Path(one).read_bytes() for one in pair] == [b"whole"] * 2
