"""A live session and what waits at its desk: all of it is taken in one order, shown, and told.

It decides nothing about runs, calls or commands: what the coach, the loudspeaker and the camera say
is handed to the session, and how things stand to the screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Protocol as Interface

from msgspec import structs

from hardware.clock import SystemClock
from hardware.mixer import Begun
from hardware.player import Output
from hardware.units import NS
from station.camera.events import CameraNotice, FilmedPassage, FilmedRun
from station.camera.watched import WatchedCamera
from station.gates.record import Closed, Traffic
from station.gates.timing import Notice
from station.live.desk import Asked, Desk
from station.live.devices import Devices
from station.live.session import LiveSession
from station.live.starring import starred
from station.live.underway import underway
from station.session.commands import SpeakTimes
from station.session.events import Ender
from station.session.news import Told
from station.session.shown import Snapshot
from station.session.snapshot import snapshot
from station.session.troubles import Troubles
from station.terminal.asking import Leave, Mute, Star

SHOW_NS = NS // 5


class Screen(Interface):
    """What shows a session as it is, for as long as a `with` lasts."""

    def __enter__(self) -> object:
        """Take the terminal."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        """Give it back."""

    def show(self, now: Snapshot) -> None:
        """Show how things stand; must not wait."""


class Attended:
    """A live session that takes what waits at the desk before it goes on."""

    def __init__(
        self,
        live: LiveSession,
        desk: Desk,
        screen: Screen,
        devices: Devices,
        camera: WatchedCamera | None,
        *,
        mute: bool,
    ) -> None:
        self._live, self._desk, self._screen, self._devices = live, desk, screen, devices
        self._camera = camera
        self._sound, self._mute = "", mute
        self._troubles = Troubles()
        self._watcher = SystemClock()
        self._show_ns = 0
        self._is_blind = False

    def feed(self, traffic: Traffic) -> Sequence[Told]:
        """Take what went over a line; see `station.app.Fold`."""
        closed = isinstance(traffic, Closed)
        before = self._follow(traffic.at_ns, last=True) if closed else []
        return self._noted([*before, *self._live.feed(traffic, self._ended_by())])

    def _ended_by(self) -> Ender | None:
        """Who or what ends the session now, where anything does."""
        if self._desk.stopped.is_set():
            return self._desk.stopped.by
        is_over = self._camera is not None and self._camera.over.is_set()
        return "camera-over" if is_over else None

    def advance(self, now_ns: int) -> Sequence[Told]:
        """Let time pass; see `station.app.Fold`."""
        told = self._follow(now_ns)
        told += self._live.advance(now_ns)
        seen_ns = self._watcher.now_ns()  # by whoever looks, however fast a rehearsal's time passes
        if told or seen_ns >= self._show_ns:
            self._show_ns = seen_ns + SHOW_NS
            told += self._shown(now_ns)
        return self._noted(told)

    def _shown(self, now_ns: int) -> list[Told]:
        """Show how things stand; timing goes on where that cannot be, which is said once."""
        try:
            self._screen.show(self._devices.on(self._now(now_ns), self._troubles.names()))
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            if self._is_blind:
                return []
            self._is_blind = True
            said = f"the screen cannot be drawn ({error}); timing goes on, undo what was said last"
            return [Notice("screen-lost", self._live.seconds(now_ns), "", said)]
        self._is_blind = False
        return []

    def _now(self, now_ns: int) -> Snapshot:
        now = snapshot(
            self._live.session,
            now_ns,
            past=self._live.past,
            troubles=self._troubles.now(),
            mute=self._mute,
            time_of_day=f"{datetime.now():%H:%M}",
            strides_ns=self._live.strides_ns,
        )
        if self._camera is None:
            return now
        running, fly_m = self._camera.running(), self._camera.zone.fly_m
        provisional = underway(running, self._live.session, fly_m, now_ns)
        return structs.replace(now, provisional=provisional)

    def _follow(self, now_ns: int, *, last: bool = False) -> list[Told]:
        """Take what waits at the desk."""
        told: list[Told] = []
        for at_ns, one in self._desk.taken(last=last):
            match one:
                case Begun():
                    told += self._live.hear(one, now_ns)
                case FilmedRun() | FilmedPassage() | CameraNotice():
                    told += self._live.film(one, now_ns)
                case Output():
                    told += self._heard_of(one, now_ns)
                case Asked(command, became):
                    if became.set_running_or_notify_cancel():
                        happened = self._live.do(command, at_ns, now_ns)
                        became.set_result(happened)
                        told += happened
                case Leave():
                    self._desk.stop()
                case Mute():
                    self._mute = not self._mute
                    told += self._live.do(SpeakTimes(on=not self._mute), at_ns, now_ns)
                case Star(rep):
                    told.append(starred(self._live.session, rep, self._live.seconds(now_ns)))
                case _:
                    told += self._live.do(one, at_ns, now_ns)
        return told

    def _noted(self, told: Sequence[Told]) -> Sequence[Told]:
        for one in told:
            if isinstance(one, Notice):
                self._troubles.hear(one)
        return told

    def wanted(self, slot: int, now_ns: int) -> bytes:
        """What is to be sent to a device now; see `station.app.Fold`."""
        return self._live.wanted(slot, now_ns)

    def _heard_of(self, output: Output, now_ns: int) -> list[Told]:
        self._devices.output = output
        before, self._sound = self._sound, output.why
        if output.why == before:
            return []
        name = "sound-lost" if output.why else "sound-back"
        said = output.why or f"sound plays on '{output.device}'"
        return [Notice(name, self._live.seconds(now_ns), "", said)]
