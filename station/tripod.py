"""Recordings from one tripod: with which calibration each is timed, and whether it was moved.

It decides which file's cones are whose, and what each is called. It times nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import Zone, fit_zone
from calibration.profile import Profile, load_profile
from hardware.errors import StationError
from hardware.video import open_video
from station.flags import Flag
from station.replay import Replay
from station.vision.steady import steady

AROUND_PX = 48
"""How far around a cone pictures are compared; a shift beyond it is none that can be measured."""
MOVED_PX = 1.5
"""What so shifts all cones is a tripod that was moved; less is the wind, or noise."""
AGREE_PX = 1.0
MOST = 0.5


@dataclass(frozen=True, slots=True)
class Take:
    """A recording that is to be timed.

    Attributes:
        video: The file.
        called: Its name, with as many folders as tell it from the others.
        calibration: The file that says where its cones are.
        zone: What that says.
    """

    video: Path
    called: str
    calibration: Path
    zone: Zone

    @property
    def borrowed(self) -> bool:
        """Whether the calibration is another's."""
        return self.calibration != self.video.with_suffix(".toml")

    @property
    def files(self) -> tuple[Path, Path]:
        """What is read."""
        return self.video, self.calibration


def takes(videos: Sequence[Path], calibration: Path | None = None) -> tuple[Take, ...]:
    """Find the calibration of each recording.

    Args:
        videos: In the order given.
        calibration: The one for all of them, where one is named. Else it is each one's own, which
            lies beside it; but where a single one has one, it is for all: an unmoved tripod.

    Returns:
        The same recordings in the same order.

    Raises:
        StationError: A file is missing, named twice, or has no calibration, or that is none.
    """
    real = [video.resolve() for video in videos]
    for video, path in zip(videos, real, strict=True):
        if real.count(path) > 1:
            raise StationError(f"{video} is named twice; name each recording once")
        if not path.is_file():
            open_video(video)  # says why not
    own = {video: video.with_suffix(".toml") for video in videos}
    there = [path for path in own.values() if path.exists()]
    if calibration is None and len(there) == 1:
        calibration = there[0]
    zones: dict[Path, Zone] = {}
    found = []
    for video, called in zip(videos, _apart(real), strict=True):
        path = calibration or own[video]
        try:
            zone = zones.get(path) or fit_zone(load_profile(path))
        except StationError:
            open_video(video)  # where the video has a fault too, that is the one to tell
            raise
        zones[path] = zone
        found.append(Take(video, called, path, zone))
    return tuple(found)


class Tripod:
    """A camera that is said not to have been moved between recordings."""

    def __init__(self, to_time: Sequence[Take]) -> None:
        """Remember where it stood: as in the recording that the calibration is named after.

        Args:
            to_time: All that are timed with one calibration; else nothing is compared.
        """
        one = len({take.calibration for take in to_time}) == 1 < len(to_time)
        own = [take for take in to_time if not take.borrowed]
        self._stood = (own or to_time)[0]
        self._before: NDArray[np.uint8] | None = None
        if one:
            with suppress(StationError):  # it will be told where it is timed
                self._before = _first_picture(self._stood.video)

    def checked(self, take: Take, found: Replay) -> Replay:
        """The same runs, flagged where the camera has been moved."""
        if self._before is None or take is self._stood:
            return found
        shift_px = moved_px(take.zone.profile, self._before, _first_picture(take.video))
        if shift_px is None:
            return found
        said = (
            f"its picture lies {shift_px:.0f} px off that of {self._stood.called}: the tripod was "
            "moved, or the zoom changed; calibrate it by itself"
        )
        timed = tuple(
            replace(
                one, run=replace(one.run, flags=tuple(sorted({*one.run.flags, Flag.CAMERA_MOVED})))
            )
            for one in found.timed
        )
        return replace(found, timed=timed, warnings=(*found.warnings, said))


def moved_px(profile: Profile, before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float | None:
    """How far a picture lies off another of the same place, as far as that is sure.

    They are compared around the cones, where things stand still.

    Args:
        profile: Where the cones are in the one before.
        before: Brightness, shape (height_px, width_px).
        after: The same of the other.

    Returns:
        The shift, or None where it is too small to tell, or most cones do not agree on it.
    """
    if before.shape != after.shape:
        return None
    shifts_px = []
    for u_px, v_px in (*profile.marker2_px, *profile.marker3_px):
        rows, columns = (
            slice(max(0, round(at_px) - AROUND_PX), round(at_px) + AROUND_PX)
            for at_px in (v_px, u_px)
        )
        was, is_ = (picture[rows, columns].astype(np.float32) for picture in (before, after))
        ground = np.ones((1, was.shape[1]), np.bool_)
        shifts_px.append(steady(is_[None], was, ground).shift_px[0])
    middle_px = np.median(shifts_px, axis=0)
    agreeing = np.hypot(*(np.array(shifts_px) - middle_px).T) < AGREE_PX
    shift_px = float(np.hypot(*middle_px))
    return shift_px if shift_px > MOVED_PX and agreeing.mean() > MOST else None


def _first_picture(video: Path) -> NDArray[np.uint8]:
    with open_video(video) as opened:
        return next(iter(opened.frames())).luma


def _apart(paths: Sequence[Path]) -> list[str]:
    """Call each by its name, with as many folders before it as tell them all apart."""
    depth = 1
    while len({"/".join(path.parts[-depth:]) for path in paths}) < len(paths):
        depth += 1
    return ["/".join(path.parts[-depth:]) for path in paths]
