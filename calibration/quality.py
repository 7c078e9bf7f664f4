"""How good a set-up is before anybody runs, and what would make it better, in numbers.

Every piece of advice is computed for this camera and these cones. It judges where they stand,
never a picture or a run.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from calibration.feet import LANES_APART_SD_M, run_feet_sd_m
from calibration.geometry import LONE_CONE_SD_M, Zone, fit_zone
from calibration.interval import INTERVAL_95
from calibration.length import length_sd
from calibration.profile import Pixel
from hardware.errors import StationError

SPEED_MPS = 8.5
HEAD_M = 1.65
LANE_LINE_SD_M = 0.05  # runners who keep to a lane line hold it so well
BACK_M = 10.0
UP_M = 2.0
WORTH_DOING = 0.9
ALIGNED_S = 0.001  # less of parallax is no reason to move a camera
UNKNOWN = 10.0  # a length that may be so many times as long is not known
LINE_M, LINE_POINTS = 30.0, 601  # the lane's edge, as far as a picture may show it
LONE = (
    "A marker's only cone is taken for the one on the lane's near edge, "
    f"±{INTERVAL_95 * LONE_CONE_SD_M:.1f} m; lanes cannot be told then"
)


@dataclass(frozen=True, slots=True)
class Quality:
    """What a calibrated camera can tell, for a runner at 8.5 m/s.

    Of a camera that sees one marker alone, what is said of the fly time is that of the crossing.

    Attributes:
        zone: What it is about.
        ms_per_px: Milliseconds per column for a head at each marker that it sees.
        cones_sigma_s: Share of the fly time's standard deviation of the cones and the pose.
        lane_s_per_m: How much longer the fly time reads per metre that the athlete runs farther
            from the camera than the lane's centre; of a crossing, how much later it does.
        lane_rows_px: Rows from the lane's near to its far edge, at the marker where they are fewer.
        feet_sd_m: How well a run's feet show where across the lane it was run.
        advice: What would make it better, one line each.
    """

    zone: Zone
    ms_per_px: tuple[float, ...]
    cones_sigma_s: float
    lane_s_per_m: float
    lane_rows_px: float
    feet_sd_m: float
    advice: tuple[str, ...] = ()

    @property
    def lane_sigma_s(self) -> float:
        """Share of the fly time's standard deviation of the athlete's place in the lane."""
        return abs(self.lane_s_per_m) * self.zone.profile.lane_sd_m

    @property
    def feet_tell_lanes(self) -> bool:
        """Whether feet show which lane somebody runs in."""
        return self.feet_sd_m < LANES_APART_SD_M


def quality_of(zone: Zone) -> Quality:
    """Judge a set-up.

    Args:
        zone: A fitted zone.

    Returns:
        Its figures, with the advice that they call for.
    """
    found = _figures(zone)
    return replace(found, advice=tuple(_advice(found)))


def lines(quality: Quality) -> list[str]:
    """Say it to a coach. Every ± and every range is a 95 % interval, and it says so.

    Args:
        quality: What `quality_of` found.

    Returns:
        Lines of text without an end of line.
    """
    zone = quality.zone
    both = len(zone.markers) == 2
    side, way = ("right", "right to left") if zone.mirrored else ("left", "left to right")
    seen = f"Marker 2 on the {side}" if both else f"Marker {min(zone.markers)} alone"
    what = "a fly time" if both else "the crossing"
    ms_per_px = ", ".join(
        f"{ms:.1f} at Marker {marker}"
        for marker, ms in zip(zone.markers, quality.ms_per_px, strict=True)
    )
    at_m = zone.position_m - min(zone.markers.values())
    each_ms = f"each 10 cm off the lane's centre is {abs(quality.lane_s_per_m) * 100:.1f} ms"
    late = "long" if both else "late" if quality.lane_s_per_m > 0 else "early"
    return [
        f"Fly Zone of {zone.fly_m:g} m: {seen}, runs go {way}",
        *_length(zone),
        f"Residual: {zone.residual_px:.1f} px between the cones and the camera that fits them best",
        f"Camera: {_range(zone, 2)} m from the lane's centre, {_range(zone, 3)} m high, "
        f"{abs(at_m):.{0 if both else 1}f} m {'past' if at_m >= 0 else 'before'} Marker "
        f"{min(zone.markers)} (check that it is so)",
        f"Milliseconds per pixel: {ms_per_px} (at {SPEED_MPS} m/s)",
        f"Cones' pixels, good to {zone.profile.cone_sd_px:g} px (one sd, --cone-sd): "
        f"{_ms(quality.cones_sigma_s)} in {what}, the same in every run",
        f"Parallax it cannot know: {_ms(quality.lane_sigma_s)} in {what}; {each_ms}, "
        f"too {late} on the far side",
        f"Feet: the lane is {quality.lane_rows_px:.1f} rows deep, "
        + ("enough" if quality.feet_tell_lanes else "too few")
        + " to tell lanes apart",
        *([LONE] if zone.profile.lone_cone else []),
        "Each ± and each range is a 95 % interval.",
        *(["What would improve it:"] if quality.advice else []),
        *(f"  {line}" for line in quality.advice),
    ]


def _figures(zone: Zone) -> Quality:
    ms_per_px, per_lane_m, per_pose_sd, rows_px = [], [], [], []
    for x_m in zone.markers.values():
        u_px, v_px = (float(part) for part in zone.to_pixel(x_m, 0.0, HEAD_M))
        (before_m, after_m), _ = zone.to_lane([u_px - 0.5, u_px + 0.5], v_px)
        ms_per_px.append(abs(float(after_m - before_m)) / SPEED_MPS * 1000)
        per_lane_m.append(zone.metres_per_lane_metre(u_px, v_px))
        per_pose_sd.append(zone.metres_per_pose_sd(u_px, v_px))
        (_, near_px), (_, far_px) = _edges(zone, x_m)
        rows_px.append(max(near_px - far_px, 0.01))
    # Between two markers what they share cancels; a crossing of one has all of it.
    off_m, aside = (
        (of[1] - of[0] if len(of) == 2 else -of[0])
        for of in (np.array(per_pose_sd), np.array(per_lane_m))
    )
    return Quality(
        zone,
        tuple(ms_per_px),
        float(np.linalg.norm(off_m)) / SPEED_MPS,
        float(aside) / SPEED_MPS,
        min(rows_px),
        run_feet_sd_m(zone),
    )


def _edges(zone: Zone, x_m: float) -> tuple[Pixel, Pixel]:
    """Where the lane's near and far edge are at a marker."""
    half_m = zone.profile.lane_width_m / 2
    (near_u, far_u), (near_v, far_v) = zone.to_pixel(x_m, [-half_m, half_m], 0.0)
    return (float(near_u), float(near_v)), (float(far_u), float(far_v))


def _advice(now: Quality) -> list[str]:
    zone, profile = now.zone, now.zone.profile
    one_alone = len(zone.markers) == 1
    advice = []
    edges = {marker: _edges(zone, at_m) for marker, at_m in zone.markers.items()}
    both = replace(profile, marker2_px=edges.get(2, ()), marker3_px=edges.get(3, ()))
    untaped = None in (profile.camera_distance_m, profile.camera_height_m)
    taped = replace(profile, camera_distance_m=zone.distance_m, camera_height_m=zone.height_m)
    edge = replace(profile, lane_line_px=_line(zone))
    for wanted, change, changed in (
        (profile.lone_cone, "a cone on both edges of the lane at each marker", both),
        (untaped, "camera's place measured (--camera-distance, --camera-height)", taped),
        (
            one_alone and not profile.lane_line_px,
            "two points on the lane's edge (--lane-line)",
            edge,
        ),
    ):
        if not wanted:
            continue
        with suppress(StationError):  # cones that would stand outside the picture are no advice
            then_s = _figures(fit_zone(changed)).cones_sigma_s
            if then_s < WORTH_DOING * now.cones_sigma_s:
                advice.append(f"{change}: cones {_ms(now.cones_sigma_s)} → {_ms(then_s)}")
    if one_alone:
        return advice + _aligned(now)
    if now.lane_sigma_s > 0:
        parallax = f"parallax {_ms(now.lane_sigma_s)} →"
        farther_s = now.lane_sigma_s * zone.distance_m / (zone.distance_m + BACK_M)
        advice.append(f"{BACK_M:.0f} m farther back, zoomed in: {parallax} {_ms(farther_s)}")
        if profile.lane_sd_m > LANE_LINE_SD_M:
            on_line_s = now.lane_s_per_m * LANE_LINE_SD_M
            advice.append(
                f"athletes on a lane line (--lane-sd {LANE_LINE_SD_M}): {parallax} {_ms(on_line_s)}"
            )
        advice.append(f"one camera per marker, in line with its cones: {parallax} ±0 ms")
    pose = zone.pose.copy()
    pose[3] = np.log(zone.height_m + UP_M)
    up = _figures(replace(zone, pose=pose))
    feet = ", enough for the feet" if up.feet_tell_lanes and not now.feet_tell_lanes else ""
    rows = f"{now.lane_rows_px:.1f} → {up.lane_rows_px:.1f} rows deep"
    advice.append(f"{UP_M:.0f} m higher up: the lane {rows}{feet}")
    return advice


def _aligned(now: Quality) -> list[str]:
    """What it would help to stand in line with a marker's cones."""
    ((marker, at_m),) = now.zone.markers.items()
    aside_m = now.zone.position_m - at_m
    if now.lane_sigma_s < ALIGNED_S:
        return []
    return [
        f"camera {abs(aside_m):.1f} m {'back' if aside_m > 0 else 'on'} along the lane, in line "
        f"with Marker {marker}'s cones: parallax {_ms(now.lane_sigma_s)} → ±0 ms"
    ]


def _line(zone: Zone) -> tuple[Pixel, ...]:
    """Where the lane's near edge lies near the left and the right end of the picture."""
    width_px = zone.profile.picture_px[0]
    near_m = -zone.profile.lane_width_m / 2
    x_m = min(zone.markers.values()) + np.linspace(-LINE_M, LINE_M, LINE_POINTS)
    u_px, v_px = zone.to_pixel(x_m, near_m, 0.0)
    inside = np.flatnonzero((u_px > 0.05 * width_px) & (u_px < 0.95 * width_px))
    left, right = inside[u_px[inside].argmin()], inside[u_px[inside].argmax()]
    return (float(u_px[left]), float(v_px[left])), (float(u_px[right]), float(v_px[right]))


def _length(zone: Zone) -> list[str]:
    if (by := zone.profile.fly_by) is None:
        return []
    off_m, off_mps = (INTERVAL_95 * length_sd(by) * of for of in (zone.fly_m, SPEED_MPS))
    return [f"Length by {by}: ±{off_m * 100:.0f} cm, which is ±{off_mps:.2f} m/s in a velocity"]


def _ms(sigma_s: float) -> str:
    half_width_ms = INTERVAL_95 * sigma_s * 1000
    return f"±{half_width_ms:.{0 if half_width_ms >= 2 else 1}f} ms"


def range_m(zone: Zone, index: int) -> tuple[float, float]:
    """The 95 % interval of a length of which the pose holds the logarithm, metres.

    Args:
        zone: The calibration.
        index: Of the pose: 2 is the camera's distance from the lane's middle, 3 its height.
    """
    off = INTERVAL_95 * float(np.linalg.norm(zone.pose_sd[index]))
    middle = float(zone.pose[index])
    return float(np.exp(middle - off)), float(np.exp(middle + off))


def _range(zone: Zone, index: int) -> str:
    low_m, high_m = range_m(zone, index)
    return f"{low_m:.1f} to {high_m:.1f}" if high_m / low_m < UNKNOWN else "?"
