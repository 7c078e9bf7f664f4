"""The coach's hands on the keys: what is pressed, understood by how things stand.

It decides that keys are read in a thread of their own, and by which state of the session they are
understood: the last that was shown; what is pressed before the first one waits for it. It draws
nothing, so that it serves a terminal and a script alike.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Self

from hardware.clock import Clock, SystemClock
from hardware.keyboard import Keyboard
from station.session.shown import Snapshot
from station.terminal.asking import Leave, Meant
from station.terminal.keys import Keys, Pressed


class Hands:
    """The coach's keys, read and understood in a thread, for as long as a `with` lasts."""

    def __init__(
        self,
        do: Callable[[Meant], None],
        stop: Callable[[], None],
        tell: Callable[[str], None],
        *,
        changed: Callable[[], None] = lambda: None,
        clock: Clock | None = None,
        descriptor: int | None = None,
    ) -> None:
        """Make ready.

        Args:
            do: Takes what the coach says, in another thread.
            stop: Ends the session.
            tell: Takes what the coach is to be told of a key.
            changed: Hears of each key when it is understood.
            clock: Station time; the computer's by default.
            descriptor: Where keys come from; standard input by default.
        """
        self._do, self._stop, self._tell, self._changed = do, stop, tell, changed
        self._clock = clock or SystemClock()
        self._keyboard = Keyboard(self._press, descriptor)
        self._lock = threading.Lock()
        self._keys = Keys(self._keyboard.is_terminal)
        self._now: Snapshot | None = None
        self._early: list[tuple[str, int]] = []

    @property
    def prompt(self) -> str:
        """As `Keys` has it."""
        return self._keys.prompt

    @property
    def help(self) -> bool:
        """Whether all keys are to be shown."""
        return self._keys.help

    def __enter__(self) -> Self:
        self._keyboard.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._keyboard.__exit__()

    def show(self, now: Snapshot) -> None:
        """Say how things stand, which keys are understood by."""
        with self._lock:
            self._now = now
            early, self._early = self._early, []
            pressed = [one for key, at_ns in early for one in self._pressed(key, now, at_ns)]
            pressed.append(self._keys.settle(now, self._clock.now_ns()))
        for one in pressed:
            self._follow(one)

    def _press(self, key: str) -> None:
        at_ns = self._clock.now_ns()
        with self._lock:
            if self._now is None:
                self._early.append((key, at_ns))
                return
            pressed = self._pressed(key, self._now, at_ns)
        for one in pressed:
            self._follow(one)

    def _pressed(self, key: str, now: Snapshot, at_ns: int) -> list[Pressed]:
        settled = self._keys.settle(now, at_ns, key)
        return [settled, self._keys.press(key, now, at_ns)]

    def _follow(self, pressed: Pressed) -> None:
        if isinstance(pressed.meant, Leave):
            self._stop()
        elif pressed.meant is not None:
            self._do(pressed.meant)
        if pressed.line:
            self._tell(pressed.line)
        self._changed()
