"""An athlete taken out for good: out of the journals, and with the videos that show nobody else.

It decides which files are deleted, and says which are not and why. What in a session is about an
athlete is decided by `station.forgetting`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from hardware.errors import StationError
from station.forgetting import named_in, videos
from station.journal import Forgotten, Journal, forget

MOST_NAMES = 20  # that an error lists, the likest first
SIDECARS = (".toml", ".frame.png", ".truth.json")  # calibration, its picture, a simulation's truth
CALIBRATION = ".toml"
VIDEOS = {".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mts", ".m2ts", ".3gp"}


@dataclass(slots=True)
class Erased:
    """What became of an athlete's traces.

    Attributes:
        name: Whose they were.
        journals: What was taken out of each journal that had any.
        deleted: Files that are gone.
        kept: Files that are not, and why.
        failed: What could not be done, and what to do about it.
    """

    name: str
    journals: dict[Path, Forgotten] = field(default_factory=dict)
    deleted: list[Path] = field(default_factory=list)
    kept: dict[Path, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)


def erase(journals: Sequence[Path], given: str) -> Erased:
    """Take an athlete out for good.

    Args:
        journals: Where to look; one that is not there has nobody.
        given: The exact name.

    Raises:
        StationError: Nobody is named so, or no journal is there; nothing is changed then.
    """
    there = [path for path in journals if path.exists()] or journals[:1]
    names: dict[Path, set[str]] = {}
    shown: dict[Path, dict[str, set[str]]] = {}
    for path in there:
        names[path], shown[path] = _known(path)
    everybody = set().union(*names.values())
    name = given if given in everybody else unicodedata.normalize("NFC", given)
    if name not in everybody:
        raise StationError(_nobody(name, everybody))
    erased = Erased(name)
    for path in there:
        if name not in names[path]:
            continue
        try:
            erased.journals[path] = forget(path, name)
        except StationError as error:
            erased.failed.append(str(error))
            continue
        for video in sorted(one for one, athletes in shown[path].items() if name in athletes):
            athletes = set().union(*(in_one.get(video, ()) for in_one in shown.values()))
            _erase_video(Path(video), athletes - {name}, erased)
    return erased


def _known(path: Path) -> tuple[set[str], dict[str, set[str]]]:
    """Everybody in a journal, and whom each of its videos shows."""
    names: set[str] = set()
    shown: dict[str, set[str]] = {}
    with Journal(path) as journal:
        for kept in journal.sessions():
            records = journal.records(kept.session)
            events = {number: one.event for number, one in records.items()}
            names |= named_in(events.values())
            for video, athletes in videos(events).items():
                shown.setdefault(video, set()).update(athletes)
    return names, shown


def _nobody(name: str, names: set[str]) -> str:
    if not names:
        return f"nobody is named '{name}': the journal knows no athlete yet"

    def likeness(other: str) -> float:
        return -SequenceMatcher(None, name.casefold(), other.casefold()).ratio()

    likest = sorted(sorted(names), key=likeness)
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"nobody is named '{name}'; there are {', '.join(likest[:MOST_NAMES])}{more}"


def _erase_video(video: Path, others: set[str], erased: Erased) -> None:
    """Delete a video, and what belongs to it alone."""
    if others:
        erased.kept[video] = f"{', '.join(sorted(others))} ran in it too"
        return
    if not video.exists():
        erased.kept[video] = "it is not there; delete it where it was moved to"
    for path in (video, *(video.with_suffix(end) for end in SIDECARS)):
        if not path.is_file():
            continue
        if path.suffix == CALIBRATION and _shared(video):
            erased.kept[path] = "it may be the calibration of other videos beside it"
            continue
        try:
            path.unlink()
        except OSError as error:
            erased.failed.append(f"cannot delete '{path}' ({error.strerror}); delete it by hand")
        else:
            erased.deleted.append(path)


def _shared(video: Path) -> bool:
    """Whether a video's calibration may be another's: of its name, or of one that has none."""
    return any(
        other != video
        and other.suffix.lower() in VIDEOS
        and (other.stem == video.stem or not other.with_suffix(CALIBRATION).exists())
        for other in video.parent.iterdir()
    )
