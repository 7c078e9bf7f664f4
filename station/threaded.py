"""What lives from the beginning of a `with` to its end, in a thread of its own."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import Self


class Threaded(ABC):
    """It attends to something from the beginning of a `with` until it is told to stop."""

    def __init__(self, name: str) -> None:
        """Begin nothing yet.

        Args:
            name: The thread's, for whoever looks at a station that hangs.
        """
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._attend, name=name, daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and wait until all is let go; what was seen until now counts."""
        self._stopped.set()
        self._thread.join()

    @abstractmethod
    def _attend(self) -> None:
        """Attend until `_stopped` is set; raise nothing, since nobody would hear it."""
