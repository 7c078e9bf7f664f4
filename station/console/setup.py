"""The page on which devices are chosen, cones placed, a walk tried and the sound heard.

It decides what the page is told, and which step is green and which is urged next. What the devices
do, `station.live.bench` decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from calibration.geometry import Zone, fit_zone
from calibration.length import LENGTH_SD, FlyBy
from calibration.lens import LENSES, least_distance_m
from calibration.plain import in_plain_words, verdict
from calibration.profile import Pixel, Profile, check_amount
from calibration.quality import quality_of
from hardware.cameras import is_file
from hardware.errors import StationError
from hardware.gates.known import protocol_named
from hardware.gates.serial_port import available
from hardware.plugged_cameras import plugged_cameras
from hardware.stream_camera import without_password
from station.console.guard import is_this_computer
from station.console.room import Answer, Method, as_json, body
from station.console.setup_site import Camera, site_drawing
from station.gates.ports import Plugged, plugged_in
from station.live.bench import Bench, Picture, State
from station.live.chosen import BY_HAND, Chosen
from station.live.ground import Ground
from station.voice.check import SETTLED_S

JPEG_QUALITY = 80
FROZEN_QUALITY = 95  # in which cones are placed to parts of a pixel
NARROWEST_PX, WIDEST_PX = 240.0, 2000.0
USUAL_VIEW_DEG = 62.0
MEASURED: dict[FlyBy, str] = {
    "marks": "the lane's own marks",
    "tape": "a tape",
    "wheel": "a measuring wheel",
    "paces": "paces",
}
Points = tuple[Pixel, ...]


class See(msgspec.Struct, forbid_unknown_fields=True):
    """Devices that are chosen.

    Attributes:
        camera: A number, an address or a file; empty for none.
        ports: The gates', at Marker 2 first.
        protocol: What they speak, as it was found; empty to find out.
    """

    camera: str = ""
    ports: tuple[str, ...] = ()
    protocol: str = ""


class Placed(msgspec.Struct, forbid_unknown_fields=True):
    """A zone, and its cones in the picture that is frozen.

    Attributes:
        fly_m: Its length.
        fly_by: How that was measured.
        marker2: Marker 2's cones, near first; none where gates alone time.
        marker3: Marker 3's.
        lane_width_m: Between near and far cones.
        camera_distance_m: From the lane's middle, where measured.
        camera_height_m: Of the lens, where measured.
    """

    fly_m: float
    fly_by: FlyBy
    marker2: Points = ()
    marker3: Points = ()
    lane_width_m: float = 1.22
    camera_distance_m: float | None = None
    camera_height_m: float | None = None


class GoesOn(msgspec.Struct, forbid_unknown_fields=True):
    """Whether something is to go on."""

    on: bool


class SetupRoom:
    """Answers what `/setup` asks.

    Attributes:
        name: Of the page.
    """

    name = "setup"

    def __init__(self, ground: Ground, bench: Bench | None = None) -> None:
        """Make ready.

        Args:
            ground: Where sessions are held.
            bench: Does what is to be done with devices.
        """
        self._ground, self._bench = ground, bench or Bench(ground)
        self._frozen: Picture | None = None
        self._number = 0

    def answers(self) -> Iterable[tuple[Method, str, Answer]]:
        """See `station.console.room.Room`."""
        return (
            ("GET", "", self._answer(self._state)),
            ("GET", "/devices", self._answer(self._devices)),
            ("POST", "/ask", self._answer(self._ask)),
            ("GET", "/site", self._site),
            ("GET", "/picture.jpg", self._live),
            ("GET", "/frozen.jpg", self._shown),
            ("POST", "/see", self._choose),
            ("POST", "/last", self._answer(self._as_last)),
            ("POST", "/freeze", self._answer(self._freeze)),
            ("POST", "/propose", self._answer(self._propose)),
            ("POST", "/look", self._take(Placed, self._look)),
            ("POST", "/place", self._take(Placed, self._place)),
            ("POST", "/try", self._take(GoesOn, lambda said: self._bench.try_out(on=said.on))),
            ("POST", "/hear", self._answer(self._bench.listen)),
            ("POST", "/heard", self._take(GoesOn, self._heard)),
        )

    def _answer(self, act: Callable[[], Any]) -> Answer:
        """Do it aside; the answer is what it gives, else the state."""

        async def give(_: Request) -> Response:
            return await self._done(act)

        return give

    def _take(self, kind: type[Any], act: Callable[[Any], Any]) -> Answer:
        """The same with what was sent."""

        async def give(request: Request) -> Response:
            return await self._done(act, msgspec.json.decode(await body(request), type=kind))

        return give

    async def _done(self, act: Callable[..., Any], *said: object) -> Response:
        got = await run_in_threadpool(act, *said)
        return as_json(await run_in_threadpool(self._state) if got is None else got)

    def _devices(self) -> dict[str, object]:
        """What the system lists, at once; a port that is no USB port is hardly a gate's."""
        usb = (Plugged(one) for one in available() if one.vid is not None)
        return {
            "cameras": [
                {"camera": str(one.number), "name": f"{one.name} (camera {one.number})"}
                for one in plugged_cameras()
            ],
            "gates": [_gate(one, f"{one.listed.port}  {one.listed.seems or ''}") for one in usb],
        }

    def _ask(self) -> dict[str, object]:
        """The same, and each port was asked what it is; this takes seconds."""
        found = plugged_in(lambda _: None)
        return {**self._devices(), "gates": [_gate(one, one.line()) for one in found]}

    def _state(self) -> dict[str, object]:
        bench, chosen = self._bench, self._ground.chosen
        lines, seen, trying = bench.tried()
        last = bench.last if chosen == BY_HAND else None
        profile = bench.profile()
        steps = self._steps(chosen, seen=seen)
        urged = next((name for name, state, _ in steps if state != "good"), "")
        return {
            "session": self._ground.on is not None,
            "last": "" if last is None else last.said(),
            "chosen": chosen.said(),
            "camera": without_password(chosen.camera),
            "gates": list(chosen.ports),
            "steps": [{"name": name, "state": state, "said": said} for name, state, said in steps],
            "urged": urged,
            "picture": self._number,
            "place": _as_keys(profile, chosen),
            "lenses": [{"name": name, "view_deg": deg} for name, deg in LENSES],
            "measured": [
                {"by": by, "name": name, "share": f"±{196 * LENGTH_SD[by]:.2g} %"}
                for by, name in MEASURED.items()
            ],
            "try": {"on": trying, "lines": lines},
            "hear": {"on": bench.sounding, "lines": list(bench.heard), "settles_s": SETTLED_S},
        }

    def _steps(self, chosen: Chosen, *, seen: bool) -> list[tuple[str, State, str]]:
        bench, profile = self._bench, self._bench.profile()
        see: tuple[State, str] = ("none", "choose a camera or gates")
        place: tuple[State, str] = ("none", "say where the cones are")
        if chosen.camera or self._ground.on is not None:
            trouble = bench.trouble()
            see = ("bad", trouble) if trouble else ("none", "waiting for a picture")
            if not trouble and bench.picture() is not None:
                see = ("good", "pictures come")
        elif chosen.ports:
            see = ("good", f"gates at {' and '.join(chosen.ports)}")
        if profile is not None:
            place = ("good", f"{profile.fly_m:g} m")
            if profile.unconfirmed:
                place = ("doubt", "do the cones still stand there?")
        elif chosen.ports and not chosen.camera and chosen.fly_by is not None:
            place = ("good", f"{chosen.fly_m:g} m")
        tried: tuple[State, str] = ("good", "seen at both markers") if seen else ("none", "walk")
        heard: tuple[State, str] = ("good", "heard") if bench.hears else ("none", "listen")
        return [("see", *see), ("place", *place), ("try", *tried), ("hear", *heard)]

    async def _choose(self, request: Request) -> Response:
        said = msgspec.json.decode(await body(request), type=See)
        camera = self._ground.chosen.camera
        if said.camera in (without_password(camera), Path(camera).name):  # as the page was told
            said.camera = camera
        client = request.client.host if request.client else ""
        here = is_this_computer(client, request.headers["host"])
        another = said.camera not in ("", camera)
        if another and is_file(said.camera) and not here:
            raise StationError("a saved video is chosen on the laptop itself, whose files they are")
        return await self._done(self._see, said)

    def _see(self, said: See) -> None:
        chosen = self._ground.chosen
        profile, placed_on = chosen.profile, chosen.placed_on
        if said.camera != chosen.camera:
            profile = placed_on = None
        elif profile is not None and said.ports == chosen.ports:  # the camera was chosen again
            profile = replace(profile, unconfirmed=True)
        protocol = protocol_named(said.protocol) if said.protocol else None
        self._frozen = None
        self._bench.choose(
            replace(
                chosen,
                camera=said.camera.strip(),
                profile=profile,
                placed_on=placed_on,
                ports=said.ports,
                markers={},
                protocol=protocol,
            )
        )

    def _as_last(self) -> None:
        last = self._bench.last
        if last is None:
            raise StationError("there is no set-up of an earlier day; choose a camera or gates")
        self._frozen = None
        self._bench.choose(last)

    def _freeze(self) -> dict[str, object]:
        picture = self._bench.picture()
        if picture is None:
            raise StationError(self._bench.trouble() or "no picture has come yet; wait a moment")
        self._frozen, self._number = picture, self._number + 1
        height_px, width_px = picture.shape[:2]
        profile = self._bench.profile()
        known: Sequence[Points] = ()
        if profile is not None and profile.picture_px == (width_px, height_px):
            known = profile.marker2_px, profile.marker3_px
        return {
            "picture": self._number,
            "picture_px": [width_px, height_px],
            "cones": [list(cones) for cones in known],
        }

    def _propose(self) -> dict[str, object]:
        """The left and the right marker's cones as the frozen picture seems to show them."""
        from station.vision.cones import propose

        found = None if self._frozen is None else propose(self._frozen)
        return {"cones": [[(cone.u_px, cone.v_px) for cone in marker] for marker in found or ()]}

    def _look(self, said: Placed) -> dict[str, object]:
        """What these cones would tell."""
        quality = quality_of(self._zone(said))
        state, words = verdict(quality)
        return {"state": state, "said": words, "lines": in_plain_words(quality)}

    def _place(self, said: Placed) -> None:
        if said.marker2 or said.marker3:
            self._bench.place(self._zone(said).profile, self._placed_on())
            return
        check_amount("fly_m", said.fly_m, "the zone's length")
        chosen = replace(self._ground.chosen, fly_m=said.fly_m, fly_by=said.fly_by)
        self._bench.measure(chosen)

    def _placed_on(self) -> Picture:
        if self._frozen is None:
            raise StationError("freeze a picture first: the cones are placed in it")
        return self._frozen

    def _zone(self, said: Placed) -> Zone:
        height_px, width_px = self._placed_on().shape[:2]
        check_amount("fly_m", said.fly_m, "the zone's length")
        return fit_zone(
            Profile(
                said.fly_m,
                (width_px, height_px),
                said.marker2,
                said.marker3,
                said.lane_width_m,
                camera_distance_m=said.camera_distance_m,
                camera_height_m=said.camera_height_m,
                fly_by=said.fly_by,
            )
        )

    def _heard(self, said: GoesOn) -> None:
        self._bench.hears = said.on

    async def _site(self, request: Request) -> Response:
        asked = request.query_params
        wide_px = min(max(_number(asked.get("wide"), 900.0), NARROWEST_PX), WIDEST_PX)
        view_deg = _number(asked.get("view"), USUAL_VIEW_DEG)
        fly_m = _number(asked.get("fly"), BY_HAND.fly_m)
        check_amount("fly_m", fly_m, "the zone's length")
        camera = Camera(fly_m / 2, least_distance_m(fly_m, view_deg), view_deg)
        said = (
            f"At least {camera.distance_m:.0f} m from the lane, before the middle of the zone, as "
            "high as it goes. Farther back and zoomed in is better."
        )
        return as_json({"drawing": site_drawing(fly_m, camera, wide_px), "said": said})

    async def _live(self, _: Request) -> Response:
        picture = await run_in_threadpool(self._bench.picture)
        if picture is None:
            raise StationError(self._bench.trouble() or "no picture has come yet; wait a moment")
        return await run_in_threadpool(_jpeg, picture, JPEG_QUALITY)

    async def _shown(self, _: Request) -> Response:
        if self._frozen is None:
            raise StationError("no picture is frozen; freeze one first")
        return await run_in_threadpool(_jpeg, self._frozen, FROZEN_QUALITY)


def _gate(one: Plugged, said: str) -> dict[str, str]:
    return {"port": one.listed.port, "protocol": one.protocol or "", "said": said}


def _as_keys(profile: Profile | None, chosen: Chosen) -> dict[str, object]:
    """What is known of the zone, for the page's fields."""
    if profile is None:
        return {"fly_m": chosen.fly_m, "fly_by": chosen.fly_by or "tape", "cones": []}
    return {
        "fly_m": profile.fly_m,
        "fly_by": profile.fly_by or "tape",
        "cones": [profile.marker2_px, profile.marker3_px],
        "lane_width_m": profile.lane_width_m,
        "camera_distance_m": profile.camera_distance_m,
        "camera_height_m": profile.camera_height_m,
    }


def _jpeg(picture: Picture, quality: int) -> Response:
    data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
    return Response(data, media_type="image/jpeg")


def _number(text: str | None, usual: float) -> float:
    try:
        return float(text or usual)
    except ValueError:
        raise StationError(f"'{text}' is no number; write digits, as 30") from None
