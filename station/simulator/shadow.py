"""The shadow that the sun throws on the ground: it moves with its owner and has his limbs.

It decides how dark each pixel is. Every solid is an ellipsoid here, flattened onto the ground along
the light and projected exactly; the ground is level and nothing else catches a shadow.
"""

from __future__ import annotations

import math

import numpy as np

from station.simulator.camera import Camera
from station.simulator.motion import Floats
from station.simulator.paint import Exposure, Layer, Thing, bounds_px, outline
from station.simulator.scene import Scene

DARKNESS = 0.55
"""Part of the light that the sun gives, and a shadow lacks."""


def flattening(scene: Scene) -> Floats:
    """Map a point to its shadow on the ground, shape (3, 3)."""
    length = 1 / math.tan(math.radians(scene.sun_elevation_deg))
    azimuth = math.radians(scene.sun_azimuth_deg)
    flat = np.diag([1.0, 1.0, 0.0])
    flat[0, 2], flat[1, 2] = length * math.cos(azimuth), length * math.sin(azimuth)
    return flat


def cast_on(
    planes: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    camera: Camera,
    thing: Thing,
    exposure: Exposure,
    flat: Floats,
) -> None:
    """Darken the ground where a thing keeps the sun off, in place (brightness only)."""
    box = bounds_px(camera, thing, exposure, flat)
    if box is None:
        return
    left, top, right, bottom = box
    parts = exposure.parts(camera, thing)
    instants_s = exposure.instants_s(top, bottom - top, parts)
    joints_m = thing.joints_m(instants_s)
    lit: Layer = np.ones((parts, bottom - top, right - left), np.float32)
    onto_ground = camera.onto @ flat
    for solid in thing.solids():
        a, b = joints_m[solid.at], joints_m[solid.at if solid.to is None else solid.to]
        along = (b - a) @ onto_ground.T / 2
        if solid.to is None:
            shape = onto_ground @ np.diag(np.square(solid.radii_m)) @ onto_ground.T
        else:
            shape = (sum(solid.radii_m) / 2) ** 2 * (onto_ground @ onto_ground.T)
        shape = shape + along[..., :, None] * along[..., None, :]
        middle = ((a + b) / 2 @ flat.T - camera.position_m) @ camera.onto.T
        _darken(lit, shape, middle, box)
    light = 1 - DARKNESS * (1 - lit.mean(axis=0))
    y = planes[top:bottom, left:right]
    y[:] = np.rint(16 + (y - np.float32(16)) * light)


def _darken(lit: Layer, shape: Floats, middle: Floats, box: tuple[int, int, int, int]) -> None:
    """Take one solid's shadow out of the light, shape (instants, rows, columns), in place."""
    left, top, right, bottom = box
    centre, (uu, uv, vv) = outline(shape, middle)
    # A shadow on far ground is thinner than a pixel: widen it by a pixel's own extent and thin
    # its darkness by as much, so that its total is right.
    wide_uu, wide_vv = uu + 0.25, vv + 0.25
    weight = np.sqrt(np.maximum(uu * vv - uv * uv, 0) / (wide_uu * wide_vv - uv * uv))
    half_u, half_v = np.sqrt(wide_uu), np.sqrt(wide_vv)
    first_v = max(top, int((centre[..., 1] - half_v).min()) - 1)
    last_v = min(bottom, int((centre[..., 1] + half_v).max()) + 2)
    first_u = max(left, int((centre[..., 0] - half_u).min()) - 1)
    last_u = min(right, int((centre[..., 0] + half_u).max()) + 2)
    if first_v >= last_v or first_u >= last_u:
        return
    rows = slice(first_v - top, last_v - top)
    columns = slice(first_u - left, last_u - left)

    def per_pixel(values: Floats) -> Layer:
        return np.asarray(values[:, rows, None], np.float32)

    det = wide_uu * wide_vv - uv * uv
    du = np.arange(first_u, last_u, dtype=np.float32) - per_pixel(centre[..., 0])
    dv = np.arange(first_v, last_v, dtype=np.float32)[:, None] - per_pixel(centre[..., 1])
    grad_u = du * per_pixel(wide_vv / det) - dv * per_pixel(uv / det)
    grad_v = dv * per_pixel(wide_uu / det) - du * per_pixel(uv / det)
    q2 = du * grad_u + dv * grad_v
    steep = np.sqrt(grad_u * grad_u + grad_v * grad_v) + np.float32(1e-6)
    cover = np.clip(0.5 - (q2 - np.sqrt(q2)) / steep, 0.0, 1.0) * per_pixel(weight)
    lit[:, rows, columns] *= 1 - cover
