"""A camera for each marker, saved: rendered pairs with exact truth, and crossings made up."""

from __future__ import annotations

import json
from dataclasses import replace
from shutil import copy

import numpy as np
import pytest
from paired import APART_S, GAIN, PAIR, cameras_of, filmed, true_sync

from calibration.camera_sync import load_sync
from hardware.clips import SYNC
from hardware.errors import StationError
from station.cli import main
from station.film.pair import Passed, cameras, replay_pair
from station.film.replay import replay
from station.film.sync_cameras import sync_recordings
from station.flags import Flag
from station.simulator import Scene
from station.vision.follow import Sighted

WITHIN_S = 0.004
"""Of a rendered fly time, where the clocks are known: 45 px a metre, 30 pictures a second."""
SYNCED_S = 0.015
"""By which ten changes of light before pictures at 30 a second leave an offset wrong at most."""


@pytest.fixture(scope="module")
def pair(rendered):
    return filmed(rendered)


@pytest.fixture(scope="module")
def found(pair):
    (a, _), (b, _) = pair
    seen_by = cameras_of(a, b)
    return replay(a, seen_by.zone2), replay(b, seen_by.zone3), seen_by


@pytest.fixture
def folder(pair, tmp_path):
    """Copies with their calibrations, where files may be written beside them."""
    for (video, _), name in zip(pair, ("two.mp4", "three.mp4"), strict=True):
        copy(video, tmp_path / name)
        copy(video.with_suffix(".toml"), (tmp_path / name).with_suffix(".toml"))
    return tmp_path


def test_runs_of_two_cameras_are_timed_with_true_clocks(pair, found):
    (a, truth), (b, _) = pair
    joined = replay_pair(*found, true_sync(a, b))
    assert len(joined.runs) == len(truth.runs) == 2
    assert joined.incomplete == ()
    for run, true in zip(joined.runs, truth.runs, strict=True):
        assert abs(run.fly_s - true.fly_s) < WITHIN_S
        assert abs(run.fly_s - true.fly_s) < 3 * run.fly_sigma_s
        assert run.fly_sigma_s < 0.003
        assert abs(run.marker2_s - true.marker2_s) < 0.02
        assert run.marker3_s - run.marker2_s == pytest.approx(run.fly_s, abs=1e-9)
        assert run.direction == "left-to-right"
        assert run.flags == ()


def test_a_runner_off_the_lanes_centre_costs_nothing_in_line_with_the_cones(pair, found):
    (a, _), (b, _) = pair
    assert PAIR.lane_offset_m == 0.2  # one camera for both markers would be 23 ms off
    for run in replay_pair(*found, true_sync(a, b)).runs:
        assert run.lane_sigma_s < 0.0005


def test_the_flashes_say_how_the_clocks_go_and_the_runs_are_within_their_interval(folder, pair):
    (_, truth), _ = pair
    done = sync_recordings(folder / "two.mp4", folder / "three.mp4")
    kept = load_sync(folder / f"two{SYNC}")
    true_s = -APART_S * (1 + GAIN) + GAIN / (1 + GAIN) * kept.at_s
    assert abs(kept.offset_s - true_s) < 3 * kept.offset_sd_s
    assert kept.offset_sd_s < 0.008
    assert kept.flashes == 10
    assert "three.mp4 is 3" in done.lines()[0]
    assert "behind two.mp4" in done.lines()[0]
    assert "flash again at the end" in done.lines()[1]
    assert done.lines()[-1].endswith(f"station replay {folder}/two.mp4 {folder}/three.mp4")
    out = folder / "runs.json"
    assert (
        main(["replay", str(folder / "two.mp4"), str(folder / "three.mp4"), "--json", str(out)])
        == 0
    )
    (result,) = [json.loads(out.read_text())]
    assert result["recording"] == "two.mp4 + three.mp4"
    for run, true in zip(result["runs"], truth.runs, strict=True):
        assert abs(run["fly_s"] - true.fly_s) < 1.96 * run["fly_sigma_s"]


def test_whichever_is_named_first_the_times_are_the_same(folder, capsys):
    """And at other speeds than theirs, as at any of one recording, there are none."""
    two, three = str(folder / "two.mp4"), str(folder / "three.mp4")
    assert main(["sync-cameras", three, two, "-o", str(folder / "s.toml")]) == 0
    capsys.readouterr()
    known = ["--sync", str(folder / "s.toml")]
    times_s = []
    for videos, given in (
        ([two, three], ["--offset-ms=-370±1"]),
        ([three, two], known),
        ([three, two], [*known, "--speeds=11:13"]),
    ):
        cones = [f"--calibration={video[:-3]}toml" for video in videos]
        main(["replay", *videos, *cones, *given, "--csv", "-"])
        rows = capsys.readouterr().out.splitlines()[1:]
        times_s.append([float(row.split(",")[5]) for row in rows])
    assert len(times_s[0]) == 2
    assert times_s[0] == pytest.approx(times_s[1], abs=SYNCED_S)
    assert times_s[2] == []


def said_of(words: list[str], capsys) -> str:
    assert main(words) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    return line


def test_a_pair_that_cannot_be_is_refused_before_any_of_it_is_rendered(tmp_path, capsys):
    late = ["simulate", str(tmp_path / "late.mp4"), "--pair", "--size=640x360", "--start=500"]
    assert "start is 500 s" in said_of(late, capsys)
    assert list(tmp_path.iterdir()) == []


def test_without_the_clocks_it_is_refused_with_the_remedy(folder, capsys):
    videos = [str(folder / "two.mp4"), str(folder / "three.mp4")]
    said = said_of(["replay", *videos], capsys)
    assert f"type station sync-cameras {' '.join(videos)}" in said
    assert "no offset of two clocks" in said_of(["replay", *videos, "--offset-ms=soon"], capsys)
    assert "a day at most" in said_of(["replay", *videos, "--offset-ms=1e9"], capsys)
    cones = [f"--calibration={videos[0][:-3]}toml"] * 2
    assert "one marker each" in said_of(["replay", *videos, *cones], capsys)
    again = [videos[0], f"{folder}/../{folder.name}/two.mp4"]
    assert "named twice" in said_of(["replay", *again, *cones], capsys)
    three = ["replay", *videos, str(folder / "two.mp4"), *cones]
    assert "a camera for each marker" in said_of(three, capsys)
    assert "leave it out" in said_of(["replay", videos[0], "--offset-ms=1"], capsys)
    assert "named twice" in said_of(["sync-cameras", videos[0], videos[0]], capsys)
    assert "a camera and a recording" in said_of(["sync-cameras", "0", videos[0]], capsys)


def test_a_sync_of_other_recordings_is_not_taken(folder, capsys):
    videos = [str(folder / "two.mp4"), str(folder / "three.mp4")]
    assert main(["sync-cameras", *videos, "-o", str(folder / "s.toml")]) == 0
    renamed = (folder / "two.mp4").rename(folder / "one.mp4")
    (folder / "two.toml").rename(folder / "one.toml")
    capsys.readouterr()
    words = ["replay", str(renamed), videos[1], "--sync", str(folder / "s.toml")]
    assert "is of two.mp4 and three.mp4, not of one.mp4 and three.mp4" in said_of(words, capsys)


def test_one_of_the_two_alone_times_nobody_and_says_why(folder, capsys):
    assert main(["replay", str(folder / "two.mp4")]) == 0
    told = capsys.readouterr()
    assert "seen at Marker 2 only" in told.out
    assert "of Marker 2 alone: name the other camera's recording too" in told.err


def test_recordings_without_a_flash_are_refused(rendered, folder, capsys):
    dark, _ = rendered(replace(PAIR, sees="marker2", flashes=0, runs=0))
    copy(dark, folder / "dark.mp4")
    words = ["sync-cameras", str(folder / "dark.mp4"), str(folder / "three.mp4")]
    assert "dark.mp4 shows no flash" in said_of(words, capsys)
    assert not list(folder.glob("dark.sync*"))


LEFTWARDS = replace(PAIR, direction="right-to-left", runs=1, flashes=0, seed=78)


def test_runs_to_the_left_and_a_camera_on_the_other_side(rendered, pair, found):
    (a, of_a), (b, _) = filmed(rendered, LEFTWARDS)
    seen_by = cameras_of(a, b)
    of2, of3 = replay(a, seen_by.zone2), replay(b, seen_by.zone3)
    (run,) = replay_pair(of2, of3, seen_by, true_sync(a, b)).runs
    assert abs(run.fly_s - of_a.runs[0].fly_s) < WITHIN_S
    assert run.direction == "right-to-left"
    # Where one camera stands across the track, farther from it is nearer to the other.
    across = cameras(found[2].zone2, seen_by.zone3)
    (one,), (crossing,) = of3.alone, of3.alone[0].crossings[:1]
    passed = across.at_marker3(Sighted((replace(crossing, d_lane_s_per_m=0.02),), 1.0), 5.0, 0.0)
    assert passed.best.d_lane_s_per_m == -0.02
    assert one.best.marker == 3


def crossings_at(found, marker: int, *at_s: float, mps: float = 9.0) -> list[Passed]:
    """Passers of a marker at instants of the shared clock."""
    of2, of3, seen_by = found
    one = (of2, of3)[marker - 2].alone[0]
    like = Sighted((replace(one.best, velocity_mps=mps),), 1.0)
    if marker == 2:
        return [seen_by.at_marker2(like, at) for at in at_s]
    return [seen_by.at_marker3(like, at, 0.001) for at in at_s]


SPEEDS_MPS = (3.0, 13.0)


def test_first_in_first_out_among_those_whose_speeds_allow_it(found):
    seen_by = found[2]
    at2 = crossings_at(found, 2, 10.0, 10.6, 30.0)
    at3 = crossings_at(found, 3, 13.3, 14.4, 40.0)
    first, second = seen_by.pairs(at2, at3, SPEEDS_MPS)
    assert (first.first, first.last) == (at2[0], at3[0])
    assert (second.first, second.last) == (at2[1], at3[1])
    assert first.in_company
    assert not second.in_company
    run = seen_by.run(first, [*at2, *at3], from_s=0.0).run
    assert Flag.IN_COMPANY in run.flags
    assert run.fly_s == pytest.approx(3.3, abs=0.05)


def test_whoever_comes_back_or_stops_is_no_run(found):
    seen_by = found[2]
    back = crossings_at(found, 2, 24.0, mps=-4.0)
    slow = crossings_at(found, 2, 10.0)
    assert seen_by.pairs(back, crossings_at(found, 3, 27.0), SPEEDS_MPS) == []
    assert seen_by.pairs(slow, crossings_at(found, 3, 18.0), SPEEDS_MPS) == []
    assert seen_by.pairs(slow, crossings_at(found, 3, 9.0), SPEEDS_MPS) == []


def test_what_the_cameras_do_not_share_adds_as_squares(found):
    (first,), (last,) = crossings_at(found, 2, 10.0), crossings_at(found, 3, 13.3)
    seen_by = found[2]
    (pair,) = seen_by.pairs([first], [last], SPEEDS_MPS)
    timed = seen_by.run(pair, [first, last], from_s=0.0)
    own = [np.linalg.norm(one.best.d_pose_s) for one in (first, last)]
    least_s = np.hypot(*own)
    assert timed.run.repeat_sigma_s > least_s
    surer = seen_by.at_marker3(found[1].alone[0], 13.3, 0.020)
    (unsure,) = seen_by.pairs([first], [surer], SPEEDS_MPS)
    assert seen_by.run(unsure, [first], from_s=0.0).run.repeat_sigma_s > 0.020


def test_two_cameras_of_the_same_marker_or_of_two_zones_are_refused(found):
    zone2, zone3 = found[2].zone2, found[2].zone3
    assert cameras(zone3, zone2) == cameras(zone2, zone3)
    with pytest.raises(StationError, match="one marker each"):
        cameras(zone2, zone2)
    longer = replace(zone3, profile=replace(zone3.profile, fly_m=40.0))
    with pytest.raises(StationError, match="zones of 30 m and 40 m"):
        cameras(zone2, longer)


def test_a_pair_is_simulated_by_one_command(tmp_path, capsys):
    words = ["--pair", "--runs", "0", "--flashes", "1", "--size", "320x180", "--idle", "0.2"]
    assert main(["simulate", str(tmp_path / "x.mp4"), *words]) == 0
    said = capsys.readouterr().out
    names = [str(tmp_path / f"x-marker{n}.mp4") for n in (2, 3)]
    assert f"station sync-cameras {' '.join(names)}" in said
    assert Scene(sees="marker2").away_m < Scene().away_m
