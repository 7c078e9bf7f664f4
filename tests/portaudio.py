"""PortAudio as tests need it: devices that come and go, blocks asked for when told to.

And as a process of its own needs it, for which the module is written to a folder: a device that
asks for blocks by the computer's clock until a file named "hang" lies beside the module.
"""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

import numpy as np

from hardware.clock import ManualClock
from hardware.mixer import RATE_HZ
from hardware.units import NS

BLOCK = 4800
BUFFERED_S = 0.2


class PortAudio(ModuleType):
    """Stands in for the module `sounddevice`; its clock runs beside the one it is given."""

    def __init__(self, clock: ManualClock, *devices: str) -> None:
        super().__init__("sounddevice")
        self.clock = clock
        self.devices = list(devices)
        self.ahead_s = 1_000_000.0  # of station time
        self.misreports_s: float | None = None
        self.streams: list[Stream] = []
        self.PortAudioError = type("PortAudioError", (Exception,), {})
        self.default = SimpleNamespace(device={"output": 0})

    def _initialize(self) -> None:
        self.listed = list(self.devices)

    def _terminate(self) -> None:
        for stream in self.streams:
            assert not stream.active, "a start anew kills open streams"

    def query_devices(self, index: int | None = None, kind: str = ""):
        listed = [
            {"name": name, "index": number, "max_output_channels": 2}
            for number, name in enumerate(self.listed)
        ]
        if index is None:
            return listed
        if not listed:
            raise self.PortAudioError("Error querying device -1")
        return listed[index]

    def OutputStream(self, **given):  # noqa: N802, for it is theirs
        self.streams.append(Stream(self, self.listed[given["device"]], given))
        return self.streams[-1]


class Stream:
    def __init__(self, portaudio: PortAudio, name: str, given: dict) -> None:
        self.portaudio, self.name = portaudio, name
        self.channels, self._callback = given["channels"], given["callback"]
        self.latency, self.active = BUFFERED_S, False

    def start(self) -> None:
        self.active = True

    def close(self) -> None:
        self.active = False

    @property
    def time(self) -> float:
        return self.portaudio.clock.now_ns() / NS + self.portaudio.ahead_s

    def ask(self) -> np.ndarray:
        """One block, which is heard `BUFFERED_S` from now; the clock is moved on by it."""
        out = np.full((BLOCK, self.channels), np.nan, np.float32)
        heard_s = self.portaudio.misreports_s
        times = SimpleNamespace(
            outputBufferDacTime=self.time + BUFFERED_S if heard_s is None else heard_s
        )
        self._callback(out, BLOCK, times, None)
        self.portaudio.clock.advance(BLOCK * NS // RATE_HZ)
        return out


PLAYS = """
import itertools, threading, time
from pathlib import Path
from types import SimpleNamespace
import numpy as np

HANG = Path(__file__).with_name("hang")
BLOCK, RATE_HZ = 2400, 48000
default = SimpleNamespace(device={"output": 0})

class PortAudioError(Exception):
    pass

def _initialize():
    pass

def _terminate():
    pass

def query_devices(index=None, kind=""):
    device = {"name": "Pretended", "index": 0, "max_output_channels": 2}
    return [device] if index is None else device

class OutputStream:
    latency, active = 0.1, True
    time = property(lambda self: time.monotonic())

    def __init__(self, *, callback, **_):
        self._callback = callback

    def start(self):
        threading.Thread(target=self._ask, daemon=True).start()

    def close(self):
        self.active = False

    def _ask(self):
        began_s, wait = self.time, threading.Event().wait
        for number in itertools.count():
            due_s = began_s + number * BLOCK / RATE_HZ
            wait(max(due_s - self.time, 0))
            if HANG.exists():
                return
            times = SimpleNamespace(outputBufferDacTime=due_s + self.latency)
            self._callback(np.empty((BLOCK, 2), np.float32), BLOCK, times, None)
"""
NO_LIBRARY = "raise OSError('PortAudio library not found')"
NO_DEVICE = PLAYS.replace("    device =", "    raise PortAudioError('no device')\n    device =")
