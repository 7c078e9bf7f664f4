"""For how long the disk has room: one rule for the state row and for the doctor.

It decides how fast a session fills the disk, by the recordings that are there. It removes nothing:
what has to make room, `hardware.clips` decides.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from hardware.clips import Clips

RUNS_PER_H = 60  # a squad's
LAST_CLIPS = 10  # whose size tells the next one's
CLIP_BYTES = 50_000_000  # before there is one: six seconds of a USB camera's JPEGs
JOURNAL_BYTES_PER_H = 20_000_000  # with the record of the gates' lines


@dataclass(frozen=True, slots=True)
class Room:
    """What was found on the disk.

    Attributes:
        free_bytes: Where there is least.
        bytes_per_h: What a session writes in an hour.
        used_bytes: What recordings take; None where nothing is filmed.
    """

    free_bytes: float
    bytes_per_h: float
    used_bytes: int | None = None


def room(journal: Path, clips: Clips | None) -> Room:
    """Look how much room there is.

    Args:
        journal: Where sessions are kept.
        clips: Where recordings are; None where nothing is filmed.

    Raises:
        OSError: The disk does not say.
    """
    free_bytes = _free(journal.parent)
    if clips is None:
        return Room(free_bytes, JOURNAL_BYTES_PER_H)
    free_bytes = min(free_bytes, _free(clips.folder))
    sizes = [clip.stat().st_size for clip in clips.kept()]
    latest = sizes[-LAST_CLIPS:] or [CLIP_BYTES]
    per_h = RUNS_PER_H * sum(latest) / len(latest)
    if clips.most_bytes - sum(sizes) < free_bytes:
        per_h = 0.0  # the oldest make room for the newest before the disk is full
    return Room(free_bytes, per_h + JOURNAL_BYTES_PER_H, sum(sizes))


def _free(folder: Path) -> float:
    """What is free where a folder is, or will be."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    return float(shutil.disk_usage(there).free)
