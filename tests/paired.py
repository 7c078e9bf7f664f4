"""Two cameras before the same runs, each with a clock of its own, and a torch that both see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from calibration.camera_sync import CameraSync
from calibration.geometry import fit_zone
from calibration.profile import load_profile
from station.film.pair import Cameras, cameras
from station.simulator import Scene, Truth

APART_S, GAIN = 0.37, 40e-6
PAIR = Scene(
    runs=2, size="480x270", walk_back=False, rest_s=0.5, idle_s=0.6, flashes=5, seed=77,
    keyframe_s=1.0, lane_offset_m=0.2, camera_roll_deg=0.7,
)  # fmt: skip


def filmed(rendered, scene: Scene = PAIR) -> tuple[tuple[Path, Truth], tuple[Path, Truth]]:
    """Each camera's recording and its truth, Marker 2's first."""
    at2 = replace(scene, sees="marker2")
    at3 = replace(scene, sees="marker3", start_s=APART_S, clock_ppm=GAIN * 1e6)
    return rendered(at2), rendered(at3)


def cameras_of(*videos: Path) -> Cameras:
    one, other = (fit_zone(load_profile(video.with_suffix(".toml"))) for video in videos)
    return cameras(one, other)


def true_sync(at2: Path, at3: Path) -> CameraSync:
    """How the clocks really go: the second began later, and is faster."""
    return CameraSync("recordings", at2.name, at3.name, -APART_S, 0.0005, 0.0, GAIN, 1e-6, 10)
