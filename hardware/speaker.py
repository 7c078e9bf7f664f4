"""The loudspeaker: plays sounds at instants of station time, and stops nothing when it cannot.

It decides how the process that plays is kept alive. It never decides what is said. Nothing that
happens to it raises: it is told, and each sound is reported as it falls due, heard or not.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Self

from hardware.mixer import Begun, Sound
from hardware.player import Output

_Wishes = SimpleQueue[Sound | str | None]

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
    ) -> None:
        """Open nothing yet.

        Args:
            tell: Takes what happens, in a thread of the speaker's.
            device: Part of the wanted one's name; by default the system's own choice.
            delay_s: How much later than the system says the device is heard: Bluetooth, measured.
        """
        self._tell = tell
        self._command = [
            *(sys.executable, "-m", "hardware.sound_process"),
            *(device or "", repr(delay_s)),
        ]
        self._output = Output(None, "no sound yet: no device is open")
        self._lock = threading.Lock()
        self._to_come: dict[str, Sound] = {}
        self._wishes = _Wishes()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()
        self._listening = threading.Thread(target=self._listen, name="speaker", daemon=True)

    def __enter__(self) -> Self:
        self._listening.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._stopped.set()
            self._wishes.put(None)
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
            sound: Known by its name until it begins. Handed over half a second before it is due
                it is in time.
        """
        with self._lock:
            self._to_come[sound.name] = sound
            self._wishes.put(sound)

    def drop(self, name: str) -> None:
        """Do not begin a sound, or break it off."""
        with self._lock:
            self._to_come.pop(name, None)
            self._wishes.put(name)

    def _listen(self) -> None:
        """Run the process, again should it end, and pass on what it tells."""
        while not self._stopped.is_set():
            with self._lock:
                self._wishes = _Wishes()
                for sound in self._to_come.values():
                    self._wishes.put(sound)
            self._process = self._start(self._wishes)
            assert self._process.stdout is not None
            with self._process.stdout as told, suppress(EOFError, OSError, pickle.UnpicklingError):
                while True:
                    self._pass_on(pickle.load(told))
            self._wishes.put(None)
            code = self._process.wait()
            if not self._stopped.is_set():
                said = f"no sound: its process ended with {code}; it is started again"
                self._pass_on(Output(None, said))
                self._stopped.wait(_RESTART_S)

    def _start(self, wishes: _Wishes) -> subprocess.Popen[bytes]:
        paths = [str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        )
        assert process.stdin is not None
        threading.Thread(target=_hand_over, args=(wishes, process.stdin), daemon=True).start()
        return process

    def _pass_on(self, news: Output | Begun) -> None:
        if isinstance(news, Begun):
            with self._lock:
                self._to_come.pop(news.name, None)
        else:
            self._output = news
        self._tell(news)


def _hand_over(wishes: _Wishes, to: IO[bytes]) -> None:
    """Hand them on until there are no more; a process that hangs takes none for a while."""
    with suppress(OSError), to:  # one that has ended is started again, and told again
        while (wish := wishes.get()) is not None:
            pickle.dump(wish, to)
            to.flush()
