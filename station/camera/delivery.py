"""How many pictures a camera really delivers, and how many it leaves out (pure).

It decides when that is news. It knows no camera and no clock but their timestamps.
"""

from __future__ import annotations

import numpy as np

WINDOW_NS = 5_000_000_000
NEWS = 0.1  # relative: a rate that changes by more is told
FAR = 1.5  # intervals: a longer one lacks a picture
DROPPED_NEWS = 0.02  # of the pictures


class Delivery:
    """Counts the pictures of one camera.

    Attributes:
        rate_hz: Pictures a second, in the last seconds; None before they can be counted.
        asked_hz: So many it was asked for, or once delivered.
        missing_ratio: The share left out in the last seconds.
        heard_ns: Station time when the last picture came; None before the first.
    """

    def __init__(self, asked_hz: float | None = None) -> None:
        """Begin with none.

        Args:
            asked_hz: How many a second the camera was asked for, None where it decides.
        """
        self.rate_hz: float | None = None
        self.asked_hz, self.missing_ratio = asked_hz or 0.0, 0.0
        self.heard_ns: int | None = None
        self._stamps_ns: list[int] = []
        self._told_hz: float | None = None
        self._told_dropping = False

    def begin(self) -> None:
        """Go on with timestamps that have nothing to do with earlier ones."""
        self._stamps_ns, self.rate_hz, self.heard_ns = [], None, None

    def add(self, pts_ns: int) -> str | None:
        """Count a picture.

        Args:
            pts_ns: Its timestamp.

        Returns:
            What is to be told of the last seconds, if anything is.
        """
        self._stamps_ns.append(pts_ns)
        if pts_ns - self._stamps_ns[0] < WINDOW_NS or len(self._stamps_ns) < 3:
            return None
        steps_ns = np.diff(np.unique(self._stamps_ns))
        self._stamps_ns = []
        usual_ns = float(np.median(steps_ns))
        missing = int(np.round(steps_ns[steps_ns > FAR * usual_ns] / usual_ns - 1).sum())
        rate_hz, dropped = 1e9 / usual_ns, missing / (len(steps_ns) + missing)
        self.rate_hz, self.missing_ratio = rate_hz, dropped
        self.asked_hz = max(rate_hz, self.asked_hz)
        dropping = dropped > DROPPED_NEWS
        told_hz = self._told_hz
        if told_hz and abs(rate_hz / told_hz - 1) < NEWS and dropping == self._told_dropping:
            return None
        self._told_hz, self._told_dropping = rate_hz, dropping
        lost = f", and leaves out {100 * dropped:.0f} % of them" if dropping else ""
        return f"delivers {rate_hz:.4g} pictures a second{lost}"
