"""What no coach can have meant: cones, and cameras fitted to them, that are refused.

It decides what is impossible, or useless for timing, and says which and why. It fits nothing.
"""

from __future__ import annotations

from math import degrees, hypot, log, radians
from typing import TYPE_CHECKING

import numpy as np

from calibration.interval import INTERVAL_95
from calibration.profile import RANGES, Pixel, Profile
from hardware.errors import StationError

if TYPE_CHECKING:
    from calibration.geometry import Zone

IMPOSSIBLE_RESIDUAL = 0.01  # of the picture's width: no click is that bad, it is another cone
IMPOSSIBLE_ROLL_RAD = radians(15)  # nobody films so far aslant
IMPOSSIBLE_TAPE = 1.5  # times farther or nearer, higher or lower, than measured: it was mistyped
LEAST_LINE = 0.2  # of the picture's width: less of an edge does not tell how aslant it lies
USELESS_SCALE_SD = 0.25  # a runner's speed that is known no better cannot be told from a walk
USELESS_SD = 0.1  # of the zone: a fly time that is known no better tells nothing
LEAST_PX_PER_M, MOST_PER_WIDTH = 5.0, 2.0  # a runner of 8 px; half a metre fills the picture
CHECK = (
    "check that each marker's near cone is named first and that the zone's length and the lane's "
    "width are right, all in metres"
)


class WrongConeError(StationError):
    """A cone, or two, cannot stand where it was put."""


def check_cones(profile: Profile) -> None:
    """Refuse cones that can be seen at a glance to be wrong.

    Args:
        profile: A well-formed calibration.

    Raises:
        WrongConeError: They lie outside the picture, coincide, or are not side by side.
    """
    width, height = profile.picture_px
    for marker, cones in profile.markers.items():
        for u, v in cones:
            if not (0 <= u < width and 0 <= v < height):
                raise WrongConeError(
                    f"a cone of Marker {marker} at {u:g},{v:g} is outside the picture of "
                    f"{width}x{height}; give the pixel where the cone's base stands"
                )
        if len(cones) == 2:
            (u_near, v_near), (u_far, v_far) = cones
            if hypot(u_near - u_far, v_near - v_far) < 0.2:
                raise WrongConeError(
                    f"both cones of Marker {marker} are at {u_near:g},{v_near:g}; they stand on "
                    "the two edges of the lane: give two different pixels, or one cone alone"
                )
    if (
        profile.lane_line_px
        and abs(np.diff(profile.lane_line_px, axis=0)[0, 0]) < LEAST_LINE * width
    ):
        raise WrongConeError(
            "the two points of the lane's edge are too near to each other; give one near the left "
            "and one near the right end of the picture"
        )
    if len(profile.markers) == 1:
        return
    (u2, v2), (u3, v3) = _middle(profile.marker2_px), _middle(profile.marker3_px)
    if abs(u2 - u3) < 0.02 * width or abs(v3 - v2) > 0.5 * abs(u3 - u2):
        raise WrongConeError(
            f"Marker 2 at {u2:.0f},{v2:.0f} and Marker 3 at {u3:.0f},{v3:.0f} are not side by "
            "side in the picture; the camera must see the zone from its side, the markers well "
            "apart"
        )


def _middle(cones: tuple[Pixel, ...]) -> Pixel:
    return sum(c[0] for c in cones) / len(cones), sum(c[1] for c in cones) / len(cones)


def check_camera(zone: Zone) -> None:
    """Refuse what only a camera could see that nobody puts up, or that could be anywhere.

    Args:
        zone: As it was fitted.

    Raises:
        StationError: No coach's camera sees the cones so, or they fix none.
    """
    profile, roll_rad = zone.profile, float(zone.pose[6])
    if not zone.residual_px <= IMPOSSIBLE_RESIDUAL * profile.picture_px[0]:
        raise WrongConeError(
            f"the cones fit no possible perspective: {zone.residual_px:.1f} px are left over "
            f"between them and the best camera; {CHECK}"
        )
    if abs(roll_rad) > IMPOSSIBLE_ROLL_RAD:
        raise WrongConeError(
            "the cones fit no possible perspective: only a camera held "
            f"{degrees(abs(roll_rad)):.0f}° aslant sees them so; {CHECK}"
        )
    for option, name, typed_m, fitted_m in (
        ("--camera-distance", "camera_distance_m", profile.camera_distance_m, zone.distance_m),
        ("--camera-height", "camera_height_m", profile.camera_height_m, zone.height_m),
    ):
        if typed_m is not None and abs(log(fitted_m / typed_m)) > log(IMPOSSIBLE_TAPE):
            raise StationError(
                f"{option} {typed_m:g} does not go with the cones, which put the camera at "
                f"{fitted_m:.1f} m; measure it again, in metres, or leave it out"
            )
        low_m, high_m = RANGES[name]
        if not low_m <= fitted_m <= high_m:
            raise WrongConeError(
                "the cones fit no possible perspective: only a camera "
                f"{zone.height_m:.2f} m high, {zone.distance_m:.1f} m away sees them so; {CHECK}"
            )
    px_per_m = zone.mean_px_per_m
    if not LEAST_PX_PER_M <= px_per_m <= MOST_PER_WIDTH * profile.picture_px[0]:
        raise WrongConeError(
            f"a metre of the zone is {px_per_m:.3g} px in a picture {profile.picture_px[0]} px "
            f"wide, so no runner can be seen in it; {CHECK}"
        )
    if len(zone.markers) == 1:
        if not zone.scale_sd <= USELESS_SCALE_SD:
            remedy = (
                "measure the camera's place, in metres, and add --camera-distance and "
                "--camera-height"
            )
            if None not in (profile.camera_distance_m, profile.camera_height_m):
                remedy = "set the camera nearer or higher, and read the cones off more exactly"
            raise StationError(
                "one marker's cones do not say how large a metre is in the picture (known to "
                f"±{INTERVAL_95 * zone.scale_sd:.0%} only); {remedy}"
            )
        return
    at_px = [zone.to_pixel(at_m, 0.0, 0.0) for at_m in zone.markers.values()]
    shifts_m = [zone.metres_per_pose_sd(float(u), float(v)) for u, v in at_px]
    sd = float(np.linalg.norm(shifts_m[1] - shifts_m[0])) / zone.fly_m
    if not sd <= USELESS_SD:
        raise WrongConeError(
            f"these cones fix no camera: the zone's {zone.fly_m:g} m would be known to "
            f"±{INTERVAL_95 * sd:.0%} only; {CHECK}, and give both cones of each marker"
        )
