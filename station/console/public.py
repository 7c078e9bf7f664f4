"""What of a session everybody may see: no notes, no advice, names only where allowed (pure).

It decides what is left out, and the initials that stand for a name. Whom it is shown to, others
decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from station.session.shown import Row, Snapshot
from station.voice.cues import Cue


def labels(rows: Iterable[Row], *, names: bool) -> dict[str, str]:
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


def _initials(row: Row) -> str:
    if row.initials != row.athlete:
        return row.initials
    return "".join(word[0].upper() for word in row.athlete.split())


def for_all(now: Snapshot, *, names: bool) -> dict[str, Any]:
    """A snapshot that everybody may see, with the same keys.

    Args:
        now: The session.
        names: Whether names are allowed.
    """
    label = labels(now.rows, names=names)
    seen: dict[str, Any] = msgspec.to_builtins(now)
    for one in (seen["next"], seen["last"], *seen["then"], *seen["running"], *seen["rows"]):
        if one is not None:
            one["athlete"] = label[one["athlete"]]
    if seen["provisional"] is not None and seen["provisional"]["athlete"] is not None:
        seen["provisional"]["athlete"] = label[seen["provisional"]["athlete"]]
    for row in seen["rows"]:
        row["initials"], row["note"] = row["athlete"], ""
    for aside in seen["tray"]:
        aside["why"] = ""
    if seen["last"] is not None:
        seen["last"]["advice"], seen["last"]["marks"] = [], []
        seen["last"]["written"]["remarks"] = []
    seen["together"] = [label[name] for name in seen["together"]]
    seen["troubles"], seen["devices"] = [], []
    return seen


def cue_for_all(cue: Cue, label: Mapping[str, str]) -> dict[str, Any]:
    """A cue that everybody may hear."""
    said = cue.text
    for name in cue.who:
        said = said.replace(name, label.get(name, name))
    who = [label.get(name, name) for name in cue.who]
    return {"event": cue.kind, "at_ns": cue.due_ns, "athletes": who, "said": said}
