"""The session: every event in every state, and what the rules of the training text ask for."""

from __future__ import annotations

import copy
from itertools import pairwise
from math import hypot
from pathlib import Path
from typing import get_args

import pytest
from drills import FLY_S, RUN_IN_S, START, S, at, begun, entry, opened, plan, run

from hardware.units import NS
from station.session import assigning
from station.session import events as ev
from station.session.folding import effective, fold, undo
from station.session.judging import measure
from station.session.state import IllegalEventError, Session
from station.session.table import ATHLETE, REP, SESSION, diagrams
from station.session.turns import done, place_of, recovery_before, reps_of, turns
from station.workout.planned import PlannedRep

ALL = get_args(ev.Happening)
LATER = at(1000)

EXAMPLES = {
    ev.Opened: opened("Ana", "Ben"),
    ev.Began: ev.Began(LATER),
    ev.Held: ev.Held(LATER),
    ev.Released: ev.Released(LATER),
    ev.Ended: ev.Ended(LATER),
    ev.Resumed: ev.Resumed(LATER, -5 * S),
    ev.WindNoted: ev.WindNoted(LATER, 1, "head"),
    ev.Joined: ev.Joined(LATER, entry("Cleo")),
    ev.Withdrawn: ev.Withdrawn(LATER, "Ana", "calf"),
    ev.Rejoined: ev.Rejoined(LATER, "Ana"),
    ev.Replanned: ev.Replanned(LATER, "Ana", plan(2)),
    ev.Marked: ev.Marked(LATER, 7, "tight"),
    ev.Chosen: ev.Chosen(LATER, "Ana"),
    ev.Called: ev.Called(LATER, "Ana"),
    ev.Started: ev.Started(LATER, "Ana"),
    ev.Finished: ev.Finished(LATER, "Ana", 7),
    ev.Skipped: ev.Skipped(LATER, "Ana", 7),
    ev.RepDone: ev.RepDone(LATER, "Ana", 7),
    ev.Ran: ev.Ran(LATER, "Ana", 7, run(990)),
    ev.Split: ev.Split(LATER, "Ana", 7, at(900)),
    ev.TypedIn: ev.TypedIn(LATER, "Ana", 7, at(900), 8.4),
    ev.Assigned: ev.Assigned(LATER, "Ana", 7),
    ev.Passed: ev.Passed(LATER, 7, run(990), "in another lane"),
    ev.SetAside: ev.SetAside(LATER, 7),
    ev.Confirmed: ev.Confirmed(LATER, 7),
    ev.HandTimed: ev.HandTimed(LATER, 7, 3.7),
    ev.Voided: ev.Voided(LATER, 7),
    ev.Reordered: ev.Reordered(LATER, ("Ben", "Ana")),
    ev.Noted: ev.Noted(LATER, 7, "spikes"),
    ev.Reread: ev.Reread(LATER, 7, run(990), 12.5),
}
PHASES = {
    "before": [],
    "warm-up": [opened("Ana", "Ben")],
    "on": [opened("Ana", "Ben"), ev.Began(START)],
    "held": [opened("Ana", "Ben"), ev.Began(START), ev.Held(START)],
    "cool-down": [opened("Ana", "Ben"), ev.Began(START), ev.Ended(START)],
}
STANDINGS = {
    "unknown": [],
    "in": [],
    "away": [ev.Started(at(1), "Ana")],
    "out": [ev.Withdrawn(at(1), "Ana")],
}
REPS = {
    "none": [],
    "tray": [ev.Passed(at(2), 7, run(1), "too soon")],
    "keyed": [ev.RepDone(at(2), "Ben", 7)],
    "timed": [ev.Ran(at(2), "Ben", 7, run(1))],
    "hand": [ev.TypedIn(at(2), "Ben", 7, at(1), 4.0)],
    "skipped": [ev.Skipped(at(2), "Ben", 7)],
    "void": [ev.Ran(at(2), "Ben", 7, run(1)), ev.Voided(at(3), 7)],
}


def reached(phase, standing, rep):
    """A session with Ana and rep 7 in these states; None where no event leads there."""
    who = ("Ben", "Cleo") if standing == "unknown" else ("Ana", "Ben")
    session = Session()
    try:
        for event in [opened(*who), ev.Began(START), *STANDINGS[standing], *REPS[rep]]:
            if phase in ("before", "warm-up") and isinstance(event, ev.Began):
                break
            if phase != "before":
                session.apply(event)
        for event in {"held": [ev.Held(at(4))], "cool-down": [ev.Ended(at(4))]}.get(phase, []):
            session.apply(event)
    except IllegalEventError:
        return None
    there = (session.phase, session.standing("Ana"), session.state_of(7))
    return session if there == (phase, standing, rep) else None


STATES = [
    (phase, standing, rep)
    for phase in PHASES
    for standing in STANDINGS
    for rep in REPS
    if reached(phase, standing, rep) is not None
]


def test_the_examples_are_of_every_event_and_reach_every_state():
    assert set(EXAMPLES) == set(ALL)
    assert {phase for phase, _, _ in STATES} == {state for state, _ in SESSION}
    assert {standing for _, standing, _ in STATES} == {state for state, _ in ATHLETE}
    assert {rep for _, _, rep in STATES} >= {state for state, _ in REP}


@pytest.mark.parametrize("event", EXAMPLES.values(), ids=lambda event: type(event).__name__)
def test_every_event_in_every_state_follows_the_tables_or_changes_nothing(event):
    kind = type(event)
    for phase, standing, rep in STATES:
        session = reached(phase, standing, rep)
        before = copy.deepcopy(session)
        then = (SESSION.get((phase, kind)), standing, rep)
        if isinstance(event, ev.OfAthlete):
            was = session.standing(event.athlete)  # Cleo's, where she joins
            stays = kind is ev.Ran and rep != "none" and (was, kind) in ATHLETE  # timed anew
            then = (then[0], was if stays else ATHLETE.get((was, kind)), then[2])
        if isinstance(event, ev.OfRep):
            then = (*then[:2], REP.get((rep, kind)))
        if None in then:
            with pytest.raises(IllegalEventError, match="cannot be while"):
                session.apply(event)
            assert session == before, (phase, standing, rep)
            continue
        session.apply(event)
        if kind is ev.Opened:
            assert [*session.members] == ["Ana", "Ben"]
            continue
        who = event.athlete if isinstance(event, ev.OfAthlete) else "Ana"
        now = (session.phase, session.standing(who), session.state_of(7))
        assert now == then, (phase, standing, rep)


@pytest.mark.parametrize("names", [(), ("Ana", "Ana")], ids=["nobody", "twice"])
def test_a_group_has_each_athlete_once(names):
    session = Session()
    with pytest.raises(IllegalEventError, match="each once"):
        session.apply(opened(*names))
    assert session == Session()


def test_the_diagrams_in_the_docs_are_drawn_from_the_tables():
    drawn = (Path(__file__).parents[1] / "docs" / "session.md").read_text(encoding="utf-8")
    assert drawn == diagrams()


def test_running_order_is_kept_at_first_and_calls_are_20_s_apart():
    found = turns(begun("Ana", "Ben", "Cleo"))
    assert [turn.athlete for turn in found] == ["Ana", "Ben", "Cleo"]
    assert [turn.go_ns for turn in found] == [at(0), at(20), at(40)]
    assert {turn.ready_ns for turn in found} == {at(0)}


def test_next_is_whose_recovery_ends_first():
    session = begun("Ana", "Ben")
    session.apply(ev.Replanned(at(0), "Ana", plan(rest_s=300.0)))
    session.apply(ev.Ran(at(15), "Ana", 1, run(15)))
    session.apply(ev.Ran(at(40), "Ben", 2, run(40)))
    ben, ana = turns(session)
    assert (ben.athlete, ben.began_ns, ben.ready_ns) == ("Ben", at(40), at(220))
    assert (ana.athlete, ana.began_ns, ana.ready_ns) == ("Ana", at(15), at(315))
    assert ben.planned.number == ana.planned.number == 2


def test_a_call_too_close_lengthens_the_later_recovery():
    session = begun("Ana", "Ben")
    session.apply(ev.Ran(at(15), "Ana", 1, run(15)))
    session.apply(ev.Ran(at(20), "Ben", 2, run(20)))
    ana, ben = turns(session)
    assert (ana.go_ns, ben.ready_ns, ben.go_ns) == (at(195), at(200), at(215))
    # Ana was called, and has run, before Ben is: he still waits for 20 s after her call.
    session.apply(ev.Called(at(195), "Ana"))
    assert turns(session)[0].called
    session.apply(ev.Ran(at(208), "Ana", 3, run(208)))
    assert turns(session)[0].go_ns == at(215)


def test_the_coach_chooses_who_goes_next_and_the_choice_is_used_up():
    session = begun("Ana", "Ben", "Cleo")
    session.apply(ev.Chosen(at(1), "Cleo"))
    assert [turn.athlete for turn in turns(session)] == ["Cleo", "Ana", "Ben"]
    session.apply(ev.Ran(at(15), "Cleo", 1, run(15)))
    assert session.chosen is None
    assert turns(session)[0].athlete == "Ana"


def test_a_hold_holds_every_call_and_a_recovery_only_lengthens():
    session = begun("Ana", "Ben")
    session.apply(ev.Held(at(5)))
    assert {turn.go_ns for turn in turns(session)} == {None}
    session.apply(ev.Released(at(100)))
    assert [turn.go_ns for turn in turns(session)] == [at(100), at(120)]


def test_after_a_hold_no_call_is_due_before_the_release():
    session = begun("Ana", "Ben")
    for event in (ev.Called(at(0), "Ana"), ev.Held(at(5)), ev.Released(at(100))):
        session.apply(event)
    assert [(t.athlete, t.called, t.go_ns) for t in turns(session)] == [
        ("Ana", True, at(0)),
        ("Ben", False, at(100)),
    ]


def test_a_reassignment_moves_clock_and_count_of_both():
    session = begun("Ana", "Ben")
    session.apply(ev.Ran(at(15), "Ana", 1, run(15)))
    session.apply(ev.Assigned(at(30), "Ben", 1))
    assert (done(session, "Ana"), done(session, "Ben")) == (0, 1)
    ana, ben = turns(session)
    assert (ana.athlete, ana.began_ns, ana.ready_ns) == ("Ana", None, at(0))
    assert (ben.began_ns, ben.ready_ns) == (at(15), at(195))


def test_a_void_rep_is_run_again_after_its_recovery_and_keeps_its_time():
    session = begun("Ana", "Ben")
    session.apply(ev.Ran(at(15), "Ana", 1, run(15)))
    session.apply(ev.Voided(at(30), 1))
    _, ana = turns(session)
    assert (ana.athlete, ana.planned.number, ana.ready_ns) == ("Ana", 1, at(195))
    assert session.reps[1].run == run(15)


def test_what_is_set_aside_never_counted():
    session = begun("Ana", "Ben")
    before = turns(session)
    session.apply(ev.Ran(at(15), "Ana", 1, run(15)))
    session.apply(ev.SetAside(at(30), 1))
    assert turns(session) == before
    assert session.state_of(1) == "tray"


def test_a_split_gives_the_second_athlete_the_same_clock_and_no_time():
    session = begun("Ana", "Ben")
    session.apply(ev.Ran(at(15), "Ana", 1, run(15)))
    session.apply(assigning.split(session, 1, "Ben", at(30)))
    assert [turn.ready_ns for turn in turns(session)] == [at(195), at(195)]
    second = session.reps[2]
    assert (second.state, second.run, second.hand_s) == ("keyed", None, None)
    with pytest.raises(IllegalEventError, match="another athlete"):
        assigning.split(session, 1, "Ana", at(31))
    with pytest.raises(IllegalEventError, match="'none'"):
        assigning.split(session, 9, "Ana", at(31))


def test_a_skipped_rep_keeps_its_place_in_the_rotation():
    session = begun("Ana", "Ben")
    session.apply(ev.Skipped(at(10), "Ana", 1))
    ben, ana = turns(session)
    assert (ben.athlete, ana.planned.number, ana.ready_ns) == ("Ben", 2, at(190))


def test_withdrawn_back_and_late_wait_from_when_they_come():
    session = begun("Ana", "Ben")
    session.apply(ev.Withdrawn(at(5), "Ana", "calf"))
    assert [turn.athlete for turn in turns(session)] == ["Ben"]
    assert session.members["Ana"].note == "calf"
    session.apply(ev.Joined(at(50), entry("Cleo")))
    session.apply(ev.Rejoined(at(60), "Ana"))
    found = [(turn.athlete, turn.ready_ns) for turn in turns(session)]
    assert found == [("Ben", at(0)), ("Cleo", at(50)), ("Ana", at(60))]
    session.apply(ev.Ran(at(70), "Ben", 1, run(70)))
    session.apply(ev.Withdrawn(at(80), "Ben"))
    session.apply(ev.Rejoined(at(900), "Ben"))
    assert [(turn.athlete, turn.ready_ns) for turn in turns(session)][-1] == ("Ben", at(900))


def test_who_joins_in_the_warm_up_is_last_in_running_order():
    session = fold([opened("Ana"), ev.Joined(at(-60), entry("Ben")), ev.Began(START)])
    assert [turn.athlete for turn in turns(session)] == ["Ana", "Ben"]


def test_a_workout_that_goes_on_after_its_end_goes_on_in_its_order():
    session = begun("Ana", "Ben")
    session.apply(ev.Ran(at(15), "Ben", 1, run(15)))
    session.apply(ev.Ran(at(40), "Ana", 2, run(40)))
    session.apply(ev.Ended(at(50)))
    session.apply(ev.Began(at(600)))
    found = [(turn.athlete, turn.ready_ns, turn.go_ns) for turn in turns(session)]
    assert found == [("Ben", at(195), at(600)), ("Ana", at(220), at(620))]


def test_whoever_withdraws_is_chosen_no_more():
    session = begun("Ana", "Ben")
    for event in (ev.Chosen(at(1), "Ben"), ev.Withdrawn(at(2), "Ben"), ev.Rejoined(at(3), "Ben")):
        session.apply(event)
    assert turns(session)[0].athlete == "Ana"


def test_whom_the_coach_chose_may_come_early():
    session = begun("Ana")
    session.apply(ev.Ran(at(15), "Ana", 1, run(15)))
    assert isinstance(assigning.place(session, run(60), at(60)), ev.Passed)
    session.apply(ev.Chosen(at(50), "Ana"))
    assert isinstance(assigning.place(session, run(60), at(60)), ev.Ran)


def test_a_rep_timed_anew_stays_confirmed_until_it_is_set_aside():
    session = begun("Ana")
    for event in (
        ev.Ran(at(15), "Ana", 1, run(15)),
        ev.Confirmed(at(16), 1),
        ev.Ran(at(17), "Ana", 1, run(15, fly_s=3.61)),
    ):
        session.apply(event)
    assert session.reps[1].confirmed
    session.apply(ev.SetAside(at(18), 1))
    session.apply(ev.Assigned(at(19), "Ana", 1))
    assert not session.reps[1].confirmed


def test_the_key_confirms_the_rep_that_is_not_yet():
    session = begun("Ana", "Ben")
    session.apply(ev.Ran(at(15), "Ana", 1, run(15)))
    session.apply(ev.Ran(at(19), "Ben", 2, run(19)))
    session.apply(assigning.rep_done(session, at(18)))
    assert assigning.rep_done(session, at(18.5)) == ev.Confirmed(at(18.5), 1)


def test_what_a_recovery_was_is_unknown_where_its_end_or_beginning_is():
    session = begun("Ana")
    session.apply(ev.Skipped(at(0), "Ana", 1))
    session.apply(ev.Ran(at(195), "Ana", 2, run(195)))
    assert recovery_before(session, session.reps[2]) is None
    session = begun("Ana")
    session.apply(ev.RepDone(at(15), "Ana", 1))
    session.apply(ev.RepDone(at(210), "Ana", 2))
    assert recovery_before(session, session.reps[2]) is None
    session.apply(ev.Ran(at(211), "Ana", 2, run(210)))
    assert recovery_before(session, session.reps[2]).sigma_s == pytest.approx(2.09, abs=0.01)


def test_fewer_reps_end_sooner():
    session = begun("Ana", "Ben")
    session.apply(ev.Replanned(at(0), "Ana", plan(1)))
    session.apply(ev.Ran(at(15), "Ana", 1, run(15)))
    assert [turn.athlete for turn in turns(session)] == ["Ben"]


def test_a_turn_says_which_rep_of_which_set():
    session = begun("Ana", of=plan(3, 2))
    for rep in range(1, 5):
        session.apply(ev.Ran(at(400 * rep), "Ana", rep, run(400 * rep)))
    (turn,) = turns(session)
    assert (turn.planned.number, turn.planned.set) == (5, 2)
    assert (turn.in_set, turn.sets) == ((2, 3), 2)


def test_the_last_rep_run_void_is_due_after_the_recovery_before_it():
    session = begun("Ana", of=plan(2))
    session.apply(ev.Ran(at(15), "Ana", 1, run(15)))
    session.apply(ev.Ran(at(200), "Ana", 2, run(200)))
    assert turns(session) == ()
    session.apply(ev.Voided(at(210), 2))
    assert [(turn.planned.number, turn.ready_ns) for turn in turns(session)] == [(2, at(380))]


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (run(200, flags=("other-lane",)), "another lane"),
        (run(200, direction="right-to-left"), "other direction"),
        (run(200, fly_s=12.0), "2.5 m/s is not plausible"),
        (run(200, fly_s=2.7), "11.1 m/s is not plausible"),
        (run(60), "too soon"),
        (run(-100), "too soon"),
    ],
    ids=["next lane", "walk back", "jogger", "bicycle", "half a recovery", "warm-up"],
)
def test_what_is_not_plausible_goes_to_the_tray_and_starts_no_clock(seen, why):
    session = begun("Ana", direction="left-to-right")
    session.apply(ev.Ran(at(15), "Ana", 1, run(15)))
    before = turns(session)
    event = assigning.place(session, seen, at(210))
    assert isinstance(event, ev.Passed)
    assert why in event.why
    session.apply(event)
    assert turns(session) == before
    session.apply(ev.Assigned(at(300), "Ana", event.rep))
    assert done(session, "Ana") == 2


@pytest.mark.parametrize("when", ["warm-up", "cool-down"])
def test_warm_up_and_cool_down_time_nothing(when):
    session = fold([opened("Ana")])
    if when == "cool-down":
        session = begun("Ana")
        session.apply(ev.Ended(at(1)))
    event = assigning.place(session, run(15), at(16))
    assert isinstance(event, ev.Passed)
    session.apply(event)
    assert done(session, "Ana") == 0


def test_a_plausible_run_is_whose_turn_it_is():
    session = begun("Ana", "Ben", direction="left-to-right")
    event = assigning.place(session, run(15, direction="left-to-right"), at(16))
    assert event == ev.Ran(at(16), "Ana", 1, run(15, direction="left-to-right"))


def test_a_run_when_all_are_done_is_nobodys():
    session = begun("Ana", of=plan(1))
    session.apply(ev.Ran(at(15), "Ana", 1, run(15)))
    event = assigning.place(session, run(200), at(200))
    assert isinstance(event, ev.Passed)
    assert event.why == "nobody is due"


def test_400_pace_reps_are_taken_from_the_gates_only_over_their_distance():
    session = begun("Ana", kind="400-pace", of=plan(distance_m=100.0))
    assert "over 30 m" in assigning.place(session, run(15), at(15)).why
    session = begun("Ana", kind="400-pace", of=plan(distance_m=30.0))
    assert isinstance(assigning.place(session, run(15), at(15)), ev.Ran)


@pytest.mark.parametrize("key_s", [5.1, 15.0, 24.9], ids=["before", "with it", "after"])
def test_the_key_and_the_crossing_within_10_s_are_one_rep(key_s):
    session = begun("Ana", "Ben")
    for what in sorted([("key", key_s), ("run", 15.5)], key=lambda one: one[1]):
        if what[0] == "key":
            session.apply(assigning.rep_done(session, at(key_s)))
        else:
            # A run is known a little after its end.
            session.apply(assigning.place(session, run(15), at(15.5)))
    assert len(session.reps) == 1
    only = session.reps[1]
    assert (only.athlete, only.state, only.end_ns, only.confirmed) == ("Ana", "timed", at(15), True)
    with pytest.raises(IllegalEventError, match="Ana's rep is counted already"):
        assigning.rep_done(session, at(24))


def test_a_key_without_a_crossing_is_a_rep_with_its_recovery_and_a_place_for_a_hand_time():
    session = begun("Ana", "Ben")
    session.apply(assigning.rep_done(session, at(15)))
    _, ana = turns(session)
    assert (ana.began_ns, ana.ready_ns) == (at(15), at(195))
    session.apply(ev.HandTimed(at(40), 1, 3.7))
    assert (session.state_of(1), session.reps[1].hand_s) == ("hand", 3.7)
    # 11 s later is another crossing.
    session.apply(assigning.rep_done(session, at(26)))
    assert session.reps[2].athlete == "Ben"


def test_the_key_takes_a_run_in_our_lane_out_of_the_tray_and_none_of_the_next_lane():
    jogs_s = 7.5
    for fly_s, flags, expected in (
        (FLY_S, (), ev.Assigned),
        (FLY_S, ("other-lane",), ev.RepDone),
        (jogs_s, (), ev.RepDone),
    ):
        session = begun("Ana")
        session.apply(ev.Ran(at(15), "Ana", 1, run(15)))
        soon = run(100, fly_s=fly_s, flags=flags)
        session.apply(assigning.place(session, soon, at(101)))
        assert session.state_of(2) == "tray"
        event = assigning.rep_done(session, at(106))
        assert isinstance(event, expected)
        assert event.athlete == "Ana"


def test_a_jogger_is_not_the_timing_of_a_rep_that_a_key_ended():
    session = begun("Ana", "Ben")
    session.apply(assigning.rep_done(session, at(13)))
    assert isinstance(assigning.place(session, run(20, fly_s=7.5), at(21)), ev.Passed)
    assert isinstance(assigning.place(session, run(14), at(15)), ev.Ran)


def test_one_passage_that_a_key_timed_too_is_one_rep():
    """At gates over a rep that is started and finished by keys, whichever comes first."""
    for key_first in (True, False):
        session = begun("Ana", "Ben")
        session.apply(ev.Started(at(10), "Ana"))
        finished = ev.Finished(at(15.2), "Ana", 1, 30.0)
        if key_first:
            session.apply(finished)
        event = assigning.place(session, run(15), at(15.5))
        session.apply(event)
        assert (event.athlete, event.rep, session.state_of(1)) == ("Ana", 1, "timed")
        assert session.standing("Ana") == "in"
        if not key_first:
            session.apply(assigning.rep_done(session, at(16)))
        assert session.reps[1].confirmed
        with pytest.raises(IllegalEventError, match="counted already"):
            assigning.rep_done(session, at(16.5))


def test_after_a_missed_crossing_the_next_is_whoever_was_called_for_it():
    session = begun("Ana", "Ben", "Cleo")
    for name, call_s in (("Ana", 0), ("Ben", 20), ("Cleo", 40)):
        session.apply(ev.Called(at(call_s), name))
    # Nobody saw Ana. Ben's Marker 2 is 9 s after his call, Cleo's after hers.
    for name, call_s in (("Ben", 20), ("Cleo", 40)):
        event = assigning.place(session, run(call_s + RUN_IN_S + FLY_S), at(call_s + 14))
        assert isinstance(event, ev.Ran)
        assert event.athlete == name
        session.apply(event)
    assert turns(session)[0].athlete == "Ana"


def test_whoever_is_slow_off_the_mark_is_not_taken_for_the_next():
    """Called at 0 s, off at 14 s: the next was called when that run-in was under way."""
    session = begun("Ana", "Ben")
    session.apply(ev.Called(at(0), "Ana"))
    session.apply(ev.Called(at(20), "Ben"))
    event = assigning.place(session, run(14 + RUN_IN_S + FLY_S), at(27))
    assert event.athlete == "Ana"


def test_whoever_was_called_but_did_not_run_is_called_again():
    session = begun("Ana", "Ben")
    session.apply(ev.Called(at(0), "Ana"))
    session.apply(ev.Ran(at(13), "Ana", 1, run(12.6)))
    session.apply(ev.Assigned(at(15), "Ben", 1))
    first = turns(session)[0]
    assert (first.athlete, first.called, first.go_ns) == ("Ana", False, at(20))


def test_a_choice_is_over_with_its_rep_and_holds_up_nobody_for_long():
    session = begun("Ana", "Ben", "Cleo")
    session.apply(ev.Passed(at(14), 1, run(13), "too soon for who is next"))
    session.apply(ev.Chosen(at(15), "Cleo"))
    session.apply(ev.Assigned(at(16), "Cleo", 1))
    assert session.chosen is None
    session.apply(ev.Chosen(at(17), "Cleo"))  # who has all her recovery before her
    found = turns(session)
    assert [(turn.athlete, turn.go_ns) for turn in found[:2]] == [("Ana", at(0)), ("Ben", at(20))]


def test_a_rep_keeps_its_length_whatever_is_voided_before_it():
    of = (PlannedRep(1, 1, 300.0, 60.0), PlannedRep(2, 1, 200.0, None))
    session = begun("Ana", kind="400-pace", of=of)
    session.apply(ev.TypedIn(at(45), "Ana", 1, at(45), 45.0, 300.0))
    session.apply(ev.TypedIn(at(200), "Ana", 2, at(200), 30.0, 200.0))
    session.apply(ev.Voided(at(210), 1))
    measured = measure(session, session.reps[2])
    assert (measured.distance_m, measured.took_s) == (200.0, 30.0)


def test_a_key_when_nobody_is_due_is_refused():
    with pytest.raises(IllegalEventError, match="nobody is due"):
        assigning.rep_done(fold([opened("Ana")]), at(0))


def test_hand_timed_reps_of_a_group_that_starts_together():
    session = begun("Ana", "Ben", kind="400-pace", of=plan(distance_m=100.0))
    for name in ("Ana", "Ben"):
        session.apply(ev.Started(at(10), name))
    assert turns(session) == ()
    session.apply(ev.Finished(at(24.5), "Ben", 1))
    session.apply(ev.Finished(at(25.0), "Ana", 2))
    assert session.reps[1].hand_s == pytest.approx(14.5)
    assert session.reps[2].hand_s == pytest.approx(15.0)
    assert [turn.athlete for turn in turns(session)] == ["Ben", "Ana"]
    assert recovery_before(session, session.reps[1]) is None
    session.apply(ev.Started(at(200), "Ben"))
    session.apply(ev.Finished(at(215), "Ben", 3))
    taken = recovery_before(session, session.reps[3])
    assert (taken.taken_s, taken.sigma_s) == (pytest.approx(175.5), pytest.approx(hypot(2.0, 2.0)))


@pytest.mark.parametrize(
    ("early_s", "cut_short_s"), [(35.0, 35.0), (10.5, 10.5), (9.5, None), (-60.0, None)]
)
def test_recovery_taken_ends_at_the_start_of_the_run_in(early_s, cut_short_s):
    session = begun("Ana")
    session.apply(ev.Ran(at(15), "Ana", 1, run(15)))
    end_s = 15 + 180 - early_s + RUN_IN_S + FLY_S
    session.apply(ev.Ran(at(end_s), "Ana", 2, run(end_s)))
    assert recovery_before(session, session.reps[1]) is None
    taken = recovery_before(session, session.reps[2])
    assert taken.taken_s == pytest.approx(180 - early_s)
    assert taken.sigma_s == pytest.approx(0.6)
    assert taken.cut_short_s == (None if cut_short_s is None else pytest.approx(cut_short_s))


def test_what_the_coach_saw_is_kept_with_the_rep():
    session = begun("Ana")
    session.apply(ev.Ran(at(15), "Ana", 1, run(15)))
    for mark in ("ready-early", "tight"):
        session.apply(ev.Marked(at(20), 1, mark))
    assert session.reps[1].marks == ("ready-early", "tight")


def test_wind_is_one_tap_a_set():
    session = begun("Ana")
    session.apply(ev.WindNoted(at(1), 1, "tail"))
    session.apply(ev.WindNoted(at(2), 2, -1.2))
    assert session.winds == {1: "tail", 2: -1.2}


@pytest.mark.parametrize(
    ("fly_s", "said"),
    [(3.50, "best"), (3.597, "equals best"), (3.60, "equals best"), (3.61, None)],
)
def test_a_best_beats_the_old_one_by_more_than_the_combined_interval(fly_s, said):
    assert assigning.best(run(15, fly_s), [run(0, 3.60), run(0, 3.80)]) == said


def test_a_first_run_is_no_best():
    assert assigning.best(run(15), []) is None


def log_of(*events):
    return dict(enumerate(events, start=1))


def test_undo_takes_back_what_the_coach_did_last_and_only_that():
    log = log_of(
        opened("Ana", "Ben"), ev.Began(START), ev.Ran(at(15), "Ana", 1, run(15)),
        ev.Assigned(at(30), "Ben", 1), ev.Voided(at(40), 1), ev.Passed(at(50), 2, run(50), "why"),
    )  # fmt: skip
    (event,), session = undo(log, at(60))
    assert event.undoes == 5
    assert (session.state_of(1), session.reps[1].athlete) == ("timed", "Ben")
    assert session.state_of(2) == "tray"
    log[7] = event
    (event,), session = undo(log, at(61))
    assert (event.undoes, session.reps[1].athlete) == (4, "Ana")
    log[8] = event
    assert session == fold(effective(log))
    with pytest.raises(IllegalEventError, match="nothing to undo"):
        undo(log, at(62))


def test_a_call_to_somebody_who_never_came_called_nobody():
    log = log_of(
        opened("Ana"), ev.Began(START), ev.Joined(at(1), entry("Cleo")), ev.Called(at(2), "Cleo")
    )
    _, session = undo(log, at(3))
    assert [*session.members] == ["Ana"]
    assert session.called_ns is None


def test_what_later_events_rest_on_cannot_be_undone():
    log = log_of(
        opened("Ana"),
        ev.Began(START),
        ev.Joined(at(1), entry("Cleo")),
        ev.Called(at(2), "Cleo"),
        ev.Ran(at(15), "Cleo", 1, run(14)),
    )
    with pytest.raises(IllegalEventError, match="'joined' cannot be undone"):
        undo(log, at(3))


def test_a_restart_moves_every_clock_and_says_so():
    session = begun("Ana", "Ben")
    session.apply(ev.Called(at(3), "Ana"))
    session.apply(ev.Ran(at(15), "Ana", 1, run(15)))
    session.apply(ev.Started(at(20), "Ben"))
    session.apply(ev.Finished(at(40), "Ben", 2))
    before = turns(session)
    shift_ns = -at(30)
    session.apply(ev.Resumed(at(50) + shift_ns, shift_ns))
    for old, new in zip(before, turns(session), strict=True):
        assert new.ready_ns == old.ready_ns + shift_ns
        assert new.go_ns == old.go_ns + shift_ns
    assert all(rep.carried for rep in session.reps.values())
    assert session.reps[2].start_ns == at(20) + shift_ns
    end_s = 260.0
    session.apply(ev.Ran(at(end_s) + shift_ns, "Ana", 3, run(end_s - (START + 30 * S) / S)))
    taken = recovery_before(session, session.reps[3])
    assert taken.carried
    assert taken.taken_s == pytest.approx(end_s - FLY_S - RUN_IN_S - 15)


def strangers(end_s):
    """Who else comes by: a second group in the next lane, a jogger, a stride, a bicycle, a walk."""
    return (
        run(end_s - 3, flags=("other-lane",), direction="left-to-right"),
        run(end_s + 9, flags=("other-lane",), direction="left-to-right"),
        run(end_s + 2, fly_s=9.5, direction="left-to-right"),
        run(end_s + 4, fly_s=5.6, direction="left-to-right"),
        run(end_s - 8, fly_s=2.8, direction="left-to-right"),
        run(end_s + 6, direction="right-to-left"),
    )


def test_a_simulated_session_of_8_athletes_and_9_reps_among_strangers():
    """All obey the calls; each takes a time of their own from the call to Marker 3."""
    names = [f"Athlete {number}" for number in range(8)]
    session = begun(*names, of=plan(3, 3), direction="left-to-right")
    calls, now_ns = [], START
    while due := turns(session):
        turn = due[0]
        assert turn.go_ns >= now_ns
        now_ns = turn.go_ns
        session.apply(ev.Called(now_ns, turn.athlete))
        calls.append(now_ns)
        took_s = 12.0 + 0.5 * names.index(turn.athlete)
        end_s = (now_ns - START) / S + took_s
        mine = run(end_s, direction="left-to-right")
        for seen in sorted((mine, *strangers(end_s)), key=lambda one: one.marker3_ns):
            event = assigning.place(session, seen, seen.marker3_ns + S // 2)
            assert isinstance(event, ev.Ran) == (seen is mine)
            session.apply(event)
        assert reps_of(session, turn.athlete)[-1].run == mine
    assert {name: done(session, name) for name in names} == dict.fromkeys(names, 9)
    assert sum(rep.state == "tray" for rep in session.reps.values()) == 72 * 6
    assert min(later - earlier for earlier, later in pairwise(calls)) >= 20 * S
    for name in names:
        ran = reps_of(session, name)
        assert [place_of(session, rep).number for rep in ran] == list(range(1, 10))
        for earlier, later in pairwise(ran):
            planned_s = place_of(session, earlier).recovery_s
            called_ns = max(call for call in calls if call < later.end_ns)
            assert (called_ns - earlier.end_ns) / NS >= planned_s


def test_a_pause_shorter_than_the_run_in_was_no_recovery():
    session = begun("Ana")
    session.apply(ev.Ran(at(15), "Ana", 1, run(15)))
    session.apply(ev.Ran(at(25), "Ana", 2, run(25)))
    taken = recovery_before(session, session.reps[2])
    assert 10.0 - FLY_S < RUN_IN_S
    assert taken.taken_s == 0.0
    assert taken.cut_short_s == taken.planned_s
