"""A session's report for programs: JSON and CSV.

It decides their form; the keys are `station.report.rows.Row`'s. It computes nothing.
"""

from __future__ import annotations

import csv
import io

import msgspec

from station.export import FORMULA_STARTS, rounded
from station.report import words
from station.report.rows import Person, Report, Row


def to_json(report: Report) -> bytes:
    """The report as the documented JSON object, UTF-8, athlete by athlete."""
    document = {
        "session": report.session,
        "utc": report.utc,
        "kind": report.kind,
        "workout": report.workout or None,
        "athletes": [_person(person) for person in report.people],
        "unassigned": report.unassigned,
    }
    in_short = msgspec.json.encode(rounded(msgspec.to_builtins(document)))
    return msgspec.json.format(in_short, indent=2) + b"\n"


def to_csv(report: Report) -> bytes:
    """One row a rep, the JSON's keys as header; safe to open in a spreadsheet, UTF-8.

    Beside each rep stands whether its athlete stopped before the end, and the note of that.
    """
    text = io.StringIO()
    # Quoted, since a name with a carriage return would else be two rows.
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    keys = Row.__struct_fields__
    writer.writerow(["session", *keys, "stopped"])
    stopped = {one.athlete.name: words.stopped(one) for one in report.people}
    for row in report.rows:
        cells = (getattr(row, key) for key in keys)
        told = (report.session, *cells, stopped.get(row.athlete or "") or None)
        writer.writerow([*map(_cell, told)])
    return text.getvalue().encode("utf-8", "replace")


def _person(person: Person) -> dict[str, object]:
    return {
        **msgspec.structs.asdict(person.athlete),
        "planned": person.planned,
        "stopped": person.stopped,
        "reps": person.rows,
        "advice": person.advice,
    }


def _cell(value: object) -> object:
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return rounded(value)
