"""What is said of a session, and of what cannot be: athletes and their reps, no word of ours."""

from __future__ import annotations

import re

import msgspec
import pytest
from drills import START, at, begun, entry, opened, plan, run

from station.session import events as ev
from station.session.events import BY_THE_COACH, in_json
from station.session.folding import fold
from station.session.judging import judge
from station.session.news import Happened
from station.session.roster import Athlete
from station.session.state import IllegalEventError, Session
from station.session.table import REP
from station.session.telling import in_line
from station.session.words import refused

RAN = ev.Ran(at(13), "Ana", 1, run(13))
BY_HAND = ev.TypedIn(at(200), "Ana", 2, at(200), 14.3, 30.0)


def said(*before, event, group=("Ana", "Ben")):
    """What is told of an event as it happens, and as it is taken back."""
    session = fold([opened(*group), ev.Began(START), *before])
    without = session.copy()
    session.apply(event)
    rep = session.reps.get(getattr(event, "rep", 0))
    judged = judge(session, rep) if rep is not None and rep.athlete else None
    undone = Happened(0.0, ev.Undone(at(500), 9), undone=event, without=without)
    return [in_line(one, 30.0) for one in (Happened(0.0, event, judged, without=without), undone)]


SLOWER = msgspec.structs.replace(plan()[1], recovery_s=210.0)
LONGER = ev.Replanned(at(210), "Ben", (plan()[0], SLOWER, plan()[2]))
FEWER = ev.Replanned(at(210), "Ben", plan()[:2])


@pytest.mark.parametrize(
    ("before", "event", "happens", "undone"),
    [
        ((RAN,), ev.Marked(at(20), 1, "tight"), "Ana, rep 1: tight.", "Ana, rep 1, tight"),
        ((RAN,), ev.Marked(at(20), 1, "ready-early"), "Ana, rep 1: ready early.", "ready early"),
        ((RAN,), ev.Voided(at(20), 1), "Ana, rep 1: void.", "Ana, rep 1, void"),
        ((RAN,), ev.SetAside(at(20), 1), "- Ana, rep 1, set aside", "Ana, rep 1, set aside"),
        ((RAN,), BY_HAND, "Ana, rep 2: ✗ slower", "Ana, rep 2, hand time 14.3 s"),
        ((RAN,), ev.Assigned(at(20), "Ben", 1), "Ben, rep 1:", "Ana, rep 1, the run is assigned"),
        ((), LONGER, "- Ben rests 30 s longer after rep 2: 3:30", "Ben rests 30 s longer"),
        ((), FEWER, "- Ben does 2 reps", "undone: Ben does 2 reps"),
        (
            (),
            ev.Ended(at(20), "terminal-closed"),
            "- the workout is over, as its terminal was closed: cool down",
            "its terminal was closed",
        ),
        ((), ev.Withdrawn(at(20), "Ben", "calf"), "- Ben stops (calf)", "undone: Ben stops"),
        ((), ev.Joined(at(20), entry("Dee")), "- Dee joins", "undone: Dee joins"),
        ((), ev.WindNoted(at(20), 1, "head"), "- wind in set 1: head wind", "undone: wind in set"),
        ((), ev.Started(at(20), "Ana"), "- Ana starts", "undone: Ana starts"),
        ((), ev.Held(at(20)), "- on hold: nobody is called", "on hold"),
    ],
)
def test_what_happened_is_said_of_whom(before, event, happens, undone):
    told, taken_back = said(*before, event=event)
    assert told.startswith(happens)
    assert undone in taken_back


def test_a_rep_by_hand_is_told_with_the_verdict_that_the_screen_shows():
    runner = Athlete("Ana", 56.0, 130.0)
    before = fold(
        [ev.Opened(START, "400-pace", (ev.Entry(runner, plan(distance_m=100.0)),)), ev.Began(START)]
    )
    event = ev.TypedIn(at(20), "Ana", 1, at(20), 14.0, 100.0)
    session = before.copy()
    session.apply(event)
    line = in_line(Happened(0.0, event, judge(session, session.reps[1]), without=before), 30.0)
    assert line.startswith("Ana, rep 1: ✓ faster than 800 m pace by 16 %, 14.0 s by hand, ±0.2 s")
    assert "400 m pace 14.0 s; 800 m pace 16.2 s" in line
    assert "?" not in line


def why(session: Session, event: ev.Happening) -> str:
    with pytest.raises(IllegalEventError) as caught:
        session.apply(event)
    return refused(session, caught.value)


@pytest.mark.parametrize(
    ("before", "event", "says"),
    [
        ((RAN, BY_HAND), ev.SetAside(at(210), 2),
         "O is for timed runs; Ana's rep 2 was timed by hand"),
        ((ev.RepDone(at(13), "Ana", 1),), ev.SetAside(at(20), 1),
         "O is for timed runs; Ana's rep 1 has no time"),
        ((RAN,), ev.HandTimed(at(20), 1, 3.9),
         "T is for reps timed by hand and reps without a time; Ana's rep 1 was timed"),
        ((RAN,), ev.Began(at(20)), "B cannot be now: the workout is on already"),
        ((ev.Ended(at(20)),), ev.Held(at(21)),
         "H cannot be now: the workout is over, and B lets more be run"),
        ((ev.Withdrawn(at(20), "Ben"),), ev.Chosen(at(21), "Ben"),
         "a number cannot be now: Ben has stopped, and J brings somebody back"),
        ((ev.Passed(at(13), 1, run(13), "why"),), ev.Confirmed(at(20), 1),
         "Space is for timed runs; that run is nobody's, and A says whose it was"),
        ((ev.Ended(at(20)),), ev.Reordered(at(21), ("Ben", "Ana")),
         "another running order cannot be now: the workout is over, and B lets more be run"),
    ],
)  # fmt: skip
def test_what_is_refused_is_told_as_a_coach_says_it(before, event, says):
    session = begun("Ana", "Ben")
    for one in before:
        session.apply(one)
    assert says in why(session, event)


EVENTS = (
    ev.SetAside(at(900), 1), ev.Confirmed(at(900), 1), ev.HandTimed(at(900), 1, 3.9),
    ev.Marked(at(900), 1, "tight"), ev.Voided(at(900), 1), ev.Assigned(at(900), "Ben", 1),
)  # fmt: skip
BECAME = {
    "tray": (ev.Passed(at(13), 1, run(13), "too soon"),),
    "keyed": (ev.RepDone(at(13), "Ana", 1),),
    "timed": (RAN,),
    "hand": (ev.TypedIn(at(13), "Ana", 1, at(13), 4.0, 30.0),),
    "skipped": (ev.Skipped(at(13), "Ana", 1),),
    "void": (RAN, ev.Voided(at(14), 1)),
}


@pytest.mark.parametrize("state", BECAME)
def test_no_refusal_says_a_word_of_ours(state):
    ours = {in_json(kind.__name__) for kind in BY_THE_COACH if "-" in in_json(kind.__name__)}
    session = fold([opened("Ana", "Ben"), ev.Began(START), *BECAME[state]])
    refusals = [why(session, one) for one in EVENTS if (state, type(one)) not in REP]
    for one in refusals:
        assert not re.search(r"'(?!s\b)|cannot be while", one)
        assert not [word for word in ours if word in one]
    many = {"tray": 4, "keyed": 2, "timed": 1, "hand": 2, "skipped": 5, "void": 6}
    assert len(refusals) == many[state]
