"""What Trackside asks for besides the state: what is to be done first, where no session is on.

It decides those three steps, and which of them is urged. It begins nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from station.console.room import Answer, Method, as_json
from station.live.chosen import BY_HAND
from station.live.ground import Ground

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
        yield "GET", "/first", self._first

    async def _first(self, _: Request) -> Response:
        return as_json({"steps": self._steps(), "note": DEMO})

    def _steps(self) -> list[dict[str, Any]]:
        chosen = self._ground.chosen
        ready = chosen != BY_HAND
        where = chosen.said() if ready else "camera or gates, the zone, the sound; or skip it"
        return [
            _step("Set-up", "/setup", where, done=ready, urged=not ready),
            _step("Workout", "/workout", "who trains what, in which order", urged=ready),
            _step("Start", "/workout#start", "one button there: the first athlete is called"),
        ]


def _step(
    name: str, path: str, says: str, *, done: bool = False, urged: bool = False
) -> dict[str, Any]:
    return {"name": name, "path": path, "says": says, "done": done, "urged": urged}
