"""Solids → outlines → cover: which part of each pixel a solid covers.

It decides cover from signed distances, so that edges are smooth and their places exact to a few
thousandths of a pixel. It knows neither people nor time beyond the instants it is given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from station.simulator.camera import Camera
from station.simulator.figure import Solid
from station.simulator.motion import Floats

Layer = NDArray[np.float32]


@dataclass(frozen=True)
class Outline:
    """One solid's outline in the picture, for each instant and row, within a box.

    Attributes:
        low: Least column and row it may touch, pixels from the box's corner.
        high: Greatest column and row.
        numbers: What the shape needs, shape (n, instants, rows, 1).
    """

    low: Floats
    high: Floats
    numbers: Layer

    def window(self, shape: tuple[int, ...]) -> tuple[slice, slice] | None:
        """Cut the rows and columns it may touch out of a box of this shape."""
        first_u, first_v = (max(0, int(part) - 1) for part in self.low)
        last_u, last_v = (
            min(most, int(part) + 3) for part, most in zip(self.high, shape[::-1], strict=True)
        )
        if first_u >= last_u or first_v >= last_v:
            return None
        return slice(first_v, last_v), slice(first_u, last_u)

    def cover(self, rows: slice, columns: slice) -> tuple[Layer, Layer]:
        """Say how much of each pixel it covers, and how lit it is there (-1 to 1)."""
        u = np.arange(columns.start, columns.stop, dtype=np.float32)
        v = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
        return self._cover(u, v, self.numbers[:, :, rows])

    def _cover(self, u: Layer, v: Layer, numbers: Layer) -> tuple[Layer, Layer]:
        raise NotImplementedError


def within(values: Layer, low: float) -> Layer:
    """Cut values to `low` … 1, in place; for so few of them `np.clip` takes four times as long."""
    np.maximum(values, low, out=values)
    return np.minimum(values, 1.0, out=values)


class Bar(Outline):
    """Two circles and what lies between their tangents, nearly."""

    def _cover(self, u: Layer, v: Layer, numbers: Layer) -> tuple[Layer, Layer]:
        a_u, a_v, along_u, along_v, per_length2, radius, widening, light_u, light_v = numbers
        off_u, off_v = u - a_u, v - a_v
        part = off_u * (along_u * per_length2) + off_v * (along_v * per_length2)
        part = within(part, 0.0)
        off_u = off_u - part * along_u
        off_v = off_v - part * along_v
        radii = radius + part * widening
        cover = 0.5 + radii - np.sqrt(off_u * off_u + off_v * off_v)
        lit = (off_u * light_u + off_v * light_v) / (radii + 0.5)
        return within(cover, 0.0), within(lit, -1.0)


class Ellipse(Outline):
    """An ellipse: S is its matrix, given inverted."""

    def _cover(self, u: Layer, v: Layer, numbers: Layer) -> tuple[Layer, Layer]:
        centre_u, centre_v, inverse_uu, inverse_uv, inverse_vv, light_u, light_v = numbers
        off_u, off_v = u - centre_u, v - centre_v
        grad_u = off_u * inverse_uu + off_v * inverse_uv
        grad_v = off_u * inverse_uv + off_v * inverse_vv
        q2 = off_u * grad_u + off_v * grad_v
        # First-order distance to the outline: (q - 1) / |grad q|, with grad q = grad / q.
        steep = np.sqrt(grad_u * grad_u + grad_v * grad_v) + np.float32(1e-6)
        cover = 0.5 - (q2 - np.sqrt(q2)) / steep
        lit = off_u * light_u + off_v * light_v
        return within(cover, 0.0), within(lit, -1.0)


def outlines(
    solids: list[Solid], seen: Floats, camera: Camera, heading: float, origin: Floats
) -> list[Outline]:
    """Outline solids, in their order.

    Args:
        solids: What to outline.
        seen: Joints in homogeneous pixels, shape (joints, instants, rows, 3).
        camera: Who sees them.
        heading: Its sign is the way they face.
        origin: Column and row that count as 0, shape (2,).
    """
    long = [number for number, solid in enumerate(solids) if solid.to is not None]
    blunt = [number for number, solid in enumerate(solids) if solid.to is None]
    drawn: dict[int, Outline] = {}
    if long:
        drawn.update(zip(long, _bars([solids[i] for i in long], seen, camera, origin), strict=True))
    if blunt:
        balls = _balls([solids[i] for i in blunt], seen, camera, heading, origin)
        drawn.update(zip(blunt, balls, strict=True))
    return [drawn[number] for number in range(len(solids))]


def _bars(solids: list[Solid], seen: Floats, camera: Camera, origin: Floats) -> list[Outline]:
    """Outline round tapered bars."""
    first = seen[[bar.at for bar in solids]]
    last = seen[[bar.end for bar in solids]]
    radii_m = np.array([bar.radii_m for bar in solids])[..., None, None]
    first_r, last_r = (
        radii_m[:, 0] * camera.f_px / first[..., 2],
        radii_m[:, 1] * camera.f_px / last[..., 2],
    )
    a = first[..., :2] / first[..., 2:] - origin
    b = last[..., :2] / last[..., 2:] - origin
    low = np.minimum(a - first_r[..., None], b - last_r[..., None]).min(axis=(1, 2))
    high = np.maximum(a + first_r[..., None], b + last_r[..., None]).max(axis=(1, 2))
    along = b - a
    per_length2 = 1 / ((along**2).sum(axis=-1) + 1e-9)
    numbers = (
        a[..., 0],
        a[..., 1],
        along[..., 0],
        along[..., 1],
        per_length2,
        first_r,
        last_r - first_r,
        *(np.full_like(first_r, part) for part in camera.light),
    )
    return _packed(Bar, low, high, numbers)


def _balls(
    solids: list[Solid], seen: Floats, camera: Camera, heading: float, origin: Floats
) -> list[Outline]:
    """Outline ellipsoids, exactly."""
    shapes = np.empty((len(solids), 3, 3))
    for ball, shape in zip(solids, shapes, strict=True):
        pitch = math.copysign(ball.pitch_rad, heading)
        cos, sin = math.cos(pitch), math.sin(pitch)
        turn = np.array([[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]])
        axes = camera.onto @ turn * np.asarray(ball.radii_m)
        shape[:] = axes @ axes.T
    centre, spread = outline(shapes[:, None, None], seen[[ball.at for ball in solids]])
    return ellipses(centre - origin, spread, camera)


def ellipses(
    centre: Floats, spread: tuple[Floats, Floats, Floats], camera: Camera
) -> list[Outline]:
    """Outline ellipses given as `outline` gives them, shapes (n, instants, rows, ...)."""
    uu, uv, vv = spread
    half = np.sqrt(np.stack([uu, vv], axis=-1))
    low, high = (centre - half).min(axis=(1, 2)), (centre + half).max(axis=(1, 2))
    det = uu * vv - uv * uv
    light = camera.light / half
    numbers = (
        centre[..., 0],
        centre[..., 1],
        vv / det,
        -uv / det,
        uu / det,
        light[..., 0],
        light[..., 1],
    )
    return _packed(Ellipse, low, high, numbers)


def _packed(
    kind: type[Outline], low: Floats, high: Floats, numbers: tuple[Floats, ...]
) -> list[Outline]:
    """Pack numbers of shape (n, instants, rows) up for each of n outlines."""
    packed = np.stack(numbers, axis=1)[..., None].astype(np.float32)
    return [kind(*parts) for parts in zip(low, high, packed, strict=True)]


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
