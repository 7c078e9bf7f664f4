"""What `station run --camera` takes and refuses, before anything is opened."""

from __future__ import annotations

import argparse

import pytest

from hardware.errors import StationError
from station.commands import camera


def options(*words):
    parser = argparse.ArgumentParser()
    camera.options(parser)
    given = parser.parse_args(words)
    given.speeds = (3.0, 13.0)
    return given


def test_a_file_has_its_calibration_beside_it_and_clips_go_where_they_are_told(rendered, tmp_path):
    from footage import SHORT_FILM

    video, _ = rendered(SHORT_FILM)
    live = camera.live_camera(options("--camera", str(video), "--clips", str(tmp_path)))
    assert live.name == str(video)
    assert live.zone.fly_m == SHORT_FILM.fly_m


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--camera", "none.mp4"), "no such file"),
        (("--camera", "0"), "where are the cones"),
        (("--camera", "rtsp://u:secret@cam/live"), "where are the cones"),
        (("--camera", "0", "--calibration", "none.toml"), "no calibration none.toml"),
        (("--camera", "0", "--camera-fps", "many"), "no rate"),
    ],
)
def test_what_cannot_be_is_one_line(words, said):
    with pytest.raises(StationError, match=said) as raised:
        camera.live_camera(options(*words))
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_runs_alone_are_not_timed_in_a_zone_of_another_length(rendered, tmp_path):
    from footage import SHORT_FILM

    video, _ = rendered(SHORT_FILM)
    given = options("--camera", str(video), "--clips", str(tmp_path))
    given.fly_m, given.fly_by, given.pace_400 = SHORT_FILM.fly_m + 10, None, None
    with pytest.raises(StationError, match="--fly that fit"):
        camera.run_alone(given)


@pytest.mark.parametrize("words", [("--clips", "x"), ("--calibration", "x.toml")])
def test_what_is_for_a_camera_needs_one(words):
    assert not camera.asked_for(options(*words))
    with pytest.raises(StationError, match="add --camera"):
        camera.refuse_without_camera(options(*words))
    camera.refuse_without_camera(options())
