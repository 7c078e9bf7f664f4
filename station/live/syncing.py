"""A camera for each marker, before which a torch is flashed: their clocks, for Set-up.

It decides what the coach is told meanwhile and in the end. Which flashes are the same and what
they say, `station sync-cameras` and this page find by the same functions.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from calibration.camera_sync import CameraSync
from hardware.cameras import is_file
from hardware.clock import SystemClock
from hardware.errors import StationError
from station.film.sync_cameras import Synced, in_words, sync_recordings
from station.live.chosen import Chosen
from station.live.comparison import Comparison

FLASH = (
    "Switch a torch on and off before both cameras, where heads pass: half a second each, at no "
    "even beat, until this says how their clocks go together."
)


class Syncing(Comparison):
    """Two cameras that are watched for flashes.

    Attributes:
        sync: How the clocks go together, once that is known.
    """

    def __init__(self, chosen: Chosen) -> None:
        """Open nothing yet.

        Args:
            chosen: Two cameras.

        Raises:
            StationError: They are not two of a kind.
        """
        if not chosen.camera or chosen.second is None:
            raise StationError("clocks go together where each marker has a camera; choose both")
        both = chosen.camera, chosen.second.camera
        self._played = is_file(both[0])
        if self._played != is_file(both[1]):
            raise StationError(
                f"{chosen.camera_said()} are a camera and a saved video, which never saw the same "
                "flash; choose two of a kind"
            )
        super().__init__("watch for flashes", chosen)
        self.lines = [] if self._played else [FLASH]
        self.sync: CameraSync | None = None
        self._leapt = False

    @property
    def lost(self) -> bool:
        """Whether a camera was lost or its clock set before the flashes had told enough."""
        return self._leapt

    def known(self, chosen: Chosen, when: str) -> Chosen | None:
        """With how their clocks go together."""
        if self.sync is None or chosen.second is None:
            return None
        second = replace(chosen.second, sync=self.sync, flashed=when, since=False)
        return replace(chosen, second=second)

    def _find(self) -> None:
        with TemporaryDirectory(prefix="station-") as folder:
            found = self._found(Path(folder) / "sync.toml")
        self.lines += in_words(found.sync, found.found)
        self.sync = found.sync

    def _found(self, out: Path) -> Synced:
        chosen = self._chosen
        if self._played:
            self.lines.append("Looking for flashes that both videos show…")
            first, second = (Path(chosen.camera_at(marker)) for marker in (2, 3))
            return sync_recordings(first, second, out=out)
        from station.camera.flashing import LeaptError, sync_live

        clock = SystemClock()
        one, other = (chosen.camera_of(clock, marker) for marker in (2, 3))
        try:
            return sync_live(one, other, out, clock=clock, say=self._count, stopped=self._stopped)
        except LeaptError:
            self._leapt = True
            raise

    def _count(self, line: str) -> None:
        self.lines = [FLASH, line]
