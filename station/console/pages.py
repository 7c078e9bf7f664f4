"""What the console answers: its pages, the state and its feed, commands and keys, the PIN.

It decides which path gives what, and to whom; who somebody is, `station.console.guard` says. No
path leads to a file on disk: what can be asked for was read before anybody asks.

| path | what | for |
| --- | --- | --- |
| `/` | Trackside; the PIN's page to who has not entered | the coach |
| `/board` | the board | all |
| `/api/state` | the state as JSON, see `station.console.feed`; with `?as=coach` all of it | all |
| `/api/events` | the same as it comes, and events (server-sent) | all |
| `POST /api/do` | a command of `station.session.commands`, `{"command": "hold"}` | the coach |
| `POST /api/press` | a key, or an answer to what it asked | the coach |
| `GET /api/keys` | all keys and what they mean | all |
| `GET /api/share` | where others find the console, and the PIN | the coach |
| `POST /api/pin` | `{"pin": "123456"}` lets in, by a cookie | all |
| `/ROOM`, `/api/ROOM/…` | a page of `station.console.rooms`, and what it asks for | the coach |
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from math import ceil

import msgspec
import segno
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hardware.clock import SystemClock
from hardware.errors import StationError
from station.console.feed import Feed
from station.console.guard import Door, is_our_host, is_our_site, is_same_origin, is_this_computer
from station.console.hands import PageHands
from station.console.places import without_places
from station.console.room import Answer, Room, as_json, body
from station.session import commands
from station.terminal.asking import Leave, Meant
from station.terminal.keys import KEYS

COOKIE = "station"
TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}
TEXTS = (b"application/json", b"text/event-stream")
FAULT = 500
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}


class Pressing(msgspec.Struct, forbid_unknown_fields=True):
    """A key pressed on a page, or an answer typed there.

    Attributes:
        page: The page's own name.
        key: As `station.terminal.keys` has it; empty for an answer.
        answer: What was typed.
    """

    page: str
    key: str = ""
    answer: str = ""


class Pin(msgspec.Struct, forbid_unknown_fields=True):
    """A PIN that is tried."""

    pin: str


@dataclass(frozen=True, slots=True)
class Share:
    """Where others find the console.

    Attributes:
        addresses: Of this computer on the local network, the likeliest first; none where it is
            not shared, or in no network.
        port: Its port.
        on: Whether it is shared.
    """

    addresses: tuple[str, ...]
    port: int
    on: bool

    def board(self) -> str:
        """The address of the board; empty where there is none."""
        return f"http://{self.addresses[0]}:{self.port}/board" if self.addresses else ""


class Pages:
    """Answers requests."""

    def __init__(
        self,
        feed: Feed,
        door: Door,
        share: Share,
        do: Callable[[Meant], None],
        stop: Callable[[], None],
        rooms: Sequence[Room] = (),
    ) -> None:
        """Make ready.

        Args:
            feed: What there is to see.
            door: Lets in who knows the PIN.
            share: Where others find it.
            do: Takes what the coach says; must not wait.
            stop: Ends the session.
            rooms: The coach's other pages.
        """
        self._feed, self._door, self._share, self._rooms = feed, door, share, rooms
        self._do, self._stop = do, stop
        self._hands, self._clock = PageHands(), SystemClock()
        files = resources.files(__package__).joinpath("static")
        self._files = {one.name: one.read_bytes() for one in files.iterdir() if one.is_file()}

    def app(self) -> ASGIApp:
        """All of it, as an ASGI application."""
        routes = [
            Route("/", self._page("trackside.html")),
            Route("/board", self._file("board.html")),
            Route("/api/state", self._state),
            Route("/api/events", self._events),
            Route("/api/keys", self._keys),
            Route("/api/share", self._of_coach(self._shared)),
            Route("/api/share.svg", self._of_coach(self._code)),
            Route("/api/do", self._of_coach(self._said), methods=["POST"]),
            Route("/api/press", self._of_coach(self._pressed), methods=["POST"]),
            Route("/api/pin", self._entered, methods=["POST"]),
            *(route for room in self._rooms for route in self._of_room(room)),
            *(
                Route(f"/{name}", self._file(name))
                for name in self._files
                if not name.endswith(".html")
            ),
        ]

        @asynccontextmanager
        async def feeding(_: Starlette) -> AsyncIterator[None]:
            running = asyncio.create_task(self._feed.run())
            yield
            await running

        return Starlette(
            routes=routes,
            lifespan=feeding,
            middleware=[Middleware(_Guarded)],
            exception_handlers={404: self._lost},
        )

    def _is_coach(self, request: Request) -> bool:
        return _is_here(request) or self._door.is_inside(request.cookies.get(COOKIE, ""))

    def _file(self, name: str) -> Answer:
        content, type_ = self._files[name], TYPES[name.rpartition(".")[2]]

        async def give(_: Request) -> Response:
            return Response(content, media_type=type_)

        return give

    def _of_coach(self, answer: Answer) -> Answer:
        async def guarded(request: Request) -> Response:
            if not self._is_coach(request):
                return as_json({"error": "enter the PIN that the laptop shows"}, 403)
            return await answer(request)

        return guarded

    def _of_room(self, room: Room) -> Iterator[Route]:
        yield Route(f"/{room.name}", self._page(f"{room.name}.html"))
        for method, path, answer in room.answers():
            yield Route(f"/api/{room.name}{path}", self._of_coach(answer), methods=[method])

    def _page(self, name: str) -> Answer:
        """A page of the coach's; the PIN's to who has not entered."""
        coachs, pin = self._file(name), self._file("pin.html")

        async def give(request: Request) -> Response:
            return await (coachs if self._is_coach(request) else pin)(request)

        return give

    async def _lost(self, request: Request, _: Exception) -> Response:
        """Where an address leads nowhere."""
        if request.url.path.startswith("/api/"):
            return as_json({"error": "there is nothing under this address"}, 404)
        return Response(self._files["lost.html"], 404, media_type=TYPES["html"])

    async def _state(self, request: Request) -> Response:
        as_coach = request.query_params.get("as") == "coach"
        if as_coach and not self._is_coach(request):
            return as_json({"error": "enter the PIN that the laptop shows"}, 403)
        return Response(self._feed.state(coach=as_coach), media_type="application/json")

    async def _events(self, request: Request) -> Response:
        as_coach = request.query_params.get("as") == "coach"
        if as_coach and not self._is_coach(request):
            return as_json({"error": "enter the PIN that the laptop shows"}, 403)
        last = request.headers.get("last-event-id", "")
        after = int(last) if last.isdecimal() and len(last) < 10 else None
        return StreamingResponse(
            self._feed.listen(coach=as_coach, after=after), media_type="text/event-stream"
        )

    async def _keys(self, _: Request) -> Response:
        keys = [
            {"key": k.key, "shown": k.shown, "word": k.word, "meaning": k.meaning} for k in KEYS
        ]
        return as_json(keys)

    async def _shared(self, _: Request) -> Response:
        share = self._share
        urls = [f"http://{one}:{share.port}" for one in share.addresses]
        pin = self._door.pin if share.on else ""
        return as_json({"on": share.on, "urls": urls, "board": share.board(), "pin": pin})

    async def _code(self, _: Request) -> Response:
        drawn = io.BytesIO()
        board = self._share.board()
        if not board:
            return as_json({"error": "the console is not shared; start it with --share"}, 404)
        segno.make(board, error="m").save(drawn, kind="svg", border=2, light="white", unit=None)
        return Response(drawn.getvalue(), media_type=TYPES["svg"])

    async def _said(self, request: Request) -> Response:
        said: Meant = msgspec.json.decode(await body(request), type=Meant)
        if isinstance(said, commands.Join):
            raise ValueError("an athlete joins by the key J, which reads 'Ana:58.0'")
        if isinstance(said, commands.Reread):
            raise ValueError("a rep is timed anew on Review, which reads its recording itself")
        self._say(said)
        return as_json({"said": True}, 202)

    async def _pressed(self, request: Request) -> Response:
        pressing = msgspec.json.decode(await body(request), type=Pressing)
        now = self._feed.now
        if now is None:
            return as_json({"ask": None, "prompt": "", "line": "no session is on"})
        if pressing.key:
            meant, shown = self._hands.press(pressing.page, pressing.key, now, self._clock.now_ns())
        else:
            meant, shown = self._hands.answer(pressing.page, pressing.answer)
        if meant is not None:
            self._say(meant)
        return as_json(shown)

    def _say(self, said: Meant) -> None:
        if isinstance(said, Leave):
            self._stop()
        else:
            self._do(said)

    async def _entered(self, request: Request) -> Response:
        pin = msgspec.json.decode(await body(request), type=Pin).pin
        client = request.client.host if request.client else ""
        token = self._door.enter(pin, client)
        if token is None:
            wait_s = ceil(self._door.wait_s(client))
            said = "that is not the PIN; the laptop shows it"
            if wait_s:
                said = f"too many wrong PINs: the next can be tried in {wait_s} s"
            return as_json({"error": said}, 429 if wait_s else 403)
        response = as_json({"entered": True})
        response.set_cookie(COOKIE, token, httponly=True, samesite="strict")
        return response


class _Guarded:
    """Turns away who thinks to speak to another, and pages of others that would say something.

    Whatever goes wrong is answered in a line.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        request = Request(scope)
        answering = _Answering(send, is_here=_is_here(request))
        refused = _refused(request)
        try:
            await (refused or self._app)(scope, receive, answering)
        except ClientDisconnect:
            return  # in the middle of what it said: nobody waits for an answer
        except Exception as error:
            if answering.has_begun:
                raise
            said, status = _in_a_line(error)
            await as_json({"error": said}, status)(scope, receive, answering)
            if status == FAULT:
                raise


class _Answering:
    """An answer on its way: with our headers; to others without where things lie on the disk."""

    def __init__(self, send: Send, *, is_here: bool) -> None:
        self._send, self._is_here, self._hides = send, is_here, False
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            headers = dict(message["headers"])
            self._hides = not self._is_here and headers.get(b"content-type", b"").startswith(TEXTS)
            if self._hides:
                headers.pop(b"content-length", None)  # it gets shorter
            ours = {name.encode(): value.encode() for name, value in HEADERS.items()}
            message["headers"] = [*(headers | ours).items()]
        elif self._hides:
            message["body"] = without_places(message.get("body", b""))
        await self._send(message)


def _in_a_line(error: Exception) -> tuple[str, int]:
    """What is said of something that went wrong, and its status."""
    if isinstance(error, msgspec.MsgspecError):
        what, _, where = str(error).partition(" - at `$")
        field = where.strip("`.")
        said = f"'{field}': {what}" if field else what
        return f"{said}; reload the page, or send what docs/interface.md describes", 400
    if isinstance(error, StationError | ValueError):  # what was sent
        return re.sub(r"(\d{9})\d{11,}", r"\1…", str(error)), 400  # no number's 300 digits
    if isinstance(error, OSError) and error.filename is not None:
        seen = f"cannot use '{error.filename}' ({error.strerror})"
        return f"{seen}; see that its disk is there, has room, and is yours to write", 400
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return f"internal error: {said}; please report it", FAULT


def _is_here(request: Request) -> bool:
    client = request.client.host if request.client else ""
    return is_this_computer(client, request.headers.get("host", ""))


def _refused(request: Request) -> Response | None:
    host = request.headers.get("host", "")
    if not is_our_host(host):
        return as_json(
            {"error": "write the station's address as digits, as the laptop shows it"}, 421
        )
    # Even to be asked does something: the camera is looked through for its picture.
    site = request.headers.get("sec-fetch-site")
    if request.url.path.startswith("/api/") and not is_our_site(site):
        return as_json({"error": "a page of another site may ask nothing here"}, 403)
    if request.method == "GET":
        return None
    if not is_same_origin(request.headers.get("origin"), host):
        return as_json({"error": "a page of another site may say nothing here"}, 403)
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        return as_json({"error": "say it as application/json"}, 415)
    return None
