"""What a coach's commands mean, said in a session that stands as a test wants it."""

from __future__ import annotations

import pytest
from drills import START, S, at, opened, plan, run

from station.report.words import wind
from station.session import commands
from station.session import events as ev
from station.session.coach import REPAIR_S, events_of, latest, to_repair
from station.session.folding import fold
from station.session.roster import Athlete
from station.session.state import IllegalEventError, Session
from station.session.turns import done, turns
from station.workout.planned import PlannedRep

ASSUMED = (
    PlannedRep(1, 1, 50, 90.0),
    PlannedRep(2, 1, 50, 180.0, assumed=True),
    PlannedRep(3, 2, 50, None),
)


def session(*events: ev.Happening, of: tuple[PlannedRep, ...] | None = None) -> Session:
    names = ("Ana", "Ben", "Cy")
    return fold([opened(*names, **({} if of is None else {"of": of})), ev.Began(START), *events])


def said(now: Session, command: commands.OfEvents, after_s: float) -> list[ev.Happening]:
    """What follows from a command, and can happen."""
    events = events_of(now, command, at(after_s))
    for event in events:
        now.apply(event)
    return list(events)


def test_a_name_repairs_the_last_run_and_then_chooses_who_goes_next() -> None:
    now = session(ev.Ran(at(14), "Ana", 1, run(13)))
    (event,) = said(now, commands.Pick("Ben"), 13 + REPAIR_S - 1)
    assert isinstance(event, ev.Assigned)
    assert (done(now, "Ana"), done(now, "Ben")) == (0, 1)
    (event,) = said(now, commands.Pick("Cy"), 13 + REPAIR_S + 1)
    assert isinstance(event, ev.Chosen)
    assert turns(now)[0].athlete == "Cy"


def test_the_runners_own_name_confirms_and_once_only() -> None:
    now = session(ev.Ran(at(14), "Ana", 1, run(13)))
    (event,) = said(now, commands.Pick("Ana"), 16)
    assert isinstance(event, ev.Confirmed)
    with pytest.raises(IllegalEventError, match="Ana's rep is counted already"):
        said(now, commands.Pick("Ana"), 17)


def test_nobody_has_run_who_has_hardly_rested_unless_the_coach_says_so() -> None:
    now = fold([opened("Ana"), ev.Began(START), ev.Ran(at(14), "Ana", 1, run(13))])
    with pytest.raises(IllegalEventError, match="153 s of recovery left"):
        said(now, commands.RepDone(), 40)
    said(now, commands.Choose("Ana"), 41)
    (event,) = said(now, commands.RepDone(), 42)
    assert isinstance(event, ev.RepDone)


@pytest.mark.parametrize(("took_s", "fits"), [(3.1, False), (14.4, True), (65.3, False)])
def test_a_time_that_no_one_runs_is_refused(took_s: float, fits: bool) -> None:
    now = session(of=(PlannedRep(1, 1, 100, 90.0), PlannedRep(2, 1, 100, None)))
    if fits:
        assert len(said(now, commands.HandTime(took_s), 20)) == 1
        return
    with pytest.raises(IllegalEventError, match="no one runs 100 m in"):
        said(now, commands.HandTime(took_s), 20)


def test_a_finish_half_a_second_after_the_start_is_none() -> None:
    now = session(of=(PlannedRep(1, 1, 100, 90.0), PlannedRep(2, 1, 100, None)))
    said(now, commands.Start(), 5)
    with pytest.raises(IllegalEventError, match=r"no one runs 100 m in 0\.5 s"):
        said(now, commands.Pick("Ana"), 5.5)
    assert now.standing("Ana") == "away"


def test_a_recovery_that_is_over_is_not_lengthened() -> None:
    now = session(ev.Called(at(2), "Ana"))
    with pytest.raises(IllegalEventError, match="has been called"):
        said(now, commands.ChangeRecovery(30.0, "Ana"), 5)


def test_a_name_is_no_repair_once_the_next_is_called() -> None:
    now = session(ev.Ran(at(14), "Ana", 1, run(13)), ev.Called(at(20), "Ben"))
    (event,) = said(now, commands.Pick("Cy"), 21)
    assert isinstance(event, ev.Chosen)


def test_a_run_of_our_lane_in_the_tray_is_given_to_whom_is_named() -> None:
    ours = ev.Passed(at(14), 1, run(13), "too soon for who is next")
    now = session(ours)
    (event,) = said(now, commands.Pick("Ben"), 16)
    assert isinstance(event, ev.Assigned)
    assert now.reps[1].athlete == "Ben"
    theirs = ev.Passed(at(14), 1, run(13, flags=("other-lane",)), "in another lane")
    (event,) = said(session(theirs), commands.Pick("Ben"), 16)
    assert isinstance(event, ev.Chosen)


def test_a_group_starts_together_and_each_name_finishes_one() -> None:
    now = session()
    assert len(said(now, commands.Start(("Ana", "Ben")), 5)) == 2
    with pytest.raises(IllegalEventError, match="Ana and Ben are running"):
        events_of(now, commands.RepDone(), at(12))
    (first,) = said(now, commands.Pick("Ben"), 12.5)
    assert isinstance(first, ev.Finished)
    assert now.reps[first.rep].hand_s == pytest.approx(7.5)
    (last,) = said(now, commands.RepDone(), 13.0)  # one alone is running: no name is needed
    assert isinstance(last, ev.Finished)
    assert (last.athlete, now.reps[last.rep].hand_s) == ("Ana", pytest.approx(8.0))


def test_a_typed_time_belongs_to_the_rep_that_just_ended_else_to_the_next() -> None:
    now = session()
    said(now, commands.RepDone(), 20)
    (event,) = said(now, commands.HandTime(7.4), 30)
    assert isinstance(event, ev.HandTimed)
    assert now.reps[1].hand_s == 7.4
    (event,) = said(now, commands.HandTime(7.9), 200)
    assert isinstance(event, ev.TypedIn)
    assert (event.athlete, now.reps[event.rep].hand_s) == ("Ben", 7.9)


@pytest.mark.parametrize("took_s", [0.0, -1.0, 601.0, float("nan"), float("inf")])
def test_what_is_no_time_is_refused(took_s: float) -> None:
    with pytest.raises(IllegalEventError, match="is no time of a rep"):
        events_of(session(), commands.HandTime(took_s), at(1))


def test_assumed_recoveries_change_for_all_and_others_for_one() -> None:
    now = session(of=ASSUMED)
    assert len(said(now, commands.ChangeRecovery(30.0), 1)) == 3
    assert [member.plan[1].recovery_s for member in now.members.values()] == [210.0] * 3
    said(now, commands.ChangeRecovery(30.0, "Ben"), 2)
    assert [member.plan[0].recovery_s for member in now.members.values()] == [90, 120, 90]
    with pytest.raises(IllegalEventError, match="assumed"):
        events_of(session(), commands.ChangeRecovery(30.0), at(1))


def test_a_recovery_that_runs_is_lengthened() -> None:
    now = session(ev.Ran(at(14), "Ana", 1, run(13)))
    before = next(turn.ready_ns for turn in turns(now) if turn.athlete == "Ana")
    said(now, commands.ChangeRecovery(30.0, "Ana"), 40)
    after = next(turn.ready_ns for turn in turns(now) if turn.athlete == "Ana")
    assert after - before == 30 * S


def test_fewer_reps_leave_no_recovery_after_the_last() -> None:
    now = session()
    said(now, commands.Fewer("Ben", 2), 1)
    assert [rep.recovery_s for rep in now.members["Ben"].plan] == [180.0, None]
    for reps in (0, 9):
        with pytest.raises(IllegalEventError, match="neither all nor fewer"):
            events_of(now, commands.Fewer("Ben", reps), at(2))


def test_who_comes_late_runs_the_plan_a_sprinter_with_longer_recoveries() -> None:
    long = (PlannedRep(1, 1, 100, 100.0), PlannedRep(2, 1, 100, None))
    now = fold([opened("Ana", of=long, plan=long), ev.Began(START)])
    said(now, commands.Join(Athlete("Eve")), 60)
    said(now, commands.Join(Athlete("Flo", sprinter=True)), 61)
    assert now.members["Eve"].plan == long
    assert now.members["Flo"].plan[0].recovery_s == 175.0


def test_what_names_no_rep_means_the_last_one() -> None:
    now = session(ev.Ran(at(14), "Ana", 1, run(13)), ev.Ran(at(40), "Ben", 2, run(39)))
    last = latest(now)
    assert last is not None
    assert last.rep == 2
    said(now, commands.Note("tight"), 45)
    said(now, commands.Void(), 46)
    assert (now.reps[2].state, now.reps[2].marks) == ("void", ("tight",))
    with pytest.raises(IllegalEventError, match="no rep has been run"):
        events_of(session(), commands.Void(), at(1))


def test_the_wind_is_of_the_set_that_is_run() -> None:
    short = plan(reps=1, sets=2)
    now = session(of=short)
    said(now, commands.NoteWind("head"), 1)
    for number, name in enumerate(now.members, start=1):
        now.apply(ev.Ran(at(20 * number), name, number, run(20 * number - 1)))
    said(now, commands.NoteWind(1.2), 70)
    assert now.winds == {1: "head", 2: 1.2}


def test_nothing_is_said_of_nobody() -> None:
    over = session(of=plan(reps=1))
    for number, name in enumerate(over.members, start=1):
        over.apply(ev.Ran(at(20 * number), name, number, run(20 * number - 1)))
    for command in (commands.Skip(), commands.Start(), commands.HandTime(4.0)):
        with pytest.raises(IllegalEventError, match="nobody is due"):
            events_of(over, command, at(200))
    assert to_repair(over, at(200)) is None


def test_the_running_order_says_who_goes_first_of_those_who_are_ready_together() -> None:
    now = session()
    said(now, commands.Reorder(("Cy", "Ana", "Ben")), 1)
    assert [turn.athlete for turn in turns(now)] == ["Cy", "Ana", "Ben"]
    said(now, commands.RepDone(), 25)  # Cy's; whose recovery ends first still goes first
    assert [turn.athlete for turn in turns(now)] == ["Ana", "Ben", "Cy"]


def test_a_running_order_names_who_is_here_and_the_others_follow_as_before() -> None:
    now = session()
    assert said(now, commands.Reorder(("Ana", "Ben")), 1) == []
    (event,) = said(now, commands.Reorder(("Cy",)), 2)
    assert event == ev.Reordered(at(2), ("Cy", "Ana", "Ben"))
    with pytest.raises(IllegalEventError, match="Dee is not in this session; there are Cy, Ana"):
        said(now, commands.Reorder(("Dee",)), 3)


def test_a_run_that_was_nobodys_can_be_void() -> None:
    now = session(ev.Passed(at(13), 1, run(13), "too soon"))
    said(now, commands.Void(1), 20)
    assert now.state_of(1) == "void"
    assert to_repair(now, at(21)) is None
    now.apply(ev.Passed(at(22), 1, run(13, 3.7), "too soon"))  # timed anew
    assert now.state_of(1) == "void"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (commands.NoteWind(1e300), r"1e\+300 m/s is no wind"),
        (commands.NoteWind(-20.1), "-20.1 m/s is no wind"),
        (commands.NoteWind("head", 3), "no set 3 in this plan; there are 1 to 2"),
        (commands.HandTime(-5.0), "-5 s is no time"),
        (commands.HandTime(1e300), r"1e\+300 s is no time"),
        (commands.ChangeRecovery(1e300), "by up to 600 s"),
        (commands.Fewer("Ana", -3), "-3 can be neither"),
    ],
)
def test_what_no_one_can_mean_is_refused_in_words(command: commands.OfEvents, why: str) -> None:
    with pytest.raises(IllegalEventError, match=why):
        said(session(of=ASSUMED), command, 20)


def test_what_is_no_wind_in_an_older_journal_is_not_shown() -> None:
    event = ev.WindNoted(at(20), 1, 1e300)
    assert session(event).winds == {}
    assert wind(event.wind) == ""
