"""The still background: track, lines, grass, and what stands behind at the height of heads.

It decides what the surroundings look like, drawn per seed. Brightness and colour come from each
pixel's ray, so that perspective is right for any camera. Nothing in it moves.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from station.simulator.camera import LANE_WIDTH_M, Camera
from station.simulator.motion import Floats

BUSH_HALF_M, BUSH_HIGH_M = 4.2, 4.0
"""Half the width and the height of a bush."""
LINE_M = 0.05
"""Width of a lane's line (World Athletics)."""

_TRACKS = ((150, 70, 55), (170, 85, 65), (60, 85, 140), (120, 60, 50), (105, 105, 110))
_GRASS = ((70, 105, 50), (95, 120, 60), (120, 125, 75))
_LEAVES = ((45, 62, 35), (60, 75, 40), (75, 85, 60), (85, 75, 45))
_WALLS = ((150, 145, 135), (190, 185, 175), (120, 95, 80), (90, 95, 105))


def _fractal(rng: np.random.Generator, size: int, coarsest: int) -> NDArray[np.float32]:
    """Draw a square texture with structure at every scale: mean 0, standard deviation 1.

    Its mirror images lie beside and below it, so that it repeats without a seam.
    """
    texture = np.zeros((size, size), np.float32)
    cells, weight = coarsest, 1.0
    while cells <= size:
        grid = rng.standard_normal((cells, cells)).astype(np.float32)
        texture += weight * cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC)
        cells, weight = cells * 2, weight * 0.72
    texture -= texture.mean()
    texture /= texture.std()
    wide = np.concatenate([texture, texture[:, ::-1]], axis=1)
    return np.concatenate([wide, wide[::-1]])


def _look_up(texture: NDArray[np.float32], x_m: Floats, y_m: Floats, period_m: float) -> Floats:
    """Read a texture that repeats every `period_m` at places in metres."""
    to_px = texture.shape[0] / period_m
    found = cv2.remap(
        texture,
        (x_m * to_px % texture.shape[0]).astype(np.float32),
        (y_m * to_px % texture.shape[0]).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )
    return np.asarray(found, np.float64)


def render(
    camera: Camera, rng: np.random.Generator, bush_x_m: float | None
) -> tuple[NDArray[np.uint8], tuple[int, int, int, int]]:
    """Render the background.

    Args:
        camera: Where it is seen from.
        rng: Draws what stands there.
        bush_x_m: Behind which place of the lane a bush grows, if one does.

    Returns:
        Planar brightness and colour differences (yuv420p), shape (height * 3 / 2, width), and
        the box of the bush: left, top, right, bottom, pixels (empty without one).
    """
    width_px, height_px = camera.size_px
    u, v = np.meshgrid(np.arange(width_px, dtype=float), np.arange(height_px, dtype=float))
    rays = camera.rays(u, v)
    first_lane = int(rng.integers(-4, 0))  # of eight lanes, ours is one; the rest lie around it
    edges_m = (first_lane - 0.5) * LANE_WIDTH_M, (first_lane + 7.5) * LANE_WIDTH_M
    wall_m = edges_m[1] + rng.uniform(2.0, 9.0)
    textures = [_fractal(rng, 256, coarsest) for coarsest in (8, 32)]
    bush_box, bush_m = (0, 0, 0, 0), None
    if bush_x_m is not None:
        # As the camera sees it: where the ray over that place of the lane meets the wall's plane.
        far = (wall_m - camera.position_m[1]) / -camera.position_m[1]
        bush_m = camera.position_m[0] + far * (bush_x_m - camera.position_m[0])
        bush_box = _bush_box(camera, bush_m, wall_m)
    picture = _upright(camera, rays, wall_m, rng, textures, bush_m)
    on_ground = rays[..., 2] < -1e-4
    reach = camera.position_m[2] / np.maximum(-rays[..., 2], 1e-4)
    on_ground &= camera.position_m[1] + reach * rays[..., 1] < wall_m
    ground = _ground(camera, rays, edges_m, rng, textures)
    picture = np.where(on_ground[..., None], ground, picture)
    bgr = np.clip(picture[..., ::-1], 0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420), np.uint8), bush_box


def _bush_box(camera: Camera, bush_m: float, wall_m: float) -> tuple[int, int, int, int]:
    """Box the bush in, within the picture."""
    half_m, high_m = BUSH_HALF_M, BUSH_HIGH_M
    corners = [(bush_m + x, wall_m, z) for x in (-half_m, half_m) for z in (0.0, high_m)]
    pixels, _ = camera.project(np.array(corners))
    low = np.clip(pixels.min(axis=0), 0, np.array(camera.size_px) - 2).astype(int)
    high = np.clip(pixels.max(axis=0), low + 2, camera.size_px).astype(int)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _ground(
    camera: Camera,
    rays: Floats,
    edges_m: tuple[float, float],
    rng: np.random.Generator,
    textures: list[NDArray[np.float32]],
) -> Floats:
    """Colour the ground: grass, and a track whose lines are averaged over each pixel's depth."""
    down = np.minimum(rays[..., 2], -1e-4)
    reach = -camera.position_m[2] / down
    x_m = camera.position_m[0] + reach * rays[..., 0]
    y_m = camera.position_m[1] + reach * rays[..., 1]
    deep_m = np.abs(np.gradient(y_m, axis=0)) + 1e-6
    near_m, far_m = y_m - deep_m / 2, y_m + deep_m / 2

    def covered_to(y: Floats) -> Floats:
        """How many metres of line lie between the track's near edge and `y`."""
        inside = np.clip(y, edges_m[0], edges_m[1] + LINE_M) - edges_m[0]
        lanes = np.floor(inside / LANE_WIDTH_M)
        return lanes * LINE_M + np.minimum(inside - lanes * LANE_WIDTH_M, LINE_M)

    line = np.clip((covered_to(far_m) - covered_to(near_m)) / deep_m, 0.0, 1.0)
    track = np.clip((far_m - edges_m[0]) / deep_m, 0, 1)
    track *= np.clip((edges_m[1] - near_m) / deep_m, 0, 1)
    fade = np.clip(0.15 / deep_m, 0.05, 1.0)  # texture finer than a pixel averages out
    rough = _look_up(textures[0], x_m, y_m, 23.0)
    rough += 0.6 * _look_up(textures[1], x_m, y_m, 3.1) * fade
    grass_colour = np.array(_GRASS[rng.integers(len(_GRASS))]) * rng.uniform(0.8, 1.15)
    track_colour = np.array(_TRACKS[rng.integers(len(_TRACKS))]) * rng.uniform(0.8, 1.15)
    grass = grass_colour * (1 + 0.12 * rough[..., None])
    lane = track_colour * (1 + 0.04 * rough[..., None])
    worn = np.clip(0.85 + 0.1 * rough, 0.5, 1.0)[..., None] * line[..., None]
    lane = lane + worn * (np.array((225.0, 225.0, 220.0)) - lane)
    return np.asarray(grass + track[..., None] * (lane - grass))


def _upright(
    camera: Camera,
    rays: Floats,
    wall_m: float,
    rng: np.random.Generator,
    textures: list[NDArray[np.float32]],
    bush_x_m: float | None,
) -> Floats:
    """Colour what stands upright behind the track, and the sky above it."""
    reach = (wall_m - camera.position_m[1]) / np.maximum(rays[..., 1], 1e-3)
    x_m = camera.position_m[0] + reach * rays[..., 0]
    z_m = camera.position_m[2] + reach * rays[..., 2]
    pixel_m = (wall_m - camera.position_m[1]) / camera.f_px
    picture = np.array((205.0, 215.0, 228.0)) - 2.0 * np.clip(z_m, 0, 30)[..., None]
    kind = rng.choice(["trees", "stand", "wall", "fence"])
    coarse = _look_up(textures[0], x_m, z_m, 17.0)
    fine = _look_up(textures[1], x_m, z_m, 5.0)
    trees_m = rng.uniform(3, 9) + rng.uniform(0.5, 1.6) * _look_up(textures[0], x_m, 0 * z_m, 60.0)
    leaves = np.array(_LEAVES[rng.integers(len(_LEAVES))]) * rng.uniform(0.8, 1.3)
    wood = leaves * (1 + 0.22 * coarse + 0.22 * fine)[..., None]
    if kind != "wall":
        cover = np.clip(0.5 + (trees_m + 0.3 * fine - z_m) / (2 * pixel_m), 0, 1)
        picture = picture + cover[..., None] * (wood - picture)
    if kind == "stand":
        picture = _over(picture, _stand(x_m, z_m, rng), z_m < rng.uniform(3, 6))
    elif kind == "wall":
        wall = np.array(_WALLS[rng.integers(len(_WALLS))])
        wall = wall * (1 + 0.05 * coarse + 0.03 * fine)[..., None]
        panes = (np.mod(x_m, 4.2) < 1.6) & (np.mod(z_m + 0.4, 3.0) > 1.5)
        wall = np.where(panes[..., None], np.array((55.0, 62.0, 70.0)), wall)
        picture = _over(picture, wall, z_m < rng.uniform(4, 9))
    boards_m = rng.uniform(0.6, 1.1)
    if rng.random() < 0.6:
        picture = _over(picture, _boards(x_m, z_m, rng, boards_m), z_m < boards_m)
    if kind in ("fence", "trees"):
        post = np.abs(np.mod(x_m, 2.5) - 1.25) < max(0.035, pixel_m / 2)
        rail = np.abs(z_m - rng.uniform(1.0, 1.3)) < max(0.03, pixel_m / 2)
        grey = np.full(3, rng.uniform(60, 200))
        picture = _over(picture, grey, (post | rail) & (z_m < 1.32))
    if bush_x_m is not None:
        away = np.hypot((x_m - bush_x_m) / BUSH_HALF_M, z_m / BUSH_HIGH_M)
        away += 0.1 * coarse + 0.08 * fine + 0.12
        bush = leaves * 0.9 * (1 + 0.4 * fine + 0.2 * coarse)[..., None]
        picture = _over(picture, bush, away < 1.0)
    # What lies behind is never pin-sharp.
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 0.6))


def _over(picture: Floats, colour: Floats, where: NDArray[np.bool_]) -> Floats:
    """Lay a colour over part of a picture."""
    return np.asarray(np.where(where[..., None], colour, picture))


def _stand(x_m: Floats, z_m: Floats, rng: np.random.Generator) -> Floats:
    """Colour rows of seats with people here and there."""
    seat, row = np.floor(x_m / 0.55).astype(int) % 256, np.floor(z_m / 0.45).astype(int) % 64
    base = np.array(_WALLS[rng.integers(len(_WALLS))]) * 0.8
    seats = base + rng.normal(0, 6, (256, 64, 1)) + np.zeros(3)
    taken = rng.random((256, 64)) < rng.uniform(0.1, 0.6)
    seats[taken] = _dull(rng, int(taken.sum()))
    return np.asarray(seats[seat, row] * (0.75 + 0.35 * np.mod(z_m / 0.45, 1.0)[..., None]))


def _dull(rng: np.random.Generator, count: int) -> Floats:
    """Draw colours of any brightness that are not too bright as colours, shape (count, 3)."""
    grey = rng.uniform(35, 225, (count, 1))
    return np.asarray(np.clip(grey + rng.normal(0, 32, (count, 3)), 10, 245))


def _boards(x_m: Floats, z_m: Floats, rng: np.random.Generator, boards_m: float) -> Floats:
    """Colour advertising boards."""
    board = np.floor(x_m / rng.uniform(2.5, 4.5)).astype(int) % 64
    colours, ink = _dull(rng, 64), _dull(rng, 64)
    letters = (np.sin(x_m * 9.0) * np.sin(x_m * 5.3 + 1) > 0.25) & (
        np.abs(z_m / boards_m - 0.5) < 0.25
    )
    return np.asarray(np.where(letters[..., None], ink[board], colours[board]))


def brightness_at(planes: NDArray[np.uint8], pixels: Floats) -> Floats:
    """Read a background's brightness at pixels, shape (n, 2); those outside do not count."""
    height_px, width_px = planes.shape[0] * 2 // 3, planes.shape[1]
    u, v = np.rint(pixels).astype(int).T
    inside = (u >= 0) & (u < width_px) & (v >= 0) & (v < height_px)
    return planes[v[inside], u[inside]].astype(float) if inside.any() else np.array([110.0])
