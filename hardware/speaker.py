"""The loudspeaker: plays sounds at instants of station time, and stops nothing when it cannot.

It decides how the process that plays is kept alive, and when a sound is given up. It never decides
what is said. Nothing that happens to it raises: it is told.

Each sound that is played ends in exactly one `Begun`, unless it is dropped before, or the speaker
is left. It is heard if a device took it, which is told as the device takes it: up to half a second
before it is heard. It is unheard if there is no device when it is due; if none has taken it a
second later, whatever holds it up, be it a device that hangs, a process that was killed or a
computer that slept; and if it would begin after its `latest_ns`. What was told as unheard is not
played later. A device that vanishes in the middle of a sound is told as an `Output` only.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Self

from hardware.clock import Clock, SystemClock
from hardware.mixer import Begun, Sound
from hardware.player import Output
from hardware.units import NS

_Wishes = SimpleQueue[Sound | str | None]

_LATE_S = 1.0  # after this it is a call no more; a device takes sounds 0.4 s ahead
_LOOK_S = 0.05
_RESTART_S = 3.0
_CLOSE_S = 5.0


class Speaker:
    """Plays sounds at their instants; a context manager. No method of it waits for a device."""

    def __init__(
        self,
        tell: Callable[[Output | Begun], None],
        *,
        device: str | None = None,
        delay_s: float = 0.0,
        clock: Clock | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            tell: Takes what happens, in one thread of the speaker's.
            device: Part of the wanted one's name; by default the system's own choice.
            delay_s: How much later than the system says the device is heard: Bluetooth, measured.
            clock: Station time; the computer's by default.
        """
        self._tell = tell
        self._clock = clock or SystemClock()
        self._late_ns = round((_LATE_S + delay_s) * NS)
        self._command = [
            *(sys.executable, "-m", "hardware.sound_process"),
            *(device or "", repr(delay_s)),
        ]
        self._output = Output(None, "no sound yet: no device is open")
        self._lock = threading.Lock()
        self._to_come: dict[str, Sound] = {}  # each has a `latest_ns`
        self._wishes = _Wishes()
        self._news: SimpleQueue[Output | Begun] = SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()
        self._listening = threading.Thread(target=self._listen, name="speaker", daemon=True)
        self._telling = threading.Thread(target=self._tell_on, name="speaker's news", daemon=True)

    def __enter__(self) -> Self:
        self._listening.start()
        self._telling.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._stopped.set()
            self._wishes.put(None)
        self._telling.join(_CLOSE_S)
        self._listening.join(_CLOSE_S)
        if self._listening.is_alive() and self._process is not None:
            self._process.kill()

    @property
    def output(self) -> Output:
        """Where sound goes now."""
        return self._output

    def play(self, sound: Sound) -> None:
        """Let it be heard when it is due; it ends what plays then.

        Args:
            sound: Known by its name, which no other has, until it begins. Handed over half a
                second before it is due it is in time.
        """
        given_up_ns = max(sound.due_ns, self._clock.now_ns()) + self._late_ns
        latest_ns = given_up_ns if sound.latest_ns is None else min(sound.latest_ns, given_up_ns)
        with self._lock:
            self._to_come[sound.name] = replace(sound, latest_ns=latest_ns)
            self._wishes.put(self._to_come[sound.name])

    def drop(self, name: str) -> None:
        """Do not begin a sound, or break it off; nothing is told of it any more."""
        with self._lock:
            self._to_come.pop(name, None)
            self._wishes.put(name)

    def _tell_on(self) -> None:
        while not self._stopped.is_set():
            with suppress(Empty):
                self._pass_on(self._news.get(timeout=_LOOK_S))
            now_ns = self._clock.now_ns()
            for sound in self._given_up(now_ns):
                self._pass_on(Begun(sound.name, sound.due_ns, now_ns, heard=False))

    def _given_up(self, now_ns: int) -> list[Sound]:
        with self._lock:
            late = [
                sound
                for sound in self._to_come.values()
                if now_ns > (sound.due_ns if self._output.device is None else sound.latest_ns or 0)
            ]
            for sound in late:
                self._wishes.put(sound.name)
        return late

    def _listen(self) -> None:
        """Run the process, again should it end, and take what it tells."""
        while not self._stopped.is_set():
            with self._lock:
                self._wishes = _Wishes()
                for sound in self._to_come.values():
                    self._wishes.put(sound)
            try:
                ended = f"its process ended with {self._run(self._wishes)}"
            except OSError as error:
                ended = f"its process does not start ({error})"
            if not self._stopped.is_set():
                self._news.put(Output(None, f"no sound: {ended}; it is started again"))
                self._stopped.wait(_RESTART_S)

    def _run(self, wishes: _Wishes) -> int:
        """Run it to its end, which has a code."""
        process = self._process = self._start(wishes)
        assert process.stdout is not None
        with process.stdout as told, suppress(EOFError, OSError, pickle.UnpicklingError):
            while True:
                self._news.put(pickle.load(told))
        wishes.put(None)
        return process.wait()

    def _start(self, wishes: _Wishes) -> subprocess.Popen[bytes]:
        paths = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
            start_new_session=True,  # Linux shares its time out by sessions
        )
        assert process.stdin is not None
        threading.Thread(target=_hand_over, args=(wishes, process.stdin), daemon=True).start()
        return process

    def _pass_on(self, news: Output | Begun) -> None:
        if isinstance(news, Begun):
            with self._lock:
                if self._to_come.pop(news.name, None) is None:
                    return  # it was dropped, or given up
        else:
            self._output = news
        self._tell(news)


def _hand_over(wishes: _Wishes, to: IO[bytes]) -> None:
    """Hand them on until there are no more; a process that hangs takes none for a while."""
    with suppress(OSError), to:  # one that has ended is started again, and told again
        while (wish := wishes.get()) is not None:
            pickle.dump(wish, to)
            to.flush()
