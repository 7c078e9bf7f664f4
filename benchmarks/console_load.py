"""A whole session under load: ten phones on the board, and one review after the other.

`python benchmarks/console_load.py` (with PulseAudio) runs `station run` as a coach does: simulated
gates, a saved video as a camera, calls on a loudspeaker that is recorded. It prints, quiet and
under load:
- how far from its instant each tone is heard, of which 20 ms may be;
- which rate the camera delivers and what is left out of it;
- how late a phone hears of what happens, and how long a strip takes.
"""

from __future__ import annotations

import http.client
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import msgspec
import numpy as np
import psutil
import pytest

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests"))
from sound_server import Recording, running_server  # noqa: E402

PHONES, LONG_S, SETTLE_S = 10, 60.0, 6.0
MOST_MS = 20.0
TIMES = 5  # the sample is played
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


def longer(folder: Path) -> Path:
    """The sample, again and again, as one recording."""
    film = folder / "film.mp4"
    with av.open(str(film), "w") as written:
        stream, begins = None, 0
        for _ in range(TIMES):
            with av.open(str(ROOT / "recordings" / "fly30.mp4")) as sample:
                stream = stream or written.add_stream_from_template(sample.streams.video[0])
                ends = begins
                for packet in sample.demux(sample.streams.video[0]):
                    if packet.pts is not None and packet.dts is not None:
                        packet.pts, packet.dts = packet.pts + begins, packet.dts + begins
                        packet.stream = stream
                        ends = max(ends, packet.pts + (packet.duration or 0))
                        written.mux(packet)
                begins = ends
    return film


@contextmanager
def station(folder: Path) -> Iterator[tuple[int, int]]:
    """Run a session; gives the console's port and the process."""
    command = [
        *(sys.executable, "-m", "station", "run", "--console", "--port", "0", "--no-browser"),
        *("--gates", "simulated", "--speed", "1", "--fly", "30", "--new"),
        *("--camera", str(longer(folder)), "--calibration", "recordings/fly30.toml"),
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
    with tempfile.TemporaryDirectory() as name, Recording() as recording:
        with station(Path(name)) as (port, pid):
            coach = Listener(port, "/api/events?as=coach")
            phones = [Listener(port, "/api/events") for _ in range(PHONES if loaded else 1)]
            over, took_s = threading.Event(), list[float]()
            if loaded:
                given = (port, Path(name) / "clips", over, took_s)
                threading.Thread(target=reviews, args=given, daemon=True).start()
            process = psutil.Process(pid)
            time.sleep(SETTLE_S)
            cpu_s, began_s = sum(process.cpu_times()[:2]), time.monotonic()
            time.sleep(LONG_S)
            share = (sum(process.cpu_times()[:2]) - cpu_s) / (time.monotonic() - began_s)
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
        print(f"  camera {camera['word']}; the process takes {100 * share:.0f} % of a core")
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
