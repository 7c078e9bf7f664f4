"""Who is running, as roughly as he was seen passing: to be shown at once, and as no result (pure).

It decides whose passing of Marker 3 ends which run, first in, first out, and when nothing will
come of it any more. What is told of a run never comes from here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt

from hardware.units import NS
from station.vision.follow import SPEED_RATIO

ROUGH_S = 0.05  # a passing that was seen, one standard deviation (`vision.watch.Passing`)
SETTLES_NS = 3 * NS  # a run that could not be told at once is timed from its clip meanwhile
SEEN_APART_NS = NS // 3  # a run as it was first seen, and as it is timed


@dataclass(frozen=True, slots=True)
class Provisional:
    """Somebody between the markers, or just past them.

    Attributes:
        since_ns: When he was at Marker 2, station time.
        velocity_mps: How fast he is, to about 10 %.
        until_ns: When nothing will come of it any more.
        fly_s: What he took; None while he runs.
        sigma_s: One standard deviation of it.
    """

    since_ns: int
    velocity_mps: float
    until_ns: int
    fly_s: float | None = None
    sigma_s: float = ROUGH_S * sqrt(2)


class Running:
    """All who are running."""

    def __init__(self, fly_m: float) -> None:
        """Begin with nobody.

        Args:
            fly_m: Length of the Fly Zone.
        """
        self._fly_m = fly_m
        self._all: list[Provisional] = []

    def see(self, marker: int, velocity_mps: float, at_ns: int) -> None:
        """Take somebody at a marker.

        Args:
            marker: Which.
            velocity_mps: How fast, along the run.
            at_ns: When, station time.
        """
        self._all = [one for one in self._all if at_ns < one.until_ns]
        if velocity_mps < 0:
            return
        usual_s = self._fly_m / velocity_mps
        if marker == 2:
            self.told(at_ns)  # the same one, seen better
            until_ns = at_ns + round(SPEED_RATIO * usual_s * NS) + SETTLES_NS
            self._all.append(Provisional(at_ns, velocity_mps, until_ns))
            return
        for n, one in enumerate(self._all):
            took_s = (at_ns - one.since_ns) / NS
            if one.fly_s is None and 1 / SPEED_RATIO < took_s / usual_s < SPEED_RATIO:
                speed_mps = self._fly_m / took_s
                until_ns = at_ns + SETTLES_NS
                self._all[n] = replace(one, velocity_mps=speed_mps, until_ns=until_ns, fly_s=took_s)
                return

    def told(self, marker2_ns: int) -> None:
        """The run of whoever was at Marker 2 then is told: nothing is provisional about it."""
        self._all = [one for one in self._all if abs(one.since_ns - marker2_ns) > SEEN_APART_NS]

    def now(self, now_ns: int) -> Provisional | None:
        """Who is to be shown, in any thread: whose figure is there, else who is first to come."""
        known = [one for one in self._all if now_ns < one.until_ns]
        done = [one for one in known if one.fly_s is not None]
        return (*reversed(done), *known, None)[0]
