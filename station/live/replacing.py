"""Cones placed anew in a session: the camera goes on with them, and doubted runs are timed again.

It decides which runs those are, and with which of their pictures. A run is timed again from its own
recording, where that shows what the new cones were placed on; it then is a reading more in the
journal, and what was read before stays there, as the cones of then do beside the recording.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.geometry import fit_zone
from calibration.profile import Profile, dump, load_profile
from hardware.clips import CALIBRATION, earlier_calibrations, other_camera, recalibrate
from hardware.errors import StationError
from hardware.recorder import APART_NS
from hardware.units import NS
from hardware.video import VideoFile, open_video
from station.camera.events import CameraNotice, FilmedRun
from station.camera.live import LiveCamera
from station.camera.pair import LATE_S
from station.film.rereading import Recording, part_of
from station.film.tripod import MOVED_PX, moved_px
from station.flags import Flag
from station.fusion import Reading
from station.live.desk import Desk
from station.session.joining import readings_of
from station.session.state import Session
from station.vision.passages import ANCHOR_FRAMES
from station.zero import NO_ZERO, OVER, Zero

DOUBTS = {Flag.CAMERA_MOVED, Flag.CONES_UNCONFIRMED}  # what cones placed anew may end
LOOKS_MORE = 2  # once they are in use, LATE_S apart: at what was just filmed then, and just ran
END_NS = 10 * NS  # so long a session's end waits until no more is begun
BY_EYE = "open them in Review, and put the lines where you see them cross"
_ONE_PLACING = threading.Lock()  # after the other: the last has the last word
Luma = NDArray[np.uint8]


def replace_cones(
    camera: LiveCamera, desk: Desk, profile: Profile, placed_on: Luma, zero: Zero = NO_ZERO
) -> None:
    """Have a session go on with cones that were placed on a picture of its camera.

    It may be called from any thread, and returns at once; what was doubted is timed again
    meanwhile, and comes to the session as a camera's news do. A run that was on, or whose clip was
    still being timed, follows when it is. Cones placed once more take the place of these, and what
    these have timed is timed again too. What is left at the session's end is done then.

    Args:
        camera: The session's, or of its two the one that sees the cones' marker.
        desk: The session's.
        profile: Where the cones are.
        placed_on: That picture's brightness, shape (height_px, width_px).
        zero: How camera and gates differ in the session.

    Raises:
        StationError: They fit no camera, no picture comes that they can be of, or it shows that
            the camera was moved since that one.
    """
    zone = fit_zone(profile)
    seen = camera.picture()
    if seen is None or seen.shape[1::-1] != profile.picture_px:
        raise StationError(
            f"{camera.name} gives no picture of {profile.picture_px[0]}x{profile.picture_px[1]}: "
            "wait until it is back, and place the cones on its picture of now"
        )
    check_unmoved(camera.name, profile, placed_on, seen)
    before, placed_ns = camera.zone.profile, desk.now_ns()
    camera.recalibrated(zone)

    def tell(name: str, said: str) -> None:
        desk.film(CameraNotice(name, desk.now_ns(), camera.name, f"{camera.name}: {said}"))

    tell("cones-placed", "the cones are placed anew")
    if zero.passages and _cones_alone(before) != _cones_alone(profile):
        tell(OVER, "the zero test was made with other cones, and counts no more")
    later_ns = round(zero.clock_s * NS)
    again = _Again(profile, placed_on, later_ns, camera.speeds_mps, lambda: camera.zone is not zone)
    owed = _Owed(camera, desk, again, placed_ns, tell)
    camera.owed = owed.at_the_end
    threading.Thread(target=owed.in_turn, name="timing again", daemon=True).start()


def check_unmoved(camera: str, profile: Profile, placed_on: Luma, seen: NDArray[np.uint8]) -> None:
    """See that a camera shows what the cones were placed on.

    Args:
        camera: Its name.
        profile: Where the cones are.
        placed_on: That picture's brightness, shape (height_px, width_px).
        seen: What it sees now, in blue, green and red.

    Raises:
        StationError: It was moved since.
    """
    now = cv2.cvtColor(seen, cv2.COLOR_BGR2GRAY).astype(np.uint8)
    if placed_on.shape != now.shape or moved_px(profile, placed_on, now) > MOVED_PX:
        raise StationError(
            f"{camera} has been moved since this picture was frozen: freeze it anew, and place "
            "the cones on that"
        )


def to_time_again(session: Session, profile: Profile, placed_ns: int) -> list[Reading]:
    """What cameras read of a session's runs, and cones placed anew may time better.

    That is what is doubted for where the cones are, and, from the first reading on that ever was
    or that has other cones than the session began with, what was not timed with these; and whoever
    came later, and was timed before they were in use. Who came later and was timed with them is
    doubted for what has happened since.

    Args:
        session: With its runs.
        profile: The cones.
        placed_ns: When they were placed.
    """
    cones = {
        one: cones_of(of_camera(Path(one.clip), profile))
        for rep in list(session.reps.values())
        if rep.automatic is not None
        for one in readings_of(rep.automatic)
        if one.clip is not None
    }
    readings = sorted(cones, key=lambda one: one.marker3_ns)
    first = next((cones[one][0] for one in readings if cones[one]), None)
    wanted = _cones_alone(profile)
    since, found = False, []
    for one in readings:
        doubted = not DOUBTS.isdisjoint(one.flags)
        since = since or doubted or len(cones[one]) > 1 or cones[one][:1] not in ([], [first])
        others = cones[one][-1:] not in ([], [wanted])
        later = one.marker3_ns > placed_ns
        if (doubted and (others or one.marker2_ns < placed_ns)) or (others and (since or later)):
            found.append(one)
    return found


def of_camera(clip: Path, profile: Profile) -> Path:
    """Of the clips of two cameras the one of the camera that cones are of; of one camera its own.

    Args:
        clip: Beside which lies what goes with it.
        profile: The cones.
    """
    for one in filter(None, (clip, other_camera(clip))):
        if any(theirs.markers.keys() == profile.markers.keys() for theirs in cones_of(one)):
            return one
    return clip


def cones_of(clip: Path) -> list[Profile]:
    """With which cones a clip was timed, one after the other; those that can be read."""
    found = []
    for path in (*earlier_calibrations(clip), clip.with_suffix(CALIBRATION)):
        with suppress(StationError):
            found.append(_cones_alone(load_profile(path)))
    return found


def _cones_alone(profile: Profile) -> Profile:
    """The cones alone, whatever was known of them."""
    return replace(profile, unconfirmed=False, moved=False, from_s=None)


class _Owed:
    """What cones placed anew owe to a session: its doubted runs, timed again, each once.

    A thread of its own does it, and at the session's end the session's what is left.
    """

    def __init__(
        self,
        camera: LiveCamera,
        desk: Desk,
        again: _Again,
        placed_ns: int,
        tell: Callable[[str, str], None],
    ) -> None:
        self._camera, self._desk, self._tell = camera, desk, tell
        self._again, self._placed_ns = again, placed_ns
        self._tried: set[str] = set()

    def in_turn(self) -> None:
        """Look at what is timed, was just filmed, and just ran."""
        wait_s, more = 0.0, LOOKS_MORE
        with self._heard():
            while True:
                placing = self._camera.placing
                over = self._camera.over.wait(wait_s)
                timed_ns = self._desk.now_ns() - (0 if over else round(LATE_S * NS))
                self._look(timed_ns, self._desk.stopped.is_set)
                ends = over or self._again.superseded() or self._desk.stopped.is_set()
                if ends or not more:
                    return
                wait_s, more = LATE_S, more if placing else more - 1

    def at_the_end(self) -> None:
        """Look once more, at all; nobody runs any more."""
        until_ns = self._desk.now_ns() + END_NS
        with self._heard():
            untried = self._look(until_ns, lambda: self._desk.now_ns() > until_ns)
            if untried:
                said = f"the session ended before {untried} more could be timed again; {BY_EYE}"
                self._tell("timed-again", said)

    @contextmanager
    def _heard(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # a thread that dies tells nobody
            why = f"{type(error).__name__}: {error}"
            self._tell("timed-again", f"doubted runs could not be timed again ({why}); {BY_EYE}")

    def _look(self, before_ns: int, ends: Callable[[], bool]) -> int:
        """Time again what was read before an instant, and was not tried yet.

        Returns:
            How many are left since it had to end.
        """
        with _ONE_PLACING:
            readings = [
                one
                for one in to_time_again(self._desk.session(), self._again.profile, self._placed_ns)
                if one.marker3_ns < before_ns and one.source not in self._tried
            ]
            tried, done = 0, 0
            for of_clip, filmed in self._again.runs(readings, ends):
                self._tried.update(one.source for one in of_clip)
                tried, done = tried + len(of_clip), done + len(filmed)
                for one in filmed:
                    self._desk.film(one)
        if self._again.superseded():
            return 0
        if tried:
            said = f"{done} of {tried} doubted runs timed again"
            if done < tried:
                said += ": the recordings of the others show another view, or are gone"
            self._tell("timed-again", said)
        return len(readings) - tried


@dataclass(frozen=True, slots=True)
class _Again:
    """Cones with which runs are timed again.

    Attributes:
        profile: Where they are.
        placed_on: The picture that they were placed on.
        later_ns: How much later the camera had its readings than they are kept.
        speeds_mps: Slowest and fastest that counts as a run.
        superseded: Whether the cones are elsewhere again, so that these are of no use.
    """

    profile: Profile
    placed_on: Luma
    later_ns: int
    speeds_mps: tuple[float, float]
    superseded: Callable[[], bool]

    def runs(
        self, readings: Sequence[Reading], ends: Callable[[], bool]
    ) -> Iterator[tuple[Sequence[Reading], Sequence[FilmedRun]]]:
        """Of each recording its readings, and the runs of them that could be timed again.

        Args:
            readings: Of the runs.
            ends: Whether no other recording is begun.
        """
        clips: dict[str, list[Reading]] = {}
        for one in readings:
            clips.setdefault(one.clip or "", []).append(one)
        for clip, of_clip in clips.items():
            if ends() or self.superseded():
                return
            again = self._of_clip(Path(clip), of_clip)
            if self.superseded():
                return
            yield of_clip, again

    def _shown_from_s(self, clip: Path) -> float | None:
        """From when on a clip shows what the cones were placed on; None where it never does."""
        with open_video(clip) as video:
            due_ns = begins_ns(video)
            for frame in video.frames(due_ns):
                if frame.pts_ns < due_ns:
                    continue
                if moved_px(self.profile, self.placed_on, frame.luma) <= MOVED_PX:
                    return frame.pts_ns / NS
                due_ns = frame.pts_ns + NS // 2
        return None

    def _of_clip(self, clip: Path, readings: Sequence[Reading]) -> Sequence[FilmedRun]:
        try:
            own = of_camera(clip, self.profile)
            from_s = self._shown_from_s(own)
            if from_s is None:
                return ()
            profile = replace(self.profile, from_s=from_s)
            recording = Recording(clip, fit_zone(profile), speeds_mps=self.speeds_mps)
            numbers = [(one, recording.near(one, self.later_ns)) for one in readings]
            claims = Counter(number for _, number in numbers)
            # Where two are of one run, nobody knows whose it is.
            again = [
                _filmed_run(recording, number, one, clip)
                for one, number in numbers
                if number is not None and claims[number] == 1
            ]
            if again and not self.superseded():
                recalibrate(own, dump(profile).encode())
        except (StationError, OSError):
            return ()  # it is gone, or cannot be read: said with the others
        return again


def _filmed_run(recording: Recording, number: int, before: Reading, clip: Path) -> FilmedRun:
    """A run as it is timed now, under the number that it had."""
    run, part = recording.timed[number - 1].run, part_of(before)
    marker2_ns, marker3_ns = map(recording.station_ns, (run.marker2_s, run.marker3_s))
    assert recording.clock is not None, "or no run would be near"
    stamped_by = recording.clock.stamped_by
    return FilmedRun(part, run, marker2_ns, marker3_ns, clip, part, stamped_by)


def begins_ns(video: VideoFile) -> int:
    """When the passage begins in a clip: after the camera's first pictures, where it has those."""
    shown_ns = np.unique(video.index.pts_ns[video.index.shown])
    gaps = np.flatnonzero(np.diff(shown_ns[: 2 * ANCHOR_FRAMES]) > 0.8 * APART_NS)
    return int(shown_ns[int(gaps[0]) + 1 if len(gaps) else 0])
