"""Devices that are compared on Set-up: what is told meanwhile, and what becomes known of them.

It decides that a comparison ends with a line, whatever ends it. What is compared, and how, its
kinds do.
"""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray

from hardware.errors import StationError
from station.live.chosen import Chosen
from station.threaded import Threaded


class Comparison(Threaded):
    """Devices that are compared from the beginning of a `with` to its end.

    Attributes:
        lines: What is to be said, the oldest first.
        over: Whether there is no more to come.
    """

    def __init__(self, name: str, chosen: Chosen) -> None:
        """Open nothing yet.

        Args:
            name: What it is, in words.
            chosen: The devices.
        """
        super().__init__(name)
        self.lines: list[str] = []
        self.over = False
        self._name, self._chosen = name, chosen

    @property
    def lost(self) -> bool:
        """Whether a camera was lost or its clock set, and may have another delay by now."""
        return False

    @abstractmethod
    def known(self, chosen: Chosen, when: str) -> Chosen | None:
        """A set-up with what was found; None where nothing was.

        Args:
            chosen: As it stands now.
            when: The instant, UTC.
        """

    def picture(self, marker: int) -> NDArray[np.uint8] | None:  # noqa: ARG002
        """What the camera sees that sees a marker; None where it is not shown."""
        return None

    @abstractmethod
    def _find(self) -> None:
        """Compare, and keep what is found; StationError where a device cannot be used."""

    def _attend(self) -> None:
        try:
            self._find()
        except StationError as error:
            self.lines.append(str(error))
        except Exception as error:  # a thread that dies tells nobody
            why = f"{type(error).__name__}: {error}"
            self.lines.append(f"the {self._name} ended: {why}; begin again")
        finally:
            self.over = True
