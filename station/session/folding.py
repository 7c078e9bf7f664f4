"""What a session's events come to, and how one is taken back (pure).

It decides which of the kept events count, and which the coach's last word was. What each changes
`station.session.state` decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from station.session import events as ev
from station.session.events import Happening, Recorded
from station.session.state import IllegalEventError, Session


def fold(events: Iterable[Happening]) -> Session:
    """The session after all these events.

    Raises:
        IllegalEventError: One of them cannot follow those before it.
    """
    session = Session()
    for event in events:
        apply_kept(session, event)
    return session


def apply_kept(session: Session, event: Happening) -> None:
    """Let an event happen that was kept.

    A call to somebody whose coming was taken back called nobody.

    Raises:
        IllegalEventError: It cannot happen.
    """
    try:
        session.apply(event)
    except IllegalEventError:
        if not isinstance(event, ev.Called):
            raise


def effective(records: dict[int, Recorded]) -> Iterator[Happening]:
    """What is left of a session's events, by number, when what was undone is left out."""
    undone = {event.undoes for event in records.values() if isinstance(event, ev.Undone)}
    for number, event in records.items():
        if number not in undone and not isinstance(event, ev.Undone):
            yield event


def undo(
    records: dict[int, Recorded], at_ns: int, rep: int | None = None
) -> tuple[tuple[ev.Undone, ...], Session]:
    """Take back what the coach did last and has not taken back.

    What was said at one instant is one command, as the start of a group, and goes together.

    Args:
        records: The session's events by number, in order.
        at_ns: Now, station time.
        rep: Take back the last correction of this one alone.

    Returns:
        The events that say so, and the session as it is then.

    Raises:
        IllegalEventError: There is nothing to take back, or what happened since rests on it.
    """
    undone = {event.undoes for event in records.values() if isinstance(event, ev.Undone)}
    mine = [
        number
        for number, event in records.items()
        if isinstance(event, ev.BY_THE_COACH) and number not in undone
    ]
    meant = [
        event
        for event in (records[number] for number in mine)
        if rep is None or (isinstance(event, ev.CORRECTING) and event.rep == rep)
    ]
    if not meant:
        raise IllegalEventError(
            "there is nothing to undo; what was timed can be voided or set aside"
        )
    last = meant[-1]
    together = [number for number in mine if records[number].at_ns == last.at_ns]
    events = tuple(ev.Undone(at_ns, number) for number in together)
    try:
        return events, fold(effective({**records, **dict(enumerate(events, max(records) + 1))}))
    except IllegalEventError as error:
        said = ev.in_json(type(last).__name__)
        raise IllegalEventError(
            f"'{said}' cannot be undone: what happened since rests on it; set that right first"
        ) from error
