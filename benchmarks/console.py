"""What the console costs, and how late it is: the first page, each change, the tone on a phone.

`python benchmarks/console.py` prints, of a session of eight athletes on this machine:
- from the command to the first page in a browser, which has 4 s;
- from what is shown to what ten boards have heard, and the processor time that they cost;
- how far from its instant a board in a browser begins the tone of a go-call.
"""

from __future__ import annotations

import http.client
import shutil
import statistics
import subprocess
import sys
import threading
import time

import msgspec
from playwright.sync_api import Browser, sync_playwright

from station.console.console import Console
from station.session import events as ev
from station.session.events import Entry
from station.session.roster import Athlete
from station.session.snapshot import snapshot
from station.session.state import Session, fold
from station.workout.plan import plan

NS = 1_000_000_000
BOARDS, CHANGES, TONES = 10, 50, 8
SPACING_S = 3.0
COMMAND = """
import threading
from station.commands import session
from station.live.desk import run_session
from station.console.console import Console
with Console(print, print, port=0) as console:
    print(console.url, flush=True)
    threading.Event().wait()
"""
EAR = """
const start = OscillatorNode.prototype.start;
window.tones = [];
OscillatorNode.prototype.start = function (at) {
  const heard_s = at - this.context.currentTime + this.context.outputLatency;
  window.tones.push([this.frequency.value, Date.now() / 1000 + heard_s]);
  return start.call(this, at);
};
"""


def group(*done: ev.Happening) -> Session:
    names = ("Ana", "Ben", "Cy", "Dee", "Eve", "Flo", "Gus", "Hal")
    reps = plan("fly-30").reps
    entries = tuple(Entry(Athlete(name, 58.0), reps) for name in names)
    opened = ev.Opened(0, "fly", entries, call_spacing_s=SPACING_S)
    return fold([opened, ev.Began(NS), *done])


def first_page(browser: Browser) -> float:
    began_s = time.monotonic()
    command = subprocess.Popen([sys.executable, "-c", COMMAND], stdout=subprocess.PIPE, text=True)
    assert command.stdout is not None
    page = browser.new_page()
    page.goto(command.stdout.readline().strip())
    page.locator("#own-keys button").first.wait_for()
    took_s = time.monotonic() - began_s
    page.close()
    command.kill()
    command.wait()
    return took_s


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


def tones(browser: Browser) -> list[float]:
    """How far from its instant each tone begins, by the clock on the wall."""
    with Console(print, print, port=0) as console:
        page = browser.new_page()
        page.add_init_script(EAR)
        page.goto(console.url + "board")
        session, over = group(), threading.Event()
        began_s = time.time()

        def show() -> None:
            while not over.wait(0.2):
                console.show(snapshot(session, NS + round((time.time() - began_s) * NS)))

        showing = threading.Thread(target=show)
        showing.start()
        page.locator("#sound").click()
        page.wait_for_timeout(1000 * (TONES * SPACING_S + 2))
        begun = page.evaluate("tones.filter((one) => one[0] === 1600).map((one) => one[1])")
        over.set()
        showing.join()
        page.close()
    due_s = [began_s + number * SPACING_S for number in range(1, TONES)]
    return [min((one - due for one in begun), key=abs) for due in due_s]


def main() -> None:
    path = shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        print(f"first page {first_page(browser):.2f} s after the command")
        late_s, share, size = changes()
        late_ms = sorted(1000 * one for one in late_s)
        print(
            f"{BOARDS} boards, {CHANGES} changes: heard {statistics.median(late_ms):.0f} ms after, "
            f"95 % within {late_ms[round(0.95 * len(late_ms)) - 1]:.0f} ms; a state has "
            f"{size / 1000:.1f} kB; {100 * share:.0f} % of a core, the boards' reading included"
        )
        off_ms = [1000 * one for one in tones(browser)]
        print("tones begin", ", ".join(f"{one:+.0f}" for one in off_ms), "ms from their instants")


if __name__ == "__main__":
    main()
