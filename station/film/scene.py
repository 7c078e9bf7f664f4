"""A crossing and the part of its recording around it: the photo-finish strip, and each picture.

It decides what is cut out of the recording and how large it is drawn; what is written around it
and where the reading is drawn, others do. It makes no reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import Zone
from calibration.shutter import row_delay_s
from hardware.errors import StationError
from hardware.units import NS
from hardware.video import VideoFile
from station.crossing import Crossing
from station.film.replay import Replay
from station.vision.strip import Glimpse, Picture, photo_finish

PANEL_PX = 764
STRIP_PX_PER_M, FRAME_PX_PER_M = 240.0, 160.0
STRIP_M = (-0.15, 2.25)  # from the ground's near edge to above a tall runner's head
FRAME_M = (-0.7, 2.5)
PLANE_M = 2.2
READING, PLANE, SEEN, ASIDE = (60, 40, 230), (0, 190, 255), (230, 200, 0), (150, 150, 150)


class Scene:
    """One crossing and the part of the recording around it.

    Attributes:
        crossing: Which.
        read_at_s: When it was read, seconds of the recording's own time.
        px_per_s: Columns of the strip for each real second.
        half_s: Real seconds from the strip's middle to its edges.
        interval_s: Real seconds between two pictures.
        taken_s: When each picture took the body that crossed, real seconds since the recording's
            first timestamp.
    """

    def __init__(self, video: VideoFile, replay: Replay, zone: Zone, crossing: Crossing) -> None:
        """Decode what is around it.

        Args:
            video: The recording.
            replay: What was timed in it.
            zone: The calibration that it was timed with.
            crossing: Which.
        """
        self.crossing, self._zone = crossing, zone
        self._rotation_deg = video.rotation_deg
        self.read_at_s = replay.on_file_s(crossing.instant_s)
        self._plane_m = float(zone.to_lane(crossing.u_px, crossing.v_px)[0])
        self.px_per_s = STRIP_PX_PER_M * abs(crossing.velocity_mps)
        self.half_s = PANEL_PX / 2 / self.px_per_s
        self.interval_s = replay.time_scale * interval_s(video)
        self._view = _View.around(zone, self._plane_m)
        self._glimpses = self._look(video, replay)
        v_px, u_px = crossing.v_px, crossing.u_px
        delay_s = float(row_delay_s(v_px, zone.profile, u_px, self._rotation_deg))
        self.taken_s = tuple(one.instant_s + delay_s for one in self._glimpses)

    def _look(self, video: VideoFile, replay: Replay) -> list[Glimpse]:
        """The frames around the crossing, cut to what is shown so that few bytes stay."""
        left, top, right, bottom = self._view.box()
        half_s = self.half_s + 1.5 * self.interval_s
        from_ns, to_ns = (
            round(replay.on_file_s(self.crossing.instant_s + away_s) * NS)
            for away_s in (-half_s, half_s)
        )
        return [
            Glimpse(
                replay.since_first_s(pts_ns / NS),
                picture[top:bottom, left:right].copy(),
                left,
                top,
            )
            for pts_ns, picture in video.pictures(from_ns, to_ns)
        ]

    def reach_ms(self) -> tuple[float, float]:
        """Between which times the strip shows something, later than the reading.

        Raises:
            StationError: There is not one picture of it.
        """
        if not self.taken_s:
            raise StationError(
                f"the recording has no picture about Marker {self.crossing.marker}: it was cut "
                "off; take another recording of this run, or its hand time"
            )
        first_s, last_s = self.taken_s[0] - self.interval_s, self.taken_s[-1] + self.interval_s
        at_s = self.crossing.instant_s
        low_s, high_s = max(first_s - at_s, -self.half_s), min(last_s - at_s, self.half_s)
        return 1000 * low_s, 1000 * high_s

    def strip(self) -> Picture:
        """The photo-finish strip, the reading in its middle; time runs to the right.

        So what passed first is on the left: a runner who goes to the right looks left.
        """
        low_m, high_m = STRIP_M
        heights_m = np.arange(high_m, low_m, -1 / STRIP_PX_PER_M)
        later_s = (np.arange(PANEL_PX) - PANEL_PX // 2) / self.px_per_s
        return photo_finish(
            self._glimpses,
            self._zone,
            self.crossing,
            heights_m,
            self.crossing.instant_s + later_s,
            self.interval_s,
            self._rotation_deg,
        )

    def frame(self, number: int) -> Picture:
        """One of the pictures, with the marker's plane, the sightings and the reading."""
        crossing, view, taken_s = self.crossing, self._view, self.taken_s[number]
        panel = self._glimpses[number].resampled(*view.pixels())
        half_lane = self._zone.profile.lane_width_m / 2
        y_m = np.array([-half_lane, half_lane, half_lane, -half_lane])
        z_m = np.array([0.0, 0.0, PLANE_M, PLANE_M])
        marker_m = 0.0 if crossing.marker == 2 else self._zone.fly_m
        corners = view.place(*self._zone.to_pixel(marker_m, y_m, z_m))
        glass = panel.copy()
        cv2.fillPoly(glass, [corners], PLANE)
        cv2.addWeighted(glass, 0.12, panel, 0.88, 0, dst=panel)
        cv2.polylines(panel, [corners], True, PLANE, 1, cv2.LINE_AA)
        for sighting in crossing.sightings:
            (at,) = view.place(np.array([sighting.u_px]), np.array([sighting.v_px]))
            colour = SEEN if sighting.used else ASIDE
            cv2.circle(panel, at.tolist(), 2, colour, -1, cv2.LINE_AA)
            if abs(sighting.instant_s - taken_s) < self.interval_s / 2:
                cv2.circle(panel, at.tolist(), 9, colour, 2, cv2.LINE_AA)
        (at,) = view.place(np.array([crossing.u_px]), np.array([crossing.v_px]))
        cv2.drawMarker(panel, at.tolist(), READING, cv2.MARKER_CROSS, 17, 1, cv2.LINE_AA)
        return panel


def interval_s(video: VideoFile) -> float:
    """Seconds of the recording from picture to picture.

    The usual one: a clip of ours leaves out what lies between the camera's first pictures and the
    passage.
    """
    shown_ns = np.unique(video.index.pts_ns[video.index.shown])
    return float(np.median(np.diff(shown_ns))) / NS


@dataclass(frozen=True, slots=True)
class _View:
    """A part of the picture, enlarged onto a panel."""

    left_px: float
    top_px: float
    enlarged: float
    height: int

    @staticmethod
    def around(zone: Zone, plane_m: float) -> _View:
        low_m, high_m = FRAME_M
        u, v = zone.to_pixel(plane_m, 0.0, np.array([high_m, low_m]))
        enlarged = FRAME_PX_PER_M * (high_m - low_m) / float(v[1] - v[0])
        height = round(FRAME_PX_PER_M * (high_m - low_m))
        return _View(float(u.mean()) - PANEL_PX / enlarged / 2, float(v[0]), enlarged, height)

    def pixels(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Columns and rows of the whole picture under each of the panel's pixels."""
        rows, columns = np.mgrid[0 : self.height, 0:PANEL_PX]
        return self.left_px + columns / self.enlarged, self.top_px + rows / self.enlarged

    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of what it shows, in whole pixels of the picture."""
        right = self.left_px + PANEL_PX / self.enlarged
        bottom = self.top_px + self.height / self.enlarged
        left, top = max(0, floor(self.left_px)), max(0, floor(self.top_px))
        return left, top, ceil(right) + 1, ceil(bottom) + 1

    def place(self, u_px: NDArray[np.float64], v_px: NDArray[np.float64]) -> NDArray[np.int32]:
        """Where points of the picture are on the panel, shape (points, 2)."""
        at = np.stack([u_px - self.left_px, v_px - self.top_px], axis=-1) * self.enlarged
        return np.round(np.nan_to_num(at)).astype(np.int32)
