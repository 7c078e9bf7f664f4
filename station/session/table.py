"""The session's state machine as three tables, and their diagrams (pure).

It decides which events are legal in which state, and which state follows. What else an event
changes is in `station.session.state`.

`python -m station.session.table` prints docs/session.md: the diagrams, drawn from the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeVar

from station.session import events as ev
from station.session.events import Happening, in_json

Phase = Literal["before", "warm-up", "on", "held", "cool-down"]
Standing = Literal["unknown", "in", "away", "out"]
RepState = Literal["none", "tray", "keyed", "timed", "hand", "skipped", "void"]
State = TypeVar("State", bound=str)
Table = dict[tuple[State, type[Happening]], State]


def _stays(states: Iterable[State], *events: type[Happening]) -> Table[State]:
    return {(state, event): state for state in states for event in events}


OPEN: tuple[Phase, ...] = ("on", "held")
EVER: tuple[Phase, ...] = (*OPEN, "cool-down")

SESSION: Table[Phase] = {
    ("before", ev.Opened): "warm-up",
    ("warm-up", ev.Began): "on",
    ("on", ev.Held): "held",
    ("held", ev.Released): "on",
    ("warm-up", ev.Ended): "cool-down",
    ("on", ev.Ended): "cool-down",
    ("held", ev.Ended): "cool-down",
    ("cool-down", ev.Began): "on",
    **_stays(("warm-up", *EVER), ev.Joined, ev.Withdrawn, ev.Rejoined, ev.Replanned),
    **_stays(("warm-up", *EVER), ev.Passed, ev.Resumed),
    **_stays(("warm-up", *OPEN), ev.Chosen, ev.Reordered),
    **_stays(("on",), ev.Called),
    **_stays(OPEN, ev.Started, ev.Finished, ev.RepDone, ev.Skipped),
    **_stays(EVER, ev.Ran, ev.Split, ev.TypedIn, ev.Assigned, ev.SetAside, ev.Confirmed),
    **_stays(EVER, ev.HandTimed, ev.Marked, ev.Noted, ev.Reread, ev.Voided, ev.WindNoted),
}
"""What the whole session is doing: (phase, event) → phase."""

KNOWN: tuple[Standing, ...] = ("in", "away", "out")

ATHLETE: Table[Standing] = {
    ("unknown", ev.Joined): "in",
    ("in", ev.Started): "away",
    ("away", ev.Started): "away",  # a false start: the watch starts anew
    ("away", ev.Finished): "in",
    ("away", ev.RepDone): "in",
    ("away", ev.Skipped): "in",
    ("away", ev.Ran): "in",
    ("in", ev.Withdrawn): "out",
    ("away", ev.Withdrawn): "out",
    ("out", ev.Rejoined): "in",
    **_stays(("in",), ev.Called, ev.Chosen, ev.RepDone, ev.Skipped),
    **_stays(("in", "out"), ev.Ran),
    **_stays(KNOWN, ev.Replanned, ev.Split, ev.TypedIn, ev.Assigned),
}
"""What an athlete is doing; those named at the opening are in."""

REP: Table[RepState] = {
    ("none", ev.Ran): "timed",
    ("none", ev.Passed): "tray",
    ("none", ev.RepDone): "keyed",
    ("none", ev.Finished): "hand",
    ("none", ev.Skipped): "skipped",
    ("none", ev.Split): "keyed",
    ("none", ev.TypedIn): "hand",
    ("tray", ev.Assigned): "timed",
    ("timed", ev.SetAside): "tray",
    ("keyed", ev.Ran): "timed",
    ("keyed", ev.HandTimed): "hand",
    ("hand", ev.Ran): "timed",
    ("tray", ev.Voided): "void",  # nobody's, and no run
    ("keyed", ev.Voided): "void",
    ("timed", ev.Voided): "void",
    ("hand", ev.Voided): "void",
    ("skipped", ev.Voided): "void",
    **_stays(("tray", "void"), ev.Passed),  # timed anew
    **_stays(("timed", "void"), ev.Ran),
    **_stays(("timed", "tray"), ev.Reread),
    **_stays(("tray", "keyed", "timed", "hand", "skipped", "void"), ev.Noted),
    **_stays(("timed",), ev.Confirmed),
    **_stays(("hand",), ev.HandTimed),
    **_stays(("keyed", "timed", "hand"), ev.Assigned, ev.Marked),
}
"""What became of a rep; "keyed" is one without a time, whose recovery runs."""

HEADLINES: Mapping[str, Table[Any]] = {
    "The session": SESSION,
    "Each athlete": ATHLETE,
    "Each rep, or run in the tray": REP,
}


def diagrams() -> str:
    """The tables as Mermaid diagrams in Markdown, which most viewers of code draw."""
    parts = [
        "# The session's states",
        "Drawn from the tables by `python -m station.session.table > docs/session.md`. An event "
        "happens only where every table that knows it has it; elsewhere it is refused, and "
        "changes nothing.",
    ]
    parts += [f"## {title}\n\n{_diagram(table)}" for title, table in HEADLINES.items()]
    return "\n\n".join(parts) + "\n"


def _diagram(table: Table[Any]) -> str:
    moves: dict[tuple[str, str], list[str]] = {}
    stays: dict[str, list[str]] = {}
    for (state, event), then in table.items():
        events = (
            stays.setdefault(state, []) if state == then else moves.setdefault((state, then), [])
        )
        events.append(in_json(event.__name__))
    begin = next(iter(table))[0]
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {_id(begin)}"]
    states = {state for move in moves for state in move}
    lines += [f'    state "{state}" as {_id(state)}' for state in sorted(states)]
    lines += [
        f"    {_id(state)} --> {_id(then)}: {', '.join(sorted(events))}"
        for (state, then), events in moves.items()
    ]
    lines += ["```", "", "What happens and leaves the state as it is:", ""]
    lines += [f"- {state}: {', '.join(sorted(events))}" for state, events in stays.items()]
    return "\n".join(lines)


def _id(state: str) -> str:
    return state.replace("-", "_")


if __name__ == "__main__":
    print(diagrams(), end="")
