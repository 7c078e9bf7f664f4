"""The folder in which clips of runs are kept.

It decides their names, and which of them have to go when they fill the room that they may take, or
the disk: the oldest first, those with a star never. It reads no clip.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from shutil import disk_usage

MOST_BYTES = 20_000_000_000
LEAST_FREE_BYTES = 2_000_000_000  # on their disk, for the journal and for what else is there
STAR = ".star"
CALIBRATION = ".toml"
SYNC = ".sync.toml"


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
        """Remove as many as are too many, but never the newest; returns those removed."""
        kept = self.kept()
        sizes = {clip: clip.stat().st_size for clip in kept}
        too_much = max(sum(sizes.values()) - self.most_bytes, LEAST_FREE_BYTES - self._free())
        removed: list[Path] = []
        for clip in kept[:-1]:
            if too_much <= 0:
                break
            if not starred(clip):
                remove(clip)
                removed.append(clip)
                too_much -= sizes[clip]
        return removed

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
        return self.free_bytes(self.folder) if self.folder.exists() else LEAST_FREE_BYTES


def starred(clip: Path) -> bool:
    """Whether it is to be kept for good."""
    return clip.with_suffix(STAR).exists()


def star(clip: Path, on: bool = True) -> None:
    """Keep it for good, or no longer."""
    if on:
        clip.with_suffix(STAR).touch()
    else:
        clip.with_suffix(STAR).unlink(missing_ok=True)


def other_camera(clip: Path) -> Path | None:
    """The clip of the second of two cameras that belongs to one; None where there is none."""
    with suppress(OSError, ValueError):
        kept = tomllib.loads(clip.with_suffix(SYNC).read_text(encoding="utf-8"))
        names = {str(kept.get("first")), str(kept.get("second"))} - {clip.name}
        other = clip.with_name(Path(names.pop()).name)
        return other if other.is_file() else None
    return None


def remove(clip: Path) -> None:
    """Remove it and what lies beside it, the clip of a second camera among it."""
    other = other_camera(clip)
    for path in (clip, *(clip.with_suffix(end) for end in (CALIBRATION, STAR, SYNC))):
        with suppress(OSError):
            path.unlink(missing_ok=True)
    if other is not None:
        remove(other)
