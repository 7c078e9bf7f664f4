"""What the console costs, and how late it is: each change, and the tone on a phone.

`python benchmarks/console.py` (with PulseAudio) prints, of a session of eight athletes:
- from what is shown to what ten boards have heard, and the processor time that they cost;
- how far from its instant the tone of a go-call is heard from a board in a browser that asks at
  this computer's address in the network, as a phone does.
"""

from __future__ import annotations

import http.client
import shutil
import statistics
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import sync_playwright

from hardware.clock import SystemClock
from station.console.console import Console
from station.session import events as ev
from station.session.events import Entry
from station.session.folding import fold
from station.session.roster import Athlete
from station.session.snapshot import snapshot
from station.session.state import Session
from station.workout.plan import plan

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from sound_server import Recording, running_server

NS = 1_000_000_000
BOARDS, CHANGES, TONES = 10, 50, 8
SPACING_S = 3.0


def group(*done: ev.Happening) -> Session:
    names = ("Ana", "Ben", "Cy", "Dee", "Eve", "Flo", "Gus", "Hal")
    reps = plan("fly-30").reps
    entries = tuple(Entry(Athlete(name, 58.0), reps) for name in names)
    opened = ev.Opened(0, "fly", entries, call_spacing_s=SPACING_S)
    return fold([opened, ev.Began(NS), *done])


def changes() -> tuple[list[float], float, int]:
    """How late each change is heard, the processor time a second, and the bytes of a state."""
    heard: list[tuple[int, float]] = []
    sizes: list[int] = []

    def listen(port: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port)
        line.request("GET", "/api/events")
        answer = line.getresponse()
        while text := answer.readline():
            if text.startswith(b'data: {"version'):
                now_s = time.monotonic()
                sizes.append(len(text))
                state = msgspec.json.decode(text[6:])["now"]
                if state is not None:
                    heard.append((len(state["rows"][0]["ran"]), now_s))

    with Console(print, print, port=0) as console:
        threads = [
            threading.Thread(target=listen, args=(console.share.port,)) for _ in range(BOARDS)
        ]
        for thread in threads:
            thread.start()
        began_s, cpu_s = time.monotonic(), time.process_time()
        said_s, skips = [], list[ev.Happening]()
        for number in range(1, CHANGES + 1):
            skips.append(ev.TypedIn(number * NS, "Ana", number, number * NS, 4.0))
            now = snapshot(group(*skips), number * NS)
            said_s.append(time.monotonic())
            console.show(now)
            time.sleep(0.2)
        share = (time.process_time() - cpu_s) / (time.monotonic() - began_s)
    for thread in threads:
        thread.join()
    late_s = [at_s - said_s[number - 1] for number, at_s in heard if 1 <= number <= CHANGES]
    # A state is repeated when a second is over: only what was heard before the next counts.
    return [one for one in late_s if one < 0.2], share, max(sizes)


def tones() -> list[float]:
    """How far from its instant each tone is heard, in seconds."""
    clock, path = SystemClock(), shutil.which("chromium")
    with (
        pytest.MonkeyPatch.context() as patch,
        running_server(patch),
        Recording() as recording,
        sync_playwright() as playwright,
        Console(print, print, port=0, share=True) as console,
    ):
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"], ignore_default_args=["--mute-audio"]
        )
        page = browser.new_page()
        page.goto(console.share.board())
        session, over = group(), threading.Event()
        began_ns = clock.now_ns()

        def show() -> None:
            while not over.wait(0.2):
                console.show(snapshot(session, NS + clock.now_ns() - began_ns))

        showing = threading.Thread(target=show)
        showing.start()
        page.locator("#sound").click()
        page.wait_for_timeout(1000 * (TONES * SPACING_S + 2))
        onsets_ns = recording.onsets_ns()
        over.set()
        showing.join()
        browser.close()
    due_ns = [began_ns + round(number * SPACING_S * NS) for number in range(1, TONES)]
    return [float(min(onsets_ns - due, key=abs)) / NS for due in due_ns]


def main() -> None:
    late_s, share, size = changes()
    late_ms = sorted(1000 * one for one in late_s)
    print(
        f"{BOARDS} boards, {CHANGES} changes: heard {statistics.median(late_ms):.0f} ms after, "
        f"95 % within {late_ms[round(0.95 * len(late_ms)) - 1]:.0f} ms; a state has "
        f"{size / 1000:.1f} kB; {100 * share:.0f} % of a core, the boards' reading included"
    )
    off_ms = [1000 * one for one in tones()]
    print("tones are heard", ", ".join(f"{one:+.0f}" for one in off_ms), "ms from their instants")


if __name__ == "__main__":
    main()
