"""The ruler's own pinhole camera: world metres → pixels, and a picture's rays back to the world.

It decides where the camera looks so that the Fly Zone is seen. It never reads a calibration and
shares no code with the product's geometry: a ruler that shares the converter hides its faults.

World: x to the right in the picture along the lane, y away from the camera (0 is the lane's centre
line), z up; metres. Pixel centres are integers, the origin is the top left one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hardware.errors import StationError
from station.simulator.scene import Scene

Floats = NDArray[np.float64]

LANE_WIDTH_M = 1.22
"""Between the inner edges of a lane's lines (World Athletics)."""
MARGIN_M = 3.0
"""What the picture shows of the lane beyond each marker, at the least."""
ONE_MARKER_M = 5.0
"""The same of a camera that sees one marker alone."""
STANDARD_HEIGHT_M = 1.75
"""The runner that `runner_px` speaks of."""


@dataclass(frozen=True)
class Camera:
    """A pinhole camera; `onto` maps a point relative to `position_m` to homogeneous pixels.

    Attributes:
        position_m: The lens, shape (3,).
        onto: Intrinsics times rotation, shape (3, 3); its third row gives the depth in metres.
        f_px: Focal length.
        yaw_deg: Turned to the right of straight across the lane.
        pitch_deg: Tilted upwards.
        roll_deg: Picture turned clockwise.
        size_px: Width and height of the picture.
        light: Where the light comes from in the picture (unit vector): above and a little left.
    """

    position_m: Floats
    onto: Floats
    f_px: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    size_px: tuple[int, int]
    light: tuple[float, float] = (-0.45, -0.89)

    def project(self, points_m: Floats) -> tuple[Floats, Floats]:
        """Project world points.

        Args:
            points_m: Shape (..., 3).

        Returns:
            Pixels, shape (..., 2), and depths in metres along the optical axis, shape (...).
        """
        seen = (points_m - self.position_m) @ self.onto.T
        return seen[..., :2] / seen[..., 2:], seen[..., 2]

    def rays(self, u_px: Floats, v_px: Floats) -> Floats:
        """Look out through pixels: world directions of depth 1 m, shape (..., 3)."""
        pixels = np.stack(np.broadcast_arrays(u_px, v_px, 1.0), axis=-1)
        rays: Floats = pixels @ np.linalg.inv(self.onto).T
        return rays

    def moved(self, right_px: float, down_px: float, turn_deg: float) -> Camera:
        """Move the picture: turned clockwise about its centre, then shifted."""
        motion = picture_motion(self.size_px, right_px, down_px, turn_deg)
        return replace(self, onto=motion @ self.onto)

    def turned(self, clockwise_deg: int) -> Camera:
        """Hold the camera so that its picture has to be turned clockwise by so much."""
        camera = self
        for _ in range(clockwise_deg // 90):
            width_px, height_px = camera.size_px
            turn = np.array([[0.0, 1.0, 0.0], [-1.0, 0.0, width_px - 1], [0.0, 0.0, 1.0]])
            camera = replace(
                camera,
                onto=turn @ camera.onto,
                size_px=(height_px, width_px),
                light=(camera.light[1], -camera.light[0]),
            )
        return camera

    def padded(self, pad_px: int) -> Camera:
        """See `pad_px` more on every side."""
        width_px, height_px = self.size_px
        shift = np.array([[1.0, 0.0, pad_px], [0.0, 1.0, pad_px], [0.0, 0.0, 1.0]])
        size_px = (width_px + 2 * pad_px, height_px + 2 * pad_px)
        return replace(self, onto=shift @ self.onto, size_px=size_px)

    def along_at(self, u_px: float, y_m: float) -> float:
        """Find the world x that column `u_px` shows at mid-height, `y_m` beyond the centre line."""
        ray = self.rays(np.array(u_px), np.array((self.size_px[1] - 1) / 2))
        return float(self.position_m[0] + (y_m - self.position_m[1]) * ray[0] / ray[1])


def picture_motion(
    size_px: tuple[int, int], right_px: float, down_px: float, turn_deg: float
) -> Floats:
    """Turn a picture clockwise about its centre, then shift it: homogeneous, shape (3, 3)."""
    centre = (np.array(size_px) - 1) / 2
    cos, sin = math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg))
    turn = np.array([[cos, -sin], [sin, cos]])
    motion = np.eye(3)
    motion[:2, :2] = turn
    motion[:2, 2] = centre - turn @ centre + (right_px, down_px)
    return motion


def _looking(
    position_m: Floats, f_px: float, yaw: float, pitch: float, roll: float, size_px: tuple[int, int]
) -> Camera:
    """Build a camera from angles in radians."""
    forward = np.array(
        [math.sin(yaw) * math.cos(pitch), math.cos(yaw) * math.cos(pitch), math.sin(pitch)]
    )
    right = np.array([math.cos(yaw), -math.sin(yaw), 0.0])
    level = np.array([right, np.cross(forward, right), forward])
    centre = (np.array(size_px) - 1) / 2
    lens = np.array([[f_px, 0.0, centre[0]], [0.0, f_px, centre[1]], [0.0, 0.0, 1.0]])
    turn = picture_motion(size_px, 0.0, 0.0, math.degrees(roll))
    yaw, pitch, roll = math.degrees(yaw), math.degrees(pitch), math.degrees(roll)
    return Camera(position_m, turn @ lens @ level, f_px, yaw, pitch, roll, size_px)


def marker_m(scene: Scene, marker: str) -> float:
    """Where a marker is, world x: "marker2" or "marker3"."""
    return 0.0 if (marker == "marker2") == (scene.heading > 0) else scene.fly_m


def camera_for(scene: Scene) -> Camera:
    """Place and aim the camera: the markers it sees and some of the lane beyond in the picture.

    Raises:
        StationError: The runner cannot be as tall as asked with the markers in the picture.
    """
    distance_m, size_px = scene.away_m, scene.size_px
    along_m = scene.camera_along_m if scene.heading > 0 else scene.fly_m - scene.camera_along_m
    position_m = np.array([along_m, -distance_m, scene.camera_height_m])
    near_m = distance_m - LANE_WIDTH_M / 2
    from_m, to_m = -MARGIN_M, scene.fly_m + MARGIN_M
    if scene.sees != "both":
        at_m = marker_m(scene, scene.sees)
        from_m, to_m = at_m - ONE_MARKER_M, at_m + ONE_MARKER_M
    middle_m = (from_m + to_m) / 2
    left = math.atan2(from_m - along_m, near_m)
    right = math.atan2(to_m - along_m, near_m)
    yaw = (left + right) / 2
    f_px = (size_px[0] / 2 - 2) / math.tan((right - left) / 2)
    mid_m = math.hypot(middle_m - along_m, distance_m)
    depth_m = mid_m * math.cos(math.atan2(middle_m - along_m, distance_m) - yaw)
    tallest_px = f_px * STANDARD_HEIGHT_M / depth_m
    if scene.runner_px is not None:
        if scene.runner_px > tallest_px:
            raise StationError(
                f"runner_px is {scene.runner_px:g}: with both markers in the picture a "
                f"runner is at most {tallest_px:.0f} px tall; use that, a wider picture, or a "
                "shorter zone"
            )
        f_px *= scene.runner_px / tallest_px
    pitch = math.atan2(1.1 - scene.camera_height_m, mid_m)
    return _looking(position_m, f_px, yaw, pitch, math.radians(scene.camera_roll_deg), size_px)
