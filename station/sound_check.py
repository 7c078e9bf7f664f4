"""`station sound-check`: plays what a session plays, and says what was heard and how late.

It decides what is played and what is said about it. How late a loudspeaker is beyond what the
system knows of, only ears or a microphone tell: it never claims to know.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue

import numpy as np

from hardware.clock import Clock
from hardware.errors import StationError
from hardware.mixer import NS_PER_S, RATE_HZ, Begun, Sound
from hardware.player import Output
from hardware.speaker import Speaker
from hardware.voice import Voice
from station.calling import sound_of
from station.cues import Kind

FOUND_S = 10.0  # a sound server may have to be started first
SETTLED_S = 2.5  # before it, a device's clock is not to be trusted
BETWEEN_S = 0.5
PHRASES: tuple[tuple[Kind, str], ...] = (
    ("warning", "Ana, ten seconds."),
    ("go", "Ana, go. Rep two of three, set one."),
    ("result", "Ana, 3.52, 8.5 metres per second."),
)
_TONE = {"go": "the go tone", "warning": "a low tone", "result": "a low tone"}


def sound_check(
    clock: Clock, say: Callable[[str], None], *, device: str | None, delay_s: float
) -> None:
    """Play a warning, a go-call and a result.

    Args:
        clock: Station time.
        say: Takes each line as soon as it is known.
        device: Part of the wanted device's name; by default the system's own choice.
        delay_s: How much later than the system says the device is heard.

    Raises:
        StationError: Nothing can be heard.
    """
    news: SimpleQueue[Output | Begun] = SimpleQueue()
    voice = Voice()
    with Speaker(news.put, device=device, delay_s=delay_s) as speaker:
        output = _told(news, FOUND_S)
        if not isinstance(output, Output) or output.device is None:
            raise StationError(speaker.output.why)
        if output.why:
            say(f"Mind: {output.why}.")
        say(
            f"Sound goes to '{output.device}'. The system holds it back for "
            f"{output.latency_s * 1000:.0f} ms, --delay-ms for {delay_s * 1000:.0f} ms more: "
            "both are allowed for."
        )
        if voice.missing:
            say(f"Mind: {voice.missing}.")
        at_ns = clock.now_ns() + round(SETTLED_S * NS_PER_S)
        for kind, text in PHRASES:
            samples = sound_of(kind, text, voice)
            if samples is not None:
                speaker.play(Sound(f'{_TONE[kind]} and "{text}"', samples, at_ns))
                at_ns += round((len(samples) / RATE_HZ + BETWEEN_S) * NS_PER_S)
        speaker.play(Sound("", np.zeros(1, np.float32), at_ns))  # till then all is heard
        _say_what_is_heard(news, say, SETTLED_S + (at_ns - clock.now_ns()) / NS_PER_S)


def _say_what_is_heard(
    news: SimpleQueue[Output | Begun], say: Callable[[str], None], patience_s: float
) -> None:
    worst_s = 0.0
    while True:
        one = _told(news, patience_s)
        if isinstance(one, Output):
            if one.device is None:
                raise StationError(one.why)
            say(f"Mind: sound goes to '{one.device}' now. {one.why}.")
        elif not one.name:
            break
        elif not one.heard:
            raise StationError(f"{one.name} could not be played; run station sound-check again")
        else:
            late_s = (one.begun_ns - one.due_ns) / NS_PER_S
            worst_s = max(worst_s, abs(late_s))
            say(f"You hear {one.name}, {late_s * 1000:+.1f} ms from when it is due.")
    say(
        f"By the device's own clock all began within {worst_s * 1000:.1f} ms. A Bluetooth "
        "loudspeaker is often 100 to 300 ms later than that: give what you measure as --delay-ms."
    )


def _told(news: SimpleQueue[Output | Begun], patience_s: float) -> Output | Begun:
    try:
        return news.get(timeout=patience_s)
    except Empty:
        raise StationError(
            f"no sound: the sound system has not answered for {patience_s:.0f} s; restart it, or "
            "unplug the device"
        ) from None
