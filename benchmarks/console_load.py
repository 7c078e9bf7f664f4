"""A whole session under load: ten phones on the board, and one review after the other.

`python benchmarks/console_load.py` (with PulseAudio) runs `station run` as a coach does: simulated
gates, a camera over the network, calls on a loudspeaker that is recorded. It prints, quiet and
under load:
- how far from its instant each tone is heard, of which 20 ms may be;
- how many pictures the camera sent, and how many it left out since nobody read the last one: who
  watches them hands none on before it is looked at, so that a picture dropped is one not read;
- how late a phone hears of what happens, and how long a strip takes.
"""

from __future__ import annotations

import http.client
import multiprocessing
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.queues import Queue
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cv2
import msgspec
import numpy as np
import psutil
import pytest

from hardware.video import open_video

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests"))
from sound_server import Recording, running_server  # noqa: E402

PHONES, LONG_S, SETTLE_S = 10, 60.0, 6.0
MOST_MS = 20.0
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 85]
ROOM_BYTES = 200_000  # of the camera's, for what was not read yet: a picture or two
NEAR_NS = 1_000_000_000


class Listener:
    """A client of the feed, and what it heard."""

    def __init__(self, port: int, path: str) -> None:
        self.told: list[tuple[dict[str, Any], int]] = []
        self.state: dict[str, Any] = {}
        self._line = http.client.HTTPConnection("127.0.0.1", port)
        self._path = path
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        self._line.request("GET", self._path)
        answer, kind = self._line.getresponse(), b""
        while text := answer.readline():
            if text.startswith(b"event: "):
                kind = text[7:].strip()
            elif text.startswith(b"data: ") and kind == b"told":
                self.told.append((msgspec.json.decode(text[6:]), time.clock_gettime_ns(7)))
            elif text.startswith(b"data: ") and kind == b"state":
                self.state = msgspec.json.decode(text[6:])


def reviews(port: int, clips: Path, over: threading.Event, took_s: list[float]) -> None:
    """Look at the last run again and again, each time as though for the first."""
    while not over.wait(0.1):
        for calibration in clips.glob("*.toml"):
            calibration.touch()  # so that nothing is taken from what was kept
        began_s = time.monotonic()
        line = http.client.HTTPConnection("127.0.0.1", port)
        line.request("GET", "/api/review/strip.jpg?marker=2")
        answer = line.getresponse()
        answer.read()
        if answer.status == 200:
            took_s.append(time.monotonic() - began_s)
        line.close()


def send(port: Queue[int], sent: Synchronized[int], left_out: Synchronized[int]) -> None:
    """Send the sample again and again to one client, as a phone does: MJPEG, in real time.

    A picture for which the network has no room, since nobody reads, is left out.
    """
    with open_video(ROOT / "recordings" / "fly30.mp4") as video:
        rate_hz = (video.frame_count - 1) / video.duration_s
        jpegs = [cv2.imencode(".jpg", one, QUALITY)[1].tobytes() for _, one in video.pictures()]
    with socket.create_server(("127.0.0.1", 0)) as server:
        port.put(server.getsockname()[1])
        line, _ = server.accept()
    line.recv(4096)
    line.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=x\r\n\r\n")
    line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM_BYTES)
    line.setblocking(False)
    waiting, number, begun_s = b"", 0, time.monotonic()
    while True:
        due_s = begun_s + number / rate_hz
        while (left_s := due_s - time.monotonic()) > 0:
            if not waiting or not select.select([], [line], [], left_s)[1]:
                time.sleep(max(0.0, due_s - time.monotonic()))
            else:
                waiting = waiting[line.send(waiting) :]
        jpeg, number = jpegs[number % len(jpegs)], number + 1
        if waiting:
            left_out.value += 1
            continue
        head = f"--x\r\nX-Timestamp: {due_s:.6f}\r\nContent-Length: {len(jpeg)}\r\n\r\n"
        whole = head.encode() + jpeg + b"\r\n"
        sent.value += 1
        try:
            waiting = whole[line.send(whole) :]
        except BlockingIOError:
            waiting = whole
        except OSError:
            return


@contextmanager
def phone() -> Iterator[tuple[int, Callable[[], tuple[int, int]]]]:
    """A camera; gives its port, and how many pictures it has sent and left out by now."""
    port: Queue[int] = multiprocessing.Queue()
    sent, left_out = (multiprocessing.Value("q") for _ in range(2))
    sending = multiprocessing.Process(target=send, args=(port, sent, left_out), daemon=True)
    sending.start()
    yield port.get(), lambda: (sent.value, left_out.value)
    sending.terminate()


@contextmanager
def station(folder: Path, camera: int) -> Iterator[tuple[int, int]]:
    """Run a session; gives the console's port and the process."""
    command = [
        *(sys.executable, "-m", "station", "run", "--console", "--port", "0", "--no-browser"),
        *("--gates", "simulated", "--speed", "1", "--fly", "30", "--new"),
        *("--camera", f"http://127.0.0.1:{camera}/", "--calibration", "recordings/fly30.toml"),
        *("--clips", str(folder / "clips"), "--journal", str(folder / "journal.sqlite")),
        *("--workout", "9 x 30m. 0:20 Rec between reps.", "--kind", "fly", "--call-spacing", "8"),
        *("--athletes", "Ana:58.0,Ben:55.5"),
    ]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=-3, text=True) as run:
        assert run.stderr is not None
        for line in run.stderr:
            if "http://" in line:
                break
        else:
            raise SystemExit("the station said nothing of a page")
        threading.Thread(target=run.stderr.read, daemon=True).start()
        yield urlsplit(line.split()[-1]).port or 0, run.pid
        run.terminate()


def measure(loaded: bool) -> None:
    with tempfile.TemporaryDirectory() as name, Recording() as recording, phone() as (at, counts):
        with station(Path(name), at) as (port, pid):
            coach = Listener(port, "/api/events?as=coach")
            phones = [Listener(port, "/api/events") for _ in range(PHONES if loaded else 1)]
            over, took_s = threading.Event(), list[float]()
            if loaded:
                given = (port, Path(name) / "clips", over, took_s)
                threading.Thread(target=reviews, args=given, daemon=True).start()
            process = psutil.Process(pid)
            time.sleep(SETTLE_S)
            cpu_s, began_s = sum(process.cpu_times()[:2]), time.monotonic()
            before = counts()
            time.sleep(LONG_S)
            share = (sum(process.cpu_times()[:2]) - cpu_s) / (time.monotonic() - began_s)
            sent, left_out = np.subtract(counts(), before)
            over.set()
            onsets_ns = recording.onsets_ns()
            devices = coach.state["now"]["devices"]
        cues = [one for one, _ in coach.told if one.get("event") in ("go", "warning")]
        off_ms = []
        for cue in cues[1:]:  # the first comes as the stream begins
            late_ns = onsets_ns - cue["at_ns"]
            nearest_ns = float(late_ns[np.argmin(np.abs(late_ns))])
            if abs(nearest_ns) < NEAR_NS:
                off_ms.append(nearest_ns / 1e6)
        late_ms = [
            (heard_ns - one["at_ns"]) / 1e6
            for phone in phones
            for one, heard_ns in phone.told
            if "at_ns" in one
        ]
        camera = next(one for one in devices if one["name"] == "camera")
        print("under load:" if loaded else "quiet:")
        print(
            f"  {len(off_ms)} of {len(cues) - 1} tones: {statistics.mean(off_ms):+.1f} ms, "
            f"farthest {max(off_ms, key=abs):+.1f} ms; {MOST_MS:g} may be"
        )
        print(
            f"  camera {camera['word']}: {sent} pictures sent, {left_out} left out for want of a "
            f"reader; the process takes {100 * share:.0f} % of a core"
        )
        print(
            f"  {len(phones)} phones hear of {len(late_ms)} cues {statistics.median(late_ms):.0f} "
            f"ms after their instants (median), at most {max(late_ms):.0f} ms"
        )
        if loaded:
            print(f"  {len(took_s)} strips, each in {statistics.median(took_s):.2f} s")


def main() -> None:
    with pytest.MonkeyPatch.context() as patch, running_server(patch):
        measure(loaded=False)
        measure(loaded=True)


if __name__ == "__main__":
    main()
