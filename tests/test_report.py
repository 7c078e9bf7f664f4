"""A session handed out: what stands in each row, and that every form has the same rows."""

from __future__ import annotations

import csv
import io
import json
import os
from concurrent.futures import ThreadPoolExecutor
from math import hypot, isclose

import msgspec
import pytest
from drills import START, S, at, begun, opened, plan, run

from calibration.interval import INTERVAL_95
from hardware.errors import StationError
from station.cli import main
from station.journal.journal import Log
from station.journal.reading import report_of, time_of_day
from station.report.files import to_csv, to_json
from station.report.rows import report
from station.session import events as ev
from station.session.folding import fold
from station.session.judging import HAND_95_S
from station.session.roster import Athlete
from station.session.turns import KEYED_SIGMA_S, place_of, recovery_before

UTC = "2026-05-02T17:30:00.000000Z"


def utc_of(instant_ns):
    """A time of day that tells the second of the session, on the day after `UTC`."""
    return f"2026-05-03 +{(instant_ns - START) / S:g} s"


def told(*events, group=("Ana", "Ben"), **given):
    """The report of a session of these events."""
    session = fold([opened(*group, **given), ev.Began(START), *events])
    return report("Saturday", UTC, "3 x 30m", session, utc_of)


def rows_of(found, name):
    return next(one.rows for one in found.people if one.athlete.name == name)


EVENTS = (
    ev.WindNoted(at(1), 1, "tail"),
    ev.Ran(at(15), "Ana", 1, run(15, flags=("first-break",))),
    ev.RepDone(at(40), "Ben", 2),
    ev.Ran(at(170), "Ana", 3, run(170, fly_s=4.5)),  # 35 s before its time
    ev.Marked(at(171), 3, "ready-early"),
    ev.Voided(at(175), 3),
    ev.Passed(at(200), 4, run(200), "in another lane"),
    ev.TypedIn(at(380), "Ana", 5, at(375), 3.7),
    ev.Skipped(at(400), "Ben", 6),
)


def test_each_row_says_what_became_of_a_rep():
    found = told(*EVENTS)
    first, void, typed = rows_of(found, "Ana")
    assert [row.state for row in found.rows] == [
        "timed", "void", "hand-timed", "keyed", "skipped", "unassigned",
    ]  # fmt: skip
    assert (first.number, first.set, first.in_set, first.distance_m) == (1, 1, 1, 30.0)
    assert (first.time_s, first.utc, first.wind, first.flags) == (
        3.6,
        "2026-05-03 +15 s",
        "tail",
        ("first-break",),
    )
    assert isclose(first.time_95_s, 1.96 * 0.002, rel_tol=1e-3)
    assert (first.recovery_s, first.verdict) == (None, "beats")
    assert isclose(first.pace_ratio, (30 / 3.6) / (400 / 58.0))
    assert void.number == typed.number == 2
    assert (void.marks, void.verdict, void.time_s) == (("ready-early",), None, 4.5)
    assert (typed.time_s, typed.distance_m) == (3.7, 30.0)
    assert isclose(typed.time_95_s, HAND_95_S)
    assert isclose(typed.velocity_mps, 30 / 3.7)
    assert found.unassigned[0].why == "in another lane"
    assert found.unassigned[0].athlete is None


def test_a_recovery_is_said_against_the_plan():
    _, void, typed = rows_of(told(*EVENTS), "Ana")
    # From second 15 to Marker 2 at 165.5, less the run-in of 9 s.
    assert void.recovery_planned_s == 180.0
    assert isclose(void.recovery_s, 141.5)
    assert isclose(void.cut_short_s, 38.5)
    assert isclose(void.recovery_95_s, 1.96 * 0.6, rel_tol=1e-3)
    assert not void.carried
    assert typed.recovery_s is None  # nobody knows when it began
    late = rows_of(told(EVENTS[1], ev.Ran(at(300), "Ana", 3, run(300))), "Ana")[1]
    assert late.cut_short_s is None


def test_a_restart_within_a_recovery_is_said():
    found = told(EVENTS[1], ev.Resumed(at(20), 7 * S), ev.Ran(at(200), "Ana", 3, run(207)))
    assert [row.carried for row in rows_of(found, "Ana")] == [False, True]


def test_a_plan_that_knows_no_recovery_has_none_planned():
    unknown = tuple(ev.PlannedRep(number, 1, 30.0, None) for number in (1, 2))
    found = told(EVENTS[1], ev.Ran(at(300), "Ana", 3, run(300)), of=unknown)
    second = rows_of(found, "Ana")[1]
    assert second.recovery_planned_s is None
    assert isclose(second.recovery_s, 300 - 3.6 - 9 - 15)


def test_the_best_of_the_day_is_one_only_beyond_doubt():
    def verdicts(*times_s):
        reps = (
            ev.Ran(at(300 * n), "Ana", n, run(300 * n, fly_s=fly_s))
            for n, fly_s in enumerate(times_s, start=1)
        )
        return [row.best for row in rows_of(told(*reps), "Ana")]

    assert verdicts(3.6, 3.5, 3.7) == [None, "best", None]
    assert verdicts(3.6, 3.599, 3.7) == [None, "equals best", None]  # sigma is 2 ms
    assert verdicts(3.6) == [None]
    (only,) = told(*EVENTS).people[0].bests
    assert only.time_s == 3.6
    doubtful = ev.Ran(at(15), "Ana", 1, run(15, flags=("unusual-speed",)))
    assert told(doubtful).people[0].bests == ()


def test_a_length_that_a_tape_cannot_tell_from_another_is_the_same():
    """0.49 m apart they are one length and there is one best; 0.51 m apart there are two."""
    for off_m, bests, of_each in ((0.49, [None, "best"], 1), (0.51, [None, None], 2)):
        longer = run(400, fly_s=3.5)
        longer = msgspec.structs.replace(longer, velocity_mps=(30.0 + off_m) / longer.fly_s)
        reps = (ev.Ran(at(15), "Ana", 1, run(15)), ev.Ran(at(400), "Ana", 2, longer))
        found = told(*reps)
        assert [row.best for row in rows_of(found, "Ana")] == bests
        assert len(found.people[0].bests) == of_each


def test_who_stopped_is_said_with_the_note_in_every_form():
    events = (EVENTS[1], ev.Withdrawn(at(30), "Ana", "shin sore, Ben saw it"))
    found = told(*events)
    assert [one.stopped for one in found.people] == ["shin sore, Ben saw it", None]
    (row,) = csv.DictReader(io.StringIO(to_csv(found).decode()))
    assert row["stopped"] == "stopped: shin sore, Ben saw it"
    alone = found.only("Ana")
    assert json.loads(to_json(alone))["athletes"][0]["stopped"] == "shin sore, … saw it"
    back = told(*events, ev.Rejoined(at(40), "Ana"))
    assert [one.stopped for one in back.people] == [None, None]
    silent = told(ev.Withdrawn(at(30), "Ana"))
    assert silent.people[0].stopped == ""
    assert json.loads(to_json(silent))["athletes"][0]["stopped"] == ""


def test_a_recovery_between_keys_is_as_sure_as_keys_are():
    pressed = [
        event
        for rep, start_s in ((1, 10), (2, 200))
        for event in (ev.Started(at(start_s), "Ana"), ev.Finished(at(start_s + 15), "Ana", rep))
    ]
    row = rows_of(told(*pressed), "Ana")[1]
    assert row.by_hand
    assert isclose(row.recovery_s, 175.0)
    assert isclose(row.recovery_95_s, INTERVAL_95 * hypot(KEYED_SIGMA_S, KEYED_SIGMA_S))


def test_hand_timed_reps_stand_beside_both_paces():
    group = (ev.Entry(Athlete("Ana", 58.0, 130.0), plan(distance_m=200.0)),)
    typed = ev.TypedIn(at(40), "Ana", 1, at(40), 30.0)
    found = fold([ev.Opened(0, "400-pace", group), ev.Began(START), typed])
    (row,) = report("", UTC, "", found, utc_of).people[0].rows
    assert (row.at_400_pace_s, row.at_800_pace_s) == (29.0, 32.5)
    assert row.verdict == "does-not-beat"


def test_what_the_text_says_about_a_session_is_in_it():
    marked = (
        event
        for rep in (1, 2, 3)
        for event in (
            ev.TypedIn(at(400 * rep), "Ana", rep, at(400 * rep), 3.7),
            ev.Marked(at(400 * rep + 1), rep, "ready-early"),
        )
    )
    found = told(*marked, kind="400-pace")
    assert [len(one.advice) for one in found.people] == [1, 0]
    assert "top speed" in found.people[0].advice[0]


def test_rows_say_what_turns_say():
    """The walk through an athlete's reps against the same asked rep by rep."""
    events = [*EVENTS, ev.Resumed(at(410), 5 * S)]
    for rep in range(7, 17):
        events.append(ev.Ran(at(200 * rep), ("Ana", "Ben")[rep % 2], rep, run(200 * rep)))
        if rep % 4 == 0:
            events.append(ev.Voided(at(200 * rep + 1), rep))
    session = begun()
    for event in events:
        session.apply(event)
    rows = {row.utc: row for row in report("", UTC, "", session, utc_of).rows}
    assert len(rows) == len(session.reps)
    for rep in session.reps.values():
        row, place = rows[utc_of(rep.end_ns)], place_of(session, rep)
        taken = recovery_before(session, rep)
        assert row.number == (None if place is None else place.number)
        if taken is None:
            assert row.recovery_s is None
        else:
            assert (row.recovery_planned_s, row.recovery_s, row.cut_short_s, row.carried) == (
                taken.planned_s, taken.taken_s, taken.cut_short_s, taken.carried,
            )  # fmt: skip


def test_a_session_began_with_its_first_run_where_that_was_added_later():
    session = fold([opened("Ana"), ev.Began(START), EVENTS[1]])
    assert report("", UTC, "", session, utc_of).utc == UTC == told().utc
    assert report("", "2026-05-04T09:00:00Z", "", session, utc_of).utc == utc_of(at(15))


def test_csv_and_json_have_the_same_rows():
    found = told(*EVENTS)
    read = [*csv.DictReader(io.StringIO(to_csv(found).decode()))]
    assert [(row["athlete"], row["state"], row["number"]) for row in read] == [
        (row.athlete or "", row.state, "" if row.number is None else str(row.number))
        for row in found.rows
    ]
    document = json.loads(to_json(found))
    reps = [rep for one in document["athletes"] for rep in one["reps"]] + document["unassigned"]
    assert [(rep["athlete"], rep["time_s"]) for rep in reps] == [
        (row.athlete, row.time_s) for row in found.rows
    ]
    assert set(reps[0]) | {"session", "stopped"} == set(read[0])


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_name_is_a_formula_in_csv(name):
    found = told(ev.Ran(at(15), name, 1, run(15)), group=(name,))
    (row,) = csv.DictReader(io.StringIO(to_csv(found).decode(), newline=""))
    assert row["athlete"] == f"'{name}"


def test_one_athlete_alone_is_that_athlete_alone():
    found = told(*EVENTS).only("Ben")
    assert found.session is None
    assert [row.athlete for row in found.rows] == ["Ben", "Ben"]
    for form in (to_csv, to_json):
        assert b"Ana" not in form(found)
    with pytest.raises(StationError, match="there are Ana, Ben"):
        told().only("ana")


def journal_of(path, events, session="Saturday", utc=UTC):
    with Log(path, session, "boot-1", lambda: utc) as log:
        for event in events:
            log.append(event)
        assert log.trouble is None
    return path


def test_a_session_is_found_by_its_name_its_beginning_or_as_the_last(tmp_path):
    path = tmp_path / "journal.sqlite"
    for hour, name in enumerate(("Saturday", "Sunday", "Sunday evening")):
        utc = f"2026-05-02T1{hour}:00:00Z"
        journal_of(path, [opened("Ana"), ev.Began(START), EVENTS[1]], name, utc)
    journal_of(path, [opened("Ana"), ev.Began(START)], "1st empty", "2026-05-02T18:00:00Z")
    assert report_of(path, "Sat").session == "Saturday"
    assert report_of(path, "Sunday").session == "Sunday"
    assert report_of(path, "last").session == "Sunday evening"
    for number, name in (("1", "1st empty"), ("2", "Sunday evening"), ("4", "Saturday")):
        assert report_of(path, number).session == name
    assert report_of(path, "1s").session == "1st empty"
    journal_of(path, [opened("Ana"), ev.Began(START), EVENTS[1]], "2", "2026-05-01T10:00:00Z")
    assert report_of(path, "2").session == "2"
    assert report_of(path, "5").session == "2"
    for wanted, said in (
        ("S", "write more"),
        ("Monday", "there are '2', 'Saturday'"),
        ("0", "no"),
        ("", "no"),
    ):
        with pytest.raises(StationError, match=said):
            report_of(path, wanted)
    none = journal_of(tmp_path / "none.sqlite", [])
    with pytest.raises(StationError, match="no session yet"):
        report_of(none, "last")


def test_a_session_in_which_nobody_ran_is_handed_out_and_says_so(tmp_path, capsys):
    path = journal_of(tmp_path / "j.sqlite", [opened("Ana"), ev.Began(START)])
    page = tmp_path / "page.html"
    assert exported(path, "last", "--html", str(page)) == 0
    assert "Nobody ran in this session." in page.read_text("utf-8")
    assert "Nobody ran in this session." in capsys.readouterr().err
    journal_of(path, [opened("Ana", "Ben"), ev.Began(START), EVENTS[1]], "then")
    assert exported(path, "then", "--athlete", "Ben", "--html", str(page)) == 0
    assert "Ben did not run in this session." in page.read_text("utf-8")
    assert exported(path, "then", "--html", str(page)) == 0
    assert "in this session" not in page.read_text("utf-8")


def test_the_time_of_day_is_the_nearest_events():
    class At:
        def __init__(self, seconds, utc, event=None):
            self.event, self.utc = event or ev.Held(seconds * S), utc

    records = {
        1: At(100, "2026-05-02T17:30:00Z"),
        2: At(110, "2026-05-02T17:30:10Z"),
        # The computer starts anew: second 5 is 20 s after second 110.
        3: At(5, "2026-05-02T17:30:30Z", ev.Resumed(5 * S, -125 * S)),
    }
    utc_of = time_of_day(records)
    assert utc_of(-23 * S) == "2026-05-02T17:30:02.000Z"
    assert utc_of(7 * S) == "2026-05-02T17:30:32.000Z"


@pytest.fixture
def journal(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    group = [opened("Ana", "Ben"), ev.Began(START)]
    return journal_of(folder / "journal.sqlite", [*group, *EVENTS])


def exported(journal, *words):
    return main(["export", *words, "--journal", str(journal)])


def test_several_forms_are_written_at_once(journal, tmp_path, capsysbinary):
    wanted = {form: tmp_path / f"out.{form}" for form in ("html", "xlsx", "csv")}
    words = [word for form, path in wanted.items() for word in (f"--{form}", str(path))]
    assert exported(journal, "last", *words, "--json", "-") == 0
    out, said = capsysbinary.readouterr()
    assert json.loads(out)["session"] == "Saturday"
    assert said.decode().startswith("written: ")
    assert wanted["html"].read_bytes().startswith(b"<!doctype html>")
    assert wanted["xlsx"].read_bytes().startswith(b"PK")
    assert wanted["csv"].read_text("utf-8").count("\n") == 7


def test_one_athlete_alone_is_written_in_every_form(journal, tmp_path):
    for form in ("html", "csv", "json"):
        path = tmp_path / f"out.{form}"
        assert exported(journal, "Sat", "--athlete", "Ben", f"--{form}", str(path)) == 0
        assert b"Ana" not in path.read_bytes()


def test_a_pipe_is_written_directly(journal, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(pipe.read_bytes)
        assert exported(journal, "last", "--csv", str(pipe)) == 0
        assert read.result().startswith(b'"session"')


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["last"], "nowhere to write to"),
        (["Monday", "--csv", "{out}"], "no session 'Monday'"),
        (["last", "--athlete", "Cleo", "--csv", "{out}"], "there are Ana, Ben"),
        (["last", "--csv", "{out}", "--json", "{out}"], "are one file"),
        (["last", "--csv", "{journal}"], "will not write over the input"),
        (["last", "--html", "{folder}"], "it is a folder"),
        (["last", "--xlsx", "{folder}/none/out.xlsx"], "make it first"),
    ],
)
def test_what_cannot_be_is_one_line_and_writes_nothing(journal, tmp_path, capsys, words, said):
    names = {"out": tmp_path / "out", "journal": journal, "folder": tmp_path}
    before = journal.read_bytes()
    assert exported(journal, *(word.format(**names) for word in words)) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not names["out"].exists()
    assert journal.read_bytes() == before
