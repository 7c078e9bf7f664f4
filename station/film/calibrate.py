"""What `station calibrate` does: a video and its cones → a calibration, or a picture to find them.

It decides the order: everything that can be wrong is found before anything is written. It parses
no command line and prints nothing; it returns what is to be said.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from calibration.geometry import Zone, fit_zone
from calibration.length import FlyBy
from calibration.profile import Profile, check_amount, dump, parse_cones, save_profile
from calibration.quality import LONE, Quality, lines, quality_of
from hardware.clips import CALIBRATION
from hardware.errors import StationError
from hardware.files import write_whole
from hardware.video import open_video

if TYPE_CHECKING:
    from station.vision.cones import Cone, Marker

ROLES = (
    "left marker, near cone",
    "left marker, far cone",
    "right marker, near cone",
    "right marker, far cone",
)
ONE_MARKER = (
    "Where it shows one marker alone, leave the other out and add --towards right (or left), "
    "--lane-line, --camera-distance and --camera-height."
)
BLANK = "METRES"  # no length is proposed: a wrong one would go unnoticed


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A calibration that was written.

    Attributes:
        video: What it is for.
        path: Where it is.
        zone: The Fly Zone as fitted.
        quality: How good the set-up is.
        replaced: Whether another calibration, or anything else, was there before.
    """

    video: Path
    path: Path
    zone: Zone
    quality: Quality
    replaced: bool

    def lines(self) -> list[str]:
        """What to tell the coach."""
        replay = f"station replay {shlex.quote(str(self.video))}"
        if self.path != self.video.with_suffix(CALIBRATION):
            replay += f" --calibration {shlex.quote(str(self.path))}"
        where = f"{self.path} (replaced: it was another one)" if self.replaced else self.path
        if len(self.zone.markers) == 1:
            other = 5 - min(self.zone.markers)
            replay = (
                f"calibrate Marker {other}'s camera; flash a torch that both see and "
                "type station sync-cameras"
            )
        return [*lines(self.quality), f"Written to {where}; next: {replay}"]


@dataclass(frozen=True, slots=True)
class Proposed:
    """A picture with a pixel grid that was written, for want of markers.

    Attributes:
        video: What it shows the first picture of.
        path: Where it is.
        cones: The left and the right marker's cones as the picture shows them, near first; None
            where none were recognised.
        rightwards: What to type next where runs go left to right, cones filled in where there
            are any, and a blank for the zone's length where it was not given.
        leftwards: The same where they go right to left.
    """

    video: Path
    path: Path
    cones: tuple[Marker, Marker] | None
    rightwards: str
    leftwards: str

    def lines(self) -> list[str]:
        """What to tell the coach."""
        grid = f"{self.path} shows the first picture of {self.video.name} with a pixel grid."
        blank = f"fill in {BLANK}, the Fly Zone's length, and "
        then = f"{blank if f'--fly {BLANK}' in self.rightwards else ''}type"
        if self.cones is None:
            return [
                grid,
                "No cones recognised in it (orange, red and yellow ones can be). Open it, zoom in, "
                "and read",
                "off to the pixel where the cones' bases stand, near cone first; runs go from "
                "Marker 2 to 3.",
                f"Where you are sure to 1 or 2 pixels only, add --cone-sd 1.5. Then {then}:",
                self.rightwards,
                ONE_MARKER,
            ]
        return [
            grid,
            "Cones that it seems to show; check their bases in the picture:",
            *(f"  {number}  {role}: {_pixel(cone)}" for number, role, cone in numbered(self.cones)),
            *([] if min(map(len, self.cones)) == 2 else [LONE]),
            f"If they are right, {then}, where runs go left to right:",
            self.rightwards,
            "or, where they go right to left:",
            self.leftwards,
            ONE_MARKER,
        ]


def numbered(cones: tuple[Marker, Marker]) -> list[tuple[int, str, Cone]]:
    """Each proposed cone with its number in the picture and what it is taken for."""
    roles = [*zip(ROLES[:2], cones[0], strict=False), *zip(ROLES[2:], cones[1], strict=False)]
    return [(number, role, cone) for number, (role, cone) in enumerate(roles, start=1)]


def calibrate(
    video: Path,
    *,
    fly_m: float | None,
    marker2: str | None = None,
    marker3: str | None = None,
    fly_by: FlyBy | None = None,
    towards: Literal["left", "right"] | None = None,
    lane_line: str | None = None,
    out: Path | None = None,
    lane_width_m: float = 1.22,
    readout_ms: float = 12.0,
    lane_sd_m: float = 0.15,
    cone_sd_px: float = 0.5,
    camera_distance_m: float | None = None,
    camera_height_m: float | None = None,
) -> Calibrated | Proposed:
    """Write a video's calibration, or, where no markers are given, a picture to find them in.

    Args:
        video: The recording.
        fly_m: Length of the Fly Zone; may be None where no markers are given.
        marker2: Pixels of Marker 2's cones as typed, "X,Y X,Y", near first.
        marker3: The same for Marker 3; where the camera sees one marker alone, that alone is given.
        fly_by: How the Fly Zone was measured.
        towards: Which way runs go in the picture, where it shows one marker alone.
        lane_line: Pixels of two points on the lane's near edge, near the picture's ends.
        out: Where the calibration goes; by default beside the video, its name with .toml.
        lane_width_m: Between near and far cones.
        readout_ms: Rolling shutter, first row to last.
        lane_sd_m: How far runners stray from the lane's centre, one standard deviation.
        cone_sd_px: How far off a cone's pixel may be, per axis, one standard deviation.
        camera_distance_m: Camera to the lane's centre line, where measured.
        camera_height_m: Lens above the ground, where measured.

    Returns:
        What was written and what it is worth.

    Raises:
        StationError: The video cannot be read, a value or the cones are impossible, or the file
            cannot be written. Nothing was written then.
    """
    target = out or video.with_suffix(CALIBRATION)
    if fly_m is not None:
        check_amount("fly_m", fly_m, "--fly")
    if marker2 is None and marker3 is None:
        return _propose(video, fly_m, target)
    if fly_m is None:
        raise StationError("the Fly Zone's length is not given; add it in metres, as --fly 30")
    if (marker2 is None or marker3 is None) and towards is None:
        seen, missing = ("2", "--marker3") if marker3 is None else ("3", "--marker2")
        raise StationError(
            f'the cones of Marker {seen} alone are given; add {missing} "X,Y X,Y", or, where this '
            "camera sees one marker alone, --towards right (or left): which way runs go in it"
        )
    if marker2 is not None and marker3 is not None and towards is not None:
        raise StationError("--towards is for a camera that sees one marker alone; leave it out")
    cones2, cones3, line = (
        () if typed is None else parse_cones(typed) for typed in (marker2, marker3, lane_line)
    )
    with open_video(video) as opened:
        picture_px = opened.width_px, opened.height_px
    profile = Profile(
        fly_m=fly_m,
        picture_px=picture_px,
        marker2_px=cones2,
        marker3_px=cones3,
        lane_width_m=lane_width_m,
        readout_ms=readout_ms,
        lane_sd_m=lane_sd_m,
        cone_sd_px=cone_sd_px,
        camera_distance_m=camera_distance_m,
        camera_height_m=camera_height_m,
        lane_line_px=line,
        towards=towards,
        fly_by=fly_by,
    )
    zone = fit_zone(profile)
    if target.exists() and target.samefile(video):
        raise StationError(f"will not write over the video {video}; give -o another name")
    replaced = target.is_file() and target.read_bytes() != dump(profile).encode()
    found = Calibrated(video, target, zone, quality_of(zone), replaced)
    save_profile(profile, target)
    return found


def _propose(video: Path, fly_m: float | None, target: Path) -> Proposed:
    with open_video(video) as opened:
        first = next(opened.frames())
        picture = opened.picture(first.pts_ns)
    import cv2  # slow to load, and a calibration from given markers needs none of it

    from station.vision.cones import propose
    from station.vision.grid import with_grid

    cones = propose(picture)
    labels = [] if cones is None else numbered(cones)
    drawn = with_grid(picture, [(number, cone) for number, _, cone in labels])
    path = video.with_suffix(".frame.png")
    write_whole(path, cv2.imencode(".png", drawn)[1].tobytes())
    left, right = ['"X,Y X,Y"'] * 2 if cones is None else [_typed(marker) for marker in cones]

    def command(marker2: str, marker3: str) -> str:
        return (
            f"station calibrate {shlex.quote(str(video))} "
            f"--fly {BLANK if fly_m is None else f'{fly_m:g}'} "
            f"--marker2 {marker2} --marker3 {marker3} -o {shlex.quote(str(target))}"
        )

    return Proposed(video, path, cones, command(left, right), command(right, left))


def _pixel(cone: Cone) -> str:
    return f"{cone.u_px:.1f},{cone.v_px:.1f}"


def _typed(marker: Marker) -> str:
    return '"' + " ".join(map(_pixel, marker)) + '"'
