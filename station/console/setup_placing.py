"""Cones on Set-up's frozen pictures: one camera's, or each one's where every marker has its own.

It decides which frozen picture what the coach says is about. How good cones are,
`calibration.quality` judges; what becomes of them, `station.live.bench` decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from calibration.geometry import Zone, fit_zone
from calibration.length import FlyBy
from calibration.plain import in_plain_words, verdict
from calibration.plausible import CHECK, WrongConeError
from calibration.profile import Pixel, Profile
from calibration.quality import quality_of
from hardware.errors import StationError
from station.live.bench import Bench, Picture

Points = tuple[Pixel, ...]
ON_THE_PAGE = {
    "add --camera-distance and --camera-height": (
        "write its distance and height into the fields below"
    ),
    "--camera-distance ": "the camera's distance of ",
    "--camera-height ": "the lens's height of ",
    "these cones fix no camera: ": "",
    "the cones fit no possible perspective: ": "",
    f"{CHECK}, and give both cones of each marker": CHECK,
    CHECK: "look at each pin: 'near' is the cone on the camera's side of the lane, 'far' the one "
    "across it; and at the zone's length",
}
"""What the command line says, and what is done here instead."""
Marker = Literal[2, 3]
LEAST_FLY_M, MOST_FLY_M = 5.0, 100.0


class Whose(msgspec.Struct, forbid_unknown_fields=True):
    """The camera that is meant: the one that sees a marker."""

    marker: Marker = 2


class Placed(msgspec.Struct, forbid_unknown_fields=True):
    """A zone, and its cones in a picture that is frozen.

    Attributes:
        fly_m: Its length.
        fly_by: How that was measured.
        marker2: Marker 2's cones, near first; none where gates alone time, or on the picture of
            Marker 3's camera.
        marker3: Marker 3's.
        lane_width_m: Between near and far cones.
        camera_distance_m: From the lane's middle, where measured.
        camera_height_m: Of the lens, where measured.
        towards: Which way runs go in a picture of one marker alone.
        lane_line: Two points on the lane's near edge, far to the left and to the right; or none.
    """

    fly_m: float
    fly_by: FlyBy
    marker2: Points = ()
    marker3: Points = ()
    lane_width_m: float = 1.22
    camera_distance_m: float | None = None
    camera_height_m: float | None = None
    towards: Literal["left", "right"] | None = None
    lane_line: Points = ()

    @property
    def marker(self) -> Marker:
        """By which the camera is told."""
        return 2 if self.marker2 or not self.marker3 else 3


class Placing:
    """The pictures that are frozen, and what is placed on them."""

    def __init__(self, bench: Bench) -> None:
        """Freeze nothing yet."""
        self._bench = bench
        self._frozen: dict[int, Picture] = {}
        self.number = 0

    def forget(self) -> None:
        """The cameras are others now."""
        self._frozen = {}

    def frozen(self, marker: int) -> Picture:
        """The picture of the camera that sees a marker.

        Raises:
            StationError: None is frozen.
        """
        picture = self._frozen.get(marker)
        if picture is None:
            raise StationError("freeze a picture first: the cones are placed in it")
        return picture

    def live(self, marker: int) -> Picture:
        """What the camera sees now.

        Raises:
            StationError: Nothing has come.
        """
        picture = self._bench.picture(marker)
        if picture is None:
            raise StationError(self._why(marker))
        return picture

    def waits(self, marker: int) -> str:
        """Why there is nothing to see of that camera, for a coach; empty where there is."""
        return "" if self._bench.picture(marker) is not None else self._why(marker)

    def _why(self, marker: int) -> str:
        if marker not in self._bench.markers:
            return f"no camera is set up at Marker {marker} alone: one sees both markers"
        return self._bench.trouble(marker) or "no picture has come yet; wait a moment"

    def freeze(self, said: Whose) -> dict[str, object]:
        """Keep what a camera sees; what the page shows on it."""
        picture = self.live(said.marker)
        self._frozen[said.marker], self.number = picture, self.number + 1
        height_px, width_px = picture.shape[:2]
        profile = self._bench.profile(said.marker)
        known: Sequence[Points] = ()
        if profile is not None and profile.picture_px == (width_px, height_px):
            known = profile.marker2_px, profile.marker3_px
        apart = len(self._bench.markers) > 1
        return {
            "picture": self.number,
            "picture_px": [width_px, height_px],
            "cones": [list(cones) for cones in known],
            "markers": [said.marker] if apart else [2, 3],
            "towards": None if profile is None else profile.towards,
            "lane_line": list(profile.lane_line_px) if known and profile is not None else [],
            "measured": None if profile is None or not apart else measured(profile),
        }

    def propose(self, said: Whose) -> dict[str, object]:
        """The left and the right marker's cones as a frozen picture of both seems to show them."""
        from station.vision.cones import propose

        picture = self._frozen.get(said.marker)
        if picture is None or len(self._bench.markers) > 1:
            return {"cones": []}
        found = propose(picture)
        return {"cones": [[(cone.u_px, cone.v_px) for cone in marker] for marker in found or ()]}

    def look(self, said: Placed) -> dict[str, object]:
        """What these cones would tell."""
        quality = quality_of(self._zone(said))
        state, words = verdict(quality)
        return {"state": state, "said": words, "lines": in_plain_words(quality)}

    def place(self, said: Placed) -> None:
        """Take them."""
        if said.marker2 or said.marker3:
            self._bench.place(self._zone(said).profile, self.frozen(said.marker))
            return
        check_length(said.fly_m)
        self._bench.measure(said.fly_m, said.fly_by)

    def _zone(self, said: Placed) -> Zone:
        height_px, width_px = self.frozen(said.marker).shape[:2]
        check_length(said.fly_m)
        profile = Profile(
            said.fly_m,
            (width_px, height_px),
            said.marker2,
            said.marker3,
            said.lane_width_m,
            camera_distance_m=said.camera_distance_m,
            camera_height_m=said.camera_height_m,
            fly_by=said.fly_by,
            towards=said.towards,
            lane_line_px=said.lane_line,
        )
        try:
            return fit_zone(profile)
        except StationError as error:
            raise StationError(on_the_page(error)) from None


def on_the_page(error: StationError) -> str:
    """What is wrong, and what to do on the page."""
    said = str(error)
    for words, here in ON_THE_PAGE.items():
        said = said.replace(words, here)
    return f"✖ a cone is wrong: {said}" if isinstance(error, WrongConeError) else said


def check_length(fly_m: float) -> None:
    """Refuse what is no length of a Fly Zone; its fields on the page have the same bounds.

    Raises:
        StationError: It is none.
    """
    if not LEAST_FLY_M <= fly_m <= MOST_FLY_M:
        raise StationError(
            f"the zone's length is {fly_m:g}; give a number of metres, from {LEAST_FLY_M:g} to "
            f"{MOST_FLY_M:g}"
        )


def measured(profile: Profile) -> dict[str, object]:
    """What is known of a camera's place, for the page's fields."""
    return {
        "lane_width_m": profile.lane_width_m,
        "camera_distance_m": profile.camera_distance_m,
        "camera_height_m": profile.camera_height_m,
    }
