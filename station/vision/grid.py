"""A picture to read pixels off: a labelled grid over it, cones numbered and enlarged.

It draws and decides nothing. The drawing has the size of the picture, so that a pixel of it in any
image viewer is a pixel of the video.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from station.vision.cones import Cone

Picture = NDArray[np.uint8]
Numbered = Sequence[tuple[int, Cone]]

GRID_PX, FINE_PX = 100, 20
LINE_OPACITY, FINE_OPACITY = 0.35, 0.12
FONT = cv2.FONT_HERSHEY_SIMPLEX
LIGHT, DARK, MARK = (255, 255, 255), (0, 0, 0), (255, 255, 0)
LENS = (0.32, 0.3)  # an enlargement's width and height, by the picture's
MOST_ZOOM = 12


def with_grid(picture: Picture, cones: Numbered) -> Picture:
    """Draw a grid with a label every 100 px and a tick every 10, and the cones.

    Where there are no cones to enlarge, thin lines every 20 px help to read them off.

    Args:
        picture: Blue, green, red; shape (height_px, width_px, 3), uint8.
        cones: Those to mark, with their numbers.

    Returns:
        A new picture of the same shape.
    """
    drawn = picture.copy()
    size = max(0.3, 0.4 * picture.shape[1] / 1280)
    _View(drawn, (0, 0), 1, size).draw(GRID_PX, cones, None if cones else FINE_PX)
    for right in (False, True):
        side = [entry for entry in cones if (entry[1].u_px > picture.shape[1] / 2) == right]
        if side:
            _enlarge(picture, drawn, side, right, size)
    return drawn


class _View:
    """A drawing of a part of a picture, enlarged a whole number of times.

    Args:
        canvas: What is drawn on.
        origin_px: The picture's pixel (column, row) in its top left corner.
        zoom: Side of a pixel.
        size: Scale of the text.
    """

    def __init__(self, canvas: Picture, origin_px: tuple[int, int], zoom: int, size: float) -> None:
        self.canvas, self.origin_px, self.zoom, self.size = canvas, origin_px, zoom, size

    def draw(self, step_px: int, cones: Numbered, fine_px: int | None = None) -> None:
        """Rule it every `step_px` of the picture, with ticks at a tenth, and mark the cones.

        `fine_px`, where given, is the step of faint lines between.
        """
        height, width = self.canvas.shape[:2]
        line_px, tick_px, word_px = (round(part * self.size) for part in (28, 12, 86))
        for axis, extent in ((0, width), (1, height)):
            first_px = self.origin_px[axis]
            for pixel in range(first_px, first_px + extent // self.zoom):
                at = self._at(pixel, axis)
                if pixel % step_px == 0:
                    self._line(axis, at, slice(None))
                    for edge in (0, 1):
                        across = (at + 3, (line_px, height - 4)[edge])
                        down = ((2, width - word_px)[edge], at - 3)
                        self._write(str(pixel), across if axis == 0 else down)
                    continue
                if fine_px and pixel % fine_px == 0:
                    self._line(axis, at, slice(None), FINE_OPACITY)
                if pixel % max(1, step_px // 10) == 0:
                    reach = tick_px * (2 if pixel % (step_px // 2) == 0 else 1)
                    self._line(axis, at, slice(reach))
                    self._line(axis, at, slice(-reach, None))
        for number, cone in cones:
            self._mark(number, cone)

    def _at(self, pixel: float, axis: int) -> int:
        return round((pixel - self.origin_px[axis] + 0.5) * self.zoom - 0.5)

    def _line(self, axis: int, at: int, part: slice, opacity: float = LINE_OPACITY) -> None:
        for line, ink in ((at, LIGHT), (at + 1, DARK)):  # light beside dark shows on anything
            along = (
                self.canvas[part, line : line + 1]
                if axis == 0
                else self.canvas[line : line + 1, part]
            )
            along[:] = (1 - opacity) * along + opacity * np.array(ink)

    def _write(
        self,
        text: str,
        where: tuple[int, int],
        ink: tuple[int, int, int] = LIGHT,
        larger: float = 1.0,
    ) -> None:
        size, bold = larger * self.size, round(1 + self.size)
        for colour, thickness in ((DARK, bold + 2), (ink, bold)):
            cv2.putText(self.canvas, text, where, FONT, size, colour, thickness, cv2.LINE_AA)

    def _mark(self, number: int, cone: Cone) -> None:
        """A cross that leaves the base itself free, and the cone's number beside it."""
        x, y = self._at(cone.u_px, 0), self._at(cone.v_px, 1)
        gap, arm = 2 * self.zoom, 2 * self.zoom + round(20 * self.size)
        for colour, thickness in ((DARK, 3), (MARK, 1)):
            for dx, dy in ((-1, 0), (1, 0), (0, 1)):
                cv2.line(
                    self.canvas,
                    (x + dx * gap, y + dy * gap),
                    (x + dx * arm, y + dy * arm),
                    colour,
                    thickness,
                    cv2.LINE_AA,
                )
        self._write(str(number), (x + arm + 2, y + round(12 * self.size)), MARK, 1.4)


def _enlarge(picture: Picture, drawn: Picture, cones: Numbered, right: bool, size: float) -> None:
    """Put an enlargement of a marker's cones into a corner above, or below where they are high."""
    height, width = picture.shape[:2]
    lens_px = int(LENS[0] * width), int(LENS[1] * height)
    tallest = max(cone.height_px for _, cone in cones)
    columns = [cone.u_px for _, cone in cones]
    rows = [cone.v_px for _, cone in cones]
    wide, high = np.ptp(columns) + 4 * tallest, np.ptp(rows) + 3 * tallest
    zoom = max(2, min(MOST_ZOOM, int(lens_px[0] / wide), int(lens_px[1] / high)))
    crop_px = lens_px[0] // zoom, lens_px[1] // zoom
    centre = np.mean(columns), np.mean(rows) - tallest / 3
    left, top = (
        int(np.clip(middle - crop / 2, 0, extent - crop))
        for middle, crop, extent in zip(centre, crop_px, (width, height), strict=True)
    )
    part = picture[top : top + crop_px[1], left : left + crop_px[0]]
    lens = part.repeat(zoom, axis=0).repeat(zoom, axis=1)
    step_px = next(
        step for step in (10, 20, 50, GRID_PX) if step * zoom > 100 * size or step == GRID_PX
    )
    _View(lens, (left, top), zoom, size).draw(step_px, cones)
    cv2.rectangle(lens, (0, 0), (lens.shape[1] - 1, lens.shape[0] - 1), LIGHT, 2)
    x = width - lens.shape[1] if right else 0
    y = 0 if min(rows) - 2 * tallest > lens.shape[0] else height - lens.shape[0]
    drawn[y : y + lens.shape[0], x : x + lens.shape[1]] = lens
