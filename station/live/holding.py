"""A live session from its beginning to its end: its journal, its voice and its gates, joined.

It builds what a session needs, and sees that all of it is on a disk when it is over. It decides
nothing about runs, calls or commands.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from hardware.boot import boot_id
from hardware.clock import SystemClock
from hardware.gates.protocol import Protocol
from hardware.mixer import Begun, Samples, Sound
from hardware.player import Output
from hardware.speaker import Speaker
from hardware.voice import Voice
from station.app import Attending, attend, run_gates
from station.camera.watched import WatchedCamera
from station.gates.record import Setup
from station.gates.timing import GateTiming
from station.journal.file import JournalError
from station.journal.journal import Log, elsewhere, utc_now
from station.journal.resuming import Open, goes_on, look
from station.journal.time_of_day import resume
from station.live.attended import Attended, Screen
from station.live.desk import Desk
from station.live.devices import Devices
from station.live.session import LiveSession
from station.live.workout import Workout
from station.session.news import Told
from station.voice.calling import Caller
from station.voice.cues import Manner
from station.zero import NO_ZERO, Zero

OPENS_S = 5.0  # a loudspeaker says whether it is there


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
        fold = Attended(live, desk, screen, devices, camera, mute=not sounding.manner.times)
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
