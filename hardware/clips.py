"""The folder in which clips of runs are kept.

It decides their names, and which of them have to go when they fill the room that they may take, or
the disk: the oldest first, those with a star never. It reads no clip.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from itertools import count, takewhile
from pathlib import Path
from shutil import disk_usage

from hardware.files import drafts, write_whole

MOST_BYTES = 20_000_000_000
FORSAKEN_S = 3600.0  # no draft takes so long
LEAST_FREE_BYTES = 2_000_000_000  # on their disk, for the journal and for what else is there
STAR = ".star"
CALIBRATION = ".toml"
SYNC = ".sync.toml"
ID_DIGITS = 12


class Clips:
    """Clips on disk, each with its calibration beside it.

    Attributes:
        folder: Where they are.
        most_bytes: What they may take together.
        free_bytes: Tells how much room a folder's disk has left.
    """

    def __init__(
        self,
        folder: Path,
        most_bytes: int = MOST_BYTES,
        free_bytes: Callable[[Path], int] = lambda folder: disk_usage(folder).free,
    ) -> None:
        """Make nothing yet.

        Args:
            folder: Where they are; made with the first.
            most_bytes: What they may take together.
            free_bytes: Tells how much room a folder's disk has left.
        """
        self.folder, self.most_bytes = folder.absolute(), most_bytes
        self.free_bytes = free_bytes

    def name(self, recorded: datetime) -> Path:
        """A free name for a clip, by the time of day (UTC) at its first picture."""
        self.folder.mkdir(parents=True, exist_ok=True)
        stem = recorded.strftime("%Y-%m-%dT%H-%M-%S.%f")[:-3] + "Z"
        path, number = self.folder / f"{stem}.mp4", 2
        while path.exists():
            path, number = self.folder / f"{stem}-{number}.mp4", number + 1
        return path

    def kept(self) -> list[Path]:
        """All of them, the oldest first."""
        return sorted(self.folder.glob("????-??-??T*Z*.mp4"))

    def make_room(self) -> list[Path]:
        """Remove as many as are too many, but never the newest; returns those removed.

        What two cameras recorded of a run goes or stays together.
        """
        kept = self.kept()
        if kept:
            self._remove_forsaken(kept[-1])
        sizes = {clip: _status(clip)[0] for clip in kept}
        too_much = max(sum(sizes.values()) - self.most_bytes, LEAST_FREE_BYTES - self._free())
        removed: list[Path] = []
        pairs = _pairs(self.folder) if too_much > 0 else []
        for clip in kept[:-1]:
            if too_much <= 0:
                break
            one = _together(clip, pairs)
            if clip in removed or kept[-1] in one or _starred(one):
                continue
            _remove(one)
            removed += sorted(one)
            too_much -= sum(sizes.get(path, 0) for path in one)
        return removed

    def _remove_forsaken(self, newest: Path) -> None:
        """Remove drafts that a station left when it was killed."""
        for draft in drafts(self.folder):
            if _status(draft)[1] < _status(newest)[1] - FORSAKEN_S:
                with suppress(OSError):
                    draft.unlink()

    def trouble(self) -> str:
        """What there is to say of the disk once room was made; empty where it has enough."""
        free = self._free()
        if free >= LEAST_FREE_BYTES:
            return ""
        return (
            f"the disk with {self.folder} has {free / 1e9:.1f} GB left, and no recording there may "
            "go but the newest: delete what is not needed, or name another disk with --clips"
        )

    def _free(self) -> int:
        with suppress(OSError):  # it is not there; who writes there says what is wrong
            return self.free_bytes(self.folder)
        return LEAST_FREE_BYTES


def _status(path: Path) -> tuple[int, float]:
    """Bytes, and when it was written; nothing of a file that somebody has just removed."""
    with suppress(OSError):
        found = path.stat()
        return found.st_size, found.st_mtime
    return 0, 0.0


def starred(clip: Path) -> bool:
    """Whether it is to be kept for good, and with it what other cameras recorded of its runs."""
    return _starred(_together(clip, _pairs(clip.parent)))


def star(clip: Path, on: bool = True) -> None:
    """Keep it for good, or no longer, and with it what other cameras recorded of its runs."""
    for path in _together(clip, _pairs(clip.parent)):
        if on:
            path.with_suffix(STAR).touch()
        else:
            path.with_suffix(STAR).unlink(missing_ok=True)


def other_camera(clip: Path) -> Path | None:
    """The clip of the second of two cameras that belongs to one; None where there is none."""
    return next(iter(_pair(clip.with_suffix(SYNC)) - {clip}), None)


def earlier_calibrations(clip: Path) -> list[Path]:
    """Those with which it was timed before it had the one beside it, the first first."""
    numbered = (clip.with_suffix(f".earlier-{number}{CALIBRATION}") for number in count(1))
    return [*takewhile(Path.exists, numbered)]


def calibration_id(clip: Path) -> str:
    """By what the calibration is known that it is timed with now, whatever the file is once called.

    Of two cameras both of theirs are meant. Empty where none is beside it.
    """
    digest, found = sha256(), False
    for one in filter(None, (clip, other_camera(clip))):
        with suppress(OSError):
            digest.update(one.with_suffix(CALIBRATION).read_bytes())
            found = True
    return digest.hexdigest()[:ID_DIGITS] if found else ""


def recalibrate(clip: Path, calibration: bytes) -> None:
    """Put another calibration beside it; the one that was there is kept, under a number.

    Raises:
        StationError: It cannot be written.
    """
    beside = clip.with_suffix(CALIBRATION)
    before = beside.read_bytes() if beside.exists() else calibration
    if before != calibration:
        number = len(earlier_calibrations(clip)) + 1
        write_whole(clip.with_suffix(f".earlier-{number}{CALIBRATION}"), before)
    write_whole(beside, calibration)


def remove(clip: Path) -> None:
    """Remove it and what lies beside it, and what other cameras recorded of its runs."""
    _remove(_together(clip, _pairs(clip.parent)))


def _pairs(folder: Path) -> list[set[Path]]:
    """The clips of two cameras that belong together; one may belong to several."""
    return [_pair(sync) for sync in folder.glob(f"*{SYNC}")]


def _pair(sync: Path) -> set[Path]:
    """The clips that a file beside them says belong together, those that are there."""
    with suppress(OSError, ValueError):
        kept = tomllib.loads(sync.read_text(encoding="utf-8"))
        named = (sync.with_name(Path(str(kept.get(key))).name) for key in ("first", "second"))
        return {path for path in named if path.is_file()}
    return set()


def _together(clip: Path, pairs: list[set[Path]]) -> set[Path]:
    """A clip, and those that show its runs too."""
    one = {clip}
    while more := set[Path]().union(*(pair for pair in pairs if pair & one)) - one:
        one |= more
    return one


def _starred(clips: set[Path]) -> bool:
    return any(clip.with_suffix(STAR).exists() for clip in clips)


def _remove(clips: set[Path]) -> None:
    for clip in clips:
        beside = (clip.with_suffix(end) for end in (CALIBRATION, STAR, SYNC))
        for path in (clip, *earlier_calibrations(clip), *beside):
            with suppress(OSError):
                path.unlink(missing_ok=True)
