"""A session's report for programs: JSON and CSV.

It decides their form; the keys are `station.report.Row`'s. It computes nothing.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, fields

import msgspec

from station.export import FORMULA_STARTS, rounded
from station.report import Person, Report, Row


def to_json(report: Report) -> bytes:
    """The report as the documented JSON object, UTF-8, athlete by athlete."""
    document = {
        "session": report.session,
        "utc": report.utc,
        "kind": report.kind,
        "workout": report.workout or None,
        "athletes": [_person(person) for person in report.people],
        "unassigned": [asdict(row) for row in report.unassigned],
    }
    text = json.dumps(rounded(document), indent=2, ensure_ascii=False, allow_nan=False)
    return f"{text}\n".encode("utf-8", "replace")


def to_csv(report: Report) -> bytes:
    """One row a rep, the JSON's keys as header; safe to open in a spreadsheet, UTF-8."""
    text = io.StringIO()
    # Quoted, since a name with a carriage return would else be two rows.
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    keys = [field.name for field in fields(Row)]
    writer.writerow(["session", *keys])
    for row in report.rows:
        cells = (getattr(row, key) for key in keys)
        writer.writerow([_cell(report.session), *map(_cell, cells)])
    return text.getvalue().encode("utf-8", "replace")


def _person(person: Person) -> dict[str, object]:
    return {
        **msgspec.to_builtins(person.athlete),
        "planned": person.planned,
        "reps": [asdict(row) for row in person.rows],
        "advice": person.advice,
    }


def _cell(value: object) -> object:
    if isinstance(value, tuple):
        return " ".join(value)
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return rounded(value)
