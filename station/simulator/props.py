"""Things that stand about: the cones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from station.simulator.figure import Solid, Yuv
from station.simulator.motion import Floats
from station.simulator.palette import yuv_of

ORANGE = yuv_of((245.0, 95.0, 20.0))


@dataclass(frozen=True)
class Cone:
    """A marker's cone, 0.32 m high; the middle of its base stands at `at_m`, shape (3,)."""

    at_m: tuple[float, float, float]

    @property
    def y_m(self) -> float:
        """Lateral position."""
        return self.at_m[1]

    @property
    def speed_mps(self) -> float:
        """It stands."""
        return 0.0

    def solids(self) -> list[Solid]:
        """List a flat base and a tapered body."""
        return [Solid(0, None, (0.13, 0.13, 0.012), "orange"), Solid(1, 2, (0.075, 0.02), "orange")]

    def joints_m(self, t_s: Floats) -> Floats:
        """Find base, lower and upper end: shape (3, *S, 3)."""
        ends = np.array(self.at_m) + np.array([(0.0, 0.0, z) for z in (0.0, 0.075, 0.3)])
        shaped = ends.reshape(3, *(1,) * t_s.ndim, 3)
        return np.broadcast_to(shaped, (3, *t_s.shape, 3))

    def colour(self, name: str) -> Yuv:  # noqa: ARG002 - it has one
        """Orange."""
        return ORANGE

    def room_m(self, t_s: Floats) -> Floats:  # noqa: ARG002 - it stands
        """Find two opposite corners of the room it takes, shape (2, 3)."""
        around = np.array([(-0.2, -0.2, -0.05), (0.2, 0.2, 0.4)])
        return np.asarray(np.array(self.at_m) + around)
