"""A recording whose runs are looked at, and read, again.

It decides which pictures of a crossing there are to see, and makes readings of what
`station.by_eye` or the timer says. It keeps none: whose they are and whether they count, others
decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import msgspec

from calibration.geometry import Zone, fit_zone
from calibration.profile import load_profile
from hardware.errors import StationError
from hardware.video import open_video
from station.by_eye import Read, by_eye
from station.crossing import Crossing
from station.film.replay import Replay, Timed, replay
from station.film.scene import PANEL_PX, Scene
from station.fusion import Reading
from station.run import Run
from station.vision.strip import Picture

NS = 1_000_000_000
SAME_RUN_S = 1.0  # between a run as it was read and as it is read anew
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 88]


@dataclass(frozen=True, slots=True)
class Lines:
    """Where the coach put the line, seconds of the recording's own time.

    Attributes:
        marker2_s: At Marker 2; None where the station's reading stands.
        marker3_s: At Marker 3.
    """

    marker2_s: float | None = None
    marker3_s: float | None = None


@dataclass(frozen=True, slots=True)
class Pictured:
    """A crossing as it is looked at; milliseconds count from the station's reading.

    Attributes:
        strip: The photo-finish strip, JPEG, time running to the right.
        from_ms: Its left edge.
        to_ms: Its right edge.
        frames: The pictures around the crossing, each a JPEG.
        frames_ms: When each took the body that crossed.
        mirrored: Whether the runner looks the other way in the strip than in the pictures.
    """

    strip: bytes
    from_ms: float
    to_ms: float
    frames: tuple[bytes, ...]
    frames_ms: tuple[float, ...]
    mirrored: bool


class Recording:
    """A recording, timed anew.

    Attributes:
        timed: Its runs, in order.
    """

    def __init__(self, path: Path, zone: Zone | None = None) -> None:
        """Time it.

        Args:
            path: The recording.
            zone: Where the cones are; by default as the calibration beside it says.

        Raises:
            StationError: It is not there, or cannot be read; or there is no calibration.
        """
        if not path.exists():
            raise StationError(f"the recording {path.name} is not there any more")
        if zone is None:
            beside = path.with_suffix(".toml")
            if not beside.exists():
                raise StationError(
                    f"there is no {beside.name} beside the recording; put its calibration there"
                )
            zone = fit_zone(load_profile(beside))
        self._path, self._zone = path, zone
        self._replay: Replay = replay(path, zone)
        with open_video(path) as video:
            self._clock_sigma_s = video.clock_sigma_s
            self._interval_s = self._replay.time_scale / video.frame_rate_hz
        self.timed = self._replay.timed

    def part(self, number: int) -> Timed:
        """One of its runs.

        Args:
            number: From 1.

        Raises:
            StationError: It has no such run.
        """
        if not 0 < number <= len(self.timed):
            raise StationError(
                f"the recording {self._path.name} gives {len(self.timed)} runs now, and this was "
                f"number {number}; see that the calibration beside it is the right one"
            )
        return self.timed[number - 1]

    def at_s(self, crossing: Crossing, later_ms: float = 0.0) -> float:
        """An instant of the recording's own time, from a crossing's on."""
        return self._replay.on_file_s(crossing.instant_s + later_ms / 1000)

    def later_ms(self, crossing: Crossing, at_s: float) -> float:
        """How much later an instant of the recording's own time is than a crossing."""
        return 1000 * (self._replay.since_first_s(at_s) - crossing.instant_s)

    def by_eye(self, number: int, lines: Lines, before: Reading) -> tuple[Run, Reading]:
        """A run with the coach's lines.

        Args:
            number: Which of its runs, from 1.
            lines: At one marker at least.
            before: As the camera read it.
        """
        timed = self.part(number)
        at2 = self._read(timed.marker2, lines.marker2_s)
        at3 = self._read(timed.marker3, lines.marker3_s)
        run = by_eye(timed.run, at2, at3, self._clock_sigma_s)
        moved2_ns, moved3_ns = round(at2.moved_s * NS), round(at3.moved_s * NS)
        moved = msgspec.structs.replace(
            before,
            marker2_ns=before.marker2_ns + moved2_ns,
            marker3_ns=before.marker3_ns + moved3_ns,
        )
        return run, _reading(run, moved)

    def anew(self, number: int, before: Reading) -> Reading:
        """A run as it is timed now; of a crossing's change its fly time tells, and its ± too."""
        return _reading(self.part(number).run, before)

    def _read(self, crossing: Crossing, line_s: float | None) -> Read:
        return Read(
            crossing,
            crossing.instant_s,
            self._zone.px_per_m(0.0 if crossing.marker == 2 else self._zone.fly_m),
            self._interval_s,
            None if line_s is None else self._replay.since_first_s(line_s),
        )

    def pictured(self, number: int, marker: int) -> Pictured:
        """The pictures of a crossing.

        Args:
            number: Which of its runs, from 1.
            marker: 2 or 3.
        """
        timed = self.part(number)
        crossing = timed.marker2 if marker == 2 else timed.marker3
        with open_video(self._path) as video:
            scene = Scene(video, self._replay, self._zone, crossing)
        half_ms = 1000 * PANEL_PX / 2 / scene.px_per_s
        return Pictured(
            _jpeg(scene.strip(leftwards=False)),
            -half_ms,
            half_ms,
            tuple(_jpeg(scene.frame(index)) for index in range(len(scene.taken_s))),
            tuple(1000 * (taken_s - crossing.instant_s) for taken_s in scene.taken_s),
            timed.run.direction == "left-to-right",
        )


def _reading(run: Run, like: Reading) -> Reading:
    return msgspec.structs.replace(
        like,
        fly_s=run.fly_s,
        fly_sigma_s=run.fly_sigma_s,
        lane_sigma_s=run.lane_sigma_s,
        flags=run.flags,
    )


def _jpeg(picture: Picture) -> bytes:
    return bytes(cv2.imencode(".jpg", picture, QUALITY)[1].tobytes())
