"""What a page of the coach's is, besides Trackside: a file of its name, and what it asks for.

It decides how rooms answer. Who may ask, `station.console.pages` decides for all of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Literal, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response

MOST_BYTES = 4096  # of what is sent to us, where no more is expected

Answer = Callable[[Request], Awaitable[Response]]
Method = Literal["GET", "POST"]


class Room(Protocol):
    """A page: `static/NAME.html` at `/NAME`.

    Attributes:
        name: Of the page.
    """

    name: str

    def answers(self) -> Iterable[tuple[Method, str, Answer]]:
        """What answers under `/api/NAME`: method, the rest of the path as Starlette reads it, how.

        An answer runs in the server's loop: what takes longer than some milliseconds goes through
        `starlette.concurrency.run_in_threadpool`. A `StationError` or `ValueError` that it raises
        is said to the page as `{"error": "…"}` with status 400. No path of the disk may be asked
        for: what there is, is named by numbers.
        """


async def body(request: Request, most_bytes: int = MOST_BYTES) -> bytes:
    """What was sent.

    Raises:
        ValueError: It is longer than anything that we are told.
    """
    sent = b""
    async for part in request.stream():
        sent += part
        if len(sent) > most_bytes:
            raise ValueError(
                f"more than {most_bytes} bytes were sent; that is nothing we know: send less"
            )
    return sent


def as_json(value: object, status: int = 200) -> Response:
    """Anything `msgspec` can write, as an answer."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")
