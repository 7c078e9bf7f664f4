"""The desk of a session: what the coach, the loudspeaker and the camera say waits here, in order.

They say it from threads of their own, and the session's own thread takes it. It decides how much
waits, and understands none of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass

from hardware.clock import SystemClock
from hardware.errors import StationError
from hardware.mixer import Begun
from hardware.player import Output
from station.camera.events import CameraEvent
from station.session.commands import OfEvents, Undo
from station.session.news import Refused, Told
from station.session.state import Session
from station.stopping import Stop
from station.terminal.asking import Meant

MOST_WAITING = 500  # commands: a script that floods is slowed down, then left out
MOST_AT_ONCE = 20  # between two looks at time
FLOOD_S = 0.05
TAKEN_S = 2.0  # what is asked; far longer than a session ever looks away


@dataclass(frozen=True, slots=True)
class Asked:
    """A command whose speaker waits for what becomes of it.

    Attributes:
        command: What is said.
        became: What is told of it, once the session has taken it.
    """

    command: OfEvents | Undo
    became: Future[list[Told]]


Waiting = Meant | Asked | Begun | Output | CameraEvent


class Desk:
    """What the coach's keys and the loudspeaker are handed to, from any thread.

    Attributes:
        stopped: Ends the session when it is set.
        now_ns: Tells station time.
        from_ns: Of a session that goes on, its last event; 0 of a new one.
        session: Tells how far it has come.
        name: The session's, in the journal; empty before it begins.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, Waiting]] = deque()
        self.stopped = Stop()
        self.now_ns: Callable[[], int] = SystemClock().now_ns
        self.from_ns = 0
        self.session: Callable[[], Session] = Session
        self.name = ""

    def do(self, command: Meant) -> None:
        """Take what the coach says, now; of a flood of it, what fits."""
        if len(self._waiting) >= MOST_WAITING and self.stopped.wait(FLOOD_S):
            return
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append((self.now_ns(), command))

    def ask(self, command: OfEvents | Undo) -> None:
        """Take what the coach says, and wait for what becomes of it.

        Raises:
            StationError: It cannot be, or the session did not take it in time and will not.
        """
        asked = Asked(command, Future())
        self._waiting.append((self.now_ns(), asked))
        try:
            told = asked.became.result(TAKEN_S)
        except TimeoutError:
            if asked.became.cancel():
                raise StationError(
                    "the session was too busy, and nothing was changed; say it again"
                ) from None
            told = asked.became.result(TAKEN_S)  # it was just being taken
        for one in told:
            if isinstance(one, Refused):
                raise StationError(one.said)

    def tell(self, news: Output | Begun) -> None:
        """Take what the speaker says."""
        self._waiting.append((self.now_ns(), news))

    def film(self, event: CameraEvent) -> None:
        """Take what a camera says."""
        self._waiting.append((self.now_ns(), event))

    def stop(self) -> None:
        """End the session, in order: the coach says so."""
        self.stopped.end("coach")

    def taken(self, *, last: bool = False) -> Sequence[tuple[int, Waiting]]:
        """What waits, in order, and when it was said.

        Args:
            last: Whether it is not asked again: all that waits now, however much.
        """
        most = len(self._waiting) if last else MOST_AT_ONCE
        taken: list[tuple[int, Waiting]] = []
        with suppress(IndexError):
            while len(taken) < most:
                taken.append(self._waiting.popleft())
        return taken
