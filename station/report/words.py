"""What stands in a report, in words: for the page that is printed or sent, and for the spreadsheet.

It decides words and digits shown, the comparison before the digits. It computes no result.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from itertools import chain

from calibration.interval import INTERVAL_95
from station.flags import MEANING
from station.pace import Comparison, interval
from station.report.rows import Person, Report, Row
from station.session.events import Wind, is_wind
from station.table import clock, in_words

KINDS = {"fly": "Flying sprints", "400-pace": "400 m pace reps"}
STATES = {
    "timed": "",
    "hand-timed": "",  # each time by hand says so, a void rep's too
    "keyed": "not timed",
    "skipped": "skipped",
    "void": "void",
    "unassigned": "",
}
BY_HAND = "by hand"
BESTS = {"best": "best of the day", "equals best": "best of the day, within the ±"}
MARKS = {"ready-early": "ready early", "tight": "tight"}
WINDS = {"still": "no wind", "head": "head wind", "tail": "tail wind", "cross": "cross wind"}


def local(utc: str, zone: tzinfo | None = None) -> datetime:
    """A time of day where the report is made."""
    return datetime.fromisoformat(utc).astimezone(zone)


def verdict(row: Row) -> str:
    """How a rep stands against 400 m pace; empty where that is not known."""
    if row.verdict is None or row.pace_ratio is None:
        return ""
    return in_words(Comparison(row.verdict, 0.0, row.pace_ratio - 1.0, 0.0))


def time(row: Row) -> str:
    """How long it took."""
    return _interval(row, row.time_s, row.time_95_s)


def velocity(row: Row) -> str:
    """How fast it was."""
    return _interval(row, row.velocity_mps, row.velocity_95_mps)


def distance(row: Row) -> str:
    """How long it was."""
    return "" if row.distance_m is None else f"{row.distance_m:g}\N{NO-BREAK SPACE}m"


def recovery(row: Row) -> str:
    """The recovery before it, taken of planned."""
    if row.recovery_s is None:
        return ""
    taken = whole_clock(row.recovery_s)
    if row.recovery_95_s:
        taken += f" ± {max(1, round(row.recovery_95_s))} s"
    planned = "" if row.recovery_planned_s is None else f" of {whole_clock(row.recovery_planned_s)}"
    return taken + planned


def at_paces(row: Row) -> str:
    """What its distance takes at the athlete's 400 m and 800 m pace."""
    paces_s = (row.at_400_pace_s, row.at_800_pace_s)
    if paces_s == (None, None):
        return ""
    return ", ".join("–" if took_s is None else f"{took_s:.2f}" for took_s in paces_s)


def cut_short(row: Row) -> str:
    """By how much the recovery before it was cut short; empty where it was not."""
    if row.cut_short_s is None:
        return ""
    by = f"{row.cut_short_s:.0f} s" if row.cut_short_s < 99.5 else whole_clock(row.cut_short_s)
    return f"cut short by {by}"


def place(row: Row) -> str:
    """Its number in the plan, or that it is beyond it."""
    if row.athlete is None:
        return ""
    return "+" if row.number is None else str(row.number)


def remarks(row: Row) -> list[str]:
    """What else is to be said of it, the most important first."""
    said = [STATES[row.state], BY_HAND if row.by_hand else ""]
    said += [BESTS[row.best] if row.best else "", row.why]
    if row.gates_s is not None and row.camera_s is not None:
        said.append(f"gates {row.gates_s:.2f} s, camera {row.camera_s:.2f} s")
    if row.utc is None:
        said.append("time of day not known")
    if row.carried:
        said.append("recovery across a restart, by the time of day")
    said += [*(MARKS[mark] for mark in row.marks), row.note, *row.flags]
    return [one for one in said if one]


def flag_meanings(rows: Iterable[Row]) -> list[tuple[str, str]]:
    """The flags that are raised, with what each tells."""
    raised = {*chain.from_iterable(row.flags for row in rows)}
    return [(flag, meaning) for flag, meaning in MEANING.items() if flag in raised]


def wind(of: Wind | None) -> str:
    """A set's wind; empty where none was said, or what was said is none."""
    if of is None or not is_wind(of):
        return ""
    if isinstance(of, str):
        return WINDS[of]
    return f"{WINDS['head' if of < 0 else 'tail']} {abs(of):.1f} m/s"


def against_pace(person: Person) -> str:
    """The athlete's 400 m pace, and what beats it."""
    athlete = person.athlete
    if athlete.time_400_s is None:
        return ""
    said = f"400 m in {athlete.time_400_s:.2f} s is {400.0 / athlete.time_400_s:.2f} m/s"
    distances_m = sorted({row.distance_m for row in person.rows if row.distance_m is not None})
    beats = (
        f"{metres:g} m below {metres * athlete.time_400_s / 400.0:.2f} s" for metres in distances_m
    )
    beaten = ", ".join(beats)
    return f"{said}: {beaten} beats it." if beaten else f"{said}."


def best(row: Row) -> str:
    """A best of the day; whether it is one beyond doubt, and its set's wind."""
    said = f"{distance(row)}: {time(row)} s, {velocity(row)} m/s"
    where = f"rep {row.number}" if row.number is not None else ""
    doubt = "another is as good within the ±" if row.best == "equals best" else ""
    aside = ", ".join(
        one for one in (where, BY_HAND if row.by_hand else "", wind(row.wind), doubt) if one
    )
    return f"{said} ({aside})" if aside else said


def summary(person: Person) -> dict[str, str]:
    """An athlete's session at a glance: heading → what stands below."""
    rows = person.rows
    judged = [row for row in rows if row.verdict is not None]
    beating = sum(row.verdict == "beats" for row in judged)
    short = sum(row.cut_short_s is not None for row in rows if row.counts)
    return {
        "Reps": f"{sum(row.counts for row in rows)} of {person.planned}",
        "Beat 400 m pace": f"{beating} of {len(judged)}" if judged else "–",
        "Best, m/s": ", ".join(_best_velocity(row) for row in person.bests) or "–",
        "Recoveries cut short": str(short),
    }


def _best_velocity(row: Row) -> str:
    """A best, with what stays together on one line."""
    return f"{distance(row)}: {velocity(row)}".replace(" ", "\N{NO-BREAK SPACE}")


def stopped(person: Person) -> str:
    """That an athlete stopped before the end, and why; empty where not."""
    if person.stopped is None:
        return ""
    return f"stopped: {person.stopped}" if person.stopped else "stopped"


def nobody_ran(report: Report) -> str:
    """That there is no rep and no run in a report; empty where there is."""
    if next(report.rows, None) is not None:
        return ""
    alone = report.session is None and len(report.people) == 1
    if alone:
        return f"{report.people[0].athlete.name} did not run in this session."
    return "Nobody ran in this session."


def sets(person: Person) -> list[tuple[str, list[Row]]]:
    """An athlete's reps set by set, each with its heading."""
    found: list[tuple[str, list[Row]]] = []
    several = person.sets > 1 or len({row.set for row in person.rows}) > 1
    last: object = person  # what is no set
    for row in person.rows:
        if row.set != last:
            last = row.set
            number = "Beyond the plan" if row.set is None else f"Set {row.set}"
            heading = ", ".join(one for one in (number if several else "", wind(row.wind)) if one)
            found.append((heading[:1].upper() + heading[1:], []))
        found[-1][1].append(row)
    return found


def title(report: Report, zone: tzinfo | None = None) -> str:
    """Who trained when."""
    day = f"{local(report.utc, zone):%A, %d %B %Y}".replace(", 0", ", ")
    if report.session is None and len(report.people) == 1:
        return f"{report.people[0].athlete.name}, {day}"
    return day


def whole_clock(seconds: float) -> str:
    """Minutes and seconds, to the nearest."""
    return clock(round(seconds))


def _interval(row: Row, value: float | None, half_width: float | None) -> str:
    """By hand to the tenth: nobody presses a stopwatch better than that."""
    if value is None:
        return ""
    return interval(value, (half_width or 0.0) / INTERVAL_95, digits=1 if row.by_hand else 2)
