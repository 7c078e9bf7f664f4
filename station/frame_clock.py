"""When the pictures of one connection to a camera were taken, in station time.

It decides how far their timestamps can be trusted: the camera's own and the driver's are compared
with the arrivals; arrivals are replaced by the even beat behind them. It knows no file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from calibration.frame_times import frame_times
from calibration.sync import DeviceClock, Stamp
from hardware.camera import Shot, StampedBy
from hardware.readings import BeamEdge
from hardware.units import NS

RATE_TOLERANCE = 2e-4  # of a camera's clock: crystals, and some that are old or hot
WRONG_RATE = 0.003  # of a clock that is compared by arrivals, for some seconds perhaps
MOST_ARRIVALS = 8_000  # minutes, by which the beat is known, and never less than a ring has


@dataclass(frozen=True, slots=True)
class Timeline:
    """Timestamps of some successive pictures, and station time about them.

    Attributes:
        first_ns: The first picture's timestamp.
        first_at_ns: When that was, station time.
        rate: Seconds of station time per second of timestamps.
        final_ns: Timestamps to go by instead of the pictures' own, None where those are final.
        sigma_s: One standard deviation of the time between the first and the last, as far as the
            clock is in doubt: as much as it is known to be off, since they keep their timestamps.
    """

    first_ns: int
    first_at_ns: int
    rate: float = 1.0
    final_ns: tuple[int, ...] | None = None
    sigma_s: float = 0.0

    def at_ns(self, pts_ns: float) -> int:
        """Station time of a timestamp."""
        return self.first_at_ns + round((pts_ns - self.first_ns) * self.rate)

    @property
    def wrong(self) -> bool:
        """Whether the timestamps go faster or slower than time does."""
        return abs(self.rate - 1) >= WRONG_RATE


class FrameClock:
    """Learns from every picture of a connection."""

    def __init__(self, stamped_by: StampedBy) -> None:
        """Begin with none.

        Args:
            stamped_by: Whose clock the timestamps are of.
        """
        self.stamped_by: StampedBy = stamped_by
        self._device = DeviceClock("device", NS, None, RATE_TOLERANCE)
        self._epoch = 0
        self._arrivals: deque[int] = deque(maxlen=MOST_ARRIVALS)

    def take(self, shot: Shot) -> None:
        """Learn from the next picture."""
        if self.stamped_by == "arrival":
            self._arrivals.append(shot.pts_ns)
            return
        stamp = self._device.take(BeamEdge("", False, shot.pts_ns, shot.arrival_ns, 0.0))
        assert stamp is not None, "whatever has ticks is stamped"
        self._epoch = stamp.epoch

    def timeline(self, shots: Sequence[Shot]) -> Timeline:
        """What is known about some of the pictures that were taken."""
        first, last = shots[0], shots[-1]
        long_ns = last.pts_ns - first.pts_ns
        if self.stamped_by == "arrival":
            arrivals = np.array(self._arrivals)
            times = frame_times(arrivals)
            places = np.searchsorted(arrivals, [shot.pts_ns for shot in shots])
            final_ns = tuple(times.at_ns[places].tolist())
            sigma_s = times.sigma_s(long_ns * 1e-9)
            return Timeline(first.pts_ns, first.arrival_ns, 1.0, final_ns, sigma_s)
        first_at_ns, last_at_ns = (
            self._device.instant(Stamp(one.pts_ns / NS, self._epoch, one.arrival_ns, 0.0)).ns
            for one in (first, last)
        )
        rate = (last_at_ns - first_at_ns) / long_ns if long_ns > 0 else 1.0
        return Timeline(first.pts_ns, first_at_ns, rate, None, abs(rate - 1) * long_ns / NS)
