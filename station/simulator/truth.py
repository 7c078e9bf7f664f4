"""What really happened in a rendered recording, and the two files that say so.

It decides their form. The crossings in it are solved from the exact motion, never read off pixels.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from station.simulator.camera import LANE_WIDTH_M, Camera, camera_for, marker_m
from station.simulator.scene import Scene

LINE_M = 4.0
"""Where the lane's edge is clicked, on either side of a marker seen alone."""


@dataclass(frozen=True)
class TrueRun:
    """One sprint through the Fly Zone.

    Attributes:
        marker2_s: The body's reference point (front of the chest; the head moves rigidly with it)
            passes the vertical plane of Marker 2's cones; seconds on the file's timestamps.
        marker3_s: The same at Marker 3.
        fly_s: Real seconds between the two.
        velocity_mps: Zone length divided by that.
        lane_offset_m: Off the centre of the runner's own lane, positive away from the camera.
        lane: The lane between the cones, or the next one nearer to or farther from the camera.
        athlete_index: Who ran.
        head_lead_m: Centre of the head ahead of the reference point.
    """

    marker2_s: float
    marker3_s: float
    fly_s: float
    velocity_mps: float
    lane_offset_m: float
    lane: str
    athlete_index: int
    head_lead_m: float


@dataclass(frozen=True)
class Truth:
    """A rendered recording.

    Attributes:
        scene: The settings it was rendered from.
        fly_m: Length of the Fly Zone.
        direction: Way of the runs in the picture.
        capture_scale: Real seconds per second of the file.
        frames: How many are in the file.
        duration_s: From the first frame to the end of the last, on the file's timestamps.
        runs: Complete sprints, by the time they cross Marker 2.
        walk_backs: How many walks back are in the picture.
        camera: Place, focal length and angles (x along the run as in the picture, 0 at the marker
            on the left).
        cones_px: Bases of Marker 2's and Marker 3's cones, the near one first.
        flashes_s: When a torch was switched on and off, on the file's timestamps.
    """

    scene: dict[str, Any]
    fly_m: float
    direction: str
    capture_scale: float
    frames: int
    duration_s: float
    runs: tuple[TrueRun, ...]
    walk_backs: int
    camera: dict[str, Any]
    cones_px: tuple[tuple[tuple[float, float], ...], ...]
    flashes_s: tuple[tuple[float, float], ...] = ()

    def to_json(self) -> str:
        """Write it down."""
        return json.dumps(asdict(self), indent=2) + "\n"


def truth_path(video: Path) -> Path:
    """Name the file beside a video that holds its truth."""
    return video.with_name(video.stem + ".truth.json")


def calibration_path(video: Path) -> Path:
    """Name the file beside a video that holds its calibration."""
    return video.with_name(video.stem + ".toml")


def cones_m(scene: Scene) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Place the cones: shape (2, 2, 3), Marker 2 and 3, near and far, on the ground."""
    lines_m = (0.0, scene.fly_m) if scene.heading > 0 else (scene.fly_m, 0.0)
    sides_m = (-LANE_WIDTH_M / 2, LANE_WIDTH_M / 2)
    return np.array([[(x, y, 0.0) for y in sides_m] for x in lines_m])


def cones_px(scene: Scene, camera: Camera) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Project the cones' bases, exact."""
    pixels, _ = camera.project(cones_m(scene))
    return tuple(tuple((float(u), float(v)) for u, v in marker) for marker in pixels)


def lane_line_px(scene: Scene) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Project two points of the lane's near edge, left and right of the marker seen alone."""
    at_m = marker_m(scene, scene.sees)
    ends_m = [(at_m + x, -LANE_WIDTH_M / 2, 0.0) for x in (-LINE_M, LINE_M)]
    return camera_for(scene).project(np.array(ends_m))[0]


def camera_facts(camera: Camera) -> dict[str, Any]:
    """List what the camera is, for the truth."""
    return {
        "position_m": [float(part) for part in camera.position_m],
        "f_px": camera.f_px,
        "yaw_deg": camera.yaw_deg,
        "pitch_deg": camera.pitch_deg,
        "roll_deg": camera.roll_deg,
    }


def calibration_toml(scene: Scene, truth: Truth) -> str:
    """Write the calibration that a coach would have made: exact, or with `cone_error_px`."""
    rng = np.random.default_rng([scene.seed, 2])
    clicked = np.array(truth.cones_px) + scene.cone_error_px * rng.standard_normal((2, 2, 2))
    profile: dict[str, Any] = {
        "version": 1,
        "fly_m": float(truth.fly_m),
        "picture_px": list(scene.size_px),
        "marker2_px": clicked[0].tolist(),
        "marker3_px": clicked[1].tolist(),
        "lane_width_m": LANE_WIDTH_M,
        "readout_ms": float(scene.readout_ms),
        "lane_sd_m": 0.15,
        "cone_sd_px": max(0.1, scene.cone_error_px),
    }
    if scene.sees != "both":
        del profile["marker3_px" if scene.sees == "marker2" else "marker2_px"]
        error_px = scene.cone_error_px * rng.standard_normal((2, 2))
        profile["lane_line_px"] = (lane_line_px(scene) + error_px).tolist()
        profile["towards"] = "right" if scene.heading > 0 else "left"
        profile["camera_distance_m"] = scene.away_m
        profile["camera_height_m"] = scene.camera_height_m
    # A JSON list of finite numbers is TOML too.
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in profile.items())
