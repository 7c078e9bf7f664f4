"""What a journal holds, as a coach reads it: when, what, who, how far, and by which number."""

from __future__ import annotations

import json
from datetime import timedelta, timezone

import pytest
from drills import START, at, opened, run

from station.cli import main
from station.journal.journal import Log, default_journal
from station.journal.listing import in_line, sessions
from station.session import events as ev

ZONE = timezone(timedelta(hours=1))
FIRST = "2026-11-21T09:05:00.000000Z"
SECOND = "2026-11-22T23:37:22.970911Z"


def written(path, session, utc, *events):
    with Log(path, session, "boot-1", lambda: utc) as log:
        for event in events:
            log.append(event)
        assert log.trouble is None


@pytest.fixture
def path(tmp_path):
    """Two sessions: one that ended and has a name, and one that broke off."""
    path = tmp_path / "journal.sqlite"
    ran = [ev.Ran(at(15), "Ana", 1, run(15)), ev.Ran(at(40), "Ben", 2, run(40))]
    written(
        path, "Saturday", FIRST, opened("Ana", "Ben", workout="3 x 30m\n3:00 Rec between reps"),
        ev.Began(START), *ran, ev.Voided(at(50), 2), ev.Passed(at(60), 3, run(60), "too soon"),
        ev.Ended(at(90)),
    )  # fmt: skip
    short = opened("Ana", workout="30m", of=(ev.PlannedRep(1, 1, 30.0, None),))
    written(path, SECOND, SECOND, short, ev.Began(START), ran[0])
    return path


def test_each_session_is_a_line_that_a_coach_reads(path):
    assert [in_line(one, ZONE) for one in sessions(path)] == [
        "  2  Sat 21 Nov 2026, 10:05  Saturday  3 x 30m; 3:00 Rec between reps: "
        "Ana 1 of 3 reps, Ben 0 of 3 reps, 1 unassigned; ended",
        "  1  Mon 23 Nov 2026, 00:37  30m: Ana 1 of 1 rep; broke off, or goes on",
    ]


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("ctrl-c", "ended by Ctrl-C"),
        ("terminated", "ended as the computer or another program closed the station"),
        ("terminal-closed", "ended as its terminal was closed"),
    ],
)
def test_it_is_said_who_or_what_ended_it(path, by, said):
    with Log(path, SECOND, "boot-1", lambda: SECOND) as log:
        log.append(ev.Ended(at(90), by))
        assert in_line(sessions(path)[-1], ZONE).endswith(f"; {said}")
        log.append(ev.Began(at(95)))
        assert in_line(sessions(path)[-1], ZONE).endswith("; broke off, or goes on")


def test_its_number_is_a_name_for_it(path, capsys):
    for one in sessions(path):
        words = ["export", str(one.number), "--json", "-", "--journal", str(path)]
        assert main(words) == 0
        assert json.loads(capsys.readouterr().out)["session"] == one.session


def test_a_time_of_day_that_is_none_is_shown_as_it_is(path):
    written(path, "odd", "yesterday", opened("Ana"))
    assert "  yesterday  odd  " in in_line(sessions(path)[0], ZONE)


def test_programs_get_what_people_get(path, capsys):
    assert main(["sessions", "--json", "--journal", str(path)]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["number"], first["reps"], first["unassigned"], first["ended"]) == (2, 1, 1, True)
    assert second["athletes"] == [{"name": "Ana", "reps": 1, "planned": 1}]
    assert second["unreadable"] is None


def test_no_journal_yet_is_no_error_and_rehearsals_are_told(tmp_path, monkeypatch, capsys):
    for variable in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "my data"))
    assert main(["sessions"]) == 0
    assert capsys.readouterr().out.startswith("No session yet")
    assert main(["sessions", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    rehearsals = default_journal("rehearsal")
    rehearsals.parent.mkdir(parents=True)
    written(rehearsals, "Saturday", FIRST, opened("Ana"))
    assert main(["sessions"]) == 0
    assert f"--journal '{rehearsals}'" in capsys.readouterr().out
    assert main(["sessions", "--journal", str(tmp_path / "named.sqlite")]) == 2
    assert "there is no journal" in capsys.readouterr().err
