"""A calibration on disk: what is written is read back, and each fault is one clear line."""

from __future__ import annotations

import os
from dataclasses import replace
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.profile import Profile, dump, load_profile, parse_cones, save_profile
from calibration.shutter import row_delay_s
from hardware.errors import StationError

PROFILE = Profile(
    fly_m=30.0,
    picture_px=(1280, 720),
    marker2_px=((100.5, 500.25), (110.0, 490.0)),
    marker3_px=((1150.0, 501.0), (1140.0, 491.0)),
)
TOML = """\
version = 1
fly_m = 30.0
picture_px = [1280, 720]
marker2_px = [[100.5, 500.25], [110.0, 490.0]]
marker3_px = [
    [1150.0, 501.0], [1140.0, 491.0]
]
lane_width_m = 1.22
readout_ms = 12.0
lane_sd_m = 0.15
cone_sd_px = 0.5
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "zone.toml"
    path.write_text(text)
    return path


def test_reads_the_documented_form(tmp_path: Path) -> None:
    assert load_profile(written(tmp_path, TOML)) == PROFILE


@pytest.mark.parametrize(
    "profile",
    [
        PROFILE,
        replace(PROFILE, marker2_px=((1e-7, 0.1 + 0.2),), camera_height_m=1.5),
        replace(PROFILE, camera_distance_m=28.0, lane_sd_m=0.0, readout_ms=0.0),
        replace(PROFILE, fly_by="paces", unconfirmed=True, moved=True),
    ],
)
def test_what_is_saved_is_loaded(tmp_path: Path, profile: Profile) -> None:
    save_profile(profile, tmp_path / "zone.toml")
    assert load_profile(tmp_path / "zone.toml") == profile


def test_leaves_out_what_was_not_given() -> None:
    assert "camera" not in dump(PROFILE).split("version", 1)[1]
    assert "unconfirmed" not in dump(PROFILE)
    assert "camera_height_m = 1.5\n" in dump(replace(PROFILE, camera_height_m=1.5))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version = 1\n", "", "version is None"),
        ("version = 1", "version = 2", "version is 2"),
        ("fly_m = 30.0\n", "", "missing required field `fly_m`"),
        ("fly_m = 30.0", "fly_m = 30.0\nfly = 3", "unknown key, fly"),
        ("fly_m = 30.0", "fly_m = '30'", r"got `str` - at `\$.fly_m`"),
        ("fly_m = 30.0", "fly_m = true", r"got `bool` - at `\$.fly_m`"),
        ("fly_m = 30.0", "fly_m = nan", "fly_m is nan"),
        ("fly_m = 30.0", "fly_m = inf", "fly_m is inf"),
        ("fly_m = 30.0", "fly_m = 1" + "0" * 400, "fly_m|not TOML"),
        ("fly_m = 30.0", "fly_m = 0", "fly_m is 0"),
        ("fly_m = 30.0", "fly_m = -30", "fly_m is -30"),
        ("fly_m = 30.0", "fly_m = ", "not TOML.*line 2"),
        ("[1280, 720]", "[1280, 0]", "picture_px is 1280 x 0"),
        ("[1280, 720]", "[1280]", "picture_px"),
        ("[1280, 720]", "[1280.5, 720]", r"picture_px\[0\]"),
        ("[[100.5, 500.25], [110.0, 490.0]]", "[]", "marker2_px has 0 cones"),
        ("[[100.5, 500.25], [110.0, 490.0]]", "[[1, 2], [3, 4], [5, 6]]", "has 3 cones"),
        ("[[100.5, 500.25], [110.0, 490.0]]", "[100.5, 500.25]", "marker2_px"),
        ("500.25", "nan", "marker2_px is .*finite"),
        ("lane_width_m = 1.22", "lane_width_m = 0.0", "lane_width_m is 0"),
        ("readout_ms = 12.0", "readout_ms = -1.0", "readout_ms is -1.*zero or more"),
        ("lane_sd_m = 0.15", "lane_sd_m = -0.1", "lane_sd_m is -0.1"),
        ("cone_sd_px = 0.5", "cone_sd_px = 0", "cone_sd_px is 0"),
        ("cone_sd_px = 0.5", "camera_distance_m = 0", "camera_distance_m is 0"),
        ("cone_sd_px = 0.5", "camera_height_m = -1", "camera_height_m is -1"),
        ("cone_sd_px = 0.5", "camera_height_m = 150", "is 150; .*from 0.03 to 100.*centimetres"),
        ("cone_sd_px = 0.5", "camera_distance_m = 3000", "3000; .*from 0.5 to 1000.*centimetres"),
        ("lane_width_m = 1.22", "lane_width_m = 122", "is 122; .*metres, from 0.3 to 10"),
        ("fly_m = 30.0", "fly_m = 3000", "fly_m is 3000; .*at most 1000"),
        ("readout_ms = 12.0", "readout_ms = 12000", "readout_ms is 12000; .*at most 1000"),
        ("lane_sd_m = 0.15", "lane_sd_m = 15", "lane_sd_m is 15; .*at most 5"),
        ("cone_sd_px = 0.5", "cone_sd_px = 100", "cone_sd_px is 100; .*at most 50"),
        ("version = 1", "version = 1.0", "version is 1.0"),
        ("version = 1", "version = true", "version is True"),
        ("fly_m = 30.0", "fly_m = 1" + "0" * 5000, "not TOML"),
        ("fly_m = 30.0", "fly_m = " + "[" * 5000, "not TOML"),
    ],
)
def test_each_fault_is_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TOML
    path = written(tmp_path, TOML.replace(old, new, 1))
    with pytest.raises(StationError, match=said) as raised:
        load_profile(path)
    assert str(path) in str(raised.value)
    assert "station calibrate" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StationError, match=r"no calibration .*none.toml; .* proposes where"):
        load_profile(tmp_path / "none.toml")
    with pytest.raises(StationError, match="cannot read the calibration"):
        load_profile(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StationError, match="not TOML"):
        load_profile(tmp_path / "binary.toml")
    with pytest.raises(StationError, match="over 1000000 bytes"):
        load_profile(written(tmp_path, "#" * 1_000_001))
    os.mkfifo(tmp_path / "pipe.toml")
    for endless in (tmp_path / "pipe.toml", Path("/dev/zero")):
        with pytest.raises(StationError, match="no regular file"):
            load_profile(endless)


@given(st.text(max_size=80))
def test_garbage_is_a_clear_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "garbage.toml"
    path.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(StationError):
        load_profile(path)


@pytest.mark.parametrize("name", ["fly_m", "lane_width_m", "cone_sd_px", "camera_height_m"])
@pytest.mark.parametrize("value", [nan, inf, -1.0, 0.0])
def test_values_are_judged_wherever_a_profile_is_made(name: str, value: float) -> None:
    with pytest.raises(StationError, match=name):
        replace(PROFILE, **{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "cones"),
    [
        ("100,500 110,490", ((100, 500), (110, 490))),
        ("100.5 , 500;110, 490.25", ((100.5, 500), (110, 490.25))),
        ("  100,500 ; 110,490 ", ((100, 500), (110, 490))),
        ("100,500", ((100, 500),)),
        ("-1,2e2", ((-1, 200),)),
    ],
)
def test_cones_as_they_are_typed(text: str, cones: tuple[tuple[float, float], ...]) -> None:
    assert parse_cones(text) == cones


@pytest.mark.parametrize(
    "text",
    ["", "100", "100 500", "1,2,3", "a,b", "1,2 3,4 5,6", "nan,1", "1,inf", "1,,2", ",", "1,2 3"],
)
def test_what_is_no_cones_is_quoted(text: str) -> None:
    with pytest.raises(StationError, match=r'"X,Y X,Y"') as raised:
        parse_cones(text)
    assert f'"{text}"' in str(raised.value)


def test_rows_are_exposed_one_after_the_other() -> None:
    assert row_delay_s(0, PROFILE) == 0
    assert row_delay_s(360, PROFILE) == pytest.approx(0.006)
    assert np.allclose(row_delay_s([0, 60, 720], PROFILE), [0, 0.001, 0.012])


def test_a_turned_picture_is_exposed_along_its_stored_rows() -> None:
    """The delay of each pixel, painted on a stored picture, and turned as the video is turned."""
    stored_rows, stored_columns = 6, 4
    stored = np.arange(stored_rows)[:, None] / stored_rows * 0.012 * np.ones(stored_columns)
    for rotation_deg in (0, 90, 180, 270):
        upright = np.rot90(stored, -rotation_deg // 90)
        height, width = upright.shape
        profile = replace(PROFILE, picture_px=(width, height))
        v, u = np.mgrid[:height, :width]
        assert np.allclose(row_delay_s(v, profile, u, rotation_deg), upright), rotation_deg
