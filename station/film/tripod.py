"""Recordings from one tripod: with which calibration each is timed, and whether it was moved.

It decides which file's cones are whose, and what each is called. It times nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from calibration.geometry import Zone, fit_zone
from calibration.profile import Profile, load_profile
from hardware.clips import CALIBRATION
from hardware.errors import StationError
from hardware.files import is_one
from hardware.video import open_video
from station.film.replay import Replay
from station.flags import Flag

if TYPE_CHECKING:
    from calibration.camera_sync import CameraSync

MOVED_PX = 2.0
"""Less is what a phone's own stabiliser does on a tripod."""
AROUND_PX = 64
COARSE_PX = 320
LEAST_STRENGTH = 1e-3
Luma = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Take:
    """A recording that is to be timed.

    Attributes:
        video: The file.
        called: Its name, with as many folders as tell it from the others.
        calibration: The file that says where its cones are.
        zone: What that says.
        second: Marker 3's recording, where a camera of its own filmed it.
    """

    video: Path
    called: str
    calibration: Path
    zone: Zone
    second: Second | None = None

    @property
    def borrowed(self) -> bool:
        """Whether the calibration is another's."""
        return self.calibration != self.video.with_suffix(CALIBRATION)

    @property
    def files(self) -> tuple[Path, ...]:
        """What is read."""
        others = () if self.second is None else self.second.take.files
        return self.video, self.calibration, *others


@dataclass(frozen=True, slots=True)
class Second:
    """The recording of the second of two cameras.

    Attributes:
        take: What is to be timed.
        sync: How its clock goes with the first one's.
    """

    take: Take
    sync: CameraSync


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
    real = named_once(videos)
    for video, path in zip(videos, real, strict=True):
        if not path.is_file():
            open_video(video)  # says why not
    own = {video: video.with_suffix(CALIBRATION) for video in videos}
    there = [path for path in own.values() if path.exists()]
    if calibration is None and len(there) == 1:
        calibration = there[0]
    if calibration is None and 1 < len(there) < len(videos):
        bare = next(video for video, path in own.items() if path not in there)
        raise StationError(
            f"{bare} has no calibration and {len(there)} of the others have one each; say which "
            f"is right for all, as --calibration {there[0]}, or make its own with "
            f"'station calibrate {bare}'"
        )
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


def named_once(videos: Sequence[Path]) -> list[Path]:
    """Where they really are; StationError where two are one."""
    real = [video.resolve() for video in videos]
    for number, video in enumerate(videos):
        if any(is_one(video, before) for before in videos[:number]):
            raise StationError(f"{video} is named twice; name each recording once")
    return real


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
        self._before: Luma | None = None
        if one:
            with suppress(StationError):  # it will be told where it is timed
                self._before = _first_picture(self._stood.video)

    def checked(self, take: Take, found: Replay) -> Replay:
        """The same runs, flagged where the camera has been moved."""
        if self._before is None or take is self._stood:
            return found
        after = _first_picture(take.video)
        if after.shape != self._before.shape:
            return found
        shift_px = moved_px(take.zone.profile, self._before, after)
        if shift_px <= MOVED_PX:
            return found
        said = (
            f"what is around the cones lies {shift_px:.0f} px from where it does in "
            f"{self._stood.called}: the camera was moved; calibrate this one by itself"
        )
        timed = tuple(
            replace(
                one, run=replace(one.run, flags=tuple(sorted({*one.run.flags, Flag.CAMERA_MOVED})))
            )
            for one in found.timed
        )
        return replace(found, timed=timed, warnings=(*found.warnings, said))


def moved_px(profile: Profile, before: Luma, after: Luma) -> float:
    """How far most cones' surroundings lie from where they were, to the pixel.

    First the pictures are laid over each other as wholes, coarsely, then what is around each cone,
    so that nobody who stands at one of them counts.

    Args:
        profile: Where the cones were.
        before: Brightness, shape (height_px, width_px).
        after: The same size, at another time.
    """
    coarse = max(1, before.shape[1] // COARSE_PX)
    row, column = coarse * _shift(_shrunk(before, coarse), _shrunk(after, coarse))
    shifts_px = []
    for u_px, v_px in (*profile.marker2_px, *profile.marker3_px):
        was, was_at = _around(before, round(v_px), round(u_px))
        is_, is_at = _around(after, was_at[0] + row, was_at[1] + column)
        shift = np.subtract(is_at, was_at) + _shift(was, is_)
        shifts_px.append(float(np.hypot(*shift)))
    return sorted(shifts_px)[(len(shifts_px) - 1) // 2]


def _shift(before: Luma, after: Luma) -> NDArray[np.intp]:
    """Whole rows and columns by which a picture's edges have moved, by phase correlation."""
    window = np.outer(*(np.hanning(length) for length in before.shape))
    spectra = []
    for picture in (before, after):
        rows, columns = np.gradient(picture.astype(np.float64))
        spectra.append(np.fft.fft2((columns + 1j * rows) * window))
    cross = spectra[1] * np.conj(spectra[0])
    strength = np.abs(cross)
    # What hardly is in the pictures has a phase that is noise.
    likely = np.fft.ifft2(cross / (strength + LEAST_STRENGTH * strength.max() + 1e-9)).real
    at, shape = np.unravel_index(likely.argmax(), likely.shape), np.array(likely.shape)
    shift: NDArray[np.intp] = (np.array(at) + shape // 2) % shape - shape // 2
    return shift


def _around(picture: Luma, row: int, column: int) -> tuple[Luma, tuple[int, int]]:
    """What is around a pixel, or around the one nearest to it that has so much around it."""
    height_px, width_px = picture.shape
    reach_px = min(AROUND_PX, height_px // 2, width_px // 2)
    row = min(max(row, reach_px), height_px - reach_px)
    column = min(max(column, reach_px), width_px - reach_px)
    box = picture[row - reach_px : row + reach_px, column - reach_px : column + reach_px]
    return box, (row, column)


def _shrunk(picture: Luma, by: int) -> Luma:
    height, width = (length // by for length in picture.shape)
    cells = picture[: height * by, : width * by].reshape(height, by, width, by)
    shrunk: Luma = cells.mean(axis=(1, 3)).astype(np.uint8)
    return shrunk


def _first_picture(video: Path) -> Luma:
    with open_video(video) as opened:
        return next(iter(opened.frames())).luma


def _apart(paths: Sequence[Path]) -> list[str]:
    """Call each by its name, with as many folders before it as tell them all apart."""
    depth = 1
    while len({"/".join(path.parts[-depth:]) for path in paths}) < len(paths):
        depth += 1
    return ["/".join(path.parts[-depth:]) for path in paths]
