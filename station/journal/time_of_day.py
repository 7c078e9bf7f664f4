"""What the time of day tells of a session where station time alone cannot.

It decides how long a computer was off that was started anew, and where an instant told by another
clock lies in a session. Nowhere else is time of day subtracted. It changes no journal.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from station.journal.file import JournalError
from station.journal.journal import Record
from station.session.events import Resumed


def resume(last: Record, boot_id: str, now_ns: int, now_utc: str) -> Resumed | None:
    """Bridge a restart of the computer; got from the time of day.

    Args:
        last: The last event before it.
        boot_id: Of the computer's start now.
        now_ns: Station time now, which began anew where the computer did.
        now_utc: The time of day now.

    Returns:
        What makes old instants new ones; None where the computer was not started anew.

    Raises:
        JournalError: The time of day went back, so it cannot tell how long it was.
    """
    if last.boot_id == boot_id:
        return None
    away = datetime.fromisoformat(now_utc) - datetime.fromisoformat(last.utc)
    away_ns = round(away.total_seconds() * 1e6) * 1000
    if away_ns < 0:
        raise JournalError(
            f"the computer's time of day, {now_utc}, is before that of the session's last event, "
            f"{last.utc}; set its clock, or begin a new session ('station run --new')"
        )
    return Resumed(now_ns, now_ns - away_ns - last.event.at_ns)


def station_ns(records: Iterable[Record], utc: str) -> int:
    """Where a time of day lies in a session's station time, as that is after its last event.

    It is got from the time of day, as `resume` is, and only as right as the clocks are that told
    it: it says which rep was filmed, and when one was that nothing else saw.

    Args:
        records: The session's, in order; at least one.
        utc: ISO 8601, of any clock.
    """
    then, shift_ns = datetime.fromisoformat(utc), 0
    anchors: list[tuple[timedelta, int]] = []
    for one in reversed(list(records)):
        away = then - datetime.fromisoformat(one.utc)
        anchors.append((away, one.event.at_ns + shift_ns))
        if isinstance(one.event, Resumed):
            shift_ns += one.event.shift_ns
    # Clocks may have been set meanwhile: the nearest event knows best.
    away, at_ns = min(anchors, key=lambda anchor: abs(anchor[0]))
    return at_ns + away // timedelta(microseconds=1) * 1000
