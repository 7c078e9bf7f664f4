"""A session told line by line, where no screen can be drawn: a pipe, a script, a log.

It decides where lines go and that keys come in as characters. It decides no word and no key.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self

from station.printer import Printer
from station.session.shown import Snapshot
from station.terminal.asking import Meant
from station.terminal.hands import Hands

BELL = "\a"


class LineByLine:
    """Lines out, keys in, for as long as a `with` lasts."""

    def __init__(self, do: Callable[[Meant], None], stop: Callable[[], None]) -> None:
        """Make ready.

        Args:
            do: Takes what the coach says, in another thread.
            stop: Ends the session.
        """
        self._stack = ExitStack()
        self._printer = Printer()
        self._hands = Hands(do, stop, self.warn)

    def __enter__(self) -> Self:
        self._stack.enter_context(self._printer)
        self._stack.enter_context(self._hands)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wait until all is printed, unless nobody reads.

        Raises:
            OSError: Of a line that could not be printed.
        """
        self._stack.__exit__(kind, error, trace)

    def show(self, now: Snapshot) -> None:
        """Say how things stand, which keys are understood by."""
        self._hands.show(now)

    def tell(self, line: str) -> None:
        """Print a line, soon.

        Raises:
            OSError: Of an earlier line that could not be printed.
        """
        self._printer.say(line)

    def warn(self, said: str) -> None:
        """Say something that is no event."""
        with suppress(OSError):  # nobody reads it: no reason to time no run
            print(f"station: {said}", file=sys.stderr, flush=True)

    def flash(self, text: str) -> None:
        """Ring the bell: what should have been heard was not."""
        with suppress(OSError):
            if sys.stderr.isatty():
                print(f"{BELL}station: {text}", file=sys.stderr, flush=True)
