"""The coach's terminal: keys in, the screen out.

It decides when the screen is drawn and what of it is written: what has changed. It decides no key
and no place on the screen, and holds up nobody: it draws in a thread of its own, from the latest
that it was shown. A terminal that is slow, stopped or gone costs the picture and no more. One that
cannot be drawn on is written on line by line.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import IO, Literal, Self, cast

from rich.console import Console
from rich.style import Style
from rich.theme import Theme

from hardware.clock import Clock
from hardware.keyboard import halted_by_nothing, is_ours
from station.session.shown import Snapshot
from station.terminal.asking import Meant
from station.terminal.hands import Hands
from station.terminal.screen import THEMES, View, draw, in_a_line
from station.terminal.screen_text import safe

FRAME_S = 0.1  # at least between two pictures
ALL_ANEW_S = 5.0  # so often every line is written, whatever else has written over it
FLASH_S, BLINK_S = 2.4, 0.4
MOST_LINES = 1000
LAST_WAIT_S = 1.0  # for a terminal that has stopped, when all is over
_CROP, _WRAP = "\x1b[?7l", "\x1b[?7h"  # what a name that is wider than thought does to its line


class Terminal:
    """Keys and screen, for as long as a `with` lasts."""

    def __init__(
        self,
        do: Callable[[Meant], None],
        stop: Callable[[], None],
        *,
        theme: Literal["sun", "night"] = "sun",
        clock: Clock | None = None,
        keys_from: int | None = None,
        screen_to: int | None = None,
    ) -> None:
        """Make ready.

        Args:
            do: Takes what the coach says, in another thread.
            stop: Ends the session.
            theme: Colours, from `station.terminal.screen`.
            clock: Station time; the computer's by default.
            keys_from: Where keys come from; standard input by default.
            screen_to: Where the screen is; standard output by default.
        """
        self._hands = Hands(
            do, stop, self.tell, changed=self._look, clock=clock, descriptor=keys_from
        )
        self._sheet = _Sheet(sys.stdout.fileno() if screen_to is None else screen_to, theme)
        self._new = threading.Condition()
        self._is_new = self._over = False
        self._now: Snapshot | None = None
        self._news: deque[str] = deque(maxlen=MOST_LINES)
        self._told = 0
        self._flash, self._flash_until_s, self._bell = "", 0.0, False

    def __enter__(self) -> Self:
        self._hands.__enter__()
        self._thread = threading.Thread(target=self._draw, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the terminal back, with all that was told written on it."""
        self._over = True
        self._look()
        self._thread.join(LAST_WAIT_S)
        self._hands.__exit__()

    def show(self, now: Snapshot) -> None:
        """Show how things stand, a few times a second."""
        self._now = now
        self._hands.show(now)
        self._look()

    def tell(self, line: str) -> None:
        """Show a line of news, or several."""
        with self._new:
            self._news.extend(line.splitlines())
            self._told += len(line.splitlines())
        self._look()

    def flash(self, text: str) -> None:
        """Draw the eye, and ring the bell: what should have been heard was not."""
        with self._new:
            self._flash, self._flash_until_s = text, time.monotonic() + FLASH_S
            self._bell = True
        self._look()

    def _look(self) -> None:
        with self._new:
            self._is_new = True
            self._new.notify()

    def _draw(self) -> None:
        halted_by_nothing()
        with suppress(OSError):  # the terminal is gone
            while not self._over:
                with self._new:
                    wait_s = BLINK_S if self._flash else None
                    self._new.wait_for(lambda: self._is_new or self._over, wait_s)
                    self._is_new = False
                    view, news = self._view(), [*self._news][len(self._news) - self._told :]
                    bell, self._told, self._bell = self._bell, 0, False
                if bell:
                    self._sheet.ring()
                if self._sheet.is_plain:
                    self._sheet.write(news, self._now, view.prompt)
                else:
                    self._sheet.draw(self._now, view)
                time.sleep(FRAME_S)
            self._sheet.give_back(self._news)

    def _view(self) -> View:
        left_s = self._flash_until_s - time.monotonic()
        if left_s <= 0:
            self._flash = ""
        lit = bool(self._flash) and int(left_s / BLINK_S) % 2 == 1
        return View(self._hands.prompt, self._hands.help, [*self._news][-10:], self._flash, lit)


class _Sheet:
    """A terminal to draw on, used by one thread."""

    def __init__(self, descriptor: int, theme: str) -> None:
        self._descriptor = descriptor
        styles = dict(THEMES[theme])
        self._base = Style.parse(styles.pop("base"))
        paper = _Paper(descriptor)
        self._console = Console(file=cast(IO[str], paper), theme=Theme(styles), highlight=False)
        self._blocks = paper.encoding.lower().startswith("utf")
        self._looks: list[object] = []
        self._was_size = (0, 0)
        self._anew_s = 0.0
        self._is_open = False
        self._line = ""

    @property
    def is_plain(self) -> bool:
        """Whether it can be written on only line by line."""
        console = self._console
        return console.is_dumb_terminal or console.legacy_windows or not console.is_terminal

    def ring(self) -> None:
        """Ring the bell."""
        self._console.bell()

    def draw(self, now: Snapshot | None, view: View) -> None:
        """Write what has changed; nothing while another has the terminal."""
        if not is_ours(self._descriptor):
            self._is_open = False
            return
        width, height = self._size()
        lines = draw(now, view, width, height, blocks=self._blocks)
        looks: list[object] = [(line.plain, line.style, line.spans, view.lit) for line in lines]
        before, self._looks = self._looks, looks
        size, now_s = (width, height), time.monotonic()
        if not self._is_open or now_s >= self._anew_s or size != self._was_size:
            before, self._was_size, self._anew_s = [None] * height, size, now_s + ALL_ANEW_S
        options = self._console.options.update(width=width, height=1, no_wrap=True)
        base = self._base + Style(reverse=True) if view.lit else self._base
        with self._console:  # all of it is written at once
            self._open()
            for row, line in enumerate(lines):
                if before[row] != looks[row]:
                    drawn = self._console.render_lines(line, options, style=base)
                    self._console.update_screen_lines(drawn, y=row)

    def write(self, news: list[str], now: Snapshot | None, prompt: str) -> None:
        """Write what was told, who is next where that has changed, and what is asked."""
        for line in news:
            self._say(line)
        line = prompt if prompt.endswith(": ") else "" if now is None else in_a_line(now)
        if line and line != self._line:
            self._line = line
            self._say(line)

    def give_back(self, told: Iterable[str]) -> None:
        """Show what was there before, and below it all that was told."""
        if self._is_open and is_ours(self._descriptor):
            self._console.set_alt_screen(False)
            self._console.file.write(_WRAP)
            self._console.show_cursor(True)
            for line in told:
                self._say(line)

    def _open(self) -> None:
        if not self._is_open:
            self._console.set_alt_screen(True)
            self._console.show_cursor(False)
            self._console.file.write(_CROP)
            self._is_open = True

    def _say(self, line: str) -> None:
        self._console.print(safe(line), markup=False, soft_wrap=True)

    def _size(self) -> tuple[int, int]:
        with suppress(OSError):
            width, height = os.get_terminal_size(self._descriptor)
            if width and height:
                return width, height
        return self._console.size


class _Paper:
    """What a console writes to; it keeps nothing back that a thread could be stuck with."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.encoding = sys.stdout.encoding or "utf-8"

    def write(self, text: str) -> int:
        data = text.encode(self.encoding, "replace")
        while data:
            data = data[os.write(self._descriptor, data) :]
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def fileno(self) -> int:
        return self._descriptor
