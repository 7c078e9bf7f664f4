"""What is to be rendered: every setting of a simulated recording, with its unit and its meaning.

It decides what a sensible scene is and refuses the rest in one line. It renders nothing; the
command line is generated from its fields, so that a new setting is one line in here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any, get_type_hints

from hardware.errors import StationError

CODECS = {"h264": "libx264", "hevc": "libx265", "vp9": "libvpx-vp9", "av1": "libsvtav1"}
CODECS["mjpeg"] = "mjpeg"
DIRECTIONS = ("left-to-right", "right-to-left")


def _setting(
    default: Any,
    about: str,
    *,
    low: float = 0.0,
    high: float = math.inf,
    choices: tuple[str, ...] | None = None,
) -> Any:
    """Declare a field: its default, its one line of help, and the values that make sense."""
    metadata = {"help": about, "low": low, "high": high, "choices": choices}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Scene:
    """A recording to render. Lateral distances grow away from the camera; times are real time."""

    fly_m: float = _setting(30.0, "length of the Fly Zone", low=1, high=400)
    speed_mps: float = _setting(8.6, "speed in the middle of the Fly Zone", low=0.3, high=15)
    speed_sd_mps: float = _setting(0.25, "spread of the speed from run to run", high=2)
    accel_mps2: float = _setting(0.0, "change of speed along the run", low=-0.6, high=0.6)
    runs: int = _setting(3, "how many sprints (0: none)", high=1000)
    seed: int = _setting(1, "draws athletes, their gaits and the surroundings")
    direction: str = _setting("left-to-right", "way of the runs in the picture", choices=DIRECTIONS)
    athletes: int = _setting(3, "how many people take turns", low=1, high=100)
    lane_offset_m: float = _setting(0.0, "runner off the lane's centre", low=-0.6, high=0.6)
    lane_offset_sd_m: float = _setting(0.0, "spread of that from run to run", high=0.6)

    fps: float = _setting(30.0, "frames per second, as stored", low=1, high=1000)
    size: str = _setting("1280x720", "width x height of the picture in pixels")
    sees: str = _setting("both", "which markers a camera sees: of two, each sees one",
                         choices=("both", "marker2", "marker3"))  # fmt: skip
    camera_distance_m: float | None = _setting(None, "camera to the lane's centre line; 30, or "
                                               "8 for one marker", low=3, high=300)  # fmt: skip
    camera_height_m: float = _setting(1.5, "lens above the ground", low=0.2, high=30)
    camera_position: str = _setting("mid", "mid (of what it sees), marker2, marker3, or metres "
                                     "past Marker 2")  # fmt: skip
    camera_roll_deg: float = _setting(0.3, "tilt of the picture", low=-20, high=20)
    runner_px: float | None = _setting(None, "height of a 1.75 m runner at mid-zone; else the zone "
                                       "and 3 m each side fill the picture", low=8)  # fmt: skip
    exposure_ms: float = _setting(2.0, "exposure of a row", low=0.01, high=200)
    readout_ms: float = _setting(12.0, "first row to last row (rolling shutter)", high=200)
    noise: float = _setting(2.0, "sensor noise, standard deviation in grey levels", high=60)
    cone_error_px: float = _setting(0.0, "spread of the calibration's cones, per axis", high=50)
    capture_fps: float | None = _setting(None, "slow motion: frames per real second", low=1)
    rotation_deg: int = _setting(0, "stored turned by 0, 90, 180 or 270 degrees, tagged so")

    codec: str = _setting("h264", "video codec", choices=tuple(CODECS))
    crf: float = _setting(20.0, "compression: 0 none, 51 worst", high=63)
    bitrate_mbps: float | None = _setting(None, "bit rate instead of --crf", low=0.01)
    keyframe_s: float = _setting(2.0, "between keyframes, in the file's seconds", low=0.001)
    vfr_jitter_ms: float = _setting(0.0, "spread of frame times, in the file's time", high=1000)
    drop: float = _setting(0.0, "part of the frames that is lost", high=0.9)
    repeat: float = _setting(0.0, "part of the frames that repeats the one before", high=0.9)

    start_s: float = _setting(0.0, "the recording begins so much later", low=-600, high=600)
    clock_ppm: float = _setting(0.0, "the recording's clock is so much too fast, parts per million",
                                low=-1000, high=1000)  # fmt: skip
    flashes: int = _setting(0, "flashes of a torch before the first runner", high=100)
    flashes_after: int = _setting(0, "flashes of a torch after the last runner", high=100)

    contrast: str = _setting("good", "runner against background: good, poor, or grey levels")
    dim: bool = _setting(False, "dim light: dark picture, exposure 16 ms, noise 5 or more")
    walk_back: bool = _setting(True, "runners walk back along the next lane")
    rest_s: float = _setting(4.0, "from a runner's exit to the next one's entry", high=3600)
    idle_s: float = _setting(1.0, "empty picture before the first runner", high=3600)
    coach: str = _setting("none", "at a marker", choices=("none", "marker2", "marker3"))
    coach_side: str = _setting("far", "on which side of the lane", choices=("near", "far"))
    second: str = _setting("none", "second runner, next lane", choices=("none", "near", "far"))
    second_offset_s: float = _setting(0.7, "second runner behind the first", low=-30, high=30)
    sun: bool = _setting(False, "low sun: a long shadow on the ground")
    sun_elevation_deg: float = _setting(14.0, "height of the sun", low=5, high=90)
    sun_azimuth_deg: float = _setting(60.0, "way shadows fall: 0 right, 90 away from the camera",
                                      low=-360, high=360)  # fmt: skip
    rain: float = _setting(0.0, "heavy is 1", high=3)
    leaves_px: float = _setting(0.0, "leaves behind the lane move so far", high=40)
    shake_px: float = _setting(0.0, "camera trembles and sways by", high=50)
    hand_held_px: float = _setting(0.0, "camera is held by hand and drifts by", high=200)
    bump_s: float | None = _setting(None, "somebody kicks the tripod then (file's time)")
    bump_px: float = _setting(6.0, "the lasting shift that does", high=300)
    light_drift: float = _setting(0.0, "slow change of the light (0.2: a fifth)", high=0.8)
    cloud_s: float | None = _setting(None, "a cloud begins to pass then (file's time)")

    def __post_init__(self) -> None:
        """Refuse what cannot be rendered.

        Raises:
            StationError: A value is of the wrong kind, not finite, or outside its range.
        """
        hints = get_type_hints(Scene)
        for entry in fields(self):
            value = getattr(self, entry.name)
            if value is None and type(None) in getattr(hints[entry.name], "__args__", ()):
                continue
            _check(entry.name, value, hints[entry.name], entry.metadata)
        _ = self.size_px, self.contrast_levels, self.camera_along_m
        if self.rotation_deg not in (0, 90, 180, 270):
            raise StationError(f"rotation_deg is {self.rotation_deg}: use 0, 90, 180 or 270")

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the upright picture."""
        try:
            width_px, height_px = (int(part) for part in self.size.lower().split("x"))
        except ValueError:
            width_px = height_px = 0
        if (
            min(width_px, height_px) < 64
            or max(width_px, height_px) > 7680
            or (width_px % 2 or height_px % 2)
        ):
            raise StationError(
                f"size is {self.size!r}: use two even numbers of 64 to 7680, as 1280x720"
            )
        return width_px, height_px

    @property
    def stored_px(self) -> tuple[int, int]:
        """Width and height of the picture as it is stored: as the sensor reads it out."""
        width_px, height_px = self.size_px
        return (width_px, height_px) if self.rotation_deg in (0, 180) else (height_px, width_px)

    @property
    def contrast_levels(self) -> float | None:
        """Grey levels between a person and the background; None where it is good."""
        named = {"good": None, "poor": 14.0}
        if self.contrast in named:
            return named[self.contrast]
        return _number("contrast", self.contrast, "good, poor or grey levels", 0.0, 200.0)

    @property
    def camera_along_m(self) -> float:
        """Where the camera stands along the run: 0 beside Marker 2, `fly_m` beside Marker 3."""
        named = {"mid": self.fly_m / 2, "marker2": 0.0, "marker3": self.fly_m}
        named["mid"] = named.get(self.sees, named["mid"])
        if self.camera_position in named:
            return named[self.camera_position]
        asked = "mid, marker2, marker3 or metres past Marker 2"
        return _number("camera_position", self.camera_position, asked, -200.0, 600.0)

    @property
    def away_m(self) -> float:
        """From the camera to the lane's centre line."""
        usual_m = 30.0 if self.sees == "both" else 8.0
        return usual_m if self.camera_distance_m is None else self.camera_distance_m

    def on_file_s(self, instant_s: float) -> float:
        """What the recording's clock says at an instant of real time."""
        return (instant_s - self.start_s) * (1 + self.clock_ppm * 1e-6) / self.capture_scale

    def instant_s(self, on_file_s: float) -> float:
        """The instant of real time at which the recording's clock says so."""
        return on_file_s * self.capture_scale / (1 + self.clock_ppm * 1e-6) + self.start_s

    @property
    def heading(self) -> int:
        """+1 where runs go to the right in the picture, -1 where they go to the left."""
        return 1 if self.direction == DIRECTIONS[0] else -1

    @property
    def capture_scale(self) -> float:
        """Real seconds per second of the file (1, or less in slow motion)."""
        return 1.0 if self.capture_fps is None else self.fps / self.capture_fps

    @property
    def noise_levels(self) -> float:
        """Standard deviation of the sensor's noise, with the gain that dim light asks for."""
        return max(self.noise, 5.0) if self.dim else self.noise

    @property
    def exposure_s(self) -> float:
        """How long a row is exposed, in real time."""
        return (max(self.exposure_ms, 16.0) if self.dim else self.exposure_ms) / 1000


def _number(name: str, text: str, asked: str, low: float, high: float) -> float:
    """Read a setting that is a word or a number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise StationError(f"{name} is {text!r}: use {asked}")
    return value


def _check(name: str, value: Any, hint: Any, metadata: Any) -> None:
    """Hold one value against its declared type, choices and range."""
    wanted = getattr(hint, "__args__", (hint,))
    if isinstance(value, bool) != (bool in wanted) or not isinstance(
        value, (*wanted, int) if float in wanted else wanted
    ):
        raise StationError(f"{name} is {value!r}: use a value of type {wanted[0].__name__}")
    if metadata["choices"] is not None and value not in metadata["choices"]:
        raise StationError(f"{name} is {value!r}: use one of {', '.join(metadata['choices'])}")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        low, high = metadata["low"], metadata["high"]
        if not (low <= value <= high and math.isfinite(value)):
            limit = f"from {low:g} to {high:g}" if high < math.inf else f"of {low:g} or more"
            raise StationError(f"{name} is {value!r}: use a number {limit}")
