"""A live session and whoever attends it: the coach's commands, the loudspeaker, the screen.

It builds what a session needs and joins it: journal, voice, gates. What others say in threads of
their own waits here until the session's own thread takes it, so that all of it happens in one
order. It decides nothing about runs, calls or commands.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Protocol as Interface

import numpy as np
from msgspec import structs

from hardware.boot import boot_id
from hardware.clock import SystemClock
from hardware.errors import StationError
from hardware.gates.protocol import Protocol
from hardware.mixer import Begun, Samples, Sound
from hardware.player import Output
from hardware.speaker import Speaker
from hardware.units import NS
from hardware.voice import Voice
from station.app import Attending, attend, run_gates
from station.camera.events import CameraEvent, CameraNotice, FilmedPassage, FilmedRun
from station.camera.watched import WatchedCamera
from station.gates.record import Closed, Setup, Traffic
from station.gates.timing import GateTiming, Notice
from station.journal.file import JournalError
from station.journal.journal import Log, elsewhere, utc_now
from station.journal.resuming import Open, goes_on, look
from station.journal.time_of_day import resume
from station.live.devices import Devices
from station.live.session import LiveSession, Workout
from station.live.starring import starred
from station.live.underway import underway
from station.session.commands import OfEvents, SpeakTimes, Undo
from station.session.news import Refused, Told
from station.session.shown import Snapshot
from station.session.snapshot import snapshot
from station.session.state import Session
from station.session.troubles import Troubles
from station.terminal.asking import Leave, Meant, Mute, Star
from station.voice.calling import Caller
from station.voice.cues import Manner
from station.zero import NO_ZERO, Zero

SHOW_NS = NS // 5
MOST_WAITING = 500  # commands: a script that floods is slowed down, then left out
MOST_AT_ONCE = 20  # between two looks at time
FLOOD_S = 0.05
TAKEN_S = 2.0  # what is asked; far longer than a session ever looks away
OPENS_S = 5.0  # a loudspeaker says whether it is there


@dataclass(frozen=True, slots=True)
class Asked:
    """A command whose speaker waits for what becomes of it.

    Attributes:
        command: What is said.
        became: What is told of it, once the session has taken it.
    """

    command: OfEvents | Undo
    became: Future[list[Told]]


Waiting = Meant | Asked | Begun | Output | CameraEvent


class Desk:
    """What the coach's keys and the loudspeaker are handed to, from any thread.

    Attributes:
        stopped: Ends the session when it is set.
        now_ns: Tells station time.
        from_ns: Of a session that goes on, its last event; 0 of a new one.
        session: Tells how far it has come.
        name: The session's, in the journal; empty before it begins.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, Waiting]] = deque()
        self.stopped = threading.Event()
        self.now_ns: Callable[[], int] = SystemClock().now_ns
        self.from_ns = 0
        self.session: Callable[[], Session] = Session
        self.name = ""

    def do(self, command: Meant) -> None:
        """Take what the coach says, now; of a flood of it, what fits."""
        if len(self._waiting) >= MOST_WAITING and self.stopped.wait(FLOOD_S):
            return
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append((self.now_ns(), command))

    def ask(self, command: OfEvents | Undo) -> None:
        """Take what the coach says, and wait for what becomes of it.

        Raises:
            StationError: It cannot be, or the session did not take it in time and will not.
        """
        asked = Asked(command, Future())
        self._waiting.append((self.now_ns(), asked))
        try:
            told = asked.became.result(TAKEN_S)
        except TimeoutError:
            if asked.became.cancel():
                raise StationError(
                    "the session was too busy, and nothing was changed; say it again"
                ) from None
            told = asked.became.result(TAKEN_S)  # it was just being taken
        for one in told:
            if isinstance(one, Refused):
                raise StationError(one.said)

    def tell(self, news: Output | Begun) -> None:
        """Take what the speaker says."""
        self._waiting.append((self.now_ns(), news))

    def film(self, event: CameraEvent) -> None:
        """Take what a camera says."""
        self._waiting.append((self.now_ns(), event))

    def stop(self) -> None:
        """End the session, in order."""
        self.stopped.set()

    def taken(self, *, last: bool = False) -> Sequence[tuple[int, Waiting]]:
        """What waits, in order, and when it was said.

        Args:
            last: Whether it is not asked again: all that waits now, however much.
        """
        most = len(self._waiting) if last else MOST_AT_ONCE
        taken: list[tuple[int, Waiting]] = []
        with suppress(IndexError):
            while len(taken) < most:
                taken.append(self._waiting.popleft())
        return taken


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


@dataclass(frozen=True, slots=True)
class Sounding:
    """How a session is heard.

    Attributes:
        manner: How much is said.
        on: Whether anything is.
        device: Part of the loudspeaker's name; by default the system's choice.
        delay_s: How much later than the system says it is heard.
    """

    manner: Manner
    on: bool = True
    device: str | None = None
    delay_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where a session is kept.

    Attributes:
        journal: The file.
        record: Where to keep what goes over the lines.
        ask: Asks whether a session that broke off goes on; None where nobody can answer.
        new: Whether a new one begins without asking.
    """

    journal: Path
    record: Path | None = None
    ask: Callable[[str], bool] | None = None
    new: bool = False


def run_session(
    setup: Setup,
    protocol: Protocol | None,
    workout: Workout,
    keeping: Keeping,
    sounding: Sounding,
    desk: Desk,
    screen: Screen,
    tell: Callable[[Told], None],
    warn: Callable[[str], None],
    *,
    attending: Attending = attend,
    zero: Zero = NO_ZERO,
    camera: WatchedCamera | None = None,
) -> Path | None:
    """Run a workout until told to stop.

    Args:
        setup: The zone and the ports, none where all is timed by hand; it names no athlete.
        protocol: What the gates speak, None to find out.
        workout: Who trains what.
        keeping: Where it is kept, and what is gone on with.
        sounding: How it is heard.
        desk: Takes commands meanwhile.
        screen: Shows it a few times a second, from when nothing more is asked.
        tell: Takes each event; an `OSError` of it ends the session, in order.
        warn: Takes what is no event.
        attending: Whence traffic comes; from ports.
        zero: How camera and gates differ.
        camera: What `attending` watches; it is looked after in the state row.

    Returns:
        The journal that holds all of it; None where nothing has begun.

    Raises:
        StationError: As for `run_gates`; or another station writes to the journal, or events are
            lost, since neither that nor any other could be written.
        OSError: What `tell` raised.
    """
    with suppress(OSError):  # the log says what is wrong, and goes on in memory
        keeping.journal.parent.mkdir(parents=True, exist_ok=True)
    earlier = look(keeping.journal, workout, utc_now(), boot_id())
    again = None if keeping.new else goes_on(earlier, workout, keeping.ask, warn)
    past = tuple(one for one in earlier.sessions if again is None or one != again.session)
    record = keeping.record if again is None else _beside(keeping.record)
    with ExitStack() as stack:
        stack.enter_context(screen)
        name = utc_now() if again is None else again.name
        log = Log(keeping.journal, name, boot_id())
        stack.callback(_put_away, log, keeping.journal, warn)
        if again is not None:
            desk.from_ns = _bridged(log, again)
        if log.trouble:
            warn(log.trouble)
        if sounding.on:
            opened = threading.Event()

            def hear(news: Output | Begun) -> None:
                desk.tell(news)
                opened.set()

            speaker = stack.enter_context(
                Speaker(hear, device=sounding.device, delay_s=sounding.delay_s)
            )
            opened.wait(OPENS_S)  # or the very first call would not be heard
            caller = Caller(sounding.manner, Voice(), speaker, audible=True)
        else:
            caller = Caller(replace(sounding.manner, times=False), _Silence(), _Silence())
        timing = GateTiming(setup) if setup.ports else None
        live = LiveSession(timing, workout, log, caller, past, earlier.notes, zero)
        desk.session, desk.name = (lambda: live.session), name
        devices = Devices(keeping.journal, timing, camera, aloud=sounding.on)
        stack.enter_context(devices)
        fold = _Attended(live, desk, screen, devices, camera, mute=not sounding.manner.times)
        run_gates(
            setup,
            protocol,
            record,
            tell,
            warn,
            fold=fold,
            attending=attending,
            stopped=desk.stopped,
        )
    return log.kept


def _put_away(log: Log, journal: Path, warn: Callable[[str], None]) -> None:
    """Have all on a disk, whichever; while the screen still shows what is to be said of it."""
    log.end(elsewhere(journal))
    if log.waiting:
        raise JournalError(log.trouble)
    if log.trouble:
        warn(log.trouble)


class _Attended:
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
        return self._noted([*before, *self._live.feed(traffic)])

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


class _Silence:
    """A voice without words and a speaker that plays nothing."""

    def speak(self, text: str) -> Samples:  # noqa: ARG002 - it has no words for any
        return np.zeros(0, np.float32)

    def play(self, sound: Sound) -> None:
        pass

    def drop(self, name: str) -> None:
        pass


def _bridged(log: Log, again: Open) -> int:
    """Where the computer was started anew meanwhile, make old instants new ones.

    Returns:
        When the last event was.
    """
    bridge = resume(again.last, boot_id(), SystemClock().now_ns(), utc_now())
    if bridge is None:
        return again.last.event.at_ns
    log.append(bridge)
    return bridge.at_ns


def _beside(record: Path | None) -> Path | None:
    """A name that is free, beside that of what was recorded before."""
    number = 2
    found = record
    while record is not None and found is not None and found.exists():
        found = record.with_stem(f"{record.stem}-{number}")
        number += 1
    return found
