"""What Trackside asks for besides the state: what to do first, and where the markers are.

It decides the three steps before a session and after one, which of them is urged, and how the
markers' lines are drawn over the camera's picture. It begins nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from calibration.geometry import Zone
from hardware.errors import StationError
from station.console.room import Answer, Method, as_json
from station.console.svg import drawing, element, text
from station.live.chosen import BY_HAND
from station.live.ground import Ground
from station.live.last_setup import last

PLANE_M = 2.0  # so high a marker's plane is drawn, above a runner's head
LABEL = 1 / 30  # of the picture's height
UNDER, OVER = "#000", "#ffe14d"  # seen on grass, on a red track and in the shade
DEMO = "Only looking? 'station demo' in a terminal shows a whole session without any hardware."


class Trackside:
    """The coach's first page."""

    name = "trackside"

    def __init__(self, ground: Ground) -> None:
        """Make ready.

        Args:
            ground: Where sessions are held.
        """
        self._ground = ground

    def answers(self) -> Iterable[tuple[Method, str, Answer]]:
        """See `station.console.room.Room`."""
        yield "GET", "/between", self._first
        yield "GET", "/over", self._after
        yield "GET", "/markers.svg", self._markers

    async def _first(self, _: Request) -> Response:
        return as_json({"steps": await run_in_threadpool(self._steps), "note": DEMO})

    async def _after(self, _: Request) -> Response:
        return as_json({"steps": AFTER, "note": ""})

    async def _markers(self, _: Request) -> Response:
        on = self._ground.on
        if on is None or on.opening.camera is None:
            raise StationError("no camera times this session; set one up, and start anew")
        return Response(markers_drawing(on.opening.camera.zone), media_type="image/svg+xml")

    def _steps(self) -> list[dict[str, Any]]:
        chosen = self._ground.chosen
        ready = chosen != BY_HAND
        where = chosen.said() if ready else self._of_last_time()
        return [
            _step("Set-up", "/setup", where, done=ready, urged=not ready),
            _step("Workout", "/workout", "who trains what, in which order", urged=ready),
            _step("Start", "/workout#start", "one button there: the first athlete is called"),
        ]

    def _of_last_time(self) -> str:
        """What can be said of Set-up while nothing is chosen."""
        try:
            earlier = last(self._ground.journal)
        except StationError as error:
            return str(error)
        if earlier is None:
            return "camera or gates, the zone, the sound; or skip it, and time by hand"
        return f"last time {earlier.said()}: one key there takes it again"


def _step(
    name: str, path: str, says: str, *, done: bool = False, urged: bool = False
) -> dict[str, Any]:
    return {"name": name, "path": path, "says": says, "done": done, "urged": urged}


AFTER = (
    _step("History", "/history", "the report to print or send, bests, spreadsheets"),
    _step("Review", "/review", "look at a run again, and put it right"),
    _step("Workout", "/workout", "the next session"),
)


def markers_drawing(zone: Zone) -> str:
    """The planes that are timed, as large as the camera's picture.

    Args:
        zone: Where the camera sees them.
    """
    wide_px, high_px = zone.profile.picture_px
    half_m = zone.profile.lane_width_m / 2
    across_m, up_m = (-half_m, half_m, half_m, -half_m), (0.0, 0.0, PLANE_M, PLANE_M)
    drawn = []
    for marker, at_m in zone.markers.items():
        columns, rows = zone.to_pixel(at_m, across_m, up_m)
        corners = " ".join(f"{u:.1f},{v:.1f}" for u, v in zip(columns, rows, strict=True))
        for colour, thick in ((UNDER, 4.0), (OVER, 2.0)):
            drawn.append(
                element("polygon", points=corners, fill="none", stroke=colour, stroke_width=thick)
            )
        drawn.append(
            text(
                f"Marker {marker}",
                float(columns.mean()),
                float(rows.min()) - LABEL * high_px / 2,
                fill=OVER,
                stroke=UNDER,
                stroke_width=3.0,
                paint_order="stroke",
                text_anchor="middle",
                font_family="sans-serif",
                font_size=LABEL * high_px,
            )
        )
    svg = drawing(wide_px, high_px, "the markers' lines", *drawn)
    return svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
