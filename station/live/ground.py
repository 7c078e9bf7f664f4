"""A station that stands open: one session after another, and what lies between them.

It decides which session is on, and to whom what the coach says goes. The sessions run in the
thread that waits here; whoever begins or ends one speaks from any other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hardware.errors import StationError
from station.journal.file import InUseError, check_free
from station.live.attended import Screen
from station.live.chosen import BY_HAND
from station.live.desk import Desk
from station.live.opening import Opening, open_session
from station.session.news import Told
from station.session.shown import Snapshot
from station.terminal.asking import Meant

LOOK_S = 0.1


class Shown(Protocol):
    """Pages that stay open from session to session."""

    def show(self, now: Snapshot | None) -> None:
        """Show how things stand; None between sessions."""

    def hear(self, told: Told) -> None:
        """Take an event."""

    def tell(self, line: str) -> None:
        """Take a line of news."""


@dataclass(frozen=True, slots=True)
class On:
    """The session that is on.

    Attributes:
        opening: What it was opened with.
        desk: Takes what is said to it, and knows how far it has come.
    """

    opening: Opening
    desk: Desk


class Ground:
    """Where sessions are held.

    Attributes:
        journal: Where they are kept.
        clips: Where recordings of their runs are.
        stopped: Ends the station when no session is on.
        chosen: What the next session is timed with.
        let_go: Frees camera and gates that a page holds, before a session opens them.
        filmed: Whether a session that is over had a camera.
    """

    def __init__(self, journal: Path, clips: Path) -> None:
        """Open with no session on.

        Args:
            journal: Where sessions are kept.
            clips: Where recordings of their runs are.
        """
        self.journal, self.clips = journal, clips
        self.stopped = threading.Event()
        self.chosen = BY_HAND
        self.let_go: Callable[[], None] = lambda: None
        self.filmed = False
        self._change = threading.Condition()
        self._next: Opening | None = None
        self._on: On | None = None
        self._ended = False

    @property
    def on(self) -> On | None:
        """The session that is on; None between two."""
        return self._on

    def begin(self, opening: Opening) -> None:
        """Have a session begin.

        Raises:
            StationError: One is on, or another station is using the journal.
        """
        with self._change:
            self.check_free()
            self._next = opening
            self._change.notify_all()

    def check_free(self) -> None:
        """See that a session can begin.

        Raises:
            StationError: One is on, or another station is using the journal.
        """
        if self._on is not None or self._next is not None:
            raise StationError("a session is on; end it first (Q on Trackside)")
        try:  # here, and not only once the session is to be kept
            check_free(self.journal)
        except InUseError:
            raise
        except StationError:  # the session goes on in memory, and says so itself
            return

    def do(self, command: Meant) -> None:
        """Take what the coach says to the session that is on; between two it is for nobody."""
        if (on := self._on) is not None:
            on.desk.do(command)

    def end(self) -> None:
        """End the session that is on, in order; the station stays open."""
        if (on := self._on) is not None:
            self._ended = True
            on.desk.stop()

    def hold(
        self,
        opening: Opening,
        desk: Desk,
        screen: Screen,
        tell: Callable[[Told], None],
        warn: Callable[[str], None],
    ) -> Path | None:
        """Run one session to its end; see `station.live.opening.open_session`."""
        with self._change:  # at once: between the two nobody may begin another
            self._next, self._on = None, On(opening, desk)
        try:
            self.let_go()
            return open_session(opening, desk, screen, tell, warn)
        finally:
            if opening.camera is not None:
                self.filmed = True
                if opening.camera.lost:
                    self.chosen = self.chosen.after_loss()
            with self._change:
                self._on = None

    def attend(self, pages: Shown) -> None:
        """Run what is begun, one after the other, until the station is told to stop.

        Args:
            pages: Show each; a session that cannot go on is said there, and the next may begin.
        """
        while (opening := self._wait()) is not None:
            desk, self._ended = Desk(), False
            try:
                self.hold(opening, desk, _Kept(pages), pages.hear, pages.tell)
            except StationError as error:
                pages.tell(f"✖ {error}")  # which stands out until there is other news
            pages.show(None)
            if desk.stopped.is_set() and not self._ended:
                return  # by a signal, and not by the coach

    def _wait(self) -> Opening | None:
        while not self.stopped.is_set():
            with self._change:
                self._change.wait_for(lambda: self._next is not None, LOOK_S)
                if self._next is not None:
                    return self._next
        return None


class _Kept(nullcontext[None]):
    """Pages as a session's screen: they stay when it ends."""

    def __init__(self, pages: Shown) -> None:
        super().__init__()
        self.show = pages.show
