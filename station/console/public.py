"""What of a session everybody may see: no notes, no advice, names only where allowed (pure).

It decides what is left out, and the initials that stand for a name. Whom it is shown to, others
decide.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from station.session import shown
from station.voice.cues import Cue


def labels(rows: Iterable[shown.Row], *, names: bool) -> dict[str, str]:
    """What stands for each athlete: the name, or initials, with the number where two share them."""
    rows = list(rows)
    if names:
        return {row.athlete: row.athlete for row in rows}
    shared = Counter(_initials(row) for row in rows)
    return {
        row.athlete: f"{short} {row.number}" if shared[short] > 1 else short
        for row in rows
        for short in [_initials(row)]
    }


def _initials(row: shown.Row) -> str:
    if row.initials != row.athlete:
        return row.initials
    return "".join(word[0].upper() for word in row.athlete.split())


SEEN: dict[type, str] = {
    shown.Snapshot: "at_ns phase kind headline next then together running last rows tray digit set "
    "wind assumed_recovery_s remaining_s mute time_of_day around strides provisional no_last",
    shown.Due: "athlete place distance_m go_in_s ready_in_s called overdue recovery_s "
    "recovered_ratio at_400_s at_800_s",
    shown.Running: "athlete since_s",
    shown.Against: "verdict margin_ratio at_pace_s",
    shown.Written: "sign verdict look digits figures best",
    shown.Last: "rep athlete ago_s state number distance_m time_s time_95_s velocity_mps "
    "velocity_95_mps by_hand confirmed doubtful flags remarks against_400 against_800 recovery_s "
    "recovery_95_s cut_short_s best best_today first devices written",
    shown.Ran: "rep state time_s by_hand doubtful verdict text within look",
    shown.Strides: "does number of remaining_s",
    shown.Row: "number athlete standing done planned compared beat best_s ran",
    shown.Aside: "rep ago_s time_s velocity_mps text ours",
    shown.Provisional: "athlete since_s time_s within_s",
}
"""What everybody may see."""

LEFT_OUT: dict[type, dict[str, object]] = {
    shown.Snapshot: {"troubles": (), "devices": ()},
    shown.Written: {"remarks": ()},
    shown.Last: {"marks": (), "advice": ()},
    shown.Row: {"initials": "", "note": ""},
    shown.Aside: {"why": ""},
}
"""What nobody else sees, and what stands there instead."""


def for_all(now: shown.Snapshot, *, names: bool) -> dict[str, Any]:
    """A snapshot that everybody may see, with the same keys.

    Args:
        now: The session.
        names: Whether names are allowed.
    """
    label = labels(now.rows, names=names)
    seen: dict[str, Any] = _seen(now, label)
    seen["together"] = [label[name] for name in seen["together"]]
    for row in seen["rows"]:
        row["initials"] = row["athlete"]
    return seen


def _seen(value: object, label: Mapping[str, str]) -> Any:
    if isinstance(value, tuple):
        return [_seen(one, label) for one in value]
    if not isinstance(value, msgspec.Struct):
        return value
    seen = {key: _seen(getattr(value, key), label) for key in SEEN[type(value)].split()}
    if seen.get("athlete") is not None:
        seen["athlete"] = label[seen["athlete"]]
    return seen | LEFT_OUT.get(type(value), {})


def cue_for_all(cue: Cue, rows: Iterable[shown.Row], *, names: bool) -> dict[str, Any]:
    """A cue that everybody may hear.

    Args:
        cue: Which.
        rows: The session's athletes as it began; of who is none of them nothing is told.
        names: Whether names are allowed.
    """
    label = labels(rows, names=names)
    whom = {name: name if names else label.get(name, "?") for name in cue.who}
    longest_first = "|".join(re.escape(name) for name in sorted(whom, key=len, reverse=True))
    said = re.sub(rf"(?<!\w)(?:{longest_first})(?!\w)", lambda it: whom.get(it[0], ""), cue.text)
    return {
        "event": cue.kind,
        "at_ns": cue.due_ns,
        "athletes": [whom[name] for name in cue.who],
        "said": said,
    }
