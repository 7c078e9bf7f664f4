"""What a session stands on, looked after while it runs: for the state row of every screen.

It decides how often disk and battery are looked at, in a thread of their own: a disk that hangs
holds up nobody. What is well and what is not, `station.session.state_row` decides.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from msgspec.structs import replace

from hardware.battery import Battery, battery
from hardware.player import Output
from hardware.units import NS
from station.camera.watched import WatchedCamera
from station.gates.timing import GateTiming
from station.live.disk import Room, room
from station.session import state_row
from station.session.shown import Device, Snapshot
from station.session.state_row import Delivered

LOOK_S = 10.0
CAMERA_WRONG = {"camera-gone": "gone", "camera-over": "gone", "camera-misfit": "wrong size"}
RECORDER_WRONG = dict.fromkeys(("journal-trouble", "record-lost", "recording-lost"), "cannot write")


@dataclass(frozen=True, slots=True)
class _Gauged:
    """What was found by looking."""

    room: Room
    power: Battery | None


class Devices:
    """All of it, for as long as a `with` lasts.

    Attributes:
        output: What the loudspeaker said last; None where it said nothing yet.
    """

    def __init__(
        self, journal: Path, timing: GateTiming | None, camera: WatchedCamera | None, *, aloud: bool
    ) -> None:
        """Look at nothing yet.

        Args:
            journal: Where the session is kept.
            timing: The gates; None where there are none.
            camera: Watches the markers; None where none does.
            aloud: Whether anything is to be heard.
        """
        self._journal, self._timing, self._camera, self._aloud = journal, timing, camera, aloud
        self.output: Output | None = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="gauges", daemon=True)
        self._gauged: _Gauged | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more; a disk that hangs is not waited for."""
        self._over.set()

    def on(self, now: Snapshot, wrong: Collection[tuple[str, str]]) -> Snapshot:
        """A snapshot with what the session stands on, and what helps as a trouble.

        Args:
            now: Without it.
            wrong: The troubles that were told, by name, and of which device each is.
        """
        found = (*self._timed_by(now.at_ns, wrong), *self._kept_by(now, wrong))
        helps = [one.remedy for one in found if one.remedy]
        return replace(now, devices=found, troubles=(*now.troubles, *helps))

    def _timed_by(self, now_ns: int, wrong: Collection[tuple[str, str]]) -> Sequence[Device]:
        found = []
        if self._camera is not None:
            each = self._camera.each
            for marker, one in enumerate(each, start=2):
                delivery = one.delivery
                heard_ns = delivery.heard_ns
                silent_s = None if heard_ns is None else (now_ns - heard_ns) / NS
                filming = Delivered(
                    delivery.rate_hz, delivery.asked_hz, delivery.missing_ratio, silent_s
                )
                wrong_here = {name for name, of in wrong if of in (one.name, self._camera.name)}
                name = "camera" if len(each) == 1 else f"camera {marker}"
                found.append(state_row.camera(filming, _word(CAMERA_WRONG, wrong_here), name))
        if self._timing is not None:
            found += state_row.gates(self._timing.standing())
        return found

    def _kept_by(self, now: Snapshot, wrong: Collection[tuple[str, str]]) -> Sequence[Device]:
        cannot = _word(RECORDER_WRONG, {name for name, _ in wrong})
        plays = None if self.output is None else self.output.device
        gauged, may_bytes = self._gauged, 0
        if self._camera is not None:
            may_bytes = self._camera.clips.most_bytes
        used_bytes = None if gauged is None else gauged.room.used_bytes
        found = [
            state_row.sound(plays, wanted=self._aloud, muted=now.mute),
            state_row.recorder(used_bytes, may_bytes, cannot),
        ]
        if gauged is not None:
            found.append(state_row.disk(gauged.room.free_bytes, gauged.room.bytes_per_h))
            if (power := gauged.power) is not None:
                charge, left_s, plugged = power.charge_ratio, power.left_s, power.plugged
                needs_s = now.remaining_s
                found.append(state_row.battery(charge, left_s, plugged=plugged, needs_s=needs_s))
        return found

    def _look_on(self) -> None:
        while True:
            with suppress(OSError):  # a folder that is not there yet, or no longer
                self._gauged = self._look()
            if self._over.wait(LOOK_S):
                return

    def _look(self) -> _Gauged:
        clips = None if self._camera is None else self._camera.clips
        return _Gauged(room(self._journal, clips), battery())


def _word(words: dict[str, str], wrong: Collection[str]) -> str:
    """The word for what is wrong; empty where nothing is."""
    return next((word for name, word in words.items() if name in wrong), "")
