"""The shadow that the sun throws on the ground: it moves with its owner and has his limbs.

It decides how dark each pixel is. Every solid is an ellipsoid here, flattened onto the ground along
the light and projected exactly; the ground is level and nothing else catches a shadow.
"""

from __future__ import annotations

import math

import numpy as np

from station.simulator.camera import Camera
from station.simulator.motion import Floats
from station.simulator.outline import Layer, ellipses, outline
from station.simulator.paint import Exposure, Poses, Thing, bounds_px
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
    instants_s = exposure.instants_s(top, bottom - top, exposure.parts(camera, thing))
    solids, poses = thing.solids(), Poses(camera, thing, exposure)
    onto_ground = camera.onto @ flat
    seen = poses.at(poses.joints_m @ onto_ground.T - camera.onto @ camera.position_m, instants_s)
    a = seen[[solid.at for solid in solids]]
    b = seen[[solid.end for solid in solids]]
    axes = [
        np.asarray(solid.radii_m) if solid.to is None else np.full(3, sum(solid.radii_m) / 2)
        for solid in solids
    ]
    shapes = np.array([(onto_ground * radii) @ (onto_ground * radii).T for radii in axes])
    along = (b - a) / 2
    shape = shapes[:, None, None] + along[..., :, None] * along[..., None, :]
    centre, (uu, uv, vv) = outline(shape, (a + b) / 2)
    # A shadow on far ground is thinner than a pixel: widen it by a pixel's own extent and thin
    # its darkness by as much, so that its total is right.
    wide_uu, wide_vv = uu + 0.25, vv + 0.25
    weights = np.sqrt(np.maximum(uu * vv - uv * uv, 0) / (wide_uu * wide_vv - uv * uv))
    lit: Layer = np.ones((len(instants_s), bottom - top, right - left), np.float32)
    for shade, weight in zip(
        ellipses(centre - (left, top), (wide_uu, uv, wide_vv), camera),
        weights.mean(axis=(1, 2)).tolist(),
        strict=True,
    ):
        window = shade.window(lit.shape[1:])
        if window is not None:
            lit[:, *window] *= 1 - np.float32(weight) * shade.cover(*window)[0]
    light = 1 - DARKNESS * (1 - lit.mean(axis=0))
    y = planes[top:bottom, left:right]
    y[:] = np.rint(16 + (y - np.float32(16)) * light)
