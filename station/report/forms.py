"""The forms in which a report is handed out.

It decides which there are. What draws and lays out is slow to load, so each is loaded when it is
asked for.
"""

from __future__ import annotations

from station.report.rows import Report

FORMS = ("html", "xlsx", "csv", "json")


def written(report: Report, form: str) -> bytes:
    """A report in a form.

    Args:
        report: Whole, or one athlete's.
        form: One of `FORMS`.
    """
    if form == "html":
        from station.report.page import to_page

        return to_page(report)
    if form == "xlsx":
        from station.report.sheet import to_workbook

        return to_workbook(report)
    from station.report.files import to_csv, to_json

    return to_csv(report) if form == "csv" else to_json(report)
