"""A camera that is asked by HTTP: JPEG after JPEG, or any other stream.

It decides which of the two it is, by what the camera answers, and when a picture was taken: as its
own header says (`X-Timestamp`), or else when it arrived.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from http.client import HTTPException
from math import isfinite
from typing import Protocol
from urllib.parse import unquote, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from hardware.camera import CameraGoneError, Feed, Shot, StampedBy
from hardware.clock import Clock
from hardware.coding import Coding
from hardware.errors import StationError
from hardware.jpeg import BEGINS, TICK_NS, jpeg_shot
from hardware.multipart import MultipartParser, Part
from hardware.stream_camera import SEE, SILENT_S, StreamCamera, without_password
from hardware.units import NS

READ_BYTES = 65_536


class Answer(Protocol):
    """What a server answers: a type, and bytes that come when they come."""

    content_type: str
    boundary: str | None

    def read(self) -> bytes:
        """Some bytes, waiting for the first of them; none where there will be no more."""

    def close(self) -> None:
        """Hang up."""


class HttpCamera:
    """A camera at an address that begins with http or https."""

    def __init__(self, url: str, clock: Clock, ask: Callable[[str], Answer] | None = None) -> None:
        """Ask nothing yet.

        Args:
            url: Its address.
            clock: Station time.
            ask: Sends a request; over the network by default.
        """
        self.asked_hz: float | None = None  # it decides
        self.name = without_password(url)
        self._url, self._clock, self._ask = url, clock, ask or _Asked

    def open(self) -> Feed:
        """Connect to it; see `hardware.camera.Camera`."""
        try:
            answer = self._ask(self._url)
        except (OSError, ValueError, HTTPException) as error:
            why = getattr(error, "strerror", None) or error
            raise CameraGoneError(f"{self.name} does not answer ({why}); {SEE}") from None
        if answer.boundary is None:
            answer.close()
            if answer.content_type.startswith(("text/", "image/")):
                raise CameraGoneError(
                    f"{self.name} answers with {answer.content_type}, which is no stream; give "
                    "the address of its video, as http://phone:8080/video"
                )
            return StreamCamera(self._url, self._clock).open()
        try:
            return JpegFeed(self.name, answer, answer.boundary, self._clock)
        except CameraGoneError:
            answer.close()
            raise


class JpegFeed:
    """JPEGs that come one after the other."""

    def __init__(self, name: str, answer: Answer, boundary: str, clock: Clock) -> None:
        """Wait for the first.

        Raises:
            CameraGoneError: None came.
        """
        self._name, self._answer, self._clock = name, answer, clock
        self._parser = MultipartParser(boundary)
        self._parts: list[tuple[Part, int]] = []
        self._last_ns = 0
        part, arrival_ns = self._part()
        self._parts.insert(0, (part, arrival_ns))
        try:
            self.coding = Coding.of_jpeg(part.body)
        except StationError as error:  # the next time it may begin with a whole one
            raise CameraGoneError(f"{name}: {error}") from None
        self.stamped_by: StampedBy = "arrival" if stamped_ns(part) is None else "device"

    def next(self) -> Shot:
        """Wait for the next picture; see `hardware.camera.Feed`."""
        while True:
            part, arrival_ns = self._part()
            if self.stamped_by == "arrival":
                pts_ns: int | None = max(arrival_ns, self._last_ns + TICK_NS)  # some come at once
            else:
                pts_ns = stamped_ns(part)
            if pts_ns is not None and pts_ns != self._last_ns:  # else it was sent once more
                self._last_ns = pts_ns
                return jpeg_shot(part.body, pts_ns, arrival_ns)

    def close(self) -> None:
        """Hang up."""
        self._answer.close()

    def _part(self) -> tuple[Part, int]:
        """The next that is a JPEG, and when it had come."""
        while True:
            while self._parts:
                part, arrival_ns = self._parts.pop(0)
                if part.body.startswith(BEGINS):
                    return part, arrival_ns
            try:
                data = self._answer.read()
            except (OSError, HTTPException) as error:
                why = getattr(error, "strerror", None) or error
                raise CameraGoneError(f"{self._name} is lost ({why})") from None
            if not data:
                raise CameraGoneError(f"{self._name} has ended its stream")
            now_ns = self._clock.now_ns()
            self._parts += [(part, now_ns) for part in self._parser.receive(data)]


def stamped_ns(part: Part) -> int | None:
    """When a part says that it was taken, None where it does not."""
    whole, _, fraction = part.headers.get("x-timestamp", "").partition(".")
    try:
        if not isfinite(float(f"{whole}.{fraction or 0}")):
            return None
        # Digit by digit: seconds since 1970 have more of them than a float keeps.
        return int(whole) * NS + int(f"{fraction:0<9}"[:9] or 0)
    except ValueError:
        return None


class _Asked:
    """A server's answer."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        request = Request(re.sub(r"(?<=://)[^/]*@", "", url))  # that goes into a header
        if place.username is not None:
            words = f"{unquote(place.username)}:{unquote(place.password or '')}"
            token = base64.b64encode(words.encode()).decode()
            request.add_header("Authorization", f"Basic {token}")
        # A camera is on the local network: what a browser is told to go through is not.
        opener = build_opener(ProxyHandler({}))
        self._response = opener.open(request, timeout=SILENT_S)
        headers = self._response.headers
        self.content_type: str = headers.get_content_type()
        boundary = headers.get_param("boundary")
        multipart = self.content_type.startswith("multipart/")
        self.boundary = str(boundary or "") if multipart else None

    def read(self) -> bytes:
        data: bytes = self._response.read1(READ_BYTES)
        return data

    def close(self) -> None:
        self._response.close()
