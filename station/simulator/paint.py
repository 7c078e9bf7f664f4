"""Solids → pixels: how much of each pixel a figure covers, and with which colour.

Each row is drawn as the body was at that row's own instants: rolling
shutter and motion blur are therefore part of the drawing, not an effect laid over it. It
decides nothing about who is where.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from station.simulator.camera import Camera
from station.simulator.figure import Solid, Yuv
from station.simulator.motion import Floats
from station.simulator.outline import Layer, outlines

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

    def span_s(self, rows: int) -> tuple[float, float]:
        """Say when the exposure of a picture of so many rows begins and ends."""
        half_s = self.exposure_s / 2
        return self.start_s - half_s, self.start_s + self.row_s * rows + half_s

    def parts(self, camera: Camera, thing: Thing) -> int:
        """Count the parts of the exposure in which a thing moves less than a pixel each."""
        depth_m = max(1.0, abs(thing.y_m - camera.position_m[1]))
        blur_px: float = abs(thing.speed_mps) * self.exposure_s * camera.f_px / depth_m
        return 1 + math.ceil(1.2 * blur_px)


NODE_S = 0.004
"""Joints are worked out so often and joined by straight lines: 10 micrometres off for a trunk."""


class Poses:
    """A thing's joints as the camera sees them during one frame, at any instant."""

    def __init__(self, camera: Camera, thing: Thing, exposure: Exposure) -> None:
        self._first_s, last_s = exposure.span_s(camera.size_px[1])
        nodes = 1 + (max(1, math.ceil((last_s - self._first_s) / NODE_S)) if thing.speed_mps else 0)
        instants_s, self._step_s = np.linspace(self._first_s, last_s, nodes, retstep=True)
        self.joints_m = thing.joints_m(instants_s)

    def at(self, nodes: Floats, instants_s: Floats) -> Floats:
        """Interpolate something linear in the joints.

        Args:
            nodes: Its values at the nodes, shape (joints, nodes, n).
            instants_s: Shape S.

        Returns:
            Shape (joints, *S, n).
        """
        if nodes.shape[1] == 1:
            shape = (nodes.shape[0], *instants_s.shape, nodes.shape[2])
            return np.broadcast_to(nodes.reshape(nodes.shape[0], 1, 1, -1), shape)
        place = (instants_s - self._first_s) / self._step_s
        before = np.clip(place.astype(int), 0, nodes.shape[1] - 2)
        part = (place - before)[..., None]
        between: Floats = nodes[:, before] * (1 - part) + nodes[:, before + 1] * part
        return between


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
    room = thing.room_m(np.array(exposure.span_s(height_px)))
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
    poses = Poses(camera, thing, exposure)
    seen = poses.at((poses.joints_m - camera.position_m) @ camera.onto.T, instants_s)
    solids = thing.solids()
    shapes = outlines(solids, seen, camera, thing.speed_mps, np.array([left, top]))
    layer = np.zeros((4, parts, bottom - top, right - left), np.float32)
    for solid, outline in zip(solids, shapes, strict=True):
        window = outline.window(layer.shape[2:])
        if window is None:
            continue
        rows, columns = window
        cover, lit = outline.cover(rows, columns)
        y, u, v = thing.colour(solid.colour)
        here = layer[:, :, rows, columns]
        here[0] += cover * (y * (1 + SHADE * lit) - here[0])
        flat = np.array((u, v, 1.0), np.float32).reshape(3, 1, 1, 1)
        here[1:] += cover * (flat - here[1:])
    return Patch(left, top, layer.mean(axis=1))
