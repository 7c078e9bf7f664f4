"""Solids → pixels: how much of each pixel a figure covers, and with which colour.

It decides coverage from signed distances, so that edges are smooth and their places exact to a few
thousandths of a pixel. Each row is drawn as the body was at that row's own instants: rolling
shutter and motion blur are therefore part of the drawing, not an effect laid over it. It decides
nothing about who is where.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from station.simulator.camera import Camera
from station.simulator.figure import Solid, Yuv
from station.simulator.motion import Floats

Layer = NDArray[np.float32]

LIGHT = np.array([-0.45, -0.89])
"""Where the light comes from in the picture (unit vector): above and a little left."""
SHADE = 0.16
"""How much brighter the lit edge of a solid is, and how much darker the other one."""


@dataclass(frozen=True)
class Exposure:
    """When the rows of one frame are exposed. The frame's instant is the middle of row 0's.

    Attributes:
        start_s: Middle of the exposure of row 0, in real time.
        row_s: From one row to the next.
        exposure_s: How long each row is exposed.
    """

    start_s: float
    row_s: float
    exposure_s: float

    def instants_s(self, first_row: int, rows: int, parts: int) -> Floats:
        """Cut each row's exposure into `parts` equal ones: their middles, shape (parts, rows)."""
        middles = self.start_s + self.row_s * np.arange(first_row, first_row + rows)
        within = self.exposure_s * ((np.arange(parts) + 0.5) / parts - 0.5)
        instants: Floats = middles[None, :] + within[:, None]
        return instants

    def parts(self, camera: Camera, thing: Thing) -> int:
        """Count the parts of the exposure in which a thing moves less than a pixel each."""
        depth_m = max(1.0, abs(thing.y_m - camera.position_m[1]))
        blur_px: float = abs(thing.speed_mps) * self.exposure_s * camera.f_px / depth_m
        return 1 + math.ceil(1.2 * blur_px)


@dataclass(frozen=True)
class Patch:
    """A part of the picture that somebody covers.

    Attributes:
        left: First column (even).
        top: First row (even).
        layer: Brightness and the two colour differences, multiplied by the cover, and the cover;
            shape (4, rows, columns), both even.
    """

    left: int
    top: int
    layer: Layer


class Thing(Protocol):
    """What can be painted: solids on joints that move with time."""

    @property
    def y_m(self) -> float:
        """Lateral position: the nearer thing is painted over the farther one."""

    @property
    def speed_mps(self) -> float:
        """Signed speed along the lane."""

    def solids(self) -> list[Solid]:
        """List the solids from the far side to the near side."""

    def joints_m(self, t_s: Floats) -> Floats:
        """Find the joints at instants of shape S: shape (joints, *S, 3)."""

    def colour(self, name: str) -> Yuv:
        """Look up a solid's colour."""

    def room_m(self, t_s: Floats) -> Floats:
        """Find two opposite corners of the room it takes at these instants, shape (2, 3)."""


def bounds_px(
    camera: Camera, thing: Thing, exposure: Exposure, flat: Floats | None = None
) -> tuple[int, int, int, int] | None:
    """Box a thing in for one frame: left, top, right, bottom, all even; None if out of sight.

    With `flat`, shape (3, 3), the box is that of the thing so flattened: of its shadow.
    """
    width_px, height_px = camera.size_px
    span_s = exposure.exposure_s / 2
    ends_s = np.array([-span_s, exposure.row_s * height_px + span_s]) + exposure.start_s
    room = thing.room_m(ends_s)
    corners = np.array([(x, y, z) for x in room[:, 0] for y in room[:, 1] for z in room[:, 2]])
    pixels, depth_m = camera.project(corners if flat is None else corners @ flat.T)
    if depth_m.min() < 0.5:
        return None  # at the lens
    low, high = pixels.min(axis=0) - 2, pixels.max(axis=0) + 3
    left, right = max(0, int(low[0]) & ~1), min(width_px, (int(high[0]) + 1) & ~1)
    top, bottom = max(0, int(low[1]) & ~1), min(height_px, (int(high[1]) + 1) & ~1)
    return (left, top, right, bottom) if left < right and top < bottom else None


def paint(camera: Camera, thing: Thing, exposure: Exposure) -> Patch | None:
    """Draw a thing as one frame sees it.

    Returns:
        The patch it covers, or None where it is out of the picture.
    """
    box = bounds_px(camera, thing, exposure)
    if box is None:
        return None
    left, top, right, bottom = box
    parts = exposure.parts(camera, thing)
    instants_s = exposure.instants_s(top, bottom - top, parts)
    joints_m = thing.joints_m(instants_s)
    seen = (joints_m - camera.position_m) @ camera.onto.T
    layer = np.zeros((4, parts, bottom - top, right - left), np.float32)
    for solid in thing.solids():
        y, u, v = thing.colour(solid.colour)
        shape = _bar if solid.to is not None else _ellipsoid
        drawn = shape(camera, thing, solid, seen, (left, top, right, bottom))
        if drawn is None:
            continue
        where, cover, lit = drawn
        here = layer[(slice(None), slice(None), *where)]
        here[0] += cover * (y * (1 + SHADE * lit) - here[0])
        here[1] += cover * (u - here[1])
        here[2] += cover * (v - here[2])
        here[3] += cover * (1 - here[3])
    return Patch(left, top, layer.mean(axis=1))


Window = tuple[slice, slice]
Drawn = tuple[Window, Layer, Layer]


def _window(
    u_low: Floats, u_high: Floats, v_low: Floats, v_high: Floats, box: tuple[int, int, int, int]
) -> tuple[Window, Layer, Layer] | None:
    """Find the rows and columns that a solid may touch.

    The limits are given for each row's own instants; only rows near their own limits count.
    """
    left, top, right, bottom = box
    first_v, last_v = max(top, int(v_low.min()) - 1), min(bottom, int(v_high.max()) + 3)
    if first_v >= last_v:
        return None
    rows = slice(first_v - top, last_v - top)
    first_u = max(left, int(u_low[:, rows].min()) - 1)
    last_u = min(right, int(u_high[:, rows].max()) + 3)
    if first_u >= last_u:
        return None
    columns = slice(first_u - left, last_u - left)
    u = np.arange(first_u, last_u, dtype=np.float32)[None, None, :]
    v = np.arange(first_v, last_v, dtype=np.float32)[None, :, None]
    return (rows, columns), u, v


def _column(values: Floats, rows: slice) -> Layer:
    """Shape one number per instant and row for arithmetic with a window's pixels."""
    return values[:, rows, None].astype(np.float32)


def _bar(
    camera: Camera, _thing: Thing, solid: Solid, seen: Floats, box: tuple[int, int, int, int]
) -> Drawn | None:
    """Cover of a round tapered bar."""
    assert solid.to is not None
    a, b = seen[solid.at], seen[solid.to]
    a_px, b_px = a[..., :2] / a[..., 2:], b[..., :2] / b[..., 2:]
    a_r = solid.radii_m[0] * camera.f_px / a[..., 2]
    b_r = solid.radii_m[1] * camera.f_px / b[..., 2]
    low = np.minimum(a_px - a_r[..., None], b_px - b_r[..., None])
    high = np.maximum(a_px + a_r[..., None], b_px + b_r[..., None])
    window = _window(low[..., 0], high[..., 0], low[..., 1], high[..., 1], box)
    if window is None:
        return None
    where, u, v = window
    along = b_px - a_px
    length2 = (along**2).sum(axis=-1) + 1e-9
    from_u: Layer = u - _column(a_px[..., 0], where[0])
    from_v: Layer = v - _column(a_px[..., 1], where[0])
    along_u, along_v = _column(along[..., 0], where[0]), _column(along[..., 1], where[0])
    part = from_u * (along_u / _column(length2, where[0]))
    part += from_v * (along_v / _column(length2, where[0]))
    np.clip(part, 0.0, 1.0, out=part)
    off_u = np.asarray(from_u - part * along_u, np.float32)
    off_v = np.asarray(from_v - part * along_v, np.float32)
    radius = _column(a_r, where[0]) + np.asarray(part, np.float32) * _column(b_r - a_r, where[0])
    cover: Layer = np.clip(0.5 + radius - np.sqrt(off_u * off_u + off_v * off_v), 0.0, 1.0)
    lit = (off_u * np.float32(LIGHT[0]) + off_v * np.float32(LIGHT[1])) / (radius + 0.5)
    return where, cover, np.clip(lit, -1.0, 1.0)


def _ellipsoid(
    camera: Camera, thing: Thing, solid: Solid, seen: Floats, box: tuple[int, int, int, int]
) -> Drawn | None:
    """Cover of an ellipsoid: its outline is an exact ellipse (dual conic of a dual quadric)."""
    pitch = solid.pitch_rad * math.copysign(1.0, thing.speed_mps)
    cos, sin = math.cos(pitch), math.sin(pitch)
    turn = np.array([[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]])
    shape_m = turn @ np.diag(np.square(solid.radii_m)) @ turn.T
    centre, spread = outline(camera.onto @ shape_m @ camera.onto.T, seen[solid.at])
    cu, cv = centre[..., 0], centre[..., 1]
    suu, suv, svv = spread
    half_u, half_v = np.sqrt(suu), np.sqrt(svv)
    window = _window(cu - half_u, cu + half_u, cv - half_v, cv + half_v, box)
    if window is None:
        return None
    where, u, v = window
    det = suu * svv - suv * suv
    du, dv = u - _column(cu, where[0]), v - _column(cv, where[0])
    grad_u = du * _column(svv / det, where[0]) - dv * _column(suv / det, where[0])
    grad_v = dv * _column(suu / det, where[0]) - du * _column(suv / det, where[0])
    q2 = du * grad_u + dv * grad_v
    # First-order distance to the outline: (q - 1) / |grad q|, with grad q = grad / q.
    steep = np.sqrt(grad_u * grad_u + grad_v * grad_v) + np.float32(1e-6)
    cover = np.clip(0.5 - (q2 - np.sqrt(q2)) / steep, 0.0, 1.0)
    lit = du * _column(LIGHT[0] / half_u, where[0]) + dv * _column(LIGHT[1] / half_v, where[0])
    return where, cover, np.clip(lit, -1.0, 1.0)


def outline(shape: Floats, centre: Floats) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
    """Project an ellipsoid.

    Args:
        shape: Its shape matrix seen by the camera (homogeneous pixels), shape (..., 3, 3).
        centre: Its centre in homogeneous pixels, shape (..., 3).

    Returns:
        Centre of the ellipse in pixels, shape (..., 2), and the three numbers uu, uv, vv of its
        matrix S: the outline is (p - c)' S^-1 (p - c) = 1.
    """
    x, y, z = centre[..., 0], centre[..., 1], centre[..., 2]
    weight = shape[..., 2, 2] - z * z
    cu = (shape[..., 0, 2] - x * z) / weight
    cv = (shape[..., 1, 2] - y * z) / weight
    uu = cu * cu - (shape[..., 0, 0] - x * x) / weight
    uv = cu * cv - (shape[..., 0, 1] - x * y) / weight
    vv = cv * cv - (shape[..., 1, 1] - y * y) / weight
    return np.stack([cu, cv], axis=-1), (uu, uv, vv)
