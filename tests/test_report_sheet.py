"""The spreadsheet, read back by another program's library: numbers are numbers, text is text."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from math import isclose

import pytest
from drills import START, at, opened, run
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from station.report.rows import report
from station.report.sheet import ILLEGAL, LONGEST_TITLE, sheet_titles, to_workbook
from station.session import events as ev
from station.session.folding import fold

MOMENT = "2026-05-02T17:30:00.500Z"
DIGITS = 1e-12  # a double is written with 16 or 17 digits


def told(*names):
    events = [
        ev.Ran(at(15 + 30 * n), name, n + 1, run(15 + 30 * n)) for n, name in enumerate(names)
    ]
    session = fold(
        [opened(*names), ev.Began(START), *events, ev.Passed(at(500), 99, run(500), "late")]
    )
    return report("", MOMENT, "3 x 30m", session, lambda ns: MOMENT)


def sheets(data):
    return load_workbook(io.BytesIO(data))


def test_there_is_a_summary_a_sheet_for_each_athlete_and_the_tray():
    book = sheets(to_workbook(told("Ana", "Ben"), UTC))
    assert book.sheetnames == ["Summary", "Ana", "Ben", "Unassigned"]
    assert sheets(to_workbook(told("Ana", "Ben").only("Ben"))).sheetnames == ["Summary", "Ben"]
    assert book["Summary"]["A5"].value == "Ana"


def test_numbers_are_numbers_and_times_are_times():
    sheet = sheets(to_workbook(told("Ana"), UTC))["Ana"]
    row = dict(zip(*([cell.value for cell in line] for line in sheet.iter_rows()), strict=True))
    assert row["Rep"] == 1
    assert row["At"] == datetime(2026, 5, 2, 17, 30, 0, 500_000)
    assert isclose(row["Time, s"], 3.6, rel_tol=DIGITS)
    assert isclose(row["Over 400 m pace"], (30 / 3.6) / (400 / 58) - 1, rel_tol=DIGITS)
    assert row["Recovery taken, s"] is None


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\t=1", "'=1", "http://x.y", "{=1}"])
def test_no_name_is_a_formula_or_a_link(name):
    book = sheets(to_workbook(told(name)))
    cell = book["Summary"]["A5"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (name, "s", None)
    assert {cell.data_type for sheet in book for line in sheet for cell in line} <= {"s", "n", "d"}


def test_the_same_session_gives_the_same_file():
    assert to_workbook(told("Ana"), UTC) == to_workbook(told("Ana"), UTC)


def test_titles_that_a_spreadsheet_refuses_are_made_others():
    names = ["Summary", "a/b", "A?B", "history", 40 * "x", 40 * "x", "'q'", "", 20 * "🏃"]
    assert sheet_titles(names) == [
        *("Summary", "a_b", "A_B (2)", "history (2)"),
        *(31 * "x", 27 * "x" + " (2)", "q", "_", 15 * "🏃"),
    ]


@given(st.lists(st.text(min_size=1), min_size=1, max_size=8))
def test_every_title_is_legal(names):
    titles = sheet_titles(names)
    assert len({title.lower() for title in titles}) == len(names) == len(titles)
    for title in titles:
        assert 0 < len(title.encode("utf-16-le", "surrogatepass")) / 2 <= LONGEST_TITLE
        assert not ILLEGAL.search(title)
        assert title.strip("'") == title


def test_the_summary_says_who_stopped_and_why():
    stopped = ev.Withdrawn(at(30), "Ana", "=shin sore")
    session = fold([opened("Ana", "Ben"), ev.Began(START), stopped])
    book = sheets(to_workbook(report("", MOMENT, "", session, lambda ns: MOMENT)))
    headings, ana, ben = book["Summary"].iter_rows(min_row=4, max_row=6, values_only=True)
    column = headings.index("Stopped")
    assert (ana[column], ben[column]) == ("stopped: =shin sore", None)
