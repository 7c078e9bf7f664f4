"""Recordings that were looked at lately, so that the next look at one costs nothing.

It decides how many are kept, and when one is read again: when it, its calibration, or what belongs
to the second of two cameras has changed.
One thread uses it.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from hardware.clips import SYNC, calibration_id, other_camera
from station.film.rereading import Recording
from station.film.scene import Scene
from station.fusion import Reading

MOST_RECORDINGS, MOST_SCENES = 12, 12  # of a crossing's pictures some megabytes stay

Key = tuple[Path, str, tuple[int, ...]]
Told = tuple[tuple[float, float] | None, float | None]  # what the coach said of it


class Shelf:
    """Recordings, and the pictures about crossings."""

    def __init__(self) -> None:
        self._recordings: OrderedDict[tuple[Told, Key], Recording] = OrderedDict()
        self._scenes: OrderedDict[tuple[Recording, int, int], Scene] = OrderedDict()

    def recording(self, path: Path, read: Reading) -> Recording:
        """A recording, timed with the calibration beside it.

        Args:
            path: The recording.
            read: One of its runs, as it was read.

        Raises:
            StationError: It is not there, or cannot be read.
        """
        key = (read.speeds_mps, read.capture_fps), as_it_is(path)
        if key not in self._recordings:
            self._recordings[key] = Recording(
                path, speeds_mps=read.speeds_mps, capture_fps=read.capture_fps
            )
        self._recordings.move_to_end(key)
        if len(self._recordings) > MOST_RECORDINGS:
            self._recordings.popitem(last=False)
        return self._recordings[key]

    def scene(self, recording: Recording, number: int, marker: int) -> Scene:
        """The pictures about a marker of one of its runs."""
        key = (recording, number, marker)
        if key not in self._scenes:
            self._scenes[key] = recording.scene(number, marker)
        self._scenes.move_to_end(key)
        if len(self._scenes) > MOST_SCENES:
            self._scenes.popitem(last=False)
        return self._scenes[key]


def as_it_is(path: Path) -> Key:
    """What a recording is known by, as long as nothing that it is timed with has changed."""
    files = (path, path.with_suffix(SYNC), *filter(None, [other_camera(path)]))
    return path, calibration_id(path), tuple(map(_changed_ns, files))


def _changed_ns(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0
