"""The tones: one for each kind of cue, told apart by pitch and length.

It decides their sound: from 0.8 to 5 kHz, where ears are sharp and small loudspeakers loud, wind
and traffic are not, and with overtones, which say where it comes from. It never decides when.
"""

from __future__ import annotations

import numpy as np

from hardware.mixer import RATE_HZ, Samples

_RISE_S = 0.002  # steep, for its beginning is the signal, and no click
_PARTS = 1.0, 0.7, 0.5  # the pitch and its overtones


def tone(pitch_hz: float, length_s: float, loudness: float) -> Samples:
    """Sound of one pitch.

    Args:
        pitch_hz: Of the lowest part.
        length_s: From the first sample to the last.
        loudness: Its peak, of 1.
    """
    at_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    wave = sum(
        share * np.sin(2 * np.pi * pitch_hz * number * at_s)
        for number, share in enumerate(_PARTS, start=1)
    )
    ends = np.minimum(np.minimum(at_s, at_s[::-1]) / _RISE_S, 1)
    return np.asarray(wave / np.abs(wave).max() * ends * loudness, np.float32)


GO = tone(1600, 0.5, 1.0)
OPENING = tone(800, 0.5, 0.4)
