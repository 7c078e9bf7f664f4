"""One open output stream, and how its device's clock stands to station time.

It decides when the samples that a device asks for will be heard, and which error of the audio
library means what. It never decides what is played, nor what to do when a device is gone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardware.clock import Clock
from hardware.errors import StationError
from hardware.mixer import RATE_HZ, Samples
from hardware.units import NS

_LATENCY_S = 0.3  # asked of the system: with 0.2 two busy cores ran dry now and then
_SETTLED_S = 1.5  # of samples, before which its reports are wrong (up to 1.4 s with PulseAudio)
_BELIEVED_S = 2.0  # no system buffers more; some report zeros, or another clock's time
_BLOCKS_COMPARED = 400  # 10 to 30 s, in which two clocks part by a few milliseconds at most
_AGREEING = 8  # one report in so many is taken to be undisturbed


class Stream:
    """An open stream, and how its clock stands to station time."""

    def __init__(
        self,
        wanted: str | None,
        clock: Clock,
        fill: Callable[[Stream, Samples, int], None],
    ) -> None:
        """Open it.

        Raises:
            StationError: There is no library, no device, or it cannot be used.
        """
        library = portaudio()
        self._clock, self._fill = clock, fill
        self._begins_ns: deque[int] = deque(maxlen=_BLOCKS_COMPARED)
        self._sample = 0  # the next block's first
        self.blocks = 0
        try:
            index = library.default.device["output"]
            for device in library.query_devices():
                if wanted and wanted in device["name"] and device["max_output_channels"] > 0:
                    index = device["index"]
                    break
            device = library.query_devices(index, "output")
            self.name: str = device["name"]
            self._stream = library.OutputStream(
                device=index,
                samplerate=RATE_HZ,
                channels=min(2, device["max_output_channels"]),
                dtype="float32",
                latency=_LATENCY_S,
                callback=self._called,
            )
            self.latency_s: float = self._stream.latency
            self._stream.start()
        except (library.PortAudioError, ValueError) as error:
            raise StationError(
                f"no sound: no output device can be used ({error}); "
                "plug one in, or switch it on: it will be found"
            ) from error

    @property
    def active(self) -> bool:
        """Whether it still asks for samples."""
        return bool(self._stream.active)

    def close(self) -> None:
        """Give the device back; may hang as long as its server does."""
        self._stream.close()

    def _called(self, out: NDArray[np.float32], frames: int, times: Any, _status: object) -> None:
        now_ns = self._clock.now_ns()
        ahead_s = times.outputBufferDacTime - self._stream.time
        so_far_ns = self._sample * NS // RATE_HZ
        # Samples are heard one after the other: each report tells when the first one was heard.
        if self._sample > _SETTLED_S * RATE_HZ and 0 <= ahead_s <= _BELIEVED_S:
            self._begins_ns.append(now_ns + round(ahead_s * NS) - so_far_ns)
        heard_ns = agreed(self._begins_ns) + so_far_ns if self._begins_ns else 0
        if heard_ns < now_ns:  # nothing is known yet, or it ran dry and what was known is over
            self._begins_ns.clear()
            heard_ns = now_ns + round(self.latency_s * NS)
        self._fill(self, out[:, 0], heard_ns)
        out[:, 1:] = out[:, :1]
        self._sample += frames
        self.blocks += 1


def agreed(reports_ns: Iterable[int]) -> int:
    """What the most alike of a system's reports of one instant say.

    A busy computer lets a system err by tens of milliseconds to one side, for seconds; undisturbed
    it says the same to a tenth of a millisecond.

    Args:
        reports_ns: In station time, one or more.
    """
    ordered = sorted(reports_ns)
    few = len(ordered) // _AGREEING
    first = min(range(len(ordered) - few), key=lambda one: ordered[one + few] - ordered[one])
    return ordered[first + few // 2]


def portaudio() -> Any:
    """The audio library's module, started anew, which ends all its streams.

    Raises:
        StationError: It, or what it needs, is not installed.
    """
    try:
        import sounddevice
    except ModuleNotFoundError as error:
        raise StationError(
            f"no sound: the Python package '{error.name}' is missing; install it with pip"
        ) from error
    except OSError as error:
        raise StationError(
            f"no sound: a system library is missing ({error}); on Debian or Ubuntu: "
            "apt-get install libportaudio2"
        ) from error
    try:
        # Only a new start finds what was plugged in since the last.
        sounddevice._terminate()
        sounddevice._initialize()
    except sounddevice.PortAudioError as error:
        raise StationError(f"no sound: the sound system does not start ({error})") from error
    return sounddevice
