"""A session's report as one page, to be printed, or sent by a messenger.

It decides what stands on the page and in which order; its look is in `report.html.jinja`. All of
it is in one file that asks for nothing from anywhere. It computes no result.
"""

from __future__ import annotations

from datetime import tzinfo
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from station.pace import pace_400_mps
from station.report import words
from station.report.plots import recoveries, velocities
from station.report.rows import Person, Report


def to_page(report: Report, zone: tzinfo | None = None) -> bytes:
    """The report as HTML, UTF-8.

    Args:
        report: Whole, or one athlete's.
        zone: Where it is read; where the computer is, by default.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(
        files("station.report").joinpath("report.html.jinja").read_text("utf-8")
    )
    page = template.render(
        report=report,
        title=words.title(report, zone),
        people=[_person(person) for person in report.people],
        flags=words.flag_meanings(report.rows),
        words=words,
        at=lambda row: "" if row.utc is None else f"{words.local(row.utc, zone):%H:%M}",
    )
    return f"{page}\n".encode("utf-8", "replace")


def _person(person: Person) -> dict[str, Any]:
    """What the template asks of an athlete, with the plots that there is something for."""
    rows, athlete = person.rows, person.athlete
    plots = []
    if any(row.velocity_mps is not None for row in rows):
        paces_mps = {}
        if athlete.time_400_s is not None:
            paces_mps["400 m pace"] = pace_400_mps(athlete.time_400_s)
        if athlete.time_800_s is not None and rows[0].kind == "400-pace":
            paces_mps["800 m pace"] = 800.0 / athlete.time_800_s
        plots.append(("Velocity, with 95 % intervals", *velocities(rows, paces_mps)))
    if any(row.recovery_s is not None for row in rows):
        plots.append(("Recovery before each rep", *recoveries(rows)))
    return {
        "name": athlete.name,
        "pace": words.against_pace(person),
        "summary": words.summary(person),
        "bests": [words.best(row) for row in person.bests],
        "stopped": words.stopped(person),
        "sets": words.sets(person),
        "of_400_pace": any(row.kind == "400-pace" for row in rows),
        "plots": plots,
        "advice": person.advice,
    }
