"""When a figure stands on Trackside in a browser, by station time.

A page's own clock is put on the station's by questions: of many, the one that was answered the
fastest tells best. A figure counts as painted when the browser takes up its next task after the
frame that shows it.
"""

from __future__ import annotations

import shutil
import statistics
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from playwright.sync_api import sync_playwright

from hardware.clock import Clock

sys.path.append(str(Path(__file__).parent.parent / "tests"))
from browsed import QUIET

QUESTIONS = 40
WATCH = """
() => {
  const found = window.painted = [];
  const [word, time] = ["last-word", "time"].map((id) => document.getElementById(id));
  let before = "";
  const look = () => {
    const now = [word.textContent, time.textContent, time.className].join();
    if (now === before) return;
    before = now;
    if (word.textContent !== "LAST" || !time.textContent) return;
    requestAnimationFrame(() => {
      const after = new MessageChannel();
      after.port1.onmessage = () => found.push(performance.now());
      after.port2.postMessage(null);
    });
  };
  new MutationObserver(look).observe(document.getElementById("last"),
    { subtree: true, childList: true, characterData: true, attributes: true });
}
"""


class Painted:
    """Trackside in Chromium, from the beginning of a `with` to its end."""

    def __init__(self, url: str, clock: Clock) -> None:
        """Open nothing yet."""
        self._url, self._clock = url, clock

    def __enter__(self) -> Self:
        """Open it, and watch for figures."""
        self._playwright = sync_playwright().start()
        path = shutil.which("chromium")
        self._browser = self._playwright.chromium.launch(executable_path=path, args=QUIET)
        self._page = self._browser.new_page(viewport={"width": 1366, "height": 768})
        self._page.goto(self._url)
        self._page.evaluate(WATCH)
        return self

    def wait(self, wait_s: float) -> None:
        """Let it go on."""
        self._page.wait_for_timeout(1000 * wait_s)

    def figures_ns(self) -> list[int]:
        """When each final figure was painted, station time."""
        fits = []
        for _ in range(QUESTIONS):
            asked_ns = self._clock.now_ns()
            page_ms = self._page.evaluate("performance.now()")
            told_ns = self._clock.now_ns()
            fits.append((told_ns - asked_ns, (asked_ns + told_ns) / 2 - page_ms * 1e6))
        _, apart_ns = min(fits)
        print(f"(a page's clock is known to {min(fits)[0] / 2e6:.1f} ms)")
        return [round(ms * 1e6 + apart_ns) for ms in self._page.evaluate("painted")]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self._browser.close()
        self._playwright.stop()


def later(events_ns: list[int], figures_ns: list[int]) -> None:
    """Print how long after each event its figure was painted."""
    waits_ms = []
    for event_ns, next_ns in zip(events_ns, [*events_ns[1:], None], strict=True):
        within = [at for at in figures_ns if at > event_ns and (next_ns is None or at < next_ns)]
        if within:
            waits_ms.append((within[0] - event_ns) / 1e6)
    print(
        f"{len(waits_ms)} of {len(events_ns)} figures were painted after they were told:", end=" "
    )
    if waits_ms:
        print(f"median {statistics.median(waits_ms):.0f} ms, worst {max(waits_ms):.0f} ms more")
