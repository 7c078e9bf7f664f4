"""Whether camera and cones stand where they stood when the calibration was made.

It decides that a camera was bumped, that it stands as before again, and that a single cone was
moved or cannot be seen any more. It looks once a second, whoever runs; it times nothing, and what
a run is worth after a bump is decided where the run is timed.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import Zone
from calibration.profile import Pixel
from hardware.units import NS
from station.film.tripod import MOVED_PX, moved_px

LOOK_NS = NS
FIRST_LOOKS = 5  # whoever walks by is not in most of them
MOVED_LOOKS = 2  # a camera that somebody brushes swings back
CONE_LOOKS = 3  # a cone that has been put elsewhere
HIDDEN_LOOKS = 10  # somebody may stand before it, but not for so long
CONE_M = (0.2, 0.35, 0.1)  # beside its middle, above its base, below it
LEAST_PX = 4
NEAR_M = 1.0  # within which a cone that was moved is looked for
SAME_CONE_M = 0.4
LEAST_CONTRAST = 4.0  # grey levels, one sd: a cone that stands out less cannot be watched
THERE, GONE, FOUND = 0.7, 0.5, 0.8  # correlations
FORGETS = 0.02  # of its looks at each look: the sun goes on

Luma = NDArray[np.uint8]
Patch = NDArray[np.float32]
News = tuple[str, str]


class Stands:
    """Feeds on the pictures of one camera."""

    def __init__(self, zone: Zone, placed_on: Luma | None = None) -> None:
        """Begin with nothing seen.

        Args:
            zone: The calibration.
            placed_on: The picture on which its cones were placed; None where nobody kept it: then
                it stands as its first pictures show it.
        """
        self._profile, self._placed_on = zone.profile, placed_on
        self._first: list[Luma] | None = []
        self._before = placed_on
        self._cones = [
            _Cone(marker, place, zone.px_per_m(at_m))
            for (marker, cones), at_m in zip(
                zone.profile.markers.items(), zone.markers.values(), strict=True
            )
            for place in cones
        ]
        self._looked_ns: int | None = None
        self._moved = 0
        self._told_moved = False

    def begin(self, *, goes_on: bool) -> None:
        """Take pictures of a camera just opened, of the same kind as before or of another."""
        self._looked_ns = None
        if not goes_on:
            self._first, self._before = [], self._placed_on

    @property
    def moved_since_placed(self) -> bool:
        """Whether it does not stand as on the picture on which the cones were placed."""
        return self._placed_on is not None and self._told_moved

    def see(self, pts_ns: int, luma: Luma) -> list[News]:
        """Look at a picture, if it is time.

        Args:
            pts_ns: Its timestamp.
            luma: The whole upright picture, of the calibration's size.

        Returns:
            Name and sentence of each piece of news.
        """
        if self._looked_ns is not None and 0 <= pts_ns - self._looked_ns < LOOK_NS:
            return []
        self._looked_ns = pts_ns
        news: list[News] = []
        if self._before is not None:
            shift_px = moved_px(self._profile, self._before, luma)
            self._moved = self._moved + 1 if shift_px > MOVED_PX else 0
            news += self._of_camera(shift_px)
        if self._moved or self._told_moved:
            return news
        if self._first is not None:
            self._learn(luma)
        else:
            places = [cone.place for cone in self._cones]
            for cone in self._cones:
                news += cone.look(luma, [one for one in places if one != cone.place])
        return news

    def _learn(self, luma: Luma) -> None:
        self._first = [*(self._first or ()), luma.copy()]
        if len(self._first) == FIRST_LOOKS:
            usual = np.median(self._first, axis=0).astype(np.uint8)
            self._first = None
            self._before = usual if self._placed_on is None else self._placed_on
            for cone in self._cones:
                cone.learn(usual)

    def _of_camera(self, shift_px: float) -> Iterator[News]:
        if self._moved >= MOVED_LOOKS and not self._told_moved:
            self._told_moved = True
            yield (
                "camera-moved",
                f"what is around the cones lies {shift_px:.0f} px from where it did: the camera "
                "was bumped. Place the cones anew (Set-up); the runs since are timed again then",
            )
        elif self._told_moved and not self._moved:
            self._told_moved = False
            yield "camera-stands", "it stands as before again"


class _Cone:
    """One cone, and what is just around it."""

    def __init__(self, marker: int, place: Pixel, px_per_m: float) -> None:
        self.place = place
        self._marker, self._px_per_m = marker, px_per_m
        aside, above, below = (max(LEAST_PX, round(metres * px_per_m)) for metres in CONE_M)
        self._box = (-above, below, -aside, aside)
        self._looks: Patch | None = None
        self._away = self._elsewhere = 0
        self._told = False

    def learn(self, luma: Luma) -> None:
        """Remember how it looks."""
        patch = self._patch(luma, 0)
        self._looks = None if patch is None or patch.std() < LEAST_CONTRAST else patch

    def look(self, luma: Luma, others: list[Pixel]) -> Iterator[News]:
        """Say what became of it."""
        slack = int(MOVED_PX)
        around = None if self._looks is None else self._patch(luma, slack)
        if self._looks is None or around is None:
            return
        found = cv2.matchTemplate(around, self._looks, cv2.TM_CCOEFF_NORMED)
        here = float(found.max())
        if here >= THERE:
            patch = around[slack:-slack, slack:-slack]
            self._looks = (1 - FORGETS) * self._looks + np.float32(FORGETS) * patch
        if here >= GONE:
            self._away = self._elsewhere = 0
            if self._told:
                self._told = False
                yield "cone-stands", f"the cone at Marker {self._marker} stands as before again"
            return
        self._away += 1
        apart_px = self._found_at(luma, others)
        self._elsewhere = 0 if apart_px is None else self._elsewhere + 1
        if self._told:
            return
        if apart_px is not None and self._elsewhere >= CONE_LOOKS:
            self._told = True
            yield (
                "cone-moved",
                f"a cone at Marker {self._marker} was moved, by {apart_px / self._px_per_m:.1f} m "
                "or more: put it back on its line, or place the cones anew (Set-up)",
            )
        elif self._away >= HIDDEN_LOOKS:
            self._told = True
            yield (
                "cone-moved",
                f"a cone at Marker {self._marker} has not been seen for "
                f"{HIDDEN_LOOKS * LOOK_NS // NS} s: does it still stand on its line?",
            )

    def _found_at(self, luma: Luma, others: list[Pixel]) -> float | None:
        """How many pixels away it is seen; None where nothing near looks like it."""
        reach = round(NEAR_M * self._px_per_m)
        around = self._patch(luma, reach)
        if around is None or self._looks is None:
            return None
        found = cv2.matchTemplate(around, self._looks, cv2.TM_CCOEFF_NORMED)
        rows, columns = np.indices(found.shape) - reach
        for u_px, v_px in others:
            off = np.hypot(columns - (u_px - self.place[0]), rows - (v_px - self.place[1]))
            found[off < SAME_CONE_M * self._px_per_m] = 0.0
        best = int(found.argmax())
        if found.flat[best] < FOUND:
            return None
        return float(np.hypot(rows.flat[best], columns.flat[best]))

    def _patch(self, luma: Luma, more: int) -> Patch | None:
        """What stands out around it of the stripes of lane and grass; None beyond the picture."""
        top, bottom, left, right = self._box
        column, row = round(self.place[0]), round(self.place[1])
        rows = slice(row + top - more, row + bottom + 1 + more)
        columns = slice(column + left - more, column + right + 1 + more)
        height, width = luma.shape
        if rows.start < 0 or columns.start < 0 or rows.stop > height or columns.stop > width:
            return None
        aside = round(NEAR_M * self._px_per_m) + right
        stripes = luma[rows, max(column - aside, 0) : column + aside + 1]
        flat: Patch = luma[rows, columns].astype(np.float32)
        flat -= np.median(stripes, axis=1, keepdims=True).astype(np.float32)
        return flat
