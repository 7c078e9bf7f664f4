"""Pictures that prove a run: photo-finish strips, nearest frames, and a page with both.

It decides what a coach sees of a crossing. It draws readings and never makes one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import Zone
from calibration.shutter import row_delay_s
from hardware.errors import StationError
from hardware.files import write_whole
from hardware.video import VideoFile, open_video
from station.crossing import Crossing
from station.flags import MEANING, Flag
from station.pace import compare, interval
from station.run import Run
from station.vision.strip import Glimpse, Picture, photo_finish

if TYPE_CHECKING:
    from station.film.replay import Replay
    from station.film.tripod import Second

PAGE_PX, MARGIN_PX = 1600, 24
PANEL_PX = (PAGE_PX - 3 * MARGIN_PX) // 2
STRIP_PX_PER_M, FRAME_PX_PER_M = 240.0, 160.0
STRIP_M = (-0.15, 2.25)  # from the ground's near edge to above a tall runner's head
FRAME_M = (-0.7, 2.5)
PLANE_M = 2.2
WRITTEN = re.compile(r"run-\d+(-marker[23]-(strip|frame))?\.png")
MOVED_S = 0.010  # a run's instant farther than this from the reading is explained
NS_PER_S = 1_000_000_000

INK, FAINT, PAPER = (40, 30, 20), (120, 110, 100), (255, 255, 255)
READING, PLANE, SEEN, ASIDE = (60, 40, 230), (0, 190, 255), (230, 200, 0), (150, 150, 150)


def check_folder(folder: Path) -> None:
    """Refuse a place for evidence that could not be written, before anything is computed.

    Raises:
        StationError: It is a file, or lies in a folder that may not be written.
    """
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not existing.is_dir():
        raise StationError(f"'{existing}' is not a folder; give --evidence a folder's name")
    if not os.access(existing, os.W_OK):
        raise StationError(f"the folder '{existing}' is read-only; give --evidence another place")


def write_evidence(
    folder: Path, replay: Replay, zone: Zone, video: Path, second: Second | None = None
) -> None:
    """Write run-N.png and, for each crossing, run-N-markerM-strip.png and -frame.png.

    Pictures of these names that an earlier replay left there are removed.

    Args:
        folder: Where to; made where it is missing, unless there is no run to picture.
        replay: The runs and what they were made of.
        zone: The calibration that they were timed with.
        video: The recording.
        second: Marker 3's, where a camera of its own filmed it.
    """
    for stale in folder.glob("run-*.png"):
        if WRITTEN.fullmatch(stale.name):  # an earlier replay's, no proof of this one
            stale.unlink()
    if not replay.timed:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with open_video(video) as opened:
        first = opened, replay, zone
        last = first
        if second is not None and replay.second is not None:
            last = open_video(second.take.video), replay.second, second.take.zone
        for number, timed in enumerate(replay.timed, start=1):
            panels = []
            own = timed.run if second is None else _on_second(timed.run, replay, second)
            for source, crossing, run in (
                (first, timed.marker2, timed.run),
                (last, timed.marker3, own),
            ):
                scene = _Scene(*source, crossing, run)
                strip, frame = scene.strip_panel(), scene.frame_panel()
                name = f"run-{number}-marker{crossing.marker}"
                _save(folder / f"{name}-strip.png", strip)
                _save(folder / f"{name}-frame.png", frame)
                panels.append(np.vstack([strip, frame]))
            _save(folder / f"run-{number}.png", _page(number, timed.run, replay, panels))


def _on_second(run: Run, replay: Replay, second: Second) -> Run:
    """A run whose instant at Marker 3 is what the second camera's recording says."""
    assert replay.second is not None, "what has a second camera has its recording"
    own_s, _ = second.sync.swapped.on_first(replay.clock_s(replay.since_first_s(run.marker3_s)))
    return replace(run, marker3_s=replay.second.on_file_s(own_s - replay.second.clock_s(0.0)))


class _Scene:
    """One crossing and the part of the recording around it."""

    def __init__(
        self, video: VideoFile, replay: Replay, zone: Zone, crossing: Crossing, run: Run
    ) -> None:
        self.zone, self.crossing, self.run = zone, crossing, run
        self.rotation_deg = video.rotation_deg
        self.counted_at_s = run.marker2_s if crossing.marker == 2 else run.marker3_s
        self.read_at_s = replay.first_pts_s + crossing.instant_s / replay.time_scale
        self.moved_s = (self.counted_at_s - self.read_at_s) * replay.time_scale
        self.plane_m = float(zone.to_lane(crossing.u_px, crossing.v_px)[0])
        # A strip's right edge is what is farthest ahead: it passed first where the run goes right.
        self.rightwards = 1 if run.direction == "left-to-right" else -1
        self.px_per_s = STRIP_PX_PER_M * abs(crossing.velocity_mps)
        columns = np.arange(PANEL_PX) - PANEL_PX // 2
        self.instants_s = crossing.instant_s - self.rightwards * columns / self.px_per_s
        self.interval_s = replay.time_scale / video.frame_rate_hz
        half_s = PANEL_PX / 2 / self.px_per_s + 1.5 * self.interval_s
        self.glimpses = self._look(video, replay, half_s)

    def _look(self, video: VideoFile, replay: Replay, half_s: float) -> list[Glimpse]:
        """The frames around the crossing, cut to what the panels show so that few bytes stay."""
        left, top, right, bottom = _View.around(self.zone, self.plane_m).box()

        def file_ns(instant_s: float) -> int:
            return round((replay.first_pts_s + instant_s / replay.time_scale) * NS_PER_S)

        around = (
            file_ns(self.crossing.instant_s - half_s),
            file_ns(self.crossing.instant_s + half_s),
        )
        return [
            Glimpse(
                (pts_ns / NS_PER_S - replay.first_pts_s) * replay.time_scale,
                picture[top:bottom, left:right].copy(),
                left,
                top,
            )
            for pts_ns, picture in video.pictures(*around)
        ]

    def strip_panel(self) -> Picture:
        """The photo-finish strip with the reading and an axis in milliseconds."""
        low_m, high_m = STRIP_M
        heights_m = np.arange(high_m, low_m, -1 / STRIP_PX_PER_M)
        strip = photo_finish(
            self.glimpses,
            self.zone,
            self.crossing,
            heights_m,
            self.instants_s,
            self.interval_s,
            self.rotation_deg,
        )
        height, middle = len(heights_m), PANEL_PX // 2
        cv2.line(strip, (middle, 0), (middle, height), READING, 1)
        return np.vstack([_caption(self._title()), strip, self._axis()])

    def _title(self) -> str:
        """When the pictures show the crossing, and what was counted where that is another time."""
        read = f"Marker {self.crossing.marker}: {self.crossing.point} read at"
        if abs(self.moved_s) <= MOVED_S:
            return f"{read} {self.counted_at_s:.3f} s"
        why = (
            "for the lane he ran in"
            if Flag.OTHER_LANE in self.run.flags
            else "to time one point at both markers"
        )
        moved = f"moved by {_signed(1000 * self.moved_s, '.0f')} ms {why}"
        return f"{read} {self.read_at_s:.3f} s, {moved}: {self.counted_at_s:.3f} s"

    def _axis(self) -> Picture:
        axis = np.full((64, PANEL_PX, 3), 255, np.uint8)
        middle, px_per_ms = PANEL_PX // 2, self.px_per_s / 1000
        step_ms = next(ms for ms in (10, 20, 50, 100, 200, 500, 1000, 5000) if ms * px_per_ms > 70)
        most = floor((middle - 30) / px_per_ms / step_ms)  # a label needs its room
        for ms in range(-most * step_ms, most * step_ms + 1, step_ms):
            x = round(middle - self.rightwards * ms * px_per_ms)
            cv2.line(axis, (x, 0), (x, 7), INK, 1)
            _text(axis, _signed(ms, "d") if ms else "0 ms", (x, 24), 13, INK, True)
        later = "← later" if self.rightwards > 0 else "later →"
        speed_mps = abs(self.crossing.velocity_mps)
        about = (
            f"{later}   A stripe of each picture, moved at the runner's {speed_mps:.1f} m/s: "
            "what is slower, as a foot on the ground, repeats"
        )
        _text(axis, about, (middle, 50), 13, FAINT, True)
        return axis

    def frame_panel(self) -> Picture:
        """The nearest frame with the marker's plane and the sightings."""
        crossing, zone = self.crossing, self.zone
        delay_s = float(row_delay_s(crossing.v_px, zone.profile, crossing.u_px, self.rotation_deg))
        nearest = min(self.glimpses, key=lambda g: abs(g.instant_s + delay_s - crossing.instant_s))
        taken_s = nearest.instant_s + delay_s
        view = _View.around(zone, self.plane_m)
        panel = nearest.resampled(*view.pixels())
        half_lane = zone.profile.lane_width_m / 2
        y_m = np.array([-half_lane, half_lane, half_lane, -half_lane])
        z_m = np.array([0.0, 0.0, PLANE_M, PLANE_M])
        marker_m = 0.0 if crossing.marker == 2 else zone.fly_m
        corners = view.place(*zone.to_pixel(marker_m, y_m, z_m))
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
        early_ms = 1000 * (crossing.instant_s - taken_s)
        when = f"{abs(early_ms):.0f} ms {'before' if early_ms > 0 else 'after'} the reading"
        if abs(early_ms) < 0.5:
            when = "at the reading"
        about = (
            f"Nearest picture, {when}. Dots: the {crossing.point} in each picture, +: the reading"
        )
        return np.vstack([_caption(about, INK, 15), panel])


@dataclass(frozen=True)
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


def _page(number: int, run: Run, replay: Replay, panels: Sequence[Picture]) -> Picture:
    """Numbers above, Marker 2 on the left, Marker 3 on the right."""
    athlete = f"{run.athlete}, " if run.athlete else ""
    head = np.full((150 + 24 * len(run.flags), PAGE_PX, 3), 255, np.uint8)
    name = f"{athlete}run {number} of {replay.recording}, Fly Zone {replay.fly_m:g} m"
    _text(head, name, (MARGIN_PX, 40), 20, FAINT)
    digits = (
        f"{interval(run.fly_s, run.fly_sigma_s)} s     "
        f"{interval(run.velocity_mps, run.velocity_sigma_mps)} m/s"
    )
    _text(head, _against_pace(run, replay.fly_m), (MARGIN_PX, 76), 22, INK)
    _text(head, digits, (MARGIN_PX, 126), 40, INK)
    for line, flag in enumerate(run.flags):
        _text(head, f"{flag}: {MEANING[flag]}", (MARGIN_PX, 158 + 24 * line), 17, READING)
    gap = np.full((panels[0].shape[0], MARGIN_PX, 3), 255, np.uint8)
    body = np.hstack([gap, panels[0], gap, panels[1], gap])
    return np.vstack([head, body, np.full((MARGIN_PX, PAGE_PX, 3), 255, np.uint8)])


def _against_pace(run: Run, fly_m: float) -> str:
    if run.pace_400_mps is None:
        return "± is half the 95 % interval"
    against = compare(run.velocity_mps, run.velocity_sigma_mps, run.pace_400_mps, fly_m)
    by = f"by {abs(100 * against.margin_ratio):.0f} % ({_signed(against.margin_mps, '.2f')} m/s)"
    verdict = {
        "beats": f"beats 400 m pace {by}",
        "does-not-beat": f"does not beat 400 m pace: slower {by}",
        "cannot-tell": "cannot tell whether it beats 400 m pace: the interval holds it",
    }[against.verdict]
    return f"{verdict}; {against.meeting_fly_s:.2f} s just meets {run.pace_400_mps:.2f} m/s"


def _signed(number: float, form: str) -> str:
    return format(number, f"+{form}").replace("-", "−")


def _caption(text: str, colour: tuple[int, int, int] = INK, size: int = 18) -> Picture:
    band = np.full((36, PANEL_PX, 3), 255, np.uint8)
    _text(band, text, (0, 25), size, colour)
    return band


def _text(
    picture: Picture,
    text: str,
    at: tuple[int, int],
    size: int,
    colour: tuple[int, int, int],
    middle: bool = False,
) -> None:
    """Write on a picture, from `at` rightwards or with its middle there."""
    font = cv2.FontFace("sans")
    if middle:
        _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), font, size, 400)
        at = (at[0] - width // 2, at[1])
    cv2.putText(picture, text, at, colour, font, size, 400)


def _save(path: Path, picture: Picture) -> None:
    write_whole(path, cv2.imencode(".png", picture)[1].tobytes())
