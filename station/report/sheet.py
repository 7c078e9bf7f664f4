"""A session's report as a spreadsheet: a summary, and a sheet for each athlete.

It decides sheets, columns and formats. Numbers stay numbers, and no text is ever a formula. It
computes no result.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any

import xlsxwriter

from station.flags import MEANING
from station.report import words
from station.report.rows import Report, Row

LONGEST_TITLE = 31  # Excel's, in UTF-16 units
ILLEGAL = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
SUMMARY, TRAY = "Summary", "Unassigned"
RESERVED = "history"

Cell = str | float | datetime | None
COLUMNS: tuple[tuple[str, int, str, Callable[[Row], Cell]], ...] = (
    ("Rep", 6, "0", lambda row: row.number),
    ("Set", 6, "0", lambda row: row.set),
    ("Rep of set", 10, "0", lambda row: row.in_set),
    ("Distance, m", 11, "0.##", lambda row: row.distance_m),
    ("State", 12, "", lambda row: row.state),
    ("Against 400 m pace", 18, "", lambda row: words.verdict(row) or None),
    ("Over 400 m pace", 15, "0.0%", lambda row: row.pace_ratio and row.pace_ratio - 1.0),
    ("Time, s", 9, "0.000", lambda row: row.time_s),
    ("± s (95 %)", 10, "0.000", lambda row: row.time_95_s),
    ("Gates, s", 9, "0.000", lambda row: row.gates_s),
    ("Camera, s", 9, "0.000", lambda row: row.camera_s),
    ("m/s", 9, "0.000", lambda row: row.velocity_mps),
    ("± m/s (95 %)", 12, "0.000", lambda row: row.velocity_95_mps),
    ("At 400 m pace, s", 15, "0.00", lambda row: row.at_400_pace_s),
    ("At 800 m pace, s", 15, "0.00", lambda row: row.at_800_pace_s),
    ("Recovery planned, s", 18, "0", lambda row: row.recovery_planned_s),
    ("Recovery taken, s", 16, "0.0", lambda row: row.recovery_s),
    ("± s", 6, "0.0", lambda row: row.recovery_95_s),
    ("Cut short by, s", 14, "0", lambda row: row.cut_short_s),
    ("Wind", 14, "", lambda row: words.wind(row.wind) or None),
    ("Remarks", 40, "", lambda row: "; ".join(words.remarks(row)) or None),
    ("Flags", 60, "", lambda row: " ".join(MEANING.get(flag, flag) for flag in row.flags) or None),
)
"""Heading, width, number format, and what stands in it."""


def to_workbook(report: Report, zone: tzinfo | None = None) -> bytes:
    """The report as an Excel workbook.

    Args:
        report: Whole, or one athlete's.
        zone: Of times of day; where the computer is, by default.
    """
    data = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    began = words.local(report.utc, zone).replace(tzinfo=None)
    with xlsxwriter.Workbook(data, options) as book:
        book.set_properties({"created": began})  # the same report, the same file
        bold, styles = book.add_format({"bold": True}), _styles(book)
        titles = sheet_titles([SUMMARY, *(one.athlete.name for one in report.people), TRAY])
        sheet = book.add_worksheet(titles[0])
        sheet.write_string(0, 0, words.title(report, zone), bold)
        sheet.write_string(1, 0, f"{words.KINDS[report.kind]} {report.workout}".strip())
        headings = [
            "Athlete",
            "Stopped",
            *(words.summary(report.people[0]) if report.people else ()),
            "Advice",
        ]
        table = (
            [
                one.athlete.name,
                words.stopped(one) or None,
                *words.summary(one).values(),
                " ".join(one.advice),
            ]
            for one in report.people
        )
        _write(sheet, 3, [(heading, 22, "") for heading in headings], table, styles)
        for title, one in zip(titles[1:], report.people, strict=False):
            _rows(book.add_worksheet(title), one.rows, styles, zone)
        if report.unassigned:
            _rows(book.add_worksheet(titles[-1]), report.unassigned, styles, zone)
    return data.getvalue()


def sheet_titles(names: Iterable[str]) -> list[str]:
    """Names made into titles that a spreadsheet takes, each another one."""
    taken: set[str] = {RESERVED}
    titles = []
    for name in names:
        plain = ILLEGAL.sub("_", name).strip("'") or "_"
        title, number = _cut(plain, LONGEST_TITLE), 1
        while title.lower() in taken:
            number += 1
            end = f" ({number})"
            title = _cut(plain, LONGEST_TITLE - len(end)) + end
        taken.add(title.lower())
        titles.append(title)
    return titles


def _cut(text: str, units: int) -> str:
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore").rstrip("'")


def _styles(book: Any) -> dict[str, Any]:
    """Each number format there is; under "heading" that of the first row."""
    formats = {"", *(form for _, _, form, _ in COLUMNS), "hh:mm:ss"}
    styles = {
        form: book.add_format({"num_format": form} if form else {}) for form in sorted(formats)
    }
    return {**styles, "heading": book.add_format({"bold": True, "bottom": 1})}


def _rows(sheet: Any, rows: Sequence[Row], styles: dict[str, Any], zone: tzinfo | None) -> None:
    """A sheet of reps."""
    columns = [("At", 10, "hh:mm:ss"), *(column[:3] for column in COLUMNS)]
    table = (
        [
            None if row.utc is None else words.local(row.utc, zone).replace(tzinfo=None),
            *(of(row) for *_, of in COLUMNS),
        ]
        for row in rows
    )
    _write(sheet, 0, columns, table, styles)
    sheet.freeze_panes(1, 0)


def _write(
    sheet: Any,
    top: int,
    columns: Sequence[tuple[str, int, str]],
    table: Iterable[Sequence[Cell]],
    styles: dict[str, Any],
) -> None:
    """Headings, and rows below them, each cell as what it is."""
    for place, (heading, wide, _) in enumerate(columns):
        sheet.set_column(place, place, wide)
        sheet.write_string(top, place, heading, styles["heading"])
    for line, cells in enumerate(table, start=top + 1):
        for place, (cell, (_, _, form)) in enumerate(zip(cells, columns, strict=True)):
            if isinstance(cell, str):
                sheet.write_string(line, place, cell, styles[form])
            elif isinstance(cell, datetime):
                sheet.write_datetime(line, place, cell, styles[form])
            elif cell is not None:
                sheet.write_number(line, place, cell, styles[form])
