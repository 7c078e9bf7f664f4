"""Words to samples, by a synthesiser that lies inside a Python package: no network, no system.

It decides how fast and in which voice it speaks, and that without a synthesiser it says nothing
rather than fail. It never decides what is said or when, and plays nothing.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardware.mixer import RATE_HZ, Samples

WORDS_PER_MIN = 150  # eSpeak NG's 175 is too fast for someone out of breath
_PEAK = 0.9
_AUDIBLE = 0.01  # of the peak
_KEPT = 256  # phrases: a session's names and numbers

# From espeak-ng's speak_lib.h.
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_RATE = 1
_CHARS_UTF8 = 1
_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class Voice:
    """Speaks. Loading takes some 30 ms, a phrase 5, and nothing when it was said before.

    Attributes:
        missing: Why it stays silent, "" where it speaks.
    """

    def __init__(self, language: str = "en") -> None:
        """Load the synthesiser.

        Args:
            language: As eSpeak NG calls it: "en", "en-us", "de".
        """
        self.missing = ""
        self._speak: Callable[[str], Samples] = lambda _: np.zeros(0, np.float32)
        try:
            self._speak = lru_cache(_KEPT)(_Synthesiser(language).speak)
        except ModuleNotFoundError as error:
            self.missing = f"no words: the Python package '{error.name}' is missing; install it"
        except (OSError, RuntimeError) as error:
            self.missing = f"no words: the synthesiser does not load ({error}); tones alone call"

    def speak(self, text: str) -> Samples:
        """Say it.

        Args:
            text: In any script; what the voice cannot read it spells or skips.

        Returns:
            Samples at `mixer.RATE_HZ`, none where the voice is missing. They are not to be changed.
        """
        return self._speak(text)


class _Synthesiser:
    """eSpeak NG's library in one language."""

    _lock = threading.Lock()  # it has one state for the whole process

    def __init__(self, language: str) -> None:
        self._language = language.encode()
        with self._lock:  # loading too: two threads that both begin would start it twice
            self._library, self._rate_hz = _library()
            self._set_voice()

    def _set_voice(self) -> None:
        if self._library.espeak_SetVoiceByName(self._language) != 0:
            raise RuntimeError(f"it has no language '{self._language.decode()}'")

    def speak(self, text: str) -> Samples:
        parts: list[NDArray[np.int16]] = []

        def take(samples: Any, count: int, _events: Any) -> int:
            if count > 0:
                parts.append(np.ctypeslib.as_array(samples, (count,)).copy())
            return 0

        data = text.replace("\0", " ").encode(errors="replace") + b"\0"
        with self._lock:
            self._set_voice()
            heard = _Callback(take)  # kept until all is spoken
            self._library.espeak_SetSynthCallback(heard)
            self._library.espeak_Synth(data, len(data), 0, 0, 0, _CHARS_UTF8, None, None)
        spoken = np.concatenate([np.zeros(0, np.int16), *parts]).astype(np.float64)
        return _loud(_resampled(spoken, self._rate_hz))


@cache
def _library() -> tuple[ctypes.CDLL, int]:
    """Load it once: started again it would read what it has freed. With its rate in Hz."""
    import espeakng_loader

    library = ctypes.CDLL(espeakng_loader.get_library_path())
    data = espeakng_loader.get_data_path().encode()
    rate_hz = library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, data, _INITIALIZE_DONT_EXIT)
    if rate_hz <= 0:
        raise RuntimeError(f"its data in '{data.decode()}' cannot be read")
    library.espeak_SetParameter(_RATE, WORDS_PER_MIN, 0)
    return library, rate_hz


def _resampled(spoken: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """At `RATE_HZ`: the same spectrum, with nothing above it."""
    length = round(len(spoken) * RATE_HZ / rate_hz)
    if length == 0:
        return spoken
    return np.fft.irfft(np.fft.rfft(spoken), length)


def _loud(spoken: NDArray[np.float64]) -> Samples:
    """As loud as it may be, without the silence around it."""
    peak = np.abs(spoken).max(initial=0.0)
    audible = np.flatnonzero(np.abs(spoken) > _AUDIBLE * peak)
    if peak == 0:
        return np.zeros(0, np.float32)
    cut = spoken[audible[0] : audible[-1] + 1]
    return np.asarray(cut * (_PEAK / peak), np.float32)
