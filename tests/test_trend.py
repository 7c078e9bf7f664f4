"""An athlete's flies from session to session: what is a best, and of which length."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC

from drills import FLY_M, START, S, at, opened

from station.console.trend_drawing import KEYS, legend, trend_drawing
from station.report.rows import report
from station.report.trend import Flown, Trend, flown, trends
from station.session import events as ev
from station.session.events import TimedRun
from station.session.folding import fold
from station.session.turns import reps_of


def ran(rep: int, fly_s: float, fly_m: float = FLY_M, flags: tuple[str, ...] = ()) -> ev.Ran:
    end_ns = at(400 * rep)
    took = TimedRun(
        end_ns - round(fly_s * 1e9), end_ns, fly_s, 0.002, fly_m / fly_s, 0.01, flags=flags
    )
    return ev.Ran(end_ns, "Ana", rep, took)


def utc_of(ns: int) -> str:
    return f"2026-05-02T17:{(ns - START) // (60 * S):02}:00.000Z"


def those(*events: ev.Happening, utc: str = "2026-05-02T17:30:00.000Z") -> list[Flown]:
    session = fold([opened("Ana", "Ben"), ev.Began(START), *events])
    told = report("Saturday", utc, "", session, utc_of)
    (ana,) = (one for one in told.people if one.athlete.name == "Ana")
    return [*flown("Saturday", utc, ana, reps_of(session, "Ana"))]


def one(*events: ev.Happening) -> Trend:
    (trend,) = trends(those(*events))
    return trend


def test_lengths_are_never_mixed():
    found = trends(those(ran(1, 3.6), ran(2, 4.9, 40.0), ran(3, 3.5, 30.2)))
    assert [(trend.length_m, len(trend.flown)) for trend in found] == [(30, 2), (40, 1)]


def test_the_best_is_sure_and_with_no_more_than_two_metres_a_second_behind():
    trend = one(ran(1, 3.6), ran(2, 3.2, flags=("edges-lost",)), ran(3, 3.5))
    assert trend.best is not None
    assert trend.best.rep.rep == 3
    windy = one(ev.WindNoted(at(1), 1, 2.1), ran(1, 3.6), ran(2, 3.5))
    assert windy.best is None
    assert windy.best_with_wind is not None
    assert windy.best_with_wind.rep.rep == 2
    still = one(ev.WindNoted(at(1), 1, 2.0), ran(1, 3.6))
    assert still.best is not None
    assert still.best_with_wind is None


def test_the_best_so_far_grows_and_the_order_is_that_of_the_runs():
    trend = one(ran(1, 3.6), ran(2, 3.7), ran(3, 3.5))
    assert [flown.rep.rep for flown in trend.best_so_far] == [1, 3]


def test_its_axes_say_round_seconds_and_the_days_of_flies():
    march = those(ran(1, 3.62), utc="2026-03-02T17:30:00.000Z")
    days = [replace(march[0], utc=f"2026-{day}T12:00:00.000Z") for day in ("03-02", "05-20")]
    faster = replace(days[1], velocity_mps=FLY_M / 3.38)
    drawn = trend_drawing(Trend(30, (days[0], faster)), 600.0, UTC)
    labels = re.findall(r"<text[^>]*>([^<]*)</text>", drawn)
    assert {"s: faster is up", "m/s", "3.40 s", "3.50 s", "3.60 s", "2 Mar", "20 May"} <= {*labels}
    y = {
        label: float(at)
        for at, label in re.findall(r'<text[^>]* y="([\d.]+)"[^>]*>(3\.\d\d) s</text>', drawn)
    }
    assert y["3.40"] < y["3.50"] < y["3.60"]


def test_a_line_leads_from_the_first_best_to_the_last_fly_and_one_fly_is_a_dot():
    drawn = trend_drawing(alone := one(ran(1, 3.6)), 600.0, UTC)
    assert drawn.count("<circle") == 1
    assert "polyline" not in drawn
    assert legend(alone) == [KEYS["sure"]]
    trend = one(ran(1, 3.6), ran(2, 3.7))
    drawn = trend_drawing(trend, 600.0, UTC)
    (line,) = re.findall(r'<polyline points="([^"]*)"', drawn)
    first, last = re.findall(r'<circle cx="([\d.]+)"', drawn)
    assert [float(point.split(",")[0]) for point in line.split()] == [float(first), float(last)]
    assert len(legend(trend)) == 2


def test_a_thumb_beats_no_device():
    by_hand = ev.TypedIn(at(900), "Ana", 9, at(900), 3.0, FLY_M)
    trend = one(ran(1, 3.6), by_hand)
    assert trend.best is not None
    assert trend.best.rep.rep == 1
    alone = one(by_hand)
    assert alone.best is not None
    assert alone.best.row.by_hand


def test_what_does_not_count_is_not_in_it():
    found = those(ran(1, 3.6), ev.Voided(at(500), 1), ev.Skipped(at(900), "Ana", 2))
    assert found == []
