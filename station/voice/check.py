"""`station sound-check`: plays what a session plays, and says what was heard and how late.

It decides what is played and what is said about it. How late a loudspeaker is beyond what the
system knows of, only ears or a microphone tell: it never claims to know.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from queue import Empty, SimpleQueue

import numpy as np

from hardware.clock import Clock
from hardware.errors import StationError
from hardware.microphone import Microphone
from hardware.mixer import RATE_HZ, Begun, Sound
from hardware.player import Output
from hardware.speaker import Speaker
from hardware.units import NS
from hardware.voice import Voice
from station.voice.calling import sound_of
from station.voice.cues import Kind
from station.voice.lateness import APART_S, SWEEP_S, lateness_s, sweep

FOUND_S = 10.0  # a sound server may have to be started first
SETTLED_S = 3.5  # before it, a device's clock is not to be trusted
BETWEEN_S = 0.5
SWEEPS = 5
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
        output = _opened(news, speaker)
        if output.why:
            say(f"Mind: {output.why}.")
        say(
            f"Sound goes to '{output.device}'. The system holds it back for "
            f"{output.latency_s * 1000:.0f} ms, the loudspeaker itself for {delay_s * 1000:.0f} ms "
            "as you say: both are allowed for."
        )
        if voice.missing:
            say(f"Mind: {voice.missing}.")
        at_ns = clock.now_ns() + round(SETTLED_S * NS)
        for kind, text in PHRASES:
            samples = sound_of(kind, text, voice)
            if samples is not None:
                speaker.play(Sound(f'{_TONE[kind]} and "{text}"', samples, at_ns))
                at_ns += round((len(samples) / RATE_HZ + BETWEEN_S) * NS)
        speaker.play(Sound("", np.zeros(1, np.float32), at_ns))  # till then all is heard
        _say_what_is_heard(news, say, SETTLED_S + (at_ns - clock.now_ns()) / NS)
    if device is not None or delay_s:
        say(f"For a session like this: station run … {_options(device, delay_s * 1000)}")


def listen(clock: Clock, say: Callable[[str], None], *, device: str | None) -> None:
    """Measure with a microphone how late the loudspeaker is.

    Args:
        clock: Station time.
        say: Takes each line as soon as it is known.
        device: Part of the wanted device's name; by default the system's own choice.

    Raises:
        StationError: Nothing can be heard.
    """
    news: SimpleQueue[Output | Begun] = SimpleQueue()
    with Speaker(news.put, device=device) as speaker:
        output = _opened(news, speaker)
        with Microphone(clock) as microphone:
            first_ns = clock.now_ns() + round(SETTLED_S * NS)
            due_ns = [first_ns + round(number * APART_S * NS) for number in range(SWEEPS)]
            say(f"{SWEEPS} sweeps go to '{output.device}': hold the microphone close to it.")
            for number, at_ns in enumerate(due_ns):
                speaker.play(Sound(f"sweep {number + 1}", sweep(), at_ns))
            end_ns = due_ns[-1] + round((APART_S + SWEEP_S) * NS)
            speaker.play(Sound("", np.zeros(1, np.float32), end_ns))
            while getattr(_told(news, SETTLED_S + SWEEPS * APART_S), "name", None) != "":
                pass  # a device that vanishes is not heard, which is told
        heard, from_ns = microphone.heard()
    late_ms = sorted(1000 * late_s for late_s in lateness_s(heard, from_ns, due_ns))
    if len(late_ms) <= SWEEPS / 2:
        raise StationError(
            f"the microphone heard {len(late_ms)} of {SWEEPS} sweeps; turn the loudspeaker up, "
            "hold the microphone close to it, and choose both in the system's settings"
        )
    usual_ms = late_ms[len(late_ms) // 2]
    say(
        f"Heard {len(late_ms)} of {SWEEPS}, {late_ms[0]:.1f} to {late_ms[-1]:.1f} ms later than "
        f"the system says. For a session: station run … {_options(device, usual_ms)}"
    )


def _options(device: str | None, delay_ms: float) -> str:
    chosen = "" if device is None else f"--sound-device {shlex.quote(device)} "
    return f"{chosen}--sound-delay-ms {max(delay_ms, 0):.0f}"


def _opened(news: SimpleQueue[Output | Begun], speaker: Speaker) -> Output:
    output = _told(news, FOUND_S)
    if not isinstance(output, Output) or output.device is None:
        raise StationError(speaker.output.why)
    return output


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
            late_s = (one.begun_ns - one.due_ns) / NS
            worst_s = max(worst_s, abs(late_s))
            say(f"You hear {one.name}, {late_s * 1000:+z.1f} ms from when it is due.")
    say(
        f"By the device's own clock all began within {worst_s * 1000:.1f} ms. A Bluetooth "
        "loudspeaker is often 100 to 300 ms later than that: sound-check --listen measures it."
    )


def _told(news: SimpleQueue[Output | Begun], patience_s: float) -> Output | Begun:
    try:
        return news.get(timeout=patience_s)
    except Empty:
        raise StationError(
            f"no sound: the sound system has not answered for {patience_s:.0f} s; restart it, or "
            "unplug the device"
        ) from None
