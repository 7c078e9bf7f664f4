"""Sounds on whatever device there is: one stream, kept open, also while nothing is heard.

It decides which device plays, when one is lost and when it is taken back. It never decides what is
said, nor when a sound that no device takes is given up. Nothing that happens to a device raises: it
is told.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Self

from hardware.clock import Clock
from hardware.errors import StationError
from hardware.mixer import Begun, Mixer, Samples, Sound
from hardware.sound_stream import Stream
from hardware.units import NS

_LOOK_S = 0.05
_STALLED_LOOKS = 60  # 3 s, for a stream may take 1.4 s to start (PulseAudio); counted, not timed:
# on a laptop that was suspended no device is lost
_RETRY_LOOKS = 60  # 3 s
_RETURN_LOOKS = 1200  # a minute, for what plays now is closed to look for the wanted device,
_QUIET_S = 5.0  # and only where nothing is due for so long
_CLOSE_S = 2.0  # a sound server that hangs keeps a stream from being closed


@dataclass(frozen=True, slots=True)
class Output:
    """Where sound goes from now on.

    Attributes:
        device: Its name, None where nothing is heard.
        why: What is wrong and what to do, "" where the wanted device plays.
        latency_s: What the system buffers; it is allowed for.
    """

    device: str | None
    why: str
    latency_s: float = 0.0


class Player:
    """Plays sounds at their instants, on whatever device there is; a context manager."""

    def __init__(
        self,
        clock: Clock,
        tell: Callable[[Output | Begun], None],
        *,
        device: str | None = None,
        delay_s: float = 0.0,
    ) -> None:
        """Open nothing yet.

        Args:
            clock: Station time.
            tell: Takes what happens, in the player's own thread.
            device: Part of the wanted one's name; by default the system's own choice.
            delay_s: How much later than the system says the device is heard: Bluetooth, measured.
        """
        self._clock, self._tell = clock, tell
        self._wanted = device
        self._delay_ns = round(delay_s * NS)
        self._mixer, self._turn = Mixer(), threading.Lock()
        self._stream: Stream | None = None
        self._output = Output(None, "no sound yet: no device is open")
        self._news: SimpleQueue[Output | Begun] = SimpleQueue()
        self._opening: threading.Thread | None = None
        self._stopped = threading.Event()
        self._looking = threading.Thread(target=self._look_on, name="player", daemon=True)

    def __enter__(self) -> Self:
        self._open()
        self._looking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._looking.join(_CLOSE_S)  # whoever is told may take nothing more
        if self._opening is not None:
            self._opening.join(_CLOSE_S)
        if self._stream is not None:
            closing = threading.Thread(target=self._stream.close, daemon=True)
            closing.start()
            closing.join(_CLOSE_S)

    def play(self, sound: Sound) -> None:
        """Let it be heard when it is due; it ends what plays then."""
        with self._turn:
            self._mixer.add(sound)

    def drop(self, name: str) -> None:
        """Do not begin a sound, or break it off."""
        with self._turn:
            self._mixer.drop(name)

    def _look_on(self) -> None:
        looks = stalled = blocks = 0
        while not self._stopped.wait(_LOOK_S):
            looks += 1
            if (stream := self._stream) is None:
                if looks % _RETRY_LOOKS == 0:
                    self._open()
            else:
                stalled = stalled + 1 if stream.blocks == blocks else 0
                blocks = stream.blocks
                if stalled > _STALLED_LOOKS or not stream.active:
                    stalled = 0
                    self._change(None, Output(None, f"no sound: '{self._output.device}' is gone"))
                    self._open(stream)
                elif looks % _RETURN_LOOKS == 0 and self._output.why and self._is_quiet():
                    self._stream = None
                    self._open(stream)
            while not self._news.empty():
                self._tell(self._news.get())

    def _is_quiet(self) -> bool:
        with self._turn:
            return self._mixer.is_quiet(self._clock.now_ns() + round(_QUIET_S * NS))

    def _fill(self, stream: Stream, block: Samples, heard_ns: int) -> None:
        with self._turn:
            if stream is self._stream:
                for begun in self._mixer.fill(block, heard_ns + self._delay_ns):
                    self._news.put(begun)
            else:
                block.fill(0)

    def _open(self, instead_of: Stream | None = None) -> None:
        """Look for a device in a thread of its own, for a hung sound server holds it up."""
        if self._opening is None or not self._opening.is_alive():
            self._opening = threading.Thread(
                target=self._open_one, args=(instead_of,), name="sound device", daemon=True
            )
            self._opening.start()

    def _open_one(self, instead_of: Stream | None) -> None:
        if instead_of is not None:
            instead_of.close()
        try:
            stream = Stream(self._wanted, self._clock, self._fill)
        except StationError as error:
            self._change(None, Output(None, str(error)))
            return
        if self._wanted is None:
            self._wanted = stream.name  # the one to return to, should it vanish
        why = ""
        if self._wanted not in stream.name:
            why = f"'{self._wanted}' is not there: '{stream.name}' plays instead"
        self._change(stream, Output(stream.name, why, stream.latency_s))

    def _change(self, stream: Stream | None, output: Output) -> None:
        with self._turn:
            self._stream = stream
            self._mixer.break_off()
        if output != self._output:
            self._output = output
            self._news.put(output)
