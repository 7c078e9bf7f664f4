"""Cones placed anew in a session: the camera goes on with them, and doubted runs are timed again.

It decides which runs those are, and with which of their pictures. A run is timed again from its own
recording, where that shows what the new cones were placed on; it then is a reading more in the
journal, and what was read before stays there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import fit_zone
from calibration.profile import Profile, dump
from hardware.clips import CALIBRATION
from hardware.clock import SystemClock
from hardware.errors import StationError
from hardware.files import write_whole
from hardware.recorder import APART_NS
from hardware.video import VideoFile, open_video
from station.camera.events import CameraEvent, CameraNotice, FilmedRun
from station.camera.live import LiveCamera
from station.film.replay import replay
from station.film.tripod import MOVED_PX, moved_px
from station.flags import Flag
from station.fusion import Reading
from station.live.desk import Desk
from station.session.joining import readings_of
from station.session.state import Session
from station.vision.passages import ANCHOR_FRAMES

NS = 1_000_000_000
DOUBTS = {Flag.CAMERA_MOVED, Flag.CONES_UNCONFIRMED}  # what cones placed anew may end
SAME_RUN_NS = NS  # a run timed again ended about when it did
Luma = NDArray[np.uint8]


def replace_cones(camera: LiveCamera, desk: Desk, profile: Profile) -> None:
    """Have a session go on with cones that were placed on its camera's picture of now.

    It may be called from any thread, and returns at once; what was doubted is timed again
    meanwhile, and comes to the session as a camera's news do.

    Args:
        camera: The session's.
        desk: The session's.
        profile: Where the cones are.

    Raises:
        StationError: They fit no camera, or there is no picture that they can be of.
    """
    zone = fit_zone(profile)
    seen = camera.picture()
    if seen is None or seen.shape[1::-1] != profile.picture_px:
        raise StationError(
            f"{camera.name} gives no picture of {profile.picture_px[0]}x{profile.picture_px[1]}: "
            "wait until it is back, and place the cones on its picture of now"
        )
    camera.recalibrated(zone)
    now = cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY).astype(np.uint8)
    again = _Again(profile, now, [*doubted(desk.session())], camera.speeds_mps)

    def work() -> None:
        for event in again.events(camera.name):
            desk.film(event)

    threading.Thread(target=work, name="timing again", daemon=True).start()


def doubted(session: Session) -> Iterator[Reading]:
    """What cameras read of a session's runs, and is doubted for where the cones are."""
    for rep in session.reps.values():
        if rep.automatic is not None:
            for one in readings_of(rep.automatic):
                if one.clip is not None and not DOUBTS.isdisjoint(one.flags):
                    yield one


@dataclass(frozen=True, slots=True)
class _Again:
    """Runs that are to be timed again.

    Attributes:
        profile: With these cones.
        now: The picture that they were placed on.
        readings: What was read of them.
        speeds_mps: Slowest and fastest that counts as a run.
    """

    profile: Profile
    now: Luma
    readings: list[Reading]
    speeds_mps: tuple[float, float]

    def events(self, camera: str) -> Iterator[CameraEvent]:
        """Each run that could be timed again, and at last what is to be said of all."""
        done = 0
        clips: dict[str, list[Reading]] = {}
        for one in self.readings:
            clips.setdefault(one.clip or "", []).append(one)
        for clip, readings in clips.items():
            for filmed in self._of_clip(Path(clip), readings):
                done += 1
                yield filmed
        said = f"{camera}: the cones are placed anew"
        if self.readings:
            said += f"; {done} of {len(self.readings)} doubted runs timed again"
        if done < len(self.readings):
            said += ": the recordings of the others show another view, or are gone"
        yield CameraNotice("cones-placed", SystemClock().now_ns(), camera, said)

    def _shown_from_s(self, clip: Path) -> float | None:
        """From when on a clip shows what the cones were placed on; None where it never does."""
        with open_video(clip) as video:
            due_ns = begins_ns(video)
            for frame in video.frames(due_ns):
                if frame.pts_ns < due_ns:
                    continue
                if moved_px(self.profile, self.now, frame.luma) <= MOVED_PX:
                    return frame.pts_ns / NS
                due_ns = frame.pts_ns + NS // 2
        return None

    def _of_clip(self, clip: Path, readings: Iterable[Reading]) -> Iterator[FilmedRun]:
        try:
            from_s = self._shown_from_s(clip)
            if from_s is None:
                return
            profile = replace(self.profile, from_s=from_s)
            found = replay(clip, fit_zone(profile), speeds_mps=self.speeds_mps)
            write_whole(clip.with_suffix(CALIBRATION), dump(profile).encode())
        except (StationError, OSError):
            return  # it is gone, or cannot be read: said with the others
        clock = found.station_clock
        if clock is None:
            return
        for before in readings:
            for run in found.runs:
                marker2_ns, marker3_ns = (
                    round(clock.at_s(found.since_first_s(at_s)) * NS)
                    for at_s in (run.marker2_s, run.marker3_s)
                )
                if abs(marker3_ns - before.marker3_ns) < SAME_RUN_NS:
                    part = int(before.source.rpartition("#")[2])
                    yield FilmedRun(part, run, marker2_ns, marker3_ns, clip, part, clock.stamped_by)
                    break


def begins_ns(video: VideoFile) -> int:
    """When the passage begins in a clip: after the camera's first pictures, where it has those."""
    shown_ns = np.unique(video.index.pts_ns[video.index.shown])
    gaps = np.flatnonzero(np.diff(shown_ns[: 2 * ANCHOR_FRAMES]) > 0.8 * APART_NS)
    return int(shown_ns[int(gaps[0]) + 1 if len(gaps) else 0])
