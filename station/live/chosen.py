"""What the next session is timed with, as Set-up found it: camera, gates, zone.

It decides how that is said in one line, and opens nothing: a session opens it when it begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.length import FlyBy
from calibration.profile import Profile
from hardware.camera import Camera
from hardware.clock import Clock, SystemClock
from hardware.gates.protocol import Protocol
from hardware.stream_camera import without_password
from station.camera.live import LiveCamera
from station.gates.record import Setup

SPEEDS_MPS = (3.0, 13.0)
USUAL_PX = (1280, 720)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Devices, and where they stand.

    Attributes:
        fly_m: Length of the Fly Zone.
        camera: As the coach names it: a number, an address, a saved video; empty for none.
        profile: Where the cones are in its picture; None where they were not placed.
        ports: The gates', in order; none where there are none.
        markers: Gate → marker, empty for the usual.
        protocol: What the gates speak, None to find out.
        camera_fps: Pictures a second that a USB camera is asked for.
        fly_by: How the Fly Zone was measured; None where that was not said.
        placed_on: The picture on which the cones were placed or looked at last, its brightness;
            None where nobody kept it.
    """

    fly_m: float
    camera: str = ""
    profile: Profile | None = None
    ports: tuple[str, ...] = ()
    markers: Mapping[str, int] = field(default_factory=dict)
    protocol: Protocol | None = None
    camera_fps: float = 60.0
    fly_by: FlyBy | None = None
    placed_on: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)

    @property
    def films(self) -> bool:
        """Whether a camera times."""
        return bool(self.camera) and self.profile is not None

    def setup(self, speeds_mps: tuple[float, float] = SPEEDS_MPS) -> Setup:
        """For `station.live.opening.Opening`: the zone and the gates; no ports without gates.

        Args:
            speeds_mps: Slowest and fastest that counts as a run.
        """
        markers = dict(self.markers)
        return Setup(self.fly_m, self.ports, markers, speeds_mps, fly_by=self.fly_by)

    def camera_of(self, clock: Clock) -> Camera:
        """The camera itself, not yet opened.

        Args:
            clock: Station time.
        """
        import time

        from hardware.cameras import camera_named
        from hardware.usb_camera import Wanted

        picture_px = USUAL_PX if self.profile is None else self.profile.picture_px
        wanted = Wanted(picture_px, self.camera_fps)
        return camera_named(self.camera, wanted, clock, time.sleep)

    def live_camera(
        self,
        clips: Path,
        speeds_mps: tuple[float, float] = SPEEDS_MPS,
        clock: Clock | None = None,
    ) -> LiveCamera | None:
        """For `station.live.opening.Opening`: the camera, not yet opened; None where none times.

        Args:
            clips: The folder in which recordings of runs are kept.
            speeds_mps: Slowest and fastest that counts as a run.
            clock: Station time; the computer's by default.

        Raises:
            StationError: The cones fit no camera.
        """
        if not self.films or self.profile is None:
            return None
        from calibration.geometry import fit_zone
        from hardware.clips import Clips

        clock = clock or SystemClock()
        return LiveCamera(
            self.camera_of(clock),
            fit_zone(self.profile),
            Clips(clips),
            speeds_mps=speeds_mps,
            clock=clock,
            placed_on=self.placed_on,
        )

    def said(self) -> str:
        """What a session is timed with, for a coach."""
        parts = []
        if self.ports:
            parts.append(f"gates at {' and '.join(self.ports)}")
        if self.films:
            parts.append(self.camera_said())
        if not parts:
            why = f"{self.camera_said()} has no cones yet" if self.camera else "nothing is set up"
            return f"timed by hand: {why}"
        unsure = ", cones not confirmed yet" if self.profile and self.profile.unconfirmed else ""
        return f"timed by {' and '.join(parts)}, {self.fly_m:g} m{unsure}"

    def camera_said(self) -> str:
        """The camera, for a coach."""
        if self.camera.isdecimal():
            return f"camera {self.camera}"
        if "://" in self.camera:
            return f"the camera at {without_password(self.camera)}"
        return f"the video {Path(self.camera).name}"


BY_HAND = Chosen(30.0)
