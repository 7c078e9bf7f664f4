"""The site as a drawing, to scale: lane, markers, the camera and what it sees (drawing).

It decides what is drawn and where. Where the camera should stand, and where it does, it is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import radians, tan

from station.console.svg import drawing, element, text

RUN_IN_M, SLOW_DOWN_M = 30.0, 50.0  # Marker 1 to 2, and at least what it takes to stop
EDGE_PX, LETTERS_PX, ABOVE_PX, LANE_PX = 10.0, 17.0, 58.0, 8.0
LETTER_PX = 9.0  # how wide one is, on average
CONE_PX = 7.0


@dataclass(frozen=True, slots=True)
class Camera:
    """Where a camera stands and how much it sees.

    Attributes:
        at_m: Along the zone, from Marker 2.
        distance_m: From the lane's middle.
        view_deg: From side to side.
    """

    at_m: float
    distance_m: float
    view_deg: float


def site_drawing(fly_m: float, camera: Camera | None, wide_px: float) -> str:
    """Draw it as seen from above, the camera below the lane.

    Args:
        fly_m: Length of the Fly Zone.
        camera: None where gates alone time.
        wide_px: How wide.
    """
    scale = (wide_px - 2 * EDGE_PX) / (RUN_IN_M + fly_m + SLOW_DOWN_M)

    def across(at_m: float) -> float:
        return EDGE_PX + (RUN_IN_M + at_m) * scale

    lane_px = ABOVE_PX
    marks = {1: across(-RUN_IN_M), 2: across(0), 3: across(fly_m)}
    parts = [_lane(EDGE_PX, wide_px - EDGE_PX, lane_px), _zone(marks, lane_px)]
    parts += [_marker(number, x, lane_px) for number, x in marks.items()]
    end = wide_px - EDGE_PX
    spans = ((marks[1], marks[2], "run-in ", RUN_IN_M), (marks[2], marks[3], "fly ", fly_m))
    for left, right, word, length_m in spans:
        said = f"{word}{length_m:g} m"
        if LETTER_PX * len(said) > right - left - 2:
            said = f"{length_m:g} m"
        parts.append(_said(said, (left + right) / 2, LETTERS_PX))
    parts.append(_said("slow down", (marks[3] + end) / 2, LETTERS_PX))
    high_px = lane_px + 24
    words = f"Run-in {RUN_IN_M:g} m, Fly Zone {fly_m:g} m, then {SLOW_DOWN_M:g} m to slow down"
    if camera is not None:
        at_px, below_px = across(camera.at_m), lane_px + camera.distance_m * scale
        parts.insert(0, _view(camera, at_px, below_px, lane_px, wide_px))
        parts.append(_camera(at_px, below_px))
        high_px = below_px + 34
        parts.append(
            _said(f"{camera.distance_m:.0f} m", at_px + 8, (lane_px + below_px) / 2 + 6, "start")
        )
        words += f"; the camera {camera.distance_m:.0f} m from the lane"
    return drawing(wide_px, high_px, words, *parts)


def _lane(left: float, right: float, y: float) -> str:
    return element(
        "rect", x=left, y=y - LANE_PX / 2, width=right - left, height=LANE_PX, class_="lane"
    )


def _zone(marks: dict[int, float], y: float) -> str:
    wide = marks[3] - marks[2]
    return element("rect", x=marks[2], y=y - LANE_PX / 2, width=wide, height=LANE_PX, class_="fly")


def _marker(number: int, x: float, y: float) -> str:
    cones = "".join(
        element("path", d=f"M{x - CONE_PX:.1f} {base:.1f}h{2 * CONE_PX:.1f}l{-CONE_PX:.1f} "
                f"{-1.6 * CONE_PX:.1f}z", class_="cone")
        for base in (y - LANE_PX / 2 - 1, y + LANE_PX / 2 + 1 + 1.6 * CONE_PX)
    )  # fmt: skip
    return cones + _said(str(number), x, y - LANE_PX - 14)


def _view(camera: Camera, x: float, y: float, lane: float, wide: float) -> str:
    """What it sees as far as the lane, and the line that is measured."""
    half = (y - lane) * tan(radians(camera.view_deg) / 2)
    left, right = max(x - half, 0.0), min(x + half, wide)
    seen = element("path", d=f"M{x:.1f} {y:.1f}L{left:.1f} {lane:.1f}H{right:.1f}z", class_="seen")
    return seen + element("line", x1=x, y1=lane, x2=x, y2=y, class_="measured")


def _camera(x: float, y: float) -> str:
    body = element("rect", x=x - 13, y=y - 2, width=26, height=17, rx=3, class_="camera")
    lens = element("rect", x=x - 5, y=y - 9, width=10, height=8, class_="camera")
    return lens + body


def _said(said: str, x: float, y: float, anchor: str = "middle") -> str:
    return text(said, x, y, text_anchor=anchor)
