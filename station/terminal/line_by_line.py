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

    def __init__(
        self,
        do: Callable[[Meant], None],
        stop: Callable[[], None],
        unread: Callable[[str], None] | None = None,
    ) -> None:
        """Make ready.

        Args:
            do: Takes what the coach says, in another thread.
            stop: Ends the session.
            unread: Is told, once, why no line can be printed any more, where the session is seen
                elsewhere too; None where it is not, and ends by that.
        """
        self._stack = ExitStack()
        self._unread, self._is_read = unread, True
        self._printer = Printer(alone=unread is None)
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
        try:
            self._stack.__exit__(kind, error, trace)
        except OSError as why:
            self._not_read(why)

    def show(self, now: Snapshot) -> None:
        """Say how things stand, which keys are understood by."""
        self._hands.show(now)

    def tell(self, line: str) -> None:
        """Print a line, soon.

        Raises:
            OSError: Of an earlier line that could not be printed.
        """
        if self._is_read:
            try:
                self._printer.say(line)
            except OSError as why:
                self._not_read(why)

    def warn(self, said: str) -> None:
        """Say something that is no event."""
        with suppress(OSError):  # nobody reads it: no reason to time no run
            print(f"station: {said}", file=sys.stderr, flush=True)

    def _not_read(self, why: OSError) -> None:
        if self._unread is None:
            raise why
        self._is_read = False
        self._unread(f"nobody reads these lines any more ({why.strerror}); the pages go on")

    def flash(self, text: str) -> None:
        """Ring the bell: what should have been heard was not."""
        with suppress(OSError):
            if sys.stderr.isatty():
                print(f"{BELL}station: {text}", file=sys.stderr, flush=True)
