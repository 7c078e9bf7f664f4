"""Several screens of one session, as one: the coach's terminal, and pages in browsers.

It decides nothing: each shows the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from station.live.attended import Screen
from station.session.shown import Snapshot


class Screens:
    """All of them, for as long as a `with` lasts."""

    def __init__(self, screens: Sequence[Screen]) -> None:
        self._screens = screens
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for screen in self._screens:
                stack.enter_context(screen)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def show(self, now: Snapshot) -> None:
        """Show how things stand."""
        for screen in self._screens:
            screen.show(now)
