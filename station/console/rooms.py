"""All pages of the coach's."""

from __future__ import annotations

from station.console.history import History
from station.console.review import ReviewRoom
from station.console.room import Room
from station.console.setup import SetupRoom
from station.console.trackside import Trackside
from station.console.workout import WorkoutRoom
from station.live.ground import Ground


def rooms(ground: Ground) -> tuple[Room, ...]:
    """Make them.

    Args:
        ground: Where sessions are held.
    """
    return (
        Trackside(ground),
        SetupRoom(ground),
        WorkoutRoom(ground),
        ReviewRoom(ground),
        History(ground),
    )
