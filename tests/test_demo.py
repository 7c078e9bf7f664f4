"""The demo: recorded runs that are seen when that was promised, and all of it as a command."""

from __future__ import annotations

import json
import re
import signal
import tempfile
import urllib.request
from importlib.resources import as_file, files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from footage import Station as Filmed
from plugged import Station

from hardware.camera_reader import Opened
from hardware.clock import ManualClock
from hardware.staged_camera import Part, StagedCamera
from station.camera.events import FilmedRun
from station.live.demo import GROUP, FilmedRuns

NS = 1_000_000_000
BEGUN_NS = 7 * NS
FRAME_NS = NS // 30
SHOWN_NS = 25 * NS // 10
AT_NS = 40_000_000  # the instant a runner is seen, and the one that was promised
FLY_S = 0.005  # the samples are timed so well, see test_recordings.py
SPEED = "20"
REPS = 3
BOTH = re.compile(r"^(?=.*gates (?P<gates_s>[\d.]+))(?=.*camera (?P<camera_s>[\d.]+))")
APART_S = 0.03  # what is told to hundredths, of bodies that are two


@pytest.fixture
def recording() -> Any:
    with as_file(files("recordings")) as folder:
        yield folder / "demo30.mp4"


def staged(recording: Path) -> tuple[StagedCamera, ManualClock]:
    clock = ManualClock(BEGUN_NS)
    return StagedCamera(recording, Part(0.0), clock, lambda s: clock.advance(round(s * NS))), clock


def test_parts_follow_each_other_on_whole_seconds_and_timestamps_go_on(recording: Path) -> None:
    camera, clock = staged(recording)
    wanted_ns = BEGUN_NS + SHOWN_NS
    first, second = (camera.stage(Part(begins_s, 3), wanted_ns) for begins_s in (2.0, 8.0))
    assert [first - BEGUN_NS, second - BEGUN_NS] == [3 * NS, 6 * NS]
    assert camera.stage(Part(14.0, 6), BEGUN_NS) == BEGUN_NS + 9 * NS  # no room before
    feed = camera.open()
    shots = [shot for _ in range(30 * 12) if (shot := feed.next()) is not None]
    feed.close()
    steps_ns = [later.pts_ns - one.pts_ns for one, later in pairwise(shots)]
    assert all(abs(step_ns - FRAME_NS) <= 1 for step_ns in steps_ns)
    assert all(shot.arrival_ns - BEGUN_NS == pytest.approx(shot.pts_ns, abs=1) for shot in shots)
    keys_s = {round(shot.pts_ns / NS, 3) for shot in shots if shot.packet.is_keyframe}
    assert {0.0, 1.0, 2.0, 3.0, 6.0, 9.0} <= keys_s
    sizes = {shot.pts_ns // NS: bytes(shot.packet) for shot in shots if shot.packet.is_keyframe}
    assert sizes[0] == sizes[1] == sizes[2] != sizes[3]
    # What has been asked for is settled: a part that comes too late waits for the next second.
    assert camera.stage(Part(2.0), BEGUN_NS) == BEGUN_NS + 15 * NS
    assert clock.now_ns() == shots[-1].arrival_ns


def test_a_camera_that_is_opened_late_shows_what_there_is_then(recording: Path) -> None:
    camera, clock = staged(recording)
    camera.stage(Part(2.0, 3), BEGUN_NS)
    clock.advance(SHOWN_NS)
    shot = camera.open().next()
    assert shot is not None
    assert (shot.pts_ns, shot.arrival_ns) == (3 * NS, BEGUN_NS + 3 * NS)


def test_a_recorded_run_is_timed_when_it_was_promised(recording: Path, tmp_path: Path) -> None:
    camera, clock = staged(recording)
    stage = FilmedRuns(recording, camera)
    truth = json.loads(recording.with_suffix(".truth.json").read_text())["runs"]
    second_of_all = next(run for run in truth if run["athlete_index"] == 1)
    at_ns, speed_mps = stage.pass_by(GROUP[1].name, BEGUN_NS + 4 * NS)
    assert speed_mps == pytest.approx(30 / second_of_all["fly_s"])
    assert 4 * NS <= at_ns - BEGUN_NS < 6 * NS
    filmed, feed = Filmed(recording, tmp_path), camera.open()
    filmed.take(Opened(clock.now_ns(), feed))
    while clock.now_ns() < at_ns + 8 * NS:
        shot = feed.next()
        assert shot is not None
        filmed.take(shot)
    feed.close()
    filmed.finish()
    (run,) = filmed.of(FilmedRun)
    assert run.marker2_ns == pytest.approx(at_ns, abs=AT_NS)
    assert run.run.fly_s == pytest.approx(second_of_all["fly_s"], abs=FLY_S)


def test_each_runs_what_is_recorded_of_them_in_turn(recording: Path) -> None:
    stage = FilmedRuns(recording, None)
    ana = [stage.pass_by("Ana", BEGUN_NS) for _ in range(4)]
    assert {at_ns for at_ns, _ in ana} == {BEGUN_NS}
    speeds_mps = [speed_mps for _, speed_mps in ana]
    assert len({*speeds_mps[:3]}) == 3
    assert speeds_mps[3] == speeds_mps[0]
    assert stage.pass_by("Ben", BEGUN_NS)[1] not in speeds_mps
    assert stage.pass_by("Late Comer", BEGUN_NS)[1] > 0  # somebody who joins runs too


def test_the_demo_runs_from_any_folder_to_its_end_and_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home" / "data"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    words = ("demo", "--no-browser", "--port", "0", "--speed", SPEED)
    with Station(*words, cwd=tmp_path) as station:
        url = station.hears("the console: ").split()[-1]
        assert "by the gates alone" in station.hears("the demo: ")
        said = []
        while "all reps are done" not in (line := station.out.get(timeout=60)):
            said.append(line)
        timed = [line for line in said if ". Run " in line]
        assert len(timed) == REPS * len(GROUP)
        assert all(" ± 0.0" in line for line in timed)
        done: dict[str, int] = {}
        while sum(done.values()) < len(timed):  # the pages stay; they are shown it in their turn
            assert station.process.poll() is None
            with urllib.request.urlopen(f"{url}api/state?as=coach") as answer:
                now = json.loads(answer.read())["now"]
            done = {row["athlete"]: row["done"] for row in now["rows"]}
        assert done == {one.name: REPS for one in GROUP}
        assert list(tmp_path.glob("station-demo-*"))
        assert station.stopped_by(signal.SIGINT) == 0
    assert [one.name for one in tmp_path.iterdir()] == []


def test_gates_and_camera_see_the_same_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    words = ("demo", "--no-browser", "--port", "0", "--no-sound")
    with Station(*words, cwd=tmp_path) as station:
        while not (both := BOTH.search(station.out.get(timeout=60))):
            pass
        assert float(both["gates_s"]) == pytest.approx(float(both["camera_s"]), abs=APART_S)
        assert station.stopped_by(signal.SIGINT) == 0
