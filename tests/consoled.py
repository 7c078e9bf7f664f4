"""A console that shows sessions as they are in real time, shared by the tests of the console."""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, Self

import pytest
from drills import START, at, opened, run
from msgspec.structs import replace

from station.console.console import Console
from station.session import events as ev
from station.session.folding import fold
from station.session.shown import Device, Provisional, Snapshot
from station.session.snapshot import snapshot
from station.session.state import Session
from station.terminal.asking import Meant

LOOKS_S = 0.1
WAIT_S = 10.0  # for what comes at once, on a machine that others use too
JSON = {"Content-Type": "application/json"}


def ran(name: str, rep: int, end_s: float, **given: Any) -> ev.Ran:
    return ev.Ran(at(end_s), name, rep, run(end_s, **given))


def session(*events: ev.Happening, group: tuple[str, ...] = ("Ana", "Ben", "Cy")) -> Session:
    return fold([opened(*group), ev.Began(START), *events])


def seen(
    session: Session,
    after_s: float,
    devices: Sequence[Device] = (),
    provisional: Provisional | None = None,
    **given: Any,
) -> Snapshot:
    """A session so long after its start, what it stands on, and who is seen running."""
    now = snapshot(session, at(after_s), **given)
    helps = [one.remedy for one in devices if one.remedy]
    troubles = (*now.troubles, *helps)
    return replace(now, devices=tuple(devices), troubles=troubles, provisional=provisional)


class Showing:
    """A console on any free port, and what the coach said there."""

    def __init__(self, **given: Any) -> None:
        self.said: list[Meant] = []
        self.stopped = threading.Event()
        self.console = Console(self.said.append, self.stopped.set, **{"port": 0, **given})
        self._over = threading.Event()
        self._show = threading.Lock()
        self._session: Session | None = None
        self._after_s = self._since_s = 0.0
        self._given: dict[str, Any] = {}
        self._thread = threading.Thread(target=self._go_on, daemon=True)

    def __enter__(self) -> Self:
        self.console.__enter__()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.console.__exit__()

    @property
    def port(self) -> int:
        return self.console.share.port

    @property
    def url(self) -> str:
        return self.console.url

    def show(self, session: Session, after_s: float, **given: Any) -> Snapshot:
        """Show a session as it is so long after its start, and go on from there."""
        with self._show:
            self._session, self._given = session, given
            self._after_s, self._since_s = after_s, time.monotonic()
        self._look()
        return seen(session, after_s, **given)

    def stand_still(self) -> None:
        """Show nothing more."""
        with self._show:
            self._session = None

    def _look(self) -> None:
        with self._show:
            if self._session is not None:
                now_s = self._after_s + time.monotonic() - self._since_s
                self.console.show(seen(self._session, now_s, **self._given))

    def _go_on(self) -> None:
        while not self._over.wait(LOOKS_S):
            self._look()

    def ask(
        self, path: str, body: object = None, host: str = "127.0.0.1", **headers: str
    ) -> tuple[int, Any, http.client.HTTPMessage]:
        """Ask for a path, or post to it what there is to post."""
        line = http.client.HTTPConnection(host, self.port, timeout=WAIT_S)
        try:
            if body is None:
                line.request("GET", path, headers=headers)
            else:
                sent = body if isinstance(body, bytes) else json.dumps(body).encode()
                line.request("POST", path, sent, {**JSON, **headers})
            answer = line.getresponse()
            got = answer.read()
            is_json = answer.getheader("content-type", "").startswith("application/json")
            return answer.status, json.loads(got) if is_json and got else got, answer.headers
        finally:
            line.close()

    def listen(self, path: str = "/api/events", **headers: str) -> Iterator[tuple[str, Any]]:
        """What the feed says, each piece as its kind and its data."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        try:
            line.request("GET", path, headers=headers)
            answer = line.getresponse()
            kind = ""
            while text := answer.readline().decode():
                name, _, value = text.rstrip("\n").partition(": ")
                if name == "event":
                    kind = value
                elif name == "data":
                    yield kind, json.loads(value)
        finally:
            line.close()

    def states(self, path: str = "/api/events") -> Iterator[dict[str, Any]]:
        """The snapshots that the feed gives, from the first there is."""
        for kind, state in self.listen(path):
            if kind == "state" and state["now"] is not None:
                yield state["now"]

    def elsewhere(self) -> str:
        """An address of this computer by which it takes itself for another."""
        if not self.console.share.addresses:
            missing("an address in a network")
        return self.console.share.addresses[0]


def missing(what: str) -> None:
    """Skip for want of something, which CI has."""
    if os.environ.get("CI"):
        pytest.fail(f"there is no {what}, and CI should have one")
    pytest.skip(f"there is no {what} here")
