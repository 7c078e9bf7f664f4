"""A real sound server of a test's own, whose only device is a null sink, recorded back."""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hardware.clock import SystemClock
from hardware.mixer import RATE_HZ
from hardware.units import NS

PATIENCE_S = 20.0  # a loaded machine starts and loses a sound server slowly
PROGRAMS = ("pulseaudio", "parec")
MODULES = ("module-null-sink sink_name=null rate=48000", "module-native-protocol-unix")
# The null sink's thread stands in for a sound card, which waits for no processor: PulseAudio gives
# it, and nothing else, a real-time priority where it may, and lets the system end it after 0.2 s.
COMMAND = [
    *("pulseaudio", "-n", "--daemonize=yes", "--exit-idle-time=-1"),
    *(word for module in MODULES for word in ("-L", module)),
]
BLOCK_S = 0.005
LOUD = 0.3
APART_S = 0.1
CLOCK = SystemClock()


@dataclass
class SoundServer:
    """PulseAudio with a folder of its own, and no device but a null sink."""

    folder: Path

    def start(self) -> None:
        subprocess.run(COMMAND, check=True, capture_output=True)

    @property
    def pid(self) -> int:
        return int((self.folder / "pulse" / "pid").read_text())

    def stop(self) -> None:
        try:
            pid = self.pid
        except FileNotFoundError:  # it was stopped before
            return
        os.kill(pid, signal.SIGTERM)
        os.kill(pid, signal.SIGCONT)
        wait_for_end(pid)


class Recording:
    """What the null sink plays, sample by sample, and when each is due to be heard.

    A null sink hands a block to whoever records when the block's first sample is due, never before
    it, and leaves none out: a sample's number tells its instant from one constant. That is taken
    from the block that came earliest, so a recorder that the computer holds up shifts nothing.
    """

    def __enter__(self) -> Recording:
        self._parts: list[bytes] = []
        self._begins_ns: list[float] = []  # of the recording, by each of its blocks
        self._flows = threading.Event()
        how = ["--format=float32le", f"--rate={RATE_HZ}", "--channels=1"]
        self._recorder = subprocess.Popen(
            ["parec", "--device=null.monitor", *how, f"--latency-msec={BLOCK_S * 1000:g}"],
            stdout=subprocess.PIPE,
        )
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        assert self._flows.wait(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._recorder.terminate()
        self._recorder.wait()
        self._reading.join()

    def _read(self) -> None:
        assert self._recorder.stdout is not None
        length = 0
        with self._recorder.stdout as recorded:
            while part := os.read(recorded.fileno(), 1 << 20):
                length += len(part)
                due_s = length / np.float32().nbytes / RATE_HZ - BLOCK_S
                self._begins_ns.append(CLOCK.now_ns() - due_s * NS)
                self._parts.append(part)
                self._flows.set()

    def onsets_ns(self) -> NDArray[np.float64]:
        """When it became loud after a silence."""
        recorded = b"".join(self._parts)
        whole = len(recorded) // np.float32().nbytes * np.float32().nbytes
        loud = np.flatnonzero(np.abs(np.frombuffer(recorded[:whole], np.float32)) > LOUD)
        onsets = loud[np.diff(loud, prepend=-RATE_HZ) > APART_S * RATE_HZ]
        return np.asarray(min(self._begins_ns) + onsets * (NS / RATE_HZ), np.float64)


def wait_for_end(pid: int) -> None:
    """Wait until another's process has ended, reaped or not."""
    with suppress(ProcessLookupError):
        ending = os.pidfd_open(pid)
        ended, _, _ = select.select([ending], [], [], PATIENCE_S)
        os.close(ending)
        assert ended, f"process {pid} has not ended in {PATIENCE_S} s"


@contextmanager
def running_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    """Run one, and point sound at it; skips the test where there can be none.

    There is one at a time, whichever workers ask for it: two of them would measure each other.
    """
    try:
        import sounddevice  # noqa: F401
    except (ImportError, OSError) as error:
        _missing(str(error))
    for program in PROGRAMS:
        if shutil.which(program) is None:
            _missing(f"{program} is not installed")
    with (Path(tempfile.gettempdir()) / f"station-sound-{os.getuid()}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        folder = Path(tempfile.mkdtemp(prefix="sound-"))  # a socket's path must be short
        point_at(monkeypatch, folder)
        server = SoundServer(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
            shutil.rmtree(folder, ignore_errors=True)


def point_at(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let sound go to the server of this folder, if there is one."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{folder}/pulse/native")


def _missing(why: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"no sound can be tested: {why}")
    pytest.skip(why)
