"""Cone proposals, held against drawn cones at known places and against the simulator's pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from test_geometry import Pinhole, aimed

from calibration.profile import Pixel, load_profile
from hardware.video import open_video
from station.simulator import Scene, simulate
from station.vision.cones import Marker, find_cones, propose
from station.vision.grid import with_grid

TOLERANCE_PX = 1.5
SHARPER = 16  # cones are drawn so many times larger, then averaged down
ORANGE, RED, YELLOW = (20, 95, 245), (40, 30, 210), (20, 200, 240)


def field(
    seed: int = 0, size: tuple[int, int] = (1280, 720), track: tuple[int, int, int] = (65, 80, 160)
) -> NDArray[np.uint8]:
    """Sky, grass and a track, a little noisy."""
    width, height = size
    picture = np.empty((height, width, 3), np.float64)
    picture[: height // 2] = (210, 190, 180)
    picture[height // 2 :] = (50, 120, 80)
    picture[int(0.5 * height) : int(0.65 * height)] = track
    noise = np.random.default_rng(seed).normal(0, 4, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def draw_cone(
    picture: NDArray[np.uint8],
    camera: Pinhole,
    at: tuple[float, float],
    colour: tuple[int, int, int],
) -> None:
    x_m, y_m = at
    outline = [(-0.12, 0.0), (0.12, 0.0), (0.025, 0.32), (-0.025, 0.32)]
    corners = np.array([camera(x_m + dx, y_m, z) for dx, z in outline])
    left, top = np.floor(corners.min(axis=0)).astype(int) - 2
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 2
    large = np.zeros(((bottom - top) * SHARPER, (right - left) * SHARPER), np.uint8)
    inside = (corners - (left, top) + 0.5) * SHARPER
    cv2.fillPoly(large, [np.round(inside).astype(np.int32)], 255)
    cover = large.reshape(bottom - top, SHARPER, right - left, SHARPER).mean(axis=(1, 3)) / 255
    part = picture[top:bottom, left:right]
    part[:] = np.round(part + cover[..., None] * (np.array(colour) - part)).astype(np.uint8)


def scene(
    camera: Pinhole,
    colour: tuple[int, int, int] = ORANGE,
    across_m: tuple[float, ...] = (-0.61, 0.61),
) -> tuple[NDArray[np.uint8], list[Pixel]]:
    """A picture with cones, and where their bases are: left marker first, near cone first."""
    picture = field(size=camera.size)
    places = [(x_m, y_m) for x_m in (0.0, 30.0) for y_m in across_m]
    for place in sorted(places, key=lambda place: -place[1]):
        draw_cone(picture, camera, place, colour)
    return picture, [camera(*place, 0.0) for place in places]


def worst_px(proposed: tuple[Marker, Marker] | None, truth: list[Pixel]) -> float:
    assert proposed is not None
    cones = [(cone.u_px, cone.v_px) for marker in proposed for cone in marker]
    assert len(cones) == len(truth)
    return float(np.abs(np.array(cones) - truth).max())


@pytest.mark.parametrize(
    ("camera", "colour"),
    [
        (aimed(height_m=1.5), ORANGE),
        (aimed(height_m=1.5), RED),
        (aimed(height_m=1.5), YELLOW),
        (aimed(height_m=4.0, roll_deg=1.0), ORANGE),
        (aimed(at=0.2, height_m=2.0), YELLOW),
        (aimed(at=0.75, distance=0.7, height_m=1.5, roll_deg=-1.0), ORANGE),
        (aimed(height_m=2.5, size=(960, 540)), RED),
    ],
)
def test_finds_drawn_cones(camera: Pinhole, colour: tuple[int, int, int]) -> None:
    picture, truth = scene(camera, colour)
    assert worst_px(propose(picture), truth) < TOLERANCE_PX


def test_finds_one_cone_a_marker() -> None:
    picture, truth = scene(aimed(height_m=2.0), across_m=(-0.61,))
    assert worst_px(propose(picture), truth) < TOLERANCE_PX


def test_a_base_is_found_between_pixels() -> None:
    errors = []
    for step in range(8):
        picture = field(step)
        camera = aimed(distance=0.9 + step * 0.007, height_m=2.0)
        draw_cone(picture, camera, (1.0, 0.0), ORANGE)
        u_px, v_px = camera(1.0, 0.0, 0.0)
        (cone,) = find_cones(picture[300:600, :300])
        errors.append((cone.u_px - u_px, cone.v_px + 300 - v_px))
    assert np.abs(errors).max() < 0.4


@pytest.mark.parametrize("seed", range(3))
def test_a_picture_without_cones_proposes_none(seed: int) -> None:
    rng = np.random.default_rng(seed)
    picture = field(seed)
    for _ in range(60):  # seats, shirts and boards
        u, v = rng.integers(20, 1200), rng.integers(150, 350)
        width, height = rng.integers(6, 40, 2)
        picture[v : v + height, u : u + width] = rng.integers(0, 255, 3)
    assert propose(picture) is None
    assert propose(np.full((90, 120, 3), seed * 90, np.uint8)) is None


@pytest.mark.parametrize(
    "settings",
    [
        {"seed": 1},
        {"seed": 4, "camera_position": "marker2", "camera_height_m": 4.0},
        {"seed": 6, "dim": True, "camera_height_m": 2.0},
        {"seed": 23, "fly_m": 50.0, "camera_height_m": 3.0},
    ],
)
def test_finds_the_simulators_cones(tmp_path: Path, settings: dict[str, object]) -> None:
    simulate(Scene(runs=0, idle_s=0.1, **settings), tmp_path / "field.mp4")  # type: ignore[arg-type]
    with open_video(tmp_path / "field.mp4") as video:
        picture = video.picture(video.first_pts_ns)
    profile = load_profile(tmp_path / "field.toml")
    markers = sorted((profile.marker2_px, profile.marker3_px))
    assert worst_px(propose(picture), [*markers[0], *markers[1]]) < TOLERANCE_PX


@pytest.mark.parametrize("size", [(1280, 720), (64, 48), (480, 352)])
def test_a_grid_keeps_the_pictures_size_and_the_picture(size: tuple[int, int]) -> None:
    picture = field(size=size)
    kept = picture.copy()
    drawn = with_grid(picture, [])
    assert drawn.shape == picture.shape
    assert (picture == kept).all()
    assert (drawn != kept).any()


def test_proposed_cones_are_enlarged_in_a_corner_that_does_not_hide_them() -> None:
    camera = aimed(height_m=2.0)
    picture, _ = scene(camera)
    proposed = propose(picture)
    assert proposed is not None
    cones = [cone for marker in proposed for cone in marker]
    drawn = with_grid(picture, list(enumerate(cones, start=1)))
    plain = with_grid(picture, [])
    changed = np.argwhere((drawn != plain).any(axis=2))
    assert changed[:, 0].min() == 0
    for cone in cones:
        base = drawn[round(cone.v_px) - 3, round(cone.u_px)].astype(int)
        assert base[2] > base[0] + 80  # still orange
