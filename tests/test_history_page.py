"""What the history page is answered: sessions, bests and trends, and files to hand out."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from consoled import WAIT_S, Showing
from drills import START, S, entry, plan

from hardware.boot import boot_id
from station.console.history import History
from station.journal.journal import Log
from station.live.ground import Ground
from station.session import events as ev
from station.session.events import TimedRun

DAY = datetime(2026, 5, 2, 12, 0, tzinfo=UTC)  # the same day nearly everywhere
SECOND_M = 40.0


def ran(end_s: float, name: str, rep: int, fly_s: float, fly_m: float, **given: Any) -> ev.Ran:
    end_ns = START + round(end_s * S)
    velocity_mps = fly_m / fly_s
    run = TimedRun(end_ns - round(fly_s * S), end_ns, fly_s, 0.002, velocity_mps, 0.005, **given)
    return ev.Ran(end_ns, name, rep, run)


def kept(journal: Path, day: int, *events: ev.Happening, fly_m: float = 30.0) -> str:
    """A session of Ana and Ben on that day, by its name."""
    opened = ev.Opened(
        START, "fly", tuple(entry(one, plan(distance_m=fly_m)) for one in ("Ana", "Ben")),
        workout=f"fly-{fly_m:g}",
    )  # fmt: skip
    now = [START]

    def utc() -> str:
        then = DAY + timedelta(days=day, microseconds=(now[0] - START) // 1000)
        return then.isoformat(timespec="microseconds").replace("+00:00", "Z")

    name = utc()
    with Log(journal, name, boot_id(), utc) as log:
        for event in (opened, ev.Began(START), *events):
            now[0] = event.at_ns
            log.append(event)
    return name


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    journal = tmp_path / "journal.sqlite"
    kept(
        journal, 0,
        ran(60, "Ana", 1, 3.6, 30.0), ran(80, "Ben", 2, 3.4, 30.0),
        ev.WindNoted(START + 100 * S, 1, 2.6), ev.Ended(START + 200 * S),
    )  # fmt: skip
    kept(journal, 3, ran(60, "Ana", 1, 4.9, SECOND_M), fly_m=SECOND_M)
    passed = ev.Passed(START + 90 * S, 3, ran(88, "x", 3, 3.9, 30.0).run, "in another lane")
    kept(
        journal, 7,
        ran(60, "Ana", 1, 3.5, 30.0), passed,
        ran(300, "Ana", 2, 3.1, 30.0, flags=("edges-lost",)), ev.Ended(START + 400 * S, "coach"),
    )  # fmt: skip
    return Ground(journal, tmp_path / "clips")


@pytest.fixture
def showing(ground: Ground) -> Iterator[Showing]:
    with Showing(rooms=(History(ground),)) as one:
        yield one


def told(showing: Showing, path: str) -> Any:
    status, got, _ = showing.ask(f"/api/history{path}")
    assert status == 200, got
    return got


def test_sessions_are_listed_the_latest_first_with_their_numbers(showing: Showing) -> None:
    got = told(showing, "")
    assert [one["number"] for one in got["sessions"]] == [1, 2, 3]
    assert [one["workout"] for one in got["sessions"]] == ["fly-30", "fly-40", "fly-30"]
    assert got["sessions"][0]["came"] == "Ana 2 of 3, Ben 0 of 3"
    assert got["sessions"][0]["unassigned"] == 1
    # The oldest is of a station that did not write down who ended it.
    said = ["ended by the coach", "broke off, or goes on", "ended"]
    assert [one["how"] for one in got["sessions"]] == said
    assert got["athletes"] == ["Ana", "Ben"]


def test_only_so_many_sessions_stay_read(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("station.console.history.MOST_READ", 2)
    room = History(ground)
    with Showing(rooms=(room,)) as one:
        first = told(one, "/athlete?athlete=Ana")
        assert len(room._read) == 2
        assert told(one, "/athlete?athlete=Ana") == first


def test_without_a_journal_there_is_none(tmp_path: Path) -> None:
    ground = Ground(tmp_path / "none.sqlite", tmp_path)
    with Showing(rooms=(History(ground),)) as one:
        assert told(one, "") == {"sessions": [], "athletes": []}
        assert told(one, "/athlete?athlete=Ana")["trends"] == []
        status, got, _ = one.ask("/api/history/session?session=1")
        assert status == 400
        assert "there is no journal" in got["error"]


def test_a_session_opens_to_its_table(showing: Showing) -> None:
    got = told(showing, "/session?session=1")
    ana, ben = got["people"]
    assert [row["rep"] for row in ana["rows"]] == [1, 2]
    first, second = ana["rows"]
    assert first["time"] == "3.50 ± 0.01"
    assert first["verdict"].startswith("✓ faster")
    assert first["look"] == "good"
    assert second["remarks"] == "edges-lost"
    assert ben["rows"] == []
    assert [row["remarks"] for row in got["unassigned"]] == ["in another lane"]
    assert got["unassigned"][0]["rep"] == 3
    assert [flag for flag, _ in got["flags"]] == ["edges-lost"]
    assert told(showing, f"/session?session={quote(got['session'])}") == got


@pytest.mark.parametrize("wanted", ["", "9", "never", "../journal.sqlite"])
def test_a_session_that_is_none_is_said(showing: Showing, wanted: str) -> None:
    status, got, _ = showing.ask(f"/api/history/session?session={quote(wanted)}")
    assert status == 400
    assert "there is no session" in got["error"]


def test_bests_and_trends_are_of_one_length_each_and_know_the_wind(showing: Showing) -> None:
    thirty, forty = told(showing, "/athlete?athlete=Ana&wide_px=700")["trends"]
    assert (thirty["title"], forty["title"]) == ("30 m", "40 m")
    assert re.match(r"Best 3\.50 ± 0\.01 s, 8\.57 .* m/s \(9 May 2026, wind not noted\)",
                    thirty["said"][0])  # fmt: skip
    assert forty["said"] == ["Best 4.90 ± 0.01 s, 8.16 ± 0.01 m/s (5 May 2026, wind not noted)"]
    assert thirty["svg"].count('class="mark sure') == 1
    assert thirty["svg"].count('class="mark windy') == 1
    assert thirty["svg"].count('class="mark doubted') == 1
    assert len(thirty["legend"]) == 4
    latest, best, windy = thirty["rows"]
    assert latest["doubted"]
    assert best["remarks"] == "best so far"
    assert (windy["wind"], windy["windy"]) == ("tail wind 2.6 m/s", True)


def test_a_best_with_the_wind_behind_is_told_apart(showing: Showing) -> None:
    (thirty,) = told(showing, "/athlete?athlete=Ben")["trends"]
    assert thirty["said"][0].startswith("With more wind 3.40")
    assert "polyline" not in thirty["svg"]


def test_a_session_that_grows_is_read_again(showing: Showing, ground: Ground) -> None:
    assert len(told(showing, "/athlete?athlete=Ana")["trends"][1]["rows"]) == 1
    name = told(showing, "")["sessions"][1]["session"]
    with Log(ground.journal, name, boot_id()) as log:
        log.append(ran(300, "Ana", 2, 4.8, SECOND_M))
    assert len(told(showing, "/athlete?athlete=Ana")["trends"][1]["rows"]) == 2


@pytest.mark.parametrize(
    ("form", "begins", "type_"),
    [
        ("html", b"<!doctype html>", "text/html"),
        ("xlsx", b"PK", "application/vnd.openxmlformats"),
        ("csv", b'"session"', "text/csv"),
        ("json", b"{", "application/json"),
    ],
)
def test_files_are_handed_out(showing: Showing, form: str, begins: bytes, type_: str) -> None:
    line = http.client.HTTPConnection("127.0.0.1", showing.port, timeout=WAIT_S)
    line.request("GET", f"/api/history/export?session=1&form={form}&athlete=Ana")
    answer = line.getresponse()
    content = answer.read()
    line.close()
    assert answer.status == 200
    assert content.lower().startswith(begins.lower())
    assert (answer.getheader("content-type") or "").startswith(type_)
    disposition = answer.getheader("content-disposition") or ""
    assert disposition.startswith("attachment; filename*=UTF-8''sprints%202026-05-09")
    assert disposition.endswith(f"%20Ana.{form}")
    if form == "json":
        assert [one["name"] for one in json.loads(content)["athletes"]] == ["Ana"]


@pytest.mark.parametrize("asked", ["form=exe", "form=html&athlete=Zoe", ""])
def test_what_cannot_be_handed_out_is_said(showing: Showing, asked: str) -> None:
    status, got, _ = showing.ask(f"/api/history/export?session=1&{asked}")
    assert status == 400
    assert got["error"]
