"""How late a loudspeaker is: sweeps found again in what a microphone heard (pure).

It decides where in a recording a sweep begins, and whether it is there at all. It never plays or
records.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hardware.mixer import RATE_HZ, Samples
from hardware.units import NS

SWEEP_S = 0.2
EARLIEST_S, LATEST_S = -0.1, 1.2
APART_S = LATEST_S - EARLIEST_S
_HEARD = 8.0  # peak over the usual: noise alone reaches 5 in so many samples


def sweep() -> Samples:
    """A sound that is like itself at no other instant: from 800 Hz to 5 kHz."""
    at_s = np.arange(round(SWEEP_S * RATE_HZ)) / RATE_HZ
    phase = 2 * np.pi * (800 * at_s + (5000 - 800) / (2 * SWEEP_S) * at_s**2)
    return np.asarray(0.9 * np.sin(phase) * np.hanning(len(at_s)) ** 0.25, np.float32)


def lateness_s(heard: Samples, from_ns: int, due_ns: Sequence[int]) -> list[float]:
    """Find the sweeps.

    Args:
        heard: What a microphone heard, one channel.
        from_ns: Station time of its first sample.
        due_ns: When the sweeps were due, `APART_S` from each other.

    Returns:
        Seconds from due to heard, of each that was heard.
    """
    found = []
    for at_ns in due_ns:
        first = round(((at_ns - from_ns) / NS + EARLIEST_S) * RATE_HZ)
        last = first + round((APART_S + SWEEP_S) * RATE_HZ)
        part = heard[max(first, 0) : max(last, 0)]
        if len(part) <= round(SWEEP_S * RATE_HZ):
            continue
        likeness = np.abs(_correlated(part, sweep()))
        best = int(likeness.argmax())
        if likeness[best] > _HEARD * np.sqrt(np.mean(likeness**2)):
            found.append((max(first, 0) + best) / RATE_HZ - (at_ns - from_ns) / NS)
    return found


def _correlated(part: Samples, with_: Samples) -> Samples:
    length = len(part) + len(with_)
    product = np.fft.rfft(part, length) * np.conj(np.fft.rfft(with_, length))
    return np.asarray(np.fft.irfft(product, length)[: len(part) - len(with_) + 1], np.float32)
