"""The coach's hands on a page: the same keys, pressed as buttons, and answers typed whole.

It decides no key and no question; `station.terminal.keys` does. Each open page has a question of
its own.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from hardware.keystrokes import ESCAPE
from station.session.shown import Snapshot
from station.terminal.asking import Meant
from station.terminal.keys import Keys, Pressed

MOST_PAGES = 30
NO_QUESTION = "that question is over; press its key again"


class _PageKeys(Keys):
    """Keys of a page: an answer comes whole."""

    def __init__(self) -> None:
        # A browser says itself which press is a repeat, and a page passes none on.
        super().__init__(can_stay_down=False)

    def press(self, key: str, now: Snapshot, at_ns: int) -> Pressed:
        """Take a key; any but "rep done" ends the question that is open."""
        if self.asked is not None and key not in (" ", ESCAPE):
            super().press(ESCAPE, now, at_ns)
        return super().press(key, now, at_ns)

    def answer(self, text: str) -> Pressed:
        """Take an answer."""
        if self.asked is None:
            return Pressed(line=NO_QUESTION)
        return self.go_on(self.asked[0], text.strip())

    @property
    def asks(self) -> dict[str, str] | None:
        """The question, what answers it at once, and what stands there to begin with."""
        if self.asked is None:
            return None
        ask = self.asked[1]
        return {"question": ask.question, "at_once": ask.at_once, "typed": ask.typed}


class PageHands:
    """The keys of all open pages, used by one thread."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, _PageKeys] = OrderedDict()

    def press(self, page: str, key: str, now: Snapshot, at_ns: int) -> tuple[Meant | None, Any]:
        """Take a key.

        Args:
            page: Which, by a name of its own.
            key: As `Keys.press` has it.
            now: The session.
            at_ns: When, station time.

        Returns:
            What the coach says by it, and what the page is to show.
        """
        keys = self._of(page)
        return self._shown(keys, keys.press(key, now, at_ns))

    def answer(self, page: str, text: str) -> tuple[Meant | None, Any]:
        """Take an answer; otherwise as `press`."""
        keys = self._of(page)
        return self._shown(keys, keys.answer(text))

    def _of(self, page: str) -> _PageKeys:
        keys = self._pages.setdefault(page, _PageKeys())
        self._pages.move_to_end(page)
        if len(self._pages) > MOST_PAGES:
            self._pages.popitem(last=False)
        return keys

    def _shown(self, keys: _PageKeys, pressed: Pressed) -> tuple[Meant | None, Any]:
        prompt = "" if keys.asks else keys.prompt
        return pressed.meant, {"ask": keys.asks, "prompt": prompt, "line": pressed.line}
