"""What is said on stderr beside a result: warnings, questions, how far long work has come.

It decides when. It computes nothing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE_S = 1.5  # work that is shorter shows no progress bar


def warn(said: str) -> None:
    """Say something that is no result."""
    with suppress(OSError):  # nobody reads it: no reason to time no run
        print(f"station: {said}", file=sys.stderr, flush=True)


def asker() -> Callable[[str], bool] | None:
    """Who asks the coach; None where nobody can answer."""
    return _ask if sys.stdin.isatty() and sys.stderr.isatty() else None


def _ask(question: str) -> bool:
    """Ask once; no answer is what is in capitals at the question's end, "[Y/n]" or "[y/N]"."""
    print(question, end=" ", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip().lower()
    return {"y": True, "n": False}.get(answer[:1], question.endswith("[Y/n]"))


class Bar:
    """A progress bar on a terminal's stderr, for work that takes long enough to wonder."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._started_s = time.monotonic()
        self._shown: Progress | None = None

    def __enter__(self) -> Callable[[float], None]:
        return self._advance

    def __exit__(self, *_: object) -> None:
        if self._shown is not None:
            self._shown.stop()

    def _advance(self, done: float) -> None:
        """Show how much is done, from 0 to 1."""
        if self._shown is None:
            waited_s = time.monotonic() - self._started_s
            if waited_s < PATIENCE_S or not sys.stderr.isatty():
                return
            from rich.console import Console
            from rich.progress import Progress

            self._shown = Progress(console=Console(stderr=True), transient=True)
            self._shown.add_task(self._title, total=1.0)
            self._shown.start()
        self._shown.update(self._shown.task_ids[0], completed=done)
