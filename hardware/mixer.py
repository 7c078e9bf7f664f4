"""Which samples are heard when: sounds placed at their instants, sample by sample (pure).

It decides where in a block a sound begins, and that it ends the one before it: only one is heard at
a time. It never decides what is said, knows no device, and takes the instant of each block as told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hardware.units import NS

Samples = NDArray[np.float32]

RATE_HZ = 48_000  # what devices take, and what systems convert where one does not
_FADE = np.linspace(1, 0, RATE_HZ // 200, dtype=np.float32)  # 5 ms: what is cut off does not click
# Many a loudspeaker sleeps when fed zeros and then swallows what wakes it. This is fed instead:
# 70 dB below full scale, which nobody hears on a track.
_AWAKE = (10 ** (-70 / 20) * np.random.default_rng(1).uniform(-1, 1, RATE_HZ)).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """What is to be heard.

    Attributes:
        name: By which it is dropped and reported.
        samples: One channel at `RATE_HZ`, -1 to 1.
        due_ns: Station time at which its first sample is to be heard.
        latest_ns: When it is too late to begin it, None for never.
    """

    name: str
    samples: Samples
    due_ns: int
    latest_ns: int | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """What became of a sound when its turn came.

    Attributes:
        name: The sound's.
        due_ns: When it was due.
        begun_ns: Station time at which its first sample is heard, or would have been.
        heard: False where it came too late to begin, or no device plays it.
    """

    name: str
    due_ns: int
    begun_ns: int
    heard: bool


class Mixer:
    """The sounds to come, and the one that plays."""

    def __init__(self) -> None:
        self._waiting: list[Sound] = []
        self._playing: list[_Playing] = []  # one, besides what is fading out
        self._awake = 0

    def add(self, sound: Sound) -> None:
        """Let it be heard; one due in the past begins with the next block."""
        self._waiting = sorted([*self._waiting, sound], key=lambda one: one.due_ns)

    def drop(self, name: str) -> None:
        """Do not begin it, or break it off."""
        self._waiting = [sound for sound in self._waiting if sound.name != name]
        for playing in self._playing:
            if playing.name == name:
                playing.fade_out()

    def break_off(self) -> None:
        """End what plays."""
        for playing in self._playing:
            playing.fade_out()

    def is_quiet(self, until_ns: int) -> bool:
        """Whether nothing plays, and nothing is due before this."""
        return not self._playing and all(sound.due_ns > until_ns for sound in self._waiting)

    def fill(self, block: Samples, heard_ns: int) -> list[Begun]:
        """Write the next block.

        Args:
            block: Where to, one channel.
            heard_ns: Station time at which its first sample is heard.

        Returns:
            What became of the sounds that were due in it.
        """
        self._write_awake(block)
        begun: list[Begun] = []
        at = 0
        while self._waiting:
            sound = self._waiting[0]
            start = max(at, round((sound.due_ns - heard_ns) * RATE_HZ / NS))
            if start >= len(block):
                break
            begun_ns = heard_ns + start * NS // RATE_HZ
            heard = sound.latest_ns is None or begun_ns <= sound.latest_ns
            begun.append(Begun(sound.name, sound.due_ns, begun_ns, heard))
            self._waiting = self._waiting[1:]
            if heard:
                self._write_playing(block[at:start])
                self.break_off()
                self._playing.append(_Playing(sound.name, sound.samples))
                at = start
        self._write_playing(block[at:])
        np.clip(block, -1, 1, out=block)
        return begun

    def _write_playing(self, span: Samples) -> None:
        for playing in self._playing:
            part = playing.left[: len(span)]
            span[: len(part)] += part
            playing.left = playing.left[len(part) :]
        self._playing = [playing for playing in self._playing if len(playing.left)]

    def _write_awake(self, block: Samples) -> None:
        np.take(_AWAKE, np.arange(self._awake, self._awake + len(block)), mode="wrap", out=block)
        self._awake = (self._awake + len(block)) % len(_AWAKE)


@dataclass(slots=True)
class _Playing:
    """A sound that has begun: the samples that are left of it."""

    name: str
    left: Samples

    def fade_out(self) -> None:
        """Leave only its end, faster than the ear hears and slower than a click."""
        self.left = self.left[: len(_FADE)] * _FADE[: len(self.left)]
