"""Two recordings of the same runs, a camera for each marker: which is which, and their clocks.

It decides when two files are such a pair, and which file says how their clocks go together. What
they show is joined by `station.film.pair`.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from calibration.camera_sync import CameraSync, load_sync
from calibration.interval import INTERVAL_95
from hardware.clips import CALIBRATION, SYNC
from hardware.counted import counted
from hardware.errors import StationError
from station.film.pair import cameras, replay_pair
from station.film.replay import Replay, replay
from station.film.tripod import Second, Take, named_once, takes

NEWER_S = 1.0  # a torch was on and off again; rounding is none of it


def both_takes(videos: Sequence[Path], calibrations: Sequence[Path]) -> tuple[Take, Take] | None:
    """The two recordings of a pair, Marker 2's first; None where they are no pair.

    Args:
        videos: As they were named.
        calibrations: Two for a pair, in the order of the recordings; none where they lie beside
            them and see one marker each.

    Raises:
        StationError: Two calibrations that are no pair's, or a file that cannot be read.
    """
    beside = [video.with_suffix(CALIBRATION) for video in videos]
    if not calibrations and len(videos) == 2 and all(path.exists() for path in beside):
        one, other = takes(videos)
        if 2 in (len(one.zone.markers), len(other.zone.markers)):
            return None
    elif len(calibrations) < 2:
        return None
    elif len(calibrations) == 2 == len(videos):
        named_once(videos)
        one, other = (
            takes([video], path)[0] for video, path in zip(videos, calibrations, strict=True)
        )
    else:
        raise StationError(
            f"{counted(len(calibrations), 'calibration')} and {counted(len(videos), 'recording')}; "
            "two of each are a camera for each marker, and one calibration is for all clips of one "
            "camera"
        )
    cameras(one.zone, other.zone)
    return (one, other) if 2 in one.zone.markers else (other, one)


def sync_for(
    at2: Take,
    at3: Take,
    videos: Sequence[Path],
    sync: Path | None,
    offset_ms: tuple[float, float] | None,
) -> CameraSync:
    """How a pair's clocks go together, Marker 2's being the first.

    Args:
        at2: Marker 2's recording.
        at3: Marker 3's.
        videos: Both, in the order in which they were named.
        sync: A file that `station sync-cameras` wrote, where one is named.
        offset_ms: What was typed instead: by how much the second recording's clock is ahead of
            the first's, in the order in which they were named, and half its 95 % interval.

    Raises:
        StationError: There is none, or it is of others.
    """
    names = at2.video.name, at3.video.name
    if offset_ms is not None:
        offset_s, sd_s = offset_ms[0] / 1000, offset_ms[1] / 1000 / INTERVAL_95
        typed = CameraSync("recordings", videos[0].name, videos[1].name, offset_s, sd_s)
        return typed if videos[0] == at2.video else typed.swapped
    beside = [one for video in videos if (one := video.with_suffix(SYNC)).exists()]
    path = sync or next(iter(beside), None)
    if path is None:
        named = " ".join(shlex.quote(str(video)) for video in videos)
        raise StationError(
            f"how the clocks of {names[0]} and {names[1]} go together is not known; where both "
            f"show the same flashes, type station sync-cameras {named}"
        )
    known = load_sync(path)
    if (known.first, known.second) == names:
        in_order = known
    elif (known.second, known.first) == names:
        in_order = known.swapped
    elif known.clock == "cameras":  # of any of their clips, in the order of the cameras
        in_order = known if videos[0] == at2.video else known.swapped
    else:
        raise StationError(
            f"{path} is of {known.first} and {known.second}, not of {names[0]} and {names[1]}; add "
            "--sync with theirs"
        )
    return replace(in_order, unsure=_still_unsure(in_order, beside))


def _still_unsure(sync: CameraSync, beside: Sequence[Path]) -> bool:
    """Whether a camera was lost between the flashes and the recordings, as far as theirs say."""
    if sync.clock == "recordings":  # the flashes that they show
        return sync.unsure
    kept = []
    for path in beside:
        with suppress(StationError):  # it may be broken, where another is named
            kept.append(load_sync(path))
    return sync.unsure or any(one.unsure and sync.at_s < one.at_s + NEWER_S for one in kept)


def as_one(at2: Take, at3: Take, sync: CameraSync) -> Take:
    """A pair as one recording."""
    called = f"{at2.called} + {at3.called}"
    return replace(at2, called=called, second=Second(at3, sync))


def replay_both(
    at2: Take,
    second: Second,
    *,
    pace_400_s: float | None = None,
    athlete: str | None = None,
    speeds_mps: tuple[float, float] | None = None,
    capture_fps: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> Replay:
    """Time every run in two saved videos, as `station.film.replay.replay` does in one.

    Raises:
        StationError: A video cannot be read, or is of another size than its calibration.
    """
    found = []
    for done, take in enumerate((at2, second.take)):

        def tell(part: float, done: int = done) -> None:
            if progress is not None:
                progress((done + part) / 2)

        found.append(
            replay(
                take.video,
                take.zone,
                speeds_mps=speeds_mps,
                capture_fps=capture_fps,
                progress=tell,
            )
        )
    of2, of3 = found
    return replay_pair(
        of2,
        of3,
        cameras(at2.zone, second.take.zone),
        second.sync,
        pace_400_s=pace_400_s,
        athlete=athlete,
        speeds_mps=of2.speeds_mps,
    )
