"""All pages of the coach's besides Trackside."""

from __future__ import annotations

from station.console.room import Room
from station.live.ground import Ground


def rooms(ground: Ground) -> tuple[Room, ...]:
    """Make them.

    Args:
        ground: Where sessions are held.
    """
    del ground  # none of them yet
    return ()
