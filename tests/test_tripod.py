"""Which calibration is whose, what files are called, and whether a camera has been moved."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn import zone_of
from filmed import replayed

from hardware.errors import StationError
from station.film.tripod import MOVED_PX, Tripod, moved_px, takes
from station.simulator import Scene
from station.simulator.render import Studio

SCENE = Scene(size="640x360", runs=1, walk_back=False, idle_s=0.3, rest_s=0.3, seed=71_001)


@pytest.fixture
def clip(rendered, tmp_path):
    """Put the one recording somewhere, with its calibration or without."""

    def put(name: str, calibrated: bool = False, scene: Scene = SCENE) -> Path:
        video, _ = rendered(scene)
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        shutil.copy(video, path)
        if calibrated:
            shutil.copy(video.with_suffix(".toml"), path.with_suffix(".toml"))
        return path

    return put


def test_one_calibration_is_enough_for_an_unmoved_tripod(clip):
    a, b, c = clip("a.mp4"), clip("b.mp4", calibrated=True), clip("c.mp4")
    found = takes([a, b, c])
    assert [one.calibration for one in found] == [b.with_suffix(".toml")] * 3
    assert [one.borrowed for one in found] == [True, False, True]


def test_each_has_its_own_where_all_have_one(clip):
    videos = [clip("a.mp4", calibrated=True), clip("b.mp4", calibrated=True)]
    assert [one.calibration for one in takes(videos)] == [
        one.with_suffix(".toml") for one in videos
    ]


def test_one_that_is_named_is_for_all(clip):
    a, b, c = clip("a.mp4", calibrated=True), clip("b.mp4"), clip("c.mp4", calibrated=True)
    zone = c.with_suffix(".toml")
    assert {one.calibration for one in takes([a, b], zone)} == {zone}


def test_where_some_have_one_and_some_have_none_nobody_guesses(clip):
    videos = [clip("a.mp4", calibrated=True), clip("b.mp4"), clip("c.mp4", calibrated=True)]
    with pytest.raises(
        StationError,
        match=r"b\.mp4 has no calibration and 2 of the others.*--calibration .*a\.toml",
    ):
        takes(videos)


def test_what_is_missing_or_twice_is_refused_before_anything_is_timed(clip, tmp_path):
    a = clip("a.mp4", calibrated=True)
    linked = tmp_path / "linked.mp4"
    linked.hardlink_to(a)
    for videos, said in (
        ([a, linked], "named twice"),
        ([a, tmp_path / "none.mp4"], "none.mp4: no such file"),
        ([a, tmp_path], "a folder, not a video"),
        ([a, tmp_path / "." / "a.mp4"], "named twice"),
    ):
        with pytest.raises(StationError, match=said):
            takes(videos)


def test_files_are_called_by_as_many_folders_as_tell_them_apart(clip):
    a, b = clip("a/run.mp4", calibrated=True), clip("b/run.mp4")
    assert [one.called for one in takes([a, b])] == ["a/run.mp4", "b/run.mp4"]
    assert [one.called for one in takes([a])] == ["run.mp4"]


def picture(scene: Scene, at_s: float = 0.1):
    planes = Studio(scene).frame(at_s)
    return planes[: len(planes) * 2 // 3].astype(np.uint8)


BEFORE = replace(SCENE, idle_s=2.0)


@pytest.mark.parametrize(
    "given",
    [
        {"noise": 8.0},
        {"dim": True},
        {"sun": True},
        {"coach": "marker2"},
        {"coach": "marker3"},
        {"leaves_px": 3.0},
        {"rain": 0.5},
        {"light_drift": 0.2},
    ],
    ids=lambda given: next(iter(given)),
)
def test_weather_and_people_move_no_camera(given):
    after = picture(replace(BEFORE, **given), at_s=1.5)
    assert moved_px(zone_of(SCENE).profile, picture(BEFORE), after) == 0.0


@pytest.mark.parametrize("shift_px", [(0, 3), (2, 2), (4, -7), (0, 20), (9, -40)])
def test_a_camera_that_was_bumped_is_seen(shift_px):
    """The same scene some pixels aside, with other noise."""
    after = np.roll(picture(BEFORE, at_s=1.5), shift_px, axis=(0, 1))
    moved = moved_px(zone_of(SCENE).profile, picture(BEFORE), after)
    assert moved == pytest.approx(np.hypot(*shift_px), abs=0.01)
    assert moved > MOVED_PX


@pytest.mark.parametrize("given", [{"camera_roll_deg": 1.5}, {"seed": 71_002}])
def test_a_camera_that_was_turned_or_stands_elsewhere_is_seen(given):
    after = picture(replace(BEFORE, **given))
    assert moved_px(zone_of(SCENE).profile, picture(BEFORE), after) > MOVED_PX


def test_runs_of_a_moved_camera_are_flagged_and_those_of_an_unmoved_are_not(clip):
    a, b = clip("a.mp4", calibrated=True), clip("b.mp4")
    turned = clip("c.mp4", scene=replace(SCENE, camera_roll_deg=1.5))
    to_time = takes([b, a, turned])
    tripod, found = Tripod(to_time), replayed(4.0)
    assert [tripod.checked(take, found) for take in to_time[:2]] == [found, found]
    moved = tripod.checked(to_time[2], found)
    assert [run.flags for run in moved.runs] == [("camera-moved",)]
    assert "a.mp4: the camera was moved; calibrate this one by itself" in moved.warnings[0]


def test_a_recording_calibrated_by_itself_is_compared_with_none(clip):
    turned = replace(SCENE, camera_roll_deg=1.5)
    to_time = takes([clip("a.mp4", calibrated=True), clip("c.mp4", calibrated=True, scene=turned)])
    found = replayed(4.0)
    assert Tripod(to_time).checked(to_time[1], found) == found
