"""A real session on the page in a real browser: what it stands on is lost, and found again."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import av
import cv2
import pytest
from browsed import Browser, browser, closed, expect, opened
from plugged import SOON_S, Device, Station, renamed
from sound_server import SoundServer, running_server

__all__ = ["browser"]
RECORDINGS = Path(__file__).parent.parent / "recordings"
RATE_HZ, BEAT_S = 15.0, 0.3
HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n"


class WebCamera:
    """A camera that sends its one picture over HTTP again and again, until its cable is pulled."""

    def __init__(self, picture: bytes) -> None:
        self._picture, self.port = picture, 0
        self._open: list[socket.socket] = []
        self.plug_in()

    def plug_in(self) -> None:
        self._server = socket.create_server(("127.0.0.1", self.port))
        self.port = self._server.getsockname()[1]
        threading.Thread(target=self._serve, args=(self._server,), daemon=True).start()

    def pull(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for one in self._open:
            with suppress(OSError):  # the station left it
                one.shutdown(socket.SHUT_RDWR)
        self._open = []

    def _serve(self, server: socket.socket) -> None:
        try:
            while True:
                line, _ = server.accept()
                self._open.append(line)
                threading.Thread(target=self._send, args=(line,), daemon=True).start()
        except OSError:
            return  # pulled

    def _send(self, line: socket.socket) -> None:
        try:
            line.recv(4096)
            line.sendall(HEAD)
            began_s = time.time()
            for number in count():
                taken_s = began_s + number / RATE_HZ
                time.sleep(max(taken_s - time.time(), 0))
                stamp = f"X-Timestamp: {taken_s:.6f}\r\nContent-Length: {len(self._picture)}"
                line.sendall(b"--b\r\n%b\r\n\r\n%b\r\n" % (stamp.encode(), self._picture))
        except OSError:
            line.close()


@pytest.fixture
def camera() -> Iterator[WebCamera]:
    with av.open(str(RECORDINGS / "fly30.mp4")) as film:
        picture = next(film.decode(video=0)).to_ndarray(format="bgr24")
    one = WebCamera(cv2.imencode(".jpg", picture)[1].tobytes())
    yield one
    one.pull()


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    with running_server(monkeypatch) as server:
        yield server


@contextmanager
def beating(gate: Device) -> Iterator[None]:
    """A gate that says that it is there, until its cable is pulled."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_S):
            gate.beat()

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_camera_gate_and_sound_are_lost_and_found_again_in_mid_session(
    browser: Browser, camera: WebCamera, sound: SoundServer, tmp_path: Path
) -> None:
    with Device() as gate, Device() as another:
        name = renamed(tmp_path / "gate", gate)
        words = (
            *("run", "--console", "--port", 0, "--no-browser", "--new"),
            *("--gates", name, "--protocol", "fgp1"),
            *("--camera", f"http://127.0.0.1:{camera.port}/cam.mjpg"),
            *("--calibration", RECORDINGS / "fly30.toml", "--clips", tmp_path / "clips"),
            *("--workout", "2 x 30m. 1:00 Rec between reps.", "--kind", "fly"),
            *("--athletes", "Ana:58.0,Ben:55.5", "--journal", tmp_path / "journal.sqlite"),
        )
        with Station(*words) as station:
            page = opened(browser, station.hears("http://").split()[-1])
            expect.set_options(timeout=1000 * SOON_S)
            row = page.locator("#devices")
            with beating(gate):
                for well in ("gate not heard yet", "● sound on", f"● camera {RATE_HZ:.1f} fps"):
                    expect(row).to_contain_text(well)
            gate.unplug()
            camera.pull()
            sound.stop()
            for lost in ("✖ gate unplugged", "✖ camera gone", "✖ sound not heard"):
                expect(row).to_contain_text(lost)
            expect(page.locator("#state")).to_have_text(re.compile(r"^▲ .+ \(and 2 more\)$"))
            expect(page.locator("#who")).to_have_text("Ana")  # the session goes on
            renamed(name, another)
            camera.plug_in()
            sound.start()
            with beating(another):
                for found in ("gate not heard yet", "● sound on", "● camera "):
                    expect(row).to_contain_text(found)
                expect(page.locator("#state")).to_contain_text("all is well")
            closed(page)
