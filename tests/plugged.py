"""A gate on a pseudo-terminal, and the station in a process of its own, shared by several tests."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import tty
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hardware.gates.fgp1 import QUESTION, framed

SOON_S = 60.0  # far longer than it takes, on a machine that is busy with other tests
HELLO = framed(b"H,1,flygate-avr,1.0.0,5F3A91C2,17,2,EQR")
END = b"end"
FLY_S, TORSO_S = 0.3, 0.03


class Device:
    """An FGP/1 gate that says what a test wants once it was asked who it is."""

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.port = os.ttyname(self.slave)
        self.asked = threading.Event()
        self._sequence = 0
        self._thread = threading.Thread(target=self._answer)
        self._thread.start()

    def _answer(self) -> None:
        held = b""
        while END not in held:
            held += os.read(self.master, 1000)
            if QUESTION in held:
                os.write(self.master, HELLO)
                held = b""
                self.asked.set()

    def say(self, data: bytes) -> None:
        """Send, as much as is taken at a time."""
        while data:
            data = data[os.write(self.master, data) :]

    def edge(self, gate: int, state: str, ago_s: float) -> None:
        """Send an edge of so long ago by this device's clock."""
        self._sequence += 1
        stamp = self._wraps_and_us(ago_s)
        self.say(framed(b"E,%d,%d,%s,%s" % (self._sequence, gate, state.encode(), stamp)))

    def beat(self) -> None:
        """Send a heartbeat with this device's time."""
        self.say(framed(b"S,%d,%s,CC,0,4980" % (self._sequence, self._wraps_and_us(0.0))))

    @staticmethod
    def _wraps_and_us(ago_s: float) -> bytes:
        return b"%d,%d" % divmod(round((time.monotonic() - ago_s) * 1e6), 1 << 32)

    def run(self) -> None:
        """Somebody has just run through the zone: torsos of `TORSO_S`, `FLY_S` apart."""
        for gate, ago_s in ((1, FLY_S + TORSO_S), (2, TORSO_S)):
            self.edge(gate, "B", ago_s)
            self.edge(gate, "R", ago_s - TORSO_S)

    def unplug(self) -> None:
        """Pull the cable; the port is gone."""
        if self.master >= 0:
            os.write(self.slave, END)
            self._thread.join()
            os.close(self.master)
            os.close(self.slave)
            self.master = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.unplug()


class Station:
    """The command in a process of its own, its lines as they come."""

    def __init__(self, *words: object, **options: Any) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "station", *map(str, words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        self.out: queue.Queue[str] = queue.Queue()
        self.err: queue.Queue[str] = queue.Queue()
        for pair in ((self.process.stdout, self.out), (self.process.stderr, self.err)):
            threading.Thread(target=_lines, args=pair, daemon=True).start()

    def hears(self, word: str) -> str:
        """The next line on stderr with that word."""
        while word not in (line := self.err.get(timeout=SOON_S)):
            assert line, f"it ended without a word of '{word}'"
        return line

    def tells(self, event: str) -> dict[str, Any]:
        """The next event of that name on stdout, where there is nothing but events."""
        while (keys := json.loads(self.out.get(timeout=SOON_S)))["event"] != event:
            pass
        told: dict[str, Any] = keys
        return told

    def rest(self) -> list[str]:
        """What else it writes on stdout until it ends."""
        return list(iter(lambda: self.out.get(timeout=SOON_S), ""))

    def stopped_by(self, number: signal.Signals) -> int:
        """Send it a signal; returns its exit code."""
        self.process.send_signal(number)
        return self.process.wait(SOON_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()


def _lines(stream: Any, lines: queue.Queue[str]) -> None:
    for line in stream:
        lines.put(line)
    lines.put("")  # its end


def renamed(name: Path, device: Device) -> Path:
    """A name for its port, whatever it stood for before."""
    name.unlink(missing_ok=True)
    name.symlink_to(device.port)
    return name
