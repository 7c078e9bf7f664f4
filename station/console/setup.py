"""The page on which devices are chosen, cones placed, a walk tried and the sound heard.

It decides what the page is told, and which step is green and which is urged next. What the devices
do, `station.live.bench` decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import isfinite, nan
from typing import Any

import cv2
import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from calibration.interval import INTERVAL_95
from calibration.length import LENGTH_SD, FlyBy
from calibration.lens import LENSES, least_distance_m
from calibration.profile import Profile
from hardware.errors import StationError
from hardware.gates.serial_port import available
from hardware.plugged_cameras import plugged_cameras
from hardware.stream_camera import without_password
from station.console.guard import is_this_computer
from station.console.room import Answer, Method, as_json, body
from station.console.setup_choosing import (
    See,
    as_meant,
    check_files,
    choose,
    clocks_said,
    files_beyond,
    zero_said,
)
from station.console.setup_placing import Placed, Placing, Whose, check_length, measured
from station.console.setup_site import Camera, site_drawing
from station.gates.ports import Plugged, plugged_in
from station.live.bench import Bench, Picture, State
from station.live.chosen import BY_HAND, Chosen, Second
from station.live.ground import Ground
from station.live.trying import nothing_to_try
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
        self._placing = Placing(self._bench)

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
            ("POST", "/swap", self._answer(self._swap)),
            ("POST", "/flash", self._take(GoesOn, lambda said: self._bench.flash(on=said.on))),
            ("POST", "/freeze", self._take(Whose, self._placing.freeze)),
            ("POST", "/propose", self._take(Whose, self._placing.propose)),
            ("POST", "/look", self._take(Placed, self._placing.look)),
            ("POST", "/place", self._take(Placed, self._placing.place)),
            ("POST", "/try", self._take(GoesOn, lambda said: self._bench.try_out(on=said.on))),
            ("POST", "/zero", self._take(GoesOn, lambda said: self._bench.zero_test(on=said.on))),
            ("POST", "/zero-holds", self._answer(self._bench.zero_holds)),
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
        self._bench.asked = {one.listed.port: one for one in found}
        return {**self._devices(), "gates": [_gate(one, one.line()) for one in found]}

    def _state(self) -> dict[str, object]:
        clocks, zero = self._clocks(), self._zero()  # first: what ends there, all else knows of
        bench, chosen = self._bench, self._ground.chosen
        lines, seen, trying = bench.tried()
        last, broken = self._last(chosen)
        profile = bench.profile()
        steps = self._steps(chosen, seen=seen)
        urged = next((name for name, state, _ in steps if state != "good"), "")
        return {
            "session": self._ground.on is not None,
            "filmed": self._ground.filmed,
            "last": "" if last is None else last.said(),
            "broken": broken,
            "chosen": chosen.said(),
            "camera": without_password(chosen.camera),
            "gates": list(chosen.ports),
            "unasked": any(port not in bench.asked for port in chosen.ports),
            "steps": [{"name": name, "state": state, "said": said} for name, state, said in steps],
            "urged": urged,
            "camera3": without_password(chosen.camera_at(3)) if chosen.second else "",
            "asked": {"fps": chosen.camera_fps, "size": "{}x{}".format(*chosen.camera_px)},
            "apart": len(bench.markers) > 1,
            "unplaced": [marker for marker in bench.markers if not _stands(bench.profile(marker))],
            "clocks": clocks,
            "zero": zero,
            "picture": self._placing.number,
            "waits": self._waits(),
            "place": _as_keys(profile, chosen),
            "lenses": [{"name": name, "view_deg": deg} for name, deg in LENSES],
            "measured": [
                {"by": by, "name": name, "good_to": good_to(by)} for by, name in MEASURED.items()
            ],
            "try": {"on": trying, "lines": lines, "lacks": nothing_to_try(chosen)},
            "hear": {"on": bench.sounding, "lines": list(bench.heard), "settles_s": SETTLED_S},
        }

    def _steps(self, chosen: Chosen, *, seen: bool) -> list[tuple[str, State, str]]:
        bench, profile = self._bench, self._bench.profile()
        see: tuple[State, str] = ("none", "choose a camera or gates")
        place: tuple[State, str] = ("none", "say where the cones are")
        if chosen.camera or self._ground.on is not None:
            trouble = next(filter(None, map(bench.trouble, bench.markers)), "")
            waits = "watching for flashes" if bench.flashed()[1] else "waiting for a picture"
            see = ("bad", trouble) if trouble else ("none", waits)
            if not trouble and all(bench.picture(one) is not None for one in bench.markers):
                see = ("good", "pictures come")
                if chosen.second is not None and self._ground.on is None:
                    see = self._clocks_state(chosen.second)
        elif chosen.ports:
            see = ("good", f"gates at {' and '.join(chosen.ports)} answer")
        if self._ground.on is None and see[0] == "good" and not seen:
            see = next(filter(None, map(self._unanswered, chosen.ports)), see)
        both = [bench.profile(marker) for marker in bench.markers]
        if profile is not None and None in both:
            place = ("none", "say where Marker 3's cones are")
        elif profile is not None:
            place = ("good", f"{profile.fly_m:g} m")
            if any(one is not None and one.unconfirmed for one in both):
                place = ("doubt", "do the cones still stand there?")
        elif chosen.ports and not chosen.camera and chosen.fly_by is not None:
            place = ("good", f"{chosen.fly_m:g} m")
        tried: tuple[State, str] = ("good", "seen at both markers") if seen else ("none", "walk")
        heard: tuple[State, str] = ("good", "heard") if bench.hears else ("none", "listen")
        return [("see", *see), ("place", *place), ("try", *tried), ("hear", *heard)]

    def _waits(self) -> dict[int, str]:
        """Why no picture is to be had yet, by marker; empty where one is."""
        if not self._ground.chosen.camera and self._ground.on is None:
            return {}
        return {marker: self._placing.waits(marker) for marker in self._bench.markers}

    def _unanswered(self, port: str) -> tuple[State, str] | None:
        """What is known of a port at which no gate is known to be; None where one answered."""
        asked = self._bench.asked.get(port)
        if asked is None:
            return "none", f"{port}: not asked yet what is there"
        return None if asked.protocol else ("bad", f"{port}: {asked.problem}")

    def _last(self, chosen: Chosen) -> tuple[Chosen | None, str]:
        """The set-up of last time while nothing is chosen, and why it cannot be offered."""
        try:
            return (self._bench.last if chosen == BY_HAND else None), ""
        except StationError as error:
            return None, str(error)

    def _clocks_state(self, second: Second) -> tuple[State, str]:
        if second.sync is None:
            return "none", "flash a torch at both"
        return (
            ("doubt", "flash at both again")
            if second.since
            else ("good", "pictures come, clocks go together")
        )

    def _zero(self) -> dict[str, object]:
        """How gates and camera differ, and what is told of the passages."""
        lines, on = self._bench.zeroed()  # first: it may end
        chosen = self._ground.chosen
        return {
            "can": chosen.films and bool(chosen.ports) and self._ground.on is None,
            "on": on,
            "lines": lines,
            "said": zero_said(chosen.zero, chosen.zeroed, since=chosen.zero_since),
            "since": chosen.zero_since,
            "known": bool(chosen.zero.passages),
        }

    def _clocks(self) -> dict[str, object]:
        """How the clocks of two cameras go together, and what is told of the flashes."""
        lines, on = self._bench.flashed()
        second = self._ground.chosen.second
        said = "" if second is None else clocks_said(second)
        return {"on": on, "lines": lines, "said": said, "known": bool(second and second.sync)}

    async def _choose(self, request: Request) -> Response:
        chosen = self._ground.chosen
        said = as_meant(msgspec.json.decode(await body(request), type=See), chosen)
        client = request.client.host if request.client else ""
        here = is_this_computer(client, request.headers["host"])
        if files_beyond(said, chosen) and not here:
            raise StationError("a saved video is chosen on the laptop itself, whose files they are")
        check_files(said, chosen)
        return await self._done(self._see, said)

    def _see(self, said: See) -> None:
        self._bench.choose(choose(said, self._ground.chosen))
        self._placing.forget()

    def _swap(self) -> None:
        self._bench.choose(self._ground.chosen.swapped())
        self._placing.forget()

    def _as_last(self) -> None:
        last = self._bench.last
        if last is None:
            raise StationError("there is no set-up of an earlier day; choose a camera or gates")
        self._bench.choose(last)
        self._placing.forget()

    def _heard(self, said: GoesOn) -> None:
        self._bench.hears = said.on

    async def _site(self, request: Request) -> Response:
        asked = request.query_params
        wide_px = min(max(_number(asked.get("wide"), 900.0), NARROWEST_PX), WIDEST_PX)
        view_deg = _number(asked.get("view"), USUAL_VIEW_DEG)
        fly_m = _number(asked.get("fly"), BY_HAND.fly_m)
        check_length(fly_m)
        if self._ground.chosen.second is not None:
            said = (
                "Each camera stands level with its marker, 8 m or more from the lane, as high as "
                "it goes. Both need the same torch in sight once."
            )
            return as_json({"drawing": site_drawing(fly_m, None, wide_px), "said": said})
        camera = Camera(fly_m / 2, least_distance_m(fly_m, view_deg), view_deg)
        said = (
            f"At least {camera.distance_m:.0f} m from the lane, opposite the middle of the zone, "
            "as high as it goes. Farther back and zoomed in is better."
        )
        return as_json({"drawing": site_drawing(fly_m, camera, wide_px), "said": said})

    async def _live(self, request: Request) -> Response:
        picture = await run_in_threadpool(self._bench.picture, _marker(request))
        if picture is None:  # between two that hold the camera, too: no refusal
            return Response(status_code=204)
        return await run_in_threadpool(_jpeg, picture, JPEG_QUALITY)

    async def _shown(self, request: Request) -> Response:
        picture = self._placing.frozen(_marker(request))
        return await run_in_threadpool(_jpeg, picture, FROZEN_QUALITY)


def _marker(request: Request) -> int:
    """Whose picture is meant."""
    return 3 if request.query_params.get("marker") == "3" else 2


def _stands(profile: Profile | None) -> bool:
    return profile is not None and not profile.unconfirmed


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
        **measured(profile),
    }


def _jpeg(picture: Picture, quality: int) -> Response:
    data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
    return Response(data, media_type="image/jpeg")


def good_to(by: FlyBy) -> str:
    """How well a length is known that was measured so, as a coach says it."""
    off_cm = 100 * INTERVAL_95 * LENGTH_SD[by] * BY_HAND.fly_m
    off = f"{off_cm:.0f} cm" if off_cm < 100 else f"{off_cm / 100:.0f} m"
    return f"about {off} in {BY_HAND.fly_m:g} m"


def _number(text: str | None, usual: float) -> float:
    try:
        value = float((text or str(usual)).replace(",", "."))
    except ValueError:
        value = nan
    if not isfinite(value):
        raise StationError(f"'{text}' is no number; write digits, as 30")
    return value
