"""Recordings that were looked at lately, so that the next look at one costs nothing.

It decides how many are kept, and when one is read again: when it or its calibration has changed.
One thread uses it.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from hardware.clips import CALIBRATION
from station.film.rereading import Recording
from station.film.scene import Scene

MOST_RECORDINGS, MOST_SCENES = 12, 12  # of a crossing's pictures some megabytes stay

Key = tuple[Path, int, int]


class Shelf:
    """Recordings, and the pictures about crossings."""

    def __init__(self) -> None:
        self._recordings: OrderedDict[Key, Recording] = OrderedDict()
        self._scenes: OrderedDict[tuple[Recording, int, int], Scene] = OrderedDict()

    def recording(self, path: Path) -> Recording:
        """A recording, timed with the calibration beside it.

        Raises:
            StationError: It is not there, or cannot be read.
        """
        key = (path, _changed_ns(path), _changed_ns(path.with_suffix(CALIBRATION)))
        if key not in self._recordings:
            self._recordings[key] = Recording(path)
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


def _changed_ns(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0
