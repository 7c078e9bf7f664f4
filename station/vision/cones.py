"""Where cones seem to stand in a picture: a proposal for a coach to check, never a calibration.

Marker cones share a colour that stands out from track and grass, taper upwards, and are of one
height. So cones at the left and at the right are believed when one camera could see them with one
height, and nothing else is. It knows orange, red and yellow cones only: white and blue ones look
too much like lines, tracks and sky.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import permutations, product
from math import hypot, inf

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import fit_zone
from calibration.profile import Profile
from hardware.errors import StationError

Floats = NDArray[np.float32]

LEVELS = range(16, 120, 8)  # of warmth: from a cone at dusk to one in the sun
LEAST_HEIGHT_PX = 4
LEAST_SHAPE_PX = 8  # a smaller one is a few squares of colour
LARGEST_HEIGHT = 0.2  # of the picture's height
SLENDER = (0.3, 1.4)  # width by height
FILLED = (0.3, 0.85)  # part of the box
TAPER = 0.85  # the upper third's width by the lower third's
WAIST = 1.15
LEAST_CONTRAST = 15.0
CERTAIN_CONTRAST = 35.0
SHORTLIST = 40
CONE_M = (0.1, 1.0)  # for a zone of 30 m: wide enough for any zone
SAME_COLOUR = 40.0  # a few squares of it are mixed with what is beside them
TRIES = 20


@dataclass(frozen=True, slots=True)
class Cone:
    """Something that looks like a cone.

    Attributes:
        u_px: Column of the middle of its base.
        v_px: Row of its base.
        height_px: From base to tip.
        colour: Lab's a and b, neutral at 0.
        contrast: How far these are from those of what is beside it.
        behind: The far cone of a marker in line with the camera, half hidden by this one.
    """

    u_px: float
    v_px: float
    height_px: float
    colour: tuple[float, float]
    contrast: float
    behind: Cone | None = None


Marker = tuple[Cone, ...]


def propose(picture: NDArray[np.uint8]) -> tuple[Marker, Marker] | None:
    """The cones of the marker at the left and of the one at the right, near cone first.

    Args:
        picture: Blue, green, red; shape (height_px, width_px, 3), uint8.

    Returns:
        One or two cones for each marker, or None where nothing is a believable zone.
    """
    height_px, width_px = picture.shape[:2]
    found = find_cones(picture)
    pairs = list(_pairs(found))
    hidden = [(cone, cone.behind) for cone in found if cone.behind]
    certain = [cone for cone in found if _certain(cone)]
    lone = [(cone,) for cone in certain]
    sure = [pair for pair in pairs if pair[0] in certain and pair[1] in certain]
    for lefts, rights in (
        (pairs, pairs),
        (pairs + hidden, pairs + hidden),
        (sure, lone),
        (lone, sure),
        (lone[:2], lone[:2]),
    ):
        likely = sorted(
            (
                (left, right)
                for left, right in product(lefts, rights)
                if right[0].u_px - left[0].u_px > 0.3 * width_px and _alike((*left, *right))
            ),
            key=lambda zone: -sum(cone.contrast for marker in zone for cone in marker),
        )
        seen = [(_misfit_px(*zone, (width_px, height_px)), zone) for zone in likely[:TRIES]]
        possible = [(misfit_px, zone) for misfit_px, zone in seen if misfit_px < inf]
        if possible:
            cones = {*possible[0][1][0], *possible[0][1][1]}
            same = [entry for entry in possible if {*entry[1][0], *entry[1][1]} == cones]
            return min(same, key=lambda entry: entry[0])[1]
    return None


def find_cones(picture: NDArray[np.uint8]) -> list[Cone]:
    """Everything that looks like a cone, the most conspicuous first.

    Args:
        picture: Blue, green, red; shape (height_px, width_px, 3), uint8.

    Returns:
        At most 40.
    """
    lab = cv2.cvtColor(picture, cv2.COLOR_BGR2LAB).astype(np.float32) - 128
    red, yellow = lab[..., 1], lab[..., 2]
    orange = (red > 0.3 * yellow) & (yellow > 0.5 * red)
    bright_yellow = (yellow > 50) & (red > -0.2 * yellow)  # a duller one is dry grass
    warmth = np.where(orange | bright_yellow, np.hypot(red, yellow), 0)
    found: list[Cone | None] = []
    for level in LEVELS:
        _, _, boxes, _ = cv2.connectedComponentsWithStats((warmth > level).astype(np.uint8))
        for left, top, width, height, area in boxes[1:].tolist():
            if (
                LEAST_HEIGHT_PX <= height <= LARGEST_HEIGHT * len(picture)
                and SLENDER[0] * height <= width <= SLENDER[1] * height
                and area >= FILLED[0] * width * height
                and (height <= LEAST_SHAPE_PX or area <= FILLED[1] * width * height)
            ):
                found.append(_measured(lab, left, top, width, height))
    distinct: list[Cone] = []
    for cone in sorted(filter(None, found), key=lambda cone: -cone.contrast * cone.height_px):
        if not any(_same_place(cone, other) for other in distinct):
            distinct.append(cone)
    return sorted(distinct, key=lambda cone: -cone.contrast)[:SHORTLIST]


def _same_place(one: Cone, other: Cone) -> bool:
    reach_px = 0.4 * max(one.height_px, other.height_px)
    return hypot(one.u_px - other.u_px, one.v_px - other.v_px) < reach_px


def _measured(lab: Floats, left: int, top: int, width: int, height: int) -> Cone | None:
    """Measure what fills a box: a cone, or nothing like one."""
    margin = max(4, height)
    row0, column0 = max(0, top - margin), max(0, left - margin)
    window = lab[row0 : top + height + margin, column0 : left + width + margin]
    top, left = top - row0, left - column0
    columns = np.arange(window.shape[1])
    # A cone's flat base is wide and thin: a box of its warmest pixels may not hold it.
    beside = np.abs(columns - (left + (width - 1) / 2)) > max(0.55 * height, width / 2 + 1)
    if not beside.any():
        return None
    box = window[top : top + height, left : left + width].reshape(-1, 3)
    warmth = np.hypot(box[:, 1], box[:, 2])
    colour = np.median(box[warmth >= np.percentile(warmth, 60)], axis=0)
    behind = np.median(window[:, beside], axis=1)  # row by row: grass, line, track
    step = colour - behind
    contrast = float(np.median(np.hypot(step[top : top + height, 1], step[top : top + height, 2])))
    if contrast < LEAST_CONTRAST:
        return None
    # How much of each pixel is cone: along the way from the colour beside it to the cone's own.
    along = ((window - behind[:, None]) * step[:, None]).sum(axis=2)
    cover = np.clip(along / np.maximum((step**2).sum(axis=1), 1.0)[:, None], 0, 1)
    cover[:, beside] = 0
    lower = cover[top + height // 2 : top + height].sum(axis=0)
    u_px = float(lower @ columns / lower.sum())
    core = cover[:, np.abs(columns - u_px) <= max(1.0, 0.12 * height)].mean(axis=1)
    middle = top + int(0.6 * height)
    base, tip = _edge(core, middle, 1), _edge(core, middle, -1)
    if base is None or tip is None or base - tip < LEAST_HEIGHT_PX - 1:
        return None
    widths = cover.sum(axis=1)
    third = max(1, round((base - tip) / 3))
    upper = widths[round(tip) : round(tip) + third].mean()
    if (
        base - tip > LEAST_SHAPE_PX
        and upper > TAPER * widths[round(base) - third + 1 : round(base) + 1].mean()
    ):
        return None
    cone = Cone(
        column0 + u_px, row0 + base, base - tip, (float(colour[1]), float(colour[2])), contrast
    )
    # A cone grows wider to its base: where it grows narrower, another one's base is behind it.
    if cone.height_px < LEAST_SHAPE_PX:
        return cone
    for row in range(round(tip + 0.4 * cone.height_px), round(base) - 1):
        if widths[row] == widths[: row + 1].max() > WAIST * widths[row + 1]:
            far = replace(cone, v_px=float(row0 + row), height_px=row - tip)
            return replace(cone, height_px=far.height_px, behind=far)
    return cone


def _edge(cover: NDArray[np.floating], start: int, way: int) -> float | None:
    """Where a profile falls to a half, from a row inside the cone, downwards (1) or up (-1)."""
    row = start
    while 0 <= row < len(cover) and cover[row] >= 0.5:
        row += way
    if row == start or not 0 <= row < len(cover):
        return None
    inside, outside = cover[row - way], cover[row]
    return float(row - way + way * (inside - 0.5) / (inside - outside))


def _pairs(cones: list[Cone]) -> Iterator[Marker]:
    """What could be the near and the far cone of a marker."""
    for near, far in permutations(cones, 2):
        across, up = abs(far.u_px - near.u_px), near.v_px - far.v_px
        tall = near.height_px
        if (
            -0.15 * across <= up < 1.5 * tall
            and 1.5 < across + up < 8 * tall
            and abs(far.height_px - tall) < 1.5 + 0.3 * tall
        ):
            yield near, far


def _certain(cone: Cone) -> bool:
    """Whether it is believed with fewer than three others of its kind."""
    return cone.height_px >= LEAST_SHAPE_PX and cone.contrast >= CERTAIN_CONTRAST


def _alike(cones: Marker) -> bool:
    colours = np.array([cone.colour for cone in cones])
    return bool(np.ptp(colours, axis=0).max() < SAME_COLOUR)


def _misfit_px(left: Marker, right: Marker, picture_px: tuple[int, int]) -> float:
    """How badly one camera sees these as cones of one height on a lane's edges; inf: it cannot."""
    at_left, at_right = (
        tuple((cone.u_px, cone.v_px) for cone in marker) for marker in (left, right)
    )
    try:
        zone = fit_zone(Profile(30.0, picture_px, at_left, at_right))
    except StationError:
        return inf
    half_m = zone.profile.lane_width_m / 2
    cones, x_m, y_m = zip(
        *(
            (cone, x_m, y_m)
            for x_m, marker in ((0.0, left), (zone.fly_m, right))
            for y_m, cone in zip((-half_m, half_m), marker, strict=False)
        ),
        strict=True,
    )
    _, base_px = zone.to_pixel(x_m, y_m, 0.0)
    _, tip_px = zone.to_pixel(x_m, y_m, 0.3)
    per_metre = (base_px - tip_px) / 0.3
    seen_px = np.array([cone.height_px for cone in cones])
    cone_m = float(np.median(seen_px / per_metre))
    misfit_px = np.abs(seen_px - cone_m * per_metre)
    if not CONE_M[0] < cone_m < CONE_M[1] or (misfit_px > 1.5 + 0.25 * seen_px).any():
        return inf
    return zone.residual_px + float(misfit_px.mean())
