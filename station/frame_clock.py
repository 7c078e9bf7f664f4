"""When the pictures of one connection to a camera were taken, in station time.

It decides how far their timestamps can be trusted: the camera's own and the driver's are compared
with the arrivals, and doubted where the clock was set meanwhile; arrivals are replaced by the even
beat behind them. It knows no file.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import hypot

import numpy as np

from calibration.frame_times import HELD_UP_S, frame_times
from calibration.sync import DeviceClock, Stamp
from hardware.camera import Shot, StampedBy
from hardware.readings import BeamEdge
from hardware.units import NS

RATE_TOLERANCE = 2e-4  # of a camera's clock: crystals, and some that are old or hot
WRONG_RATE = 0.003  # of a clock that is compared by arrivals, for some seconds perhaps
MOST_ARRIVALS = 8_000  # minutes, by which the beat is known, and never less than a ring has
USUAL = 31  # intervals, whose median is the usual one
KNOWN_NS = 3 * NS  # of pictures, before a clock is known so well that its jumps can be seen
LASTS_NS = NS  # so long pictures come sooner or later than ever: that is no delay on the way
LEAST_SET_NS = 15_000_000  # what arrivals scatter, of the promptest in a second
CLOCKS_KEPT = 8  # far more than are set within a recording


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
        set_s: By how much of that the clock was set meanwhile.
    """

    first_ns: int
    first_at_ns: int
    rate: float = 1.0
    final_ns: tuple[int, ...] | None = None
    sigma_s: float = 0.0
    set_s: float = 0.0

    def at_ns(self, pts_ns: float) -> int:
        """Station time of a timestamp."""
        return self.first_at_ns + round((pts_ns - self.first_ns) * self.rate)

    @property
    def wrong(self) -> bool:
        """Whether the timestamps go faster or slower than time does."""
        return abs(self.rate - 1) >= WRONG_RATE


@dataclass(slots=True)
class _Clock:
    """A camera's clock from when it was set, until it is set again.

    Attributes:
        from_ns: Arrival of the first picture that it stamped; 0 of the connection's first clock.
        set_ns: By how much it was set then, forward.
    """

    from_ns: int = 0
    set_ns: int = 0
    epoch: int = 0
    device: DeviceClock = field(
        default_factory=lambda: DeviceClock("device", NS, None, RATE_TOLERANCE)
    )

    def learn(self, shot: Shot) -> None:
        stamp = self.device.take(BeamEdge("", False, shot.pts_ns, shot.arrival_ns, 0.0))
        assert stamp is not None, "whatever has ticks is stamped"
        self.epoch = stamp.epoch

    def at_ns(self, shot: Shot) -> int:
        """When a picture was taken, station time; the promptest comes then."""
        stamp = Stamp(shot.pts_ns / NS, self.epoch, shot.arrival_ns, 0.0)
        return self.device.instant(stamp).ns


class FrameClock:
    """Learns from every picture of a connection."""

    def __init__(self, stamped_by: StampedBy) -> None:
        """Begin with none.

        Args:
            stamped_by: Whose clock the timestamps are of.
        """
        self.stamped_by: StampedBy = stamped_by
        self._arrivals: deque[int] = deque(maxlen=MOST_ARRIVALS)
        self._clocks: deque[_Clock] = deque([_Clock()], maxlen=CLOCKS_KEPT)
        self._begun_ns: int | None = None
        self._last: Shot | None = None
        self._steps_ns: deque[int] = deque(maxlen=2 * USUAL)
        self._held: deque[tuple[Shot, int]] = deque()  # from a jump on, until it is judged

    def take(self, shot: Shot) -> int:
        """Learn from the next picture.

        Returns:
            By how many nanoseconds its clock was set forward a moment ago, as is found now; 0:
            it was not.
        """
        if self.stamped_by == "arrival":
            self._arrivals.append(shot.pts_ns)
            return 0
        self._held.append((shot, self._jumped_ns(shot)))
        set_ns = 0
        while self._held:
            first, jumped_ns = self._held[0]
            if jumped_ns:
                if shot.arrival_ns - first.arrival_ns < LASTS_NS:
                    break
                if found_ns := self._set_ns(jumped_ns):
                    set_ns += found_ns
                    self._clocks.append(_Clock(first.arrival_ns, found_ns))
            self._held.popleft()
            self._clocks[-1].learn(first)
        return set_ns

    def timeline(self, shots: Sequence[Shot]) -> Timeline:
        """What is known about some of the pictures that were taken."""
        first, last = shots[0], shots[-1]
        long_ns = last.pts_ns - first.pts_ns
        if self.stamped_by == "arrival":
            arrivals = np.array(self._arrivals)
            times = frame_times(arrivals)
            places = np.searchsorted(arrivals, [shot.pts_ns for shot in shots])
            final_ns = tuple(times.at_ns[places].tolist())
            # Just after a halt only more pictures can tell what was held up from what is missing.
            late = arrivals[max(0, np.searchsorted(arrivals, arrivals[-1] - LASTS_NS) - 1) :]
            halt_s = np.diff(late).max(initial=0) / NS
            sigma_s = hypot(times.sigma_s(long_ns * 1e-9), halt_s if halt_s > HELD_UP_S[0] else 0.0)
            return Timeline(first.pts_ns, first.arrival_ns, 1.0, final_ns, sigma_s)
        clocks = [one for one in self._clocks if one.from_ns <= last.arrival_ns]
        by = clocks[-1] if clocks else self._clocks[0]
        set_s = sum(abs(one.set_ns) for one in clocks if first.arrival_ns < one.from_ns) / NS
        first_at_ns, last_at_ns = by.at_ns(first), by.at_ns(last)
        rate = (last_at_ns - first_at_ns) / long_ns if long_ns > 0 else 1.0
        off_s = abs(rate - 1) * long_ns / NS
        return Timeline(first.pts_ns, first_at_ns, rate, None, off_s + set_s, set_s)

    def _jumped_ns(self, shot: Shot) -> int:
        """By how much more the timestamps went on than they use to; 0 where that is not known."""
        before, self._last = self._last, shot
        self._begun_ns = self._begun_ns or shot.arrival_ns
        if before is None:
            return 0
        step_ns = shot.turn_ns - before.turn_ns
        self._steps_ns.append(step_ns)
        if len(self._steps_ns) < USUAL or shot.arrival_ns - self._begun_ns < KNOWN_NS:
            return 0
        usual_ns = int(np.median(self._steps_ns))
        more_ns = step_ns - usual_ns
        return more_ns if more_ns > LEAST_SET_NS or step_ns < usual_ns / 2 else 0

    def _set_ns(self, jumped_ns: int) -> int:
        """By how much the clock was set with a jump, by the promptest arrivals since.

        Where pictures were left out, timestamps jump, and the arrivals with them. Nothing comes
        early: what comes sooner than ever was stamped later than before, and no more so than the
        timestamps jumped. What comes later, and was stamped as much too soon, was so as well.
        """
        late_ns = min(shot.arrival_ns - self._clocks[-1].at_ns(shot) for shot, _ in self._held)
        if late_ns < -LEAST_SET_NS and jumped_ns > -late_ns - LEAST_SET_NS:
            return -late_ns
        if jumped_ns < 0 and abs(late_ns + jumped_ns) < LEAST_SET_NS < late_ns:
            return -late_ns
        return 0
