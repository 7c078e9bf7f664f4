"""What the next session is timed with, as Set-up found it: camera, gates, zone.

It decides how that is said in one line, and opens nothing: a session opens it when it begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.camera_sync import CameraSync
from calibration.length import FlyBy
from calibration.profile import Profile
from hardware.camera import Camera
from hardware.clock import Clock, SystemClock
from hardware.gates.protocol import Protocol
from hardware.stream_camera import without_password
from station.camera.live import LiveCamera
from station.camera.watched import WatchedCamera
from station.gates.record import Setup
from station.speeds import RUN_MPS
from station.workout.usual import USUAL_FLY_M
from station.zero import NO_ZERO, Zero

USUAL_PX = (1280, 720)
Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Second:
    """The camera at Marker 3, where each marker has one of its own.

    Attributes:
        camera: As the coach names it.
        profile: Where Marker 3's cones are in its picture; None where they were not placed.
        placed_on: See `Chosen`.
        sync: How its clock goes with the first one's; None where no flashes told.
        flashed: When they did, UTC; empty where that is not known.
        since: Whether a camera may have been switched off since, and have another delay by now.
    """

    camera: str
    profile: Profile | None = None
    placed_on: Picture | None = field(default=None, compare=False, repr=False)
    sync: CameraSync | None = None
    flashed: str = ""
    since: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """Devices, and where they stand.

    Attributes:
        fly_m: Length of the Fly Zone.
        camera: As the coach names it: a number, an address, a saved video; empty for none. It sees
            Marker 2 alone where there is a second.
        profile: Where the cones are in its picture; None where they were not placed.
        ports: The gates', in order; none where there are none.
        markers: Gate → marker, empty for the usual.
        protocol: What the gates speak, None to find out.
        camera_fps: Pictures a second that a USB camera is asked for.
        fly_by: How the Fly Zone was measured; None where that was not said.
        placed_on: The picture on which the cones were placed or looked at last, its brightness;
            None where nobody kept it.
        second: Sees Marker 3; None where one camera sees both, or none does.
        camera_px: Size of pictures that a USB camera is asked for.
        zero: How camera and gates differ, where that was tested.
        zeroed: When it was, UTC; empty where it was not.
        zero_since: Whether gates or cones may have been put elsewhere since; it counts no longer.
    """

    fly_m: float
    camera: str = ""
    profile: Profile | None = None
    ports: tuple[str, ...] = ()
    markers: Mapping[str, int] = field(default_factory=dict)
    protocol: Protocol | None = None
    camera_fps: float = 60.0
    fly_by: FlyBy | None = None
    placed_on: Picture | None = field(default=None, compare=False, repr=False)
    second: Second | None = None
    camera_px: tuple[int, int] = USUAL_PX
    zero: Zero = NO_ZERO
    zeroed: str = ""
    zero_since: bool = False

    @property
    def films(self) -> bool:
        """Whether a camera times, or two that go together do."""
        return bool(self.camera) and not self.lacking

    @property
    def lacking(self) -> str:
        """What its cameras still lack, for a coach; empty where nothing."""
        if self.second is None:
            return "" if self.profile is not None else "has no cones yet"
        bare = [marker for marker in (2, 3) if self.profile_at(marker) is None]
        if bare:
            return f"has no cones yet at Marker {' and '.join(map(str, bare))}"
        return "" if self.second.sync is not None else "waits for the flashes that both see"

    @property
    def markers_apart(self) -> tuple[int, ...]:
        """The markers by which cameras are told: 2 alone for the only one."""
        return (2,) if self.second is None else (2, 3)

    def camera_at(self, marker: int) -> str:
        """The camera that sees a marker, as the coach names it."""
        return self.second.camera if marker == 3 and self.second is not None else self.camera

    def profile_at(self, marker: int) -> Profile | None:
        """The cones of the camera that sees a marker."""
        return self.second.profile if marker == 3 and self.second is not None else self.profile

    def placed(self, marker: int, profile: Profile, on: Picture | None) -> Chosen:
        """The same with the cones of the camera that sees a marker.

        The zone's length is one for both.
        """
        chosen = replace(self, fly_m=profile.fly_m, fly_by=profile.fly_by)
        second = self.second
        if second is None:
            return replace(chosen, profile=profile, placed_on=on)
        at = {2: self.profile, 3: second.profile, marker: profile}
        first, third = (
            None if one is None else replace(one, fly_m=profile.fly_m, fly_by=profile.fly_by)
            for one in (at[2], at[3])
        )
        second = replace(second, profile=third)
        if marker == 3:
            return replace(chosen, profile=first, second=replace(second, placed_on=on))
        return replace(chosen, profile=first, placed_on=on, second=second)

    @property
    def zero_now(self) -> Zero:
        """What a session counts with: none where gates or cones may stand elsewhere by now."""
        both = self.films and bool(self.ports)
        return self.zero if both and not self.zero_since else NO_ZERO

    def without_zero(self) -> Chosen:
        """The same, to be tested anew."""
        return replace(self, zero=NO_ZERO, zeroed="", zero_since=False)

    def after(self, before: Chosen) -> Chosen:
        """The same, with what still holds of a zero test that was made with what was set up before.

        It is of these cameras, cones, gates and length; where cones are to be confirmed, it is too.
        """
        if self._compared() != before._compared():
            return self.without_zero()
        unsure = any(one is not None and one.unconfirmed for _, one in self._each())
        return replace(self, zero_since=True) if unsure and self.zero.passages else self

    def after_loss(self) -> Chosen:
        """The same once a camera was lost: as late as at the flashes it may not be any more."""
        second = self.second
        if second is None or second.sync is None or second.sync.clock == "recordings":
            return self
        return replace(self, second=replace(second, since=True))

    def _each(self) -> list[tuple[str, Profile | None]]:
        return [(self.camera_at(one), self.profile_at(one)) for one in self.markers_apart]

    def _compared(self) -> tuple[object, ...]:
        """What a zero test is of."""
        cones = [
            (camera, None if profile is None else replace(profile, unconfirmed=False))
            for camera, profile in self._each()
        ]
        return self.fly_m, self.ports, cones

    def swapped(self) -> Chosen:
        """The same with each camera at the other marker; their cones are to be placed anew."""
        if self.second is None:
            return self
        sync = self.second.sync
        second = replace(
            self.second,
            camera=self.camera,
            profile=None,
            placed_on=None,
            sync=None if sync is None else sync.swapped,
        )
        first = self.second.camera
        return replace(
            self, camera=first, profile=None, placed_on=None, second=second
        ).without_zero()

    def setup(self, speeds_mps: tuple[float, float] = RUN_MPS) -> Setup:
        """For `station.live.opening.Opening`: the zone and the gates; no ports without gates.

        Args:
            speeds_mps: Slowest and fastest that counts as a run.
        """
        markers = dict(self.markers)
        return Setup(self.fly_m, self.ports, markers, speeds_mps, fly_by=self.fly_by)

    def camera_of(self, clock: Clock, marker: int = 2, begun_ns: int | None = None) -> Camera:
        """The camera itself that sees a marker, not yet opened.

        Args:
            clock: Station time.
            marker: 2 or 3.
            begun_ns: Since when a saved video is played; None: since it is opened.
        """
        import time

        from hardware.cameras import camera_named
        from hardware.usb_camera import Wanted

        profile = self.profile_at(marker)
        wanted = Wanted(self.camera_px if profile is None else profile.picture_px, self.camera_fps)
        return camera_named(self.camera_at(marker), wanted, clock, time.sleep, begun_ns)

    def live_camera(
        self,
        clips: Path,
        speeds_mps: tuple[float, float] = RUN_MPS,
        clock: Clock | None = None,
    ) -> WatchedCamera | None:
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
        from hardware.cameras import LEAD_NS
        from hardware.clips import Clips
        from station.camera.pair import CameraPair
        from station.film.pair import cameras

        clock, room = clock or SystemClock(), Clips(clips)
        second = self.second

        def live(marker: int, profile: Profile, on: Picture | None) -> LiveCamera:
            camera = self.camera_of(clock, marker, None if second is None else begun_ns)
            zone = fit_zone(profile)
            return LiveCamera(camera, zone, room, speeds_mps=speeds_mps, clock=clock, placed_on=on)

        begun_ns = clock.now_ns() + LEAD_NS
        one = live(2, self.profile, self.placed_on)
        if second is None or second.profile is None or second.sync is None:
            return one
        other = live(3, second.profile, second.placed_on)
        cameras(one.zone, other.zone)
        sync = second.sync
        if sync.clock == "recordings":
            sync = sync.played(begun_ns * 1e-9)
        return CameraPair(
            one, other, sync, speeds_mps=speeds_mps, clock=clock, in_doubt=second.since
        )

    def said(self) -> str:
        """What a session is timed with, for a coach."""
        parts = []
        if self.ports:
            parts.append(f"gates at {' and '.join(self.ports)}")
        if self.films:
            parts.append(self.camera_said())
        if not parts:
            lacks = f"{self.camera_said()} {self.lacking}"
            return f"timed by hand: {lacks if self.camera else 'nothing is set up'}"
        both = [self.profile_at(marker) for marker in self.markers_apart]
        unsure = any(one is not None and one.unconfirmed for one in both)
        unsure_said = ", cones not confirmed yet" if unsure else ""
        return f"timed by {' and '.join(parts)}, {self.fly_m:g} m{unsure_said}"

    def camera_said(self) -> str:
        """The camera, or both, for a coach."""
        return " with ".join(_said(self.camera_at(marker)) for marker in self.markers_apart)


def _said(camera: str) -> str:
    if camera.isdecimal():
        return f"camera {camera}"
    if "://" in camera:
        return f"the camera at {without_password(camera)}"
    return f"the video {Path(camera).name}"


BY_HAND = Chosen(USUAL_FLY_M)
