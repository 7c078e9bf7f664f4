"""How good a set-up is, in a coach's words (pure).

It decides words only; the figures are `calibration.quality`'s, and every ± is a 95 % interval.
"""

from __future__ import annotations

import re
from math import hypot, sqrt

import numpy as np

from calibration.interval import INTERVAL_95
from calibration.length import length_sd
from calibration.lens import view_deg
from calibration.quality import SPEED_MPS, UNKNOWN, Quality, range_m

FINE_S, USABLE_S = 0.040, 0.080  # of a fly time's ±: at 8.5 m/s 1 and 2 % of 30 m
ODD_PX = 1.5  # cones that no camera sees so


def verdict(quality: Quality) -> tuple[str, str]:
    """How good it is as a whole: "good", "doubt" or "bad", and in words."""
    if quality.zone.residual_px > ODD_PX:
        return "bad", "▲ look at the cones again"
    half_s = INTERVAL_95 * hypot(quality.cones_sigma_s, quality.lane_sigma_s)
    if len(quality.zone.markers) == 1:
        half_s *= sqrt(2)  # the other camera's crossing is no better known
    if half_s <= FINE_S:
        return "good", "✓ a good set-up"
    return (
        "doubt",
        "? usable; see what makes it better" if half_s <= USABLE_S else "? a poor set-up",
    )


def in_plain_words(quality: Quality) -> list[str]:
    """What a set-up can tell, and what would make it better, a sentence a line."""
    zone = quality.zone
    if zone.residual_px > ODD_PX:  # no other figure means anything
        return [
            f"The cones lie {zone.residual_px:.1f} pixels from where any camera can see them: look "
            "at each again, the near and the far one of Marker 2 and of Marker 3."
        ]
    total_s = hypot(quality.cones_sigma_s, quality.lane_sigma_s)
    what = "A fly time" if len(zone.markers) > 1 else f"Marker {min(zone.markers)}'s crossing"
    said = [
        f"{what} is good to {_ms(total_s)}: {_ms(quality.lane_sigma_s)} for where in the lane "
        f"somebody runs, {_ms(quality.cones_sigma_s)} for the cones.",
        f"One pixel is {max(quality.ms_per_px):.1f} ms of a run at {SPEED_MPS:g} m/s.",
        _stands(quality),
    ]
    if by := zone.profile.fly_by:
        off_m = INTERVAL_95 * length_sd(by) * zone.fly_m
        off_mps = INTERVAL_95 * length_sd(by) * SPEED_MPS
        said.append(
            f"The length is good to ±{off_m * 100:.0f} cm, a velocity to ±{off_mps:.2f} m/s for it."
        )
    return [*said, *(f"Better: {_plain(line)}." for line in quality.advice)]


def _plain(advice: str) -> str:
    """A piece of advice without the options of a command, nor a word that only we know."""
    without = re.sub(r" \(--[^)]*\)", "", advice)
    return without.replace("parallax", "for the lane").replace(": cones", ": for the cones")


def _view(quality: Quality) -> float:
    zone = quality.zone
    return view_deg(float(np.exp(zone.pose[0])), zone.profile.picture_px[0])


def _stands(quality: Quality) -> str:
    """Where the camera is by the cones, as far as they say it."""
    (near_m, far_m), (low_m, high_m) = range_m(quality.zone, 2), range_m(quality.zone, 3)
    if max(far_m / near_m, high_m / low_m) > UNKNOWN:
        return "The cones do not say where the camera stands: type how far away, and how high."
    return (
        f"By the cones the camera stands {near_m:.1f} to {far_m:.1f} m from the lane's middle and "
        f"{low_m:.1f} to {high_m:.1f} m high, and sees {_view(quality):.0f}° across. Is that so?"
    )


def _ms(sigma_s: float) -> str:
    return f"±{INTERVAL_95 * sigma_s * 1000:.0f} ms"
