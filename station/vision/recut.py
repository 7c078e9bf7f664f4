"""The same runner, the same clip: digits that do not depend on how roughly he was seen passing.

What the watch makes of a passing depends a little on where its recording began. So a passing is
timed twice: once roughly, and then in a clip that is cut about that crossing, at a whole frame and
a rounded speed. It decides where a clip begins and ends; `sighting` alone times what is in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import copysign, log

import numpy as np

from calibration.geometry import Zone
from station.crossing import Crossing
from station.vision.clip import Clip
from station.vision.sighting import time_clip
from station.vision.watch import Passing

SPEED_STEP = 1.15  # clips are cut for speeds that are whole powers of it
ROUGH_S = 1 / 30  # between the frames that suffice to place a cut


def time_recut(cut: Callable[[Passing], Clip], zone: Zone, seen: Passing) -> tuple[Crossing, ...]:
    """Time a passing by a clip that is cut for its own result.

    Args:
        cut: Gives the clip about a passing.
        zone: The calibration.
        seen: The passing as the watch saw it.

    Returns:
        The crossings of `time_clip`; empty where nobody could be timed.
    """
    clip = cut(seen)
    rough = time_clip(_thinned(clip), zone, seen, rough=True)
    if not rough:
        return ()
    nearest = np.abs(clip.instants_s - rough[0].instant_s).argmin()
    speed_mps = SPEED_STEP ** round(log(abs(rough[0].velocity_mps)) / log(SPEED_STEP))
    passing = replace(
        seen,
        instant_s=float(clip.instants_s[nearest]),
        velocity_mps=copysign(speed_mps, rough[0].velocity_mps),
    )
    return time_clip(cut(passing), zone, passing)


def _thinned(clip: Clip) -> Clip:
    """Frames enough to place a cut."""
    if len(clip.instants_s) < 3:
        return clip
    frame_s = float(np.median(np.diff(clip.instants_s)))
    return clip.where(np.arange(len(clip.instants_s)) % max(1, round(ROUGH_S / frame_s)) == 0)
