"""Calls made heard: cues to tones and words, handed to the speaker.

It decides which tone opens which cue, and what is heard of a cue where there are no words. When a
cue is due, and whether it is, others decide; what is heard of it in the end, the speaker tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from hardware import tones
from hardware.mixer import RATE_HZ, Samples, Sound
from station.session.turns import Turn
from station.voice.cues import Call, Cue, Cues, Dropped, Kind, Manner, Result, rep_call

_TONES: dict[Kind, Samples] = {
    "go": tones.GO,
    "warning": tones.OPENING,
    "overdue": tones.OPENING,
    "result": tones.OPENING,
}
_PAUSE = np.zeros(RATE_HZ // 20, np.float32)


class Speaks(Protocol):
    """What turns words into samples: `hardware.voice.Voice`."""

    def speak(self, text: str) -> Samples:
        """Samples at `RATE_HZ`, none where it has no words."""


class Plays(Protocol):
    """What plays sounds: `hardware.speaker.Speaker`."""

    def play(self, sound: Sound) -> None:
        """Let it be heard when it is due."""

    def drop(self, name: str) -> None:
        """Do not begin it, or break it off."""


class Caller:
    """Calls aloud what is due."""

    def __init__(
        self, manner: Manner, voice: Speaks, speaker: Plays, *, audible: bool = False
    ) -> None:
        """Begin with nothing said.

        Args:
            manner: How much is said.
            voice: Speaks.
            speaker: Plays.
            audible: Whether the speaker tells of each sound what became of it.
        """
        self._voice, self._speaker, self.audible = voice, speaker, audible
        self._cues = Cues(manner, lambda text: len(voice.speak(text)) / RATE_HZ)

    def add_result(self, result: Result, now_ns: int) -> None:
        """Speak of a run when there is room for it."""
        self._cues.add_result(result, now_ns)

    def speak_times(self, on: bool) -> None:
        """Speak of runs from now on, or not."""
        self._cues.speak_times(on)

    def slept_through(self, who: str) -> None:
        """Say that a go-call is overdue which could not begin in time."""
        self._cues.slept_through(who)

    def go_on(self, now_ns: int, calls: Sequence[Call]) -> list[Cue | Dropped]:
        """Hand over what is due; returns it for the screen and the log. As `Cues.advance`."""
        said = self._cues.advance(now_ns, calls)
        for one in said:
            if isinstance(one, Dropped):
                self._speaker.drop(one.cue.name)
            elif (samples := sound_of(one.kind, one.text, self._voice)) is not None:
                self._speaker.play(Sound(one.name, samples, one.due_ns, one.latest_ns))
        return said


def calls_of(turns: Iterable[Turn]) -> list[Call]:
    """The go-calls of those whose turn comes; on hold there are none but those that were given."""
    return [
        rep_call(
            turn.athlete,
            turn.go_ns,
            *turn.in_set,
            turn.planned.set,
            turn.sets,
            given=turn.called,
        )
        for turn in turns
        if turn.go_ns is not None
    ]


def sound_of(kind: Kind, text: str, voice: Speaks) -> Samples | None:
    """A tone and words; None for a result without words, of which a tone says nothing."""
    words = voice.speak(text)
    if kind == "result" and not len(words):
        return None
    return np.concatenate([_TONES[kind], _PAUSE, words])
