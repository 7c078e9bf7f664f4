"""Runs of videos in a journal: in which session, and kept before anything is told of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from drills import S, at, opened
from filmed import FLY_S, replayed, run_at

from hardware.errors import StationError
from station.film.into_session import Now, adding, check_workout
from station.journal.file import InUseError, JournalError
from station.journal.journal import Journal, Log
from station.journal.reading import report_of, time_of_day
from station.journal.time_of_day import station_ns
from station.report.files import to_csv, to_json
from station.report.page import to_page
from station.report.sheet import to_workbook
from station.session import events as ev
from station.session.events import TimedRun
from station.session.folding import fold
from station.session.joining import filmed, joined
from station.session.roster import parse_athletes
from station.session.turns import place_of, recovery_before
from station.speeds import RUN_MPS

BOOT = "boot-1"
GROUP = parse_athletes("Ana:58.0,Ben:55.5")
NOBODY = (None,)
A, B = Path("/clips/a.mp4"), Path("/clips/b.mp4")


def utc(seconds):
    """The time of day so many seconds after a session's start."""
    then = datetime.fromisoformat("2026-05-02T17:30:00+00:00") + timedelta(seconds=seconds)
    return then.isoformat(timespec="microseconds").replace("+00:00", "Z")


def saturday(path, *reps, session="Saturday", boot=BOOT):
    """A session as it was written while it went on: (athlete, seconds) are reps by key."""
    told = [0.0]
    with Log(path, session, boot, lambda: utc(told[0])) as log:
        log.append(opened("Ana", "Ben", at_ns=at(0)))
        log.append(ev.Began(at(0)))
        for number, (name, end_s) in enumerate(reps, start=1):
            told[0] = end_s
            log.append(ev.RepDone(at(end_s), name, number))


def later(seconds=3600.0, boot=BOOT, began_s=0.0):
    """An instant after the session; the computer was started anew if it is another boot."""
    return lambda: Now(at(seconds) if boot == BOOT else round((seconds - began_s) * S),
                       utc(seconds), boot)  # fmt: skip


def clip(end_s, **given):
    """A clip whose run ends then."""
    return replayed(run_at(6.0, **given), recorded_utc=utc(end_s - 6.0))


def kept(path, session="Saturday"):
    with Journal(path) as journal:
        return fold(journal.effective(session))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.sqlite"


@pytest.mark.parametrize("boot", [BOOT, "boot-2"])
def test_runs_join_the_recoveries_even_after_a_restart(path, boot):
    saturday(path, ("Ana", 20), ("Ben", 60), ("Ana", 205))
    with adding(path, "last", may_be_new=False, now=later(boot=boot, began_s=1800.0)) as session:
        added = session.add([(A, clip(206.5)), (B, clip(21.0))], [NOBODY] * 2, ())
    reps = kept(path).reps
    assert [reps[number].state for number in (1, 2, 3)] == ["timed", "keyed", "timed"]
    assert [one.athlete for one in reps.values()] == ["Ana", "Ben", "Ana"]
    assert reps[3].end_ns - reps[1].end_ns == 185 * S
    taken = recovery_before(kept(path), reps[3])
    assert taken.taken_s == pytest.approx(185 - FLY_S - 9.0)
    assert not taken.carried
    assert reps[3].run.source == "video:/clips/a.mp4#1"
    assert [[one.name for one in added.whose(place)] for place in (0, 1)] == [["Ana"], ["Ana"]]
    assert [*added.lines([clip(0), clip(0)])] == [
        "fly30.mp4, run 1: Ana, rep 2, had no time",
        "fly30.mp4, run 1: Ana, rep 1, had no time",
    ]


def test_a_run_that_nothing_else_saw_lies_where_its_file_says_and_is_labelled_after_a_restart(path):
    saturday(path, ("Ana", 20))
    now = later(boot="boot-2", began_s=1800.0)
    with adding(path, "Sat", may_be_new=False, now=now) as session:
        session.add([(A, clip(205.0))], [GROUP[:1]], GROUP)
    session = kept(path)
    assert session.reps[2].end_ns - session.reps[1].end_ns == 185 * S
    assert recovery_before(session, session.reps[2]).carried


@pytest.mark.parametrize(("given", "said"), [((0.5, 13.0), (0.5, 13.0)), (RUN_MPS, None)])
def test_who_counted_as_running_is_kept_with_the_reading(path, given, said):
    saturday(path, ("Ana", 20))
    with adding(path, "last", may_be_new=False, now=later()) as session:
        session.add([(A, replace(clip(21.0), speeds_mps=given, capture_fps=240.0))], [NOBODY], ())
    run = kept(path).reps[1].automatic
    assert filmed(run).speeds_mps == said
    by_gates = TimedRun(run.marker2_ns, run.marker3_ns, run.fly_s, 0.002, 8.0, 0.01, source="1")
    assert filmed(joined(by_gates, run)).speeds_mps == said
    assert filmed(joined(run, by_gates)).speeds_mps == said
    assert filmed(joined(run, by_gates)).capture_fps == 240.0


def test_a_new_session_is_what_was_run(path):
    with adding(path, "Sunday", may_be_new=True, now=later()) as session:
        assert session.new
        added = session.add([(B, clip(205.0)), (A, clip(20.0))], [GROUP[:1], GROUP[:1]], GROUP)
    session = kept(path, "Sunday")
    assert (session.phase, [*session.members]) == ("cool-down", ["Ana", "Ben"])
    first, second = sorted(session.reps.values(), key=lambda rep: rep.end_ns)
    assert second.end_ns - first.end_ns == 185 * S
    assert [place_of(session, rep).number for rep in (first, second)] == [1, 2]
    assert recovery_before(session, second).taken_s == pytest.approx(185 - FLY_S - 9.0)
    assert [*added.lines([clip(0), clip(0)])] == [
        "fly30.mp4, run 1: Ana, rep 2, new",
        "fly30.mp4, run 1: Ana, rep 1, new",
    ]


def test_a_new_session_of_a_workout_knows_the_recoveries(path):
    workout = "2 x 30m. 3:00 Rec between reps."
    check_workout(workout, {30.0})
    with adding(path, "Sunday", may_be_new=True, now=later()) as session:
        session.add([(A, clip(20.0)), (B, clip(120.0))], [GROUP[:1]] * 2, GROUP, workout)
    session = kept(path, "Sunday")
    taken = recovery_before(session, session.reps[2])
    assert (taken.planned_s, taken.cut_short_s) == (180.0, pytest.approx(80.0 + FLY_S + 9.0))


def test_clips_that_know_no_time_begin_a_session_in_the_order_given(path):
    given = [(A, replayed(run_at(6.0))), (B, replayed(run_at(6.0, fly_s=3.5)))]
    with adding(path, "Sunday", may_be_new=True, now=later()) as session:
        added = session.add(given, [GROUP[:1], GROUP[1:]], GROUP)
    assert [[one.name for one in added.whose(place)] for place in (0, 1)] == [["Ana"], ["Ben"]]
    session = kept(path, "Sunday")
    assert session.phase == "cool-down"
    assert [(rep.athlete, rep.run.fly_s) for rep in session.reps.values()] == [
        ("Ana", FLY_S),
        ("Ben", 3.5),
    ]
    found = report_of(path, "Sunday")
    assert [row.utc for row in found.rows] == [None, None]
    for form in (to_csv, to_json, to_page, to_workbook):
        assert form(found)
    assert "time of day not known" in to_page(found).decode()


def test_a_workout_of_other_flies_is_refused():
    with pytest.raises(StationError, match="flies of 40 m, and a recording's Fly Zone is 30 m"):
        check_workout("2 x 40m. 3:00 Rec between reps.", {30.0})


def test_the_same_files_twice_write_nothing(path):
    saturday(path, ("Ana", 20))
    given = [(A, clip(20.0)), (B, clip(60.0))]
    for expected in (5, 5):
        with adding(path, "Saturday", may_be_new=False, now=later()) as session:
            session.add(given, [NOBODY, GROUP[1:]], GROUP)
        with Journal(path) as journal:
            assert len(journal.records("Saturday")) == expected


def test_a_phone_whose_clock_was_ahead_is_believed_when_that_is_said(path):
    saturday(path, ("Ana", 20))
    with adding(path, "last", may_be_new=False, now=later()) as session:
        session.add([(A, clip(320.0))], [NOBODY], (), ahead_s=300.0)
    assert kept(path).reps[1].state == "timed"


def test_no_run_begins_no_session(path):
    with adding(path, "Sunday", may_be_new=True, now=later()) as session:
        added = session.add([(A, replayed())], [()], GROUP)
    assert [*added.lines([replayed()])] == []
    with Journal(path) as journal:
        assert journal.sessions() == []


def test_a_journal_in_use_is_refused_before_anything_is_timed(path):
    saturday(path)
    with (
        Log(path, "other", BOOT),
        pytest.raises(InUseError, match="another station is using"),
        adding(path, "Saturday", may_be_new=False),
    ):
        pytest.fail("it was opened")


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("Sunday", "no session 'Sunday'.*--athletes"),
        ("S", "'S' may be any of 'Sabbath', 'Saturday'"),
    ],
)
def test_a_session_that_is_not_told_is_refused(path, wanted, said):
    saturday(path)
    saturday(path, session="Sabbath")
    with (
        pytest.raises(JournalError, match=said),
        adding(path, wanted, may_be_new=False, now=later()),
    ):
        pytest.fail("it was opened")


@pytest.mark.parametrize("name", ["a\x1b[2J", "a\nb", "a\u202eb", " "])
def test_a_new_session_is_named_by_what_can_be_shown(path, name):
    with (
        pytest.raises(StationError, match="is no name of a session"),
        adding(path, name, may_be_new=True, now=later()),
    ):
        pytest.fail("it was opened")
    assert not path.exists()


def test_a_run_beyond_all_dates_has_the_time_of_day_at_which_it_was_written(path):
    """As a session holds it that was told of a clock absurdly far ahead."""
    saturday(path, ("Ana", 20))
    with Journal(path) as journal:
        utc_of = time_of_day(journal.records("Saturday"))
    assert utc_of(at(20)) == "2026-05-02T17:30:20.000Z"
    for years in (-10_000, 10_000):
        assert utc_of(years * 365 * 86400 * S) in (utc(0), utc(20))


def test_a_time_of_day_that_went_back_is_refused_before_anything_is_timed(path):
    saturday(path, ("Ana", 20))
    with (
        pytest.raises(JournalError, match="before that of the session's last event"),
        adding(path, "last", may_be_new=False, now=later(-60.0, boot="boot-2", began_s=-90.0)),
    ):
        pytest.fail("it was opened")


def test_a_journal_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(JournalError, match="file"),
        adding(tmp_path / "file" / "j.sqlite", "Sunday", may_be_new=True, now=later()),
    ):
        pytest.fail("it was opened")


def test_a_kept_timing_and_a_doubt_are_told(path):
    saturday(path)
    with Log(path, "Saturday", BOOT, lambda: utc(21)) as log:
        run = ev.TimedRun(at(16.5), at(20), 3.5, 0.003, 8.57, 0.007, source="gates, run 1")
        log.append(ev.Ran(at(21), "Ana", 1, run))
    with adding(path, "last", may_be_new=False, now=later()) as session:
        added = session.add([(A, clip(20.0, sigma_s=0.02))], [NOBODY], ())
    assert [*added.lines([clip(0)])] == [
        "fly30.mp4, run 1: Ana, rep 1, gates 3.50 ± 0.01 s, camera 3.60 ± 0.04 s: "
        "3.55 ± 0.10 s together; the two do not agree"
    ]
    with Journal(path) as journal:
        *_, both = [
            one.event.run
            for one in journal.records("Saturday").values()
            if isinstance(one.event, ev.Ran)
        ]
    assert [one.source for one in both.readings] == ["gates, run 1", "video:/clips/a.mp4#1"]


def test_a_time_of_day_is_placed_by_the_event_nearest_to_it(path):
    """The computer's clock was set back by a minute between the second and the third event."""
    told = iter([utc(0), utc(20), utc(-30), utc(40)])
    with Log(path, "Saturday", BOOT, lambda: next(told)) as log:
        for second in (0, 20, 30, 100):
            log.append(ev.Held(at(second)))
        records = log.records.values()
        assert station_ns(records, utc(21)) == at(21)
        assert station_ns(records, utc(-29.5)) == at(30.5)
        assert station_ns(records, utc(41)) == at(101)


def test_a_time_of_day_before_a_restart_is_placed_in_the_station_time_after_it(path):
    told = iter([utc(0), utc(20), utc(4000), utc(4010)])
    with Log(path, "Saturday", BOOT, lambda: next(told)) as log:
        for event in (ev.Held(at(0)), ev.Held(at(20)), ev.Resumed(7 * S, 7 * S - at(4000)),
                      ev.Held(17 * S)):  # fmt: skip
            log.append(event)
        records = log.records.values()
        assert station_ns(records, utc(4011)) == 18 * S
        assert station_ns(records, utc(19)) == 7 * S - (4000 - 19) * S
