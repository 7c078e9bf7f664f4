"""A camera that sees one marker alone, held against a pinhole that shares no code with ours."""

from __future__ import annotations

from dataclasses import replace
from math import radians
from pathlib import Path

import numpy as np
import pytest
from test_geometry import HALF_LANE_M, HEAD_M, Pinhole

from calibration.geometry import CAMERA_TAPE_SD, Zone, fit_zone
from calibration.interval import INTERVAL_95
from calibration.plain import FINE_S, verdict
from calibration.profile import Profile, dump, load_profile
from calibration.quality import SPEED_MPS, lines, quality_of
from hardware.errors import StationError
from station.film.calibrate import Calibrated, calibrate
from station.simulator import Scene
from station.vision.corridor import corridor_of

FLY_M = 30.0
EXACT_M = 0.002
"""Of a head's place at the marker, where the cones and the lane's edge are exact."""
SCALE_SDS = 3.0


def one_camera(
    at_m: float = 0.0, distance_m: float = 10.0, height_m: float = 1.5, roll_deg: float = 0.8
) -> Pinhole:
    """A camera so far along the lane from the marker, aimed straight across."""
    size = (1280, 720)
    return Pinhole(at_m, distance_m, height_m, 1100.0, 0.0, radians(1), radians(roll_deg), size)


def seen_by(
    camera: Pinhole, noise_px: float = 0.0, seed: int = 0, *, marker: int = 2, left: bool = False
) -> Profile:
    rng = np.random.default_rng(seed)

    def clicked(x_m: float, y_m: float) -> tuple[float, float]:
        u, v = camera(x_m, y_m, 0.0)
        return u + rng.normal(0, noise_px), v + rng.normal(0, noise_px)

    cones = tuple(clicked(0.0, y_m) for y_m in (-HALF_LANE_M, HALF_LANE_M))
    return Profile(
        FLY_M,
        camera.size,
        **{f"marker{marker}_px": cones},
        cone_sd_px=max(noise_px, 0.1),
        camera_distance_m=camera.distance_m,
        camera_height_m=camera.height_m,
        lane_line_px=(clicked(-4.0, -HALF_LANE_M), clicked(4.0, -HALF_LANE_M)),
        towards="left" if left else "right",
    )


def head_error(zone: Zone, camera: Pinhole) -> tuple[float, float]:
    """How far off a head at the marker is, and what the zone says of it, metres."""
    pixel = camera(0.0, 0.0, HEAD_M)
    (at_m,) = zone.markers.values()
    x_m, _ = zone.to_lane(*pixel)
    return float(x_m) - at_m, float(np.linalg.norm(zone.metres_per_pose_sd(*pixel)))


@pytest.mark.parametrize("marker", [2, 3])
@pytest.mark.parametrize("left", [False, True])
@pytest.mark.parametrize("at_m", [0.0, -1.5, 2.0])
def test_a_head_at_the_marker_is_at_the_marker(marker, left, at_m):
    camera = one_camera(at_m)
    zone = fit_zone(seen_by(camera, marker=marker, left=left))
    assert zone.markers == {marker: 0.0 if marker == 2 else FLY_M}
    assert zone.mirrored == left
    assert abs(head_error(zone, camera)[0]) < EXACT_M
    onward = camera(1.0, 0.0, HEAD_M)  # to the right in the picture
    assert (float(zone.to_lane(*onward)[0]) > zone.markers[marker]) == (not left)


@pytest.mark.parametrize("noise_px", [0.3, 1.0])
def test_what_it_says_of_itself_covers_the_clicks(noise_px):
    rng = np.random.default_rng(3)
    scores = []
    for seed in range(80):
        camera = one_camera(
            rng.normal(0, 1.0), rng.uniform(6, 11), rng.uniform(1.3, 2.0), rng.normal(0, 1.5)
        )
        tape_m = (camera.distance_m, camera.height_m) * np.exp(rng.normal(0, CAMERA_TAPE_SD, 2))
        profile = seen_by(camera, noise_px, seed)
        taped = replace(profile, camera_distance_m=tape_m[0], camera_height_m=tape_m[1])
        error_m, sd_m = head_error(fit_zone(taped), camera)
        scores.append(error_m / sd_m)
    assert 0.7 < np.sqrt(np.mean(np.square(scores))) < 1.3


def test_cones_alone_do_not_tell_how_aslant_it_is_held_and_say_so():
    camera = one_camera(roll_deg=2.0)
    known = seen_by(camera)
    bare = replace(known, lane_line_px=())
    error_m, sd_m = head_error(fit_zone(bare), camera)
    assert abs(error_m) > 10 * EXACT_M
    assert abs(error_m) < 2 * sd_m
    assert head_error(fit_zone(known), camera)[1] < sd_m / 5
    advice = "\n".join(quality_of(fit_zone(bare)).advice)
    promised_s = quality_of(fit_zone(known)).cones_sigma_s
    assert f"(--lane-line): cones ±{1960 * quality_of(fit_zone(bare)).cones_sigma_s:.0f}" in advice
    assert f"→ ±{1960 * promised_s:.{0 if 1960 * promised_s >= 2 else 1}f} ms" in advice


def test_the_measured_place_says_how_large_a_metre_is():
    camera = one_camera()
    known = seen_by(camera)
    zone = fit_zone(known)
    true_px = camera(0.5, 0, 1.2)[0] - camera(-0.5, 0, 1.2)[0]
    assert zone.px_per_m(0.0) == pytest.approx(true_px, rel=SCALE_SDS * zone.scale_sd)
    assert zone.scale_sd < 0.1
    with pytest.raises(StationError, match="add --camera-distance and --camera-height"):
        fit_zone(replace(known, camera_distance_m=None, camera_height_m=None))


def test_a_lane_too_flat_to_tell_has_its_own_remedy():
    with pytest.raises(StationError, match="nearer or higher"):
        fit_zone(replace(seen_by(one_camera(distance_m=20.0, height_m=0.7)), cone_sd_px=2.0))


def test_parallax_is_what_the_sight_line_makes_of_it():
    aside_m, distance_m = 2.0, 10.0
    for at_m, late in ((0.0, 0.0), (-aside_m, aside_m / distance_m / SPEED_MPS)):
        quality = quality_of(fit_zone(seen_by(one_camera(at_m, distance_m))))
        assert abs(quality.lane_s_per_m) == pytest.approx(late, abs=0.0005)
    text = "\n".join(lines(quality))
    assert "Marker 2 alone, runs go left to right" in text
    assert "in the crossing" in text
    assert "in line with Marker 2's cones: parallax ±7 ms → ±0 ms" in text
    assert "fly time" not in text
    assert "nan" not in text


def test_only_its_own_marker_is_watched():
    corridor = corridor_of(fit_zone(seen_by(one_camera(), marker=3)))
    assert list(corridor.markers) == [3]
    assert corridor.x_m.min() > FLY_M - 5
    assert corridor.x_m.max() < FLY_M + 5


def test_it_is_kept_in_a_few_lines_and_read_again(tmp_path):
    profile = seen_by(one_camera())
    path = tmp_path / "m2.toml"
    path.write_text(dump(profile))
    assert load_profile(path) == profile
    assert "marker3_px" not in path.read_text()
    assert 'towards = "right"' in path.read_text()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('towards = "right"', "", "marker3_px has 0 cones"),
        ('towards = "right"', 'towards = "up"', "towards"),
        ("lane_line_px = [[", "marker3_px = [[9, 9]]\nlane_line_px = [[", "towards says"),
    ],
)
def test_what_is_no_calibration_of_one_marker(tmp_path, old, new, said):
    path = tmp_path / "m2.toml"
    text = dump(seen_by(one_camera()))
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(StationError, match=said):
        load_profile(path)


def test_calibrate_takes_the_one_marker_that_a_camera_sees(rendered, tmp_path: Path) -> None:
    scene = Scene(sees="marker3", runs=0, size="640x360", idle_s=0.2)
    video, truth = rendered(scene)
    cones = " ".join(f"{u},{v}" for u, v in truth.cones_px[1])
    given = {"fly_m": FLY_M, "marker3": cones, "out": tmp_path / "m3.toml"}
    with pytest.raises(StationError, match=r"add --marker2 .* or, where .* --towards right"):
        calibrate(video, **given)
    with pytest.raises(StationError, match="add --camera-distance and --camera-height"):
        calibrate(video, towards="right", **given)
    with pytest.raises(StationError, match="leave it out"):
        calibrate(video, towards="right", marker2="1,2", **given)
    assert not (tmp_path / "m3.toml").exists()
    done = calibrate(
        video,
        towards="right",
        camera_distance_m=scene.away_m,
        camera_height_m=scene.camera_height_m,
        **given,
    )
    assert isinstance(done, Calibrated)
    assert "calibrate Marker 2's camera" in done.lines()[-1]
    assert load_profile(tmp_path / "m3.toml").markers.keys() == {3}


def test_a_crossing_is_held_to_its_share_of_a_fly_time():
    quality = replace(quality_of(fit_zone(seen_by(one_camera()))), lane_s_per_m=0.0)
    for share, word in ((0.95, "good"), (1.05, "doubt")):
        known_s = share * FINE_S / np.sqrt(2) / INTERVAL_95
        assert verdict(replace(quality, cones_sigma_s=known_s))[0] == word
