"""An athlete taken out for good: out of journals and rosters, with the videos of nobody else.

It decides which files are deleted, and says which are not and why. What in a session is about an
athlete is decided by `station.session.forgetting`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from hardware.clips import CALIBRATION, STAR, SYNC, earlier_calibrations, other_camera
from hardware.errors import StationError
from station.journal.forget import Forgotten, forgetting
from station.journal.journal import Journal, elsewhere
from station.session.forgetting import named_in, videos
from station.session.roster import beside, load_rows, of_row, save_rows

MOST_NAMES = 20  # that an error lists, the likest first
# Star, calibration, its picture, how its clock goes with a second camera's, a simulation's truth.
SIDECARS = (STAR, CALIBRATION, ".frame.png", SYNC, ".truth.json")
VIDEOS = {".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mts", ".m2ts", ".3gp"}


@dataclass(slots=True)
class Erased:
    """What became of an athlete's traces.

    Attributes:
        name: Whose they were.
        journals: What is taken out of each journal that has any.
        videos: Those that show nobody else, to be deleted.
        rosters: Those of the console that name them, and then no longer.
        deleted: Files that are gone.
        kept: Files that are not, and why.
        failed: What could not be done, and what to do about it.
    """

    name: str
    journals: dict[Path, Forgotten] = field(default_factory=dict)
    videos: list[Path] = field(default_factory=list)
    rosters: list[Path] = field(default_factory=list)
    deleted: list[Path] = field(default_factory=list)
    kept: dict[Path, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)


def erase(journals: Sequence[Path], given: str, agreed: Callable[[Erased], bool]) -> Erased:
    """Take an athlete out for good, of all journals or of none.

    Args:
        journals: Where to look, and in what was rescued of each; one that is not there has nobody.
        given: The exact name.
        agreed: Whether what is found shall go; nothing is changed before it says so.

    Raises:
        StationError: Nobody is named so, no journal is there, one that has them is in use or cannot
            be written, or it was not agreed; nothing is changed then.
    """
    known = [path for one in journals for path in (one, *elsewhere(one))]
    there = [path for path in known if path.exists()] or journals[:1]
    sessions = [one for path in there for one in _sessions(path)]
    rosters = {path: load_rows(path) for path in map(beside, journals) if path.exists()}
    named = {of_row(row).name for rows in rosters.values() for row in rows}
    names = named.union(*(one.names for one in sessions))
    name = given if given in names else unicodedata.normalize("NFC", given)
    if name not in names:
        raise StationError(_nobody(name, names))
    erased = Erased(name)
    for path, rows in rosters.items():
        rosters[path] = [row for row in rows if of_row(row).name != name]
        if rosters[path] != rows:
            erased.rosters.append(path)
    with ExitStack() as stack:
        for path in there:
            theirs = [one for one in sessions if one.journal == path and name in one.names]
            if not theirs:
                continue
            out = stack.enter_context(forgetting(path, name))
            erased.failed += out.left
            if out.sessions:
                erased.journals[path] = out
            for video in sorted({video for one in theirs for video in one.videos}):
                _look_at(video, name, theirs, sessions, erased)
        if (erased.journals or erased.rosters) and not agreed(erased):
            raise StationError(f"nothing was changed; {name} was not to be forgotten")
        for path in erased.rosters:
            save_rows(path, rosters[path])
    for shown in dict.fromkeys(erased.videos):
        _delete(shown, erased)
    return erased


@dataclass(frozen=True, slots=True)
class _Session:
    """A session: its journal, everybody who was there, and its videos → whose reps they show."""

    journal: Path
    names: set[str]
    videos: dict[str, set[str]]


def _sessions(path: Path) -> Iterator[_Session]:
    with Journal(path) as journal:
        for kept in journal.sessions():
            try:
                records = journal.records(kept.session)
                events = {number: one.event for number, one in records.items()}
                yield _Session(path, named_in(events.values()), _with_others(videos(events)))
            except StationError:  # `forget` says so, where it matters
                yield _Session(path, journal.athletes(kept.session), {})


def _with_others(shown: dict[str, set[str]]) -> dict[str, set[str]]:
    """A run's videos, with those of a second camera: one may show the runs of several."""
    every = {video: set(owners) for video, owners in shown.items()}
    for video, owners in shown.items():
        if (other := other_camera(Path(video))) is not None:
            every.setdefault(str(other), set()).update(owners)
    return every


def _nobody(name: str, names: set[str]) -> str:
    if not names:
        return f"nobody is named '{name}': the journal knows no athlete yet"

    def likeness(other: str) -> float:
        return -SequenceMatcher(None, name.casefold(), other.casefold()).ratio()

    likest = sorted(sorted(names), key=likeness)
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"nobody is named '{name}'; there are {', '.join(likest[:MOST_NAMES])}{more}"


def _look_at(
    shown: str, name: str, theirs: list[_Session], sessions: list[_Session], erased: Erased
) -> None:
    """Say whether a video of an athlete's sessions is to be deleted: if it shows them alone."""
    video, athletes = Path(shown), set().union(*(one.videos.get(shown, ()) for one in sessions))
    alone = any(shown in one.videos and one.names == {name} for one in theirs)
    if name not in athletes and not (alone and not athletes):
        if not athletes:
            erased.kept[video] = f"whose runs it shows is not known; {name} was there"
    elif others := athletes - {name}:
        erased.kept[video] = f"{', '.join(sorted(others))} ran in it too"
    else:
        if not video.exists():
            erased.kept[video] = "it is not there; delete it where it was moved to"
        erased.videos.append(video)


def _delete(video: Path, erased: Erased) -> None:
    """Delete a video, and what belongs to it alone."""
    beside = (video.with_suffix(end) for end in SIDECARS)
    for path in (video, *earlier_calibrations(video), *beside):
        if not path.is_file():
            continue
        calibrates = path.suffix == CALIBRATION and not path.name.endswith(SYNC)
        if calibrates and _shared(video):
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
