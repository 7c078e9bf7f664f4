"""Where a camera must stand for its lens, before it stands anywhere (pure).

It decides what a usual lens sees, and how much must be seen beyond the markers. Where the camera
really stands, the cones say later.
"""

from __future__ import annotations

from math import atan, degrees, radians, tan

from hardware.errors import StationError

BEYOND_M = 2.0  # a runner is followed so far to either side of a marker
NARROWEST_DEG, WIDEST_DEG = 5.0, 120.0  # beyond, a straight line is none in the picture
LENSES: tuple[tuple[str, float], ...] = (
    # Across a 16:9 picture; makers give the diagonal, or the focal length on 36 x 24 mm film.
    ("Phone, 1x lens", 66.0),  # 26 mm, the sensor's full width
    ("Phone, 1x lens, stabilised or cropped", 58.0),
    ("Phone, 2x lens", 36.0),
    ("Phone, 3x lens", 25.0),
    ("Laptop's own camera", 62.0),
    ("USB webcam, usual", 62.0),
    ("USB webcam, wide (78 to 90 degrees across corners)", 72.0),
)
"""Usual lenses, and how many degrees each sees from side to side."""


def check_view(view_deg: float) -> None:
    """Refuse what no lens of ours sees.

    Raises:
        StationError: It is too narrow or too wide.
    """
    if not NARROWEST_DEG <= view_deg <= WIDEST_DEG:
        raise StationError(
            f"a view of {view_deg:g} degrees is no lens for this; give what it sees from side to "
            f"side, {NARROWEST_DEG:g} to {WIDEST_DEG:g}, as 62"
        )


def least_distance_m(fly_m: float, view_deg: float) -> float:
    """How far from the lane a camera before the middle of the zone must stand at least.

    Args:
        fly_m: Length of the Fly Zone.
        view_deg: What its lens sees from side to side.

    Raises:
        StationError: No lens sees so.
    """
    check_view(view_deg)
    return (fly_m / 2 + BEYOND_M) / tan(radians(view_deg) / 2)


def view_deg(focal_px: float, width_px: int) -> float:
    """What a lens sees from side to side.

    Args:
        focal_px: Its focal length.
        width_px: Width of the picture.
    """
    return 2 * degrees(atan(width_px / 2 / focal_px))
