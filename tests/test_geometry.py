"""Pixels ↔ metres, held against a pinhole camera that shares no code with the product's."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from math import atan2, cos, exp, radians, sin, tan
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.geometry import Zone, fit_zone
from calibration.profile import Pixel, Profile
from calibration.quality import quality_of
from hardware.errors import StationError

HEAD_M = 1.65
EXACT_CONES_TOLERANCE_M = 0.003  # what the priors pull, of zones of 30 to 50 m
HALF_LANE_M = 0.61


@dataclass(frozen=True)
class Pinhole:
    """A camera by rotation matrices, so that its angles are not the product's formulas."""

    x_m: float
    distance_m: float
    height_m: float
    focal_px: float
    yaw: float
    pitch: float
    roll: float
    size: tuple[int, int]

    def __call__(self, x_m: float, y_m: float, z_m: float) -> Pixel:
        turn = np.array([[cos(self.yaw), -sin(self.yaw)], [sin(self.yaw), cos(self.yaw)]])
        right, forward = turn @ [x_m - self.x_m, y_m + self.distance_m]
        tilt = complex(forward, z_m - self.height_m) * np.exp(1j * self.pitch)
        tipped = complex(right, -tilt.imag) * np.exp(-1j * self.roll) / tilt.real * self.focal_px
        return (self.size[0] - 1) / 2 + tipped.real, (self.size[1] - 1) / 2 + tipped.imag


def aimed(
    fly_m: float = 30.0,
    at: float = 0.5,
    distance: float = 1.0,
    height_m: float = 1.6,
    tilt_deg: float = 0.3,
    roll_deg: float = 0.3,
    size: tuple[int, int] = (1280, 720),
) -> Pinhole:
    """A camera that shows 3 m beyond each marker; `at` and `distance` in zone lengths."""
    x_m, distance_m = at * fly_m, distance * fly_m
    left, right = atan2(-3 - x_m, distance_m), atan2(fly_m + 3 - x_m, distance_m)
    yaw = (left + right) / 2
    focal_px = size[0] / 2 / tan((right - left) / 2)
    pitch = atan2(height_m - 1, distance_m / cos(yaw)) + radians(tilt_deg)
    return Pinhole(x_m, distance_m, height_m, focal_px, yaw, pitch, radians(roll_deg), size)


def profile_of(
    camera: Pinhole, fly_m: float, noise_px: float = 0.0, seed: int = 0, **more: float
) -> Profile:
    """What a coach with this click error would have written down."""
    rng = np.random.default_rng(seed)
    left, right = (
        tuple(
            (u + rng.normal(0, noise_px), v + rng.normal(0, noise_px))
            for u, v in (camera(x_m, y_m, 0.0) for y_m in (-HALF_LANE_M, HALF_LANE_M))
        )
        for x_m in (0.0, fly_m)
    )
    return Profile(fly_m, camera.size, left, right, **more)


def mirrored(profile: Profile) -> Profile:
    return replace(profile, marker2_px=profile.marker3_px, marker3_px=profile.marker2_px)


def random_camera(rng: np.random.Generator) -> tuple[Pinhole, float]:
    fly_m = float(rng.choice([30.0, 40.0, 50.0]))
    return aimed(
        fly_m,
        at=float(rng.choice([0.5, 0.0, 1.0])),
        distance=exp(rng.normal(0, 0.25)),
        height_m=rng.uniform(1.2, 4.0),
        tilt_deg=rng.normal(0, 1),
        roll_deg=rng.normal(0, 1),
        size=(1280, 720) if rng.random() < 0.5 else (1920, 1080),
    ), fly_m


cameras = st.builds(
    lambda fly_m, **placed: (aimed(fly_m, **placed), fly_m),
    st.sampled_from([30.0, 40.0, 50.0]),
    at=st.floats(-0.1, 1.1),
    distance=st.floats(0.6, 2.0),
    height_m=st.floats(1.0, 4.0),
    tilt_deg=st.floats(-2, 2),
    roll_deg=st.floats(-2, 2),
    size=st.sampled_from([(1280, 720), (1920, 1080)]),
)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(cameras, st.booleans())
def test_a_head_at_a_marker_is_at_the_marker(drawn: tuple[Pinhole, float], mirror: bool) -> None:
    camera, fly_m = drawn
    profile = profile_of(camera, fly_m, cone_sd_px=0.1)
    heads = np.array([camera(x_m, 0.0, HEAD_M) for x_m in (0.0, fly_m)]).T
    zone = fit_zone(mirrored(profile) if mirror else profile)
    x_m, z_m = zone.to_lane(*heads)
    wanted = [fly_m, 0.0] if mirror else [0.0, fly_m]
    assert x_m == pytest.approx(wanted, abs=EXACT_CONES_TOLERANCE_M)
    assert z_m == pytest.approx(HEAD_M, abs=0.05)
    assert zone.mirrored == mirror
    assert zone.residual_px < 0.1


def test_the_camera_is_where_it_stood() -> None:
    zone = fit_zone(profile_of(aimed(at=0.2, height_m=2.5), 30.0, cone_sd_px=0.05))
    assert zone.distance_m == pytest.approx(30, rel=0.02)
    assert zone.height_m == pytest.approx(2.5, rel=0.02)
    assert zone.position_m == pytest.approx(6, abs=0.2)


@pytest.mark.parametrize("mirror", [False, True])
def test_to_pixel_and_to_lane_undo_each_other(mirror: bool) -> None:
    profile = profile_of(aimed(), 30.0)
    zone = fit_zone(mirrored(profile) if mirror else profile)
    x_m, z_m = np.meshgrid(np.linspace(-2, 32, 7), np.linspace(0, 2.2, 3))
    for y_m in (-0.4, 0.0, 1.2):
        back = zone.to_lane(*zone.to_pixel(x_m, y_m, z_m), y_m)
        assert np.allclose(back, (x_m, z_m), atol=1e-9)


@pytest.mark.parametrize("mirror", [False, True])
def test_a_runner_farther_away_reads_wider_by_zone_over_distance(mirror: bool) -> None:
    profile = profile_of(aimed(distance=1.25), 30.0, cone_sd_px=0.05)
    zone = fit_zone(mirrored(profile) if mirror else profile)
    per_metre = [
        zone.metres_per_lane_metre(*(float(part) for part in zone.to_pixel(x_m, 0, HEAD_M)))
        for x_m in (0.0, 30.0)
    ]
    assert per_metre[1] - per_metre[0] == pytest.approx(1 / 1.25, rel=0.01)


def fly_error(zone: Zone, camera: Pinhole) -> tuple[float, float]:
    """Error of the fly distance that a head's sightings give, and the stated sd; metres."""
    pixels = [camera(x_m, 0.0, HEAD_M) for x_m in (0.0, zone.fly_m)]
    (start, end), _ = zone.to_lane(*np.array(pixels).T)
    at_start, at_end = (zone.metres_per_pose_sd(*pixel) for pixel in pixels)
    return end - start - zone.fly_m, float(np.linalg.norm(at_end - at_start))


def z_scores(noise_px: float, draws: int, *, tape: bool = False, lone: bool = False) -> list[float]:
    rng = np.random.default_rng(7)
    scores = []
    for seed in range(draws):
        camera, fly_m = random_camera(rng)
        if lone:  # the only cone of a marker may stand anywhere in the lane
            across_m = rng.normal(-HALF_LANE_M, 0.4)
            one = [(camera(x_m, across_m, 0.0),) for x_m in (0.0, fly_m)]
            profile = Profile(fly_m, camera.size, *one, cone_sd_px=0.3)
        else:
            profile = profile_of(camera, fly_m, noise_px, seed, cone_sd_px=noise_px)
        if tape:
            profile = replace(
                profile, camera_distance_m=camera.distance_m, camera_height_m=camera.height_m
            )
        error_m, sd_m = fly_error(fit_zone(profile), camera)
        scores.append(error_m / sd_m)
    return scores


@pytest.mark.parametrize("noise_px", [0.2, 1.0])
def test_the_stated_sd_covers_the_cones_noise(noise_px: float) -> None:
    assert 0.7 < np.sqrt(np.mean(np.square(z_scores(noise_px, 100)))) < 1.3


def test_a_measured_camera_is_more_certain_and_still_honest() -> None:
    assert 0.7 < np.sqrt(np.mean(np.square(z_scores(0.5, 60, tape=True)))) < 1.3
    profile = profile_of(aimed(), 30.0, 0.5)
    told = replace(profile, camera_distance_m=30.0, camera_height_m=1.6)
    assert fly_error(fit_zone(told), aimed())[1] < 0.8 * fly_error(fit_zone(profile), aimed())[1]


def test_one_cone_a_marker_works_with_the_uncertainty_it_deserves() -> None:
    assert 0.6 < np.sqrt(np.mean(np.square(z_scores(0.3, 60, lone=True)))) < 1.3
    profile = profile_of(aimed(), 30.0)
    lone = replace(profile, marker3_px=profile.marker3_px[:1])
    assert fly_error(fit_zone(lone), aimed())[1] > 2 * fly_error(fit_zone(profile), aimed())[1]


def test_a_tilted_camera_may_show_the_near_cone_above_the_far_one() -> None:
    camera = aimed(40.0, at=1.0, distance=0.8, height_m=1.2, roll_deg=-2.0)
    profile = profile_of(camera, 40.0, cone_sd_px=0.1)
    assert profile.marker2_px[0][1] < profile.marker2_px[1][1]
    assert abs(fly_error(fit_zone(profile), camera)[0]) < EXACT_CONES_TOLERANCE_M


GOOD = profile_of(aimed(), 30.0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"marker2_px": ((-3.0, 400.0),)}, "outside the picture"),
        ({"marker3_px": ((1280.0, 400.0),)}, "outside the picture"),
        ({"marker2_px": ((100.0, 500.0), (100.0, 500.0))}, "both cones of Marker 2"),
        ({"marker3_px": GOOD.marker2_px}, "not side by side"),
        ({"marker2_px": ((100.0, 700.0),), "marker3_px": ((300.0, 100.0),)}, "not side by side"),
        ({"marker2_px": GOOD.marker2_px[::-1]}, "near cone of Marker 2"),
        ({"marker3_px": GOOD.marker3_px[::-1]}, "near cone of Marker 3"),
        ({"marker2_px": ((100.0, 700.0), (700.0, 100.0))}, "no possible perspective"),
    ],
)
def test_impossible_cones_are_refused(change: dict[str, tuple[Pixel, ...]], said: str) -> None:
    with pytest.raises(StationError, match=said):
        fit_zone(replace(GOOD, **change))  # type: ignore[arg-type]


@pytest.mark.parametrize("at", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("height_m", [1.6, 3.5])
def test_swapped_cones_are_named(at: float, height_m: float) -> None:
    profile = profile_of(aimed(at=at, height_m=height_m), 30.0, 0.3)
    swapped = replace(profile, marker2_px=profile.marker2_px[::-1])
    with pytest.raises(StationError, match="near cone of Marker 2"):
        fit_zone(swapped)


pixels = st.tuples(st.floats(0, 1279), st.floats(0, 719))
markers = st.one_of(st.tuples(pixels), st.tuples(pixels, pixels))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(markers, markers, st.floats(1, 400))
def test_any_cones_give_a_zone_or_a_clear_error(
    marker2: tuple[Pixel, ...], marker3: tuple[Pixel, ...], fly_m: float
) -> None:
    profile = Profile(fly_m, (1280, 720), marker2, marker3)
    with suppress(StationError):
        zone = fit_zone(profile)
        assert np.isfinite(zone.pose).all()
        assert np.isfinite(zone.pose_sd).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"marker2_px": ((108.5, 396.3), (129.6, 10.0))}, "no possible perspective.*aslant"),
        ({"marker2_px": ((1.0, 1.0), (2.0, 2.0))}, "no possible perspective"),
        ({"marker2_px": ((0.0, 0.0),)}, "no possible perspective"),
        ({"marker2_px": ((108.0, 200.0),)}, "fix no camera"),
        ({"fly_m": 1e-9}, "no possible perspective.*zone's length"),
        ({"fly_m": 0.01}, "no possible perspective.*zone's length"),
        ({"fly_m": 0.1}, "no runner can be seen"),
        ({"fly_m": 1000.0}, "a metre of the zone is 1.04 px.*no runner can be seen"),
        ({"camera_height_m": 100.0}, "--camera-height 100 does not go with the cones"),
        ({"camera_distance_m": 0.5}, "--camera-distance 0.5 does not go with the cones"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_what_no_camera_sees_is_one_line(change: dict[str, Any], said: str) -> None:
    seen = Profile(
        fly_m=30.0,
        picture_px=(1280, 720),
        marker2_px=((108.5, 396.3), (129.6, 393.6)),
        marker3_px=((1170.1, 401.8), (1149.0, 398.9)),
        cone_sd_px=0.1,
    )
    assert fit_zone(seen).distance_m == pytest.approx(30.0, abs=1.5)
    with pytest.raises(StationError, match=said) as refused:
        fit_zone(replace(seen, **change))
    assert "\n" not in str(refused.value)


def test_any_length_of_zone_is_taken() -> None:
    for fly_m in (1.0, 5.0, 100.0, 200.0):
        zone = fit_zone(replace(profile_of(aimed(), 30.0), fly_m=fly_m))
        assert quality_of(zone).zone.fly_m == fly_m
