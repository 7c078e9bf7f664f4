"""What is plugged in: cameras, gates, a loudspeaker, and a voice for it.

It decides when each counts as working. It leaves all of it as it was.
"""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from hardware.errors import StationError
from station.doctor.finding import Finding

if TYPE_CHECKING:
    from station.gates.ports import Plugged

PICTURE_PX, RATE_HZ = (1280, 720), 60.0
FILM_S = 1.0
LEAST_HZ = 24.0  # a camera that delivers fewer looks for light
SILENCE_S = 0.1
IN_S = 2.0  # an output stream's first second tells its times wrongly
LINUX_GROUP = "join the group that may use it, and log in again: sudo usermod -aG {} $USER"


def cameras() -> Sequence[Finding]:
    """Each camera in a USB port or in the lid; one picture after the other for a second."""
    from hardware.plugged_cameras import plugged_cameras

    found = plugged_cameras()
    if not found:
        remedy = "plug one in, or let a phone be one: 'station run --camera URL'"
        return [Finding("camera", "none", "none in a USB port, nor built in", remedy)]
    return [_filmed(one.number, one.name) for one in found]


def _filmed(number: int, name: str) -> Finding:
    from hardware.clock import SystemClock
    from hardware.usb_camera import UsbCamera, Wanted

    called = f"camera {number}, '{name}'"
    device = Path(f"/dev/video{number}")
    if device.exists() and not os.access(device, os.R_OK | os.W_OK):
        seen = f"{called}: no permission to use {device}"
        return Finding("camera", "trouble", seen, LINUX_GROUP.format("video"))
    try:
        feed = UsbCamera(number, Wanted(PICTURE_PX, RATE_HZ), SystemClock()).open()
    except StationError as error:
        return Finding("camera", "trouble", f"{called}: {error}")
    try:
        arrivals_ns = [feed.next().arrival_ns]
        while arrivals_ns[-1] - arrivals_ns[0] < FILM_S * 1e9:
            arrivals_ns.append(feed.next().arrival_ns)
    except StationError as error:
        return Finding("camera", "trouble", f"{called}: {error}")
    finally:
        feed.close()
    rate_hz = (len(arrivals_ns) - 1) / (arrivals_ns[-1] - arrivals_ns[0]) * 1e9
    width, height = feed.coding.picture_px
    seen = f"{called}: {width}x{height}, {rate_hz:.0f} of {RATE_HZ:.0f} pictures a second, "
    seen += f"stamped by {'the driver' if feed.stamped_by == 'driver' else 'their arrival'}"
    if rate_hz < LEAST_HZ:
        remedy = "it may be too dark; bring light, or plug it straight into the computer"
        return Finding("camera", "trouble", seen, remedy)
    return Finding("camera", "ok", seen)


def gates() -> Sequence[Finding]:
    """Each serial port, and what answers there."""
    from station.gates.ports import plugged_in

    found = plugged_in(lambda _: None)
    if not found:
        remedy = "plug the gate in, with a cable that carries data"
        return [Finding("gates", "none", "no serial port", remedy)]
    return [_plugged(one) for one in found]


def _plugged(one: Plugged) -> Finding:
    if one.protocol is not None:
        return Finding("gates", "ok", one.line())
    return Finding("gates", "none" if one.silent else "trouble", one.line())


@contextmanager
def _no_home_is_made() -> Iterator[None]:
    """Where there is no home folder PulseAudio would make one, to keep its own files there."""
    with TemporaryDirectory() as instead:
        if not Path.home().exists():
            os.environ.setdefault("XDG_CONFIG_HOME", instead)
            os.environ.setdefault("PULSE_RUNTIME_PATH", instead)
        yield


def sound() -> Sequence[Finding]:
    """The loudspeaker: a moment of silence is played at an instant."""
    import numpy as np

    from hardware.clock import SystemClock
    from hardware.mixer import RATE_HZ, Begun, Sound
    from hardware.player import Output
    from hardware.speaker import Speaker

    news: queue.SimpleQueue[Output | Begun] = queue.SimpleQueue()
    with _no_home_is_made(), Speaker(news.put) as speaker:
        silence = np.zeros(round(SILENCE_S * RATE_HZ), np.float32)
        due_ns = SystemClock().now_ns() + round(IN_S * 1e9)
        speaker.play(Sound("silence", silence, due_ns))
        while not isinstance(begun := news.get(), Begun):  # it says so even where nothing plays
            pass
        output = speaker.output
    if output.why:
        return [Finding("sound", "trouble", output.why)]
    if not begun.heard:
        remedy = "close other programs, or choose another device: --sound-device"
        return [Finding("sound", "trouble", f"'{output.device}' plays too late", remedy)]
    seen = f"'{output.device}' plays, with {1000 * output.latency_s:.0f} ms buffered"
    return [Finding("sound", "ok", seen)]


def speech() -> Sequence[Finding]:
    """Words for the loudspeaker."""
    from hardware.voice import Voice

    voice = Voice()
    began_s = time.perf_counter()
    if voice.missing or not len(voice.speak("Ana, go")):
        return [Finding("speech", "trouble", voice.missing or "no words come")]
    took_ms = 1000 * (time.perf_counter() - began_s)
    return [Finding("speech", "ok", f"a call takes {took_ms:.0f} ms to be made")]
