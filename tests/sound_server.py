"""A real sound server of a test's own, whose only device is a null sink."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

PATIENCE_S = 20.0  # a loaded machine starts and loses a sound server slowly
MODULES = ("module-null-sink sink_name=null rate=48000", "module-native-protocol-unix")


@dataclass
class SoundServer:
    """PulseAudio with a folder of its own, and no device but a null sink."""

    folder: Path

    def start(self) -> None:
        command = ["pulseaudio", "-n", "--daemonize=yes", "--exit-idle-time=-1"]
        loads = [word for module in MODULES for word in ("-L", module)]
        subprocess.run([*command, *loads], check=True, capture_output=True)
        with suppress(PermissionError):  # as on a desktop, where a daemon lets it
            first = os.sched_param(os.sched_get_priority_min(os.SCHED_RR) + 1)
            for thread in Path(f"/proc/{self.pid}/task").iterdir():
                os.sched_setscheduler(int(thread.name), os.SCHED_RR, first)

    @property
    def pid(self) -> int:
        return int((self.folder / "pulse" / "pid").read_text())

    def stop(self) -> None:
        try:
            pid = self.pid
        except FileNotFoundError:  # it was stopped before
            return
        os.kill(pid, signal.SIGTERM)
        wait_for_end(pid)


def wait_for_end(pid: int) -> None:
    """Wait until another's process has ended, reaped or not."""
    with suppress(ProcessLookupError):
        ending = os.pidfd_open(pid)
        ended, _, _ = select.select([ending], [], [], PATIENCE_S)
        os.close(ending)
        assert ended, f"process {pid} has not ended in {PATIENCE_S} s"


@contextmanager
def running_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    """Run one, and point sound at it; skips the test where there is none.

    Where the machine is busy with other tests, a sound server without real-time rights drops
    blocks, and one with them holds up the tests: so these run alone, when they are asked for.
    """
    if "STATION_SOUND" not in os.environ:
        pytest.skip("plays through a real sound server: run alone, with STATION_SOUND=1")
    try:
        import sounddevice  # noqa: F401
    except (ImportError, OSError) as error:
        _missing(str(error))
    if shutil.which("pulseaudio") is None:
        _missing("pulseaudio is not installed")
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
