"""What a microphone hears, in station time: to find out how late a loudspeaker is.

It decides when each sample was heard. It never decides what the samples mean.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hardware.clock import Clock
from hardware.errors import StationError
from hardware.mixer import RATE_HZ, Samples
from hardware.sound_stream import agreed, portaudio
from hardware.units import NS

_LATENCY_S = 0.1  # with 0.5 or more PulseAudio's times are now and then 25 or 50 ms off


class Microphone:
    """The system's choice of one, heard from entering to leaving; a context manager."""

    def __init__(self, clock: Clock) -> None:
        """Open nothing yet."""
        self._clock = clock
        self._blocks: list[tuple[Samples, int]] = []

    def __enter__(self) -> Self:
        """Open it.

        Raises:
            StationError: There is none that can be used.
        """
        library = portaudio()
        try:
            self._stream = library.InputStream(
                samplerate=RATE_HZ,
                channels=1,
                dtype="float32",
                latency=_LATENCY_S,
                callback=self._keep,
            )
            self._stream.start()
        except (library.PortAudioError, ValueError) as error:
            raise StationError(
                f"no microphone can be used ({error}); plug one in, or leave out --listen"
            ) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def heard(self) -> tuple[Samples, int]:
        """All that was heard so far, and the station time of its first sample.

        Raises:
            StationError: It has said nothing.
        """
        blocks = list(self._blocks)
        if not blocks:
            raise StationError(
                "the microphone says nothing; see that the system lets programs listen"
            )
        ends = np.cumsum([len(samples) for samples, _ in blocks]).tolist()
        starts_ns = [
            at_ns - (end - len(samples)) * NS // RATE_HZ
            for (samples, at_ns), end in zip(blocks, ends, strict=True)
        ]
        return np.concatenate([samples for samples, _ in blocks]), agreed(starts_ns)

    def _keep(self, block: NDArray[np.float32], _frames: int, times: Any, _status: object) -> None:
        ago_s = self._stream.time - times.inputBufferAdcTime
        self._blocks.append((block[:, 0].copy(), self._clock.now_ns() - round(ago_s * NS)))
