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


def first_page(browser: Browser, command: list[str], folder: Path) -> float:
    """Seconds until a page stands there."""
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
        page.close()
        station.terminate()
        station.stderr.read()
    return took_s


def main() -> None:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name, command in COMMANDS.items():
            took_s = [first_page(browser, command, Path(folder)) for _ in range(TIMES)]
            print(
                f"{name:<22} {statistics.median(took_s):.2f} s, at most {max(took_s):.2f} s "
                f"of {TIMES}; {MOST_S:g} s may be"
            )
        browser.close()


if __name__ == "__main__":
    main()
