"""What ends a session, and who or what set it first.

It decides only that the first who ended it is kept.
"""

from __future__ import annotations

import threading

from station.session.events import Ender


class Stop(threading.Event):
    """Ends a session when it is set.

    Attributes:
        by: Who or what set it first; None where that was not said.
    """

    def __init__(self) -> None:
        super().__init__()
        self.by: Ender | None = None

    def end(self, by: Ender) -> None:
        """Set it."""
        if not self.is_set():
            self.by = by
        self.set()
