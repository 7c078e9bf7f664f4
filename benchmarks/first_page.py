"""How long it takes from a command to the first page in a browser, which may be 4 s.

`python benchmarks/first_page.py` starts each command as a coach does, waits until it says where its
pages are, and until one of them stands in a browser that is open already (to start Chromium is not
the station's). It prints the median and the longest of a few.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

TIMES = 5
MOST_S = 4.0
COMMANDS = {
    "station": ["open"],
    "station run --console": [
        *("run", "--console", "--gates", "simulated", "--speed", "1", "--fly", "30"),
        *("--workout", "fly-30", "--athletes", "Ana:58.0,Ben:55.5", "--no-sound", "--new"),
    ],
    "station demo": ["demo"],
}


def first_page(browser: Browser, command: list[str], folder: Path) -> tuple[float, float]:
    """Seconds until a page stands there, and what the station took of the processor for it."""
    given = [sys.executable, "-m", "station", *command, "--port", "0", "--no-browser"]
    if command != ["demo"]:
        given += ["--journal", str(folder / "journal.sqlite")]
    began_s = time.monotonic()
    with subprocess.Popen(given, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as station:
        assert station.stderr is not None
        said = b""
        while b"http://" not in said:
            said = station.stderr.readline()
            if not said:
                raise SystemExit(f"{' '.join(command)} said nothing of a page")
        page = browser.new_page()
        page.goto("http" + said.decode().strip().partition("http")[2])
        page.locator("#own-keys button").first.wait_for()
        took_s = time.monotonic() - began_s
        cpu_s = sum(psutil.Process(station.pid).cpu_times()[:2])
        page.close()
        station.terminate()
        station.stderr.read()
    return took_s, cpu_s


def main() -> None:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name, command in COMMANDS.items():
            found = [first_page(browser, command, Path(folder)) for _ in range(TIMES)]
            took_s, cpu_s = zip(*found, strict=True)
            print(
                f"{name:<22} {statistics.median(took_s):.2f} s, at most {max(took_s):.2f} s "
                f"of {TIMES}; {MOST_S:g} s may be; "
                f"{statistics.median(cpu_s):.2f} s of the processor"
            )
        browser.close()


if __name__ == "__main__":
    main()
