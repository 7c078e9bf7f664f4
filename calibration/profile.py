"""A calibration as it is kept: what the coach saw and said, in TOML, and nothing derived.

It decides what a well-formed calibration is. It computes no geometry.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import asdict, dataclass, fields
from math import inf, isfinite
from pathlib import Path
from typing import Literal

import msgspec

from calibration.length import FlyBy
from hardware.errors import StationError
from hardware.files import write_whole

Pixel = tuple[float, float]

VERSION = 1
RANGES = {
    "fly_m": (0.0, 1000.0),
    "lane_width_m": (0.3, 10.0),
    "readout_ms": (0.0, 1000.0),
    "lane_sd_m": (0.0, 5.0),
    "cone_sd_px": (0.0, 50.0),
    "camera_distance_m": (0.5, 1000.0),
    "camera_height_m": (0.03, 100.0),  # a phone laid on its side sees from 5 cm
    "from_s": (0.0, 1e6),
}
MAY_BE_ZERO = ("readout_ms", "lane_sd_m", "from_s")
UNITS = {
    "s": ("seconds", "milliseconds"),
    "m": ("metres", "centimetres"),
    "ms": ("milliseconds", "microseconds"),
    "px": ("pixels", "hundredths"),
}
MOST_BYTES = 1_000_000  # a calibration has a few hundred
HEADER = """\
# Where the cones of a Fly Zone stand in a camera's picture, written by `station calibrate`.
# Pixels are column, row from the top left; the near cone of a marker comes first.
"""


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the cones stand in the picture, and what is known about zone and camera.

    Attributes:
        fly_m: Length of the Fly Zone.
        picture_px: Width and height of the upright picture.
        marker2_px: Base of Marker 2's near and far cone (or of its only cone), near first; empty
            where the camera does not see it.
        marker3_px: The same for Marker 3.
        lane_width_m: Between the near and the far cones.
        readout_ms: From the first row's exposure to the last row's (rolling shutter).
        lane_sd_m: Standard deviation of a runner's lateral position about the lane's centre.
        cone_sd_px: Standard deviation of a cone's pixel, per axis.
        camera_distance_m: Camera to the lane's centre line, where the coach measured it.
        camera_height_m: Lens above the ground, where the coach measured it.
        lane_line_px: Two points on the lane's near edge, far to the left and to the right: they
            say how aslant the camera is held, which one marker's cones cannot.
        towards: Which way runs go in the picture, where it shows one marker alone.
        fly_by: How the Fly Zone was measured; None where that was not said.
        unconfirmed: Whether the cones are those of another day, and nobody has looked since
            whether they still stand there.
        moved: Whether the camera was seen to point elsewhere than when the cones were placed.
        from_s: Second of the recording from which on all that is so; before it the camera pointed
            elsewhere. None where it is so from the first picture on.

    Raises:
        StationError: A value that no calibration can have.
    """

    fly_m: float
    picture_px: tuple[int, int]
    marker2_px: tuple[Pixel, ...] = ()
    marker3_px: tuple[Pixel, ...] = ()
    lane_width_m: float = 1.22
    readout_ms: float = 12.0
    lane_sd_m: float = 0.15
    cone_sd_px: float = 0.5
    camera_distance_m: float | None = None
    camera_height_m: float | None = None
    lane_line_px: tuple[Pixel, ...] = ()
    towards: Literal["left", "right"] | None = None
    fly_by: FlyBy | None = None
    unconfirmed: bool = False
    moved: bool = False
    from_s: float | None = None

    @property
    def markers(self) -> dict[int, tuple[Pixel, ...]]:
        """The cones of each marker that the camera sees."""
        cones = {2: self.marker2_px, 3: self.marker3_px}
        return {marker: cones[marker] for marker in cones if cones[marker]}

    @property
    def lone_cone(self) -> bool:
        """Whether a marker is seen by one cone alone."""
        return any(len(cones) == 1 for cones in self.markers.values())

    def __post_init__(self) -> None:
        if min(self.picture_px) <= 0:
            raise StationError(
                f"picture_px is {self.picture_px[0]} x {self.picture_px[1]}; give the video's "
                "width and height in pixels"
            )
        for name in ("marker2_px", "marker3_px"):
            cones = getattr(self, name)
            if len(cones) not in (1, 2) and (cones or self.towards is None):
                raise StationError(
                    f"{name} has {len(cones)} cones; give the near and the far one, or one alone"
                )
        for name in ("marker2_px", "marker3_px", "lane_line_px"):
            points = getattr(self, name)
            if not all(isfinite(value) for point in points for value in point):
                raise StationError(f"{name} is {points}; a pixel is two finite numbers")
        if len(self.lane_line_px) not in (0, 2):
            raise StationError(
                f"lane_line_px has {len(self.lane_line_px)} points; give two of the lane's edge"
            )
        if (self.towards is None) != (len(self.markers) == 2):
            raise StationError(
                "towards says which way runs go in a picture of one marker alone; this one has "
                f"{len(self.markers) or 'none'}"
            )
        for name in RANGES:
            if (value := getattr(self, name)) is not None:
                check_amount(name, value)


def check_amount(name: str, value: float, called: str | None = None) -> None:
    """Refuse what no length, time or spread of a calibration can be.

    Args:
        name: Which, as `Profile` has it.
        value: In the unit of its name.
        called: What the coach knows it by, where that is another name.

    Raises:
        StationError: It is not finite, or out of range.
    """
    low, high = RANGES[name]
    if low <= value <= high and (value or name in MAY_BE_ZERO):
        return
    unit, smaller = UNITS[name.rpartition("_")[2]]
    if name in MAY_BE_ZERO:
        wanted = f"zero or more and at most {high:g}"
    else:
        wanted = f"from {low:g} to {high:g}" if low else f"more than zero and at most {high:g}"
    typed = f" (was it typed in {smaller}?)" if high < value < inf else ""
    raise StationError(f"{called or name} is {value:g}; give a number of {unit}, {wanted}{typed}")


def parse_cones(text: str) -> tuple[Pixel, ...]:
    """Read the cones of one marker as they are typed: `"X,Y X,Y"`, near cone first.

    Args:
        text: One or two points; spaces about a comma and semicolons between points are fine.

    Returns:
        One or two pixels.

    Raises:
        StationError: Anything else.
    """
    try:
        pairs = [
            point.split(",") for point in re.sub(r"\s*,\s*", ",", text).replace(";", " ").split()
        ]
        cones = tuple((float(u), float(v)) for u, v in pairs)
        if len(cones) in (1, 2) and all(isfinite(value) for cone in cones for value in cone):
            return cones
    except ValueError:
        pass
    raise StationError(
        f'"{text}" is not a marker\'s cones; give the pixels of the near and of the far cone as '
        '"X,Y X,Y", or of one cone as "X,Y"'
    )


def dump(profile: Profile) -> str:
    """The TOML text of a profile. What was not given is left out."""
    known = {
        key: value
        for key, value in asdict(profile).items()
        if not (value is None or value is False or value == ())
    }
    # A JSON list of finite numbers is TOML too, and keeps a cone on one line.
    lines = [
        f"{key} = {json.dumps(value)}\n" for key, value in {"version": VERSION, **known}.items()
    ]
    return HEADER + "".join(lines)


def load_profile(path: Path) -> Profile:
    """Read a calibration.

    Args:
        path: A TOML file that `station calibrate` or `station simulate` wrote, or a coach edited.

    Returns:
        A well-formed profile.

    Raises:
        StationError: The file is missing, unreadable, malformed, or holds impossible values.
    """
    remedy = "mend it, or make it anew with `station calibrate`"
    try:
        if path.exists() and not path.is_dir() and not path.is_file():
            raise StationError(f"the calibration {path} is no regular file; {remedy}")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise StationError(
                f"the calibration {path} has over {MOST_BYTES} bytes, so it is none; {remedy}"
            )
        table = tomllib.loads(content.decode())
    except FileNotFoundError:
        raise StationError(
            f"no calibration {path}; `station calibrate VIDEO --fly 30` proposes where the cones "
            f'are, and with --marker2 "X,Y X,Y" --marker3 "X,Y X,Y" -o {path} it makes one'
        ) from None
    except OSError as error:
        raise StationError(
            f"cannot read the calibration {path} ({error.strerror}); name a readable file"
        ) from None
    except (ValueError, RecursionError) as error:  # of TOML, UTF-8, endless digits; of nesting
        raise StationError(f"the calibration {path} is not TOML ({error}); {remedy}") from None
    try:
        return profile_of(table)
    except (StationError, msgspec.ValidationError) as error:
        raise StationError(f"the calibration {path} is wrong: {error}; {remedy}") from None


def profile_of(table: dict[str, object]) -> Profile:
    """A profile from what TOML says.

    Raises:
        StationError: It is of another version, has unknown keys or impossible values.
        msgspec.ValidationError: A value is of the wrong kind.
    """
    version = table.pop("version", None)
    if type(version) is not int or version != VERSION:
        raise StationError(f"its version is {version}, and this program reads version {VERSION}")
    unknown = table.keys() - {field.name for field in fields(Profile)}
    if unknown:
        raise StationError(f"it has an unknown key, {min(unknown)}")
    return msgspec.convert(table, Profile)


def save_profile(profile: Profile, path: Path) -> None:
    """Write a calibration, whole or not at all.

    Args:
        profile: What to keep.
        path: Where. A pipe or a device is written to directly.

    Raises:
        StationError: The file cannot be written.
    """
    write_whole(path, dump(profile).encode())
