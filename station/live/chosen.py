"""What the next session is timed with, as Set-up found it: camera, gates, zone.

It decides how that is said in one line, and opens nothing: a session opens it when it begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from calibration.profile import Profile
from hardware.gates.protocol import Protocol
from station.camera.live import LiveCamera
from station.gates.record import Setup

SPEEDS_MPS = (3.0, 13.0)


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
    """

    fly_m: float
    camera: str = ""
    profile: Profile | None = None
    ports: tuple[str, ...] = ()
    markers: Mapping[str, int] = field(default_factory=dict)
    protocol: Protocol | None = None
    camera_fps: float = 60.0

    @property
    def films(self) -> bool:
        """Whether a camera times."""
        return bool(self.camera) and self.profile is not None

    def setup(self) -> Setup:
        """For `station.live.opening.Opening`: the zone and the gates; no ports without gates."""
        return Setup(self.fly_m, self.ports, dict(self.markers), SPEEDS_MPS)

    def live_camera(self, clips: Path) -> LiveCamera | None:
        """For the same: the camera, not yet opened; None where none times.

        Args:
            clips: The folder in which recordings of runs are kept.

        Raises:
            StationError: The cones fit no camera.
        """
        if not self.films or self.profile is None:
            return None
        import time

        from calibration.geometry import fit_zone
        from hardware.cameras import camera_named
        from hardware.clips import Clips
        from hardware.clock import SystemClock
        from hardware.usb_camera import Wanted

        clock = SystemClock()
        wanted = Wanted(self.profile.picture_px, self.camera_fps)
        camera = camera_named(self.camera, wanted, clock, time.sleep)
        zone = fit_zone(self.profile)
        return LiveCamera(camera, zone, Clips(clips), speeds_mps=SPEEDS_MPS, clock=clock)

    def said(self) -> str:
        """What a session is timed with, for a coach."""
        parts = []
        if self.ports:
            parts.append(f"gates at {' and '.join(self.ports)}")
        if self.films:
            parts.append(f"the camera {self.camera}")
        if not parts:
            return "timed by hand: no camera and no gates are set up"
        return f"timed by {' and '.join(parts)}, {self.fly_m:g} m"


BY_HAND = Chosen(30.0)
