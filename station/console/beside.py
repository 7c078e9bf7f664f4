"""Several who are shown a session, as one.

It decides nothing: each is opened, shown how things stand, and closed.
"""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from station.live.desk import Screen
from station.session.shown import Snapshot


class Beside:
    """A console beside the terminal."""

    def __init__(self, *screens: Screen) -> None:
        """Take them; the first is opened first and closed last."""
        self._screens = screens
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            for one in self._screens:
                opened.enter_context(one)
            self._stack = opened.pop_all()
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
        for one in self._screens:
            one.show(now)
