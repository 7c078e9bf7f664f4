"""A session's events without one athlete, as if that one had never been there (pure).

It decides what in a session is about an athlete, and whom a video shows. Nobody else's rep or
clock changes by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from station.session import events as ev
from station.session.events import Recorded
from station.session.folding import apply_kept, effective, fold
from station.session.joining import readings_of
from station.session.state import Rep, Session

GONE = "…"


def named_in(events: Iterable[Recorded]) -> set[str]:
    """Everybody who was ever in a session."""
    names: set[str] = set()
    for event in events:
        if isinstance(event, ev.Opened):
            names.update(entry.athlete.name for entry in event.entries)
        elif isinstance(event, ev.OfAthlete):
            names.add(event.athlete)
    return names


def videos(events: dict[int, Recorded]) -> dict[str, set[str]]:
    """The paths of the videos that timed a session's runs → whose reps they show now."""
    reps = fold(effective(events)).reps
    shown: dict[str, set[str]] = {}
    for event in events.values():
        if not isinstance(event, ev.Ran | ev.Passed):
            continue
        for one in readings_of(event.run):
            if one.clip is not None:
                owner = reps[event.rep].athlete if event.rep in reps else None
                shown.setdefault(one.clip, set()).update([] if owner is None else [owner])
    return shown


def unnamed(name: str, text: str) -> str:
    """What somebody wrote, without a name."""
    return re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", GONE, text, flags=re.IGNORECASE)


def without(name: str, events: dict[int, Recorded]) -> dict[int, Recorded]:
    """Leave out an athlete: the name, the reps, and what was said about either.

    Args:
        name: Whom to forget.
        events: A session's events by number, in order.

    Returns:
        What is left, under the same numbers; none at all where nobody else was there.
    """
    settled = _settled(name, events)
    owners = fold(effective(events)).reps
    session, left = Session(), dict[int, Recorded]()
    undone = {event.undoes for event in events.values() if isinstance(event, ev.Undone)}
    for number, event in events.items():
        if isinstance(event, ev.Undone):
            if event.undoes in left:
                left[number] = event
            continue
        if number not in undone:
            apply_kept(session, event)
        if isinstance(event, ev.Opened):
            others = tuple(one for one in event.entries if one.athlete.name != name)
            if not others:
                return {}
            left[number] = msgspec.structs.replace(event, entries=others)
        elif isinstance(event, ev.Reordered):
            order = tuple(one for one in event.athletes if one != name)
            left[number] = msgspec.structs.replace(event, athletes=order)
        elif isinstance(event, ev.OfRep) and event.rep in settled:
            last = settled[event.rep]
            if last is None or number < last or number in undone:
                continue
            if number == last:
                left[number] = _as_it_is(session.reps[event.rep], event.at_ns)
            elif isinstance(event, ev.Ran) and event.athlete == name:
                left[number] = msgspec.structs.replace(event, athlete=owners[event.rep].athlete)
            else:
                left[number] = event
        elif isinstance(event, ev.Withdrawn) and event.athlete != name:
            left[number] = msgspec.structs.replace(event, note=unnamed(name, event.note))
        elif isinstance(event, ev.Noted):
            left[number] = msgspec.structs.replace(event, text=unnamed(name, event.text))
        elif not isinstance(event, ev.OfAthlete) or event.athlete != name:
            left[number] = event
    return left


def _settled(name: str, events: dict[int, Recorded]) -> dict[int, int | None]:
    """Reps that were this athlete's at any time → the event by which they ceased to be, or None."""
    session, last = Session(), dict[int, int | None]()
    undone = {event.undoes for event in events.values() if isinstance(event, ev.Undone)}
    for number, event in events.items():
        if isinstance(event, ev.Undone) or number in undone:
            continue
        apply_kept(session, event)
        if isinstance(event, ev.OfRep):
            if session.reps[event.rep].athlete == name:
                last[event.rep] = None
            elif event.rep in last and last[event.rep] is None:
                last[event.rep] = number
    return last


def _as_it_is(rep: Rep, at_ns: int) -> Recorded:
    """The one event that makes a rep as it is now."""
    if rep.athlete is None:
        assert rep.run is not None, "only timed runs are in the tray"
        return ev.Passed(at_ns, rep.rep, rep.run, rep.why)
    if rep.run is not None:
        return ev.Ran(at_ns, rep.athlete, rep.rep, rep.run)
    if rep.hand_s is not None:
        return ev.TypedIn(at_ns, rep.athlete, rep.rep, rep.end_ns, rep.hand_s)
    return ev.Split(at_ns, rep.athlete, rep.rep, rep.end_ns)
