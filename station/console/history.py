"""The page of what was: sessions, athletes' bests and trends, and files to hand out.

It decides what the page is told of them. It computes no result and changes no journal; a session
is asked for by its name in the journal, never by a file's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from hardware.errors import StationError
from station.console.room import Answer, Method, as_json
from station.console.trend_drawing import legend, trend_drawing
from station.flags import MEANING
from station.journal.journal import Journal, Kept
from station.journal.listing import Listed, how_it_went, sessions, when
from station.journal.reading import Past, named, past
from station.live.ground import Ground
from station.report import words
from station.report.forms import FORMS, written
from station.report.rows import Row
from station.report.trend import Flown, Trend, flown, trends
from station.session.joining import filmed
from station.session.state import Rep
from station.session.turns import reps_of

TYPES = {
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
NARROWEST_PX, WIDEST_PX = 240.0, 3000.0
USUAL_PX = 600.0
MOST_READ = 200  # sessions that stay read: of a year or two of training


class History:
    """Sessions that were; see `station.console.room.Room`."""

    name = "history"

    def __init__(self, ground: Ground) -> None:
        """Make ready.

        Args:
            ground: Where sessions are kept.
        """
        self._ground, self._journal = ground, ground.journal
        self._read: dict[Kept, Past] = {}  # a session grows, and then is another

    def answers(self) -> Iterable[tuple[Method, str, Answer]]:
        """What answers; see `station.console.room.Room`."""
        return (
            ("GET", "", self._answer(self._all)),
            ("GET", "/session", self._answer(self._session)),
            ("GET", "/athlete", self._answer(self._athlete)),
            ("GET", "/export", self._export),
        )

    def _answer(self, told: Callable[[Mapping[str, str]], object]) -> Answer:
        async def answer(request: Request) -> Response:
            return as_json(await run_in_threadpool(told, request.query_params))

        return answer

    def _all(self, _: Mapping[str, str]) -> dict[str, Any]:
        listed = sessions(self._journal)[::-1] if self._journal.exists() else []
        names = chain.from_iterable(one.athletes or () for one in listed)
        on = self._ground.on
        is_on = "" if on is None else on.desk.name
        return {
            "sessions": [_in_short(one, is_on=one.session == is_on) for one in listed],
            "athletes": [*dict.fromkeys(ran.name for ran in names if ran.reps)],
        }

    def _session(self, asked: Mapping[str, str]) -> dict[str, Any]:
        name, found = self._past(asked)
        told = found.report
        people = [
            {
                "name": person.athlete.name,
                "summary": words.summary(person),
                "pace": words.against_pace(person),
                "stopped": words.stopped(person),
                "advice": person.advice,
                "rows": _table(person.rows, reps_of(found.session, person.athlete.name)),
            }
            for person in told.people
        ]
        tray = sorted(
            (rep for rep in found.session.reps.values() if rep.athlete is None),
            key=lambda rep: rep.end_ns,
        )
        return {
            "session": name,
            "title": words.title(told),
            "workout": f"{words.KINDS[told.kind]} {told.workout}".strip(),
            "people": people,
            "unassigned": _table(told.unassigned, tray),
            "flags": words.flag_meanings(told.rows),
            "forms": FORMS,
        }

    def _athlete(self, asked: Mapping[str, str]) -> dict[str, Any]:
        name = asked.get("athlete", "")
        wide_px = min(max(_number(asked.get("wide_px", "")), NARROWEST_PX), WIDEST_PX)
        found = trends(self._flown(name))
        return {"athlete": name, "trends": [_trend(one, wide_px) for one in found]}

    def _flown(self, name: str) -> Iterator[Flown]:
        """All flies of an athlete, of sessions that can be read."""
        if not self._journal.exists():
            return
        with Journal(self._journal) as journal:
            for kept in journal.sessions():
                try:
                    found = self._past_of(journal, kept)
                except StationError:
                    continue  # the list of sessions says why
                for person in found.report.people:
                    if person.athlete.name == name:
                        reps = reps_of(found.session, name)
                        yield from flown(kept.session, found.report.utc, person, reps)

    def _past(self, asked: Mapping[str, str]) -> tuple[str, Past]:
        with Journal(self._journal) as journal:
            kept = named(journal, asked.get("session", ""))
            return kept.session, self._past_of(journal, kept)

    def _past_of(self, journal: Journal, kept: Kept) -> Past:
        found = self._read.pop(kept, None) or past(journal, kept)
        for old in list(self._read):
            if old.session == kept.session:
                self._read.pop(old, None)  # which another thread may have done
        self._read[kept] = found
        for old in list(self._read)[:-MOST_READ]:
            self._read.pop(old, None)
        return found

    async def _export(self, request: Request) -> Response:
        asked = request.query_params
        form = asked.get("form", "")
        if form not in FORMS:
            raise StationError(f"no report is written as '{form}'; ask for {', '.join(FORMS)}")
        name, content = await run_in_threadpool(self._exported, asked, form)
        disposition = f"attachment; filename*=UTF-8''{quote(name)}"
        return Response(
            content, media_type=TYPES[form], headers={"content-disposition": disposition}
        )

    def _exported(self, asked: Mapping[str, str], form: str) -> tuple[str, bytes]:
        told = self._past(asked)[1].report
        athlete = asked.get("athlete")
        if athlete:
            told = told.only(athlete)
        who = f" {athlete}" if athlete else ""
        return f"sprints {words.local(told.utc):%Y-%m-%d %H.%M}{who}.{form}", written(told, form)


def _in_short(one: Listed, *, is_on: bool) -> dict[str, Any]:
    came = [f"{ran.name} {ran.reps} of {ran.planned}" for ran in one.athletes or ()]
    return {
        "number": one.number,
        "session": one.session,
        "when": when(one.first_utc),
        "workout": "; ".join((one.workout or "").split("\n")),
        "came": ", ".join(came),
        "unassigned": one.unassigned or 0,
        "how": "goes on now" if is_on else how_it_went(one),
        "unreadable": one.unreadable,
    }


def _table(rows: Sequence[Row], reps: Sequence[Rep]) -> list[dict[str, Any]]:
    return [_cells(row, rep) for row, rep in zip(rows, reps, strict=True)]


def _cells(row: Row, rep: Rep) -> dict[str, Any]:
    """A row of the table, in words."""
    verdict = words.verdict(row)
    return {
        "rep": rep.rep,
        "filmed": filmed(rep.run) is not None,
        "place": words.place(row),
        "at": "" if row.utc is None else f"{words.local(row.utc):%H:%M}",
        "distance": words.distance(row),
        "verdict": verdict,
        "look": {"beats": "good", "does-not-beat": "bad"}.get(row.verdict or "", "doubt"),
        "time": words.time(row),
        "velocity": words.velocity(row),
        "recovery": ", ".join(filter(None, (words.recovery(row), words.cut_short(row)))),
        "wind": words.wind(row.wind),
        "remarks": "; ".join(words.remarks(row)),
        "void": row.state == "void",
    }


def _trend(trend: Trend, wide_px: float) -> dict[str, Any]:
    best, with_wind = trend.best, trend.best_with_wind
    said = []
    if best is not None:
        said.append(f"Best {_said(best)}")
    if with_wind is not None:
        said.append(f"With more wind {_said(with_wind)}")
    so_far = {id(one) for one in trend.best_so_far}
    return {
        "title": f"{trend.length_m} m",
        "said": said or ["No best: each of them is doubtful, or had more than 2 m/s behind it"],
        "svg": trend_drawing(trend, wide_px),
        "legend": legend(trend),
        "rows": [_flown_cells(one, is_best=id(one) in so_far) for one in reversed(trend.flown)],
    }


def _said(one: Flown) -> str:
    day = _day(one.utc)
    wind = words.wind(one.row.wind) or "wind not noted"
    hand = f", {words.BY_HAND}" if one.row.by_hand else ""
    return f"{words.time(one.row)} s, {words.velocity(one.row)} m/s ({day}, {wind}{hand})"


def _flown_cells(one: Flown, *, is_best: bool) -> dict[str, Any]:
    return {
        "session": one.session,
        "rep": one.rep.rep,
        "filmed": filmed(one.rep.run) is not None,
        "day": _day(one.utc),
        "time": words.time(one.row),
        "velocity": words.velocity(one.row),
        "wind": words.wind(one.row.wind) or "not noted",
        "windy": one.is_windy,
        "doubted": one.is_doubted,
        "remarks": "; ".join((["best so far"] if is_best else []) + _doubts(one.row)),
    }


def _doubts(row: Row) -> list[str]:
    said = [MEANING.get(flag, flag) for flag in row.flags]
    return [words.BY_HAND, *said] if row.by_hand else said


def _day(utc: str) -> str:
    return f"{words.local(utc):%d %b %Y}".removeprefix("0")


def _number(given: str) -> float:
    return float(given) if given.isdecimal() and len(given) < 6 else USUAL_PX
