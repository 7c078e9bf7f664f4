"""The zero test: by how much camera and gates differ, from passages that both have timed (pure).

It decides the ratio of their fly times, how sure that is, and how far their clocks are apart. It
corrects by ratio: whether the cones stand farther apart than the gates, or one clock goes too fast,
a time is off in proportion, so what a walk finds holds for a sprint.
"""

from __future__ import annotations

import msgspec

from station.session.events import TimedRun
from station.session.joining import levelled


class Zero(msgspec.Struct, frozen=True, kw_only=True):
    """What a zero test found.

    Attributes:
        passages: How many both devices timed.
        ratio: By how much of the gates' fly time the camera's is longer.
        ratio_sigma: One standard deviation of it; all runs of a session share it.
        clock_s: How much later the camera has a runner at a marker than the gates.
        clock_sigma_s: One standard deviation of that from passage to passage.
    """

    passages: int
    ratio: float
    ratio_sigma: float
    clock_s: float
    clock_sigma_s: float

    def level(self, run: TimedRun) -> TimedRun:
        """A camera's run as the gates would have it."""
        if not self.passages:
            return run
        return levelled(run, self.ratio, self.ratio_sigma)


NO_ZERO = Zero(passages=0, ratio=0.0, ratio_sigma=0.0, clock_s=0.0, clock_sigma_s=0.0)
