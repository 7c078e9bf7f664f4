"""Lines printed by a thread of their own, so that a reader who stops reading holds up nothing.

It decides what waits and for how long: a paused terminal or a full pipe costs lines at most at the
very end, never a run. It decides no word.
"""

from __future__ import annotations

import io
import os
import queue
import signal
import sys
import threading
from _thread import interrupt_main
from typing import Self

from station.legible import ERRORS

LAST_WAIT_S = 2.0  # for a reader who has stopped, when all is over


class Printer:
    """Standard output, for as long as a `with` lasts."""

    def __init__(self, *, alone: bool = True) -> None:
        """Start with nothing to print.

        Args:
            alone: Whether nobody sees anything elsewhere: where no line can be printed any more,
                the process is told to end.
        """
        self._alone = alone
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self._failed: OSError | None = None
        self._thread: threading.Thread | None = None
        try:
            sys.stdout.flush()
            descriptor = sys.stdout.fileno()
        except (OSError, io.UnsupportedOperation):
            return  # no file: a test's, or a window's
        self._thread = threading.Thread(target=self._print, args=(descriptor,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait until all is printed, unless nobody reads.

        Raises:
            OSError: Of a line that could not be printed.
        """
        if self._thread is not None:
            self._lines.put(None)
            self._thread.join(LAST_WAIT_S)
        self._raise()

    def say(self, line: str) -> None:
        """Print a line, soon.

        Raises:
            OSError: Of an earlier line that could not be printed.
        """
        self._raise()
        if self._thread is None:
            print(line, flush=True)
        else:
            self._lines.put(f"{line}\n".encode(sys.stdout.encoding, ERRORS))

    def _raise(self) -> None:
        if self._failed is not None:
            failed, self._failed = self._failed, None
            raise failed

    def _print(self, descriptor: int) -> None:
        while (line := self._lines.get()) is not None:
            while line:
                try:
                    line = line[os.write(descriptor, line) :]
                except OSError as error:
                    self._failed = error
                    if self._alone:
                        interrupt_main(signal.SIGTERM)  # nobody will ever read the rest
                    return
