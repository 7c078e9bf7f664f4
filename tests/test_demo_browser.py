"""The demo in a real browser, from its first call to the end of its workout."""

from __future__ import annotations

import json
import re
import signal
import urllib.request
from pathlib import Path

import pytest
from browsed import Browser, browser, closed, expect, opened
from plugged import Station

__all__ = ["browser"]  # a fixture

ENDS_MS = 90_000  # some 10 s, on a machine that others use too
SPEED = "10"


def test_the_demo_is_shown_from_its_start_to_the_end_of_its_workout(
    browser: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
    words = ("demo", "--no-browser", "--port", "0", "--speed", SPEED)
    with Station(*words, cwd=tmp_path) as station:
        url = station.hears("the console: ").split()[-1]
        page = opened(browser, url)
        headline, whose = page.locator("#headline"), page.locator("#whose")
        expect(whose).to_have_text(re.compile("Ana|Ben"), timeout=ENDS_MS)
        expect(headline).to_contain_text(
            re.compile("all reps are done", re.IGNORECASE), timeout=ENDS_MS
        )
        with urllib.request.urlopen(f"{url}api/state?as=coach") as answer:
            rows = json.loads(answer.read())["now"]["rows"]
        ran = {row["athlete"]: [one["text"] for one in row["ran"]] for row in rows}
        assert {name: len(texts) for name, texts in ran.items()} == {"Ana": 3, "Ben": 3}
        assert all(re.fullmatch(r"✓3\.\d\d", text) for texts in ran.values() for text in texts)
        page.keyboard.press("d")
        for name, texts in ran.items():
            shown = page.locator("#table tr", has_text=name)
            for text in texts:
                expect(shown).to_contain_text(text)
        closed(page)
        assert station.stopped_by(signal.SIGINT) == 0
