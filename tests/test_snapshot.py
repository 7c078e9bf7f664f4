"""A session at an instant, as screens show it: each field against what the coach knows."""

from __future__ import annotations

import math

import msgspec
import pytest
from drills import FLY_M, START, S, at, entry, opened, plan, run

from calibration.interval import INTERVAL_95
from station.session import events as ev
from station.session.folding import fold
from station.session.roster import Athlete
from station.session.shown import Snapshot
from station.session.snapshot import snapshot
from station.voice.cues import warm_up_calls
from station.workout.planned import PlannedRep

EXACTLY_S = 1e-9
RUN_IN_S = 9.0


def seen(after_s, *events, group=("Ana", "Ben", "Cleo"), **given):
    """What is shown so long after the start, when these events have happened."""
    return snapshot(fold([opened(*group, **given), ev.Began(START), *events]), at(after_s))


def ran(name, rep, end_s, **given):
    return ev.Ran(at(end_s), name, rep, run(end_s, **given))


def test_before_it_begins_nobody_is_next():
    found = snapshot(fold([opened("Ana", "Ben")]), at(-60))
    assert (found.phase, found.next, found.last) == ("warm-up", None, None)
    assert found.headline == "warm-up · FLY 30"
    assert [row.athlete for row in found.rows] == ["Ana", "Ben"]


def test_who_is_next_and_when():
    found = seen(113, ran("Ana", 1, 13), ev.Called(at(20), "Ben"))
    assert found.headline == "FLY 30 · rep 1 of 3"
    assert found.next is not None
    assert (found.next.athlete, found.next.called) == ("Ben", True)
    assert [one.athlete for one in found.then] == ["Cleo", "Ana"]
    ana = found.then[1]
    assert math.isclose(ana.ready_in_s, 80.0, abs_tol=EXACTLY_S)  # 3:00 after 13 s
    assert math.isclose(ana.recovered_ratio, 100 / 180, abs_tol=EXACTLY_S)
    assert ana.recovery_s == 180.0


def test_sets_are_in_the_headline_and_in_each_place():
    reps = plan(2, 3)
    found = seen(20, ran("Ana", 1, 10), group=("Ana",), of=reps)
    assert found.headline == "FLY 30 · set 1 of 3 · rep 2 of 2"
    assert found.set == 1


def test_whoever_was_not_called_is_overdue():
    assert not seen(1).next.overdue
    found = seen(30)
    assert found.next.overdue
    assert math.isclose(found.next.go_in_s, -30.0, abs_tol=EXACTLY_S)


def test_on_hold_there_is_no_call_but_recoveries_go_on():
    found = seen(100, ran("Ana", 1, 13), ev.Held(at(50)), group=("Ana",))
    assert found.phase == "held"
    assert found.next.go_in_s is None
    assert math.isclose(found.next.ready_in_s, 93.0, abs_tol=EXACTLY_S)


def test_the_last_run_is_compared_before_it_is_measured():
    found = seen(20, ran("Ana", 1, 13, fly_s=3.6)).last
    pace_mps = 400 / 58.0
    assert found.against_400.verdict == "beats"
    expected = FLY_M / 3.6 / pace_mps - 1
    assert math.isclose(found.against_400.margin_ratio, expected, rel_tol=1e-9)
    assert math.isclose(found.time_95_s, INTERVAL_95 * 0.002, rel_tol=1e-9)
    assert (found.by_hand, found.doubtful, found.best, found.against_800) == (
        False, False, None, None,
    )  # fmt: skip


def test_a_doubted_time_beats_nothing_and_says_why():
    found = seen(20, ran("Ana", 1, 13, flags=("edges-lost",)))
    assert found.last.doubtful
    assert found.last.against_400 is None
    assert found.last.remarks == ("The gate or its line lost edges during the run.",)
    assert found.rows[0].ran[0].verdict is None


def test_a_recovery_that_was_cut_short_and_a_best_are_said():
    found = seen(
        170, ran("Ana", 1, 13), ran("Ana", 2, 140, fly_s=3.3), group=("Ana",)
    ).last  # 180 s planned; from 13 s to Marker 2 at 136.7 s less the run-in
    assert math.isclose(found.cut_short_s, 180 - (140 - 3.3 - RUN_IN_S - 13), abs_tol=1e-6)
    assert found.best_today == "best"
    assert found.best is None  # there is no earlier session to be the best of


def test_a_first_time_equals_no_best_and_a_void_run_is_a_run():
    first = seen(20, ran("Ana", 1, 13), group=("Ana",))
    assert (first.last.best_today, first.last.written.best) == (None, "first over 30 m")
    voided = seen(30, ran("Ana", 1, 13), ev.Voided(at(25), 1), group=("Ana",))
    assert (voided.last, voided.no_last) == (None, "the run was voided: it is run again")
    assert seen(1).no_last == "no run yet"
    again = seen(300, ran("Ana", 1, 13), ran("Ana", 2, 240), group=("Ana",))
    assert (again.last.first, again.last.written.best) == (False, "= best today")


def test_a_best_of_all_sessions_wants_earlier_ones():
    past = [fold([opened("Ana"), ev.Began(START), ran("Ana", 1, 13, fly_s=3.5)])]
    session = fold([opened("Ana"), ev.Began(START), ran("Ana", 1, 13, fly_s=3.4)])
    found = snapshot(session, at(20), past=past).last
    assert (found.best, found.best_today) == ("best", None)


def test_400_m_pace_reps_show_both_paces():
    runner = Athlete("Ana", 58.0, 130.0)
    events = [
        ev.Opened(START, "400-pace", (ev.Entry(runner, plan(distance_m=150.0)),)),
        ev.Began(START),
    ]
    found = snapshot(fold(events), at(1))
    assert found.headline == "400 PACE · 150 m · rep 1 of 3"
    assert math.isclose(found.next.at_400_s, 58.0 * 150 / 400)
    assert math.isclose(found.next.at_800_s, 130.0 * 150 / 800)
    events += [ev.Started(at(1), "Ana")]
    running = snapshot(fold(events), at(12))
    assert running.digit == "finishes"
    assert [(one.athlete, one.since_s) for one in running.running] == [("Ana", 11.0)]
    last = snapshot(fold([*events, ev.Finished(at(24), "Ana", 1)]), at(25)).last
    assert (last.time_s, last.by_hand) == (pytest.approx(23.0), True)
    assert math.isclose(last.time_95_s, 0.2, rel_tol=1e-9)
    assert last.against_800.verdict == "beats"


@pytest.mark.parametrize(
    ("time_800_s", "verdict"), [(130.0, "beats"), (None, "cannot-tell")], ids=["800", "400"]
)
def test_a_400_m_pace_rep_has_one_verdict(time_800_s, verdict):
    """Most of them are to be faster than 800 m pace; at 400 m pace 100 m take 14.0 s here."""
    runner = Athlete("Ana", 56.0, time_800_s)
    events = [
        ev.Opened(START, "400-pace", (ev.Entry(runner, plan(distance_m=100.0)),)),
        ev.Began(START),
        ev.TypedIn(at(20), "Ana", 1, at(20), 14.0, 100.0),
    ]
    found = snapshot(fold(events), at(25))
    assert found.rows[0].ran[0].verdict == verdict
    assert found.last.against_400.verdict == "cannot-tell"
    assert (found.last.against_800 is None) == (time_800_s is None)


def test_the_strides_are_where_the_voice_says():
    """Whatever was called last is what is shown."""
    warm_up = fold([opened("Ana")])
    calls = warm_up_calls(START)
    for call in calls:
        found = snapshot(warm_up, call.go_ns, strides_ns=START).strides
        shown = found.does if found.number is None else f"{found.does} {found.number}"
        assert shown.startswith("walk 2–3 min" if call is calls[-1] else call.who)
    assert found.remaining_s == 120.0
    assert snapshot(warm_up, START).strides is None
    assert seen(5).strides is None


def test_in_the_cool_down_nobody_is_next_and_the_sum_of_it_is_there():
    runner = Athlete("Ana", 58.0)
    reps = (PlannedRep(1, 1, 30.0, 180.0), PlannedRep(2, 2, 40.0, None))
    events = [
        ev.Opened(START, "fly", (entry("Ben"), ev.Entry(runner, reps))), ev.Began(START),
        ran("Ben", 1, 13, fly_s=3.6), ran("Ben", 2, 200, fly_s=5.0), ran("Ben", 3, 400, fly_s=3.5),
        ev.Voided(at(401), 3), ran("Ben", 4, 600, fly_s=3.4, flags=("edges-lost",)),
        ran("Ana", 5, 700), ev.Ended(at(800)),
    ]  # fmt: skip
    found = snapshot(fold(events), at(810))
    assert (found.next, found.then, found.remaining_s) == (None, (), 0.0)
    assert [(row.beat, row.compared, row.best_s) for row in found.rows] == [
        (1, 2, 3.6), (1, 1, None),
    ]  # fmt: skip
    assert found.around[-1] == "base run, slower than normal 10–30 min"
    assert seen(5).around == ()


def test_a_digit_repairs_soon_after_a_run_and_chooses_later():
    assert seen(20, ran("Ana", 1, 13)).digit == "repairs"
    assert seen(40, ran("Ana", 1, 13)).digit == "chooses"


def test_the_tray_and_who_is_out_are_shown():
    found = seen(
        60,
        ev.Passed(at(20), 1, run(20), "too soon for who is next"),
        ev.Passed(at(40), 2, run(40, flags=("other-lane",)), "in another lane"),
        ev.Withdrawn(at(50), "Cleo", "left calf"),
        ev.WindNoted(at(55), 1, -0.6),
    )
    assert [(one.rep, one.ours, one.ago_s) for one in found.tray] == [(2, False, 20), (1, True, 40)]
    assert [(row.standing, row.note) for row in found.rows][2] == ("out", "left calf")
    assert found.wind == -0.6
    assert "Cleo" not in [found.next.athlete, *(one.athlete for one in found.then)]


def test_a_group_that_is_due_together_may_start_together():
    assert seen(5).together == ("Ana", "Ben", "Cleo")
    apart = seen(150, ran("Ana", 1, 10), ran("Ben", 2, 18), ran("Cleo", 3, 60))
    assert apart.together == ("Ana", "Ben")


def test_an_assumed_recovery_is_shown_while_it_is_to_come():
    reps = (PlannedRep(1, 1, 30.0, 240.0, assumed=True), PlannedRep(2, 2, 30.0, None))
    assert seen(5, group=("Ana",), of=reps).assumed_recovery_s == 240.0
    later = seen(400, ran("Ana", 1, 10), ran("Ana", 2, 300), group=("Ana",), of=reps)
    assert later.assumed_recovery_s is None


def test_what_remains_is_the_longest_way_that_anybody_has():
    found = seen(0, group=("Ana",))
    running_s = 3 * (RUN_IN_S + FLY_M / (400 / 58.0))
    assert math.isclose(found.remaining_s, 2 * 180 + running_s, abs_tol=1e-6)
    done = seen(900, *(ran("Ana", n, 250 * n) for n in (1, 2, 3)), group=("Ana",))
    assert done.remaining_s == 0.0
    assert (done.next, done.headline) == (None, "FLY 30 · all reps are done")


def test_as_json_and_back_it_is_the_same():
    found = seen(60, ran("Ana", 1, 13), ev.Passed(at(20), 2, run(20), "too soon"))
    assert msgspec.json.decode(msgspec.json.encode(found), type=Snapshot) == found


def test_everybody_who_ever_ran_is_in_the_rows_whatever_became_of_it():
    found = seen(
        600,
        ran("Ana", 1, 13),
        ev.Voided(at(14), 1),
        ev.RepDone(at(300), "Ana", 2),
        ev.Skipped(at(500), "Ana", 3),
        ev.Joined(at(510), entry("Dee")),
    )
    assert [one.state for one in found.rows[0].ran] == ["void", "keyed", "skipped"]
    assert (found.rows[0].done, found.rows[0].planned) == (2, 3)
    assert found.rows[3].number == 4
    assert found.at_ns == START + 600 * S


@pytest.mark.parametrize(
    ("sigma_s", "time", "behind"),
    [(0.005, "3.41 s", ""), (0.0052, "3.41 ± 0.02 s", "± 0.02"), (0.03, "3.41 ± 0.06 s", "± 0.06")],
)
def test_a_cell_and_the_tray_say_how_sure_they_are_by_one_rule(sigma_s, time, behind):
    wide = {"fly_s": 3.41, "sigma_s": sigma_s}
    aside = ev.Passed(at(50), 2, run(50, **wide), "Ana was not due")
    found = seen(60, ran("Ana", 1, 13, **wide), aside, group=("Ana",))
    assert [one.within for one in found.rows[0].ran] == [behind]
    assert found.last.written.figures.startswith(f"{behind} s" if behind else "8.80")
    assert found.tray[0].text.split(" · ")[0] == time
