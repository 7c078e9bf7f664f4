"""Recordings that were looked at lately, so that the next look at one costs nothing.

It decides how many are kept, and when one is read again: when it or its calibration has changed.
One thread uses it.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from station.film.rereading import Pictured, Recording

MOST_RECORDINGS, MOST_PICTURED = 12, 12  # of a crossing's pictures some megabytes stay

Key = tuple[Path, int, int]


class Shelf:
    """Recordings and pictures."""

    def __init__(self) -> None:
        self._recordings: OrderedDict[Key, Recording] = OrderedDict()
        self._pictured: OrderedDict[tuple[Recording, int, int], Pictured] = OrderedDict()

    def recording(self, path: Path) -> Recording:
        """A recording, timed with the calibration beside it.

        Raises:
            StationError: It is not there, or cannot be read.
        """
        key = (path, _changed_ns(path), _changed_ns(path.with_suffix(".toml")))
        if key not in self._recordings:
            self._recordings[key] = Recording(path)
        self._recordings.move_to_end(key)
        if len(self._recordings) > MOST_RECORDINGS:
            self._recordings.popitem(last=False)
        return self._recordings[key]

    def pictured(self, recording: Recording, part: int, marker: int) -> Pictured:
        """The pictures of a crossing."""
        key = (recording, part, marker)
        if key not in self._pictured:
            self._pictured[key] = recording.pictured(part, marker)
        self._pictured.move_to_end(key)
        if len(self._pictured) > MOST_PICTURED:
            self._pictured.popitem(last=False)
        return self._pictured[key]


def _changed_ns(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0
