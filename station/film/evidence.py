"""Pictures that prove a run: photo-finish strips, nearest frames, and a page with both.

It decides what a coach sees of a crossing. It draws readings and never makes one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from calibration.geometry import Zone
from hardware.errors import StationError
from hardware.files import write_whole
from hardware.video import VideoFile, open_video
from station.crossing import Crossing
from station.film.scene import PANEL_PX, READING, Scene
from station.flags import MEANING, Flag
from station.pace import compare, interval
from station.run import Run
from station.vision.strip import Picture

if TYPE_CHECKING:
    from station.film.replay import Replay
    from station.film.tripod import Second

PAGE_PX, MARGIN_PX = 1600, 24
WRITTEN = re.compile(r"run-\d+(-marker[23]-(strip|frame))?\.png")
MOVED_S = 0.010  # a run's instant farther than this from the reading is explained

INK, FAINT = (40, 30, 20), (120, 110, 100)


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
                drawn = _Panels(*source, crossing, run)
                strip, frame = drawn.strip(), drawn.frame()
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


class _Panels:
    """What is laid out of one crossing."""

    def __init__(
        self, video: VideoFile, replay: Replay, zone: Zone, crossing: Crossing, run: Run
    ) -> None:
        self._scene, self._crossing, self._run = (
            Scene(video, replay, zone, crossing),
            crossing,
            run,
        )
        self._counted_at_s = run.marker2_s if crossing.marker == 2 else run.marker3_s
        self._moved_s = (self._counted_at_s - self._scene.read_at_s) * replay.time_scale

    def strip(self) -> Picture:
        """The photo-finish strip with the reading and an axis in milliseconds."""
        strip = self._scene.strip()
        height, middle = len(strip), PANEL_PX // 2
        cv2.line(strip, (middle, 0), (middle, height), READING, 1)
        return np.vstack([_caption(self._title()), strip, self._axis()])

    def _title(self) -> str:
        """When the pictures show the crossing, and what was counted where that is another time."""
        read = f"Marker {self._crossing.marker}: {self._crossing.point} read at"
        if abs(self._moved_s) <= MOVED_S:
            return f"{read} {self._counted_at_s:.3f} s"
        why = (
            "for the lane he ran in"
            if Flag.OTHER_LANE in self._run.flags
            else "to time one point at both markers"
        )
        moved = f"moved by {_signed(1000 * self._moved_s, '.0f')} ms {why}"
        return f"{read} {self._scene.read_at_s:.3f} s, {moved}: {self._counted_at_s:.3f} s"

    def _axis(self) -> Picture:
        axis = np.full((64, PANEL_PX, 3), 255, np.uint8)
        middle, px_per_ms = PANEL_PX // 2, self._scene.px_per_s / 1000
        step_ms = next(ms for ms in (10, 20, 50, 100, 200, 500, 1000, 5000) if ms * px_per_ms > 70)
        most = floor((middle - 30) / px_per_ms / step_ms)  # a label needs its room
        for ms in range(-most * step_ms, most * step_ms + 1, step_ms):
            x = round(middle + ms * px_per_ms)
            cv2.line(axis, (x, 0), (x, 7), INK, 1)
            _text(axis, _signed(ms, ".0f") if ms else "0 ms", (x, 24), 13, INK, True)
        speed_mps = abs(self._crossing.velocity_mps)
        later = "later → (mirrored)" if self._run.direction == "left-to-right" else "later →"
        about = (
            f"{later}   A stripe of each picture, moved at the runner's {speed_mps:.1f} m/s: "
            "what is slower, as a foot on the ground, repeats"
        )
        _text(axis, about, (middle, 50), 13, FAINT, True)
        return axis

    def frame(self) -> Picture:
        """The nearest frame with the marker's plane and the sightings."""
        at_s, taken_s = self._crossing.instant_s, self._scene.taken_s
        nearest = min(range(len(taken_s)), key=lambda number: abs(taken_s[number] - at_s))
        early_ms = 1000 * (at_s - taken_s[nearest])
        when = f"{abs(early_ms):.0f} ms {'before' if early_ms > 0 else 'after'} the reading"
        if abs(early_ms) < 0.5:
            when = "at the reading"
        about = (
            f"Nearest picture, {when}. Dots: the {self._crossing.point} in each picture, "
            "+: the reading"
        )
        return np.vstack([_caption(about, INK, 15), self._scene.frame(nearest)])


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
    return format(number, f"+z{form}").replace("-", "−")


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
