"""How long a saved video lasts that is played as the camera, beside what is planned.

It decides when a coach is warned that it will be over before the workout is. It refuses nothing:
what is run later is timed by gates or by hand.
"""

from __future__ import annotations

from functools import lru_cache
from math import inf
from pathlib import Path

from hardware.cameras import is_file
from hardware.errors import StationError
from station.live.chosen import Chosen
from station.workout.notation import clock


def over_before(chosen: Chosen, planned_s: float) -> str | None:
    """The doubt where a video that is to time is shorter than the plan; None where none is.

    Args:
        chosen: What the session is to be timed with.
        planned_s: How long the workout takes from its first call on.
    """
    names = [chosen.camera_at(marker) for marker in chosen.markers_apart] if chosen.films else []
    paths = [Path(name) for name in names if is_file(name)]
    lasts_s = min(
        (_lasts_s(path, path.stat().st_mtime_ns) for path in paths if path.is_file()), default=inf
    )
    if lasts_s >= planned_s:
        return None
    return (
        f"the video is over after {clock(lasts_s)}, the workout after about {clock(planned_s)}: "
        "what is run later it does not time"
    )


@lru_cache
def _lasts_s(path: Path, _: int) -> float:
    """Seconds of a video; no end where it cannot be read, which is said when it is played."""
    from hardware.video import open_video

    try:
        with open_video(path) as video:
            return video.duration_s
    except StationError:
        return inf
